#!/bin/bash
# The start that does not fit into its deadline, and the one after it: refused with a request, verified beside the starts by
# nimgate prefetch --requests, then admitted by receipts alone. On a real runc, with a model that takes seconds.
# shellcheck disable=SC2034 # lib.sh reads the settings
if [ "$(id -u)" = 0 ] && [ "${IN_NAMESPACE:-}" != "$0" ]; then
	IN_NAMESPACE=$0 exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

LARGE=2G # one stream of BLAKE2b: no machine does that within the deadline
FILES=11
DISK_SIZE=8G
REQUESTS=/run/nimgate/requests

# A shard that takes its time: allocated and never written, so that it costs no disk time.
make_large()
{
	local name=model-00001-of-00003.safetensors file

	file=$W/versions/llama-demo_v$HF/$name
	rm "$file" "$(blob_of $name)"
	fallocate -l $LARGE "$file" || die "no room for $LARGE"
	ln "$file" "$W/cache/$SNAPSHOT/../blobs/large"
	ln -sf ../../blobs/large "$W/cache/$SNAPSHOT/$HF/$name"
	sign_version "$W/versions/llama-demo_v$HF" "$(signature_path "$HF")" leaf --hash blake2b || die "cannot sign"
}

# NAME PATTERN: what runc said of the last start.
says()
{
	if [[ $OUTPUT =~ $2 ]]; then
		ok "$1"
	else
		not_ok "$1" "wanted $2"
	fi
}

# NAME EVIDENCE: what the last decision rests on.
rests()
{
	local found

	found=$(tail -n 1 "$W/decisions.jsonl" | jq -r '"\(.verdict) \(.evidence) \(.files_remembered)"')
	if [ "$found" = "admit receipt $2" ] && [ "$RAN" = file ]; then
		ok "$1"
	else
		not_ok "$1" "wanted admit receipt $2, got $found"
	fi
}

# Too long for a start: a request, which is served beside it.
check_request()
{
	local began took

	start runc
	judge "request: the start does not fit" refused pending
	says "request: how far it is" '[0-9]+ % verified, about [0-9]+ s left; nimgate-verify was asked'
	if [ -n "$(ls $REQUESTS)" ]; then
		ok "request: is left"
	else
		not_ok "request: is left" "none in $REQUESTS"
	fi
	OUTPUT=$("$NIMGATE" status --policy "$POLICY" 2>&1)
	says "request: status shows it" "pending: [^ ]*$ORGANISATION:$HF"
	OUTPUT=$("$NIMGATE" prefetch --requests --policy "$POLICY" 2>&1)
	says "request: is served" "$ORGANISATION:$HF.*: 8 files.* 0 not remembered"
	OUTPUT=$(ls $REQUESTS)
	says "request: all are gone" '^$'
	began=$(date +%s%N)
	start runc
	took=$((($(date +%s%N) - began) / 1000000))
	rests "request: the next start, within $took ms" $FILES
	[ $took -lt 1500 ] && ok "request: takes no time to hash" || not_ok "request: takes no time to hash" "$took ms"
}

# Somebody hashes the model already: a start hashes nothing itself, and says whom it waits for.
check_turn()
{
	local pid

	"$NIMGATE" receipt forget --all --policy "$POLICY" >/dev/null
	"$NIMGATE" prefetch "$W/cache" --policy "$POLICY" --threads 1 >"$W/prefetch.out" 2>&1 &
	pid=$!
	PIDS+=($pid)
	for ((i = 0; i < 100; i++)); do
		"$NIMGATE" status --policy "$POLICY" --output json | jq -e '.running[] | select(.bytes_total > 2000000000)' >/dev/null && break
		sleep 0.05
	done
	start runc
	judge "turn: hashed elsewhere" refused pending
	says "turn: how far that is" 'being verified by another start or by nimgate-verify: [0-9]+ % verified'
	OUTPUT=$(ls $REQUESTS)
	says "turn: no request is needed" '^$'
	wait $pid
	OUTPUT=$(<"$W/prefetch.out")
	says "turn: prefetch" ' 0 not remembered$'
	start runc
	rests "turn: the start after it" $FILES
}

need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
mkdir -p /run/nimgate && mount -t tmpfs -o mode=700 none /run/nimgate || die "cannot mount a tmpfs"
work_open
disk_open
fixture_build
settings_reset
ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
make_large
echo 'deadline: 1s' >>"$POLICY"
sleep 3.1
check_request
check_turn
[ "$failures" = 0 ]
