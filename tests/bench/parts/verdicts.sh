#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verdicts of the daemon, dirmngr, local mode and OpenSSL alone (bench-verify), all on one
# processor.
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
find_dirmngr
bench_config
start_daemon
start_echo
"${inside[@]}" "$bench/bench-verify" "$DATA/mint" "$DATA/trust/authorities.pem" "$TRUST" "$T/echo" "$dirmngr" >&3 \
	2>"$T/verify.log" || fail "verdicts cannot be measured"
