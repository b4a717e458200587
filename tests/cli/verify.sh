#!/bin/bash
# `nimgate verify` on models made here: what is refused, for which reason, and what is said about it.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_pki pki prime256v1
make_pki other secp384r1
make_signed_model pki
C=(verify certificate --certificate-chain pki/root.pem --signature)
K=(verify key --public-key pki/leaf.pub --signature)

# Makes ./m anew, a copy of the model.
fresh()
{
	rm -rf m
	cp -a model m
}

expect 'certificate' 0 out 'Verification succeeded' "${C[@]}" good.sig model
expect 'signer is printed' 0 out 'signer: CN=test leaf prime256v1,O=nimgate' "${C[@]}" good.sig model
fingerprint=$(openssl x509 -in pki/leaf.pem -outform DER | sha256sum | cut -c1-64)
expect 'fingerprint is printed' 0 out "fingerprint: sha256:$fingerprint" "${C[@]}" good.sig model
payload=$(jq -r .dsseEnvelope.payload good.sig | base64 -d | sha256sum | cut -c1-64)
expect 'payload digest is printed' 0 out "payload: sha256:$payload" "${C[@]}" good.sig model
expect 'key' 0 out 'Verification succeeded' "${K[@]}" key.sig model
expect 'underscores' 0 out 'Verification succeeded' verify certificate model --certificate_chain pki/root.pem --signature=good.sig --ignore_unsigned_files
expect 'several chain files' 0 out succeeded "${C[@]}" good.sig model --certificate-chain other/root.pem
expect 'log level before the command' 0 out succeeded --log-level debug "${C[@]}" good.sig model
expect 'log fingerprints' 0 err "$(sed 's/../&:/g; s/:$//; s/.*/\U&/' <<<"$fingerprint")" "${C[@]}" good.sig model --log-fingerprints
run --log-level error "${C[@]}" good.sig model --log-fingerprints
[ "$status$err" = 0 ] && ok 'log level silences notes' || not_ok 'log level silences notes' "$status $err"
run "${C[@]}" good.sig model --quiet
[ "$status$out$err" = 0 ] && ok 'quiet says nothing' || not_ok 'quiet says nothing' "$status $out $err"

# The command line.
expect 'no command' 2 err 'a command is missing'
expect 'unknown command' 2 err "'frobnicate': no such command" frobnicate
expect 'unknown option' 2 err "'--frob': no such option" "${C[@]}" good.sig model --frob
expect 'missing value' 2 err '--signature lacks its FILE' verify key model --public-key pki/leaf.pub --signature
expect 'no method' 2 err 'this release verifies with "certificate" or "key"' verify model --signature good.sig
expect 'method sigstore' 2 err 'this release verifies with "certificate" or "key"' verify sigstore model --signature good.sig
expect 'method pkcs11' 2 err 'this release verifies with "certificate" or "key"' verify pkcs11-key model --signature good.sig
expect 'option of sigstore' 2 err '--identity: belongs to the method sigstore' verify model --signature good.sig --identity x
expect 'no model' 2 err 'MODEL is missing' "${C[@]}" good.sig
expect 'two models' 2 err "'m2': one word too many" "${C[@]}" good.sig model m2
expect 'no signature' 2 err '--signature FILE is missing' verify key model --public-key pki/leaf.pub
expect 'no chain' 2 err 'no certificate is trusted by default' verify certificate model --signature good.sig
expect 'no public key' 2 err '--public-key FILE is missing' verify key model --signature key.sig
expect 'chain for a key' 2 err '--certificate-chain belongs' "${K[@]}" key.sig model --certificate-chain pki/root.pem
expect 'key for a certificate' 2 err '--public-key belongs' "${C[@]}" good.sig model --public-key pki/leaf.pub
expect 'bad time' 2 err "--at 'tomorrow'" "${C[@]}" good.sig model --at tomorrow
expect 'bad output' 2 err "--output 'xml'" "${C[@]}" good.sig model --output xml
expect 'bad threads' 2 err "--threads '0'" "${C[@]}" good.sig model --threads 0
expect 'bad log level' 2 err "--log-level 'loud'" --log-level loud "${C[@]}" good.sig model
expect 'help' 0 out '--[no-]ignore-unsigned-files' verify --help
expect 'release' 0 out 'nimgate 0.' --version
expect 'bad way to read' 2 err "--read 'fast': expected auto, cached or direct" "${C[@]}" good.sig model --read fast
for how in auto cached direct; do
	expect "read: $how" 0 out succeeded "${C[@]}" good.sig model --read $how
done
expect 'one thread' 0 out succeeded "${C[@]}" good.sig model --threads 1

# Trust and time.
expect 'wrong root' 4 err 'good.sig' verify certificate model --certificate-chain other/root.pem --signature good.sig
expect 'intermediate alone' 4 err 'good.sig' verify certificate model --certificate-chain pki/int.pem --signature good.sig
expect 'wrong key' 4 err 'key.sig' verify key model --public-key other/leaf.pub --signature key.sig
expect 'method of the caller counts: key bundle' 4 err 'good.sig' "${K[@]}" good.sig model
expect 'method of the caller counts: certificate bundle' 4 err 'key.sig' "${C[@]}" key.sig model
expect 'before the leaf' 4 err '2020' "${C[@]}" good.sig model --at 2020-01-01T00:00:00Z
expect 'after the leaf' 4 err '2099' "${C[@]}" good.sig model --at 2099-01-01
expect 'no such signature' 3 err "'not-there.sig'" "${C[@]}" not-there.sig model
expect 'no such chain file' 2 err "'not-there.pem'" verify certificate model --certificate-chain not-there.pem --signature good.sig
expect 'no such model' 2 err "'not-there'" "${C[@]}" good.sig not-there
mkfifo fifo.sig
expect 'signature is a FIFO' 4 err 'not a regular file' "${C[@]}" fifo.sig model
head -c 500 good.sig >cut.sig
expect 'signature is cut' 4 err 'cut.sig' "${C[@]}" cut.sig model

# Contents and names: all files, missing and extra ones first.
fresh
echo x >>m/config.json
echo x >>m/sub/b
rm m/empty m/sub/deep/c
echo evil >m/evil.py
echo evil >"$(printf 'm/\033[31m')"
run "${C[@]}" good.sig m
wanted="missing: 'empty': missing
missing: 'sub/deep/c': missing
extra: '\\x1b[31m': not signed, yet there
extra: 'evil.py': not signed, yet there"
if [ "$status" = 1 ] && [ "$(head -n 4 <<<"$err")" = "$wanted" ] && [ "$(grep -c '^changed: ' <<<"$err")" = 2 ] &&
	grep -q "^changed: 'config.json': signed [0-9a-f]*, found [0-9a-f]*$" <<<"$err" && [ "$(grep -c '^Verification failed with error: ' <<<"$err")" = 1 ]; then
	ok 'all files are named, in order'
else
	not_ok 'all files are named, in order' "$status $err"
fi
fresh
head -c 99999 /dev/zero >m/model.safetensors
printf x >>m/model.safetensors
expect 'last byte' 1 err "changed: 'model.safetensors'" "${C[@]}" good.sig m
fresh
printf '{"model": "Test"}\n' >m/config.json
touch -r model/config.json m/config.json
expect 'one byte, same size and time' 1 err "changed: 'config.json'" "${C[@]}" good.sig m
fresh
: >m/sub/new
expect 'an extra empty file' 1 err "extra: 'sub/new'" "${C[@]}" good.sig m
expect 'an extra file that is allowed' 0 err '1 unsigned files allowed' "${C[@]}" good.sig m --ignore-unsigned-files
expect 'allowed, then not' 1 err "extra: 'sub/new'" "${C[@]}" good.sig m --ignore-unsigned-files --no-ignore-unsigned-files
echo x >m/config.json
expect 'allowed extra files hide no change' 1 err "changed: 'config.json'" "${C[@]}" good.sig m --ignore-unsigned-files
rm m/config.json
expect 'allowed extra files hide no missing one' 1 err "missing: 'config.json'" "${C[@]}" good.sig m --ignore-unsigned-files
fresh
mkdir m/nothing-in-it
expect 'an empty folder does not count' 0 out succeeded "${C[@]}" good.sig m
fresh
long=$(printf 'd%.0s' {1..200})
: >"m/$long"
expect 'a long name is printed whole' 1 err "extra: '$long'" "${C[@]}" good.sig m

# Ignored paths.
fresh
echo x >m/.gitignore
mkdir -p m/.git/objects m/sub/.git
echo x >m/.git/objects/o
expect 'git names are ignored, and named' 0 err "2 paths ignored: '.git', '.gitignore'" "${C[@]}" good.sig m
expect 'not ignored, although signed as such' 1 err "extra: '.git/objects/o'" "${C[@]}" good.sig m --no-ignore-git-paths
echo x >m/sub/.git/o
expect 'git names deeper are not ignored' 1 err "extra: 'sub/.git/o'" "${C[@]}" good.sig m
rm -r m/.git m/.gitignore
expect 'ignored path' 0 err "'sub/.git'" "${C[@]}" good.sig m --ignore-paths m/sub/.git
expect 'a file in it' 0 out succeeded "${C[@]}" good.sig m --ignore-paths m/sub/.git/o --ignore_paths m/not-there
expect 'ignoring hides no signed file' 1 err "missing: 'sub/b'" "${C[@]}" good.sig m --ignore-paths m/sub
expect 'outside the model' 2 err 'lies outside the model' "${C[@]}" good.sig m --ignore-paths model/sub
expect 'the model itself' 2 err 'is the model itself' "${C[@]}" good.sig m --ignore-paths m
fresh
cp good.sig m/model.sig
expect 'signature inside the model' 0 out succeeded "${C[@]}" m/model.sig m
expect 'signature inside, another is meant' 1 err "extra: 'model.sig'" "${C[@]}" good.sig m
cp good.sig m/second.sig
expect 'another signature inside' 1 err "extra: 'second.sig'" "${C[@]}" m/model.sig m

# Links and special files.
fresh
mv m/sub/b outside-b
ln -s "$W/outside-b" m/sub/b
expect 'link in place of a file' 1 err "link: 'sub/b'" "${C[@]}" good.sig m
expect 'link that is allowed, and leads outside' 0 err "'sub/b': a link that leads outside the model, to '$W/outside-b'" "${C[@]}" good.sig m --allow-symlinks
echo x >>outside-b
expect 'a link hides no change' 1 err "changed: 'sub/b'" "${C[@]}" good.sig m --allow-symlinks
rm m/sub/b
ln -s ../not-there m/sub/b
expect 'broken link' 1 err "missing: 'sub/b'" "${C[@]}" good.sig m --allow-symlinks
rm m/sub/b
ln -s deep m/sub/b
expect 'link to a folder' 1 err "link: 'sub/b': a link to a directory" "${C[@]}" good.sig m --allow-symlinks
rm m/sub/b
ln -s b m/sub/b
expect 'link to itself' 1 err "link: 'sub/b'" "${C[@]}" good.sig m --allow-symlinks
fresh
mv m/sub/deep elsewhere
ln -s "$W/elsewhere" m/sub/deep
expect 'linked folder, not allowed' 1 err "missing: 'sub/deep/c'" "${C[@]}" good.sig m
expect 'linked folder, allowed: never followed' 1 err "extra: 'sub/deep'" "${C[@]}" good.sig m --allow-symlinks
fresh
ln -s config.json m/sub/extra
expect 'unsigned link' 1 err "extra: 'sub/extra'" "${C[@]}" good.sig m --allow-symlinks
ln -s model linked
expect 'model is a link' 1 err '--allow-symlinks follows it' "${C[@]}" good.sig linked
expect 'model is a link, with a slash' 1 err '--allow-symlinks follows it' "${C[@]}" good.sig linked/
expect 'model is a link that is allowed' 0 out succeeded "${C[@]}" good.sig linked --allow-symlinks
fresh
rm m/sub/b
mkfifo m/sub/b
expect 'FIFO in place of a file' 1 err "special: 'sub/b'" "${C[@]}" good.sig m
expect 'FIFO, links allowed' 1 err "special: 'sub/b'" "${C[@]}" good.sig m --allow-symlinks
expect 'FIFO, unsigned files allowed' 1 err "special: 'sub/b'" "${C[@]}" good.sig m --ignore-unsigned-files
fresh
mkfifo m/pipe
expect 'unsigned FIFO' 1 err "special: 'pipe'" "${C[@]}" good.sig m
expect 'model is a FIFO' 1 err 'neither a directory nor a regular file' "${C[@]}" good.sig m/pipe
fresh
rm m/sub/b
mkdir m/sub/b
expect 'folder in place of a file' 1 err "missing: 'sub/b'" "${C[@]}" good.sig m

# A model that is one file.
echo weights >one.gguf
run sign key one.gguf --private-key pki/leaf.key --signature one.sig
expect 'single file' 0 out 'files: 1, 8 bytes' "${K[@]}" one.sig one.gguf
cp one.gguf two.gguf
expect 'single file of another name' 1 err "missing: 'one.gguf'" "${K[@]}" one.sig two.gguf
expect 'single file, signature of a folder' 1 err 'missing' "${K[@]}" key.sig one.gguf
echo Weights >one.gguf
expect 'single file, changed' 1 err 'changed' "${K[@]}" one.sig one.gguf

# What cannot be read. Root reads everything, so somebody else asks.
fresh
chmod 0 m/sub/b
chmod 0311 m/sub/deep
chmod -R a+rX pki ./*.sig
chmod 755 "$W"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	as_nobody()
	{
		install -m 755 "$N" "$W/nimgate"
		setpriv --reuid=65534 --regid=65534 --clear-groups "$W/nimgate" "$@" >"$W/.out" 2>"$W/.err"
		status=$?
		err=$(<"$W/.err")
	}
	as_nobody "${C[@]}" good.sig m
	[ "$status" = 7 ] && [[ $err == *"'sub/deep'"* ]] && ok 'folder that cannot be listed' ||
		not_ok 'folder that cannot be listed' "$status $err"
	chmod 755 m/sub/deep
	as_nobody "${C[@]}" good.sig m
	[ "$status" = 7 ] && [[ $err == *"io: 'sub/b'"* ]] && ok 'file that cannot be read' ||
		not_ok 'file that cannot be read' "$status $err"
else
	expect 'folder that cannot be listed' 7 err "'sub/deep'" "${C[@]}" good.sig m
	chmod 755 m/sub/deep
	expect 'file that cannot be read' 7 err "io: 'sub/b'" "${C[@]}" good.sig m
fi

# JSON.
# NAME FILTER: the answer is one JSON object for which FILTER is true.
json()
{
	if [ "$(jq -s length <<<"$out" 2>&1)" = 1 ] && jq -e "$2" <<<"$out" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "$2 is not true of: $out"
	fi
}
run "${C[@]}" good.sig model --output json
json 'json: admitted' '.schema == 1 and .verdict == "admit" and .reason == null and .text == null and .findings == [] and .files == 5'
json 'json: signer' ".signer.sha256 == \"$fingerprint\" and .payload_sha256 == \"$payload\" and .subject == \"model\" and (.signer.not_before | test(\"Z$\"))"
fresh
echo x >>m/config.json
: >"$(printf 'm/\xff\n"')"
: >m/$'\xc3\xa9\xf0\x9f\x98\x80'
rm m/sub/b
run "${C[@]}" good.sig m --output=json
json 'json: refused, with all findings' '.verdict == "refuse" and .reason == "missing" and ([.findings[].reason] == ["missing", "extra", "extra", "changed"])'
json 'json: digests of the changed file' '.findings[3] | .file == "config.json" and .signed != .found and (.found | length) == 64'
json 'json: names' '[.findings[1, 2].file] == ["é😀", "�\n\""]'
run verify certificate --certificate-chain other/root.pem --signature good.sig model --output json
json 'json: not trusted' '.verdict == "refuse" and .reason == "untrusted" and .signer == null and .payload_sha256 == null'
run "${K[@]}" key.sig model --output json
json 'json: key' '.method == "key" and .signer.sha256 == null and .signer.not_after == null and (.signer.spki_sha256 | length) == 64'
"$N" "${C[@]}" good.sig model >/dev/full 2>"$W/.err"
[ $? = 7 ] && ok 'a verdict that cannot be written' || not_ok 'a verdict that cannot be written' "$(<"$W/.err")"
end
