#!/bin/busybox sh
# The checks in the machine of tests/vm/systemd.sh, once systemd has booted.
# shellcheck shell=sh
export PATH=/usr/sbin:/usr/bin
for program in $(busybox --list); do
	[ -e "/usr/bin/$program" ] || [ -e "/usr/sbin/$program" ] || ln -s busybox "/usr/bin/$program"
done
LOG=/var/log/decisions.jsonl
SAID=
TOLD=

# NAME COMMAND...: ok if the command succeeds; else with what SAID holds.
check()
{
	name=$1
	shift
	if "$@"; then
		echo "ok systemd: $name"
	else
		echo "not ok systemd: $name: $(echo "$SAID" | tr '\n' '|')"
	fi
}

# TEXT PATTERN
like()
{
	SAID=$1
	# shellcheck disable=SC2254 # a pattern
	case $1 in
	$2) ;;
	*) return 1 ;;
	esac
}

property()
{
	systemctl show --value -p "$2" "$1"
}

uptime_s()
{
	cut -d ' ' -f 1 /proc/uptime
}

starts=0
start()
{
	starts=$((starts + 1))
	rm -f /srv/out/ran
	before=$(uptime_s)
	SAID=$(runc run --bundle /srv/bundle "test-$starts" </dev/null 2>&1)
	STATUS=$?
	[ $STATUS = 0 ] || runc delete --force "test-$starts" >/dev/null 2>&1
	echo "# start $starts, at $before to $(uptime_s) s: status $STATUS: $SAID"
}

admitted()
{
	[ $STATUS = 0 ] && [ -e /srv/out/ran ]
}

refused()
{
	[ $STATUS != 0 ] && [ ! -e /srv/out/ran ] && like "$SAID" "*nimgate: refused ($1)*"
}

# Waits until the service has served all requests. What it said of itself meanwhile, as systemctl status shows it, is in TOLD.
follow()
{
	tries=0
	TOLD=
	while [ $tries -lt 500 ]; do
		told=$(systemctl status nimgate-verify.service 2>&1 | sed -n 's/^ *Status: "\(.*\)"$/\1/p')
		case $TOLD in
		*"[$told]"*) ;;
		*) TOLD="${TOLD}[$told]" ;;
		esac
		if [ -z "$(ls /run/nimgate/requests)" ]; then
			case $(property nimgate-verify.service ActiveState) in
			inactive | failed) break ;;
			esac
		fi
		sleep 0.2
		tries=$((tries + 1))
	done
	echo "# while it verified: $TOLD"
}

check_boot()
{
	check "booted" like "$(systemctl is-system-running --wait)" running
	SAID=$(systemctl enable --now nimgate-verify.path nimgate-scrub.timer 2>&1)
	check "the units can be enabled" like "$(systemctl is-active nimgate-verify.path nimgate-scrub.timer)" "active?active"
	check "the path unit waits" like "$(property nimgate-verify.path SubState)" waiting
	check "systemd-tmpfiles made the folders, root's alone" \
		like "$(stat -c '%a %u' /run/nimgate /run/nimgate/requests /var/lib/nimgate/receipts)" "700 0?700 0?700 0"
	SAID=$(systemd-tmpfiles --create nimgate.conf 2>&1)
	check "systemd-tmpfiles once more, without a word" test "$? $SAID" = "0 "
}

check_second_start()
{
	start
	check "a model that does not fit into the deadline: pending" refused pending
	follow
	check "the path unit fired" like "$(property nimgate-verify.service ExecMainStartTimestampMonotonic)" "[1-9]*"
	check "the service succeeded" \
		like "$(property nimgate-verify.service Result) $(property nimgate-verify.service ExecMainStatus)" "success 0"
	check "systemctl status shows how far it was" like "$TOLD" "*llama-demo*[0-9] %*"
	check "the request is gone" like "$(ls /run/nimgate/requests)" ""
	check "the path unit waits again" like "$(property nimgate-verify.path SubState)" waiting
	check "each file has a receipt that counts" \
		like "$(nimgate receipt list | grep -c 'counts: yes')" "$(find /srv/cache -path '*/blobs/*' | grep -c .)"
	start
	check "the next start is admitted" admitted
	check "by receipts" like "$(tail -n 1 "$LOG")" '*"evidence":"receipt"*'
}

# All shards are other ones: too much to hash in a start, yet a start says so in the end.
check_changed()
{
	for shard in /srv/cache/ngc/hub/*/snapshots/*/model-*; do
		printf X | dd of="$(realpath "$shard")" bs=1 seek=30000000 conv=notrunc 2>/dev/null
	done
	sleep 3 # what was just written has no receipt yet
	start
	check "every shard changed: refused" test $STATUS != 0
	follow
	start
	check "after the service has hashed them: changed, not pending for ever" refused changed
}

check_scrub()
{
	check "the timer is listed" like "$(systemctl list-timers --no-legend nimgate-scrub.timer)" \
		"*nimgate-scrub.timer*nimgate-scrub.service*"
	SAID=$(systemctl start nimgate-scrub.service 2>&1)
	check "scrubbing succeeds" test $? = 0
	check "scrubbing ran" like "$(property nimgate-scrub.service ConditionResult) $(property nimgate-scrub.service Result)" "yes success"
	check "scrubbing read the files" like "$(journalctl -b -u nimgate-scrub.service -o cat)" "* as remembered*, 0 wrong*"
}

echo "# $(systemctl --version | head -n 1), Linux $(uname -r), up for $(uptime_s) s"
check_boot
check_second_start
check_scrub
check_changed
check "no unit failed" like "$(systemctl --failed --no-legend)" ""
check "systemd knows every line of the units" like "$(journalctl -b -o cat | grep -i 'nimgate.*\(unknown\|ignoring\|invalid\)')" ""
journalctl -b -u nimgate-verify.service -u nimgate-scrub.service -o cat | sed 's/^/# /'
echo "# up for $(uptime_s) s"
echo "# end"
