# shellcheck shell=bash
# One function a kind of repository: KIND_repository NEW FILE...; sourced by ../publish.sh, which opens the key ring.
# shellcheck disable=SC2154

need_deb_repository() { need apt-ftparchive "Debian: apt-utils"; }
need_rpm_repository() {
  need createrepo_c "Debian: createrepo-c"
  need rpmsign "Debian: rpm; Fedora: rpm-sign"
}
need_arch_repository() {
  need repo-add "Debian: pacman-package-manager; Arch: pacman"
  need bsdtar "Debian: libarchive-tools; Arch: libarchive"
}
need_sysext_repository() { need sha256sum coreutils; }

deb_repository() {
  local apt=$1/apt dist=$1/apt/dists/stable
  mkdir -p "$apt/pool" "$dist/main/binary-amd64" && cp "${@:2}" "$apt/pool/" || return
  (cd "$apt" && apt-ftparchive packages pool) >"$dist/main/binary-amd64/Packages" || return
  gzip -9nk "$dist/main/binary-amd64/Packages" || return
  (cd "$dist" && apt-ftparchive -o APT::FTPArchive::Release::Origin=punktfunk -o APT::FTPArchive::Release::Suite=stable \
    -o APT::FTPArchive::Release::Codename=stable -o APT::FTPArchive::Release::Architectures=amd64 \
    -o APT::FTPArchive::Release::Components=main release .) >"$work/Release" || return
  cp "$work/Release" "$dist/Release" && sign --clearsign --output "$dist/InRelease" "$dist/Release" &&
    sign --armor --detach-sign --output "$dist/Release.gpg" "$dist/Release"
}

rpm_repository() {
  local dnf=$1/dnf
  mkdir -p "$dnf" && cp "${@:2}" "$dnf/" || return
  rpmsign --define "_gpg_name $fingerprint" --define "_gpg_path $GNUPGHOME" --define '__gpg /usr/bin/gpg' --define '_gpg_digest_algo sha512' \
    --addsign "$dnf"/*.rpm >/dev/null 2>"$work/rpmsign" || {
    cat "$work/rpmsign" >&2
    return 1
  }
  createrepo_c --quiet "$dnf" && sign --armor --detach-sign --output "$dnf/repodata/repomd.xml.asc" "$dnf/repodata/repomd.xml"
}

arch_repository() {
  local pacman=$1/pacman file
  mkdir -p "$pacman" && cp "${@:2}" "$pacman/" || return
  for file in "$pacman"/*.pkg.tar.zst; do sign --detach-sign --output "$file.sig" "$file" || return; done
  repo-add --quiet --nocolor "$pacman/punktfunk.db.tar.gz" "$pacman"/*.pkg.tar.zst >"$work/repo-add" 2>&1 || {
    cat "$work/repo-add" >&2
    return 1
  }
  sign --detach-sign --output "$pacman/punktfunk.db.tar.gz.sig" "$pacman/punktfunk.db.tar.gz" &&
    ln -s punktfunk.db.tar.gz.sig "$pacman/punktfunk.db.sig"
}

sysext_repository() {
  local sysext=$1/sysext
  mkdir -p "$sysext" && cp "${@:2}" "$sysext/" && (cd "$sysext" && sha256sum ./*.raw | sed 's, \./,  ,;s,   ,  ,' >SHA256SUMS) &&
    sign --detach-sign --output "$sysext/SHA256SUMS.gpg" "$sysext/SHA256SUMS"
}
