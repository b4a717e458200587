#!/bin/bash
# The completions, as packaging/completion.sh makes them of what the programs say: loaded by bash and by zsh, and asked.
# shellcheck disable=SC2015 # ok does not fail
. "$(dirname "$0")/../cli/lib.bash"
mkdir "$W/here" && cd "$W/here" || exit 1

# NAME WANTED WORD...: what bash offers behind these words, the last of which is being written.
offers()
{
	local name=$1 wanted=$2 got

	shift 2
	COMP_WORDS=(nimgate "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_nimgate 2>/dev/null
	got="${COMPREPLY[*]}"
	[ "$got" = "$wanted" ] && ok "bash: $name" || not_ok "bash: $name" "wanted '$wanted', got '$got'"
}

commands()
{
	"$N" --help | awk -f "$REPOSITORY/packaging/help.awk" | awk -F '\t' '$1 == "command" { print $2 }'
}

options_of()
{
	"$N" "$1" --help | sed -nE 's/^  (-h, )?--(\[no-\])?([a-z0-9-]+).*/--\3/p'
}

check_bash()
{
	local command option missing=''

	# shellcheck disable=SC1091 # is made here
	"$REPOSITORY/packaging/completion.sh" bash "$N" >../nimgate.bash && . ../nimgate.bash && ok 'bash: loads' || not_ok 'bash: loads' "$?"
	[ "$(complete -p nimgate)" = 'complete -F _nimgate nimgate' ] && ok 'bash: complete -p' || not_ok 'bash: complete -p' "$(complete -p nimgate)"
	touch file.pem && mkdir folder
	offers 'commands' "$(commands | paste -sd ' ')" ''
	offers 'the beginning of a command' 'verify' ver
	offers 'its words' 'certificate key' verify ''
	offers 'a model is a file' 'file.pem folder' verify key ''
	offers 'behind an option and its value' 'file.pem folder' verify --signature x key ''
	offers 'behind an option without value' 'file.pem' verify --quiet key file
	offers 'words of the second place' 'docker podman containerd crio' engine enable ''
	offers 'the beginning of an option' '--certificate-chain' verify key --cert
	offers 'both ways of a switch' '--no-ignore-git-paths --no-ignore-unsigned-files' verify --no
	offers 'a choice of values' 'auto cached direct' verify --read ''
	offers 'a choice behind =' 'json' verify --output = js
	offers 'a choice behind = that ends' 'text json' verify --output =
	offers 'a file' 'file.pem' verify --signature 'fi'
	offers 'a directory' 'folder' prefetch --cache ''
	offers 'nothing where nobody knows' '' verify --threads ''
	offers 'only of the line with that first word' '' receipt list ''
	offers 'files of the other' 'file.pem folder' receipt forget ''
	offers 'again where it may be repeated' 'file.pem folder' receipt forget a ''
	offers 'nothing for a command that is not there' '' nonsense ''
	offers 'global options' '--log-level' --log
	for command in $(commands); do
		for option in $(options_of "$command"); do
			COMP_WORDS=(nimgate "$command" "$option") COMP_CWORD=2
			_nimgate 2>/dev/null
			[[ " ${COMPREPLY[*]} " == *" $option "* ]] || missing+=" $command $option"
		done
		usage_is_grammar "$command"
	done
	[ -z "$missing" ] && ok 'bash: every option of every --help' || not_ok 'bash: every option of every --help' "lacks$missing"
}

# A choice of a word and a value cannot be told apart: "trust list | trust add FILE", not "trust list|add FILE".
usage_is_grammar()
{
	local odd

	odd=$("$N" "$1" --help | awk -f "$REPOSITORY/packaging/help.awk" | awk -F '\t' '$1 == "usage" { print $2 }' | tr ' ' '\n' |
		grep -E '(^|\|)[A-Z][^|]*\|[a-z]|(^|\|)[a-z][^|]*\|[A-Z]')
	[ -z "$odd" ] && ok "usage: $1" || not_ok "usage: $1" "'$odd' is a choice of words and values"
}

check_zsh()
{
	local command missing=''

	command -v zsh >/dev/null || { echo 'skip zsh: not installed: tests/deps.sh packages'; return; }
	"$REPOSITORY/packaging/completion.sh" zsh "$N" >_nimgate
	zsh -n ./_nimgate && ok 'zsh: understood' || not_ok 'zsh: understood' ''
	zsh -fc 'fpath=($PWD $fpath); autoload -Uz compinit && compinit -D -u && [[ $_comps[nimgate] = _nimgate ]]' && ok 'zsh: loads' ||
		not_ok 'zsh: loads' 'compinit does not know it'
	cp "$REPOSITORY/tests/packages/completion.zsh" . && timeout 20 zsh -f completion.zsh '' "$(commands | sort | tail -n 1) *--" >said 2>&1
	for command in $(commands); do
		grep -q "$command  *--" said || missing+=" $command"
	done
	[ -z "$missing" ] && ok 'zsh: every command' || not_ok 'zsh: every command' "lacks$missing: $(head -n 5 said)"
	zsh_offers 'an option' 'verify --certif' 'verify --certificate-chain'
	zsh_offers 'words' 'engine enable pod' 'enable podman'
	zsh_offers 'a choice' 'verify --read ca' '--read cached'
}

# NAME LINE WANTED
zsh_offers()
{
	timeout 20 zsh -f completion.zsh "$2" "$3" >said 2>&1 && ok "zsh: $1" || not_ok "zsh: $1" "wanted '$3', got: $(head -n 5 said)"
}

check_bash
check_zsh
end
