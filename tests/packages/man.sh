#!/bin/bash
# The help of every command fits a screen; every program, command, unit and file has a man page, in which all of --help stands; mandoc has
# nothing to say about any.
# shellcheck disable=SC2013,SC2015,SC2016 # ok does not fail
. "$(dirname "$0")/../cli/lib.bash"
BIN=$(dirname "$N")
COLUMNS_MOST=80 LINES_MOST=24

# PROGRAM [COMMAND]
fits()
{
	local longest lines

	longest=$("$BIN/$1" ${2:+"$2"} --help | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }')
	lines=$("$BIN/$1" ${2:+"$2"} --help | wc -l)
	if [ "$lines" -gt 3 ] && [ "$lines" -le $LINES_MOST ] && [ "$longest" -le $COLUMNS_MOST ]; then
		ok "$* --help fits a screen"
	else
		not_ok "$* --help fits a screen" "$lines lines, $longest columns"
	fi
}

# PAGE PROGRAM [COMMAND]: all options of --help, and what each is for, are in the page.
says_all()
{
	local page=$1 missing='' option help

	shift
	[ -f "$W/man/$page" ] || { not_ok "$page" 'is not there'; return; }
	man_text "$page" >"$W/text"
	while IFS=$'\t' read -r option help; do
		grep -qF -- "--$option" "$W/text" || missing+=" --$option"
		tr -s ' \n' ' ' <"$W/text" | grep -qF -- "$help" || missing+=" '$help'"
	done < <("$BIN/$1" ${2:+"$2"} --help | awk -f "$REPOSITORY/packaging/help.awk" | awk -F '\t' '$1 == "option" {
		print ($4 == "switch" ? "[no-]" : "") $2 "\t" $5 }')
	[ -z "$missing" ] && ok "$page has all of --help" || not_ok "$page has all of --help" "lacks$missing"
}

# Without hyphenation and with the roff's double blanks behind sentences undone.
man_text()
{
	mandoc -T ascii -O width=1000 "$W/man/$1" | col -b | tr '\t' ' '
}

commands()
{
	"$N" --help | awk -f "$REPOSITORY/packaging/help.awk" | awk -F '\t' '$1 == "command" { print $2 }'
}

check_page()
{
	local said name section

	said=$(mandoc -T lint "$1" 2>&1 | grep -v 'referenced manual not found')
	[ -z "$said" ] && ok "lint: ${1##*/}" || not_ok "lint: ${1##*/}" "$said"
	while read -r _ name section _; do
		[ -f "$W/man/$name.$section" ] || not_ok "${1##*/}" "refers to $name($section), which is not there"
	done < <(grep '^\.Xr ' "$1")
}

command -v mandoc >/dev/null || { echo 'skip man: needs mandoc: tests/deps.sh packages'; exit 0; }
"$REPOSITORY/packaging/man/make.sh" "$BIN" "$W/man" || not_ok 'pages are made' "$?"
fits nimgate
fits nimgate-hook
says_all nimgate.1 nimgate
says_all nimgate-hook.8 nimgate-hook
for command in $(commands); do
	fits nimgate "$command"
	says_all "nimgate-$command.1" nimgate "$command"
done
for unit in "$REPOSITORY"/systemd/*.{service,path,timer}; do
	[ -f "$W/man/${unit##*/}.8" ] && ok "page: ${unit##*/}" || not_ok "page: ${unit##*/}" 'is not there'
done
for page in nimgate-policy.5 models.lock.5 runtime.yaml.5 nimgate-decisions.5 nimgate-reasons.7 nimgate-runtime.8; do
	[ -s "$W/man/$page" ] && ok "page: $page" || not_ok "page: $page" 'is not there'
done
for word in $(sed -nE 's/^\| `([a-z_.]+)` .*/\1/p' "$REPOSITORY/docs/policy.md"); do
	man_text nimgate-policy.5 | grep -qF "$word" || not_ok 'nimgate-policy.5' "lacks the key $word"
done
for page in "$W/man"/*; do
	check_page "$page"
done
# A page that is wrong would be seen.
sed 's/^\.El$//' "$W/man/nimgate-lock.1" >"$W/broken.1"
[ -n "$(mandoc -T lint "$W/broken.1" 2>&1)" ] && ok 'lint can fail' || not_ok 'lint can fail' ''
end
