# shellcheck shell=bash
# The Debian package; sourced by ../build.sh.
# shellcheck disable=SC2154

need_deb() {
  need dpkg-deb dpkg
  need dpkg-shlibdeps dpkg-dev
}

build_deb() { # build_deb TREE WORK
  local tree=$1 work=$2 libraries x264 openh264 size file
  mkdir -p "$tree/usr/share/doc/punktfunk" "$tree/DEBIAN"
  # shellcheck disable=SC2046 # a list of files
  libraries=$(shlibdeps "$work" $(engine_files "$tree")) || return
  x264=$(shlibdeps "$work" "$(encoder_file "$tree" x264)" | grep -o 'libx264-[0-9]*') || return
  openh264=$(shlibdeps "$work" "$(encoder_file "$tree" openh264)" | grep -o 'libopenh264-[0-9]*') || return
  install -m 644 "$root/packaging/deb/copyright" "$tree/usr/share/doc/punktfunk/copyright"
  fill "$root/packaging/deb/changelog.in" "version=$version" "maintainer=$maintainer" \
    "date=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')" |
    gzip -9n >"$tree/usr/share/doc/punktfunk/changelog.gz"
  size=$(du -sk --apparent-size "$tree/usr" | cut -f1)
  fill "$root/packaging/deb/control.in" "version=$version" "maintainer=$maintainer" "size=$size" "libraries=$libraries" \
    "x264=$x264" "openh264=$openh264" >"$tree/DEBIAN/control"
  for file in postinst prerm postrm; do
    fill "$root/packaging/deb/$file.in" "hosts=$(cat "$root/packaging/hosts.sh")" >"$tree/DEBIAN/$file"
    chmod 755 "$tree/DEBIAN/$file"
  done
  (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  find "$tree" -depth -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" "$out/punktfunk_${version}_amd64.deb"
}

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
