#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long calls wait during a provisioning run (bench-latency): daemon and client share a
# processor, fetcher and web server have the others. A new phone in each round, 1,000
# certificates in one document.
. "$(dirname "$0")/../bench.sh"
bench_config
serve_documents
start_fetcher
: >"$T/rounds"
begin
for ((i = 0; i < rounds; i++)); do
	new_phone
	taskset -p -c "$CPU" "${PID[daemon]}" >/dev/null
	[ ${#ahead[@]} = 0 ] || chrt --rr -p 1 "${PID[daemon]}"
	read -r idle busy count < <(taskset -c "$CPU" "${ahead[@]}" "$bench/bench-latency" "$DATA/mint" "$TRUST" "$ADMIN" \
		"$WWW/thousand-$i.xml" 2>"$T/latency.log")
	[ -n "${count:-}" ] || fail "latencies cannot be measured"
	[ "$(state_of servers)" = 1000 ] || fail "1,000 certificates were offered, $(state_of servers) accepted"
	echo "$busy $idle $count" >>"$T/rounds"
	stop daemon
done
ratio run-p99 - us "repeated Verify, 99th percentile: during a run of 1,000 certificates / idle" "$T/rounds"
