#!/bin/sh
# Installs nimgate on a node of Kubernetes, or removes it: what the DaemonSets in nimgate.yaml and remove.yaml run, with the node's files below
# /host. A shell script for any container image with a shell, awk, cp, mv and chroot.
#
#   node.sh install|remove|status|serve|stay [--root DIR] [--from DIR]
#
# --from is where the image has the programs (default: /). Each file gets its name in one step, programs before what names them. Lines in files that
# are not ours are marked, and go again; what is not understood is left as it is, and said.
#
#   NIMGATE_DEFAULT=no        containerd: only pods with the RuntimeClass nimgate come through the gate (default: its handler runc, too)
#   NIMGATE_RESTART=no        restart no daemon: what changed counts from its next start (default: containerd, where its files changed)
set -eu

ROOT=/host FROM=''
HOOK=/usr/libexec/oci/hooks.d/nimgate-hook
HOOKS_D=/usr/share/containers/oci/hooks.d/nimgate-hook.json
RUNTIME=/usr/bin/nimgate-runtime
RUNTIME_YAML=/etc/nimgate/runtime.yaml
CRIO_DROP_IN=/etc/crio/crio.conf.d/50-nimgate.conf
. "${0%/*}/containerd.sh"

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
	[ -e "$ROOT$1" ] || [ -L "$ROOT$1" ] || return 0
	rm "$ROOT$1"
	say "removed $1"
}

has()
{
	[ -x "$ROOT/usr/bin/$1" ] || [ -x "$ROOT/usr/local/bin/$1" ]
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
	done
	put 755 $RUNTIME <"$FROM$RUNTIME"
	put 755 $HOOK <"$FROM$HOOK"
	# Hook and runtime are static; the command needs libraries that a node may not have.
	trial=/usr/bin/nimgate.nimgate-trial
	cp "$FROM/usr/bin/nimgate" "$ROOT$trial"
	if chroot "$ROOT" $trial --version >/dev/null 2>&1; then
		put 755 /usr/bin/nimgate <"$FROM/usr/bin/nimgate"
	else
		take_away /usr/bin/nimgate
		say "the command nimgate does not run on this node, which lacks its libraries: use it in this pod"
	fi
	rm "$ROOT$trial"
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
		nsenter -t 1 -m -u -i -n -p -- systemctl try-restart "$1"
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
	remove_containerd
	runtime=$(sed -n 's/^runtime: //p' "$ROOT$RUNTIME_YAML" 2>/dev/null || :)
	take_away $RUNTIME_YAML
	take_away $HOOK
	take_away /usr/bin/nimgate
	leave_runtime "$runtime"
	say "removed"
}

# PROGRAM: containers that were started through our runtime are stopped, entered and started again through it, too, by its path: as long as there
# is one, that leads to the real one. The pod in which this runs is one itself.
leave_runtime()
{
	if [ -n "$1" ] && [ -x "$ROOT$1" ] && grep -qs $RUNTIME "$ROOT"/run/containerd/io.containerd.runtime.v2.task/*/*/options.json; then
		ln -s "$1" "$ROOT$RUNTIME.nimgate-new"
		mv -T "$ROOT$RUNTIME.nimgate-new" "$ROOT$RUNTIME"
		say "$RUNTIME leads to $1 now, for the containers that were started through it: remove it when they have ended"
	else
		take_away $RUNTIME
	fi
}

# COMMAND: beside this shell, which is the pod's first process and has to be told of SIGTERM by itself.
beside()
{
	"$@" &
	child=$!
	wait $child || :
}

end()
{
	[ -z "$child" ] || kill "$child" 2>/dev/null || :
	wait
	exit 0
}

# In place of nimgate-verify.service: serves the requests that starts leave. The caches are where the node has them.
serve()
{
	while :; do
		beside "$FROM/usr/bin/nimgate" prefetch --requests
		beside sleep "${NIMGATE_INTERVAL:-5}"
	done
}

stay()
{
	while :; do
		beside sleep 86400
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
serve | stay)
	child=''
	trap end TERM INT
	$command
	;;
*) die "usage: node.sh install|remove|status|serve|stay [--root DIR] [--from DIR]" ;;
esac
