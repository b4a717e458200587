#!/bin/bash
# Runs test programs under valgrind: no invalid access, no leak. valgrind cannot emulate openat2, so cases that need it fail by
# themselves there; only what valgrind finds counts here.
set -u
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program in "$@"; do
	valgrind --quiet --leak-check=full --show-leak-kinds=definite,possible --error-exitcode=99 \
		--log-file="$log" "$program" >/dev/null 2>&1
	if [ $? = 99 ]; then
		cat "$log"
		echo "not ok valgrind ${program##*/}"
		failed=$((failed + 1))
	else
		echo "ok valgrind ${program##*/}"
		passed=$((passed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
