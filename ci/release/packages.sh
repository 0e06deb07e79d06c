#!/bin/bash
# Makes the packages of a release with their bill of materials, on a fresh Debian 12, as root: ci/release/packages.sh FOLDER
# What is linked decides where a package runs, so this refuses another system.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?Name the folder the packages go to.}
. /etc/os-release
[ "$ID $VERSION_ID" = "debian 12" ] || { echo "This is $PRETTY_NAME: packages of a release are made on Debian 12." >&2 && exit 1; }
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends git npm binutils rpm makepkg pacman-package-manager \
  squashfs-tools libarchive-tools zstd fakeroot
# The checkout belongs to whoever started the container.
git config --global --add safe.directory "$PWD"
sh tools/setup.sh run
mkdir -p "$out"
bash packaging/build.sh all --out "$out"
build/libexec/punktfunk/engine ci/release/sbom.ts make --kind deb --out "$out/punktfunk-packages.spdx.json"
