# shellcheck shell=bash
# What ci/packages.sh checks, one function each; sourced by it.
# shellcheck disable=SC2154,SC2317

apart=$scratch/apart
payload() { "$node_bin/node" "$scratch/copy/packaging/payload.ts" "$@"; }

# Files get the time of copying; node_modules, which nobody edits, is mounted.
copy_checkout() { # copy_checkout FROM TO
  mkdir -p "$2/build/native/lib" "$2/node_modules" && mount --bind "$root/node_modules" "$2/node_modules" && mount -o remount,ro,bind "$2/node_modules" &&
    cp -r "$1"/{src,packaging,package.json,package-lock.json,LICENSE-MIT,LICENSE-APACHE} "$2/" &&
    cp "$1"/build/native/lib/punktfunk_e* "$2/build/native/lib/" &&
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)} && export SOURCE_DATE_EPOCH
}
# In another place, at another time, in a checkout that a strict umask has closed.
build_again() {
  local file again=$scratch/another/place
  copy_checkout "$scratch/copy" "$again/checkout" && find "$again/checkout" -path "*/node_modules" -prune -o ! -type l -exec chmod go= {} + &&
    (umask 077 && "$again/checkout/packaging/build.sh" all --out "$again/out") || return
  for file in "$out"/*; do cmp "$file" "$again/out/${file##*/}" || return; done
  umount "$again/checkout/node_modules" && rm -rf "$again"
}

take_apart() {
  mkdir -p "$apart"/{deb,rpm,arch} &&
    dpkg-deb -x "$deb" "$apart/deb" && bsdtar -C "$apart/rpm" -xpf "$rpm" && bsdtar -C "$apart/arch" -xpf "$arch" &&
    unsquashfs -quiet -no-progress -dest "$apart/sysext" "$raw"
}

parity() { "$node_bin/node" "$root/packaging/test/parity.ts" "$apart"; }

# harmless TREE: no setuid, setgid, sticky or foreign-writable file, no capability, root's alone, nothing outside usr
harmless() {
  local found
  found=$(find "$1" -mindepth 1 ! -type l \( -perm /7000 -o -perm /0022 -o ! -uid 0 -o ! -gid 0 \) -printf '%m %U:%G %P\n'
    find "$1" -mindepth 1 -maxdepth 1 ! -name usr ! -name '.[A-Z]*' -printf 'outside usr: %P\n'
    find "$1" -type l -lname '/*' -printf 'absolute link: %P\n'
    getcap -r "$1")
  printf '%s' "$found"
  [ -z "$found" ]
}

# caught FAULT: with it in a copy of the rpm's tree, parity or harmless says so and names the file
caught() {
  local whole=$apart apart=$scratch/faulty lib=usr/lib/punktfunk file
  rm -rf "$apart" && mkdir "$apart" && cp -al "$whole"/. "$apart/" || return
  case $1 in
    "dropped entry") file=usr/lib/udev/rules.d/60-punktfunk.rules ;;
    "setuid bit" | "file capability") file=usr/bin/punktfunk-host ;;
    *) file=$lib/package.json ;;
  esac
  # The copies share their bytes with the originals: what is changed is copied first.
  cp --remove-destination -p "$whole/rpm/$file" "$apart/rpm/$file" || return
  case $1 in
    "mode of a file") chmod 600 "$apart/rpm/$file" ;;
    "dropped entry") rm "$apart/rpm/$file" ;;
    "setuid bit") chmod u+s "$apart/rpm/$file" ;;
    "file capability") setcap cap_sys_nice=ep "$apart/rpm/$file" ;;
    "changed file") echo >>"$apart/rpm/$file" ;;
  esac || return
  case $1 in
    "file capability" | "setuid bit") says "$file" harmless "$apart/rpm" ;;
    *) says "$file: rpm:" parity ;;
  esac
}
# says WORDS COMMAND...: the command fails, and says these words
says() {
  local words=$1 output
  shift
  output=$("$@" 2>&1) && {
    echo "not caught"
    return 1
  }
  echo "$output"
  [[ $output == *"$words"* ]]
}

# Tags that are not allowed by name, each with its reason, in allowed-lint.txt.
lint_deb() {
  lintian --no-cfg --allow-root "$deb" >"$scratch/lintian" 2>&1 || :
  judge_lint lintian < <(sed -n 's/^[EW]: [^ ]* \([^ ]*\)\(.*\)/\1\2/p' "$scratch/lintian")
}
lint_rpm() {
  rpmlint "$rpm" >"$scratch/rpmlint" 2>&1 || :
  grep -q '1 packages and' "$scratch/rpmlint" || return
  judge_lint rpmlint < <(sed -n 's/^[^ ]*: [EW]: \(.*\)/\1/p' "$scratch/rpmlint")
}
judge_lint() { # judge_lint PROGRAM: findings on standard input
  local program tag place reason finding bad=0 allowed=()
  while read -r program tag place reason; do
    if [ "$program" = "$1" ]; then
      [ -n "$reason" ] || {
        echo "allowed-lint.txt: $tag has no reason"
        bad=1
      }
      allowed+=("$tag $place")
    fi
  done < <(grep -v '^#' "$root/packaging/test/allowed-lint.txt")
  while IFS= read -r finding; do
    for one in "${allowed[@]}"; do
      # shellcheck disable=SC2053 # the place is a pattern
      [[ $finding == ${one%% *}*${one#* }* ]] && continue 2
    done
    echo "$finding"
    bad=1
  done
  return $bad
}

# The packages' scripts, with a systemd that seems to run and tools that all fail, on a root that cannot be written.
scripts_survive() {
  local folder=$scratch/scripts tool
  mkdir -p "$folder/bin" "$folder/control" || return
  dpkg-deb -e "$deb" "$folder/control" && rpm -qp --nosignature --qf '%{POSTIN}\n' "$rpm" >"$folder/post" &&
    rpm -qp --nosignature --qf '%{PREUN}\n' "$rpm" >"$folder/preun" && rpm -qp --nosignature --qf '%{POSTUN}\n' "$rpm" >"$folder/postun" &&
    bsdtar -xOf "$arch" .INSTALL >"$folder/install" || return
  for tool in systemctl udevadm modprobe runuser timeout stat; do printf '#!/bin/sh\nexit 1\n' >"$folder/bin/$tool" && chmod 755 "$folder/bin/$tool"; done
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private bash -exc '
    folder=$1 PATH=$1/bin:$PATH
    cd "$folder"
    mount -t tmpfs run /run && mkdir -p /run/systemd/system /run/user/1000/systemd
    mount --bind /bin/false /usr/lib/systemd/systemd-sysctl # it is named by its path, and would change this machine
    mount -o remount,ro,bind /
    sh control/postinst configure ""
    sh control/postinst configure 0.0.1
    sh control/prerm remove
    sh control/postrm remove
    sh control/postrm purge
    for step in "post 1" "post 2" "preun 0" "preun 1" "postun 0" "postun 1"; do sh -e $step; done
    for step in post_install post_upgrade pre_remove post_remove; do bash -ec ". ./install; $step 1 0"; done' bash "$folder"
}

as_listed() { payload verify "$(root_of "$1")" --kind "$1"; }
snapshot() { paths_of "$(root_of "$1")" >"$scratch/$1.before"; }
lower() { layer "$1" "$(changes_of system)" "$base" && snapshot "$1"; }

deb_resolves() {
  layer bare "$base" && apt bare "$out" install --simulate "/run/beside/${deb##*/}" >"$scratch/simulated" || return
  cat "$scratch/simulated"
  local package
  for package in punktfunk sway pipewire foot libenet7; do grep -q "^Inst $package " "$scratch/simulated" || return; done
}
deb_root() { lower deb; }
deb_installs() { apt deb "$out" install --no-install-recommends "/run/beside/${deb##*/}"; }
deb_verifies() { inside deb dpkg --verify punktfunk && [ -z "$(inside deb dpkg --verify punktfunk)" ] && inside deb dpkg --audit; }
deb_removed() { apt deb '' purge punktfunk && ! inside deb dpkg -s punktfunk; }

# Debian's rpm would keep its database in root's home.
rpm_in() { rpm --root "$(root_of rpm)" --dbpath /var/lib/rpm "$@"; }
rpm_root() { lower rpm && rpm_in --initdb; }
rpm_installs() {
  local missing
  # Nothing is known to this database: every requirement is named, and no other.
  rpm_in -i --test --nosignature "$rpm" 2>&1 | sed -n 's/^\t\(.*\) is needed by punktfunk-.*/\1/p' | sort -u >"$scratch/missing"
  missing=$(rpm -qp --requires --nosignature "$rpm" | grep -v '^rpmlib(' | sort -u | diff - "$scratch/missing") || {
    echo "$missing"
    return 1
  }
  rpm_in -i --nodeps --nosignature "$rpm"
}
rpm_verifies() { rpm_in -V --nodeps punktfunk; }
rpm_removed() { rpm_in -e punktfunk && ! rpm_in -q punktfunk; }

pacman_in() { pacman --noconfirm --config /dev/null --root "$(root_of arch)" --dbpath "$(root_of arch)/var/lib/pacman" --cachedir "$scratch/pacman" "$@"; }
# Folders that are empty in this root and belong to other packages on Arch get a file of somebody else's.
arch_root() {
  layer arch "$(changes_of system)" "$base" && touch "$(root_of arch)/usr/lib/modules-load.d/other.conf" && snapshot arch &&
    mkdir -p "$(root_of arch)/var/lib/pacman" "$scratch/pacman"
}
arch_installs() { pacman_in -U --nodeps --nodeps "$arch"; }
arch_verifies() {
  local found
  found=$(LC_ALL=C pacman_in -Qkk punktfunk) || return
  echo "$found"
  [[ $found == *", 0 altered files"* ]]
}
arch_removed() { pacman_in -R punktfunk && ! pacman_in -Q punktfunk; }

# systemd-sysext merges in a namespace of its own, from which mounts reach only those who share theirs. What shares is ours alone.
sysext() { systemd-sysext --root="$(root_of sysext)" --no-pager "$@"; }
sysext_root() { lower sysext && mkdir -p "$(root_of sysext)/var/lib/extensions" && snapshot sysext; }
sysext_installs() {
  mount -t tmpfs run /run && mount --make-rshared / && cp "$raw" "$(root_of sysext)/var/lib/extensions/" && sysext merge
}
sysext_removed() { sysext unmerge && rm "$(root_of sysext)/var/lib/extensions/punktfunk.raw"; }
sysext_refused() {
  "$scratch/copy/packaging/build.sh" sysext --sysext-id fedora:44 --out "$scratch/fedora" && cp "$scratch/fedora/punktfunk.raw" "$(root_of sysext)/var/lib/extensions/" || return
  sysext merge 2>&1 | tee "$scratch/merge"
  [ ! -e "$(root_of sysext)/usr/bin/punktfunk-host" ] && grep -q 'incompatible' "$scratch/merge"
}

# installed_fault KIND FAULT: a root like KIND's but for the fault, which the checks of installed roots see
installed_fault() {
  local name=faulty-$2 where
  layer "$name" "$(changes_of "$1")" "$(changes_of system)" "$base" || return
  where=$(root_of "$name")
  case $2 in
    mode) chmod 600 "$where/usr/lib/punktfunk/src/main.ts" && says 'src/main.ts has mode 0600' payload verify "$where" --kind "$1" ;;
    addon)
      rm "$where/usr/lib/punktfunk/build/native/lib/punktfunk_engine.node" &&
        says 'punktfunk_engine.node is missing' payload verify "$where" --kind "$1" && says 'punktfunk_engine.node is' start_host "$name"
      ;;
    library) rm "$where"/usr/lib/x86_64-linux-gnu/libenet.so.7* && says 'needs libenet.so.7, which is not installed' start_host "$name" ;;
  esac
  local result=$?
  unlayer "$name"
  return $result
}
