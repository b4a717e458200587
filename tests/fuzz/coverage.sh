#!/bin/bash
# Replays the inputs that the fuzzers kept and checks what they reached: tests/fuzz/coverage.sh OBJECTS PROGRAM...
#
# Measured as by make coverage (tests/coverage/run.sh); the only case is lib/border and lib/oms together, of whose branches at least LEAST
# percent (75) were taken. The single files are shown.
set -u
least=${LEAST:-75}

LEAST=0 tests/coverage/run.sh "$@" | awk -v least="$least" '
	/^not ok programs|^not ok unit tests/ { print; failed++; next }
	!/ branches / { next }
	{ sub(/^(not )?ok /, ""); sub(/: wanted .*/, "") }
	!/^lib\/border and lib\/oms / { print "   " $0; next }
	{
		percent = $0
		sub(/.*branches +/, "", percent)
		if (percent + 0 >= least) { print "ok " $0; passed++ }
		else { print "not ok " $0 ": wanted " least " % of the branches"; failed++ }
	}
	END {
		if (passed + failed == 0) { print "not ok coverage: nothing was measured"; failed++ }
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}'
