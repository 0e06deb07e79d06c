# shellcheck shell=bash
# Checks a repository as its readers do: each signature, and each sum up to what is signed. Sourced by ../publish.sh, with a key ring open.
# shellcheck disable=SC2154

verify() { # verify REPOSITORY
  local dir=$1 file
  if [ -d "$dir/apt" ]; then
    signed "$dir/apt/dists/stable/InRelease"
    signed "$dir/apt/dists/stable/Release.gpg" "$dir/apt/dists/stable/Release"
    gpg --batch --quiet --decrypt --output "$work/Release" --yes "$dir/apt/dists/stable/InRelease" 2>/dev/null
    cmp -s "$work/Release" "$dir/apt/dists/stable/Release" || fail "$dir/apt: InRelease and Release differ."
    (cd "$dir/apt/dists/stable" && sed -n '/^SHA256:/,/^[A-Z]/s/^ \([0-9a-f]*\) *[0-9]* \(.*\)/\1  \2/p' "$work/Release" | sha256sum --check --quiet --strict) ||
      fail "$dir/apt: a list of packages is not the signed one."
    (cd "$dir/apt" && sed -n 's/^Filename: \(.*\)/f \1/p;s/^SHA256: \(.*\)/s \1/p' dists/stable/main/binary-amd64/Packages |
      awk '$1 == "f" {f = $2} $1 == "s" {print $2 "  " f}' | sha256sum --check --quiet --strict) || fail "$dir/apt: a package is not the listed one."
  fi
  if [ -d "$dir/dnf" ]; then
    signed "$dir/dnf/repodata/repomd.xml.asc" "$dir/dnf/repodata/repomd.xml"
    gpg --batch --armor --export >"$work/all.asc"
    rpmkeys --dbpath "$work/rpm" --import "$work/all.asc"
    for file in "$dir"/dnf/*.rpm; do
      rpmkeys --dbpath "$work/rpm" --checksig --define '_pkgverify_level all' "$file" | grep -q ' digests signatures OK$' || fail "$file is not signed by this key."
    done
    (cd "$dir/dnf" && sed -n 's/.*<checksum type="sha256">\([0-9a-f]*\)<.*/s \1/p;s/.*<location href="\([^"]*\)".*/f \1/p' repodata/repomd.xml |
      awk '$1 == "s" {s = $2} $1 == "f" {print s "  " $2}' | sha256sum --check --quiet --strict) || fail "$dir/dnf: a list is not the signed one."
  fi
  if [ -d "$dir/pacman" ]; then
    for file in "$dir"/pacman/*.pkg.tar.zst "$dir/pacman/punktfunk.db.tar.gz"; do signed "$file.sig" "$file"; done
  fi
  if [ -d "$dir/sysext" ]; then
    signed "$dir/sysext/SHA256SUMS.gpg" "$dir/sysext/SHA256SUMS"
    (cd "$dir/sysext" && sha256sum --check --quiet --strict SHA256SUMS) || fail "$dir/sysext: an extension is not the signed one."
  fi
}

# signed SIGNATURE [FILE]: by a key of the ring
signed() {
  gpg --batch --quiet --trust-model always --verify "$@" 2>"$work/verify" ||
    fail "the signature ${1##*/repository/} is not of this key: $(grep -m 1 -iE 'bad|no public|can.t|expired' "$work/verify" || tail -n 1 "$work/verify")"
}
