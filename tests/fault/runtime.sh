#!/bin/bash
# kill -9 of the runtime while its hook hashes a model for seconds: the hook ends within a second, no container runs, what was hashed stays
# remembered and is true, the next start is right. runc and crun, the hook as their child and below a shell.
#
#   tests/fault/runtime.sh [SEED]
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"

SHARDS=3
POINTS=20 # below each runtime, and half as many below a shell of it
NOTICE_MS=1000
SEED=${1:-20261125}

prepare()
{
	fault_open
	# One path of its own for each part: processes are told by it.
	cp "$HOOK" "$W/nimgate-hook"
	HOOK=$W/nimgate-hook
	large_build
	large_truth >"$W/truth"
	sleep 3.1
}

# starts_and_dies NAME MS: starts a container and kills its runtime so long after.
starts_and_dies()
{
	local began pid name=$1 ms=$2

	configure
	runtime_command "$RUNTIME"
	starts=$((starts + 1))
	rm -rf "$W/out/ran" "$W/receipts" /run/nimgate
	"${engine[@]}" run --bundle "$W/bundle" "nimgate-$$-$starts" </dev/null >"$W/start.out" 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	HASHING=no
	[ -z "$(find $RUNNING -type f 2>/dev/null)" ] || HASHING=yes
	kill -KILL "$pid" 2>/dev/null && LATE=no || LATE=yes
	began=$(now_ms)
	wait "$pid" 2>/dev/null
	while [ -n "$(leftovers)" ] && [ $(($(now_ms) - began)) -lt 5000 ]; do
		sleep 0.02
	done
	MS=$(($(now_ms) - began))
	# It was faster than the runs before: hook and runtime had done all that they had to.
	[ "$(last '"\(.container) \(.verdict)"')" != "nimgate-$$-$starts admit" ] || LATE=yes
	[ $MS -lt $NOTICE_MS ] || not_ok "$name" "killed after $ms ms, the hook went on for $MS ms"
	[ $LATE = yes ] || [[ ! -e $W/out/ran && $(<"$W/start.out") != *RAN* ]] || not_ok "$name" "killed after $ms ms, the container ran"
	rows_are_true || not_ok "$name" "killed after $ms ms, a row is not true: $(cat "$W/rows.out")"
	"${engine[@]}" delete --force "nimgate-$$-$starts" >/dev/null 2>&1
}

# points NAME COUNT: so many starts that are killed before they end. On a busy machine a start may be faster than the one that told how
# long it takes: then another one counts.
points()
{
	local before=$failures i tries ms longest=0 hashing=0 next=0 remembered

	for ((i = 0, tries = 0; i < $2 && tries < 3 * $2; i++, tries++)); do
		ms=$((RANDOM % SPAN_MS))
		starts_and_dies "$1" $ms
		if [ $LATE = yes ]; then
			i=$((i - 1))
			continue
		fi
		[ $HASHING = no ] || hashing=$((hashing + 1))
		[ $MS -le $longest ] || longest=$MS
		[ $((i % 4)) = 3 ] || continue
		remembered=$(rows)
		next_start "$1" "${remembered:-0}" "$ms"
		next=$((next + 1))
	done
	[ "$i" = "$2" ] || not_ok "$1" "of $tries starts only $i had not ended before"
	[ $((3 * hashing)) -ge "$2" ] || not_ok "$1" "only $hashing of $2 points were in the hashing"
	[ "$failures" != "$before" ] ||
		ok "$1: $2 points, $hashing of them hashing, ended within $longest ms; $next next starts were right"
}

# next_start NAME ROWS MS: the next start after that, with as many files remembered as there were rows; every second one with a byte flipped.
next_start()
{
	local entry=("${HOOK_ENTRY[@]}") file=$W/cache/$SNAPSHOT/$HF/LICENSE

	HOOK_ENTRY=()
	if [ $((starts % 8)) -lt 4 ]; then
		start "$RUNTIME"
		[ "$RAN" = file ] && [ "$(last .files_remembered)" = "$2" ] ||
			not_ok "$1" "killed after $3 ms: the next start: ran: $RAN, $(last .files_remembered) of $2 files remembered"
	else
		first_byte "$file" X
		start "$RUNTIME"
		[ "$RAN" = no ] && [ "$REASON" = changed ] || not_ok "$1" "killed after $3 ms, one byte flipped: ran: $RAN ($REASON)"
		first_byte "$file" L
		sleep 3.1
	fi
	HOOK_ENTRY=("${entry[@]}")
}

# all_points RUNTIME CPU
all_points()
{
	local began

	RANDOM=$SEED
	# On one CPU, so that it takes longer.
	WITHIN=(taskset -c "$(($2 % $(nproc)))")
	RUNTIME=$1
	began=$(now_ms)
	start "$RUNTIME"
	SPAN_MS=$((($(now_ms) - began) * 7 / 10))
	judge "runtime: $1, not killed" admitted
	points "runtime: $1" $POINTS
	HOOK_ENTRY=(/bin/sh sh -c "$HOOK --policy $POLICY createRuntime; exit \$?")
	points "runtime: $1 and a shell" $((POINTS / 4))
}

need_root
case ${FAULT_PART:-} in
'')
	echo "seed $SEED"
	part runc "$SEED"
	part crun "$SEED"
	outcomes || failures=1
	;;
*)
	prepare
	[ "$FAULT_PART" = runc ]
	all_points "$FAULT_PART" $?
	groups_away
	;;
esac
[ "$failures" = 0 ]
