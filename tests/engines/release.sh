#!/bin/bash
# Engines of a later Debian release, to run on this one: unpacked, each program with the release's own libraries and loader beside it.
#
#   tests/engines/release.sh SUITE FOLDER
#
# Takes the packages from the mirror that this machine's own apt uses, by a configuration of its own: apt's sources, lists and caches, and
# what is installed, stay as they are. FOLDER gets bin and lib; one that is complete is left as it is, and needs no network. Needs
# patchelf. Ends with 1 and says what is missing where the mirror does not have it.
set -eu
. "$(dirname "$0")/apt.sh"
SUITE=$1
FOLDER=$(realpath -m "$2")
PACKAGES=(runc crun podman conmon containerd docker.io docker-cli netavark)
PROGRAMS=(runc crun podman conmon containerd containerd-shim-runc-v2 ctr dockerd docker netavark)

fail()
{
	echo "release.sh: Debian's $SUITE: $*" | paste -sd ' ' >&2
	exit 1
}

# The stamp names the folder, too: the programs find their loader by its absolute path.
complete()
{
	[ "$(head -n 1 "$FOLDER/complete" 2>/dev/null)" = "$FOLDER" ]
}

# All that the packages need, down to the C library: as far as apt knows, nothing is installed.
unpack()
{
	local package

	for package in "${PACKAGES[@]}"; do
		[ -n "$(APT_CONFIG=$work/apt.conf apt-cache show "$package" 2>/dev/null)" ] || fail "the mirror has no package $package"
	done
	apt_own --yes --no-install-recommends --download-only install "${PACKAGES[@]}" || fail "apt-get install: $(tail -n 3 "$work/log")"
	for package in "$work"/cache/archives/*.deb; do
		dpkg-deb --extract "$package" "$work/tree" || fail "cannot unpack ${package##*/}"
	done
}

# The programs and libraries that count, in two folders. A link leads to its neighbour.
collect()
{
	local program found

	mkdir -p "$FOLDER/bin" "$FOLDER/lib"
	find "$work/tree/usr/lib" -maxdepth 2 -path '*-linux-gnu*/*.so*' ! -type d -exec cp -a {} "$FOLDER/lib/" \;
	for program in "${PROGRAMS[@]}"; do
		found=$(find "$work/tree/usr" -type f \( -path "*bin/$program" -o -path "*/lib*/podman/$program" -o -path "*/docker/$program" \) | head -n 1)
		[ -n "$found" ] || fail "no program $program in its packages"
		cp "$found" "$FOLDER/bin/$program"
		relocate "$FOLDER/bin/$program" || fail "$program cannot be pointed at its own libraries"
	done
}

# The interpreter is what the kernel reads; the path counts for the libraries of libraries, too. A static program has neither.
relocate()
{
	local loader

	loader=$(patchelf --print-interpreter "$1" 2>/dev/null) || return 0
	patchelf --set-interpreter "$FOLDER/lib/${loader##*/}" --force-rpath --set-rpath "$FOLDER/lib" "$1"
}

! complete || exit 0
command -v patchelf >/dev/null || fail "patchelf is not there: tests/deps.sh engines"
rm -rf "$FOLDER"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt_prepare "$SUITE" deb
unpack
collect
echo "$FOLDER" >"$FOLDER/complete"
