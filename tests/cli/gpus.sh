#!/bin/bash
# nimgate gpus: what NVML says, by a library of ours in its place; and by the real one where a GPU is.
. "$(dirname "$0")/disks.bash"
cd "$W" || exit 1
SOURCE=$REPOSITORY/tests/cli/nvml.c
LIST=/run/nimgate/gpus
CC=${CC:-gcc}

# LIBRARY NAME STATUS STREAM TEXT [OPTION...]: as expect, with that library.
asked()
{
	local library=$W/$1/libnvidia-ml.so.1

	shift
	FAKE_GPUS=$W/list expect "$@" --library "$library"
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
list '0000000F:01:00.0 0 12 1 NVIDIA GB10'
asked new 'no memory of its own' 0 out '000f:01:00.0 0 12.1 NVIDIA GB10' gpus

# Whose library is loaded.
chmod 777 new
asked new 'a folder that others can write' 2 err 'writable by' gpus
chmod 755 new
chmod 666 new/libnvidia-ml.so.1
asked new 'a library that others can write' 2 err 'writable by' gpus
chmod 755 new/libnvidia-ml.so.1
ln -s new/libnvidia-ml.so.1 link
FAKE_GPUS=$W/list expect 'by a link, as packages have it' 0 out GB10 gpus --library "$W/link"
expect 'a library that is none' 2 err 'cannot be loaded' gpus --library "$W/list"
expect 'no such library' 2 err 'does not exist' gpus --library "$W/none"
mkdir work upper
mount -t tmpfs none work && mkdir work/{work,upper} && mount -t overlay -o "lowerdir=/usr/local,upperdir=$W/work/upper,workdir=$W/work/work" none /usr/local ||
	not_ok setup 'no overlay'
mkdir -p /usr/local/nvidia/lib64
cp new/libnvidia-ml.so.1 /usr/local/nvidia/lib64/
FAKE_GPUS=$W/list expect 'where drivers are put' 0 out GB10 gpus
rm /usr/local/nvidia/lib64/libnvidia-ml.so.1
umount -l /usr/local work
if [ ! -e /proc/driver/nvidia/version ]; then
	LD_LIBRARY_PATH=$W/new FAKE_GPUS=$W/list expect 'not by the environment' 2 err 'is not found' gpus
fi
if [ -e /proc/driver/nvidia/version ]; then
	expect 'gpu: the real library' 0 out "$(sed -n 's/^Model:[[:space:]]*//p' /proc/driver/nvidia/gpus/*/information | head -n 1)" gpus
else
	expect 'no library' 2 err 'is not found' gpus
	echo 'skip gpu: this machine has none to ask the real library about'
fi
for program in nimgate-hook nimgate-runtime; do
	! grep -q libnvidia-ml "$REPOSITORY/build/bin/$program" && ok "$program knows of no NVML" || not_ok "$program knows of no NVML" 'it does'
done
end
