#!/bin/bash
# Where decisions are kept: the system's log, the decision log, the numbers; and who runs past the gate. On a real runc and crun, in
# namespaces of its own (mounts, processes), so that journald's and syslog's sockets are ours.
# shellcheck disable=SC2034 # lib.sh reads the settings
if [ "$(id -u)" = 0 ] && [ "${1:-}" != --inside ]; then
	exec unshare --mount --propagation private --pid --fork --mount-proc --kill-child "$0" --inside
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
JOURNAL=/run/systemd/journal
STATE_FOLDER=/var/lib/nimgate
LISTENER=

# What the machine lacks is made, and taken away at the end.
make_place()
{
	[ -d "$1" ] || { mkdir -p "$1" && made+=("$1"); }
	mount -t tmpfs -o mode=755 none "$1" || die "cannot mount over $1"
}
made=()

close_places()
{
	local folder

	work_close
	umount -l $JOURNAL $STATE_FOLDER "$W/small" /run/nimgate 2>/dev/null
	for folder in "${made[@]}"; do
		rmdir -p "$folder" 2>/dev/null
	done
}

# listen SOCKET
listen()
{
	: >"$W/heard"
	"$W/listen" "$1" "$W/heard" &
	LISTENER=$!
	PIDS+=("$LISTENER")
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$1" ] || return 0
		sleep 0.02
	done
	die "no listener at $1"
}

deafen()
{
	kill "$LISTENER"
	wait "$LISTENER" 2>/dev/null
	rm -f "$1"
}

# heard NAME LINE...: the last entry has each of the lines, once.
heard()
{
	local name=$1 line entry

	shift
	sleep 0.1
	entry=$(awk 'BEGIN { RS = "" } { last = $0 } END { print last }' "$W/heard")
	for line; do
		if [ "$(grep -cxF -- "$line" <<<"$entry")" != 1 ]; then
			OUTPUT=$entry
			not_ok "$name" "wanted the line '$line'"
			return
		fi
	done
	ok "$name"
}

silent()
{
	sleep 0.1
	[ ! -s "$W/heard" ] && ok "$1" || not_ok "$1" "$(cat "$W/heard")"
}

id_now()
{
	echo "nimgate-$$-$starts"
}

catalog_id()
{
	grep -B 1 "^Subject: $1" "$REPOSITORY/systemd/nimgate.catalog" | sed -n 's/^-- //p'
}

journal_entries()
{
	local payload

	listen $JOURNAL/socket
	for runtime in runc crun; do
		fixture_restore
		: >"$W/heard"
		start $runtime
		payload=$(tail -n 1 "$W/decisions.jsonl" | jq -r '.versions[0].payload_sha256')
		heard "journal: $runtime: admitted" "MESSAGE=container '$(id_now)' admitted (hashed, view)" "PRIORITY=6" \
			"SYSLOG_IDENTIFIER=nimgate-hook" "MESSAGE_ID=$(catalog_id 'A NIM container was admitted')" "CONTAINER_ID=$(id_now)" \
			"NIMGATE_VERDICT=admit" "NIMGATE_MODE=enforce" "NIMGATE_EVIDENCE=hashed" "NIMGATE_PROTECTION=view" \
			"NIMGATE_PROFILE=$PROFILE_ENGINE" "MODEL_REF=$ORGANISATION:$ENGINE" "MODEL_REF=$ORGANISATION:$HF" "PAYLOAD_SHA256=$payload" \
			"NIMGATE_BUNDLE=$W/bundle" "NIMGATE_POLICY_SHA256=$(sha256sum "$POLICY" | sha256sum | cut -d ' ' -f 1)" "$(tail -n 1 "$W/decisions.jsonl" | jq -r '"NIMGATE_PID=\(.process.pid)"')" \
			"$(tail -n 1 "$W/decisions.jsonl" | jq -r '"NIMGATE_FILES=\(.files)"')" "NIMGATE_RELEASE=$("$HOOK" --version | cut -d ' ' -f 2)" \
			"$(tail -n 1 "$W/decisions.jsonl" | jq -r '.milliseconds' | awk '{ printf "NIMGATE_SECONDS=%d.%03d\n", $1 / 1000, $1 % 1000 }')"
		[ "$(grep -c '^MESSAGE=' "$W/heard")" = 1 ] && ok "journal: $runtime: one entry" || not_ok "journal: $runtime: one entry" "$(cat "$W/heard")"
		flip "$(blob_of rank0.engine)"
		start $runtime
		judge "journal: $runtime: a flipped byte" refused changed
		heard "journal: $runtime: refused" "MESSAGE_ID=$(catalog_id 'A NIM container was refused')" "PRIORITY=3" "NIMGATE_VERDICT=refuse" \
			"NIMGATE_REASON=changed" "CONTAINER_ID=$(id_now)"
		policy certificate "$W/pki/root.pem" warn >"$POLICY"
		start $runtime
		heard "journal: $runtime: would be refused" "MESSAGE_ID=$(catalog_id 'A NIM container was admitted that would be refused')" \
			"PRIORITY=4" "NIMGATE_VERDICT=admit" "NIMGATE_REASON=changed" "NIMGATE_MODE=warn"
	done
	fixture_restore
	: >"$W/heard"
	echo 'record: off' >>"$POLICY"
	start runc
	judge "journal: off" admitted
	silent "journal: off: no entry"
	fixture_restore
	image_plain plain
	IMAGE=plain COMMAND=(/bin/show) MOUNTS=() ENVIRONMENT=()
	start runc
	judge "journal: no NIM" admitted
	silent "journal: no NIM: no entry"
	fixture_restore
	: >"$W/policy.yaml"
	start runc
	judge "journal: no policy" refused config
	heard "journal: a policy that is broken" "NIMGATE_REASON=config" "NIMGATE_VERDICT=refuse"
	hostile_text
	deafen $JOURNAL/socket
}

# What a container's user says stays a value.
hostile_text()
{
	fixture_restore
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE" $'NIM_FT_MODEL=/a\nNIMGATE_VERDICT=admit\e[2J\u202e')
	start runc
	judge "journal: a hostile setting" refused policy
	heard "journal: one verdict" "NIMGATE_VERDICT=refuse" "NIMGATE_REASON=policy"
	! LC_ALL=C grep -qP '[^\x0a\x20-\x7e]' "$W/heard" && ok "journal: printable" || not_ok "journal: printable" "$(cat -v "$W/heard")"
}

# Starts at the same time while the log makes room: each is one line of JSON and one entry, about a process of its own.
together()
{
	local i id engine runs=() entries lines processes filler='{"schema": 1, "container": "earlier", "verdict": "admit"}'

	fixture_restore
	echo 'log_max: 1M' >>"$POLICY"
	rm -f "$W"/decisions.jsonl*
	listen $JOURNAL/socket
	start runc
	{
		cat "$W/decisions.jsonl"
		yes "$filler" | head -n $(((1048576 - 6 * $(stat -c %s "$W/decisions.jsonl")) / (${#filler} + 1)))
	} >"$W/filled"
	chmod 600 "$W/filled"
	mv "$W/filled" "$W/decisions.jsonl"
	configure
	runtime_command runc
	for ((i = 0; i < 12; i++)); do
		id=together-$$-$i
		"${engine[@]}" run --bundle "$W/bundle" "$id" </dev/null >"$W/together.$i" 2>&1 &
		runs+=($!)
	done
	wait "${runs[@]}"
	sleep 0.2
	entries=$(grep -c "^CONTAINER_ID=together-" "$W/heard")
	lines=$(cat "$W"/decisions.jsonl* | grep '"container":"together-' | jq -r .container | sort | uniq -c | awk '$1 == 1' | wc -l)
	processes=$(cat "$W"/decisions.jsonl* | grep '"container":"together-' | jq -r '"\(.process.pid) \(.process.started) \(.process.boot)"' | sort -u | wc -l)
	OUTPUT=$(ls -l "$W"/decisions.jsonl*)
	[ "$entries $lines $processes" = "12 12 12" ] && [ -e "$W/decisions.jsonl.1" ] && ok "together: each once, in both logs" ||
		not_ok "together: each once, in both logs" "$entries entries, $lines lines, $processes processes"
	OUTPUT=$(jq -c 'select(.container == null)' "$W"/decisions.jsonl* 2>&1)
	[ -z "$OUTPUT" ] && ok "together: every line is JSON" || not_ok "together: every line is JSON" "torn"
	deafen $JOURNAL/socket
	rm -f "$W"/decisions.jsonl*
}

# lost NAME: the last start ran, its decision is not in the decision log, and that is said.
lost()
{
	judge "$1: the verdict stays" admitted
	grep -q "^NIMGATE_UNLOGGED=decision log '.*' ($2)" "$W/heard" && ok "$1: said in the system's log" || not_ok "$1: said in the system's log" "$(cat "$W/heard")"
}

# A decision log that takes nothing: full, a link, read-only, no folder.
losses()
{
	local size

	rm -f $STATE_FOLDER/counters
	fixture_restore
	listen $JOURNAL/socket
	mkdir "$W/small"
	mount -t tmpfs -o size=16k none "$W/small" || die "no tmpfs"
	sed -i "s|^log: .*|log: $W/small/log|" "$POLICY"
	start runc
	head -c 16384 /dev/zero >"$W/small/filler" 2>/dev/null
	size=$(stat -c %s "$W/small/log")
	for ((i = 0; i < 6; i++)); do
		: >"$W/heard"
		start runc
		! grep -q ^NIMGATE_UNLOGGED "$W/heard" || break
		size=$(stat -c %s "$W/small/log")
	done
	lost "a full disk" 'no space left'
	[ "$(stat -c %s "$W/small/log")" = "$size" ] && jq -e . "$W/small/log" >/dev/null && ok "a full disk: no part of a line" ||
		not_ok "a full disk: no part of a line" "$(stat -c %s "$W/small/log"), was $size"
	rm "$W/small/log" "$W/small/filler"
	ln -s /dev/null "$W/small/log"
	: >"$W/heard"
	start runc
	lost "a link" 'a link where none is allowed'
	rm "$W/small/log"
	mount -o remount,ro "$W/small"
	: >"$W/heard"
	start runc
	lost "read-only" 'read-only file system'
	umount "$W/small"
	sed -i "s|^log: .*|log: $W/none/log|" "$POLICY"
	: >"$W/heard"
	start runc
	lost "no folder" 'does not exist'
	number_is "losses: counted" 'nimgate_decisions_lost_total{log="decision"}' 4
	number_is "losses: of the other log" 'nimgate_decisions_lost_total{log="system"}' 0
	deafen $JOURNAL/socket
	start runc
	number_is "losses: no system's log" 'nimgate_decisions_lost_total{log="system"}' 1
	rmdir "$W/small"
}

syslog_line()
{
	local place=$W/dev

	fixture_restore
	mkdir "$place"
	listen "$place/log"
	[ -e /dev/log ] || { : >/dev/log && made_log=yes; }
	mount --bind "$place/log" /dev/log || die "cannot mount over /dev/log"
	start runc
	sleep 0.1
	grep -qE "^<30>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} nimgate-hook\[[0-9]+\]: container '$(id_now)' admitted \(receipt|hashed, view\)\$" "$W/heard" &&
		ok "syslog: a line where there is no journal" || not_ok "syslog: a line where there is no journal" "$(cat "$W/heard")"
	umount /dev/log
	[ -z "${made_log:-}" ] || rm -f /dev/log
	deafen "$place/log"
	start runc
	judge "neither journal nor syslog" admitted
}

# number NAME: a sample of the metrics.
number()
{
	"$NIMGATE" metrics --policy "$POLICY" 2>/dev/null | awk -v name="$1" '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == name { print value }'
}

# number_is NAME SAMPLE WANTED
number_is()
{
	local found

	found=$(number "$2")
	[ "$found" = "$3" ] && ok "$1" || not_ok "$1" "$2 is '$found', wanted $3"
}

numbers()
{
	local bytes

	rm -f $STATE_FOLDER/counters
	rm -rf "$W/receipts" "$W/decisions.jsonl"
	fixture_restore
	sleep 3.1
	start runc
	bytes=$(jq .bytes "$W/decisions.jsonl")
	start runc
	number_is "numbers: admitted" 'nimgate_decisions_total{verdict="admit",reason="none"}' 2
	number_is "numbers: hashed" nimgate_hashed_bytes_total "$((2 * bytes - $(tail -n 1 "$W/decisions.jsonl" | jq .bytes_remembered)))"
	number_is "numbers: remembered" nimgate_remembered_bytes_total "$(tail -n 1 "$W/decisions.jsonl" | jq .bytes_remembered)"
	flip "$(blob_of rank0.engine)"
	start runc
	number_is "numbers: refused" 'nimgate_decisions_total{verdict="refuse",reason="changed"}' 1
	mv "$W/decisions.jsonl" "$W/decisions.jsonl.kept"
	number_is "numbers: without the log" 'nimgate_decisions_total{verdict="admit",reason="none"}' 2
	number_is "numbers: policy" nimgate_enforces 1
	number_is "numbers: which policy" "nimgate_policy_info{mode=\"enforce\",sha256=\"$(tail -n 1 "$W/decisions.jsonl.kept" | jq -r .policy_sha256)\"}" 1
	mkdir "$W/policy.d"
	echo 'coverage: subset' >"$W/policy.d/10-more.yaml"
	number_is "numbers: which policy, of two files" \
		"nimgate_policy_info{mode=\"enforce\",sha256=\"$(sha256sum "$POLICY" "$W/policy.d/10-more.yaml" | sha256sum | cut -d ' ' -f 1)\"}" 1
	rm -r "$W/policy.d"
	number_is "numbers: signatures" nimgate_signatures 2
	number_is "numbers: an anchor's end" \
		"nimgate_anchor_not_after_timestamp_seconds{file=\"$W/pki/root.pem\",subject=\"$(openssl x509 -in "$W/pki/root.pem" -noout -subject -nameopt RFC2253 | sed 's/^subject=//')\"}" \
		"$(date +%s -d "$(openssl x509 -in "$W/pki/root.pem" -noout -enddate | cut -d= -f2)")"
	number_is "numbers: a signature's end" \
		"nimgate_signature_not_after_timestamp_seconds{folder=\"$W/signatures\",file=\"$ORGANISATION/$HF/result.sigstore\"}" \
		"$(for c in leaf intermediate; do date +%s -d "$(openssl x509 -in "$W/pki/$c.pem" -noout -enddate | cut -d= -f2)"; done | sort -n | head -n 1)"
	echo broken >"$(signature_path "$HF")"
	number_is "numbers: a signature that is broken" nimgate_signatures_unreadable 1
	chmod 666 "$W/pki/root.pem"
	number_is "numbers: an anchor that others can write" nimgate_anchors_unreadable 1
	chmod 644 "$W/pki/root.pem"
	"$NIMGATE" metrics --policy "$POLICY" --output "$W/collector/nimgate.prom" 2>/dev/null
	[ "$(stat -c %a "$W/collector/nimgate.prom")" = 644 ] && [ "$(ls "$W/collector")" = nimgate.prom ] && ok "numbers: a file" ||
		not_ok "numbers: a file" "$(ls -l "$W/collector")"
	check_format "$W/collector/nimgate.prom"
	number_is "numbers: the last ones stay" 'nimgate_decisions_total{verdict="admit",reason="none"}' 2
}

# By promtool, where it is there; by the rules of the text format in any case: each family once, with help and type before its samples,
# each sample once, nothing else.
check_format()
{
	local faults

	faults=$(awk '
	/^# HELP / { if ($3 in help) print "twice: " $3; help[$3] = 1; next }
	/^# TYPE / { if (!($3 in help) || ($3 in type)) print "type: " $3; if ($4 !~ /^(gauge|counter)$/) print "kind: " $0
		if (($4 == "counter") != ($3 ~ /_total$/)) print "suffix: " $3; type[$3] = $4; now = $3; next }
	/^[a-z_]+({[a-z0-9_]+="([^"\\]|\\["\\n])*"(,[a-z0-9_]+="([^"\\]|\\["\\n])*")*})? [0-9]+(\.[0-9]+)?$/ {
		name = $0; sub(/[{ ].*/, "", name); if (name != now) print "out of its family: " $0
		key = $0; sub(/ [^ ]*$/, "", key); if (key in seen) print "twice: " key; seen[key] = 1; next }
	{ print "no sample: " $0 }' "$1")
	[ -z "$faults" ] && ok "numbers: the format" || not_ok "numbers: the format" "$faults"
	[ "$(awk '{ print }' <<<'a{b="c"d"} 1' | awk '/^[a-z_]+({[a-z_]+="([^"\\]|\\["\\n])*"})? [0-9]+$/' | wc -l)" = 0 ] &&
		ok "numbers: the format's check can fail" || not_ok "numbers: the format's check can fail" "it cannot"
	command -v promtool >/dev/null || return 0
	promtool check metrics <"$1" >"$W/promtool" 2>&1 && [ ! -s "$W/promtool" ] && ok "numbers: promtool" || not_ok "numbers: promtool" "$(cat "$W/promtool")"
}

# A container that stays.
stay()
{
	local runtime=$1 id=$2 engine

	configure
	runtime_command "$runtime"
	"${engine[@]}" run --detach --bundle "$W/bundle" "$id" </dev/null >"$W/stay.log" 2>&1 || die "$id does not start: $(cat "$W/stay.log")"
	staying+=("$runtime $id")
}
staying=()

leave()
{
	local one engine

	for one in "${staying[@]}"; do
		runtime_command "${one% *}"
		"${engine[@]}" delete --force "${one#* }" >/dev/null 2>&1
	done
	staying=()
}

# audit NAME STATUS [JQ-FILTER]: the exit status, and what of the JSON holds.
audit()
{
	local said status

	said=$("$NIMGATE" audit --policy "$POLICY" --state "$W/run-runc" --state "$W/run-crun" --output json 2>"$W/audit.err")
	status=$?
	if [ $status = "$2" ] && jq -e "${3:-true}" <<<"$said" >/dev/null; then
		ok "$1"
	else
		not_ok "$1" "status $status: $said $(cat "$W/audit.err")"
	fi
}

# one ID ALERT: a filter for the container of that id and what is said of it (null: nothing).
one()
{
	echo "([.containers[] | select(.container == \"$1\")] | length == 1 and .[0].alert == $2)"
}

audits()
{
	local runtime good bad

	listen $JOURNAL/socket
	for runtime in runc crun; do
		fixture_restore
		COMMAND=(/bin/busybox sleep 1000)
		good=gated-$runtime-$$ bad=past-$runtime-$$
		audit "audit: $runtime: nothing runs" 0
		image_plain plain
		IMAGE=plain MOUNTS=() ENVIRONMENT=()
		stay $runtime "plain-$runtime-$$"
		audit "audit: $runtime: no NIM" 0 "[.containers[] | select(.container == \"plain-$runtime-$$\")] == []"
		fixture_restore
		COMMAND=(/bin/busybox sleep 1000)
		stay $runtime "$good"
		audit "audit: $runtime: through the gate" 0 "$(one "$good" null)"
		: >"$W/heard"
		STAGE=none
		stay $runtime "$bad"
		audit "audit: $runtime: past the gate" 6 "$(one "$good" null) and $(one "$bad" '"the log has no decision about it"')"
		heard "audit: $runtime: an alert" "MESSAGE_ID=$(catalog_id 'A NIM container runs past the gate')" "PRIORITY=3" "CONTAINER_ID=$bad" \
			"SYSLOG_IDENTIFIER=nimgate-audit"
		leave
		STAGE=createRuntime
		stay $runtime "$good"
		leave
		STAGE=none
		stay $runtime "$good"
		audit "audit: $runtime: again at once, past the gate" 6 "$(one "$good" '"it started again after it was admitted"')"
		leave
		STAGE=createRuntime
		flip "$(blob_of rank0.engine)"
		start $runtime
		flip "$(blob_of rank0.engine)"
		STAGE=none
		stay $runtime "$(id_now)"
		audit "audit: $runtime: refused, and yet it runs" 6 "$(one "$(id_now)" '"it was refused, and runs"')"
		leave
		mv "$W/decisions.jsonl" "$W/decisions.jsonl.3"
	done
	fixture_restore
	COMMAND=(/bin/busybox sleep 1000)
	stay runc "older-$$"
	mv "$W/decisions.jsonl" "$W/decisions.jsonl.1"
	audit "audit: by an older file of the log" 0 "$(one "older-$$" null)"
	OUTPUT=$("$NIMGATE" explain "older-$$" --policy "$POLICY" 2>&1)
	grep -qx 'verdict: admit' <<<"$OUTPUT" && ok "explain: by an older file of the log" || not_ok "explain: by an older file of the log" "no verdict"
	unnamed_state
	remembered
	leave
	early
	nested
	past_in_a_chroot
	deafen $JOURNAL/socket
}

# Without the runtime's state the control group tells, or nothing does: that is an alert.
unnamed_state()
{
	local said

	said=$("$NIMGATE" audit --policy "$POLICY" --output json 2>/dev/null | jq -r '.containers[0].container')
	[ "$said" = "older-$$" ] && ok "audit: by the control group" || not_ok "audit: by the control group" "$said"
}

# What an audit has found stays found, whatever becomes of the log, and the metrics tell.
remembered()
{
	mount -t tmpfs -o mode=700 none /run/nimgate 2>/dev/null || { mkdir /run/nimgate && made+=(/run/nimgate) && mount -t tmpfs -o mode=700 none /run/nimgate; } ||
		die "no /run/nimgate"
	number_is "audit: not yet" nimgate_audit_timestamp_seconds 0
	"$NIMGATE" audit --policy "$POLICY" --write >/dev/null 2>&1
	[ "$(stat -c '%a %u' /run/nimgate/audit)" = '600 0' ] && ok "audit: kept, root's alone" || not_ok "audit: kept, root's alone" "$(ls -l /run/nimgate)"
	number_is "audit: containers" nimgate_audit_containers 1
	number_is "audit: no alert" nimgate_audit_alerts 0
	rm -f "$W"/decisions.jsonl*
	audit "audit: its decision was rotated out" 0 "$(one "older-$$" null)"
	OUTPUT=$("$NIMGATE" audit --log "$W/decisions.jsonl" 2>&1)
	[ $? = 6 ] && ok "audit: by another log alone" || not_ok "audit: by another log alone" "no alert"
	STAGE=none
	stay runc "ungated-$$"
	"$NIMGATE" audit --policy "$POLICY" --write >/dev/null 2>&1
	number_is "audit: an alert in the metrics" nimgate_audit_alerts 1
	number_is "audit: beside another" nimgate_audit_containers 2
	printf '{"time": "2026-11-25T04:07:55Z", "container": "ungated-%s", "verdict": "admit"}\n' $$ >"$W/decisions.jsonl"
	chmod 666 "$W/decisions.jsonl"
	audit "audit: a log that others can write" 2
	rm "$W/decisions.jsonl"
	umount /run/nimgate
}

# Two NIMs below one control group that is called as a container's: as in a container that is a machine for others. And one with mounts
# of its own within another.
nested()
{
	local group id pids=() i

	id=$(printf '%064d' "$((RANDOM * 32768 + RANDOM))")
	mkdir "$W/groups"
	mount -t cgroup2 none "$W/groups" || die "no cgroup2"
	group=$W/groups/docker-$id.scope
	mkdir "$group" "$group/a" "$group/b"
	for i in a b; do
		# shellcheck disable=SC2016 # for the shell inside
		bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --pid --fork --kill-child chroot "$2" /bin/busybox sleep 1000' \
			bash "$group/$i" "$W/images/nim" &
		pids+=($!)
	done
	sleep 0.4
	audit "audit: two below one control group" 6 "[.containers[] | select(.container == \"$id\")] | length == 2"
	kill -KILL "${pids[@]}" # unshare --fork lets itself not be asked
	wait "${pids[@]}" 2>/dev/null
	pids=()
	for i in a b; do
		# shellcheck disable=SC2016 # for the shell inside
		bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount chroot "$2" /bin/busybox sleep 1000' bash "$group/$i" "$W/images/nim" &
		pids+=($!)
	done
	sleep 0.4
	audit "audit: mounts of its own within it" 6 "[.containers[] | select(.container == \"$id\")] | length == 1"
	kill -KILL "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null
	sleep 0.2
	rmdir "$group/a" "$group/b" "$group"
	umount "$W/groups"
	rmdir "$W/groups"
}

# A container whose decision is being made, and one that is created and not yet started.
early()
{
	local engine id=early-$$

	fixture_restore
	COMMAND=(/bin/busybox sleep 1000)
	printf '%s\n' '#!/bin/sh' "until [ -e $W/go ]; do sleep 0.05; done" "exec $HOOK --policy $POLICY createRuntime" >"$W/slow"
	chmod 755 "$W/slow"
	HOOK_ENTRY=("$W/slow" slow)
	configure
	for runtime in runc crun; do
		runtime_command $runtime
		rm -f "$W/go"
		"${engine[@]}" create --bundle "$W/bundle" "$id-$runtime" </dev/null >"$W/early.log" 2>&1 &
		sleep 0.5
		audit "audit: $runtime: while it is decided" 0 '.containers == []'
		touch "$W/go"
		wait $! || not_ok "audit: $runtime: created" "$(cat "$W/early.log")"
		audit "audit: $runtime: created" 0 "$(one "$id-$runtime" null)"
		"${engine[@]}" delete --force "$id-$runtime" >/dev/null 2>&1
	done
	HOOK_ENTRY=()
}

# Without a runtime, and without mounts of its own.
past_in_a_chroot()
{
	chroot "$W/images/nim" /bin/busybox sleep 1000 &
	PIDS+=($!)
	sleep 0.2
	audit "audit: a chroot" 6 "[.containers[] | select(.process == $!)] | length == 1 and .[0].alert != null"
	kill $!
	wait $! 2>/dev/null
}

# blob_of FILE: where the cache has it.
blob_of()
{
	realpath "$(find "$W/cache/$SNAPSHOT" -name "$1" | head -n 1)"
}

need_root
need_programs runc crun busybox jq openssl "$HOOK" "$NIMGATE"
work_open
trap close_places EXIT
make_place $JOURNAL
make_place $STATE_FOLDER
disk_open
"${CC:-gcc}" -O2 -Wall -Wextra -Werror -o "$W/listen" "$HERE/listen.c" || die "cannot build listen"
fixture_build
fixture_save
journal_entries
together
losses
syslog_line
numbers
audits
[ "$failures" = 0 ]
