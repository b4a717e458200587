#!/bin/bash
# What compilers and analysers say of the product's code without running it: gcc -fanalyzer, clang, clang-tidy, cppcheck.
# One line "ok NAME" or "not ok NAME" a tool and file; ends with the sum.
set -u
cd "$(dirname "$0")/../.." || exit 1
mapfile -t sources < <(git ls-files 'lib/*.c' 'hook/*.c' 'cli/*.c')
flags=(-std=gnu11 -Ilib -I. -D_GNU_SOURCE '-DNIMGATE_RELEASE="check"')
# Without sign conversion: a length from ssize_t that was checked for -1 would need a cast each time; -Wconversion sees what is cut.
warnings=(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Wformat=2 -Wconversion
	-Wno-sign-conversion -Werror)
# gcc 12 loses whose memory it is once a pointer is stored in an array of structs; LeakSanitizer and valgrind prove that at run time.
analyzer=(-fanalyzer -Wno-analyzer-malloc-leak)
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# report NAME: runs the rest of the arguments; what they print and their status decide.
report() {
	local name=$1
	shift
	if "$@" >"$log" 2>&1 && [ ! -s "$log" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		cat "$log"
		echo "not ok $name"
	fi
}

# Without clang-tidy's count of the warnings in system headers.
tidy() {
	clang-tidy --quiet --config-file=.clang-tidy "$1" -- "${flags[@]}" 2>/dev/null
}

for tool in gcc clang clang-tidy cppcheck; do
	command -v "$tool" >/dev/null || { echo "not ok $tool: not installed (tests/deps.sh --static)"; failed=$((failed + 1)); }
done
for file in "${sources[@]}"; do
	report "gcc -fanalyzer $file" gcc "${flags[@]}" "${warnings[@]}" -O2 "${analyzer[@]}" -c -o /dev/null "$file"
	report "clang $file" clang "${flags[@]}" "${warnings[@]}" -O2 -c -o /dev/null "$file"
	report "clang-tidy $file" tidy "$file"
done
# cppcheck needs no header of the system: it has its own models of the C library, and would only say that it did not look.
# cppcheck does not know that take_ptr() hands ownership on: its memleak is ASan's and valgrind's business here.
report "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability,performance \
	--inline-suppr --suppress=missingIncludeSystem --suppress=memleak -Ilib -I. -D_GNU_SOURCE -DNIMGATE_RELEASE='"check"' lib hook cli
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
