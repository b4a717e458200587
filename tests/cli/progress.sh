#!/bin/bash
# Progress on a terminal, made by script(1): verify, sign and digest show it while they hash for longer than a second; not with --quiet.
# test_progress.c looks at the line itself.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1
export TERM=xterm
make_pki pki prime256v1
command -v script >/dev/null || { echo 'skip progress: no script(1)'; exit 0; }

# Holes take no space, and BLAKE2b a second for each of these, more or less; from a GiB on, holes are refused.
mkdir long short
for name in a b; do
	truncate -s 1000M "long/$name"
done
echo x >short/a

# WORD...: the command in a terminal; $shown is all that stood there.
watch()
{
	shown=$(script -qec "$(printf '%q ' "$N" "$@")" /dev/null </dev/null)
}

# NAME: the terminal showed progress, and then cleared it.
shows()
{
	if [[ $shown == *$'\r'*' of 2.1 GB, '*' of 2 files, '*' GB/s, '*' left'*$'\r\e[K'* ]]; then
		ok "$1"
	else
		not_ok "$1" "$(printf %q "$shown")"
	fi
}

# NAME: it did not.
is_still()
{
	if [[ $shown == *$'\e[K'* || $shown == *' left'* ]]; then not_ok "$1" "$(printf %q "$shown")"; else ok "$1"; fi
}

watch sign key long --private-key pki/leaf.key --signature long.sig --hash blake2b --threads 1
shows 'sign'
watch verify key long --public-key pki/leaf.pub --signature long.sig --threads 1
shows 'verify'
[[ $shown == *$'\e[KVerification succeeded'* ]] && ok 'the line is cleared first' || not_ok 'the line is cleared first' "$(printf %q "$shown")"
watch digest long --hash blake2b --threads 1
shows 'digest'
watch digest long --hash blake2b --threads 1 --quiet
is_still '--quiet'
watch digest short
is_still 'a short run'
end
