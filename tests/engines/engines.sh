#!/bin/bash
# Real engines, started from scratch in folders of their own: podman with runc and crun through hooks.d, dockerd with nimgate-runtime as
# its default runtime, containerd with ctr and over CRI. What is admitted runs; what is refused does not, and the user reads why, word for word.
#
#   tests/engines/engines.sh [ENGINE...]
#
# ENGINE is podman, docker, containerd or cri. Made for Debian 12's packages (tests/deps.sh engines); needs root, no network. Ends each
# daemon that it started by its process id, and leaves nothing behind, which is its last case.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/engine_cri.sh"
. "$HERE/engine_lifecycle.sh"
. "$HERE/engine_userns.sh"
SHIM=${SHIM:-$REPOSITORY/build/bin/nimgate-runtime}
DOCKER=${DOCKER:-/usr/bin/docker}
PYTHON=${PYTHON:-/usr/bin/python3}
IMAGE_NAME=localhost/nimgate-test:1
CACHE_MODE=ro
CHANGED='nimgate: refused \(changed\): nim/meta/llama-demo:hf-8c22764-demo: .model-00003-of-00003\.safetensors.: '

# The whole run gets a mount namespace of its own, with a /run of its own: some of the engines' places there cannot be chosen. And crun
# needs help on machines with both kinds of cgroups.
if [ -z "${NIMGATE_ENGINES_INSIDE:-}" ] && [ "$(id -u)" = 0 ]; then
	NIMGATE_ENGINES_INSIDE=yes exec unshare --mount --propagation private bash -c 'mount -t tmpfs -o mode=755 none /run && exec "$@"' \
		inside "$HERE/cgrun.sh" "$0" "$@"
fi

# up COMMAND...: waits until it succeeds.
up()
{
	local tries

	for ((tries = 0; tries < 300; tries++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	die "does not come up: $*: $(tail -n 5 "$W"/*.log)"
}

# down PID: ends a daemon of ours, and waits for it.
down()
{
	local tries

	kill "$1" 2>/dev/null
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# The cgroups in which these engines keep those of their containers, which none of them removes.
engine_cgroups()
{
	find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d \( -name docker -o -name libpod_parent -o -name k8s.io -o -name default \)
}

# What the folders hold in which engines keep things unless they are told otherwise, for the last case. /run is our own.
outside()
{
	find /etc /var/lib -xdev \( -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print 2>/dev/null | sort
	find /dev/shm /opt/containerd -name 'libpod*' -o -path '/opt/containerd*' 2>/dev/null
	engine_cgroups
}

# attempt COMMAND...: one start. Sets OUTPUT, STATUS and RAN.
attempt()
{
	rm -f "$W/out/ran"
	OUTPUT=$(timeout 100 "$@" </dev/null 2>&1)
	STATUS=$?
	RAN=no
	[ ! -e "$W/out/ran" ] || RAN=yes
}

# says NAME STATUS RAN PATTERN: what the user of the last start got; PATTERN must match one whole line.
says()
{
	if [ "$RAN" != "$3" ]; then
		not_ok "$1" "ran: $RAN, wanted $3"
	elif [ "$STATUS" != "$2" ]; then
		not_ok "$1" "wanted exit status $2, got $STATUS"
	elif ! grep -qxE -- "$4" <<<"$OUTPUT"; then
		not_ok "$1" "wanted a line '$4'"
	else
		ok "$1"
	fi
}

# equal NAME WANTED FOUND
equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$3'"
	fi
}

# What a container sees of its cache. Its mount is writable, so that nothing but the view stands in the way of what it tries.
look_build()
{
	local config=/opt/nim/.cache/$SNAPSHOT/$HF/config.json

	cat >"$W/images/nim/bin/look" <<-END
		#!/bin/sh
		echo ran >/out/ran
		if [ -e /opt/nim/.cache/evil.py ]; then evil=there; else evil=hidden; fi
		if (echo evil >>$config) 2>/dev/null; then config=written; else config=kept; fi
		echo "evil.py \$evil, config.json \$config: \$(cat $config)"
		read -r inside outside count </proc/self/uid_map
		echo "root is \$outside"
	END
	chmod 755 "$W/images/nim/bin/look"
}

look_prepare()
{
	CACHE_MODE=rw
	echo 'import os' >"$W/cache/evil.py"
	chmod 666 "$(blob_of config.json)"
}

# look_judge NAME [UID]: root in there is UID out here.
look_judge()
{
	grep -qxE -- "root is ${2:-0}" <<<"$OUTPUT" || not_ok "$1/mapped" "root is not ${2:-0} outside"
	says "$1" 0 yes 'evil\.py hidden, config\.json kept: \{"architectures": \["LlamaForCausalLM"\]\}'
	CACHE_MODE=ro
	rm "$W/cache/evil.py"
}

# canary NAME STATUS TEXT ENGINE [OPTION...]: what nimgate doctor finds by its canary, in both forms, and that it leaves nothing in the
# engine: images lists what is there.
canary()
{
	local name=$1 status=$2 text=$3 before state=ok

	shift 3
	[ "$status" = 0 ] || state=hole
	before=$(images)
	[ -n "$before" ] || die "the engine does not list its images"
	RAN=-
	OUTPUT=$(timeout 200 "$NIMGATE" doctor --canary "$@" 2>&1)
	STATUS=$?
	says "$name" "$status" - "$state +[a-z]+ +canary +$text"
	OUTPUT=$(timeout 200 "$NIMGATE" doctor --canary "$@" --output json 2>&1)
	STATUS=$?
	if [ "$STATUS" = "$status" ] && jq -e --arg state "$state" --argjson covered "$([ $state = ok ] && echo true || echo false)" \
		'.covered == $covered and [.findings[] | [.check, .state]] == [["canary", $state]]' <<<"$OUTPUT" >/dev/null; then
		ok "$name (json)"
	else
		not_ok "$name (json)" "wanted exit status $status, got $STATUS"
	fi
	nothing_left "$name" "$before"
}

nothing_left()
{
	OUTPUT=$(diff <(echo "$2") <(images))
	if [ -z "$OUTPUT" ]; then
		ok "$1: nothing left in the engine"
	else
		not_ok "$1: nothing left in the engine" "images or containers that were not there before"
	fi
}
ADMITTED='admitted: a NIM with a file that nobody signed ran; .*'

damage()
{
	flip "$(blob_of model-00003-of-00003.safetensors)"
}

# podman: the hook comes from its hooks.d.
podman_run()
{
	attempt "${PODMAN[@]}" --hooks-dir "$W/hooks.d" --runtime "$RUNTIME" \
		run --rm --network none -v "$W/cache:/opt/nim/.cache:$CACHE_MODE" -v "$W/out:/out" "$@"
}

podman_images()
{
	"${PODMAN[@]}" "$@" >"$W/podman.log" 2>&1 || die "podman $1: $(cat "$W/podman.log")"
}

# The same settings as podman_images and podman_run have, for those who say only "podman".
podman_settings()
{
	printf '[storage]\ndriver="vfs"\ngraphroot="%s"\nrunroot="%s"\n' "$W/podman" "$W/podman-run" >"$W/storage.conf"
	printf '[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=4096:8192"]\n[engine]\nlock_type="file"\ntmp_dir="%s"\n%s\n' \
		"$W/podman-tmp" "cgroup_manager=\"cgroupfs\"
events_logger=\"file\"
hooks_dir=[\"$W/hooks.d\"]" >"$W/canary.conf"
}

podman_canary()
{
	local -x CONTAINERS_CONF=$W/canary.conf CONTAINERS_STORAGE_CONF=$W/storage.conf
	images()
	{
		podman images --all --quiet && podman ps --all --quiet
	}

	podman_settings
	hooks_d "$W/bin/nimgate-hook"
	canary "podman/canary, runc" 0 'refused \(not-signed\)' podman --runtime runc
	canary "podman/canary, crun" 0 "refused \(the hook's exit status is 13\)" podman --runtime crun
	rm "$W/hooks.d/nimgate-hook.json"
	canary "podman/canary, no hook" 2 "$ADMITTED" podman --runtime runc
}

hooks_d()
{
	mkdir -p "$W/hooks.d"
	jq --arg hook "$1" --arg policy "$W/policy.yaml" '.hook.path = $hook
		| .hook.args = ["nimgate-hook", "--policy", $policy, "createRuntime"]' \
		"$REPOSITORY/config/nimgate-hook.json" >"$W/hooks.d/nimgate-hook.json"
}

engine_podman()
{
	local hook=$W/bin/nimgate-hook nim=(-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /opt/nim/start_server.sh)

	printf '[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=4096:8192"]\n[engine]\nlock_type="file"\n' >"$W/containers.conf"
	PODMAN=(podman --root "$W/podman" --runroot "$W/podman-run" --tmpdir "$W/podman-tmp" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend file)
	export CONTAINERS_CONF=$W/containers.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1
	podman_images import --change 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME"
	for RUNTIME in runc crun; do
		fixture_restore
		hooks_d "$hook"
		podman_run "${nim[@]}"
		says "podman/$RUNTIME/admitted" 0 yes RAN
		look_prepare
		podman_run -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" /bin/look
		look_judge "podman/$RUNTIME/view"
		damage
		podman_run "${nim[@]}"
		if [ "$RUNTIME" = runc ]; then
			says "podman/runc/refused" 126 no "Error: OCI runtime error: runc: runc create failed: .*exit status 11, stdout: , stderr: $CHANGED.*"
		else
			says "podman/crun/refused" 126 no "Error: OCI runtime error: crun: error executing hook \`$hook\` \(exit code: 11\)"
		fi
		podman_run -e "NIM_PEFT_SOURCE=/adapters" "$IMAGE_NAME" /opt/nim/start_server.sh
		[ "$RUNTIME" = runc ] || says "podman/crun/refused by policy" 126 no ".*\(exit code: 16\)"
		[ "$RUNTIME" = crun ] || says "podman/runc/refused by policy" 126 no ".*nimgate: refused \(policy\): .*NIM_PEFT_SOURCE.*"
		# Known holes (docs/known-holes.md), which a test keeps known.
		hooks_d "$W/bin/missing"
		podman_run "${nim[@]}"
		says "podman/$RUNTIME/hole: a missing hook is skipped" 0 yes RAN
		echo '{"version": "1.0.0", "hook": {' >"$W/hooks.d/nimgate-hook.json"
		podman_run "${nim[@]}"
		says "podman/$RUNTIME/half a file refuses" 126 no 'Error: .*nimgate-hook.json.*'
		rm "$W/hooks.d/nimgate-hook.json"
		podman_run "${nim[@]}"
		says "podman/$RUNTIME/hole: another hooks directory" 0 yes RAN
		# The gate as a device, for those who ask for it.
		mkdir -p /run/cdi
		sed -e "s|path: .*|path: $hook|; s|args: .*|args: [nimgate-hook, --policy, $W/policy.yaml, createRuntime]|" \
			"$REPOSITORY/config/cdi-nimgate.yaml" >/run/cdi/nimgate.yaml
		podman_run --device nimgate.dev/gate=on "${nim[@]}"
		says "podman/$RUNTIME/CDI, refused" 126 no 'Error: OCI runtime error: .*exit (status|code:) 11.*'
		podman_run "${nim[@]}"
		says "podman/$RUNTIME/hole: CDI is not asked for" 0 yes RAN
		cp -a "$W/saved/cache/." "$W/cache/"
		podman_run --device nimgate.dev/gate=on "${nim[@]}"
		says "podman/$RUNTIME/CDI, admitted" 0 yes RAN
		mv "$hook" "$W/bin/away"
		podman_run --device nimgate.dev/gate=on "${nim[@]}"
		says "podman/$RUNTIME/CDI, a missing hook" "$([ $RUNTIME = runc ] && echo 127 || echo 126)" no 'Error: .*nimgate-hook.*'
		mv "$W/bin/away" "$hook"
		rm /run/cdi/nimgate.yaml
		hooks_d "$hook"
		userns_podman
	done
	podman_canary
	fixture_restore
	lifecycle_podman
	podman_images rmi --force "$IMAGE_NAME"
	# The storage's own directory stays mounted on itself.
	findmnt -rno TARGET | grep "^$W/podman" | sort -r | xargs -r umount -l
}

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
	printf 'runtime: %s\nhook: %s\npolicy: %s\n' "$(realpath "$(command -v "$1")")" "${2:-$W/bin/nimgate-hook}" "$W/policy.yaml" >"$W/runtime.yaml"
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
	export DOCKER_HOST=unix://$W/docker.sock DOCKER_CONFIG=$W/docker-config
	dockerd --config-file "$W/docker-etc/daemon.json" --data-root "$W/docker" --exec-root "$W/docker-exec" -H "$DOCKER_HOST" \
		-p "$W/docker.pid" --bridge=none --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false \
		--storage-driver=vfs >"$W/dockerd.log" 2>&1 &
	DOCKERD=$!
	PIDS+=("$DOCKERD")
	up "$DOCKER" version
	"$DOCKER" import -c 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME" >"$W/import.log" 2>&1 || die "docker import: $(cat "$W/import.log")"
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
	lifecycle_docker
	down "$DOCKERD"
	userns_docker
	unset DOCKER_HOST DOCKER_CONFIG # podman reads them, too
}

# containerd with ctr: nimgate-runtime is the binary that its shim calls.
ctr_run()
{
	starts=$((starts + 1))
	attempt ctr -a "$W/containerd.sock" run --rm --snapshotter native --runc-binary "$W/bin/ctr-runtime" \
		--mount "type=bind,src=$W/cache,dst=/opt/nim/.cache,options=rbind:$CACHE_MODE" \
		--mount "type=bind,src=$W/out,dst=/out,options=rbind:rw" "$@"
}

# containerd has no place for arguments of the runtime.
ctr_runtime()
{
	printf '#!/bin/sh\nexec %s --nimgate-config %s "$@"\n' "$W/bin/nimgate-runtime" "$W/runtime.yaml" >"$W/bin/ctr-runtime"
	chmod 755 "$W/bin/ctr-runtime"
}

ctr_canary()
{
	local -x CONTAINERD_ADDRESS=$W/containerd.sock CONTAINERD_SNAPSHOTTER=native
	images()
	{
		ctr images ls && ctr containers ls && ctr snapshots ls && ctr content ls -q
	}

	canary "containerd/canary" 0 'refused \(not-signed\)' containerd --runtime "$W/bin/ctr-runtime"
	canary "containerd/canary, past the gate" 2 "$ADMITTED" ctr
}

engine_containerd()
{
	local daemon refused='ctr: failed to create shim task: OCI runtime create failed: '

	fixture_restore
	runtime_settings runc
	ctr_runtime
	cat >"$W/containerd.toml" <<-END
		version = 2
		root = "$W/containerd"
		state = "$W/containerd-run"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[plugins."io.containerd.internal.v1.opt"]
		path = "$W/containerd-opt"
		[grpc]
		address = "$W/containerd.sock"
		[ttrpc]
		address = "$W/containerd.ttrpc"
	END
	containerd -c "$W/containerd.toml" >"$W/containerd.log" 2>&1 &
	daemon=$!
	PIDS+=("$daemon")
	up ctr -a "$W/containerd.sock" version
	ctr -a "$W/containerd.sock" images import --base-name "${IMAGE_NAME%:*}" "$W/oci.tar" >"$W/import.log" 2>&1 ||
		die "ctr import: $(cat "$W/import.log")"
	ctr_run --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" "nimgate-$$-1" /opt/nim/start_server.sh
	says "containerd/admitted" 0 yes RAN
	ctr_canary
	look_prepare
	ctr_run --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" "nimgate-$$-view" /bin/look
	look_judge containerd/view
	damage
	ctr_run --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" "nimgate-$$-2" /opt/nim/start_server.sh
	says "containerd/refused" 1 no "${refused}runc create failed: .*exit status 11, stdout: , stderr: $CHANGED.*"
	echo 'runtime: /nowhere' >"$W/runtime.yaml"
	ctr_run --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" "nimgate-$$-3" /opt/nim/start_server.sh
	says "containerd/no runtime" 1 no "${refused}nimgate: refused \(config\): runtime: '/nowhere' \(does not exist\): unknown"
	# A specification with the hook in it, as base_runtime_spec has it: ctr takes one whole.
	ctr -a "$W/containerd.sock" oci spec | jq -f "$REPOSITORY/config/containerd-base-spec.jq" | jq --arg hook "$W/bin/nimgate-hook" \
		--arg policy "$W/policy.yaml" --arg root "$W/images/nim" --arg cache "$W/cache" --arg out "$W/out" \
		--arg profile "NIM_MODEL_PROFILE=$PROFILE_ENGINE" '.hooks.createRuntime[0].path = $hook | .process.cwd = "/"
		| .hooks.createRuntime[0].args = ["nimgate-hook", "--policy", $policy, "createRuntime"]
		| .process.args = ["/opt/nim/start_server.sh"] | .process.env += [$profile] | .root.path = $root
		| .mounts += [{destination: "/opt/nim/.cache", type: "bind", source: $cache, options: ["rbind", "ro"]},
			{destination: "/out", type: "bind", source: $out, options: ["rbind", "rw"]}]' >"$W/base.json"
	attempt ctr -a "$W/containerd.sock" run --rm --config "$W/base.json" "nimgate-$$-4"
	says "containerd/specification with the hook, refused" 1 no "${refused}runc create failed: .*exit status 11, .*"
	cp -a "$W/saved/cache/." "$W/cache/"
	attempt ctr -a "$W/containerd.sock" run --rm --config "$W/base.json" "nimgate-$$-5"
	says "containerd/specification with the hook, admitted" 0 yes RAN
	down "$daemon"
}

# The image for each engine: a root file system, and the same as an OCI archive, which podman makes.
images_build()
{
	local store=(podman --root "$W/store" --runroot "$W/store-run" --tmpdir "$W/store-tmp" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend file)

	tar -C "$W/images/nim" -cf "$W/nim.tar" .
	tar -C "$W/images/pause" -cf "$W/pause-root.tar" .
	printf '[engine]\nlock_type="file"\n' >"$W/store.conf"
	export CONTAINERS_CONF=$W/store.conf
	{
		"${store[@]}" import --change 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME" &&
			"${store[@]}" save --format oci-archive -o "$W/oci.tar" "$IMAGE_NAME" &&
			"${store[@]}" import --change 'CMD ["/bin/busybox","sleep","600"]' "$W/pause-root.tar" "$PAUSE_NAME" &&
			"${store[@]}" save --format oci-archive -o "$W/pause.tar" "$PAUSE_NAME"
	} >"$W/podman.log" 2>&1 || die "podman cannot make the image: $(cat "$W/podman.log")"
}

engines=("$@")
[ ${#engines[@]} != 0 ] || engines=(podman docker containerd cri)
need_root
need_programs runc crun podman conmon dockerd "$DOCKER" containerd ctr "$PYTHON" busybox jq openssl "$HOOK" "$SHIM" "$NIMGATE"
before=$(outside)
work_open
mkdir "$W/bin"
cp "$HOOK" "$SHIM" "$W/bin/"
fixture_build
image_plain pause
look_build
fixture_save
images_build
for engine in "${engines[@]}"; do
	"engine_$engine"
done
work_close
W=/nowhere
engine_cgroups | grep -vxF "$before" | while IFS= read -r group; do
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
done
OUTPUT=$(diff <(echo "$before") <(outside))
if [ -z "$OUTPUT" ]; then
	ok "nothing left behind"
else
	not_ok "nothing left behind" "files that were not there before"
fi
[ "$failures" = 0 ]
