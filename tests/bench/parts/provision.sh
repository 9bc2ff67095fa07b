#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Provisioning runs over HTTPS, all on one processor:
#
#   flushes-*        fsync and fdatasync of the daemon's write-ahead log, as strace counts
#                    them, nine times: a run with one new certificate in its document; with
#                    100; a certificate uploaded by an administrator; the run with 100 again.
#                    What is named "all" counts those of checkpoint, report, backup, export
#   fetcher-memory   the peak of the fetcher's resident memory, over 30 MB of XML with 20,000
#                    elements, less the peak over 32 KB with one; -60: over 60 MB with 40,000
#                    / over 30 MB. Three times, each run for a new phone
#   run-rate         certificates in a second of the run over 30 MB, for a new phone: the
#                    10,000 that differ, all accepted, while the others are read and found to
#                    be there / of bench-decode for these 10,000
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
larger=('[provisioning]' DocumentBytes=64M Certificates=40000 '[store]' Servers=10000)
bench_config "${larger[@]}"
serve_documents
start_fetcher

# --- flushes ---

measure_flushes() {
	local kind i before log_ all
	READY=$(said_ready)
	start daemon strace -D -f -y -e trace=fsync,fdatasync,sync_file_range,syncfs,msync -o "$T/flushes" \
		"$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 daemon_settled
	timed_run "$WWW/first.xml" >/dev/null # the first of all
	for ((i = 0; i < rounds; i++)); do
		for kind in one hundred nothing change; do
			before=$(wc -l <"$T/flushes")
			case $kind in
			change) upload $i ;;
			nothing) timed_run "$WWW/hundred-$i.xml" >/dev/null ;;
			*) timed_run "$WWW/$kind-$i.xml" >/dev/null ;;
			esac
			read -r log_ all < <(tail -n "+$((before + 1))" "$T/flushes" |
				awk '/sync/ { all++ } /trust\.db-wal/ { log_++ } END { print log_ + 0, all + 0 }')
			echo "$log_" >>"$T/flushes.$kind"
			echo "$all" >>"$T/all.$kind"
		done
	done
	stop daemon
	for kind in one hundred change nothing; do
		mapfile -t log_ <"$T/flushes.$kind"
		mapfile -t all <"$T/all.$kind"
		figure flushes-$kind - flushes "of the log: ${what[$kind]} (all flushes: $(median "${all[@]}"))" \
			"$(median "${log_[@]}")" 0 "${log_[@]}"
	done
}
declare -A what=([one]='a run with one new certificate' [hundred]='a run with 100'
	[change]='an upload by an administrator' [nothing]='a run that changes nothing')

# upload N - the Nth intermediate, which an authority has signed
upload() {
	local text
	text=$(/usr/bin/python3 - "$DATA/mint/rsa.cold" "$1" <<-'X'
		import base64, sys
		with open(sys.argv[1], "rb") as f:
		    data = f.read()
		# Leaf, intermediate, leaf, ...; each of 256 bytes or more.
		for _ in range(2 * int(sys.argv[2]) + 2):
		    size = 4 + int.from_bytes(data[2:4], "big")
		    one, data = data[:size], data[size:]
		print(base64.b64encode(one).decode())
	X
	)
	ask admin.Upload "{\"certificate\": \"$text\"}" >"$T/uploaded.json" || fail "no upload: $(cat "$T/uploaded.json")"
	grep -q '"accepted": true' "$T/uploaded.json" || fail "not accepted: $(cat "$T/uploaded.json")"
}

begin
if command -v strace >/dev/null; then
	measure_flushes
else
	for kind in one hundred change nothing; do absent flushes-$kind - "there is no strace"; done
fi

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
	awk "BEGIN { print 10000 / $seconds, $decoded }" >>"$T/rates"
done
ratio run-rate - /s "certificates of a 30 MB document provisioned / decoded in one process" "$T/rates"
