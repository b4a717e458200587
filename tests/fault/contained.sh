#!/bin/bash
# Children that were taken over: a parser, a hasher, a viewer that tries what its filter forbids, lies in every field, hangs, ends early,
# answers too much, eats what it can. In a hook of the tests' own (tests/fault/faulty.c), on a real container that runc holds at
# createRuntime, and on whole starts. Each attempt ends in a refusal, or the verdict is right; with a flipped byte in the model no hasher, no
# viewer and no parser of a signature gets it admitted; and the honest start behind is as ever.
#
#   tests/fault/contained.sh [nofilter | runtime | explain | audit | key | hang | others | container | manifest | signature | hasher | lies | memos |
#     viewer | whole]...
# shellcheck disable=SC2034,SC2015 # the sourced files read these settings; what follows && does not fail
. "$(dirname "$0")/held.bash"
FAULTY=$(realpath "${FAULTY:-$REPOSITORY/build/release-gcc/fault/faulty-hook}")
FAULTY_RUNTIME=${FAULTY%/*}/faulty-runtime
FAULTY_NIMGATE=${FAULTY%/*}/faulty-nimgate
FAULT_TOOLS=$(realpath "${FAULT_TOOLS:-$REPOSITORY/build/release-gcc/fault}")
# Calls of tests/fault/deeds.c after which the child is no more.
DEADLY=(socket socketpair connect execve execveat fork ptrace process-vm-readv process-vm-writev kill pidfd-open pidfd-getfd setns unshare
	mount umount chroot bpf io-uring userfaultfd keyctl perf handle module kexec seccomp set-device)
# Calls that the kernel does not know any more.
UNKNOWN=(open open-new openat2 memfd sendto futex-pi poison clone clone-thread clone3 tgkill code code-later map-document become-root dumpable
	limits truncate chmod unlink flags unlease seek duplicate ioctl listxattr sync shm inotify)
# What else it might do; all but "memory" must end in a refusal.
REFUSED=(exit crash close half-header half huge refuse-nothing unknown failed descriptors flood)

# One start with the settings in front: STATUS, and what the report says: DONE, BROKE, LIED.
run()
{
	env "$@" FAULT_REPORT="$W/report" "$FAULTY" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	unview
	read -r _ DONE _ BROKE _ LIED _ <"$W/report"
}

# The protection in the last decision.
protection()
{
	tail -n 1 "$W/decisions.jsonl" | jq -r .protection
}

# deed CHILD NUMBER DEED WANTED: refused, admitted, less (refused, or admitted without the view) or any. With the good model and with a bad one.
deed()
{
	NAME="contained: $1 $2: $3"
	local before=$failures

	run FAULT_DEED="$1:$2:$3"
	[ "$DONE" != 0 ] || wrong "nothing was tried"
	[ "$BROKE" = 0 ] || wrong "the attempt succeeded"
	[ "$4" != refused ] || [ $STATUS != 0 ] || wrong "admitted"
	[ "$4$STATUS" != less0 ] || [ "$(protection)" != view ] || wrong "admitted with a view"
	[ "$4" != admitted ] || [ $STATUS = 0 ] || wrong "refused ($STATUS)"
	grep -qP '[^\x20-\x7e]' "$W/run.out" && wrong "prints what is not printable"
	[ "$(wc -l <"$W/run.out")" -le 1 ] || wrong "prints more than a line"
	spoil
	run FAULT_DEED="$1:$2:$3"
	[ $STATUS != 0 ] || wrong "a flipped byte is admitted"
	[ "$BROKE" = 0 ] || wrong "the attempt succeeded, with a flipped byte"
	mend
	[ "$failures" != "$before" ] || ok "$NAME"
}

# All deeds of one child.
deeds()
{
	local name

	for name in "${DEADLY[@]}"; do
		case $1:$name in
		viewer:set-device) deed "$1" "$2" "$name" admitted ;; # a call of its own, with other arguments
		*) deed "$1" "$2" "$name" "$3" ;;
		esac
	done
	for name in "${UNKNOWN[@]}"; do
		deed "$1" "$2" "$name" admitted
	done
	for name in "${REFUSED[@]}"; do
		deed "$1" "$2" "$name" "$3"
	done
	deed "$1" "$2" memory any
	judge_next
}

# lies CHILD NUMBER MESSAGE STEP WRONG: each STEPth byte of the message is another one. WRONG says whether a bad model may come through: only
# what an image says about itself may.
lies()
{
	local before=$failures length at mask admitted=0 count=0

	NAME="contained: $1 $2 lies in message $3"
	run FAULT_LIE=none
	length=$(awk -v name="$1" -v number="$2" -v message="$3" \
		'$1 == "process" && $3 == name && $4 == number { print $(7 + message) }' "$W/report")
	[ -n "$length" ] || { wrong "no such message"; return; }
	for ((at = 0; at < length; at += $4)); do
		mask=$((1 << at % 8))
		[ $((at / $4 % 3)) != 0 ] || mask=255
		mask=$(printf %02x $mask)
		run FAULT_LIE="$1:$2:$3:$at:^$mask"
		[ "$LIED" = 1 ] || wrong "no lie was told at $at"
		[ $STATUS != 0 ] || admitted=$((admitted + 1))
		[ $STATUS -lt 128 ] || wrong "the hook died ($STATUS) of the lie $mask at $at"
		if [ $((at / $4 % 4)) = 0 ] && [ "$5" = no ]; then
			spoil
			run FAULT_LIE="$1:$2:$3:$at:^$mask"
			[ $STATUS != 0 ] || wrong "a flipped byte is admitted for the lie $mask at $at"
			mend
		fi
		count=$((count + 1))
	done
	judge_next
	[ "$failures" != "$before" ] || ok "$NAME: $count of $length bytes, $admitted starts admitted"
}

# Children that answer nothing, all of them at once: each is given up in its time. The hasher's is what the start has.
hang()
{
	local -A pids=()
	local case status began=$SECONDS

	sed 's/^mode:/deadline: 10s\n&/' "$W/quick.yaml" >"$W/hang.yaml"
	for case in parser:1:sleep parser:1:spin reader:1:sleep parser:2:sleep parser:2:spin hasher:1:sleep hasher:1:spin; do
		FAULT_DEED=$case "$FAULTY" --policy "$W/hang.yaml" createRuntime <"$W/state" >"$W/${case//:/-}.out" 2>&1 &
		pids[$case]=$!
	done
	for case in "${!pids[@]}"; do
		wait "${pids[$case]}"
		status=$?
		NAME="contained: $case"
		cp "$W/${case//:/-}.out" "$W/run.out"
		if [ $status != 0 ] && [ $((SECONDS - began)) -lt 30 ]; then
			ok "$NAME: $(sed -nE 's/.*refused \(([a-z-]+)\).*/\1/p' "$W/run.out")"
		else
			wrong "status $status after $((SECONDS - began)) s"
		fi
	done
}

# The state's parser says that another container starts: that one must not be touched.
other_container()
{
	local other pid hex

	NAME="contained: the parser names another container's process"
	sleep 1000 &
	disown
	PIDS+=($!)
	other=$(nsenter -m -t "$HELD_PID" unshare --mount --propagation private sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!')
	PIDS+=("$other")
	for pid in "$other" $$ 1; do
		hex=$(printf %08x "$pid" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/')
		mountinfo=$(cat "/proc/$pid/mountinfo")
		run FAULT_LIE="parser:1:1:0:$hex"
		[ "$LIED" = 4 ] && [ $STATUS != 0 ] || wrong "process $pid: status $STATUS, $LIED lies"
		[ "$mountinfo" = "$(cat "/proc/$pid/mountinfo")" ] || wrong "the mounts of process $pid are others now"
	done
	kill "$other" "${PIDS[0]}"

	[ "$STATUS" = 0 ] || ok "$NAME"
}

# A viewer that covers the view again, sooner or later after it has said that it is in place.
cover()
{
	local before=$failures wait covered=0

	NAME="contained: the viewer covers the view after the check"
	for wait in 0 1000 10000 100000 200000 400000 800000 1600000 3200000 6400000; do
		env FAULT_DEED="viewer:1:cover$wait" FAULT_REPORT="$W/report" "$FAULTY" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
		STATUS=$?
		read -r _ DONE _ <"$W/report"
		covered=$((covered + DONE))
		# In the container's mounts, where its root is not yet the root.
		[ $STATUS != 0 ] || nsenter -m -t "$HELD_PID" test -e "$INSIDE/$SNAPSHOT/$HF/config.json" || wrong "admitted, and the view is covered ($wait)"
		unview
	done
	[ "$failures" != "$before" ] || ok "$NAME: it tried, and covered $covered"
}

# explained: what the honest start says of the manifest: "read" or "remembered".
explained()
{
	"$HOOK" --policy "$POLICY" --explain createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	unview
	MANIFEST=$(sed -nE 's/^nimgate: manifest: .*(remembered|read)$/\1/p' "$W/run.out")
}

# What is remembered of a manifest no parser of a container has a say in, and of an answer that is none nothing is.
memos()
{
	local before=$failures at count=0 length

	NAME="contained: the parser of a container leaves no memo for others"
	rm -rf "$W/receipts"
	run FAULT_LIE=none
	length=$(awk '$1 == "process" && $3 == "parser" && $4 == 1 { print $(7 + 3) }' "$W/report")
	[ "${length:-0}" -gt 1000 ] || wrong "no bytes of a manifest"
	rm -rf "$W/receipts"
	for ((at = 3; at < length; at += length / 50)); do
		run FAULT_LIE="parser:1:3:$at:^01"
		[ "$LIED" = 1 ] || wrong "no lie was told at $at"
		[ $STATUS -lt 128 ] || wrong "the hook died ($STATUS) of the lie at $at"
		count=$((count + 1))
	done
	explained
	[ "$STATUS$MANIFEST" = 0read ] || wrong "then: status $STATUS, $MANIFEST"
	explained
	[ "$STATUS$MANIFEST" = 0remembered ] || wrong "and again: status $STATUS, $MANIFEST"
	[ "$failures" != "$before" ] || ok "$NAME: $count lies"
	NAME="contained: no memo of an answer that is none" before=$failures
	rm -rf "$W/receipts"
	# The length of the profile's id, and its first digit.
	for at in 0 4; do
		run FAULT_LIE="reader:1:1:$at:^01"
		[ "$LIED" = 1 ] && [ $STATUS != 0 ] || wrong "$LIED lies, status $STATUS"
	done
	for at in exit crash half refuse-nothing unknown flood; do
		run FAULT_DEED="reader:1:$at"
		[ $STATUS != 0 ] || wrong "$at: admitted"
	done
	[ -z "$(ls "$W/receipts/memos" 2>/dev/null)" ] || wrong "something is remembered: $(ls "$W/receipts/memos")"
	explained
	[ "$STATUS$MANIFEST" = 0read ] || wrong "then: status $STATUS, $MANIFEST"
	[ "$failures" != "$before" ] || ok "$NAME"
}

# Without what the children are contained by, nothing starts: a kernel without filters, one that does not take this one, one that refuses any
# of the steps before.
no_containment()
{
	local before error number

	for error in ENOSYS EINVAL EFAULT EACCES; do
		hinder "no filter: $error" seccomp "$error" 1+
		# libseccomp has asked the kernel what it knows by then.
		number=$(grep -c 'seccomp(' <(sed '/SET_MODE_FILTER.*{len=/q' "$W/filter"))
		hinder "the filter is not loaded: $error" seccomp "$error" "$number+"
	done
	for number in 1 2 3 4 5; do
		hinder "prctl $number" prctl EINVAL "$number"
	done
	for error in capset setresuid setresgid setgroups chdir; do
		hinder "$error" "$error" EPERM 1
	done
	hinder "prlimit64" prlimit64 EPERM 1+
	hinder "close_range" close_range ENOSYS 1
}

# Landlock is added where there is one; without, the start says so.
no_landlock()
{
	NAME="contained: no Landlock"
	strace -f -o /dev/null -e trace=landlock_create_ruleset -e inject=landlock_create_ruleset:error=ENOSYS "$HOOK" --policy "$POLICY" \
		--explain createRuntime <"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	if [ $STATUS = 0 ] && grep -q 'no Landlock' "$W/run.out"; then ok "$NAME"; else wrong "status $STATUS"; fi
	hinder "Landlock does not take its rules" landlock_restrict_self EPERM 1+
}

# hinder NAME CALL ERROR WHEN: in the children, and in the hook.
hinder()
{
	NAME="contained: $1"
	strace -f -o /dev/null -e trace="$2" -e inject="$2:error=$3:when=$4" "$HOOK" --policy "$POLICY" createRuntime \
		<"$W/state" >"$W/run.out" 2>&1
	STATUS=$?
	if [ $STATUS = "$(status_of internal)" ] || { [ "$2" = chdir ] && [ $STATUS = 134 ]; }; then
		ok "$NAME"
	else
		wrong "status $STATUS"
	fi
}

# One run of nimgate-runtime, in front of a program that does nothing, with the settings in front: STATUS, and CONFIG, which is "same" if
# config.json stayed as it was, "hooked" if it is what an honest run makes of it.
run_runtime()
{
	cp "$W/plain.json" "$W/shim/config.json"
	rm -f "$W/report"
	env "$@" FAULT_REPORT="$W/report" "$FAULTY_RUNTIME" --nimgate-config "$W/runtime.yaml" --log "$W/runtime.log" create --bundle "$W/shim" x \
		>"$W/run.out" 2>&1
	STATUS=$?
	CONFIG=another
	! cmp -s "$W/plain.json" "$W/shim/config.json" || CONFIG=same
	! cmp -s "$W/hooked.json" "$W/shim/config.json" || CONFIG=hooked
}

# nimgate-runtime: what its parser makes of config.json is refused, or it is the hook and nothing else.
runtime()
{
	local name at length before=$failures count=0

	mkdir -m 755 "$W/shim"
	printf 'runtime: %s\nhook: %s\npolicy: %s\nprofile: %s\nrule: x\n' "$(realpath /bin/true)" "$HOOK" "$W/policy.yaml" "$PROFILE_HF" >"$W/runtime.yaml"
	jq 'del(.hooks) | .process.env = ["PATH=/bin"]' "$W/bundle/config.json" >"$W/plain.json"
	cp "$W/plain.json" "$W/hooked.json"
	run_runtime FAULT_DEED=none
	cp "$W/shim/config.json" "$W/hooked.json"
	NAME="contained: runtime"
	[ $STATUS = 0 ] && jq -e '.hooks.createRuntime | length == 1' "$W/hooked.json" >/dev/null || wrong "an honest run: status $STATUS"
	for name in "${DEADLY[@]}" "${REFUSED[@]}"; do
		NAME="contained: runtime: $name"
		run_runtime FAULT_DEED="parser:1:$name"
		if [ $STATUS != 0 ] && [ $CONFIG = same ]; then ok "$NAME"; else wrong "status $STATUS, config.json is $CONFIG"; fi
	done
	for name in "${UNKNOWN[@]}"; do
		NAME="contained: runtime: $name"
		run_runtime FAULT_DEED="parser:1:$name"
		if [ $STATUS = 0 ] && [ $CONFIG = hooked ]; then ok "$NAME"; else wrong "status $STATUS, config.json is $CONFIG"; fi
	done
	NAME="contained: runtime: lies" before=$failures
	length=$(stat -c %s "$W/hooked.json")
	for ((at = 0; at < length; at += 17)); do
		for name in 1 2; do
			# The first message has no variable yet.
			[ $name = 2 ] || [ $at -lt $((length - 150)) ] || continue
			run_runtime FAULT_LIE="parser:1:$name:$at:^$(printf %02x $((1 << at % 7)))"
			[ $STATUS != 0 ] && [ $CONFIG = same ] || wrong "message $name, byte $at: status $STATUS, config.json is $CONFIG"
			count=$((count + 1))
		done
	done
	[ "$failures" != "$before" ] || ok "$NAME: $count of them"
}

# run_explain DEED: `nimgate explain` of the bundle, whose parser does the deed. STATUS, and the report's DONE and BROKE.
run_explain()
{
	rm -f "$W/report"
	FAULT_DEED=$1 FAULT_REPORT=$W/report "$FAULTY_NIMGATE" explain --policy "$POLICY" --hook "$HOOK" "$W/bundle" >"$W/run.out" 2>&1
	STATUS=$?
	read -r _ DONE _ BROKE _ <"$W/report"
}

# nimgate explain BUNDLE: a bundle whose config.json takes over its parser gets nothing of the caller's, and no answer but a refusal.
explain()
{
	local name

	NAME="contained: explain"
	run_explain none
	[ $STATUS = 0 ] && grep -qx 'would be admitted' "$W/run.out" || wrong "an honest run: status $STATUS"
	for name in "${DEADLY[@]}" "${REFUSED[@]}"; do
		NAME="contained: explain: $name"
		run_explain "parser:1:$name"
		if [ $STATUS != 0 ] && [ "$DONE$BROKE" = 10 ] && ! grep -q '^would be' "$W/run.out"; then ok "$NAME"; else wrong "status $STATUS, done $DONE, broke $BROKE"; fi
	done
	for name in "${UNKNOWN[@]}"; do
		NAME="contained: explain: $name"
		run_explain "parser:1:$name"
		if [ $STATUS = 0 ] && [ "$BROKE" = 0 ]; then ok "$NAME"; else wrong "status $STATUS, broke $BROKE"; fi
	done
	NAME="contained: explain: a config.json that does not end"
	mkdir "$W/endless"
	mkfifo "$W/endless/config.json"
	timeout 10 "$NIMGATE" explain --policy "$POLICY" --hook "$HOOK" "$W/endless" >"$W/run.out" 2>&1
	STATUS=$?
	if [ $STATUS = 2 ]; then ok "$NAME"; else wrong "status $STATUS"; fi
	NAME="contained: explain: killed, it leaves no process"
	printf '#!/bin/sh\nsed -n "s/.*.pid.:\\([0-9]*\\).*/\\1/p" >%s/stand-in\nkill -9 $PPID\n' "$W" >"$W/killer"
	chmod +x "$W/killer"
	"$NIMGATE" explain --policy "$POLICY" --hook "$W/killer" "$W/bundle" >"$W/run.out" 2>&1
	sleep 0.1
	if [ -s "$W/stand-in" ] && ! readlink "/proc/$(<"$W/stand-in")/exe" >"$W/run.out"; then ok "$NAME"; else wrong "process $(<"$W/stand-in") is there"; fi
}

# nimgate audit: a state whose parser is taken over names no container; the container is found all the same.
audit()
{
	local name id=nimgate-past-$$ named STAGE=none EDIT=".linux.cgroupsPath = \"/nimgate-$$-group\""
	local -a COMMAND=(/bin/busybox sleep 1000)

	cp "$W/bundle/config.json" "$W/held.json"
	configure
	runc --root "$W/run-past" run --detach --bundle "$W/bundle" "$id" </dev/null >"$W/past.log" 2>&1 || die "$(cat "$W/past.log")"
	for name in "" execve crash refuse-nothing unknown; do
		NAME="contained: audit: ${name:-honest}"
		FAULT_DEED=${name:+parser:1:$name} FAULT_REPORT=$W/report "$FAULTY_NIMGATE" audit --policy "$POLICY" --state "$W/run-past" --output json \
			>"$W/run.out" 2>"$W/audit.err"
		STATUS=$?
		read -r _ DONE _ BROKE _ <"$W/report"
		# Others may run containers here, too.
		named=$(jq --arg id "$id" '[.containers[] | select(.container == $id)] | length' "$W/run.out")
		[ -z "$name" ] || grep -q "warning: a state in .*$id/state.json" "$W/audit.err" || wrong "no word of it"
		case $name:$DONE:$BROKE:$named in
		:0:0:1 | ?*:1:0:0) ok "$NAME" ;;
		*) wrong "status $STATUS, done $DONE, broke $BROKE, $named" ;;
		esac
	done
	runc --root "$W/run-past" delete --force "$id"
	cp "$W/held.json" "$W/bundle/config.json"
}

# child_of PID NAME: waits for a child of that name.
child_of()
{
	local tries pid

	for ((tries = 0; tries < 250; tries++)); do
		for pid in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
			[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$2" ] || { echo "$pid"; return; }
		done
		sleep 0.02
	done
}

# The key of the receipts is the hook's alone: a hasher that reads an attacker's files, and a viewer in an attacker's mounts, have nothing of it
# in their memory.
key()
{
	local name hook child

	rm -rf "$W/receipts"
	spoil
	honest # makes the key
	mend
	for name in hasher viewer; do
		NAME="contained: the key is not in the memory of the $name"
		FAULT_DEED=$name:1:sleep "$FAULTY" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1 &
		hook=$!
		child=$(child_of $hook $name)
		sleep 0.2 # until it is behind its filter, and asleep
		# The viewer is asked before the hook has a key.
		if [ $name = viewer ]; then
			:
		elif ! "$FAULT_TOOLS/peek" "$W/receipts" "$hook" >"$W/peek" 2>&1 && grep -q "the rows' key" "$W/peek"; then
			ok "$NAME: it is in that of the hook"
		else
			wrong "not found in the hook's: $(cat "$W/peek")"
		fi
		"$FAULT_TOOLS/peek" "$W/receipts" "$child" >"$W/peek" 2>&1
		STATUS=$?
		kill -KILL $hook
		wait $hook 2>/dev/null
		unview
		if [ $STATUS = 0 ]; then ok "$NAME"; else not_ok "$NAME" "$(tr '\n' ';' <"$W/peek")"; fi
	done
}

# A process of nobody that sees the host's processes, say of a container with the host's, may end a child, which refuses the start. It sees
# nothing of it: no memory, no descriptor.
stranger()
{
	local hook child seen

	NAME="contained: a stranger of the same user"
	FAULT_DEED=hasher:1:sleep "$FAULTY" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1 &
	hook=$!
	child=$(child_of $hook hasher)
	sleep 0.2
	# shellcheck disable=SC2016 # the inner shell expands it
	seen=$(setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '
		{
			for file in mem maps environ stack syscall; do cat "/proc/$1/$file"; done
			for link in fd/3 cwd exe root; do readlink "/proc/$1/$link"; done
			ls "/proc/$1/fd" "/proc/$1/map_files"
		} 2>/dev/null | head -c 100
		kill -KILL "$1"' sh "$child")
	wait $hook
	STATUS=$?
	unview
	if [ -n "$child" ] && [ -z "$seen" ] && [ $STATUS = "$(status_of internal)" ] && grep -q 'by signal 9' "$W/run.out"; then
		ok "$NAME"
	else
		wrong "status $STATUS, it saw '$seen'"
	fi
}

# Whole starts: what did not end well runs no container.
whole_starts()
{
	local case

	for case in parser:1:execve reader:1:crash parser:2:crash hasher:1:socket viewer:1:exit; do
		HOOK_ENTRY=(/usr/bin/env env "FAULT_DEED=$case" "$FAULTY" --policy "$POLICY" createRuntime)
		rm -rf "$W/receipts"
		start runc
		if [ "$RAN" = no ] && [ $STATUS != 0 ]; then
			ok "contained: runc starts nothing after $case"
		elif [[ $case = viewer* && $RAN = file && $(protection) != view ]]; then
			ok "contained: runc starts what has no view, and the decision says so"
		else
			not_ok "contained: runc after $case" "ran: $RAN, status $STATUS"
		fi
	done
}

held_open "$FAULTY" nsenter unshare strace
strace -f -e trace=seccomp -o "$W/filter" "$HOOK" --policy "$POLICY" createRuntime <"$W/state" >"$W/run.out" 2>&1
sed 's|^receipts: .*|receipts: {folder: '"$W"'/receipts}|' "$W/quick.yaml" >"$W/memos.yaml"
[ $# != 0 ] || set -- nofilter runtime explain audit key hang others container manifest signature hasher lies memos viewer whole
for part; do
	POLICY=$W/quick.yaml
	case $part in
	nofilter)
		no_containment
		no_landlock
		;;
	runtime) runtime ;;
	explain) explain ;;
	audit) audit ;;
	key)
		POLICY=$W/policy.yaml
		key
		POLICY=$W/quick.yaml
		stranger
		;;
	hang) hang ;;
	others) other_container ;;
	container) deeds parser 1 refused ;;
	manifest) deeds reader 1 refused ;;
	signature) deeds parser 2 refused ;;
	hasher) deeds hasher 1 refused ;;
	lies)
		lies parser 1 1 3 yes
		lies parser 1 2 5 yes
		lies reader 1 1 7 yes
		lies parser 2 1 7 no
		lies hasher 1 1 1 no
		;;
	memos)
		POLICY=$W/memos.yaml
		memos
		;;
	viewer)
		POLICY=$W/policy.yaml
		cover
		deeds viewer 1 less
		lies viewer 1 1 1 no
		lies viewer 1 2 1 no
		;;
	whole)
		POLICY=$W/policy.yaml
		release
		whole_starts
		;;
	esac
done
[ "$failures" = 0 ]
