# Cases of gate.sh about where a container's files lie: root.path in every form, mount destinations behind links, what others mount, and
# runtimes without root. Sourced after cases.sh; see there.
# shellcheck shell=bash
# shellcheck disable=SC2034 # lib.sh reads the settings

# root.path counts from the bundle.
prepare_root_relative()
{
	EDIT='.root.path = "../images/nim"'
}

prepare_root_relative_changed()
{
	prepare_root_relative
	prepare_flipped_byte
}

# crun follows a root.path that is a link; runc does not start from one.
prepare_root_link()
{
	ln -sfn "$W/images/nim" "$W/linked-root"
	EDIT=".root.path = \"$W/linked-root\""
}

prepare_root_link_changed()
{
	prepare_root_link
	prepare_flipped_byte
}

# The image's own file at the place is signed as well; the container gets what is mounted, wherever the link leads.
prepare_mount_through_link()
{
	mkdir "$W/images/nim/srv"
	mv "$W/images/nim/opt/nim" "$W/images/nim/srv/nim"
	ln -s /srv/nim "$W/images/nim/opt/nim"
}

prepare_mount_through_link_changed()
{
	prepare_mount_through_link
	cp -a "$W/cache/." "$W/images/nim/srv/nim/.cache/"
	prepare_flipped_byte
}

prepare_mount_on_link()
{
	rmdir "$W/images/nim/opt/nim/.cache"
	mkdir "$W/images/nim/data"
	ln -s ../../data "$W/images/nim/opt/nim/.cache"
}

prepare_mount_on_link_changed()
{
	prepare_mount_on_link
	cp -a "$W/cache/." "$W/images/nim/data/"
	prepare_flipped_byte
}

# A known hole (docs/known-holes.md): another hook, at a later stage, mounts over what was verified.
prepare_hole_later_mount()
{
	local place=opt/nim/.cache/$SNAPSHOT/$HF/config.json

	echo evil >"$W/evil"
	COMMAND=(/bin/sh -c "cat /$place >/out/seen; /opt/nim/start_server.sh")
	EDIT=".hooks.createContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\",
		\"cat >/dev/null; mount --bind $W/evil $W/images/nim/$place\"]}]"
}

judge_later_mount()
{
	judge "$1" admitted
	if [ "$(cat "$W/out/seen")" = evil ]; then
		ok "$1/seen"
	else
		not_ok "$1/seen" "wanted 'evil': the hole is closed"
	fi
}

# runc itself does not start from a link.
judge_root_link()
{
	if [ "$RAN" = no ] && [ "$STATUS" != 0 ] && grep -q 'invalid rootfs: .*symlink' <<<"$OUTPUT"; then
		ok "$1"
	else
		not_ok "$1" "wanted runc's own refusal"
	fi
}

# Runtimes without root, as nobody: runc's hook sees the files as the container will, and crun's cannot, which refuses.
run_rootless()
{
	local runtime

	for runtime in "$@"; do
		wanted rootless || return
		fixture_restore
		rootless_start "$runtime"
		[ "$runtime" = crun ] || judge "$runtime/rootless" admitted
		[ "$runtime" = runc ] || judge "$runtime/rootless" refused unseen
		prepare_flipped_byte
		rootless_start "$runtime"
		[ "$runtime" = crun ] || judge "$runtime/rootless-changed" refused changed model-00003-of-00003
		[ "$runtime" = runc ] || judge "$runtime/rootless-changed" refused unseen
	done
}

# What "runc spec --rootless" changes: a user namespace, and nothing that only root may do.
rootless_start()
{
	EDIT='del(.linux.resources) | .linux.namespaces |= (map(select(.type != "network")) + [{type: "user"}])
		| .linux.uidMappings = [{containerID: 0, hostID: 65534, size: 1}] | .linux.gidMappings = .linux.uidMappings
		| .mounts |= (map(select(.destination != "/sys/fs/cgroup"))
			| map(if .destination == "/sys" then {destination: "/sys", type: "none", source: "/sys",
				options: ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end)
			| map(if .destination == "/dev/pts" then .options |= map(select(startswith("gid=") | not)) else . end))'
	mkdir -p "$W/nobody"
	chown 65534:65534 "$W/nobody"
	chmod 777 "$W/out"
	# Nobody else may write the decision log.
	sed -i '/^log:/d' "$POLICY"
	STATE=$W/nobody
	WITHIN=(env "XDG_RUNTIME_DIR=$W/nobody" "$HERE/cgrun.sh" setpriv --reuid=65534 --regid=65534 --clear-groups)
	start "$1"
}
