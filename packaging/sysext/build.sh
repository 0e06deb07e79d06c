# shellcheck shell=bash
# The system extension, for systems whose /usr is read-only; sourced by ../build.sh.
# shellcheck disable=SC2154

need_sysext() { need mksquashfs squashfs-tools; }

build_sysext() { # build_sysext TREE WORK
  local tree=$1 release=$1/usr/lib/extension-release.d/extension-release.punktfunk
  mkdir -p "${release%/*}"
  {
    echo "ID=$sysext_id"
    [ -z "$sysext_version" ] || echo "VERSION_ID=$sysext_version"
    echo ARCHITECTURE=x86-64
    # Units and drop-ins are seen once the manager has read them again.
    echo EXTENSION_RELOAD_MANAGER=1
  } >"$release"
  touch -d "@$SOURCE_DATE_EPOCH" "$release"
  find "$tree" -depth -type d -newermt "@$SOURCE_DATE_EPOCH" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
  # The file's name must be that of its release file. SOURCE_DATE_EPOCH dates the file system.
  rm -f "$out/punktfunk.raw"
  mksquashfs "$tree" "$out/punktfunk.raw" -all-root -noappend -no-progress -no-xattrs -quiet -comp zstd -Xcompression-level 9 || return
  echo "$out/punktfunk.raw"
}
