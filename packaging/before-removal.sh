#!/bin/sh
# Run by dpkg (prerm) and rpm (preun) before the programs are removed. podman and CRI-O skip a hook whose program is missing, and start the
# container: their JSON goes first, while the program is still there (docs/known-holes.md, hole 1). Where an engine's configuration cannot be
# changed, none is, and nothing is removed. Restarts nothing.
set -e

refuse()
{
	echo "nimgate: not removed: $1" >&2
	echo "nimgate: take it out, restart that engine, and remove the package again (docs/engines.md)" >&2
	exit 1
}

# Configuration that only its administrator can change: with the program gone, that engine would start no container at all. Nothing is
# changed before all of it was looked at.
look()
{
	# shellcheck disable=SC2046 # words
	named=$(grep -lsE '^[^#]*nimgate-runtime' $(find /etc/containerd /etc/crio /etc/nvidia-container-runtime -type f ! -path /etc/containerd/config.toml \
		! -path /etc/containerd/conf.d/nimgate.toml 2>/dev/null) /dev/null || true)
	[ -z "$named" ] || refuse "these files still name nimgate-runtime:
$named"
	for engine in podman docker containerd crio; do
		said=$(nimgate engine disable $engine 2>&1) || refuse "$said"
	done
}

# ENGINE FILE...: takes the engine's files back, if they have something of ours, and remembers that: dpkg may give the removal up.
disable()
{
	engine=$1
	shift
	grep -qs nimgate "$@" || return 0
	echo "$engine" >>/run/nimgate-removal
	said=$(nimgate engine disable "$engine" --apply 2>&1) || refuse "$said"
}

# What a nimgate that was killed left beside an engine's files.
sweep()
{
	rm -f /etc/docker/daemon.json.nimgate-?????? /etc/containerd/config.toml.nimgate-?????? /etc/containerd/conf.d/nimgate.toml.nimgate-?????? \
		/etc/crio/crio.conf.d/50-nimgate.conf.nimgate-?????? /usr/share/containers/oci/hooks.d/nimgate-hook.json.nimgate-??????
}

# ENGINE WHAT: what people have to do.
tell()
{
	! grep -qsx "$1" /run/nimgate-removal ||
		echo "nimgate: $2's configuration names nimgate-runtime no more; where it runs, it starts no container until: systemctl restart $1"
}

case $1 in
remove | 0)
	rm -f /run/nimgate-removal
	look
	disable podman /usr/share/containers/oci/hooks.d/nimgate-hook.json
	disable crio /etc/crio/crio.conf.d/50-nimgate.conf
	disable docker /etc/docker/daemon.json
	disable containerd /etc/containerd/conf.d/nimgate.toml /etc/containerd/config.toml
	sweep
	tell docker Docker
	tell containerd containerd
	;;
esac
