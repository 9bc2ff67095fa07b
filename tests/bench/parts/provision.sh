#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Provisioning runs over HTTPS, all on one processor:
#
#   fetcher-memory   the peak of the fetcher's resident memory, over 30 MB of XML with 20,000
#                    elements, less the peak over 32 KB with one; -60: over 60 MB with 40,000
#                    / over 30 MB. Three times, each run for a new phone
#   run-rate         certificates in a second of the run over 30 MB, for a new phone, as the
#                    schedule begins it: of the 20,000 that are read and judged 10,000 are
#                    accepted and written, and as many are found to be there / of bench-decode
#                    for these 10,000
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
larger=('[provisioning]' DocumentBytes=64M Certificates=40000 '[store]' Servers=10000)
bench_config "${larger[@]}"
serve_documents
start_fetcher

# --- the fetcher's memory ---

# peak_of DOCUMENT - of the fetcher in a run, in KiB: PEAK
peak_of() {
	local peak=0 child now
	start caller /usr/bin/python3 "$ROOT/tests/bench/timed-run.py" "$ADMIN" "$WWW/$1" "$T/run.json"
	while alive caller; do
		read -r child _ <"/proc/${PID[fetcher]}/task/${PID[fetcher]}/children"
		now=$(awk '/^VmHWM:/ { print $2 }' "/proc/${child:-0}/status" 2>/dev/null)
		((${now:-0} <= peak)) || peak=$now
		sleep 0.02
	done
	grep -q '"result": "complete"' "$T/run.json" || fail "a run failed: $(tail -c 600 "$T/run.json")"
	((peak > 0)) || fail "the fetcher was never seen"
	PEAK=$peak
}

begin
for name in small large-30 large-60; do : >"$T/peak.$name"; done
for _ in 1 2 3; do
	for name in small large-30 large-60; do
		new_phone
		peak_of $name.xml
		stop daemon
		echo "$PEAK" >>"$T/peak.$name"
	done
done
mapfile -t more < <(paste "$T/peak.large-30" "$T/peak.small" | awk '{ print $1 - $2 }')
figure fetcher-memory - KiB "more at its peak over 30 MB of XML than over 32 KB (peak over 30 MB: $(sed -n 1p "$T/peak.large-30"))" \
	"$(median "${more[@]}")" 0 "${more[@]}"
paste -d ' ' "$T/peak.large-60" "$T/peak.large-30" >"$T/peaks"
ratio fetcher-memory-60 - KiB "peak over 60 MB of XML / over 30 MB" "$T/peaks"

# --- certificates in a second ---

begin
: >"$T/rates"
for ((i = 0; i < rounds; i++)); do
	new_phone
	seconds=$(timed_run "$WWW/large-30.xml")
	[ "$(state_of servers)" = 10000 ] || fail "of 10,000 certificates $(state_of servers) were accepted"
	stop daemon
	decoded=$("$bench/bench-decode" "$DATA/mint" 10000) || fail "no decoding"
	awk "BEGIN { print 20000 / $seconds, $decoded }" >>"$T/rates"
done
ratio run-rate - /s "certificates of a 30 MB document judged, half of them new and written / decoded in one process" "$T/rates"
