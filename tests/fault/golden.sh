#!/bin/bash
# The system calls that each contained child makes once its filter is loaded, against the list in golden.txt: a library, a compiler or a change
# of ours that needs another call is seen here, before somebody's start is refused for it.
#
#   tests/fault/golden.sh
#
# HOOKS are the programs that are looked at: those that gcc and clang made. With GOLDEN_WRITE=1 what is found takes the place of the lines without "?".
# Each line of it is "CHILD CALL", with "refused" behind calls that a library tries and does without, and "?" in front of what is made only now
# and then, or not by every library.
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/held.bash"
HOOKS=${HOOKS:-$HOOK}
GOLDEN=$(dirname "$0")/golden.txt

# look COMMAND...: adds what its children do to W/found.
look()
{
	strace -f -o "$W/trace" "$@" <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	awk -f "$(dirname "$0")/golden.awk" "$W/trace" >>"$W/found"
}

# Starts of all kinds: with and without the view, by certificate and by key, with a byte flipped, with files that are worth more than one
# thread, with a description for a pin, and one that reads past the page cache.
look_at_hook()
{
	local hook=$1 policy

	for policy in policy quick key; do
		look "$hook" --policy "$W/$policy.yaml" createRuntime
		[ $STATUS = 0 ] || not_ok "$NAME" "the start is refused by $policy.yaml: $(cat "$W/run.out")"
		unview
	done
	spoil
	look "$hook" --policy "$W/policy.yaml" createRuntime
	[ $STATUS = "$CHANGED" ] || not_ok "$NAME" "a flipped byte: status $STATUS"
	unview
	mend
}

# The same signatures by key, and the signatures' parsers and hashers of the command.
keys()
{
	mkdir "$W/by-key"
	sign_version_key "$W/versions/llama-demo_v$HF" "$W/by-key/$ORGANISATION/$HF/result.sigstore" || die "cannot sign"
	openssl pkey -in "$W/pki/leaf.key" -pubout -out "$W/leaf.pub" 2>/dev/null
	policy key "$W/leaf.pub" | sed "s|^signatures:.*|signatures: [$W/by-key]|" >"$W/key.yaml"
}

look_at_command()
{
	local io model=$W/versions/llama-demo_v$HF

	head -c 80000000 /dev/zero >"$W/large" && mkdir "$W/large-model" && mv "$W/large" "$W/large-model/weights.bin"
	"$NIMGATE" sign key "$W/large-model" --signature "$W/large.sig" --private-key "$W/pki/leaf.key" >/dev/null || die "cannot sign"
	for io in cached direct; do
		look "$NIMGATE" verify key "$W/large-model" --signature "$W/large.sig" --public-key "$W/leaf.pub" --read "$io"
		[ $STATUS = 0 ] || not_ok "$NAME" "the command refuses: $(cat "$W/run.out")"
	done
	look "$NIMGATE" verify certificate "$model" --signature "$(signature_path "$HF")" --certificate-chain "$W/pki/root.pem"
	[ $STATUS = 0 ] || not_ok "$NAME" "the command refuses: $(cat "$W/run.out")"
}

judge_found()
{
	local line before=$failures

	sort -u "$W/found" -o "$W/found"
	if [ -n "${GOLDEN_WRITE:-}" ]; then
		{ comm -23 "$W/found" <(sed -n "s/^? //p" "$GOLDEN" | sort -u); grep "^? " "$GOLDEN"; } >"$W/list" && cp "$W/list" "$GOLDEN"
	fi
	while IFS= read -r line; do
		not_ok "$NAME" "a child makes a call that is not on the list: $line"
	done < <(comm -23 "$W/found" <(sed 's/^? //' "$GOLDEN" | sort -u))
	while IFS= read -r line; do
		not_ok "$NAME" "no child makes this call any more: $line"
	done < <(comm -13 "$W/found" <(grep -v '^? ' "$GOLDEN" | sort -u))
	[ "$failures" != "$before" ] || ok "$NAME: $(wc -l <"$W/found") calls"
}

held_open strace
keys
for hook in $HOOKS; do
	NAME="golden: ${hook#"$REPOSITORY/"}"
	: >"$W/found"
	look_at_hook "$hook"
	look_at_command
	rm -rf "$W/large-model"
	judge_found
done
release
[ "$failures" = 0 ]
