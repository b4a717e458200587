# Cases of gate.sh that change the model's files or their signatures; see cases.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # lib.sh reads the settings

# The last byte: a reader that stops short would miss it.
prepare_flipped_byte()
{
	flip "$(blob_of model-00003-of-00003.safetensors)" $((SHARD_BYTES - 1))
}

prepare_flipped_engine()
{
	flip "$(realpath "$W/cache/$SNAPSHOT/$ENGINE/rank0.engine")" 0
}

prepare_flipped_nested()
{
	flip "$(blob_of original/params.json)" 3
}

prepare_flipped_copy()
{
	cache_copies "$HF"
	flip "$(hf model-00001-of-00003.safetensors)"
}

prepare_longer()
{
	echo >>"$(blob_of config.json)"
}

# Signed by shards of a quarter of the weights' files, with BLAKE3.
prepare_shards()
{
	sign_version "$W/versions/llama-demo_v$HF" "$(signature_path "$HF")" leaf --hash blake3 --shard-size $((SHARD_BYTES / 4)) ||
		die "cannot sign by shards: $(cat "$W/sign.log")"
}

prepare_shards_changed()
{
	prepare_shards
	flip "$(blob_of model-00002-of-00003.safetensors)" $((SHARD_BYTES / 2))
}

prepare_shards_cut()
{
	prepare_shards
	truncate -s $((SHARD_BYTES / 4 * 3)) "$(blob_of model-00002-of-00003.safetensors)"
}

# The file on the host is the signed one; what the container gets is another.
prepare_mounted_file()
{
	local blob

	blob=$(blob_of model-00002-of-00003.safetensors)
	cp "$blob" "$W/other"
	flip "$W/other"
	MOUNTS+=("$W/other:/opt/nim/.cache/${blob#"$W/cache/"}:ro")
}

# The same names, signed by the same publisher, other bytes.
prepare_old_signature()
{
	cp "$W/old.sigstore" "$(signature_path "$HF")"
}

prepare_other_signature()
{
	cp "$(signature_path "$ENGINE")" "$(signature_path "$HF")"
}

prepare_missing_shard()
{
	rm "$(hf model-00002-of-00003.safetensors)"
}

prepare_missing_blob()
{
	rm "$(blob_of model-00002-of-00003.safetensors)"
}

prepare_not_cached()
{
	rm -r "$W/cache/$SNAPSHOT/$HF"
}

prepare_evil()
{
	echo 'import os' >"$(hf evil.py)"
}

prepare_evil_nested()
{
	echo 'import os' >"$(hf original/evil.py)"
}

prepare_evil_engine()
{
	echo 'import os' >"$W/cache/$SNAPSHOT/$ENGINE/evil.py"
}

prepare_evil_hidden()
{
	echo 'import os' >"$(hf .evil)"
}

prepare_link_absolute()
{
	ln -sf /etc/hostname "$(hf config.json)"
}

prepare_link_upward()
{
	cp "$(blob_of config.json)" "$W/images/nim/config.json"
	ln -sf ../../../../../../../../config.json "$(hf config.json)"
}

prepare_link_directory()
{
	ln -sfn ../../blobs "$(hf config.json)"
}

# The files below it are the signed ones, and yet no file of the snapshot.
prepare_link_for_directory()
{
	mv "$(hf original)" "$W/cache/ngc/hub/$FOLDER/original"
	ln -s ../../original "$(hf original)"
}

prepare_link_chain()
{
	local blob

	blob=$(blob_of config.json)
	mv "$blob" "$blob.real"
	ln -s "${blob##*/}.real" "$blob"
}

prepare_link_other_model()
{
	local blob other=$W/cache/ngc/hub/models--nim--meta--other/blobs

	blob=$(blob_of config.json)
	mkdir -p "$other"
	mv "$blob" "$other/"
	ln -sf "../../../models--nim--meta--other/blobs/${blob##*/}" "$(hf config.json)"
}

prepare_link_snapshot()
{
	mv "$W/cache/$SNAPSHOT/$HF" "$W/cache/$SNAPSHOT/real"
	ln -s real "$W/cache/$SNAPSHOT/$HF"
}

prepare_fifo()
{
	rm "$(hf config.json)"
	mkfifo "$(hf config.json)"
}

prepare_fifo_blob()
{
	local blob

	blob=$(blob_of config.json)
	rm "$blob"
	mkfifo "$blob"
}

prepare_cut()
{
	truncate -s 1000 "$(signature_path "$HF")"
}

prepare_empty()
{
	: >"$(signature_path "$HF")"
}

prepare_no_signature()
{
	rm "$(signature_path "$ENGINE")"
}

# A payload that nobody signed: the statement is whole, one digest in it is another.
prepare_tampered()
{
	local path

	path=$(signature_path "$HF")
	jq -c '.dsseEnvelope.payload |= (@base64d | sub("\"digest\": ?\"[0-9a-f]{8}"; "\"digest\":\"00000000") | @base64)' \
		"$path" >"$W/tampered" && mv "$W/tampered" "$path"
}

prepare_wrong_ca()
{
	policy certificate "$W/pki/stranger.pem" >"$POLICY"
}

prepare_key_other()
{
	prepare_key_method
	openssl pkey -in "$W/pki/stranger.key" -pubout -out "$W/pki/stranger.pub"
	policy key "$W/pki/stranger.pub" >"$POLICY"
}
