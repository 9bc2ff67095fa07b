#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How often local mode enters the kernel for a known leaf, as strace counts it.
BENCH_PIN=any
. "$(dirname "$0")/../bench.sh"
command -v strace >/dev/null || { absent local-calls - "there is no strace" && exit; }
count=100
bench_config
start_daemon
begin
strace -f -o "$T/calls" "$bench/bench-local" "$DATA/mint" "$TRUST" $count >"$T/local.log" 2>&1 ||
	fail "local mode cannot be measured"
# Between the two calls of getppid, by whatever thread.
calls=$(awk '/getppid\(/ { inside = !inside; next } inside && /\(/ { n++ } END { print n + 0 }' "$T/calls")
[ "$(grep -c 'getppid(' "$T/calls")" = 2 ] || fail "the calls are not found"
figure local-calls - calls "system calls of a verdict in local mode, repeated" \
	"$(awk "BEGIN { print $calls / $count }")" 0 "$(awk "BEGIN { print $calls / $count }")"
