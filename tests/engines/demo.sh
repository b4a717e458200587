#!/bin/bash
# Shows the main job on a real runc: a container starts while its model is the one that was signed, and does not start after one
# byte of one shard was changed. Needs root. Exits with 0 only if each of the three starts went as it must.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
SHARD_BYTES=$((4 << 20))
. "$HERE/fixture.sh"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold='' green='' red='' dim='' plain=''
fi

step()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

note()
{
	printf '  %s%s%s\n' "$dim" "$*" "$plain"
}

milliseconds()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# One start, and whether it went as WANTED (admitted or refused).
show_start()
{
	local wanted=$1 before

	note "runc run --bundle $W/bundle demo"
	before=$(milliseconds)
	start runc
	note "runc ended with status $STATUS after $(($(milliseconds) - before)) ms"
	if [ "$RAN" = file ] && [ "$STATUS" = 0 ]; then
		sed -n "s/^container: .*/  $green&$plain/p" <<<"$OUTPUT"
		outcome admitted "$wanted" "$green"
	elif [ "$RAN" = no ] && [ "$REASON" = changed ]; then
		printf '  %s%s%s\n' "$red" "$(shown_message)" "$plain"
		outcome refused "$wanted" "$red"
	else
		echo "$OUTPUT"
		outcome "neither admitted nor refused for its bytes" "$wanted" "$red"
	fi
}

outcome()
{
	if [ "$1" = "$2" ]; then
		printf '  %s%s%s, as it must be\n' "$3$bold" "$1" "$plain"
	else
		printf '  %s%s%s, but should be %s\n' "$red$bold" "$1" "$plain" "$2"
		failures=$((failures + 1))
	fi
}

if [ "$(id -u)" != 0 ]; then
	die "starts a container, which needs root: sudo make demo"
fi
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open

step "1. A NIM-shaped image, a model in NIM's cache, and a signature for each of its NGC versions"
fixture_build
settings_reset
ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
echo 'echo "container: here the model server starts, and reads the model in /opt/nim/.cache"' \
	>>"$W/images/nim/opt/nim/start_server.sh"
note "profile ${PROFILE_ENGINE:0:12}... takes files from $ORGANISATION:$HF"
note "                          and from $ORGANISATION:$ENGINE"
note "config.json names one createRuntime hook: ${HOOK#"$REPOSITORY/"}"

step "2. Start it: every byte of both versions is compared with what was signed"
show_start admitted

shard=model-00002-of-0000$SHARDS.safetensors
blob=$(realpath "$W/cache/$SNAPSHOT/$HF/$shard")
step "3. Flip one bit of $shard (byte 3000000 of $SHARD_BYTES) and start it again"
flip "$blob" 3000000
show_start refused

step "4. Put the bit back and start it once more"
flip "$blob" 3000000
show_start admitted
echo
[ "$failures" = 0 ]
