#!/bin/bash
# Installs what was built (make install; the packages use it). Every file comes to its place by rename, so that a program which engines run
# is never half there, nor away for a moment. Configuration that is there stays. No engine is told: nimgate engine enable does that.
#
# Settings, all from make: B, DESTDIR, PREFIX, SYSCONFDIR (/etc), UNITDIR, ZSHDIR.
set -eu
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr}
sysconf=${SYSCONFDIR:-/etc}
units=${UNITDIR:-$prefix/lib/systemd/system}
zsh=${ZSHDIR:-$prefix/share/zsh/site-functions}
doc=$prefix/share/doc/nimgate
umask 022

folder()
{
	install -d -m "${2:-755}" "$DESTDIR$1"
}

# FILE TARGET [MODE]
put()
{
	local target=$DESTDIR$2

	install -d "${target%/*}"
	install -m "${3:-644}" "$1" "$target.nimgate-new"
	mv -f "$target.nimgate-new" "$target"
}

# FILE TARGET: the same, with the places that were chosen.
put_unit()
{
	sed "s|/usr/bin/|$prefix/bin/|; s|/usr/share/doc/|$prefix/share/doc/|" "$1" >"$B/unit"
	put "$B/unit" "$2"
}

# The programs know where they belong.
if ! grep -qF "$prefix/libexec/oci/hooks.d/nimgate-hook" "$B/bin/nimgate"; then
	echo "install: $B/bin was not built with PREFIX=$prefix: make clean, then make PREFIX=$prefix" >&2
	exit 1
fi

put "$B/bin/nimgate-hook" "$prefix/libexec/oci/hooks.d/nimgate-hook" 755
put "$B/bin/nimgate-runtime" "$prefix/bin/nimgate-runtime" 755
put "$B/bin/nimgate" "$prefix/bin/nimgate" 755

put config/vendor-policy.yaml "$prefix/share/nimgate/policy.yaml"
put config/policy.schema.json "$prefix/share/nimgate/policy.schema.json"
for file in packaging/dashboards/*; do
	put "$file" "$prefix/share/nimgate/dashboards/${file##*/}"
done
[ -e "$DESTDIR$sysconf/nimgate/policy.yaml" ] || put config/first-policy.yaml "$sysconf/nimgate/policy.yaml"
folder "$sysconf/nimgate/trust"
folder "$sysconf/nimgate/policy.d"
folder /var/lib/nimgate
folder /var/lib/nimgate/receipts 700
folder /var/lib/nimgate/signatures

for unit in systemd/*.{service,path,timer}; do
	[ ! -f "$unit" ] || put_unit "$unit" "$units/${unit##*/}"
done
for folder in tmpfiles.d sysusers.d; do
	for file in "systemd/$folder"/*.conf; do
		[ ! -f "$file" ] || put "$file" "$prefix/lib/$folder/${file##*/}"
	done
done

for file in systemd/*.catalog; do
	[ ! -f "$file" ] || put "$file" "$prefix/lib/systemd/catalog/${file##*/}"
done

for page in "$B"/man/*; do
	put "$page" "$prefix/share/man/man${page##*.}/${page##*/}"
done
put "$B/nimgate.bash" "$prefix/share/bash-completion/completions/nimgate"
put "$B/_nimgate" "$zsh/_nimgate"

for file in README.md CHANGELOG.md docs/*; do
	[ ! -f "$file" ] || put "$file" "$doc/${file##*/}"
done
for file in config/*; do
	case $file in
	*/vendor-policy.yaml | */first-policy.yaml | */policy.schema.json) ;;
	*) [ ! -f "$file" ] || put "$file" "$doc/examples/${file##*/}" ;;
	esac
done
put systemd/nimgate-verify.service.d/idle.conf "$doc/examples/nimgate-verify.service.d/idle.conf"
