#!/bin/bash
# Real engines, started from scratch in folders of their own: podman with runc and crun through hooks.d, dockerd with nimgate-runtime as
# its default runtime, containerd with ctr and over CRI. What is admitted runs; what is refused does not, and the user reads why, word for word.
#
#   tests/engines/engines.sh [ENGINE...]
#
# ENGINE is podman, docker, containerd or cri: the cases of each are in engine_ENGINE.sh. Made for Debian 12's packages (tests/deps.sh
# engines) and Debian 13's (engines_debian13.sh); needs root, no network. Ends each daemon that it started by its process id, and leaves
# nothing behind, which is its last case.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/engines_lib.sh"
. "$HERE/engine_release.sh"
. "$HERE/engine_podman.sh"
. "$HERE/engine_docker.sh"
. "$HERE/engine_containerd.sh"
. "$HERE/engine_cri.sh"
. "$HERE/engine_cdi.sh"
. "$HERE/engine_install.sh"
. "$HERE/engine_five_minutes.sh"
. "$HERE/engine_lifecycle.sh"
. "$HERE/engine_userns.sh"
. "$HERE/engine_audit.sh"
. "$HERE/engine_rootless.sh"
SHIM=${SHIM:-$REPOSITORY/build/bin/nimgate-runtime}
DOCKER=${DOCKER:-/usr/bin/docker}
PYTHON=${PYTHON:-/usr/bin/python3}
IMAGE_NAME=localhost/nimgate-test:1
CACHE_MODE=ro

# The whole run gets a mount namespace of its own, with a /run, a cache for podman and a place for receipts of its own: some of the
# engines' places cannot be chosen, and neither can those of a policy that names none. And crun needs help on machines with both kinds
# of cgroups.
if [ -z "${NIMGATE_ENGINES_INSIDE:-}" ] && [ "$(id -u)" = 0 ]; then
	made=
	[ -d /var/lib/nimgate ] || { mkdir /var/lib/nimgate && made=yes; }
	# shellcheck disable=SC2016 # for the shell inside
	NIMGATE_ENGINES_INSIDE=yes unshare --mount --propagation private bash -c 'mount -t tmpfs -o mode=755 none /run || exit 1
		for folder in /var/lib/containers /var/lib/nimgate; do
			[ ! -d $folder ] || mount -t tmpfs -o mode=755 none $folder || exit 1
		done && exec "$@"' inside "$HERE/cgrun.sh" "$0" "$@"
	status=$?
	[ -z "$made" ] || rmdir /var/lib/nimgate
	exit $status
fi

engines=("$@")
[ ${#engines[@]} != 0 ] || engines=(podman docker containerd cri)
need_root
need_programs script runc crun podman conmon newuidmap dockerd "$DOCKER" containerd ctr "$PYTHON" busybox jq openssl "$HOOK" "$SHIM" "$NIMGATE"
before=$(outside)
work_open
mkdir "$W/bin"
cp "$HOOK" "$SHIM" "$W/bin/"
release_open
fixture_build
image_plain pause
look_build
fixture_save
images_build
for engine in "${engines[@]}"; do
	"engine_$engine"
done
work_close
W=/nowhere
engine_cgroups | grep -vxF "$before" | while IFS= read -r group; do
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
done
OUTPUT=$(diff <(echo "$before") <(outside))
if [ -z "$OUTPUT" ]; then
	ok "nothing left behind"
else
	not_ok "nothing left behind" "files that were not there before"
fi
[ "$failures" = 0 ]
