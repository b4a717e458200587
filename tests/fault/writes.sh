#!/bin/bash
# What cannot be written or read: each call of a start fails in turn, and folders that are really full. The start is refused, or admitted
# without a row; a wrong model never is; the next start is right.
#
#   tests/fault/writes.sh
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/held.sh"

CALLS_MAX=400

# fails CALLS ERROR STEP [-f]: each of these calls of the hook fails once; with -f that of each of its children, too.
fails()
{
	local before=$failures call count=0 admitted=0

	NAME="writes: $1 $2${4:+ of children, too}"
	for ((call = 1; call < CALLS_MAX; call += $3)); do
		use_copy
		WHAT="call $call"
		[ $((call / $3 % 4)) != 3 ] || spoil
		run strace "${@:4}" -o "$W/strace.out" -e trace="$1" -e inject="$1:error=$2:when=$call"
		grep -q INJECTED "$W/strace.out" || {
			mend
			break
		}
		count=$((count + 1))
		[ $STATUS != 0 ] || admitted=$((admitted + 1))
		if [ $((call / $3 % 4)) = 3 ]; then
			[ $STATUS != 0 ] || wrong "a flipped byte is admitted"
			mend
		fi
		judge_next
	done
	[ $count -gt 0 ] || not_ok "$NAME" "no call failed"
	[ "$failures" != "$before" ] || ok "$NAME: $count of them, $admitted starts admitted"
}

# full NAME FOLDER ADMITTED: a start with a full file system at FOLDER, and one with a flipped byte.
full()
{
	local before=$failures

	NAME="writes: $1" WHAT="full"
	use_copy
	mkdir -p "$2" && chmod 700 "$2"
	mount -t tmpfs -o "size=4k,nr_inodes=${3:-3},mode=700" none "$2" || die "cannot mount a tmpfs"
	head -c 8192 /dev/zero >"$2/full" 2>/dev/null
	run
	[ $STATUS = 0 ] || wrong "refused ($STATUS)"
	rows_are_true || wrong "a row is not true"
	spoil
	run
	[ $STATUS = "$CHANGED" ] || wrong "a flipped byte: status $STATUS"
	mend
	umount "$2"
	rm -rf "$2"
	judge_next
	[ "$failures" != "$before" ] || ok "$NAME"
}

# A log that is cut in the midst of a line, and has room again.
full_log()
{
	local lines

	NAME="writes: full log" WHAT=full
	mkdir "$W/log"
	mount -t tmpfs -o size=4k none "$W/log" || die "cannot mount a tmpfs"
	sed -i "s|^log:.*|log: $W/log/decisions.jsonl|" "$W/policy.yaml"
	head -c 3900 /dev/zero | tr '\0' ' ' >"$W/log/decisions.jsonl"
	use_copy
	run
	[ $STATUS = 0 ] || wrong "refused ($STATUS)"
	grep -q 'decision log' "$W/run.out" || wrong "it does not say that it could not log"
	mount -o remount,size=64k "$W/log"
	run
	lines=$(tail -n 1 "$W/log/decisions.jsonl" | jq -r .verdict 2>&1)
	if [ $STATUS = 0 ] && [ "$lines" = admit ]; then
		ok "$NAME: the next line is whole"
	else
		wrong "status $STATUS, the last line: $lines"
	fi
	sed -i "s|^log:.*|log: $W/decisions.jsonl|" "$W/policy.yaml"
	umount "$W/log"
}

need_root
case ${FAULT_PART:-} in
'')
	part 0
	part 1
	outcomes || failures=1
	;;
0)
	held_open
	fails write,pwrite64,writev,pwritev2,sendmsg,sendto ENOSPC 1
	fails write,pwrite64,writev,sendmsg,sendto EIO 3 -f
	fails read,pread64 EIO 5
	full "full receipts" "$W/receipts"
	full "full receipts, room for no file" "$W/receipts" 2
	full "full /run/nimgate" /run/nimgate
	full "full /run/nimgate, room for no file" /run/nimgate 1
	full_log
	release
	;;
1)
	held_open
	fails write,pwrite64,writev,pwritev2,sendmsg,sendto EIO 2
	fails mkdir,mkdirat,rename,renameat,renameat2,linkat,unlinkat,fsync,ftruncate,getdents64 ENOSPC 1
	fails openat EMFILE 5
	fails fcntl ENOLCK 3
	fails getrandom,socketpair,clone,pidfd_open ENOMEM 1
	release
	;;
esac
[ "$failures" = 0 ]
