#!/bin/bash
# The kernel's answers: each place in the hook that makes a system call, by its chain of callers, gets an error instead, once. The verdict is
# a refusal with its reason, or it is right; a model with a flipped byte is never admitted; and the honest starts behind are as ever.
#
#   tests/fault/answers.sh [CALL...]
#
# Of the ERRORS each place gets FEW with the good model and one with the bad one, in turn; with FEW=6 all of them. The places are those of
# this very program (strace -k), so that a new one is not forgotten.
# shellcheck disable=SC2034,SC2015 # the sourced files read these settings; what follows && does not fail
. "$(dirname "$0")/held.bash"
ERRORS=(EIO EINTR ENOMEM EMFILE ENOSYS EACCES)
FEW=${FEW:-2}
# A process cannot outlive its exit; what cannot fail has no answer that is an error; and brk answers with an address (memory.sh).
WITHOUT='^(execve|brk|exit_group|getpid|getppid|geteuid|getuid|gettid|set_tid_address|arch_prctl|rseq|set_robust_list|umask)$'

# run CALL NUMBER ERROR
run()
{
	# The shell's own word about a process that a signal ended is of no use here.
	{
		strace -o /dev/null -e trace="$1" -e inject="$1:error=$3:when=$2" "$HOOK" --policy "$POLICY" createRuntime \
			<"$W/state" >"$W/run.out" 2>&1
		STATUS=$?
	} 2>/dev/null
	unview
}

# The signal with which the hook ends itself is a refusal, too: 134 is abort(), with which the C library answers errors of a lock.
judge_status()
{
	local word

	word=$(sed -nE 's/.*refused \(([a-z-]+)\).*/\1/p' "$W/run.out" | head -n 1)
	case $STATUS in
	0 | 134) ;;
	*) [ -n "$word" ] && [ "$STATUS" = "$(status_of "$word")" ] || wrong "$*: status $STATUS, reason '$word'" ;;
	esac
}

# All places of one call; INDEX goes on over all, so that each error meets each call.
places()
{
	local call=$1 number place i before=$failures count=0 admitted=0

	NAME="answers: $call"
	while read -r number place; do
		for ((i = 0; i < FEW; i++)); do
			run "$call" "$number" "${ERRORS[(INDEX + i) % 6]}"
			judge_status "${ERRORS[(INDEX + i) % 6]} for $place"
			count=$((count + 1))
			[ $STATUS != 0 ] || admitted=$((admitted + 1))
		done
		spoil
		run "$call" "$number" "${ERRORS[(INDEX + i) % 6]}"
		[ $STATUS != 0 ] || wrong "a flipped byte is admitted: ${ERRORS[(INDEX + i) % 6]} for $place"
		mend
		INDEX=$((INDEX + 1))
	done < <(awk -v call="$call" '$1 == call { print $2, $3 }' "$W/sites")
	judge_next
	[ "$failures" != "$before" ] || ok "$NAME: $count answers, $admitted starts admitted"
}
INDEX=0

held_open strace
POLICY=$W/policy.yaml
strace -k -o "$W/stacks" "$HOOK" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1 || die "refused: $(cat "$W/run.out")"
unview
awk -f "$(dirname "$0")/sites.awk" "$W/stacks" >"$W/sites"
[ "$(wc -l <"$W/sites")" -gt 300 ] || die "strace -k finds only $(wc -l <"$W/sites") places"
[ $# != 0 ] || mapfile -t calls < <(cut -d ' ' -f 1 "$W/sites" | sort -u | grep -vE "$WITHOUT")
for call in "${@:-${calls[@]}}"; do
	places "$call"
done
release
[ "$failures" = 0 ]
