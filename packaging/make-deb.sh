#!/bin/bash
# make deb: builds the package from a clean export of what is committed, into FOLDER.
#
#   packaging/make-deb.sh FOLDER
set -eu
mkdir -p "$1"
out=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct)
# Settings of this make are not the package's.
unset MAKEFLAGS MFLAGS MAKELEVEL B CC DESTDIR PREFIX
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

"$here/export.sh" "$work/nimgate"
cd "$work/nimgate"
cp -a packaging/debian debian
if ! dpkg-buildpackage -b -us -uc --no-sign -j"$(nproc)" >"$work/log" 2>&1; then
	tail -n 40 "$work/log" >&2
	exit 1
fi
cp "$work"/nimgate*.deb "$out/"
(cd "$work" && printf '%s\n' nimgate*.deb) | sed "s|^|$1/|"
