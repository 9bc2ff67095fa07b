#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Eight clients at once (bench-clients), on any processor.
BENCH_PIN=any
. "$(dirname "$0")/../bench.sh"
find_dirmngr
bench_config
start_daemon
start_echo
"${inside[@]}" "$bench/bench-clients" "$DATA/mint" "$TRUST" "$T/echo" "$dirmngr" "$T" >&3 2>"$T/clients.log" ||
	fail "clients cannot be measured"
