#!/bin/bash
# Every kind of NIM start on a real runc: the table starts.tsv, a row a start.
#
#   tests/engines/starts.sh [NAME...]
#
# Columns, separated by tabs; "-" is nothing:
#   name         of the case
#   prepare      what is changed in the good state (two signed versions in the cache, the profile that takes files from both): functions below
#   environment  words of the container's environment; "!" in front: without the pin
#   arguments    of the container's process, in place of the server
#   policy       lines added to the good policy, "\n" between them
#   verdict      admitted or refused
#   reason       of a refusal
#   text         regular expression for the message, or with "log:" in front for the decision log's line
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/cases_model.sh"
. "$HERE/starts_prepare.sh"

# Words of a column, with the shell's quoting and variables.
words()
{
	WORDS=()
	[ "$1" = - ] || eval "WORDS=($1)"
}

run_row()
{
	local name=$1 prepare=$2 environment=$3 arguments=$4 policy=$5 verdict=$6 reason=$7 text=$8 line

	fixture_restore
	if [[ $environment == '!'* ]]; then
		ENVIRONMENT=()
		environment=${environment#!}
		environment=${environment:--}
	fi
	words "$environment"
	ENVIRONMENT+=("${WORDS[@]}")
	words "$arguments"
	[ ${#WORDS[@]} = 0 ] || COMMAND=("${WORDS[@]}")
	[ "$prepare" = - ] || eval "$prepare"
	[ "$policy" = - ] || printf '%b\n' "${policy//\$W/$W}" >>"$POLICY"
	start runc
	case $text in
	log:*)
		line=$(tail -n 1 "$W/decisions.jsonl")
		judge "$name" "$verdict" "$reason"
		if ! grep -qE -- "${text#log:}" <<<"$line"; then
			OUTPUT=$line
			not_ok "$name-log" "wanted a decision that shows ${text#log:}"
		fi
		;;
	-) judge "$name" "$verdict" "$reason" ;;
	*) judge "$name" "$verdict" "$reason" "$text" ;;
	esac
}

only=("$@")
need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
fixture_build
starts_build
fixture_save
while IFS=$'\t' read -r -u 3 name prepare environment arguments policy verdict reason text; do
	[[ -z $name || $name == '#'* ]] && continue
	[[ ${#only[@]} = 0 || " ${only[*]} " == *" $name "* ]] || continue
	run_row "$name" "$prepare" "$environment" "$arguments" "$policy" "$verdict" "${reason:--}" "${text:--}"
done 3<"$HERE/starts.tsv"
[ "$failures" = 0 ]
