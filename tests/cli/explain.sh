#!/bin/bash
# nimgate explain and nimgate policy, on decisions of a real hook under a real runc.
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"

# shows NAME STATUS PATTERN...: the last command's STATUS, and lines that its OUTPUT must hold.
shows()
{
	local name=$1 wanted=$2 pattern
	shift 2
	if [ "$STATUS" != "$wanted" ]; then
		not_ok "$name" "wanted status $wanted, got $STATUS"
		return
	fi
	for pattern; do
		if ! grep -qE -- "$pattern" <<<"$OUTPUT"; then
			not_ok "$name" "wanted a line with '$pattern'"
			return
		fi
	done
	ok "$name"
}

run()
{
	OUTPUT=$("$NIMGATE" "$@" 2>&1)
	STATUS=$?
}

need_root
need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
fixture_build
fixture_save

# Reasons: each has a cause and a cure, and the page says the same.
while read -r reason; do
	run explain --reason "$reason"
	shows "explain reason $reason" 0 "^$reason: status [0-9]+, of the hook [0-9]+" '^cause: .' '^cure: .'
	while IFS= read -r line; do
		if ! grep -qF -- "${line#*: }" "$REPOSITORY/docs/reasons.md"; then
			not_ok "reasons page $reason" "docs/reasons.md lacks: ${line#*: }"
		fi
	done < <(grep -E '^(cause|cure): ' <<<"$OUTPUT")
	if grep -qF -- "## \`$reason\`" "$REPOSITORY/docs/reasons.md"; then
		ok "reasons page has $reason"
	else
		not_ok "reasons page has $reason" "docs/reasons.md has no section of it"
	fi
	# And a test provokes it: a start, a command, or a unit.
	constant=REASON_$(tr 'a-z-' 'A-Z_' <<<"$reason")
	if grep -rqE -e "refused[[:space:]]+$reason\\b" -e "\\b$constant\\b" "$REPOSITORY/tests/engines" "$REPOSITORY/tests/unit" \
			--exclude=test_reason.c; then
		ok "provoked: $reason"
	else
		not_ok "provoked: $reason" "no test expects it"
	fi
done < <(awk -F '|' '$2 ~ /`/ { gsub(/[ `]/, "", $2); print $2 }' "$STATUS_TABLE")
run explain --reason nonsense
shows "explain an unknown reason" 2 "'nonsense' is no reason"

# A decision, by the container's id and by its beginning.
fixture_restore
flip "$(blob_of model-00001-of-00003.safetensors)"
start runc
id=$(tail -n 1 "$W/decisions.jsonl" | jq -r .container)
run explain "$id" --log "$W/decisions.jsonl"
shows "explain a refusal" 0 '^verdict: refuse' '^reason: changed' '^finding: reason=changed .*model-00001' '^cure: .' \
	'^version: ref=nim/meta/llama-demo'
run explain "${id:0:12}" --policy "$POLICY"
shows "explain by a beginning and the policy's log" 0 '^verdict: refuse'
fixture_restore
start runc
run explain "$(tail -n 1 "$W/decisions.jsonl" | jq -r .container)" --policy "$POLICY"
shows "explain an admission" 0 '^verdict: admit' '^evidence: hashed' '^files: 1[0-9]' "^bundle: $W/bundle\$" '^milliseconds: [0-9]' \
	"^policy_sha256: $(sha256sum "$POLICY" | sha256sum | cut -d ' ' -f 1)\$"
run explain nobody-knows --policy "$POLICY"
shows "explain an unknown container" 2 "no decision about 'nobody-knows'"
printf '{"container":"half' >>"$W/decisions.jsonl"
run explain "$id" --policy "$POLICY"
shows "explain behind a cut line" 0 '^verdict: refuse'

# A bundle that does not run: the real hook in a namespace with its mounts.
fixture_restore
configure
mounts_before=$(wc -l </proc/self/mountinfo)
run explain "$W/bundle" --policy "$POLICY"
shows "explain a bundle" 0 '^would be admitted' 'nimgate: contents: '
flip "$(blob_of model-00001-of-00003.safetensors)"
run explain "$W/bundle" --policy "$POLICY"
shows "explain a bundle that would be refused" 11 '^would be refused' 'refused \(changed\)'
if [ "$(wc -l </proc/self/mountinfo)" = "$mounts_before" ]; then
	ok "explain leaves no mount"
else
	not_ok "explain leaves no mount" "the host's mounts have changed"
fi

# Where it would hash: on a machine made up of mounts over /proc and /sys, for the GPU that the bundle gets.
# explain_on MACHINE GPUS: MACHINE is a shell command.
explain_on()
{
	fixture_restore
	ENVIRONMENT+=("NVIDIA_VISIBLE_DEVICES=$2")
	configure
	OUTPUT=$(CPU=$cpu unshare --mount sh -e -c "$1; exec \"\$@\"" sh "$NIMGATE" explain "$W/bundle" --policy "$POLICY" 2>&1)
	STATUS=$?
}
cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
cpu=${cpus##*[,-]} # the last one
# shellcheck disable=SC2016 # the inner shell expands it
two_nodes='for folder in /proc/driver /sys/bus/pci /sys/devices/system/node; do mount -t tmpfs machine $folder; done
	gpus=/proc/driver/nvidia/gpus pci=/sys/bus/pci/devices nodes=/sys/devices/system/node
	mkdir -p $gpus/0000:07:00.0 $gpus/0000:87:00.0 $pci/0000:07:00.0 $pci/0000:87:00.0 $nodes/node0 $nodes/node1
	printf "Model: NVIDIA H100\nDevice Minor: 1\n" >$gpus/0000:07:00.0/information
	printf "Model: NVIDIA H200\nDevice Minor: 0\n" >$gpus/0000:87:00.0/information
	echo 0 >$pci/0000:07:00.0/numa_node; echo 1 >$pci/0000:87:00.0/numa_node
	echo 0-1 >$nodes/online; echo >$nodes/node0/cpulist; echo $CPU >$nodes/node1/cpulist'
explain_on "$two_nodes" 1
shows "explain, placement" 0 'nimgate: GPU 0000:87:00.0 \(NVIDIA H200\): node 1$' \
	"nimgate: placement: on nodes 1, CPUs $cpu, threads 1\$" "nimgate: hashing: CPUs $cpu, threads up to 1, beside [0-9]+ others" \
	'^would be admitted'
explain_on "$two_nodes" 2
shows "explain, placement of a GPU that is not there" 0 \
	"nimgate: placement: unknown, CPUs $cpus, threads [0-9]+: NVIDIA_VISIBLE_DEVICES: this host has no GPU with that index" \
	'^would be admitted'
explain_on "mount -t tmpfs machine /proc/driver" all
shows "explain, placement without a driver" 0 'nimgate: placement: unknown, .*driver is not loaded' '^would be admitted'
explain_on true void
shows "explain, placement without GPUs" 0 'nimgate: placement: anywhere, .*: the container gets no GPU' '^would be admitted'

# The policy's commands.
fixture_restore
run policy check "$POLICY"
shows "policy check" 0 '^policy ok'
printf 'exceptions:\n- {model: a/b:c, expires: "2020-01-01T00:00:00Z", why: x}\n' >>"$POLICY"
run policy check "$POLICY"
shows "policy check warns of an expired exception" 0 'exception for .a/b:c. has expired' '^policy ok'
fixture_restore
rm "$W/pki/root.pem.gone" 2>/dev/null
sed -i "s,$W/pki/root.pem,$W/pki/none.pem," "$POLICY"
run policy check "$POLICY"
shows "policy check warns of a missing anchor" 0 'none.pem.* .does not exist.'
fixture_restore
echo "modus: x" >>"$POLICY"
run policy check "$POLICY"
shows "policy check refuses" 2 "line 8, column 1: unknown key 'modus'"
fixture_restore
mkdir "$W/policy.d"
echo "coverage: exact" >"$W/policy.d/10-exact.yaml"
printf 'coverage: subset\nrules:\n- {name: lab, when: {hook_rule: lab}, set: {mode: warn}}\n' >"$W/policy.d/20-lab.yaml"
echo "coverage: nonsense" >"$W/policy.d/30-ignored.yaml.bak"
run policy show "$POLICY"
shows "policy show, drop-ins in order" 0 '^coverage: subset' '^mode: enforce'
run policy show --effective --rule lab "$POLICY"
shows "policy show, a rule" 0 '^mode: warn'
cp "$POLICY" "$W/saved.yaml"
printf '%s\n' "$OUTPUT" >"$W/shown.yaml"
run policy show "$W/shown.yaml"
if [ "$OUTPUT" = "$(cat "$W/shown.yaml")" ]; then
	ok "policy show parses back to the same"
else
	not_ok "policy show parses back to the same" "it differs"
fi
printf '%s\n' 'exceptions: [{model: a/b:c, expires: "2030-01-01T00:00:00Z", why: "é 😀 \\ \" x"}]' >"$W/policy.d/40-odd.yaml"
run policy show "$POLICY"
printf '%s\n' "$OUTPUT" >"$W/shown.yaml"
run policy show "$W/shown.yaml"
if [ "$STATUS" = 0 ] && [ "$OUTPUT" = "$(cat "$W/shown.yaml")" ] && grep -q 'why: ".*U0001f600' "$W/shown.yaml"; then
	ok "policy show, any character parses back"
else
	not_ok "policy show, any character parses back" "$STATUS: $OUTPUT"
fi
rm "$W/policy.d/40-odd.yaml"
cat >"$W/table.yaml" <<-'END'
	- {name: plain, expect: {mode: enforce, coverage: subset, unpinned: verify}}
	- {name: lab, hook_rule: lab, require: "exact,pinned", expect: {mode: warn, coverage: exact, unpinned: refuse, rule: lab}}
	- {name: loosen, require: "off", expect: {refused: policy}}
	- {name: unknown rule, hook_rule: other, expect: {refused: config}}
END
run policy test "$W/table.yaml" "$POLICY"
shows "policy test" 0 '^4 passed, 0 failed'
echo '- {name: wrong, expect: {mode: off}}' >>"$W/table.yaml"
run policy test "$W/table.yaml" "$POLICY"
shows "policy test fails" 1 "^not ok 'wrong'" '^4 passed, 1 failed'
echo '- {name: nothing, expect: {}}' >"$W/table.yaml"
run policy test "$W/table.yaml" "$POLICY"
shows "policy test refuses a case that expects nothing" 2 'line 1, column 3: a case needs'
echo '- {name: odd, expects: {}}' >"$W/table.yaml"
run policy test "$W/table.yaml" "$POLICY"
shows "policy test refuses a table" 2 'line 1, column'
rm -r "$W/policy.d"
mkdir "$W/example"
sed "s,/etc/nimgate/trust/nvidia.pem,$W/pki/root.pem,; s,/var/lib/nimgate/signatures,$W/signatures," \
	"$REPOSITORY/config/policy.yaml" >"$W/example/policy.yaml"
run policy check "$W/example/policy.yaml"
shows "policy check of the example" 0 '^policy ok'

# The schema for editors knows the same keys as the parser.
while read -r key; do
	fixture_restore
	printf '\n%s: 1\n' "$key" >"$W/example/key.yaml"
	run policy check "$W/example/key.yaml"
	if [ "$STATUS" = 2 ] && ! grep -q 'unknown key' <<<"$OUTPUT"; then
		ok "schema key $key"
	else
		not_ok "schema key $key" "the parser does not know it"
	fi
done < <(jq -r '.properties | keys[]' "$REPOSITORY/config/policy.schema.json" | grep -v '^rules$')
[ "$failures" = 0 ]
