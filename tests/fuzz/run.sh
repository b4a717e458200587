#!/bin/bash
# Runs each fuzz target for SECONDS, from its seeds and what earlier runs kept: tests/fuzz/run.sh SECONDS TARGET...
#
# First each target proves that it can find something: for each row of plants.tsv a copy of one source file gets a bug, the target is
# linked with it, and has to report it within PLANT_SECONDS (60), from the seeds alone. What it reports must be harmless to the honest
# target, so that the bug, and nothing else, is what was found.
#
# $FUZZ_COMPILE compiles one file by the flags of the targets, and $FUZZ_LINK links; TARGET.objects names what the target is made of
# (see Makefile). As many runs go on at a time as there are processors. What a target kept lies in build/fuzz/corpus, what made it fail in build/fuzz/crashes: a vector comes first.
set -u
seconds=$1
shift
here=$(dirname "$0")
root=build/fuzz
plant_seconds=${PLANT_SECONDS:-60}
# A crash leaves the model of fuzz_verdict behind, and its files are flushed over and over: in memory, if there is a place.
scratch=$(mktemp -d /dev/shm/nimgate-fuzz.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch
mkdir -p "$root/crashes" "$root/corpus"

# The seeds of target NAME into folder TO: those in the repository, and those that are made. What is JSON or YAML is so to others, too.
seed()
{
	local name=$1 to=$2 kind kinds=("${1#fuzz_}")

	case $name in
	fuzz_json) kinds+=(bundle start state statement) ;;
	fuzz_yaml) kinds+=(manifest policy) ;;
	esac
	mkdir -p "$to"
	for kind in "${kinds[@]}"; do
		cp -n "$here/seeds/$kind"/* "$root/seeds/fuzz_$kind"/* "$to/" 2>/dev/null
	done
}

# Runs PROGRAM on CORPUS for SECONDS; what makes it fail goes to PREFIX.
run()
{
	local program=$1 corpus=$2 seconds=$3 prefix=$4

	"$program" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -seed="${FUZZ_SEED:-1}" \
		-artifact_prefix="$prefix" "$corpus" 2>&1
}

# Puts the bug of one row into a copy of its file, which is printed; fails where the text does not stand there once.
plant_source()
{
	local file=$1 from=$2 to=$3 copy=$4 text rest

	text=$(cat "$file"; echo x)
	rest=${text#*"$from"}
	[ "$rest" != "$text" ] && [[ $rest != *"$from"* ]] || return 1
	mkdir -p "$(dirname "$copy")"
	printf '%s%s%s' "${text%%"$from"*}" "$to" "${rest%x}" >"$copy"
}

# The bug of row NUMBER has to be found. Prints one line.
find_plant()
{
	local number=$1 name=fuzz_$2 file=$3 from=$4 to=$5 what=$6
	local folder=$root/plants/$number artifact
	local program=$folder/$name source=$folder/$file

	rm -rf "$folder"
	plant_source "$file" "$from" "$to" "$source" || { echo "not ok plant $name: '$from' does not stand in $file once"; return; }
	{ $FUZZ_COMPILE -w -c -o "$source.o" "$source" && $FUZZ_LINK -o "$program" "$source.o" @"$root/$name.objects"; } \
		>"$folder/log" 2>&1 || { tail -n 5 "$folder/log"; echo "not ok plant $name: $file with the bug does not build"; return; }
	seed "$name" "$folder/corpus"
	run "$program" "$folder/corpus" "$plant_seconds" "$folder/found-" >"$folder/log"
	artifact=$(find "$folder" -maxdepth 1 -name 'found-*' | head -n 1)
	if [ -z "$artifact" ]; then
		echo "not ok plant $name: did not find the bug ($what) in $plant_seconds s"
	elif ! "$root/$name" "$artifact" >"$folder/honest.log" 2>&1; then
		echo "not ok plant $name: $artifact makes the honest target fail, too"
	else
		echo "ok plant $name: $what"
	fi
}

# One target over its time. Prints one line, and what it said where it failed.
fuzz()
{
	local name=${1##*/}
	local log=$root/$name.log

	seed "$name" "$root/corpus/$name"
	if run "$1" "$root/corpus/$name" "$seconds" "$root/crashes/$name-" >"$log"; then
		echo "ok $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs"
	else
		tail -n 40 "$log"
		echo "not ok $name: kept in $root/crashes"
	fi
}

# Each line of standard input is the arguments of COMMAND, separated by tabs; two at a time, in the order in which they end.
in_parallel()
{
	local command=$1 arguments

	while IFS=$'\t' read -r -a arguments; do
		while [ "$(jobs -rp | wc -l)" -ge "${FUZZ_JOBS:-$(nproc)}" ]; do
			wait -n
		done
		{ "$command" "${arguments[@]}" >"$scratch/out.$BASHPID" 2>&1; cat "$scratch/out.$BASHPID"; } &
	done
	wait
}

# Rows of plants.tsv that belong to one of the targets, each with its number in front.
plants()
{
	local name number=0 rest

	while IFS=$'\t' read -r name rest; do
		number=$((number + 1))
		[[ " $* " == *"/fuzz_$name "* ]] && printf '%s\t%s\t%s\n' "$number" "$name" "$rest"
	done <"$here/plants.tsv"
}

{
	[ "${FUZZ_PLANTS:-1}" = 0 ] || plants "$@" | in_parallel find_plant
	[ "$seconds" = 0 ] || printf '%s\n' "$@" | in_parallel fuzz
} | tee "$root/run.log"
passed=$(grep -c '^ok ' "$root/run.log") failed=$(grep -c '^not ok ' "$root/run.log")
for target in "$@"; do
	if [ "${FUZZ_PLANTS:-1}" != 0 ] && ! grep -q "^ok plant ${target##*/}:" "$root/run.log"; then
		echo "not ok ${target##*/}: found no planted bug"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
