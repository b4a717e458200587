# Starts of the hook, many a second, on a real container that runc holds at createRuntime; each with a copy of the cache that nothing touched
# for long. Sourced after lib.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use the rest

SHARDS=1 SHARD_BYTES=4096
COPIES=40     # so many attempts apart, a file's times are old enough for a receipt again
USUAL_MS=2500 # for a start of 13 ms, on a machine that does other things; who waits for a lock takes 3000
TEXTS=(LICENSE config.json tokenizer.json original/params.json)
FIRST=(L '{' '{' '{')
attempts=0

held_open()
{
	local i

	fault_open
	fixture_build
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	mkdir "$W/copies"
	for ((i = 0; i < COPIES; i++)); do
		cp -a "$W/cache" "$W/copies/$i"
	done
	truth "$W/copies" >"$W/truth"
	sleep 3.1
	# Without the time that runc gives a hook.
	EDIT='del(.hooks.createRuntime[0].timeout)'
	hold
	HELD_PID=$(jq .pid "$W/state")
	INSIDE=$W/images/nim/opt/nim/.cache
	ARGUMENTS=("$HOOK" --policy "$W/policy.yaml" createRuntime)
	CHANGED=$(status_of changed)
}

# In the container, leaves COUNT mounts on the cache: 1 is what runc mounted, 2 one copy on top of it; more are views. Adds a copy.
mounts()
{
	"$FAULT_TOOLS/mounts" "$HELD_PID" "$INSIDE" "$@" || die "the container is gone"
}

# Puts a copy of the cache that was not used for long into the container, without receipts; TEXT_FILE is one of its small files.
use_copy()
{
	rm -rf "$W/receipts" /run/nimgate
	COPY=$W/copies/$((attempts % COPIES))
	mounts 1 "$COPY"
	TEXT=$((attempts / COPIES % ${#TEXTS[@]}))
	TEXT_FILE=$(readlink -f "$COPY/$SNAPSHOT/$HF/${TEXTS[TEXT]}")
	attempts=$((attempts + 1))
}

spoil()
{
	first_byte "$TEXT_FILE" X
}

mend()
{
	first_byte "$TEXT_FILE" "${FIRST[TEXT]}"
}

# One start, to its end, below the command that is given, if any: STATUS and MS.
# shellcheck disable=SC2120 # some give none
run()
{
	local began

	began=$(now_ms)
	"$@" "${ARGUMENTS[@]}" <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	MS=$(($(now_ms) - began))
	mounts 2
}

wrong()
{
	not_ok "$NAME" "$WHAT: $*: $(head -n 3 "$W/run.out" | tr '\n' ' ')"
}

# What must hold after a start in which something failed.
judge_next()
{
	local left

	rows_are_true || wrong "a row is not true: $(cat "$W/rows.out")"
	run
	[ $STATUS = 0 ] || wrong "the next start is refused ($STATUS)"
	[ $MS -lt $USUAL_MS ] || wrong "the next start took $MS ms"
	rows_are_true || wrong "a row of the next start is not true: $(cat "$W/rows.out")"
	# The progress of who was killed stays until somebody hashes again.
	left=$(find $RUNNING -type f | tail -n +2; find $REQUESTS "$W/receipts" -name '.?*' -o -name '*.new' 2>/dev/null)
	[ -z "$left" ] || wrong "left behind: $left"
	spoil
	run
	[ $STATUS = "$CHANGED" ] || wrong "a flipped byte: status $STATUS"
	mend
}
