#!/bin/bash
# What `nimgate verify --output json` really says, in every case of tests/cli/output.sh, against docs/verify-output.schema.json; and that
# the schema refuses what must never be said.
. "$(dirname "$0")/lib.bash"
schema=$REPOSITORY/docs/verify-output.schema.json

# FILE...: validates, and keeps what was said.
validate()
{
	said=$("$PYTHON" "$INTEROP/validate.py" "$schema" "$@" 2>&1)
}

mkdir "$W/outputs" "$W/lies"
said=$(OUTPUTS=$W/outputs "$INTEROP/../cli/output.sh" 2>&1)
grep '^not ok' <<<"$said" && not_ok 'outputs' 'tests/cli/output.sh fails'
validate "$W"/outputs/*.json
echo "$said"
failures=$((failures + $(grep -c '^not ok' <<<"$said")))
[ "$(grep -c '^ok' <<<"$said")" -ge 25 ] && ok 'schema: cases' || not_ok 'schema: cases' "$(grep -c '^ok' <<<"$said") outputs are valid"

# NAME FILE FILTER: the answer in FILE, made untrue by jq's FILTER.
lie()
{
	jq -c "$3" "$W/outputs/$2.json" >"$W/lies/$1.json" || not_ok "lie $1" 'cannot be made'
}
lie other-schema admitted '.schema = 2'
lie no-schema admitted 'del(.schema)'
lie other-verdict admitted '.verdict = "ok"'
lie admitted-for-a-reason admitted '.reason = "changed"'
lie admitted-by-nobody admitted '.signer = null'
lie admitted-without-payload admitted '.payload_sha256 = null'
lie admitted-with-findings admitted '.findings = [{reason: "extra", file: "x"}]'
lie admitted-without-files admitted '.files = 0'
lie refused-for-nothing untrusted '.reason = null'
lie unknown-reason untrusted '.reason = "bad"'
lie untrusted-yet-read untrusted '.subject = "model"'
lie untrusted-yet-signed untrusted '.signer = {}'
lie unknown-field untrusted '.more = 1'
lie unknown-field-of-a-signer signer '.signer.more = 1'
lie subject-not-ascii signer '.signer.subject = "CN=é"'
lie half-a-digest signer '.signer.spki_sha256 |= .[1:]'
lie key-with-certificate admitted-by-key '.signer.sha256 = .signer.spki_sha256'
lie changed-without-digests changed-missing-extra-special-link '.findings[-1] |= del(.signed, .found)'
lie extra-yet-signed changed-missing-extra-special-link '(.findings[] | select(.reason == "extra")).signed = .payload_sha256'
lie nameless-file changed-missing-extra-special-link '.findings[0].file = ""'
lie reason-of-no-file changed-missing-extra-special-link '.findings[0].reason = "untrusted"'
lie bytes-as-text admitted '.bytes = "1"'
validate "$W"/lies/*.json
for lie in "$W"/lies/*.json; do
	lie=$(basename "$lie" .json)
	if grep -q "^not ok schema: $lie: " <<<"$said"; then ok "schema refuses $lie"; else not_ok "schema refuses $lie" "it does not: $(tail -n 1 <<<"$said")"; fi
done
end
