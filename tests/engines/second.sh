#!/bin/bash
# The second start: what was hashed before is not hashed again, as long as nobody touched it; and the start that does not fit into its
# deadline. On a real runc, from the decision log and from what the container reads.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

FILES=11
ROW=320 # bytes in the journal

# rests NAME EVIDENCE REMEMBERED: what the last decision rests on, and how many files were not hashed.
rests()
{
	local found

	found=$(tail -n 1 "$W/decisions.jsonl" | jq -r '"\(.verdict) \(.evidence) \(.files_remembered)"')
	if [ "$found" = "admit $2 $3" ] && [ "$RAN" = file ]; then
		ok "$1"
	else
		OUTPUT="$OUTPUT"$'\n'"$(tail -n 1 "$W/decisions.jsonl")"
		not_ok "$1" "wanted admit $2 $3, got $found, ran: $RAN"
	fi
}

# Old enough for a receipt: times of the same moment could hide a change.
settle()
{
	sleep 3.1
}

# In good state, and remembered.
remembered()
{
	fixture_restore
	rm -rf "$W/receipts"
	settle
	start runc
	rests "$1: first start" hashed 0
}

second_start()
{
	remembered second
	start runc
	rests "second: second start" receipt $FILES
	sed "s|^receipts:.*|receipts: {use: refuse, folder: $W/receipts}|" "$POLICY" >"$W/other.yaml"
	POLICY=$W/other.yaml
	start runc
	rests "second: receipts that policy does not use" hashed 0
	sed "s|^receipts:.*|receipts: {age: 1s, folder: $W/receipts}|" "$W/policy.yaml" >"$W/other.yaml"
	sleep 2.1
	start runc
	rests "second: receipts that are too old" hashed 0
	POLICY=$W/policy.yaml
	ANNOTATIONS='{"nimgate.dev/require": "hashed"}'
	start runc
	rests "second: a container that asks for hashing" hashed 0
	ANNOTATIONS='{}'
	printf 'evidence: receipt\n' >>"$POLICY"
	start runc
	rests "second: evidence receipt is enough" receipt $FILES
}

# What was changed is hashed again, whatever its size and mtime say.
changed_file()
{
	local blob

	remembered changed
	blob=$(blob_of model-00001-of-00003.safetensors)
	touch -r "$blob" "$W/times"
	flip "$blob"
	touch -r "$W/times" "$blob"
	start runc
	judge "changed: a byte, with its old times" refused changed model-00001-of-00003
	flip "$blob"
	touch -r "$W/times" "$blob"
	start runc
	rests "changed: the old bytes again" receipt $((FILES - 1))
	cp -a "$blob" "$W/copy"
	flip "$W/copy"
	mv "$W/copy" "$blob"
	start runc
	judge "changed: another file under its name" refused changed model-00001-of-00003
}

# A writer that has the file open is enough.
open_writer()
{
	remembered writer
	exec 9<>"$(blob_of model-00001-of-00003.safetensors)"
	start runc
	exec 9>&-
	judge "writer: open for writing" refused busy model-00001-of-00003
	start runc
	rests "writer: closed again" receipt $FILES
}

# Receipts that nobody can trust cost time, never a verdict.
broken_journal()
{
	local row

	remembered journal
	for ((row = 1; row <= FILES; row++)); do
		flip "$W/receipts/journal" $((row * ROW + 40))
	done
	start runc
	rests "journal: one byte flipped in each row" hashed 0
	start runc
	rests "journal: made anew by that" receipt $FILES
	truncate -s -100 "$W/receipts/journal"
	start runc
	rests "journal: torn" receipt $((FILES - 1))
	head -c 32 /dev/urandom >"$W/receipts/key"
	start runc
	rests "journal: of another host" hashed 0
	rm -rf "$W/receipts"
	: >"$W/receipts"
	start runc
	rests "journal: no folder" hashed 0
	rm "$W/receipts"
	mkdir -m 777 "$W/receipts"
	start runc
	rests "journal: a folder of others" hashed 0
	rm -rf "$W/receipts"
	mkdir -m 700 "$W/receipts"
	mount -t tmpfs -o size=4k,mode=700 none "$W/receipts" || die "cannot mount a tmpfs"
	start runc
	rests "journal: full" hashed 0
	start runc
	rests "journal: still full" hashed 0
	umount "$W/receipts"
	rm -rf "$W/receipts"
}

# Of a cache in memory nothing is remembered: there a store through a mapping moves no times.
cache_in_memory()
{
	fixture_restore
	mount -t tmpfs none "$W/cache" || die "cannot mount a tmpfs"
	cp -a "$W/saved/cache/." "$W/cache/"
	settle
	start runc
	rests "memory: first start" hashed 0
	start runc
	rests "memory: second start" hashed 0
	umount "$W/cache"
}

# memo NAME WANTED [HOOK]: one start; "remembered" or "read": what became of its manifest.
memo()
{
	local hook=${3:-$HOOK} found

	HOOK_ENTRY=(/bin/sh sh -c "exec '$hook' --policy '$POLICY' --explain createRuntime 2>'$W/explain'")
	start runc
	HOOK_ENTRY=()
	found=$(sed -nE 's/^nimgate: manifest: .*(remembered|read)$/\1/p' "$W/explain")
	if [ "$RAN" = file ] && [ "$found" = "$2" ]; then
		ok "memo: $1"
	else
		not_ok "memo: $1" "wanted $2, got '$found', ran: $RAN: $(tail -n 1 "$W/explain")"
	fi
}

# What a parser made of a manifest is remembered for this manifest, this question and this program alone.
memos()
{
	local image=$W/images/nim/opt/nim/etc/default/model_manifest.yaml

	fixture_restore
	rm -rf "$W/receipts"
	memo "first start" read
	memo "second start" remembered
	echo '# a comment' >>"$image"
	memo "another manifest" read
	memo "another manifest again" remembered
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	memo "another profile" read
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
	memo "the first profile" remembered
	cp "$HOOK" "$W/other-hook"
	memo "another program" read "$W/other-hook"
	memo "the first program" remembered
	# What the image says now counts, and not what it said.
	sed -i "s|$ENGINE?file=rank0|other-$ENGINE?file=rank0|" "$image"
	start runc
	judge "memo: a version that is not there" refused not-signed
	cp "$W/saved/images/nim/opt/nim/etc/default/model_manifest.yaml" "$image"
	memo "the first manifest" remembered
}

# Whoever does not want receipts has no memos either.
memos_unwanted()
{
	ANNOTATIONS='{"nimgate.dev/require": "hashed"}'
	memo "a container that asks for hashing" read
	ANNOTATIONS='{}'
	sed "s|^receipts:.*|receipts: {use: refuse, folder: $W/receipts}|" "$W/policy.yaml" >"$W/other.yaml"
	POLICY=$W/other.yaml
	memo "receipts that policy does not use" read
	rm -rf "$W/receipts"
	memo "receipts that policy does not use: nothing is there" read
	if [ -e "$W/receipts/memos" ]; then
		not_ok "memo: nothing is kept" "$(ls "$W/receipts")"
	else
		ok "memo: nothing is kept"
	fi
	sed "s|^receipts:.*|receipts: {age: 1s, folder: $W/receipts}|" "$W/policy.yaml" >"$W/other.yaml"
	memo "kept" read
	sleep 2.1
	memo "too old" read
	POLICY=$W/policy.yaml
}

# Broken, full, read-only, not there: the start is as without.
memos_broken()
{
	local file

	rm -rf "$W/receipts"
	memo "to be broken" read
	for file in "$W"/receipts/memos/*; do
		flip "$file" 80
	done
	memo "a byte flipped" read
	memo "made anew by that" remembered
	for file in "$W"/receipts/memos/*; do
		rm "$file"
		mkfifo "$file"
	done
	memo "a pipe" read
	memo "in the place of the pipe" remembered
	head -c 32 /dev/urandom >"$W/receipts/key"
	memo "of another host" read
	expect_forgotten
	memo "forgotten" read
	mount -t tmpfs -o size=4k,mode=700 none "$W/receipts/memos" || die "cannot mount a tmpfs"
	head -c 4096 /dev/zero >"$W/receipts/memos/full"
	memo "full" read
	memo "still full" read
	umount "$W/receipts/memos"
	rm -rf "$W/receipts/memos"
	mount --bind "$W/receipts" "$W/receipts" || die "cannot mount"
	mount -o remount,bind,ro "$W/receipts" || die "cannot mount"
	memo "read-only" read
	memo "still read-only" read
	umount "$W/receipts"
	chmod 755 "$W/receipts"
	memo "a folder of others" read
	rm -rf "$W/receipts"
}

# As the command tells of them.
expect_forgotten()
{
	OUTPUT=$("$NIMGATE" status --policy "$POLICY" 2>&1; "$NIMGATE" receipt forget --all --policy "$POLICY" 2>&1)
	if grep -q '^memos: 1, ' <<<"$OUTPUT" && grep -q '^1 memos forgotten$' <<<"$OUTPUT" && [ -z "$(ls "$W/receipts/memos")" ]; then
		ok "memo: the command tells of them, and forgets them"
	else
		not_ok "memo: the command tells of them, and forgets them" "$(ls "$W/receipts/memos")"
	fi
}

# Two at once, and one that is killed in the midst: each is right, and so is the next.
memos_together()
{
	local pids=() tries failed=0

	fixture_restore
	rm -rf "$W/receipts"
	{
		cat "$POLICY"
		echo 'protect_with: none'
	} >"$W/other.yaml"
	hold
	for ((tries = 0; tries < 6; tries++)); do
		"$HOOK" --policy "$W/other.yaml" createRuntime <"$W/state" >"$W/together-$tries" 2>&1 &
		pids+=($!)
	done
	for tries in "${pids[@]}"; do
		wait "$tries" || failed=$((failed + 1))
	done
	release
	if [ $failed = 0 ] && [ "$(find "$W/receipts/memos" -type f | wc -l)" = 1 ]; then
		ok "memo: six at once"
	else
		not_ok "memo: six at once" "$failed failed: $(cat "$W"/together-*) $(ls "$W/receipts/memos")"
	fi
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
	memo "after these" remembered
}

need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
disk_open
fixture_build
fixture_save
second_start
changed_file
open_writer
broken_journal
cache_in_memory
memos
memos_unwanted
memos_broken
memos_together
[ "$failures" = 0 ]
