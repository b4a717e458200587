#!/bin/bash
# Each allocation of a start refused in turn: of the hook, and of each of its children; by our code and by every library. The verdict is a
# refusal or it is right; of a model with a flipped byte it is never that it may start; nothing crashes, and the honest start behind is as
# ever.
#
#   tests/fault/memory.sh [PROCESS | memos...]
#
# Of a process with more than MANY allocations, each of the first MANY, and of the others every STEP-th.
# libseccomp 2.5 turns in a circle where it cannot have memory for a filter's program: a parser then ends by its limit of processor time, and
# a hasher, which has none, takes the whole of the start's deadline. Here that is short.
# shellcheck disable=SC2034,SC2015 # the sourced files read these settings; what follows && does not fail
. "$(dirname "$0")/held.bash"
FAULTY=$(realpath "${FAULTY:-$REPOSITORY/build/release-gcc/fault/faulty-hook}")
MANY=150 STEP=29 P=0 FRESH=yes

# run NUMBER: STATUS of a start whose process P lacks memory once. Where FRESH says so nothing is remembered of its manifest, and a child reads it.
run()
{
	[ $FRESH = no ] || rm -rf "$W/receipts/memos"
	FAULT_MEMORY="$P:$1" FAULT_REPORT="$W/report" "$FAULTY" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	read -r _ _ _ _ _ _ _ REFUSED <"$W/report"
	[ "$POLICY" != "$W/policy.yaml" ] || unview
}

# The word in brackets, of a refusal.
reason()
{
	sed -nE 's/.*refused \(([a-z-]+)\).*/\1/p' "$W/run.out" | head -n 1
}

# process P NAME ALLOCATIONS
process()
{
	local number before=$failures count=0 admitted=0 word

	P=$1 NAME="memory: process $1, the $2"
	for ((number = 1; number <= $3; number += number < MANY ? 1 : STEP)); do
		run $number
		count=$((count + REFUSED))
		word=$(reason)
		case $STATUS in
		0) admitted=$((admitted + 1)) ;;
		*) [ "$STATUS" = "$(status_of "${word:-none}" 2>/dev/null)" ] || wrong "allocation $number: status $STATUS, reason '$word'" ;;
		esac
		[ $((number % 8)) = 0 ] || continue
		spoil
		run $number+
		[ $STATUS != 0 ] || wrong "allocation $number: a flipped byte is admitted"
		mend
	done
	judge_next
	[ $count != 0 ] || wrong "it allocates nothing"
	[ "$failures" != "$before" ] || ok "$NAME: $count of $3 allocations refused, $admitted starts admitted"
}

held_open "$FAULTY"
sed -i 's/^mode:/deadline: 2s\n&/' "$W/policy.yaml" "$W/quick.yaml"
POLICY=$W/policy.yaml
run 0
[ $STATUS = 0 ] || die "the start is refused: $(cat "$W/run.out")"
mapfile -t processes < <(awk '$1 == "process" { print $2, $3, $6 }' "$W/report")
[ ${#processes[@]} -ge 4 ] || die "no children: $(cat "$W/report")"
for line in "${processes[@]}"; do
	read -r number name allocations <<<"$line"
	[ $# = 0 ] || [[ " $* " = *" $number "* ]] || continue
	# Without a view, the hasher comes in its place.
	POLICY=$W/quick.yaml
	[ "$number" -lt 3 ] || POLICY=$W/policy.yaml
	process "$number" "$name" "$allocations"
done
# The hook once more, with what it remembers: as that is made, and as it is found.
sed 's|^receipts: .*|receipts: {folder: '"$W"'/receipts}|' "$W/quick.yaml" >"$W/memos.yaml"
if [ $# = 0 ] || [[ " $* " = *" memos "* ]]; then
	POLICY=$W/memos.yaml P=0
	for FRESH in yes no; do
		run 0
		process 0 "hook with memos, fresh: $FRESH" "$(awk '$1 == "process" && $2 == 0 { print $6 }' "$W/report")"
	done
fi
release
[ "$failures" = 0 ]
