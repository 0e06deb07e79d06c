# shellcheck shell=bash
# The package for Fedora and its kin; sourced by ../build.sh.
# shellcheck disable=SC2154

elfdeps=/usr/lib/rpm/elfdeps

need_rpm() {
  need rpmbuild "Debian: rpm; Fedora: rpm-build"
  [ -x $elfdeps ] || fail "$elfdeps is missing (Debian: rpm; Fedora: rpm-build)."
}

build_rpm() { # build_rpm TREE WORK
  local tree=$1 work=$2 file_list requires x264 openh264
  # shellcheck disable=SC2046 # a list of files
  requires=$(sonames $(engine_files "$tree") | sed 's/^/Requires: /')
  x264=$(sonames "$(encoder_file "$tree" x264)" | grep '^libx264\.so\.[0-9]*()') || return
  openh264=$(sonames "$(encoder_file "$tree" openh264)" | grep '^libopenh264\.so\.[0-9]*()') || return
  file_list=$("$node" "$root/packaging/payload.ts" list --kind rpm | while read -r type mode _ _ _ path; do
    case $type:$path in
      folder:*) echo "%dir %attr($mode,root,root) $path" ;;
      link:*) echo "$path" ;;
      *:/usr/share/licenses/*) echo "%license %attr($mode,root,root) $path" ;;
      *) echo "%attr($mode,root,root) $path" ;;
    esac
  done)
  fill "$root/packaging/rpm/punktfunk.spec.in" "version=$version" "maintainer=$maintainer" "requires=$requires" "x264=$x264" \
    "openh264=$openh264" "files=$file_list" "tree=$tree" "hosts=$(cat "$root/packaging/hosts.sh")" \
    "date=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" >"$work/punktfunk.spec"
  rpmbuild -bb --quiet --define "_topdir $work/rpm" --define "_rpmdir $work/rpms" "$work/punktfunk.spec" || return
  mv "$work"/rpms/x86_64/punktfunk-*.rpm "$out/"
}

sonames() { # sonames FILE...
  printf '%s\n' "$@" | $elfdeps --requires --assume-exec | grep -v '^rtld' | LC_ALL=C sort -u
}
