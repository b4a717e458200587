#!/bin/bash
# `nimgate verify --output json` in every kind of case: one line of ASCII with the fields that docs/output.md names, no more and no fewer.
# OUTPUTS=FOLDER keeps the answers there, for tests/interop/schema.sh, which validates them against the JSON Schema.
. "$(dirname "$0")/lib.bash"
[ -z "${OUTPUTS:-}" ] || OUTPUTS=$(realpath "$OUTPUTS")
vectors=${NIMGATE_VECTORS:-$REPOSITORY/../shared/vectors/oms}
cd "$W" || exit 1

make_pki pki prime256v1
make_pki other secp384r1
make_signed_model pki
C=(verify certificate --certificate-chain pki/root.pem --output json --signature)
release=$("$N" --version)

# The fields in the page's table: of the object, and of a finding or signer in it.
fields=$(sed -n '/^## `nimgate verify --output json`/,/^## nimgate profile/p' "$REPOSITORY/docs/output.md" | grep '^| `' |
	cut -d '|' -f 2,3)
required=$(grep -v -e '\.' -e optional <<<"$fields" | grep -o '`[a-z0-9_]*`' | tr -d '`' | sort)
known=$(cut -d '|' -f 1 <<<"$fields" | grep -o '`[][a-z0-9_.]*`' | tr -d '`' | sed 's/.*\.//' | sort -u)

# The names of all members in $out, at any depth; strings have their quotes escaped.
members()
{
	grep -o '"[a-z0-9_]*":' <<<"$out" | tr -d '":' | sort -u
}

# NAME STATUS VERDICT REASON COMMAND...: the answer begins with the verdict and its reason, and has the fields.
answer()
{
	local name=$1 wanted=$2 verdict=$3 reason=$4 begin

	shift 4
	run "$@"
	[ -z "${OUTPUTS:-}" ] || printf '%s\n' "$out" >"$OUTPUTS/$(tr -cs 'a-z0-9\n' - <<<"$name").json"
	begin="{\"schema\":1,\"nimgate\":\"${release#nimgate }\",\"verdict\":\"$verdict\",\"reason\":"
	[ "$reason" = null ] && begin+='null,"text":null,' || begin+="\"$reason\",\"text\":\""
	if [ "$status" != "$wanted" ]; then
		not_ok "$name" "wanted status $wanted, got $status: $err"
	elif [[ $out != "$begin"* || $out != *'}' || $out == *[!\ -~]* ]]; then
		not_ok "$name" "wanted one line that begins with $begin, got: $out"
	elif [ -n "$(comm -23 <(echo "$required") <(members))" ]; then
		not_ok "$name" "lacks $(comm -23 <(echo "$required") <(members) | tr '\n' ' ')"
	elif [ -n "$(comm -13 <(echo "$known") <(members))" ]; then
		not_ok "$name" "docs/output.md lacks $(comm -13 <(echo "$known") <(members) | tr '\n' ' ')"
	else
		ok "$name"
	fi
}

# NAME TEXT: the last answer holds TEXT.
holds()
{
	if [[ $out == *"$2"* ]]; then ok "$1"; else not_ok "$1" "wanted $2 in: $out"; fi
}

fresh()
{
	rm -rf m
	cp -a model m
}

[ "$(wc -l <<<"$required")" -ge 19 ] && ok 'fields of the page' || not_ok 'fields of the page' "only $required"
answer 'admitted' 0 admit null "${C[@]}" good.sig model
holds 'admitted: counts' '"signed_files":5,"files":5,"bytes":100022,"ignored":[],"unsigned_allowed":0,"warnings":[],"findings":[]}'
holds 'admitted: statement' '"predicate_type":"https://model_signing/signature/v1.0","subject":"model","hash":"sha256","shard_size":0,'
answer 'admitted, by key' 0 admit null verify key --public-key pki/leaf.pub --output json --signature key.sig model
holds 'admitted, by key: no certificate' '"sha256":null,"issuer_sha256":null,"not_before":null,"not_after":null}'
answer 'quiet' 0 admit null "${C[@]}" good.sig model --quiet
fresh
mkdir m/.git
echo x >m/.git/o
echo x >m/new
mv m/sub/b outside
ln -s "$W/outside" m/sub/b
answer 'ignored, allowed, warned' 0 admit null "${C[@]}" good.sig m --ignore-unsigned-files --allow-symlinks
holds 'ignored' '"ignored":[".git"],"unsigned_allowed":1,"warnings":["'
fresh
echo x >>m/config.json
rm m/empty
: >m/$'new\xff\n"'
: >m/$'\xf0\x9f\x98\x80'
rm m/sub/b
mkfifo m/sub/b
rm m/sub/deep/c
ln -s ../../config.json m/sub/deep/c
digest=$(sha256sum <model/config.json | cut -c1-64)
answer 'changed, missing, extra, special, link' 1 refuse missing "${C[@]}" good.sig m
holds 'missing: signed' '{"reason":"missing","file":"empty","signed":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'
holds 'extra: name that is not UTF-8' '{"reason":"extra","file":"new\ufffd\u000a\"","file_hex":"6e6577ff0a22"}'
holds 'extra: any character' '{"reason":"extra","file":"\ud83d\ude00"}'
holds 'special: signed' '{"reason":"special","file":"sub/b",'
holds 'link: signed' '{"reason":"link","file":"sub/deep/c",'
holds 'changed: both digests' "{\"reason\":\"changed\",\"file\":\"config.json\",\"signed\":\"$digest\",\"found\":\"$(sha256sum <m/config.json | cut -c1-64)\"}"
K=(verify key --public-key pki/leaf.pub --output json --signature)
rm -rf plain
cp -a model plain
rm plain/empty
run sign key plain --private-key pki/leaf.key --signature shards.sig --hash blake2b --shard-size 1000
answer 'shards' 0 admit null "${K[@]}" shards.sig plain
holds 'shards: how they are signed' '"hash":"blake2b","shard_size":1000,"signed_files":4,"files":4,'
printf x | dd of=plain/model.safetensors bs=1 seek=5000 conv=notrunc status=none
rm plain/config.json
answer 'shards: changed, missing' 1 refuse missing "${K[@]}" shards.sig plain
holds 'shards: missing' '{"reason":"missing","file":"config.json"},'
holds 'shards: changed' '{"reason":"changed","file":"model.safetensors","detail":"bytes 5000 to 6000","signed":"'
truncate -s 50 plain/model.safetensors
answer 'shards: shorter' 1 refuse missing "${K[@]}" shards.sig plain
holds 'shards: shorter' '{"reason":"changed","file":"model.safetensors","detail":"50 bytes long, but 100000 are signed"}'
fresh
exec 9>>m/config.json
answer 'busy' 1 refuse busy "${C[@]}" good.sig m
exec 9>&-
answer 'untrusted' 4 refuse untrusted verify certificate --certificate-chain other/root.pem --output json --signature good.sig model
holds 'untrusted: nothing is told' '"signer":null,"payload_sha256":null,"predicate_type":null,"subject":null,"hash":null,"shard_size":0,"signed_files":0,'
answer 'signer' 4 refuse signer "${C[@]}" good.sig model --signer-subject CN=nobody
holds 'signer: who it was' '"signer":{"subject":"CN=test leaf prime256v1,O=nimgate"'
answer 'expired' 4 refuse expired "${C[@]}" good.sig model --at 2099-01-01
answer 'signature' 4 refuse signature verify key --public-key other/leaf.pub --output json --signature key.sig model
head -c 500 good.sig >cut.sig
answer 'bundle' 4 refuse bundle "${C[@]}" cut.sig model
answer 'not signed' 3 refuse not-signed "${C[@]}" none.sig model
answer 'config' 2 refuse config verify certificate --certificate-chain none.pem --output json --signature good.sig model
answer 'no model' 2 refuse usage "${C[@]}" good.sig none
mkfifo pipe
answer 'model is a pipe' 1 refuse special "${C[@]}" good.sig pipe

# A command line that cannot be understood is refused in the form that it asks for.
answer 'usage: no model' 2 refuse usage "${C[@]}" good.sig
holds 'usage: what was understood' '"model":null,"method":null,"signature":"good.sig"'
answer 'usage: unknown option' 2 refuse usage verify certificate --frob model --output json
answer 'usage: unknown option, behind it' 2 refuse usage verify certificate model --output=json --frob
answer 'usage: no signature' 2 refuse usage verify key model --output json --public-key pki/leaf.pub
answer 'usage: method' 2 refuse usage verify sigstore model --output json --signature good.sig
answer 'usage: a pin' 2 refuse usage "${C[@]}" good.sig model --signer-spki x
run verify certificate --frob model --output text
[ "$status$out" = 2 ] && ok 'usage: as text' || not_ok 'usage: as text' "$status $out"
run verify certificate --frob -- --output json
[ "$status$out" = 2 ] && ok 'usage: words are no options' || not_ok 'usage: words are no options' "$status $out"

# What cannot be read. Root reads everything, so somebody else asks.
fresh
chmod 0 m/sub/b
chmod -R a+rX pki ./*.sig
chmod 755 "$W"
if [ "$(id -u)" = 0 ]; then
	install -m 755 "$N" nimgate
	printf '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups %q/nimgate "$@"\n' "$W" >as-nobody
	chmod 755 as-nobody
	N=$W/as-nobody
fi
answer 'io' 7 refuse io "${C[@]}" good.sig m
holds 'io: signed' '{"reason":"io","file":"sub/b",'

if [ -f "$vectors/expected.tsv" ]; then
	cd "$vectors" || exit 1
	N=$(realpath "${NIMGATE:-$REPOSITORY/build/bin/nimgate}")
	read -r model signature arguments < <(awk -F '\t' '$1 == "golden-v0.2.0-cert" { print $2, $3, $4 }' expected.tsv)
	# shellcheck disable=SC2086 # the column holds words
	answer 'release 0.2.0' 0 admit null verify ${arguments%% *} "$model" --signature "$signature" ${arguments#* } --at 2026-12-01 --output json
	holds 'release 0.2.0: statement' '"predicate_type":"https://model_signing/Digests/v0.1"'
	read -r model signature arguments < <(awk -F '\t' '$1 == "bundle-s-pred11" { print $2, $3, $4 }' expected.tsv)
	# shellcheck disable=SC2086
	answer 'statement' 4 refuse statement verify ${arguments%% *} "$model" --signature "$signature" ${arguments#* } --at 2026-12-01 --output json
else
	echo "skip output/vectors: $vectors/expected.tsv is not there (set NIMGATE_VECTORS)"
fi
end
