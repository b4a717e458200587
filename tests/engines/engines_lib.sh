# What the cases of all engines share: daemons that come up and go down, starts and how they are judged, what a container sees of its
# cache, the canary. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # lib.sh reads the settings

CHANGED='nimgate: refused \(changed\): nim/meta/llama-demo:hf-8c22764-demo: .model-00003-of-00003\.safetensors.: '
ADMITTED='admitted: a NIM with a file that nobody signed ran; .*'

# up COMMAND...: waits until it succeeds.
up()
{
	local tries

	for ((tries = 0; tries < 300; tries++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	die "does not come up: $*: $(tail -n 5 "$W"/*.log)"
}

# down PID: ends a daemon of ours, and waits for it.
down()
{
	local tries

	kill "$1" 2>/dev/null
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# The cgroups in which these engines keep those of their containers, which none of them removes.
engine_cgroups()
{
	find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d \( -name docker -o -name libpod_parent -o -name k8s.io -o -name default \)
}

# What the folders hold in which engines keep things unless they are told otherwise, for the last case. /run is our own.
outside()
{
	find /etc /var/lib -xdev \( -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print 2>/dev/null | sort
	find /dev/shm /opt/containerd -name 'libpod*' -o -path '/opt/containerd*' 2>/dev/null
	engine_cgroups
}

# attempt COMMAND...: one start. Sets OUTPUT, STATUS and RAN.
attempt()
{
	rm -f "$W/out/ran"
	OUTPUT=$(timeout 100 "$@" </dev/null 2>&1)
	STATUS=$?
	RAN=no
	[ ! -e "$W/out/ran" ] || RAN=yes
}

# says NAME STATUS RAN PATTERN: what the user of the last start got; PATTERN must match one whole line.
says()
{
	if [ "$RAN" != "$3" ]; then
		not_ok "$1" "ran: $RAN, wanted $3"
	elif [ "$STATUS" != "$2" ]; then
		not_ok "$1" "wanted exit status $2, got $STATUS"
	elif ! grep -qxE -- "$4" <<<"$OUTPUT"; then
		not_ok "$1" "wanted a line '$4'"
	else
		ok "$1"
	fi
}

# equal NAME WANTED FOUND
equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$3'"
	fi
}

# What a container sees of its cache. Its mount is writable, so that nothing but the view stands in the way of what it tries.
look_build()
{
	local config=/opt/nim/.cache/$SNAPSHOT/$HF/config.json

	cat >"$W/images/nim/bin/look" <<-END
		#!/bin/sh
		echo ran >/out/ran
		if [ -e /opt/nim/.cache/evil.py ]; then evil=there; else evil=hidden; fi
		if (echo evil >>$config) 2>/dev/null; then config=written; else config=kept; fi
		echo "evil.py \$evil, config.json \$config: \$(cat $config)"
		read -r inside outside count </proc/self/uid_map
		echo "root is \$outside"
	END
	chmod 755 "$W/images/nim/bin/look"
}

look_prepare()
{
	CACHE_MODE=rw
	echo 'import os' >"$W/cache/evil.py"
	chmod 666 "$(blob_of config.json)"
}

# look_judge NAME [UID]: root in there is UID out here.
look_judge()
{
	grep -qxE -- "root is ${2:-0}" <<<"$OUTPUT" || not_ok "$1/mapped" "root is not ${2:-0} outside"
	says "$1" 0 yes 'evil\.py hidden, config\.json kept: \{"architectures": \["LlamaForCausalLM"\]\}'
	CACHE_MODE=ro
	rm "$W/cache/evil.py"
}

# canary NAME STATUS TEXT ENGINE [OPTION...]: what nimgate doctor finds by its canary, in both forms, and that it leaves nothing in the
# engine: images lists what is there.
canary()
{
	local name=$1 status=$2 text=$3 before state=ok

	shift 3
	[ "$status" = 0 ] || state=hole
	before=$(images)
	[ -n "$before" ] || die "the engine does not list its images"
	RAN=-
	OUTPUT=$(timeout 200 "$NIMGATE" doctor --canary "$@" 2>&1)
	STATUS=$?
	says "$name" "$status" - "$state +[a-z]+ +canary +$text"
	OUTPUT=$(timeout 200 "$NIMGATE" doctor --canary "$@" --output json 2>&1)
	STATUS=$?
	if [ "$STATUS" = "$status" ] && jq -e --arg state "$state" --argjson covered "$([ $state = ok ] && echo true || echo false)" \
		'.covered == $covered and [.findings[] | [.check, .state]] == [["canary", $state]]' <<<"$OUTPUT" >/dev/null; then
		ok "$name (json)"
	else
		not_ok "$name (json)" "wanted exit status $status, got $STATUS"
	fi
	nothing_left "$name" "$before"
}

nothing_left()
{
	OUTPUT=$(diff <(echo "$2") <(images))
	if [ -z "$OUTPUT" ]; then
		ok "$1: nothing left in the engine"
	else
		not_ok "$1: nothing left in the engine" "images or containers that were not there before"
	fi
}

damage()
{
	flip "$(blob_of model-00003-of-00003.safetensors)"
}

# The image for each engine: a root file system, and the same as an OCI archive, which podman makes.
images_build()
{
	local store=(podman --root "$W/store" --runroot "$W/store-run" --tmpdir "$W/store-tmp" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend file)

	tar -C "$W/images/nim" -cf "$W/nim.tar" .
	tar -C "$W/images/pause" -cf "$W/pause-root.tar" .
	podman_conf >"$W/store.conf"
	export CONTAINERS_CONF=$W/store.conf
	{
		"${store[@]}" import --change 'ENV PATH=/bin' "$W/nim.tar" "$IMAGE_NAME" &&
			"${store[@]}" save --format oci-archive -o "$W/oci.tar" "$IMAGE_NAME" &&
			"${store[@]}" import --change 'CMD ["/bin/busybox","sleep","600"]' "$W/pause-root.tar" "$PAUSE_NAME" &&
			"${store[@]}" save --format oci-archive -o "$W/pause.tar" "$PAUSE_NAME"
	} >"$W/podman.log" 2>&1 || die "podman cannot make the image: $(cat "$W/podman.log")"
}
