#!/bin/bash
# The cases of engines.sh, and of gate.sh, runtime.sh and view.sh, with the engines and runtimes of Debian 13, on a machine with another
# release: their packages, unpacked into build/debian13 and run from there (release.sh). The first run needs the machine's Debian
# mirror, later ones need no network.
#
#   tests/engines/engines_debian13.sh [ENGINE...]
#
# ENGINE as for engines.sh, and "runtimes". FOLDER=build/debian13 is where they are kept.
set -u
here=$(realpath "$(dirname "$0")")
FOLDER=$(realpath -m "${FOLDER:-$here/../../build/debian13}")

if [ "$(id -u)" != 0 ]; then
	echo "skip Debian 13's engines: runs containers, which needs root"
	exit 0
fi
if ! why=$("$here/release.sh" trixie "$FOLDER" 2>&1); then
	echo "skip Debian 13's engines: $(tail -n 1 <<<"$why")"
	exit 0
fi
export CASES=debian13/ PATH="$FOLDER/bin:$PATH" DOCKER="$FOLDER/bin/docker"
export RELEASE_WANTED='runc 1.1.15 crun 1.21 podman 5.4.2 containerd 1.7.24 dockerd 26.1.5 docker 26.1.5'

engines=() runtimes=no failed=0
for name in "${@:-runtimes}"; do
	if [ "$name" = runtimes ]; then runtimes=yes; else engines+=("$name"); fi
done
if [ ${#engines[@]} != 0 ] || [ $# = 0 ]; then
	"$here/engines.sh" "${engines[@]}" || failed=1
fi
if [ $runtimes = yes ]; then
	for script in gate runtime view; do
		"$here/$script.sh" || failed=1
	done
fi
exit $failed
