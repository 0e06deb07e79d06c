# shellcheck shell=bash
# The steps of ci/ and when each is run; sourced by tools/test.sh, never run.
# shellcheck disable=SC2034

# What npm test runs: what tells most about a change, without containers, roots or virtual machines.
quick_steps='static native typescript loss-sweep'
# The rest of npm run test:all, in three thirds of about the same time. image-base needs what image built.
thirds=('sanitizers runners hardware attack compositors' 'load console image image-base release' 'packages kit fuzz other-machines tidy')
# Minutes that a step takes on two busy cores of a machine that has compiled nothing before.
declare -A takes_minutes=([static]=1 [native]=4 [typescript]=4 [loss-sweep]=1 [sanitizers]=20 [runners]=1 [hardware]=1 [attack]=3 [load]=2 [console]=4 [kit]=4 [image]=14 [image-base]=1
  [release]=2 [packages]=8 [fuzz]=6 [other-machines]=3 [tidy]=10 [compositors]=10)
# CI ends a run after 90 minutes.
ci_minutes=80

# The rest, for CI: a third more of it comes first with each commit, so that a step that does not fit runs at every third commit at the
# latest.
steps_of_turn() { # steps_of_turn NUMBER
  echo "${thirds[$(($1 % 3))]} ${thirds[$((($1 + 1) % 3))]} ${thirds[$((($1 + 2) % 3))]}"
}
# A clone has no memory but its history: the number of commits; in a shallow clone, which has one, the second of the commit.
turn_of_checkout() {
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then git log -1 --format=%ct; else git rev-list --count HEAD; fi
}
