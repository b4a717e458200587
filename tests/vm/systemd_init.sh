#!/bin/busybox sh
# The first program of the machine of tests/vm/systemd.sh: mounts its disk, and becomes systemd.
# shellcheck shell=sh
/bin/busybox mount -t devtmpfs devtmpfs /dev
while read -r module; do
	/bin/busybox insmod "/modules/$module"
done </modules/order
/bin/busybox mount -t ext4 /dev/vda /mnt
/bin/busybox umount /dev
exec /bin/busybox switch_root /mnt /usr/lib/systemd/systemd
