#!/bin/sh
# Installs what the image is built from, in the stage that is thrown away.
set -eu
cd "$(dirname "$0")"
# shellcheck source=scripts/image/packages.sh
. ./packages.sh

apt-get update --quiet
# shellcheck disable=SC2086 # lists of names
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $BUILD_PACKAGES $RUNTIME_PACKAGES
