# containerd as Kubernetes uses it, over CRI, with the drop-in that config/ has: a handler through nimgate-runtime, and one whose
# base_runtime_spec has the hook. Sourced by engines.sh.
# shellcheck shell=bash
. "$REPOSITORY/tests/cli/containerd_cases.bash"
CRI_DEVICES=()
PAUSE_NAME=localhost/nimgate-pause:1

# cri_run HANDLER COMMAND: one pod with one container.
cri_run()
{
	rm -rf "$W/pod-logs" && mkdir "$W/pod-logs"
	jq -n --arg handler "$1" --arg pause "$PAUSE_NAME" --arg image "$IMAGE_NAME" --arg command "$2" --arg logs "$W/pod-logs" \
		--arg profile "NIM_MODEL_PROFILE=$PROFILE_ENGINE" --arg cache "$W/cache" --arg out "$W/out" \
		--argjson readonly "$([ "$CACHE_MODE" = ro ] && echo true || echo false)" \
		--argjson devices "$(jq -nc '$ARGS.positional' --args -- "${CRI_DEVICES[@]}")" \
		'{handler: $handler, devices: $devices, sandbox_image: $pause, image: $image, command: [$command], env: [$profile], logs: $logs,
			mounts: [[$cache, "/opt/nim/.cache", $readonly], [$out, "/out", false]]}' >"$W/pod.json"
	attempt "$PYTHON" "$HERE/cri.py" "$W/cri.sock" "$W/pod.json"
}

# What a machine without AppArmor, CNI and CAP_SYS_RESOURCE needs, and places of this run. NRI is on, which 1.6 does not know, and its plugin is
# not there.
cri_machine()
{
	cat <<-END
		[plugins."io.containerd.grpc.v1.cri"]
		enable_cdi = true
		cdi_spec_dirs = ["/run/cdi"]
		sandbox_image = "$PAUSE_NAME"
		restrict_oom_score_adj = true
		disable_apparmor = true
		[plugins."io.containerd.nri.v1.nri"]
		disable = false
		plugin_path = "$W/nri"
		plugin_config_path = "$W/nri"
		socket_path = "$W/nri.sock"
		[plugins."io.containerd.internal.v1.opt"]
		path = "$W/cri-opt"
		[grpc]
		address = "$W/cri.sock"
		[ttrpc]
		address = "$W/cri.ttrpc"
	END
}

# The shipped drop-in, with the paths of this run, and the rest in one file: containerd 1 takes a plugin's section from one file alone.
cri_settings()
{
	sed -e "s|/usr/bin/nimgate-runtime|$W/bin/ctr-runtime|" -e '/\.containerd\]$/a snapshotter = "native"' \
		"$REPOSITORY/config/containerd-nimgate.toml"
	cat <<-END
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.base]
		runtime_type = "io.containerd.runc.v2"
		base_runtime_spec = "$W/cri-base.json"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.plain]
		runtime_type = "io.containerd.runc.v2"
	END
	cri_machine
}

# CONFIG: the daemon, with its images.
cri_up()
{
	containerd -c "$1" --root "$W/cri" --state "$W/cri-run" >"$W/cri.log" 2>&1 &
	CRI=$!
	PIDS+=("$CRI")
	up ctr -a "$W/cri.sock" version
	{
		ctr -a "$W/cri.sock" -n k8s.io images import --base-name "${IMAGE_NAME%:*}" "$W/oci.tar" &&
			ctr -a "$W/cri.sock" -n k8s.io images import --base-name "${PAUSE_NAME%:*}" "$W/pause.tar"
	} >"$W/import.log" 2>&1 || die "ctr import: $(cat "$W/import.log")"
}

cri_start()
{
	runtime_settings runc
	ctr_runtime
	ctr oci spec | jq -f "$REPOSITORY/config/containerd-base-spec.jq" | jq --arg hook "$W/bin/nimgate-hook" --arg policy "$W/policy.yaml" \
		'.hooks.createRuntime[0] |= (.path = $hook | .args = ["nimgate-hook", "--policy", $policy, "createRuntime"])' >"$W/cri-base.json"
	mkdir "$W/nri"
	cri_settings >"$W/cri.toml"
	cri_up "$W/cri.toml"
}

# Known holes (docs/known-holes.md): a RuntimeClass that names another handler. An NRI plugin that is down changes nothing of it: the door
# for it is open, and nobody has come.
cri_holes()
{
	damage
	cri_run plain /opt/nim/start_server.sh
	says "cri/hole: another handler" 0 yes RAN
	! release_at_least containerd 1.7 || equal "cri/hole: an NRI plugin that is down" yes "$([ -S "$W/nri.sock" ] && echo "$RAN")"
	fixture_restore
}

# drop_in NAME WANTED TEXT: the default handler with another drop-in behind ours, as containerd finds it, and whether doctor knows it.
# containerd 1 takes all of CRI from the last file that says anything of it, a known hole.
drop_in()
{
	printf '%s\n' "$3" >/etc/containerd/conf.d/other.toml
	OUTPUT=$(containerd config dump 2>&1)
	equal "$1" "\"$2\"" "$(sed -n 's/.* default_runtime_name = //p' <<<"$OUTPUT")"
	OUTPUT=$("$NIMGATE" doctor containerd 2>&1)
	equal "$1, says doctor" "$([ "$2" = nimgate ] && echo covered || echo not covered)" "$(tail -n 1 <<<"$OUTPUT")"
}

# All settings, as containerd reads them, but for the files' names, whose order is random; without a file, those that it has by itself.
cri_settings_read()
{
	if [ -e /etc/containerd/config.toml ]; then
		containerd config dump 2>&1 | grep -v -e level=warning -e '^imports = '
	else
		containerd config default | grep -v '^imports = '
	fi
}

# The default handler and its program, as containerd reads its files.
cri_dump()
{
	containerd config dump 2>&1 | awk '$1 == "default_runtime_name" { name = $3 } /^ *\[/ { table = $1 } $1 == "BinaryName" { program[table] = $3 }
		END { for (table in program) if (index(table, ".runtimes." substr(name, 2, length(name) - 2) ".options")) print name, program[table] }'
}

# NAME WAY CONFIG [DROP-IN]: what nimgate engine writes (tests/cli/containerd_cases.bash), read by containerd itself; and what it refuses is as
# it was. All settings of before are there after it, but for runc's own program, and options that are as they would be anyhow (an empty
# sandbox_mode is "podsandbox" for containerd 1.7).
containerd_case()
{
	local before

	rm -rf /etc/containerd && mkdir -p /etc/containerd/conf.d
	[ -z "$3" ] || printf %s "$3" >/etc/containerd/config.toml
	[ -z "${4:-}" ] || printf %s "$4" >/etc/containerd/conf.d/zz.toml
	before=$(cri_settings_read)
	OUTPUT=$("$NIMGATE" engine enable containerd --apply 2>&1)
	case $2 in
	drop-in | within)
		equal "cri/engine enable: $1" '"nimgate" "/usr/bin/nimgate-runtime"' "$(cri_dump)"
		OUTPUT=$(diff <(echo "$before") <(cri_settings_read) | grep '^<' | grep -vE 'default_runtime_name = "runc"|BinaryName = ""|sandbox_mode = "podsandbox"$| (Criu.*|Io.*|No.*|Root|ShimCgroup|SystemdCgroup) = (""|0|false)$')
		equal "cri/engine enable: $1: all else stays" '' "$OUTPUT"
		;;
	*) equal "cri/engine enable: $1" "$before" "$(cri_settings_read)" ;;
	esac
	"$NIMGATE" engine disable containerd --apply >"$W/disable.log" 2>&1
	equal "cri/engine disable: $1" "$before" "$(cri_settings_read)"
}

# As docs/engines.md says.
cri_drop_ins()
{
	local cri='plugins."io.containerd.grpc.v1.cri"'

	install_open
	containerd_cases
	containerd_case 'all that containerd has by default' within "$(containerd config default)"
	rm -rf /etc/containerd && mkdir -p /etc/containerd/conf.d
	"$NIMGATE" engine enable containerd --apply >"$W/enable.log" 2>&1
	drop_in "cri/the drop-in is imported" nimgate ""
	drop_in "cri/a later drop-in about something else" nimgate "[plugins.\"io.containerd.internal.v1.opt\"]
path = \"$W/opt\""
	drop_in "cri/hole: a later drop-in replaces ours" runc "[$cri]
sandbox_image = \"$PAUSE_NAME\""
	drop_in "cri/hole: a later drop-in with an empty table" runc "[$cri.cni]"
	drop_in "cri/hole: a later drop-in with a dotted key" runc "[plugins]
${cri#plugins.}.sandbox_image = \"$PAUSE_NAME\""
	install_close
}

# As docs/engines.md says, on a config.toml that has a section for CRI, as Debian's: pods with no word of a handler, and with runc's name.
install_cri()
{
	local handler

	fixture_restore
	install_open
	rm -rf /etc/containerd && mkdir -p /etc/containerd
	{
		printf 'version = 2\n'
		cri_machine
		printf '[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "native"\n'
	} >/etc/containerd/config.toml
	install_enable containerd
	cri_up /etc/containerd/config.toml
	for handler in '' runc; do
		cri_run "$handler" /opt/nim/start_server.sh
		says "cri/installed: '$handler' admitted" 0 yes RAN
	done
	damage
	for handler in '' runc; do
		cri_run "$handler" /opt/nim/start_server.sh
		says "cri/installed: '$handler' refused" 128 no "StartError: .*runc create failed: .*exit status 11, stdout: , stderr: $CHANGED.*"
	done
	fixture_restore
	down "$CRI"
	install_close
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
	cdi_cri
	cri_holes
	down "$CRI"
	cri_drop_ins
	install_cri
}
