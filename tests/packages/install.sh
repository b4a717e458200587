#!/bin/bash
# make install: everything in its place, below another prefix too; what is there stays or is replaced by rename.
# shellcheck disable=SC2013,SC2015,SC2016 # ok does not fail
. "$(dirname "$0")/../cli/lib.bash"
cd "$REPOSITORY" || exit 1
B=$(dirname "$(dirname "$N")")

# DESTDIR
install_to()
{
	make -s install DESTDIR="$1" >"$W/log" 2>&1
}

# NAME COMMAND...
passes()
{
	local name=$1 said

	shift
	said=$("$@" 2>&1) && ok "$name" || not_ok "$name" "status $?: $said"
}

inode()
{
	stat -c %i "$1"
}

# The release, as the program, both packages and the changelog say it.
releases()
{
	"$N" --version | sed 's/.* //'
	sed -n 's/^Version: *//p' packaging/rpm/nimgate.spec
	sed -nE '1s/.*\((.*)\).*/\1/p' packaging/debian/changelog
	sed -nE 's/^## ([0-9.]+).*/\1/p' CHANGELOG.md | head -n 1
}

R=$W/root
passes 'one release' test "$(releases | sort | uniq -c | awk '{ print $1 }')" = 4
passes 'installs' install_to "$R"
for file in usr/bin/nimgate usr/bin/nimgate-runtime usr/libexec/oci/hooks.d/nimgate-hook usr/share/nimgate/policy.yaml etc/nimgate/policy.yaml \
	usr/lib/systemd/system/nimgate-verify.path usr/lib/tmpfiles.d/nimgate.conf usr/share/man/man8/nimgate-hook.8 \
	usr/share/bash-completion/completions/nimgate usr/share/zsh/site-functions/_nimgate usr/share/doc/nimgate/policy.md \
	usr/share/nimgate/dashboards/alerts.rules.yaml usr/share/nimgate/dashboards/grafana.json usr/share/doc/nimgate/examples/nimgate-hook.json; do
	passes "has $file" test -f "$R/$file"
done
passes 'receipts are root'"'"'s alone' test "$(stat -c %a "$R/var/lib/nimgate/receipts")" = 700
passes 'nothing is left of the way' test -z "$(find "$R" -name '*.nimgate-new')"
passes 'no engine is told' test ! -e "$R/usr/share/containers"
passes 'documents that units name are there' grep -rhoE 'file:/usr/share/doc/nimgate/[a-z.-]+' "$R/usr/lib/systemd/system"
for document in $(grep -rhoE 'file:/usr/share/doc/nimgate/[a-z.-]+' "$R/usr/lib/systemd/system" | sort -u); do
	passes "is there: ${document##*/}" test -f "$R${document#file:}"
done

# Another hook comes to its place by rename: a program that is written over is cut short for a while.
echo 'mode: warn # mine' >"$R/etc/nimgate/policy.yaml"
before=$(inode "$R/usr/libexec/oci/hooks.d/nimgate-hook")
passes 'installs again' install_to "$R"
passes 'the hook is replaced by rename' test "$before" != "$(inode "$R/usr/libexec/oci/hooks.d/nimgate-hook")"
passes 'the policy stays' grep -q mine "$R/etc/nimgate/policy.yaml"

if B=$B DESTDIR=$W/other PREFIX=/opt/nimgate packaging/install.sh >"$W/log" 2>&1; then
	not_ok 'another prefix than the programs know is refused' "$(cat "$W/log")"
elif grep -q 'was not built with PREFIX=/opt/nimgate' "$W/log" && [ ! -e "$W/other" ]; then
	ok 'another prefix than the programs know is refused'
else
	not_ok 'another prefix than the programs know is refused' "$(cat "$W/log")"
fi
end
