# nimgate audit beside real engines: one NIM through the gate, one past it. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # engine_start reads ENGINE, not_ok OUTPUT

# audit_stay NAME OPTION...: a container of the engine that stays; prints its id.
audit_stay()
{
	engine_start "$1" -d "${@:2}" -- /bin/busybox sleep 600 2>"$W/audit.log" || die "$1 does not start: $(cat "$W/audit.log")"
}

# audit_finds NAME ID ENGINE ALERT: what is said of the container, whatever else runs on this machine. ALERT is JSON.
audit_finds()
{
	OUTPUT=$("$NIMGATE" audit --policy "$W/policy.yaml" --output json 2>"$W/audit.err")
	STATUS=$?
	if { [ "$4" = null ] || [ $STATUS = 6 ]; } && jq -e --arg id "$2" --arg engine "$3" --argjson alert "$4" \
		'[.containers[] | select(.container == $id)] | length == 1 and .[0].engine == $engine and .[0].alert == $alert' <<<"$OUTPUT" >/dev/null; then
		ok "$1"
	else
		OUTPUT="status $STATUS: $OUTPUT $(cat "$W/audit.err")"
		not_ok "$1" "wanted $4 about $2 of $3"
	fi
}

audit_podman()
{
	local good bad runtime

	hooks_d "$W/bin/nimgate-hook"
	for runtime in runc crun; do
		ENGINE=("${PODMAN[@]}" --runtime "$runtime" --hooks-dir "$W/hooks.d")
		good=$(audit_stay gated)
		ENGINE=("${PODMAN[@]}" --runtime "$runtime")
		bad=$(audit_stay past)
		audit_finds "podman/$runtime/audit: through the gate" "$good" podman null
		audit_finds "podman/$runtime/audit: past the gate" "$bad" podman '"the log has no decision about it"'
		"${ENGINE[@]}" rm --force --time 0 gated past >/dev/null
	done
}

audit_docker()
{
	local good bad

	ENGINE=("$DOCKER")
	good=$(audit_stay gated)
	bad=$(audit_stay past --runtime runc)
	audit_finds "docker/audit: through the gate" "$good" docker null
	audit_finds "docker/audit: past the gate" "$bad" docker '"the log has no decision about it"'
	"${ENGINE[@]}" rm --force gated past >/dev/null
}

# ctr names the runtime itself: with ours, and without.
audit_containerd()
{
	local id ctr=(ctr -a "$W/containerd.sock")
	local place=(--mount "type=bind,src=$W/cache,dst=/opt/nim/.cache,options=rbind:ro" --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE")

	"${ctr[@]}" run -d --snapshotter native --runc-binary "$W/bin/ctr-runtime" "${place[@]}" "$IMAGE_NAME" "gated-$$" /bin/busybox sleep 600 &&
		"${ctr[@]}" run -d --snapshotter native "${place[@]}" "$IMAGE_NAME" "past-$$" /bin/busybox sleep 600 || die "ctr starts nothing"
	audit_finds "containerd/audit: through the gate" "gated-$$" containerd null
	audit_finds "containerd/audit: past the gate" "past-$$" containerd '"the log has no decision about it"'
	for id in gated-$$ past-$$; do
		"${ctr[@]}" tasks kill -s KILL "$id"
		up "${ctr[@]}" tasks delete "$id"
		"${ctr[@]}" containers delete "$id"
	done
}
