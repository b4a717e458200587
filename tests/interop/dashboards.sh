#!/bin/bash
# packaging/dashboards by Prometheus itself: the alerts by promtool and their own tests; the dashboard on what nimgate metrics says, by
# node_exporter's textfile collector, as its user, and a Prometheus that scrapes it. Each expression of each panel must return something.
. "$(dirname "$0")/../cli/lib.bash"
. "$(dirname "$0")/prometheus.bash"
DASHBOARDS=$REPOSITORY/packaging/dashboards
TESTS=$REPOSITORY/tests/interop/alerts.test.yaml
promtool=$(prometheus_program promtool prometheus) || { echo "skip ${0##*/}: no promtool"; exit 0; }
prometheus=$(prometheus_program prometheus prometheus) || { echo "skip ${0##*/}: no Prometheus"; exit 0; }
exporter=$(prometheus_program prometheus-node-exporter prometheus-node-exporter) || { echo "skip ${0##*/}: no node_exporter"; exit 0; }
PIDS=()
COLLECTOR=$(mktemp -d /tmp/nimgate-collector.XXXXXX)
trap end_servers EXIT

end_servers()
{
	[ ${#PIDS[@]} = 0 ] || { kill "${PIDS[@]}" && wait "${PIDS[@]}"; } 2>/dev/null
	rm -rf "$COLLECTOR"
	finish
}

# NAME COMMAND...
passes()
{
	local name=$1 said

	shift
	said=$("$@" 2>&1) && ok "$name" || not_ok "$name" "$said"
}

check_alerts()
{
	local alert untested

	passes 'alerts: promtool understands them' "$promtool" check rules "$DASHBOARDS/alerts.rules.yaml"
	passes 'alerts: they come and go as they should' "$promtool" test rules "$TESTS"
	untested=$(sed -n 's/^ *- alert: //p' "$DASHBOARDS/alerts.rules.yaml" | while read -r alert; do
		grep -A 2 "alertname: $alert\$" "$TESTS" | grep -q exp_alerts || echo "$alert"
	done)
	[ -z "$untested" ] && ok 'alerts: each has a test' || not_ok 'alerts: each has a test' "$untested"
	mkdir -p "$W/copy/packaging/dashboards" "$W/copy/tests/interop"
	sed 's/nimgate_audit_alerts > 0/nimgate_audit_alerts > 2/' "$DASHBOARDS/alerts.rules.yaml" >"$W/copy/packaging/dashboards/alerts.rules.yaml"
	cp "$TESTS" "$W/copy/tests/interop/"
	if "$promtool" test rules "$W/copy/tests/interop/alerts.test.yaml" >/dev/null 2>&1; then
		not_ok 'alerts: their tests can fail' 'they cannot'
	else
		ok 'alerts: their tests can fail'
	fi
}

# A host with an anchor, a signature, receipts' journal or none, and an audit that found something.
make_host()
{
	make_pki "$W/pki" prime256v1
	mkdir -p "$W/model" "$W/signatures/org/model/1"
	echo weights >"$W/model/weights"
	expect 'a signature' 0 out succeeded sign certificate "$W/model" --private-key "$W/pki/leaf.key" --signing-certificate "$W/pki/leaf.pem" \
		--certificate-chain "$W/pki/int.pem" --signature "$W/signatures/org/model/1/result.sigstore"
	printf '%s\n' 'mode: enforce' "trust: {method: certificate, anchors: [$W/pki/root.pem]}" "signatures: [$W/signatures]" >"$W/policy.yaml"
	printf '%s\n' 'nimgate-audit 1' "time $(date +%s)" 'containers 2' 'alerts 1' >"$W/audit"
}

# COUNTER=VALUE...: nimgate metrics, as its timer runs it.
write_metrics()
{
	prometheus_counters "$W/counters" "$@"
	run metrics --policy "$W/policy.yaml" --counters "$W/counters" --audit "$W/audit" --output "$COLLECTOR/nimgate.prom"
	[ "$status" = 0 ] || not_ok 'metrics' "$err"
}

# PORT: whether anybody listens there.
listens()
{
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# NAME PORT COMMAND...: a server, and waits until it listens.
serve()
{
	local name=$1 port=$2

	shift 2
	"$@" >"$W/$name.log" 2>&1 &
	PIDS+=($!)
	for ((i = 0; i < 150; i++)); do
		! listens "$port" || return 0
		sleep 0.1
	done
	not_ok "$name" "does not listen: $(tail -n 3 "$W/$name.log")"
	exit 1
}

free_port()
{
	local port

	for ((i = 0; i < 50; i++)); do
		port=$((20000 + RANDOM % 20000))
		listens $port || break
	done
	echo $port
}

# EXPRESSION: how many series it returns.
series()
{
	"$promtool" query instant -o json "http://127.0.0.1:$PORT" "$1" 2>"$W/query.err" | jq length
}

# NAME EXPRESSION: it returns some, as the panel would ask.
returns()
{
	local asked=${2//\$__rate_interval/1m} found

	asked=${asked//\$instance/.*}
	found=$(series "$asked")
	[ "${found:-0}" -gt 0 ] && ok "$1" || not_ok "$1" "no series: $asked $(cat "$W/query.err")"
}

start_servers()
{
	local user=() other

	other=$(free_port)
	PORT=$(free_port)
	chmod 755 "$COLLECTOR"
	[ "$(id -u)" != 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	cp "$exporter" "$COLLECTOR/exporter"
	serve exporter "$other" "${user[@]}" "$COLLECTOR/exporter" --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$COLLECTOR" --web.listen-address="127.0.0.1:$other"
	printf '%s\n' 'global: {scrape_interval: 1s, evaluation_interval: 1s}' "rule_files: [$DASHBOARDS/alerts.rules.yaml]" 'scrape_configs:' \
		"  - {job_name: node, static_configs: [{targets: ['127.0.0.1:$other']}]}" >"$W/prometheus.yml"
	serve prometheus "$PORT" "$prometheus" --config.file="$W/prometheus.yml" --storage.tsdb.path="$W/data" --web.listen-address="127.0.0.1:$PORT"
}

# EXPRESSION: waits until it returns anything.
await()
{
	for ((i = 0; i < 100; i++)); do
		if [ "$(series "$1")" != 0 ] && [ -n "$(series "$1")" ]; then
			return
		fi
		sleep 0.2
	done
}

check_dashboard()
{
	local name expression count=0 families family found

	while IFS=$'\t' read -r name expression; do
		count=$((count + 1))
		returns "dashboard: $name" "$expression"
	done < <(jq -r '.panels[] as $panel | $panel.targets[] | [$panel.title + " " + .refId, .expr] | @tsv' "$DASHBOARDS/grafana.json" | sed 's/\\\\/\\/g')
	[ $count -ge 20 ] && ok 'dashboard: every panel was asked' || not_ok 'dashboard: every panel was asked' "$count"
	found=$(series 'a_metric_that_is_none')
	[ "$found" = 0 ] && ok 'dashboard: this can fail' || not_ok 'dashboard: this can fail' "$found"
	families=$(grep -oh 'nimgate_[a-z_]*' "$DASHBOARDS"/* | sort -u)
	for family in $families; do
		grep -q "^# TYPE $family " "$COLLECTOR/nimgate.prom" || not_ok "$family" 'nimgate metrics has no such'
	done
	sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$COLLECTOR/nimgate.prom" | grep -vxF "$families" >"$W/unused"
	[ "$(cat "$W/unused")" = "$(printf '%s\n' nimgate_last_decision_timestamp_seconds nimgate_receipts_bytes nimgate_receipts_oldest_timestamp_seconds nimgate_signatures)" ] &&
		ok 'dashboards: every metric that can alarm is used' || not_ok 'dashboards: every metric that can alarm is used' "$(cat "$W/unused")"
}

check_alerts
make_host
write_metrics
start_servers
await 'nimgate_build_info'
returns 'a first scrape' 'nimgate_decisions_total{verdict="refuse", reason="changed"} == 0'
sleep 2
write_metrics admit:none=9 refuse:changed=1 admit:extra=1 start_ms=200 contents_ms=100 hashed_bytes=200 remembered_bytes=100 lost_log=1
await 'nimgate_decisions_total{verdict="refuse", reason="changed"} == 1'
sleep 1
returns 'a refusal moves increase()' 'increase(nimgate_decisions_total{verdict="refuse", reason="changed"}[1m]) > 0'
returns 'node_exporter reads the file' 'node_textfile_scrape_error == 0'
returns 'and knows its age' 'node_textfile_mtime_seconds'
await 'ALERTS{alertname="NimgateTampered", alertstate="firing"}'
for alert in NimgateUngated NimgateTampered NimgateWouldRefuse NimgateDecisionsLost; do
	returns "alert: $alert" "ALERTS{alertname=\"$alert\", alertstate=\"firing\"}"
done
check_dashboard
end
