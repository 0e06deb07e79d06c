#!/bin/bash
# Says of a release what was verified, and what was not: ci/release/check-release.sh [FOLDER]
# FOLDER: what will be published, as the release pipeline leaves it. Exit code 0 when all that can be looked at here is right; the list of
# what was not verified is printed in any case, and is for a person (docs/release.md).
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
folder=${1-}
wrong=0
look() { # look WHAT COMMAND...
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then echo "  verified  $what"; else
    echo "  WRONG     not so: $what${said:+ (${said##*$'\n'})}"
    wrong=1
  fi
}
not() { printf '  [ ] %s\n      %s\n' "$1" "$2"; }

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
node=build/libexec/punktfunk/engine
echo "punktfunk $version, commit $(git rev-parse --short HEAD)"
echo
echo "Looked at now:"
look "the checkout is a commit, without changes" test -z "$(git status --porcelain)"
look "CHANGELOG.md tells of $version" grep -qE "^## \[?${version//./\\.}\]?( |\$)" CHANGELOG.md
look "the public key is there, bootc/keys/punktfunk.pub" test -r bootc/keys/punktfunk.pub
if [ -n "$folder" ]; then
  look "every file of $folder is signed" bash ci/release/verify.sh files "$folder"
  for bill in "$folder"/*.spdx.json; do look "the bill of materials ${bill##*/}" "$node" ci/release/sbom.ts check "$bill"; done
else
  echo "  not looked at: a folder with what is to be published (name it as the first word)"
fi
base=$(sed -n 's/^  "base": "\(.*\)",$/\1/p' build/image/image.json 2>/dev/null || true)
case $base in
  '') echo "  not looked at: an image (none is built here)" ;;
  */bazzite*@sha256:*) echo "  verified  the image was built on Bazzite, $base; its last step was bootc's own lint" ;;
  *) echo "  NOT BAZZITE: the image here was built on $base" ;;
esac

echo
echo "Not verified by any program; each is done by hand, and told in the release's notes (docs/release.md, \"By hand, on Bazzite\"):"
case $base in */bazzite*@sha256:*) ;; *)
  not "The image on a Bazzite base" "npm run image -- --base ghcr.io/ublue-os/bazzite:stable@sha256:..."
  not "bootc container lint, bootc's own" "it is the last step of that build; the stand-in of CI has only our likeness of it"
  ;;
esac
not "A rebase of a Bazzite machine to this image, an upgrade from the release before, a rollback" "harness/vm over ssh; doctor after each"
not "Verification of our signature by bootc itself" "bootc switch --enforce-container-sigpolicy; then the same with a foreign key, which must be refused"
not "SELinux" "getenforce says Enforcing; ausearch -m avc -ts boot names nothing of ours, while streaming too"
not "A real GPU: capture without copies, hardware encoding" "doctor, then a stream of ten minutes on AMD, Intel and NVIDIA, each that there is"
not "KDE and GNOME sessions of Bazzite, Game Mode" "a stream of each"
not "A monitor asleep, none connected, nobody logged in, a reboot in between" "a stream after each"
not "Input devices: keyboard, pointer, touch, game controllers with rumble" "in a game, from a real client"
not "Clients: Moonlight on Android, iOS, Qt, Steam Deck" "pair, stream, quit, resume"
not "The packages on Fedora, Ubuntu, Arch and SteamOS themselves" "install, doctor, stream, remove"
not "Installation media (ISO, qcow2, raw)" "bootc-image-builder, then an installation on an empty disk"
not "Latency" "npm run bench on an idle machine with a GPU; figures into docs/benchmarks.md"
exit "$wrong"
