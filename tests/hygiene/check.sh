#!/bin/bash
# Checks what no compiler checks: the arrows between the layers, the borders around third-party libraries, names, sizes, how the
# programs are linked, and that the documented exit statuses are the real ones. Needs a built tree.
#
#   tests/hygiene/check.sh [ROOT [CHECK...]]
#
# Each check is a function check_NAME that prints one line a violation; no line means it passed. selftest.sh sees each one fail.
# shellcheck disable=SC2016 # the dollars are awk's
set -u
checks=(arrows libraries symbols headers functions files columns hook-link hook-network command-link format exit-status)
root=$(realpath "${1:-$(dirname "$0")/../..}")
shift $(($# > 0))
[ $# = 0 ] || checks=("$@")
cd "$root" || exit 1
shopt -s nullglob
CC=${CC:-gcc}
B=${B:-build}

# The layers from below, as "rank folder". A file includes its own folder and folders of a lower rank: oms, nim and oci have the same
# rank, so they do not know each other.
layers()
{
	cat <<-'END'
		1 base
		2 border
		3 guard
		4 hash
		5 oms
		5 nim
		5 oci
		6 receipt
		7 policy
		8 gate
		9 supply
		10 hook
		10 cli
	END
}

# Whose headers may appear where: a prefix of the header, and the border modules (S.c, S.h, S_*.c). Tests may use OpenSSL to make
# keys and certificates.
borders()
{
	cat <<-'END'
		openssl/ digest mac key chain certificate curve ecdsa heap pem tests
		yajl/ json
		yaml.h yaml
		seccomp.h filter
		curl/ http
	END
}

# What the command may be linked with.
command_libraries='libyajl.so.2 libyaml-0.so.2 libseccomp.so.2 libcrypto.so.3 libcurl.so.4 libpthread.so.0 libc.so.6
	ld-linux-x86-64.so.2 ld-linux-aarch64.so.1'

sources()
{
	find lib hook cli tests -name '*.[ch]' 2>/dev/null | sort
}

# The product's own files: the tests are not bound by its layers and sizes.
product()
{
	sources | grep -v '^tests/'
}

# FILE LINE HEADER of each include directive, whichever quotes it uses.
includes()
{
	sources | xargs -r awk '/^[ \t]*#[ \t]*include/ {
		header = $0
		sub(/^[^<"]*[<"]/, "", header)
		sub(/[>"].*/, "", header)
		print FILENAME, FNR, header
	}'
}

check_arrows()
{
	includes | awk '
	function layer(path) {
		sub(/^lib\//, "", path)
		return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
	}
	NR == FNR { rank[$2] = $1; next }
	$1 ~ /^tests\// { next }
	{
		from = layer($1)
		to = layer($3)
		where = $1 ":" $2 ": "
		if (!(from in rank))
			print where "no layer is called " from
		else if ($3 ~ /^\.|\/\.\.\//)
			print where "a header is named from its layer on, not as " $3
		else if (to in rank && to != from && rank[to] >= rank[from])
			print where from " may not know " to " (" $3 ")"
		else if (to == "supply" && from != "cli" && from != "supply")
			print where "supply belongs to the command alone"
	}' <(layers) -
}

check_libraries()
{
	includes | awk '
	NR == FNR { allowed[$1] = " "; for (i = 2; i <= NF; i++) allowed[$1] = allowed[$1] $i " "; next }
	{
		for (prefix in allowed) {
			if (index($3, prefix) != 1)
				continue
			place = $1 ~ /^tests\// ? "tests" : ""
			if ($1 ~ /^lib\/border\//) {
				place = $1
				sub(/.*\//, "", place)
				sub(/[_.].*/, "", place)
			}
			if (place == "" || index(allowed[prefix], " " place " ") == 0)
				print $1 ":" $2 ": " $3 " belongs to" allowed[prefix] "alone"
		}
	}' <(borders) -
}

check_symbols()
{
	local source object subject symbol

	for source in lib/*/*.c; do
		subject=$(basename "$source" .c)
		object=("$B"/release-*/"${source%.c}.o")
		[ ${#object[@]} -gt 0 ] || echo "$source: has no object below $B/release-*; run make first"
		for object in "${object[@]}"; do
			while read -r symbol; do
				[[ $symbol == "$subject"_* ]] || echo "$source: exports $symbol, which does not start with ${subject}_"
			done < <(nm -g --defined-only --format=posix "$object" | cut -d ' ' -f 1)
		done
	done
}

check_headers()
{
	local header

	while IFS= read -r header; do
		grep -qx '#pragma once' "$header" || echo "$header: lacks #pragma once"
		printf '#include "%s"\n' "${header#lib/}" | "$CC" -std=gnu11 -D_GNU_SOURCE -Ilib -I. -Wall -Werror -fsyntax-only \
			-Wno-unused-function -Wno-unused-variable -x c - 2>/dev/null || echo "$header: does not compile alone"
	done < <(sources | grep '\.h$')
}

# In kernel style a function's body lies between braces at the left margin.
check_functions()
{
	product | grep '\.c$' | xargs -r awk '
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start + 1 > 100)
			print FILENAME ":" start ": a function of " FNR - start + 1 " lines, more than 100"
		start = 0
	}'
}

check_files()
{
	product | xargs -r awk '
	function judge() { if (lines > 400) print name ": " lines " lines, more than 400" }
	FNR == 1 { judge(); name = FILENAME }
	{ lines = FNR }
	END { judge() }'
}

# Strings are not broken, so that they can be searched for: they do not count.
check_columns()
{
	local file

	while IFS= read -r file; do
		expand "$file" | awk -v file="$file" '
		{ columns = length($0); gsub(/"([^"\\]|\\.)*"/, "\"\"") }
		length($0) > 100 { print file ":" FNR ": " columns " columns, more than 100" }'
	done < <(sources)
}

# Checks of a program's ELF headers that hold for both: position-independent, read-only after relocation, no executable stack.
elf_faults()
{
	local program=$1 headers dynamic

	[ -f "$program" ] || { echo "$program: is not built"; return; }
	headers=$(readelf -hlW "$program" 2>&1)
	dynamic=$(readelf -dW "$program" 2>&1)
	grep -q 'Type: *DYN' <<<"$headers" || echo "$program: is not position-independent"
	grep -q GNU_RELRO <<<"$headers" || echo "$program: has no RELRO segment"
	grep -q 'GNU_STACK.* RW ' <<<"$headers" || echo "$program: has an executable stack"
	grep -q 'FLAGS_1.*NOW' <<<"$dynamic" || echo "$program: does not bind all symbols at start"
	! grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" || echo "$program: has a path for libraries of its own"
}

needed()
{
	readelf -dW "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

# An image can preload into what loads libraries (facts: runtimes, section 5): what engines run loads none.
check_hook_link()
{
	local library program

	for program in "$B"/bin/nimgate-hook "$B"/bin/nimgate-runtime; do
		elf_faults "$program"
		! readelf -lW "$program" 2>/dev/null | grep -q INTERP || echo "$program: asks for a loader"
		for library in $(needed "$program"); do
			echo "$program: needs $library"
		done
	done
}

# What engines run never asks a server: no byte of libcurl is in it, nor of what only the command needs.
check_hook_network()
{
	local program object

	for program in "$B"/bin/nimgate-hook "$B"/bin/nimgate-runtime; do
		[ -f "$program" ] || { echo "$program: is not built"; continue; }
		! nm "$program" 2>/dev/null | grep -qE ' (curl_|Curl_|http_|courier_|ngc_signature)' || echo "$program: has code that speaks HTTP"
		! readelf -dW "$program" 2>/dev/null | grep -q libcurl || echo "$program: needs libcurl"
		! grep -qa 'libcurl' "$program" || echo "$program: names libcurl"
	done
	for object in "$B"/release-*/hook/*.o; do
		! nm -u "$object" | grep -qE ' (curl_|http_)' || echo "$object: calls what speaks HTTP"
	done
}

check_command_link()
{
	local library program=$B/bin/nimgate

	elf_faults "$program"
	for library in $(needed "$program"); do
		[[ " ${command_libraries//$'\n'/ } " == *[[:space:]]"$library"[[:space:]]* ]] ||
			echo "$program: needs $library, which is not on the list"
	done
}

# Only version 14 is the judge: others lay out differently.
check_format()
{
	if command -v clang-format-14 >/dev/null; then
		sources | xargs -r clang-format-14 --dry-run -Werror 2>&1 | grep 'error:' | sed 's/: error:.*/: make format would change it/' |
			sort -u
	fi
}

# The table's rows are "| reason | command | hook | ...".
documented_statuses()
{
	awk -F '|' '{ gsub(/[ `]/, "") } $3 ~ /^[0-9]+$/ && $4 ~ /^[0-9]+$/ { print $2, $3, $4 }' docs/exit-status.md | sort
}

check_exit_status()
{
	local program

	program=$(mktemp)
	"$CC" -std=gnu11 -Ilib -o "$program" tests/hygiene/statuses.c lib/base/reason.c &&
		diff <(documented_statuses) <("$program" | sort) | sed -n -e 's/^< /docs\/exit-status.md alone says: /p' \
			-e 's/^> /lib\/base\/reason.c alone says: /p'
	rm -f "$program"
}

failures=0
for check in "${checks[@]}"; do
	faults=$("check_${check//-/_}" 2>&1)
	if [ -z "$faults" ]; then
		echo "ok hygiene/$check"
		continue
	fi
	failures=$((failures + 1))
	echo "not ok hygiene/$check: $(wc -l <<<"$faults") violations"
	echo "$faults"
done
[ $failures = 0 ]
