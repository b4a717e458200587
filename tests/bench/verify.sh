#!/bin/bash
# The command against the reference's, in pairs: 20,000 files of 4 KiB; and alone: 100,000 empty files, and a tiny model.
#
#   tests/bench/verify.sh [PAIRS]
#
# The reference is the one that "make interop" keeps in build/venv. Both signatures are ours: by key, P-384.
. "$(dirname "$0")/../cli/lib.bash"

pairs=${1:-5}
reference=$REPOSITORY/${B:-build}/venv/bin/model_signing
cd "$W" || exit 1

# WALL CPU (seconds) PEAK (MiB) of a command, as one line.
measure()
{
	/usr/bin/time -f '%e %U %S %M' -o "$W/time" "$@" >/dev/null 2>&1 || echo "# failed: $*" >&2
	awk '{ printf "%.3f %.3f %.0f\n", $1, $2 + $3, $4 / 1024 }' "$W/time"
}

# The middle of the numbers on standard input.
median()
{
	sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

make_pki pki secp384r1
mkdir small empty tiny
for folder in $(seq 20); do
	mkdir "small/$folder"
	head -c 4096000 /dev/urandom | split -b 4096 -a 3 - "small/$folder/"
done
for folder in $(seq 100); do
	mkdir "empty/$folder"
	(cd "empty/$folder" && seq 1000 | xargs touch)
done
head -c 4096 /dev/urandom >tiny/weights
for model in small empty tiny; do
	"$N" sign key "$model" --private-key pki/leaf.key --signature "$model.sig" >/dev/null || exit 1
done

if [ -x "$reference" ]; then
	for _ in $(seq "$pairs"); do
		echo "$(measure "$N" verify key small --public-key pki/leaf.pub --signature small.sig)" \
			"$(measure "$reference" verify key small --public_key pki/leaf.pub --signature small.sig)"
	done >pairs
	wall=$(awk '{ print $4 / $1 }' pairs | median)
	cpu=$(awk '{ print $5 / $2 }' pairs | median)
	echo "20,000 files of 4 KiB: the reference takes $wall times the wall time and $cpu times the processor time (medians of $pairs pairs):"
	awk '{ printf "  nimgate %s s, %s s of processor, %s MiB; reference %s s, %s s, %s MiB\n", $1, $2, $3, $4, $5, $6 }' pairs
else
	echo "20,000 files of 4 KiB: no reference in ${B:-build}/venv (make interop)"
fi
for model in empty tiny; do
	echo "$model: $(for _ in 1 2 3 4 5; do
		measure "$N" verify key "$model" --public-key pki/leaf.pub --signature "$model.sig"
	done | awk '{ printf "%s%s s", (NR > 1 ? ", " : ""), $1; if ($3 > peak) peak = $3 } END { printf "; %d MiB", peak }')"
done
