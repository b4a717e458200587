# A cluster of one node: etcd, the control plane, containerd and a kubelet as units of the node's systemd. Its files are laid into the
# layer above the node's root before it starts. Sourced by kubernetes.sh, after machine.sh.
# shellcheck shell=bash
NODE_ADDRESS=10.11.0.1
TOKEN=nimgate-test

# NAME COMMAND: a unit that is started by hand.
unit()
{
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' "ExecStart=$2" 'Delegate=yes' 'KillMode=process' 'LimitNOFILE=65536' \
		"StandardOutput=append:/var/log/$1.log" "StandardError=append:/var/log/$1.log" >"$W/upper/etc/systemd/system/$1.service"
}

# One secret for all: nobody else is in this network.
cluster_access()
{
	local place=$W/upper/etc/kubernetes

	mkdir -p "$place"
	echo "$TOKEN,test,test,system:masters" >"$place/tokens"
	openssl genrsa -out "$place/accounts.key" 2048 2>/dev/null
	cat >"$place/config" <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: test, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
		users: [{name: test, user: {token: $TOKEN}}]
		contexts: [{name: test, context: {cluster: test, user: test}}]
		current-context: test
	END
	cat >"$place/kubelet.yaml" <<-END
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		cgroupDriver: cgroupfs
		authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
		authorization: {mode: AlwaysAllow}
		failSwapOn: false
		resolvConf: ""
		clusterDNS: [10.96.0.10]
		evictionHard: {memory.available: "1Mi", nodefs.available: "1%", imagefs.available: "1%"}
		imageGCHighThresholdPercent: 100
	END
}

cluster_units()
{
	local bin=/opt/kubernetes config='--kubeconfig=/etc/kubernetes/config'

	mkdir -p "$W/upper/etc/systemd/system"
	unit etcd '/usr/bin/etcd --data-dir=/run/etcd --unsafe-no-fsync'
	unit kube-apiserver "$bin/kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=127.0.0.1 --advertise-address=$NODE_ADDRESS \
		--cert-dir=/run/kube-apiserver --service-cluster-ip-range=10.96.0.0/24 --token-auth-file=/etc/kubernetes/tokens --authorization-mode=RBAC \
		--allow-privileged=true --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=/etc/kubernetes/accounts.key \
		--service-account-signing-key-file=/etc/kubernetes/accounts.key"
	unit kube-controller-manager "$bin/kube-controller-manager $config --leader-elect=false --service-account-private-key-file=/etc/kubernetes/accounts.key"
	unit kube-scheduler "$bin/kube-scheduler $config --leader-elect=false"
	unit kubelet "$bin/kubelet $config --config=/etc/kubernetes/kubelet.yaml --container-runtime=remote --hostname-override=node-1 --node-ip=$NODE_ADDRESS \
		--container-runtime-endpoint=unix:///run/containerd/containerd.sock --root-dir=/var/lib/kubelet"
}

# As the installers of Kubernetes leave it: a section for CRI of its own, with the handler runc. The last two are for a machine without
# AppArmor and CAP_SYS_RESOURCE.
cluster_containerd()
{
	mkdir -p "$W/upper/etc/containerd" "$W/upper/etc/cni/net.d"
	cat >"$W/upper/etc/containerd/config.toml" <<-END
		version = 2

		[plugins]
		  [plugins."io.containerd.grpc.v1.cri"]
		    sandbox_image = "$PAUSE_NAME"
		    restrict_oom_score_adj = true
		    disable_apparmor = true
		    [plugins."io.containerd.grpc.v1.cri".cni]
		      bin_dir = "/usr/lib/cni"
		    [plugins."io.containerd.grpc.v1.cri".containerd]
		      default_runtime_name = "runc"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes]
		        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		          runtime_type = "io.containerd.runc.v2"
		          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		            SystemdCgroup = false
	END
	cat >"$W/upper/etc/cni/net.d/10-test.conflist" <<-END
		{"cniVersion": "0.4.0", "name": "test", "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": true,
			"ipam": {"type": "host-local", "ranges": [[{"subnet": "10.12.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
	END
}

k()
{
	inside /opt/kubernetes/kubectl --kubeconfig /etc/kubernetes/config "$@"
}

# NAME SECONDS COMMAND...: waits until it succeeds.
until_true()
{
	local name=$1 tries=$(($2 * 5))

	shift 2
	for (( ; tries > 0; tries--)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	die "$name: $("$@" 2>&1 | tail -n 3)"
}

cluster_start()
{
	inside ip link add node0 type veth peer name node1
	inside ip addr add $NODE_ADDRESS/24 dev node0
	inside ip link set node0 up
	inside ip route add default via 10.11.0.254
	inside systemctl start etcd containerd
	inside systemctl start kube-apiserver
	until_true 'the API server' 60 k get namespace default
	inside systemctl start kube-controller-manager kube-scheduler kubelet
	until_true 'the node' 90 sh -c "$(declare -f inside k); NODE_PID=$NODE_PID; k get node node-1 -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].status}' | grep -qx True"
	until_true 'accounts' 60 k get serviceaccount default
}
