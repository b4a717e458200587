#!/bin/bash
# Runs programs that were built with gcc --coverage and checks what they reached: tests/coverage/run.sh OBJECTS PROGRAM...
#
# Each file of lib/oms and lib/border is a case, each of the two folders, and both together: at least LEAST percent of their branches
# were taken; of the files below, what is said there. OBJECTS is the folder of the object files. The last line is "N passed, N failed".
#
# What counts: every outcome of every condition as gcov sees it in code that was not optimised (-O0), so each side of each "&&", "||",
# "?:", "if", loop and switch, out-of-memory paths included. Nothing is left out by a mark in the source.
# What a process does that ends by _exit() or by a signal, so each child behind a system call filter, leaves no record unless it writes that
# itself (__gcov_dump): these numbers are what the unit tests reach in their own processes.
set -u
objects=$1
shift
least=${LEAST:-90}

# FILE LEAST of files in which some conditions have an outcome that no test can bring about. That is no reason to leave them out: they
# are there because OpenSSL's answer is not ours.
exceptions()
{
	cat <<-'END'
		lib/border/curve.c 80 answers about explicit parameters that OpenSSL 3.0 refuses to give
		lib/border/digest.c 85 digests of another size, and that fail once they have begun
	END
}

find "$objects" -name '*.gcda' -delete
log=$objects/../tests.log
if ! tests/run.sh "$@" >"$log" 2>&1; then
	grep -v '^skip' "$log" | tail -n 40
	echo "not ok unit tests: see $log"
	failed=1
fi

# "FILE branches taken lines run" for each source file, of gcov's annotated text.
measure()
{
	local source

	for source in lib/oms/*.c lib/border/*.c; do
		gcov -b -c -t -o "$objects/${source%/*}" "$source" 2>/dev/null
	done | awk -v uncovered="$objects/../uncovered.txt" '
		/^ *-: *0:Source:/ { file = $0; sub(/.*Source:/, "", file) }
		file !~ /^lib\/(oms|border)\/[a-z_0-9]*\.c$/ { next }
		/^branch/ {
			branches[file]++
			if (/taken [1-9]/) taken[file]++
			else print file ":" line > uncovered
			next
		}
		/^ *[0-9]+\*?:/ { lines[file]++; run[file]++ }
		/^ *[#=]+:/ { lines[file]++ }
		/^ *[-#=0-9*]+: *[0-9]+:/ { split($0, part, ":"); line = part[2] + 0 ":" substr($0, index($0, part[3])) }
		END { for (file in lines) print file, branches[file] + 0, taken[file] + 0, lines[file], run[file] + 0 }' | sort
}

awk -v least="$least" -v failed="${failed:-0}" '
	function judge(name, branches, taken, lines, run, percent, wanted) {
		percent = branches ? 100 * taken / branches : 100
		wanted = name in own ? own[name] : least
		enough = (percent >= wanted)
		printf("%s %-24s branches %5.1f %% (%d of %d), lines %5.1f %%%s\n", enough ? "ok" : "not ok", name, percent, taken,
			branches, lines ? 100 * run / lines : 100, enough ? "" : ": wanted " wanted " % of the branches")
		if (enough) passed++; else failed++
	}
	NR == FNR { own[$1] = $2; next }
	{
		judge($1, $2, $3, $4, $5)
		folder = $1
		sub(/\/[^\/]*$/, "", folder)
		folders[folder]
		b[folder] += $2; t[folder] += $3; l[folder] += $4; r[folder] += $5
		B += $2; T += $3; L += $4; R += $5
	}
	END {
		for (folder in folders) judge(folder, b[folder], t[folder], l[folder], r[folder])
		judge("lib/border and lib/oms", B, T, L, R)
		if (B == 0) { print "not ok coverage: gcov gave nothing"; failed++ }
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' <(exceptions) <(measure)
