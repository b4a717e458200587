#!/bin/bash
# Somebody who owns the cache changes a model after its first start and hides it: the second start is never admitted with other bytes than
# those that were signed, as the container itself reads them. On ext4, XFS, Btrfs, tmpfs and an overlay; with receipts of the files that
# policy trusts by itself, and with those of all (but for what policy says then that nobody does).
#
#   tests/fault/attack.sh [FILE_SYSTEM...]
# shellcheck disable=SC2015,SC2119,SC2034 # the sourced files read these settings
. "$(dirname "$0")/lib.sh"

SHARDS=1 SHARD_BYTES=65536
OWNER=65533
SLOW_S=6
SLOW_ON="ext4 btrfs" # each takes SLOW_S
ATTACKS=(none write mapped mapped_sync renamed linked folder swapped pinned)

as_owner()
{
	setpriv --reuid $OWNER --regid $OWNER --clear-groups "$@"
}

# The container says what it reads.
program()
{
	cat >"$W/images/nim/opt/nim/start_server.sh" <<-END
		#!/bin/sh
		/bin/busybox sha256sum $INSIDE >/out/sum
		echo ran >/out/ran
		echo RAN
	END
}

# A file system of the kind at W/disk. Returns 1 where this kernel has none.
disk_of()
{
	mkdir -p "$W/disk"
	case $1 in
	tmpfs)
		mount -t tmpfs none "$W/disk"
		return
		;;
	overlay)
		mkdir -p "$W"/lower "$W"/upper/{up,work}
		mount -t tmpfs none "$W/upper" && mkdir "$W"/upper/{up,work}
		mount -t overlay -o "lowerdir=$W/lower,upperdir=$W/upper/up,workdir=$W/upper/work" none "$W/disk"
		return
		;;
	esac
	grep -qw "$1" /proc/filesystems || modprobe "$1" 2>/dev/null || return 1
	truncate -s 400M "$W/$1.image"
	case $1 in
	btrfs) mkfs.btrfs -q -f "$W/$1.image" >/dev/null 2>&1 ;;
	xfs) mkfs.xfs -q -f "$W/$1.image" ;;
	ext4) mkfs.ext4 -q -F -b 4096 "$W/$1.image" ;;
	esac && mount -o loop "$W/$1.image" "$W/disk"
}

disk_away()
{
	umount "$W/disk"
	[ "$1" != overlay ] || umount "$W/upper"
	rm -rf "$W/$1.image" "$W/lower" "$W/upper"
}

# What the attack does before the first start, and after it. FILE is the model's largest file, EVIL another one of its size.
before()
{
	case $1 in
	mapped*)
		coproc WRITER { as_owner "$FAULT_TOOLS/writer" "$FILE" map 2>&1; }
		read -r -t 10 _ <&"${WRITER[0]}"
		;;
	pinned)
		coproc WRITER { slowly as_owner "$FAULT_TOOLS/writer" "$FILE" pin "$SLOW" 2>&1; }
		SLOW_BEGAN=
		read -r -t 10 SLOW_BEGAN <&"${WRITER[0]}"
		sleep 3.1
		;;
	linked) as_owner ln "$FILE" "$FILE.link" ;;
	esac
}

# A device of which a page takes SLOW_S seconds to read for whoever runs below slowly(), as a container's --device-read-bps or a file system
# in user space make it: SLOW is its path.
slow_device()
{
	head -c 1M /dev/urandom >"$W/slow.image"
	SLOW=$(losetup -f --show "$W/slow.image") || die "cannot make a loop device"
	chmod 644 "$SLOW"
	SLOW_GROUP=/sys/fs/cgroup/blkio/nimgate-$$
	SLOW_LIMIT="$(stat -c '%Hr:%Lr' "$SLOW") $((4096 / SLOW_S))"
	if mkdir "$SLOW_GROUP" 2>/dev/null; then
		echo "$SLOW_LIMIT" >"$SLOW_GROUP/blkio.throttle.read_bps_device"
		return
	fi
	SLOW_GROUP=/sys/fs/cgroup/nimgate-$$
	echo +io >/sys/fs/cgroup/cgroup.subtree_control
	mkdir "$SLOW_GROUP" && echo "${SLOW_LIMIT/ / rbps=}" >"$SLOW_GROUP/io.max"
} 2>/dev/null

slow_away()
{
	[ -z "$SLOW" ] || losetup -d "$SLOW"
	[ ! -d "$SLOW_GROUP" ] || rmdir "$SLOW_GROUP"
}

slowly()
{
	echo "$BASHPID" >"$SLOW_GROUP/cgroup.procs" || return
	"$@"
}

order()
{
	echo "$1" >&"${WRITER[1]}"
	[ "$1" = end ] || read -r -t 10 _ <&"${WRITER[0]}"
}

after()
{
	as_owner touch -r "$FILE" "$FILE.times"
	case $1 in
	write) printf evil | as_owner dd of="$FILE" bs=1 seek=1 conv=notrunc status=none ;;
	mapped) order store ;;
	mapped_sync) order sync ;;
	renamed) as_owner mv "$EVIL" "$FILE" ;;
	linked) printf evil | as_owner dd of="$FILE.link" bs=1 seek=1 conv=notrunc status=none ;;
	folder)
		as_owner cp -a "${FILE%/*}" "${FILE%/*}.other"
		as_owner cp "$EVIL" "${FILE%/*}.other/${FILE##*/}"
		as_owner mv "${FILE%/*}" "${FILE%/*}.old"
		as_owner mv "${FILE%/*}.other" "${FILE%/*}"
		;;
	pinned)
		read -r -t $((2 * SLOW_S)) _ <&"${WRITER[0]}" || return
		wait "$WRITER_PID" 2>/dev/null
		[ "$SLOW_BEGAN" = ready ]
		return
		;;
	swapped)
		as_owner "$FAULT_TOOLS/writer" "$FILE" swap "$EVIL" 2>"$W/swap.out"
		return
		;;
	esac
	as_owner touch -r "$FILE.times" "$FILE"
}

# one_start COPY: OUTPUT and RAN as from start(); SUM is what the container read; EVIDENCE what the decision rests on.
one_start()
{
	MOUNTS=("$W/disk/$1:/opt/nim/.cache:ro")
	rm -f "$W/out/sum"
	start runc
	SUM=
	[ ! -e "$W/out/sum" ] || read -r SUM _ <"$W/out/sum"
	EVIDENCE=$(last .evidence)
}

# Neither start may run with anything but what was signed.
judge_sum()
{
	[ "$RAN" = no ] && [ -z "$SUM" ] && return
	[ "$SUM" = "$SIGNED" ] && return
	not_ok "$1" "the container read $SUM, signed is $SIGNED ($EVIDENCE)"
	return 1
}

# attack NAME COPY: the first start, the attack, and the second start, once while the attacker holds on and once when he let go.
attack()
{
	local name="attack: $FS, $FILES: $1" copy=$2 changed=yes first

	FILE=$(realpath "$W/disk/$copy/$SNAPSHOT/$HF/model-00001-of-00001.safetensors")
	EVIL=$W/disk/$copy/evil
	before "$1"
	one_start "$copy"
	judge_sum "$name: first start" || return
	first="$RAN ${REASON:-$EVIDENCE}"
	after "$1" || changed=no
	one_start "$copy"
	judge_sum "$name: second start" || return
	case $1 in
	mapped*)
		order end
		wait "$WRITER_PID" 2>/dev/null
		one_start "$copy"
		judge_sum "$name: once more" || return
		;;
	esac
	case $1:$changed in
	none:*) unchanged "$name" "$first" ;;
	*:no) ok "$name: not possible here" ;;
	*)
		[ "$RAN" = no ] && [ "$REASON" = changed ] && ok "$name (first start: $first)" ||
			not_ok "$name" "ran: $RAN, reason '$REASON'"
		;;
	esac
}

# Without an attack there are receipts where there should be, so that the others mean something.
unchanged()
{
	local wanted=hashed

	case $FS:$FILES in
	btrfs:any | ext4:any | xfs:any) wanted=receipt ;;
	esac
	[ "$RAN" = file ] && [ "$EVIDENCE" = $wanted ] && ok "$1: $wanted" || not_ok "$1" "ran: $RAN, evidence $EVIDENCE, wanted $wanted"
}

file_system()
{
	local i copy

	FS=$1
	if ! disk_of "$FS"; then
		echo "skip attack: $FS: this kernel or machine has none"
		return
	fi
	for FILES in guarded any; do
		for i in "${ATTACKS[@]}"; do
			copy=$W/disk/$FILES-$i
			cp -a "$W/cache" "$copy"
			head -c $SHARD_BYTES /dev/urandom >"$copy/evil"
			chown -R $OWNER:$OWNER "$copy"
		done
	done
	sync -f "$W/disk"
	sleep 3.1
	for FILES in guarded any; do
		sed "s|^receipts:.*|receipts: {files: $FILES, folder: $W/receipts}|" "$W/policy.yaml" >"$W/attack.yaml"
		POLICY=$W/attack.yaml
		for i in "${ATTACKS[@]}"; do
			[[ $i != pinned || " $SLOW_ON " == *" $FS "* ]] || continue
			[[ $FILES:$i == any:[sp][wi]* ]] || attack "$i" "$FILES-$i"
		done
	done
	disk_away "$FS"
}

attacks()
{
	local kind

	fault_open
	need_programs setpriv mkfs.ext4 mkfs.xfs mkfs.btrfs "$FAULT_TOOLS/writer"
	fixture_build
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	# A tool of our own that others can reach.
	cp -r "$FAULT_TOOLS" "$W/tools" && FAULT_TOOLS=$W/tools
	INSIDE=/opt/nim/.cache/$SNAPSHOT/$HF/model-00001-of-00001.safetensors
	program
	SIGNED=$(sha256sum "$W/cache/$SNAPSHOT/$HF/model-00001-of-00001.safetensors")
	SIGNED=${SIGNED%% *}
	slow_device || SLOW_ON=
	for kind; do
		file_system "$kind"
	done
	slow_away
}

need_root
if [ $# != 0 ]; then
	attacks "$@"
elif [ -z "${FAULT_PART:-}" ]; then
	part "ext4 tmpfs xfs"
	part "btrfs overlay"
	outcomes || failures=1
else
	# shellcheck disable=SC2086 # names
	attacks $FAULT_PART
fi
[ "$failures" = 0 ]
