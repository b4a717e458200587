#!/bin/bash
# Both directions against the reference implementation (model-signing of PyPI, in build/venv): what nimgate signs, it verifies, and the
# other way round. Known differences are tested as such: if one goes away, this fails.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

# NAME MODEL [OPTION...]: signed by either, verified by the other, with a key. The signatures stay: ours.sig, theirs.sig.
cross()
{
	local name=$1 model=$2

	shift 2
	expect "$name: nimgate signs" 0 out succeeded sign key --private-key "$P/leaf.key" --signature ours.sig "$@" -- "$model"
	ref_expect "$name: the reference verifies it" 0 '' verify key --public_key "$P/leaf.pub" --signature ours.sig "$@" -- "$model"
	ref_expect "$name: the reference signs" 0 '' sign key --private_key "$P/leaf.key" --signature theirs.sig "$@" -- "$model"
	expect "$name: nimgate verifies it" 0 out succeeded verify key --public-key "$P/leaf.pub" --signature theirs.sig "$@" -- "$model"
}

# NAME MODEL REASON [OPTION...]: neither takes MODEL for what ours.sig and theirs.sig signed.
cross_refused()
{
	local name=$1 model=$2 reason=$3 signature

	shift 3
	for signature in ours.sig theirs.sig; do
		expect "$name: nimgate refuses, $signature" 1 err "$reason: " verify key --public-key "$P/leaf.pub" --signature $signature "$@" -- "$model"
		ref_expect "$name: the reference refuses, $signature" 1 '' verify key --public_key "$P/leaf.pub" --signature $signature "$@" -- "$model"
	done
}

# Makes ./m anew, a copy of the model.
fresh()
{
	rm -rf m
	cp -a model m
}

# Every curve, method and direction; of these one round through the reference's own program.
curves()
{
	local curve

	for curve in prime256v1 secp384r1 secp521r1; do
		cert=(--private_key "$curve/leaf.key" --signing_certificate "$curve/leaf.pem" --certificate_chain "$curve/int.pem")
		trust=(--certificate_chain "$curve/root.pem")
		fresh
		echo x >>m/sub/b
		expect "$curve: nimgate signs, certificate" 0 out succeeded sign certificate model "${cert[@]}" --signature "$curve.ours"
		ref_expect "$curve: the reference verifies it" 0 '' verify certificate model --signature "$curve.ours" "${trust[@]}"
		ref_expect "$curve: the reference sees a change" 1 "Hash mismatch for 'sub/b'" verify certificate m --signature "$curve.ours" "${trust[@]}"
		ref_expect "$curve: the reference sees another root" 1 '' verify certificate model --signature "$curve.ours" --certificate_chain foreign/root.pem
		ref_expect "$curve: the reference signs, certificate" 0 '' sign certificate model "${cert[@]}" --signature "$curve.theirs"
		expect "$curve: nimgate verifies it" 0 out succeeded verify certificate model --signature "$curve.theirs" "${trust[@]}"
		expect "$curve: nimgate sees a change" 1 err "changed: 'sub/b'" verify certificate m --signature "$curve.theirs" "${trust[@]}"
		expect "$curve: nimgate sees another root" 4 err issuer verify certificate model --signature "$curve.theirs" --certificate-chain foreign/root.pem
		P=$curve
		cross "$curve, key" model
		cross_refused "$curve, key: a change" m changed
		P=foreign cross_refused_key "$curve"
	done
	P=prime256v1
	said=$("$venv/bin/model_signing" sign key model --private_key "$P/leaf.key" --signature program.sig 2>&1)
	status=$?
	judge_ref 'the program: signs' 0 'Signing succeeded'
	said=$("$venv/bin/model_signing" verify certificate model --signature $P.ours --certificate_chain "$P/root.pem" 2>&1)
	status=$?
	judge_ref 'the program: verifies' 0 'Verification succeeded'
	expect 'the program: nimgate verifies it' 0 out succeeded verify key model --public-key "$P/leaf.pub" --signature program.sig
}

# The signatures at hand, by a key that did not make them.
cross_refused_key()
{
	expect "$1, key: nimgate sees another key" 4 err 'hint' verify key model --public-key "$P/leaf.pub" --signature theirs.sig
	ref_expect "$1, key: the reference sees another key" 1 'Key mismatch' verify key model --public_key "$P/leaf.pub" --signature ours.sig
}

# Certificates as they come: the root in the bundle, out of order, without an intermediate, several trust files; an encrypted key.
chains()
{
	local trust=(--certificate_chain "$P/root.pem") sign=(--private_key "$P/leaf.key" --signing_certificate "$P/leaf.pem")

	cp "$P/leaf.key" "$P/direct.key"
	issue $P direct '/O=nimgate/CN=direct' root 'keyUsage=critical,digitalSignature'
	cat "$P/root.pem" "$P/int.pem" >all.pem
	cat foreign/root.pem "$P/root.pem" >roots.pem
	chain 'root in the bundle' --certificate_chain "$P/int.pem" --certificate_chain "$P/root.pem"
	chain 'root before the intermediate' --certificate_chain all.pem
	trust=(--certificate_chain roots.pem)
	chain 'two roots in one file' --certificate_chain "$P/int.pem"
	trust=(--certificate_chain foreign/root.pem --certificate_chain "$P/root.pem")
	chain 'two trust files' --certificate_chain "$P/int.pem"
	trust=(--certificate_chain "$P/root.pem" --certificate_chain "$P/int.pem")
	chain 'intermediate from the verifier'
	trust=(--certificate_chain "$P/root.pem")
	sign=(--private_key "$P/leaf.key" --signing_certificate "$P/direct.pem")
	chain 'no intermediate'
	openssl pkey -in "$P/leaf.key" -aes256 -passout pass:secret -out encrypted.key
	expect 'encrypted key: nimgate signs' 0 out succeeded sign key model --private-key encrypted.key --password secret --signature encrypted.sig
	ref_expect 'encrypted key: the reference verifies it' 0 '' verify key model --public_key "$P/leaf.pub" --signature encrypted.sig
}

# NAME [OPTION...]: both directions with the certificates in $sign and the trust in $trust.
chain()
{
	local name=$1

	shift
	expect "$name: nimgate signs" 0 out succeeded sign certificate model "${sign[@]}" "$@" --signature ours.sig
	ref_expect "$name: the reference verifies it" 0 '' verify certificate model "${trust[@]}" --signature ours.sig
	# Without any chain release 1.1.1 does not sign (known differences); its own certificate will do.
	[ $# != 0 ] || set -- --certificate_chain "${sign[3]}"
	ref_expect "$name: the reference signs" 0 '' sign certificate model "${sign[@]}" "$@" --signature theirs.sig
	expect "$name: nimgate verifies it" 0 out succeeded verify certificate model "${trust[@]}" --signature theirs.sig
}

# Missing, extra and changed files, and unsigned files that are allowed.
differences()
{
	cross 'whole' model
	fresh
	rm m/empty
	cross_refused 'a missing empty file' m missing
	fresh
	: >m/sub/new
	cross_refused 'an extra empty file' m extra
	expect 'allowed: nimgate' 0 err '1 unsigned files allowed' verify key m --public-key "$P/leaf.pub" --signature theirs.sig --ignore_unsigned_files
	ref_expect 'allowed: the reference' 0 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig --ignore_unsigned_files
	echo x >m/config.json
	cross_refused 'allowed, and changed' m changed --ignore_unsigned_files
	fresh
	truncate -s -1 m/model.safetensors
	cross_refused 'a byte less' m changed
	fresh
	truncate -s +1 m/model.safetensors
	cross_refused 'a byte more' m changed
	fresh
	mv m/sub/b m/sub/c
	cross_refused 'another name' m missing
	fresh
	mkfifo m/pipe
	cross_refused 'a pipe' m special
}

# Paths that are left out, by either side's rules.
ignored()
{
	fresh
	mkdir m/.git m/.github m/sub/.git
	echo x | tee m/.git/o m/.gitignore m/.gitattributes m/.github/w m/notes m/sub/.git/o m/sub/log >/dev/null
	cross 'git paths' m
	echo y | tee m/.git/o m/.gitignore m/.gitattributes m/.github/w >/dev/null
	expect 'git paths, changed: nimgate' 0 err "4 paths ignored: '.git', '.gitattributes', '.github', '.gitignore'" verify key m --public-key "$P/leaf.pub" --signature theirs.sig
	ref_expect 'git paths, changed: the reference' 0 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig
	echo y >m/sub/.git/o
	cross_refused 'git paths deeper are no git paths' m changed
	cross 'git paths signed' m --no-ignore-git-paths
	echo z >m/.git/o
	cross_refused 'git paths signed, changed' m changed --no-ignore-git-paths
	echo y >m/.git/o
	cross_refused 'git paths signed, not looked at' m missing
	cross 'a file' m --ignore-paths m/notes
	echo y >m/notes
	expect 'a file, changed: nimgate' 0 err "'notes'" verify key m --public-key "$P/leaf.pub" --signature theirs.sig
	ref_expect 'a file, changed: the reference' 0 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig
	cross 'several, one a folder, one absolute' m --ignore-paths m/sub --ignore-paths "$W/m/notes"
	echo x >m/sub/added
	expect 'a folder, added to: nimgate' 0 out succeeded verify key m --public-key "$P/leaf.pub" --signature theirs.sig
	ref_expect 'a folder, added to: the reference' 0 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig
	cross 'a path that is not there' m --ignore-paths m/none
	cd m || exit 1
	cross_inside
	cd .. || exit 1
	cross 'whole again' m
	expect 'ignoring hides no signed file: nimgate' 1 err "missing: 'notes'" verify key m --public-key "$P/leaf.pub" --signature theirs.sig --ignore-paths m/notes
	ref_expect 'ignoring hides no signed file: the reference' 1 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig --ignore-paths m/notes
}

# From inside the model, the signature inside as well.
cross_inside()
{
	expect 'inside: nimgate signs' 0 out succeeded sign key . --private-key "../$P/leaf.key" --ignore-paths notes
	ref_expect 'inside: the reference verifies it' 0 '' verify key . --public_key "../$P/leaf.pub" --signature model.sig
	ref_expect 'inside: the reference signs' 0 '' sign key . --private_key "../$P/leaf.key" --ignore-paths notes
	expect 'inside: nimgate verifies it' 0 err "'model.sig'" verify key . --public-key "../$P/leaf.pub" --signature model.sig
	rm model.sig
}

links()
{
	fresh
	ln -s config.json m/link
	ln -s ../config.json m/sub/up
	ln -s up m/sub/twice
	echo outside >outside
	ln -s "$W/outside" m/absolute
	cross 'links' m --allow_symlinks
	cross_refused 'links, not allowed' m link
	echo changed >outside
	cross_refused 'links, target changed' m changed --allow_symlinks
	echo outside >outside
	rm m/link
	cp -a model/config.json m/link
	expect 'a copy for a link: nimgate' 0 out succeeded verify key m --public-key "$P/leaf.pub" --signature theirs.sig --allow_symlinks
	ref_expect 'a copy for a link: the reference' 0 '' verify key m --public_key "$P/leaf.pub" --signature ours.sig --allow_symlinks
	ln -s "$W/m" linked
	cross 'the model is a link' linked --allow_symlinks
	fresh
	ln -s none m/broken
	expect 'broken link: nimgate does not sign' 1 err "missing: 'broken'" sign key m --private-key "$P/leaf.key" --signature no.sig --allow_symlinks
	ref_expect 'broken link: nor does the reference' 1 'Cannot use' sign key m --private_key "$P/leaf.key" --signature no.sig --allow_symlinks
}

# Names that trip careless code. Of each pair that a careless reader takes for one, both are there.
names()
{
	local name long

	mkdir -p odd/a odd/' ' odd/-folder "odd/it's" odd/$'two\nlines' odd/a.b
	long=$(printf 'n%.0s' {1..255})
	for name in 'a/x' 'a b' 'a-b' 'a.b/x' 'a0' '-rf' '--' '-folder/x' ' /x' ' x ' '"q"' "it's/x" "'" 'back\slash' 'back\\slash' '\n' \
		$'new\nline' $'two\nlines/x' $'cr\r' $'tab\t' '%s%n' 'c:0:4' 'C:\x' ':' $'\xc3\xa9' $'e\xcc\x81' $'\xf0\x9f\x98\x80' $'\xe2\x80\xae' \
		$'\x7f' $'\x01' '#' '~' '*' '?' '$(id)' '`id`' '&' ';' '|' '<' '{' '\u00e9' 'A' "$long" '.hidden' '...'; do
		printf '%s' "$name" >"odd/$name"
	done
	cross 'odd names' odd
	printf x >odd/'back\slash'
	cross_refused 'odd names, changed' odd changed
	printf '%s' 'back\slash' >odd/'back\slash'
	: >$'odd/\xff'
	cross_refused 'a name that is not UTF-8' odd extra
	rm $'odd/\xff'
	cp -a model ./-model
	cross 'the model starts with a dash' -model
	cp -a model ./$'mo\n"del\xc3\xa9'
	cross 'the model has an odd name' $'mo\n"del\xc3\xa9'
}

shapes()
{
	local deep many

	mkdir empties
	: >empties/a
	: >empties/b
	cross 'nothing but empty files' empties
	deep=deep$(printf '/level%.0s' {1..70})
	mkdir -p "$deep"
	echo x >"$deep/file"
	cross '70 folders deep' deep
	mkdir -p deep/none/none
	cross 'empty folders do not count' deep
	rm "$deep/file"
	cross_refused '70 folders deep, missing' deep missing
	echo x >"$deep/file"
	mkdir many
	for many in {1..2000}; do echo "$many" >"many/f$many"; done
	cross '2000 files' many
	echo x >>many/f1234
	cross_refused '2000 files, one changed' many changed
}

# The root digest, where both have the same order.
digests()
{
	ask root model
	expect 'digest: of the model' 0 out "${said%$'\n'}" digest model
	ask root many
	expect 'digest: of many files' 0 out "${said%$'\n'}" digest many
	ask root deep
	expect 'digest: of a deep tree' 0 out "${said%$'\n'}" digest deep
	ask root empties
	expect 'digest: of empty files' 0 out "${said%$'\n'}" digest empties
	ask root one.gguf
	expect 'digest: of a single file' 0 out "${said%$'\n'}" digest one.gguf
}

# What the reference does otherwise, on purpose or not (docs/differences.md).
known_differences()
{
	mkdir ordered ordered/a hidden void
	printf x >ordered/a/x
	printf y >'ordered/a b'
	ask root ordered
	run digest ordered
	[ "$status" = 0 ] && [ "$out" != "${said%$'\n'}" ] && ok 'difference: order of names below "/"' || not_ok 'difference: order of names below "/"' "$out $said"
	cross 'difference: either order verifies' ordered

	expect 'single file: nimgate signs' 0 out succeeded sign key one.gguf --private-key "$P/leaf.key" --signature one.sig
	ref_expect 'difference: the reference knows a single file by "." alone' 1 '' verify key one.gguf --signature one.sig --public_key "$P/leaf.pub"
	expect 'single file of ".": nimgate signs' 0 out succeeded sign key one.gguf --private-key "$P/leaf.key" --signature one.sig --dot-name
	ref_expect 'single file of ".": the reference verifies it' 0 '' verify key one.gguf --signature one.sig --public_key "$P/leaf.pub"
	ref_expect 'single file: the reference signs' 0 '' sign key one.gguf --private_key "$P/leaf.key" --signature one.sig
	expect 'single file: nimgate verifies' 0 out succeeded verify key one.gguf --signature one.sig --public-key "$P/leaf.pub"
	cp one.gguf two.gguf
	expect 'single file of "." has any name' 0 out succeeded verify key two.gguf --signature one.sig --public-key "$P/leaf.pub"
	echo Weights >two.gguf
	expect 'single file, changed' 1 err changed verify key two.gguf --signature one.sig --public-key "$P/leaf.pub"

	ref_expect 'difference: the reference signs an empty model' 0 '' sign key void --private_key "$P/leaf.key" --signature void.sig
	expect 'difference: nimgate does not verify it' 4 err 'void.sig' verify key void --signature void.sig --public-key "$P/leaf.pub"
	expect 'difference: nor sign it' 1 err 'holds no file' sign key void --private-key "$P/leaf.key" --signature void.sig

	cross 'before a linked folder' model
	echo evil >hidden/evil.py
	fresh
	ln -s "$W/hidden" m/linked
	ref_expect 'difference: the reference does not look behind a linked folder' 0 '' verify key m --signature theirs.sig --public_key "$P/leaf.pub" --allow_symlinks
	expect 'difference: nimgate refuses it' 1 err "extra: 'linked'" verify key m --signature theirs.sig --public-key "$P/leaf.pub" --allow_symlinks

	ref_expect 'difference: the reference judges certificates at their beginning alone' 0 '' verify certificate model --signature "$P.theirs" \
		--certificate_chain "$P/root.pem"
	expect 'difference: nimgate judges them now' 4 err 2099 verify certificate model --signature "$P.theirs" --certificate-chain "$P/root.pem" --at 2099-01-01

	fresh
	mkdir m/.git
	echo x >m/.git/o
	ref_expect 'difference: the reference ignores git paths that the signature names, whatever it is told' 0 '' verify key m --signature theirs.sig \
		--public_key "$P/leaf.pub" --no-ignore-git-paths
	expect 'difference: nimgate does as it is told' 1 err "extra: '.git/o'" verify key m --signature theirs.sig --public-key "$P/leaf.pub" --no-ignore-git-paths

	ref_expect 'difference: the reference does not sign without a chain' 1 PEM sign certificate model --private_key "$P/leaf.key" \
		--signing_certificate "$P/leaf.pem" --signature no.sig
	expect 'difference: nimgate does' 0 out succeeded sign certificate model --private_key "$P/leaf.key" \
		--signing_certificate "$P/leaf.pem" --signature no.sig

	ref_expect 'difference: the reference cannot open an encrypted key' 1 '' sign key model --private_key encrypted.key --password secret --signature no.sig

	ref_expect 'difference: the reference has anchors of its own' 1 issuer verify certificate model --signature "$P.theirs"
	expect 'difference: nimgate has none' 2 err 'no certificate is trusted by default' verify certificate model --signature "$P.theirs"

	ref_expect 'difference: of two values the reference takes the last' 0 '' verify key model --signature none.sig --signature theirs.sig --public_key "$P/leaf.pub"
	expect 'difference: nimgate takes neither' 2 err 'given twice' verify key model --signature none.sig --signature theirs.sig --public_key "$P/leaf.pub"

	ref_expect 'difference: the reference drops ignored paths outside the model' 0 '' verify key model --signature theirs.sig \
		--public_key "$P/leaf.pub" --ignore-paths outside
	expect 'difference: nimgate takes them for a slip' 2 err "outside the model" verify key model --signature theirs.sig \
		--public-key "$P/leaf.pub" --ignore-paths outside
}

# NAME HASH SHARD MODEL: the reference signs, through its API, as its command cannot; both verify. Left in api.sig.
api()
{
	local name=$1 hash=$2 shard=$3 model=$4

	ask sign "$hash" "$shard" "$P/leaf.key" "$model" api.sig
	judge_ref "$name: the reference signs" 0 ''
	expect "$name: nimgate verifies it" 0 out succeeded verify key "$model" --public-key "$P/leaf.pub" --signature api.sig
}

# NAME HASH SHARD MODEL: the other way round. Left in api.sig.
api_ours()
{
	local name=$1 hash=$2 shard=$3 model=$4 options=()

	[ "$shard" = 0 ] || options=(--shard-size "$shard")
	expect "$name: nimgate signs" 0 out succeeded sign key "$model" --private-key "$P/leaf.key" --signature api.sig \
		--hash "${hash/blake2/blake2b}" "${options[@]}"
	ask verify "$hash" "$shard" "$P/leaf.pub" "$model" api.sig
	judge_ref "$name: the reference verifies it" 0 ''
}

# NAME REASON MODEL: nimgate refuses MODEL by api.sig.
api_refused()
{
	expect "$1" 1 err "$2: " verify key "$3" --public-key "$P/leaf.pub" --signature api.sig
}

# Every hash and every kind of shards that the reference's API can write.
hash_types()
{
	local hash

	cp -a model plain
	rm plain/empty
	for hash in blake2 blake3; do
		api_ours "$hash, files" $hash 0 model
		ref_expect "difference: the reference's command does not verify it" 1 '' verify key model --public_key "$P/leaf.pub" --signature api.sig
		api "$hash, files" $hash 0 model
		fresh
		echo x >>m/sub/b
		api_refused "$hash, files: a change" changed m
		rm m/sub/b
		api_refused "$hash, files: a missing file" missing m
		fresh
		: >m/new
		api_refused "$hash, files: an extra file" extra m
	done
	api 'blake3 with shards is files' blake3 1000 model
	for hash in sha256 blake2; do
		shards "$hash"
	done
	mkdir colons
	printf 'abcdefgh' >colons/a:0:4
	printf 'abcdefgh' >colons/a
	api 'shards, colons in names' sha256 4 colons
	ask verify sha256 4 "$P/leaf.pub" colons api.sig
	judge_ref 'difference: the reference cannot verify shards of names with colons' 1 ''
	api 'shards, odd names' sha256 3 odd
	api 'shards of a single file' sha256 3 one.gguf
	api 'shards, an empty file is not signed' sha256 1000 plain
	: >plain/empty
	api_refused 'shards, an empty file that is not signed' extra plain
	ask verify sha256 1000 "$P/leaf.pub" plain api.sig
	judge_ref 'difference: the reference does not see it' 0 ''
	rm plain/empty
}

# HASH: shards of several sizes over a file of 100,000 bytes; and what must not pass.
shards()
{
	local hash=$1 size

	for size in 99999 100000 100001 1000000000; do
		api "$hash, shards of $size" "$hash" "$size" plain
		ask verify "$hash" "$size" "$P/leaf.pub" plain api.sig
		judge_ref "$hash, shards of $size: the reference verifies it" 0 ''
	done
	for size in 1 1000 100000 1000000000; do
		api_ours "$hash, shards of $size" "$hash" "$size" plain
	done
	api "$hash, shards of 1" "$hash" 1 small
	api "$hash, shards of 1000" "$hash" 1000 plain
	rm -rf m
	cp -a plain m
	printf x | dd of=m/model.safetensors bs=1 seek=99999 conv=notrunc status=none
	api_refused "$hash, shards: the last byte" changed m
	cp plain/model.safetensors m/
	printf x | dd of=m/model.safetensors bs=1 seek=50000 conv=notrunc status=none
	api_refused "$hash, shards: in the middle" changed m
	cp plain/model.safetensors m/
	truncate -s 99000 m/model.safetensors
	expect "$hash, shards: one less" 1 err "'model.safetensors" verify key m --public-key "$P/leaf.pub" --signature api.sig
	truncate -s 101000 m/model.safetensors
	expect "$hash, shards: one more" 1 err "'model.safetensors" verify key m --public-key "$P/leaf.pub" --signature api.sig
	cp plain/model.safetensors m/
	rm m/config.json
	api_refused "$hash, shards: a missing file" missing m
}

for curve in prime256v1 secp384r1 secp521r1; do
	make_pki "$curve" "$curve"
done
make_pki foreign prime256v1
P=prime256v1
make_model model
mkdir small
printf 'abc' >small/a
printf 'd' >small/b
echo weights >one.gguf
curves
chains
differences
ignored
links
names
shapes
digests
known_differences
hash_types
end
