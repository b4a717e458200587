#!/bin/bash
# Runs a command apart from the nimgate that this machine may have: what it writes below /etc, /run and /var/lib is gone at the end, and what
# nimgate keeps there (policy, trust, receipts, counters, requests) is hidden from it. As root; others cannot write there, and run it as it is.
#
#   tests/private.sh COMMAND [ARGUMENT...]
set -u
folders=(/etc /run /var/lib)

if [ "$(id -u)" != 0 ]; then
	exec "$@"
fi
if [ -z "${NIMGATE_APART:-}" ]; then
	NIMGATE_APART=$(mktemp -d) || exit 1
	export NIMGATE_APART
	trap 'rmdir "$NIMGATE_APART"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	unshare --mount --propagation private "$0" "$@"
	exit $?
fi
# In memory, since an overlay file system cannot be written to one (a container's own).
mount -t tmpfs -o mode=755 none "$NIMGATE_APART" || exit 1
for folder in "${folders[@]}"; do
	upper=$NIMGATE_APART$folder
	mkdir -p "$upper/up" "$upper/work" &&
		mount -t overlay -o "lowerdir=$folder,upperdir=$upper/up,workdir=$upper/work" none "$folder" && rm -rf "$folder/nimgate" || exit 1
done
unset NIMGATE_APART
exec "$@"
