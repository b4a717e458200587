#!/bin/sh
# Installs nimgate on a node of Kubernetes, or removes it: what the DaemonSets in nimgate.yaml and remove.yaml run, with the node's files below
# /host. A shell script for any container image with a shell, cp, mv and chroot.
#
#   node.sh install|remove|status|serve [--root DIR] [--from DIR]
#
# --from is where the image has the programs (default: /). Each file gets its name in one step, programs before what names them. Nothing that is
# not ours is changed, but for one line in containerd's config.toml, where it has no imports; what is not understood is left as it is, and said.
#
#   NIMGATE_DEFAULT=no        containerd: only pods with the RuntimeClass nimgate come through the gate (default: all)
#   NIMGATE_CGROUP=cgroupfs   containerd: as the kubelet's cgroupDriver says (default: systemd)
#   NIMGATE_RESTART=no        restart no daemon: what changed counts from its next start (default: containerd, where its files changed)
set -eu

ROOT=/host FROM=''
HOOK=/usr/libexec/oci/hooks.d/nimgate-hook
HOOKS_D=/usr/share/containers/oci/hooks.d/nimgate-hook.json
RUNTIME=/usr/bin/nimgate-runtime
RUNTIME_YAML=/etc/nimgate/runtime.yaml
CONTAINERD=/etc/containerd/config.toml
DROP_IN=/etc/containerd/conf.d/nimgate.toml
CRIO_DROP_IN=/etc/crio/crio.conf.d/50-nimgate.conf
IMPORTS='imports = ["/etc/containerd/conf.d/*.toml"] # by nimgate'

say()
{
	echo "nimgate: $*"
}

die()
{
	echo "nimgate: $*" >&2
	exit 1
}

# MODE PATH: standard input becomes that file on the node, unless it is that already.
put()
{
	mkdir -p "$ROOT${2%/*}"
	cat >"$ROOT$2.nimgate-new"
	chmod "$1" "$ROOT$2.nimgate-new"
	if cmp -s "$ROOT$2.nimgate-new" "$ROOT$2"; then
		rm "$ROOT$2.nimgate-new"
	else
		mv "$ROOT$2.nimgate-new" "$ROOT$2"
		say "wrote $2"
	fi
}

take_away()
{
	[ -e "$ROOT$1" ] || return 0
	rm "$ROOT$1"
	say "removed $1"
}

has()
{
	[ -x "$ROOT/usr/bin/$1" ] || [ -x "$ROOT/usr/local/bin/$1" ]
}

# 1 or 2: the release of containerd that the node has.
containerd_release()
{
	chroot "$ROOT" containerd --version 2>/dev/null | sed -n 's/.* v\{0,1\}\([12]\)\.[0-9].*/\1/p' | head -n 1
}

# The real runtime, where engines have theirs.
find_runtime()
{
	for path in /usr/bin/runc /usr/sbin/runc /usr/local/sbin/runc /usr/local/bin/runc /usr/bin/crun; do
		if [ -x "$ROOT$path" ] && [ ! -L "$ROOT$path" ]; then
			echo "$path"
			return
		fi
	done
}

# The policy is the administrator's: one that is there stays.
install_policy()
{
	[ -d "${POLICY_FROM:-/policy}" ] || return 0
	for file in "${POLICY_FROM:-/policy}"/*; do
		[ -f "$file" ] || continue
		case ${file##*/} in
		policy.yaml) [ -e "$ROOT/etc/nimgate/policy.yaml" ] || put 644 /etc/nimgate/policy.yaml <"$file" ;;
		*) put 644 "/etc/nimgate/trust/${file##*/}" <"$file" ;;
		esac
	done
}

install_programs()
{
	for program in $RUNTIME $HOOK /usr/bin/nimgate; do
		[ -f "$FROM$program" ] || die "$FROM$program is not in this image"
		put 755 $program <"$FROM$program"
	done
	# Hook and runtime are static; the command needs libraries that a node may not have.
	if ! chroot "$ROOT" /usr/bin/nimgate --version >/dev/null 2>&1; then
		take_away /usr/bin/nimgate
		say "the command nimgate does not run on this node, which lacks its libraries: use it in this pod"
	fi
}

# What the drop-in says, for release 1 or 2 of containerd.
containerd_drop_in()
{
	if [ "$1" = 2 ]; then
		echo 'version = 3'
		section='plugins."io.containerd.cri.v1.runtime".containerd'
	else
		echo 'version = 2'
		section='plugins."io.containerd.grpc.v1.cri".containerd'
	fi
	if [ "${NIMGATE_DEFAULT:-yes}" = yes ]; then
		printf '[%s]\n  default_runtime_name = "nimgate"\n' "$section"
	fi
	printf '[%s.runtimes.nimgate]\n  runtime_type = "io.containerd.runc.v2"\n' "$section"
	printf '  [%s.runtimes.nimgate.options]\n    BinaryName = "%s"\n' "$section" $RUNTIME
	if [ "${NIMGATE_CGROUP:-systemd}" = systemd ]; then
		echo '    SystemdCgroup = true'
	fi
}

# containerd reads drop-ins only where config.toml names them. A top key stands before every table.
import_drop_ins()
{
	if [ ! -e "$ROOT$CONTAINERD" ]; then
		printf 'version = %s\n%s\n' "$([ "$1" = 2 ] && echo 3 || echo 2)" "$IMPORTS" | put 644 $CONTAINERD
	elif grep -qE '^[[:space:]]*imports[[:space:]]*=.*"/etc/containerd/conf\.d/\*\.toml"' "$ROOT$CONTAINERD"; then
		return 0
	elif grep -qE '^[[:space:]]*imports[[:space:]]*=' "$ROOT$CONTAINERD"; then
		die "$CONTAINERD has other imports: add \"/etc/containerd/conf.d/*.toml\" to them"
	else
		{ echo "$IMPORTS"; cat "$ROOT$CONTAINERD"; } | put "$(stat -c %a "$ROOT$CONTAINERD")" $CONTAINERD
	fi
}

# What a restart counts for.
containerd_files()
{
	cat "$ROOT$DROP_IN" "$ROOT$CONTAINERD" 2>/dev/null | cksum
}

install_containerd()
{
	release=$(containerd_release)
	[ -n "$release" ] || die "containerd does not say which release it is"
	if [ "$release" = 1 ] && grep -qE '^[[:space:]]*\[plugins\."?io\.containerd\.grpc\.v1\.cri"?' "$ROOT$CONTAINERD" 2>/dev/null; then
		die "$CONTAINERD has a section for CRI of its own, which a drop-in would replace as a whole: add the lines of" \
			"config/containerd-nimgate.toml there (docs/engines.md), or upgrade to containerd 2"
	fi
	runtime=$(find_runtime)
	[ -n "$runtime" ] || die "no runc or crun on this node"
	[ -e "$ROOT$RUNTIME_YAML" ] || echo "runtime: $runtime" | put 644 $RUNTIME_YAML
	before=$(containerd_files)
	containerd_drop_in "$release" | put 644 $DROP_IN
	import_drop_ins "$release"
	[ "$(containerd_files)" = "$before" ] || restart containerd
}

# CRI-O watches its hooks' directories: no restart.
install_crio()
{
	printf '[crio.runtime]\nhooks_dir = ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"]\n' | put 644 $CRIO_DROP_IN
	put 644 $HOOKS_D <<-END
		{
		  "version": "1.0.0",
		  "hook": {
		    "path": "$HOOK",
		    "args": ["nimgate-hook", "createRuntime"],
		    "env": ["PATH=/usr/sbin:/usr/bin"],
		    "timeout": 110
		  },
		  "when": { "always": true },
		  "stages": ["createRuntime"]
		}
	END
}

# Containers that run go on meanwhile.
restart()
{
	if [ "${NIMGATE_RESTART:-yes}" = no ]; then
		say "$1 has to be restarted"
	else
		say "restarting $1"
		nsenter -t 1 -m -u -i -n -p -- systemctl try-restart "$1" || die "$1 cannot be restarted"
	fi
}

install_all()
{
	has containerd || has crio || die "neither containerd nor CRI-O on this node"
	install_programs
	mkdir -p "$ROOT/var/lib/nimgate/signatures" "$ROOT/var/lib/nimgate/receipts" "$ROOT/run/nimgate/requests"
	chmod 755 "$ROOT/var/lib/nimgate" "$ROOT/var/lib/nimgate/signatures"
	chmod 700 "$ROOT/var/lib/nimgate/receipts" "$ROOT/run/nimgate" "$ROOT/run/nimgate/requests"
	install_policy
	[ -e "$ROOT/etc/nimgate/policy.yaml" ] || say "no /etc/nimgate/policy.yaml yet: every NIM is refused (config) until there is one"
	! has crio || install_crio
	! has containerd || install_containerd
	say "installed"
}

# What names the programs goes first, the programs last. Policy, signatures and receipts are the administrator's, and stay.
remove_all()
{
	take_away $HOOKS_D
	take_away $CRIO_DROP_IN
	before=$(containerd_files)
	take_away $DROP_IN
	if [ -e "$ROOT$CONTAINERD" ] && grep -qxF "$IMPORTS" "$ROOT$CONTAINERD"; then
		grep -vxF "$IMPORTS" "$ROOT$CONTAINERD" >"$ROOT$CONTAINERD.nimgate-old" || :
		put "$(stat -c %a "$ROOT$CONTAINERD")" $CONTAINERD <"$ROOT$CONTAINERD.nimgate-old"
		rm -f "$ROOT$CONTAINERD.nimgate-old"
		grep -qvE '^version = [23]$' "$ROOT$CONTAINERD" || take_away $CONTAINERD
	fi
	! has containerd || [ "$(containerd_files)" = "$before" ] || restart containerd
	take_away $RUNTIME_YAML
	for program in $HOOK $RUNTIME /usr/bin/nimgate; do
		take_away $program
	done
	say "removed"
}

# In place of nimgate-verify.service: serves the requests that starts leave. The caches are where the node has them.
serve()
{
	trap 'exit 0' TERM INT
	while :; do
		"$FROM/usr/bin/nimgate" prefetch --requests || :
		sleep "${NIMGATE_INTERVAL:-5}" &
		wait $!
	done
}

command=${1:-}
[ $# = 0 ] || shift
while [ $# -ge 2 ]; do
	case $1 in
	--root) ROOT=${2%/} ;;
	--from) FROM=${2%/} ;;
	*) die "option $1 is not known" ;;
	esac
	shift 2
done
[ $# = 0 ] || die "option $1 is not known, or lacks its value"
case $command in
install) install_all ;;
remove) remove_all ;;
status) "$FROM/usr/bin/nimgate" doctor --root "$ROOT" ;;
serve) serve ;;
*) die "usage: node.sh install|remove|status|serve [--root DIR] [--from DIR]" ;;
esac
