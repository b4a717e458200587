# Containers in user namespaces: they get the view as others do, and what has changed does not start. Sourced by engines.sh.
# shellcheck shell=bash

# Ranges for users of the machine, for this run alone: its mount namespace is its own.
subordinate_ids()
{
	printf 'containers:200000:655360\nnobody:100000:65536\n' >"$W/subordinate"
	chmod 777 "$W/out"
	mount --bind "$W/subordinate" /etc/subuid || die "cannot mount over /etc/subuid"
	mount --bind "$W/subordinate" /etc/subgid || die "cannot mount over /etc/subgid"
}

subordinate_ids_away()
{
	umount /etc/subuid /etc/subgid
}

userns_podman()
{
	local option nim=(-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME")

	subordinate_ids
	for option in --uidmap=0:100000:65536 --userns=auto; do
		fixture_restore
		look_prepare
		podman_run "$option" "${nim[@]}" /bin/look
		look_judge "podman/$RUNTIME/$option/view" "[12]00000"
		damage
		podman_run "$option" "${nim[@]}" /opt/nim/start_server.sh
		says "podman/$RUNTIME/$option/refused" 126 no 'Error: OCI runtime error: .*exit (status|code:) 11.*'
	done
	subordinate_ids_away
}

# A second dockerd: the mapping is for all of its containers.
userns_docker()
{
	local nim=(-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME")

	subordinate_ids
	fixture_restore
	docker_start '. + {"userns-remap": "nobody:nogroup"}'
	look_prepare
	docker_run "${nim[@]}" /bin/look
	look_judge docker/userns-remap/view 100000
	damage
	docker_run "${nim[@]}" /opt/nim/start_server.sh
	says docker/userns-remap/refused 125 no "docker: Error response from daemon: .*exit status 11, stdout: , stderr: $CHANGED.*"
	down "$DOCKERD"
	subordinate_ids_away
}
