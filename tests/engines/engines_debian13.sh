#!/bin/bash
# The cases of engines.sh with the engines of Debian 13, on a machine with another release: their packages, unpacked into build/debian13
# and run from there (release.sh). The first run needs the machine's Debian mirror, later ones need no network.
#
#   tests/engines/engines_debian13.sh [ENGINE...]
#
# FOLDER=build/debian13 is where they are kept.
set -u
here=$(realpath "$(dirname "$0")")
FOLDER=$(realpath -m "${FOLDER:-$here/../../build/debian13}")

if [ "$(id -u)" = 0 ] && ! why=$("$here/release.sh" trixie "$FOLDER" 2>&1); then
	echo "skip Debian 13's engines: $(tail -n 1 <<<"$why")"
	exit 0
fi
export CASES=debian13/ PATH="$FOLDER/bin:$PATH" DOCKER="$FOLDER/bin/docker"
export RELEASE_WANTED='runc 1.1.15 crun 1.21 podman 5.4.2 containerd 1.7.24 dockerd 26.1.5 docker 26.1.5'
exec "$here/engines.sh" "$@"
