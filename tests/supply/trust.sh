#!/bin/bash
# nimgate trust: certificates are shown, asked for, added, listed, and removed; never replaced.
. "$(dirname "$0")/lib.bash"

T=$W/trust POLICY=$W/policy.yaml

# trust NAME STATUS TEXT ARGUMENT...: nimgate trust ends with STATUS and says TEXT on either stream.
trust()
{
	local name=$1 wanted=$2 text=$3

	shift 3
	run trust "$@" --folder "$T" --policy "$POLICY"
	if [ "$status" != "$wanted" ] || [[ "$out$err" != *"$text"* ]]; then
		not_ok "$name" "wanted status $wanted and '$text', got $status: $out $err"
	else
		ok "$name"
	fi
}

# at_terminal NAME ANSWER STATUS TEXT ARGUMENT...: the same, with somebody at the terminal.
at_terminal()
{
	local name=$1 answer=$2 wanted=$3 text=$4 said

	shift 4
	said=$(printf '%s\n' "$answer" | script -qec "$(printf '%q ' "$N" trust "$@" --folder "$T" --policy "$POLICY")" /dev/null 2>&1)
	status=$?
	if [ "$status" != "$wanted" ] || [[ $said != *"$text"* ]]; then
		not_ok "$name" "wanted status $wanted and '$text', got $status: $said"
	else
		ok "$name"
	fi
}

# certificate NAME DAYS: a self-signed one for so many days, NAME.pem.
certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/O=nimgate/CN=$1" \
		-days "$2" -out "$1.pem" 2>/dev/null
}

open_supply
printf 'mode: enforce\ntrust:\n  method: certificate\n  anchors: [%s/root.pem]\nsignatures: [%s]\n' "$T" "$F" >"$POLICY"
certificate long 400
certificate short 30
fingerprint=$(openssl x509 -in pki/root.pem -outform DER | sha256sum | cut -d ' ' -f 1)
colons=$(openssl x509 -in pki/root.pem -noout -fingerprint -sha256 | cut -d = -f 2)
spki=$(openssl x509 -in pki/root.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)
whole=$(sha256sum pki/root.pem | cut -d ' ' -f 1)

trust "an empty folder" 0 "no certificates" list
trust "nobody to ask" 2 "nobody to ask: without a terminal, --sha256 says which certificates are meant" add pki/root.pem
[[ $out == *"$fingerprint"* && $out == *"$spki"* && $out == *"CN=test root prime256v1"* && $out == *"valid: "* ]] && ok "shown first" ||
	not_ok "shown first" "$out"
trust "another digest" 4 "which --sha256 does not name: nothing is added" add pki/root.pem --sha256 "${fingerprint//[0-4]/5}"
trust "no digest" 2 "expected 64 hexadecimal digits" add pki/root.pem --sha256 abc
[ ! -e "$T/root.pem" ] && ok "nothing was added" || not_ok "nothing was added" "$(ls -l "$T")"
at_terminal "no" no 4 "not trusted: nothing is added" add pki/root.pem
at_terminal "y is too short" y 4 "not trusted: nothing is added" add pki/root.pem
at_terminal "nothing" "" 4 "not trusted: nothing is added" add pki/root.pem
[ ! -e "$T/root.pem" ] && ok "still nothing was added" || not_ok "still nothing was added" "$(ls -l "$T")"
at_terminal "yes" yes 0 "added '$T/root.pem'" add pki/root.pem
cmp -s pki/root.pem "$T/root.pem" && [ "$(stat -c %a "$T/root.pem")" = 644 ] && ok "the same file" || not_ok "the same file" "$(ls -l "$T")"
trust "never replaced" 2 "is there already; trust is never replaced silently" add long.pem --name root --sha256 "$fingerprint"
trust "never replaced, the same" 2 "is there already" add pki/root.pem --sha256 "$fingerprint"
cmp -s pki/root.pem "$T/root.pem" && ok "not replaced" || not_ok "not replaced" ""
trust "by the certificate's digest, with colons" 0 "no policy names it yet" add pki/root.pem --name colons --sha256 "$colons"
trust "by the file's digest" 0 "added" add pki/root.pem --name file --sha256 "$whole"
cat pki/root.pem long.pem >two.pem
trust "one of two" 4 "which --sha256 does not name" add two.pem --sha256 "$fingerprint"
trust "two of two" 0 "added" add two.pem --sha256 "$fingerprint" \
	--sha256 "$(openssl x509 -in long.pem -outform DER | sha256sum | cut -d ' ' -f 1)"
trust "a bad name" 2 "no name of a trust file" add pki/root.pem --name ../root --sha256 "$fingerprint"
trust "no certificate" 2 "holds no certificate in PEM form" add pki/leaf.pub --sha256 "$fingerprint"
openssl x509 -in pki/root.pem -outform DER -out der.pem
trust "DER" 2 "looks like DER" add der.pem --sha256 "$fingerprint"
trust "no file" 2 "does not exist" add none.pem
mkfifo fifo.pem
trust "a FIFO" 2 "fifo.pem" add fifo.pem

trust "NVIDIA's, by the wrong digest" 4 "nothing is added" fetch --config "$CONFIG" --sha256 "${fingerprint//[0-4]/5}"
trust "NVIDIA's" 0 "added '$T/nvidia.pem'" fetch --config "$CONFIG" --sha256 "$fingerprint"
cmp -s "$S/pem" "$T/nvidia.pem" && ok "as the server gives it" || not_ok "as the server gives it" ""
echo '<html>hotel</html>' >"$S/pem"
trust "a page in its place" 2 "holds no certificate in PEM form" fetch --config "$CONFIG" --name other --sha256 "$fingerprint"
head -c 2000000 /dev/zero >"$S/pem"
trust "a huge one" 7 "the answer is too large" fetch --config "$CONFIG" --name other --sha256 "$fingerprint"
trust "no server" 7 "cannot be connected to" fetch --config "$CONFIG" --name other --sha256 "$fingerprint" --base-url https://127.0.0.1:1

trust "who names it" 0 "named by:            '$POLICY'" list
trust "who does not" 0 "named by:            no policy" list
trust "named by the policy: stays" 2 "still named by '$POLICY': take it out there first" remove root
mkdir "$W/policy.d"
printf 'rules:\n- name: a\n  when: {hook_rule: a}\n  set: {trust: {method: certificate, anchors: [%s/file.pem]}}\n' "$T" >"$W/policy.d/a.yaml"
trust "named by a rule: stays" 2 "still named by '$W/policy.d/a.yaml'" remove file
trust "named by nobody" 0 "removed '$T/colons.pem'" remove colons
[ ! -e "$T/colons.pem" ] && ok "gone" || not_ok "gone" ""
trust "by force" 0 "still named by" remove file --force
trust "not there" 2 "does not exist" remove none
trust "not a name" 2 "no name of a trust file" remove /etc/passwd

trust "thirty days before the end" 0 "expires on" add short.pem --sha256 "$(sha256sum short.pem | cut -d ' ' -f 1)"
trust "the list warns" 0 "'CN=short,O=nimgate' expires on" list
[[ $err != *"CN=long"* ]] && ok "and of nothing else" || not_ok "and of nothing else" "$err"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout past.key -subj /CN=past -out past.csr 2>/dev/null
mkdir -p ca && : >ca/index && echo 01 >ca/serial
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index\nserial=ca/serial\nnew_certs_dir=ca\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca/cnf
openssl ca -batch -selfsign -config ca/cnf -in past.csr -keyfile past.key -startdate 20200101000000Z -enddate 20210101000000Z \
	-out past.pem -notext 2>/dev/null
trust "an expired one, by its digest" 0 "expired on 2021-01-01" add past.pem --sha256 "$(sha256sum past.pem | cut -d ' ' -f 1)"
trust "the list fails for it" 4 "'CN=past' expired on 2021-01-01" list
run trust list --folder "$T" --policy "$POLICY" --output json
jq -e '[.files[].certificates[] | select(.warning != null)] | length == 2' <<<"$out" >/dev/null && ok "json" || not_ok "json" "$out"
chmod 666 "$T/long.pem" 2>/dev/null || cp long.pem "$T/long.pem" && chmod 666 "$T/long.pem"
trust "a file that others can write" 4 "mode 0666 lets others write it" list
chmod 777 "$T"
trust "a folder that others can write" 2 "mode 0777 lets others write it" add long.pem --name a --sha256 "$(sha256sum long.pem | cut -d ' ' -f 1)"
chmod 755 "$T"
[ -z "$(find "$T" -name '.*' ! -path "$T")" ] && ok "nothing left behind" || not_ok "nothing left behind" "$(ls -A "$T")"

# doctor_says NAME STATE TEXT ANCHOR: what nimgate doctor says of a policy with this anchor.
doctor_says()
{
	mkdir -p "$W/machine/etc/nimgate"
	cp "$W/$4.pem" "$W/machine/$4.pem"
	printf 'mode: enforce\ntrust: {method: certificate, anchors: [/%s.pem]}\nsignatures: [/s]\n' "$4" >"$W/machine/etc/nimgate/policy.yaml"
	run doctor docker --root "$W/machine"
	grep -qE "^$2 +nimgate +trust +.*$3" <<<"$out" && ok "$1" || not_ok "$1" "$out $err"
}

doctor_says "doctor: an anchor that lasts" ok "no anchor ends before" long
doctor_says "doctor: thirty days before the end" note "certificate 'CN=short,O=nimgate' expires on .*, in (29|30) days" short
doctor_says "doctor: after the end" note "certificate 'CN=past' expired on 2021-01-01" past
rm "$W/machine/past.pem"
run doctor docker --root "$W/machine"
grep -qE "^note +nimgate +trust +.*past.pem' .does not exist" <<<"$out" && ok "doctor: no anchor" || not_ok "doctor: no anchor" "$out"
trust "no word" 2 "expected list, add FILE, fetch or remove NAME"
trust "words" 2 "expected list, add FILE, fetch or remove NAME" list all
end
