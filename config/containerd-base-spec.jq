# Adds the hook to containerd's default specification, for base_runtime_spec:
#   ctr oci spec | jq -f containerd-base-spec.jq >/etc/containerd/nimgate-base.json
.hooks.createRuntime += [{
  path: "/usr/libexec/oci/hooks.d/nimgate-hook",
  args: ["nimgate-hook", "createRuntime"],
  env: ["PATH=/usr/sbin:/usr/bin"],
  timeout: 110
}]
