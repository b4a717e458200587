# containerd of a node: sourced by node.sh. Where its files are one's own to add to (containerd 2, or no section for CRI in config.toml), a drop-in
# says what is ours. containerd 1 takes the section from one file alone: there our lines go into config.toml, each marked; and so they do where a
# containerd 2 still reads a file of release 1. What comes of it,
# containerd itself is asked before it is restarted: all that it was told before must still count.
# shellcheck shell=sh
CONTAINERD=/etc/containerd/config.toml
DROP_IN=/etc/containerd/conf.d/nimgate.toml
IMPORTS='imports = ["/etc/containerd/conf.d/*.toml"] # by nimgate'

# 1 or 2: the release of containerd that the node has.
containerd_release()
{
	chroot "$ROOT" containerd --version 2>/dev/null | sed -n 's/.* v\{0,1\}\([12]\)\.[0-9].*/\1/p' | head -n 1
}

# All that containerd would go by if it were started now.
containerd_dump()
{
	chroot "$ROOT" containerd config dump 2>/dev/null
}

# TABLE KEY: a value of the dump on standard input, without its quotes. Tables are named below the section of CRI's runtimes.
containerd_value()
{
	awk -v table="$section$1" -v key="$2" '
		{ gsub(/\047/, "\""); sub(/[ \t]*#.*$/, "") }
		/^[ \t]*\[/ { at = $0; gsub(/^[ \t]*\[|\][ \t]*$/, "", at); next }
		at == table && $1 == key { sub(/^[^=]*=[ \t]*/, ""); gsub(/"/, ""); print; exit }'
}

# HANDLER: the tables of a handler that runs ours.
containerd_handler()
{
	printf '[%s.runtimes.%s]\n  runtime_type = "io.containerd.runc.v2"\n' "$section" "$1"
	containerd_options "$1"
}

containerd_options()
{
	printf '  [%s.runtimes.%s.options]\n    BinaryName = "%s"\n    SystemdCgroup = %s\n' "$section" "$1" "$RUNTIME" "$cgroup"
}

containerd_drop_in()
{
	printf 'version = %s\n' $((release + 1))
	containerd_handler nimgate
	[ "$every" != yes ] || containerd_handler runc
}

# config.toml without what containerd_edit added, byte for byte.
containerd_undo()
{
	awk '/^# nimgate begin$/ { ours = 1 } !ours && !/# by nimgate$/ { sub(/^#nimgate# /, ""); print } /^# nimgate end$/ { ours = 0 }'
}

# config.toml with our lines: the program of the handler runc in its table, and at the end the tables that it does not have.
containerd_edit()
{
	section='plugins."io.containerd.grpc.v1.cri".containerd'
	runc=0
	awk -v section="$section" -v every="$every" -v line="BinaryName = \"$RUNTIME\" # by nimgate" '
		/^[ \t]*\[/ { at = $0; gsub(/\047/, "\"", at); sub(/[ \t]*(#.*)?$/, "", at); gsub(/^[ \t]*\[|\]$/, "", at); seen[at] = 1 }
		every == "yes" && at == section ".runtimes.runc.options" && /^[ \t]*BinaryName[ \t]*=/ { $0 = "#nimgate# " $0 }
		{ print }
		every == "yes" && at == section ".runtimes.runc.options" && /^[ \t]*\[/ { sub(/\[.*/, ""); print $0 "  " line }
		END { exit (section ".runtimes.runc.options" in seen) ? 3 : (section ".runtimes.runc" in seen) ? 4 : 5 }' || runc=$?
	echo '# nimgate begin'
	containerd_handler nimgate
	case $every$runc in
	yes4) containerd_options runc ;;
	yes5) containerd_handler runc ;;
	esac
	echo '# nimgate end'
}

# containerd reads drop-ins only where config.toml names them. A top key stands before every table.
import_drop_ins()
{
	if [ ! -e "$ROOT$CONTAINERD" ]; then
		printf 'version = %s\n%s\n' $((release + 1)) "$IMPORTS" | put 644 $CONTAINERD
	elif grep -qE '^[[:space:]]*imports[[:space:]]*=.*["'\'']/etc/containerd/conf\.d/\*\.toml["'\'']' "$ROOT$CONTAINERD"; then
		return 0
	elif grep -E '^[[:space:]]*imports[[:space:]]*=' "$ROOT$CONTAINERD" | grep -qvE '=[[:space:]]*\[[[:space:]]*\][[:space:]]*$'; then
		die "$CONTAINERD has other imports: add \"/etc/containerd/conf.d/*.toml\" to them"
	else
		# An empty list is what containerd config default prints.
		{ echo "$IMPORTS"; sed 's/^[[:space:]]*imports[[:space:]]*=/#nimgate# &/' "$ROOT$CONTAINERD"; } | put "$(stat -c %a "$ROOT$CONTAINERD")" $CONTAINERD
	fi
}

# What a restart counts for.
containerd_files()
{
	cat "$ROOT$DROP_IN" "$ROOT$CONTAINERD" 2>/dev/null | cksum
}

# The files as they were before this run, should what we make of them not be right.
containerd_keep()
{
	for file in $CONTAINERD $DROP_IN; do
		rm -f "$ROOT$file.nimgate-old"
		[ ! -e "$ROOT$file" ] || cp -p "$ROOT$file" "$ROOT$file.nimgate-old"
	done
}

containerd_put_back()
{
	for file in $CONTAINERD $DROP_IN; do
		rm -f "$ROOT$file"
		[ ! -e "$ROOT$file.nimgate-old" ] || mv "$ROOT$file.nimgate-old" "$ROOT$file"
	done
}

# The dump on standard input without what an earlier run of this script put there, and without our program's name.
containerd_theirs()
{
	awk -v ours="[$section.runtimes.nimgate" '
		/^[ \t]*\[/ { at = $0; gsub(/\047/, "\"", at); sub(/^[ \t]*/, "", at); skip = (index(at, ours "]") == 1 || index(at, ours ".") == 1) }
		!skip && !/^[ \t]*((BinaryName|imports)[ \t]*=|#|$)/'
}

# DUMP: containerd would run ours now, and goes by everything else that was in DUMP.
containerd_judge()
{
	now=$(containerd_dump) || return 1
	[ "$(echo "$now" | containerd_value .runtimes.nimgate.options BinaryName)" = "$RUNTIME" ] || return 1
	[ "$every" != yes ] || [ "$(echo "$now" | containerd_value .runtimes.runc.options BinaryName)" = "$RUNTIME" ] || return 1
	! echo "$1" | containerd_theirs | grep -qvxF "$now"
}

# The real runtime: what the handler runc has, else the first that systemd's PATH has. A link counts as what it leads to.
find_runtime()
{
	for path in "$1" /usr/local/sbin/runc /usr/local/bin/runc /usr/sbin/runc /usr/bin/runc /usr/bin/crun; do
		# Of the node: a link may lead to a place that is another one here.
		[ ! -L "$ROOT$path" ] || path=$(chroot "$ROOT" readlink -f "$path") || continue
		if [ -n "$path" ] && [ "$path" != "$RUNTIME" ] && [ -x "$ROOT$path" ]; then
			echo "$path"
			return
		fi
	done
}

# What the node has, as far as it decides what we write.
containerd_look()
{
	release=$(containerd_release)
	case $release in
	1) section='plugins."io.containerd.grpc.v1.cri".containerd' ;;
	2) section='plugins."io.containerd.cri.v1.runtime".containerd' ;;
	*) die "containerd does not say which release it is" ;;
	esac
	before=$(containerd_dump) || die "containerd does not understand its own $CONTAINERD: containerd config dump"
	every=${NIMGATE_DEFAULT:-yes}
	# As the kubelet's cgroupDriver says, or no pod would run as it is.
	cgroup=$(echo "$before" | containerd_value .runtimes.runc.options SystemdCgroup)
	cgroup=${cgroup:-false}
}

containerd_write()
{
	# A file of release 2 has a section of that name as well, about something else.
	if ! grep -qE '^[[:space:]]*version[[:space:]]*=[[:space:]]*3' "$ROOT$CONTAINERD" 2>/dev/null &&
		grep -qE '^[[:space:]]*\[plugins\.["'\'']?(io\.containerd\.grpc\.v1\.)?cri["'\'']?[].]' "$ROOT$CONTAINERD" 2>/dev/null; then
		containerd_undo <"$ROOT$CONTAINERD" | containerd_edit | put "$(stat -c %a "$ROOT$CONTAINERD")" $CONTAINERD
	else
		containerd_drop_in | put 644 $DROP_IN
		import_drop_ins
	fi
}

install_containerd()
{
	containerd_look
	if echo "$before" | grep -qE '^disabled_plugins = .*["'\''](cri|io\.containerd\.(grpc|cri)\.v1\.(cri|runtime))["'\'']'; then
		say "containerd's CRI is off: no pod comes from it"
		return
	fi
	runtime=$(find_runtime "$(echo "$before" | containerd_value .runtimes.runc.options BinaryName)")
	[ -n "$runtime" ] || die "no runc or crun on this node"
	[ -e "$ROOT$RUNTIME_YAML" ] || echo "runtime: $runtime" | put 644 $RUNTIME_YAML
	default=$(echo "$before" | containerd_value '' default_runtime_name)
	case $every$default in
	yesrunc | yesnimgate | yes | no*) ;;
	*) say "containerd's default handler stays '$default': see that it leads to $RUNTIME (docs/engines.md)" ;;
	esac
	containerd_keep
	files=$(containerd_files)
	( containerd_write ) || { containerd_put_back; exit 1; }
	if ! containerd_judge "$before"; then
		containerd_put_back
		die "$CONTAINERD, or a file that it imports, is not as this script knows it; it was left as it was: add the lines of" \
			"config/containerd-nimgate.toml by hand (docs/engines.md)"
	fi
	if [ "$(containerd_files)" != "$files" ] && ! restart containerd; then
		containerd_put_back
		restart containerd || :
		die "containerd does not start with these lines, and got its old files back"
	fi
	rm -f "$ROOT$CONTAINERD.nimgate-old" "$ROOT$DROP_IN.nimgate-old"
}

remove_containerd()
{
	files=$(containerd_files)
	take_away $DROP_IN
	if [ -e "$ROOT$CONTAINERD" ] && grep -qE '^# nimgate begin$|# by nimgate$' "$ROOT$CONTAINERD"; then
		containerd_undo <"$ROOT$CONTAINERD" >"$ROOT$CONTAINERD.nimgate-old"
		put "$(stat -c %a "$ROOT$CONTAINERD")" $CONTAINERD <"$ROOT$CONTAINERD.nimgate-old"
		rm -f "$ROOT$CONTAINERD.nimgate-old"
		grep -qvE '^version = [23]$' "$ROOT$CONTAINERD" || take_away $CONTAINERD
	fi
	! has containerd || [ "$(containerd_files)" = "$files" ] || restart containerd || die "containerd cannot be restarted"
}
