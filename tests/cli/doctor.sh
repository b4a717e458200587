#!/bin/bash
# nimgate doctor: which ways to start a container lead past the gate. On a file tree of its own (--root), one fault a case.
. "$(dirname "$0")/lib.bash"
ROOT=$W/root
HOOKS=$ROOT/usr/share/containers/oci/hooks.d
HOOKS_ETC=$ROOT/etc/containers/oci/hooks.d
CONTAINERD=$ROOT/etc/containerd/config.toml
HOOK=$ROOT/usr/libexec/oci/hooks.d/nimgate-hook
SHIM=$ROOT/usr/bin/nimgate-runtime

program()
{
	mkdir -p "$(dirname "$1")"
	printf '#!/bin/sh\n' >"$1"
	chmod 755 "$1"
}

# fresh ENGINE: a machine with that engine, where everything is right.
fresh()
{
	rm -rf "$ROOT"
	program "$HOOK"
	program "$SHIM"
	program "$ROOT/usr/bin/runc"
	mkdir -p "$ROOT/etc/nimgate"
	printf 'mode: enforce\ntrust: {method: key, anchors: [/a]}\nsignatures: [/s]\n' >"$ROOT/etc/nimgate/policy.yaml"
	case $1 in
	docker) program "$ROOT/usr/sbin/dockerd" ;;
	none) return ;;
	*) program "$ROOT/usr/bin/$1" ;;
	esac
	"$N" engine enable "$1" --apply --root "$ROOT" >"$W/enable" 2>&1 || not_ok "enable $1" "$(<"$W/enable")"
	# As a person writes it, in one file: where it lies decides (tests/cli/engine_containerd.sh has what the command writes).
	[ "$1" != containerd ] || { rm -r "$ROOT/etc/containerd" && mkdir "$ROOT/etc/containerd" &&
		sed '/runtimes\.runc\]/,$d' "$REPOSITORY/config/containerd-nimgate.toml" >"$CONTAINERD"; }
}

# finds NAME PATTERN: there is exactly one hole, with these words, and both forms of the output say so.
finds()
{
	local name=$1 pattern=$2 lines

	run doctor --root "$ROOT"
	lines=$(grep '^hole ' <<<"$out")
	if [ "$status" != 2 ] || [ "$(tail -n 1 <<<"$out")" != "not covered" ]; then
		not_ok "$name" "wanted status 2, got $status: $out"
	elif [ "$(grep -c . <<<"$lines")" != 1 ] || ! grep -qE -- "$pattern" <<<"$lines"; then
		not_ok "$name" "wanted one hole '$pattern', got: $lines"
	else
		ok "$name"
	fi
	run doctor --root "$ROOT" --output json
	if [ "$status" = 2 ] && jq -e '.covered == false and ([.findings[] | select(.state == "hole")] | length) == 1' <<<"$out" >/dev/null; then
		ok "$name (json)"
	else
		not_ok "$name (json)" "status $status: $out"
	fi
}

# covered NAME [NOTES]: no hole, and that many notes.
covered()
{
	run doctor --root "$ROOT"
	if [ "$status" = 0 ] && [ "$(tail -n 1 <<<"$out")" = covered ] && [ "$(grep -c '^note' <<<"$out")" = "${2:-0}" ]; then
		ok "$1"
	else
		not_ok "$1" "status $status: $out"
	fi
	run doctor --root "$ROOT" --output json
	if [ "$status" = 0 ] && [ "$(jq .covered <<<"$out")" = true ]; then
		ok "$1 (json)"
	else
		not_ok "$1 (json)" "status $status: $out"
	fi
}

fresh none
covered "no engine"
chmod 777 "$HOOK"
finds "a hook writable by others" "nimgate .*nimgate-hook': mode 0777"
fresh none
sed -i s/enforce/warn/ "$ROOT/etc/nimgate/policy.yaml"
finds "a policy that only warns" "mode is not enforce"
fresh none
rm "$ROOT/etc/nimgate/policy.yaml"
finds "no policy" "policy.yaml' \(does not exist\)"

# The directories that an engine reads: its default, or both.
read_default()
{
	rm -f "$ROOT/etc/containers/containers.conf" "$ROOT/etc/crio/crio.conf.d/50-nimgate.conf"
}

read_both()
{
	mkdir -p "$ROOT/etc/containers" "$ROOT/etc/crio/crio.conf.d"
	printf '[engine]\nhooks_dir = ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"]\n' >"$ROOT/etc/containers/containers.conf"
	cp "$REPOSITORY/config/crio-nimgate.conf" "$ROOT/etc/crio/crio.conf.d/50-nimgate.conf"
}

for engine in podman crio; do
	fresh $engine
	covered "$engine: by nimgate engine enable" "$([ $engine = podman ] && echo 1 || echo 0)"
	rm "$HOOKS/nimgate-hook.json"
	finds "$engine: no hook" "$engine .*no hook of nimgate's"
	fresh $engine
	echo '{"version": "1.0.0", "hook"' >"$HOOKS/nimgate-hook.json"
	expect "$engine: half a file" 2 out "nimgate-hook.json': not JSON" doctor --root "$ROOT"
	fresh $engine
	sed -i 's/"always": true/"annotations": {"a": "b"}/' "$HOOKS/nimgate-hook.json"
	finds "$engine: not always" "not for every start"
	fresh $engine
	sed -i 's/"always": true/"always": true, "commands": ["x"]/' "$HOOKS/nimgate-hook.json"
	finds "$engine: always, and a condition" "not for every start"
	fresh $engine
	sed -i 's/"stages": \["createRuntime"\]/"stages": ["poststart"]/' "$HOOKS/nimgate-hook.json"
	finds "$engine: another stage" "the stage must be createRuntime"
	fresh $engine
	sed -i 's|"/usr/libexec/oci/hooks.d/nimgate-hook"|"/opt/nimgate-hook"|' "$HOOKS/nimgate-hook.json"
	finds "$engine: the hook's program is missing" "hook .*/opt' \(does not exist\)"
	fresh $engine
	mkdir -p "$HOOKS_ETC"
	mv "$HOOKS/nimgate-hook.json" "$HOOKS_ETC/"
	read_default $engine
	finds "$engine: in the directory that it does not read by itself" "hooks_dir .*not among those that $engine reads"
	read_both $engine
	covered "$engine: in the directory that it is told to read" "$([ $engine = podman ] && echo 1 || echo 0)"
	cp "$HOOKS_ETC/nimgate-hook.json" "$HOOKS/"
	echo '{"version": "1.0.0", "hook": {"path": "/bin/true"}, "when": {"always": true}, "stages": ["prestart"]}' >"$HOOKS_ETC/nimgate-hook.json"
	read_default $engine
	covered "$engine: a file of the same name that is not read" "$([ $engine = podman ] && echo 1 || echo 0)"
	read_both $engine
	finds "$engine: masked by a file of the same name" "no hook of nimgate's"
	fresh $engine
	echo '{"version": "1.0.0", "hook": {"path": "/bin/true"}, "when": {"always": true}, "stages": ["prestart"]}' >"$HOOKS/other.json"
	covered "$engine: beside another hook" "$([ $engine = podman ] && echo 1 || echo 0)"
done
fresh podman
mkdir -p "$ROOT/etc/containers"
printf '[engine]\nhooks_dir = [\n  "/opt/hooks", # ours: "/usr/share/containers/oci/hooks.d"\n]\n' >"$ROOT/etc/containers/containers.conf"
finds "podman: another hooks_dir" "hooks_dir .*not among those that podman reads"
printf '[engine]\nhooks_dir = ["/opt/hooks", "/usr/share/containers/oci/hooks.d"]\n' >"$ROOT/etc/containers/containers.conf"
covered "podman: a hooks_dir with ours" 1
fresh crio
rm "$ROOT/etc/crio/crio.conf.d/50-nimgate.conf"
covered "crio: its default directory"

fresh docker
covered "docker: by nimgate engine enable" 1
daemon=$ROOT/etc/docker/daemon.json
edit()
{
	jq "$1" "$daemon" >"$W/x" && cp "$W/x" "$daemon"
}
edit 'del(."default-runtime")'
finds "docker: default-runtime is absent" "default-runtime .*is runc"
fresh docker
edit '."default-runtime" = "other"'
finds "docker: default-runtime is nobody's" "'other' is not among the runtimes"
fresh docker
edit '.runtimes.plain = {path: "/usr/bin/crun"}'
finds "docker: another runtime" "'plain' starts containers past the gate"
fresh docker
edit '.runtimes.nvidia = {path: "nvidia-container-runtime"}'
finds "docker: NVIDIA's runtime" "'nvidia' starts containers past the gate"
mkdir "$ROOT/etc/nvidia-container-runtime"
printf '[nvidia-container-runtime]\n#runtimes = ["nimgate-runtime"]\nruntimes = ["runc", "nimgate-runtime"]\n' >"$ROOT/etc/nvidia-container-runtime/config.toml"
finds "docker: NVIDIA's runtime with runc first" "'nvidia' starts containers past the gate"
printf '[nvidia-container-runtime]\nruntimes = ["/usr/bin/nimgate-runtime", "runc"]\n' >"$ROOT/etc/nvidia-container-runtime/config.toml"
covered "docker: NVIDIA's runtime with ours behind it" 1
fresh docker
rm "$SHIM"
finds "docker: nimgate-runtime is missing" "runtime .*nimgate-runtime' \(does not exist\)"
fresh docker
rm "$ROOT/etc/nimgate/runtime.yaml"
finds "docker: no settings" "settings .*runtime.yaml' \(does not exist\)"
fresh docker
rm "$ROOT/usr/bin/runc"
finds "docker: no runtime" "runtime .*runc' \(does not exist\)"
fresh docker
echo '{' >"$daemon"
finds "docker: half a file" "daemon.json .*not JSON"
rm "$daemon"
finds "docker: no daemon.json" "default-runtime .*is runc"

fresh containerd
covered "containerd: by the drop-in" 1
sed -i 's/default_runtime_name = "nimgate"/default_runtime_name = "runc"/' "$CONTAINERD"
finds "containerd: another default" "'runc' is containerd's own runc"
fresh containerd
rm "$CONTAINERD"
finds "containerd: no configuration" "it is containerd's own runc"
fresh containerd
sed -i '/BinaryName/d' "$CONTAINERD"
finds "containerd: no BinaryName" "'nimgate' starts containers past the gate"
fresh containerd
cat >>"$CONTAINERD" <<-'END'
	[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.fast]
	  runtime_type = "io.containerd.runc.v2"
	  [plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.fast.options]
	    BinaryName = '/usr/bin/crun'
END
finds "containerd: another handler" "'fast' starts containers past the gate"
fresh containerd
sed -i -e '/BinaryName/d' -e 's/# base_runtime_spec/base_runtime_spec/' "$CONTAINERD"
echo '{"hooks":{}}' | jq -f "$REPOSITORY/config/containerd-base-spec.jq" >"$ROOT/etc/containerd/nimgate-base.json"
covered "containerd: by base_runtime_spec" 1
echo '{"hooks":{}}' >"$ROOT/etc/containerd/nimgate-base.json"
finds "containerd: a base_runtime_spec without the hook" "'nimgate' starts containers past the gate"
fresh containerd
echo 'disabled_plugins = ["cri"]' >"$CONTAINERD"
covered "containerd: without CRI" 1
fresh containerd
mkdir "$ROOT/etc/containerd/conf.d" && mv "$CONTAINERD" "$ROOT/etc/containerd/conf.d/nimgate.toml"
finds "containerd: a drop-in that nobody imports" "it is containerd's own runc"
echo 'imports = ["/etc/containerd/conf.d/*.toml"]' >"$CONTAINERD"
covered "containerd: a drop-in that is imported" 1
cp "$REPOSITORY/config/containerd2-nimgate.toml" "$ROOT/etc/containerd/conf.d/nimgate.toml"
covered "containerd 2" 1

# containerd 1.6 and 1.7 take all of CRI from the last file that says anything of it: each of these does (check-engines: cri/hole).
fresh containerd
mkdir "$ROOT/etc/containerd/conf.d" && mv "$CONTAINERD" "$ROOT/etc/containerd/conf.d/nimgate.toml"
echo 'imports = ["/etc/containerd/conf.d/*.toml"]' >"$CONTAINERD"
later=$ROOT/etc/containerd/conf.d/other.toml
taken="from '/etc/containerd/conf.d/other.toml' alone, which does not name ours"
printf '[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "pause"\n' >"$later"
finds "containerd: a later drop-in about CRI" "$taken"
printf '[plugins."io.containerd.grpc.v1.cri".cni]\n' >"$later"
finds "containerd: a later drop-in, an empty table" "$taken"
printf "[plugins]\n'io.containerd.grpc.v1.cri'.sandbox_image = 'pause'\n" >"$later"
finds "containerd: a later drop-in, a dotted key" "$taken"
printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri-not"]\na = 1\n[plugins."io.containerd.internal.v1.opt"]\npath = "/x"\n' >"$later"
covered "containerd: a later drop-in about something else" 1
mv "$later" "$ROOT/etc/containerd/conf.d/earlier.toml"
printf '[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "pause"\n' >"$ROOT/etc/containerd/conf.d/earlier.toml"
covered "containerd: an earlier drop-in about CRI" 2
cat "$ROOT/etc/containerd/conf.d/earlier.toml" >>"$CONTAINERD"
covered "containerd: CRI in config.toml, which the drop-in replaces" 2
mv "$ROOT/etc/containerd/conf.d/nimgate.toml" "$ROOT/etc/containerd/gate.toml"
rm "$ROOT/etc/containerd/conf.d/earlier.toml"
echo 'imports = ["gate.toml"]' >"$CONTAINERD"
covered "containerd: a drop-in by a path of config.toml's folder" 1
printf 'imports = ["/etc/containerd/gate.toml"]\n' >"$later"
printf 'imports = [\n  "/etc/containerd/gate.toml",\n  "/etc/containerd/conf.d/*.toml" ]\n' >"$CONTAINERD"
finds "containerd: a drop-in that imports" "'/etc/containerd/conf.d/other.toml' imports more files"

fresh docker
program "$ROOT/usr/bin/podman"
finds "of two engines, one" "podman .*no hook of nimgate's"
expect "only the engine that is asked for" 0 out "covered" doctor docker --root "$ROOT"
expect "an engine that is not there" 2 out "crio" doctor crio --root "$ROOT"
expect "an unknown engine" 2 err "expected docker, podman, containerd or crio" doctor lxc
expect "an unknown form" 2 err "--output 'xml'" doctor --output xml
expect "--canary without an engine" 2 err "--canary lacks its ENGINE" doctor --canary
expect "--canary with another engine" 2 err "--canary 'crio': expected docker, podman, containerd or ctr" doctor --canary crio
expect "--canary with a second engine" 2 err "no other words, no --root" doctor docker --canary podman
expect "--canary with --root" 2 err "no other words, no --root" doctor --canary podman --root "$ROOT"
expect "--runtime without --canary" 2 err "--runtime is for --canary alone" doctor --runtime runc
out=$(PATH=$W/nowhere "$N" doctor --canary docker 2>&1)
status=$?
if [ "$status" = 2 ] && [[ $out == *"cannot be loaded: 'docker' (does not exist)"*"not covered" ]]; then
	ok "--canary without the engine's command"
else
	not_ok "--canary without the engine's command" "status $status: $out"
fi
expect "help" 0 out "usage: nimgate doctor" doctor --help
end
