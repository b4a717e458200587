#!/bin/bash
# The memory that the hook and its children need for a model of large shards. Needs root, and the space for the model in TMPDIR.
#
#   tests/bench/memory.sh [SHARDS [MIB_EACH [LIMIT_MIB]]]
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/../engines/lib.sh"
SHARDS=${1:-8}
SHARD_BYTES=$((${2:-512} << 20))
limit=${3:-64}
CACHE_COPY=(ln)
. "$HERE/fixture.sh"

need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
"${CC:-gcc}" -O2 -D_GNU_SOURCE -o "$W/peak" "$REPOSITORY/tests/bench/peak.c" || die "cannot build peak"
fixture_build
settings_reset
ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
hold
line=$("$W/peak" "$W/state" "$HOOK" --policy "$W/policy.yaml" createRuntime)
status=$?
release
[ $status = 0 ] || die "the hook refused: status $status"
kib=$(awk '{ print $4 }' <<<"$line")
echo "$SHARDS shards of $((SHARD_BYTES >> 20)) MiB, in KiB: $line"
if [ "$kib" -gt $((limit << 10)) ]; then
	echo "memory: $((kib >> 10)) MiB, more than $limit"
	exit 1
fi
echo "memory: $(((kib + 1023) >> 10)) MiB for all processes together, below $limit"
