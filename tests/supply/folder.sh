#!/bin/bash
# What nimgate fetch is asked for, how it reaches NGC, and what it does to the signature folder.
. "$(dirname "$0")/lib.bash"

POLICY=$W/policy.yaml
SIGNATURE=$F/test/t/good/1/result.sigstore

# write_policy ANCHOR [FOLDER]
write_policy()
{
	printf 'mode: enforce\ntrust:\n  method: certificate\n  anchors: [%s]\nsignatures: [%s]\n' "$1" "${2:-$F}" >"$POLICY"
}

fresh()
{
	rm -rf "${F:?}"
	mkdir "$F"
}

# by_policy NAME STATUS TEXT ARGUMENT...: as expect_fetch, into the folder of the policy.
by_policy()
{
	local name=$1 wanted=$2 text=$3

	shift 3
	run fetch --config "$CONFIG" --policy "$POLICY" "$@"
	if [ "$status" = "$wanted" ] && [[ "$out$err" == *"$text"* ]]; then
		ok "$name"
	else
		not_ok "$name" "wanted status $wanted and '$text', got $status: $out $err"
	fi
}

test_policy()
{
	write_policy "$W/pki/root.pem"
	by_policy "the policy's folder" 0 "test/t/good:1 (verified)" test/t/good:1
	run fetch --config "$CONFIG" --policy "$POLICY" test/t/good:1 --output json
	jq -e '.versions[0] | .verified and .outcome == "unchanged" and .reason == null' <<<"$out" >/dev/null && ok "verified, in JSON" ||
		not_ok "verified, in JSON" "$out"
	make_pki "$W/other" secp384r1
	write_policy "$W/other/root.pem"
	fresh
	by_policy "of somebody else: said" 4 "untrusted" test/t/good:1
	[ -f "$SIGNATURE" ] && ok "and left to the hook to refuse" || not_ok "and left to the hook to refuse" "no file"
	write_policy "$W/none.pem"
	fresh
	by_policy "without anchors yet" 0 "signatures are not verified: trust anchor '$W/none.pem' (does not exist): nimgate trust fetch" test/t/good:1
	write_policy "$W/pki/root.pem" "$W/nowhere"
	by_policy "a folder that is not there" 2 "signature folder: '$W/nowhere' (does not exist)" test/t/good:1
	expect "no policy and no folder" 2 err "policy" fetch --config "$CONFIG" --policy "$W/no.yaml" test/t/good:1
}

test_changed()
{
	fresh
	write_policy "$W/pki/root.pem"
	by_policy "before the change" 0 "1 new" test/t/good:1
	cp "$SIGNATURE" old
	run sign certificate model --private-key pki/leaf.key --signing-certificate pki/leaf.pem --certificate-chain pki/int.pem \
		--signature again.sig
	cp again.sig "$S/bundle.good"
	by_policy "changed: beside the old one" 1 "NGC has another signature now than the folder; it lies beside it as result.sigstore.next" \
		test/t/good:1
	cmp -s "$SIGNATURE" old && cmp -s "$SIGNATURE.next" again.sig && ok "the old one stays" || not_ok "the old one stays" "$(ls -l "$F/test/t/good/1")"
	by_policy "changed: replaced" 0 "1 replaced" test/t/good:1 --replace
	cmp -s "$SIGNATURE" again.sig && [ ! -e "$SIGNATURE.next" ] && ok "the new one took its place" ||
		not_ok "the new one took its place" "$(ls -l "$F/test/t/good/1")"
	run sign certificate model --private-key other/leaf.key --signing-certificate other/leaf.pem --certificate-chain other/int.pem \
		--signature stranger.sig
	cp stranger.sig "$S/bundle.good"
	by_policy "changed to one that does not verify" 4 "does not verify, so that it replaces nothing" test/t/good:1 --replace
	cmp -s "$SIGNATURE" again.sig && ok "it replaces nothing" || not_ok "it replaces nothing" ""
	by_policy "there is one: not asked" 0 "1 present" test/t/good:1 --missing
	rm "$S/bundle.good"
	echo '<html>' >"$S/bundle.good"
	by_policy "changed to no signature" 4 "what NGC gives as its signature" test/t/good:1 --replace
	cmp -s "$SIGNATURE" again.sig && ok "nor does that" || not_ok "nor does that" ""
	[ -e "$SIGNATURE.next" ] || not_ok "the stranger's is still beside it" ""
	cp again.sig "$S/bundle.good"
	by_policy "as it was" 0 "1 unchanged" test/t/good:1
	[ ! -e "$SIGNATURE.next" ] && ok "nothing is beside it any more" || not_ok "nothing is beside it any more" ""
	rm "$S/bundle.good"
}

# A manifest of two profiles, with a version in common.
write_manifest()
{
	cat >"$1" <<-'END'
		schema_version: '2.0'
		model: test/good
		release: '1'
		profiles:
		- id: 425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd
		  tags: {llm_engine: vllm}
		  workspace:
		    files:
		      a: {uri: 'ngc://test/t/good:a?file=a'}
		      b: {uri: 'ngc://test/t/good:b?file=b'}
		- id: 525dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd
		  tags: {llm_engine: tensorrt_llm}
		  workspace:
		    files:
		      b: {uri: 'ngc://test/t/good:b?file=b'}
		      c: {uri: 'ngc://test/good:c?file=c'}
	END
}

test_sources()
{
	local profile=525dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd
	local image=$W/image

	mkdir -p "$image/opt/nim/etc/default"
	write_manifest manifest.yaml
	write_manifest "$image/opt/nim/etc/default/model_manifest.yaml"
	fresh
	expect_fetch "a manifest" 0 "3 versions, 3 new" --manifest manifest.yaml
	fresh
	expect_fetch "a profile of it" 0 "2 versions, 2 new" --manifest manifest.yaml --profile "$profile"
	[ -f "$F/test/good/c/result.sigstore" ] && [ ! -e "$F/test/t/good/a" ] && ok "its versions" || not_ok "its versions" "$(find "$F")"
	expect_fetch "another profile" 6 "profile" --manifest manifest.yaml --profile "${profile//5/6}"
	fresh
	expect_fetch "an image" 0 "3 versions, 3 new" --image-root "$image"
	expect_fetch "an image, a reference and a manifest" 0 "4 versions, 1 new, 3 unchanged" --image-root "$image" --manifest manifest.yaml \
		test/t/good:d
	expect_fetch "no image" 6 "the image has no manifest at" --image-root "$W/pki"
	expect_fetch "no manifest" 2 "--manifest 'none.yaml' (does not exist)" --manifest none.yaml
	echo 'schema_version: 7' >bad.yaml
	expect_fetch "a manifest that nobody knows" 6 "'bad.yaml'" --manifest bad.yaml
	mkdir -p cache/ngc/hub/models--test--t--good/snapshots/{1,2} cache/ngc/hub/models--test--good/snapshots/3 cache/ngc/hub/tmp \
		'cache/ngc/hub/models--test--t--good/snapshots/a b' cache/ngc/hub/models--x/snapshots/1 cache/huggingface
	ln -s / cache/ngc/hub/models--test--t--good/snapshots/../../models--test--t--link
	fresh
	expect_fetch "a cache" 0 "3 versions, 3 new" --cache cache
	[[ $err == *"the cache has 3 names below ngc/hub that are no versions of NGC"* ]] && ok "what else it has" || not_ok "what else it has" "$err"
	expect_fetch "an empty cache" 0 "0 versions" --cache pki
	expect_fetch "no cache" 2 "--cache 'none' (does not exist)" --cache none
	expect_fetch "nothing" 2 "nothing is wanted"
	expect_fetch "a profile of nothing" 2 "--manifest or --image-root is missing" --profile "$profile" test/t/good:1
	expect_fetch "no version" 2 "has no version" test/t/good
	expect_fetch "a way out" 2 "expected org/[team/]model:version" test/../good:1
	expect_fetch "too many at a time" 2 "--jobs '33': expected a whole number from 1 to 32" --jobs 33 test/t/good:1
	expect_fetch "none at a time" 2 "--jobs '0'" --jobs 0 test/t/good:1
}

test_reach()
{
	fresh
	https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 SSLKEYLOGFILE=$W/keys CURL_CA_BUNDLE=/none \
		OPENSSL_CONF=/none SSL_CERT_FILE=/none expect_fetch "no proxy of the environment" 0 "1 new" test/t/good:1
	[ ! -e "$W/keys" ] && ok "no key log of the environment" || not_ok "no key log of the environment" ""
	forget_log
	expect_fetch "a proxy of the option" 0 "1 new" test/t/good:2 --proxy "http://127.0.0.1:$PLAIN"
	[ "$(asked '^plain CONNECT')" = 2 ] && ok "through it" || not_ok "through it" "$(<"$S/log")"
	expect_fetch "a proxy over TLS" 0 "1 new" test/t/good:4 --proxy "https://127.0.0.1:$STORE"
	expect_fetch "a proxy over TLS of another authority" 7 "its certificate is not one of this name, or not issued by" test/t/good:9 \
		--proxy "https://127.0.0.1:$STORE" --ca-file "$W/pki/root.pem"
	[ "$(asked '^store CONNECT')" = 2 ] && ok "through that" || not_ok "through that" "$(<"$S/log")"
	expect_fetch "a proxy that is not there" 7 "cannot be connected to" test/t/good:3 --proxy http://127.0.0.1:1
	expect_fetch "a proxy that refuses" 7 "other.example: the proxy does not lead there (HTTP status 403), also when asked again" test/t/good:3 \
		--proxy "http://127.0.0.1:$PLAIN" --base-url https://other.example
	expect_fetch "a proxy with a password" 2 "--proxy: expected http://HOST:PORT" test/t/good:3 --proxy http://a:b@127.0.0.1:1
	expect_fetch "NGC without TLS" 2 "--base-url: what it names is not https" test/t/good:3 --base-url "http://127.0.0.1:$PLAIN"
	expect_fetch "NGC of a file" 2 "is not https" test/t/good:3 --base-url file:///etc
	expect_fetch "NGC with a password" 2 "holds a user or a password" test/t/good:3 --base-url https://a:b@127.0.0.1
	expect_fetch "no NGC" 7 "127.0.0.1:1: cannot be connected to, also when asked again (network)" test/t/good:3 --base-url https://127.0.0.1:1
	[[ $out$err != *CURL* ]] || not_ok "words of our own" "$out"
	expect_fetch "a name that nobody has" 7 "nimgate.invalid: its name cannot be resolved" test/t/good:3 --base-url https://nimgate.invalid
	expect_fetch "another port speaks no TLS" 7 "no TLS connection" test/t/good:3 --base-url "https://127.0.0.1:$PLAIN"
	sed -i /ca_file/d "$CONFIG"
	expect_fetch "an authority that the system does not know" 7 "its certificate is not one of this name, or not issued by" test/t/good:3
	expect_fetch "an authority of the option" 0 "1 new" test/t/good:3 --ca-file "$S/pki/ca.pem"
	expect_fetch "another authority" 7 "its certificate is not one of this name, or not issued by" test/t/good:5 --ca-file "$W/pki/root.pem"
	expect_fetch "no authority" 2 "holds no certificate in PEM form" test/t/good:4 --ca-file "$CONFIG"
	write_config
	[ "$(asked '^plain GET')" = 0 ] && ok "nothing went without TLS" || not_ok "nothing went without TLS" "$(<"$S/log")"
}

# A server whose certificate is another host's.
test_name()
{
	stop_server
	make_server_pki DNS:other.example
	start_server
	write_config
	expect_fetch "a certificate of another name" 7 "its certificate is not one of this name" test/t/good:5
	stop_server
	make_server_pki
	start_server
	write_config
	expect_fetch "and the right one again" 0 "1 new" test/t/good:5
}

test_settings()
{
	write_config "colour: red"
	expect_fetch "an unknown key" 2 "unknown key 'colour'" test/t/good:1
	write_config "proxy: [1]"
	expect_fetch "a list for a text" 2 "expected a text" test/t/good:1
	write_config "jobs: 100"
	expect_fetch "many jobs" 2 "jobs: expected a whole number from 1 to 32" test/t/good:1
	write_config "key_file: key"
	expect_fetch "a relative path" 2 "must be an absolute path" test/t/good:1
	write_config "base_url: https://127.0.0.1"
	expect_fetch "a key twice" 2 "fetch.yaml" test/t/good:1
	write_config
	chmod 666 "$CONFIG"
	expect_fetch "settings that others can write" 2 "lets others write it" test/t/good:1
	chmod 644 "$CONFIG"
	expect "settings that are not there" 2 err "does not exist" fetch --config "$W/none.yaml" --signatures "$F" test/t/good:1
}

test_folder()
{
	fresh
	chmod 777 "$F"
	expect_fetch "a folder that others can write" 2 "lets others write it" test/t/good:1
	chmod 755 "$F"
	mkdir -p "$F/test/t" && chmod 777 "$F/test/t"
	expect_fetch "a folder in it that others can write" 2 "lets others write it" test/t/good:1
	fresh
	mkdir "$W/outside" && ln -s "$W/outside" "$F/test"
	expect_fetch "a link in it" 2 "a symbolic link" test/t/good:1
	[ -z "$(ls -A "$W/outside")" ] && ok "nothing behind the link" || not_ok "nothing behind the link" "$(find "$W/outside")"
	fresh
	mkdir -p "$F/test/t/good/1" && ln -s "$W/outside/x" "$SIGNATURE"
	expect_fetch "a link in its place" 2 "a symbolic link" test/t/good:1
	fresh
	mkdir -p "$SIGNATURE"
	expect_fetch "a directory in its place" 2 "not a regular file" test/t/good:1
	fresh
	: >"$F/test"
	expect_fetch "a file where a folder should be" 2 "is not a directory)" test/t/good:1
	fresh
	expect "a relative folder" 2 err "--signatures 'relative': must be an absolute path" fetch --config "$CONFIG" --signatures relative test/t/good:1
	if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=8k,mode=755 tmpfs "$F" 2>/dev/null; then
		expect_fetch "no space" 7 "its signature cannot be written (no space left)" test/t/good:1 test/t/good:2 test/t/good:3
		no_partial "no space: no partial file"
		mount -o remount,size=1m "$F"
		expect_fetch "space again" 0 "3 versions" test/t/good:1 test/t/good:2 test/t/good:3
		umount "$F"
	else
		echo "skip no space: needs root and mounts"
	fi
}

# A file system that has no files without a name.
test_named()
{
	fresh
	gcc -shared -fPIC -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o no_tmpfile.so "$SUPPLY/no_tmpfile.c" || not_ok "no_tmpfile.c" "does not build"
	LD_PRELOAD=$W/no_tmpfile.so expect_fetch "without nameless files" 0 "2 new" test/t/good:1 test/t/good:2
	[ "$(find "$F" -type f | wc -l)" = 2 ] && no_partial "without nameless files: whole" || not_ok "without nameless files: whole" "$(find "$F" -type f)"
	: >"$F/test/t/good/.result.sigstore.fresh"
	mkdir "$F/test/t/good/3" && echo half >"$F/test/t/good/3/.result.sigstore.fresh"
	LD_PRELOAD=$W/no_tmpfile.so expect_fetch "after one was killed" 0 "1 new" test/t/good:3
	[ "$(ls -A "$F/test/t/good/3")" = result.sigstore ] && ok "what it left is gone" || not_ok "what it left is gone" "$(ls -lA "$F/test/t/good/3")"
	fresh
	mkdir -p "$F/test/t/good/1" && ln -s /etc/passwd "$F/test/t/good/1/.result.sigstore.fresh"
	LD_PRELOAD=$W/no_tmpfile.so expect_fetch "a link in its way" 0 "1 new" test/t/good:1
	grep -q root /etc/passwd && no_partial "a link in its way: not followed"
}

# The folder carried to a machine without a network, as docs/supply.md says.
test_carried()
{
	fresh
	fetch test/t/good:1 test/good:2
	mkdir "$W/carried"
	(umask 077 && tar -C "$F" -cf signatures.tar . && tar -C "$W/carried" --no-same-owner --no-overwrite-dir -xf signatures.tar)
	expect "carried" 0 out "2 present" fetch --signatures "$W/carried" --missing --base-url https://127.0.0.1:1 test/t/good:1 test/good:2
	diff -r "$F" "$W/carried" >/dev/null && ok "carried: the same" || not_ok "carried: the same" "$(diff -r "$F" "$W/carried")"
}

# On a terminal a line shows how far it is, and is gone in the end.
test_progress()
{
	local said

	fresh
	said=$(TERM=xterm script -qec "$(printf '%q ' "$N" fetch --config "$CONFIG" --signatures "$F" test/t/limited:1)" /dev/null)
	[[ $said == *"0 % of 1 signatures, 1 s"*$'\r\e[K'*"1 versions, 1 new"* ]] && ok "progress" || not_ok "progress" "$(cat -v <<<"$said")"
	said=$(TERM=xterm script -qec "$(printf '%q ' "$N" fetch --quiet --config "$CONFIG" --signatures "$F" test/t/limited:2)" /dev/null)
	[ -z "$said" ] && ok "quiet: no progress" || not_ok "quiet: no progress" "$(cat -v <<<"$said")"
}

open_supply
test_progress
test_policy
test_changed
test_sources
test_reach
test_name
test_settings
test_folder
test_named
test_carried
end
