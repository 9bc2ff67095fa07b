#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TLS handshakes (bench-tls): client, server and daemon on one processor.
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
bench_config
start_daemon
"$bench/bench-tls" "$DATA/mint" "$DATA/trust/authorities.pem" "$TRUST" "$T" >&3 2>"$T/tls.log" ||
	fail "TLS cannot be measured"
