# The gate as a CDI device, for those who ask for it: podman, Docker from 25 on, containerd's CRI from 1.7 on. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the cases share settings
CDI_DEVICE=nimgate.dev/gate=on

# The shipped file, with the paths of this run. /run is our own.
cdi_write()
{
	mkdir -p /run/cdi
	sed -e "s|path: .*|path: $W/bin/nimgate-hook|; s|args: .*|args: [nimgate-hook, --policy, $W/policy.yaml, createRuntime]|" \
		"$REPOSITORY/config/cdi-nimgate.yaml" >/run/cdi/nimgate.yaml
}

# cdi_cases NAME ADMITTED REFUSED MISSING COMMAND...: "STATUS RAN PATTERN" each, for a start that asks for the device: of a good model,
# of a changed one, without the hook's program.
cdi_cases()
{
	local name=$1 admitted=$2 refused=$3 missing=$4 status ran pattern

	shift 4
	cdi_write
	fixture_restore
	"$@"
	read -r status ran pattern <<<"$admitted"
	says "$name/CDI, admitted" "$status" "$ran" "$pattern"
	damage
	"$@"
	read -r status ran pattern <<<"$refused"
	says "$name/CDI, refused" "$status" "$ran" "$pattern"
	cp -a "$W/saved/cache/." "$W/cache/"
	mv "$W/bin/nimgate-hook" "$W/bin/away"
	"$@"
	mv "$W/bin/away" "$W/bin/nimgate-hook"
	read -r status ran pattern <<<"$missing"
	says "$name/CDI, a missing hook" "$status" "$ran" "$pattern"
	rm /run/cdi/nimgate.yaml
	"$@"
	read -r status ran pattern <<<"$refused"
	[ "$name" != cri ] || status=1 # it does not come to a container
	says "$name/CDI, nobody's device" "$status" no '.*unresolvable CDI devices nimgate.dev/gate=on.*'
}

# The caller has no hook in hooks.d.
cdi_podman()
{
	local nim=(-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	cdi_cases "podman/$RUNTIME" "0 yes RAN" "126 no Error: OCI runtime error: .*exit (status|code:) 11.*" \
		"$([ "$RUNTIME" = runc ] && echo 127 || echo 126) no Error: .*nimgate-hook.*" \
		podman_run --device "$CDI_DEVICE" "${nim[@]}"
	cdi_write
	damage
	podman_run "${nim[@]}"
	says "podman/$RUNTIME/hole: CDI is not asked for" 0 yes RAN
	rm /run/cdi/nimgate.yaml
	fixture_restore
}

# Docker's own runc: the device alone brings the gate.
cdi_docker()
{
	local start=(docker_run --runtime runc --device "$CDI_DEVICE" -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	fixture_restore
	docker_start 'del(."default-runtime")'
	cdi_write
	"${start[@]}"
	says "docker/CDI is off: the device is refused" 125 no \
		'docker: (Error response from daemon: could not select device driver "cdi".*|nimgate.dev/gate=on is not an absolute path\.)'
	down "$DOCKERD"
	release_at_least dockerd 25 || return
	docker_start 'del(."default-runtime") + {features: {cdi: true}, "cdi-spec-dirs": ["/run/cdi"]}'
	cdi_cases docker "0 yes RAN" "125 no docker: Error response from daemon: .*exit status 11, stdout: , stderr: $CHANGED.*" \
		"127 no docker: Error response from daemon: .*nimgate-hook.*" "${start[@]}"
	down "$DOCKERD"
}

# containerd's own runc, of the handler plain. 1.6 does not know the devices of a container.
cdi_cri()
{
	CRI_DEVICES=("$CDI_DEVICE")
	if release_at_least containerd 1.7; then
		cdi_cases cri "0 yes RAN" "128 no StartError: .*exit status 11, stdout: , stderr: $CHANGED.*" \
			"128 no StartError: .*nimgate-hook.*" cri_run plain /opt/nim/start_server.sh
	else
		cdi_write
		damage
		cri_run plain /opt/nim/start_server.sh
		says "cri/hole: CDI devices are not known" 0 yes RAN
		rm /run/cdi/nimgate.yaml
	fi
	CRI_DEVICES=()
	fixture_restore
}
