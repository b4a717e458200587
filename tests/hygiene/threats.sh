#!/bin/bash
# Sees that each test that docs/threat-model.md names is there: `FILE: CASE`, where CASE stands in FILE or in a file that belongs to it.
#
#   tests/hygiene/threats.sh [DOCUMENT]
# shellcheck disable=SC2016 # the quotes are the document's
set -u
cd "$(dirname "$0")/../.." || exit 1
document=${1:-docs/threat-model.md}
failures=0

# Files in which the cases of a test stand.
beside()
{
	case $1 in
	tests/engines/*.sh) echo "$1" tests/engines/cases.sh tests/engines/cases_model.sh tests/engines/view_inside.sh tests/engines/starts_prepare.sh ;;
	*) echo "$1" ;;
	esac
}

while IFS= read -r named; do
	file=${named%%: *} case=${named#*: }
	mapfile -t files < <(beside "$file" | tr ' ' '\n')
	if [ -f "$file" ] && grep -qsF -- "$case" "${files[@]}"; then
		echo "ok threats: $named"
	else
		echo "not ok threats: $named: no such test"
		failures=1
	fi
done < <(grep -oE '`tests/[^`]+: [^`]+`' "$document" | tr -d '`' | sort -u)

# Each threat, and each child, has one.
while IFS= read -r row; do
	echo "not ok threats: no test in the row: ${row:0:60}"
	failures=1
done < <(grep -E '^\| (T[0-9]+|parser|hasher|viewer) ' "$document" | grep -v '`tests/')
exit $failures
