#!/bin/sh
# Run by dpkg (postinst). A removal that did not come about leaves the gate as it was.
set -e

if [ "$1" = abort-remove ] && [ -e /run/nimgate-removal ]; then
	while read -r engine; do
		nimgate engine enable "$engine" --apply >/dev/null 2>&1 || echo "nimgate: no longer enabled: $engine" >&2
	done </run/nimgate-removal
fi
rm -f /run/nimgate-removal
