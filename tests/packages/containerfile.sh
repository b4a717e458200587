#!/bin/bash
# The image of packaging/kubernetes is built as docs/kubernetes.md says, and has in it what node.sh needs: its programs run, and install a node.
#
#   tests/packages/containerfile.sh
#
# Needs root and this machine's mirror.
# shellcheck disable=SC2015 # ok does not fail
[ "$(id -u)" = 0 ] || { echo 'skip Containerfile: builds an image, which needs root'; exit 0; }
. "$(dirname "$0")/../cli/lib.bash"
IMAGE=$W/image NODE=$W/image/host

# NAME STATUS TEXT COMMAND...: in the image's root.
inside()
{
	local name=$1 wanted=$2 text=$3 said status

	shift 3
	said=$(chroot "$IMAGE" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin NIMGATE_RESTART=no "$@" 2>&1)
	status=$?
	[ $status = "$wanted" ] && [[ $said == *"$text"* ]] && ok "$name" || not_ok "$name" "wanted status $wanted and '$text', got $status: $said"
}

# What the image holds: its one layer.
unpack()
{
	mkdir "$W/archive" "$IMAGE"
	tar -C "$W/archive" -xf "$W/image.tar" && for layer in $(jq -r '.[0].Layers[]' "$W/archive/manifest.json"); do
		tar -C "$IMAGE" -xf "$W/archive/$layer" || return 1
	done
}

began=$SECONDS
if said=$("$REPOSITORY/tests/packages/image.sh" "$W/image.tar" 2>&1) && unpack; then
	ok "the image is built ($((SECONDS - began)) s)"
else
	not_ok 'the image is built' "$said"
	end
fi
[ "$(jq -c .config.Cmd "$W/archive/$(jq -r '.[0].Config' "$W/archive/manifest.json")")" = '["/usr/lib/nimgate/node.sh","install"]' ] &&
	ok 'installs, unless told otherwise' || not_ok 'installs, unless told otherwise' "$(cat "$W/archive/manifest.json")"
for program in bin/nimgate bin/nimgate-runtime libexec/oci/hooks.d/nimgate-hook; do
	cmp -s "$IMAGE/usr/$program" "$REPOSITORY/build/bin/${program##*/}" && ok "has $program" || not_ok "has $program" 'not the one of build/bin'
done
inside 'its command runs' 0 'nimgate 0.' nimgate --version
mkdir -p "$NODE/usr/bin" "$NODE/etc"
printf '#!/bin/sh\n' >"$NODE/usr/bin/crio" && chmod 755 "$NODE/usr/bin/crio"
inside 'node.sh installs' 0 'nimgate: installed' /usr/lib/nimgate/node.sh install
inside 'node.sh status' 2 'not covered' /usr/lib/nimgate/node.sh status
inside 'node.sh removes' 0 'nimgate: removed' /usr/lib/nimgate/node.sh remove
[ -z "$(find "$NODE" -type f ! -name crio)" ] && ok 'nothing is left' || not_ok 'nothing is left' "$(find "$NODE" -type f)"
end
