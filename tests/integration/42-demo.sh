#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo says what provisioning-samples/README.md shows, and a part of it README.md, word
# for word but for what differs from run to run (fingerprints, serial numbers, times,
# ports) and the version, in less than 15 seconds, and leaves nothing behind.
# `42-demo.sh --write` puts its output into both.
. "$(dirname "$0")/common.sh"
need nginx openssl perl
built certprovd certprov-fetch certprovctl

# What differs each time; a table may cut or wrap a time. Whether the clock is synchronised,
# and since when, is this machine's own, and wraps the sentence otherwise.
steady() {
	perl -0pe "s/\n {12,}(?=\S)/ /g; s/(the phone's clock says) [^(]*\(/\$1 TIME (/g" |
		sed -E -e 's/[0-9a-f]{64}/SHA256/g' -e 's/^([0-9a-f]{16}) /SHA256 /' -e 's/^(Store +)[0-9a-f]{32}/\1STORE/' \
		-e 's/(Serial +|"serial":")[0-9a-f]+/\1SERIAL/' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}Z?/TIME/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]*…/TIME/g' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/g' \
		-e 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/TIME/g' \
		-e 's/(localhost|…[a-z]+):[0-9]+/\1:PORT/g' -e 's/^(certprovd +)[0-9.]+$/\1VERSION/'
}

# block NAME FILE - the text between the marks of that name
block() {
	sed -n "/^<!-- $1 begin -->\$/,/^<!-- $1 end -->\$/p" "$2" | sed '1,2d' | head -n -2
}

# with_block NAME FILE TEXT - puts the text there
with_block() {
	awk -v mark="$1" -v text="$3" '
	$0 == "<!-- " mark " end -->" {
		print "```text"
		while ((getline line <text) > 0) print line
		print "```"
		inside = 0
	}
	!inside { print }
	$0 == "<!-- " mark " begin -->" { inside = 1 }' "$2" >"$T/with" && cat "$T/with" >"$2"
}

mkdir "$T/tmp"
began=$(now_ms)
B=$B TMPDIR=$T/tmp COLUMNS=100 "$ROOT/provisioning-samples/demo" >"$T/said" 2>"$T/demo.log" ||
	fail "the demo fails"
took=$(($(now_ms) - began))

# The second chapter's command and what it says.
sed -n '/^=== 2\. /,/^=== 3\. /p' "$T/said" | sed -n '/^\$ /,/^=== /p' | head -n -3 >"$T/part"
if [ "${1:-}" = --write ]; then
	with_block demo "$ROOT/provisioning-samples/README.md" "$T/said"
	with_block 'demo part' "$ROOT/README.md" "$T/part"
fi
# shown FILE NAME TEXT
shown() {
	equal "what $1 shows is what the demo says" '' "$(diff <(block "$2" "$ROOT/$1" | steady) <(steady <"$3"))"
}
shown provisioning-samples/README.md demo "$T/said"
shown README.md 'demo part' "$T/part"
equal "nothing is said on standard error" '' "$(cat "$T/demo.log")"
equal "no file is left behind" '' "$(ls "$T/tmp")"
[ $took -lt $((15000 * ${TEST_TIME_FACTOR:-1})) ] || fail "it takes $took ms"
ok "it takes less than 15 seconds"
