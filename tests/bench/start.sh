#!/bin/bash
# What the hook costs the second start of a NIM, over its run on a container that is no NIM. Needs root, and TMPDIR on a file system
# on which receipts count (ext4, xfs, btrfs).
#
#   tests/bench/start.sh [ROW...]
#
# BENCH_ROUNDS (100) pairs a row. A real runc holds both containers at createRuntime; tests/bench/starts.c tells how each run does
# all the work of a real start. The images' programs, the cache and the signatures are made here: a chain of three P-384
# certificates, leaf, intermediate and root, as NVIDIA's; a manifest of some forty profiles with checksums.
# STEPS is a hook that tells its time step by step (tests/bench/steps.c). With BENCH_BEFORE=HOOK that one and this one are run in turns
# instead, BENCH_TURNS (4) times each: on a machine that does other things, only what was measured together compares.
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"

bench=$REPOSITORY/tests/bench
B=${B:-$REPOSITORY/build}
STEPS=${STEPS:-$B/bench/nimgate-hook-steps}
ROUNDS=${BENCH_ROUNDS:-100}
RESULTS=$B/bench/start.txt
HELD_PIDS=()
status=0

# ROW FILES VERSIONS PROFILES LIMIT AIM: files of the profile that starts; profiles of the manifest; ms over the container that is no NIM.
rows()
{
	cat <<-'END'
		30x1 30 1 40 10 5
		30x3 30 3 40 10 5
		300x1 300 1 8 15 8
		300x3 300 3 8 15 8
		large 160 2 122 - -
	END
}

version_name()
{
	case $1 in
	1) echo "$HF" ;;
	2) echo "$ENGINE" ;;
	*) echo "adapters-$1-demo" ;;
	esac
}

# file_name VERSION NUMBER: as shards, or as an engine's ranks.
file_name()
{
	case $1 in
	1) printf 'model-%05d-of-00300.safetensors' "$2" ;;
	*) printf 'rank%d.engine' "$2" ;;
	esac
}

# Every version: its share of FILES in the cache, signed.
make_versions()
{
	local files=$1 versions=$2 number name to i

	for number in $(seq "$versions"); do
		name=$(version_name "$number")
		to=$W/versions/llama-demo_v$name
		mkdir -p "$to"
		for ((i = 0; i < files / versions; i++)); do
			echo "$name $i" >"$to/$(file_name "$number" "$i")"
		done
		cache_version "$name"
		sign_version "$to" "$(signature_path "$name")" leaf --certificate-chain "$W/pki/root.pem" ||
			die "cannot sign $name: $(cat "$W/sign.log")"
	done
}

# The profile that starts comes last. The others name the same number of files, of versions that are not cached.
make_manifest()
{
	awk -v files="$1" -v versions="$2" -v profiles="$3" -v id="$PROFILE_ENGINE" -v model="$ORGANISATION" \
		-v names="$(for i in $(seq "$2"); do version_name "$i"; done | paste -sd ' ')" '
	function name(version, i) {
		return version == 1 ? sprintf("model-%05d-of-00300.safetensors", i) : sprintf("rank%d.engine", i)
	}
	BEGIN {
		split(names, of, " ")
		print "schema_version: \x272.0\x27\nprofile_selection_criteria: auto"
		print "model: " model "\nrelease: 1.8.4\nprofiles:"
		for (p = 1; p <= profiles; p++) {
			print "- id: " (p == profiles ? id : sprintf("%064x", p))
			print "  tags:\n    feat_lora: \x27false\x27\n    gpu: h100\n    gpu_device: 2330:10de"
			print "    llm_engine: tensorrt_llm\n    number_of_gpus: \x271\x27\n    pp: \x271\x27\n    precision: fp8"
			print "    profile: throughput\n    tp: \x271\x27\n  workspace:\n    files:"
			for (v = 1; v <= versions; v++)
				for (i = 0; i < int(files / versions); i++) {
					print "      " (v == 1 ? "" : "trtllm_engine" v "/") name(v, i) ":"
					print "        uri: ngc://" model ":" of[v] (p == profiles ? "" : "-" p) "?file=" name(v, i)
					printf "        checksum: blake3:%064x\n", i
				}
		}
	}'
}

# hold_as NAME: as hold(), with a folder of its own for each container.
hold_as()
{
	local folder=$W/$1 tries

	mkdir "$folder"
	mkfifo "$folder/release"
	HOOK_ENTRY=(/bin/sh sh -c "cat >$folder/part && mv $folder/part $folder/state && read -r _ <$folder/release; exit 1")
	configure
	mv "$W/bundle/config.json" "$folder/"
	runc --root "$W/run-runc" run --bundle "$folder" "nimgate-bench-$$-$1" </dev/null >"$folder/log" 2>&1 &
	HELD_PIDS+=($!)
	for ((tries = 0; tries < 500; tries++)); do
		[ ! -e "$folder/state" ] || return 0
		sleep 0.02
	done
	die "the container does not start: $(cat "$folder/log")"
}

release_all()
{
	local folder

	for folder in "$W"/held-*; do
		echo >"$folder/release"
	done
	wait "${HELD_PIDS[@]}"
	HELD_PIDS=()
	for folder in "$W"/held-*; do
		runc --root "$W/run-runc" delete --force "nimgate-bench-$$-${folder##*/}" >/dev/null 2>&1
	done
}

# measure HOOK
measure()
{
	"$W/starts" "$ROUNDS" "$W/steps" "$W/held-nim/state" "$W/held-plain/state" "$1" --policy "$W/policy.yaml" createRuntime ||
		die "$1 refused"
}

# compare ROW BEFORE NOW: medians over the other container, of each turn.
compare()
{
	local turn

	for ((turn = 0; turn < ${BENCH_TURNS:-4}; turn++)); do
		measure "$2" >>"$W/times-before"
		measure "$3" >>"$W/times-now"
	done
	paste "$W/times-before" "$W/times-now" | awk -v row="$1" '
		{ wall = wall sprintf("  %.2f to %.2f", $11, $(24 + 11)); cpu = cpu sprintf("  %.2f to %.2f", $23, $(24 + 23)) }
		END { print row ": wall over it" wall "\n" row ": CPU over it " cpu }'
}

# One row: a fixture of its own, files that have settled, receipts from a first run, then pairs with the real hook and with STEPS.
measure_row()
{
	local row=$1 files=$2 versions=$3 profiles=$4 limit=$5 aim=$6

	make_versions "$files" "$versions"
	image_plain plain
	image_plain nim
	mkdir -p "$W"/images/nim/opt/nim/{.cache,etc/default}
	make_manifest "$files" "$versions" "$profiles" >"$W/images/nim/opt/nim/etc/default/model_manifest.yaml"
	policy certificate "$W/pki/root.pem" >"$W/policy.yaml"
	sync -f "$W"
	sleep 3
	settings_reset
	ENVIRONMENT=("NIM_MODEL_PROFILE=$PROFILE_ENGINE")
	hold_as held-nim
	settings_reset
	IMAGE=plain MOUNTS=() COMMAND=(/bin/show)
	hold_as held-plain
	if [ -n "${BENCH_BEFORE:-}" ]; then
		compare "$row" "$BENCH_BEFORE" "$HOOK"
		release_all
		return
	fi
	measure "$HOOK" >"$W/times-${HOOK##*/}"
	measure "$STEPS" >"$W/times-steps"
	release_all
	check_log "$files"
	awk -v row="$row" -v limit="$limit" -v aim="$aim" -v kib="$(du -k --apparent-size \
		"$W/images/nim/opt/nim/etc/default/model_manifest.yaml" | cut -f 1)" \
		-f "$bench/start.awk" "$W/times-${HOOK##*/}" "$W/steps" || status=1
}

# All but the first run went by receipts, and gave the view.
check_log()
{
	jq -se --argjson files "$1" 'length > 10 and (.[1:] | map(select(.profile)) | all(.verdict == "admit" and
		.evidence == "receipt" and .protection == "view"))' "$W/decisions.jsonl" >/dev/null ||
		die "not every run was a second start: $(tail -n 1 "$W/decisions.jsonl")"
}

need_root
need_programs runc busybox jq openssl awk "$HOOK" "$NIMGATE" "$STEPS"
mkdir -p "$B/bench"
{
	echo "# $(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo), $(nproc) CPUs, Linux $(uname -r), $(openssl version | cut -d ' ' -f 1,2); $(date +%F)"
	echo "# load $(cut -d ' ' -f 1-3 /proc/loadavg); $ROUNDS pairs a row; ms, median (quartiles, least)"
	while read -r row rest; do
		[ $# = 0 ] || [[ " $* " == *" $row "* ]] || continue
		(
			work_open
			"${CC:-gcc}" -O2 -D_GNU_SOURCE -o "$W/starts" "$bench/starts.c" || die "cannot build starts"
			pki_build
			# shellcheck disable=SC2086 # numbers
			measure_row "$row" $rest
			exit $status
		) || echo failed >&2
	done < <(rows)
} | tee "$RESULTS"
