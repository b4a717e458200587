# dpkg is killed in the midst of it: podman's JSON never names a program that is not there. Sourced by chroot.sh.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2016,SC2034,SC2154 # ok does not fail; lib.sh and fixture.sh share their variables
# PACKAGE-COMMAND... starts dpkg inside, as a group of its own, in DPKG.
dpkg_begin()
{
	setsid chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C dpkg "$@" >/dev/null 2>&1 &
	DPKG=$!
}

dpkg_kill()
{
	kill -KILL -- -$DPKG
	wait $DPKG 2>/dev/null
}

# Puts everything back after a kill.
repair()
{
	in_root dpkg --force-confold --install /tmp/upgrade.deb >"$W/log" 2>&1 && in_root nimgate engine enable --apply >"$W/log" 2>&1 ||
		broken+=" repair after round $1: $(tail -n 1 "$W/log")"
}

# MILLISECONDS
rest()
{
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

now()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# dpkg is killed, with all that it started: as soon as the JSON is gone; and at moments spread over the time that a removal takes.
check_killed_removal()
{
	local round broken='' gone=0 there=0 began took

	for round in json 0 1 2 3 4 5 6 7 8 9; do
		began=$(now)
		dpkg_begin --remove nimgate
		if [ $round = json ]; then
			while [ -e "$ROOT$JSON_PLACE" ] && [ -d /proc/$DPKG ]; do :; done
			[ -x "$ROOT$HOOK_PLACE" ] || broken+=' the program went first'
			wait $DPKG
			took=$(($(now) - began))
		else
			rest $((took * round / 9))
			dpkg_kill 2>/dev/null
		fi
		json_has_program || broken+=" round $round"
		[ -e "$ROOT$HOOK_PLACE" ] && there=$((there + 1)) || gone=$((gone + 1))
		repair $round
	done
	OUTPUT="program there after $there kills, gone after $gone; a removal takes $took ms"
	if [ -z "$broken" ] && [ $there -gt 0 ] && [ $gone -gt 0 ]; then
		ok 'removal, killed at 10 moments: never JSON without program'
	else
		not_ok 'removal, killed at 10 moments: never JSON without program' "$broken"
	fi
}

check_killed_install()
{
	local round broken='' began took

	for round in whole 1 2 3 4 5 6 7 8; do
		began=$(now)
		dpkg_begin --force-confold --install /tmp/nimgate.deb
		if [ $round = whole ]; then
			wait $DPKG
			took=$(($(now) - began))
		else
			rest $((took * round / 9))
			dpkg_kill 2>/dev/null
		fi
		json_has_program || broken+=" round $round"
		repair $round
	done
	OUTPUT="an installation takes $took ms"
	[ -z "$broken" ] && ok 'installation, killed at 8 moments: never JSON without program' ||
		not_ok 'installation, killed at 8 moments: never JSON without program' "$broken"
}

check_killed()
{
	check_killed_removal
	check_killed_install
	starts 'after all that: gated, and admitted' ran
}

