# A server that plays NGC (server.py), for a script that has a work folder W. Sourced, not run.
#
# S is the server's folder; API, STORE and PLAIN its ports; CONFIG the settings that lead to it. Whoever sources this calls stop_server()
# at its end.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2120 # what the scripts use
SUPPLY=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
S=$W/server CONFIG=$W/fetch.yaml
SERVER=

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

# Requests in the server's log, by a pattern.
asked()
{
	grep -cE -- "$1" "$S/log"
}

forget_log()
{
	: >"$S/log"
}
