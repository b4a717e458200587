# What differs between the releases of the engines, in one place. Sourced by engines.sh.
#
# CASES stands before the name of each case ("debian13/"); RELEASE_WANTED is the versions that have to be what runs, if it is set.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the cases read the settings

# The runtimes, where only root can have put them: nimgate-runtime takes no other.
release_open()
{
	local program

	export PODMAN_IGNORE_CGROUPSV1_WARNING=1 # podman 5 says so on a machine with the old kind
	mkdir "$W/runtimes"
	for program in runc crun; do
		cp "$(command -v $program)" "$W/runtimes/$program"
	done
	[ -z "${RELEASE_WANTED:-}" ] || equal "versions" "$RELEASE_WANTED" "$(release_versions)"
}

# podman_conf [LINE...]: containers.conf, on standard output, with more lines for its table [engine]. podman looks for programs in places of
# its own, not in PATH.
podman_conf()
{
	local helpers

	helpers=$(dirname "$(command -v conmon)")
	printf '[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=4096:8192"]\n[engine]\nlock_type="file"\n'
	printf 'conmon_path=["%s/conmon"]\nhelper_binaries_dir=["%s","/usr/libexec/podman","/usr/lib/podman"]\n' "$helpers" "$helpers"
	[ $# = 0 ] || printf '%s\n' "$@"
	printf '[engine.runtimes]\nrunc=["%s"]\ncrun=["%s"]\n' "$W/runtimes/runc" "$W/runtimes/crun"
}

release_versions()
{
	local program

	for program in runc crun podman containerd dockerd "$DOCKER"; do
		echo "${program##*/} $("$program" --version | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1)"
	done | paste -sd ' '
}

# release_at_least PROGRAM VERSION
release_at_least()
{
	printf '%s\n' "$2" "$("$1" --version | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1)" | sort -CV
}
