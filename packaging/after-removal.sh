#!/bin/sh
# Run by dpkg (postrm) and rpm (postun). What the programs made goes with the configuration: policy, trust, signatures, receipts, log.
set -e

case $1 in
remove | purge) rm -f /run/nimgate-removal ;;
# dpkg has deb-systemd-helper for the links; rpm, without systemd's macros, nothing.
0) rm -f /run/nimgate-removal /etc/systemd/system/*.target.wants/nimgate-* ;;
esac
if [ "$1" = purge ]; then
	rm -rf /etc/nimgate /var/lib/nimgate /run/nimgate
	rm -f /var/log/nimgate-decisions.jsonl*
	# A folder for the drop-in alone.
	rmdir /etc/containerd/conf.d 2>/dev/null || true
	# Whose files they were (nimgate-fetch.service); nothing of that user's is left.
	if getent passwd nimgate-fetch >/dev/null && command -v userdel >/dev/null; then
		userdel nimgate-fetch >/dev/null 2>&1 || true
	fi
fi
