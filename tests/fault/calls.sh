#!/bin/bash
# kill -9 at every system call of a start, of the hook and of each of its children; the first start of a model, which hashes it, and the
# second, which finds receipts. After each: no row says what is not true, the next start takes no longer than usual and is right, also with
# one byte of the model flipped.
#
#   tests/fault/calls.sh
#
# The container is a real one that runc holds at createRuntime. Before and after every call on the journal, a turn or a request the hook is
# killed, and at every STEP-th of the others. That runc starts no container whose hook was killed is tried on whole starts.
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/held.sh"

STEP=24 # of calls that have nothing to do with receipts, turns or requests

# attempt KIND PROCESS CALL. KIND is cold, warm, or wrong: cold, with one byte flipped before.
attempt()
{
	local kind=$1 process=$2 code result

	use_copy
	WHAT="$kind start, process $process, call $3"
	if [ "$kind" = warm ]; then
		run
		[ $STATUS = 0 ] || wrong "the first start is refused ($STATUS)"
	fi
	[ "$kind" != wrong ] || spoil
	result=$("$FAULT_TOOLS/kill" "$W/state" "$process" "$3" "${ARGUMENTS[@]}" 2>"$W/run.out")
	code=$?
	mounts 2
	[ $code != 4 ] || wrong "processes are left"
	[ "$process$code" != 00 ] || [ "$result" = "signal 9" ] || wrong "it was not killed"
	[ $code = 3 ] || HIT=$((HIT + 1))
	if [ "$kind" = wrong ]; then
		[ "$result" != "exit 0" ] || wrong "admitted"
		mend
	fi
	judge_next
}

# How many calls each process makes: COUNTS; and how many of the hook's are about receipts, turns or requests: WINDOW.
count_calls()
{
	local number calls window

	use_copy
	[ "$1" != warm ] || run
	COUNTS=() WINDOW=0
	while read -r number calls window; do
		[[ $number =~ ^[0-9]+$ ]] || continue
		COUNTS[number]=$calls
		[ "$number" != 0 ] || WINDOW=$window
	done < <("$FAULT_TOOLS/kill" "$W/state" 0 0 "${ARGUMENTS[@]}")
	mounts 2
	[ "$WINDOW" -gt 10 ] && [ "${COUNTS[0]:-0}" -gt "$WINDOW" ] || die "the calls of a $1 start cannot be counted"
}

# sweep KIND PROCESS PREFIX FROM TO STEP [WORDS]
sweep()
{
	local before=$failures call

	HIT=0
	for ((call = $4; call <= $5; call += $6)); do
		attempt "$1" "$2" "$3$call"
	done
	[ $HIT -gt 0 ] || not_ok "$NAME" "$1 start, process $2: no call was reached"
	[ "$failures" != "$before" ] || ok "$NAME, $1 start, process $2: $HIT of $5 ${7:-calls}"
}

# The hook's own calls.
hook_calls()
{
	local kind=$1

	NAME="calls: hook"
	count_calls "$kind"
	sweep "$kind" 0 e 1 "$WINDOW" 1 "calls on receipts, turns and requests"
	sweep "$kind" 0 x 1 "$WINDOW" 1 "ends of these"
	sweep "$kind" 0 "" 3 "${COUNTS[0]}" "$STEP"
}

child_calls()
{
	local kind=$1 step=$2 number

	NAME="calls: child"
	count_calls "$kind"
	for ((number = 1; number < ${#COUNTS[@]}; number++)); do
		sweep "$kind" "$number" "" $((1 + number % step)) "${COUNTS[number]}" "$step"
	done
}

# Whole starts, of CALLS calls, of which the hook is killed: no container runs.
whole_starts()
{
	local calls=$1 call before=$failures count=0

	release
	for ((call = 5; call < calls; call += calls / 20)); do
		rm -rf "$W/receipts" /run/nimgate
		HOOK_ENTRY=("$FAULT_TOOLS/kill" kill - 0 "$call" "${ARGUMENTS[@]}")
		start runc
		count=$((count + 1))
		[ $STATUS != 0 ] && [ "$RAN" = no ] || not_ok "calls: runc, killed at call $call" "the container ran: $RAN, status $STATUS"
	done
	[ "$failures" != "$before" ] || ok "calls: runc starts no container of $count whose hook was killed"
	HOOK_ENTRY=()
	start runc
	judge "calls: runc, not killed" admitted
}

case ${FAULT_PART:-} in
'')
	need_root
	part 0
	part 1
	outcomes || failures=1
	;;
0)
	held_open
	export FAULT_WINDOW=$W/receipts:/run/nimgate
	hook_calls cold
	child_calls wrong 4
	release
	;;
1)
	held_open
	export FAULT_WINDOW=$W/receipts:/run/nimgate
	# Viewers that are killed leave mounts in the held container, which cost calls: hence first.
	count_calls cold
	calls=${COUNTS[0]}
	hook_calls warm
	child_calls cold 8
	child_calls warm 16
	whole_starts $((calls * 9 / 10))
	;;
esac
[ "$failures" = 0 ]
