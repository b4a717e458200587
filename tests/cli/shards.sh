#!/bin/bash
# Hashes and shards: each combination signs and verifies, and a changed byte is found where it lies.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_pki p prime256v1
V=(verify key model --public-key p/leaf.pub --signature)
mkdir -p model/sub
head -c 100000 /dev/zero | tr '\0' w >model/weights
head -c 4096 /dev/zero | tr '\0' c >'model/sub/with:0:9'
printf x >model/tiny

# Changes the byte of weights at OFFSET, or back.
set_byte()
{
	printf '%s' "$2" | dd of=model/weights bs=1 seek="$1" conv=notrunc status=none
}

# NAME OPTION...: signs, verifies, and finds a byte at 70000 changed; $where is part of the answer.
round()
{
	local name=$1

	shift
	expect "$name" 0 out succeeded sign key model --private-key p/leaf.key --signature "$name.sig" "$@"
	expect "$name, back" 0 out 'files: 3, 104097 bytes' "${V[@]}" "$name.sig"
	set_byte 70000 x
	expect "$name, changed" 1 err "changed: 'weights': $where" "${V[@]}" "$name.sig"
	set_byte 70000 w
}

for hash in sha256 blake2b blake3; do
	where='signed '
	round "$hash" --hash "$hash"
	where='bytes 70000 to 71000: signed '
	round "$hash-1000" --hash "$hash" --shard-size 1000
	where='bytes 65536 to 100000: signed '
	round "$hash-65536" --hash="$hash" --shard_size=65536
done

for file in 'model/weights' 'model/tiny'; do
	expect "single $file" 0 out succeeded sign key "$file" --private-key p/leaf.key --signature one.sig --shard-size 4096
	expect "single $file, back" 0 out 'files: 1,' verify key "$file" --public-key p/leaf.pub --signature one.sig
	expect "single $file as '.'" 0 out succeeded sign key "$file" --private-key p/leaf.key --signature one.sig --dot-name
	cp "$file" renamed
	expect "single $file as '.', renamed" 0 out 'files: 1,' verify key renamed --public-key p/leaf.pub --signature one.sig
done

printf y >>model/weights
expect 'longer' 1 err "changed: 'weights': 100001 bytes long, but 100000 are signed" "${V[@]}" sha256-1000.sig
truncate -s 99000 model/weights
expect 'shorter by a shard' 1 err "changed: 'weights': 99000 bytes long, but 100000 are signed" "${V[@]}" sha256-1000.sig
head -c 100000 /dev/zero | tr '\0' w >model/weights
: >model/sub/empty
expect 'an empty file is extra' 1 err "extra: 'sub/empty': an empty file, which a signature over shards does not cover" "${V[@]}" blake3-1000.sig
expect 'an empty file may be ignored' 0 out 'files: 3,' "${V[@]}" blake3-1000.sig --ignore-paths model/sub/empty
expect 'an empty file is named when it is signed' 0 err "warning: 'sub/empty' is empty" sign key model --private-key p/leaf.key \
	--signature empty.sig --shard-size 1000
mkdir empties
: >empties/a
expect 'nothing but empty files' 1 err 'holds empty files alone' sign key empties --private-key p/leaf.key --signature no.sig --shard-size 9

rm model/sub/empty
expect 'digest by shards' 0 out sha256: digest model --shard-size 1000
by_shards=$out
expect 'digest by blake3' 0 out sha256: digest model --hash blake3
[ "$by_shards" != "$out" ] && [ "$out" = "sha256:$(jq -r .dsseEnvelope.payload blake3.sig | base64 -d |
	jq -r '.subject[0].digest.sha256')" ] && ok 'digest is what is signed' || not_ok 'digest is what is signed' "$out"

expect 'another hash' 2 err "--hash 'md5': expected sha256, blake2b or blake3" digest model --hash md5
for size in 0 -1 1k '' 9223372036854775808; do
	expect "shard size '$size'" 2 err '--shard-size' digest model --shard-size "$size"
done
expect 'no single file' 2 err '--dot-name is for a model of one file' sign key model --private-key p/leaf.key --signature no.sig --dot-name
expect 'verify takes the hash from the signature alone' 2 err '--hash' "${V[@]}" sha256.sig --hash sha256
[ ! -e no.sig ] && ok 'nothing is written where signing fails' || not_ok 'nothing is written where signing fails' no.sig
end
