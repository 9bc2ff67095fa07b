#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Instructions of the daemon for a repeated Verify, as callgrind counts them: the
# difference between 1,100 questions and 100, so that connecting is not in it. Two daemons,
# which have to agree; the reference is the figure of BENCHMARKS.md.
. "$(dirname "$0")/../bench.sh"
. "$ROOT/tests/bench/callgrind.sh"
for command in valgrind callgrind_control setarch; do
	command -v $command >/dev/null || { absent instructions-repeated - "there is no $command" && exit; }
done
bench_config
total() {
	awk '/^totals:/ { print $2 }' "$T/counted"
}
begin
found=()
for _ in 1 2; do
	start_counted
	counted warm 100
	counted warm 100
	few=$(total)
	counted warm 1100
	found+=("$(awk "BEGIN { print ($(total) - $few) / 1000 }")")
	stop daemon
done
last=$(awk -F '|' '$3 ~ /instructions-repeated/ { gsub(/[^0-9.]/, "", $4); print $4 }' "$ROOT/BENCHMARKS.md" 2>/dev/null)
figure instructions-repeated - instructions "of the daemon for a repeated Verify / of the last table; two runs: ${found[*]}" \
	"${found[0]}" "${last:-0}" "$(awk "BEGIN { print ${found[0]} / ${last:-${found[0]}}, ${found[1]} / ${last:-${found[1]}} }")"
