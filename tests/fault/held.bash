# Many starts of a hook, a second, on a real container that runc holds at createRuntime. Sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the scripts that source this use the rest, and set NAME
# In mounts of its own, with a /run of its own: requests and turns are this test's.
if [ "$(id -u)" = 0 ] && [ -z "${FAULT_ALONE:-}" ]; then
	FAULT_ALONE=1 exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/../engines/lib.sh"
. "$HERE/fixture.sh"
SHARDS=1 SHARD_BYTES=4096

# Takes away the views that starts have put over the held container's cache.
unview()
{
	[ -e "/proc/$HELD_PID" ] || die "the held container is gone"
	while [ "$(grep -c " $INSIDE " "/proc/$HELD_PID/mountinfo")" -gt 1 ]; do
		nsenter -m -t "$HELD_PID" umount -l "$INSIDE" || die "a view cannot be taken away"
	done
}

wrong()
{
	not_ok "$NAME" "$*: $(head -n 3 "$W/run.out" | tr '\n' ' ')"
}

honest()
{
	"$HOOK" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	unview
}

# The honest start behind, right and with a flipped byte, which MEND puts back.
judge_next()
{
	honest
	[ $STATUS = 0 ] || wrong "the honest start behind is refused ($STATUS)"
	spoil
	honest
	[ $STATUS = "$CHANGED" ] || wrong "the honest start behind, with a flipped byte: $STATUS"
	mend
}

spoil()
{
	printf X 1<>"$TEXT_FILE"
}

mend()
{
	printf '{' 1<>"$TEXT_FILE"
}

# A start without the view takes a third of the time; and no receipts, so that each of them hashes.
quick_policy()
{
	sed '/^receipts:/d' "$W/policy.yaml" >"$W/quick.yaml"
	printf 'receipts: {use: refuse}\nprotect_with: none\n' >>"$W/quick.yaml"
}

# held_open PROGRAM...: holds a container whose start is admitted with the view, and without it and receipts by POLICY.
held_open()
{
	need_root
	need_programs runc busybox jq openssl nsenter "$HOOK" "$NIMGATE" "$@"
	mount -t tmpfs -o mode=755,size=64m none /run || die "cannot mount /run"
	work_open
	fixture_build
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	EDIT='del(.hooks.createRuntime[0].timeout)'
	hold
	PIDS+=("$HELD")
	HELD_PID=$(jq .pid "$W/state")
	INSIDE=$W/images/nim/opt/nim/.cache
	TEXT_FILE=$(readlink -f "$W/cache/$SNAPSHOT/$HF/config.json")
	CHANGED=$(status_of changed)
	quick_policy
	POLICY=$W/quick.yaml
	honest
	[ $STATUS = 0 ] || die "the honest start is refused: $(cat "$W/run.out")"
}
