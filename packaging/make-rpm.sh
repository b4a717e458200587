#!/bin/bash
# make rpm: builds the package from a clean export of what is committed, into FOLDER. On Debian rpm knows of no package that it could require
# for building: tests/deps.sh installs them there.
#
#   packaging/make-rpm.sh FOLDER
set -eu
mkdir -p "$1"
out=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct)
# Settings of this make are not the package's.
unset MAKEFLAGS MFLAGS MAKELEVEL B CC DESTDIR PREFIX
NIMGATE_JOBS=$(nproc)
export NIMGATE_JOBS SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
version=$(sed -n 's/^Version: *//p' "$here/rpm/nimgate.spec")

mkdir "$work/SOURCES" "$work/SPECS"
"$here/export.sh" "$work/nimgate-$version"
tar -c --sort=name --owner=0 --group=0 --numeric-owner -C "$work" -f "$work/SOURCES/nimgate-$version.tar" "nimgate-$version"
optional=
[ ! -d "$work/nimgate-$version/systemd/sysusers.d" ] || optional+='/usr/lib/sysusers.d/*\n'
! compgen -G "$work/nimgate-$version/systemd/*.catalog" >/dev/null || optional+='/usr/lib/systemd/catalog/*\n'
sed "s|^@OPTIONAL@\$|$optional|" "$here/rpm/nimgate.spec" >"$work/SPECS/nimgate.spec"
# Not what depends on where and when: the folder (the compiler maps it), the machine's name, times.
nodeps=()
[ ! -e /etc/debian_version ] || nodeps=(--nodeps)
if ! rpmbuild -bb "${nodeps[@]}" --define "_topdir $work" --define '_buildhost localhost' --define 'use_source_date_epoch_as_buildtime 1' \
	--define 'clamp_mtime_to_source_date_epoch 1' --define '_build_id_links none' --define 'debug_package %{nil}' \
	--define '_binary_payload w9.gzdio' "$work/SPECS/nimgate.spec" >"$work/log" 2>&1; then
	tail -n 40 "$work/log" >&2
	exit 1
fi
cp "$work"/RPMS/*/nimgate*.rpm "$out/"
(cd "$work/RPMS" && printf '%s\n' */nimgate*.rpm) | sed "s|.*/|$1/|"
