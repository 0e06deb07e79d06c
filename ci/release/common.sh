# shellcheck shell=bash
# Shared by sign.sh and verify.sh; sourced, never run. Expects $root: the checkout.
# shellcheck disable=SC2034,SC2154
. "$root/ci/release/tools.sh"
program=ci/release/$(basename "$0")

fail() {
  printf '%s: %s\n' "$program" "$*" >&2
  exit 1
}
misused() {
  printf '%s: %s; see --help\n' "$program" "$*" >&2
  exit 2
}

# Fills $what (image or files), $subject and $key from the command's arguments.
read_arguments() {
  what='' subject='' key=''
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --key)
        [ -n "${2-}" ] || misused "--key needs a file"
        key=$2
        shift
        ;;
      -*) misused "there is no option $1" ;;
      *) if [ -z "$what" ]; then what=$1; elif [ -z "$subject" ]; then subject=$1; else misused "\"$1\" is one too many"; fi ;;
    esac
    shift
  done
  case $what in
    image)
      # A tag can point elsewhere a moment later: what is signed is a digest.
      [[ $subject =~ ^[A-Za-z0-9._:/-]+@sha256:[0-9a-f]{64}$ ]] || misused "name an image by its digest, REFERENCE@sha256:..., not \"$subject\""
      ;;
    files) [ -d "$subject" ] || misused "\"$subject\" is not a folder" ;;
    *) misused "say what: image REFERENCE@sha256:... or files FOLDER" ;;
  esac
  local reason
  reason=$(have_tools) || fail "$reason"
  have_tools
}

# Those of the flags that this cosign has. What is signed here is read by containers' own libraries, which do not know the bundles
# of cosign 3 yet; and nothing is written into a public log: the key alone is what machines trust.
flags_of() { # flags_of COMMAND FLAG...
  local help flag
  help=$(cosign "$1" --help 2>&1)
  shift
  for flag in "$@"; do
    if grep -q -e "${flag%%=*}[ =]" <<<"$help"; then echo "$flag"; fi
  done
}
