#!/bin/sh
# Run by dpkg (postrm). What the programs made goes with the configuration: policy, trust, signatures, receipts, log.
set -e

rm -f /run/nimgate-removal
if [ "$1" = purge ]; then
	rm -rf /etc/nimgate /var/lib/nimgate /run/nimgate
	rm -f /var/log/nimgate-decisions.jsonl*
fi
