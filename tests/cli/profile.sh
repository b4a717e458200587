#!/bin/bash
# nimgate profile list on a NIM-shaped image and cache.
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

# listed NAME ID FILTER: what the list says of the profile ID, by a jq filter that must be true.
listed()
{
	local name=$1 id=$2 filter=$3
	shift 3
	OUTPUT=$("$NIMGATE" profile list --image-root "$W/images/nim" --cache "$W/cache" --policy "$POLICY" --output json "$@" 2>&1)
	if jq -e --arg id "$id" ".profiles[] | select(.id == \$id) | $filter" <<<"$OUTPUT" >/dev/null 2>&1; then
		ok "$name"
	else
		not_ok "$name" "wanted $filter"
	fi
}

need_root
need_programs busybox jq openssl "$HOOK" "$NIMGATE"
work_open
fixture_build
fixture_save
fixture_restore
listed "all is there" "$PROFILE_ENGINE" '.cached == "yes" and .signed and .admitted'
listed "its name" "$PROFILE_ENGINE" '.description == "tensorrt_llm-h100-fp8-tp1-pp1-throughput"'
listed "its versions" "$PROFILE_ENGINE" '(.versions | split(" ") | length) == 2'
listed "the other's name" "$PROFILE_HF" '.description == "vllm-bf16-tp1-pp1"'
listed "contents, too" "$PROFILE_ENGINE" '.admitted' --hash
flip "$(blob_of model-00002-of-00003.safetensors)"
listed "a changed byte, by names" "$PROFILE_ENGINE" '.admitted'
listed "a changed byte, by contents" "$PROFILE_ENGINE" '.admitted == false and .reason == "changed"' --hash
fixture_restore
echo x >"$(hf evil.py)"
listed "an unsigned file" "$PROFILE_HF" '.cached == "yes" and .admitted == false and .reason == "extra"'
fixture_restore
rm "$(hf config.json)"
listed "a missing file" "$PROFILE_HF" '.cached == "partly" and .reason == "missing"'
fixture_restore
rm -r "$W/cache/$SNAPSHOT/$ENGINE"
listed "a missing version" "$PROFILE_ENGINE" '.cached == "partly" and .signed and .reason == "not-cached"'
listed "a missing version of another profile" "$PROFILE_HF" '.admitted'
fixture_restore
rm "$(signature_path "$HF")"
listed "a missing signature" "$PROFILE_HF" '.signed == false and .reason == "not-signed"'
fixture_restore
pin_signer 'subject: CN=somebody else'
listed "another signer" "$PROFILE_HF" '.signed == false and .reason == "signer"'
fixture_restore
echo "profile: $PROFILE_HF" >>"$POLICY"
listed "the profile that the policy wants" "$PROFILE_HF" '.admitted'
listed "another profile than the policy wants" "$PROFILE_ENGINE" \
	'.cached == "yes" and .signed and .admitted == false and .reason == "policy" and (.text | contains("wants profile"))' --hash
rm "$(signature_path $ENGINE)"
listed "another profile, unsigned" "$PROFILE_ENGINE" '.signed == false and .reason == "policy"'
fixture_restore
sed -i 's,ngc://nim/meta/llama-demo:h100[^?]*,hf://meta/llama:main,' "$(image_manifest_path)"
listed "a model from elsewhere" "$PROFILE_ENGINE" '.signed == false and .reason == "manifest"'
fixture_restore
OUTPUT=$("$NIMGATE" profile list --image-root "$W/images/nim" --cache "$W/cache" --policy "$POLICY" 2>&1)
if [ "$(grep -c '^- ' <<<"$OUTPUT")" = 2 ] && [ "$(grep -c 'would be admitted: yes' <<<"$OUTPUT")" = 2 ]; then
	ok "as text"
else
	not_ok "as text" "wanted two profiles that would be admitted"
fi
OUTPUT=$("$NIMGATE" profile list --image-root "$W/cache" 2>&1)
if [ $? = 6 ] && grep -q 'has no manifest' <<<"$OUTPUT"; then
	ok "no manifest"
else
	not_ok "no manifest" "wanted status 6"
fi
OUTPUT=$("$NIMGATE" profile list 2>&1)
if [ $? = 2 ]; then
	ok "no image"
else
	not_ok "no image" "wanted status 2"
fi
[ "$failures" = 0 ]
