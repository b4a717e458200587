#!/bin/bash
# Pinned signers: `--signer-subject`, `--signer-spki`, `--signer-fingerprint`, and `trust.signers` of a policy. Every signature here is
# genuine and leads to a trusted root: without a pin all of them are admitted.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_pki pki prime256v1
make_pki other secp384r1
make_model model
leaf_extensions='keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning'

# Every attack is admitted by the anchors alone.
trust=(--certificate-chain pki/root.pem --certificate-chain other/root.pem)
V=(verify certificate model "${trust[@]}" --signature)

# NAME SUBJECT [FOLDER [KEY]]: a leaf certificate of that subject, by FOLDER's intermediate for FOLDER/KEY.key, and a signature: NAME.sig.
# MASK says as what kind of string, by OpenSSL's bits; utf8 is 0x2000.
signer()
{
	local name=$1 subject=$2 folder=${3:-pki} key=${4:-leaf}

	printf '[req]\nstring_mask = MASK:%s\nutf8 = yes\ndistinguished_name = dn\n[dn]\n' "${MASK:-0x2000}" >mask.cnf
	[ "$key" = "$name" ] || [ "$key" = "$folder-$name" ] || cp "$folder/$key.key" "$folder/$name.key"
	OPENSSL_CONF=$PWD/mask.cnf issue "$folder" "$name" "$subject" int "$leaf_extensions"
	run sign certificate model --private-key "$folder/$name.key" --signing-certificate "$folder/$name.pem" \
		--certificate-chain "$folder/int.pem" --signature "$name.sig"
	[ "$status" = 0 ] || not_ok "setup $name" "$err"
	expect "$name: without a pin" 0 out 'Verification succeeded' "${V[@]}" "$name.sig"
}

# FILE: digests as openssl makes them.
spki_of()
{
	openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64
}

fingerprint_of()
{
	openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2
}

signer good '/C=US/O=nimgate, Inc./CN=Signing 001'
S='CN=Signing 001,O=nimgate\, Inc.,C=US'
spki=$(spki_of pki/good.pem)
fingerprint=$(fingerprint_of pki/good.pem)
issuer=$(fingerprint_of pki/int.pem)
none=$(printf '0%.0s' {1..64})
plain=$(tr -d : <<<"${fingerprint,,}")

# What is printed is what is pinned, and what openssl prints.
expect 'subject is printed' 0 out "signer: $S"$'\n' "${V[@]}" good.sig
expect 'spki is printed' 0 out "spki: sha256:$spki" "${V[@]}" good.sig
expect 'fingerprint is printed' 0 out "fingerprint: sha256:$plain" "${V[@]}" good.sig
expect 'issuer is printed' 0 out "issuer: sha256:$(tr -d : <<<"${issuer,,}")" "${V[@]}" good.sig
[ "$(openssl x509 -in pki/good.pem -noout -subject -nameopt RFC2253)" = "subject=$S" ] && ok 'subject as openssl prints it' ||
	not_ok 'subject as openssl prints it' "$(openssl x509 -in pki/good.pem -noout -subject -nameopt RFC2253)"
expect 'subject' 0 out succeeded "${V[@]}" good.sig --signer-subject "$S"
expect 'subject, with an underscore' 0 out succeeded "${V[@]}" good.sig --signer_subject="$S"
expect 'spki' 0 out succeeded "${V[@]}" good.sig --signer-spki "$spki"
expect 'spki as printed' 0 out succeeded "${V[@]}" good.sig --signer-spki "sha256:$spki"
expect 'fingerprint as openssl prints it' 0 out succeeded "${V[@]}" good.sig --signer-fingerprint "$fingerprint"
expect 'fingerprint in digits' 0 out succeeded "${V[@]}" good.sig --signer-fingerprint "$plain"
expect 'fingerprint of the issuer' 0 out succeeded "${V[@]}" good.sig --signer-fingerprint "$issuer"
expect 'fingerprint of the root is neither' 4 err 'wanted: fingerprint' "${V[@]}" good.sig --signer-fingerprint "$(fingerprint_of pki/root.pem)"
expect 'fingerprint of the key' 4 err "fingerprint $plain; wanted: fingerprint $spki" "${V[@]}" good.sig --signer-fingerprint "$spki"
expect 'spki of the certificate' 4 err "spki $spki; wanted: spki $plain" "${V[@]}" good.sig --signer-spki "$fingerprint"
expect 'found and wanted are named' 4 err "signed by '${S//\\/\\\\}'; wanted: subject 'CN=Signing 002'" "${V[@]}" good.sig --signer-subject 'CN=Signing 002'
expect 'one of several of a kind' 0 out succeeded "${V[@]}" good.sig --signer-spki "$none" --signer-spki "$spki"
expect 'none of several' 4 err "wanted: spki $none or spki $plain" "${V[@]}" good.sig --signer-spki "$none" --signer-spki "$plain"
expect 'all kinds that are asked for' 0 out succeeded "${V[@]}" good.sig --signer-spki "$spki" --signer-subject "$S" --signer-fingerprint "$issuer"
expect 'all but one kind' 4 err wanted "${V[@]}" good.sig --signer-spki "$spki" --signer-subject "$S" --signer-fingerprint "$none"

# The same subject under another trusted CA: the subject alone cannot tell, and everything else does.
signer elsewhere '/C=US/O=nimgate, Inc./CN=Signing 001' other
expect 'other CA: its subject is the same' 0 out succeeded "${V[@]}" elsewhere.sig --signer-subject "$S"
expect 'other CA: subject and issuer' 4 err wanted "${V[@]}" elsewhere.sig --signer-subject "$S" --signer-fingerprint "$issuer"
expect 'other CA: spki' 4 err wanted "${V[@]}" elsewhere.sig --signer-spki "$spki"
expect 'other CA: fingerprint' 4 err wanted "${V[@]}" elsewhere.sig --signer-fingerprint "$fingerprint"

# Subjects that look like it. Each has its own text, and none is the pinned one.
# NAME SUBJECT: refused for its signer.
lookalike()
{
	signer "$1" "$2"
	run "${V[@]}" "$1.sig" --signer-subject "$S" --output json
	if [ "$status" = 4 ] && [[ $out == *'"verdict":"refuse","reason":"signer"'* ]]; then ok "$1"; else not_ok "$1" "$status $out"; fi
	expect "$1: by its own text" 0 out succeeded "${V[@]}" "$1.sig" --signer-subject "$(printed "$1.sig")"
}

# The subject that verify prints for a signature.
printed()
{
	"$N" "${V[@]}" "$1" | sed -n 's/^signer: //p'
}

lookalike other-order '/O=nimgate, Inc./C=US/CN=Signing 001'
lookalike reversed '/CN=Signing 001/O=nimgate, Inc./C=US'
lookalike other-case '/C=US/O=nimgate, Inc./CN=signing 001'
lookalike space-behind '/C=US/O=nimgate, Inc./CN=Signing 001 '
lookalike two-spaces '/C=US/O=nimgate, Inc./CN=Signing  001'
lookalike no-break-space $'/C=US/O=nimgate, Inc./CN=Signing\xc2\xa0001'
lookalike one-component '/C=US/O=nimgate, Inc.+CN=Signing 001'
lookalike one-value '/CN=Signing 001,O=nimgate\\, Inc.,C=US'
lookalike more '/C=US/O=nimgate, Inc./CN=Signing 001/CN=Signing 001'
lookalike other-type '/C=US/O=nimgate, Inc./OU=Signing 001'
lookalike cyrillic $'/C=US/O=nimgate, Inc./CN=Sign\xd1\x96ng 001'
lookalike zero-width $'/C=US/O=nimgate, Inc./CN=Signing 001\xe2\x80\x8b'
MASK=0x4 lookalike teletex '/C=US/O=nimgate, Inc./CN=Signing 001'
MASK=0x800 lookalike wide-characters '/C=US/O=nimgate, Inc./CN=Signing 001'
MASK=0x2 signer printable '/C=US/O=nimgate, Inc./CN=Signing 001'
expect 'printable: the same characters are the same subject' 0 out succeeded "${V[@]}" printable.sig --signer-subject "$S"
signer composed $'/CN=Sign\xc3\xa9'
signer decomposed $'/CN=Signe\xcc\x81'
MASK=0x4 signer latin $'/CN=Sign\xc3\xa9'
expect 'not ASCII' 0 out succeeded "${V[@]}" composed.sig --signer-subject 'CN=Sign\C3\A9'
expect 'not ASCII: another form' 4 err "signed by 'CN=Signe\\\\CC\\\\81'" "${V[@]}" decomposed.sig --signer-subject 'CN=Sign\C3\A9'
expect 'not ASCII: another kind of string' 4 err "signed by 'CN=#14055369676EE9'" "${V[@]}" latin.sig --signer-subject 'CN=Sign\C3\A9'

# The same key in another certificate: only the digest of the key says that it is the same.
signer renewed '/C=US/O=nimgate, Inc./CN=Signing 002' pki good
expect 'renewed: spki' 0 out succeeded "${V[@]}" renewed.sig --signer-spki "$spki"
expect 'renewed: subject' 4 err wanted "${V[@]}" renewed.sig --signer-subject "$S"
expect 'renewed: fingerprint' 4 err wanted "${V[@]}" renewed.sig --signer-fingerprint "$fingerprint"

# A pin saves nothing: what is wrong without it stays wrong.
expect 'pinned, and not trusted' 4 err 'issuer' verify certificate model --certificate-chain other/root.pem --signature good.sig --signer-subject "$S"
cp -a model changed
echo x >>changed/config.json
expect 'pinned, and changed' 1 err "changed: 'config.json'" verify certificate changed "${trust[@]}" --signature good.sig --signer-subject "$S"

# The method key.
run sign key model --private-key pki/leaf.key --signature key.sig
K=(verify key model --public-key pki/leaf.pub --signature key.sig)
key_spki=$(openssl pkey -pubin -in pki/leaf.pub -outform DER | sha256sum | cut -c1-64)
expect 'key: spki is printed' 0 out "spki: sha256:$key_spki" "${K[@]}"
expect 'key: spki' 0 out succeeded "${K[@]}" --signer-spki "$key_spki"
expect 'key: another spki' 4 err "spki $key_spki; wanted: spki $none" "${K[@]}" --signer-spki "$none"
expect 'key: subject' 2 err '--signer-subject belongs to the method certificate' "${K[@]}" --signer-subject "$S"
expect 'key: fingerprint' 2 err '--signer-fingerprint belongs to the method certificate' "${K[@]}" --signer-fingerprint "$none"

# Pins that can match nobody are slips.
expect 'short digest' 2 err "--signer-spki: spki 'aabb': expected SHA-256 as 64 hexadecimal digits" "${V[@]}" good.sig --signer-spki aabb
expect 'digest with a prefix of openssl' 2 err '--signer-fingerprint' "${V[@]}" good.sig --signer-fingerprint "sha256 Fingerprint=$fingerprint"
expect 'empty subject' 2 err "--signer-subject: its DN is empty" "${V[@]}" good.sig --signer-subject ''
expect 'empty digest' 2 err "--signer-spki: its HEX is empty" "${V[@]}" good.sig --signer-spki=

# JSON tells who it was, and nothing of what he signed.
run "${V[@]}" good.sig --signer-spki "$none" --output json
if [[ $out == *"\"signer\":{\"subject\":\"${S//\\/\\\\}\",\"spki_sha256\":\"$spki\",\"sha256\":\"$plain\","*'"payload_sha256":null,"predicate_type":null,"subject":null,'* ]]; then
	ok 'json: signer of a refusal'
else
	not_ok 'json: signer of a refusal' "$out"
fi

# The policy: what it says is shown, and reads back.
if [ "$(id -u)" = 0 ]; then
	cat >policy.yaml <<-PIN
		mode: enforce
		trust:
		  method: certificate
		  anchors: [$W/pki/root.pem]
		  signers:
		  - subject: 'CN=Signing 001,O=nimgate\, Inc.,C=US'
		    fingerprint: $issuer
		  - spki: sha256:$spki
		signatures: [$W]
		sources:
		- setting: NIM_PEFT_SOURCE
		  path: /adapters
		  signature: /a.sig
		  method: key
		  anchors: [$W/pki/leaf.pub]
		  signers: [{spki: $key_spki}]
	PIN
	expect 'policy check' 0 out 'policy ok' policy check "$W/policy.yaml"
	run policy show "$W/policy.yaml"
	shown=$out
	wanted="  signers:
  - subject: \"CN=Signing 001,O=nimgate\\\\, Inc.,C=US\"
    fingerprint: \"$(tr -d : <<<"${issuer,,}")\"
  - spki: \"$spki\""
	[[ $shown == *"$wanted"* ]] && ok 'policy show' || not_ok 'policy show' "$shown $err"
	printf '%s\n' "$shown" >shown.yaml
	run policy show "$W/shown.yaml"
	[ "$out" = "$shown" ] && ok 'policy show reads back' || not_ok 'policy show reads back' "$out $err"
	sed -i 's/- spki: .*/- spki: cafe/' policy.yaml
	expect 'policy check: no digest' 2 err "line 8, column 11: spki 'cafe': expected SHA-256" policy check "$W/policy.yaml"
else
	echo 'skip policy: a policy belongs to root'
fi
end
