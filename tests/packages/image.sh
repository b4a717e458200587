#!/bin/bash
# The image of packaging/kubernetes, made by podman of packaging/kubernetes/Containerfile as it stands, with the programs in build/bin. The image that
# it names as its base is made here (base.sh): no registry is asked.
#
#   tests/packages/image.sh FILE      writes the image, as docker-archive
#
# In memory, and gone afterwards, with the cache that podman keeps wherever it is told to work. Needs root, podman, runc, debootstrap.
set -eu
repository=$(realpath "$(dirname "$0")/../..")
out=$(realpath -m "$1")
containerfile=${CONTAINERFILE:-$repository/packaging/kubernetes/Containerfile}
GATE_IMAGE=registry.example/nimgate:0.1.0

fail()
{
	echo "image.sh: $*" | paste -sd ' ' >&2
	exit 1
}

if [ -z "${IMAGE_INSIDE:-}" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	# shellcheck disable=SC2016 # for the shell inside
	IMAGE_INSIDE=$work unshare --mount --propagation private sh -c 'mount -t tmpfs none "$IMAGE_INSIDE" &&
		mkdir -p /var/lib/containers && mount -t tmpfs -o mode=755 none /var/lib/containers && exec "$@"' inside "$0" "$@"
	exit 0
fi
work=$IMAGE_INSIDE
base=$(sed -n 's/^FROM //p' "$containerfile")
suite=${base##*:}
suite=${suite%-slim}
archive=$repository/${B:-build}/base/$suite.tar
"$repository/tests/packages/base.sh" "$suite" "$archive"
mkdir "$work/root"
tar -C "$work/root" -xf "$archive"
# How to reach the mirror is as this machine has it.
apt-config dump | grep '^Acquire::' >"$work/root/etc/apt/apt.conf.d/90test"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
printf '[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=4096:8192"]\n[engine]\nlock_type="file"\n' >"$work/containers.conf"
export CONTAINERS_CONF=$work/containers.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1
podman=(podman --root "$work/store" --runroot "$work/store-run" --tmpdir "$work/store-tmp" --storage-driver vfs --cgroup-manager cgroupfs --events-backend file)
{
	tar -C "$work/root" -c . | "${podman[@]}" import - "$base" &&
		"${podman[@]}" build --runtime runc --isolation oci --pull=never --layers=false --network host -f "$containerfile" -t $GATE_IMAGE "$repository"
} >"$work/log" 2>&1 || fail "$(tail -n 5 "$work/log")"
rm -f "$out"
"${podman[@]}" save --format docker-archive -o "$out" $GATE_IMAGE >"$work/log" 2>&1 || fail "podman save: $(tail -n 3 "$work/log")"
