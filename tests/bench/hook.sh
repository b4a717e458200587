#!/bin/bash
# What the hook costs a container that is no NIM, over an empty static program that is run in the same way. Needs root.
#
#   tests/bench/hook.sh [PAIRS [LIMIT_MS]]
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"

bench=$REPOSITORY/tests/bench
need_root
need_programs runc busybox jq "$HOOK"
work_open
"${CC:-gcc}" -O2 -D_GNU_SOURCE -o "$W/pairs" "$bench/pairs.c" || die "cannot build pairs"
echo 'int main(void) { return 0; }' | "${CC:-gcc}" -O2 -fPIE -static-pie -o "$W/empty" -x c - || die "cannot build empty"
settings_reset
image_plain plain
IMAGE=plain MOUNTS=() COMMAND=(/bin/show)
policy certificate /nowhere.pem >"$W/policy.yaml"
hold
"$W/pairs" "${1:-50}" "${2:-3}" "$W/state" "$HOOK" --policy "$W/policy.yaml" createRuntime -- "$W/empty"
status=$?
release
exit $status
