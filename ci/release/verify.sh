#!/bin/bash
# Verifies what sign.sh signed; see --help.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=ci/release/common.sh
. "$root/ci/release/common.sh"

usage() {
  cat <<'TEXT'
Verifies what a release published.

  ci/release/verify.sh image REFERENCE@sha256:DIGEST
  ci/release/verify.sh files FOLDER
      the signature of FOLDER/SHA256SUMS, every sum, and that no file is there
      without one

  --key FILE    the public key; default bootc/keys/punktfunk.pub

Exit codes: 0 as it was signed, 1 not, 2 wrong usage.
TEXT
}

read_arguments "$@"
key=${key:-$root/bootc/keys/punktfunk.pub}
[ -r "$key" ] || fail "the public key $key cannot be read."
key=$(realpath "$key")

case $what in
  image)
    mapfile -t flags < <(flags_of verify --private-infrastructure=true --new-bundle-format=false)
    cosign verify --key "$key" "${flags[@]}" "$subject" >/dev/null || fail "$subject is not signed by this key."
    ;;
  files)
    cd "$subject"
    for file in SHA256SUMS SHA256SUMS.sig; do [ -f "$file" ] || fail "$subject has no $file."; done
    mapfile -t flags < <(flags_of verify-blob --private-infrastructure=true --new-bundle-format=false)
    cosign verify-blob --key "$key" "${flags[@]}" --signature SHA256SUMS.sig SHA256SUMS || fail "SHA256SUMS is not signed by this key."
    sha256sum --check --strict --quiet SHA256SUMS || fail "files of $subject are not those that were signed."
    unknown=$(find . -type f ! -path ./SHA256SUMS ! -path ./SHA256SUMS.sig -printf '%P\n' | LC_ALL=C sort |
      comm -23 - <(sed 's/^[0-9a-f]* [ *]//' SHA256SUMS | LC_ALL=C sort))
    [ -z "$unknown" ] || fail "these files were not signed: $(paste -sd' ' <<<"$unknown")"
    ;;
esac
echo "Verified: $subject"
