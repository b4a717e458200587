# docs/install.md, line by line as it stands there, for the engines that are here: from a machine without nimgate to a canary that is refused,
# against a server that plays NGC. What apt and systemd do is done by hand. Sourced by engines.sh.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2034 # ok does not fail; not_ok reads OUTPUT
FIVE_MINUTES=300

# HEADING: the commands of that section of the page.
install_lines()
{
	awk -v heading="## $1" '/^## / { inside = $0 == heading } inside && /^    / { sub(/^    /, ""); sub(/  +#.*/, ""); print }' "$REPOSITORY/docs/install.md"
}

# What the package brings, in place of apt; and the way to a server that plays NGC.
install_package()
{
	install_open
	cp "$NIMGATE" /usr/bin/nimgate
	mkdir -p /usr/share/nimgate /etc/nimgate/trust /etc/nimgate/policy.d /var/lib/nimgate/signatures
	cp "$REPOSITORY/config/vendor-policy.yaml" /usr/share/nimgate/policy.yaml
	cp "$REPOSITORY/config/first-policy.yaml" /etc/nimgate/policy.yaml
	echo "log: $W/decisions.jsonl" >/etc/nimgate/policy.d/test.yaml
	cp "$CONFIG" /etc/nimgate/fetch.yaml
}

# HEADING RESTART STOP: goes through it. RESTART is what systemctl does, where the page says so, and STOP undoes it.
five_minutes()
{
	local heading=$1 restart=$2 stop=$3 line began seconds version number=0

	# shellcheck source=tests/supply/server.bash
	. "$REPOSITORY/tests/supply/server.bash"
	fixture_restore
	mkdir -p "$S"
	make_server_pki
	cp "$W/pki/root.pem" "$S/pem"
	for version in "$W/signatures/$ORGANISATION"/*; do
		cp "$version/result.sigstore" "$S/bundle.llama-demo.${version##*/}"
	done
	start_server
	PIDS+=("$SERVER")
	write_config
	began=$(date +%s)
	while IFS= read -r line; do
		number=$((number + 1))
		case $line in
		'make deb && apt install '*) OUTPUT=$(install_package 2>&1) ;;
		'systemctl restart '*) $restart ;;
		'nimgate trust fetch') OUTPUT=$(printf 'yes\n' | script -qec 'nimgate trust fetch' /dev/null 2>&1) ;;
		*) OUTPUT=$(bash -c "${line/DIR/$W/images/nim}" 2>&1 </dev/null) ;;
		esac
		equal "install/$heading: $line" 0 $?
	done < <(install_lines "$heading")
	seconds=$(($(date +%s) - began))
	equal "install/$heading: it ends with a proof" yes "$([[ $OUTPUT == *'refused ('* ]] && echo yes)"
	[ $number -ge 6 ] && [ $seconds -lt $FIVE_MINUTES ] && ok "install/$heading: five minutes ($number lines, $seconds s)" ||
		not_ok "install/$heading: five minutes" "$number lines, $seconds s"
	$stop
	stop_server
	rm -rf "${S:?}" /var/lib/nimgate/signatures
	install_close
	fixture_restore
}

five_minutes_podman()
{
	local -x CONTAINERS_CONF=$W/five.conf CONTAINERS_STORAGE_CONF=$W/storage.conf

	podman_settings
	podman_conf "tmp_dir=\"$W/podman-tmp\"" 'cgroup_manager="cgroupfs"' 'events_logger="file"' >"$W/five.conf"
	five_minutes podman false true
}

five_minutes_docker()
{
	five_minutes Docker 'docker_up /etc/docker/daemon.json' 'down_named DOCKERD'
}

five_minutes_containerd()
{
	local -x CONTAINERD_ADDRESS=$W/five.sock CONTAINERD_SNAPSHOTTER=native
	local made=

	# A place that its configuration, as Debian ships it, does not choose.
	[ -d /var/lib/containerd ] || { mkdir /var/lib/containerd && made=yes; }
	mount -t tmpfs -o mode=755 none /var/lib/containerd || die "cannot mount a tmpfs"
	five_minutes containerd containerd_up 'down_named CONTAINERD'
	umount -l /var/lib/containerd
	[ -z "$made" ] || rmdir /var/lib/containerd
}

# NAME of a variable with a daemon's process.
down_named()
{
	down "${!1}"
}

# containerd, with the machine's configuration, in a place of its own.
containerd_up()
{
	containerd --config /etc/containerd/config.toml --root "$W/five-root" --state "$W/five-state" --address "$CONTAINERD_ADDRESS" >"$W/five.log" 2>&1 &
	CONTAINERD=$!
	PIDS+=("$CONTAINERD")
	up ctr version
}
