#!/bin/bash
# Pushes the image that tools/image.sh built, signs it and verifies what lies in the registry; as root. The environment is that of
# settings.sh, but without BUILD_IMAGE.   ci/release/publish-image.sh FOLDER      FOLDER gets the bill of materials and the digest
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?Name the folder for the bill of materials.}
mkdir -p "$out"
# One file tells both who we are: buildah is given it, cosign looks for config.json in DOCKER_CONFIG.
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG CONTAINERS_STORAGE_CONF=$PWD/build/image/storage.conf
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
printf '{"auths":{"%s":{"auth":"%s"}}}' "${IMAGE%%/*}" "$(printf '%s:%s' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | base64 --wrap=0)" >"$DOCKER_CONFIG/config.json"

# What is in the image, before anybody can have it.
build/libexec/punktfunk/engine ci/release/sbom.ts make --kind image --root build/image/root --out "$out/punktfunk-image.spdx.json"
# The tag last: until the signature is there, nobody who follows the tag gets the image.
buildah push --authfile "$DOCKER_CONFIG/config.json" --digestfile "$out/image-digest.txt" localhost/punktfunk:latest "docker://$IMAGE:unsigned-$TAG"
signed="$IMAGE@$(cat "$out/image-digest.txt")"
bash ci/release/sign.sh image "$signed"
bash ci/release/verify.sh image "$signed"
buildah push --authfile "$DOCKER_CONFIG/config.json" --digestfile "$DOCKER_CONFIG/digest" localhost/punktfunk:latest "docker://$IMAGE:$TAG"
cmp "$DOCKER_CONFIG/digest" "$out/image-digest.txt" || { echo "$IMAGE:$TAG is another image than the one that was signed." >&2 && exit 1; }
echo "Published: $signed"
