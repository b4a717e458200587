#!/bin/bash
# The Debian package on a Debian of its own (debootstrap, from the mirror that this machine's apt uses): apt install, one command for podman,
# and the next container start is gated; an upgrade keeps what root changed; whatever is killed, podman's JSON never names a program that is
# not there; purge leaves nothing. Needs root and the mirror.
#
#   tests/packages/chroot.sh
# shellcheck disable=SC2015,SC2016,SC2034,SC2154 # ok does not fail; lib.sh and fixture.sh share their variables
if [ -z "${NIMGATE_CHROOT_INSIDE:-}" ] && [ "$(id -u)" = 0 ]; then
	NIMGATE_CHROOT_INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/engines_lib.sh"
PACKAGES=$REPOSITORY/build/packages
HOOK_PLACE=/usr/libexec/oci/hooks.d/nimgate-hook
JSON_PLACE=/usr/share/containers/oci/hooks.d/nimgate-hook.json
IMAGE_NAME=localhost/nim:1

# What is committed, unless packages.sh just made it.
find_package()
{
	local commit

	commit=$(git -C "$REPOSITORY" rev-parse HEAD)
	if [ "$(cat "$PACKAGES/commit" 2>/dev/null)" != "$commit" ]; then
		"$REPOSITORY/packaging/make-deb.sh" "$PACKAGES" >"$W/log" 2>&1 || die "make deb: $(tail -n 5 "$W/log")"
		"$REPOSITORY/packaging/make-rpm.sh" "$PACKAGES" >"$W/log" 2>&1 || die "make rpm: $(tail -n 5 "$W/log")"
	fi
	echo "$commit" >"$PACKAGES/commit"
	DEB=$(echo "$PACKAGES"/nimgate_*.deb)
	RPM=$(echo "$PACKAGES"/nimgate-*.rpm)
}

# SUITE, this machine's own release, and its apt's sources, as apt knows them.
find_mirror()
{
	SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk -v suite="$SUITE" '$2 == suite || index($2, suite "-") == 1' | sort -u >"$W/sources"
	[ -s "$W/sources" ] || die "apt has no source for $SUITE"
}

in_root()
{
	chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"
}

apt_in_root()
{
	in_root apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

make_root()
{
	ROOT=$W/root
	mkdir "$ROOT"
	mount --bind "$ROOT" "$ROOT"
	"$REPOSITORY/tests/packages/base.sh" "$SUITE" "$REPOSITORY/build/base/$SUITE.tar" >"$W/log" 2>&1 || die "$(tail -n 5 "$W/log")"
	tar -C "$ROOT" -xf "$REPOSITORY/build/base/$SUITE.tar"
	mount -t proc proc "$ROOT/proc" && mount --rbind /sys "$ROOT/sys" && mount --rbind /dev "$ROOT/dev" && mount -t tmpfs -o mode=755 none "$ROOT/run" ||
		die 'mounts'
	awk '{ print "deb", $1, $2, $3 }' "$W/sources" >"$ROOT/etc/apt/sources.list"
	apt-config dump | grep '^Acquire::' >"$ROOT/etc/apt/apt.conf.d/90test"
	cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf"
	# Of an apt by https, until the package is there.
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] || install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/ca-certificates.crt"
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" && chmod 755 "$ROOT/usr/sbin/policy-rc.d"
	{ apt_in_root update && apt_in_root install --yes --no-install-recommends ca-certificates podman runc jq openssl busybox-static systemd-standalone-sysusers; } >"$W/log" 2>&1 ||
		die "apt: $(tail -n 5 "$W/log")"
	mkdir -p "$ROOT/etc/containers"
	printf '[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=4096:8192"]\n[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\nevents_logger="file"\nlock_type="file"\n' \
		>"$ROOT/etc/containers/containers.conf"
	printf '[storage]\ndriver="vfs"\ngraphroot="/var/lib/containers/storage"\nrunroot="/run/containers"\n' >"$ROOT/etc/containers/storage.conf"
}

# The image, the cache and what a publisher gives out, inside.
bring_model()
{
	mkdir -p "$ROOT/srv/out"
	cp -a "$W/cache" "$ROOT/srv/cache"
	tar -C "$W/images/nim" -cf "$ROOT/srv/nim.tar" .
	in_root podman import --change 'ENV PATH=/bin' /srv/nim.tar "$IMAGE_NAME" >"$W/log" 2>&1 || die "podman import: $(cat "$W/log")"
}

# A start as users make it: no word about hooks.
start_nim()
{
	rm -f "$ROOT/srv/out/ran"
	OUTPUT=$(timeout 100 chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root podman run --rm --network none \
		-v /srv/cache:/opt/nim/.cache:ro -v /srv/out:/out -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh </dev/null 2>&1)
	STATUS=$?
	RAN=no
	[ ! -e "$ROOT/srv/out/ran" ] || RAN=yes
}

# NAME ran|REASON [TEXT]
starts()
{
	start_nim
	if [ "$2" = ran ]; then
		[ "$RAN $STATUS" = 'yes 0' ] && ok "$1" || not_ok "$1" "ran: $RAN, status $STATUS"
	elif [ "$RAN" = no ] && [ "$STATUS" = 126 ] && [[ $OUTPUT == *"nimgate: refused ($2): "*"${3:-}"* ]]; then
		ok "$1"
	else
		not_ok "$1" "wanted refused ($2) with '${3:-}', got status $STATUS, ran: $RAN"
	fi
}

# NAME COMMAND...
passes()
{
	local name=$1

	shift
	OUTPUT=$("$@" 2>&1) && ok "$name" || not_ok "$name" "status $?"
}

# Every file with its type, mode, owner, link and, but for folders, size. Not what apt, dpkg, ldconfig and podman keep for themselves.
files()
{
	(cd "$ROOT" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log/apt -o -path ./var/log/dpkg.log \
		-o -path ./var/lib/containers -o -path ./etc/ld.so.cache -o -name "*-" -o -name .pwd.lock -o -path ./srv -o -path ./tmp \) -prune -o -type d -printf '%y %m %U %p\n' \
		-o -printf '%y %m %U %p %s %l\n' | sort)
	(cd "$ROOT/run" && find . \( -path ./containers -o -path ./crun -o -path ./runc -o -path ./libpod -o -path ./lock -o -path ./netns \) -prune -o -printf '%y %m %p\n' | sort)
}

json_has_program()
{
	[ ! -e "$ROOT$JSON_PLACE" ] || [ -x "$ROOT$HOOK_PLACE" ]
}

check_install()
{
	starts 'before: no gate' ran
	files >"$W/before"
	cp "$DEB" "$ROOT/tmp/nimgate.deb"
	passes 'apt install' apt_in_root install --yes --no-install-recommends /tmp/nimgate.deb
	passes 'the policy is right' in_root nimgate policy check
	passes 'receipts are root'"'"'s alone' test "$(stat -c %a "$ROOT/var/lib/nimgate/receipts")" = 700
	passes 'the path is enabled' test -L "$ROOT/etc/systemd/system/paths.target.wants/nimgate-verify.path"
	passes 'the timer is enabled' test -L "$ROOT/etc/systemd/system/timers.target.wants/nimgate-scrub.timer"
	starts 'installed: no engine was changed' ran
	passes 'nimgate engine enable' in_root nimgate engine enable podman --apply
	passes 'nimgate doctor' in_root nimgate doctor podman
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

# The package's own test, as autopkgtest would run it: where the source lies.
check_own_test()
{
	mkdir "$ROOT/srv/source"
	git -C "$REPOSITORY" archive HEAD tests packaging docs config | tar -x -C "$ROOT/srv/source"
	mv "$ROOT/srv/source/packaging/debian" "$ROOT/srv/source/debian"
	passes "the package's own test (autopkgtest)" in_root sh -c 'cd /srv/source && debian/tests/gate'
}

# VERSION: the package again, with another program and other vendor's defaults.
make_upgrade()
{
	dpkg-deb -R "$DEB" "$W/upgrade"
	sed -i "s/^Version: .*/Version: $1/" "$W/upgrade/DEBIAN/control"
	echo "# $1" >>"$W/upgrade/usr/share/nimgate/policy.yaml"
	dpkg-deb --root-owner-group -b "$W/upgrade" "$ROOT/tmp/upgrade.deb" >"$W/log" 2>&1 || die "dpkg-deb: $(cat "$W/log")"
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

# An engine that people told by hand holds the package.
check_held()
{
	mkdir -p "$ROOT/etc/containerd"
	echo 'BinaryName = "/usr/bin/nimgate-runtime"' >"$ROOT/etc/containerd/config.toml"
	OUTPUT=$(apt_in_root remove --yes nimgate 2>&1)
	if [[ $OUTPUT == *'nimgate: not removed: these files still name nimgate-runtime:'*'/etc/containerd/config.toml'* ]] && [ -e "$ROOT$JSON_PLACE" ] &&
		[ -x "$ROOT$HOOK_PLACE" ]; then
		ok 'a file that names nimgate-runtime: not removed, still gated'
	else
		not_ok 'a file that names nimgate-runtime: not removed, still gated' ''
	fi
	rm -r "$ROOT/etc/containerd"
	# podman is disabled first, Docker cannot be: podman is enabled again.
	mkdir "$ROOT/etc/docker"
	echo '{"default-runtime": "nimgate"' >"$ROOT/etc/docker/daemon.json"
	OUTPUT=$(apt_in_root remove --yes nimgate 2>&1)
	if [[ $OUTPUT == *'nimgate: not removed, for /etc/docker/daemon.json names nimgate'* ]] && [ -e "$ROOT$JSON_PLACE" ] && [ -x "$ROOT$HOOK_PLACE" ]; then
		ok 'half a daemon.json: not removed, still gated'
	else
		not_ok 'half a daemon.json: not removed, still gated' ''
	fi
	rm -r "$ROOT/etc/docker"
	in_root dpkg --configure -a >/dev/null 2>&1
}

# PACKAGE-COMMAND... starts dpkg inside, as a group of its own, in DPKG.
dpkg_begin()
{
	setsid chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C dpkg "$@" >/dev/null 2>&1 &
	DPKG=$!
}

dpkg_kill()
{
	kill -KILL -- -$DPKG
	wait $DPKG 2>/dev/null
}

# Puts everything back after a kill.
repair()
{
	in_root dpkg --force-confold --install /tmp/upgrade.deb >"$W/log" 2>&1 && in_root nimgate engine enable podman --apply >"$W/log" 2>&1 ||
		broken+=" repair after round $1: $(tail -n 1 "$W/log")"
}

# MILLISECONDS
rest()
{
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

now()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# dpkg is killed, with all that it started: as soon as the JSON is gone; and at moments spread over the time that a removal takes.
check_killed_removal()
{
	local round broken='' gone=0 there=0 began took

	for round in json 0 1 2 3 4 5 6 7 8 9; do
		began=$(now)
		dpkg_begin --remove nimgate
		if [ $round = json ]; then
			while [ -e "$ROOT$JSON_PLACE" ] && [ -d /proc/$DPKG ]; do :; done
			[ -x "$ROOT$HOOK_PLACE" ] || broken+=' the program went first'
			wait $DPKG
			took=$(($(now) - began))
		else
			rest $((took * round / 9))
			dpkg_kill 2>/dev/null
		fi
		json_has_program || broken+=" round $round"
		[ -e "$ROOT$HOOK_PLACE" ] && there=$((there + 1)) || gone=$((gone + 1))
		repair $round
	done
	OUTPUT="program there after $there kills, gone after $gone; a removal takes $took ms"
	if [ -z "$broken" ] && [ $there -gt 0 ] && [ $gone -gt 0 ]; then
		ok 'removal, killed at 10 moments: never JSON without program'
	else
		not_ok 'removal, killed at 10 moments: never JSON without program' "$broken"
	fi
}

check_killed_install()
{
	local round broken='' began took

	for round in whole 1 2 3 4 5 6 7 8; do
		began=$(now)
		dpkg_begin --force-confold --install /tmp/nimgate.deb
		if [ $round = whole ]; then
			wait $DPKG
			took=$(($(now) - began))
		else
			rest $((took * round / 9))
			dpkg_kill 2>/dev/null
		fi
		json_has_program || broken+=" round $round"
		repair $round
	done
	OUTPUT="an installation takes $took ms"
	[ -z "$broken" ] && ok 'installation, killed at 8 moments: never JSON without program' ||
		not_ok 'installation, killed at 8 moments: never JSON without program' "$broken"
}

check_killed()
{
	check_killed_removal
	check_killed_install
	starts 'after all that: gated, and admitted' ran
}

check_purge()
{
	passes 'nimgate engine enable docker' in_root nimgate engine enable docker --apply
	passes 'remove' apt_in_root remove --yes nimgate
	[[ $OUTPUT == *'starts no container until: systemctl restart docker'* ]] && ok 'remove says what of Docker' || not_ok 'remove says what of Docker' ''
	passes "Docker's file names nothing of ours" in_root sh -c '! grep nimgate /etc/docker/daemon.json'
	rm -r "$ROOT/etc/docker"
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
check_own_test
check_upgrade
check_held
check_killed
check_purge
check_rpm
[ "$failures" = 0 ]
