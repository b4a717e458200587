#!/bin/bash
# A start that cannot end in time: it is refused at once as pending, with how far it is, and a request is left; what was hashed stays. While
# somebody else verifies the model, starts say so and how far he is; if he dies, nobody waits. What nobody serves is hashed all the same.
#
#   tests/fault/pending.sh
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"

SHARDS=9
UNSERVED_S=31

prepare()
{
	fault_open
	large_build
	# On one CPU, so that it is the same everywhere: nine files in six seconds and more.
	WITHIN=(taskset -c 0)
	cp "$W/policy.yaml" "$W/patient.yaml"
	deadline 1s
	sleep 3.1
}

deadline()
{
	sed "/^deadline:/d" "$W/patient.yaml" >"$W/policy.yaml"
	echo "deadline: $1" >>"$W/policy.yaml"
}

requests()
{
	find $REQUESTS -type f ! -name '.*' 2>/dev/null | wc -l
}

# As start(), with MS.
timed()
{
	local began

	began=$(now_ms)
	start runc
	MS=$(($(now_ms) - began))
}

is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted $3, got $2"
	fi
}

below()
{
	if [ "$2" -le "$3" ]; then
		ok "$1 ($2)"
	else
		not_ok "$1" "$2, at most $3 was wanted"
	fi
}

# asked FILE SECONDS: as if a request had been left so long ago.
asked()
{
	sed -i "s/^asked .*/asked $(($(date +%s) - $2))/" "$1"
}

first_start()
{
	local request

	timed
	judge "pending: too long for the deadline" refused pending '%.*s left.*asked to go on'
	below "pending: ms until that" $MS 1900
	is "pending: one request" "$(requests)" 1
	request=$(find $REQUESTS -type f)
	is "pending: its path" "$(sed -n 's/^path //p' "$request")" "$W/cache/ngc/hub/$FOLDER"
	timed
	judge "pending: the second start" refused pending '%.*s left.*asked to go on'
	is "pending: still one request" "$(requests)" 1
}

# Nobody serves it: each start goes on until its deadline, and gets further.
unserved()
{
	local request before after tries

	request=$(find $REQUESTS -type f)
	asked "$request" $UNSERVED_S
	before=$(rows)
	deadline 2s
	timed
	judge "unserved: pending all the same" refused pending
	after=$(rows)
	[ "$after" -gt "$before" ] && ok "unserved: it gets further ($before files, then $after)" ||
		not_ok "unserved: it gets further" "$before files, then $after"
	for ((tries = 0; tries < 12; tries++)); do
		asked "$request" $UNSERVED_S 2>/dev/null
		start runc
		[ "$RAN" = no ] || break
	done
	judge "unserved: at last admitted ($((tries + 1)) more starts)" admitted
	is "unserved: the request is gone" "$(requests)" 0
	timed
	judge "unserved: by receipts" admitted
	is "unserved: nothing is hashed" "$(last '.files - .files_remembered')" 0
}

# No room for one more request: nobody can be asked, so that the start uses all of its time; unless one of them is old.
no_room()
{
	local i

	rm -rf "$W/receipts" /run/nimgate
	mkdir -p -m 700 /run/nimgate $REQUESTS
	for ((i = 0; i < 256; i++)); do
		: >"$REQUESTS/$(printf %016x $i)"
	done
	deadline 2s
	timed
	judge "no room: out of time" refused deadline "256 requests wait"
	touch -d "2 minutes ago" "$REQUESTS/$(printf %016x 7)"
	deadline 1s
	timed
	judge "no room: an old one makes room" refused pending
	is "no room: as many as before" "$(requests)" 256
	rm -rf /run/nimgate
}

# Somebody else has the turn: a start with time.
elsewhere()
{
	local other engine tries

	rm -rf "$W/receipts" /run/nimgate
	cp "$W/patient.yaml" "$W/policy.yaml"
	configure
	cp -r "$W/bundle" "$W/other"
	sed -i "s|$W/policy.yaml|$W/patient.yaml|" "$W/other/config.json"
	runtime_command runc
	"${engine[@]}" run --bundle "$W/other" "nimgate-$$-other" </dev/null >"$W/other.out" 2>&1 &
	other=$!
	for ((tries = 0; tries < 200; tries++)); do
		[ -z "$(find $RUNNING -type f 2>/dev/null)" ] || break
		sleep 0.02
	done
	sleep 1.3
	deadline 2s
	timed
	judge "elsewhere: pending" refused pending 'another start.*[1-9][0-9]* %.*s left'
	below "elsewhere: ms until that" $MS 1500
	is "elsewhere: no request" "$(requests)" 0
	kill -STOP "$other"
	kill -KILL "$other"
	wait "$other" 2>/dev/null
	sleep 0.5
	deadline 30s
	start runc
	judge "elsewhere: a dead holder blocks nobody" admitted
	is "elsewhere: no progress is left" "$(find $RUNNING -type f)" ""
	"${engine[@]}" delete --force "nimgate-$$-other" >/dev/null 2>&1
}

# What the service does: the request is served, and the start is admitted by receipts.
served()
{
	
	rm -rf "$W/receipts" /run/nimgate
	deadline 1s
	start runc
	judge "served: pending" refused pending
	"$NIMGATE" prefetch --requests --policy "$W/policy.yaml" >"$W/prefetch.out" 2>&1 || not_ok "served: prefetch" "$(cat "$W/prefetch.out")"
	is "served: no request is left" "$(requests)" 0
	timed
	judge "served: admitted" admitted
	is "served: nothing is hashed" "$(last '.files - .files_remembered')" 0
	below "served: ms" $MS 900
}

prepare
large_truth >"$W/truth"
first_start
unserved
no_room
elsewhere
served
groups_away
[ "$failures" = 0 ]
