#!/bin/sh
# Run by dpkg (postrm). What the programs made goes with the configuration: policy, trust, signatures, receipts, log.
set -e

rm -f /run/nimgate-removal
if [ "$1" = purge ]; then
	rm -rf /etc/nimgate /var/lib/nimgate /run/nimgate
	rm -f /var/log/nimgate-decisions.jsonl*
	# Whose files they were (nimgate-fetch.service); nothing of that user's is left.
	if getent passwd nimgate-fetch >/dev/null && command -v userdel >/dev/null; then
		userdel nimgate-fetch >/dev/null 2>&1 || true
	fi
fi
