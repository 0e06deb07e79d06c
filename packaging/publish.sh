#!/bin/bash
# Makes signed repositories of a folder of packages: packaging/publish.sh --help
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/common.sh
. "$root/packaging/common.sh"

usage() {
  cat <<'TEXT'
Makes signed repositories for apt, dnf and pacman, and a signed list of system
extensions, from a folder of packages.

  packaging/publish.sh DIR
      writes DIR/repository, which any web server can serve as it is
  packaging/publish.sh --verify DIR KEY
      checks all signatures and sums of DIR/repository with the public key in
      the file KEY

PUNKTFUNK_SIGNING_KEY holds the private key, ASCII-armoured, without a
passphrase. It is used in a key ring that is gone afterwards. Either all of the
repository is written, or nothing is changed. Exit codes: 0 done, 1 failed,
2 wrong usage.
TEXT
}
misused() {
  echo "packaging/publish.sh: $*; see --help" >&2
  exit 2
}

# open_ring KEY: a key ring of its own for this run; the key is read from standard input
open_ring() {
  GNUPGHOME=$work/ring
  export GNUPGHOME
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --import >"$work/import" 2>&1 || fail "$1 is no OpenPGP key: $(tail -n 1 "$work/import")"
}
sign() { gpg --batch --yes --quiet --local-user "$fingerprint" --digest-algo SHA512 "$@"; }

main() {
  case ${1-} in
    -h | --help)
      usage
      exit 0
      ;;
    --verify) [ $# = 3 ] || misused "--verify needs DIR and KEY" ;;
    -*) misused "there is no option $1" ;;
    *) [ $# = 1 ] || misused "it needs one folder" ;;
  esac
  need gpg gpg
  work=$(mktemp -d)
  trap 'gpgconf --homedir "$work/ring" --kill all 2>/dev/null; rm -rf "$work" "${new-}"' EXIT
  if [ "$1" = --verify ]; then
    [ -d "$2/repository" ] || fail "$2 has no repository."
    # shellcheck source=packaging/publish/verify.sh
    . "$root/packaging/publish/verify.sh"
    [ -r "$3" ] || fail "the key $3 cannot be read."
    open_ring "$3" < <(cat "$3")
    verify "$(cd "$2/repository" && pwd)"
  else
    # shellcheck source=packaging/publish/make.sh
    . "$root/packaging/publish/make.sh"
    publish "$1"
  fi
}

publish() {
  local folder=$1 kind
  [ -n "${PUNKTFUNK_SIGNING_KEY-}" ] || fail "there is no key to sign with: set PUNKTFUNK_SIGNING_KEY to an ASCII-armoured private key. Nothing was written."
  [ -d "$folder" ] || fail "the folder $folder does not exist."
  folder=$(cd "$folder" && pwd)
  shopt -s nullglob
  local -A found=([deb]="$(echo "$folder"/*.deb)" [rpm]="$(echo "$folder"/*.rpm)" [arch]="$(echo "$folder"/*.pkg.tar.zst)" [sysext]="$(echo "$folder"/*.raw)")
  [ -n "${found[*]// /}" ] || fail "$folder has no packages (*.deb, *.rpm, *.pkg.tar.zst, *.raw)."
  for kind in deb rpm arch sysext; do [ -z "${found[$kind]}" ] || "need_${kind}_repository"; done
  open_ring PUNKTFUNK_SIGNING_KEY <<<"$PUNKTFUNK_SIGNING_KEY"
  fingerprint=$(gpg --batch --with-colons --list-secret-keys | sed -n '/^sec:/,/^fpr:/s/^fpr:*\([0-9A-F]*\):$/\1/p')
  [[ $fingerprint =~ ^[0-9A-F]{40,64}$ ]] || fail "PUNKTFUNK_SIGNING_KEY holds $(wc -w <<<"$fingerprint") private keys, one is needed. Nothing was written."
  sign --detach-sign --output "$work/proof" "$0" 2>"$work/proof.log" ||
    fail "PUNKTFUNK_SIGNING_KEY cannot sign ($(tail -n 1 "$work/proof.log")): it may have a passphrase or have expired. Nothing was written."

  new=$folder/.repository.new
  rm -rf "$new" && mkdir "$new"
  gpg --batch --armor --export "$fingerprint" >"$new/punktfunk.asc"
  gpg --batch --export "$fingerprint" >"$new/punktfunk.gpg"
  for kind in deb rpm arch sysext; do
    # shellcheck disable=SC2086 # a list of files
    [ -z "${found[$kind]}" ] || "${kind}_repository" "$new" ${found[$kind]} || fail "the repository of the $kind packages could not be made. Nothing was changed."
  done
  # shellcheck source=packaging/publish/verify.sh
  . "$root/packaging/publish/verify.sh"
  verify "$new"
  rm -rf "$folder/.repository.old"
  [ ! -e "$folder/repository" ] || mv "$folder/repository" "$folder/.repository.old"
  mv "$new" "$folder/repository"
  rm -rf "$folder/.repository.old"
  echo "$folder/repository, signed by $fingerprint"
}

main "$@"
