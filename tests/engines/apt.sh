# apt with places of its own, for another release of Debian than the machine's, from the mirror that the machine's own apt uses: its sources, lists
# and caches, and what is installed, stay as they are. Sourced; "work" is a folder of the caller, who has a function fail.
# shellcheck shell=bash

apt_own()
{
	APT_CONFIG=$work/apt.conf apt-get -qq "$@" >>"$work/log" 2>&1
}

# apt_prepare SUITE KIND...: KIND is deb or deb-src.
apt_prepare()
{
	local suite=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg codename kind

	shift
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -e $keys ] || fail "$keys is not there: this machine is not Debian"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
	: >"$work/status"
	for kind; do
		apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
			awk -v here="$codename" -v there="$suite" -v keys="$keys" -v kind="$kind" '$2 == here || index($2, here "-") == 1 {
				print kind " [signed-by=" keys "] " $1, there substr($2, length(here) + 1), $3 }'
	done >"$work/sources.list"
	[ -s "$work/sources.list" ] || fail "apt has no source for this machine's own release ($codename)"
	cat >"$work/apt.conf" <<-END
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		Dir::Etc::SourceList "$work/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$work/lists";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "root";
	END
	apt-config dump | grep '^Acquire::' >>"$work/apt.conf"
	apt_own update || fail "apt-get update: $(tail -n 3 "$work/log")"
}

# Of the mirror that apt_prepare found.
apt_mirror()
{
	sed -n "s/^deb \[[^]]*\] \([^ ]*\) $1 .*/\1/p" "$work/sources.list" | head -n 1
}
