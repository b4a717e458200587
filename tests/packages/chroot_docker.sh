# docker.io and containerd in that Debian, after nimgate engine enable --apply. Sourced by chroot.sh.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2016,SC2034,SC2154 # ok does not fail; lib.sh and fixture.sh share their variables

docker_in_root()
{
	in_root docker -H unix:///srv/docker.sock --config /srv/docker-config "$@" </dev/null
}

# As Debian's unit starts it, but with its files below /srv, and without the network's.
dockerd_start()
{
	chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin HOME=/root dockerd --data-root /srv/docker --exec-root /srv/docker-exec -H unix:///srv/docker.sock -p /srv/docker.pid --bridge=none --iptables=false \
		--ip6tables=false --ip-masq=false --ip-forward=false --storage-driver=vfs >"$W/dockerd.log" 2>&1 &
	DOCKERD=$!
	PIDS+=("$DOCKERD")
	up docker_in_root version
}

start_nim_docker()
{
	rm -f "$ROOT/srv/out/ran"
	OUTPUT=$(timeout 100 chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin HOME=/root docker -H unix:///srv/docker.sock --config /srv/docker-config run --rm \
		--network none -v /srv/cache:/opt/nim/.cache:ro -v /srv/out:/out -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh </dev/null 2>&1)
	STATUS=$?
	RAN=no
	[ ! -e "$ROOT/srv/out/ran" ] || RAN=yes
}

# A dockerd that starts now, by its own configuration.
check_docker()
{
	dockerd_start
	docker_in_root import -c 'ENV PATH=/bin' /srv/nim.tar "$IMAGE_NAME" >"$W/log" 2>&1 || die "docker import: $(cat "$W/log")"
	start_nim_docker
	[ "$RAN $STATUS" = 'yes 0' ] && ok 'docker: gated: signed' || not_ok 'docker: gated: signed' "ran: $RAN, status $STATUS"
	flip "$(find "$ROOT/srv/cache" -type f -size +50k | sort | head -n 1)"
	start_nim_docker
	[ "$RAN $STATUS" = 'no 125' ] && [[ $OUTPUT == *'nimgate: refused (changed): '* ]] && ok 'docker: gated: one byte changed' ||
		not_ok 'docker: gated: one byte changed' "ran: $RAN, status $STATUS"
	flip "$(find "$ROOT/srv/cache" -type f -size +50k | sort | head -n 1)"
	down "$DOCKERD"
	rm -rf "$ROOT/etc/docker/key.json" "$ROOT/run/docker" "$ROOT/run/containerd" "$ROOT/opt/containerd"
}

# containerd's own word on what its files, as Debian ships them, now say.
check_containerd()
{
	passes 'containerd: all else stays' in_root grep -q 'conf_dir = "/etc/cni/net.d"' /etc/containerd/config.toml
	OUTPUT=$(in_root containerd config dump 2>&1)
	[ "$(sed -n 's/.* default_runtime_name = //p' <<<"$OUTPUT")" = '"nimgate"' ] && ok 'containerd: nimgate is the default' || not_ok 'containerd: nimgate is the default' ''
	[ "$(grep -c 'BinaryName = "/usr/bin/nimgate-runtime"' <<<"$OUTPUT")" = 2 ] && ok 'containerd: by nimgate-runtime' || not_ok 'containerd: by nimgate-runtime' ''
	[[ $OUTPUT == *'conf_dir = "/etc/cni/net.d"'* ]] && ok 'containerd: reads all else, too' || not_ok 'containerd: reads all else, too' ''
}
