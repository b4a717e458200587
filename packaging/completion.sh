#!/bin/bash
# Prints a completion, made of what the programs' --help prints.
#
#   packaging/completion.sh bash|zsh NIMGATE
#
# A word of a usage line in small letters is written as it stands, one in capitals is a value; a|b is a choice, " | " parts whole lines.
# shellcheck disable=SC2016 # backticks are text
set -eu
shell=$1 program=$(realpath "$2")
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rows()
{
	"$program" "$@" --help | awk -f "$here/help.awk"
}

# The rows of the program and of each command, with the command's name in front ("-": none).
all_rows()
{
	local command

	rows >"$work/main"
	sed 's/^/-\t/' "$work/main"
	awk -F '\t' '$1 == "command" { print $2 }' "$work/main" | while read -r command; do
		rows "$command" >"$work/command"
		sed "s/^/$command\t/" "$work/command"
	done
}

all_rows >"$work/rows"
reasons=$(sed -n 's/^## `\([a-z-]*\)`$/\1/p' "$here/../docs/reasons.md" | paste -sd '|')
awk -v reasons="$reasons" -f "$here/values.awk" -f "$here/usage.awk" "$work/rows" >"$work/places"
{
	awk -v reasons="$reasons" -f "$here/values.awk" -f "$here/completion_$shell.awk" "$work/rows" "$work/places"
	cat "$here/completion.names" "$here/completion.$shell"
} | if [ "$shell" = zsh ]; then
	# The call of the function comes last.
	awk '/^_nimgate "\$@"$/ { call = $0; next } { print } END { print call }'
else
	cat
fi
