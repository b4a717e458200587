#!/bin/bash
# The help of every command fits a screen; every program, command, unit and file, installed or kept while it runs, has a man page, in which
# all of --help stands; mandoc has nothing to say about any, down to its style.
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

	said=$(mandoc -T lint -W style "$1" 2>&1 | grep -v 'referenced manual not found')
	[ -z "$said" ] && ok "lint: ${1##*/}" || not_ok "lint: ${1##*/}" "$said"
	while read -r _ name section _; do
		[ -f "$W/man/$name.$section" ] || not_ok "${1##*/}" "refers to $name($section), which is not there"
	done < <(grep '^\.Xr ' "$1")
}

# NAME WORDS FILE...: a page that "man NAME" shows, as it is installed, says WORDS.
shows()
{
	local name=$1 words=$2 said

	said=$(MANPATH=$W/root/usr/share/man man "$name" 2>&1 </dev/null | col -b)
	[[ $said == *"$words"* ]] && ok "man $name" || not_ok "man $name" "wanted '$words', got: $(head -n 3 <<<"$said")"
}

# Every file that is installed, and every path of nimgate's that the programs have, stands in a page; a unit or program has one of its own.
check_files()
{
	local file name

	make -s -C "$REPOSITORY" install DESTDIR="$W/root" >"$W/log" 2>&1 || { not_ok 'installs' "$(tail -n 3 "$W/log")"; return; }
	while IFS= read -r file; do
		name=${file##*/}
		case $file in
		*/systemd/system/*) [ -f "$W/man/$name.8" ] && ok "page: $name" || not_ok "page: $name" 'is not there' ;;
		/usr/bin/* | */hooks.d/*) compgen -G "$W/man/$name.[18]" >/dev/null && ok "page: $name" || not_ok "page: $name" 'is not there' ;;
		/usr/share/man/* | /usr/share/doc/nimgate/*) ;;
		*) named "$file" ;;
		esac
	done < <(cd "$W/root" && find . -type f | sed 's/^\.//' | sort)
	while IFS= read -r file; do
		named "$file"
	done < <(cd "$REPOSITORY" && grep -rhoE '"/(etc|run|var/lib)/nimgate[^" ]*"' lib cli hook | tr -d '"' | sort -u)
}

# PATH
named()
{
	grep -qF "$1" "$W"/man/* && ok "named: $1" || not_ok "named: $1" 'no page does'
}

# Every further name leads to the page that it stands for, and to a unit or a command its own name does.
check_names()
{
	local link page

	while read -r link page; do
		[[ $link != \#* ]] || continue
		[ -f "$W/man/$page" ] && ok "link: $link" || not_ok "link: $link" "$page is not there"
		shows "${link%.*}" "${page%.*}"
	done <"$REPOSITORY/packaging/man/links"
	shows nimgate 'is the command for people'
	shows nimgate-policy '/etc/nimgate/policy.yaml'
	shows nimgate-verify.service 'prefetch --requests'
	shows nimgate-lock 'models.lock'
	# A name that is none would be seen.
	MANPATH=$W/root/usr/share/man man nimgate-nonsense >/dev/null 2>&1 && not_ok 'man can fail' '' || ok 'man can fail'
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
check_files
check_names
for word in $(sed -nE 's/^\| `([a-z_.]+)` .*/\1/p' "$REPOSITORY/docs/policy.md"); do
	man_text nimgate-policy.5 | grep -qF "$word" || not_ok 'nimgate-policy.5' "lacks the key $word"
done
for page in "$W/man"/*; do
	grep -q '^\.so ' "$page" || check_page "$page"
done
# A page that is wrong would be seen.
sed 's/^\.El$//' "$W/man/nimgate-lock.1" >"$W/broken.1"
[ -n "$(mandoc -T lint "$W/broken.1" 2>&1)" ] && ok 'lint can fail' || not_ok 'lint can fail' ''
end
