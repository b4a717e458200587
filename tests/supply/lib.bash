# What the tests of fetch and trust share: tests/cli/lib.bash, and a server that plays NGC (server.py). Sourced, not run.
#
# S is the server's folder; API, STORE and PLAIN its ports; F the signature folder; CONFIG the settings. fetch() runs nimgate fetch with
# them. KEY is a key of NGC's newer kind, OLDKEY of its older one.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2120 # what the scripts use
# shellcheck source=tests/cli/lib.bash
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

# shellcheck source=tests/supply/server.bash
. "$(dirname "${BASH_SOURCE[0]}")/server.bash"

F=$W/signatures
KEY=nvapi-$(head -c 32 /dev/urandom | sha256sum | cut -c 1-40)
OLDKEY=$(head -c 32 /dev/urandom | sha256sum | cut -c 1-40)
unset NGC_API_KEY NGC_CLI_API_KEY CREDENTIALS_DIRECTORY

leave()
{
	stop_server
	finish
}
trap leave EXIT

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
