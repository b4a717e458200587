#!/bin/bash
# Runs a command where crun finds a cgroup tree that it accepts.
#
#   tests/engines/cgrun.sh COMMAND...
#
# On a machine in hybrid mode (cgroup v1 with a v2 tree at /sys/fs/cgroup/unified) crun refuses to run. There the command gets
# a mount namespace of its own, in which the v2 tree is not mounted; the machine itself stays as it is. Anywhere else the
# command just runs. Needs CAP_SYS_ADMIN on a hybrid machine.
set -eu

unified=/sys/fs/cgroup/unified
if [ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ] || ! mountpoint -q $unified; then
	exec "$@"
fi
exec unshare --mount --propagation private bash -c "umount $unified && exec \"\$@\"" cgrun "$@"
