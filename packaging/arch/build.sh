# shellcheck shell=bash
# The package for Arch Linux; sourced by ../build.sh.
# shellcheck disable=SC2154

need_arch() {
  need makepkg "Debian: makepkg; Arch: pacman"
  need bsdtar "Debian: libarchive-tools; Arch: libarchive"
  need fakeroot fakeroot
  need zstd zstd
}

# Arch's package for each library that an addon or the runtime may need; an unknown one is an error, so that none is forgotten.
arch_package() {
  case $1 in
    ld-linux-x86-64.so.2 | libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0) echo glibc ;;
    libgcc_s.so.1 | libstdc++.so.6) echo gcc-libs ;;
    libenet.so.*) echo enet ;;
    libjpeg.so.*) echo libjpeg-turbo ;;
    libopenh264.so.*) echo openh264 ;;
    libopus.so.*) echo opus ;;
    libpipewire-0.3.so.*) echo libpipewire ;;
    libsystemd.so.*) echo systemd-libs ;;
    libwayland-client.so.*) echo wayland ;;
    libx264.so.*) echo x264 ;;
    libxkbcommon.so.*) echo libxkbcommon ;;
    libyuv.so.*) echo libyuv ;;
    *) fail "packaging/arch/build.sh does not know Arch's package for $1." ;;
  esac
}

build_arch() { # build_arch TREE WORK
  local tree=$1 work=$2 library libraries depends file
  # Arch has no "one of these": x264 is required.
  # shellcheck disable=SC2046 # a list of files
  libraries=$(LC_ALL=C readelf -d $(engine_files "$tree") "$(encoder_file "$tree" x264)" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
  depends=$(for library in $libraries; do arch_package "$library" || exit; done) || return
  depends=$(printf '%s\n' "$depends" dbus pipewire sway util-linux wireplumber | LC_ALL=C sort -u | tr '\n' ' ')
  mkdir "$work/make"
  fill "$root/packaging/arch/PKGBUILD.in" "version=$version" "depends=${depends% }" >"$work/make/PKGBUILD"
  fill "$root/packaging/arch/punktfunk.install.in" "hosts=$(cat "$root/packaging/hosts.sh")" >"$work/make/punktfunk.install"
  fill "$root/packaging/arch/makepkg.conf.in" "maintainer=$maintainer" >"$work/make/makepkg.conf"
  mv "$tree" "$work/make/tree"
  make_package "$work/make" >"$work/makepkg.log" 2>&1 || {
    cat "$work/makepkg.log" >&2
    return 1
  }
  for file in "$work"/make/*.pkg.tar.zst; do cp "$file" "$out/" && echo "$out/${file##*/}"; done
}

# makepkg refuses root, and writes the path of its folder into the package: root does it as nobody in /mnt, in a namespace of its own.
make_package() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  local command='cd "$1" && PKGEXT=.pkg.tar.zst exec makepkg --config makepkg.conf --force --nodeps --nocolor'
  if [ "$(id -u)" != 0 ]; then
    bash -c "$command" bash "$1"
    return
  fi
  chown -R --no-dereference nobody "$1" || return
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private bash -c '
    mount --bind "$1" /mnt && exec setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/mnt bash -c "$2" bash /mnt' bash "$1" "$command"
}
