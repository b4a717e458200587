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

# audit_life NAME ID ENGINE: what the engine does with a container that was admitted makes no alert, and leaves it one.
audit_life()
{
	"${ENGINE[@]}" exec gated /bin/busybox true || die "exec"
	"${ENGINE[@]}" exec -d gated /bin/busybox sleep 100 >/dev/null || die "exec -d"
	audit_finds "$1: exec" "$2" "$3" null
	"${ENGINE[@]}" rename gated renamed || die "rename"
	audit_finds "$1: renamed" "$2" "$3" null
	"${ENGINE[@]}" rename renamed gated || die "rename"
	if "${ENGINE[@]}" pause gated >/dev/null 2>"$W/audit.log"; then
		audit_finds "$1: paused" "$2" "$3" null
		"${ENGINE[@]}" unpause gated >/dev/null || die "unpause"
	else
		echo "skip $1: paused: $(tail -n 1 "$W/audit.log")"
	fi
	"${ENGINE[@]}" restart --time 0 gated >/dev/null || die "restart"
	audit_finds "$1: restarted" "$2" "$3" null
	"${ENGINE[@]}" stop --time 0 gated >/dev/null || die "stop"
	OUTPUT=$("$NIMGATE" audit --policy "$W/policy.yaml" --output json 2>/dev/null)
	jq -e --arg id "$2" '[.containers[] | select(.container == $id)] == []' <<<"$OUTPUT" >/dev/null && ok "$1: stopped" || not_ok "$1: stopped" "still there"
	"${ENGINE[@]}" start gated >/dev/null || die "start"
	audit_finds "$1: started again" "$2" "$3" null
}

# audit_of_user NAME USER: an alert about a container of that user, whatever its id.
audit_of_user()
{
	local process found=no

	OUTPUT=$("$NIMGATE" audit --policy "$W/policy.yaml" --output json 2>/dev/null)
	for process in $(jq '.containers[] | select(.alert != null) | .process' <<<"$OUTPUT"); do
		[ "$(stat -c %u "/proc/$process" 2>/dev/null)" != "$2" ] || found=yes
	done
	[ $found = yes ] && ok "$1" || not_ok "$1" "no alert"
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
		ENGINE=("${PODMAN[@]}" --runtime "$runtime" --hooks-dir "$W/hooks.d")
		audit_life "podman/$runtime/audit" "$good" podman
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
	audit_life "docker/audit" "$good" docker
	audit_finds "docker/audit: past the gate" "$bad" docker '"the log has no decision about it"'
	"${ENGINE[@]}" rm --force gated past >/dev/null
}

# ctr names the runtime itself: with ours, and without.
audit_containerd()
{
	local namespace

	for namespace in default k8s.io nimgate-test; do
		[ $namespace = default ] || ctr -a "$W/containerd.sock" -n $namespace images import --base-name "${IMAGE_NAME%:*}" "$W/oci.tar" >"$W/import.log" 2>&1 ||
			die "ctr import: $(cat "$W/import.log")"
		audit_namespace $namespace
	done
}

audit_namespace()
{
	local id ctr=(ctr -a "$W/containerd.sock" -n "$1")
	local place=(--mount "type=bind,src=$W/cache,dst=/opt/nim/.cache,options=rbind:ro" --env "NIM_MODEL_PROFILE=$PROFILE_ENGINE")

	"${ctr[@]}" run -d --snapshotter native --runc-binary "$W/bin/ctr-runtime" "${place[@]}" "$IMAGE_NAME" "gated-$$" /bin/busybox sleep 600 &&
		"${ctr[@]}" run -d --snapshotter native "${place[@]}" "$IMAGE_NAME" "past-$$" /bin/busybox sleep 600 || die "ctr starts nothing"
	audit_finds "containerd/$1/audit: through the gate" "gated-$$" containerd null
	audit_finds "containerd/$1/audit: past the gate" "past-$$" containerd '"the log has no decision about it"'
	for id in gated-$$ past-$$; do
		"${ctr[@]}" tasks kill -s KILL "$id"
		up "${ctr[@]}" tasks delete "$id"
		"${ctr[@]}" containers delete "$id"
	done
	[ "$1" = default ] || "${ctr[@]}" images rm "$IMAGE_NAME" >/dev/null
}
