#!/bin/bash
# Looks whether a release can be made of this checkout with this environment, before anything is built. Every mistake is a sentence; see
# --help.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/ci/release/tools.sh"
cd "$root" || exit 1

if [ "${1-}" = --help ]; then
  cat <<'TEXT'
ci/release/settings.sh: is everything there that a release needs? From the environment:

  TAG                 v and the version of package.json, such as v0.1.0
  IMAGE               where the image goes, without tag, such as ghcr.io/owner/punktfunk-bazzite
  BASE_IMAGE          Bazzite by digest, such as ghcr.io/ublue-os/bazzite@sha256:...
  BUILD_IMAGE         Debian 12 by digest, in which the packages are made
  REGISTRY_USER, REGISTRY_PASSWORD            who may push IMAGE
  COSIGN_PRIVATE_KEY, COSIGN_PASSWORD         the release key; its public half is bootc/keys/punktfunk.pub

Exit codes: 0 all there, 1 not.
TEXT
  exit 0
fi

wrong=0
say() {
  echo "$*" >&2
  wrong=1
}
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
[ "${TAG-}" = "v$version" ] || say "TAG is \"${TAG-}\", and package.json has the version $version: the tag must be v$version."
grep -qE "^## \[?${version//./\\.}\]?( |\$)" CHANGELOG.md || say "CHANGELOG.md has no part \"## $version\"."
[ -z "$(git status --porcelain)" ] || say "The checkout has changes that are not committed: a release is made of a commit."
[[ ${IMAGE-} =~ ^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)+$ ]] || say "IMAGE is \"${IMAGE-}\": registry and repository without tag."
for name in BASE_IMAGE BUILD_IMAGE; do
  [[ ${!name-} =~ ^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$ ]] || say "$name is \"${!name-}\": an image by its digest, REFERENCE@sha256:..."
done
for name in REGISTRY_USER REGISTRY_PASSWORD COSIGN_PRIVATE_KEY; do
  [ -n "${!name-}" ] || say "$name is empty."
done
[ -n "${COSIGN_PASSWORD+set}" ] || say "COSIGN_PASSWORD is not set; it is empty for a key without a password."
public=bootc/keys/punktfunk.pub
if [ ! -r "$public" ]; then
  say "$public is missing: machines would not know our signature."
elif [ -n "${COSIGN_PRIVATE_KEY-}" ] && [ -n "${COSIGN_PASSWORD+set}" ]; then
  if reason=$(have_tools) && have_tools; then
    [ "$(cosign public-key --key env://COSIGN_PRIVATE_KEY </dev/null 2>/dev/null)" = "$(cat "$public")" ] ||
      say "COSIGN_PRIVATE_KEY, opened with COSIGN_PASSWORD, is not the private half of $public."
  else
    say "The key cannot be looked at: $reason."
  fi
fi
[ "$wrong" = 0 ] && echo "Everything for $TAG is there."
exit "$wrong"
