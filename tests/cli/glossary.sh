#!/bin/bash
# docs/glossary.md: sorted, each word is used and leads to a page that uses it, too; every command, every key of the policy by its first part,
# and the fixed words of a decision are in it, or are reasons, which have a page of their own.
# shellcheck disable=SC2015,SC2016 # ok does not fail; backticks are text
. "$(dirname "$0")/lib.bash"
GLOSSARY=$REPOSITORY/docs/glossary.md
declare -A TEXTS

# Rows: WORD, TAB, MEANING.
entries()
{
	sed -n '/^|---/,$s/^| \([^|]*[^| ]\) *| \(.*[^ ]\) *|$/\1\t\2/p' "$1"
}

# WORD TEXT: WORD, its plural, or a form of the verb, stands in TEXT, which is one line.
uses()
{
	local stem=$1

	[[ $stem != *y ]] || stem=${stem%y}'(y|ies)'
	grep -qiE -- "(^|[^a-z])$stem(e?s|n?ed|d|n?ing|ping)?([^a-z]|\$)" <<<"$2"
}

# NAME FILE: complains about what is wrong with each entry.
check_entries()
{
	local word meaning page file problem

	while IFS=$'\t' read -r word meaning; do
		problem=
		page=$(grep -oE 'docs/[a-z-]+\.md$' <<<"$meaning")
		if [ -z "$page" ] || [ ! -f "$REPOSITORY/$page" ]; then
			problem='names no page at its end'
		else
			file=${page##*/}
			[ -n "${TEXTS[$file]+x}" ] || TEXTS[$file]=$(tr -s '\n ' ' ' <"$REPOSITORY/$page")
			uses "$word" "${TEXTS[$file]}" || problem="does not stand in $page"
		fi
		[ "$(grep -oE '[.:!?)]( |$)' <<<"${meaning%docs/*}" | grep -c .)" -le 5 ] || problem='is longer than a few sentences'
		[ -z "$problem" ] && ok "$word" || not_ok "$word" "$problem"
	done < <(entries "$1")
}

# FILE: what lacks an entry, a line each.
lacking()
{
	local words word

	words=$(entries "$1" | cut -f 1 | tr '[:upper:]' '[:lower:]')
	while read -r word; do
		grep -qE "^($word|${word%s}|${word%s} folder|models?.?$word|${word}s)\$" <<<"$words" || echo "$word"
	done < <(wanted | sort -u)
}

# Nouns and verbs of the command, the policy's keys that are a map or a list of maps, the words of a decision, and the children.
wanted()
{
	"$N" --help | awk -f "$REPOSITORY/packaging/help.awk" | awk -F '\t' '$1 == "command" && $2 != "gpus" && $2 != "explain" { print $2 }'
	sed -nE 's/^\| `(cache|receipts|trust)\..*/\1/p' "$REPOSITORY/docs/policy.md"
	printf '%s\n' mode coverage deadline deny evidence exceptions protection rules signatures sources lock profile utility unpinned
	printf '%s\n' NIM NGC OMS DSSE SPKI manifest version shard anchor pending narrowing gate courier canary 'sigstore bundle' verdict view parser hasher viewer |
		tr '[:upper:]' '[:lower:]'
}

[ "$(entries "$GLOSSARY" | wc -l)" -gt 60 ] && ok 'was read' || not_ok 'was read' "$(entries "$GLOSSARY" | wc -l) entries"
entries "$GLOSSARY" | cut -f 1 | LC_ALL=C sort -fuc 2>"$W/said" && ok 'sorted, none twice' || not_ok 'sorted, none twice' "$(cat "$W/said")"
check_entries "$GLOSSARY"
[ -z "$(lacking "$GLOSSARY")" ] && ok 'nothing lacks' || not_ok 'nothing lacks' "$(lacking "$GLOSSARY" | paste -sd ' ')"
# What is wrong would be seen.
sed '/^| receipt |/d' "$GLOSSARY" >"$W/less.md"
[ "$(lacking "$W/less.md" | paste -sd ' ')" = 'receipt receipts' ] && ok 'a word that lacks is seen' || not_ok 'a word that lacks is seen' "$(lacking "$W/less.md")"
printf '|---|---|\n| frobnication | What nobody does. docs/policy.md |\n' >"$W/more.md"
[[ $(check_entries "$W/more.md") == *'does not stand in docs/policy.md'* ]] && ok 'a word that nobody uses is seen' || not_ok 'a word that nobody uses is seen' ''
end
