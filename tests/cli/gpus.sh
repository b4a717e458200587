#!/bin/bash
# nimgate gpus: what NVML says, by a library of ours in its place; and by the real one where a GPU is.
. "$(dirname "$0")/disks.bash"
cd "$W" || exit 1
SOURCE=$REPOSITORY/tests/cli/nvml.c
LIST=/run/nimgate/gpus
CC=${CC:-gcc}

# NAME STATUS STREAM TEXT [OPTION...]: as expect, with the library in front.
asked()
{
	local library=$1

	shift
	LD_LIBRARY_PATH=$library FAKE_GPUS=$W/list expect "$@"
}

# What the library then says.
list()
{
	printf '%s\n' "$@" >"$W/list"
}

mkdir new old empty
"$CC" -shared -fPIC -fvisibility=hidden -o new/libnvidia-ml.so.1 "$SOURCE" || not_ok setup 'the library cannot be built'
"$CC" -DOLD -shared -fPIC -fvisibility=hidden -o old/libnvidia-ml.so.1 "$SOURCE" || not_ok setup 'the library cannot be built'

list '00000000:87:00.0 25757220864 8 9 NVIDIA L4' '00000000:07:00.0 85520809984 9 0 NVIDIA H100 80GB HBM3'
asked new 'two GPUs, in order' 0 out 'nimgate-gpus 1
0000:07:00.0 81559 9.0 NVIDIA H100 80GB HBM3
0000:87:00.0 24564 8.9 NVIDIA L4' gpus
asked new 'nothing is written' 0 out '' gpus
[ ! -e $LIST ] && ok 'nothing is there' || not_ok 'nothing is there' "$(cat $LIST)"
asked new 'written' 0 out '' gpus --write
[ "$(stat -c '%a %u' $LIST)" = '600 0' ] && [ "$(wc -l <$LIST)" = 3 ] && ok "root's alone" || not_ok "root's alone" "$(stat $LIST)"
[ "$(ls -A /run/nimgate)" = gpus ] && ok 'nothing else stays' || not_ok 'nothing else stays' "$(ls -A /run/nimgate)"
asked old 'a library that is too old' 2 err 'has no nvmlDeviceGetCudaComputeCapability: too old' gpus --write
[ ! -e $LIST ] && ok 'what is not known any more goes' || not_ok 'what is not known any more goes' "$(cat $LIST)"
for function in Init Count Handle Name Memory Pci Capability; do
	FAKE_ERROR=$function asked new "an error of $function" 7 err 'error 999' gpus --write
done
[ ! -e $LIST ] && ok 'no file after an error' || not_ok 'no file after an error' "$(cat $LIST)"
list
asked new 'no GPU' 0 out 'nimgate-gpus 1' gpus
list '00000000:87:00.0 25757220864 8 9 NVIDIA L4' '00000000:87:00.0 25757220864 8 9 NVIDIA L4'
asked new 'one place for two' 7 err 'not understood' gpus --write
list '87:00.0.1 25757220864 8 9 NVIDIA L4'
asked new 'no address' 7 err "'87:00.0.1': not understood" gpus --write
list '00000000:87:00.0 25757220864 0 9 NVIDIA L4'
asked new 'no capability' 7 err 'not understood' gpus --write
list '00000000:87:00.0 1000 8 9 NVIDIA L4'
asked new 'no memory' 7 err 'not understood' gpus --write
list $'00000000:87:00.0 25757220864 8 9 NVIDIA\e[2J'
asked new 'a model that is no text' 7 err 'not understood' gpus
list "00000000:87:00.0 25757220864 8 9 $(printf 'x%.0s' {1..70})"
asked new 'a model too long' 7 err 'not understood' gpus --write
for ((i = 0; i < 129; i++)); do
	printf '%08x:00:00.0 25757220864 8 9 NVIDIA L4\n' "$i"
done >"$W/list"
asked new 'more than any machine has' 7 err '129 GPUs, more than 128' gpus --write
[ ! -e $LIST ] && ok 'no file of nonsense' || not_ok 'no file of nonsense' "$(cat $LIST)"
expect 'a word too many' 2 err 'no words are expected' gpus now
if [ -e /proc/driver/nvidia/version ]; then
	expect 'gpu: the real library' 0 out "$(sed -n 's/^Model:[[:space:]]*//p' /proc/driver/nvidia/gpus/*/information | head -n 1)" gpus
else
	expect 'no library' 2 err 'cannot be loaded' gpus
	echo 'skip gpu: this machine has none to ask the real library about'
fi
for program in nimgate-hook nimgate-runtime; do
	! grep -q libnvidia-ml "$REPOSITORY/build/bin/$program" && ok "$program knows of no NVML" || not_ok "$program knows of no NVML" 'it does'
done
end
