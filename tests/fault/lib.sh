# Faults on the way of a start: what kills, starves and hinders it, and how its traces are judged. Sourced after setting nothing; brings
# lib.sh and fixture.sh of the engines' tests. The script that sources it goes on in a mount namespace of its own, with a /run of its own, so
# that /run/nimgate is the test's.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use the rest
if [ "$(id -u)" = 0 ] && [ -z "${FAULT_ALONE:-}" ]; then
	FAULT_ALONE=1 exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/../engines/lib.sh"
. "$HERE/fixture.sh"
FAULT_TOOLS=$(realpath "${FAULT_TOOLS:-$REPOSITORY/build/release-gcc/fault}")
RUNNING=/run/nimgate/running
REQUESTS=/run/nimgate/requests

fault_open()
{
	need_root
	need_programs runc busybox jq openssl strace "$HOOK" "$NIMGATE" "$FAULT_TOOLS/kill" "$FAULT_TOOLS/rows"
	mount -t tmpfs -o mode=755,size=64m none /run || die "cannot mount /run"
	work_open
	disk_open
}

# Runs its arguments, the name of a part, in a process with folders and a /run of its own, for two at a time; outcomes() waits for all of
# them and prints what they did.
part()
{
	local log

	log=$(mktemp "${TMPDIR:-/tmp}/nimgate.part.XXXXXX")
	PARTS+=("$log")
	env -u FAULT_ALONE FAULT_PART="$1" "$0" "${@:2}" >"$log" 2>&1 &
	PART_PIDS+=($!)
}
PARTS=()
PART_PIDS=()

outcomes()
{
	local i bad=0

	for i in "${!PARTS[@]}"; do
		wait "${PART_PIDS[i]}" || bad=1
		cat "${PARTS[i]}"
		rm -f "${PARTS[i]}"
	done
	return $bad
}

now_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# "DEVICE INODE SHA256" of each file below the folders.
truth()
{
	local file sum

	find "$@" -type f | while IFS= read -r file; do
		sum=$(sha256sum "$file")
		echo "$(stat -c '%d %i' "$file") ${sum%% *}"
	done
}

# Whether each row of the journal is true, by the table that truth() made of the models in good state; prints what is not.
rows_are_true()
{
	[ ! -e "$W/receipts/journal" ] || "$FAULT_TOOLS/rows" "$W/receipts" "$W/truth" >"$W/rows.out" 2>&1 || {
		cat "$W/rows.out"
		return 1
	}
}

rows()
{
	"$FAULT_TOOLS/rows" "$W/receipts" "$W/truth" | sed -n 's/ rows$//p'
}

# What the last decision says: fault_last FILTER
last()
{
	tail -n 1 "$W/decisions.jsonl" | jq -r "$1"
}

# Control groups that a runtime leaves when it is killed before it has written its state.
groups_away()
{
	find /sys/fs/cgroup -maxdepth 2 -type d -name "nimgate-$$-*" -exec rmdir {} + 2>/dev/null
}

# The processes that run HOOK.
leftovers()
{
	find /proc -maxdepth 2 -name exe -lname "$HOOK" 2>/dev/null
}

# first_byte FILE BYTE: changes it in place, without a process.
first_byte()
{
	printf %s "$2" 1<>"$1"
}

# The fixture with SHARDS files of SHARD_MIB MiB each, which take no room: holes, plainly in the snapshot.
large_build()
{
	local to=$W/versions/llama-demo_v$HF i

	pki_build
	mkdir -p "$to/original" "$W/cache/$SNAPSHOT"
	for i in $(seq "$SHARDS"); do
		truncate -s "${SHARD_MIB:-1024}M" "$to/model-0000$i-of-0000$SHARDS.safetensors"
	done
	echo "License of $ORGANISATION" >"$to/LICENSE"
	echo '{"architectures": ["LlamaForCausalLM"]}' >"$to/config.json"
	echo '{"version": "1.0"}' >"$to/tokenizer.json"
	echo '{"dim": 4096}' >"$to/original/params.json"
	sign_version "$to" "$(signature_path "$HF")" || die "cannot sign: $(cat "$W/sign.log")"
	mv "$to" "$W/cache/$SNAPSHOT/$HF"
	image_nim nim
	policy certificate "$W/pki/root.pem" >"$W/policy.yaml"
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
}

# As truth() of that cache: its large files are all alike.
large_truth()
{
	local snapshot=$W/cache/$SNAPSHOT/$HF sum file

	sum=$(sha256sum "$snapshot/model-00001-of-0000$SHARDS.safetensors")
	for file in "$snapshot"/model-*; do
		echo "$(stat -c '%d %i' "$file") ${sum%% *}"
	done
	truth "$snapshot" -size -1024k
}
