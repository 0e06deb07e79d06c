#!/bin/sh
# The last stage: puts the staged tree STAGE and the image's own files onto the base. SIGNED_REFERENCE: where updates come from, when
# bootc/keys/ holds the key that signs them.
set -eu
umask 022
source=$1 stage=$2 signed_reference=${3-}
. "$source/bootc/family.sh"

if [ "$family" = fedora ]; then
  # shellcheck disable=SC2046 # a list of words
  dnf5 -y install --setopt=install_weak_deps=False $(sed -n 's/^run //p' "$source/tools/packages-fedora.txt") ||
    fail "dnf5 could not install what the host needs (its message is above). Is the network up?"
  dnf5 clean all
  rm -rf /var/lib/dnf /var/cache/* /var/log/dnf5* /run/dnf
fi

check_programs

# Folders that the base has stay as they are; modes are the list's (packaging/payload.txt), whatever the checkout's were.
onto_base() { # onto_base FOLDER [TAR-OPTION...]
  from=$1
  shift
  tar -C "$from" --owner=0 --group=0 --numeric-owner "$@" -cf - . | tar -C / --no-overwrite-dir -xpf -
}
onto_base "$stage"
onto_base "$source/bootc/files" --mode='u=rwX,go=rX'
missing=$(for module in /usr/lib/punktfunk/build/native/lib/* /usr/lib/punktfunk/build/native/bin/*; do ldd "$module" | sed -n "s|^\\s*\\(\\S*\\) => not found|  \\1 (needed by ${module##*/})|p"; done)
[ -z "$missing" ] || fail "the base lacks libraries that the build found in its stage:
$missing"

engine=/usr/lib/punktfunk/build/libexec/punktfunk/engine
"$engine" /usr/lib/punktfunk/src/main.ts doctor --help >/dev/null || fail "the host does not start on this base (its message is above)."
if command -v semanage >/dev/null; then
  # Rules without relabelling: bootc labels the files of an image by the policy inside it.
  while read -r pattern type; do semanage fcontext --noreload --add --type "$type" "$pattern"; done <"$source/bootc/selinux-file-contexts"
fi
if [ -e "$source/bootc/keys/punktfunk.pub" ] && [ -n "$signed_reference" ]; then
  install -D -m 0644 "$source/bootc/keys/punktfunk.pub" /usr/share/pki/containers/punktfunk.pub
  "$engine" "$source/bootc/trust-updates.ts" / "$signed_reference" /usr/share/pki/containers/punktfunk.pub
fi
# What building left behind is not part of an image.
find /tmp /run /var/tmp /var/log /var/cache -xdev -mindepth 1 ! -path '/run/.containerenv' ! -path '/run/secrets*' -delete 2>/dev/null || :
