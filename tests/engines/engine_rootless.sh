# podman without root, as nobody. By itself it reads no hooks directory, which is a known hole; where it is told to, the hook refuses: in
# podman's user namespace it cannot tell whose the policy is. Sourced by engines.sh.
# shellcheck shell=bash

rootless_run()
{
	attempt setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$W/nobody" "XDG_RUNTIME_DIR=$W/nobody/run" "XDG_CONFIG_HOME=$W/nobody" \
		podman --root "$W/nobody/podman" --runroot "$W/nobody/podman-run" --tmpdir "$W/nobody/podman-tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file "$@"
}

rootless_podman()
{
	local nim=(run --rm --network none -v "$W/cache:/opt/nim/.cache:ro" -v "$W/out:/out" -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE"
		"$IMAGE_NAME" /opt/nim/start_server.sh)

	fixture_restore
	mkdir -p "$W/nobody/run"
	chown -R 65534:65534 "$W/nobody"
	subordinate_ids
	hooks_d "$W/bin/nimgate-hook"
	rootless_run import --change 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME"
	[ "$STATUS" = 0 ] || die "rootless podman import: $OUTPUT"
	for RUNTIME in runc crun; do
		rootless_run --runtime "$RUNTIME" --hooks-dir "$W/hooks.d" "${nim[@]}"
		if [ "$RUNTIME" = runc ]; then
			says "podman/runc/rootless: refused" 126 no "Error: .*nimgate: refused \(config\): policy: .*belongs to user 65534 \(.*rootless engines\), .*"
		else
			says "podman/crun/rootless: refused" 126 no 'Error: .*\(exit code: 12\)'
		fi
		damage
		rootless_run --runtime "$RUNTIME" "${nim[@]}"
		says "podman/$RUNTIME/hole: rootless, it reads no hooks" 0 yes RAN
		rootless_run --runtime "$RUNTIME" run -d --name stays --network none "$IMAGE_NAME" /bin/busybox sleep 600
		audit_of_user "podman/$RUNTIME/rootless: and the audit finds it" 65534
		rootless_run rm --force --time 0 stays
		cp -a "$W/saved/cache/." "$W/cache/"
	done
	subordinate_ids_away
	fixture_restore
}
