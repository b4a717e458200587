#!/bin/bash
# docs/air-gap.md, line by line as it stands there: on one machine that reaches a server that plays NGC, and on one that has no network at all.
# Machines are mount namespaces with overlays of their own over /etc, /usr and /var; what is carried is one folder. Then a container is started
# there, past no part of the gate, and what a carrier could exchange is exchanged.
# shellcheck disable=SC2015,SC2016 # ok does not fail; the inner shells expand
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
need_root
need_programs runc busybox jq openssl unshare script sha256sum "$HOOK" "$NIMGATE"
work_open
disk_open
. "$REPOSITORY/tests/supply/server.bash"
PAGE=$REPOSITORY/docs/air-gap.md
RELEASE=$("$NIMGATE" --version | sed 's/.* //')
USED=0

leave()
{
	stop_server
	work_close
}
trap leave EXIT

# NUMBER: the commands of that section, a line each.
section()
{
	awk -v number="$1" '/^## / { inside = $2 == number "." } inside && /^    / { sub(/^    /, ""); sub(/  +#.*/, ""); print }' "$PAGE"
}

# MACHINE: what a package brings, on overlays that stay.
build_machine()
{
	local place
	for place in etc usr var srv; do
		mkdir -p "$W/$1/$place/upper" "$W/$1/$place/work"
	done
	mkdir -p "$W/$1/usr/upper/bin" "$W/$1/usr/upper/libexec/oci/hooks.d" "$W/$1/usr/upper/share/nimgate" \
		"$W/$1/etc/upper/nimgate/"{trust,policy.d} "$W/$1/var/upper/lib/nimgate/"{receipts,signatures}
	chmod 700 "$W/$1/var/upper/lib/nimgate/receipts"
	cp "$NIMGATE" "$W/$1/usr/upper/bin/nimgate"
	cp "$HOOK" "$W/$1/usr/upper/libexec/oci/hooks.d/nimgate-hook"
	cp "$REPOSITORY/config/vendor-policy.yaml" "$W/$1/usr/upper/share/nimgate/policy.yaml"
	cp "$REPOSITORY/config/first-policy.yaml" "$W/$1/etc/upper/nimgate/policy.yaml"
}

# MACHINE FOLDER [UNSHARE-OPTION...]: runs the script on standard input there, in FOLDER.
on_machine()
{
	local machine=$1 folder=$2

	shift 2
	unshare --mount --pid --fork --mount-proc --propagation private "$@" bash -c 'set -e
		for place in etc usr var srv; do
			mount -t overlay -o "lowerdir=/$place,upperdir=$1/$place/upper,workdir=$1/$place/work" none "/$place"
		done
		# /var on an overlay is no place for receipts.
		[ -d "$1/nimgate" ] || cp -a /var/lib/nimgate "$1/nimgate"
		mount --bind "$1/nimgate" /var/lib/nimgate
		mkdir -p "$1/nim" /srv/nim && mount --bind "$1/nim" /srv/nim
		mount -t tmpfs -o mode=755 none /run
		cd "$2"
		exec bash -s' bash "$W/$machine" "$folder"
}

# LINE: with what stands for something in its place; an empty word where the test does the same by other means.
filled()
{
	local line=$1

	line=${line//--image-root DIR/--image-root $W/images/nim}
	line=${line//nimgate_0.1.0_amd64.deb/nimgate_${RELEASE}_amd64.deb}
	line=${line//DIGEST/$CERTIFICATE}
	case $line in
	'nimgate trust fetch') line="printf 'yes\n' | script -qec 'nimgate trust fetch' /dev/null" ;;
	'apt install '*) line=true ;; # tests/packages/chroot.sh installs it, in a Debian of its own
	esac
	printf '%s\n' "$line"
}

# NUMBER MACHINE [UNSHARE-OPTION...]: every line of that section, each of which must succeed.
run_section()
{
	local number=$1 machine=$2 line count=0

	shift 2
	while IFS= read -r line; do
		count=$((count + 1))
		printf 'echo "== %s"; bash -o pipefail -c %q </dev/null 2>&1 | sed "s/^/    /"; echo "-- ${PIPESTATUS[0]}"\n' "$number.$count" "$(filled "$line")"
	done < <(section "$number") >"$W/script.$number"
	[ $count -gt 0 ] || { not_ok "section $number" 'has no commands'; return; }
	on_machine "$machine" "$W/carried" "$@" <"$W/script.$number" >"$W/said.$number" 2>&1
	OUTPUT=
	count=0
	while IFS= read -r line; do
		count=$((count + 1))
		USED=$((USED + 1))
		OUTPUT=$(sed -n "/^== $number.$count\$/,/^-- /p" "$W/said.$number")
		[ "$(tail -n 1 <<<"$OUTPUT")" = '-- 0' ] && ok "$number.$count: $line" || not_ok "$number.$count: $line" "$(tail -n 3 "$W/said.$number")"
	done < <(section "$number")
	OUTPUT=
}

# NAME WORDS NUMBER LINE: that line of a section printed WORDS.
printed()
{
	sed -n "/^== $3.$4\$/,/^-- /p" "$W/said.$3" | grep -qF -- "$2" && ok "$1" || not_ok "$1" "wanted '$2', got: $(sed -n "/^== $3.$4\$/,/^-- /p" "$W/said.$3")"
}

# NUMBER PATTERN: which line of that section it is.
line_of()
{
	section "$1" | grep -nE -- "$2" | head -n 1 | cut -d : -f 1
}

# NAME "admitted"|REASON: a container behind the gap; no word about a policy: the machine's own counts.
starts_there()
{
	local name=$1

	HOOK_ENTRY=(/usr/libexec/oci/hooks.d/nimgate-hook nimgate-hook createRuntime)
	MOUNTS=("$W/there_not/nim/cache:/opt/nim/.cache:ro")
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE" NIM_DISABLE_MODEL_DOWNLOAD=1)
	configure
	starts=$((starts + 1))
	rm -f "$W/out/ran"
	OUTPUT=$(printf 'timeout 100 runc --root /run/runc run --bundle %q nimgate-air-%s-%s </dev/null 2>&1\n' "$W/bundle" $$ "$starts" |
		on_machine there_not "$W/carried" --net 2>&1)
	REASON=$(sed -nE 's/.*nimgate: refused \(([a-z-]+)\).*/\1/p' <<<"$OUTPUT" | head -n 1)
	case $2 in
	admitted) [ -e "$W/out/ran" ] && [ -z "$REASON" ] && ok "$name" || not_ok "$name" "wanted admitted, got '$REASON'" ;;
	*) [ ! -e "$W/out/ran" ] && [ "$REASON" = "$2" ] && ok "$name" || not_ok "$name" "wanted refused ($2), got '$REASON'" ;;
	esac
	OUTPUT=
}

# What NGC has, of each version.
publish()
{
	local version

	for version in $HF $ENGINE; do
		cp "$(signature_path "$version")" "$S/bundle.llama-demo.$version"
	done
}

settings_reset
fixture_build
mkdir -p "$W/carried" "$S" "$W/there/nim" "$W/there_not"
make_server_pki
cp "$W/pki/root.pem" "$S/pem"
publish
start_server
write_config
build_machine there
build_machine there_not
cp "$CONFIG" "$W/there/etc/upper/nimgate/fetch.yaml"
cp -a "$W/cache" "$W/there/nim/cache"
CERTIFICATE=$(sha256sum "$W/pki/root.pem" | cut -c 1-64)
# The package is a file like any other here.
echo 'a package' >"$W/carried/nimgate_${RELEASE}_amd64.deb"
sleep 4 # files that were written just now are not remembered

run_section 1 there
printed 'the certificate was shown' 'CN=' 1 1
printed 'every version was fetched' '2 new' 1 "$(line_of 1 '^nimgate fetch')"
printed 'each signature leads to it' "$ORGANISATION:$HF" 1 "$(line_of 1 '^nimgate lock add')"
printed 'the models are as signed' 'would be admitted: yes' 1 "$(line_of 1 '^nimgate profile')"
printed 'its number is the digest' "$CERTIFICATE" 1 "$(section 1 | wc -l)"
stop_server
OUTPUT=$(echo "nimgate fetch --image-root $W/images/nim" | on_machine there_not "$W/carried" --net 2>&1)
[[ $OUTPUT == *'api.ngc.nvidia.com: '*'(network)'* ]] && ok 'behind the gap there is no network' || not_ok 'behind the gap there is no network' ''
# What a carrier added: a program that would run as root.
mkdir -p "$W/added/cache" && cp "$(command -v busybox)" "$W/added/cache/shell" && chmod 6755 "$W/added/cache/shell" &&
	tar -C "$W/added" -rf "$W/carried/cache.tar" cache/shell
run_section 2 there_not --net
added=$W/there_not/nim/cache/shell
[ -f "$added" ] && [ ! -u "$added" ] && [ ! -g "$added" ] && ok 'what a carrier added runs as nobody else' || not_ok 'what a carrier added runs as nobody else' "$(ls -l "$added")"
rm -f "$added"
printed 'the lock holds' "$HF: as locked" 2 "$(line_of 2 '^nimgate lock check')"
printed 'the models are as signed, there' 'would be admitted: yes' 2 "$(line_of 2 '^nimgate profile')"
printed 'they are remembered' ', 0 not remembered' 2 "$(line_of 2 '^nimgate prefetch')"
printed 'it is in force' 'covered' 2 "$(line_of 2 '^nimgate doctor')"
starts_there 'behind the gap: admitted' admitted

# What a carrier could do.
damaged=$(find "$W/there_not/nim/cache" -type f -size +50k | sort | head -n 1)
flip "$damaged"
starts_there 'behind the gap: one byte changed' changed
flip "$damaged"
OUTPUT=$(printf 'nimgate trust add %q --name other --sha256 %s\n' "$S/pki/ca.pem" "$CERTIFICATE" | on_machine there_not "$W/carried" --net 2>&1)
[[ $OUTPUT == *'which --sha256 does not name'* ]] && ok 'another certificate is not added' || not_ok 'another certificate is not added' ''

# An update: the same versions signed anew, and what a genuine signature alone does not get past.
start_server
write_config
cp "$CONFIG" "$W/there/etc/upper/nimgate/fetch.yaml"
sign_version "$W/versions/llama-demo_v$HF" "$(signature_path "$HF")" leaf --hash blake2b || die "cannot sign: $(cat "$W/sign.log")"
publish
echo "nimgate fetch --replace --image-root $W/images/nim && nimgate lock add --all --replace" | on_machine there "$W/carried" >"$W/log" 2>&1 ||
	not_ok 'the publisher signs anew' "$(tail -n 3 "$W/log")"
run_section 3 there
stop_server
echo 'rm -rf new && mkdir new && tar -C new -xf nimgate.tar && cp -r new/var/lib/nimgate/signatures/. /var/lib/nimgate/signatures/' |
	on_machine there_not "$W/carried" --net >"$W/log" 2>&1
starts_there 'a genuine signature that nobody locked' lock
run_section 4 there_not --net
starts_there 'after the update: admitted' admitted
[ "$USED" = "$(awk '/^## [0-9]/ { inside = 1 } /^## [^0-9]/ { inside = 0 } inside && /^    /' "$PAGE" | wc -l)" ] && [ "$USED" -gt 25 ] &&
	ok 'every command of the page was run' || not_ok 'every command of the page was run' "$USED were"
[ "$failures" = 0 ]
