# shellcheck shell=sh
# The system packages of Debian and Ubuntu; sourced by setup.sh. Expects $groups.
# shellcheck disable=SC2154,SC2034

needed_packages() {
  grep -E "^($1) " tools/packages-debian.txt | cut -d' ' -f2
  # Debian's npm brings a Node of its own, which is used for nothing but fetching ours.
  command -v npm >/dev/null 2>&1 || echo npm
}
# Names that are installed, and names that what is installed provides: releases rename packages (libfoo, libfoot64) and keep the old name
# so.
present_packages() {
  # shellcheck disable=SC2016 # dpkg's own variables
  dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' 2>/dev/null | sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/[ (].*//'
}
# In one line; $1: the groups of the list.
missing_packages() {
  { present_packages && echo "==" && needed_packages "$1"; } |
    awk '$1 == "==" { asked = 1; next } !asked { have[$1] = 1; next } !($1 in have) { printf "%s%s", sep, $1; sep = " " }'
}
# Which of these names the lists of this machine can install, in one line. Others must never reach apt-get: a name that it does not know is
# a regular expression to it, and g++ would be every package with a g (apt-cache answers so too).
installable() {
  # shellcheck disable=SC2086 # a list of words
  both "$1" "$(LC_ALL=C apt-cache policy $1 2>/dev/null |
    awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } $1 == "Candidate:" && $2 != "(none)" { printf "%s%s", sep, name; sep = " " }')"
}
both() { # both WORDS OTHER-WORDS
  for word in $1; do
    case " $2 " in *" $word "*) printf '%s ' "$word" ;; esac
  done | sed 's/ $//'
}
without() { # without WORDS OTHER-WORDS
  for word in $1; do
    case " $2 " in *" $word "*) ;; *) printf '%s ' "$word" ;; esac
  done | sed 's/ $//'
}
release_of_system() { (. /etc/os-release && echo "${ID-} ${VERSION_ID-} ${VERSION_CODENAME-}"); }

absent_before() { sed -n "s/^$(release_of_system): //p" build/stamps/absent-packages 2>/dev/null; }
# What is to be installed. Names that an earlier run proved to be no part of this release are not asked for again: that would need the
# network.
wanted_packages() {
  missing=$(missing_packages "$groups")
  without "$missing" "$(absent_before)"
}

# As apt itself reckons: "184 MB down, 727 MB on disk", where its lists are there; else what a bare system needs.
size_of_packages() {
  names=$(installable "$packages")
  reckoned=''
  if [ -n "$names" ] && [ -z "$(without "$packages" "$names")" ]; then
    # shellcheck disable=SC2086 # a list of words
    reckoned=$(LC_ALL=C apt-get -o Debug::NoLocking=true --no-install-recommends --assume-no install $names 2>/dev/null |
      sed -n 's,^Need to get \(.*/\)\{0\,1\}\([0-9][^/]*\) of archives.*,\2 down\,,p; s/^After this operation, \(.*\) of additional disk.*/\1 on disk/p' | paste -sd' ' -)
  fi
  case $reckoned,$goal in
    ?*,*) echo "$reckoned" ;;
    ,run | ,bench) echo "up to 230 MB down, 900 MB on disk" ;;
    ,dev) echo "up to 250 MB down, 1000 MB on disk" ;;
    ,all) echo "up to 500 MB down, 2300 MB on disk" ;;
  esac
}

install_packages() {
  as_root='env DEBIAN_FRONTEND=noninteractive'
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || let_root_install "system packages are missing, and this user may not install any: there is no sudo."
    sudo env DEBIAN_FRONTEND=noninteractive apt-get --version >/dev/null ||
      let_root_install "system packages are missing, and sudo did not let this user install them (its words are above)."
    as_root="sudo $as_root"
  fi
  # An update that reached some sources counts when these have all that is missing: a broken source of something else is not our business.
  updated=yes
  # shellcheck disable=SC2086 # a list of words
  counted "lists of packages" build/packages.log : $as_root apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update || updated=''
  names=$(installable "$packages")
  absent=$(without "$packages" "$names")
  if [ -z "$updated" ] && [ -n "$absent" ]; then
    grep '^[EW]:' build/packages.log >&2 || tail -n 5 build/packages.log >&2
    fail "the lists of packages could not be fetched${names:+, and the old ones do not have: $absent}.
$(cause_in build/packages.log)"
  fi
  absent_vital=$(both "$absent" "$(needed_packages 'run|build' | paste -sd' ' -)")
  [ -z "$absent_vital" ] || fail "the sources of this system's packages do not have: $absent_vital
Debian 12, Debian 13 and Ubuntu have them; on Ubuntu the component universe must be on (add-apt-repository universe)."
  if [ -n "$names" ]; then
    # shellcheck disable=SC2086
    counted "system packages" build/packages.log apt_place $as_root apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o APT::Status-Fd=1 \
      install -y --no-install-recommends $names || {
      grep '^E:' build/packages.log >&2 || tail -n 20 build/packages.log >&2
      fail "apt-get could not install the packages; all of its output is in build/packages.log. $(cause_in build/packages.log)"
    }
  fi
  left=$(without "$(missing_packages "$groups")" "$(absent_before) $absent")
  [ -z "$left" ] || fail "apt-get reported no error, but these packages are still missing: $left"
  if [ -n "$absent" ]; then
    say "  not in this release, and done without: $absent"
    stamp absent-packages "$(release_of_system): $(absent_before) $absent"
  fi
}
# apt-get with APT::Status-Fd: dlstatus:7:12.3:… while it downloads, pmstatus:sway:45.6:… while it installs.
apt_place() {
  case $line in
    dlstatus:*) doing='downloading' ;;
    pmstatus:*) doing='installing' ;;
    *) return ;;
  esac
  part=${line#*:*:} part=${part%%[.:]*} whole=100
}

# What root has to type, which works as it stands. Names that the lists are known to lack are left out; without lists all are named.
let_root_install() {
  names=$(installable "$packages")
  [ -n "$names" ] || names=$packages
  fail "$1
Let somebody who is root run this, then start again:
  apt-get update && apt-get install --no-install-recommends $names"
}

other_systems() {
  cat >&2 <<TEXT
punktfunk: this machine has no apt, and nothing here is changed on other systems. What is needed:
  Fedora:  dnf install $(sed -n 's/^\(run\|build\) //p' tools/packages-fedora.txt | sed "s,.*(.*,'&'," | paste -sd' ' -)
  Bazzite and other ostree systems: install them in a container that shares the session (toolbox enter), and start this there.
With these in place run the set-up again with PUNKTFUNK_SKIP_PACKAGES=1.
TEXT
  exit 1
}
