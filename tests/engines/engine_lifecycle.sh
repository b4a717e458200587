# What engines do by themselves, or half: restart policies, starts that are interrupted while the hook runs. The same for podman and
# docker, told apart by ENGINE, the command that speaks to one. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # not_ok reads OUTPUT

# podman as a whole machine has it: the hooks directory in containers.conf, which is also what its restarts read.
lifecycle_podman()
{
	# A shell ignores SIGINT for what it starts in the background.
	ENGINE=(env --default-signal=INT "${PODMAN[@]}" --runtime runc)
	hooks_d "$W/bin/nimgate-hook"
	restart_forgotten
	podman_conf "hooks_dir=[\"$W/hooks.d\"]" >"$W/hooks.conf"
	CONTAINERS_CONF=$W/hooks.conf
	restart_admitted podman
	restart_refused podman
	exec_passes podman
	slow_hook
	hooks_d "$W/bin/slow-hook"
	interrupt podman INT
	interrupt podman KILL
	interrupt podman runtime
	CONTAINERS_CONF=$W/containers.conf
}

lifecycle_docker()
{
	ENGINE=(env --default-signal=INT "$DOCKER")
	restart_admitted docker
	restart_refused docker
	exec_passes docker
	slow_hook
	runtime_settings runc "$W/bin/slow-hook"
	interrupt docker INT
	interrupt docker KILL
	interrupt docker runtime
	runtime_settings runc
}

# engine_start NAME OPTION... -- COMMAND...: a container with the cache and the place where it writes.
engine_start()
{
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	"${ENGINE[@]}" run --name "$name" "${options[@]}" --network none -v "$W/cache:/opt/nim/.cache:ro" -v "$W/out:/out" \
		-e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" "${@:2}"
}

# A known hole: no hook runs, and so no decision is made, about what is started in a container that runs.
exec_passes()
{
	local before

	fixture_restore
	engine_start inside --detach -- /bin/busybox sleep 100 >"$W/inside.log" 2>&1 || not_ok "$1/exec: it runs" "$(cat "$W/inside.log")"
	before=$(log_lines)
	attempt "${ENGINE[@]}" exec inside /bin/show
	says "$1/hole: exec" 0 yes RAN
	equal "$1/hole: exec, no decision" "$before" "$(log_lines)"
	"${ENGINE[@]}" rm --force inside >/dev/null 2>&1
}

engine_inspect()
{
	"${ENGINE[@]}" inspect --format "$2" "$1"
}

# Whether the container has ended for good: a restart that waits for its moment is still running to podman, restarting to docker.
engine_ended()
{
	[[ $(engine_inspect "$1" '{{.State.Status}}') =~ ^(exited|stopped|created)$ ]]
}

lines_of()
{
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

has_lines()
{
	[ "$(lines_of "$1")" -ge "$2" ]
}

# A known hole (docs/known-holes.md): podman does not hand --hooks-dir on to its own restarts.
restart_forgotten()
{
	local before

	before=$(log_lines)
	rm -f "$W/out/count"
	OUTPUT=$("${ENGINE[@]}" --hooks-dir "$W/hooks.d" run --name again -d --restart=on-failure:2 --network none \
		-v "$W/cache:/opt/nim/.cache:ro" -v "$W/out:/out" -e "NIM_MODEL_PROFILE=$PROFILE_ENGINE" "$IMAGE_NAME" \
		/bin/sh -c 'echo ran >>/out/count; exit 1' 2>&1)
	up has_lines "$W/out/count" 3
	up engine_ended again
	equal "podman/hole: a restart forgets --hooks-dir" $((before + 1)) "$(log_lines)"
	"${ENGINE[@]}" rm --force again >/dev/null 2>&1
}

# A container that ends with 1 is started twice more, and each time the gate looks.
restart_admitted()
{
	local before

	before=$(log_lines)
	rm -f "$W/out/count"
	OUTPUT=$(engine_start again -d --restart=on-failure:2 -- /bin/sh -c 'echo ran >>/out/count; exit 1' 2>&1)
	up has_lines "$W/out/count" 3
	up engine_ended again
	equal "$1/restart/starts" 3 "$(lines_of "$W/out/count")"
	equal "$1/restart/gated" $((before + 3)) "$(log_lines)"
	"${ENGINE[@]}" rm --force again >/dev/null 2>&1
}

# A byte that changes while the container runs: its end is its last.
restart_refused()
{
	local before

	before=$(log_lines)
	rm -f "$W/out/count" "$W/out/go"
	OUTPUT=$(engine_start again -d --restart=on-failure:2 -- \
		/bin/sh -c 'echo ran >>/out/count; until [ -e /out/go ]; do busybox sleep 0.1; done; exit 1' 2>&1)
	up has_lines "$W/out/count" 1
	damage
	touch "$W/out/go"
	up has_lines "$W/decisions.jsonl" $((before + 2))
	up engine_ended again
	equal "$1/restart, changed/starts" 1 "$(lines_of "$W/out/count")"
	equal "$1/restart, changed/gated" refuse "$(tail -n 1 "$W/decisions.jsonl" | jq -r .verdict)"
	OUTPUT=$(engine_inspect again '{{.State.Error}}')
	"${ENGINE[@]}" rm --force again >/dev/null 2>&1
	fixture_restore
}

# The hook, held at its door until W/go: a start that takes a while.
slow_hook()
{
	cat >"$W/bin/slow-hook" <<-END
		#!/bin/sh
		echo \$\$ >$W/slow.pid
		until [ -e $W/go ]; do
			sleep 0.05
		done
		exec $W/bin/nimgate-hook "\$@"
	END
	chmod 755 "$W/bin/slow-hook"
}

hook_gone()
{
	! kill -0 "$(cat "$W/slow.pid")"
}

no_containers()
{
	[ -z "$("${ENGINE[@]}" ps --all --quiet)" ]
}

# interrupt NAME SIGNAL|runtime: the client gets SIGNAL while the hook runs on a model that has changed, or runc is killed. The hook still
# decides and ends, nothing runs, and nothing is left; podman, when its client was killed, has to be told to clean up.
interrupt()
{
	local shell client wanted="refuse changed"

	rm -f "$W/go" "$W/slow.pid" "$W/out/ran"
	damage
	engine_start late --rm -- /opt/nim/start_server.sh </dev/null >"$W/late.log" 2>&1 &
	shell=$!
	up has_lines "$W/slow.pid" 1
	client=$(pgrep -P "$shell") || die "no client"
	if [ "$2" = runtime ]; then
		# The container's process goes with runc, and what the hook would look at with the process.
		wanted="refuse unseen"
		kill -KILL "$(ps -o ppid= -p "$(cat "$W/slow.pid")")"
	else
		kill "-$2" "$client"
	fi
	sleep 0.3
	touch "$W/go"
	up hook_gone
	wait "$shell"
	[ "$1/$2" != podman/KILL ] || "${ENGINE[@]}" rm --force late >/dev/null 2>&1
	up no_containers
	OUTPUT=$(cat "$W/late.log")
	equal "$1/$2/ran" no "$([ -e "$W/out/ran" ] && echo yes || echo no)"
	equal "$1/$2/decision" "$wanted" "$(tail -n 1 "$W/decisions.jsonl" | jq -r '.verdict + " " + .reason')"
	equal "$1/$2/processes" "" "$(pgrep -fa "$W/bin/(slow|nimgate)-hook")"
	fixture_restore
}
