# What the tests against the reference implementation share: model-signing of PyPI in build/venv, and driver.py as a co-process. Sourced,
# not run. ref() asks it, and keeps the answer in $status and $said.
# shellcheck shell=bash
INTEROP=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$INTEROP/../cli/lib.bash"

venv=$REPOSITORY/${B:-build}/venv
PYTHON=$venv/bin/python
said=''

# Release 1.1.1 uses pyOpenSSL without asking for it.
if ! "$PYTHON" -c 'import model_signing, OpenSSL, jsonschema' 2>/dev/null; then
	if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q model-signing pyOpenSSL jsonschema; } >"$W/pip.log" 2>&1; then
		echo "skip ${0##*/}: the reference cannot be installed ($(tail -n 1 "$W/pip.log"))"
		exit 0
	fi
fi

# WORD...: a request to the driver.
ask()
{
	if [ -z "${DRIVER_PID:-}" ]; then
		coproc DRIVER { exec "$PYTHON" "$INTEROP/driver.py" 2>"$W/driver.log"; }
	fi
	printf '%s\0' "$#" "$PWD" "$@" >&"${DRIVER[1]}"
	if ! { IFS= read -r -d '' -u "${DRIVER[0]}" status && IFS= read -r -d '' -u "${DRIVER[0]}" said; }; then
		echo "not ok ${0##*/}: the driver has ended: $(tail -n 3 "$W/driver.log")"
		exit 1
	fi
}

# WORD...: the reference's command, in the driver.
ref()
{
	ask cli "$@"
}

# NAME STATUS TEXT WORD...: the reference's command ends with STATUS and says TEXT (may be empty).
ref_expect()
{
	local name=$1 wanted=$2 text=$3

	shift 3
	ref "$@"
	judge_ref "$name" "$wanted" "$text"
}

# NAME STATUS TEXT: judges the last answer.
judge_ref()
{
	if [ "$status" != "$2" ]; then
		not_ok "$1" "wanted $2, got $status: $(tail -n 3 <<<"$said")"
	elif [[ $said != *"$3"* ]]; then
		not_ok "$1" "wanted '$3', got: $(tail -n 3 <<<"$said")"
	else
		ok "$1"
	fi
}
