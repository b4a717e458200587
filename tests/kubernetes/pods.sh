# Pods, and what is asked of them. Sourced by kubernetes.sh, after cluster.sh.
# shellcheck shell=bash

# waits NAME SECONDS COMMAND...: a case that passes as soon as the command does.
waits()
{
	local name=$1 tries=$(($2 * 5))

	shift 2
	for (( ; tries > 0; tries--)); do
		! "$@" >/dev/null 2>&1 || { ok "$name" && return 0; }
		sleep 0.2
	done
	OUTPUT=$(k get pods -A 2>&1 && k get events -A --sort-by=.metadata.creationTimestamp 2>&1 | tail -n 15)
	not_ok "$name" "not within its time"
	return 1
}

# daemonset_is NAME AVAILABLE: a number, or nothing for none.
daemonset_is()
{
	[ "$(k get -n nimgate-system daemonset "$1" -o jsonpath='{.status.numberAvailable}' 2>/dev/null)" = "$2" ]
}

# All files of the node that are not of the daemons that run there.
node_files()
{
	inside sh -c 'find /etc /usr /opt -xdev -type f -exec sha256sum {} + | sort -k 2'
}

# pod_of NAME CLASS POLICY: a pod of a NIM.
pod_of()
{
	jq -n --arg name "$1" --arg class "$2" --arg restart "$3" --arg image "$IMAGE_NAME" --arg profile "$PROFILE_ENGINE" '{
		apiVersion: "v1", kind: "Pod", metadata: {name: $name},
		spec: ({restartPolicy: $restart, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false,
			containers: [{name: "nim", image: $image, command: ["/opt/nim/start_server.sh"], env: [{name: "NIM_MODEL_PROFILE", value: $profile}],
				volumeMounts: [{name: "cache", mountPath: "/opt/nim/.cache", readOnly: true}, {name: "out", mountPath: "/out"}]}],
			volumes: [{name: "cache", hostPath: {path: "/srv/nim-cache"}}, {name: "out", hostPath: {path: "/srv/out"}}]}
			+ if $class == "" then {} else {runtimeClassName: $class} end)}'
}

# pod_field NAME PATH: of its only container's status.
pod_field()
{
	k get pod "$1" -o jsonpath="{.status.containerStatuses[0].$2}"
}

pod_is_ready()
{
	[ "$(pod_field "$1" ready)" = true ]
}

# pod_says NAME PATTERN: its last try ended so.
pod_says()
{
	[[ $(pod_field "$1" lastState.terminated.message) =~ $2 ]]
}

# events_say POD PATTERN
events_say()
{
	[[ $(k get events --field-selector "involvedObject.name=$1" -o jsonpath='{range .items[*]}{.reason} {.message}{"\n"}{end}') =~ $2 ]]
}

# Verdict and evidence of the node's last decision.
decision()
{
	inside tail -n 1 /var/log/nimgate-decisions.jsonl | jq -r '"\(.verdict) \(.evidence)"'
}

pod_ended()
{
	[ -n "$(pod_field "$1" state.terminated.reason 2>/dev/null)" ]
}

# pod NAME CLASS ran|PATTERN: starts it, and judges how it ended; PATTERN is of the message.
pod()
{
	rm -f "$W/disk/srv/out/ran"
	pod_of "$1" "$2" Never | k create -f - >"$W/log" 2>&1 || die "pod $1: $(cat "$W/log")"
	until_true "pod $1" 60 pod_ended "$1"
	OUTPUT=$(k get pod "$1" -o jsonpath='{.status.containerStatuses[0].state.terminated}')
	STATUS=$(pod_field "$1" state.terminated.exitCode)
	RAN=no
	[ ! -e "$W/disk/srv/out/ran" ] || RAN=yes
	if [ "$3" = ran ]; then
		equal "pod $1: runs" 'yes 0' "$RAN $STATUS"
	elif [ "$RAN $STATUS $(pod_field "$1" state.terminated.reason)" != 'no 128 StartError' ]; then
		not_ok "pod $1: refused" "ran: $RAN, status $STATUS"
	elif [[ $(pod_field "$1" state.terminated.message) =~ $3 ]]; then
		ok "pod $1: refused, and says why"
	else
		not_ok "pod $1: refused, and says why" "wanted $3"
	fi
	k delete pod "$1" --now >"$W/log" 2>&1
}
