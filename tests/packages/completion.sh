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
	# Files come as they lie in their folder.
	[[ $wanted != *'folder root' || ${COMPREPLY[*]} != *'root folder' ]] || wanted=${wanted%'folder root'}'root folder'
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

# What a machine has: a decision about a container, two anchors, two versions, one of them locked alone.
make_names()
{
	local versions=$PWD/root/var/lib/nimgate/signatures/nim/meta/llama

	mkdir -p root/etc/nimgate/trust root/usr/share/nimgate "$versions/hf-1" "$versions/h100x1"
	touch root/etc/nimgate/trust/{nvidia,other}.pem "$versions/"{hf-1,h100x1}/result.sigstore
	echo 'log: /decisions.jsonl' >root/etc/nimgate/policy.yaml
	printf '{"schema":1,"container":"web-1"}\n{"schema":1,"container":"llama-7"}\n{"schema":1,"container":"web-1"}\n' >root/decisions.jsonl
	printf '# nimgate models.lock 1\n# comment\nnim/meta/other:3 sha256:00 2026-11-25T12:00:00Z CN=x\n' >root/etc/nimgate/models.lock
	_nimgate_root=$PWD/root
}

# LINE WANTED: what bash itself, at a terminal, makes of LINE, a tab and a new line: "nimgate" with these arguments is run.
types()
{
	local said

	said=$(printf '%s\t\n%s\n' "nimgate $1" exit | timeout 20 script -qec "env -i TERM=dumb PATH=$PATH bash --rcfile rc -i" /dev/null 2>&1)
	[[ $said == *"<$2>"* ]] && ok "typed: $1" || not_ok "typed: $1" "wanted <$2>, got: $(tr -d '\r\a' <<<"$said" | tail -n 4)"
}

check_bash_names()
{
	offers 'containers, and folders, to explain' 'llama-7 web-1 folder root' explain ''
	offers 'a container by its beginning' 'llama-7' explain ll
	offers 'reasons' 'changed' explain --reason cha
	offers 'anchors to remove' 'nvidia other' trust remove ''
	offers 'no anchor behind --name' '' trust add file.pem --name ''
	offers 'versions' 'nim/meta/llama:h100x1 nim/meta/llama:hf-1 nim/meta/other:3' lock check ''
	offers 'a version behind its colon' 'h100x1 hf-1' lock check nim/meta/llama :
	offers 'a version behind its colon, begun' 'hf-1' fetch nim/meta/llama : hf
	offers 'versions, again' 'nim/meta/other:3' lock check nim/meta/llama : hf-1 nim/meta/o
	offers 'versions and folders' 'nim/meta/llama:h100x1 nim/meta/llama:hf-1 nim/meta/other:3 folder root' prefetch ''
	offers 'levels' 'DEBUG INFO WARNING ERROR CRITICAL' --log-level ''
	offers 'engines for the canary' 'docker podman containerd' doctor --canary ''
	offers 'engines to look at' 'podman' doctor po
	offers 'choices of an algorithm' 'blake2b blake3' sign --hash bl
	printf '%s\n' 'PS1=' "_nimgate_root=$PWD/root" ". $W/nimgate.bash" 'nimgate() { printf "<%s>" "$*"; }' >rc
	types 'lock check nim/meta/llama:hf' 'lock check nim/meta/llama:hf-1'
	types 'lock check nim/meta/ot' 'lock check nim/meta/other:3'
	types 'explain we' 'explain web-1'
	types 'verify certificate file.p' 'verify certificate file.pem'
	types 'verify --certif' 'verify --certificate-chain'
	types 'engine enable cri' 'engine enable crio'
	types 'trust remove nv' 'trust remove nvidia'
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
	make_names
	check_bash_names
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
	zsh_offers 'a container' 'explain ll' 'explain llama-7'
	zsh_offers 'a reason' 'explain --reason not-si' 'not-signed'
	zsh_offers 'an anchor' 'trust remove oth' 'remove other'
	zsh_offers 'a version' 'lock check nim/meta/ot' 'nim/meta/other'
	zsh_offers 'a level' '--log-level CRIT' 'CRITICAL'
	zsh_offers 'an engine' 'doctor --canary podm' '--canary podman'
	zsh_offers 'a folder' 'prefetch --cache fol' '--cache folder'
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
