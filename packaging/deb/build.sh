# shellcheck shell=bash
# The Debian package; sourced by ../build.sh.
# shellcheck disable=SC2154

need_deb() {
  need dpkg-deb dpkg
  need dpkg-shlibdeps dpkg-dev
}

build_deb() { # build_deb TREE WORK PACKAGE
  local tree=$1 work=$2 name=$3 doc=$1/usr/share/doc/$3
  mkdir -p "$doc" "$tree/DEBIAN"
  install -m 644 "$root/packaging/deb/copyright" "$doc/copyright"
  fill "$root/packaging/deb/changelog.in" "package=$name" "version=$version" "maintainer=$maintainer" \
    "date=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')" |
    gzip -9n >"$doc/changelog.gz"
  "control_of_${name//-/_}" "$tree" "$work" || return
  (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  find "$tree" -depth -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" "$out/${name}_${version}_amd64.deb"
}

control_of_punktfunk() { # control_of_punktfunk TREE WORK
  local tree=$1 work=$2 libraries x264 openh264 file
  # shellcheck disable=SC2046 # a list of files
  libraries=$(shlibdeps "$work" $(engine_files "$tree")) || return
  x264=$(shlibdeps "$work" "$(encoder_file "$tree" x264)" | grep -o 'libx264-[0-9]*') || return
  openh264=$(shlibdeps "$work" "$(encoder_file "$tree" openh264)" | grep -o 'libopenh264-[0-9]*') || return
  fill "$root/packaging/deb/control.in" "version=$version" "maintainer=$maintainer" "size=$(size_of "$tree")" "libraries=$libraries" \
    "x264=$x264" "openh264=$openh264" >"$tree/DEBIAN/control"
  for file in postinst prerm postrm; do
    fill "$root/packaging/deb/$file.in" "hosts=$(cat "$root/packaging/hosts.sh")" >"$tree/DEBIAN/$file"
    chmod 755 "$tree/DEBIAN/$file"
  done
}

control_of_punktfunk_harness() { # control_of_punktfunk_harness TREE WORK
  local libraries
  # shellcheck disable=SC2046 # a list of files
  libraries=$(shlibdeps "$2" $(kit_files "$1")) || return
  fill "$root/packaging/deb/control-harness.in" "version=$version" "maintainer=$maintainer" "size=$(size_of "$1")" \
    "libraries=$libraries" >"$1/DEBIAN/control"
}

size_of() { du -sk --apparent-size "$1/usr" | cut -f1; }

# The packages of this release that have the libraries these files need.
shlibdeps() { # shlibdeps WORK FILE...
  local work=$1
  mkdir -p "$work/shlibs/debian"
  printf 'Source: punktfunk\n\nPackage: punktfunk\nArchitecture: any\n' >"$work/shlibs/debian/control"
  (
    cd "$work/shlibs" || exit
    dpkg-shlibdeps -O --warnings=0 "${@:2}" | sed -n 's/^shlibs:Depends=//p'
  )
}
