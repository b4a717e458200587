#!/bin/bash
# Installs what building and testing need and is not there yet, on Debian and Ubuntu, as root.
#
#   tests/deps.sh [GROUP]...   install what is missing; a group adds what larger targets need: static, units, pages, packages, fuzz, valgrind, arm, interop,
#                              bench, engines, fault, vm, kubernetes
#   tests/deps.sh --list       only name the packages that are missing
#
# No daemon of an engine but for the group engines: runc and crun are enough for the other tests. Does not touch the network when nothing
# is missing.
set -eu

# What the build needs (compiler, headers and static libraries: Debian's -dev packages hold both; from Debian 13 on libcrypto.a
# calls zlib and zstd), then what the tests need.
packages=(
	gcc make binutils libc6-dev libssl-dev libyajl-dev libyaml-dev libseccomp-dev libcurl4-openssl-dev
	zlib1g-dev libzstd-dev
	runc crun busybox-static jq openssl util-linux mount python3 e2fsprogs xfsprogs btrfs-progs
)

# What the larger targets need on top. clang's run-time library carries its version in its name.
add_group()
{
	case $1 in
	units) packages+=(systemd procps docker.io containerd) ;;
	pages) packages+=(mandoc man-db zsh) ;;
	packages) packages+=(git debhelper dpkg-dev fakeroot lintian rpm rpmlint debootstrap podman conmon) ;;
	static) packages+=(clang clang-tidy cppcheck) ;;
	fuzz) packages+=(clang "libclang-rt-$(clang_version)-dev") ;;
	valgrind) packages+=(valgrind libc6-dbg) ;;
	arm) packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user) ;;
	fault) packages+=(strace clang e2fsprogs xfsprogs btrfs-progs) ;;
	bench) packages+=(libipsec-mb-dev b3sum) ;;
	interop) packages+=(python3 python3-venv) ;;
	vm) packages+=(qemu-system-x86 kmod e2fsprogs xfsprogs btrfs-progs) ;;
	kubernetes) packages+=(debootstrap dpkg-dev podman conmon iproute2) ;;
	engines) packages+=(podman conmon docker.io containerd python3-grpcio patchelf uidmap) ;;
	--list) ;;
	*) say "unknown group $1" >&2 && exit 2 ;;
	esac
}

# The major version of the clang that this release of Debian or Ubuntu brings.
clang_version()
{
	apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\).*/\1/p' | head -n 1
}

say()
{
	echo "deps: $*"
}

missing()
{
	local package

	for package in "${packages[@]}"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
	done
}

install_packages()
{
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@" >"$log" 2>&1
}

for group in "$@"; do
	add_group "$group"
done
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "only Debian and Ubuntu are known here; install the equivalents of: ${packages[*]}" >&2
	exit 1
fi
mapfile -t wanted < <(missing)
if [ "${1:-}" = --list ]; then
	missing
elif [ ${#wanted[@]} = 0 ]; then
	say "nothing is missing"
elif [ "$(id -u)" != 0 ]; then
	say "missing; run as root: apt-get install ${wanted[*]}" >&2
	exit 1
else
	say "installing ${wanted[*]}"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if ! install_packages "${wanted[@]}"; then
		tail -n 20 "$log" >&2
		say "apt-get failed" >&2
		exit 1
	fi
fi
