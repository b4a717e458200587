# Builds what a NIM start needs: certificates, model versions as NGC delivers them, their signatures, a cache as NIM lays
# it out, root file systems shaped like a NIM image, a policy. Sourced after lib.sh; everything lies below W.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120 # the scripts that source this use the rest
. "$HERE/pki.sh"

ORGANISATION=nim/meta/llama-demo
FOLDER=models--nim--meta--llama-demo
HF=hf-8c22764-demo
HF_OLD=hf-1b2c3d4-demo
ENGINE=h100x1-throughput-fp8-demo
UNSIGNED=hf-unsigned-demo
# Both ids are the BLAKE3 of their tags, as in real manifests (facts: nim, section 3).
PROFILE_ENGINE=7b508014e846234db3cabe5c9f38568b4ee96694b60600a0b71c621dc70cacf3
PROFILE_HF=4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d
SHARDS=${SHARDS:-3}
SHARD_BYTES=${SHARD_BYTES:-65536}
[ -n "${CACHE_COPY+x}" ] || CACHE_COPY=(cp)
SNAPSHOT=ngc/hub/$FOLDER/snapshots

# BYTES of reproducible noise that differs by NAME.
noise()
{
	head -c "$2" /dev/zero | openssl enc -aes-128-ctr -iv 0 -K "$(md5sum <<<"$1" | cut -c 1-32)" 2>/dev/null
}

# sign_version DIRECTORY SIGNATURE [LEAF [OPTION...]]: the one place where signatures by certificate are made.
sign_version()
{
	local leaf=${3:-leaf}

	mkdir -p "$(dirname "$2")"
	"$NIMGATE" sign certificate "$1" --signature "$2" --private-key "$W/pki/$leaf.key" \
		--signing-certificate "$W/pki/$leaf.pem" --certificate-chain "$W/pki/intermediate.pem" \
		"${@:4}" >"$W/sign.log" 2>&1
}

# sign_version_key DIRECTORY SIGNATURE: the same by key.
sign_version_key()
{
	mkdir -p "$(dirname "$2")"
	"$NIMGATE" sign key "$1" --signature "$2" --private-key "$W/pki/leaf.key" >"$W/sign.log" 2>&1
}

# version_files VERSION: the whole of a version in Hugging Face form, as "ngc registry model download-version" leaves it.
version_hf()
{
	local version=$1 to=$W/versions/llama-demo_v$1 i

	mkdir -p "$to/original"
	for i in $(seq "$SHARDS"); do
		noise "$version $i" "$SHARD_BYTES" >"$to/model-0000$i-of-0000$SHARDS.safetensors"
	done
	echo "License of $ORGANISATION" >"$to/LICENSE"
	echo "# $ORGANISATION:$version" >"$to/README.md"
	echo '{"architectures": ["LlamaForCausalLM"]}' >"$to/config.json"
	echo '{"version": "1.0"}' >"$to/tokenizer.json"
	echo '{"dim": 4096}' >"$to/original/params.json"
}

version_engine()
{
	local to=$W/versions/llama-demo_v$1

	mkdir -p "$to"
	noise "$1" "$SHARD_BYTES" >"$to/rank0.engine"
	echo '{"builder_config": {}}' >"$to/config.json"
	echo "License of $ORGANISATION" >"$to/LICENSE.txt"
}

# cache_version VERSION [CACHE]: a version as NIM stores it: blobs named by ETag, snapshots of relative links.
cache_version()
{
	local version=$1 model=${2:-$W/cache}/ngc/hub/$FOLDER from=$W/versions/llama-demo_v$1 file blob up

	mkdir -p "$model/blobs" "$model/refs"
	echo "$version" >"$model/refs/$version"
	while IFS= read -r file; do
		blob=$(md5sum "$from/$file" | cut -c 1-32)
		[ -e "$model/blobs/$blob" ] || "${CACHE_COPY[@]}" "$from/$file" "$model/blobs/$blob"
		mkdir -p "$(dirname "$model/snapshots/$version/$file")"
		up=../../
		[ "$file" = "${file#*/}" ] || up=../../../
		ln -sf "${up}blobs/$blob" "$model/snapshots/$version/$file"
	done < <(cd "$from" && find . -type f -printf '%P\n')
}

# cache_copies VERSION: the same as plain files, as cp -rL and rsync -L leave it.
cache_copies()
{
	local snapshot=$W/cache/$SNAPSHOT/$1

	rm -rf "$snapshot"
	cp -r "$W/versions/llama-demo_v$1" "$snapshot"
}

signature_path()
{
	echo "$W/signatures/$ORGANISATION/$1/result.sigstore"
}

# What the profiles take from a version in Hugging Face form: a subset, as real profiles do (no README.md).
needed_hf()
{
	seq -f "model-%05g-of-0000$SHARDS.safetensors" "$SHARDS"
	printf '%s\n' LICENSE config.json tokenizer.json original/params.json
}

# manifest [VERSION]: model_manifest.yaml in its second grammar. The first profile takes files from two versions.
manifest()
{
	local version=${1:-$HF} file uri=ngc://$ORGANISATION

	cat <<-END
		schema_version: '2.0'
		profile_selection_criteria: auto
		model: $ORGANISATION
		release: 1.5.2
		profiles:
		- id: $PROFILE_ENGINE
		  tags: {feat_lora: 'false', gpu: h100, gpu_device: '2330:10de', llm_engine: tensorrt_llm,
		    number_of_gpus: '1', pp: '1', precision: fp8, profile: throughput, tp: '1'}
		  workspace:
		    files:
		      trtllm_engine/rank0.engine:
		        uri: $uri:$ENGINE?file=rank0.engine
		      trtllm_engine/config.json:
		        uri: $uri:$ENGINE?file=config.json
	END
	needed_hf | while IFS= read -r file; do
		printf '      %s:\n        uri: %s:%s?file=%s\n' "$file" "$uri" "$version" "$file"
	done
	cat <<-END
		- id: $PROFILE_HF
		  tags:
		    feat_lora: 'false'
		    llm_engine: vllm
		    pp: '1'
		    precision: bf16
		    tp: '1'
		  workspace:
		    files:
	END
	needed_hf | while IFS= read -r file; do
		printf '      %s:\n        uri: %s:%s?file=%s\n' "$file" "$uri" "$version" "$file"
	done
}

# The first grammar: a map of profiles, with NIM's own tags.
manifest_v1()
{
	cat <<-END
		$PROFILE_ENGINE:
		  model: meta/llama-demo
		  release: '1.0.0'
		  tags:
		    gpu: H100
		    gpu_device: 2330:10de
		    llm_engine: tensorrt_llm
		    tp: '1'
		  container_url: nvcr.io/nim/meta/llama-demo:1.0.0
		  workspace: !workspace
		    components:
		    - dst: ''
		      src:
		        repo_id: ngc://$ORGANISATION:$HF
		        files:
	END
	needed_hf | sed "s/.*/          - !name '&'/"
	cat <<-END
		    - dst: trtllm_engine
		      src:
		        repo_id: ngc://$ORGANISATION:$ENGINE
		        files:
		          - 'rank0.engine'
		          - 'config.json'
	END
}

# image_plain NAME: a root file system with busybox and a program that shows that it ran.
image_plain()
{
	local root=$W/images/$1 program

	mkdir -p "$root"/{bin,etc,proc,sys,dev,tmp,out,model-store}
	cp "$(command -v busybox)" "$root/bin/busybox"
	for program in sh echo cat; do
		ln -sf busybox "$root/bin/$program"
	done
	printf '#!/bin/sh\necho ran >/out/ran\necho RAN\n' >"$root/bin/show"
	chmod 755 "$root/bin/show"
}

# image_nim NAME: the same with what makes it a NIM.
image_nim()
{
	local root=$W/images/$1

	image_plain "$1"
	mkdir -p "$root"/opt/nim/{.cache,etc/default}
	cp "$root/bin/show" "$root/opt/nim/start_server.sh"
	manifest >"$root/opt/nim/etc/default/model_manifest.yaml"
}

# policy METHOD ANCHOR [MODE]
policy()
{
	cat <<-END
		mode: ${3:-enforce}
		trust:
		  method: $1
		  anchors: [$2]
		signatures: [$W/signatures]
		log: $W/decisions.jsonl
		receipts: {folder: $W/receipts}
	END
}

# Everything in its good state: two signed versions in the cache, one image, a policy that trusts our root.
fixture_build()
{
	local version

	pki_build
	version_hf "$HF"
	version_engine $ENGINE
	for version in $HF $ENGINE; do
		cache_version "$version"
		sign_version "$W/versions/llama-demo_v$version" "$(signature_path "$version")" ||
			die "cannot sign $version: $(cat "$W/sign.log")"
	done
	image_nim nim
	policy certificate "$W/pki/root.pem" >"$W/policy.yaml"
}

# Keeps the present state for fixture_restore().
fixture_save()
{
	mkdir "$W/saved"
	cp -a "$W/cache" "$W/signatures" "$W/images" "$W/policy.yaml" "$W/saved/"
}

fixture_restore()
{
	rm -rf "$W/cache" "$W/signatures" "$W/images" "$W/policy.yaml"
	cp -a "$W/saved/." "$W/"
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
}

# flip FILE [OFFSET]: other bits in one byte, the length stays.
flip()
{
	local offset=${2:-1000} byte

	byte=$(od -An -tu1 -j "$offset" -N 1 "$1") || die "cannot read $1"
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$offset" conv=notrunc status=none
}
