#!/bin/bash
# docs/known-holes.md: every hole names the test that shows it, and that test is there.
. "$(dirname "$0")/lib.bash"
scripts=("$REPOSITORY"/tests/{engines,cli,packages}/*.sh "$REPOSITORY"/tests/unit/*.c)
number=0
while IFS='|' read -r _ hole _ _ _ shown _; do
	number=$((number + 1))
	[ "$((hole))" = $number ] || not_ok "hole $number" "the row has the number $hole"
	mapfile -t names < <(grep -o '`[^`]*`' <<<"$shown" | tr -d '`' | sed 's|.*\*/||; s|.*/hole: |hole: |; s|-\*$||; s|^debian13/||')
	[ ${#names[@]} != 0 ] || not_ok "hole $number" "names no test"
	for name in "${names[@]}"; do
		if grep -qF -- "$name" "${scripts[@]}" "$REPOSITORY"/tests/engines/*.tsv; then
			ok "hole $number: $name"
		else
			not_ok "hole $number" "no test is called '$name'"
		fi
	done
done < <(grep -E '^\| [0-9]+ \|' "$REPOSITORY/docs/known-holes.md" | grep -v '^| # ')
[ $number -ge 14 ] || not_ok "holes" "only $number were read"
end
