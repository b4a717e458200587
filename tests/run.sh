#!/bin/bash
# Runs test programs and sums them up. Each prints "ok NAME", "not ok NAME: why" or "skip NAME: why", a line a case.
#
#   tests/run.sh PROGRAM...
#
# A program that fails without a "not ok" line, or prints no case at all, counts as one failure. With CI=true a skip is a failure, but for
# names that start with "gpu" or "cpu": those features may not be there. The last line is "N passed, N failed[, N skipped]". As root the programs
# run apart from this machine's own nimgate (private.sh).
set -u
if [ -z "${TESTS_APART:-}" ]; then
	TESTS_APART=yes exec "${0%/*}/private.sh" "$0" "$@"
fi
passed=0 failed=0 skipped=0
skips=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program in "$@"; do
	start=$EPOCHREALTIME
	"$program" >"$log" 2>&1
	status=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	while IFS= read -r line; do
		if [ "${CI:-}" = true ] && [[ $line != "skip gpu"* && $line != "skip cpu"* ]]; then
			bad=$((bad + 1))
			echo "not ok ${line#skip } (a skip in CI)" >>"$log"
		else
			skipped=$((skipped + 1))
			skips+=("${line#skip }")
		fi
	done < <(grep '^skip ' "$log")
	if [ "$bad" = 0 ] && { [ $status != 0 ] || [ "$(grep -c -e '^ok ' -e '^skip ' "$log")" = 0 ]; }; then
		bad=1
		tail -n 40 "$log"
		echo "not ok $program: exit status $status"
	elif [ "$bad" != 0 ]; then
		grep -v '^ok ' "$log"
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	printf '%-50s %5d ok %4d failed %6.1f s\n' "${program#build/}" "$ok" "$bad" \
		"$(echo "$EPOCHREALTIME $start" | awk '{ print $1 - $2 }')"
done
for skip in "${skips[@]}"; do
	echo "skipped: $skip"
done
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
