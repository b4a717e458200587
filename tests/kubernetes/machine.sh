# A node: a systemd of its own in namespaces of its own, with a network that nobody else is in and control groups below one folder of each
# hierarchy. Sourced by kubernetes.sh, after engines/lib.sh.
# shellcheck shell=bash
GROUP=nimgate-node-$$
NODE='' NODE_PID=''

# The hierarchies of release 1 that the kubelet of this test needs.
machine_hierarchies()
{
	awk -F '[ ,]' '$3 == "cgroup" { sub(".*/", "", $2); print $2 }' /proc/mounts
}

machine_group()
{
	local name folder

	while read -r name; do
		folder=/sys/fs/cgroup/$name/$GROUP
		mkdir "$folder" || die "no control group in $name"
		[ "$name" != cpuset ] || {
			cat "$folder/../cpuset.cpus" >"$folder/cpuset.cpus" && cat "$folder/../cpuset.mems" >"$folder/cpuset.mems"
		}
	done <"$W/hierarchies"
}

# In a node: a command with the node's root, processes, network and control groups.
inside()
{
	nsenter -t "$NODE_PID" -m -p -u -i -n -C "$@"
}

machine_start()
{
	local tries

	machine_hierarchies >"$W/hierarchies"
	machine_group
	# shellcheck disable=SC2016 # the inner shell expands it
	bash -c 'while read -r name; do echo $$ >"/sys/fs/cgroup/$name/$1/cgroup.procs" || exit 1; done <"$2" && shift 2 && exec "$@"' bash "$GROUP" "$W/hierarchies" \
		unshare --mount --pid --fork --cgroup --uts --ipc --net --propagation private \
		"$REPOSITORY/tests/kubernetes/machine_init.sh" "$W" "$BUILT" >"$W/machine.log" 2>&1 &
	NODE=$!
	for ((tries = 0; tries < 200; tries++)); do
		sleep 0.1
		NODE_PID=$(pgrep -P $NODE)
		[ -n "$NODE_PID" ] && [ "$(cat "/proc/$NODE_PID/comm" 2>/dev/null)" = systemd ] &&
			[ "$(inside systemctl is-system-running 2>/dev/null)" = running ] && return 0
	done
	die "the node does not start: $(cat "$W/machine.log")"
}

# The first process of the node takes all others with it.
machine_stop()
{
	local name

	[ -z "$NODE_PID" ] || kill -KILL "$NODE_PID"
	[ -z "$NODE" ] || wait "$NODE" 2>/dev/null
	[ -n "$NODE" ] || return 0
	sleep 0.3
	while read -r name; do
		find "/sys/fs/cgroup/$name/$GROUP" -depth -type d -exec rmdir {} + 2>/dev/null
	done <"$W/hierarchies"
}
