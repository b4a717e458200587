#!/bin/bash
# nimgate verify beside its peers, in pairs: how many times its wall and processor time they take; and its peak of memory. `make bench-speed`
# builds what this needs. docs/performance.md tells what is measured, and how.
#
#   tests/bench/speed.sh [MODEL...]      many, few, one, small (in memory); cold, past (on a disk, past: read past the page cache)
#
# BENCH_ROUNDS=N pairs a row, BENCH_SCALE, BENCH_PLACE, BENCH_DISK (tests/bench/models.sh). Results: speed.tsv, .txt and .svg in build/bench.
# The exit status says whether everything ran, not how fast.
. "$(dirname "$0")/../cli/lib.bash"
B=$REPOSITORY/${B:-build}
programs=${BENCH_PROGRAMS:-$B/release-${CC:-gcc}/bench}
. "$REPOSITORY/tests/bench/models.sh"

rounds=${BENCH_ROUNDS:-10}
slow_rounds=$((rounds < 3 ? rounds : 3)) # of peers that take ten times as long
reference=$B/venv/bin/model_signing
cpus=$(nproc)
results=$B/bench/speed.tsv
folder=''
trap 'model_release; finish' EXIT
trap 'exit 130' INT TERM

# MODEL PEER COLUMNS: the two rows of one comparison.
record()
{
	awk -v OFS='\t' -v model="$1" -v peer="$2" '{
		print model, peer, "wall", $1, $2, $3, $7, $9, $11
		print model, peer, "cpu", $4, $5, $6, $8, $10, $11
	}' <<<"$3" >>"$results"
}

# PEER ROUNDS COMMAND...: against the model.
against()
{
	local peer=$1 count=$2 columns

	shift 2
	if columns=$("$programs/ratio" "$count" "${before[@]}" -- "${own[@]}" -- "$@" 2>"$W/log"); then
		record "$name" "$peer" "$columns"
	else
		echo "speed: $name, $peer: $(tail -n 1 "$W/log")" >&2
		broken=1
	fi
}

left_out()
{
	echo "# left out: $*" | tee -a "$results"
}

# ROUNDS
against_reference()
{
	if [ -x "$reference" ]; then
		against reference "$1" "$reference" verify key "$model" --signature "$folder/sig" --public_key "$W/pki/leaf.pub"
	else
		left_out "the reference: make interop installs it"
	fi
}

against_b3sum()
{
	if command -v b3sum >/dev/null; then
		against b3sum "$rounds" b3sum "$model"/*
	else
		left_out "b3sum: tests/deps.sh bench installs it"
	fi
}

# The peaks of all processes, added up.
record_memory()
{
	local kib

	kib=$("$programs/peak" /dev/null "${own[@]}" | awk '/^processes/ { print $4 }')
	awk -v OFS='\t' -v model="$name" -v kib="$kib" 'BEGIN {
		mib = sprintf("%.1f", kib / 1024)
		print model, "-", "memory", mib, mib, mib, mib, "-", 1
	}' >>"$results"
}

measure_warm()
{
	model_hold | tee -a "$results"
	before=()
	against evp "$rounds" "$programs/evp" "$cpus" "$model"/*
	printf '%s\0' "$model"/* >"$W/list"
	if [ "$count" = 1 ]; then
		against openssl "$rounds" openssl dgst -sha256 "$model"/*
	else
		# A process for each file of 8 KiB would measure processes.
		against openssl "$rounds" xargs -0 -a "$W/list" -P "$cpus" -n $((count > 1000 ? count / cpus : 1)) openssl dgst -sha256
	fi
	against sha256sum "$slow_rounds" sha256sum "$model"/*
	against_b3sum
	against_reference "$rounds"
	record_memory
}

measure_cold()
{
	before=("$programs/cache" evict "$model")
	against direct "$rounds" "$programs/direct" 8 "$model"/*
	against evp "$slow_rounds" "$programs/evp" "$cpus" "$model"/*
	against_reference "$slow_rounds"
}

# True for models on a disk.
is_cold()
{
	[ "$name" = cold ] || [ "$name" = past ]
}

# MODEL: makes it, measures, removes it.
measure()
{
	local name=$1 place

	model_find "$name" || { echo "speed: no model is called $name" >&2; exit 2; }
	if is_cold; then
		place=${BENCH_DISK:-$B/bench}
	elif ! place=$(model_place $((count * size))); then
		left_out "$name: $((count * size / 1000000)) MB have no room in memory"
		return
	fi
	model_make "$name" "$place" && model_check || exit 1
	own=("$N" verify key "$model" --public-key "$W/pki/leaf.pub" --signature "$folder/sig")
	[ "$name" != past ] || own+=(--read direct)
	echo "# $name: $count files of $size bytes; load $(cut -d ' ' -f 1-3 /proc/loadavg)" | tee -a "$results"
	if is_cold; then measure_cold; else measure_warm; fi
	model_release
}

machine()
{
	echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $cpus CPUs," \
		"$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r), $(openssl version | cut -d ' ' -f 1-2)"
}

mkdir -p "$B/bench"
broken=0
make_pki "$W/pki" prime256v1
printf '# %s; %s\n' "$(machine)" "$(date -u +%F)" | tee "$results"
if [ $# = 0 ]; then
	read -r -d '' -a all < <(models | cut -d ' ' -f 1)
	set -- "${all[@]}"
fi
for name in "$@"; do
	measure "$name"
done
[ "$scale" = 100 ] || echo "# sizes are $scale percent: the figures below are meant for the full ones" | tee -a "$results"
grep '^#' "$results" >"${results%.tsv}.txt"
awk -f "$REPOSITORY/tests/bench/report.awk" "$REPOSITORY/tests/bench/goals.tsv" "$results" | tee -a "${results%.tsv}.txt"
awk -f "$REPOSITORY/tests/bench/chart.awk" "$results" >"${results%.tsv}.svg"
echo "in ${results%.tsv}.tsv, .txt and .svg"
[ "$broken" = 0 ]
