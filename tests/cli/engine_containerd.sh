#!/bin/bash
# nimgate engine enable|disable containerd: where its lines go, that doctor finds them in force, that it is the same when done twice, that all is
# as before when it is taken away, and what it refuses. On a file tree of its own (--root); tests/engines/engine_cri.sh asks containerd itself.
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/containerd_cases.bash"
ROOT=$W/root
CONFIG=$ROOT/etc/containerd/config.toml
DROP_IN=$ROOT/etc/containerd/conf.d/nimgate.toml

engine()
{
	run engine "$@" containerd --apply --root "$ROOT"
}

# TEXT [DROP-IN]: a machine with containerd, where nothing else is wrong.
fresh()
{
	rm -rf "$ROOT"
	mkdir -p "$ROOT/usr/bin" "$ROOT/usr/libexec/oci/hooks.d" "$ROOT/etc/containerd/conf.d" "$ROOT/etc/nimgate"
	for program in usr/bin/runc usr/bin/containerd usr/bin/nimgate-runtime usr/libexec/oci/hooks.d/nimgate-hook; do
		printf '#!/bin/sh\n' >"$ROOT/$program"
		chmod 755 "$ROOT/$program"
	done
	printf 'mode: enforce\ntrust: {method: key, anchors: [/a]}\nsignatures: [/s]\n' >"$ROOT/etc/nimgate/policy.yaml"
	[ -z "$1" ] || printf %s "$1" >"$CONFIG"
	[ -z "${2:-}" ] || printf %s "$2" >"$ROOT/etc/containerd/conf.d/zz.toml"
}

# All that lies in containerd's folder.
tree()
{
	(cd "$ROOT/etc/containerd" && find . -type f -exec sha256sum {} + | sort)
}

same()
{
	[ "$2" = "$3" ] && ok "$1" || not_ok "$1" "wanted '$2', got '$3'"
}

# NAME WAY TEXT [DROP-IN]
containerd_case()
{
	local name=$1 way=$2 before after

	fresh "$3" "${4:-}"
	before=$(tree)
	engine enable
	after=$(tree)
	if [[ $way == 'refuses '* ]]; then
		[ "$status" = 2 ] && [[ $err == *"${way#refuses }"* ]] && ok "$name: refused" || not_ok "$name: refused" "status $status: $err"
		same "$name: is left as it is" "$before" "$after"
		[ ! -e "$ROOT/etc/nimgate/runtime.yaml" ] && ok "$name: no other file is written" || not_ok "$name: no other file is written" "runtime.yaml"
		[[ $out == '['*'BinaryName = "/usr/bin/nimgate-runtime"' ]] && ok "$name: the lines are shown" || not_ok "$name: the lines are shown" "$out"
		return
	fi
	same "$name: enabled" "0 $way" "$status $(if [ "$after" = "$before" ]; then echo nothing; elif [ -e "$DROP_IN" ]; then echo drop-in; else echo within; fi)"
	[ "$way" = nothing ] || same "$name: restart is left to people" 'containerd reads it when it starts: systemctl restart containerd' "$(tail -n 1 <<<"$err")"
	expect "$name: doctor" 0 out covered doctor containerd --root "$ROOT"
	engine enable
	same "$name: again" "0 $after" "$status $(tree)"
	engine disable
	# A line feed at the end stays.
	[ "${3: -1}" = $'\n' ] || [ -z "$3" ] || printf '%s\n' "$3" >"$W/lf"
	[ ! -e "$W/lf" ] || { cmp -s "$W/lf" "$CONFIG" && printf %s "$3" >"$CONFIG"; rm "$W/lf"; }
	same "$name: disabled: as before" "0 $before" "$status $(tree)"
	engine disable
	same "$name: disabled again" "0 $before" "$status $(tree)"
}

without_comments()
{
	grep -v '^ *#' "$1"
}

containerd_cases
# containerd 2 adds files up.
containerd_case 'version 3' drop-in $'version = 3\n['"$SECTION_TWO"$']\n  max_container_log_line_size = 16384\n'
containerd_case 'version 3, its default' drop-in $'version = 3\nroot = \'/data\'\n['"$SECTION_TWO"$'.containerd]\n  default_runtime_name = \'runc\'\n['"$SECTION_TWO"$'.containerd.runtimes.runc]\n  runtime_type = \'io.containerd.runc.v2\'\n  ['"$SECTION_TWO"$'.containerd.runtimes.runc.options]\n    SystemdCgroup = true\n[plugins.\'io.containerd.grpc.v1.cri\']\n  disable_tcp_service = true\n'
containerd_case 'version 3, another default' "refuses config.toml': default_runtime_name is 'nvidia'" \
	$'version = 3\n['"$SECTION_TWO"$'.containerd]\n  default_runtime_name = \'nvidia\'\n[plugins.\'io.containerd.grpc.v1.cri\']\n  disable_tcp_service = true\n'
containerd_case 'version 3, another drop-in with a default' "refuses conf.d/zz.toml': sets default_runtime_name" \
	$'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' $'version = 3\n['"$SECTION_TWO"$'.containerd]\n  default_runtime_name = "runc"\n'
containerd_case 'version 3, another drop-in with its runc' "refuses conf.d/zz.toml': has settings of the handler runc" \
	$'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' $'version = 3\n['"$SECTION_TWO"$'.containerd.runtimes.runc.options]\n  SystemdCgroup = true\n'

# What is written is what config/ has.
fresh ''
engine enable
same 'the drop-in as in config/' "$(without_comments "$REPOSITORY/config/containerd-nimgate.toml")" "$(<"$DROP_IN")"
same 'config.toml imports it' $'version = 2 # by nimgate\nimports = ["/etc/containerd/conf.d/*.toml"] # by nimgate' "$(<"$CONFIG")"
fresh $'version = 3\n'
engine enable
same 'the drop-in for containerd 2 as in config/' "$(without_comments "$REPOSITORY/config/containerd2-nimgate.toml")" "$(<"$DROP_IN")"

# The handler is as runc is.
fresh $'version = 3\n['"$SECTION_TWO"$'.containerd.runtimes.runc]\n  pod_annotations = [\n    "a", # one\n    "b" ]\n['"$SECTION_TWO"$'.containerd.runtimes.runc.options]\n  BinaryName = ""\n  SystemdCgroup = true\n'
engine enable
same 'like runc: its settings' '      2   pod_annotations = [    "a",     "b" ]' "$(grep pod_annotations "$DROP_IN" | uniq -c)"
same 'like runc: its options' '2 2' "$(grep -cx '    SystemdCgroup = true' "$DROP_IN") $(grep -c BinaryName "$DROP_IN")"

# What people, or the DaemonSet, wrote.
fresh ''
mkdir -p "$ROOT/etc/containerd/conf.d"
printf 'version = 2\n%s\n' 'imports = ["/etc/containerd/conf.d/*.toml"] # by nimgate' >"$CONFIG"
sed '$a\    SystemdCgroup = true' "$REPOSITORY/config/containerd-nimgate.toml" >"$DROP_IN"
before=$(tree)
engine enable
same 'a drop-in that does already stays' "0 $before" "$status $(tree)"
engine disable
same 'it goes with what imports it' '0 ' "$status $(tree)"
# A section for CRI that config.toml gets later, which containerd 1 does not read beside a drop-in.
fresh $'version = 2\n'
engine enable
printf '[%s]\n  sandbox_image = "x:1"\n' "$SECTION" >>"$CONFIG"
expect 'a later section: doctor tells' 0 out "nothing of it from '/etc/containerd/config.toml': one file should have both" doctor containerd --root "$ROOT"
engine disable
engine enable
expect 'a later section: one of both' 0 out covered doctor containerd --root "$ROOT"
[[ $out != *'nothing of it'* ]] && [ ! -e "$DROP_IN" ] && ok 'a later section: in one file' || not_ok 'a later section: in one file' "$out"

# What came to rely on our lines stays right without us.
fresh ''
engine enable
printf 'version = 2\n[grpc]\n  uid = 0\n' >"$ROOT/etc/containerd/conf.d/zz.toml"
after=$(<"$CONFIG")
engine disable
same "another's drop-in is still imported" "0 $after no" "$status $(<"$CONFIG") $([ -e "$DROP_IN" ] && echo yes || echo no)"
fresh ''
engine enable
printf '[grpc]\n  uid = 0\n' >>"$CONFIG"
engine disable
same "another's settings keep their version" "0 version = 2 # by nimgate
[grpc]
  uid = 0" "$status $(<"$CONFIG")"
engine enable
same "and we come back to it" '0 1 1' "$status $(grep -c '^imports' "$CONFIG") $(grep -c '^version' "$CONFIG")"
fresh "$(<"$REPOSITORY/config/containerd-nimgate.toml")"
before=$(tree)
engine enable
same 'the lines by hand stay' "0 $before" "$status $(tree)"
engine disable
same 'the lines by hand are not ours to take' "2 $before" "$status $(tree)"
[[ $err == *"config.toml': names nimgate-runtime in lines that are not nimgate's: take them out" ]] && ok 'that is said' || not_ok 'that is said' "$err"
fresh "$(<"$REPOSITORY/config/containerd2-nimgate.toml")
[plugins.'io.containerd.grpc.v1.cri']
  disable_tcp_service = true
"
before=$(tree)
engine enable
same 'version 3: the lines by hand, before the words of version 2' "0 $before" "$status $(tree)"
expect 'version 3: doctor' 0 out covered doctor containerd --root "$ROOT"
fresh $'version = 2\n['"$SECTION"$']\n'
engine enable
printf '[grpc]\n  uid = 0\n' >>"$CONFIG"
sed -i '/^# nimgate: to here$/d' "$CONFIG"
before=$(tree)
engine disable
same 'where our lines end is not known' "2 $before yes" "$status $(tree) $([[ $err == *"the line '# nimgate: to here' is gone"* ]] && echo yes || echo "$err")"
end
