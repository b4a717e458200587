#!/bin/bash
# Inputs that are made to cost much: each is answered within 2 s and 256 MiB for all processes together, with its reason.
#
#   tests/engines/hostile.sh [NAME...]
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

SECONDS_MAX=2
MIB_MAX=256

# 122 profiles of one version each, 164 files a profile: 20,008 files, 5 MB and more.
manifest_large()
{
	echo "schema_version: '2.0'"
	echo "profiles:"
	awk -v uri="ngc://$ORGANISATION:$HF?file=" -v other="$PROFILE_ENGINE" 'BEGIN {
		sum = "7065fb33f25f05e562a0ac12acf084a95c2892ede4bec8b2af0b8c2df6f27172"
		for (p = 0; p < 122; p++) {
			printf "- id: %064x\n  tags:\n    gpu: g%d\n  workspace:\n    files:\n", p + 1, p
			for (f = 0; f < 164; f++)
				printf "      directory/with/a/name/file-%d-of-%d.safetensors:\n        uri: %sconfig.json\n        checksum: blake3:%s\n", f, p, uri, sum
		}
	}'
}

prepare_brackets() { head -c 100000 /dev/zero | tr '\0' '[' >"$(image_manifest_path)"; }
prepare_alias_bomb()
{
	{
		echo "a: &a [x, x, x, x, x, x, x, x, x]"
		for i in {b..z}; do
			echo "$i: &$i [*a, *a, *a, *a, *a, *a, *a, *a, *a]"
		done
	} >"$(image_manifest_path)"
}
prepare_directives() { yes '%TAG ! tag:x,2002:' | head -c 16000000 >"$(image_manifest_path)"; }
prepare_manifest_17_mib() { head -c 17825792 /dev/zero | tr '\0' ' ' >"$(image_manifest_path)"; }
prepare_manifest_fifo() { rm "$(image_manifest_path)" && mkfifo "$(image_manifest_path)"; }
prepare_manifest_large()
{
	manifest_large >"$(image_manifest_path)"
	ENVIRONMENT=("NIM_MODEL_PROFILE=$(printf %064x 77)")
}
prepare_manifest_large_unpinned()
{
	manifest_large >"$(image_manifest_path)"
	ENVIRONMENT=()
}
prepare_million()
{
	# A tmpfs, so that making them takes seconds; the hook lists it the same.
	mv "$W/cache" "$W/cache.disk" && mkdir "$W/cache"
	mount -t tmpfs -o nr_inodes=0,size=2g,mode=755 none "$W/cache" && cp -a "$W/cache.disk/." "$W/cache/"
	rm -r "$W/cache.disk"
	seq -f "$W/cache/$SNAPSHOT/$HF/%.0f" 1000000 | xargs touch
}
prepare_sparse_signed()
{
	rm "$(blob_of config.json)"
	truncate -s 15T "$(readlink -m "$(hf config.json)")" 2>/dev/null || truncate -s 7T "$(readlink -m "$(hf config.json)")"
}
prepare_sparse_unsigned() { truncate -s 15T "$(hf extra.bin)" 2>/dev/null || truncate -s 7T "$(hf extra.bin)"; }
prepare_device()
{
	rm "$(hf config.json)"
	mknod "$(hf config.json)" c 1 5
}
prepare_signature_large() { head -c $((33 << 20)) /dev/zero >"$(signature_path "$HF")"; }
prepare_signature_brackets() { head -c 1000000 /dev/zero | tr '\0' '[' >"$(signature_path "$HF")"; }
prepare_deep() { mkdir -p "$W/cache/$SNAPSHOT/$HF/$(printf 'd/%.0s' {1..40})" && touch "$W/cache/$SNAPSHOT/$HF/$(printf 'd/%.0s' {1..40})/x"; }

table()
{
	cat <<-'END'
		brackets                refused manifest
		alias-bomb              refused manifest
		directives              refused manifest
		manifest-17-mib         refused manifest
		manifest-fifo           refused manifest
		manifest-large          admitted
		manifest-large-unpinned admitted
		million                 refused extra
		sparse-signed           refused special
		sparse-unsigned         refused extra
		device                  refused special
		signature-large         refused bundle
		signature-brackets      refused bundle
		deep                    refused extra
	END
}

# check NAME VERDICT REASON: runs the hook on W/state, and judges answer, time and memory.
check()
{
	local name=$1 verdict=$2 reason=${3:-} line wanted=0 message seconds kib

	line=$("$W/peak" "$W/state" "$HOOK" --policy "$POLICY" createRuntime 2>"$W/message")
	STATUS=$?
	message=$(cat "$W/message")
	[ "$verdict" = admitted ] || wanted=$(status_of "$reason")
	seconds=$(sed -n 's/.*seconds \([0-9.]*\).*/\1/p' <<<"$line")
	kib=$(sed -n 's/.*together \([0-9]*\).*/\1/p' <<<"$line")
	OUTPUT="$line"$'\n'"$message"
	if [ $STATUS != "$wanted" ]; then
		not_ok "$name" "wanted status $wanted, got $STATUS"
	elif [ "$verdict" = refused ] && [[ $message != "nimgate: refused ($reason): "* ]]; then
		not_ok "$name" "wanted the reason $reason"
	elif [ -z "$seconds" ] || awk -v s="$seconds" -v max=$SECONDS_MAX 'BEGIN { exit s < max }'; then
		not_ok "$name" "took $seconds s"
	elif [ "$kib" -gt $((MIB_MAX << 10)) ]; then
		not_ok "$name" "took $((kib >> 10)) MiB"
	else
		ok "$name ($seconds s, $((kib >> 10)) MiB)"
	fi
}

run_table()
{
	local name verdict reason

	while read -r -u 3 name verdict reason; do
		wanted "$name" || continue
		fixture_restore
		rm -f "$W/state" "$W/release"
		"prepare_${name//-/_}"
		hold
		check "$name" "$verdict" "$reason"
		release
		! mountpoint -q "$W/cache" || umount "$W/cache"
	done 3< <(table)
}

# Documents that an engine would have to write: fed without a container.
run_direct()
{
	POLICY=$W/policy.yaml
	if wanted state-large; then
		head -c $(((1 << 20) + 1)) /dev/zero | tr '\0' ' ' >"$W/state"
		check state-large refused unseen
	fi
	if wanted config-large; then
		mkdir -p "$W/large"
		head -c $((17 << 20)) /dev/zero | tr '\0' ' ' >"$W/large/config.json"
		echo '{"ociVersion":"1.0.2","id":"x","status":"creating","pid":2,"bundle":"'"$W/large"'"}' >"$W/state"
		check config-large refused config
	fi
}

wanted()
{
	[[ ${#only[@]} = 0 || " ${only[*]} " == *" $1 "* ]]
}

only=("$@")
need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
"${CC:-gcc}" -O2 -D_GNU_SOURCE -o "$W/peak" "$REPOSITORY/tests/bench/peak.c" || die "cannot build peak"
fixture_build
fixture_save
run_table
run_direct
[ "$failures" = 0 ]
