#!/bin/bash
# `nimgate prefetch` on ext4, XFS and Btrfs: what is remembered, what cannot be, and requests.
. "$(dirname "$0")/disks.bash"
cd "$W" || exit 1
types=() # of file systems that there are

# All at once: receipts need files that have rested for three seconds.
make_all()
{
	local hub=$W/ext4.disk/cache/ngc/hub

	for type in ext4 xfs btrfs; do
		make_disk "$type" || continue
		types+=("$type")
		make_files "$W/$type.disk/model"
	done
	make_files ext4.disk/other
	chown -R 1234:1234 ext4.disk/other
	make_snapshot "$hub/models--nim--meta--llama" 1.0
	make_snapshot "$hub/models--nim--meta--llama" 2.0
	make_snapshot "$hub/models--nim--tiny" 1
	# Files of holes take their time, and no place.
	mkdir ext4.disk/large
	for ((i = 1; i <= 16; i++)); do
		truncate -s "$((i * 40))M" "ext4.disk/large/$i"
	done
}

# What is hashed, on one file system.
check_disk()
{
	local m=$W/$1.disk/model

	expect "$1: hashed, although just written" 0 out '4 files, 3075000 bytes: 3 hashed, 1 remembered already, 0 not remembered' prefetch "$m"
	expect "$1: remembered" 0 out '0 hashed, 4 remembered already' prefetch "$m"
	expect "$1: of one file" 0 out '1 files, 5000 bytes: 0 hashed, 1 remembered' prefetch "$m/config"
	expect "$1: another hash is another receipt" 0 out '3 hashed' prefetch "$m" --hash blake3
	expect "$1: shards are, too" 0 out '3 hashed' prefetch "$m" --shard-size 65536
	expect "$1: and remembered" 0 out '0 hashed, 4 remembered already' prefetch "$m" --shard-size 65536
	exec 9<>"$m/weights"
	expect "$1: open for writing" 1 err "'weights' is not remembered: somebody has it open for writing" prefetch "$m" --hash blake2b
	exec 9>&-
	expect "$1: the others are hashed, and then this one" 0 out '1 hashed, 3 remembered already, 0 not' prefetch "$m" --hash blake2b
	printf x | dd of="$m/config" bs=1 seek=7 conv=notrunc status=none
	touch -d '2026-01-01' "$m/sub/tokens"
}

# What was touched, a while ago.
check_touched()
{
	local m=$W/$1.disk/model

	expect "$1: what was touched is hashed again" 0 out '2 hashed, 2 remembered already' prefetch "$m"
}

check_reads()
{
	for how in cached direct; do
		"$N" receipt forget --all >/dev/null
		expect "$1: read $how" 0 out '3 hashed' prefetch "$W/$1.disk/model" --read $how --threads 1
	done
}

check_left_out()
{
	local m=$W/ext4.disk/model

	touch -d '+1 hour' "$m/config"
	expect 'times in the future' 1 err "'config' is not remembered: it was changed just now, or its times lie in the future" prefetch "$m"
	touch "$m/config"
	mkdir tmpfs.disk
	mount -t tmpfs none tmpfs.disk
	make_files tmpfs.disk/model
	expect 'a file system without receipts' 0 err "does not tell of every change (tmpfs)" prefetch tmpfs.disk/model
	[[ $out == *'0 hashed, 1 remembered already, 3 not remembered' ]] && ok 'is not hashed in vain' || not_ok 'is not hashed in vain' "$out"
	expect 'several models' 0 out '8 files, 6150000 bytes: 1 hashed, 4 remembered already, 3 not' prefetch "$m" tmpfs.disk/model
	expect 'others may write it' 0 err 'others than root may write them (receipts.files in the policy)' prefetch ext4.disk/other
	make_policy 'receipts: {files: any}'
	expect 'others may, says the policy' 0 out '3 hashed' prefetch ext4.disk/other
	make_policy 'receipts: {use: refuse}'
	expect 'the policy uses none' 0 err 'no start will ask for what is remembered' prefetch "$m"
	rm /etc/nimgate/policy.yaml
	ln -s weights ext4.disk/other/link
	mkfifo ext4.disk/other/fifo
	expect 'links and FIFOs are no files' 0 out '4 files' prefetch ext4.disk/other
	for ((i = 0; i < 30; i++)); do
		echo "$i" >"tmpfs.disk/model/$i"
	done
	run prefetch tmpfs.disk/model
	[[ $(grep -c 'is not remembered' <<<"$err") == 20 && $err == *'13 more files are not remembered'* ]] && ok 'many are named in short' ||
		not_ok 'many are named in short' "$err"
}

# FOLDER VERSION: a snapshot of links into blobs.
make_snapshot()
{
	local snapshot=$1/snapshots/$2

	mkdir -p "$snapshot" "$1/blobs"
	for name in a b; do
		echo "$1 $2 $name" >"$1/blobs/$2-$name"
		ln -s "../../blobs/$2-$name" "$snapshot/$name"
	done
	echo "$1" >"$1/blobs/shared"
	ln -s ../../blobs/shared "$snapshot/shared"
}

check_cache()
{
	local cache=$W/ext4.disk/cache hub=$W/ext4.disk/cache/ngc/hub

	expect 'a version' 0 out '3 files, ' prefetch nim/meta/llama:1.0 --cache "$cache"
	[[ $out == *' 3 hashed'* ]] && ok 'is hashed' || not_ok 'is hashed' "$out"
	expect 'a model without a team' 0 out '3 files' prefetch nim/tiny:1 --cache "$cache"
	expect 'a snapshot' 0 out '0 hashed, 3 remembered' prefetch "$hub/models--nim--meta--llama/snapshots/1.0"
	expect 'a folder of two snapshots, which share a file' 0 out '6 files' prefetch "$hub/models--nim--meta--llama"
	[[ $out == *' 2 hashed, 4 remembered already'* ]] && ok 'is hashed once' || not_ok 'is hashed once' "$out"
	expect 'a cache' 0 out '9 files' prefetch "$cache"
	expect 'a version that is not there' 1 err 'nim/meta/llama:3.0: not in the cache' prefetch nim/meta/llama:3.0 --cache "$cache"
	expect 'the others are hashed' 1 out '3 files' prefetch nim/meta/llama:3.0 nim/tiny:1 --cache "$cache"
	mkdir -p empty/ngc/hub
	expect 'an empty cache' 1 err 'holds no model' prefetch empty
	ln -s /etc/passwd "$hub/models--nim--tiny/snapshots/1/evil"
	expect 'a link that leads elsewhere' 1 err "'evil' is not remembered" prefetch "$hub/models--nim--tiny"
	rm "$hub/models--nim--tiny/snapshots/1/evil"
}

# A version is hashed as it is signed.
check_signed()
{
	local cache=$W/ext4.disk/cache signature=$W/signatures/nim/tiny/1

	make_pki pki prime256v1
	make_policy 'receipts: {files: guarded}'
	mkdir -p "$signature"
	run sign certificate "$cache/ngc/hub/models--nim--tiny/snapshots/1" --private-key pki/leaf.key --signing-certificate pki/leaf.pem \
		--certificate-chain pki/int.pem --signature "$signature/result.sigstore" --hash blake2b --shard-size 8 --allow-symlinks
	"$N" receipt forget --all >/dev/null
	expect 'as it is signed' 0 out '3 hashed' prefetch nim/tiny:1 --cache "$cache"
	[ "$("$N" receipt list --output json | jq -c '[.receipts[] | [.algorithm, .shard_size]] | unique')" = '[["blake2b",8]]' ] &&
		ok 'in shards' || not_ok 'in shards' "$("$N" receipt list)"
	expect 'as somebody asks' 0 out '3 hashed' prefetch nim/tiny:1 --cache "$cache" --hash sha256
	rm /etc/nimgate/policy.yaml
}

# NAME PATH LABEL SECONDS: a request as a start leaves it, of that age.
leave_request()
{
	local device inode

	read -r device inode < <(stat -c '%d %i' "$2")
	mkdir -p -m 700 /run/nimgate/requests
	printf '%s\n' 'nimgate-request 1' "path $2" 'below ' "device $device" "inode $inode" 'algorithm sha256' 'shard_size 0' 'bytes 1' \
		"asked $(($(date +%s) - $4))" "label $3" >"/run/nimgate/requests/$1"
	chmod 600 "/run/nimgate/requests/$1"
}

check_requests()
{
	local m=$W/ext4.disk/model

	"$N" receipt forget --all >/dev/null
	chmod 700 /run/nimgate
	expect 'no request' 0 out '' prefetch --requests
	leave_request 0000000000000001 "$m" young 1
	leave_request 0000000000000002 "$W/ext4.disk/cache" old 100
	echo garbage >/run/nimgate/requests/0000000000000003
	expect 'status knows them' 0 out 'pending: young: 0.0 GB, since ' status
	expect 'requests' 0 out 'young: 4 files, 3075000 bytes: 3 hashed, 1 remembered already, 0 not remembered' prefetch --requests
	[[ $out == 'old: '*$'\nyoung: '* ]] && ok 'oldest first' || not_ok 'oldest first' "$out"
	[ -z "$(ls /run/nimgate/requests)" ] && ok 'all are removed' || not_ok 'all are removed' "$(ls /run/nimgate/requests)"
	leave_request 0000000000000001 "$m" gone 1
	leave_request 0000000000000002 "$W/ext4.disk/other" there 0
	mv "$m" "$m.old"
	mkdir "$m"
	expect 'another directory by now' 1 err 'gone: ' prefetch --requests
	[[ $out == 'there: '* ]] && ok 'does not keep the others' || not_ok 'does not keep the others' "$out"
	[ -z "$(ls /run/nimgate/requests)" ] && ok 'is removed' || not_ok 'is removed' "$(ls /run/nimgate/requests)"
	rmdir "$m"
	mv "$m.old" "$m"
	chmod 777 /run/nimgate/requests
	expect 'a folder of others' 2 err 'requests' prefetch --requests
	rmdir /run/nimgate/requests
}

# A terminal's signal goes to the contained children, too.
check_interrupt()
{
	local pid said

	"$N" receipt forget --all >/dev/null
	setsid "$N" prefetch ext4.disk/large --threads 1 >interrupt.out 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		sleep 0.05
		[ "$(receipts)" -gt 0 ] && break
	done
	kill -INT -- -$pid
	wait $pid
	status=$?
	said=$(<interrupt.out)
	[[ $status == 130 && $said == *' hashed, 0 remembered already'* && $said != *'hasher'* ]] && ok 'interrupted' || not_ok 'interrupted' "$status $said"
	[ "$(receipts)" -gt 0 ] && ok 'and yet remembered' || not_ok 'and yet remembered' "$said"
}

# What was finished stays, whatever ends the rest; and two do not do the same work.
check_stop()
{
	local pid count far

	"$N" receipt forget --all >/dev/null
	leave_request 0000000000000001 "$W/ext4.disk/large" large 0
	"$N" prefetch --requests --threads 1 >/dev/null 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		sleep 0.05
		[ "$(receipts)" -gt 0 ] && break
	done
	expect 'status while it runs' 0 out 'running: large: ' status
	for ((i = 0; i < 20; i++)); do
		far=$("$N" status --output json | jq '.running[0] | .bytes > 0 and .bytes_total == 136 * 40 * 1048576')
		[ "$far" = true ] && break
		sleep 0.05
	done
	[ "$far" = true ] && ok 'how far it is' || not_ok 'how far it is' "$("$N" status --output json)"
	kill -TERM $pid
	wait $pid
	status=$?
	count=$(receipts)
	[ $status = 143 ] && ok 'ends by the signal' || not_ok 'ends by the signal' "$status"
	[ "$count" -gt 0 ] && [ "$count" -lt 16 ] && ok 'what was finished is remembered' || not_ok 'what was finished is remembered' "$count"
	[ -e /run/nimgate/requests/0000000000000001 ] && ok 'the request stays' || not_ok 'the request stays' 'it is gone'
	"$N" prefetch --requests >first.out 2>&1 &
	pid=$!
	sleep 0.2
	expect 'a second one waits' 0 out '16 files, 5704253440 bytes: 0 hashed, 16 remembered already' prefetch ext4.disk/large
	wait $pid
	[[ $(<first.out) == "large: 16 files, 5704253440 bytes: $((16 - count)) hashed, $count remembered already"* ]] &&
		ok 'the first goes on where it was' || not_ok 'the first goes on where it was' "$(<first.out)"
}

check_words()
{
	expect 'nothing to do' 2 err 'REF, DIR or --requests is missing' prefetch
	expect 'both' 2 err '--requests stands alone' prefetch --requests ext4.disk
	expect 'no cache' 2 err '--cache DIR is missing' prefetch nim/meta/llama:1.0
	expect 'no such directory' 2 err "'./nowhere'" prefetch ./nowhere
	expect 'bad hash' 2 err "--hash 'md5'" prefetch ext4.disk --hash md5
	expect 'bad threads' 2 err "--threads '0'" prefetch ext4.disk --threads 0
	expect 'a journal that cannot be' 2 err 'receipts' prefetch ext4.disk/model --receipts /dev/null
	expect 'quiet' 0 out '' prefetch ext4.disk/model --quiet --idle
	[ -z "$out$err" ] && ok 'says nothing' || not_ok 'says nothing' "$out$err"
	expect 'help' 0 out '--requests' prefetch --help
}

make_all
for type in "${types[@]}"; do
	check_disk "$type"
done
for type in "${types[@]}"; do
	check_touched "$type"
done
for type in "${types[@]}"; do
	check_reads "$type"
done
check_left_out
check_cache
check_signed
check_requests
check_interrupt
check_stop
check_words
end
