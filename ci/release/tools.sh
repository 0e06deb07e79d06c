# shellcheck shell=bash
# Programs that a release needs and Debian 12 does not have; sourced. Expects $root: the checkout.
# shellcheck disable=SC2154

tool_dir=$root/build/release-tools
# Packages of Debian 13, unpacked into build/, never installed: the system stays as it is.
tool_packages='cosign docker-registry'

# Puts cosign and docker-registry into PATH: the system's own, else Debian's. Returns 1 and says why when they cannot be had.
have_tools() {
  PATH=$PATH:$tool_dir/usr/bin
  command -v cosign >/dev/null && command -v docker-registry >/dev/null && return 0
  command -v apt-get >/dev/null || { echo "there is no cosign, and no apt to get it with" && return 1; }
  fetch_tools || { echo "cosign and docker-registry could not be fetched from Debian's archive (build/release-tools/log)" && return 1; }
}

fetch_tools() (
  set -e
  mkdir -p "$tool_dir"
  exec >"$tool_dir/log" 2>&1
  mkdir -p "$tool_dir/lists/partial" "$tool_dir/cache/archives/partial"
  # The archive this machine uses, or Debian's own.
  # shellcheck disable=SC2016 # apt fills these in
  archive=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1)
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "${archive:-https://deb.debian.org/debian/}" >"$tool_dir/trixie.sources"
  # Lists of its own: two suites in one folder of lists delete each other.
  options=(-o "Dir::Etc::SourceList=$tool_dir/trixie.sources" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$tool_dir/lists"
    -o "Dir::Cache=$tool_dir/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
  apt-get -q "${options[@]}" update
  cd "$tool_dir"
  # shellcheck disable=SC2086 # a list of words
  apt-get -q "${options[@]}" download $tool_packages
  for package in ./*.deb; do dpkg-deb -x "$package" "$tool_dir"; done
  rm -rf ./*.deb lists cache
)
