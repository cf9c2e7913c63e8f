#!/usr/bin/env bash
# usage: images.sh
# Builds the images of the gateway (luminus-zoom-gateway) and of the sandbox (luminus-zoom-sandbox) from the Dockerfile, and
# makes the images that they and deploy/compose.yaml are based on. What exists and has not changed is kept.
set -euo pipefail
cd "$(dirname "$0")/../../.."
exec 9>"${TMPDIR:-/tmp}/luminus-zoom-gateway-images.lock"
flock 9
test/deploy/support/base-images.sh
docker build --quiet --network=host --tag luminus-zoom-gateway .
docker build --quiet --network=host --target sandbox --tag luminus-zoom-sandbox .
