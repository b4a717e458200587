#!/bin/bash
# nimgate-runtime in front of a real runc and a real crun: it adds the hook on create and run, passes everything else on, and says what it
# cannot do where engines look for it.
#
#   tests/engines/runtime.sh
#
# RUNTIMES="runc crun" chooses the runtimes.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
SHIM=${SHIM:-$REPOSITORY/build/bin/nimgate-runtime}

# The command line of RUNTIME with nimgate-runtime in front: what lib.sh starts.
runtime_command()
{
	engine=("$W/bin/nimgate-runtime" --nimgate-config "$W/$1.yaml" --root "$W/run-$1")
	[ "$1" != crun ] || engine=("$HERE/cgrun.sh" "${engine[@]}")
}

# The same without it.
plain_command()
{
	plain=("$1" --root "$W/run-$1")
	[ "$1" != crun ] || plain=("$HERE/cgrun.sh" "${plain[@]}")
}

settings_write()
{
	printf 'runtime: %s\nhook: %s\npolicy: %s\n' "$W/bin/$1" "$W/bin/nimgate-hook" "$W/policy.yaml" >"$W/$1.yaml"
}

# A start in its good state, whose config.json has no hook yet.
restore()
{
	fixture_restore
	chmod 755 "$W" "$W/bundle"
	STAGE=none
	settings_write "$runtime"
	cp "$HOOK" "$SHIM" "$W/bin/"
}

# What was decided: admitted, refused for its reason, or no business of ours.
run_decisions()
{
	restore
	start "$runtime"
	judge "$runtime/admitted" admitted
	restore
	flip "$(blob_of model-00003-of-00003.safetensors)"
	start "$runtime"
	judge "$runtime/flipped byte" refused changed model-00003-of-00003
	restore
	ENVIRONMENT+=(NIM_PEFT_SOURCE=/adapters)
	start "$runtime"
	judge "$runtime/setting" refused policy NIM_PEFT_SOURCE
	restore
	prepare_no_nim
	start "$runtime"
	judge "$runtime/no NIM" admitted
}

# The profile of the settings is pinned where the container pins none; the policy's rule judges what it pins.
run_profile()
{
	local environment

	for environment in "" "NIM_MODEL_PROFILE=$PROFILE_HF" "NIM_MANIFEST_PROFILE=$PROFILE_HF"; do
		restore
		printf 'rule: one\nprofile: %s\n' "$PROFILE_ENGINE" >>"$W/$runtime.yaml"
		printf 'rules:\n- {name: one, when: {hook_rule: one}, set: {profile: %s, unpinned: refuse}}\n' "$PROFILE_ENGINE" >>"$POLICY"
		ENVIRONMENT=()
		[ -z "$environment" ] || ENVIRONMENT=("$environment")
		start "$runtime"
		if [ -z "$environment" ]; then
			judge "$runtime/profile of the settings" admitted
			same "$runtime/profile in config.json" "PATH=/bin NIM_MODEL_PROFILE=$PROFILE_ENGINE" \
				"$(jq -r '.process.env | join(" ")' "$W/bundle/config.json")"
		else
			judge "$runtime/another profile by ${environment%%=*}" refused policy "wants profile $PROFILE_ENGINE here"
			same "$runtime/another profile by ${environment%%=*} stays" "PATH=/bin $environment" \
				"$(jq -r '.process.env | join(" ")' "$W/bundle/config.json")"
		fi
	done
	restore
	printf 'profile: %s\n' "$PROFILE_ENGINE" >>"$W/$runtime.yaml"
	prepare_no_nim
	start "$runtime"
	judge "$runtime/profile for what is no NIM" refused unclear
}

# After create, config.json is the old one with the hook in it: every other byte, mode and owner are as they were.
run_bytes()
{
	local hook before id=nimgate-bytes-$$

	restore
	configure
	jq -c 'del(.hooks)' "$W/bundle/config.json" >"$W/compact" && cp "$W/compact" "$W/bundle/config.json"
	chmod 640 "$W/bundle/config.json"
	chown 0:7 "$W/bundle/config.json"
	before=$(<"$W/bundle/config.json")
	hook=$(jq -nc --arg hook "$W/bin/nimgate-hook" --arg policy "$W/policy.yaml" '{path: $hook,
		args: ["nimgate-hook", "--policy", $policy, "createRuntime"], env: ["PATH=/usr/sbin:/usr/bin"], timeout: 110}')
	runtime_command "$runtime"
	"${engine[@]}" create --bundle "$W/bundle" "$id" </dev/null >"$W/console" 2>&1
	same "$runtime/config.json" "${before%\}},\"hooks\":{\"createRuntime\":[$hook]}}" "$(<"$W/bundle/config.json")"
	same "$runtime/mode and owner" "640 0 7" "$(stat -c '%a %u %g' "$W/bundle/config.json")"
	same "$runtime/nothing left behind" "config.json" "$(ls -A "$W/bundle")"
	"${engine[@]}" delete --force "$id"
	"${engine[@]}" create --bundle "$W/bundle" "$id" </dev/null >"$W/console" 2>&1
	same "$runtime/not added twice" 1 "$(jq '.hooks.createRuntime | length' "$W/bundle/config.json")"
	"${engine[@]}" delete --force "$id"
}

same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$3'"
	fi
}

# alike NAME WORD...: with and without nimgate-runtime the command says the same, with the same exit status.
alike()
{
	local name=$1 wanted got wanted_status strip

	shift
	wanted=$("${plain[@]}" "$@" 2>&1 </dev/null)
	wanted_status=$?
	got=$("${engine[@]}" "$@" 2>&1 </dev/null)
	STATUS=$?
	strip='s/time="[^"]*"//; s/^[0-9TZ:.-]*: //; s/"created": *"[^"]*"//; s/ago//; s/ [0-9]* \([0-9][0-9]:[0-9][0-9] \)/ \1/; /TIME/!s/[0-9]\{4\}-[^ ]*//g'
	same "$runtime/$name" "$wanted_status $(sed "$strip" <<<"$wanted")" "$STATUS $(sed "$strip" <<<"$got")"
}

# Every other command passes, on a container that lives.
run_commands()
{
	local id=nimgate-life-$$

	restore
	COMMAND=(/bin/sh -c 'echo up; read -r line </out/go; exit "$line"')
	configure
	rm -f "$W/out/go"
	mkfifo "$W/out/go"
	plain_command "$runtime"
	runtime_command "$runtime"
	alike "--version" --version
	alike "--help" --help
	alike "unknown command" no-such-command
	alike "state of nobody" state nobody
	alike "delete of nobody" delete nobody
	alike "start of nobody" start nobody
	[ "$runtime" != runc ] || alike features features
	"${engine[@]}" --log "$W/log" --log-format json create --bundle "$W/bundle" --pid-file "$W/pid" "$id" </dev/null >"$W/console" 2>&1
	same "$runtime/create" "0 created" "$? $("${engine[@]}" state "$id" | jq -r .status)"
	same "$runtime/pid file" "$("${plain[@]}" state "$id" | jq .pid)" "$(<"$W/pid")"
	"${engine[@]}" start "$id"
	same "$runtime/start" "0 running" "$? $("${engine[@]}" state "$id" | jq -r .status)"
	alike state state "$id"
	alike list list
	alike ps ps "$id"
	alike "exec, its exit status" exec "$id" /bin/sh -c 'echo inside; exit 7'
	same "$runtime/exec, status 7" 7 "$STATUS"
	"${engine[@]}" pause "$id"
	same "$runtime/pause" "0 paused" "$? $("${engine[@]}" state "$id" | jq -r .status)"
	"${engine[@]}" resume "$id"
	same "$runtime/resume" "0 running" "$? $("${engine[@]}" state "$id" | jq -r .status)"
	alike update update --pids-limit 100 "$id"
	"${engine[@]}" kill "$id" KILL
	same "$runtime/kill" 0 $?
	"${engine[@]}" delete --force "$id"
	same "$runtime/delete" 0 $?
	COMMAND=(/bin/sh -c 'read -r line; exit "$line"')
	configure
	(cd "$W/bundle" && "${engine[@]}" run "$id" <<<23)
	same "$runtime/run, standard input and exit status, bundle in the working directory" 23 $?
	(mkdir "$W/spec" && cd "$W/spec" && "${engine[@]}" spec && jq -e .process.args config.json >/dev/null)
	same "$runtime/spec" 0 $?
	rm -r "$W/spec"
	"${engine[@]}" delete --force "$id" 2>/dev/null
}

# refuses NAME TEXT WORD...: this start refuses with TEXT and the status REFUSED, on standard error and in both forms of the log, and nothing ran.
refuses()
{
	local name=$1 text=$2 form line wanted=${REFUSED:-12}

	shift 2
	runtime_command "$runtime"
	for form in json text; do
		rm -f "$W/log" "$W/out/ran"
		OUTPUT=$("${engine[@]}" --log "$W/log" --log-format "$form" "$@" "nimgate-refuses-$$" 2>&1 </dev/null)
		STATUS=$?
		line=$(<"$W/log")
		[ "$form" = text ] || line=$(jq -r 'select(.level == "error" and (.time | fromdate) > 0) | .msg' <<<"$line")
		if [ -e "$W/out/ran" ]; then
			not_ok "$runtime/$name ($form)" "the container ran"
		elif [ "$STATUS" != "$wanted" ]; then
			not_ok "$runtime/$name ($form)" "wanted status $wanted, got $STATUS"
		elif [ "$form" = json ] && [ "$line" != "$OUTPUT" ]; then
			not_ok "$runtime/$name ($form)" "the log says '$line'"
		elif [ "$form" = text ] && ! grep -qE '^time="[0-9TZ:-]+" level=error msg="nimgate: refused \((config|usage|policy)\): ' <<<"$line"; then
			not_ok "$runtime/$name ($form)" "the log says '$line'"
		elif [[ $OUTPUT != "nimgate: refused ("*"): $text"* ]]; then
			not_ok "$runtime/$name ($form)" "wanted '$text'"
		elif [ -n "$(message_fault "$OUTPUT")" ]; then
			not_ok "$runtime/$name ($form)" "the message is unfit: $(message_fault "$OUTPUT")"
		else
			ok "$runtime/$name ($form)"
		fi
	done
}

# What it cannot vouch for does not start.
run_refusals()
{
	local bundle=$W/bundle/config.json start=(run --bundle "$W/bundle")

	restore
	configure
	jq -c '.Hooks = {}' "$bundle" >"$W/x" && cp "$W/x" "$bundle"
	refuses "a misspelling" "config.json: 'Hooks' is a misspelling of hooks" "${start[@]}"
	configure
	sed -i '1s/{/{"hooks": {}, /' "$bundle"
	refuses "hooks twice" "config.json: JSON near byte" "${start[@]}"
	configure
	truncate -s -20 "$bundle"
	refuses "a cut file" "config.json: not JSON" "${start[@]}"
	configure
	head -c 17M /dev/zero | tr '\0' ' ' >>"$bundle"
	refuses "a huge file" "config.json: larger than 16777216 bytes" "${start[@]}"
	configure
	mv "$bundle" "$W/elsewhere.json"
	ln -s "$W/elsewhere.json" "$bundle"
	refuses "a link" "'config.json': a symbolic link" "${start[@]}"
	rm "$bundle"
	refuses "no configuration" "'config.json' (does not exist)" "${start[@]}"
	mkfifo "$bundle"
	refuses "a FIFO" "'config.json': not a regular file" "${start[@]}"
	rm "$bundle"
	configure
	chmod 664 "$bundle"
	refuses "writable by others" "'config.json': mode 0664 lets others write it" "${start[@]}"
	chmod 644 "$bundle"
	chown 12345 "$bundle"
	refuses "of another user" "'config.json': belongs to user 12345" "${start[@]}"
	chown 0 "$bundle"
	chmod 777 "$W/bundle"
	refuses "a directory for all" "bundle: '$W/bundle': mode 0777" "${start[@]}"
	chmod 755 "$W/bundle"
	ln -sfn "$W/bundle" "$W/link"
	refuses "a link to the bundle" "bundle '$W/link'" run --bundle "$W/link"
	refuses "no bundle" "bundle '$W/nowhere' (does not exist)" run --bundle "$W/nowhere"
	refuses "the bundle twice" "the bundle is given twice" "${start[@]}" --bundle "$W"
	refuses "another configuration" "option '--config': the container" "${start[@]}" --config other.json
	refuses "an unknown option" "option '--new' of a start" "${start[@]}" --new
	refuses "an unknown option before the command" "option '--new' before the command" --new "${start[@]}"
	chmod 775 "$W/bin/nimgate-hook"
	refuses "a hook writable by others" "hook: '$W/bin/nimgate-hook': mode 0775" "${start[@]}"
	rm "$W/bin/nimgate-hook"
	refuses "no hook" "hook: '$W/bin/nimgate-hook' (does not exist)" "${start[@]}"
	restore
	chmod 666 "$W/$runtime.yaml"
	refuses "settings writable by others" "'$W/$runtime.yaml': mode 0666" "${start[@]}"
	chmod 644 "$W/$runtime.yaml"
	echo 'runtime: /nowhere/runc' >"$W/$runtime.yaml"
	refuses "no runtime" "runtime: '/nowhere' (does not exist)" "${start[@]}"
	echo "runtime: $W/bin/nimgate-runtime" >"$W/$runtime.yaml"
	refuses "itself" "runtime: '$W/bin/nimgate-runtime': is nimgate-runtime itself" "${start[@]}"
	echo "runtime: $W/policy.yaml" >"$W/$runtime.yaml"
	refuses "no program" "runtime: '$W/policy.yaml': not a program" "${start[@]}"
	rm "$W/$runtime.yaml"
	refuses "no settings" "'$W/$runtime.yaml' (does not exist)" "${start[@]}"
}

# A checkpoint's memory is not what was verified: only the administrator's word lets it back.
run_restore()
{
	local plain said id=nimgate-restored-$$ words=(restore --image-path "$W/images-of-nobody" --bundle "$W/bundle")

	restore
	configure
	REFUSED=16 refuses "restore" "restore brings back memory that nobody verified; the key 'restore' of '$W/$runtime.yaml' does not allow it" "${words[@]}"
	echo 'restore: refuse' >>"$W/$runtime.yaml"
	REFUSED=16 refuses "restore, as it is" "restore brings back memory" "${words[@]}"
	refuses "restore behind an unknown option" "option '--new' before the command" --new "${words[@]}"
	settings_write "$runtime"
	echo 'restore: allow' >>"$W/$runtime.yaml"
	plain_command "$runtime"
	said=$("${plain[@]}" "${words[@]}" "$id-plain" 2>&1 </dev/null)
	[ $? != 0 ] || die "$runtime restores what is not there"
	OUTPUT=$("${engine[@]}" "${words[@]}" "$id" 2>&1 </dev/null)
	same "$runtime/restore, allowed: the runtime's own words" "${said#time=*level=}" "${OUTPUT#time=*level=}"
	# crun leaves the cgroups of containers that did not come.
	rm -rf "$W/run-$runtime/$id" "$W/run-$runtime/$id-plain"
	find /sys/fs/cgroup -depth -path "*/$id*" -type d -exec rmdir {} +
}

# As nvidia-container-runtime works: it changes config.json, its own hook included, and then becomes the runtime that its configuration
# names. Its place is taken by a script that does the same.
run_behind_another()
{
	restore
	cat >"$W/bin/nvidia-like" <<-END
		#!/bin/sh
		jq -c '.process.env += ["NVIDIA_VISIBLE_DEVICES=void"] | .hooks.createRuntime = [{path: "/bin/sh",
			args: ["sh", "-c", "cat >/dev/null; echo other >>$W/order"]}]' $W/bundle/config.json >$W/x
		cp $W/x $W/bundle/config.json
		exec $W/bin/nimgate-runtime --nimgate-config $W/$runtime.yaml "\$@"
	END
	chmod 755 "$W/bin/nvidia-like"
	configure
	engine=("$W/bin/nvidia-like" --root "$W/run-$runtime")
	[ "$runtime" != crun ] || engine=("$HERE/cgrun.sh" "${engine[@]}")
	OUTPUT=$("${engine[@]}" run --bundle "$W/bundle" "nimgate-behind-$$" 2>&1 </dev/null)
	same "$runtime/behind another runtime: admitted" "0 RAN" "$? $OUTPUT"
	same "$runtime/behind another runtime: ours is the last" "$W/bin/nimgate-hook" \
		"$(jq -r '.hooks.createRuntime[-1].path' "$W/bundle/config.json")"
	flip "$(blob_of model-00001-of-00003.safetensors)"
	configure
	OUTPUT=$("${engine[@]}" run --bundle "$W/bundle" "nimgate-behind-$$" 2>&1 </dev/null)
	STATUS=$?
	HOOK_STATUS=$(sed -nE 's/.*(exit status|exit code:) ([0-9]+).*/\2/p' <<<"$OUTPUT" | head -n 1)
	same "$runtime/behind another runtime: refused" "yes 11" "$([ $STATUS != 0 ] && echo yes) $HOOK_STATUS"
	"${engine[@]}" delete --force "nimgate-behind-$$" 2>/dev/null
}

need_root
need_programs runc crun busybox jq openssl "$HOOK" "$NIMGATE" "$SHIM"
work_open
mkdir "$W/bin"
# Where only root can have put them: nimgate-runtime takes no other.
cp "$(command -v runc)" "$(command -v crun)" "$W/bin/"
fixture_build
fixture_save
for runtime in ${RUNTIMES:-runc crun}; do
	run_decisions
	run_profile
	run_bytes
	run_commands
	run_refusals
	run_restore
	run_behind_another
done
[ "$failures" = 0 ]
