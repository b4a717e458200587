# As docs/engines.md says: the programs in their places, a policy in /etc/nimgate, "nimgate engine enable ENGINE --apply", the engine with
# no word about hooks or runtimes, and "nimgate doctor ENGINE". On overlays over /etc and /usr, which only this run sees. Sourced by
# engines.sh.
# shellcheck shell=bash
INSTALL_PLACES=(/etc /usr/libexec /usr/share /usr/bin /usr/sbin)

install_open()
{
	local place upper

	mkdir "$W/overlay"
	mount -t tmpfs -o mode=755 none "$W/overlay" || die "cannot mount a tmpfs"
	for place in "${INSTALL_PLACES[@]}"; do
		upper=$W/overlay$place
		mkdir -p "$upper/upper" "$upper/work" "$place"
		mount -t overlay -o "lowerdir=$place,upperdir=$upper/upper,workdir=$upper/work" none "$place" ||
			die "cannot mount an overlay over $place"
	done
	mkdir -p /usr/libexec/oci/hooks.d /etc/nimgate
	cp "$HOOK" /usr/libexec/oci/hooks.d/nimgate-hook
	cp "$SHIM" /usr/bin/nimgate-runtime
	cp "$W/runtimes/runc" /usr/sbin/runc
	cp "$W/policy.yaml" /etc/nimgate/policy.yaml
	chmod 755 /usr/libexec/oci/hooks.d/nimgate-hook /usr/bin/nimgate-runtime
}

install_close()
{
	# What runs from there now keeps them busy.
	umount -l "${INSTALL_PLACES[@]}" "$W/overlay"
	rmdir "$W/overlay"
}

# install_enable ENGINE: and what doctor thinks of it, before and after.
install_enable()
{
	OUTPUT=$("$NIMGATE" doctor "$1" 2>&1)
	equal "$1/installed: not covered before" 2 $?
	OUTPUT=$("$NIMGATE" engine enable "$1" --apply 2>&1)
	equal "$1/installed: nimgate engine enable" 0 $?
	OUTPUT=$("$NIMGATE" doctor "$1" 2>&1)
	equal "$1/installed: covered, says doctor" "0 covered" "$? $(tail -n 1 <<<"$OUTPUT")"
}

# podman's usual directory counts also without a word about hooks.
install_podman()
{
	local start=(attempt "${PODMAN[@]}" run --rm --network none -v "$W/cache:/opt/nim/.cache:ro" -v "$W/out:/out"
		-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	fixture_restore
	install_open
	install_enable podman
	"${start[@]}"
	says "podman/installed: admitted" 0 yes RAN
	damage
	"${start[@]}"
	says "podman/installed: refused" 126 no 'Error: OCI runtime error: .*exit (status|code:) 11.*'
	"$NIMGATE" engine disable podman --apply >"$W/disable.log" 2>&1
	"${start[@]}"
	says "podman/installed: away again" 0 yes RAN
	install_close
	fixture_restore
}

install_docker()
{
	local start=(docker_run -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	fixture_restore
	install_open
	install_enable docker
	docker_up /etc/docker/daemon.json
	"${start[@]}"
	says "docker/installed: admitted" 0 yes RAN
	damage
	"${start[@]}"
	says "docker/installed: refused" 125 no "docker: Error response from daemon: .*exit status 11, stdout: , stderr: $CHANGED.*"
	down "$DOCKERD"
	install_close
	fixture_restore
}
