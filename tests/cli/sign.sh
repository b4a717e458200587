#!/bin/bash
# `nimgate sign` and `nimgate digest`: there and back, and what is not signed.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_model model
for curve in prime256v1 secp384r1 secp521r1; do
	make_pki "$curve" "$curve"
	expect "$curve: certificate" 0 out 'Signing succeeded' sign certificate model --private-key "$curve/leaf.key" \
		--signing-certificate "$curve/leaf.pem" --certificate-chain "$curve/int.pem" --signature "$curve.sig"
	expect "$curve: certificate, back" 0 out 'Verification succeeded' verify certificate model \
		--certificate-chain "$curve/root.pem" --signature "$curve.sig"
	expect "$curve: key" 0 out 'Signing succeeded' sign key model --private_key "$curve/leaf.key" --signature "$curve.key.sig"
	expect "$curve: key, back" 0 out 'Verification succeeded' verify key model --public-key "$curve/leaf.pub" \
		--signature "$curve.key.sig"
done
P=prime256v1
S=(sign key --private-key "$P/leaf.key" --signature)
V=(verify key --public-key "$P/leaf.pub" --signature)

# FILE: the statement in a signature.
statement()
{
	jq -r .dsseEnvelope.payload "$1" | base64 -d
}

# NAME FILTER FILE: FILTER is true of the statement in FILE.
says()
{
	if statement "$3" | jq -e "$2" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "$2 is not true of: $(statement "$3" | head -c 600)"
	fi
}

says 'statement: names in the order of their bytes' \
	'[.predicate.resources[].name] == ["config.json", "empty", "model.safetensors", "sub/b", "sub/deep/c"]' "$P.sig"
says 'statement: subject' '.subject[0].name == "model"' "$P.sig"
says 'statement: links and ignored paths' '.predicate.serialization | .allow_symlinks == false and
	.ignore_paths == [".git", ".gitattributes", ".github", ".gitignore"]' "$P.sig"
# Hexadecimal digests, a line each, as bytes.
as_bytes()
{
	local digest

	while read -r digest; do
		printf '%b' "$(sed 's,..,\\x&,g' <<<"$digest")"
	done
}
root=$(statement "$P.sig" | jq -r '.predicate.resources[].digest' | as_bytes | sha256sum | cut -c1-64)
says 'statement: root digest' ".subject[0].digest.sha256 == \"$root\"" "$P.sig"
expect 'digest is the root digest' 0 out "sha256:$root" digest model
: >model/model.sig
run digest model
[ "$status" = 0 ] && [ "$out" != "sha256:$root" ] && ok 'digest counts model.sig' || not_ok 'digest counts model.sig' "$status $out"
expect 'digest without a path' 0 out "sha256:$root" digest model --ignore-paths model/model.sig
rm model/model.sig
expect 'digest of nothing' 2 err 'expected one MODEL' digest
mkdir void
expect 'digest of an empty model' 1 err "model 'void' holds no file" digest void

# Names that trip careless code.
mkdir -p odd/' ' odd/a odd/a.b
for name in ' / ' 'a/x' 'a b' 'a-b' 'a.b/c' 'a0' '-rf' '--' '"q"' "it's" 'back\slash' $'new\nline' $'tab\t' '%s%n' 'c:0:4' $'\xc3\xa9' \
	$'e\xcc\x81' $'\xf0\x9f\x98\x80' $'\x7f' '#' '~' '*' '$(id)'; do
	printf '%s' "$name" >"odd/$name"
done
expect 'odd names' 0 out 'Signing succeeded' "${S[@]}" odd.sig odd
expect 'odd names, back' 0 out 'files: 23,' "${V[@]}" odd.sig odd
says 'odd names are all there' '(.predicate.resources | length) == 23 and ([.predicate.resources[].name] | index("c:0:4", "new\nline", "😀") != null)' odd.sig
: >$'odd/\xff'
expect 'a name that is not UTF-8' 4 err "statement: '\\xff': its name is not UTF-8" "${S[@]}" not.sig odd
[ ! -e not.sig ] && ok 'no signature of it' || not_ok 'no signature of it' 'not.sig is there'

deep=deep$(printf '/d%.0s' {1..127})
mkdir -p "$deep"
echo x >"$deep/file"
expect 'deep tree' 0 out succeeded "${S[@]}" deep.sig deep
expect 'deep tree, back' 0 out succeeded "${V[@]}" deep.sig deep
mkdir -p "$deep/d/d"
expect 'too deep a tree' 1 err 'nested deeper' "${S[@]}" not.sig deep
mkdir empties
: >empties/a
: >empties/b
expect 'nothing but empty files' 0 out succeeded "${S[@]}" empties.sig empties
expect 'nothing but empty files, back' 0 out 'files: 2, 0 bytes' "${V[@]}" empties.sig empties
mkdir many
(cd many && for i in {1..3000}; do echo "$i" >"f$i"; done)
expect 'many files' 0 out succeeded "${S[@]}" many.sig many
expect 'many files, back' 0 out 'files: 3000,' "${V[@]}" many.sig many

# Where the signature lies.
expect 'into the model' 0 out succeeded "${S[@]}" model/model.sig model
expect 'into the model, back' 0 out succeeded "${V[@]}" model/model.sig model
expect 'again, over itself' 0 out succeeded "${S[@]}" model/model.sig model
says 'its own name is recorded' '.predicate.serialization.ignore_paths | index("model.sig") != null' model/model.sig
rm model/model.sig
cp -a model other
(cd other && run sign key . --private-key "../$P/leaf.key" && [ "$status" = 0 ] && [ -s model.sig ]) &&
	ok 'model.sig in the current folder' || not_ok 'model.sig in the current folder' "no file"
says 'subject of "."' '.subject[0].name == "other"' other/model.sig
expect 'folder that is not there' 2 err "'no/such.sig'" "${S[@]}" no/such.sig model
expect 'a folder in place of the file' 2 err 'is a directory' "${S[@]}" model model
if [ "$(stat -c %a "$P.sig")" = 644 ]; then ok 'mode follows the umask'; else not_ok 'mode follows the umask' "$(stat -c %a "$P.sig")"; fi
echo before >kept.sig
expect 'failure leaves the old file' 1 err 'holds no file' "${S[@]}" kept.sig void
[ "$(<kept.sig)" = before ] && [ -z "$(ls kept.sig.* 2>/dev/null)" ] && ok 'nothing is left behind' || not_ok 'nothing is left behind' "$(ls)"

# Rules on paths.
cp -a model m
mkdir m/.git
echo x >m/.git/o
echo x >m/notes
expect 'ignored paths' 0 err "'.git', 'notes'" "${S[@]}" ign.sig m --ignore-paths m/notes
says 'ignored paths are recorded' '.predicate.serialization.ignore_paths | index("notes") != null' ign.sig
expect 'ignored paths, back' 0 out succeeded "${V[@]}" ign.sig m
expect 'git names are signed when asked' 0 out succeeded "${S[@]}" git.sig m --no-ignore-git-paths
says 'git names are signed' '.predicate | (.serialization | has("ignore_paths") | not) and ([.resources[].name] | index(".git/o") != null)' git.sig
expect 'git names are signed, back' 0 out succeeded "${V[@]}" git.sig m --no-ignore-git-paths
expect 'git names are missing' 1 err "missing: '.git/o'" "${V[@]}" git.sig m

# Links and special files.
ln -s config.json m/link
expect 'link' 1 err "link: 'link': a symbolic link; --allow-symlinks follows it" "${S[@]}" not.sig m
expect 'link that is allowed' 0 out succeeded "${S[@]}" link.sig m --allow-symlinks
says 'links are recorded' '.predicate.serialization.allow_symlinks == true' link.sig
expect 'link, back' 0 out succeeded "${V[@]}" link.sig m --allow-symlinks
expect 'link, the flag is needed again' 1 err "link: 'link'" "${V[@]}" link.sig m
ln -s sub m/folder
expect 'link to a folder' 1 err "link: 'folder': a link to a directory" "${S[@]}" not.sig m --allow-symlinks
rm m/folder m/link
mkfifo m/pipe
expect 'FIFO' 1 err "special: 'pipe'" "${S[@]}" not.sig m
[ ! -e not.sig ] && ok 'nothing was signed' || not_ok 'nothing was signed' 'not.sig is there'

# Keys and certificates.
openssl genrsa -out rsa.key 2048 2>/dev/null
openssl ecparam -name secp256k1 -genkey -noout -out k1.key 2>/dev/null
openssl ec -in "$P/leaf.key" -aes128 -passout pass:secret -out locked.key 2>/dev/null
printf 'junk' >junk.key
expect 'locked key' 0 out succeeded sign key model --private-key locked.key --password secret --signature locked.sig
expect 'locked key, back' 0 out succeeded "${V[@]}" locked.sig model
expect 'locked key, wrong password' 2 err "'locked.key'" sign key model --private-key locked.key --password wrong --signature not.sig
expect 'locked key, no password' 2 err "'locked.key'" sign key model --private-key locked.key --signature not.sig </dev/null
expect 'RSA key' 2 err "'rsa.key'" sign key model --private-key rsa.key --signature not.sig
expect 'other curve' 2 err "'k1.key'" sign key model --private-key k1.key --signature not.sig
expect 'junk' 2 err "'junk.key'" sign key model --private-key junk.key --signature not.sig
expect 'public key' 2 err 'leaf.pub' sign key model --private-key "$P/leaf.pub" --signature not.sig
expect 'no key' 2 err '--private-key FILE is missing' sign key model
C=(sign certificate model --signature not.sig --private-key)
expect 'no certificate' 2 err '--signing-certificate FILE is missing' "${C[@]}" "$P/leaf.key"
expect 'certificate of another key' 2 err 'is not the one of the private key' "${C[@]}" "$P/root.key" --signing-certificate "$P/leaf.pem"
expect 'certificate of a CA' 2 err "'$P/int.pem'" "${C[@]}" "$P/int.key" --signing-certificate "$P/int.pem"
expect 'a key as certificate' 2 err "'$P/leaf.pub'" "${C[@]}" "$P/leaf.key" --signing-certificate "$P/leaf.pub"
expect 'a key as chain' 2 err "'$P/leaf.pub'" "${C[@]}" "$P/leaf.key" --signing-certificate "$P/leaf.pem" --certificate-chain "$P/leaf.pub"
cat "$P"/{int,root,int,root,int,root,int,root}.pem >long.pem
expect 'too many certificates' 2 err 'more than 8 certificates' "${C[@]}" "$P/leaf.key" --signing-certificate "$P/leaf.pem" --certificate-chain long.pem
expect 'method sigstore' 2 err 'this release signs with "certificate" or "key"' sign model
expect 'method pkcs11' 2 err 'this release signs with "certificate" or "key"' sign pkcs11-key model
expect 'PKCS #11 option' 2 err 'belongs to PKCS #11' sign key model --pkcs11-uri pkcs11:x
[ ! -e not.sig ] && ok 'no signature of any of them' || not_ok 'no signature of any of them' 'not.sig is there'
end
