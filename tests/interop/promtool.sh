#!/bin/bash
# nimgate metrics by promtool, Prometheus' own judge: that of this machine, or Debian's, unpacked into build/.
. "$(dirname "$0")/../cli/lib.bash"
. "$(dirname "$0")/prometheus.bash"
promtool=$(prometheus_program promtool prometheus) || exit 0

# NAME STATUS: what promtool says of $W/metrics.
judges()
{
	"$promtool" check metrics <"$W/metrics" >"$W/said" 2>&1
	[ $? = "$2" ] && { [ "$2" != 0 ] || [ ! -s "$W/said" ]; } && ok "$1" || not_ok "$1" "$(cat "$W/said")"
}

make_pki "$W/pki" prime256v1
issue "$W/pki" odd '/CN=a "quote", a \\ backslash/O=Übung' root 'basicConstraints=critical,CA:TRUE'
[ -s "$W/pki/odd.pem" ] || { cp "$W/pki/root.key" "$W/pki/odd.key" && issue "$W/pki" odd '/CN=a "quote", a \\ backslash/O=Übung' root 'basicConstraints=critical,CA:TRUE'; }
cat "$W/pki/odd.pem" >>"$W/pki/root.pem"
mkdir -p "$W/signatures/org/model/1"
cp "$W/pki/root.pem" "$W/signatures/org/model/1/result.sigstore"
printf '%s\n' 'mode: enforce' "trust: {method: certificate, anchors: [$W/pki/root.pem]}" "signatures: [$W/signatures]" >"$W/policy.yaml"
run metrics --policy "$W/policy.yaml" --counters "$W/none"
cp "$W/.out" "$W/metrics"
judges 'before any decision' 0
grep -qF 'bung,CN=a \\\"quote\\\"\\, a \\\\ backslash"} ' "$W/metrics" && ok 'an odd name is there' || not_ok 'an odd name is there' "$(grep anchor "$W/metrics")"
prometheus_counters "$W/counters" admit:none=5 refuse:not-cached=5 start_ms=5
run metrics --policy "$W/policy.yaml" --counters "$W/counters"
cp "$W/.out" "$W/metrics"
judges 'with decisions' 0
grep -qxF 'nimgate_decisions_total{verdict="refuse",reason="not-cached"} 5' "$W/metrics" && ok 'they are there' || not_ok 'they are there' "$(cat "$W/metrics")"
echo 'nimgate_decisions_total{verdict="refuse} 6' >>"$W/metrics"
judges 'a sample that is none' 1
end
