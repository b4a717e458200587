# What the tests of fetch and trust share: tests/cli/lib.bash, and a server that plays NGC (server.py). Sourced, not run.
#
# S is the server's folder; API, STORE and PLAIN its ports; F the signature folder; CONFIG the settings. fetch() runs nimgate fetch with
# them. KEY is a key of NGC's newer kind, OLDKEY of its older one.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2120 # what the scripts use
# shellcheck source=tests/cli/lib.bash
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

SUPPLY=$REPOSITORY/tests/supply
S=$W/server F=$W/signatures CONFIG=$W/fetch.yaml
KEY=nvapi-$(head -c 32 /dev/urandom | sha256sum | cut -c 1-40)
OLDKEY=$(head -c 32 /dev/urandom | sha256sum | cut -c 1-40)
SERVER=
unset NGC_API_KEY NGC_CLI_API_KEY CREDENTIALS_DIRECTORY

if ! command -v python3 >/dev/null; then
	echo "skip ${0##*/}: the server that plays NGC needs python3"
	exit 0
fi

stop_server()
{
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null
	[ -z "$SERVER" ] || wait "$SERVER" 2>/dev/null
	SERVER=
}

leave()
{
	stop_server
	finish
}
trap leave EXIT

# An authority for servers alone, and a server's certificate for 127.0.0.1 and localhost.
make_server_pki()
{
	mkdir -p "$S/pki"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$S/pki/ca.key" -out "$S/pki/ca.pem" \
		-subj "/CN=test authority of servers" -days 30 -addext 'keyUsage=critical,keyCertSign' 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$S/pki/server.key" -out "$S/pki/server.csr" \
		-subj "/CN=127.0.0.1" 2>/dev/null
	printf 'subjectAltName=%s\n' "${1:-IP:127.0.0.1,DNS:localhost}" >"$S/pki/server.ext"
	openssl x509 -req -in "$S/pki/server.csr" -CA "$S/pki/ca.pem" -CAkey "$S/pki/ca.key" -days 30 -extfile "$S/pki/server.ext" \
		-out "$S/pki/server.pem" 2>/dev/null
}

start_server()
{
	local i

	rm -f "$S/ports"
	python3 "$SUPPLY/server.py" "$S" "$S/pki/server.pem" "$S/pki/server.key" 2>"$S/errors" &
	SERVER=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -f "$S/ports" ] || break
		sleep 0.1
	done
	{ read -r API && read -r STORE && read -r PLAIN; } <"$S/ports" || {
		echo "not ok setup: the server does not start: $(<"$S/errors")"
		exit 1
	}
}

# What the server gives: a signature that the leaf of ./pki made.
open_supply()
{
	cd "$W" || exit 1
	mkdir -p "$S" "$F"
	make_pki "$W/pki" prime256v1
	make_signed_model "$W/pki"
	cp good.sig "$S/bundle"
	cp "$W/pki/root.pem" "$S/pem"
	make_server_pki
	start_server
	write_config
}

# write_config [LINE...]: the settings, with these lines after the ones that lead to the server.
write_config()
{
	{
		printf 'base_url: https://127.0.0.1:%s\n' "$API"
		printf 'auth_url: https://127.0.0.1:%s/token\n' "$API"
		printf 'ca_file: %s\n' "$S/pki/ca.pem"
		printf 'connect_seconds: 5\nstall_seconds: 1\ntotal_seconds: 20\ntries: 3\n'
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$CONFIG"
}

fetch()
{
	run fetch --config "$CONFIG" --signatures "$F" "$@"
}

# expect_fetch NAME STATUS TEXT ARGUMENT...: fetch ends with STATUS, says TEXT on either stream, and in one line where it failed.
expect_fetch()
{
	local name=$1 wanted=$2 text=$3

	shift 3
	fetch "$@"
	if [ "$status" != "$wanted" ]; then
		not_ok "$name" "wanted status $wanted, got $status: $out $err"
	elif [[ "$out$err" != *"$text"* ]]; then
		not_ok "$name" "wanted '$text', got: $out $err"
	else
		ok "$name"
	fi
}

# Requests in the server's log, by a pattern.
asked()
{
	grep -cE -- "$1" "$S/log"
}

forget_log()
{
	: >"$S/log"
}

# children PID: its child processes.
children()
{
	cat "/proc/$1/task/$1/children"
}

# no_partial NAME: every file in the signature folder is a whole signature.
no_partial()
{
	local file

	while IFS= read -r file; do
		case $file in
		*/result.sigstore | */result.sigstore.next) cmp -s "$file" "$S/bundle" && continue ;;
		esac
		not_ok "$1" "$file is not a whole signature"
		return
	done < <(find "$F" -type f)
	ok "$1"
}
