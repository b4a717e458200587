#!/bin/bash
# A hundred starts of one model at once, on runc: one of them hashes it, all are right. The same with one byte flipped, and with a cache that
# keeps no receipts.
#
#   tests/fault/many.sh
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"

SHARDS=3 SHARD_BYTES=$((8 << 20))
STARTS=100
FILES=8
ABREAST=100 # at once
SECONDS_MAX=90

# A bundle for each start; the containers' own output lies in W/many/N.
bundles()
{
	local i

	configure
	runtime_command runc
	rm -rf "$W/many"
	for ((i = 0; i < STARTS; i++)); do
		mkdir -p "$W/many/$i/bundle" "$W/many/$i/out"
		sed "s|\"$W/out\"|\"$W/many/$i/out\"|" "$W/bundle/config.json" >"$W/many/$i/bundle/config.json"
	done
}

# Starts all of them; RAN_ALL of them ran, FAILED_ALL ended with an error, TOOK seconds.
start_all()
{
	local i pids=() began=$SECONDS

	bundles
	rm -f "$W/decisions.jsonl"
	for ((i = 0; i < STARTS; i++)); do
		timeout 100 "${engine[@]}" run --bundle "$W/many/$i/bundle" "many-$$-$i" </dev/null >"$W/many/$i/log" 2>&1 &
		pids+=($!)
		[ $((i % ABREAST)) != $((ABREAST - 1)) ] || wait "${pids[@]}"
	done
	RAN_ALL=0 FAILED_ALL=0
	for ((i = 0; i < STARTS; i++)); do
		wait "${pids[i]}" || FAILED_ALL=$((FAILED_ALL + 1))
		[ ! -e "$W/many/$i/out/ran" ] || RAN_ALL=$((RAN_ALL + 1))
	done
	for ((i = 0; i < STARTS; i++)); do
		"${engine[@]}" delete --force "many-$$-$i" >/dev/null 2>&1 || :
	done &
	wait $!
	TOOK=$((SECONDS - began))
	OUTPUT=$(cat "$W"/many/*/log | sort | uniq -c | sort -rn | head -n 5)
}

# decided FILTER: how many decisions are so, or the sum of what it prints.
decided()
{
	jq -s "$1" "$W/decisions.jsonl"
}

one_hashing()
{
	local hashed verdicts

	sleep 3.1
	start_all
	hashed=$(decided 'map(.files - .files_remembered) | add')
	verdicts=$(decided 'map(select(.verdict == "admit")) | length')
	if [ "$RAN_ALL $verdicts $hashed" = "$STARTS $STARTS $FILES" ]; then
		ok "many: $STARTS starts at once, one hashing of $hashed files ($TOOK s)"
	else
		not_ok "many: $STARTS starts at once" "$RAN_ALL ran, $verdicts admitted, $hashed files hashed, wanted $FILES; remembered: $(decided 'map(.files_remembered) | group_by(.) | map([.[0], length])' | tr -d ' \n')"
	fi
	[ -z "$(find $RUNNING -type f)" ] && ok "many: no progress is left" || not_ok "many: no progress is left" "some is"
}

one_byte()
{
	local changed blob

	blob=$(realpath "$W/cache/$SNAPSHOT/$HF/LICENSE")
	first_byte "$blob" X
	start_all
	changed=$(decided 'map(select(.verdict == "refuse" and .reason == "changed")) | length')
	if [ "$RAN_ALL $FAILED_ALL $changed" = "0 $STARTS $STARTS" ]; then
		ok "many: one byte flipped, $STARTS refusals ($TOOK s)"
	else
		not_ok "many: one byte flipped" "$RAN_ALL ran, $FAILED_ALL failed, $changed refused as changed"
	fi
	first_byte "$blob" L
}

no_receipts()
{
	local verdicts remembered

	rm -rf "$W/receipts"
	mv "$W/cache" "$W/cache.disk"
	mkdir "$W/cache"
	mount -t tmpfs none "$W/cache" || die "cannot mount a tmpfs"
	cp -a "$W/cache.disk/." "$W/cache/"
	sleep 3.1
	start_all
	verdicts=$(decided 'map(select(.verdict == "admit")) | length')
	remembered=$(decided 'map(.files_remembered) | add')
	if [ "$RAN_ALL $verdicts $remembered" = "$STARTS $STARTS 0" ]; then
		ok "many: a cache in memory, $STARTS hashings ($TOOK s)"
	else
		not_ok "many: a cache in memory" "$RAN_ALL ran, $verdicts admitted, $remembered files remembered"
	fi
	umount "$W/cache"
}

fault_open
fixture_build
settings_reset
ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
one_hashing
one_byte
no_receipts
[ "$failures" = 0 ]
