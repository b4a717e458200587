# The models of the benchmarks: made of deterministic bytes, signed, checked against sha256sum, and held in memory. Sourced, not run, after
# tests/cli/lib.bash; the programs are in $programs.
#
# BENCH_SCALE is a percentage of the sizes; BENCH_PLACE a folder for models in memory, BENCH_DISK one on a disk.
# shellcheck shell=bash disable=SC2154 # the caller sets programs

scale=${BENCH_SCALE:-100}
# NAME COUNT BYTES_EACH, before the scale.
models()
{
	cat <<-'END'
		many 32 200000000
		few 8 800000000
		one 1 4000000000
		small 4000 8192
		cold 8 800000000
		past 8 800000000
	END
}

# NAME: sets $count and $size of its files. The number of files stays; those of 8 KiB stay as they are.
model_find()
{
	read -r _ count size < <(models | grep "^$1 ") || return 1
	[ "$size" -lt 1000000 ] || size=$((size * scale / 100))
}

mem_available()
{
	awk '/^MemAvailable:/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo
}

free_in()
{
	df --output=avail -B1 "$1" 2>/dev/null | tail -n 1
}

# BYTES: a folder whose files stay in memory: a tmpfs with room where nothing can be swapped out, else any folder, whose files are then
# mapped and locked. Fails where memory has no room.
model_place()
{
	local wanted=$(($1 + (2 << 30)))

	[ "$(mem_available)" -gt "$wanted" ] || return 1
	if [ -n "${BENCH_PLACE:-}" ]; then
		echo "$BENCH_PLACE"
	elif [ "$(wc -l </proc/swaps)" = 1 ] && [ "$(free_in /dev/shm)" -gt "$wanted" ]; then
		echo /dev/shm
	else
		echo "${TMPDIR:-/tmp}"
	fi
}

# NAME PLACE: makes it in $folder (the caller removes that) and signs it as $folder/sig.
model_make()
{
	folder=$(mktemp -d "$2/nimgate-bench.XXXXXX") || return 1
	model=$folder/$1
	mkdir "$model"
	if ! "$programs/keystream" "$model" "$count" "$size"; then
		echo "speed: cannot make the model $1 in $folder" >&2
		return 1
	fi
	run sign key "$model" --private-key "$W/pki/leaf.key" --signature "$folder/sig"
	[ "$status" = 0 ] || { echo "speed: $err" >&2; return 1; }
}

# Every digest that was signed, and every one of the loop over OpenSSL, is the one of sha256sum.
model_check()
{
	local signed hashed

	signed=$(jq -r .dsseEnvelope.payload "$folder/sig" | base64 -d | jq -r '.predicate.resources[] | "\(.digest)  \(.name)"' | sort)
	hashed=$(cd "$model" && printf '%s\0' * | xargs -0 -n 8 -P "$(nproc)" sha256sum | sort)
	[ "$signed" = "$hashed" ] && [ "$(cd "$model" && "$programs/evp" 2 ./* | sed 's/  .*\//  /' | sort)" = "$hashed" ] && return
	echo "speed: digests of $model differ from those of sha256sum" >&2
	return 1
}

# Holds the model in memory until model_release(), and says so.
model_hold()
{
	local line

	coproc HOLDER { exec "$programs/cache" hold "$model"; }
	read -r line <&"${HOLDER[0]}" || { echo "speed: the model cannot be held in memory" >&2; return 1; }
	echo "# $(basename "$model") in $(stat -f -c %T "$model"): $line"
}

model_release()
{
	local input

	if [ -n "${HOLDER_PID:-}" ]; then
		input=${HOLDER[1]}
		exec {input}>&-
		wait "$HOLDER_PID"
	fi
	[ -z "${folder:-}" ] || rm -rf "$folder"
	folder=''
}
