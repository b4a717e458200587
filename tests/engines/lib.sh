# Starts containers on a real runc or crun, with nimgate-hook in front, and judges what came of it. Sourced, not run.
#
# W is the work folder: owned by root, removed at exit with every mount below it. Paths of the programs under test:
# HOOK (build/bin/nimgate-hook) and NIMGATE (build/bin/nimgate, or any command that signs with the same options).
# shellcheck shell=bash
# shellcheck disable=SC2034 # what start() found is for the scripts that source this

set -u
umask 022
REPOSITORY=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
HERE=$REPOSITORY/tests/engines
HOOK=$(realpath "${HOOK:-$REPOSITORY/build/bin/nimgate-hook}")
NIMGATE=${NIMGATE:-$REPOSITORY/build/bin/nimgate}
STATUS_TABLE=$REPOSITORY/docs/exit-status.md
W=
PIDS=()
starts=0

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# Ends the script, with a skip that tests/run.sh counts, where this machine cannot run containers.
need_root()
{
	if [ "$(id -u)" != 0 ]; then
		echo "skip ${0##*/}: runs containers, which needs root"
		exit 0
	fi
}

need_programs()
{
	local program

	for program; do
		[ -x "$(command -v "$program")" ] || die "needs $program: run 'make deps' and 'make' first"
	done
}

work_open()
{
	W=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/nimgate.XXXXXX")")
	trap work_close EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$W"
	mkdir "$W/bundle" "$W/out"
	runc spec --bundle "$W/bundle" || die "runc spec failed"
	mv "$W/bundle/config.json" "$W/base.json"
}

# Puts W on ext4, unless the place for temporary files is on a file system of which receipts are kept. Before anything lies in it.
disk_open()
{
	case $(stat -f -c %T "$W") in
	ext2/ext3 | xfs | btrfs) return 0 ;;
	esac
	truncate -s "${DISK_SIZE:-256M}" "$W.image" && mkfs.ext4 -q "$W.image" || die "cannot make a file system"
	mount -o loop "$W.image" "$W" || die "cannot mount it"
	rm -f "$W.image"
	rmdir "$W/lost+found"
	mkdir "$W/bundle" "$W/out"
	runc spec --bundle "$W/bundle" || die "runc spec failed"
	mv "$W/bundle/config.json" "$W/base.json"
	DISK=$W
}

work_close()
{
	local pid mount

	for pid in "${PIDS[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait
	if [ -n "$W" ]; then
		findmnt -rno TARGET | grep "^$W/" | sort -r | while IFS= read -r mount; do
			umount -l "$mount"
		done
		[ -z "${DISK:-}" ] || umount -l "$DISK"
		rm -rf --one-file-system "$W"
	fi
}

# The command line of a runtime: crun needs help on machines with both kinds of cgroups.
runtime_command()
{
	case $1 in
	crun) engine=("$HERE/cgrun.sh" crun --root "$STATE/run-crun") ;;
	*) engine=("$1" --root "$STATE/run-$1") ;;
	esac
	engine=("${WITHIN[@]}" "${engine[@]}")
}

# What a case may change before start(). Mounts are "SOURCE:DESTINATION:ro|rw"; EDIT is a last jq filter of
# config.json; WITHIN is a command that runs the runtime, if any; STATE is where the runtime keeps its own.
settings_reset()
{
	IMAGE=nim
	POLICY=$W/policy.yaml
	STAGE=createRuntime
	ENVIRONMENT=()
	MOUNTS=("$W/cache:/opt/nim/.cache:ro")
	HOOK_ENTRY=()
	COMMAND=(/opt/nim/start_server.sh)
	ANNOTATIONS='{}'
	EDIT=.
	WITHIN=()
	STATE=$W
}

# The hook's entry, as an administrator writes it into config.json. HOOK_ENTRY replaces path and arguments.
hook_entry()
{
	local argv=("$HOOK" nimgate-hook --policy "$POLICY" createRuntime)

	[ ${#HOOK_ENTRY[@]} = 0 ] || argv=("${HOOK_ENTRY[@]}")
	jq -nc '{path: $ARGS.positional[0], args: $ARGS.positional[1:], env: ["PATH=/usr/sbin:/usr/bin"], timeout: 110}' \
		--args -- "${argv[@]}"
}

# Writes config.json into the oci_bundle. STAGE "none" leaves the hook away.
configure()
{
	local environment arguments

	environment=$(jq -nc '$ARGS.positional' --args -- "PATH=/bin" "${ENVIRONMENT[@]}") || die "jq failed"
	arguments=$(jq -nc '$ARGS.positional' --args -- "${COMMAND[@]}") || die "jq failed"
	jq --argjson hook "$(hook_entry)" --argjson environment "$environment" --argjson arguments "$arguments" \
		--argjson annotations "$ANNOTATIONS" --arg stage "$STAGE" --arg root "$W/images/$IMAGE" \
		--arg mounts "$(printf '%s\n' "${MOUNTS[@]}" "$W/out:/out:rw")" '
		.process.terminal = false | .process.rlimits = [] | .process.args = $arguments
		| .process.env = $environment | .process.cwd = "/" | .root = {path: $root, readonly: true}
		| .annotations = $annotations
		| .hooks = (if $stage == "none" then {} else {($stage): [$hook]} end)
		| .mounts += [$mounts | split("\n")[] | select(. != "") / ":"
			| {source: .[0], destination: .[1], type: "bind", options: ["rbind", .[2]]}]
		| '"$EDIT" "$W/base.json" >"$W/bundle/config.json" || die "cannot write config.json"
}

# Runs one container under RUNTIME and finds out:
#   OUTPUT       all that the runtime and the container printed
#   STATUS       the runtime's exit status
#   RAN          yes if the container's process printed RAN, file if it also wrote its file; no otherwise
#   HOOK_STATUS  the hook's exit status as the runtime shows it; empty if the runtime does not complain
#   REASON       the hook's word for it, from runc's message or the decision log; empty if neither shows one
start()
{
	local runtime=$1 id lines engine

	configure
	runtime_command "$runtime"
	starts=$((starts + 1))
	id=nimgate-$$-$starts
	rm -f "$W/out/ran"
	lines=$(log_lines)
	OUTPUT=$(timeout 100 "${engine[@]}" run --bundle "$W/bundle" "$id" </dev/null 2>&1)
	STATUS=$?
	[ $STATUS = 0 ] || "${engine[@]}" delete --force "$id" >/dev/null 2>&1
	RAN=no
	! grep -qx 'RAN' <<<"$OUTPUT" || RAN=yes
	! [ -e "$W/out/ran" ] || RAN="file"
	HOOK_STATUS=$(sed -nE 's/.*(exit status|exit code:) ([0-9]+).*/\2/p' <<<"$OUTPUT" | head -n 1)
	REASON=$(sed -nE 's/.*nimgate: refused \(([a-z-]+)\).*/\1/p' <<<"$OUTPUT" | head -n 1)
	[ -n "$REASON" ] || REASON=$(log_reason "$lines")
}

log_lines()
{
	[ ! -f "$W/decisions.jsonl" ] || wc -l <"$W/decisions.jsonl"
}

# The reason in the decision log's last line, if the log grew beyond the given number of lines.
log_reason()
{
	local now

	now=$(log_lines)
	[ "${now:-0}" -le "${1:-0}" ] || tail -n 1 "$W/decisions.jsonl" | jq -r '.reason // empty'
}

# The hook's exit status for a reason, as documented.
status_of()
{
	awk -F '|' -v word="$1" '{ gsub(/[ `]/, "") } $2 == word { print $4; found = 1 } END { exit !found }' \
		"$STATUS_TABLE" || die "$STATUS_TABLE has no reason '$1'"
}

# What runc shows of the hook's stderr, or nothing. runc quotes it for its log; a line feed inside the message comes out as a
# carriage return.
shown_message()
{
	sed -nE 's/.*stderr: //; T; s/"$//; s/\\n$//; s/\\\\/\x01/g; s/\\n/\r/g; s/\\"/"/g; s/\x01/\\/g; p; q' <<<"$OUTPUT"
}

# Prints why the hook's message is unfit for an engine; prints nothing if it is fit. Words that engines take for their own
# errors change their exit status (facts: runtimes, section 6.2).
message_fault()
{
	local message=$1

	case ${message,,} in
	*'no such file or directory'* | *'permission denied'* | *'executable file not found'*)
		echo "words that engines take for their own" ;;
	*$'\r'*) echo "more than one line" ;;
	'nimgate: refused ('*) [ ${#message} -le 440 ] || echo "${#message} characters long" ;;
	*) echo "not of the form 'nimgate: refused (REASON): ...'" ;;
	esac
}

# CASES stands before the names, for a script that runs more than once.
ok()
{
	echo "ok ${CASES:-}$1"
}

not_ok()
{
	failures=$((failures + 1))
	printf 'not ok %s: %s\n' "${CASES:-}$1" "$2"
	[ -z "${OUTPUT:-}" ] || head -n 20 <<<"$OUTPUT" | while IFS= read -r line; do
		echo "    $line"
	done
}
failures=0

# Judges the last start: NAME, "admitted", or "refused" with the REASON, and a regular expression that runc's message must match.
judge()
{
	local name=$1 verdict=$2 reason=${3:-} text=${4:-} message fault

	if [ "$verdict" = admitted ]; then
		if [ "$RAN" = file ] && [ "$STATUS" = 0 ]; then
			ok "$name"
		else
			not_ok "$name" "wanted admitted, got exit status $STATUS, ran: $RAN"
		fi
		return
	fi
	message=$(shown_message)
	fault=
	[ -z "$message" ] || fault=$(message_fault "$message")
	if [ "$RAN" != no ] || [ "$STATUS" = 0 ]; then
		not_ok "$name" "wanted refused ($reason), but the container ran ($RAN, exit status $STATUS)"
	elif [ "$HOOK_STATUS" != "$(status_of "$reason")" ]; then
		not_ok "$name" "wanted hook status $(status_of "$reason") ($reason), got '$HOOK_STATUS' ($REASON)"
	elif [ -n "$REASON" ] && [ "$REASON" != "$reason" ]; then
		not_ok "$name" "wanted reason $reason, got $REASON"
	elif [ -n "$fault" ]; then
		not_ok "$name" "the hook's message is unfit: $fault"
	elif [ -n "$text" ] && [ -n "$message" ] && ! grep -qE -- "$text" <<<"$message"; then
		not_ok "$name" "wanted a message with '$text'"
	else
		ok "$name"
	fi
}

# Holds a container at the stage createRuntime: its namespaces and mounts are there, its process is not, and W/state is what the
# runtime told its hook. For measurements that run the hook themselves, many times, against a real start.
hold()
{
	local tries

	mkfifo "$W/release"
	HOOK_ENTRY=(/bin/sh sh -c "cat >$W/state.part && mv $W/state.part $W/state && read -r _ <$W/release; exit 1")
	configure
	runc --root "$W/run-runc" run --bundle "$W/bundle" "nimgate-held-$$" </dev/null >"$W/held.log" 2>&1 &
	HELD=$!
	for ((tries = 0; tries < 500; tries++)); do
		[ ! -e "$W/state" ] || return 0
		sleep 0.02
	done
	die "the container does not start: $(cat "$W/held.log")"
}

release()
{
	echo >"$W/release"
	wait "$HELD"
	runc --root "$W/run-runc" delete --force "nimgate-held-$$" >/dev/null 2>&1
}
