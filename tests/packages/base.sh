#!/bin/bash
# The smallest Debian, as an archive, made once for all tests by debootstrap, from the mirror that this machine's apt uses. In memory: most of
# its time on a disk is waiting for that.
#
#   tests/packages/base.sh SUITE FILE
#
# A FILE that is there stays. Needs root.
set -eu
. "$(dirname "$0")/../engines/apt.sh"
suite=$1 file=$(realpath -m "$2")

fail()
{
	echo "base.sh: $*" | paste -sd ' ' >&2
	exit 1
}

[ ! -e "$file" ] || exit 0
if [ -z "${BASE_INSIDE:-}" ]; then
	work=$(mktemp -d)
	trap 'rmdir "$work"' EXIT
	# shellcheck disable=SC2016 # for the shell inside
	BASE_INSIDE=$work unshare --mount --propagation private sh -c 'mount -t tmpfs none "$BASE_INSIDE" && exec "$@"' inside "$0" "$@"
	exit
fi
work=$BASE_INSIDE
mkdir -p "${file%/*}"
apt_prepare "$suite" deb
debootstrap --variant=minbase "$suite" "$work/root" "$(apt_mirror "$suite")" >"$work/log" 2>&1 || fail "debootstrap: $(tail -n 3 "$work/log")"
tar -C "$work/root" --exclude ./var/cache/apt/archives/\*.deb -cf "$file.new" .
mv "$file.new" "$file"
