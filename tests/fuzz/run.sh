#!/bin/bash
# Runs each fuzz target for SECONDS, from its seeds: tests/fuzz/run.sh SECONDS TARGET...
#
# First each target proves that it can find something: with a planted bug (environment NIMGATE_FUZZ_PLANT=1: the target aborts on an input that
# holds a certain word of its format) it has to crash within its time. A crash is kept in build/fuzz/crashes for a vector.
set -u
seconds=$1
shift
here=$(dirname "$0")
passed=0 failed=0
mkdir -p build/fuzz/crashes
for target in "$@"; do
	name=${target##*/}
	corpus=build/fuzz/corpus/$name
	mkdir -p "$corpus"
	cp -n "$here/seeds/${name#fuzz_}"/* "$corpus/" 2>/dev/null
	log=build/fuzz/$name.log
	if NIMGATE_FUZZ_PLANT=1 "$target" -runs=0 -artifact_prefix=build/fuzz/planted- "$corpus" >"$log" 2>&1; then
		echo "not ok $name: did not find the planted bug"
		failed=$((failed + 1))
		continue
	fi
	rm -f build/fuzz/planted-*
	if "$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix=build/fuzz/crashes/ "$corpus" >"$log" 2>&1; then
		echo "ok $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs"
		passed=$((passed + 1))
	else
		tail -n 30 "$log"
		echo "not ok $name: crash kept in build/fuzz/crashes"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
