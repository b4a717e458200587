# podman: the hook comes from its hooks.d, or from CDI. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the cases that all engines share read RUNTIME and PODMAN

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
	podman_conf "tmp_dir=\"$W/podman-tmp\"" 'cgroup_manager="cgroupfs"' 'events_logger="file"' "hooks_dir=[\"$W/hooks.d\"]" >"$W/canary.conf"
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

# An image root for nimgate's --image-root, as docs/air-gap.md has it.
podman_image_root()
{
	local mounted

	fixture_restore
	mounted=$("${PODMAN[@]}" image mount "$IMAGE_NAME") || not_ok "podman/image root: mounted" "$mounted"
	OUTPUT=$("$NIMGATE" profile list --image-root "$mounted" --cache "$W/cache" --policy "$W/policy.yaml" 2>&1)
	equal "podman/image root: its profiles" "0 2" "$? $(grep -c 'would be admitted: yes' <<<"$OUTPUT")"
	"${PODMAN[@]}" image unmount "$IMAGE_NAME" >/dev/null
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

	podman_conf >"$W/containers.conf"
	PODMAN=(podman --root "$W/podman" --runroot "$W/podman-run" --tmpdir "$W/podman-tmp" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend file)
	export CONTAINERS_CONF=$W/containers.conf
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
		cdi_podman
		hooks_d "$hook"
		userns_podman
	done
	podman_canary
	podman_image_root
	rootless_podman
	install_podman
	five_minutes_podman
	audit_podman
	lifecycle_podman
	podman_images rmi --force "$IMAGE_NAME"
	# The storage's own directory stays mounted on itself.
	findmnt -rno TARGET | grep "^$W/podman" | sort -r | xargs -r umount -l
}
