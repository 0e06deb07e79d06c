#!/bin/bash
# Signs an image or a folder of files with cosign; see --help.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=ci/release/common.sh
. "$root/ci/release/common.sh"

usage() {
  cat <<'TEXT'
Signs what a release publishes, with cosign.

  ci/release/sign.sh image REFERENCE@sha256:DIGEST
      puts a signature beside the image in its registry
  ci/release/sign.sh files FOLDER
      writes FOLDER/SHA256SUMS of all its files, and SHA256SUMS.sig

  --key FILE    the private key; default: the text of it in COSIGN_PRIVATE_KEY

COSIGN_PASSWORD is the key's password, empty when it has none. Exit codes:
0 signed, 1 not, 2 wrong usage.
TEXT
}

read_arguments "$@"
if [ -n "$key" ]; then
  [ -r "$key" ] || fail "the key $key cannot be read."
elif [ -n "${COSIGN_PRIVATE_KEY-}" ]; then
  key=env://COSIGN_PRIVATE_KEY
else
  fail "there is no key to sign with: put its text into COSIGN_PRIVATE_KEY, or name its file by --key."
fi
# Without it cosign would ask, and nobody is there to answer.
[ -n "${COSIGN_PASSWORD+set}" ] || fail "COSIGN_PASSWORD is not set; it is empty for a key without a password."
export COSIGN_PASSWORD

case $what in
  image)
    mapfile -t flags < <(flags_of sign --tlog-upload=false --new-bundle-format=false --use-signing-config=false)
    cosign sign --yes --key "$key" "${flags[@]}" "$subject" </dev/null || fail "$subject was not signed (the reason is above)."
    ;;
  files)
    cd "$subject"
    rm -f SHA256SUMS SHA256SUMS.sig
    # Before the sums are written, which would be one of the files.
    sums=$(find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 --no-run-if-empty sha256sum)
    [ -n "$sums" ] || fail "there are no files in $subject."
    printf '%s\n' "$sums" >SHA256SUMS
    mapfile -t flags < <(flags_of sign-blob --tlog-upload=false --new-bundle-format=false --use-signing-config=false)
    if ! cosign sign-blob --yes --key "$key" "${flags[@]}" --output-signature SHA256SUMS.sig SHA256SUMS </dev/null; then
      rm -f SHA256SUMS SHA256SUMS.sig
      fail "$subject was not signed (the reason is above)."
    fi
    ;;
esac
echo "Signed: $subject"
