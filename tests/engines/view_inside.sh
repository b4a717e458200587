#!/bin/sh
# Runs in the container, as its own process: looks at the view, then attacks it. Prints a line for each: "NAME WORD", where WORD
# is what came of it. The host judges.
cache=/opt/nim/.cache
folder=$cache/ngc/hub/models--nim--meta--llama-demo
snapshot=$folder/snapshots/$VERSION
file=$snapshot/config.json

# say NAME COMMAND...: done or refused.
say()
{
	name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "$name done"
	else
		echo "$name refused"
	fi
}

shell()
{
	sh -c "$1"
}

# Every signed file as the host listed it: SUM NAME, below the snapshots.
bytes()
{
	if (cd "$folder/snapshots" && sha256sum -c /expected/sums) >/dev/null 2>&1; then
		echo "$1 same"
	else
		echo "$1 other"
	fi
}

look()
{
	for name in evil.py runtime_config.json triton/kernel.so ngc/hub/other ngc/hub/models--nim--meta--llama-demo/blobs; do
		say "there-$name" test -e "$cache/$name"
	done
	find "$cache" -type f | sed "s,^,found ,"
	for name in ngc/hub/.locks ngc/hub/tmp local_cache huggingface tmp; do
		say "write-$name" shell "echo x >$cache/$name/lock && cat $cache/$name/lock"
	done
	say bounded-size dd if=/dev/zero of=$cache/ngc/hub/tmp/large bs=1M count=65
	rm -f $cache/ngc/hub/tmp/large
}

attack()
{
	echo evil >/tmp/evil
	say rename-file mv $file $snapshot/other
	say rename-snapshot mv "$snapshot" "$snapshot.old"
	say rename-folder mv "$folder" "$folder.old"
	say rename-snapshots mv $folder/snapshots $folder/other
	say rename-nested mv "$snapshot/original" "$snapshot/other"
	say rename-nested-file mv "$snapshot/original/params.json" "$snapshot/original/other"
	say rename-ref mv "$folder/refs/$VERSION" "$folder/refs/other"
	say rename-hub mv $cache/ngc/hub $cache/ngc/other
	say rename-ngc mv $cache/ngc $cache/other
	say rename-cache mv $cache /opt/nim/other
	say rename-writable mv $cache/ngc/hub/tmp $cache/ngc/hub/other
	say rename-across mv "$snapshot" $cache/ngc/hub/tmp/snapshot
	say rename-by-proc mv "/proc/self/root$snapshot" "/proc/self/root$snapshot.old"
	say rename-from-below shell "cd $snapshot/original && mv ../config.json ../other"
	# Both names in one step: each part of the path with something of the attacker's.
	mkdir -p $cache/ngc/hub/tmp/evil $cache/ngc/hub/tmp/other /tmp/evil.d
	! exchange $cache/ngc/hub/tmp/evil $cache/ngc/hub/tmp/other || echo "exchange works"
	for part in $file "$snapshot/original/params.json"; do
		say "exchange-${part##*/}" exchange $part $cache/ngc/hub/tmp/evil
		say "exchange-${part##*/}-inside" exchange $part "$snapshot/LICENSE"
		say "exchange-${part##*/}-outside" exchange $part /tmp/evil
	done
	for part in "$snapshot/original" "$snapshot" $folder/snapshots $folder $cache/ngc/hub $cache/ngc $cache; do
		say "exchange-${part##*/}" exchange "$part" $cache/ngc/hub/tmp/evil
		say "exchange-${part##*/}-outside" exchange "$part" /tmp/evil.d
	done
	say unlink-file rm -f $file
	say unlink-all rm -rf "$folder"
	say replace-file cp -f /tmp/evil $file
	say replace-by-rename mv -f /tmp/evil $file
	say new-file touch "$snapshot/evil.py"
	say new-directory mkdir "$folder/evil"
	say new-link ln -s /tmp/evil "$snapshot/evil.json"
	say write-file shell "echo evil >>$file"
	say truncate-file shell ": >$file"
	say change-mode chmod 777 $file
	say hard-link-outside ln $file /tmp/hard
	say hard-link-inside ln $file "$snapshot/hard"
	say hard-link-to-writable ln $file $cache/ngc/hub/tmp/hard
	say reopen-for-writing shell "exec 3<$file && echo evil >/proc/self/fd/3"
	say mount-over-snapshot mount -t tmpfs none "$snapshot"
	say mount-over-file mount --bind /tmp/evil $file
	say mount-over-cache mount --bind /tmp $cache
	say umount-cache umount -l $cache
	say umount-file umount -l $file
	say remount-cache mount -o remount,bind,rw $cache
	say remount-file mount -o remount,bind,rw $file
	say move-cache mount --move $cache /tmp
	# A namespace of its own gives it CAP_SYS_ADMIN there, over copies that are locked together.
	say userns-umount-cache unshare -U -r -m umount $cache
	say userns-umount-lazily unshare -U -r -m umount -l $cache
	say userns-umount-file unshare -U -r -m umount -l $file
	say userns-remount-cache unshare -U -r -m mount -o remount,bind,rw $cache
	say userns-remount-file unshare -U -r -m mount -o remount,bind,rw $file
}

# What a NIM does that downloads a version: it fills a temporary folder, then moves it to its place. And other places that it may
# have.
download()
{
	mkdir -p "$cache/ngc/hub/tmp/new/snapshots/v" && echo weights >"$cache/ngc/hub/tmp/new/snapshots/v/model.safetensors"
	say download-new-model mv $cache/ngc/hub/tmp/new $cache/ngc/hub/models--nim--meta--new
	say download-new-folder mkdir $cache/ngc/hub/models--nim--meta--new
	say download-new-version mv $cache/ngc/hub/tmp/new/snapshots/v $folder/snapshots/v
	say download-new-file mv $cache/ngc/hub/tmp/new/snapshots/v/model.safetensors "$snapshot/model.safetensors"
	say download-new-blob shell "mkdir -p $folder/blobs && echo weights >$folder/blobs/1"
	say download-link ln -s $cache/ngc/hub/tmp/new $cache/ngc/hub/models--nim--meta--new
	say download-new-ref shell "echo v >$folder/refs/main"
	say download-to-workspace shell "mkdir -p /opt/nim/workspace && echo weights >/opt/nim/workspace/model.safetensors"
	say download-to-tmp shell "mkdir -p /tmp/a2x && echo weights >/tmp/a2x/model.safetensors"
	say download-to-huggingface shell "mkdir -p $cache/huggingface/hub && dd if=/dev/zero of=$cache/huggingface/hub/model.safetensors bs=1M count=32"
	say download-to-local shell "echo weights >$cache/local_cache/model.safetensors"
}

echo ran >/out/ran
echo RAN
bytes before
case $TASK in
look) look ;;
attack) attack ;;
download) download ;;
above)
	# The folders above the cache are the image's.
	say rename-above mv /opt/nim /opt/other
	[ ! -d /opt/other ] || mv /opt/other /opt/nim
	;;
other-mount)
	# The same cache, writable: what happens to its names is not seen in the view.
	(cd /rw/ngc/hub/models--nim--meta--llama-demo && mv snapshots gone && mkdir -p "snapshots/$VERSION" &&
		echo evil >"snapshots/$VERSION/config.json" && for blob in blobs/*; do
		mv "$blob" "$blob.gone" && echo evil >"$blob"
	done)
	;;
wait)
	echo up >/out/up
	for i in $(seq 100); do
		[ ! -e /out/go ] || break
		sleep 0.1
	done
	;;
esac
bytes after
