#!/bin/bash
# From a fresh install to a start that is admitted: the certificate, the signatures and the lock file arrive by three commands. Then an
# older version of the model, with its own genuine signature, takes the place of the newer one: refused. On a real runc.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

# says NAME STATUS TEXT COMMAND...: nimgate ends with STATUS and says TEXT.
says()
{
	local name=$1 wanted=$2 text=$3

	shift 3
	OUTPUT=$("$NIMGATE" "$@" 2>&1)
	STATUS=$?
	if [ "$STATUS" = "$wanted" ] && [[ $OUTPUT == *"$text"* ]]; then
		ok "$name"
	else
		not_ok "$name" "wanted status $wanted and '$text', got $STATUS"
	fi
}

# starts_as NAME REASON: a start is refused for REASON, or admitted ("").
starts_as()
{
	start runc
	if { [ -n "$2" ] && [ "$RAN" = no ] && [ "$REASON" = "$2" ]; } || { [ -z "$2" ] && [ "$RAN" = file ]; }; then
		ok "$1"
	else
		not_ok "$1" "wanted ${2:-admitted}, got ${REASON:-admitted}, ran: $RAN"
	fi
}

need_root
need_programs runc busybox jq openssl python3 "$HOOK" "$NIMGATE"
work_open
. "$REPOSITORY/tests/supply/server.bash"
trap 'stop_server; work_close' EXIT
fixture_build
cases_build
settings_reset

# NGC has the signatures and the certificate; this machine has neither.
mkdir -p "$S"
for version in $HF $ENGINE; do
	cp "$(signature_path "$version")" "$S/bundle.llama-demo.$version"
done
cp "$W/pki/root.pem" "$S/pem"
rm -rf "$W/signatures"
mkdir "$W/signatures"
make_server_pki
start_server
write_config
sed -i "s|anchors: .*|anchors: [$W/trust/nvidia.pem]|" "$POLICY"
digest=$(openssl x509 -in "$W/pki/root.pem" -outform DER | sha256sum | cut -c 1-64)

starts_as "a fresh install" config
says "trust fetch" 0 "added '$W/trust/nvidia.pem'" trust fetch --folder "$W/trust" --policy "$POLICY" --config "$CONFIG" --sha256 "$digest"
starts_as "with the certificate" not-signed
says "fetch" 0 "2 versions, 2 new" fetch --image-root "$W/images/nim" --policy "$POLICY" --config "$CONFIG"
[ "$(grep -c '(verified)' <<<"$OUTPUT")" = 2 ] && ok "fetch: verified" || not_ok "fetch: verified" "not both"
starts_as "with the signatures" ""
printf 'lock: required\nlock_file: %s\n' "$W/models.lock" >>"$POLICY"
starts_as "a lock is required, and there is none" config
says "lock add, of one" 0 "" lock add "$ORGANISATION:$ENGINE" --policy "$POLICY"
starts_as "not all are locked" lock
says "lock add" 0 "" lock add "$ORGANISATION:$HF" "$ORGANISATION:$ENGINE" --policy "$POLICY"
starts_as "with the lock" ""

# The older version with its genuine signature, in the newer one's place.
snapshot=$W/cache/$SNAPSHOT/$HF
rm -r "$snapshot"
cp -r "$W/versions/llama-demo_v$HF_OLD" "$snapshot"
cp "$W/old.sigstore" "$(signature_path "$HF")"
starts_as "an older version with its signature" lock
says "fetch finds another signature" 1 "NGC has another signature now than the folder" fetch "$ORGANISATION:$HF" --policy "$POLICY" --config "$CONFIG"
says "fetch takes NGC's" 0 "1 replaced" fetch "$ORGANISATION:$HF" --replace --policy "$POLICY" --config "$CONFIG"
starts_as "the older version under the newer one's signature" changed
rm -r "$snapshot"
cp -r "$W/versions/llama-demo_v$HF" "$snapshot"
starts_as "and the newer one again" ""
[ "$failures" = 0 ]
