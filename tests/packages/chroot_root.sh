# A Debian of its own with podman, docker.io and containerd, and how a user starts containers there. Sourced by chroot.sh.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2016,SC2034,SC2154 # ok does not fail; lib.sh and fixture.sh share their variables
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
	{ apt_in_root update && apt_in_root install --yes --no-install-recommends ca-certificates podman docker.io containerd runc jq openssl busybox-static \
		systemd-standalone-sysusers; } >"$W/log" 2>&1 ||
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

# Every file with its type, mode, owner, link and, but for folders, size; what lies below /etc with its contents, users and groups among it.
# Not what apt, dpkg, ldconfig and the engines keep for themselves.
files()
{
	(cd "$ROOT" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log/apt -o -path ./var/log/dpkg.log \
		-o -path ./var/lib/containers -o -path ./etc/ld.so.cache -o -name "*-" -o -name .pwd.lock -o -path ./srv -o -path ./tmp \) -prune -o -type d -printf '%y %m %U %p\n' \
		-o -printf '%y %m %U %p %s %l\n' | sort)
	(cd "$ROOT" && find etc \( -name "*-" -o -name ld.so.cache -o -name .pwd.lock \) -prune -o -type f -exec sha256sum {} + | sort)
	(cd "$ROOT/run" && find . \( -path ./containers -o -path ./crun -o -path ./runc -o -path ./libpod -o -path ./lock -o -path ./netns \) -prune -o -printf '%y %m %p\n' | sort)
}

