#!/bin/bash
# packaging/kubernetes/node.sh on file trees of its own: what it installs, that it installs nothing twice, what it leaves alone, and that it
# takes all of it away again. What doctor says of such a node. Its containerd is a script that reads back its files as they are; the real one, with
# a kubelet, is in tests/kubernetes.
. "$(dirname "$0")/lib.bash"
NODE_SH=$REPOSITORY/packaging/kubernetes/node.sh
ROOT=$W/node
IMAGE=$W/image
export NIMGATE_RESTART=no POLICY_FROM=$W/policy

[ "$(id -u)" = 0 ] || { echo 'skip kubernetes: runs a program by chroot, which needs root'; exit 0; }
bin=$REPOSITORY/build/bin
mkdir -p "$IMAGE/usr/bin" "$IMAGE/usr/libexec/oci/hooks.d" "$W/policy"
cp "$N" "$bin/nimgate-runtime" "$IMAGE/usr/bin/"
cp "$bin/nimgate-hook" "$IMAGE/usr/libexec/oci/hooks.d/"
printf 'mode: enforce\ntrust: {method: key, anchors: [/etc/nimgate/trust/a.pem]}\nsignatures: [/var/lib/nimgate/signatures]\n' >"$W/policy/policy.yaml"
echo anchor >"$W/policy/a.pem"

# RELEASE: a node with containerd of that release ("" none), which chroot finds.
node()
{
	rm -rf "$ROOT"
	mkdir -p "$ROOT/usr/bin" "$ROOT/bin" "$ROOT/etc/containerd"
	cp "$(command -v busybox)" "$ROOT/bin/sh"
	ln "$ROOT/bin/sh" "$ROOT/bin/cat"
	ln "$ROOT/bin/sh" "$ROOT/bin/readlink"
	[ -z "$1" ] || printf '#!/bin/sh\n[ "$1" = config ] || { echo "containerd github.com/containerd/containerd %s abc" && exit; }\ncat /etc/containerd/conf.d/*.toml /etc/containerd/*.toml 2>&-\ntrue\n' \
		"$1" >"$ROOT/usr/bin/containerd"
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/runc"
	chmod 755 "$ROOT/usr/bin"/*
}

# All files of the node with their contents.
tree()
{
	(cd "$ROOT" && find . -type f -exec sha256sum {} + | sort)
}

# NAME STATUS TEXT COMMAND: what node.sh says.
does()
{
	local name=$1 wanted=$2 text=$3 said status

	shift 3
	said=$(sh "$NODE_SH" "$@" --root "$ROOT" --from "$IMAGE" 2>&1)
	status=$?
	if [ $status = "$wanted" ] && [[ $said == *"$text"* ]]; then
		ok "$name"
	else
		not_ok "$name" "wanted status $wanted and '$text', got $status: $said"
	fi
}

# NAME FILE TEXT
holds()
{
	grep -qxF -- "$3" "$ROOT$2" 2>/dev/null && ok "$1" || not_ok "$1" "no '$3' in $2: $(cat "$ROOT$2" 2>&1)"
}

# NAME RELEASE PLUGIN
containerd_node()
{
	local before after

	node "$2"
	before=$(tree)
	does "$1: installed" 0 'containerd has to be restarted' install
	holds "$1: every pod" /etc/containerd/conf.d/nimgate.toml "[plugins.\"$3\".containerd.runtimes.runc]"
	holds "$1: and by RuntimeClass" /etc/containerd/conf.d/nimgate.toml "[plugins.\"$3\".containerd.runtimes.nimgate]"
	holds "$1: by our runtime" /etc/containerd/conf.d/nimgate.toml '    BinaryName = "/usr/bin/nimgate-runtime"'
	holds "$1: drop-ins are read" /etc/containerd/config.toml 'imports = ["/etc/containerd/conf.d/*.toml"] # by nimgate'
	holds "$1: the real runtime" /etc/nimgate/runtime.yaml 'runtime: /usr/bin/runc'
	cmp -s "$ROOT/usr/libexec/oci/hooks.d/nimgate-hook" "$bin/nimgate-hook" && ok "$1: the hook" || not_ok "$1: the hook" 'another one'
	expect "$1: doctor" 0 out 'covered' doctor containerd --root "$ROOT"
	after=$(tree)
	does "$1: installed twice" 0 'nimgate: installed' install
	[ "$(tree)" = "$after" ] && ok "$1: nothing changes" || not_ok "$1: nothing changes" "$(diff <(echo "$after") <(tree))"
	does "$1: removed" 0 'nimgate: removed' remove
	[ "$(tree | grep -v ' ./etc/nimgate/')" = "$before" ] && ok "$1: as before" || not_ok "$1: as before" "$(diff <(echo "$before") <(tree))"
	holds "$1: the policy stays" /etc/nimgate/policy.yaml 'mode: enforce'
}

# What the administrator has stays.
left_alone()
{
	node v1.7.24
	printf 'version = 2\nroot = "/data"\n\n[grpc]\n  uid = 0\n' >"$ROOT/etc/containerd/config.toml"
	mkdir -p "$ROOT/etc/nimgate"
	echo 'mode: warn' >"$ROOT/etc/nimgate/policy.yaml"
	cp "$ROOT/etc/containerd/config.toml" "$W/config.toml"
	does 'a config.toml: installed' 0 installed install
	holds 'a config.toml: what was there stays' /etc/containerd/config.toml 'root = "/data"'
	holds 'a policy that is there stays' /etc/nimgate/policy.yaml 'mode: warn'
	does 'a config.toml: removed' 0 removed remove
	cmp -s "$ROOT/etc/containerd/config.toml" "$W/config.toml" && ok 'a config.toml: as before' || not_ok 'a config.toml: as before' "$(cat "$ROOT/etc/containerd/config.toml")"
	printf 'version = 2\nimports = ["/etc/other/*.toml"]\n' >"$ROOT/etc/containerd/config.toml"
	does 'other imports' 1 'has other imports' install
	node ''
	does 'no engine' 1 'neither containerd nor CRI-O' install
	node nonsense
	does 'a release that is not told' 1 'does not say which release' install
	node v1.7.24
	mkdir -p "$ROOT/opt/place" "$ROOT/usr/local/sbin"
	mv "$ROOT/usr/bin/runc" "$ROOT/opt/place/runc"
	ln -s /opt/place/runc "$ROOT/usr/local/sbin/runc"
	does 'a runtime behind a link' 0 installed install
	holds 'a runtime behind a link: its place' /etc/nimgate/runtime.yaml 'runtime: /opt/place/runc'
	node v1.7.24
	rm "$ROOT/usr/bin/runc"
	does 'no runtime' 1 'no runc or crun' install
	does 'another word' 1 'usage' enable
	node v2.0.1
	NIMGATE_DEFAULT=no does 'only by RuntimeClass' 0 installed install
	! grep -q 'runtimes.runc' "$ROOT/etc/containerd/conf.d/nimgate.toml" && ok 'no default' || not_ok 'no default' "$(cat "$ROOT/etc/containerd/conf.d/nimgate.toml")"
	[ ! -e "$ROOT/usr/bin/nimgate" ] && ok 'a command that does not run there' || not_ok 'a command that does not run there' 'it is installed'
}

# NAME [RELEASE]: installs, twice, and removes, on a node whose config.toml is $W/config.toml; what is in between is in $W/changed.
own_section()
{
	node "${2:-v1.7.24}"
	cp "$W/config.toml" "$ROOT/etc/containerd/config.toml"
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/other-runc" && chmod 755 "$ROOT/usr/bin/other-runc"
	does "$1: installed" 0 installed install
	cp "$ROOT/etc/containerd/config.toml" "$W/changed"
	expect "$1: doctor" 0 out 'covered' doctor containerd --root "$ROOT"
	does "$1: again" 0 installed install
	cmp -s "$ROOT/etc/containerd/config.toml" "$W/changed" && ok "$1: again, nothing changes" || not_ok "$1: again, nothing changes" "$(diff "$W/changed" "$ROOT/etc/containerd/config.toml")"
	does "$1: removed" 0 removed remove
	cmp -s "$ROOT/etc/containerd/config.toml" "$W/config.toml" && ok "$1: as before" || not_ok "$1: as before" "$(diff "$W/config.toml" "$ROOT/etc/containerd/config.toml")"
}

# containerd 1 takes the section of CRI from one file: as the installers of Kubernetes leave it, in the ways that it may be written.
section_of_cri()
{
	local cri='plugins."io.containerd.grpc.v1.cri"'

	printf 'version = 2\n[%s]\n  sandbox_image = "x"\n[%s.containerd.runtimes.runc]\n  runtime_type = "io.containerd.runc.v2"\n  [%s.containerd.runtimes.runc.options] # runc\n    SystemdCgroup = true\n' \
		"$cri" "$cri" "$cri" >"$W/config.toml"
	own_section 'a section for CRI'
	grep -qxF '    SystemdCgroup = true' <(sed -n '/^# nimgate begin/,$p' "$W/changed") && ok 'a section for CRI: cgroups as it has them' || not_ok 'a section for CRI: cgroups as it has them' "$(cat "$W/changed")"
	printf "version = 2\n['plugins'.'x']\n[plugins.'io.containerd.grpc.v1.cri']\n  sandbox_image = 'x'\n" >"$W/config.toml"
	own_section 'a section for CRI without a handler'
	printf 'version = 2\n[%s.containerd]\n  default_runtime_name = "nvidia"\n  [%s.containerd.runtimes.runc]\n    runtime_type = "io.containerd.runc.v2"\n    [%s.containerd.runtimes.runc.options]\n      BinaryName = "/usr/bin/other-runc"\n' \
		"$cri" "$cri" "$cri" >"$W/config.toml"
	node v1.7.24
	cp "$W/config.toml" "$ROOT/etc/containerd/config.toml"
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/other-runc" && chmod 755 "$ROOT/usr/bin/other-runc"
	does 'another default, which stays' 0 "default handler stays 'nvidia'" install
	holds 'a handler with a program of its own: is run by ours' /etc/nimgate/runtime.yaml 'runtime: /usr/bin/other-runc'
	does 'a handler with a program of its own: removed' 0 removed remove
	cmp -s "$ROOT/etc/containerd/config.toml" "$W/config.toml" && ok 'a handler with a program of its own: as before' || not_ok 'a handler with a program of its own: as before' "$(cat "$ROOT/etc/containerd/config.toml")"
	node v1.7.24
	printf 'version = 2\ndisabled_plugins = ["cri"]\n' >"$ROOT/etc/containerd/config.toml"
	does 'CRI is off' 0 'no pod comes from it' install
}

# containerd 2 adds up what its files say; its own default has a section with the name that release 1 had for all of CRI.
release_two()
{
	local section="plugins.'io.containerd.cri.v1.runtime'.containerd"

	printf "version = 3\nimports = []\n[plugins]\n  [$section]\n    default_runtime_name = 'runc'\n    [$section.runtimes.runc]\n      runtime_type = 'io.containerd.runc.v2'\n      [$section.runtimes.runc.options]\n        BinaryName = ''\n  [plugins.'io.containerd.grpc.v1.cri']\n    disable_tcp_service = true\n" >"$W/config.toml"
	own_section 'containerd 2, its default' v2.0.1
	[ "$(head -n 1 "$W/changed")" = 'imports = ["/etc/containerd/conf.d/*.toml"] # by nimgate' ] && grep -qxF '#nimgate# imports = []' "$W/changed" &&
		ok 'containerd 2, its default: drop-ins are read' || not_ok 'containerd 2, its default: drop-ins are read' "$(cat "$W/changed")"
	sed "s/^  \[plugins.'io.containerd.grpc/    [$section.runtimes.nvidia]\n      [$section.runtimes.nvidia.options]\n        BinaryName = '\/usr\/bin\/other-runc'\n&/" "$W/config.toml" >"$W/nvidia.toml"
	node v2.0.1
	cp "$W/nvidia.toml" "$ROOT/etc/containerd/config.toml"
	does 'containerd 2, another handler' 0 installed install
	expect 'containerd 2, another handler: doctor sees it' 2 out "'nvidia' starts containers past the gate" doctor containerd --root "$ROOT"
}

# Containers that were started through the gate need the program's path to the end.
running()
{
	local task

	node v1.7.24
	task=$ROOT/run/containerd/io.containerd.runtime.v2.task/k8s.io/some
	mkdir -p "$task"
	echo '{"binary_name":"/usr/bin/nimgate-runtime"}' >"$task/options.json"
	does 'a container runs: installed' 0 installed install
	does 'a container runs: removed' 0 'leads to /usr/bin/runc now' remove
	[ "$(readlink "$ROOT/usr/bin/nimgate-runtime")" = /usr/bin/runc ] && ok 'a container runs: a link' || not_ok 'a container runs: a link' "$(ls -l "$ROOT/usr/bin")"
	does 'a container runs: installed again' 0 installed install
	cmp -s "$ROOT/usr/bin/nimgate-runtime" "$bin/nimgate-runtime" && [ ! -L "$ROOT/usr/bin/nimgate-runtime" ] && ok 'a container runs: the program again' || not_ok 'a container runs: the program again' "$(ls -l "$ROOT/usr/bin")"
	holds 'a container runs: the real runtime' /etc/nimgate/runtime.yaml 'runtime: /usr/bin/runc'
	rm -r "$ROOT/run"
	does 'it has ended: removed' 0 removed remove
	[ ! -e "$ROOT/usr/bin/nimgate-runtime" ] && ok 'it has ended: no link' || not_ok 'it has ended: no link' "$(ls -l "$ROOT/usr/bin")"
}

# What comes of our lines containerd is asked before it is restarted.
asks_containerd()
{
	local said

	node v1.7.24
	printf 'version = 2\n[plugins.cri]\n  sandbox_image = "x"\n' >"$ROOT/etc/containerd/config.toml"
	cp "$ROOT/etc/containerd/config.toml" "$W/config.toml"
	for said in 'echo "[plugins]"' 'grep -q nimgate /etc/containerd/config.toml || echo "sandbox_image = x"; cat /etc/containerd/config.toml' 'exit 1'; do
		ln -f "$ROOT/bin/sh" "$ROOT/bin/grep"
		printf '#!/bin/sh\n[ "$1" = config ] || { echo "containerd github.com/containerd/containerd v1.7.24 abc" && exit; }\n%s\n' "$said" >"$ROOT/usr/bin/containerd"
		if [ "$said" = 'exit 1' ]; then
			does "containerd says: $said" 1 'does not understand its own' install
		else
			does "containerd says: $said" 1 'it was left as it was' install
		fi
		[ "$(cd "$ROOT/etc/containerd" && find . -type f)" = ./config.toml ] && cmp -s "$ROOT/etc/containerd/config.toml" "$W/config.toml" &&
			ok "containerd says: $said: as before" || not_ok "containerd says: $said: as before" "$(find "$ROOT/etc/containerd" -type f) $(cat "$ROOT/etc/containerd/config.toml")"
	done
}

crio_node()
{
	local before

	node ''
	printf '#!/bin/sh\n' >"$ROOT/usr/bin/crio"
	chmod 755 "$ROOT/usr/bin/crio"
	before=$(tree)
	does 'CRI-O: installed' 0 installed install
	diff -q <(jq -S . "$ROOT/usr/share/containers/oci/hooks.d/nimgate-hook.json") <(jq -S . "$REPOSITORY/config/nimgate-hook.json") >/dev/null &&
		ok 'CRI-O: the hook of config/' || not_ok 'CRI-O: the hook of config/' "$(cat "$ROOT/usr/share/containers/oci/hooks.d/nimgate-hook.json")"
	expect 'CRI-O: doctor' 0 out 'covered' doctor crio --root "$ROOT"
	does 'CRI-O: removed' 0 removed remove
	[ "$(tree | grep -v ' ./etc/nimgate/')" = "$before" ] && ok 'CRI-O: as before' || not_ok 'CRI-O: as before' "$(tree)"
}

# Requests are served until the pod ends: here one that cannot be, which is removed, and said.
serves()
{
	local pid

	mkdir -p /run/nimgate
	# shellcheck disable=SC2016 # the inner shell expands it
	NIMGATE_INTERVAL=0.1 unshare --mount --propagation private sh -c 'mount -t tmpfs -o mode=700 none /run/nimgate && mkdir -m 700 /run/nimgate/requests &&
		printf "%s\n" "nimgate-request 1" "path /nowhere" "below " "device 1" "inode 1" "algorithm sha256" "shard_size 0" "bytes 1" "asked 1" \
			"label gone" >/run/nimgate/requests/0123456789abcdef && chmod 600 /run/nimgate/requests/* && exec sh "$0" serve --from "$1"' \
		"$NODE_SH" "$IMAGE" >"$W/serve.log" 2>&1 &
	pid=$!
	for ((i = 0; i < 50; i++)); do
		! grep -q gone "$W/serve.log" || break
		sleep 0.1
	done
	grep -q gone "$W/serve.log" && ok 'requests are served' || not_ok 'requests are served' "$(cat "$W/serve.log")"
	kill -TERM "$pid"
	wait "$pid" && ok 'until it is told to end' || not_ok 'until it is told to end' "status $?"
}

containerd_node 'containerd 1.7' v1.7.24 io.containerd.grpc.v1.cri
containerd_node 'containerd 2' v2.0.1 io.containerd.cri.v1.runtime
left_alone
section_of_cri
release_two
running
asks_containerd
crio_node
serves
end
