#!/bin/busybox sh
# The first program of the machine of tests/vm/receipts.sh.
# shellcheck shell=sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec >/dev/ttyS1 2>&1
while read -r module; do
	insmod "/modules/$module" || echo "not ok boot: module $module"
done </modules/order

disk()
{
	mkdir -p "/mnt/$2"
	mount -t "$2" "/dev/$1" "/mnt/$2" || echo "not ok boot: cannot mount $2"
}

disk vda ext4
disk vdb xfs
disk vdc btrfs
mkdir -p /etc
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
journal=/mnt/ext4/journal
mkdir -p $journal
chmod 700 $journal
# shellcheck disable=SC2154 # the kernel passes it on from its parameters
if [ "$boot" = first ]; then
	echo "# Linux $(uname -r)"
	mkdir -p /mnt/tmpfs /mnt/overlay /mnt/ext4/upper /mnt/ext4/work /mnt/ext4/lower
	mount -t tmpfs tmpfs /mnt/tmpfs
	mount -t overlay overlay -o lowerdir=/mnt/ext4/lower,upperdir=/mnt/ext4/upper,workdir=/mnt/ext4/work /mnt/overlay ||
		echo "not ok boot: cannot mount overlay"
	for system in ext4 xfs btrfs; do
		receipts files $system /mnt/$system/files $journal || echo "# $system: exit status $?"
	done
	for system in tmpfs overlay; do
		receipts special $system /mnt/$system/files $journal || echo "# $system: exit status $?"
	done
	receipts record /mnt/ext4/boot $journal || echo "# record: exit status $?"
	receipts clock /mnt/ext4/clock $journal || echo "# clock: exit status $?"
	umount /mnt/overlay
else
	receipts judge /mnt/ext4/boot $journal || echo "# judge: exit status $?"
fi
umount /mnt/ext4 /mnt/xfs /mnt/btrfs || echo "not ok boot: cannot unmount"
echo "# end"
sync
poweroff -f
