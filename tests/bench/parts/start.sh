#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Start and memory (bench-start, bench-memory), on one processor.
BENCH_PIN=one
BENCH_NAMES=yes
. "$(dirname "$0")/../bench.sh"
find_dirmngr

# --- three phones: with 1,000 server certificates; with none; with none and 10,000 authorities ---

bench_config '[store]' "StateDirectory=$T/state.few" "RuntimeDirectory=$T/run.few"
cp "$T/certprovd.conf" "$T/few.conf"
mkdir "$T/state.few" "$T/run.few" "$T/state.many" "$T/run.many"
serve_documents
start_fetcher
RUN=$T/run.few TRUST=$T/run.few/io.certprov.trust ADMIN=$T/run.few/io.certprov.admin
READY=$(said_ready)
start daemon "$B/certprovd" --config "$T/few.conf"
wait_for 10 daemon_settled
timed_run "$WWW/thousand-0.xml" >/dev/null
equal "server certificates" 1000 "$(state_of servers)"
stop daemon
stop fetcher
stop web
RUN=$T/run TRUST=$RUN/io.certprov.trust ADMIN=$RUN/io.certprov.admin
bench_config
cp "$T/certprovd.conf" "$T/none.conf"
bench_config '[trust]' "Authorities=$DATA/many/authorities.pem" '[store]' "StateDirectory=$T/state.many" "RuntimeDirectory=$T/run.many"
cp "$T/certprovd.conf" "$T/many.conf"
for name in few none many; do
	"$B/certprovd" --config "$T/$name.conf" --check-config >/dev/null || fail "the configuration $name is wrong"
done
# Each has started before: its store is there, and its exports.
for name in few none many; do
	READY=$(said_ready)
	start daemon "$B/certprovd" --config "$T/$name.conf"
	wait_for 10 daemon_settled
	alive daemon || fail "certprovd does not start"
	stop daemon
done

# Pages of a program that was just built are dirty until they are on the disk, and count as the process's own.
sync "$B/certprovd" "$bench/bench-empty" || fail "what was built cannot be flushed"
"${inside[@]}" "$bench/bench-start" "$bench/bench-empty" "$B/certprovd" "$T/few.conf" "$T/none.conf" "$T/many.conf" \
	"$(stat -c %s "$DATA/mint/roots.der")" "$dirmngr" >&3 2>"$T/start.log" || fail "starts cannot be measured"

# --- after 3,000 questions ---

bench_config
start_daemon
start_empty
"${inside[@]}" "$bench/bench-memory" "$DATA/mint" "$TRUST" "${PID[daemon]}" "${PID[empty]}" "$dirmngr" >&3 \
	2>"$T/memory.log" || fail "memory cannot be measured"
