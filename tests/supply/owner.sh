#!/bin/bash
# Fetching as a user of its own, as nimgate-fetch.service does: its folder, its credential, no privileges; and who takes what it brings.
. "$(dirname "$0")/lib.bash"

USER_NAME=daemon POLICY=$W/policy.yaml

if [ "$(id -u)" != 0 ]; then
	echo "skip ${0##*/}: becomes another user, which needs root"
	exit 0
fi

# The command as that user: no capability, no way to new ones, and nothing else it may write.
as_user()
{
	setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
		env CREDENTIALS_DIRECTORY="$W/credentials" "$N" "$@" >"$W/.out" 2>"$W/.err"
	status=$?
	out=$(<"$W/.out")
	err=$(<"$W/.err")
}

# The list of profiles, by the policy, of an image whose only profile takes a file of test/t/good:1. LINE... are added to the policy.
listed()
{
	printf 'mode: enforce\ntrust:\n  method: certificate\n  anchors: [%s]\nsignatures: [%s]\n' "$W/pki/root.pem" "$F" >"$POLICY"
	printf '%s\n' "$@" >>"$POLICY"
	run profile list --image-root "$W/image" --policy "$POLICY" --output json
}

open_supply
chmod 755 "$W" "$S" "$S/pki"
chmod 644 "$S/pki/ca.pem" "$CONFIG"
printf '%s\n' "$KEY" >"$S/key"
mkdir "$W/credentials"
install -m 400 -o "$USER_NAME" "$S/key" "$W/credentials/ngc-key"
chown "$USER_NAME:" "$F"

forget_log
as_user fetch --config "$CONFIG" --signatures "$F" test/t/good:1 test/t/good:2
[ "$status" = 0 ] && [[ $out == *"2 new"* ]] && ok "as a user of its own" || not_ok "as a user of its own" "$status $out $err"
[ "$(asked 'auth=Bearer')" = 4 ] && ok "with the credential's key" || not_ok "with the credential's key" "$(<"$S/log")"
[ "$(stat -c '%U %a' "$F/test/t/good/1/result.sigstore")" = "$USER_NAME 644" ] && ok "its file" || not_ok "its file" "$(ls -l "$F")"
as_user fetch --config "$CONFIG" --signatures "$F" --missing test/t/good:1
[ "$status" = 0 ] && [[ $out == *"1 present"* ]] && ok "again" || not_ok "again" "$status $out $err"
mkdir "$W/root" && chmod 755 "$W/root"
as_user fetch --config "$CONFIG" --signatures "$W/root" test/t/good:1
[ "$status" = 7 ] && [[ $out == *"access refused"* ]] && [ -z "$(ls -A "$W/root")" ] && ok "root's folder: not its own" ||
	not_ok "root's folder: not its own" "$status $out $err"

# Who takes it.
mkdir -p "$W/image/opt/nim/etc/default"
cat >"$W/image/opt/nim/etc/default/model_manifest.yaml" <<'END'
schema_version: '2.0'
profiles:
- id: 425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd
  tags: {llm_engine: vllm}
  workspace:
    files:
      config.json: {uri: 'ngc://test/t/good:1?file=config.json'}
END
listed
jq -e '.profiles[0] | .signed == false and .reason == "config"' <<<"$out" >/dev/null && [[ $out == *"must belong to root"* ]] &&
	ok "by default: nobody" || not_ok "by default: nobody" "$out $err"
listed "signature_owner: $USER_NAME"
jq -e '.profiles[0].signed' <<<"$out" >/dev/null && ok "where the policy names its owner" || not_ok "where the policy names its owner" "$out $err"
run policy show "$POLICY"
grep -qx "signature_owner: \"$USER_NAME\"" <<<"$out" && ok "policy show" || not_ok "policy show" "$out $err"
run policy check "$POLICY"
[ "$status" = 0 ] && [ -z "$err" ] && ok "policy check" || not_ok "policy check" "$out $err"
listed "signature_owner: bin"
jq -e '.profiles[0] | .signed == false and .reason == "config"' <<<"$out" >/dev/null && ok "another owner" || not_ok "another owner" "$out $err"
run policy check "$POLICY"
[[ $err == *"signature folder: '$F': belongs to user"* ]] && ok "policy check warns" || not_ok "policy check warns" "$out $err"
listed "signature_owner: Root:0"
[ "$status" = 2 ] && [[ $err == *"expected the name of a system user"* ]] && ok "no owner's name" || not_ok "no owner's name" "$out $err"
chmod g+w "$F/test"
listed "signature_owner: $USER_NAME"
jq -e '.profiles[0] | .signed == false and .reason == "config"' <<<"$out" >/dev/null && ok "its owner lets others write" || not_ok "its owner lets others write" "$out"
end
