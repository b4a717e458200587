#!/bin/bash
# A thousand versions by sixteen couriers, killed twice in between: complete in the end, without a partial file at any time.
. "$(dirname "$0")/lib.bash"

VERSIONS=${VERSIONS:-1000}

count()
{
	find "$F" -name result.sigstore -type f 2>/dev/null | wc -l
}

# shellcheck disable=SC2086 # a list of processes
# kill_at COUNT: starts a run, and kills it when COUNT signatures are there.
kill_at()
{
	local pid family i

	"$N" fetch --config "$CONFIG" --signatures "$F" --cache "$W/cache" --jobs 16 --missing >"$W/killed.out" 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		[ "$(count)" -lt "$1" ] || break
		sleep 0.02
	done
	family=$(children "$pid")
	{
		kill -KILL "$pid"
		wait "$pid"
	} 2>/dev/null
	for ((i = 0; i < 50; i++)); do
		any_alive $family || return
		sleep 0.1
	done
	not_ok "couriers die with the command" "$family"
}

# True if any of these processes is there.
any_alive()
{
	local process

	for process; do
		[ ! -d "/proc/$process" ] || return 0
	done
	return 1
}

open_supply
mkdir -p "$W/cache/ngc/hub/models--test--t--good/snapshots" "$W/cache/ngc/hub/models--test--other/snapshots" "$W/cache/ngc/hub/tmp"
for ((i = 0; i < VERSIONS / 2; i++)); do
	mkdir "$W/cache/ngc/hub/models--test--t--good/snapshots/$i" "$W/cache/ngc/hub/models--test--other/snapshots/$i-b"
done
kill_at $((VERSIONS / 4))
first=$(count)
[ "$first" -ge $((VERSIONS / 4)) ] && [ "$first" -lt "$VERSIONS" ] && ok "killed once" || not_ok "killed once" "$first of $VERSIONS"
no_partial "after the first kill"
kill_at $((VERSIONS / 2))
second=$(count)
[ "$second" -ge "$first" ] && [ "$second" -lt "$VERSIONS" ] && ok "killed twice" || not_ok "killed twice" "$second of $VERSIONS"
no_partial "after the second kill"
start=$EPOCHREALTIME
expect_fetch "the rest" 0 "$VERSIONS versions, $((VERSIONS - second)) new, $second present" --cache "$W/cache" --jobs 16 --missing
echo "$VERSIONS versions: $first, then $second, then the rest in $(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') s"
[ "$(count)" = "$VERSIONS" ] && ok "complete" || not_ok "complete" "$(count) of $VERSIONS"
no_partial "without a partial file"
[ "$(find "$F" -type f | wc -l)" = "$VERSIONS" ] && ok "nothing else" || not_ok "nothing else" "$(find "$F" -type f ! -name result.sigstore)"
expect_fetch "all again" 0 "$VERSIONS unchanged" --cache "$W/cache" --jobs 16

# Couriers that die take nothing with them but what they were sent for.
"$N" fetch --config "$CONFIG" --signatures "$F" test/t/hang:1 test/t/hang:2 test/t/hang:3 --jobs 2 >"$W/killed.out" 2>&1 &
pid=$!
for ((i = 0; i < 50; i++)); do
	[ "$(asked 'hang/versions')" -lt 2 ] || break
	sleep 0.1
done
for courier in $(children "$pid"); do
	kill -KILL "$courier"
done
wait "$pid"
status=$?
[ "$status" = 70 ] && [ "$(grep -c 'courier: ended without an answer, by signal 9' "$W/killed.out")" = 2 ] &&
	grep -q 'no courier is left (internal)' "$W/killed.out" && ok "dead couriers" || not_ok "dead couriers" "$status $(<"$W/killed.out")"

end
