#!/bin/bash
# The gate on real container runtimes: what is admitted, and what is refused for which reason.
#
#   tests/engines/gate.sh [CASE...]
#
# Each case starts from a good state (two signed versions for one pinned profile, policy trusts the signer), changes one thing in
# its prepare_CASE function, and starts a container. A case is judged by whether the container's process ran, by the hook's exit
# status as the runtime shows it, and by the hook's word for it. RUNTIMES="runc crun" chooses the runtimes.
# shellcheck disable=SC2034 # lib.sh reads the settings
. "$(dirname "$0")/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
. "$HERE/cases_model.sh"
. "$HERE/cases_place.sh"

# Case, verdict, reason, and a regular expression for the message where the words matter.
table()
{
	cat <<-'END'
		two-versions         admitted
		no-nim               admitted
		no-nim-no-policy     admitted
		prestart             admitted
		manifest-v1          admitted
		copies               admitted
		cache-elsewhere      admitted
		cli-layout           admitted
		subset-absent        admitted
		key-method           admitted
		shards               admitted
		nim-is-a-link        admitted
		mounted-good         admitted
		other-profile        admitted
		unpinned-verified    admitted
		signer-pinned        admitted
		mode-warn            admitted
		mode-off             admitted
		root-relative        admitted
		root-link            admitted
		mount-through-link   admitted
		mount-on-link        admitted
		hole-later-mount     admitted
		flipped-byte         refused changed     model-00003-of-00003
		flipped-engine       refused changed     rank0.engine
		flipped-nested       refused changed     original/params.json
		flipped-copy         refused changed     model-00001-of-00003
		longer               refused changed     config.json
		root-relative-changed refused changed    model-00003-of-00003
		root-link-changed    refused changed     model-00003-of-00003
		mount-through-link-changed refused changed model-00003-of-00003
		mount-on-link-changed refused changed    model-00003-of-00003
		mounted-file         refused link        onto another mount
		shards-changed       refused changed     model-00002-of-00003.*bytes 32768 to 49152
		shards-cut           refused changed     49152 bytes long, but 65536 are signed
		old-signature        refused changed
		missing-shard        refused missing     model-00002-of-00003
		missing-blob         refused missing     model-00002-of-00003
		not-cached           refused not-cached
		evil                 refused extra       evil.py
		evil-nested          refused extra       evil.py
		evil-engine          refused extra       evil.py
		evil-hidden          refused extra       .evil
		other-signature      refused extra
		link-absolute        refused link        config.json
		link-upward          refused link        config.json
		link-directory       refused link        config.json
		link-for-directory   refused missing     original
		link-chain           refused link        config.json
		link-other-model     refused link        config.json
		link-snapshot        refused link
		fifo                 refused special     config.json
		fifo-blob            refused special     config.json
		cut                  refused bundle
		empty                refused bundle
		no-signature         refused not-signed  h100x1-throughput-fp8-demo
		mounted-unsigned     refused not-signed  hf-unsigned-demo
		tampered             refused signature
		wrong-ca             refused untrusted
		key-other            refused signature
		signer-not-pinned    refused signer      wanted: subject
		unpinned             refused unpinned
		friendly-name        refused unpinned
		unknown-profile      refused profile
		manifest-broken      refused manifest
		no-manifest          refused unclear
		two-manifests        refused unclear
		variables-alone      refused unclear
		manifest-path        refused policy      NIM_MANIFEST_PATH
		peft                 refused policy      NIM_PEFT_SOURCE
		no-policy            refused config      policy.yaml
		policy-writable      refused config      policy.yaml
		policy-link          refused config      policy.yaml
		policy-key           refused config      line 3, column [0-9]+: .*modus
		policy-twice         refused config      mode
		no-anchor            refused config      root.pem
		create-container     refused unseen
		expired              refused expired
	END
}

run_table()
{
	local runtime=$1 name verdict reason text

	while read -r name verdict reason text; do
		wanted "$name" || continue
		fixture_restore
		"prepare_${name//-/_}"
		start "$runtime"
		case $name in
		mode-warn) judge_warn "$runtime/$name" ;;
		root-link*)
			[ "$runtime" = runc ] || judge "$runtime/$name" "$verdict" "$reason" "$text"
			[ "$runtime" = crun ] || judge_root_link "$runtime/$name"
			;;
		hole-later-mount) judge_later_mount "$runtime/$name" ;;
		*) judge "$runtime/$name" "$verdict" "$reason" "$text" ;;
		esac
	done < <(table)
}

wanted()
{
	[[ ${#only[@]} = 0 || " ${only[*]} " == *" $1 "* ]]
}

# A state that an engine could hand over, and a root that cannot be seen through it.
run_states()
{
	local vanished

	sleep 600 &
	PIDS+=($!)
	disown $!
	true &
	vanished=$!
	wait $vanished
	state_case own-namespace "${PIDS[-1]}"
	state_case pid-one 1
	state_case pid-zero 0
	state_case pid-vanished $vanished
}

state_case()
{
	local name=$1 pid=$2 status message

	wanted "state-$name" || return
	fixture_restore
	configure
	message=$(jq -nc --argjson pid "$pid" --arg bundle "$W/bundle" \
		'{ociVersion: "1.0.2", id: "state", status: "creating", pid: $pid, bundle: $bundle}' |
		"$HOOK" --policy "$POLICY" createRuntime 2>&1)
	status=$?
	OUTPUT=$message
	if [ $status != "$(status_of unseen)" ] || [[ $message != 'nimgate: refused (unseen): '* ]]; then
		not_ok "state/$name" "wanted refused (unseen), status $(status_of unseen); got status $status"
	else
		ok "state/$name"
	fi
}

only=("$@")
need_root
need_programs runc crun busybox jq openssl setpriv "$HOOK" "$NIMGATE"
work_open
fixture_build
cases_build
fixture_save
for runtime in ${RUNTIMES:-runc crun}; do
	run_table "$runtime"
done
run_states
# shellcheck disable=SC2086 # words
run_rootless ${RUNTIMES:-runc crun}
[ "$failures" = 0 ]
