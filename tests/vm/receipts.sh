#!/bin/bash
# Receipts on Debian's 6.1 kernel, whose file times move once in 4 ms: same-tick writes on each file system, a clock that is set, and a
# second boot of the same disks. Needs what tests/deps.sh vm installs, and a built tree; no root but for apt.
. "$(dirname "$0")/machine.sh"
PROGRAM=${RECEIPTS:-$BUILD/release-${CC:-gcc}/vm/receipts}

need_programs qemu-system-x86_64 busybox depmod modprobe mkfs.ext4 mkfs.xfs mkfs.btrfs "$PROGRAM"
work_open
machine_kernel
mkdir -p "$W/root/bin"
cp "$PROGRAM" "$W/root/bin/receipts"
install -m 755 "$HERE/receipts_init.sh" "$W/root/init"
machine_initramfs "$W/initramfs" "$W/root" virtio_pci virtio_blk crc32c_generic xfs btrfs overlay
truncate -s 400M "$W/ext4" "$W/xfs" "$W/btrfs"
{ mkfs.ext4 -q "$W/ext4" && mkfs.xfs -q "$W/xfs" && mkfs.btrfs -q "$W/btrfs"; } >"$W/log" 2>&1 || die "mkfs: $(cat "$W/log")"
LIMIT=${LIMIT:-180}
machine_run first-boot "$W/initramfs" "boot=first" "$W/ext4" "$W/xfs" "$W/btrfs"
machine_run second-boot "$W/initramfs" "boot=second" "$W/ext4" "$W/xfs" "$W/btrfs"
[ "$failures" = 0 ]
