#!/bin/bash
# Every command and every snippet that README, SECURITY and docs/ show is accounted for: run here, on a machine made up of mounts, at the very
# paths that the pages name; or run by another test, whose lines must have the command's words and options (documented/lines.tsv,
# documented/claim.awk); or, for a few, not run, for a reason. A line that nobody accounts for fails, and so does a row that no page has any more.
#
# A mention of a command, or of an option, in running text names one that there is, by --help and Makefile.
# shellcheck disable=SC2034 # the sourced files read these settings
. "$(dirname "$0")/../engines/lib.sh"
. "$HERE/fixture.sh"
. "$HERE/cases.sh"
D=$REPOSITORY/tests/cli/documented
PROGRAMS='nimgate|nimgate-hook|nimgate-runtime|make|man|apt|dnf|dpkg|rpm|systemctl|journalctl|systemd-[a-z]+|kubectl|crictl|docker|podman|ctr|nerdctl|runc|crun|containerd|openssl|model_signing|tests/[a-z/_.]+|chattr|chown|find|xargs|tar|cp|rsync|mkdir|install|echo|curl|sudo|sha256sum|rm|diff|date|dpkg'
IS_COMMAND="^(\\\$ )?([A-Z_]+=[^ ]+ )*(/[a-z/.]+/)?($PROGRAMS)( |\$)"

need_root
need_programs runc busybox jq openssl unshare "$HOOK" "$NIMGATE"
work_open
disk_open
declare -A HOW HELP USED QUEUED_LINES

# What each row of the table says: kind, and its words.
read_table()
{
	local line kind rest

	while IFS=$'\t' read -r line kind rest; do
		[ -n "$kind" ] || continue # a comment
		[ -z "${HOW[$line]+x}" ] || not_ok "the table" "it has '$line' twice"
		HOW[$line]=$kind$'\t'$rest
	done <"$D/lines.tsv"
}

# The nimgate of the documents: versions and signatures as the pages name them, one decision about a container, and a policy.
build_machine()
{
	ORGANISATION=nim/meta/llama-3.1-8b-instruct FOLDER=models--nim--meta--llama-3.1-8b-instruct
	SNAPSHOT=ngc/hub/$FOLDER/snapshots HF=hf-8c22764
	fixture_build
	fixture_save
	fixture_restore
	start runc
	CONTAINER=$(tail -n 1 "$W/decisions.jsonl" | jq -r .container)
	[ -n "$CONTAINER" ] || die "no decision was made: $OUTPUT"
	for place in etc usr var; do
		mkdir -p "$W/over/$place" "$W/work"
	done
	mkdir -p "$W/over/etc/nimgate/"{trust,policy.d} "$W/over/usr/bin" "$W/over/usr/libexec/oci/hooks.d" "$W/over/var/log" \
		"$W/over/var/"{cache/nim,lib/nimgate} "$W/over/var/lib/prometheus/node-exporter" "$W/disk/"{models,nim} \
		"$W/state/"{signatures,sources,fetched} "$W/here"
	cp "$NIMGATE" "$REPOSITORY/build/bin/nimgate-runtime" "$W/over/usr/bin/"
	cp "$HOOK" "$W/over/usr/libexec/oci/hooks.d/"
	# That engine is installed, whatever this machine has.
	mkdir -p "$W/over/usr/local/bin" && : >"$W/over/usr/local/bin/crio"
	cp "$W/pki/root.pem" "$W/over/etc/nimgate/trust/nvidia.pem"
	cp "$W/pki/leaf.pub" "$W/over/etc/nimgate/trust/adapters.pub"
	cp "$REPOSITORY/config/policy.yaml" "$W/over/etc/nimgate/policy.yaml"
	grep -q '^log:' "$W/over/etc/nimgate/policy.yaml" || echo 'log: /var/log/nimgate-decisions.jsonl' >>"$W/over/etc/nimgate/policy.yaml"
	printf 'tries: 1\nconnect_seconds: 2\n' >"$W/over/etc/nimgate/fetch.yaml"
	(cat /etc/passwd && echo 'nimgate-fetch:x:999:999::/:/bin/false') >"$W/over/etc/passwd"
	cp "$W/decisions.jsonl" "$W/over/var/log/nimgate-decisions.jsonl"
	cp -r "$W/signatures/." "$W/state/signatures/"
	: >"$W/state/sources/adapters.sig"
	cp -r "$W/cache" "$W/disk/nim/cache"
	cp -r "$W/versions/llama-demo_v$HF" "$W/disk/models/my-model"
	cp -r "$W/versions/llama-demo_v$HF" "$W/here/llama-3.1-8b-instruct_vhf-8c22764"
	cp "$(signature_path "$HF")" "$W/here/result.sigstore"
	cp "$W/pki/root.pem" "$W/here/nvidia.pem"
	cp "$W/pki/root.pem" "$W/here/other.pem"
	cp -r "$REPOSITORY/systemd" "$W/here/"
}

# Runs the script on standard input on that machine, which has no network, and is gone with it.
on_machine()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --net --pid --fork --mount-proc --propagation private bash -c 'set -e
		mount -t tmpfs none "$1/work"
		for place in etc usr var; do
			mkdir -p "$1/work/$place/upper" "$1/work/$place/work"
			mount -t overlay -o "lowerdir=$1/over/$place:/$place,upperdir=$1/work/$place/upper,workdir=$1/work/$place/work" none "/$place"
			mountpoint -q "/$place"
		done
		# No engine of this machine is set up, and nothing of nimgate but what build_machine() made.
		rm -rf /etc/docker /etc/containerd /etc/crio /etc/containers /etc/nimgate /usr/share/containers/oci
		cp -r "$1/over/etc/nimgate" /etc/
		mount --bind "$1/disk" /srv
		mount --bind "$1/cache" /var/cache/nim
		mount --bind "$1/state" /var/lib/nimgate
		mount -t tmpfs -o mode=755 none /run
		cd "$1/here"
		exec bash -s' bash "$W"
}

# COMMAND: with what stands for something in its place.
filled()
{
	local line=$1

	line=${line//--image-root DIR/--image-root $W/images/nim}
	line=${line//--cache DIR/--cache \/var\/cache\/nim}
	line=${line//CONTAINER/$CONTAINER}
	line=${line//BUNDLE/$W/bundle}
	line=${line//WORD/changed}
	line=${line//TABLE/table.yaml}
	line=${line//PATH.../\/srv\/models\/my-model}
	line=${line//REF.../nim\/meta\/llama-3.1-8b-instruct:hf-8c22764}
	line=${line//FILE/other.pem}
	line=${line//DIGEST/$(sha256sum "$W/pki/root.pem" | cut -c 1-64)}
	line=${line//MOUNT/\/srv\/models\/my-model}
	line=${line//INODE/$(stat -c %i "$W/disk/models/my-model/config.json")}
	line=${line//DIRECTORY/\/srv\/models\/my-model}
	line=${line//DIR/\/srv\/models\/my-model}
	case $line in
	'chown -R root') line+=' /var/cache/nim' ;;
	'chattr +i') line+=' /srv/models/my-model/README.md && chattr -i /srv/models/my-model/README.md' ;;
	esac
	printf '%s\n' "$line"
}

# WHERE COMMAND STATUS TEXT: queues a command for the machine.
queue()
{
	local number=${#QUEUED[@]}

	QUEUED+=("$1"$'\t'"$2"$'\t'"$3"$'\t'"$4")
	{
		printf 'timeout 60 bash -c %q >%q 2>&1 </dev/null && status=0 || status=$?\n' "$(filled "$2")" "$W/said.$number"
		printf 'echo "$status" >%q\n' "$W/status.$number"
	} >>"$W/script"
}

# Runs what is queued, in the order of the pages, and judges it.
run_queue()
{
	local number where line wanted text status said

	on_machine <"$W/script" >"$W/machine.log" 2>&1 || not_ok "the machine" "$(cat "$W/machine.log")"
	for number in "${!QUEUED[@]}"; do
		IFS=$'\t' read -r where line wanted text <<<"${QUEUED[number]}"
		status=$(cat "$W/status.$number" 2>/dev/null) said=$(cat "$W/said.$number" 2>/dev/null)
		OUTPUT=$said
		if [[ ! $status =~ ^($wanted)$ ]]; then
			not_ok "$where: $line" "wanted status $wanted, got $status"
		elif [[ $text == ^* ]] && ! grep -qE -- "$text" <<<"$said"; then
			not_ok "$where: $line" "wanted a line with '$text'"
		elif [[ $text != ^* && $said != *"$text"* ]]; then
			not_ok "$where: $line" "wanted '$text'"
		else
			ok "$where: $line"
		fi
	done
}

# WHERE SHOWN FILE WORDS: words stand in a test, or in what makes an output. Several are parted by " ... ".
stands()
{
	local where=$1 shown=$2 file=$3 words=$4 word

	[ -n "$words" ] || { not_ok "$where: $shown" "the row in the table names no words"; return; }
	while [ -n "$words" ]; do
		word=${words%%' ... '*}
		grep -qF -- "$word" "$REPOSITORY/$file" 2>/dev/null || { not_ok "$where: $shown" "'$word' does not stand in $file"; return; }
		[ "$word" != "$words" ] || break
		words=${words#*' ... '}
	done
	ok "$where: $shown ($file)"
}

# WHERE SHOWN FILE WORDS: a test runs that command: its lines with WORDS, and those that stand behind " ... ", have every word of the command.
# "@FILE WORDS" is a part that stands in another file. documented/claim.awk has the rules.
claimed()
{
	local where=$1 shown=$2 file=$3 words=$4 said

	case $file in
	tests/cli/documented* | tests/*/lines.tsv) not_ok "$where: $shown" "$file runs nothing of that kind" ;;
	tests/*.sh | tests/*.tsv) said=$(awk -v shown="$shown" -v file="$file" -v words="$words" -v root="$REPOSITORY/" -f "$D/claim.awk") &&
		ok "$where: $shown ($file)" || not_ok "$where: $shown" "${said:-"$file: no words"}" ;;
	*) not_ok "$where: $shown" "$file is no test" ;;
	esac
}

# WORDS...: what the help of that command says; empty for none.
help_of()
{
	[ -n "${HELP[$*]+x}" ] || HELP[$*]=$("$NIMGATE" "$@" --help 2>/dev/null)
	said=${HELP[$*]}
}

# WHERE LINE: a mention of nimgate names a command, words of it, and options that its help has.
mentioned()
{
	local where=$1 shown=$2 said word command
	local -a words

	read -ra words <<<"$shown"
	[[ $shown != 'nimgate '* ]] || words=("${words[@]:1}")
	command=${words[0]}
	if [[ $command == -* ]]; then
		said=$("$NIMGATE" --help)
	else
		help_of "$command"
	fi
	[ -n "$said" ] || { not_ok "$where: $shown" "there is no such command"; return; }
	for word in "${words[@]}"; do
		word=${word//_/-}
		case $word in
		--*) grep -qE -- "(^|[^a-z-])${word%%=*}( |,|$)" <<<"${said//\[no-\]/}" || { not_ok "$where: $shown" "no option $word"; return; } ;;
		[a-z]*) grep -qE -- "(^|[^a-z-])$word([^a-z-]|$)" <<<"$said" || [ -n "${word//[a-z]/}" ] ||
			{ not_ok "$where: $shown" "no word '$word' in the help of $command"; return; } ;;
		esac
	done
	ok "$where: $shown"
}

# WHERE LINE: an option alone is one of some command's.
option()
{
	local word=${2%%[ =]*} command

	word=${word//_/-}
	if [ -z "${HELP[all]+x}" ]; then
		HELP[all]=$({ "$HOOK" --help; "$NIMGATE" --help; "$REPOSITORY/build/bin/nimgate-runtime" --help
			for command in ${COMMANDS//|/ }; do "$NIMGATE" "$command" --help; done; } 2>&1 | sed 's/--\[no-\]\([a-z-]*\)/--\1 --no-\1/')
	fi
	grep -qE -- "(^|[^a-z-])$word( |,|\$)" <<<"${HELP[all]}" && ok "$1: $2" || not_ok "$1: $2" "no command has it: documented/lines.tsv"
}

# WHERE LINE: each target of make is one of the Makefile's.
target()
{
	local word

	for word in ${2#*make}; do
		[[ $word != *=* ]] || continue
		grep -qE "^\.PHONY:.* $word( |\$)" "$REPOSITORY/Makefile" || { not_ok "$1: $2" "no target $word"; return; }
	done
	ok "$1: $2"
}

# WHERE KIND LINE: one command, of a block or in running text.
account()
{
	local where=$1 kind=$2 line=$3 how words page=${1%%:*}

	if [ "$kind" = block ] && [ -n "${HOW[$page]+x}" ]; then
		USED[$page]=1
		IFS=$'\t' read -r how file words <<<"${HOW[$page]}"
		stands "$where" "$line" "$file" "$words"
	elif [ -n "${HOW[$line]+x}" ]; then
		USED[$line]=1
		IFS=$'\t' read -r how file words <<<"${HOW[$line]}"
		case $how in
		run) [ -n "${QUEUED_LINES[$line]+x}" ] || queue "$where" "$line" "$file" "$words" # once is enough
			QUEUED_LINES[$line]=1 ;;
		test) claimed "$where" "$line" "$file" "$words" ;;
		text) stands "$where" "$line" "$file" "$words" ;;
		why) [ -n "$file" ] && [ -z "$words" ] && ok "$where: $line: not run: $file" || not_ok "$where: $line" "not run, and no reason" ;;
		*) not_ok "$where: $line" "'$how' is no kind of a command" ;;
		esac
	elif [[ $line =~ ^([A-Z_]+=[^ ]+\ )*make(\ |$) ]]; then
		target "$where" "$line"
	elif [ "$kind" = span ] && [[ $line == --* ]]; then
		option "$where" "$line"
	elif [ "$kind" = span ] && { [[ $line == 'nimgate '* ]] || [[ $line =~ ^($COMMANDS)\  ]]; }; then
		mentioned "$where" "$line"
	else
		not_ok "$where: $line" "nobody accounts for it: documented/lines.tsv"
	fi
}

# WHERE TEXT: a part of a policy is read as a whole one, with what it lacks.
part_of_policy()
{
	local policy=$W/parts/policy$((++parts)).yaml

	mkdir -p "$W/parts"
	printf '%s\n' "$2" >"$policy"
	grep -q '^mode:' "$policy" || echo 'mode: enforce' >>"$policy"
	grep -q '^trust:' "$policy" || printf 'trust: {method: certificate, anchors: [/etc/nimgate/trust/nvidia.pem]}\n' >>"$policy"
	grep -q '^signatures:' "$policy" || echo 'signatures: [/var/lib/nimgate/signatures]' >>"$policy"
	# What the page's table is about.
	[[ $2 != rules:* ]] || cp "$policy" "$W/over/etc/nimgate/policy.d/rules.yaml"
	queue "$1" "nimgate policy check $policy" 0 ''
}

# WHERE: the lines of a block that are no commands, in $snippet, are of a kind that its first line tells.
account_snippet()
{
	local where=$1 first=${snippet%%$'\n'*} how file words

	[ -n "$snippet" ] || return 0
	if [ -z "${HOW[$first]+x}" ]; then
		not_ok "$where: $first" "nobody accounts for this snippet: documented/lines.tsv"
		snippet=
		return
	fi
	USED[$first]=1
	IFS=$'\t' read -r how file words <<<"${HOW[$first]}"
	if [[ $how =~ ^[a-z]+:([0-9]+)$ ]] && [ "$(wc -l <<<"${snippet%$'\n'}")" != "${BASH_REMATCH[1]}" ]; then
		not_ok "$where: $first" "has not ${BASH_REMATCH[1]} lines, as the table says"
	fi
	case ${how%:*} in
	policy) part_of_policy "$where" "$snippet" ;;
	table) printf '%s' "$snippet" >"$W/here/table.yaml" && ok "$where: a table" ;;
	json) jq -e . <<<"$snippet" >"$W/json" 2>&1 && jq -e "$file" <<<"$snippet" >/dev/null && ok "$where: JSON" || not_ok "$where: $first" "$(cat "$W/json")" ;;
	metrics) for words in $(grep -oE 'nimgate_[a-z_]+' <<<"$snippet"); do
			queue "$where" "nimgate metrics | grep '^# TYPE $words '" 0 "$words"
		done ;;
	files) while read -r words; do
			[ -e "$REPOSITORY/${words%% *}" ] && ok "$where: ${words%% *}" || not_ok "$where: ${words%% *}" "there is no such thing"
		done < <(grep '^[a-z]' <<<"$snippet") ;;
	says) stands "$where" "$first" "$file" "$words"
		while [ -n "$words" ]; do
			[[ $snippet == *"${words%%' ... '*}"* ]] || not_ok "$where: $first" "the page does not say '${words%%' ... '*}'"
			[[ $words == *' ... '* ]] || break
			words=${words#*' ... '}
		done ;;
	test) stands "$where" "$first" "$file" "$words" ;;
	*) not_ok "$where: $first" "'$how' is no kind of a snippet" ;;
	esac
	snippet=
}

# KIND LINE: a line that nobody accounts for fails, by name.
planted()
{
	local snippet='' said

	if [ "$1" = snippet ]; then
		said=$(snippet=$2$'\n' && account_snippet planted)
	else
		said=$(account planted "$1" "$2")
	fi
	[[ $said == "not ok planted: ${2%%$'\n'*}: "* ]] && ok "fails: $1 ${2%%$'\n'*}" || not_ok "fails: $1 $2" "said: $said"
}

# SHOWN FILE WORDS: a claim that is none fails, by what it lacks.
not_claimed()
{
	local said

	said=$(claimed planted "$1" "$2" "$3")
	[[ $said == "not ok planted: $1: "*"$4"* ]] && ok "no claim: $1: $4" || not_ok "no claim: $1" "wanted '$4', said: $said"
}

read_table
not_claimed 'nimgate receipt forget --all' tests/cli/receipt.sh 'receipt list' "lacks 'forget' '--all'"
not_claimed 'nimgate receipt list' tests/cli/receipt.sh 'frobnicate' "'frobnicate' does not stand in"
not_claimed 'nimgate receipt list' cli/cmd_receipt.c 'receipt' 'is no test'
not_claimed 'docker restart' tests/engines/engine_docker.sh '"$DOCKER" start' "lacks 'restart'"
not_claimed 'podman start' tests/engines/engine_docker.sh '"$DOCKER" start' "lacks 'podman'"
not_claimed 'nimgate doctor' tests/cli/doctor.sh 'shellcheck disable' 'does not stand in'
build_machine
COMMANDS=$("$NIMGATE" --help | sed -n 's/^  \([a-z]\+\) .*/\1/p' | sort -u | paste -s -d '|')
OUTPUT=
QUEUED=() parts=0 snippet='' begun='' last=0
: >"$W/script"
cd "$REPOSITORY" || exit 1
awk -f "$D/extract.awk" README.md SECURITY.md docs/*.md >"$W/items"
[ "$(wc -l <"$W/items")" -gt 500 ] && [ "$(cut -f 2 "$W/items" | grep -c block)" -gt 100 ] && ok 'the pages were read' ||
	not_ok 'the pages were read' "$(wc -l <"$W/items") items"
planted block 'nimgate frobnicate'
planted block 'nimgate status --output json'
planted block 'frobnicate /dev/sda'
planted block 'make nothing'
planted span 'make nothing'
planted span 'nimgate frobnicate'
planted span 'nimgate status --frobnicate'
planted span 'nimgate trust frobnicate'
planted span 'docker frobnicate'
planted span '--frobnicate'
planted snippet 'frobnicate /dev/sda'
planted snippet $'threads: 2\nfrobnicate /dev/sda'
while IFS=$'\t' read -r where kind block line; do
	[ "$block" = "$last" ] || { account_snippet "$begun"; last=$block; }
	shown=${line#\$ }
	shown=${shown%%  #*}
	shown=${shown%%    #*}
	shown=${shown%"${shown##*[! ]}"}
	if [[ $line =~ $IS_COMMAND ]] || { [ "$kind" = span ] && [[ $line =~ ^(($COMMANDS)\ [A-Za-z-]|--[a-z]) ]]; }; then
		account_snippet "$begun"
		# The name of a program alone is no command.
		[[ $kind != span || $shown == *' '* || $shown == -* ]] || continue
		account "$where" "$kind" "$shown"
	elif [ "$kind" = block ]; then
		[ -n "$snippet" ] || begun=$where
		snippet+=$line$'\n'
	fi
done <"$W/items"
account_snippet "$begun"
run_queue
for line in "${!HOW[@]}"; do
	[ -n "${USED[$line]+x}" ] || not_ok "the table: $line" "no page has this line"
done
whys=$(grep -c $'^[^#\t][^\t]*\twhy\t' "$D/lines.tsv")
[ "$whys" -le 20 ] && ok "not run, for a reason: $whys" || not_ok "not run, for a reason" "$whys: run some of them"
[ "$failures" = 0 ]
