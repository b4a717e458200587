#!/bin/bash
# The pages hang together: what one names is there, README's layout is the repository's, and no line of prose is too long.
# shellcheck disable=SC2015,SC2016 # ok does not fail; backticks are text
. "$(dirname "$0")/lib.bash"
cd "$REPOSITORY" || exit 1
PAGES=(README.md SECURITY.md docs/*.md)
WIDTH=155

# FILE...: each page that is named in them, docs/NAME.md or a link's target.
named()
{
	grep -ohE '\bdocs/[a-z-]+\.(md|json|svg)' "$@" | sort -u
}

# NAME FILE...: every page that they name is there.
leads_somewhere()
{
	local name=$1 page missing=''

	shift
	for page in $(named "$@"); do
		[ -f "$page" ] || missing+=" $page"
	done
	[ -z "$missing" ] && ok "$name" || not_ok "$name" "name$missing, which is not there"
}

# PAGE: the targets of its links, and the sections that they name.
check_links()
{
	local target missing=''

	while IFS= read -r target; do
		case $target in
		http*) ;;
		'#'*) grep -qiE "^#+ $(tr '-' '.' <<<"${target#\#}")\$" "$1" || missing+=" $target" ;;
		*) [ -e "$(dirname "$1")/${target%%#*}" ] || missing+=" $target" ;;
		esac
	done < <(grep -oE '\]\([^)]+\)' "$1" | sed 's/^](//; s/)$//')
	[ -z "$missing" ] && ok "links: $1" || not_ok "links: $1" "lead nowhere:$missing"
}

# FILE: lines of prose that are longer than WIDTH. Not tables, code and headings.
too_long()
{
	awk -v width=$WIDTH '/^```/ { fenced = !fenced } !fenced && !/^(\||    |#|```|- (Cause|Cure|Example):)/ && length($0) > width { print FILENAME ":" FNR ": " length($0) }' "$1"
}

# The block below the heading Layout.
layout()
{
	sed -n '/^## Layout/,$s/^    //p' README.md
}

check_layout()
{
	local folder missing=''

	for folder in $(git ls-files 2>/dev/null | sed -n 's|^\([a-z][a-z]*\)/.*|\1|p' | sort -u); do
		layout | grep -q "^$folder/" || missing+=" $folder/"
	done
	for folder in tests/*/; do
		folder=$(basename "$folder")
		layout | sed -n '/^tests/,$p' | grep -qE "(^|[ ,/])$folder([ ,]|\$)" || missing+=" tests/$folder/"
	done
	[ -z "$missing" ] && ok 'layout: every folder' || not_ok 'layout: every folder' "README lacks$missing"
	[ "$(layout | grep -oE 'base < [a-z <,]+')" = "$(layers)" ] && ok 'layout: the layers, in order' || not_ok 'layout: the layers, in order' "wanted '$(layers)'"
}

# As tests/hygiene/check.sh has them.
layers()
{
	sed -n '/^layers()/,/^}/s/^\t*\([0-9]*\) \([a-z]*\)$/\1 \2/p' tests/hygiene/check.sh | awk '$1 < 10 {
		line = line (line == "" ? "" : $1 == rank ? ", " : " < ") $2; rank = $1 } END { print line }'
}

# Which units a package turns on, and which it leaves off, as docs/install.md says.
check_units()
{
	local unit on

	for unit in systemd/*.{path,timer} systemd/nimgate-gpus.service; do
		unit=${unit##*/}
		on=off
		! grep -qE "^ON = .*[ ,]${unit#nimgate-}[ )]" packaging/debian/rules || on=on
		grep -qE "^\\| .*\`$unit\`.* \\| are $on: " docs/install.md && ok "$unit is $on" || not_ok "$unit is $on" 'docs/install.md does not say so'
	done
}

check_units
for page in "${PAGES[@]}"; do
	check_links "$page"
	long=$(too_long "$page")
	[ -z "$long" ] && ok "width: $page" || not_ok "width: $page" "$long"
	leads_somewhere "names: $page" "$page"
done
leads_somewhere 'the programs name pages that are there' lib/*/*.[ch] hook/*.[ch] cli/*.[ch]
leads_somewhere 'so do units, examples and packaging' systemd/* config/* packaging/*/* packaging/*.sh 2>/dev/null
check_layout
for page in docs/*.md; do
	grep -qF "$page" README.md docs/*.md || not_ok "found: $page" 'no other page names it'
done
# What is wrong would be seen.
printf 'See docs/nowhere.md and [this](nowhere.md). %s\n' "$(head -c 200 /dev/zero | tr '\0' x)" >"$W/page.md"
[[ $(check_links "$W/page.md") == *'nowhere.md'* ]] && [ -n "$(too_long "$W/page.md")" ] && [[ $(leads_somewhere x "$W/page.md") == *docs/nowhere.md* ]] &&
	ok 'what is wrong is seen' || not_ok 'what is wrong is seen' ''
end
