#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Eight clients at once (bench-clients): on one processor with the server, as it is all on a
# phone that has one; then, beside the table, on another one. Left to itself the kernel takes
# now this and now that, also in the middle of a round.
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
elsewhere=$((CPU == 0))
ask_all() {
	new_phone
	"${inside[@]}" "$bench/bench-clients" "$DATA/mint" "$TRUST" "$T/echo" "$dirmngr" "$T" "$@" >&3 2>"$T/clients.log" ||
		fail "clients cannot be measured"
	stop daemon
}
find_dirmngr
bench_config
start_echo
ask_all
if taskset -c $elsewhere true 2>/dev/null; then
	ask_all $elsewhere
else
	for name in clients-apart-new clients-apart-repeated; do absent $name rsa "needs another processor"; done
fi
