# containerd with ctr: nimgate-runtime is the binary that its shim calls, or a specification has the hook. Sourced by engines.sh.
# shellcheck shell=bash

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
	audit_containerd
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
	five_minutes_containerd
}
