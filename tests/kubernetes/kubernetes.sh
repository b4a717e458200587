#!/bin/bash
# packaging/kubernetes in a cluster that really runs: a node with systemd, containerd and a kubelet, and the control plane of the same release,
# all in namespaces of their own (machine.sh, cluster.sh). The DaemonSet installs; a NIM is admitted, and refused; a model that takes long is
# refused as pending until it is hashed; the Job hashes beforehand; the other DaemonSet takes everything away again.
#
#   tests/kubernetes/kubernetes.sh [FOLDER]
#
# BUILT=build/kubernetes is where prepare.sh puts what is built once. Needs root; the first run needs the machine's Debian mirror.
# shellcheck disable=SC2015,SC2034 # ok does not fail; lib.sh reads the settings
if [ "$(id -u)" = 0 ] && [ "${IN_NAMESPACE:-}" != "$0" ]; then
	IN_NAMESPACE=$0 exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/engine_release.sh"
. "$HERE/engines_lib.sh"
. "$REPOSITORY/tests/kubernetes/machine.sh"
. "$REPOSITORY/tests/kubernetes/cluster.sh"
. "$REPOSITORY/tests/kubernetes/pods.sh"
BUILT=$(realpath -m "${1:-$REPOSITORY/build/kubernetes}")
IMAGE_NAME=localhost/nimgate-test:1
PAUSE_NAME=localhost/nimgate-pause:1
GATE_IMAGE=registry.example/nimgate:0.1.0
MANIFESTS=$REPOSITORY/packaging/kubernetes
DISK_SIZE=24G

close_all()
{
	machine_stop
	work_close
}

# What the node has, and what it sees of its disk: /srv of the node is $W/disk/srv here.
lay_out()
{
	mkdir -p "$W/upper" "$W/disk/srv/out" "$W/disk/var/lib/nimgate"
	mv "$W/cache" "$W/disk/srv/nim-cache"
	ln -s disk/srv/nim-cache "$W/cache"
	mv "$W/signatures" "$W/disk/var/lib/nimgate/signatures"
	ln -s disk/var/lib/nimgate/signatures "$W/signatures"
	rmdir "$W/out"
	ln -s disk/srv/out "$W/out"
	cp -l "$W/oci.tar" "$W/pause.tar" "$W/disk/srv/"
	"$REPOSITORY/tests/packages/image.sh" "$W/disk/srv/image.tar" || die 'the image cannot be built'
}

images_import()
{
	{
		inside ctr -n k8s.io images import --base-name "${IMAGE_NAME%:*}" /srv/oci.tar &&
			inside ctr -n k8s.io images import --base-name "${PAUSE_NAME%:*}" /srv/pause.tar &&
			inside ctr -n k8s.io images import /srv/image.tar
	} >"$W/import.log" 2>&1 || die "ctr import: $(cat "$W/import.log")"
	rm "$W"/disk/srv/*.tar
}

# The manifest as docs/kubernetes.md has people change it: the policy, and the publisher's certificate.
manifest_install()
{
	sed -e '/# *nvidia.pem:/,/# *-----BEGIN/d' -e 's/deadline: 90s/deadline: 1s/' "$MANIFESTS/nimgate.yaml" >"$W/nimgate.yaml"
	sed -i -e "/deadline: 1s/r /dev/stdin" "$W/nimgate.yaml" < <(echo '  nvidia.pem: |' && sed 's/^/    /' "$W/pki/root.pem")
}

check_install()
{
	k label node node-1 nvidia.com/gpu.present=true >"$W/log" 2>&1 || die "$(cat "$W/log")"
	node_files >"$W/before"
	pod before '' ran
	pod_of bystander '' Always | jq '.spec.containers[0].command = ["/bin/busybox", "sleep", "86400"]' | k create -f - >"$W/log" 2>&1
	manifest_install
	OUTPUT=$(k apply -f - <"$W/nimgate.yaml" 2>&1)
	equal 'nimgate.yaml is taken' 0 $?
	waits 'DaemonSet: ready' 120 daemonset_is nimgate 1
	OUTPUT=$(k get pods -n nimgate-system -o wide 2>&1)
	equal 'DaemonSet: its pod is ready, on its node' 1 "$(grep -cE '^nimgate-[a-z0-9]+ +2/2 +Running .* node-1 ' <<<"$OUTPUT")"
	OUTPUT=$(k logs -n nimgate-system daemonset/nimgate -c install 2>&1)
	equal 'DaemonSet: restarts containerd' 1 "$(grep -cx 'nimgate: restarting containerd' <<<"$OUTPUT")"
	OUTPUT=$(k exec -n nimgate-system daemonset/nimgate -c doctor -- /usr/lib/nimgate/node.sh status 2>&1)
	equal 'DaemonSet: doctor finds no hole' '0 covered' "$? $(tail -n 1 <<<"$OUTPUT")"
	equal 'DaemonSet: doctor reads the anchors' 1 "$(grep -c 'no anchor ends before' <<<"$OUTPUT")"
}

# New pods of the DaemonSet, as after an upgrade, find everything in its place.
check_again()
{
	local containerd

	containerd=$(inside systemctl show -P MainPID containerd)
	node_files >"$W/installed"
	k rollout restart -n nimgate-system daemonset/nimgate >"$W/log" 2>&1
	OUTPUT=$(k rollout status -n nimgate-system daemonset/nimgate --timeout=90s 2>&1)
	equal 'DaemonSet, again: ready' 0 $?
	OUTPUT=$(diff "$W/installed" <(node_files))
	equal 'DaemonSet, again: nothing changes' '' "$OUTPUT"
	equal 'DaemonSet, again: containerd goes on' "$containerd" "$(inside systemctl show -P MainPID containerd)"
}

check_nim()
{
	pod by-class nimgate ran
	pod by-default '' ran
	damage
	pod changed-by-class nimgate "$CHANGED"
	pod changed-by-default '' "$CHANGED"
	damage
	equal 'what ran before the gate goes on' '0 true' "$(pod_field bystander restartCount) $(pod_field bystander ready)"
}

# Without the hook no pod of the node starts, for their sandboxes come through the gate as well, and the pod of the DaemonSet is not ready.
check_broken()
{
	inside mv /usr/libexec/oci/hooks.d/nimgate-hook /usr/libexec/oci/away
	waits 'without the hook: not ready' 70 daemonset_is nimgate ''
	rm -f "$W/disk/srv/out/ran"
	pod_of without '' Never | k create -f - >"$W/log" 2>&1
	waits 'without the hook: no pod starts, and says why' 30 events_say without 'FailedCreatePodSandBox .*nimgate: refused \(config\): hook: '
	inside mv /usr/libexec/oci/away /usr/libexec/oci/hooks.d/nimgate-hook
	waits 'the hook again: the pod starts by itself' 60 test -e "$W/disk/srv/out/ran"
	waits 'the hook again: ready' 120 daemonset_is nimgate 1
	k delete pod without --now >"$W/log" 2>&1
}

# A shard that takes longer than the deadline: allocated and never written, so that it costs no disk time.
make_large()
{
	local name=model-00001-of-00003.safetensors file=$W/versions/llama-demo_v$HF/model-00001-of-00003.safetensors

	rm -f "$file" "$W/cache/$SNAPSHOT/../blobs/large"
	fallocate -l 2G "$file" || die 'no room for 2 GiB'
	ln "$file" "$W/cache/$SNAPSHOT/../blobs/large"
	ln -sf ../../blobs/large "$W/cache/$SNAPSHOT/$HF/$name"
	[ -n "${1:-}" ] || sign_version "$W/versions/llama-demo_v$HF" "$(signature_path "$HF")" leaf --hash blake2b || die "cannot sign"
	sleep 3.1
}

check_pending()
{
	local seconds

	make_large
	rm -f "$W/disk/srv/out/ran"
	pod_of llama '' OnFailure | k create -f - >"$W/log" 2>&1
	waits 'pending: refused' 30 pod_says llama 'nimgate: refused \(pending\): .*: [0-9]+ % verified, about [0-9]+ s left'
	equal 'pending: StartError' 'StartError 128' "$(pod_field llama lastState.terminated.reason) $(pod_field llama lastState.terminated.exitCode)"
	OUTPUT=$(k get pod llama -o jsonpath='{.status.containerStatuses[0].lastState.terminated.message}' 2>&1)
	equal 'pending: the line' 1 "$(grep -c 'nimgate: refused (pending): ' <<<"$OUTPUT")"
	OUTPUT=$(k get pod llama 2>&1)
	equal 'pending: as a list shows it' 1 "$(grep -cE '^llama +0/1 +(StartError|RunContainerError|CrashLoopBackOff) ' <<<"$OUTPUT")"
	seconds=$SECONDS
	waits 'pending: the kubelet tries until it is admitted' 120 test -e "$W/disk/srv/out/ran"
	seconds=$((SECONDS - seconds))
	until_true llama 20 pod_ended llama
	equal "pending: by receipts, after $seconds s" 'admit receipt' "$(decision)"
	OUTPUT=$(k logs -n nimgate-system daemonset/nimgate -c verify 2>&1)
	equal 'pending: the container verify served it' 1 "$(grep -c "$ORGANISATION:$HF: .* 0 not remembered" <<<"$OUTPUT")"
	k delete pod llama --now >"$W/log" 2>&1
}

# The same bytes in a file of which there is no receipt.
check_prefetch()
{
	make_large again
	OUTPUT=$(k apply -f - <"$MANIFESTS/prefetch.yaml" 2>&1 && k wait -n nimgate-system --for=condition=complete --timeout=90s job/nimgate-prefetch-node-1 2>&1)
	equal 'prefetch.yaml: completes' 0 $?
	OUTPUT=$(k logs -n nimgate-system job/nimgate-prefetch-node-1 2>&1)
	equal 'prefetch.yaml: what it did' 1 "$(grep -cE '^11 files, .*: 1 hashed, 10 remembered already, 0 not remembered$' <<<"$OUTPUT")"
	pod prefetched '' ran
	equal 'prefetched: by receipts' 'admit receipt' "$(decision)"
}

check_remove()
{
	pod_of resident '' Always | jq '.spec.containers[0].command = ["/bin/busybox", "sleep", "86400"]' | k create -f - >"$W/log" 2>&1
	until_true resident 60 pod_is_ready resident
	OUTPUT=$(k delete -n nimgate-system daemonset nimgate 2>&1 && k apply -f - <"$MANIFESTS/remove.yaml" 2>&1 &&
		k rollout status -n nimgate-system daemonset/nimgate-remove --timeout=90s 2>&1)
	equal 'remove.yaml: done' 0 $?
	OUTPUT=$(k delete namespace nimgate-system --timeout=90s 2>&1 && k delete runtimeclass nimgate 2>&1)
	equal 'remove.yaml: the namespace goes' 0 $?
	OUTPUT=$(k exec resident -- /bin/busybox echo inside 2>&1)
	equal 'what came through the gate: is entered' inside "$OUTPUT"
	OUTPUT=$(k delete pod resident --timeout=30s 2>&1)
	equal 'what came through the gate: is stopped' 0 $?
	equal 'remove.yaml: its program leads to the real one' /usr/sbin/runc "$(inside readlink /usr/bin/nimgate-runtime)"
	OUTPUT=$(diff "$W/before" <(node_files | grep -v ' /etc/nimgate/'))
	equal 'remove.yaml: the node is as it was' '' "$OUTPUT"
	equal 'remove.yaml: the policy stays' 0 "$(inside grep -q 'mode: enforce' /etc/nimgate/policy.yaml; echo $?)"
	damage
	pod removed '' ran
	equal 'what ran before the gate still goes on' '0 true' "$(pod_field bystander restartCount) $(pod_field bystander ready)"
}

need_root
need_programs runc crun podman conmon debootstrap busybox jq openssl nsenter "$HOOK" "$NIMGATE"
if ! why=$("$REPOSITORY/tests/kubernetes/prepare.sh" "$BUILT" 2>&1); then
	echo "skip Kubernetes: $(tail -n 1 <<<"$why")"
	exit 0
fi
work_open
trap close_all EXIT
disk_open
release_open
fixture_build
image_plain pause
images_build
lay_out
cluster_access
cluster_units
cluster_containerd
machine_start
cluster_start
images_import
[ -z "${KUBERNETES_STAY:-}" ] || { echo "$NODE_PID" >"$KUBERNETES_STAY"; sleep 86400; }
check_install
check_nim
check_again
check_broken
check_pending
check_prefetch
check_remove
[ "$failures" = 0 ]
