#!/bin/sh
# Run by dpkg (prerm) and rpm (preun) before the programs are removed. podman and CRI-O skip a hook whose program is missing, and start the
# container: their JSON goes first, while the program is still there (docs/known-holes.md, hole 1). Where it cannot be taken away, nothing is
# removed. Restarts nothing.
set -e

# Configuration that only its administrator can change: with the program gone, that engine would start no container at all.
refuse_named()
{
	# shellcheck disable=SC2046 # words
	named=$(grep -lsE '^[^#]*nimgate-runtime' $(find /etc/containerd /etc/crio /etc/nvidia-container-runtime -type f 2>/dev/null) /dev/null || true)
	[ -n "$named" ] || return 0
	echo "nimgate: not removed: these files still name nimgate-runtime:" >&2
	echo "$named" >&2
	echo "nimgate: take it out, restart that engine, and remove the package again (nimgate engine disable containerd, docs/engines.md)" >&2
	exit 1
}

# ENGINE FILE: takes the engine's file back, if it has something of ours, and remembers that: dpkg may give the removal up.
disable()
{
	grep -qs nimgate "$2" || return 0
	echo "$1" >>/run/nimgate-removal
	if ! said=$(nimgate engine disable "$1" --apply 2>&1); then
		echo "nimgate: not removed, for $2 names nimgate: $said" >&2
		exit 1
	fi
}

case $1 in
remove | 0)
	rm -f /run/nimgate-removal
	refuse_named
	disable podman /usr/share/containers/oci/hooks.d/nimgate-hook.json
	disable docker /etc/docker/daemon.json
	if grep -qs docker /run/nimgate-removal; then
		echo "nimgate: Docker's configuration names nimgate-runtime no more; a dockerd that runs starts no container until: systemctl restart docker"
	fi
	;;
esac
