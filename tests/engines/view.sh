#!/bin/bash
# The verified view on real container runtimes, looked at and attacked from inside.
#
#   tests/engines/view.sh [CASE...]
#
# RUNTIMES="runc crun" chooses the runtimes. STORM_SECONDS (10) is how long starts go on under a storm of renames and links; it
# must have made STORM_SWAPS (100000) by then.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/starts_prepare.sh"

STORM_SECONDS=${STORM_SECONDS:-10}
STORM_SWAPS=${STORM_SWAPS:-100000}

# An image whose process looks and attacks, with the sums of all signed files.
view_build()
{
	local applet

	image_nim nim
	for applet in mv rm cp touch mkdir ln chmod mount umount unshare find sed sha256sum sleep seq dd; do
		ln -sf busybox "$W/images/nim/bin/$applet"
	done
	cp "$HERE/view_inside.sh" "$W/images/nim/bin/inside"
	ln -s busybox "$W/images/nim/bin/test"
	cp "$W/exchange" "$W/images/nim/bin/exchange"
	mkdir -p "$W/images/nim"/{expected,rw,model-store}
	for version in $HF $ENGINE; do
		(cd "$W/versions/llama-demo_v$version" && find . -type f -printf '%P\n' | xargs sha256sum) |
			sed "s,  ,  $version/,"
	done >"$W/images/nim/expected/sums"
	SIGNED=$(wc -l <"$W/images/nim/expected/sums")
}

# task NAME: what the process does; the root is writable, so that only the view stands in its way.
task()
{
	COMMAND=(/bin/inside)
	ENVIRONMENT+=("TASK=$1" "VERSION=$HF")
	EDIT='.root.readonly = false'
	chmod 777 "$W/out"
}

decision()
{
	tail -n 1 "$W/decisions.jsonl" | jq -r ".$1"
}

# expect NAME LINE: the process printed that line.
expect()
{
	if grep -qxF -- "$2" <<<"$OUTPUT"; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$(grep -- "^${2% *} " <<<"$OUTPUT")'"
	fi
}

expect_view()
{
	judge "$1" admitted
	expect "$1/before" "before same"
	expect "$1/after" "after same"
	if [ "$(decision protection)" = "${2:-view}" ]; then
		ok "$1/protection"
	else
		not_ok "$1/protection" "wanted ${2:-view}, the decision says $(decision protection): $(decision notes)"
	fi
}

hide_things()
{
	local name

	for name in evil.py runtime_config.json triton/kernel.so ngc/hub/other ngc/hub/tmp/part local_cache/local_manifest.yaml; do
		mkdir -p "$(dirname "$W/cache/$name")"
		echo evil >"$W/cache/$name"
	done
	# A ref that names another version.
	echo "$ENGINE" >"$W/cache/ngc/hub/$FOLDER/refs/$HF"
}

# judge_look NAME: hidden, complete, nothing else, writable where it should be, and bounded.
judge_look()
{
	local name found

	for name in evil.py runtime_config.json triton/kernel.so ngc/hub/other ngc/hub/models--nim--meta--llama-demo/blobs; do
		expect "$1/hidden-$name" "there-$name refused"
	done
	for name in ngc/hub/.locks ngc/hub/tmp local_cache huggingface tmp; do
		expect "$1/writable-$name" "write-$name done"
	done
	expect "$1/bounded" "bounded-size refused"
	# Signed files, and a ref for each version.
	found=$(grep -c '^found ' <<<"$OUTPUT")
	if [ "$found" = $((SIGNED + 2)) ]; then
		ok "$1/nothing-else"
	else
		not_ok "$1/nothing-else" "$found files, wanted $((SIGNED + 2))"
	fi
}

case_look()
{
	hide_things
	MOUNTS=("$W/cache:/opt/nim/.cache:rw")
	task look
	start "$1"
	expect_view "$1/look"
	judge_look "$1/look"
}

# Arbitrary users are normal for a NIM.
case_user()
{
	hide_things
	task look
	EDIT="$EDIT"' | .process.user = {uid: 4321, gid: 4321}'
	start "$1"
	expect_view "$1/user"
	judge_look "$1/user"
}

case_userns()
{
	hide_things
	task look
	EDIT="$EDIT"' | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	start "$1"
	expect_view "$1/userns"
	judge_look "$1/userns"
}

# Without capabilities over mounts, root or not, nothing of it can be changed.
case_attack()
{
	local line count=0

	MOUNTS=("$W/cache:/opt/nim/.cache:rw")
	task attack
	start "$1"
	expect_view "$1/attack"
	expect "$1/attack/exchange" "exchange works"
	while IFS= read -r line; do
		count=$((count + 1))
		expect "$1/attack/${line% *}" "${line% *} refused"
	done < <(grep -E '^[a-z0-9.-]+ (done|refused)$' <<<"$OUTPUT")
	[ "$count" -ge 61 ] || not_ok "$1/attack/all" "only $count attacks were made"
	if [ -z "$(find "$W/cache" -newer "$W/bundle/config.json" -type f)" ]; then
		ok "$1/attack/host-untouched"
	else
		not_ok "$1/attack/host-untouched" "the cache on the host changed"
	fi
}

# A version that was not there cannot come to where NIM looks for it; to other places of the container it can (docs/policy.md).
case_download()
{
	local name

	MOUNTS=("$W/cache:/opt/nim/.cache:rw")
	task download
	start "$1"
	expect_view "$1/download"
	for name in new-model new-folder new-version new-file new-blob link new-ref; do
		expect "$1/download/$name" "download-$name refused"
	done
	for name in workspace tmp huggingface local; do
		expect "$1/download/to-$name" "download-to-$name done"
	done
}

# The view begins at the cache root: what is above it is held by the container's root file system alone (docs/policy.md).
case_above()
{
	task above
	start "$1"
	expect_view "$1/above"
	expect "$1/above/writable-root" "rename-above done"
	EDIT=.
	start "$1"
	expect_view "$1/above-readonly"
	expect "$1/above/readonly-root" "rename-above refused"
	EDIT='.root.readonly = false | .process.user = {uid: 4321, gid: 4321}'
	start "$1"
	expect_view "$1/above-user"
	expect "$1/above/user" "rename-above refused"
}

case_other_mount()
{
	MOUNTS=("$W/cache:/opt/nim/.cache:rw" "$W/cache:/rw:rw")
	task other-mount
	start "$1"
	expect_view "$1/other-mount"
	# It was a real attack: the next start finds what it left.
	start "$1"
	judge "$1/other-mount-seen" refused not-cached
}

# A model store, read from its own place.
case_store()
{
	store /model-store
	rm -r "$W/cache" && mkdir "$W/cache"
	MOUNTS=("$W/cache:/opt/nim/.cache:ro" "$W/store:/model-store:rw")
	ENVIRONMENT+=(NIM_MODEL_NAME=/model-store)
	COMMAND=(/bin/sh -c 'echo ran >/out/ran; echo RAN; cd /model-store; sha256sum $(find . -type f) | sort; touch x; mv trtllm_engine y; echo evil >>LICENSE; ls /model-store')
	EDIT='.root.readonly = false'
	start "$1"
	judge "$1/store" admitted
	if [ "$(grep -c '^[0-9a-f]\{64\} ' <<<"$OUTPUT")" = "$(find "$W/store" -type f | wc -l)" ] &&
		diff <(grep '^[0-9a-f]\{64\} ' <<<"$OUTPUT") <(cd "$W/store" && find . -type f -print0 | xargs -0 sha256sum | sort) &&
		[ "$(decision protection)" = view ] && grep -qx trtllm_engine <<<"$OUTPUT"; then
		ok "$1/store/bytes"
	else
		not_ok "$1/store/bytes" "not the store's files, or $(decision protection) $(decision notes)"
	fi
	rm -r "$W/store"
}

# host_mounts RUNTIME NAME [PID]: while the container runs, and after it, the host's mounts are as they were before.
host_mounts()
{
	local host=${3:-self} before during after watch

	rm -f "$W/out/up" "$W/out/go"
	before=$(sort "/proc/$host/mountinfo")
	(
		for ((i = 0; i < 200; i++)); do
			[ ! -e "$W/out/up" ] || break
			sleep 0.05
		done
		sort "/proc/$host/mountinfo" >"$W/during"
		touch "$W/out/go"
	) &
	watch=$!
	start "$1"
	wait "$watch"
	during=$(cat "$W/during")
	after=$(sort "/proc/$host/mountinfo")
	if [ "$before" = "$during" ] && [ "$before" = "$after" ] && [ -e "$W/out/up" ]; then
		ok "$2/host-mounts"
	else
		not_ok "$2/host-mounts" "changed: $(diff <(echo "$before") <(echo "$during"))"
	fi
}

case_rshared()
{
	mount --bind "$W/cache" "$W/cache" && mount --make-rshared "$W/cache"
	task wait
	EDIT="$EDIT"' | (.mounts[] | select(.destination == "/opt/nim/.cache").options) = ["rbind", "rw", "rshared"]'
	host_mounts "$1" "$1/rshared"
	expect_view "$1/rshared"
	umount "$W/cache"
}

# A host whose mounts are all shared, as systemd has them, and a container that shares them back: its view would appear there.
case_shared_host()
{
	local host

	unshare --mount --propagation shared sleep 600 &
	host=$!
	PIDS+=("$host")
	until [ "$(readlink "/proc/$host/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; do
		sleep 0.01
	done
	WITHIN=(nsenter --mount --target "$host")
	task wait
	host_mounts "$1" "$1/shared-host" "$host"
	expect_view "$1/shared-host"
	EDIT="$EDIT"' | .linux.rootfsPropagation = "shared"'
	host_mounts "$1" "$1/shared-container" "$host"
	if [ "$1" = runc ]; then
		expect_view "$1/shared-container" none
	else
		judge "$1/shared-container" admitted # cgrun.sh may have made its mounts private
	fi
	kill "$host"
}

case_readonly()
{
	echo "protect_with: readonly" >>"$POLICY"
	MOUNTS=("$W/cache:/opt/nim/.cache:rw")
	task attack
	start "$1"
	expect_view "$1/readonly" readonly
	for name in rename-snapshot unlink-file write-file new-file umount-cache remount-cache; do
		expect "$1/readonly/$name" "$name refused"
	done
}

# No hook without CAP_SYS_ADMIN has a view, and the decision says so.
case_no_capability()
{
	task look
	HOOK_ENTRY=(/bin/sh sh -c "exec setpriv --bounding-set -sys_admin --inh-caps -all $HOOK --policy $POLICY createRuntime")
	start "$1"
	expect_view "$1/no-capability" none
	echo "protection: view" >>"$POLICY"
	start "$1"
	judge "$1/no-capability-least" refused policy "asks for the protection view, and the container gets none .*capability"
}

# storm_begin: what storm.c wants to find, and its two processes.
storm_begin()
{
	local folder=$W/cache/ngc/hub/$FOLDER blob

	blob=$(basename "$(blob_of config.json)")
	echo '{"architectures": ["EvilForCausalLM"]}' >"$folder/blobs/$blob.evil"
	ln "$folder/blobs/$blob" "$folder/blobs/$blob.good"
	cp -a "$folder/snapshots/$HF" "$folder/snapshots/$HF.evil"
	ln -sf "../../blobs/$blob.evil" "$folder/snapshots/$HF.evil/config.json"
	echo 'import os' >"$folder/snapshots/$HF.evil/evil.py"
	"$W/storm" "$folder" "$HF" "$blob" config.json >"$W/swaps" &
	STORM=$!
	PIDS+=("$STORM")
}

# Starts under a storm: never one that is admitted and reads other bytes.
case_storm()
{
	local end=$((SECONDS + STORM_SECONDS)) admitted=0 refused=0 wrong=0 odd=0 swaps

	storm_begin
	task storm
	while [ $SECONDS -lt $end ]; do
		start "$1"
		if [ "$RAN" = no ]; then
			refused=$((refused + 1))
			[[ $REASON =~ ^(changed|busy|missing|extra|link|io)$ ]] || odd=$((odd + 1))
		elif [ "$(grep -cxE '(before|after) same' <<<"$OUTPUT")" = 2 ] && [ "$(decision protection)" = view ]; then
			admitted=$((admitted + 1))
		else
			wrong=$((wrong + 1))
			not_ok "$1/storm-start" "admitted, and other bytes or no view: $(decision protection) $(decision notes)"
		fi
	done
	kill -TERM "$STORM"
	wait "$STORM" || not_ok "$1/storm-itself" "the storm ended early"
	swaps=$(cat "$W/swaps")
	if [ $wrong = 0 ] && [ $odd = 0 ] && [ $admitted -gt 0 ] && [ $refused -gt 0 ] && [ "${swaps:-0}" -ge "$STORM_SWAPS" ]; then
		ok "$1/storm ($swaps swaps, $admitted admitted, $refused refused)"
	else
		not_ok "$1/storm" "$swaps swaps, $admitted admitted, $refused refused, $odd for another reason, $wrong wrong"
	fi
}

wanted()
{
	[[ ${#only[@]} = 0 || " ${only[*]} " == *" $1 "* ]]
}

only=("$@")
need_root
need_programs runc crun busybox jq openssl setpriv "$HOOK" "$NIMGATE"
work_open
"${CC:-gcc}" -O2 -D_GNU_SOURCE -o "$W/storm" "$HERE/storm.c" || die "cannot build storm"
"${CC:-gcc}" -O2 -D_GNU_SOURCE -static -o "$W/exchange" "$HERE/exchange.c" || die "cannot build exchange"
fixture_build
view_build
fixture_save
for runtime in ${RUNTIMES:-runc crun}; do
	for name in look user userns attack download above other-mount store rshared shared-host readonly no-capability storm; do
		wanted "$name" || continue
		fixture_restore
		"case_${name//-/_}" "$runtime"
	done
done
[ "$failures" = 0 ]
