
# NAME...: of these, those that begin as the cursor's word does. Bash takes what stands behind the last colon for the word.
_nimgate_offer_names()
{
	local name

	for name; do
		[[ $name != "$whole"* ]] || COMPREPLY+=("${name#"${whole%"$cur"}"}")
	done
}

# WORDS: fills COMPREPLY with those that begin as CUR does; "@files" and the like are what there is on this machine.
_nimgate_offer()
{
	local word
	local -a names

	for word in $1; do
		case $word in
		@containers | @anchors | @refs)
			mapfile -t names < <("_nimgate_names_${word#@}")
			_nimgate_offer_names "${names[@]}" ;;
		@files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
		@folders) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") ;;
		@any) ;;
		*) [[ $word != "$cur"* ]] || COMPREPLY+=("$word") ;;
		esac
	done
}

# Sets whole: the cursor's word with what stands before it up to a blank, as bash parts words at colons: a version is three of them.
_nimgate_whole()
{
	[ "$cur" != : ] || cur=''
	whole=$cur
	if [ "${COMP_WORDS[COMP_CWORD]}" = : ]; then
		whole=${COMP_WORDS[COMP_CWORD - 1]}:
	elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = : ]; then
		whole=${COMP_WORDS[COMP_CWORD - 2]}:$cur
	fi
}

# Sets command, and, of the plain words before the cursor behind it, number and the first one.
_nimgate_look()
{
	local i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$word" = = ] || [ "$word" = : ] || [ "${COMP_WORDS[i + 1]}" = : ]; then
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
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=- number=0 first='' value whole

	COMPREPLY=()
	_nimgate_whole
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
