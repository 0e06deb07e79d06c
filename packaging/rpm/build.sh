# shellcheck shell=bash
# The package for Fedora and its kin; sourced by ../build.sh.
# shellcheck disable=SC2154

elfdeps=/usr/lib/rpm/elfdeps

need_rpm() {
  need rpmbuild "Debian: rpm; Fedora: rpm-build"
  [ -x $elfdeps ] || fail "$elfdeps is missing (Debian: rpm; Fedora: rpm-build)."
}

build_rpm() { # build_rpm TREE WORK PACKAGE
  local tree=$1 work=$2 name=$3 file_list
  file_list=$("$node" "$root/packaging/payload.ts" list --kind rpm --package "$name" | while read -r type mode _ _ _ path; do
    case $type:$path in
      folder:*) echo "%dir %attr($mode,root,root) $path" ;;
      link:*) echo "$path" ;;
      *:/usr/share/licenses/*) echo "%license %attr($mode,root,root) $path" ;;
      *) echo "%attr($mode,root,root) $path" ;;
    esac
  done)
  "spec_of_${name//-/_}" "$tree" "version=$version" "maintainer=$maintainer" "files=$file_list" "tree=$tree" \
    "date=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" >"$work/$name.spec" || return
  rpmbuild -bb --quiet --define "_topdir $work/rpm" --define "_rpmdir $work/rpms" "$work/$name.spec" || return
  mv "$work"/rpms/x86_64/punktfunk-*.rpm "$out/"
}

spec_of_punktfunk() { # spec_of_punktfunk TREE NAME=VALUE...
  local requires x264 openh264
  # shellcheck disable=SC2046 # a list of files
  requires=$(requires_of $(engine_files "$1"))
  x264=$(sonames "$(encoder_file "$1" x264)" | grep '^libx264\.so\.[0-9]*()') || return
  openh264=$(sonames "$(encoder_file "$1" openh264)" | grep '^libopenh264\.so\.[0-9]*()') || return
  fill "$root/packaging/rpm/punktfunk.spec.in" "${@:2}" "requires=$requires" "x264=$x264" "openh264=$openh264" \
    "hosts=$(cat "$root/packaging/hosts.sh")"
}

spec_of_punktfunk_harness() { # spec_of_punktfunk_harness TREE NAME=VALUE...
  # shellcheck disable=SC2046 # a list of files
  fill "$root/packaging/rpm/punktfunk-harness.spec.in" "${@:2}" "requires=$(requires_of $(kit_files "$1"))"
}

requires_of() { sonames "$@" | sed 's/^/Requires: /'; }
sonames() { # sonames FILE...
  printf '%s\n' "$@" | $elfdeps --requires --assume-exec | grep -v '^rtld' | LC_ALL=C sort -u
}
