#!/bin/bash
# nimgate engine: what it would change, what it changes, and what it leaves alone. On a file tree of its own (--root).
. "$(dirname "$0")/lib.bash"
ROOT=$W/root
DAEMON=$ROOT/etc/docker/daemon.json
HOOK=$ROOT/usr/libexec/oci/hooks.d/nimgate-hook
HOOKS=$ROOT/usr/share/containers/oci/hooks.d/nimgate-hook.json

engine()
{
	run engine "$@" --root "$ROOT"
}

fresh()
{
	rm -rf "$ROOT"
	mkdir -p "$ROOT/usr/bin" "$ROOT/etc/docker" "$ROOT/usr/libexec/oci/hooks.d"
	printf '#!/bin/sh\n' >"$HOOK"
	chmod 755 "$HOOK"
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/runc"
	chmod 755 "$ROOT/usr/bin/runc"
}

same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$3'"
	fi
}

tree()
{
	(cd "$ROOT" && find . -type f -exec stat -c '%n %a' {} + -exec md5sum {} + | sort)
}

# NAME BEFORE AFTER: daemon.json by enable, byte for byte; done again nothing changes; and disable takes it back.
docker_case()
{
	local name=$1 before=$2 after=$3 again

	fresh
	printf '%s' "$before" >"$DAEMON"
	chmod 640 "$DAEMON"
	engine enable docker
	same "docker: $name: is only shown" "0 $before." "$status $(cat "$DAEMON"; echo .)"
	engine enable docker --apply
	same "docker: $name: enabled" "0 $after." "$status $(cat "$DAEMON"; echo .)"
	same "docker: $name: mode stays" 640 "$(stat -c %a "$DAEMON")"
	again=$(tree)
	engine enable docker --apply
	same "docker: $name: again" "0 no file of ours needs a change $again" "$status ${err#nimgate: } $(tree)"
	engine disable docker --apply
	same "docker: $name: disabled" "$(jq -S 'del(."default-runtime" | select(. == "runc"))
		| if .runtimes == {} then del(.runtimes) else . end' <<<"$before")" "$(jq -S . "$DAEMON")"
}

ours='{"nimgate":{"path":"/usr/bin/nimgate-runtime"}}'
docker_case "empty" '{}' "{\"runtimes\":$ours,\"default-runtime\":\"nimgate\"}"
docker_case "other settings stay" $'{\n  "log-driver": "json-file",\n  "log-opts": {"max-size": "10m"}\n}\n' \
	$'{\n  "log-driver": "json-file",\n  "log-opts": {"max-size": "10m"},\n  "runtimes": '"$ours"$',\n  "default-runtime": "nimgate"\n}\n'
docker_case "another runtime stays" $'{\n\t"runtimes": {\n\t\t"nvidia": {"path": "nvidia-container-runtime", "args": []}\n\t},\n\t"live-restore": true\n}\n' \
	$'{\n\t"runtimes": {\n\t\t"nvidia": {"path": "nvidia-container-runtime", "args": []},\n\t\t"nimgate": {"path":"/usr/bin/nimgate-runtime"}\n\t},\n\t"live-restore": true,\n\t"default-runtime": "nimgate"\n}\n'
docker_case "runc was the default" '{"default-runtime":"runc","x":"\u00e9\/"}' \
	"{\"default-runtime\":\"nimgate\",\"x\":\"\\u00e9\\/\",\"runtimes\":$ours}"

fresh
engine enable docker --apply
same "docker: no daemon.json" "0 $(<"$REPOSITORY/config/docker-daemon.json")" "$status $(<"$DAEMON")"
same "docker: settings of nimgate-runtime" "runtime: /usr/bin/runc" "$(grep -v '^#' "$ROOT/etc/nimgate/runtime.yaml")"
same "docker: restart is left to people" "Docker reads it when it starts: systemctl restart docker" "$err"
echo 'runtime: /opt/mine' >"$ROOT/etc/nimgate/runtime.yaml"
engine enable docker --runtime /usr/bin/crun --apply
same "docker: settings that are there stay" "0 runtime: /opt/mine" "$status $(<"$ROOT/etc/nimgate/runtime.yaml")"
fresh
engine enable docker --runtime /usr/bin/crun --apply
same "docker: the runtime as named" "runtime: /usr/bin/crun" "$(grep -v '^#' "$ROOT/etc/nimgate/runtime.yaml")"
fresh
mkdir "$ROOT/usr/sbin" && mv "$ROOT/usr/bin/runc" "$ROOT/usr/sbin/" && ln -s ../sbin/runc "$ROOT/usr/bin/runc"
engine enable docker --apply
same "docker: the runtime, where a link leads to it" "runtime: /usr/sbin/runc" "$(grep -v '^#' "$ROOT/etc/nimgate/runtime.yaml")"
fresh
engine enable docker
same "docker: the change is shown" "+    \"default-runtime\": \"nimgate\"" "$(grep default-runtime <<<"$out")"
same "docker: both files are shown" "+++ $DAEMON +++ $ROOT/etc/nimgate/runtime.yaml" "$(grep '^+++' <<<"$out" | tr '\n' ' ' | sed 's/ $//')"
printf '{\n  "a": 1,\n  "b": 2,\n  "c": 3,\n  "d": 4,\n  "e": 5\n}\n' >"$DAEMON"
engine enable docker
cp "$DAEMON" "$W/before" && engine enable docker --apply
same "docker: shown as diff does" "$(diff -u "$W/before" "$DAEMON" | sed 1,2d)" "$(sed '1,2d; /^---/,$d' <<<"$out")"
engine disable docker
same "docker: disable only shows, too" "0 2 1" \
	"$status $(grep -c nimgate "$DAEMON") $(grep -cx -- '-.*"default-runtime": "nimgate"' <<<"$out")"

fresh
engine disable docker --apply
same "docker: disable without a file" "0 no" "$status $([ -e "$DAEMON" ] && echo yes || echo no)"

# What is not understood is left as it is, and said in one line.
refuses()
{
	local name=$1 text=$2 words=$3

	fresh
	printf '%s' "$text" >"$DAEMON"
	engine enable docker --apply
	same "docker: $name is refused" "2 1 yes" "$status $(wc -l <<<"$err") $([[ $err == *"$words"* ]] && echo yes || echo "$err")"
	same "docker: $name stays" "$text" "$(<"$DAEMON")"
	[ ! -e "$ROOT/etc/nimgate" ] || not_ok "docker: $name" "another file was written"
}

refuses "half a file" '{"runtimes": {' "daemon.json': not JSON"
refuses "a list" '[]' "must be a JSON object, is a list"
refuses "another default" '{"default-runtime":"nvidia"}' "default-runtime is 'nvidia': have that runtime run nimgate-runtime"
refuses "a default that is no text" '{"default-runtime":1}' "default-runtime is a number"
refuses "runtimes that are no map" '{"runtimes":[]}' "runtimes: must be a map, is a list"
refuses "a runtime that is no map" '{"runtimes":{"nimgate":"x"}}' "must be a map, is a text"
refuses "a misspelling" '{"Default-Runtime":"runc"}' "'Default-Runtime' is a misspelling of default-runtime"
refuses "a name twice" '{"runtimes":{},"runtimes":{}}' "daemon.json': JSON near byte"
fresh
echo '{}' >"$W/elsewhere" && ln -s "$W/elsewhere" "$DAEMON"
engine enable docker --apply
same "docker: a link is refused" "2 yes" "$status $([[ $err == *"a symbolic link"* ]] && echo yes || echo "$err")"
fresh
rm "$ROOT/usr/bin/runc"
engine enable docker --apply
same "docker: no runtime" "2 yes" "$status $([[ $err == *"name the runtime with --runtime"* ]] && echo yes || echo "$err")"

# The hooks of podman and CRI-O.
for name in podman crio; do
	fresh
	engine enable $name
	same "$name: is only shown" "0 0" "$status $(find "$ROOT" -name '*.json' | wc -l)"
	engine enable $name --apply
	same "$name: enabled" "0 $(<"$REPOSITORY/config/nimgate-hook.json")" "$status $(<"$HOOKS")"
	same "$name: for all to read" 644 "$(stat -c %a "$HOOKS")"
	engine enable $name --apply
	same "$name: again" "0 $(<"$REPOSITORY/config/nimgate-hook.json")" "$status $(<"$HOOKS")"
	engine disable $name --apply
	same "$name: disabled" "0 0" "$status $(find "$ROOT" -name '*.json' | wc -l)"
	engine disable $name --apply
	same "$name: disabled again" "0" "$status"
	chmod 644 "$HOOK"
	engine enable $name --apply
	same "$name: a hook that cannot run" "2 0 yes" "$status $(find "$ROOT" -name '*.json' | wc -l) $([[ $err == *"not a program"* ]] && echo yes || echo "$err")"
	rm "$HOOK"
	engine enable $name --apply
	same "$name: no hook, which it would skip" "2 0 yes" \
		"$status $(find "$ROOT" -name '*.json' | wc -l) $([[ $err == *"the hook is not installed: '$HOOK' (does not exist)"* ]] && echo yes || echo "$err")"
done
# CRI-O's drop-in, and what others say of hooks_dir.
CRIO=$ROOT/etc/crio/crio.conf.d
without_comments()
{
	grep -v '^ *#' "$1"
}
crio_case()
{
	fresh
	mkdir -p "$CRIO"
	printf '[crio.runtime]\n%s\n' "$2" >"$CRIO/10-crio.conf"
	before=$(tree)
	engine enable crio --apply
}
fresh
before=$(tree)
engine enable crio --apply
same "crio: the drop-in as in config/" "$(without_comments "$REPOSITORY/config/crio-nimgate.conf")" "$(cat "$CRIO/50-nimgate.conf")"
same "crio: restart is left to people" "CRI-O reads its drop-ins when it starts: systemctl restart crio" "$err"
engine disable crio --apply
same "crio: as before" "$before" "$(tree)"
crio_case "other settings" 'log_level = "info"'
same "crio: beside other settings" "0 yes" "$status $([ -e "$CRIO/50-nimgate.conf" ] && echo yes)"
crio_case "a hooks_dir with ours" 'hooks_dir = ["/opt/hooks", "/usr/share/containers/oci/hooks.d"]'
same "crio: a hooks_dir with ours does" "0 no yes" "$status $([ -e "$CRIO/50-nimgate.conf" ] && echo yes || echo no) $([ -e "$HOOKS" ] && echo yes)"
crio_case "a hooks_dir without ours" 'hooks_dir = ["/opt/hooks"]'
same "crio: a hooks_dir without ours is refused" "2 yes" \
	"$status $([[ $err == *"10-crio.conf': hooks_dir is without /usr/share/containers/oci/hooks.d: add it" ]] && echo yes || echo "$err")"
same "crio: nothing is written then" "$before" "$(tree)"
same "crio: what to add is shown" '"/usr/share/containers/oci/hooks.d"' "$out"

# Without a name: every engine that is installed.
install_engine()
{
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/$1"
	chmod 755 "$ROOT/usr/bin/$1"
}
fresh
rm -r "$ROOT/etc/docker"
for verb in enable disable; do
	engine $verb --apply
	same "all: none is installed: $verb" "1 nimgate engine: no engine is installed: neither docker, podman, containerd nor crio" "$status $err"
done
install_engine podman
install_engine dockerd
install_engine nimgate-runtime
before=$(tree)
engine enable
same "all: is only shown" "0 $before" "$status $(tree)"
same "all: each is shown" "2" "$(grep -c '^+++ .*\(daemon\|nimgate-hook\)\.json$' <<<"$out")"
engine enable --apply
same "all: those that are installed" "0 yes yes no no" "$status $([ -e "$HOOKS" ] && echo yes) $([ -e "$DAEMON" ] && echo yes) \
$([ -e "$ROOT/etc/containerd" ] && echo yes || echo no) $([ -e "$ROOT/etc/crio" ] && echo yes || echo no)"
same "all: what has to be restarted is said" "1" "$(grep -c 'systemctl restart docker' <<<"$err")"
expect "all: covered, but for the policy" 2 out "not covered" doctor --root "$ROOT"
same "all: no other hole" 1 "$(grep -c '^hole' <<<"$out")"
before=$(tree)
engine enable --apply
same "all: again" "0 $before" "$status $(tree)"
same "all: again says so, of each" 2 "$(grep -c 'no file of ours needs a change' <<<"$err")"
rm "$ROOT/usr/bin/dockerd"
engine disable --apply
same "all: disabled, also what is not installed any more" "0 no no" \
	"$status $([ -e "$HOOKS" ] && echo yes || echo no) $(grep -q nimgate "$DAEMON" && echo yes || echo no)"
engine disable --apply
same "all: disabled again" 0 "$status"

# One that cannot be changed does not keep the others from being done.
for engine in dockerd podman crio; do
	install_engine $engine
done
mkdir -p "$CRIO"
echo '{"runtimes": {' >"$DAEMON"
engine enable --apply
same "all: one that cannot be changed" "2 yes yes" "$status $([ -e "$HOOKS" ] && echo yes) $([ -e "$CRIO/50-nimgate.conf" ] && echo yes)"
same "all: it is left as it is, and said" '{"runtimes": { yes' "$(cat "$DAEMON") $([[ $err == *"daemon.json': not JSON"* ]] && echo yes || echo "$err")"
engine disable --apply
same "all: nor from being disabled" "2 no no" "$status $([ -e "$HOOKS" ] && echo yes || echo no) $([ -e "$CRIO/50-nimgate.conf" ] && echo yes || echo no)"
fresh
engine enable podman docker --apply
same "some that are named" "0 yes yes" "$status $([ -e "$HOOKS" ] && echo yes) $([ -e "$DAEMON" ] && echo yes)"
fresh
before=$(tree)
engine enable podman lxc --apply
same "a misspelled name: nothing is done" "2 $before" "$status $(tree)"

expect "engine: unknown" 2 err "'lxc': expected docker, podman, containerd or crio" engine enable lxc
expect "engine: no verb" 2 err "expected enable or disable" engine docker
expect "engine: relative root" 2 err "--root 'x': must be an absolute path" engine enable podman --root x
expect "engine: relative runtime" 2 err "--runtime 'runc': must be an absolute path" engine enable docker --runtime runc
expect "engine: help" 0 out "usage: nimgate engine enable|disable" engine --help
end
