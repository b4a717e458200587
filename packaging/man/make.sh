#!/bin/bash
# Makes the man pages: one for each command of nimgate and each unit, which need no text of their own, and one for each template beside this
# file. Nothing in them can go stale: options are those of --help, keys and reasons those of docs/.
#
#   packaging/man/make.sh BIN FOLDER    programs from BIN, pages into FOLDER
#
# Lines of a template (NAME.SECTION, mdoc) that begin with @:
#
#   @synopsis PROGRAM [COMMAND]     @description PROGRAM [COMMAND]     @options PROGRAM [COMMAND]     parts of its --help
#   @doc FILE [SECTION]             a section of docs/FILE, or all of it
#
# nimgate-COMMAND.1, if it is there, is what follows behind the options of a command's page. In links stand further names of pages.
set -eu
bin=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
cd "$(dirname "$0")/../.."
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
date=$(LC_ALL=C date -u -d "@$epoch" '+%B %-d, %Y')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
M=packaging/man

# PART PROGRAM [COMMAND]
help_part()
{
	"$bin/$2" ${3:+"$3"} --help | awk -f packaging/help.awk | awk -v part="$1" -f $M/mdoc.awk -f $M/help.awk
}

doc_part()
{
	awk -v section="${2:-}" -f $M/mdoc.awk -f $M/markdown.awk "docs/$1"
}

# NAME SECTION WHAT
header()
{
	printf '.\\" Made by packaging/man/make.sh.\n.Dd %s\n.Dt %s %s\n.Os\n.Sh NAME\n.Nm %s\n.Nd "%s"\n' "$date" "${1^^}" "$2" "$1" "$3"
}

# A template on standard input.
expand()
{
	local line

	while IFS= read -r line; do
		case $line in
		@doc*)
			line=${line#@doc }
			doc_part "${line%% *}" "$([[ $line != *' '* ]] || echo "${line#* }")"
			;;
		@synopsis* | @description* | @options*)
			line=${line#@}
			# shellcheck disable=SC2086 # words
			help_part $line
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# What stands in nimgate's list for it, as one says it: without a question mark or a full stop.
summary()
{
	"$bin/nimgate" --help | awk -f packaging/help.awk | awk -F '\t' -v name="$1" '$1 == "command" && $2 == name {
		sub(/[?.]$/, "", $4)
		print $4
	}'
}

commands()
{
	"$bin/nimgate" --help | awk -f packaging/help.awk | awk -F '\t' '$1 == "command" { print $2 }'
}

command_page()
{
	header "nimgate-$1" 1 "$(summary "$1")"
	printf '.Sh SYNOPSIS\n'
	help_part synopsis nimgate "$1"
	printf '.Sh DESCRIPTION\n'
	help_part description nimgate "$1"
	printf '.Sh OPTIONS\n'
	help_part options nimgate "$1"
	if [ -e "$M/nimgate-$1.1" ]; then
		expand <"$M/nimgate-$1.1"
	fi
	printf '.Sh EXIT STATUS\n0: yes, done.\nOthers:\n.Xr nimgate 1 .\n.Sh SEE ALSO\n.Xr nimgate 1 ,\n.Xr nimgate-policy 5 ,\n.Xr nimgate-reasons 7\n'
}

# The comment at the unit's head.
unit_comment()
{
	awk '!/^#/ { exit } { sub(/^# ?/, ""); print }' "$1"
}

setting()
{
	sed -n "s/^$2=//p" "$1" | head -n 1
}

unit_page()
{
	local unit=systemd/$1 runs name

	name=${1%.*}
	runs=$(setting "$unit" ExecStart)
	header "$1" 8 "$(setting "$unit" Description)"
	printf '.Sh SYNOPSIS\n.Nm\n.Sh DESCRIPTION\n'
	unit_comment "$unit" | awk "$(cat $M/mdoc.awk)"' { text = text " " $0 } END { put_text(inline(text)) }'
	if [ -n "$runs" ]; then
		printf '.Pp\nIt runs:\n.Bd -literal -offset indent\n%s\n.Ed\n' "$runs"
		printf '.Pp\nIt has the capabilities and the files that it needs, and no others: systemctl cat %s shows them.\n' "$1" | fold -s -w 78 | sed 's/ $//'
	fi
	printf '.Sh SEE ALSO\n'
	{
		echo '.Xr nimgate 1'
		name=$(grep -oE 'nimgate( --log-level [A-Z]+)? [a-z]+' <<<"$runs" | sed 's/.* //')
		[ -z "$name" ] || echo ".Xr nimgate-$name 1"
		name=${1%.*}
		for name in systemd/"$name".*; do
			[ ! -f "$name" ] || [ "${name##*/}" = "$1" ] || echo ".Xr ${name##*/} 8"
		done
	} | sed '$!s/$/ ,/'
}

for command in $(commands); do
	command_page "$command" >"$out/nimgate-$command.1"
done
for unit in systemd/*.{service,path,timer}; do
	[ ! -f "$unit" ] || unit_page "${unit##*/}" >"$out/${unit##*/}.8"
done
for template in "$M"/*.[1-8]; do
	name=${template##*/}
	[[ $name == nimgate-*.1 ]] && continue
	{
		read -r what
		header "${name%.*}" "${name##*.}" "${what#@what }"
		expand
	} <"$template" >"$out/$name"
done
while read -r name page; do
	[[ $name == \#* ]] || echo ".so man${page##*.}/$page" >"$out/$name"
done <"$M/links"
# Each command, in nimgate(1).
commands | sort | sed 's/.*/.Xr nimgate-& 1 ,/' >"$work/list"
sed -i -e "/^@commands$/{r $work/list
d}" "$out/nimgate.1"
