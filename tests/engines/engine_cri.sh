# containerd as Kubernetes uses it, over CRI, with the drop-in that config/ has: a handler through nimgate-runtime, and one whose
# base_runtime_spec has the hook. Sourced by engines.sh.
# shellcheck shell=bash
PAUSE_NAME=localhost/nimgate-pause:1

# cri_run HANDLER COMMAND: one pod with one container.
cri_run()
{
	rm -rf "$W/pod-logs" && mkdir "$W/pod-logs"
	jq -n --arg handler "$1" --arg pause "$PAUSE_NAME" --arg image "$IMAGE_NAME" --arg command "$2" --arg logs "$W/pod-logs" \
		--arg profile "NIM_MODEL_PROFILE=$PROFILE_ENGINE" --arg cache "$W/cache" --arg out "$W/out" \
		--argjson readonly "$([ "$CACHE_MODE" = ro ] && echo true || echo false)" \
		'{handler: $handler, sandbox_image: $pause, image: $image, command: [$command], env: [$profile], logs: $logs,
			mounts: [[$cache, "/opt/nim/.cache", $readonly], [$out, "/out", false]]}' >"$W/pod.json"
	attempt "$PYTHON" "$HERE/cri.py" "$W/cri.sock" "$W/pod.json"
}

# The shipped drop-in, with the paths of this run, and what a machine without AppArmor, CNI and CAP_SYS_RESOURCE needs. The drop-in
# and the rest are one file: containerd 1.6 takes a plugin's section from one file alone.
cri_settings()
{
	sed -e "s|/usr/bin/nimgate-runtime|$W/bin/ctr-runtime|" -e '/\.containerd\]$/a snapshotter = "native"' \
		"$REPOSITORY/config/containerd-nimgate.toml"
	cat <<-END
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.base]
		runtime_type = "io.containerd.runc.v2"
		base_runtime_spec = "$W/cri-base.json"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "$PAUSE_NAME"
		restrict_oom_score_adj = true
		disable_apparmor = true
		[plugins."io.containerd.internal.v1.opt"]
		path = "$W/cri-opt"
		[grpc]
		address = "$W/cri.sock"
		[ttrpc]
		address = "$W/cri.ttrpc"
	END
}

cri_start()
{
	runtime_settings runc
	ctr_runtime
	ctr oci spec | jq -f "$REPOSITORY/config/containerd-base-spec.jq" | jq --arg hook "$W/bin/nimgate-hook" --arg policy "$W/policy.yaml" \
		'.hooks.createRuntime[0] |= (.path = $hook | .args = ["nimgate-hook", "--policy", $policy, "createRuntime"])' >"$W/cri-base.json"
	cri_settings >"$W/cri.toml"
	containerd -c "$W/cri.toml" --root "$W/cri" --state "$W/cri-run" >"$W/cri.log" 2>&1 &
	CRI=$!
	PIDS+=("$CRI")
	up ctr -a "$W/cri.sock" version
	{
		ctr -a "$W/cri.sock" -n k8s.io images import --base-name "${IMAGE_NAME%:*}" "$W/oci.tar" &&
			ctr -a "$W/cri.sock" -n k8s.io images import --base-name "${PAUSE_NAME%:*}" "$W/pause.tar"
	} >"$W/import.log" 2>&1 || die "ctr import: $(cat "$W/import.log")"
}

# A known hole (docs/known-holes.md): a drop-in that comes after ours, and says something else about the same plugin.
cri_drop_ins()
{
	mkdir "$W/conf.d"
	cp "$REPOSITORY/config/containerd-nimgate.toml" "$W/conf.d/nimgate.toml"
	printf 'version = 2\nimports = ["%s"]\n' "$W/conf.d/*.toml" >"$W/importing.toml"
	equal "cri/the drop-in is imported" '"nimgate"' "$(cri_default)"
	printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "%s"\n' "$PAUSE_NAME" >"$W/conf.d/other.toml"
	equal "cri/hole: a later drop-in replaces ours" '"runc"' "$(cri_default)"
}

cri_default()
{
	OUTPUT=$(containerd -c "$W/importing.toml" config dump 2>&1)
	sed -n 's/.* default_runtime_name = //p' <<<"$OUTPUT"
}

engine_cri()
{
	local handler

	fixture_restore
	cri_start
	for handler in nimgate base; do
		cri_run $handler /opt/nim/start_server.sh
		says "cri/$handler/admitted" 0 yes RAN
		look_prepare
		cri_run $handler /bin/look
		look_judge "cri/$handler/view"
		damage
		cri_run $handler /opt/nim/start_server.sh
		says "cri/$handler/refused" 128 no "StartError: .*runc create failed: .*exit status 11, stdout: , stderr: $CHANGED.*"
		fixture_restore
	done
	down "$CRI"
	cri_drop_ins
}
