#!/bin/bash
# Every option of the reference's command, with hyphens and with underscores: nimgate takes it, or says by its name why not.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_pki pki prime256v1
make_signed_model pki
openssl pkey -in pki/leaf.key -aes256 -passout pass:secret -out encrypted.key

# What makes each command whole, and values for the options that are not in it.
declare -A whole=(
	['verify certificate']='--signature=good.sig --certificate-chain=pki/root.pem'
	['verify key']='--signature=key.sig --public-key=pki/leaf.pub'
	['sign certificate']='--signature=new.sig --private-key=pki/leaf.key --signing-certificate=pki/leaf.pem'
	['sign key']='--signature=new.sig --private-key=pki/leaf.key'
	['digest']=''
) values=([--certificate-chain]=pki/root.pem [--password]=secret [--ignore-paths]=model/none)

# COMMAND OPTION KIND: one option of the reference, given as it is spelled here, in place of the same one of the whole command.
try()
{
	local command=$1 option=$2 kind=$3 plain=${2//_/-} words=() arguments=() value

	read -r -a words <<<"$command"
	if [ -z "${whole[$command]+x}" ]; then
		refused "$command" "$option" "$kind"
		return
	fi
	value=$(tr ' ' '\n' <<<"${whole[$command]}" | sed -n "s/^$plain=//p")
	read -r -a arguments < <(tr ' ' '\n' <<<"${whole[$command]}" | grep -v "^$plain=" | tr '\n' ' ')
	[ "$plain" != --password ] || arguments=("${arguments[@]//pki\/leaf.key/encrypted.key}")
	arguments+=("$option")
	[ "$kind" = flag ] || arguments+=("${value:-${values[$plain]:-}}")
	run "${words[@]}" model "${arguments[@]}"
	if [ "$status" = 0 ]; then ok "$command $option"; else not_ok "$command $option" "status $status: $err"; fi
}

# A method that this release does not have: its options are refused by name, and so is the method without them.
refused()
{
	local command=$1 option=$2 kind=$3 plain=${2//_/-} words=()

	read -r -a words <<<"$command"
	[ "$kind" = flag ] || option+='=x'
	run "${words[@]}" model "$option"
	if [ "$status" != 2 ] || [[ $err == *'no such option'* ]]; then
		not_ok "$command $option" "status $status: $err"
	elif [[ $err == *"$plain: belongs to"* || $err == *"method '${words[1]}'"* ]]; then
		ok "$command $option"
	else
		not_ok "$command $option" "neither option nor method is named: $err"
	fi
}

ask options
judge_ref 'options of the reference' 0 '--certificate_chain'
count=0
while IFS='|' read -r command option kind; do
	[ -n "$command" ] || continue
	count=$((count + 1))
	try "$command" "$option" "$kind"
	[ "${option//_/-}" = "$option" ] || try "$command" "--$(tr _ - <<<"${option#--}")" "$kind"
	[ "${option#--}" = "$(tr - _ <<<"${option#--}")" ] || try "$command" "--$(tr - _ <<<"${option#--}")" "$kind"
done <<<"$said"
[ "$count" -ge 60 ] && ok 'all options' || not_ok 'all options' "only $count"

# Of the command itself, and of digest, which release 1.1.1 does not have yet.
expect 'version' 0 out 'nimgate 0.' --version
expect 'log level' 0 out succeeded --log-level debug verify key model --signature key.sig --public-key pki/leaf.pub
expect 'log level, underscore' 0 out succeeded --log_level=ERROR verify key model --signature key.sig --public-key pki/leaf.pub
for word in --help -h; do
	expect "help: $word" 0 out 'usage: nimgate' $word
	expect "help: verify $word" 0 out 'usage: nimgate verify' verify $word
	expect "help: verify key $word" 0 out 'usage: nimgate verify' verify key $word
	expect "help: sign certificate $word" 0 out 'usage: nimgate sign' sign certificate $word
	expect "help: digest $word" 0 out 'usage: nimgate digest' digest $word
done
try digest --ignore-paths value
try digest --ignore_paths value
for option in --ignore-git-paths --no_ignore_git_paths --allow-symlinks --allow_symlinks; do
	try digest "$option" flag
done

# Neither takes the beginning of a name; each says which one it may be.
ref_expect 'abbreviation: the reference' 2 'No such option' verify key model --sig key.sig --public_key pki/leaf.pub
expect 'abbreviation' 2 err "'--sig': no such option" verify key model --sig key.sig --public-key pki/leaf.pub
expect 'abbreviation of one' 2 err "'--signat': no such option; is --signature meant?" verify key model --signat key.sig --public-key pki/leaf.pub
# Exit statuses of both, for the same mistakes.
ref_expect 'usage: the reference' 2 '' verify key model
expect 'usage' 2 err '--signature FILE is missing' verify key model
ref_expect 'sigstore is the default: the reference' 2 '' verify model --signature key.sig
expect 'sigstore is the default' 2 err 'this release verifies with "certificate" or "key"' verify model --signature key.sig
for option in --signature --public-key --certificate-chain --ignore-paths --at --threads --output --signer-subject --signer-spki --signer-fingerprint; do
	expect "empty $option" 2 err "$option: its" verify certificate model "$option="
done
end
