#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo does what README shows, word for word but for what differs from run to run
# (fingerprints, serial numbers, times, ports), in less than 15 seconds, and leaves
# nothing behind. `42-demo.sh --write` puts its output into README.md.
. "$(dirname "$0")/common.sh"
need nginx openssl perl
built certprovd certprov-fetch certprovctl
readme=$ROOT/README.md

# What differs each time.
steady() {
	sed -E -e 's/[0-9a-f]{64}/SHA256/g' -e 's/^([0-9a-f]{16}) /SHA256 /' -e 's/^(Store +)[0-9a-f]{32}/\1STORE/' \
		-e 's/(Serial +|"serial":")[0-9a-f]+/\1SERIAL/' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}Z?/TIME/g' \
		-e 's/localhost:[0-9]+/localhost:PORT/g'
}

block() {
	sed -n '/^<!-- demo begin -->$/,/^<!-- demo end -->$/p' "$readme" | sed '1,2d' | head -n -2
}

mkdir "$T/tmp"
began=$(now_ms)
B=$B TMPDIR=$T/tmp COLUMNS=100 "$ROOT/provisioning-samples/demo" >"$T/said" 2>"$T/demo.log" ||
	fail "the demo fails"
took=$(($(now_ms) - began))

if [ "${1:-}" = --write ]; then
	awk -v said="$T/said" '
	/^<!-- demo end -->$/ {
		print "```text"
		while ((getline line <said) > 0) print line
		print "```"
		inside = 0
	}
	!inside { print }
	/^<!-- demo begin -->$/ { inside = 1 }' "$readme" >"$T/readme" && cat "$T/readme" >"$readme"
fi
equal "what README shows is what the demo says" '' "$(diff <(block | steady) <(steady <"$T/said"))"
equal "nothing is said on standard error" '' "$(cat "$T/demo.log")"
equal "no file is left behind" '' "$(ls "$T/tmp")"
[ $took -lt $((15000 * ${TEST_TIME_FACTOR:-1})) ] || fail "it takes $took ms"
ok "it takes less than 15 seconds"
