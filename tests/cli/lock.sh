#!/bin/bash
# nimgate lock: what is accepted for each version is written, compared and taken out; and nothing that is not verified gets in.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1

make_pki pki secp384r1
make_pki other secp384r1
make_model model
make_model newer
echo changed >newer/config.json

# sign MODEL REF [PKI]: its signature, where it belongs.
sign()
{
	local at=signatures/${2/:/\/}/result.sigstore pki=${3:-pki}

	mkdir -p "$(dirname "$at")"
	run sign certificate "$1" --private-key "$pki/leaf.key" --signing-certificate "$pki/leaf.pem" --certificate-chain "$pki/int.pem" \
		--signature "$at"
	[ "$status" = 0 ] || not_ok "setup $2" "$err"
}

payload_of()
{
	jq -r .dsseEnvelope.payload "signatures/${1/:/\/}/result.sigstore" | base64 -d | sha256sum | cut -c 1-64
}

A=nim/meta/llama:hf-1
B=nim/meta/llama:hf-2
C=nim/tiny:1
sign model $A
sign model $B
sign newer $C
cat >policy.yaml <<-END
	mode: enforce
	trust: {method: certificate, anchors: [$W/pki/root.pem]}
	signatures: [$W/signatures]
	lock: required
	lock_file: $W/models.lock
END
L=(--policy "$W/policy.yaml")

expect "add" 0 out "+ $A sha256:$(payload_of $A) " lock add $A "${L[@]}"
if grep -qE "^$A sha256:$(payload_of $A) [0-9T:-]+Z .*CN=test leaf secp384r1" models.lock && [ "$(grep -vc '^#' models.lock)" = 1 ]; then
	ok "add: the file"
else
	not_ok "add: the file" "$(cat models.lock)"
fi
before=$(cat models.lock)
expect "add again" 0 out "= $A " lock add $A "${L[@]}"
[ "$before" = "$(cat models.lock)" ] && ok "add again: the file stays" || not_ok "add again: the file stays" "$(cat models.lock)"
expect "diff" 6 out "+ $B " lock diff "${L[@]}"
expect "add all" 0 out "+ $C " lock add --all "${L[@]}"
[ "$(grep -v '^#' models.lock | cut -d' ' -f1 | tr '\n' ' ')" = "$A $B $C " ] && ok "add all: sorted" ||
	not_ok "add all: sorted" "$(cat models.lock)"
expect "no difference" 0 out '' lock diff "${L[@]}"
[ -z "$out" ] && ok "no difference: nothing said" || not_ok "no difference: nothing said" "$out"
expect "check" 0 out "$B: as locked" lock check "${L[@]}"
expect "check one" 0 out "$A: as locked" lock check $A "${L[@]}"

# A signature of something else for a version that is locked, genuine as it is.
sign newer $A
expect "changed: check" 6 err "but the lock file accepts" lock check "${L[@]}"
expect "changed: diff" 6 out "- $A " lock diff "${L[@]}"
expect "changed: add" 6 err "not locked without --replace" lock add $A "${L[@]}"
grep -q "$(payload_of $A)" <(grep "^$A " models.lock) && not_ok "changed: stays" "$(cat models.lock)" || ok "changed: stays"
expect "changed: replace" 0 out "+ $A sha256:$(payload_of $A)" lock add $A --replace "${L[@]}"
expect "replaced" 0 out "$A: as locked" lock check $A "${L[@]}"

# What is not verified is never locked.
sign model $B other
expect "stranger: add" 4 err "$B" lock add $B --replace "${L[@]}"
expect "stranger: the others" 4 out "= $C " lock add --all "${L[@]}"
rm -r signatures/nim/meta/llama/hf-2
expect "gone: add" 3 err 'no signature' lock add $B "${L[@]}"
expect "gone: diff" 6 out "- $B " lock diff "${L[@]}"
expect "remove" 0 out "- $B " lock remove $B "${L[@]}"
expect "remove again" 6 err 'not in the lock file' lock remove $B "${L[@]}"
echo "deny: [$C]" >>policy.yaml
expect "denied: add" 6 err 'denied by the policy' lock add $C "${L[@]}"

# Words that are wrong, and files.
expect "no action" 2 err 'expected add' lock "${L[@]}"
expect "no version" 2 err 'has no version' lock add nim/meta/llama "${L[@]}"
expect "nothing to add" 2 err 'expected a REF or --all' lock add "${L[@]}"
expect "another file" 0 out "+ $A " lock add $A --lock "$W/new/models.lock" "${L[@]}"
chmod 666 models.lock
expect "a file of others" 2 err 'models.lock' lock check "${L[@]}"
chmod 644 models.lock
echo nonsense >>models.lock
expect "nonsense" 2 err 'line 5' lock check "${L[@]}"
sed -i '$d' models.lock

# Many at once: nobody's line is lost.
rm models.lock
for i in $(seq 12); do
	mkdir -p "signatures/nim/many/$i"
	cp signatures/nim/tiny/1/result.sigstore "signatures/nim/many/$i/"
	"$N" lock add "nim/many:$i" "${L[@]}" >/dev/null 2>&1 &
done
wait
[ "$(grep -c '^nim/many:' models.lock)" = 12 ] && ok "many at once" || not_ok "many at once" "$(cat models.lock)"
end
