# What rows of starts.tsv change in the good state. Sourced after fixture.sh and cases.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # lib.sh reads the settings

# Models of the customer's own, signed with the customer's own key.
starts_build()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$W/pki/own.key"
	openssl ec -in "$W/pki/own.key" -pubout -out "$W/pki/own.pub" 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out "$W/pki/foreign.key"
	mkdir -p "$W/own/adapter" "$W/sources"
	noise adapter 5000 >"$W/own/adapter/adapter_model.safetensors"
	echo '{"r": 16}' >"$W/own/adapter/adapter_config.json"
	"$NIMGATE" sign key "$W/own/adapter" --signature "$W/sources/adapter.sig" --private-key "$W/pki/own.key" >/dev/null ||
		die "cannot sign the adapter"
	"$NIMGATE" sign key "$W/own/adapter" --signature "$W/sources/foreign.sig" --private-key "$W/pki/foreign.key" >/dev/null ||
		die "cannot sign the adapter"
	version_hf "$UNSIGNED"
	lock_build
}

# The SHA-256 of what is signed in a signature file.
payload_of()
{
	jq -r .dsseEnvelope.payload "$1" | base64 -d | sha256sum | cut -c 1-64
}

# models.lock of the good state; an older build of the same version with a signature of its own; and a signature whose certificate
# expires while the other rows run.
lock_build()
{
	local soon old=$W/older version

	LOCKED=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	EXPIRY=$(($(date +%s) + 10))
	soon=$(date -u -d "@$EXPIRY" +%Y%m%d%H%M%SZ)
	certificate brief intermediate leaf 20250101000000Z "$soon"
	sign_version "$W/versions/llama-demo_v$HF" "$W/brief.sigstore" brief || die "cannot sign: $(cat "$W/sign.log")"
	cp -a "$W/versions/llama-demo_v$HF" "$old"
	flip "$old/config.json" 5
	sign_version "$old" "$W/older.sigstore" || die "cannot sign: $(cat "$W/sign.log")"
	{
		echo "# nimgate models.lock 1"
		for version in "$HF" $ENGINE; do
			echo "$ORGANISATION:$version sha256:$(payload_of "$(signature_path "$version")") $LOCKED CN=leaf"
		done
	} >"$W/models.lock"
}

# Policy wants the lock file: a copy of its own for each row.
locked()
{
	rm -f "$W/row.lock"
	cp "$W/models.lock" "$W/row.lock"
	printf 'lock: required\nlock_file: %s\n' "$W/row.lock" >>"$POLICY"
}

# The older build takes the place of the one that is locked, with its valid signature.
older()
{
	cp "$W/older.sigstore" "$(signature_path "$HF")"
	cp --remove-destination "$W/older/config.json" "$(hf config.json)"
}

# The signature that has expired meanwhile, of the same payload. Waits until it has.
expired()
{
	while [ "$(date +%s)" -le "$EXPIRY" ]; do
		sleep 0.2
	done
	cp "$W/brief.sigstore" "$(signature_path "$HF")"
}

# SHA-256 of the signer's certificate, and of its public key.
leaf_certificate()
{
	openssl x509 -in "$W/pki/leaf.pem" -outform DER | sha256sum | cut -c 1-64
}

leaf_spki()
{
	openssl pkey -pubin -in "$W/pki/leaf.pub" -outform DER | sha256sum | cut -c 1-64
}

deny()
{
	printf 'deny: [%s]\n' "$1" >>"$POLICY"
}

# The policy's lines for a source: SETTING PATH [SIGNATURE].
source_policy()
{
	cat >>"$POLICY" <<-END
		sources:
		- setting: $1
		  path: $2
		  signature: $W/sources/${3:-adapter.sig}
		  method: key
		  anchors: [$W/pki/own.pub]
	END
}

# Who may sign that source: the key NAME.pub.
source_signer()
{
	printf '  signers: [{spki: %s}]\n' "$(openssl pkey -pubin -in "$W/pki/$1.pub" -outform DER | sha256sum | cut -c1-64)" >>"$POLICY"
}

# The adapter, mounted at PATH; a copy, so that rows can change it.
adapter()
{
	rm -rf "$W/mounted-adapter"
	cp -r "$W/own/adapter" "$W/mounted-adapter"
	MOUNTS+=("$W/mounted-adapter:$1:ro")
	mkdir -p "$W/images/$IMAGE$1"
}

# A model store as create-model-store writes it: the profile's files in workspace layout, mounted at PATH.
store()
{
	local file

	rm -rf "$W/store"
	mkdir -p "$W/store/trtllm_engine"
	needed_hf | while IFS= read -r file; do
		mkdir -p "$(dirname "$W/store/$file")"
		cp "$W/versions/llama-demo_v$HF/$file" "$W/store/$file"
	done
	cp "$W/versions/llama-demo_v$ENGINE/"{rank0.engine,config.json} "$W/store/trtllm_engine/"
	MOUNTS+=("$W/store:$1:ro")
	mkdir -p "$W/images/$IMAGE$1"
}

empty_cache()
{
	rm -rf "$W/cache"
	mkdir "$W/cache"
}

# An image without a manifest.
no_manifest()
{
	rm -r "$W/images/nim/opt/nim/etc"
}

# native-v1: no /opt/nim, no manifest, the model below /model.
native()
{
	image_plain nim
	rm -rf "$W/images/nim/opt"
	COMMAND=(/bin/show)
	MOUNTS=()
}

# A file below the cache root.
cache_file()
{
	mkdir -p "$(dirname "$W/cache/$1")"
	echo x >"$W/cache/$1"
}

# What lies at SOURCE, over PATH below the cache.
over_cache()
{
	MOUNTS+=("$1:/opt/nim/.cache/$2:ro")
}

# The folder of the model, moved away and mounted back.
mount_folder()
{
	rm -rf "$W/folder"
	cp -a "$W/cache/ngc/hub/$FOLDER" "$W/folder"
	over_cache "$W/folder" "ngc/hub/$FOLDER"
}

drop_version()
{
	rm -r "$W/cache/$SNAPSHOT/$1"
}

annotate()
{
	ANNOTATIONS=$(jq -nc --arg require "$1" '{"nimgate.dev/require": $require}')
}

exception()
{
	printf 'exceptions:\n- model: %s\n  expires: "%s"\n  why: "the operator, while the publisher signs again"\n' \
		"$ORGANISATION:$1" "$2" >>"$POLICY"
}

hook_rule()
{
	HOOK_ENTRY=("$HOOK" nimgate-hook --policy "$POLICY" --rule "$1" createRuntime)
}

# The policy's rules: NAME WHEN SET, each in YAML's flow style.
rule()
{
	grep -q '^rules:' "$POLICY" || echo "rules:" >>"$POLICY"
	printf -- '- name: %s\n  when: {%s}\n  set: {%s}\n' "$1" "$2" "$3" >>"$POLICY"
}

workspace()
{
	store /opt/nim/workspace
}

# One capability more, in the set from which a program may get it.
capability()
{
	EDIT=".process.capabilities.bounding += [\"$1\"]"
}

# A host with GPUs of these models, one behind the other: the runtime, and the hook with it, sees another /proc/driver.
gpus()
{
	local model number=0 folder

	rm -rf "$W/driver"
	for model; do
		folder=$W/driver/nvidia/gpus/0000:0$((number + 1)):00.0
		mkdir -p "$folder"
		printf 'Model: \t\t %s\nGPU UUID: \t GPU-11111111-2222-3333-4444-55555555000%d\nDevice Minor: \t %d\n' \
			"$model" "$number" "$number" >"$folder/information"
		number=$((number + 1))
	done
	# shellcheck disable=SC2016 # the inner shell expands it
	WITHIN=(unshare --mount sh -c 'mount --bind "$0" /proc/driver && exec "$@"' "$W/driver")
}

# What nimgate gpus has written about the first GPU, behind gpus: "CAPABILITY MODEL".
gpus_asked()
{
	mkdir -p -m 700 "$W/run-nimgate" /run/nimgate
	printf 'nimgate-gpus 1\n0000:01:00.0 46068 %s\n' "$1" >"$W/run-nimgate/gpus"
	chmod 600 "$W/run-nimgate/gpus"
	# shellcheck disable=SC2016 # the inner shell expands it
	WITHIN=(unshare --mount sh -c 'mount --bind "$0/driver" /proc/driver && mount --bind "$0/run-nimgate" /run/nimgate && exec "$@"' "$W")
}

# The GPU with that index has MIG devices.
divide()
{
	mkdir -p "$W/driver/nvidia/capabilities/gpu$1/mig/gi1"
	echo "DeviceFileMinor: 12" >"$W/driver/nvidia/capabilities/gpu$1/mig/gi1/access"
}

# The profile of two versions needs TP GPUs, and says so a second time.
engine_spread()
{
	sed -i "s/number_of_gpus: '1', pp: '1', precision: fp8, profile: throughput, tp: '1'/number_of_gpus: '$2', pp: '1', precision: fp8, profile: throughput, tp: '$1'/" \
		"$(image_manifest_path)"
}

# The other profile is for one kind of GPU, too.
hf_gpu()
{
	sed -i "s/^    llm_engine: vllm/    gpu: $1\n&/" "$(image_manifest_path)"
}

# The container gets the device file of the GPU with that minor.
device()
{
	EDIT=".linux.devices += [{path: \"/dev/nvidia$1\", type: \"c\", major: 195, minor: $1}]"
}

# A cache inside of a mount that the host shares: nothing can be mounted over it.
shared_parent()
{
	local parent

	parent=$(mktemp -d "$W/parent.XXXXXX")
	chmod 755 "$parent"
	mkdir "$W/images/nim/parent"
	mount --bind "$parent" "$parent" && mount --make-rshared "$parent"
	cp -a "$W/cache" "$parent/cache"
	MOUNTS=("$parent:/parent:rw")
	EDIT='(.mounts[] | select(.destination == "/parent").options) = ["rbind", "rw", "rshared"]'
}

# The profile of two versions takes one of them from another model, whose folder of the cache is a mount.
other_model()
{
	sed -i "s,llama-demo:$ENGINE,llama-other:$ENGINE," "$(image_manifest_path)"
	rm -rf "$W/other-model"
	cp -a "$W/cache/ngc/hub/$FOLDER" "$W/other-model"
	mkdir "$W/cache/ngc/hub/models--nim--meta--llama-other"
	over_cache "$W/other-model" ngc/hub/models--nim--meta--llama-other
}

# The engine's version is of another model, nobody signed it, and its folder of snapshots is a link that leads somewhere in the container alone.
linked_snapshots()
{
	local folder=$W/cache/ngc/hub/models--nim--meta--other

	sed -i "s,ngc://$ORGANISATION:$ENGINE,ngc://nim/meta/other:$ENGINE," "$(image_manifest_path)"
	mkdir -p "$folder/evil/$ENGINE"
	echo evil >"$folder/evil/$ENGINE/rank0.engine"
	ln -s "${1:-}/opt/nim/.cache/ngc/hub/models--nim--meta--other/evil" "$folder/snapshots"
}

# The same with the whole folder: the hook is in no place that /proc/self of the container shows.
linked_folder()
{
	local hub=$W/cache/ngc/hub

	linked_snapshots
	mkdir "$hub/models--evil"
	mv "$hub/models--nim--meta--other" "$hub/models--evil/x"
	rm "$hub/models--evil/x/snapshots"
	mv "$hub/models--evil/x/evil" "$hub/models--evil/x/snapshots"
	ln -s /proc/self/root/opt/nim/.cache/ngc/hub/models--evil/x "$hub/models--nim--meta--other"
}

# A signed store, and a cache of the user's own behind a link that leads somewhere in the container alone: an image that does not know the store
# reads that.
store_and_linked_cache()
{
	store /store
	mkdir -p "$W/data/real/$SNAPSHOT/$ENGINE" "$W/data/real/$SNAPSHOT/$HF" "$W/images/nim/data"
	echo evil >"$W/data/real/$SNAPSHOT/$ENGINE/rank0.engine"
	ln -sfn "$1/data/real" "$W/data/cache"
	MOUNTS+=("$W/data:/data:ro")
}
