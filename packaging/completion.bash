# WORDS: fills COMPREPLY with those that begin as CUR does; "@files" and "@folders" are what lies on the disk.
_nimgate_offer()
{
	local word

	for word in $1; do
		case $word in
		@files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
		@folders) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") ;;
		@any) ;;
		*) [[ $word != "$cur"* ]] || COMPREPLY+=("$word") ;;
		esac
	done
}

# Sets command, and, of the plain words before the cursor behind it, number and the first one.
_nimgate_look()
{
	local i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$word" = = ]; then
			continue
		elif [ "${COMP_WORDS[i - 1]}" = = ] || _nimgate_value "$command" "${COMP_WORDS[i - 1]//_/-}" >/dev/null; then
			continue
		elif [[ $word == -* ]]; then
			continue
		elif [ "$command" = - ]; then
			command=$word
		else
			number=$((number + 1))
			[ "$number" != 1 ] || first=$word
		fi
	done
}

_nimgate()
{
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=- number=0 first='' value

	COMPREPLY=()
	_nimgate_look
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if value=$(_nimgate_value "$command" "${previous//_/-}"); then
		_nimgate_offer "$value"
	elif [[ $cur == -* ]]; then
		_nimgate_offer "$(_nimgate_options "$command")"
	else
		_nimgate_offer "$(_nimgate_word "$command" $((number + 1)) "$first")"
	fi
}

complete -F _nimgate nimgate
