#!/bin/busybox sh
# The checks in the machine of tests/vm/systemd.sh, once systemd has booted.
# shellcheck shell=sh
export PATH=/usr/sbin:/usr/bin
for program in $(busybox --list); do
	[ -e "/usr/bin/$program" ] || [ -e "/usr/sbin/$program" ] || ln -s busybox "/usr/bin/$program"
done
LOG=/var/log/decisions.jsonl

# NAME CONDITION...: ok if the command succeeds; else what SAID holds.
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

# Text, and a pattern of the shell.
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

starts=0
start()
{
	starts=$((starts + 1))
	rm -f /srv/out/ran
	before=$(cut -d ' ' -f 1 /proc/uptime)
	SAID=$(runc run --bundle /srv/bundle "test-$starts" </dev/null 2>&1)
	STATUS=$?
	[ $STATUS = 0 ] || runc delete --force "test-$starts" >/dev/null 2>&1
	echo "# start $starts: status $STATUS, $(cut -d ' ' -f 1 /proc/uptime) after $before s: $(tail -n 1 "$LOG")"
	echo "# $SAID"
}

admitted()
{
	[ $STATUS = 0 ] && [ -e /srv/out/ran ]
}

refused()
{
	[ $STATUS != 0 ] && [ ! -e /srv/out/ran ] && like "$SAID" "*refused ($1)*"
}

# Follows the service until it has served all requests; what it said of itself meanwhile is in TOLD, as systemctl status shows it.
TOLD=
follow()
{
	tries=0
	while [ $tries -lt 300 ]; do
		told=$(systemctl status nimgate-verify.service 2>&1 | sed -n 's/^ *Status: "\(.*\)"$/\1/p')
		case "$TOLD" in
		*"[$told]"*) ;;
		*) TOLD="$TOLD[$told]" ;;
		esac
		if [ -z "$(ls /run/nimgate/requests)" ]; then
			case $(property nimgate-verify.service ActiveState) in
			inactive | failed) break ;;
			esac
		fi
		sleep 0.2
		tries=$((tries + 1))
	done
}

echo "# $(systemctl --version | head -n 1), Linux $(uname -r), up for $(cut -d ' ' -f 1 /proc/uptime) s"
check "it has booted" like "$(systemctl is-system-running --wait)" running
SAID=$(systemctl enable --now nimgate-verify.path nimgate-scrub.timer 2>&1)
check "the units can be enabled" like "$(systemctl is-active nimgate-verify.path nimgate-scrub.timer)" "active?active"
check "the path unit waits" like "$(property nimgate-verify.path SubState)" waiting
check "the folders are there, root's alone" like "$(stat -c '%a %u' /run/nimgate /run/nimgate/requests /var/lib/nimgate/receipts)" \
	"700 0?700 0?700 0"

start
check "a model that does not fit into the deadline" refused pending
follow
echo "# while it verified: $TOLD"
check "the path unit fired" like "$(property nimgate-verify.service ExecMainStartTimestampMonotonic)" "[1-9]*"
check "the service succeeded" like "$(property nimgate-verify.service Result) $(property nimgate-verify.service ExecMainStatus)" "success 0"
check "it told how far it was" like "$TOLD" "*%*"
check "the request is gone" like "$(ls /run/nimgate/requests)" ""
check "the path unit waits again" like "$(property nimgate-verify.path SubState)" waiting
check "all files have receipts" like "$(nimgate receipt list 2>&1 | tail -n 1)" "*"
nimgate receipt list | sed 's/^/# /'

start
check "the next start is admitted" admitted
check "by receipts" like "$(tail -n 1 "$LOG")" '*"receipt"*'
start
check "and so is the third" admitted

check "the timer is listed" like "$(systemctl list-timers --no-legend nimgate-scrub.timer)" "*nimgate-scrub.timer*nimgate-scrub.service*"
SAID=$(systemctl start nimgate-scrub.service 2>&1)
check "scrubbing succeeds" test $? = 0
check "scrubbing ran" like "$(property nimgate-scrub.service ConditionResult) $(property nimgate-scrub.service Result)" "yes success"
journalctl -b -u nimgate-scrub.service -o cat | sed 's/^/# scrub: /'
check "no unit failed" like "$(systemctl --failed --no-legend)" ""
check "nothing in the units that systemd does not know" like "$(journalctl -b -o cat | grep -i 'nimgate.*\(unknown\|ignoring\|invalid\)')" ""
SAID=$(systemd-tmpfiles --create nimgate.conf 2>&1)
check "systemd-tmpfiles once more" test "$? $SAID" = "0 "
journalctl -b -u nimgate-verify.service -o cat | sed 's/^/# verify: /'
echo "# up for $(cut -d ' ' -f 1 /proc/uptime) s"
echo "# end"
