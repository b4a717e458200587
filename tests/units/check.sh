#!/bin/bash
# The units in systemd/: systemd understands them, rates their hardening, and the commands work under it.
#
# Without a running systemd: its own analysers read the files; then the commands run with the capabilities, the system calls and the
# read-only file systems that the units leave them, on a file system of receipts, for models of another user. As root.
set -u
. "$(dirname "$0")/../cli/lib.bash"
UNITS=$REPOSITORY/systemd
EXPOSURE=20 # tenths: the most that systemd-analyze security may say
CAPABILITIES=(dac_read_search lease setuid setgid kill)
mounts=()

close_mounts()
{
	local mount

	for mount in "${mounts[@]}"; do
		umount -l "$mount"
	done
	finish
}
trap close_mounts EXIT

# NAME COMMAND...: passes if the command does; else what it said.
passes()
{
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "status $?: $said"
	fi
}

# Whether systemd understands every line; warnings are failures, too.
understood()
{
	local said

	said=$(systemd-analyze verify --man=no "$@" 2>&1) && [ -z "$said" ] && return
	echo "$said"
	return 1
}

check_files()
{
	local unit

	mkdir "$W/units" "$W/bin"
	cp "$N" "$W/bin/nimgate"
	for unit in "$UNITS"/*.{path,timer,service}; do
		sed "s|/usr/bin/nimgate|$W/bin/nimgate|" "$unit" >"$W/units/${unit##*/}"
	done
	for unit in "$W/units"/*; do
		passes "understood: ${unit##*/}" understood "$unit"
	done
	for unit in "$W/units"/*.service; do
		passes "hardened: ${unit##*/}" systemd-analyze security --offline=true --no-pager --threshold=$EXPOSURE "$unit"
	done
	mkdir "$W/units/nimgate-verify.service.d"
	cp "$UNITS/nimgate-verify.service.d/idle.conf" "$W/units/nimgate-verify.service.d/"
	passes "understood: with idle.conf" understood "$W/units/nimgate-verify.service"
	if systemd-analyze security --offline=true --no-pager --threshold=1 "$W/units/nimgate-verify.service" >/dev/null 2>&1; then
		not_ok 'the threshold can fail' 'nothing is below 0.1'
	else
		ok 'the threshold can fail'
	fi
}

check_folders()
{
	mkdir "$W/root"
	passes 'tmpfiles.d makes the folders' systemd-tmpfiles --root="$W/root" --create "$UNITS/tmpfiles.d/nimgate.conf"
	if [ "$(stat -c %a "$W/root"/{run/nimgate,run/nimgate/requests,var/lib/nimgate/receipts} | sort -u)" = 700 ]; then
		ok "root's alone"
	else
		not_ok "root's alone" "$(ls -lR "$W/root")"
	fi
}

# The value of a setting of a unit.
setting()
{
	sed -n "s/^$2=//p" "$UNITS/$1"
}

# The system calls that the unit allows, one a line.
allowed_calls()
{
	local word

	for word in $(setting "$1" SystemCallFilter); do
		case $word in
		@*) expand_set "$word" ;;
		*) echo "$word" ;;
		esac
	done | sort -u
}

expand_set()
{
	local word

	systemd-analyze --no-pager syscall-filter "$1" | sed -n 's/^    \([@a-z].*\)/\1/p' | while read -r word; do
		case $word in
		@*) expand_set "$word" ;;
		*) echo "$word" ;;
		esac
	done
}

# restrict for the unit.
build_restrict()
{
	mkdir "$W/$1.d"
	allowed_calls "$1" | while read -r call; do
		printf '#ifdef SYS_%s\n\tSYS_%s,\n#endif\n' "$call" "$call"
	done >"$W/$1.d/allowed.h"
	compile_restrict "$1"
}

compile_restrict()
{
	gcc -O1 -Wall -Wextra -Werror -Wno-overlength-strings -D_GNU_SOURCE -I"$W/$1.d" -o "$W/$1.d/restrict" "$REPOSITORY/tests/units/restrict.c" ||
		not_ok "$1" 'restrict cannot be built'
}

# UNIT WITHOUT COMMAND...: runs nimgate as the unit would, without one more capability (may be ""), with /run and receipts of our own,
# and everything else read-only.
as_unit()
{
	local unit=$1 without=$2 kept=-all capability

	shift 2
	for capability in "${CAPABILITIES[@]}"; do
		[ "$capability" = "$without" ] || kept+=",+$capability"
	done
	unshare --mount --propagation private --net --ipc bash -c '
		work=$1 unit=$2 kept=$3
		shift 3
		mount -o bind "$work/run" /run/nimgate && mount -o bind "$work/state" /var/lib/nimgate || exit 99
		for mount in $(findmnt -rno TARGET -t ext4,xfs,btrfs,tmpfs,overlay); do
			case $mount in
			/run/nimgate | /var/lib/nimgate) ;;
			*) mount -o remount,bind,ro "$mount" 2>/dev/null ;;
			esac
		done
		exec setpriv --bounding-set="$kept" --inh-caps=-all --no-new-privs "$work/$unit.d/restrict" "$work/bin/nimgate" "$@"
	' bash "$W" "$unit" "$kept" "$@"
}

# A model of another user, whom alone its files let read, on a file system of receipts.
make_place()
{
	mkdir -p "$W/run/requests" "$W/state/receipts" "$W/disk" /run/nimgate /var/lib/nimgate
	chmod 700 "$W/run" "$W/run/requests" "$W/state/receipts"
	printf '%s\n' 'mode: enforce' "trust: {method: certificate, anchors: [$W/none.pem]}" "signatures: [$W]" 'receipts: {files: any}' \
		>"$W/policy.yaml"
	truncate -s 64M "$W/disk.image" && mkfs.ext4 -q "$W/disk.image" && mount -o loop "$W/disk.image" "$W/disk" || exit 1
	mounts+=("$W/disk")
	mkdir -m 700 "$W/disk/model"
	head -c 3000000 /dev/urandom >"$W/disk/model/weights"
	head -c 300 /dev/urandom >"$W/disk/model/config"
	chmod 600 "$W/disk/model"/*
	chown -R 1234:1234 "$W/disk/model"
}

# The request as a start would leave it.
leave_request()
{
	local device inode

	read -r device inode < <(stat -c '%d %i' "$W/disk/model")
	printf '%s\n' 'nimgate-request 1' "path $W/disk/model" 'below ' "device $device" "inode $inode" 'algorithm sha256' \
		'shard_size 0' 'bytes 3000300' "asked $(date +%s)" 'label a%20model' >"$W/run/requests/0123456789abcdef"
	chmod 600 "$W/run/requests"/*
}

# NAME WANTED COMMAND...: the command passes and says that.
says()
{
	local name=$1 wanted=$2 said

	shift 2
	said=$("$@" 2>&1)
	if [ $? = 0 ] && [[ $said == *"$wanted"* ]]; then
		ok "$name"
	else
		not_ok "$name" "wanted '$wanted', got: $said"
	fi
}

# NAME WANTED COMMAND...: the command fails and says that.
refuses()
{
	local name=$1 wanted=$2 said

	shift 2
	if said=$("$@" 2>&1); then
		not_ok "$name" "passed: $said"
	elif [[ $said == *"$wanted"* ]]; then
		ok "$name"
	else
		not_ok "$name" "wanted '$wanted', got: $said"
	fi
}

check_commands()
{
	local capability

	make_place
	build_restrict nimgate-verify.service
	build_restrict nimgate-scrub.service
	leave_request
	says 'verify: a request is served' 'a model: 2 files, 3000300 bytes: 2 hashed' \
		as_unit nimgate-verify.service '' prefetch --requests --policy "$W/policy.yaml"
	says 'verify: and gone' '' test ! -e "$W/run/requests/0123456789abcdef"
	says 'verify: remembered' '2 remembered already' as_unit nimgate-verify.service '' prefetch "$W/disk/model" --policy "$W/policy.yaml"
	says 'scrub' '2 as remembered' as_unit nimgate-scrub.service '' scrub
	says 'scrub: idle by itself' '2 as remembered' as_unit nimgate-scrub.service '' scrub --idle
	refuses 'verify: elsewhere nothing can be written' 'read-only' as_unit nimgate-verify.service '' prefetch "$W/disk/model" --receipts "$W/elsewhere"
	sed -i '/^#ifdef SYS_open_by_handle_at$/,/^#endif/d' "$W/nimgate-scrub.service.d/allowed.h"
	compile_restrict nimgate-scrub.service
	says 'scrub: needs open_by_handle_at' '0 as remembered, 0 gone or written since, 2 busy' as_unit nimgate-scrub.service '' scrub
	for capability in dac_read_search lease setuid setgid; do
		rm -f "$W/state/receipts/journal"
		if as_unit nimgate-verify.service "$capability" prefetch "$W/disk/model" --policy "$W/policy.yaml" 2>&1 | grep -q ': 2 hashed'; then
			not_ok "verify: needs $capability" 'works without'
		else
			ok "verify: needs $capability"
		fi
	done
}

# UNIT CAPABILITY...: exactly these are in the unit, and those that follow are its.
use_capabilities()
{
	local unit=$1

	shift
	CAPABILITIES=("$@")
	[ "$(setting "$unit" CapabilityBoundingSet | tr ' ' '\n' | sort)" = "$(printf 'CAP_%s\n' "${CAPABILITIES[@]^^}" | sort)" ] &&
		ok "$unit: the capabilities that are tested" || not_ok "$unit: the capabilities that are tested" "$(setting "$unit" CapabilityBoundingSet)"
	build_restrict "$unit"
}

# The numbers, and who runs past the gate: a process with a root like a NIM's stands for a container.
check_reports()
{
	local fake

	use_capabilities nimgate-metrics.service dac_read_search setuid setgid kill
	says 'metrics: a file' '' as_unit nimgate-metrics.service '' metrics --policy "$W/policy.yaml" --output /run/nimgate/nimgate.prom
	says 'metrics: readable' 'nimgate_receipts ' cat "$W/run/nimgate.prom"
	use_capabilities nimgate-audit.service sys_ptrace dac_read_search setuid setgid
	mkdir -p "$W/fake/opt/nim" "$W/fake/bin"
	cp "$(command -v busybox)" "$W/fake/bin/busybox"
	unshare --mount chroot "$W/fake" /bin/busybox sleep 600 &
	fake=$!
	sleep 0.3
	refuses 'audit: a NIM that nobody admitted' 'run past the gate' as_unit nimgate-audit.service '' audit --log "$W/none.jsonl"
	mkdir -p "$W/states/fake-nim"
	echo "{\"init_process_pid\": $fake}" >"$W/states/fake-nim/state.json"
	refuses 'audit: by the name of its state' 'fake-nim' as_unit nimgate-audit.service '' audit --log "$W/none.jsonl" --state "$W/states"
	refuses 'audit: needs setuid' 'a state in' as_unit nimgate-audit.service setuid audit --log "$W/none.jsonl" --state "$W/states"
	refuses 'audit: needs sys_ptrace' 'process ' as_unit nimgate-audit.service sys_ptrace audit --log "$W/none.jsonl"
	kill "$fake"
	wait "$fake" 2>/dev/null
}

# Whether journalctl understands the catalog, and it has every message that is sent.
check_catalog()
{
	local id

	mkdir -p "$W/catalog/usr/lib/systemd/catalog" "$W/catalog/var/lib/systemd/catalog"
	cp "$UNITS/nimgate.catalog" "$W/catalog/usr/lib/systemd/catalog/"
	passes 'catalog: understood' journalctl --root="$W/catalog" --update-catalog
	for id in $(sed -n 's/^#define DECISION_RECORD_.*"\([0-9a-f]*\)".*/\1/p' "$REPOSITORY/lib/gate/decision_record.h"); do
		says "catalog: $id" 'Subject: A NIM container' journalctl --root="$W/catalog" --dump-catalog "$id"
	done
}

# What the unit says is what is tested here. RestrictSUIDSGID= takes openat2 away (ENOSYS), as no list of system calls shows.
check_same()
{
	local unit wanted

	wanted=$(printf 'CAP_%s\n' "${CAPABILITIES[@]^^}" | sort)
	for unit in nimgate-verify.service nimgate-scrub.service; do
		[ -z "$(setting "$unit" RestrictSUIDSGID)" ] && ok "$unit: leaves openat2" || not_ok "$unit: leaves openat2" 'RestrictSUIDSGID'
		[ "$(setting "$unit" CapabilityBoundingSet | tr ' ' '\n' | sort)" = "$wanted" ] &&
			ok "$unit: the capabilities that are tested" || not_ok "$unit: the capabilities that are tested" "$(setting "$unit" CapabilityBoundingSet)"
	done
}

[ "$(id -u)" = 0 ] || { echo "skip units: needs root"; exit 0; }
for program in systemd-analyze systemd-tmpfiles setpriv mkfs.ext4 gcc; do
	command -v "$program" >/dev/null || { echo "not ok units: needs $program: tests/deps.sh units"; exit 1; }
done
check_files
check_folders
check_same
check_commands
check_reports
check_catalog
end
