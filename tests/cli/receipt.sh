#!/bin/bash
# `nimgate receipt`, `scrub` and `status` on ext4, XFS and Btrfs: what is remembered, whether that still holds, and how it is forgotten.
. "$(dirname "$0")/disks.bash"
cd "$W" || exit 1
types=() # of file systems that there are

MARK=nobody-writes-this

# Whether the file that ends so counts, by the list: "true", or why not.
counts()
{
	"$N" receipt list --output json "${@:2}" | jq -r ".receipts[] | select(.path and (.path | endswith(\"$1\")))
		| if .counts then \"true\" else .why end"
}

# NAME FILE WANTED [OPTION...]
judge()
{
	local found

	found=$(counts "$2" "${@:4}")
	[[ $found == "$3" ]] && ok "$1" || not_ok "$1" "wanted $3, got: $found; $("$N" receipt list)"
}

make_all()
{
	for type in ext4 xfs btrfs; do
		make_disk "$type" || continue
		types+=("$type")
		make_files "$W/$type.disk/model"
		head -c 2000000 /dev/zero >"$W/$type.disk/model/marked"
		echo "$MARK" >>"$W/$type.disk/model/marked"
		echo small >"$W/$type.disk/model/small"
		cp "$W/$type.disk/model/config" "$W/$type.disk/model/away"
	done
	sync
	sleep 3.1
}

check_list()
{
	local m=$W/ext4.disk/model

	expect 'nothing yet' 0 out '' receipt list
	[ "$("$N" receipt list --output json | jq -c '[.schema, .receipts]')" = '[1,[]]' ] && ok 'nothing yet, in JSON' || not_ok 'nothing yet, in JSON' "$("$N" receipt list --output json)"
	expect 'status of nothing' 0 out 'receipts: none' status
	run prefetch "$m"
	run prefetch "$m" --hash blake3 --shard-size 1000000
	[ "$(receipts)" = 12 ] && ok 'one for each file and way to hash' || not_ok 'one for each file and way to hash' "$(receipts)"
	expect 'the path' 0 out "- $m/sub/tokens" receipt list
	expect 'the digest' 0 out "sha256: $(sha256sum "$m/sub/tokens" | cut -c1-64)" receipt list
	expect 'the shards' 0 out 'shards: 1000000 bytes each' receipt list
	judge 'it counts' tokens $'true\ntrue'
	expect 'status counts' 0 out 'receipts: 12, for 0.0 GB, the oldest of 20' status
	[ "$("$N" status --output json | jq -c '[.receipts.rows, .running, .pending]')" = '[12,[],[]]' ] && ok 'status in JSON' ||
		not_ok 'status in JSON' "$("$N" status --output json)"
}

# Why one does not count.
check_why()
{
	local m=$W/ext4.disk/model

	exec 9<>"$m/sub/tokens"
	judge 'open for writing' tokens $'somebody has its file open for writing\nsomebody has its file open for writing'
	exec 9>&-
	judge 'closed again' tokens $'true\ntrue'
	chmod 666 "$m/config"
	judge 'changed, if only its mode' config $'its file was changed since\nits file was changed since'
	chmod 644 "$m/config"
	make_policy 'receipts: {age: 1s}'
	sleep 2.1
	judge 'older than the policy says' weights $'older than policy allows\nolder than policy allows'
	rm /etc/nimgate/policy.yaml
	rm "$m/away"
	expect 'removed' 0 out 'its file is gone' receipt list
	mkdir 'else where'
	mount --move "$W/ext4.disk" 'else where'
	judge 'mounted at another place' 'else where/model/sub/tokens' $'true\ntrue'
	mount --move 'else where' "$W/ext4.disk"
}

check_forget()
{
	local m=$W/ext4.disk/model

	expect 'one file, in whatever form' 0 out '2 receipts forgotten' receipt forget "$m/weights"
	expect 'once' 0 out '0 receipts forgotten' receipt forget "$m/weights"
	expect 'changed since, and yet this file' 0 out '2 receipts forgotten' receipt forget "$m/config"
	mkdir other
	echo x >other/x
	expect 'another file' 0 out '0 receipts forgotten' receipt forget other
	expect 'a directory' 0 out ' receipts forgotten' receipt forget "$m"
	[ "$(receipts)" = 2 ] && ok 'what is gone has no path' || not_ok 'what is gone has no path' "$("$N" receipt list)"
	expect 'all' 0 out '2 receipts forgotten' receipt forget --all
	expect 'all of nothing' 0 out '0 receipts forgotten' receipt forget --all
	expect 'no such file' 2 err 'nowhere' receipt forget "$W/nowhere"
	expect 'neither' 2 err 'forget with either PATH... or --all' receipt forget
	expect 'both' 2 err 'forget with either PATH... or --all' receipt forget --all "$m"
	expect 'another word' 2 err 'expected list; or forget' receipt lose
	mkdir -m 755 open
	expect 'receipts of others' 2 err 'root alone can read and write' receipt list --receipts "$W/open"
	expect 'a bad form' 2 err "--output 'xml'" receipt list --output xml
	expect 'status says what cannot be read' 0 out 'receipts: none can be read: ' status --receipts "$W/open"
}

# Changes the bytes of a file on the disk, past the file system that is mounted.
poke()
{
	local offset

	sync
	offset=$(grep -abo "$MARK" "$W/$1.image" | cut -d: -f1)
	[[ $offset =~ ^[0-9]+$ ]] || not_ok setup "the mark is not once on the disk of $1: $offset"
	printf N | dd of="$W/$1.image" bs=1 seek="$offset" conv=notrunc status=none
}

check_scrub()
{
	local m=$W/$1.disk/model

	expect "$1: nothing to scrub" 0 out '0 receipts, 0 bytes read' scrub
	run prefetch "$m"
	run prefetch "$m" --hash blake2b --shard-size 1048576
	expect "$1: all as remembered" 0 out ' as remembered, 0 gone or written since, 0 busy, 0 not mounted, 0 unreadable, 0 wrong' scrub
	echo >>"$m/config"
	exec 9<>"$m/sub/tokens"
	expect "$1: written since, and being written" 0 out ' as remembered, 2 gone or written since, 2 busy,' scrub
	exec 9>&-
	judge "$1: a busy one stays" tokens $'true\ntrue'
	mv "$m/small" "$m/small2"
	expect "$1: a new name is a change" 0 out ' 2 gone or written since, 0 busy,' scrub --idle
	poke "$1"
}

# On a file system with checksums of its own the kernel says it first.
check_wrong()
{
	local m=$W/$1.disk/model wanted=$2 status=$3

	expect "$1: other bytes, and no trace" "$status" err "$wanted: inode $(stat -c %i "$m/marked") of the file system at '$W/$1.disk'" scrub
	[ "$(grep -c "^nimgate: $wanted: " <<<"$err")" = 2 ] && ok "$1: in each form" || not_ok "$1: in each form" "$err"
	judge "$1: forgotten" marked ''
	expect "$1: said once" 0 out '0 unreadable, 0 wrong' scrub
}

# A row counts again after a scrub, by the time of the scrub.
check_renewed()
{
	local before

	run prefetch "$W/ext4.disk/model"
	before=$("$N" receipt list --output json | jq -r '.receipts[0].hashed')
	sleep 1.1
	run scrub
	[ "$("$N" receipt list --output json | jq -r '.receipts[0].hashed')" != "$before" ] && ok 'renewed' || not_ok 'renewed' "$before"
	cat /proc/sys/kernel/random/uuid >boot_id
	mount --bind boot_id /proc/sys/kernel/random/boot_id
	judge 'another boot' tokens 'hashed before this boot'
	expect 'renewed after a boot' 0 out '4 receipts, 3075007 bytes read: 4 as remembered' scrub
	judge 'and counts again' tokens 'true'
	umount -l "$W/ext4.disk"
	expect 'not mounted' 0 out ' not mounted, 0 unreadable, 0 wrong' scrub
	[ "$(receipts)" -gt 0 ] && ok 'stays for the next time' || not_ok 'stays for the next time' "$out"
	expect 'one word too many' 2 err 'no words are expected' scrub now
	expect 'status: one word too many' 2 err 'no words are expected' status now
}

make_all
check_list
check_why
check_forget
for type in "${types[@]}"; do
	"$N" receipt forget --all >/dev/null
	check_scrub "$type"
	case $type in
	btrfs) check_wrong $type UNREADABLE 7 ;;
	*) check_wrong $type CHANGED 1 ;;
	esac
done
"$N" receipt forget --all >/dev/null
check_renewed
end
