#!/bin/bash
# NGC's key: where it may come from, how it goes to NGC, and where it must never be.
. "$(dirname "$0")/lib.bash"

sha_of()
{
	printf '%s' "$1" | sha256sum | cut -c 1-12
}

# with_key NAME: test/t/good:1 is fetched by the organisation's form with KEY.
with_key()
{
	local name=$1

	shift
	rm -rf "${F:?}"/*
	forget_log
	expect_fetch "$name" 0 "1 new" test/t/good:1 "$@"
	[ "$(asked "^api GET /v2/org/test/team/t/models/good/versions/1(/signature)? auth=Bearer:$(sha_of "$KEY") ")" = 2 ] &&
		[ "$(asked '^store .* auth=none')" = 1 ] || not_ok "$name: who got it" "$(<"$S/log")"
}

open_supply
printf '%s\n' "$KEY" >"$S/key"
install -m 600 "$S/key" "$W/key"
printf '%s\n' "$OLDKEY" >"$W/oldkey"
chmod 600 "$W/oldkey"

with_key "the key of a file" --key-file "$W/key"
write_config "key_file: $W/key"
with_key "the key of the settings"
write_config
export NGC_API_KEY=$KEY
with_key "the key of the environment"
unset NGC_API_KEY
export NGC_CLI_API_KEY=$KEY
with_key "the key of the environment, by its other name"
unset NGC_CLI_API_KEY
mkdir "$W/credentials"
install -m 400 "$W/key" "$W/credentials/ngc-key"
export CREDENTIALS_DIRECTORY=$W/credentials
with_key "the key of systemd"
export NGC_API_KEY=nvapi-other
with_key "the key of systemd, before the environment's"
unset NGC_API_KEY
write_config "key_file: $W/oldkey"
with_key "the key of systemd, before the settings'"
write_config
with_key "the key of the option, before all" --key-file "$W/key"
: >"$W/credentials/empty" && mv -f "$W/credentials/empty" "$W/credentials/ngc-key"
write_config "key_file: $W/key"
with_key "an empty key of systemd is none"
write_config
unset CREDENTIALS_DIRECTORY

# Files that may not be one.
expect_fetch "no file" 2 "--key-file '$W/none' (does not exist)" --key-file "$W/none" test/t/good:1
chmod 644 "$W/key"
expect_fetch "a file that others read" 2 "mode 0644 lets others have the key (chmod 0600)" --key-file "$W/key" test/t/good:1
chmod 600 "$W/key"
chown 12345 "$W/key" 2>/dev/null &&
	expect_fetch "a file of somebody else" 2 "belongs to user 12345, must belong to root or to you" --key-file "$W/key" test/t/good:1
chown 0 "$W/key" 2>/dev/null
printf 'nvapi-a\r\nX-Other: b\n' >"$W/lines" && chmod 600 "$W/lines"
expect_fetch "two lines" 2 "holds a character that no key has" --key-file "$W/lines" test/t/good:1
: >"$W/nothing" && chmod 600 "$W/nothing"
expect_fetch "an empty file" 2 "is empty" --key-file "$W/nothing" test/t/good:1
head -c 100000 /dev/zero | tr '\0' a >"$W/long" && chmod 600 "$W/long"
expect_fetch "a long file" 2 "longer than 16384 bytes" --key-file "$W/long" test/t/good:1
mkfifo -m 600 "$W/fifo"
expect_fetch "a FIFO" 2 "not a regular file" --key-file "$W/fifo" test/t/good:1
expect_fetch "as an argument" 2 "'--key': no such option; is --key-file meant?" "--key=$KEY" test/t/good:1
[[ "$out$err" != *"$KEY"* ]] && ok "as an argument: not repeated" || not_ok "as an argument: not repeated" "$err"

# Where NGC gets it, and where nobody does.
with_key "redirected to another host: it stays" --key-file "$W/key"
for model in redirect-other redirect-port; do
	rm -rf "${F:?}"/*
	forget_log
	expect_fetch "$model" 0 "1 new" --key-file "$W/key" "test/t/$model:1"
	[ "$(asked '^api .* auth=Bearer')" -ge 2 ] && [ "$(asked '^store .* auth=[^n]')" = 0 ] && [ "$(asked '^store')" -ge 2 ] &&
		ok "$model: without the key" || not_ok "$model: without the key" "$(<"$S/log")"
done
rm -rf "${F:?}"/*
forget_log
fetch --key-file "$W/key" test/t/redirect-same:1
[ "$status" = 0 ] && [ "$(asked '^api .* auth=none')" = 0 ] && ok "redirected on the same host: with the key" ||
	not_ok "redirected on the same host: with the key" "$status $out $err $(<"$S/log")"
forget_log
fetch --key-file "$W/key" test/t/redirect-back:1
[ "$status" = 7 ] && [ "$(asked '^store .* auth=[^n]')" = 0 ] && [ "$(asked '^api GET /v2/org/test/team/t/models/good.* auth=none')" = 1 ] &&
	ok "led back to NGC by another host: without the key" ||
	not_ok "led back to NGC by another host: without the key" "$status $out $err $(<"$S/log")"

# Versions of everybody, which NGC does not show to this key's owner.
rm -rf "${F:?}"/*
forget_log
expect_fetch "a public version, with a key" 0 "1 new" --key-file "$W/key" public/t/good:1
[ "$(asked '^api GET /v2/models/public/t/good/versions/1.* auth=none')" = 2 ] && ok "as a guest, then: without the key" ||
	not_ok "as a guest, then: without the key" "$(<"$S/log")"
expect_fetch "a private version" 0 "1 new" --key-file "$W/key" private/t/good:1
expect_fetch "a private version without a team" 0 "1 new" --key-file "$W/key" private/good:1
expect_fetch "nobody's version" 7 "NGC has no such version, or does not show it to this key" --key-file "$W/key" public/t/missing:1
install -m 600 /dev/stdin "$W/wrong" <<<nvapi-wrong
expect_fetch "a wrong key" 7 "NGC does not accept the key (HTTP status 401) (network)" --key-file "$W/wrong" test/t/good:1

# The older kind, which is exchanged for a token: one for each organisation and team, until it no longer counts.
cp "$W/oldkey" "$S/key"
forget_log
rm -rf "${F:?}"/*
expect_fetch "a token" 0 "4 new" --key-file "$W/oldkey" --jobs 1 test/t/good:1 test/t/good:2 test/good:1 other/t/good:1
[ "$(asked '^api GET /token auth=Basic')" = 3 ] && [ "$(asked 'auth=Bearer')" = 8 ] && ok "a token for each" || not_ok "a token for each" "$(<"$S/log")"
forget_log
expect_fetch "a token that ends early" 0 "3 new" --key-file "$W/oldkey" --jobs 1 test/t/tired:1 test/t/tired:2 test/t/tired:3
[ "$(asked '^api GET /token')" -ge 2 ] && ok "a fresh token" || not_ok "a fresh token" "$(<"$S/log")"
install -m 600 /dev/stdin "$W/wrong" <<<wrong
expect_fetch "a wrong key is no token" 7 "log-in: NGC does not accept the key (HTTP status 401)" --key-file "$W/wrong" test/t/good:9
[ "$(asked '^(store|plain) .* auth=[^n]')" = 0 ] && ok "no key and no token in the store" || not_ok "no key and no token in the store" ""

# While it is under way: in no list of processes, in no environment but the shell's, in no core.
cp "$W/key" "$S/key"
ulimit -c unlimited 2>/dev/null
mkdir "$W/cores"
cd "$W/cores" || exit 1
NGC_API_KEY=$KEY "$N" fetch --config "$CONFIG" --signatures "$F" test/t/hang:1 test/t/hang:2 --jobs 2 >"$W/hang.out" 2>&1 &
pid=$!
for ((i = 0; i < 50; i++)); do
	[ "$(asked 'hang/versions')" -lt 2 ] || break
	sleep 0.1
done
family=$(children "$pid")
family="$pid $family $(for child in $family; do children "$child"; done)"
[ "$(wc -w <<<"$family")" = 5 ] && ok "the command, two couriers, two clerks" || not_ok "the command, two couriers, two clerks" "$family"
found=
for process in $family; do
	for file in cmdline environ; do
		! grep -qaF "$KEY" "/proc/$process/$file" || found="$found $process/$file"
	done
done
[ -z "$found" ] && ok "not in /proc" || not_ok "not in /proc" "$found"

# Whose memory has it (as root one may look): the couriers alone.
holders=$(python3 - "$KEY" $family <<'END'
import sys
key = sys.argv[1].encode()
for pid in sys.argv[2:]:
    try:
        maps, memory = open("/proc/%s/maps" % pid), open("/proc/%s/mem" % pid, "rb")
    except OSError:
        continue
    for line in maps:
        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
        try:
            memory.seek(begin)
            if "r" in line.split()[1] and key in memory.read(end - begin):
                print(open("/proc/%s/comm" % pid).read().strip())
                break
        except (OSError, ValueError, OverflowError):
            pass
END
)
if [ "$(id -u)" = 0 ]; then
	[ "$(sort -u <<<"$holders")" = courier ] && ok "in the memory of couriers alone" || not_ok "in the memory of couriers alone" "$holders"
fi
for process in $family; do
	[ "$(awk '$1 == "Max" && $2 == "core" { print $5, $6 }' "/proc/$process/limits" 2>/dev/null)" = "0 0" ] || not_ok "no core of $process" \
		"$(grep core "/proc/$process/limits")"
done
{
	kill -ABRT $family
	wait "$pid"
} 2>/dev/null
[ -z "$(ls -A "$W/cores")" ] && ok "no core" || not_ok "no core" "$(ls "$W/cores")"
cd "$W" || exit 1
! grep -rqF -e "$KEY" -e "$OLDKEY" "$S/log" "$W/hang.out" "$W/.out" "$W/.err" "$F" && ok "in no log and no output" ||
	not_ok "in no log and no output" "$(grep -rlF -e "$KEY" -e "$OLDKEY" "$S/log" "$W/hang.out" "$F")"
end
