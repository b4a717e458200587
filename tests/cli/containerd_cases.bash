# Configurations of containerd's, and what nimgate engine enable does about each: "drop-in", "within" (config.toml), "nothing", or "refuses" and
# the words. Sourced: tests/cli/engine_containerd.sh has doctor judge them, tests/engines/engine_cri.sh containerd itself.
# shellcheck shell=bash disable=SC2034 # read by those who source it
SECTION='plugins."io.containerd.grpc.v1.cri"'
SECTION_TWO="plugins.'io.containerd.cri.v1.runtime'"

# NAME WAY CONFIG [DROP-IN]: calls containerd_case with each. An empty CONFIG: no file. DROP-IN: another file in conf.d.
containerd_cases()
{
	containerd_case 'no file' drop-in ''
	containerd_case 'other settings' drop-in $'version = 2\nroot = "/data"\n\n[grpc]\n  uid = 0\n'
	containerd_case 'comments alone' drop-in $'# Our machines\n#root = "/data"\n'
	containerd_case 'an empty list of imports' drop-in $'version = 2\nimports = [] # none\nroot = "/data"\n'
	containerd_case 'an empty list over two lines' 'refuses imports is over several lines' $'version = 2\nimports = [\n]\nroot = "/data"\n'
	containerd_case 'imports with ours' drop-in $'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n'
	containerd_case 'imports with ours, and another drop-in' drop-in $'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n' \
		$'version = 2\n[grpc]\n  uid = 0\n'
	containerd_case 'as Debian ships it' within $'version = 2\n\n[plugins]\n  ['"$SECTION"$']\n    ['"$SECTION"$'.cni]\n      bin_dir = "/usr/lib/cni"\n      conf_dir = "/etc/cni/net.d"\n  [plugins."io.containerd.internal.v1.opt"]\n    path = "/var/lib/containerd"\n'
	containerd_case 'no line feed at the end' within $'version = 2\n['"$SECTION"$']\n  sandbox_image = "x:1"'
	containerd_case 'a table for containerd' within $'version = 2\n['"$SECTION"$'.containerd]\n  snapshotter = "native" # ours\n'
	containerd_case 'as kubeadm has it' within $'version = 2\n['"$SECTION"$'.containerd]\n  default_runtime_name = "runc" # for now\n  snapshotter = "native"\n  ['"$SECTION"$'.containerd.default_runtime]\n    runtime_type = ""\n  ['"$SECTION"$'.containerd.runtimes.runc]\n    runtime_type = "io.containerd.runc.v2"\n    privileged_without_host_devices = true\n    ['"$SECTION"$'.containerd.runtimes.runc.options]\n      BinaryName = ""\n      SystemdCgroup = true\n[grpc]\n  uid = 0\n'
	containerd_case 'CRI is off' nothing $'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
	containerd_case 'CRI is off, in the words of version 1' nothing $'disabled_plugins = ["cri"]\n'
	containerd_case 'version 1' 'refuses says neither version = 2 nor version = 3' $'root = "/data"\n'
	containerd_case 'another drop-in with CRI' "refuses conf.d/zz.toml': containerd 1.6 and 1.7 take all of CRI from that file alone" \
		$'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n' $'version = 2\n['"$SECTION"$']\n  sandbox_image = "x:1"\n'
	containerd_case 'other imports' 'refuses has other imports: add' $'version = 2\nimports = ["/etc/containerd/other/*.toml"]\n'
	containerd_case 'drop-ins that nobody reads' 'refuses has files that containerd does not read, and would' $'version = 2\n' $'version = 2\n[grpc]\n  uid = 0\n'
	containerd_case 'another default' "refuses config.toml': default_runtime_name is 'nvidia'" \
		$'version = 2\n['"$SECTION"$'.containerd]\n  default_runtime_name = "nvidia"\n['"$SECTION"$'.containerd.runtimes.nvidia]\n  runtime_type = "io.containerd.runc.v2"\n'
	containerd_case 'a program of its own' 'refuses the handler runc has a program' \
		$'version = 2\n['"$SECTION"$'.containerd.runtimes.runc]\n  runtime_type = "io.containerd.runc.v2"\n['"$SECTION"$'.containerd.runtimes.runc.options]\n  BinaryName = "/usr/bin/crun"\n'
	containerd_case 'a handler of our name' 'refuses has a handler nimgate, which is not the default' \
		$'version = 2\n['"$SECTION"$'.containerd.runtimes.nimgate]\n  runtime_type = "io.containerd.runc.v2"\n'
	containerd_case 'the default_runtime of containerd 1' 'refuses in a form that is not looked into' \
		$'version = 2\n['"$SECTION"$'.containerd.default_runtime]\n  runtime_type = "io.containerd.runc.v2"\n'
	containerd_case 'a dotted key' 'refuses in a form that is not looked into' $'version = 2\n['"$SECTION"$']\n  containerd.snapshotter = "native"\n'
	containerd_case 'a table in a line' 'refuses in a form that is not looked into' \
		$'version = 2\n['"$SECTION"$'.containerd.runtimes.runc]\n  runtime_type = "io.containerd.runc.v2"\n  options = { SystemdCgroup = true }\n'
	containerd_case 'all plugins in a line' 'refuses in a form that is not looked into' $'version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { sandbox_image = "x:1" } }\n'
	containerd_case 'a text of several lines' 'refuses in a form that is not looked into' $'version = 2\nroot = """\n/data"""\n'
}
