#!/bin/bash
# Lays out in ROOT what an administrator and a package put on a machine: programs, units, policy, anchor, signatures, a model in NIM's
# cache, and the oci_bundle of a NIM-shaped container that starts through the hook. Called by tests/vm/systemd.sh.
#
#   tests/vm/systemd_root.sh ROOT
# shellcheck disable=SC2034 # the fixture reads them
root=$(realpath "$1") || exit 1
SHARDS=4
SHARD_BYTES=${SHARD_BYTES:-$((80 << 20))}
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"

# As packages lay them.
install_programs()
{
	install -D "$HOOK" "$root/usr/libexec/oci/hooks.d/nimgate-hook"
	install -D "$NIMGATE" "$root/usr/bin/nimgate"
	install -D -m 644 -t "$root/usr/lib/systemd/system" "$REPOSITORY"/systemd/*.{path,service,timer}
	install -D -m 644 -t "$root/usr/lib/tmpfiles.d" "$REPOSITORY"/systemd/tmpfiles.d/*.conf
}

install_model()
{
	pki_build
	version_hf "$HF"
	cache_version "$HF"
	sign_version "$W/versions/llama-demo_v$HF" "$(signature_path "$HF")" || die "cannot sign $HF: $(cat "$W/sign.log")"
	image_nim nim
	install -D -m 644 "$W/pki/root.pem" "$root/etc/nimgate/trust/root.pem"
	mkdir -p "$root/var/lib/nimgate" "$root/srv/bundle" "$root/srv/out"
	cp -a "$W/signatures" "$root/var/lib/nimgate/signatures"
	cp -a "$W/cache" "$root/srv/cache"
	cp -a "$W/images/nim" "$root/srv/image"
}

# A deadline that the model does not fit into, on a processor that is emulated.
install_policy()
{
	cat >"$root/etc/nimgate/policy.yaml" <<-END
		mode: enforce
		trust:
		  method: certificate
		  anchors: [/etc/nimgate/trust/root.pem]
		signatures: [/var/lib/nimgate/signatures]
		log: /var/log/decisions.jsonl
		deadline: ${DEADLINE:-3s}
	END
}

install_container()
{
	settings_reset
	POLICY=/etc/nimgate/policy.yaml
	HOOK_ENTRY=(/usr/libexec/oci/hooks.d/nimgate-hook nimgate-hook createRuntime)
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_HF")
	configure
	jq --arg work "$W/" '.root.path = "/srv/image"
		| (.mounts[] | select(.source | tostring | startswith($work)) | .source) |= sub("^.*/"; "/srv/")' \
		"$W/bundle/config.json" >"$root/srv/bundle/config.json" || die "cannot write config.json"
}

need_programs runc busybox jq openssl "$HOOK" "$NIMGATE"
work_open
install_programs
install_model
install_policy
install_container
