# What the tests of receipts share: file systems of their own, in a mount namespace that ends with the script; and with it folders of
# nimgate of their own in /run, /var/lib and /etc. Sourced, not run; as root, or the script is skipped.
# shellcheck shell=bash

if [ "$(id -u)" != 0 ]; then
	echo "skip ${0##*/}: mounts file systems, which needs root"
	exit 0
fi
if [ "${IN_NAMESPACE:-}" != "$0" ]; then
	IN_NAMESPACE=$0 exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
trap finish_disks EXIT
mkdir -p /var/lib/nimgate /run/nimgate /etc/nimgate
for folder in /var/lib/nimgate /run/nimgate /etc/nimgate; do
	mount -t tmpfs -o mode=755 none "$folder" || exit 1
done

finish_disks()
{
	local mount

	for mount in "$W"/*.disk; do
		umount -l "$mount" 2>/dev/null
	done
	finish
}

# TYPE: a file system at $W/TYPE.disk, from $W/TYPE.image. Fails where the kernel has none such.
make_disk()
{
	mkdir "$W/$1.disk"
	truncate -s 400M "$W/$1.image" && "mkfs.$1" -q "$W/$1.image" >/dev/null 2>&1 || not_ok setup "no mkfs.$1: tests/deps.sh installs it"
	mount -o loop "$W/$1.image" "$W/$1.disk" && return
	if grep -qw "$1" /proc/filesystems; then
		not_ok setup "$1 cannot be mounted"
	else
		echo "skip $1: this kernel has no such file system"
	fi
	return 1
}

# FOLDER: a model of four files, one of them empty, none that was there before.
make_files()
{
	mkdir -p "$1/sub"
	head -c 3000000 /dev/urandom >"$1/weights"
	head -c 5000 /dev/urandom >"$1/config"
	head -c 70000 /dev/urandom >"$1/sub/tokens"
	: >"$1/empty"
}

# TEXT: a policy at the usual place, with that line.
make_policy()
{
	mkdir -p "$W/signatures"
	printf '%s\n' 'mode: enforce' "trust: {method: certificate, anchors: [$W/pki/root.pem]}" "signatures: [$W/signatures]" "$1" \
		>/etc/nimgate/policy.yaml
}

# How many receipts there are.
receipts()
{
	"$N" receipt list --output json | jq '.receipts | length'
}
