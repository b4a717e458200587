# dockerd: nimgate-runtime is its default runtime. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # lib.sh reads the settings, and engines.sh sets them

docker_canary()
{
	local before

	images()
	{
		"$DOCKER" images --all --quiet && "$DOCKER" ps --all --quiet
	}

	canary "docker/canary" 0 'refused \(not-signed\)' docker
	canary "docker/canary, past the gate" 2 "$ADMITTED" docker --runtime runc
	policy certificate "$W/pki/root.pem" warn >"$W/policy.yaml"
	canary "docker/canary, a policy that only warns" 2 "$ADMITTED" docker
	policy certificate "$W/pki/root.pem" >"$W/policy.yaml"
	before=$(images)
	timeout --foreground 0.1 "$NIMGATE" doctor --canary docker >"$W/canary.log" 2>&1
	STATUS=$? OUTPUT=$(<"$W/canary.log")
	[ "$STATUS" = 124 ] || not_ok "docker/canary, ended by a signal" "exit status $STATUS"
	nothing_left "docker/canary, ended by a signal" "$before"
	canary "docker/canary, no such runtime" 2 "cannot be told: it did not run, yet nimgate did not refuse it: '.*'" docker --runtime nobody
}

# docker: nimgate-runtime is the default runtime.
docker_run()
{
	attempt "$DOCKER" run --rm --network none -v "$W/cache:/opt/nim/.cache:$CACHE_MODE" -v "$W/out:/out" "$@"
}

# runtime_settings RUNTIME [HOOK]
runtime_settings()
{
	printf 'runtime: %s\nhook: %s\npolicy: %s\n' "$W/runtimes/$1" "${2:-$W/bin/nimgate-hook}" "$W/policy.yaml" >"$W/runtime.yaml"
}

# docker_start [FILTER]: a last jq filter of daemon.json.
docker_start()
{
	mkdir -p "$W/docker-etc" "$W/docker-config"
	jq -n --arg shim "$W/bin/nimgate-runtime" --arg settings "$W/runtime.yaml" '{"default-runtime": "nimgate",
		runtimes: {nimgate: {path: $shim, runtimeArgs: ["--nimgate-config", $settings]}}} | '"${1:-.}" >"$W/docker-etc/daemon.json"
	# Up to release 23 it writes a key of its own beside the machine's configuration.
	[[ $(dockerd --version) != "Docker version 2"[0-3]* ]] ||
		{ jq --arg key "$W/docker-etc/key.json" '."deprecated-key-path" = $key' "$W/docker-etc/daemon.json" >"$W/x" &&
			mv "$W/x" "$W/docker-etc/daemon.json"; }
	docker_up "$W/docker-etc/daemon.json"
}

docker_up()
{
	export DOCKER_HOST=unix://$W/docker.sock DOCKER_CONFIG=$W/docker-config
	dockerd --config-file "$1" --data-root "$W/docker" --exec-root "$W/docker-exec" -H "$DOCKER_HOST" \
		-p "$W/docker.pid" --bridge=none --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false \
		--storage-driver=vfs >"$W/dockerd.log" 2>&1 &
	DOCKERD=$!
	PIDS+=("$DOCKERD")
	up "$DOCKER" version
	"$DOCKER" import -c 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME" >"$W/import.log" 2>&1 || die "docker import: $(cat "$W/import.log")"
}

# What closes docs/known-holes.md, number 3: Docker's own "runc" is whatever dockerd's PATH has first under that name.
docker_first_in_path()
{
	local nim=(--runtime runc -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	fixture_restore
	mkdir "$W/first"
	printf '#!/bin/sh\nexec %s --nimgate-config %s "$@"\n' "$W/bin/nimgate-runtime" "$W/runtime.yaml" >"$W/first/runc"
	chmod 755 "$W/first/runc"
	PATH=$W/first:$PATH docker_start 'del(."default-runtime")'
	docker_run "${nim[@]}"
	says "docker/a runc first in PATH, admitted" 0 yes RAN
	damage
	docker_run "${nim[@]}"
	says "docker/a runc first in PATH, refused" 125 no "docker: Error response from daemon: .*exit status 11, stdout: , stderr: $CHANGED.*"
	down "$DOCKERD"
}

engine_docker()
{
	local nim=(-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)
	local refused='docker: Error response from daemon: .*OCI runtime create failed: '

	fixture_restore
	runtime_settings runc
	docker_start
	docker_run "${nim[@]}"
	says "docker/admitted" 0 yes RAN
	docker_run --cap-add SYS_ADMIN "${nim[@]}"
	says "docker/CAP_SYS_ADMIN, admitted" 0 yes RAN
	equal "docker/CAP_SYS_ADMIN: nothing holds after the start" none "$(tail -n 1 "$W/decisions.jsonl" | jq -r .protection)"
	docker_canary
	look_prepare
	docker_run -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /bin/look
	look_judge docker/view
	damage
	docker_run "${nim[@]}"
	says "docker/refused" 125 no "${refused}runc create failed: .*exit status 11, stdout: , stderr: $CHANGED.*"
	attempt "$DOCKER" create --name refused -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" -v "$W/cache:/opt/nim/.cache:ro" \
		-v "$W/out:/out" --network none "$IMAGE_NAME" /opt/nim/start_server.sh
	attempt "$DOCKER" start refused
	says "docker/start, refused" 1 no "Error response from daemon: .*stderr: $CHANGED.*"
	cp -a "$W/saved/cache/." "$W/cache/"
	attempt "$DOCKER" start --attach refused
	says "docker/start, admitted once it is repaired" 0 yes RAN
	"$DOCKER" rm --force refused >/dev/null
	mv "$W/bin/nimgate-hook" "$W/bin/away"
	docker_run "${nim[@]}"
	says "docker/no hook" 125 no "${refused}nimgate: refused \(config\): hook: '$W/bin/nimgate-hook' \(does not exist\): unknown\."
	mv "$W/bin/away" "$W/bin/nimgate-hook"
	mv "$W/bin/nimgate-runtime" "$W/bin/away"
	docker_run "$IMAGE_NAME" /opt/nim/start_server.sh
	says "docker/no nimgate-runtime" 127 no 'docker: Error response from daemon: .*'
	mv "$W/bin/away" "$W/bin/nimgate-runtime"
	damage
	docker_run --runtime runc "${nim[@]}"
	says "docker/hole: --runtime runc" 0 yes RAN
	runtime_settings crun
	docker_run "${nim[@]}"
	says "docker/crun, refused" 125 no "${refused}error executing hook \`$W/bin/nimgate-hook\` \(exit code: 11\): unknown\."
	cp -a "$W/saved/cache/." "$W/cache/"
	docker_run "${nim[@]}"
	says "docker/crun, admitted" 0 yes RAN
	runtime_settings runc
	audit_docker
	lifecycle_docker
	down "$DOCKERD"
	userns_docker
	docker_first_in_path
	cdi_docker
	install_docker
	five_minutes_docker
	unset DOCKER_HOST DOCKER_CONFIG # podman reads them, too
}
