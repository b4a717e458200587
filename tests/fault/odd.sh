#!/bin/bash
# Starts where an engine, a co-tenant or the machine leaves the hook little: tiny limits, no descriptors, no /proc, odd variables, capabilities
# and signals. Each ends as the table says, in one line; with a flipped byte none is admitted, and no process stays behind. In processes of its
# own, whose settings (vm.memfd_noexec) are its own, too.
#
#   tests/fault/odd.sh
# shellcheck disable=SC2016,SC2034 # the inner shells expand these; the sourced files read the settings
if [ "$(id -u)" = 0 ] && [ -z "${FAULT_ALONE:-}" ]; then
	FAULT_ALONE=1 exec unshare --mount --propagation private --pid --fork --mount-proc --kill-child "$0" "$@"
fi
. "$(dirname "$0")/held.bash"

# Runs the hook behind the command of the row. STATUS, and one line at most in W/run.out.
run()
{
	timeout -k 1 30 "$@" "$HOOK" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	unview
}

# Whether all processes of the hook end: without CAP_KILL they do so by themselves, a moment later.
ended()
{
	local tries

	for ((tries = 0; tries < 100; tries++)); do
		[ -n "$(find /proc -maxdepth 2 -name exe -lname "$HOOK" 2>/dev/null)" ] || return 0
		sleep 0.02
	done
	return 1
}

# odd NAME VERDICT COMMAND...: VERDICT is "admitted", or the reason of the refusal.
odd()
{
	local wanted=0 before=$failures

	NAME="odd: $1"
	[ "$2" = admitted ] || wanted=$(status_of "$2")
	run "${@:3}"
	[ $STATUS = "$wanted" ] || wrong "wanted $2, got status $STATUS"
	[ "$(wc -l <"$W/run.out")" -le 1 ] || wrong "more than a line"
	spoil
	run "${@:3}"
	[ $STATUS != 0 ] || wrong "a flipped byte is admitted"
	[ $STATUS != 124 ] || wrong "it hangs"
	mend
	ended || wrong "a process stays behind"
	[ "$failures" != "$before" ] || ok "$NAME: $(sed -nE 's/^nimgate: refused \([a-z-]+\): //p' "$W/run.out" | cut -c 1-80)"
}

# As the command, with a number of other processes as nobody.
crowd()
{
	local i pids=()

	for ((i = 0; i < 100; i++)); do
		setpriv --reuid=65534 --regid=65534 --clear-groups sleep 100 >/dev/null 2>&1 &
		pids+=($!)
	done
	"$@"
	kill "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null
}

held_open prlimit setpriv setarch unshare
POLICY=$W/policy.yaml
odd "nothing" admitted env
odd "no file may grow" internal prlimit --fsize=0
odd "three descriptors" internal prlimit --nofile=3:3
odd "eight descriptors" unseen prlimit --nofile=8:8
odd "sixteen descriptors" io prlimit --nofile=16:16
odd "two dozen descriptors" admitted prlimit --nofile=24:24
odd "8 MiB of addresses" internal prlimit --as=8388608
odd "1 MiB of data" internal prlimit --data=1048576
odd "nothing locked or queued" admitted prlimit --memlock=0:0 --locks=0:0 --sigpending=0:0 --msgqueue=0:0
odd "no process more" admitted prlimit --nproc=0:
crowd odd "a co-tenant has all processes of nobody" admitted prlimit --nproc=50:
odd "no /proc" unseen unshare --mount sh -c 'umount -l /proc; exec "$@"' sh
odd "/proc of somebody" unseen unshare --mount sh -c 'mount -t tmpfs none /proc; exec "$@"' sh
odd "no /dev" admitted unshare --mount sh -c 'mount -t tmpfs none /dev; exec "$@"' sh
odd "closed output" admitted sh -c 'exec "$@" >&- 2>&-' sh
odd "full output" admitted sh -c 'exec "$@" >/dev/full 2>&1' sh
odd "closed input" config sh -c 'exec "$@" <&-' sh
odd "a folder for input" io sh -c 'exec "$@" </' sh
odd "endless input" unseen sh -c 'exec "$@" </dev/zero' sh
for level in 1 2; do
	if echo $level 2>/dev/null >/proc/sys/vm/memfd_noexec; then
		odd "vm.memfd_noexec is $level" admitted env
	fi
done
odd "variables of libraries" admitted env GLIBC_TUNABLES=glibc.malloc.check=3:glibc.malloc.perturb=165 MALLOC_PERTURB_=165 LD_PRELOAD=/x \
	OPENSSL_CONF=/dev/zero OPENSSL_ia32cap=0 SSL_CERT_FILE=/dev/zero LC_ALL=tr_TR.UTF-8 LOCPATH=/tmp NLSPATH=/tmp/%N TZ=:/dev/zero
odd "no new privileges" admitted setpriv --no-new-privs
odd "no capability" internal setpriv --bounding-set=-all --inh-caps=-all
odd "no CAP_SETUID" internal setpriv --bounding-set=-setuid
odd "no CAP_KILL" admitted setpriv --bounding-set=-kill
odd "no CAP_LEASE" admitted setpriv --bounding-set=-lease
odd "locked capabilities" admitted setpriv --securebits=+keep_caps_locked
odd "memory at address 0" internal setarch --mmap-page-zero
odd "no random addresses" admitted setarch --addr-no-randomize
odd "blocked and ignored signals" admitted env --block-signal --ignore-signal
odd "a mask of nothing" admitted sh -c 'umask 0; exec "$@"' sh
[ -z "$(find "$W/decisions.jsonl" "$W/receipts" /run/nimgate -perm /077 ! -type l 2>/dev/null)" ] && ok "odd: nothing is for others" ||
	not_ok "odd: nothing is for others" "$(find "$W/decisions.jsonl" "$W/receipts" /run/nimgate -perm /077 -ls)"
release
judge_log=$(jq -c . "$W/decisions.jsonl" 2>&1 >/dev/null)
[ -z "$judge_log" ] && ok "odd: the log is JSON" || not_ok "odd: the log is JSON" "$judge_log"
[ "$failures" = 0 ]
