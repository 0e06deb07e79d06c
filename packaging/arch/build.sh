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
    libavcodec.so.* | libavfilter.so.* | libavutil.so.*) echo ffmpeg ;;
    libcrypto.so.*) echo openssl ;;
    libenet.so.*) echo enet ;;
    libjpeg.so.*) echo libjpeg-turbo ;;
    libopenh264.so.*) echo openh264 ;;
    libopus.so.*) echo opus ;;
    libpipewire-0.3.so.*) echo libpipewire ;;
    libsystemd.so.*) echo systemd-libs ;;
    libwayland-client.so.*) echo wayland ;;
    libx264.so.*) echo x264 ;;
    libxcb.so.* | libxcb-*.so.*) echo libxcb ;;
    libxkbcommon.so.*) echo libxkbcommon ;;
    libyuv.so.*) echo libyuv ;;
    *) fail "packaging/arch/build.sh does not know Arch's package for $1." ;;
  esac
}

build_arch() { # build_arch TREE WORK PACKAGE
  local tree=$1 work=$2 name=$3 file
  mkdir "$work/make"
  "recipe_of_${name//-/_}" "$tree" "$work/make" || return
  fill "$root/packaging/arch/makepkg.conf.in" "maintainer=$maintainer" >"$work/make/makepkg.conf"
  mv "$tree" "$work/make/tree"
  make_package "$work/make" >"$work/makepkg.log" 2>&1 || {
    cat "$work/makepkg.log" >&2
    return 1
  }
  for file in "$work"/make/*.pkg.tar.zst; do cp "$file" "$out/" && echo "$out/${file##*/}"; done
}

recipe_of_punktfunk() { # recipe_of_punktfunk TREE MAKE
  local depends
  # Arch has no "one of these": x264 is required.
  # shellcheck disable=SC2046 # a list of files
  depends=$(depends_on $(engine_files "$1") "$(encoder_file "$1" x264)") || return
  depends=$(words_of "$depends" dbus pipewire sway util-linux wireplumber)
  fill "$root/packaging/arch/PKGBUILD.in" "version=$version" "depends=$depends" >"$2/PKGBUILD"
  fill "$root/packaging/arch/punktfunk.install.in" "hosts=$(cat "$root/packaging/hosts.sh")" >"$2/punktfunk.install"
}

recipe_of_punktfunk_harness() { # recipe_of_punktfunk_harness TREE MAKE
  local depends
  # shellcheck disable=SC2046 # a list of files
  depends=$(depends_on $(kit_files "$1")) || return
  fill "$root/packaging/arch/PKGBUILD-harness.in" "version=$version" "depends=$(words_of "$depends" "punktfunk=$version")" >"$2/PKGBUILD"
}

depends_on() { # depends_on FILE...: Arch's packages, one a line
  local library libraries
  libraries=$(LC_ALL=C readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
  for library in $libraries; do arch_package "$library" || return; done
}

words_of() {
  local words
  words=$(printf '%s\n' "$@" | LC_ALL=C sort -u | tr '\n' ' ')
  echo "${words% }"
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
