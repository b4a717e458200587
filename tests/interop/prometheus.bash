# Prometheus' own programs: those of this machine, or Debian's, unpacked into build/. Sourced, not run.
# shellcheck shell=bash
PROMETHEUS=$REPOSITORY/${B:-build}/prometheus

# PROGRAM PACKAGE: prints where it is; ends the script where it cannot be had.
prometheus_program()
{
	local found

	found=$(command -v "$1" || echo "$PROMETHEUS/usr/bin/$1")
	if ! [ -x "$found" ]; then
		mkdir -p "$PROMETHEUS"
		if ! (cd "$W" && apt-get -qq download "$2" && dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x -C "$PROMETHEUS" ./usr/bin) >"$W/apt.log" 2>&1; then
			echo "skip ${0##*/}: $1 cannot be had ($(tail -n 1 "$W/apt.log"))" >&2
			return 1
		fi
	fi
	echo "$found"
}

# FILE ROW=VALUE...: a page of counters: its head, and rows of 24 bytes of name and 8 of number, here below 256.
prometheus_counters()
{
	local file=$1 row count=0

	shift
	{
		printf 'nimgate counters 1'
		head -c 14 /dev/zero
		for row; do
			printf '%s' "${row%=*}"
			head -c $((24 - $(printf '%s' "${row%=*}" | wc -c))) /dev/zero
			# shellcheck disable=SC2059 # the format is the number
			printf "\\x$(printf %02x "${row#*=}")"
			head -c 7 /dev/zero
			count=$((count + 1))
		done
		head -c $((4096 - 32 * (count + 1))) /dev/zero
	} >"$file"
}
