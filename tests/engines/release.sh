#!/bin/bash
# Engines of a later Debian release, to run on this one: unpacked, each program with the release's own libraries and loader beside it.
#
#   tests/engines/release.sh SUITE FOLDER
#
# Takes the packages from the mirror that this machine's own apt uses, by a configuration of its own: apt's sources, lists and caches, and
# what is installed, stay as they are. FOLDER gets bin and lib; one that is complete is left as it is, and needs no network. Needs
# patchelf. Ends with 1 and says what is missing where the mirror does not have it.
set -eu
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

# apt, with places of its own. How to reach the mirror is as the machine has it.
apt_own()
{
	APT_CONFIG=$work/apt.conf apt-get -qq "$@" >>"$work/log" 2>&1
}

apt_prepare()
{
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg codename

	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -e $keys ] || fail "$keys is not there: this machine is not Debian"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
	: >"$work/status"
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk -v here="$codename" -v there="$SUITE" -v keys="$keys" '$2 == here || index($2, here "-") == 1 {
			print "deb [signed-by=" keys "] " $1, there substr($2, length(here) + 1), $3 }' >"$work/sources.list"
	[ -s "$work/sources.list" ] || fail "apt has no source for this machine's own release ($codename)"
	cat >"$work/apt.conf" <<-END
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		Dir::Etc::SourceList "$work/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$work/lists";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "root";
	END
	apt-config dump | grep '^Acquire::' >>"$work/apt.conf"
}

# All that the packages need, down to the C library: as far as apt knows, nothing is installed.
unpack()
{
	local package

	apt_own update || fail "apt-get update: $(tail -n 3 "$work/log")"
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
apt_prepare
unpack
collect
echo "$FOLDER" >"$FOLDER/complete"
