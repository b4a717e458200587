#!/bin/bash
# nimgate-fetch.service and its timer: systemd understands them and rates their hardening; its user is made; and the command works as
# that unit would have it: another user, no capability, its system calls alone (restrict.c). Without a running systemd. As root.
. "$(dirname "$0")/../supply/lib.bash"

UNITS=$REPOSITORY/systemd
UNIT=$UNITS/nimgate-fetch.service
EXPOSURE=20 # tenths: the most that systemd-analyze security may say

# The system calls of a set of systemd's, one a line.
expand_set()
{
	local word

	systemd-analyze --no-pager syscall-filter "$1" | sed -n 's/^    \([@a-z].*\)/\1/p' | while read -r word; do
		case $word in
		@*) expand_set "$word" ;;
		*) echo "$word" ;;
		esac
	done
}

# restrict, with what the unit allows but for WITHOUT (may be "").
build_restrict()
{
	local word

	for word in $(sed -n 's/^SystemCallFilter=//p' "$UNIT"); do
		case $word in
		@*) expand_set "$word" ;;
		*) echo "$word" ;;
		esac
	done | sort -u | grep -vx "${1:-none}" | while read -r word; do
		printf '#ifdef SYS_%s\n\tSYS_%s,\n#endif\n' "$word" "$word"
	done >"$W/allowed.h"
	gcc -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$W" -o "$W/restrict" "$REPOSITORY/tests/units/restrict.c" || not_ok "restrict" "does not build"
}

# The command as the unit would run it.
as_unit()
{
	setpriv --reuid=daemon --regid=daemon --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
		env CREDENTIALS_DIRECTORY="$W/credentials" "$W/restrict" "$N" fetch --config "$CONFIG" --signatures "$F" "$@" >"$W/.out" 2>&1
	status=$?
	out=$(<"$W/.out")
}

mkdir -p "$W/units" "$W/sysroot/etc"
for unit in nimgate-fetch.service nimgate-fetch.timer; do
	sed "s|/usr/bin/nimgate|$N|" "$UNITS/$unit" >"$W/units/$unit"
	said=$(systemd-analyze verify --man=no "$W/units/$unit" 2>&1) && [ -z "$said" ] && ok "understood: $unit" || not_ok "understood: $unit" "$said"
done
said=$(systemd-analyze security --offline=true --no-pager --threshold=$EXPOSURE "$W/units/nimgate-fetch.service" 2>&1) && ok "hardened" ||
	not_ok "hardened" "$(tail -n 1 <<<"$said")"
systemd-sysusers --root="$W/sysroot" "$UNITS/sysusers.d/nimgate-fetch.conf" >/dev/null 2>&1
grep -q '^nimgate-fetch:' "$W/sysroot/etc/passwd" && ok "its user" || not_ok "its user" "$(cat "$W/sysroot/etc/passwd" 2>&1)"

open_supply
chmod 755 "$W" "$S" "$S/pki"
chmod 644 "$S/pki/ca.pem" "$CONFIG"
printf '%s\n' "$KEY" >"$S/key"
mkdir "$W/credentials"
install -m 400 -o daemon "$S/key" "$W/credentials/ngc-key"
chown daemon: "$F"
build_restrict ""
as_unit test/t/good:1 private/t/good:1 --jobs 2
[ "$status" = 0 ] && [[ $out == *"2 new"* ]] && ok "at work" || not_ok "at work" "$status $out"
as_unit test/t/good:2 --base-url "https://localhost:$API"
[ "$status" = 0 ] && [[ $out == *"1 new"* ]] && ok "at work, with a name to resolve" || not_ok "at work, with a name to resolve" "$status $out"
build_restrict seccomp
as_unit test/t/good:3
[ "$status" = 70 ] && ok "not without the children's filters" || not_ok "not without the children's filters" "$status $out"
end
