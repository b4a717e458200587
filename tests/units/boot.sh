#!/bin/bash
# The units under a systemd that really runs: a second one, in namespaces of its own, on a copy of this root that vanishes, with nothing to
# start but what is asked for. What no analyser tells shows here: RestrictSUIDSGID=, for one, takes openat2 away. As root.
#
#   tests/units/boot.sh            runs the test
#   tests/units/boot.sh --init W   becomes that systemd, in its namespaces, with the work folder W
set -u

# The root: this one's files below, all changes in memory; no unit of this machine, no generator.
make_root()
{
	local root=$1/root device

	mkdir "$1/memory" "$root"
	mount -t tmpfs none "$1/memory" && mkdir "$1/memory/upper" "$1/memory/work" || exit 1
	mount -t overlay -o "lowerdir=/,upperdir=$1/memory/upper,workdir=$1/memory/work" none "$root" || exit 1
	mount -t proc proc "$root/proc" && mount -t sysfs -o ro sysfs "$root/sys" && mount -t tmpfs none "$root/run" &&
		mount -t tmpfs none "$root/tmp" && mount -t cgroup2 none "$root/sys/fs/cgroup" && mount -t tmpfs -o mode=755 none "$root/dev" || exit 1
	for device in null zero full random urandom tty; do
		: >"$root/dev/$device"
		mount --bind "/dev/$device" "$root/dev/$device" || exit 1
	done
	mkdir "$root/dev/pts" "$root/dev/shm"
	mknod "$root/dev/ptmx" c 5 2
	ln -s /proc/self/fd "$root/dev/fd"
	# Inside, where no link can lead out.
	chroot "$root" sh -c 'rm -rf /etc/systemd/system/* /usr/lib/systemd/system/*.wants /lib/systemd/system/*.wants \
		/usr/lib/systemd/system-generators' || exit 1
	mkdir -p "$root/etc/systemd/system" "$root/disk" "$root/etc/nimgate" "$root/var/lib/nimgate"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
}

# The units as they are, but that their words go to a file; and what they need.
install_units()
{
	local root=$1/root service

	cp "$REPOSITORY"/systemd/*.{path,service,timer} "$root/etc/systemd/system/"
	cp "$N" "${N%/*}/nimgate-hook" "$root/usr/bin/"
	mkdir "$root/etc/systemd/system/nimgate-audit.service.d"
	printf '%s\n' '[Unit]' 'OnFailure=tell-somebody@%n.service' >"$root/etc/systemd/system/nimgate-audit.service.d/tell.conf"
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' 'Type=oneshot' "ExecStart=/bin/sh -c 'echo %i >>/tmp/told'" \
		>"$root/etc/systemd/system/tell-somebody@.service"
	cp "$REPOSITORY/systemd/nimgate.catalog" "$root/usr/lib/systemd/catalog/"
	mkdir -p "$root/usr/libexec/oci/hooks.d" "$root/etc/tmpfiles.d"
	cp "$HOOK" "$root/usr/libexec/oci/hooks.d/nimgate-hook"
	cp "${HOOK%-hook}-runtime" "$root/usr/bin/nimgate-runtime"
	cp "$REPOSITORY/systemd/tmpfiles.d/nimgate.conf" "$root/etc/tmpfiles.d/"
	cp "$REPOSITORY/systemd/sysusers.d/nimgate-fetch.conf" "$root/usr/lib/sysusers.d/"
	for service in nimgate-verify nimgate-scrub nimgate-metrics nimgate-audit; do
		mkdir -p "$root/etc/systemd/system/$service.service.d"
		printf '%s\n' '[Service]' 'StandardOutput=append:/tmp/said' 'StandardError=append:/tmp/said' \
			>"$root/etc/systemd/system/$service.service.d/test.conf"
	done
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' >"$root/etc/systemd/system/nothing.target"
	printf '%s\n' 'mode: enforce' 'trust: {method: certificate, anchors: [/none.pem]}' 'signatures: [/disk]' 'receipts: {files: any}' 'log: /var/log/nimgate-decisions.jsonl' \
		>"$root/etc/nimgate/policy.yaml"
	mkdir -p "$root/var/lib/prometheus/node-exporter" "$root/opt/fake/opt/nim" "$root/opt/fake/bin"
	rm -rf "$root/var/lib/nimgate"/*
	cp "$(command -v busybox)" "$root/opt/fake/bin/"
	mount -o loop "$1/disk.image" "$root/disk" || exit 1
}

if [ "${1:-}" = --init ] && [ $$ = 1 ]; then
	REPOSITORY=$3 N=$4 HOOK=${4%/*}/nimgate-hook
	make_root "$2"
	install_units "$2"
	exec chroot "$2/root" env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/lib/systemd/systemd --system --unit=nothing.target --log-target=null --show-status=no
fi

[ "$(id -u)" = 0 ] || { echo "skip units: boots systemd, which needs root"; exit 0; }
. "$(dirname "$0")/../cli/lib.bash"
GROUP='' OUTER='' INIT=''
trap end_boot EXIT

end_boot()
{
	[ -z "$INIT" ] || kill -KILL "$INIT"
	[ -z "$OUTER" ] || wait "$OUTER" 2>/dev/null
	if [ -n "$GROUP" ]; then
		sleep 0.2
		find "$GROUP" -depth -type d -exec rmdir {} + 2>/dev/null
		umount -l "$W/groups"
	fi
	finish
}

# A command inside.
inside()
{
	nsenter -t "$INIT" -m -p -u -i -n -C chroot "$W/root" "$@"
}

make_model()
{
	truncate -s 64M "$W/disk.image" && mkfs.ext4 -q "$W/disk.image" && mkdir "$W/disk" && mount -o loop "$W/disk.image" "$W/disk" || exit 1
	mkdir -m 700 "$W/disk/model" "$W/disk/large"
	head -c 3000000 /dev/urandom >"$W/disk/model/weights"
	head -c 300 /dev/urandom >"$W/disk/model/config"
	for ((i = 1; i <= 20; i++)); do
		truncate -s "$((i * 50))M" "$W/disk/large/$i"
	done
	chmod 600 "$W/disk"/*/*
	chown -R 1234:1234 "$W/disk/model"
	umount "$W/disk"
}

# In a control group of its own, below which the inner systemd makes its own.
boot()
{
	mkdir "$W/groups"
	mount -t cgroup2 none "$W/groups" && GROUP=$W/groups/nimgate-test-$$ && mkdir "$GROUP" || exit 1
	bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' bash "$GROUP" \
		unshare --mount --pid --fork --cgroup --uts --ipc --net --propagation private \
		"$REPOSITORY/tests/units/boot.sh" --init "$W" "$REPOSITORY" "$N" >"$W/boot.log" 2>&1 &
	OUTER=$!
	for ((i = 0; i < 100; i++)); do
		sleep 0.1
		INIT=$(pgrep -P $OUTER)
		[ -n "$INIT" ] && [ "$(cat "/proc/$INIT/comm" 2>/dev/null)" = systemd ] &&
			[ "$(inside systemctl is-system-running 2>/dev/null)" = running ] && return 0
	done
	not_ok 'systemd starts' "$(cat "$W/boot.log")"
	exit 1
}

# MODEL LABEL: a request as a start leaves it.
leave_request()
{
	inside bash -c 'read -r device inode < <(stat -c "%d %i" "$1")
		printf "%s\n" "nimgate-request 1" "path $1" "below " "device $device" "inode $inode" "algorithm sha256" "shard_size 0" \
			"bytes 1" "asked $(date +%s)" "label $2" >/run/nimgate/requests/.new
		chmod 600 /run/nimgate/requests/.new
		mv /run/nimgate/requests/.new "/run/nimgate/requests/$(printf %016x $RANDOM)"' bash "$1" "$2"
}

# TEXT SECONDS: waits until the units have said that.
await()
{
	for ((i = 0; i < $2 * 10; i++)); do
		inside grep -qF "$1" /tmp/said 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# NAME COMMAND...
passes()
{
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "$said; $(inside cat /tmp/said); $(inside systemctl status --no-pager nimgate-verify.service)"
	fi
}

is_empty()
{
	[ -z "$(inside ls /run/nimgate/requests)" ]
}

is_active()
{
	[ "$(inside systemctl is-active nimgate-verify.path)" = active ]
}

has_status()
{
	[[ $(inside systemctl show -p StatusText nimgate-verify.service) == StatusText=large:*%* ]]
}

check_verify()
{
	passes 'the path is watched' inside systemctl start nimgate-verify.path
	passes 'its folder is made' inside test -d /run/nimgate/requests
	leave_request /disk/model first
	passes 'a request is served' await 'first: 2 files, 3000300 bytes: 2 hashed' 10
	passes 'and removed' is_empty
	for ((n = 1; n <= 8; n++)); do
		leave_request /disk/model "again$n"
		await "again$n: 2 files, 3000300 bytes: 0 hashed, 2 remembered" 5 || break
	done
	passes 'so are many, one after another' test "$n" = 9
	passes 'the path is still watched' is_active
}

check_stop()
{
	leave_request /disk/large large
	for ((i = 0; i < 100; i++)); do
		has_status && [ "$(inside nimgate receipt list | grep -c large/)" -gt 0 ] && break
		sleep 0.1
	done
	passes 'its status has a percentage' has_status
	inside systemctl stop nimgate-verify.path nimgate-verify.service
	passes 'stopped in the midst: no failure' test "$(inside systemctl show -p Result nimgate-verify.service)" = Result=success
	passes 'the request waits' inside bash -c 'ls /run/nimgate/requests/*'
	passes 'what was finished is remembered' test "$(inside nimgate receipt list | grep -c large/)" -gt 0
}

check_scrub()
{
	passes 'scrub' inside systemctl start nimgate-scrub.service
	passes 'reads again' await 'as remembered, 0 gone or written since, 0 busy, 0 not mounted, 0 unreadable, 0 wrong' 1
	passes 'weekly' inside systemctl start nimgate-scrub.timer
}

# The numbers; and a process with a root like a NIM's, which nobody admitted.
check_reports()
{
	passes 'metrics' inside systemctl start nimgate-metrics.service
	passes 'metrics: their file' inside grep -qxF 'nimgate_enforces 1' /var/lib/prometheus/node-exporter/nimgate.prom
	passes 'metrics: receipts are counted' inside grep -qE '^nimgate_receipts [1-9]' /var/lib/prometheus/node-exporter/nimgate.prom
	passes 'metrics: every minute' inside systemctl start nimgate-metrics.timer
	passes 'audit: nothing runs' inside systemctl start nimgate-audit.service
	passes 'journald runs' inside systemctl start systemd-journald.socket systemd-journald.service
	inside unshare --mount --root=/opt/fake /bin/busybox sleep 6 &
	sleep 0.5
	if inside systemctl start nimgate-audit.service 2>/dev/null; then
		not_ok 'audit: fails' "$(inside cat /tmp/said)"
	else
		ok 'audit: fails'
	fi
	passes 'audit: says why' await '1 of 1 NIM containers run past the gate' 1
	for ((i = 0; i < 30; i++)); do
		! inside test -e /tmp/told || break
		sleep 0.1
	done
	passes 'audit: somebody is told' inside grep -qx 'nimgate-audit.service' /tmp/told
	passes 'audit: for the metrics' inside systemctl start nimgate-metrics.service
	passes 'metrics: the alert' inside grep -qxF 'nimgate_audit_alerts 1' /var/lib/prometheus/node-exporter/nimgate.prom
	passes 'metrics: when' inside grep -qE '^nimgate_audit_timestamp_seconds [1-9]' /var/lib/prometheus/node-exporter/nimgate.prom
	wait $!
	for ((i = 0; i < 30; i++)); do
		[ -z "$(inside journalctl --no-pager --quiet MESSAGE_ID=075a9429897f410f85af6c45eda3e071 SYSLOG_IDENTIFIER=nimgate-audit)" ] || break
		sleep 0.1
	done
	passes 'journald: an alert, explained' inside bash -c '
		journalctl --update-catalog && journalctl --no-pager -x PRIORITY=3 NIMGATE_ENGINE=unknown |
			grep -F "Subject: A NIM container runs past the gate"'
	passes 'audit: every five minutes' inside systemctl start nimgate-audit.timer
}

# WORDS COMMAND: a command as the pages have it; it says WORDS.
shown()
{
	local said

	# shellcheck disable=SC2015 # ok does not fail
	said=$(inside bash -c "$2" 2>&1 </dev/null) && [[ $said == *"$1"* ]] && ok "shown: $2" || not_ok "shown: $2" "wanted '$1', got: $said"
}

# What docs/ tells people to type where systemd runs.
check_shown()
{
	local i

	shown '' 'systemd-tmpfiles --create /etc/tmpfiles.d/nimgate.conf'
	shown '' 'systemctl enable --now nimgate-verify.path nimgate-scrub.timer'
	passes 'the path is active' is_active
	shown 'Active: active (' 'systemctl status nimgate-verify.path'
	shown '' 'systemd-sysusers && systemctl enable --now nimgate-fetch.timer'
	shown '' 'systemctl enable --now nimgate-fetch.timer'
	passes 'its user' inside grep -q '^nimgate-fetch:' /etc/passwd
	shown 'ExecStart=/usr/bin/nimgate prefetch --requests' 'systemctl cat nimgate-verify.service'
	# A start that is refused: its process is gone.
	inside bash -c 'echo "{\"ociVersion\": \"1.0.2\", \"id\": \"3f6c\", \"status\": \"created\", \"pid\": 99999, \"bundle\": \"/nowhere\"}" |
		/usr/libexec/oci/hooks.d/nimgate-hook createRuntime' 2>"$W/refused"
	for ((i = 0; i < 30; i++)); do
		[ -z "$(inside journalctl --no-pager --quiet CONTAINER_ID=3f6c)" ] || break
		sleep 0.1
	done
	shown 'refused' 'journalctl MESSAGE_ID=400dd860e2fd47d49627cbdefa46bb3e'
	shown 'Subject: ' 'journalctl -x -t nimgate-hook CONTAINER_ID=3f6c'
}

# Engines under their own units: what nimgate engine says has to be restarted, and whether it counts then. Inside, where no network is to be had.
check_restarts()
{
	command -v dockerd containerd >/dev/null || { echo 'skip restarts: no dockerd and containerd: tests/deps.sh units'; return; }
	inside bash -c 'rm -rf /etc/docker /etc/containerd && mkdir -p /etc/docker /run/lock
		echo "{\"bridge\": \"none\", \"iptables\": false, \"ip6tables\": false, \"ip-forward\": false, \"storage-driver\": \"vfs\"}" >/etc/docker/daemon.json
		nimgate engine enable docker containerd --apply' >"$W/enabled" 2>&1 ||
		not_ok 'engines are told' "$(cat "$W/enabled")"
	shown '' 'systemctl restart containerd'
	shown '' 'systemctl restart docker'
	passes 'docker: counts after the restart' test "$(inside docker info --format '{{.DefaultRuntime}}' 2>&1)" = nimgate
	passes 'containerd: counts after the restart' inside bash -c 'containerd config dump | grep -q "default_runtime_name = \"nimgate\"" && ctr version >/dev/null'
	inside systemctl stop docker.service docker.socket containerd.service
}

# entries ID FIELD: of the journal's entries about that container, how many have the field.
entries()
{
	inside journalctl --no-pager --quiet -o export "CONTAINER_ID=$1" | grep -acxF -- "$2"
}

# The hook's entries in a real journal, many at once, and with ids and states that try to be more than a value.
check_journal()
{
	local hostile long

	inside bash -c 'for ((i = 0; i < 8; i++)); do
		printf "{\"ociVersion\":\"1.0.2\",\"id\":\"journal-$i\",\"status\":\"creating\",\"pid\":2,\"bundle\":\"/none\"}" |
			nimgate-hook createRuntime >/dev/null 2>&1 &
	done; wait'
	hostile='x\nNIMGATE_VERDICT=admit\u0001\u001b[2J\u202e'
	long=$(printf 'y%.0s' {1..66000})
	for id in "$hostile" "$long"; do
		printf '{"ociVersion":"1.0.2","id":"%s","status":"creating","pid":2,"bundle":"/none"}' "$id" | inside nimgate-hook createRuntime >/dev/null 2>&1
	done
	for ((i = 0; i < 50; i++)); do
		[ "$(inside journalctl --no-pager --quiet -o cat -t nimgate-hook | wc -l)" -lt 10 ] || break
		sleep 0.1
	done
	passes 'journal: one entry for each decision' test "$(inside journalctl --no-pager --quiet -o cat -t nimgate-hook | wc -l)" = 10
	for ((i = 0; i < 8; i++)); do
		[ "$(entries "journal-$i" NIMGATE_VERDICT=refuse)$(entries "journal-$i" MESSAGE_ID=400dd860e2fd47d49627cbdefa46bb3e)$(
			entries "journal-$i" NIMGATE_REASON=unseen)$(entries "journal-$i" NIMGATE_BUNDLE=/none)" = 1111 ] || break
	done
	passes 'journal: each about one container' test "$i" = 8
	passes 'journal: no field of anybody else' test "$(inside journalctl --no-pager --quiet -o cat NIMGATE_VERDICT=admit | wc -l)" = 0
	passes 'journal: nothing but text' test "$(inside journalctl --no-pager --quiet -o export -t nimgate-hook | LC_ALL=C grep -acP '[^\x20-\x7e]')" = 0
	passes 'journal: explained' inside bash -c 'journalctl --no-pager -x CONTAINER_ID=journal-1 | grep -F "The reason is unseen"'
}

for program in /lib/systemd/systemd mkfs.ext4 nsenter pgrep; do
	command -v "$program" >/dev/null || { echo "not ok units: needs $program: tests/deps.sh units"; exit 1; }
done
make_model
boot
check_verify
check_stop
check_scrub
check_reports
check_journal
check_shown
check_restarts
end
