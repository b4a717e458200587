#!/bin/bash
# A real boot of systemd on Debian's kernel, with nimgate as a package installs it: a model that does not fit into the deadline is
# refused as pending, the path unit fires, the service verifies, and the next start is admitted by receipts. As root; needs what
# tests/deps.sh vm installs, and a built tree.
. "$(dirname "$0")/machine.sh"

# What the guest is made of, besides the kernel: with what these need, and no more.
packages=(base-passwd systemd mount runc busybox-static libyajl2 libyaml-0-2 libseccomp2 libssl3 libcurl4)

# The packages, unpacked and not configured: nothing of theirs runs on this machine.
make_base()
{
	local archive folder options

	[ "$(cat "$V/base/done" 2>/dev/null)" != "${packages[*]}" ] || return 0
	rm -rf "$V/base" && mkdir -p "$V/base/archives/partial" "$V"/base/root/{usr/{bin,sbin,lib,lib64},proc,sys,dev,run,tmp,root,srv,var/log}
	: >"$V/base/status"
	options=(-o "Dir::State::status=$V/base/status" -o "Dir::Cache::archives=$V/base/archives" -o APT::Install-Recommends=0
		-o APT::Sandbox::User=root)
	apt_get "${options[@]}" --yes --download-only install "${packages[@]}"
	for folder in bin sbin lib lib64; do
		ln -s "usr/$folder" "$V/base/root/$folder"
	done
	for archive in "$V"/base/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$V/base/root" --keep-directory-symlink || die "cannot unpack $archive"
	done
	rm -r "$V/base/archives" "$V"/base/root/usr/share/{doc,man,locale}
	for folder in passwd group; do
		cp "$V/base/root/usr/share/base-passwd/$folder.master" "$V/base/root/etc/$folder"
	done
	echo "${packages[*]}" >"$V/base/done"
}

# The test itself is a unit; so that the machine says when it has booted. What needs udev or a user is not started.
make_root()
{
	local root=$W/root unit

	cp -a "$V/base/root" "$root" || die "cannot copy the root file system"
	for unit in /bin/sh /bin/cat; do
		ln -s busybox "$root$unit"
	done
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	install -D "$HERE/systemd_inside.sh" "$root/usr/libexec/nimgate-test"
	install -D -m 644 "$HERE/nimgate-test.service" "$root/etc/systemd/system/nimgate-test.service"
	ln -s /dev/null "$root/etc/systemd/system/getty.target"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -s ../nimgate-test.service "$root/etc/systemd/system/multi-user.target.wants/nimgate-test.service"
	ln -s /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
	"$HERE/systemd_root.sh" "$root" || die "systemd_root.sh failed"
}

[ "$(id -u)" = 0 ] || die "needs root: its files belong to root"
need_programs qemu-system-x86_64 busybox depmod modprobe mkfs.ext4 runc jq openssl "$BUILD/bin/nimgate" "$BUILD/bin/nimgate-hook"
work_open
machine_kernel
make_base
make_root
mkdir -p "$W/start"
install -m 755 "$HERE/systemd_init.sh" "$W/start/init"
machine_initramfs "$W/initramfs" "$W/start" virtio_pci virtio_blk crc32c_generic
truncate -s 1G "$W/disk"
mkfs.ext4 -q -d "$W/root" "$W/disk" >"$W/log" 2>&1 || die "mkfs.ext4: $(cat "$W/log")"
rm -rf "$W/root"
machine_run systemd "$W/initramfs" "" "$W/disk"
[ "$failures" = 0 ]
