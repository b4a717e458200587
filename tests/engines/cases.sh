# What each case of gate.sh changes in the good state. Sourced after fixture.sh; prepare_NAME belongs to the row NAME.
# shellcheck shell=bash
# shellcheck disable=SC2034 # lib.sh reads the settings

# What some cases need beside the good state, made once.
cases_build()
{
	local soon

	version_hf "$HF_OLD"
	version_hf "$UNSIGNED"
	cache_version "$UNSIGNED"
	sign_version "$W/versions/llama-demo_v$HF_OLD" "$W/old.sigstore" || die "cannot sign: $(cat "$W/sign.log")"
	sign_version_key "$W/versions/llama-demo_v$HF" "$W/key-hf.sigstore" || die "cannot sign: $(cat "$W/sign.log")"
	sign_version_key "$W/versions/llama-demo_v$ENGINE" "$W/key-engine.sigstore" ||
		die "cannot sign: $(cat "$W/sign.log")"
	# Nobody signs with an expired certificate, so this one expires while the other cases run.
	expiry=$(($(date +%s) + 10))
	soon=$(date -u -d "@$expiry" +%Y%m%d%H%M%SZ)
	certificate brief intermediate leaf 20250101000000Z "$soon"
	sign_version "$W/versions/llama-demo_v$HF" "$W/expired.sigstore" brief ||
		die "cannot sign: $(cat "$W/sign.log")"
}

hf()
{
	echo "$W/cache/$SNAPSHOT/$HF/$1"
}

blob_of()
{
	realpath "$(hf "$1")"
}

image_manifest_path()
{
	echo "$W/images/nim/opt/nim/etc/default/model_manifest.yaml"
}

mount_manifest()
{
	manifest "$1" >"$W/mounted.yaml"
	MOUNTS+=("$W/mounted.yaml:/opt/nim/etc/default/model_manifest.yaml:ro")
}

prepare_two_versions() { :; }

prepare_no_nim()
{
	image_plain plain
	IMAGE=plain
	MOUNTS=()
	ENVIRONMENT=()
	COMMAND=(/bin/show)
}

prepare_no_nim_no_policy()
{
	prepare_no_nim
	rm "$POLICY"
}

prepare_prestart()
{
	STAGE=prestart
	HOOK_ENTRY=("$HOOK" nimgate-hook --policy "$POLICY" prestart)
}

prepare_manifest_v1()
{
	rm -r "$W/images/nim/opt/nim/etc"
	mkdir -p "$W/images/nim/etc/nim/config"
	manifest_v1 >"$W/images/nim/etc/nim/config/model_manifest.yaml"
}

prepare_copies()
{
	cache_copies "$HF"
	cache_copies "$ENGINE"
}

prepare_cache_elsewhere()
{
	MOUNTS=("$W/cache:/model-store:ro")
	ENVIRONMENT+=(NIM_CACHE_PATH=/model-store)
}

prepare_cli_layout()
{
	local version

	for version in $HF $ENGINE; do
		mkdir "$W/signatures/llama-demo_v$version"
		mv "$(signature_path "$version")" "$W/signatures/llama-demo_v$version/"
	done
	rm -r "$W/signatures/nim"
}

# README.md is signed, and no profile takes it.
prepare_subset_absent()
{
	rm "$(blob_of README.md)" "$(hf README.md)"
}

prepare_key_method()
{
	cp "$W/key-hf.sigstore" "$(signature_path "$HF")"
	cp "$W/key-engine.sigstore" "$(signature_path "$ENGINE")"
	policy key "$W/pki/leaf.pub" >"$POLICY"
}

# Both versions are signed by the leaf.
pin_signer()
{
	sed -i "s|^  anchors: .*|&\n  signers: [{$1}]|" "$POLICY"
}

prepare_signer_pinned()
{
	pin_signer "subject: 'CN=leaf,O=nimgate test', fingerprint: $(openssl x509 -in "$W/pki/intermediate.pem" -noout -fingerprint -sha256 | cut -d= -f2)"
}

prepare_signer_not_pinned()
{
	pin_signer "subject: 'CN=leaf 2,O=nimgate test'"
}

prepare_nim_is_a_link()
{
	mkdir "$W/images/nim/srv"
	mv "$W/images/nim/opt/nim" "$W/images/nim/srv/nim"
	ln -s /srv/nim "$W/images/nim/opt/nim"
	MOUNTS=("$W/cache:/srv/nim/.cache:ro")
}

prepare_mounted_good()
{
	manifest "$UNSIGNED" >"$(image_manifest_path)"
	mount_manifest "$HF"
}

prepare_mounted_unsigned()
{
	mount_manifest "$UNSIGNED"
}

prepare_other_profile()
{
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	rm -r "$W/cache/$SNAPSHOT/$ENGINE" "$(signature_path "$ENGINE")"
}

prepare_mode_off()
{
	policy certificate "$W/pki/root.pem" off >"$POLICY"
	prepare_flipped_byte
}

# No runtime shows the stderr of a hook that succeeds, so a shell in between keeps it.
prepare_mode_warn()
{
	policy certificate "$W/pki/root.pem" warn >"$POLICY"
	prepare_flipped_byte
	rm -f "$W/warned"
	HOOK_ENTRY=(/bin/sh sh -c "exec $HOOK --policy $POLICY createRuntime 2>$W/warned")
}

judge_warn()
{
	judge "$1" admitted
	OUTPUT=$(cat "$W/warned" 2>&1)
	if grep -q '^nimgate: .*changed' <<<"$OUTPUT"; then
		ok "$1-says-so"
	else
		not_ok "$1-says-so" "wanted a line that names the reason 'changed'"
	fi
}

prepare_unpinned()
{
	ENVIRONMENT=()
	echo "unpinned: refuse" >>"$POLICY"
}

prepare_unpinned_verified()
{
	ENVIRONMENT=()
}

prepare_friendly_name()
{
	echo "unpinned: refuse" >>"$POLICY"
	ENVIRONMENT=(NIM_MODEL_PROFILE=tensorrt_llm-h100-fp8-tp1-pp1-throughput)
}

prepare_unknown_profile()
{
	ENVIRONMENT=("NIM_MODEL_PROFILE=${PROFILE_ENGINE//7/8}")
}

prepare_manifest_broken()
{
	echo "profiles: []" >>"$(image_manifest_path)"
}

prepare_no_manifest()
{
	rm "$(image_manifest_path)"
}

# Which one the container reads cannot be told.
prepare_two_manifests()
{
	mkdir -p "$W/images/nim/etc/nim/config"
	manifest_v1 >"$W/images/nim/etc/nim/config/model_manifest.yaml"
}

prepare_variables_alone()
{
	prepare_no_nim
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
}

prepare_manifest_path()
{
	ENVIRONMENT+=(NIM_MANIFEST_PATH=/opt/nim/.cache/mine.yaml)
}

prepare_peft()
{
	ENVIRONMENT+=(NIM_PEFT_SOURCE=/opt/nim/.cache/adapters)
}

prepare_no_policy()
{
	rm "$POLICY"
}

prepare_policy_writable()
{
	chmod 666 "$POLICY"
}

prepare_policy_link()
{
	mv "$POLICY" "$W/real.yaml"
	ln -s real.yaml "$POLICY"
}

prepare_policy_key()
{
	sed -i '2i # not a key of ours' "$POLICY"
	sed -i '3i modus: enforce' "$POLICY"
}

prepare_policy_twice()
{
	echo 'mode: "off"' >>"$POLICY"
}

prepare_no_anchor()
{
	mkdir -p "$W/absent"
	policy certificate "$W/absent/root.pem" >"$POLICY"
}

# Here the container's namespaces hold the host's root: an entry at the wrong stage proves nothing.
prepare_create_container()
{
	STAGE=createContainer
}

prepare_expired()
{
	while [ "$(date +%s)" -le "$expiry" ]; do
		sleep 0.2
	done
	cp "$W/expired.sigstore" "$(signature_path "$HF")"
}
