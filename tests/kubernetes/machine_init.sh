#!/bin/bash
# Becomes the systemd of a node, in namespaces of its own that machine.sh made: its root is a Debian of build/kubernetes below a layer that
# vanishes, its devices are the harmless ones, and what the kubelet would change of the kernel's settings it finds as it wants them.
#
#   machine_init.sh WORK FOLDER
#
# WORK is a folder on a disk of its own (machine.sh), FOLDER is build/kubernetes.
set -eu
work=$1 folder=$2
root=$work/node

mkdir -p "$root" "$work/upper" "$work/below"
mount -t overlay -o "lowerdir=$folder/root,upperdir=$work/upper,workdir=$work/below" none "$root"
# Overlays do not lie on overlays, and receipts are of files on a disk.
for place in var/lib/containerd var/lib/kubelet var/lib/nimgate srv; do
	mkdir -p "$work/disk/$place" "$root/$place"
	mount --bind "$work/disk/$place" "$root/$place"
done
mkdir -p "$root/opt/kubernetes"
mount --bind "$folder/bin" "$root/opt/kubernetes"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
for place in run tmp dev sys/fs/cgroup; do
	mount -t tmpfs -o mode=755 none "$root/$place"
done
for device in null zero full random urandom tty kmsg; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 none "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs none "$root/dev/shm"
while read -r name; do
	mkdir "$root/sys/fs/cgroup/$name"
	[ "$name" != systemd ] || name=none,name=systemd
	mount -t cgroup -o "$name" cgroup "$root/sys/fs/cgroup/${name#none,name=}"
done <"$work/hierarchies"
# The whole machine's, which the kubelet sets where they are others.
while read -r setting value; do
	echo "$value" >"$root/run/${setting##*/}"
	mount --bind "$root/run/${setting##*/}" "$root/proc/sys/$setting"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END
ip link set lo up
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --system --unit=nothing.target --log-target=null --show-status=no
