#!/bin/bash
# nimgate fetch against a server that plays NGC: what it brings, what it says, and what it does not let a server do to it.
. "$(dirname "$0")/lib.bash"

SIGNATURE=test/t/good/1/result.sigstore

# refused NAME MODEL STATUS TEXT: the version test/t/MODEL:1 is not fetched, and nothing is written.
refused()
{
	local name=$1 model=$2

	rm -rf "${F:?}"/*
	expect_fetch "$name" "$3" "$4" "test/t/$model:1" "${@:5}"
	[ -z "$(find "$F" -type f)" ] || not_ok "$name: nothing is written" "$(find "$F" -type f)"
}

# either NAME MODEL STATUS TEXT OTHER-STATUS OTHER-TEXT: refused in one way or the other. libcurl with OpenSSL 3.5 (Debian 13) sees that a
# connection ended without the end of TLS; with earlier ones it does not.
either()
{
	rm -rf "${F:?}"/*
	fetch "test/t/$2:1"
	if { [[ $status = "$3" && $out$err == *"$4"* ]] || [[ $status = "$5" && $out$err == *"$6"* ]]; } && [ -z "$(find "$F" -type f)" ]; then
		ok "$1"
	else
		not_ok "$1" "status $status: $out$err"
	fi
}

# brought NAME MODEL: the version test/t/MODEL:1 is fetched.
brought()
{
	rm -rf "${F:?}"/*
	expect_fetch "$1" 0 "1 new" "test/t/$2:1" "${@:3}"
	cmp -s "$S/bundle" "$F/test/t/$2/1/result.sigstore" || not_ok "$1: the file" "is not the server's"
}

open_supply

brought "a guest" good
[ "$(stat -c %a "$F/$SIGNATURE" "$F/test/t/good/1" "$F/test" | tr '\n' ' ')" = "644 755 755 " ] && ok "modes" ||
	not_ok "modes" "$(stat -c '%n %a' "$F/$SIGNATURE" "$F/test")"
(umask 077 && fetch --quiet test/t/good:mask) && ok "another mask" || not_ok "another mask" "failed"
expect_fetch "again" 0 "1 unchanged" test/t/good:1
expect_fetch "there already" 0 "1 present" test/t/good:1 --missing
expect_fetch "quiet" 0 "" test/t/good:1 --quiet
[ -z "$out$err" ] && ok "quiet says nothing" || not_ok "quiet says nothing" "$out$err"
fetch test/good:1+a test/t/good:2 test/t/good:2 --output json
if [ "$status" = 0 ] && jq -e '.summary.new == 2 and (.versions | length) == 2 and .versions[0].outcome == "new"' <<<"$out" >/dev/null &&
	[ -f "$F/test/good/1+a/result.sigstore" ]; then
	ok "json, no team, a plus, twice the same"
else
	not_ok "json, no team, a plus, twice the same" "$status $out $err"
fi
[ "$(asked 'cookie|referer|proxy')" = 0 ] && ok "no cookies" || not_ok "no cookies" "$(grep -E 'cookie' "$S/log" | head -1)"
[ "$(asked "agent=nimgate/[0-9.]+$")" = "$(wc -l <"$S/log")" ] && ok "its name" || not_ok "its name" "$(head -1 "$S/log")"

brought "signed is not said" silent
refused "not signed" unsigned 3 "NGC says that it is not signed (not-signed)"
refused "no signature" nosig 3 "NGC has no signature of it (not-signed)"
refused "no such version" missing 7 "NGC has no such version, or shows it with a key alone (network)"
refused "asks for a key" private 7 "NGC asks for a key (HTTP status 401; --key-file) (network)"
brought "429 with Retry-After, then well" limited
refused "429 with a long Retry-After" limited-long 7 "asks to come back after 3600 s, which is more than 120 s"
refused "429 for ever" limited-always 7 "answers with HTTP status 429, also when asked again"
brought "503, then well" flaky
refused "500 for ever" broken 7 "answers with HTTP status 500, also when asked again"
refused "a status that nobody knows" teapot 7 "NGC answers with HTTP status 418"
refused "a cut body" cut 7 "the answer was cut off, also when asked again"
brought "a cut body, then well" cut-once
refused "a cut chunk" cut-chunk 7 "the answer was cut off"
either "a body that ends early, and nobody can tell" cut-close 4 "what NGC gives as its signature" 7 "the answer was cut off"
refused "another document" wrong 4 "what NGC gives as its signature"
refused "an empty body" empty 7 "an empty answer"
refused "a body that is said to be huge" huge 7 "the answer is too large"
refused "a body that is huge" huge-chunk 7 "the answer is too large"
refused "a slow body" slow 7 "too slow"
sed -i 's/total_seconds: 20/total_seconds: 3/' "$CONFIG"
refused "no answer" hang 7 "does not answer within the time that is given (total_seconds)"
write_config
either "hangs up" hang-up 7 "closed the connection without an answer, also when asked again" 7 "the answer was cut off, also when asked again"
refused "no HTTP" no-http 7 "what it says is no HTTP"
refused "compressed, unasked" gzip 4 "what NGC gives as its signature"
refused "JSON that ends" bad-json 7 "NGC's answer"
refused "JSON with a name twice" two-json 7 "NGC's answer"
refused "JSON of another kind" list-json 7 "expected an object, found a list"
refused "no JSON" no-json 7 "NGC's answer"
refused "deep JSON" deep-json 7 "NGC's answer"
refused "a word for a truth" word-json 7 "'isSigned': expected true or false, found a text"
refused "huge JSON" huge-json 7 "the answer is too large"
refused "a URL that is a number" url-number 7 "'url': expected a text, found a number"
refused "a URL without TLS" url-http 7 "'url': expected one that begins with https://"
refused "a URL to a file" url-file 7 "'url': expected one that begins with https://"
refused "a URL with a password" url-user 7 "holds a user or a password"
refused "a URL with a line" url-line 7 "printable ASCII"
refused "a long URL" url-long 7 "'url': expected at most 8192 characters"
refused "a URL without a host" url-none 7 "expected https://HOST/"
brought "a URL that has expired, then well" stale
refused "a URL that has expired, always" forbidden 7 "the store of the signature answers with HTTP status 403"
brought "redirected to another host" redirect-other
brought "redirected to another port" redirect-port
refused "redirected for ever" redirect-loop 7 "more than 3 redirects in a row"
refused "redirected to HTTP" redirect-http 7 "redirects elsewhere: what it names is not https"
refused "redirected to a file" redirect-file 7 "redirects elsewhere: what it names is not https"
refused "redirected to nowhere" redirect-none 7 "HTTP status 302 without a place to go to"
[ "$(asked '^plain')" = 0 ] && ok "nothing went without TLS" || not_ok "nothing went without TLS" "$(grep '^plain' "$S/log" | head -1)"
grep -q SECRET <<<"$out$err" && not_ok "no query in messages" "$out$err"

rm -rf "${F:?}"/*
expect_fetch "the worst status" 7 "1 new, 1 not signed, 1 failed" test/t/good:1 test/t/unsigned:1 test/t/missing:1
expect_fetch "one bad one does not spoil the others" 3 "1 unchanged, 1 not signed" test/t/good:1 test/t/unsigned:1
end
