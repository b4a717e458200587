#!/bin/bash
# `nimgate bench`: the kernels of this machine and the plan made of them, one directory through the pool; text, JSON with the fields that
# docs/output.md names, and wrong command lines.
. "$(dirname "$0")/lib.bash"
cd "$W" || exit 1
make_model model

# NAME FILTER: jq's FILTER is true of the last answer.
says()
{
	if jq -e "$2" <<<"$out" >/dev/null 2>&1; then ok "$1"; else not_ok "$1" "$2: $out $err"; fi
}

# What the machine has. Each kernel is sound; the plan has a rate for each number of lanes, and its groups hold just so many.
run bench --output json
says 'machine' '.schema == 1 and .directory == null and .openssl_rate > 10000000'
says 'every kernel agrees with OpenSSL' '[.kernels[] | .sound and .rate > 0] | all'
says 'one to sixteen lanes' '[.plan[].lanes] == [range(1; 17)] and ([.plan[].rate > 0] | all)'
says 'groups hold the lanes' '[.plan[] | .lanes as $lanes | .groups | length == 0 or (map(.live) | add) == $lanes] | all'
says 'groups are of kernels that are here' '([.plan[].groups[].kernel] | unique) - [.kernels[].name] == []'
if [ "$(jq -r .fips <<<"$out")" = true ]; then
	says 'fips: OpenSSL alone' '.kernels == []'
elif grep -qw sha_ni /proc/cpuinfo; then
	says 'sha_ni is used' '[.kernels[].name | startswith("shani")] | any'
	says 'groups gain' '.plan[15].groups != [] and .plan[15].rate >= .plan[0].rate'
fi
says 'threads' ".threads == $(nproc)"
run bench --threads 3 --output json
says '--threads' '.threads == 3'

# A directory, as verify hashes it.
run bench model --output json
says 'directory' '.directory | .path == "model" and .files == 5 and .bytes == 100022'
says 'directory: what it took' '.directory | .wall_us > 0 and .cpu_us > 0 and .peak_kib > 1000 and .peak_kib < 262144'
run bench model/model.safetensors --output json
says 'one file' '.directory | .files == 1 and .bytes == 100000'
run bench model --ignore-paths model/sub --hash blake3 --shard-size 1000 --output json
says 'options of digest' '.directory | .files == 2 and .bytes == 100018'
expect 'text' 0 out 'files: 5, 100022 bytes' bench model
expect 'text: OpenSSL' 0 out 'OpenSSL ' bench
expect 'text: lanes' 0 out $'\n  16 ' bench --threads 1
expect 'help' 0 out 'usage: nimgate bench [DIRECTORY]' bench --help
ln -s config.json model/link
expect 'a link' 1 err "link: 'link'" bench model
expect 'a link that is allowed' 0 out 'files: 6, ' bench model --allow-symlinks

# Every field is described, and every field that is described is there.
run bench model --allow-symlinks --output json
page=$(sed -n '/^## nimgate bench --output json/,/^## /p' "$REPOSITORY/docs/output.md" | grep '^| `' | cut -d '|' -f 2 |
	grep -o '`[][a-z0-9_.]*`' | tr -d '`' | sed 's/\[\]//g' | sort)
fields=$(jq -r '[paths | map(select(type == "string")) | join(".")] | unique | .[]' <<<"$out" | sort)
if [ "$page" = "$fields" ]; then ok 'fields of the page'; else not_ok 'fields of the page' "$(diff <(echo "$page") <(echo "$fields"))"; fi

expect 'no such directory' 2 err "'none'" bench none
expect 'two directories' 2 err 'one DIRECTORY at most' bench model model
expect 'another output' 2 err "--output 'xml': expected text or json" bench --output xml
expect 'no threads' 2 err '--threads' bench --threads 0
expect 'another hash' 2 err '--hash' bench model --hash md5
end
