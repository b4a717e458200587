#!/bin/bash
# The packages: made twice, in different folders, at different times and under different settings, they are the same bytes; lintian and
# rpmlint have nothing to say. What is committed is tested.
# shellcheck disable=SC2015 # ok does not fail
. "$(dirname "$0")/../cli/lib.bash"
COMMIT=$(git -C "$REPOSITORY" rev-parse HEAD)

OTHER="a/longer/name of/another folder"

# KIND NAME LOG: builds into W/NAME, from a clone in a folder of that name.
build()
{
	git clone -q "$REPOSITORY" "$W/$2/source" 2>"$W/$3" && git -C "$W/$2/source" checkout -q "$COMMIT" 2>"$W/$3" &&
		"$W/$2/source/packaging/make-$1.sh" "$W/$2" >"$W/$3" 2>&1
}

# The sums of the packages of a kind in a folder.
sums()
{
	(cd "$1" && sha256sum nimgate*."$2")
}

# KIND: twice, the second time some seconds later.
check_same()
{
	local kind=$1 first

	rm -rf "$W/one/source" "$W/${OTHER:?}"
	mkdir -p "$W/one" "$W/$OTHER"
	build "$kind" one log-one &
	first=$!
	sleep 3
	(umask 077 && export TZ=Asia/Tokyo LANG=C.UTF-8 HOME=/nonexistent SOMETHING=else && build "$kind" "$OTHER" log-other) &&
		ok "$kind: is built" || not_ok "$kind: is built" "$(tail -n 5 "$W/log-other")"
	wait $first && ok "$kind: is built again" || not_ok "$kind: is built again" "$(tail -n 5 "$W/log-one")"
	if [ "$(sums "$W/one" "$kind")" = "$(sums "$W/$OTHER" "$kind")" ] && [ -n "$(sums "$W/one" "$kind")" ]; then
		ok "$kind: the same bytes"
	else
		not_ok "$kind: the same bytes" "$(sums "$W/one" "$kind"; sums "$W/$OTHER" "$kind")"
	fi
}

check_lint()
{
	local said

	said=$(lintian --allow-root --fail-on error,warning,info,pedantic --display-info --pedantic "$W"/one/nimgate_*.deb 2>&1) && ok 'lintian' || not_ok 'lintian' "$said"
	said=$(rpmlint -c "$REPOSITORY/packaging/rpm/rpmlint.toml" "$W"/one/nimgate-*.rpm 2>&1)
	[[ $said == *' 0 errors, 0 warnings'* ]] && ok 'rpmlint' || not_ok 'rpmlint' "$said"
}

check_contents()
{
	local listed

	listed=$(dpkg-deb --contents "$W"/one/nimgate_*.deb)
	grep -q "$W\|$REPOSITORY" <(strings "$W/one/unpacked/usr/bin/nimgate" "$W/one/unpacked/usr/libexec/oci/hooks.d/nimgate-hook") &&
		not_ok 'deb: no folder of the build' 'is in a program' || ok 'deb: no folder of the build'
	grep -q 'hooks.d/.*\.json' <<<"$listed" && not_ok 'deb: installs no JSON' "$listed" || ok 'deb: installs no JSON'
	[ "$(dpkg-deb --info "$W"/one/nimgate_*.deb conffiles)" = /etc/nimgate/policy.yaml ] && ok 'deb: conffiles' || not_ok 'deb: conffiles' ''
	ldd "$W/one/unpacked/usr/libexec/oci/hooks.d/nimgate-hook" 2>/dev/null | grep -q '=>' && not_ok 'deb: the hook is static' '' ||
		ok 'deb: the hook is static'
	rpm -qp --requires "$W"/one/nimgate-*.rpm | grep -q libcrypto.so && ok 'rpm: the hook is dynamic' || not_ok 'rpm: the hook is dynamic' ''
	rpm -qpc "$W"/one/nimgate-*.rpm | grep -qx /etc/nimgate/policy.yaml && ok 'rpm: configuration' || not_ok 'rpm: configuration' ''
}

check_same deb
check_same rpm
dpkg-deb -x "$W"/one/nimgate_*.deb "$W/one/unpacked"
check_lint
check_contents
mkdir -p "$REPOSITORY/build/packages" && cp "$W"/one/nimgate*.{deb,rpm} "$REPOSITORY/build/packages/" && echo "$COMMIT" >"$REPOSITORY/build/packages/commit"
end
