#!/bin/bash
# The Debian package on a Debian of its own (debootstrap, from the mirror that this machine's apt uses), which has podman, docker.io and
# containerd: apt install ./nimgate.deb, one nimgate engine enable --apply, and the next container start is gated; autopkgtest runs the
# package's own test; an upgrade keeps what root changed; whatever is killed, podman's JSON never names a program that is not there; purge
# leaves nothing. Needs root and the mirror.
#
#   tests/packages/chroot.sh
# shellcheck disable=SC2015,SC2016,SC2034,SC2154 # ok does not fail; lib.sh and fixture.sh share their variables
if [ -z "${NIMGATE_CHROOT_INSIDE:-}" ] && [ "$(id -u)" = 0 ]; then
	NIMGATE_CHROOT_INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/engines_lib.sh"
. "$REPOSITORY/tests/packages/chroot_root.sh"
. "$REPOSITORY/tests/packages/chroot_docker.sh"
. "$REPOSITORY/tests/packages/chroot_killed.sh"
json_has_program()
{
	[ ! -e "$ROOT$JSON_PLACE" ] || [ -x "$ROOT$HOOK_PLACE" ]
}

check_install()
{
	starts 'before: no gate' ran
	files >"$W/before"
	dpkg -I "$DEB" | grep -q '^ Depends: .*libcurl' && ok 'the package names its libraries' || not_ok 'the package names its libraries' "$(dpkg -I "$DEB")"
	cp "$DEB" "$ROOT/tmp/nimgate.deb"
	passes 'apt install ./nimgate.deb' in_root sh -c 'cd /tmp && apt install --yes ./nimgate.deb </dev/null'
	passes 'the policy is right' in_root nimgate policy check
	passes 'receipts are root'"'"'s alone' test "$(stat -c %a "$ROOT/var/lib/nimgate/receipts")" = 700
	passes 'the path is enabled' test -L "$ROOT/etc/systemd/system/paths.target.wants/nimgate-verify.path"
	passes 'the timer is enabled' test -L "$ROOT/etc/systemd/system/timers.target.wants/nimgate-scrub.timer"
	starts 'installed: no engine was changed' ran
	passes 'nimgate engine enable --apply' in_root nimgate engine enable --apply
	says_restart docker containerd
	passes 'nimgate doctor' in_root nimgate doctor
	# What must never be, and that it would be seen.
	mv "$ROOT$HOOK_PLACE" "$ROOT$HOOK_PLACE.away"
	json_has_program && not_ok 'JSON without program would be seen' '' || ok 'JSON without program would be seen'
	starts 'hole 1: JSON without program gates nothing' ran
	mv "$ROOT$HOOK_PLACE.away" "$ROOT$HOOK_PLACE"
	starts 'gated: nobody is trusted yet' config "trust anchor '/etc/nimgate/trust/nvidia.pem' (does not exist): nimgate trust fetch, or nimgate trust add"
	install -m 644 "$W/pki/root.pem" "$ROOT/etc/nimgate/trust/nvidia.pem"
	starts 'gated: no signature yet' not-signed
	mkdir -p "$ROOT/var/lib/nimgate/signatures" && cp -a "$W/signatures/." "$ROOT/var/lib/nimgate/signatures/"
	starts 'gated: signed' ran
	flip "$(find "$ROOT/srv/cache" -type f -size +50k | sort | head -n 1)"
	starts 'gated: one byte changed' changed
	flip "$(find "$ROOT/srv/cache" -type f -size +50k | sort | head -n 1)"
	starts 'gated: as it was' ran
	passes 'explained' in_root test -s /var/log/nimgate-decisions.jsonl
}

# ENGINE...: the last output says that these have to be restarted.
says_restart()
{
	local engine

	for engine in "$@"; do
		grep -q "systemctl restart $engine\$" <<<"$OUTPUT" && ok "what has to be restarted: $engine" || not_ok "what has to be restarted: $engine" ''
	done
}

# The package's own test, by autopkgtest. Its isolation is this root: of all that autopkgtest can start, none is a machine here.
check_own_test()
{
	apt_in_root install --yes --no-install-recommends autopkgtest >"$W/log" 2>&1 || die "apt: $(tail -n 5 "$W/log")"
	mkdir -p "$ROOT/srv/source"
	git -C "$REPOSITORY" archive HEAD | tar -x -C "$ROOT/srv/source"
	mv "$ROOT/srv/source/packaging/debian" "$ROOT/srv/source/debian"
	cp "$DEB" "$ROOT/srv/"
	passes 'autopkgtest' in_root autopkgtest --ignore-restrictions isolation-machine --output-dir /srv/autopkgtest "/srv/${DEB##*/}" /srv/source -- null
	grep -q '^gate *PASS$' "$ROOT/srv/autopkgtest/summary" && ok "autopkgtest: the package's own test" ||
		not_ok "autopkgtest: the package's own test" "$(cat "$ROOT/srv/autopkgtest/summary" 2>&1)"
	apt_in_root purge --yes nimgate >"$W/log" 2>&1
}

# VERSION: the package again, with another program and other vendor's defaults.
make_upgrade()
{
	dpkg-deb -R "$DEB" "$W/upgrade"
	sed -i "s/^Version: .*/Version: $1/" "$W/upgrade/DEBIAN/control"
	echo "# $1" >>"$W/upgrade/usr/share/nimgate/policy.yaml"
	dpkg-deb --root-owner-group -Znone -b "$W/upgrade" "$ROOT/tmp/upgrade.deb" >"$W/log" 2>&1 || die "dpkg-deb: $(cat "$W/log")"
}

# While dpkg works, looks whether the program is there, always.
watch()
{
	while [ ! -e "$W/stop" ]; do
		[ -x "$ROOT$HOOK_PLACE" ] || echo missing
	done >"$W/watched"
}

check_upgrade()
{
	local watcher

	echo 'download: allow # root wants it' >>"$ROOT/etc/nimgate/policy.yaml"
	echo 'unpinned: refuse' >"$ROOT/etc/nimgate/policy.d/ours.yaml"
	make_upgrade 0.1.1
	rm -f "$W/stop"
	watch &
	watcher=$!
	passes 'upgrade, without a question' apt_in_root install --yes /tmp/upgrade.deb
	touch "$W/stop"
	wait $watcher
	passes 'the upgrade: never without a hook' test ! -s "$W/watched"
	passes 'is the new one' grep -qx '# 0.1.1' "$ROOT/usr/share/nimgate/policy.yaml"
	passes 'keeps the policy' grep -q 'root wants it' "$ROOT/etc/nimgate/policy.yaml"
	passes 'keeps what stands beside it' test -f "$ROOT/etc/nimgate/policy.d/ours.yaml"
	passes 'keeps trust' test -f "$ROOT/etc/nimgate/trust/nvidia.pem"
	passes 'keeps the gate' test -f "$ROOT$JSON_PLACE"
	starts 'upgraded: still gated, and admitted' ran
}

# NAME TEXT: the removal refuses, says so, and has changed nothing.
stays()
{
	local before

	before=$(engines_files)
	OUTPUT=$(in_root dpkg --remove nimgate 2>&1)
	if [[ $OUTPUT == *"nimgate: not removed: "*"$2"* ]] && [ "$(engines_files)" = "$before" ] && [ -x "$ROOT$HOOK_PLACE" ]; then
		ok "$1: not removed, still gated"
	else
		not_ok "$1: not removed, still gated" "$(diff <(echo "$before") <(engines_files))"
	fi
	in_root dpkg --configure -a >/dev/null 2>&1
}

# What engines read, with their contents.
engines_files()
{
	(cd "$ROOT" && find etc/docker etc/containerd usr/share/containers/oci -type f -exec sha256sum {} + | sort)
}

# An engine that people told by hand holds the package.
check_held()
{
	mkdir -p "$ROOT/etc/containerd/conf.d"
	echo 'BinaryName = "/usr/bin/nimgate-runtime"' >"$ROOT/etc/containerd/conf.d/other.toml"
	stays 'a file that names nimgate-runtime' '/etc/containerd/conf.d/other.toml'
	rm -r "$ROOT/etc/containerd/conf.d"
	cp -p "$ROOT/etc/containerd/config.toml" "$W/config.toml"
	printf '[x]\nBinaryName = "/usr/bin/nimgate-runtime"\n' >>"$ROOT/etc/containerd/config.toml"
	stays 'lines that are not ours' "config.toml': names nimgate-runtime in lines that are not nimgate's"
	cp -p "$W/config.toml" "$ROOT/etc/containerd/config.toml"
	cp -p "$ROOT/etc/docker/daemon.json" "$W/daemon.json"
	echo '{"default-runtime": "nimgate"' >"$ROOT/etc/docker/daemon.json"
	stays 'half a daemon.json' "daemon.json'"
	cp -p "$W/daemon.json" "$ROOT/etc/docker/daemon.json"
}

check_purge()
{
	# As a nimgate that was killed leaves it.
	: >"$ROOT/etc/docker/daemon.json.nimgate-Abc123"
	passes 'remove' apt_in_root remove --yes nimgate
	says_restart docker containerd
	passes 'what a kill left is gone' test ! -e "$ROOT/etc/docker/daemon.json.nimgate-Abc123"
	passes "Docker's file names nothing of ours" in_root sh -c '! grep nimgate /etc/docker/daemon.json'
	rm "$ROOT/etc/docker/daemon.json"
	passes 'no JSON is left' test ! -e "$ROOT$JSON_PLACE"
	passes 'the policy is left' grep -q 'root wants it' "$ROOT/etc/nimgate/policy.yaml"
	starts 'removed: no gate' ran
	passes 'purge' apt_in_root purge --yes --autoremove nimgate
	files >"$W/after"
	OUTPUT=$(diff "$W/before" "$W/after")
	[ -z "$OUTPUT" ] && ok 'purge leaves nothing' || not_ok 'purge leaves nothing' 'files differ'
}

# The other package, as far as a Debian can tell: rpm with a database of its own.
rpm_in_root()
{
	rpm --root "$ROOT" --nodeps "$@"
}

check_rpm()
{
	apt_in_root install --yes --no-install-recommends libyajl2 libyaml-0-2 libseccomp2 libssl3 libcurl4 >"$W/log" 2>&1
	passes 'rpm: install' rpm_in_root --install "$RPM"
	passes 'rpm: nimgate engine enable' in_root nimgate engine enable podman --apply
	starts 'rpm: gated: nobody is trusted yet' config 'trust anchor'
	echo 'download: allow # root wants it' >>"$ROOT/etc/nimgate/policy.yaml"
	passes 'rpm: again' rpm_in_root --upgrade --force "$RPM"
	passes 'rpm: keeps the policy' grep -q 'root wants it' "$ROOT/etc/nimgate/policy.yaml"
	passes 'rpm: keeps the gate' test -e "$ROOT$JSON_PLACE"
	passes 'rpm: erase' rpm_in_root --erase nimgate
	passes 'rpm: JSON and program are gone' test ! -e "$ROOT$JSON_PLACE" -a ! -e "$ROOT$HOOK_PLACE"
	starts 'rpm: erased: no gate' ran
}

need_root
need_programs rpm debootstrap runc jq openssl dpkg-deb git setsid
work_open
fixture_build
mkdir -p "$PACKAGES"
find_package
find_mirror
make_root
bring_model
check_install
check_docker
check_containerd
check_upgrade
check_held
check_killed
check_purge
check_own_test
check_rpm
[ "$failures" = 0 ]
