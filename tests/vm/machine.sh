# A virtual machine with Debian's kernel of this release, emulated (no KVM is needed), for what no container on this machine's kernel
# can show. Sourced, not run. Everything that is fetched or made lies in V, below build/, and is used again by the next run.
#
# The guest prints "ok NAME" or "not ok NAME: why" on its second serial port, a line a case, and "# end" as the last: a guest that hangs,
# panics or stops early is a failure, with the end of its console.
# shellcheck shell=bash
set -u
umask 022
REPOSITORY=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck disable=SC2034 # for the scripts that source this
HERE=$REPOSITORY/tests/vm
BUILD=$(realpath "${B:-$REPOSITORY/build}")
V=$BUILD/vm
LIMIT=${LIMIT:-240}
failures=0

die()
{
	echo "not ok ${0##*/}: $*"
	exit 1
}

need_programs()
{
	local program

	[ "$(uname -m)" = x86_64 ] || die "the machine is an x86_64, and this is $(uname -m)"
	for program; do
		[ -x "$(command -v "$program")" ] || die "needs $program: run 'tests/deps.sh vm' and 'make' first"
	done
}

# Runs apt-get, and once more after an update where its lists are too old or not there.
apt_get()
{
	apt-get -qq "$@" >"$V/apt.log" 2>&1 ||
		{ apt-get -qq update && apt-get -qq "$@"; } >"$V/apt.log" 2>&1 ||
		die "apt-get $* failed: $(tail -n 3 "$V/apt.log")"
}

# The kernel's package, unpacked into V/kernel, for KERNEL and MODULES. The cloud kernel is the smallest, and has what is needed.
machine_kernel()
{
	local package

	mkdir -p "$V" || die "cannot make $V"
	if [ ! -e "$V/kernel/done" ]; then
		apt_get install --print-uris --yes linux-image-cloud-amd64
		package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p')
		[ -n "$package" ] || die "apt knows no package linux-image-cloud-amd64"
		rm -rf "$V/kernel"
		mkdir -p "$V/kernel/package" || die "cannot make $V/kernel"
		(cd "$V/kernel" && apt_get download "$package") || die "cannot fetch $package"
		dpkg-deb -x "$V"/kernel/*.deb "$V/kernel/package" || die "cannot unpack $package"
		rm "$V"/kernel/*.deb
		depmod -b "$V/kernel/package" "$(ls "$V/kernel/package/lib/modules")" || die "depmod failed"
		touch "$V/kernel/done"
	fi
	RELEASE=$(ls "$V/kernel/package/lib/modules")
	KERNEL=$V/kernel/package/boot/vmlinuz-$RELEASE
}

# machine_initramfs FILE FOLDER MODULE...: FOLDER, which has an init, with busybox and these kernel modules, as an initial file system.
machine_initramfs()
{
	local file=$1 folder=$2 module

	mkdir -p "$folder"/{bin,modules,proc,sys,dev,mnt}
	cp "$(command -v busybox)" "$folder/bin/busybox"
	shift 2
	for module; do
		modprobe -d "$V/kernel/package" -S "$RELEASE" --show-depends "$module" || die "the kernel has no module $module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while IFS= read -r module; do
		cp "$module" "$folder/modules/" && echo "${module##*/}"
	done >"$folder/modules/order"
	(cd "$folder" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$file" || die "cannot make $file"
}

# machine_run NAME INITRAMFS PARAMETERS DRIVE...: boots, waits for the end, and prints what the guest found.
machine_run()
{
	local name=$1 initramfs=$2 parameters=$3 drives=() drive status seconds=$SECONDS
	local results=$W/$name.results console=$W/$name.console

	shift 3
	for drive; do
		drives+=(-drive "file=$drive,if=virtio,format=raw,cache=unsafe")
	done
	timeout -k 5 "$LIMIT" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "${MEMORY:-1024}" -nodefaults -display none \
		-no-reboot -serial "file:$console" -serial "file:$results" "${drives[@]}" -kernel "$KERNEL" -initrd "$initramfs" \
		-append "console=ttyS0 panic=-1 quiet $parameters" </dev/null >"$W/$name.qemu" 2>&1
	status=$?
	tr -d '\r' <"$results" >"$results.text"
	grep -e '^ok ' -e '^not ok ' -e '^# ' -e '^    ' "$results.text" | grep -v '^# end$'
	if grep -q '^not ok ' "$results.text"; then
		failures=$((failures + 1))
	fi
	if [ $status != 0 ] || [ "$(tail -n 1 "$results.text")" != "# end" ]; then
		failures=$((failures + 1))
		case $status in
		124 | 137) echo "not ok $name: the machine did not end within $LIMIT s" ;;
		*) echo "not ok $name: the machine stopped early (qemu's exit status $status)" ;;
		esac
		tail -n 30 "$console" "$W/$name.qemu" | tr -d '\r' | sed 's/^/    /'
	fi
	echo "# $name: $((SECONDS - seconds)) s"
}

work_open()
{
	mkdir -p "$V"
	W=$(mktemp -d "$V/run.XXXXXX") || die "cannot make a folder in $V"
	trap 'rm -rf "$W"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
