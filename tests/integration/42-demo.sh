#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo says what provisioning-samples/README.md shows, and a part of it README.md, word
# for word but for what differs from run to run (fingerprints, serial numbers, times,
# ports, the password) and the version, in less than 15 seconds, and leaves nothing behind.
# With DEMO_WEB=1 the page stays.
# `42-demo.sh --write` puts its output into both.
. "$(dirname "$0")/common.sh"
need nginx openssl perl curl
built certprovd certprov-fetch certprovctl certprov-web

# What differs each time; a table may cut or wrap a time. Whether the clock is synchronised,
# and since when, is this machine's own, and wraps the sentence otherwise.
steady() {
	perl -0pe "s/\n {12,}(?=\S)/ /g; s/(the phone's clock says) [^(]*\(/\$1 TIME (/g" |
		sed -E -e 's/[0-9a-f]{64}/SHA256/g' -e 's/^([0-9a-f]{16}) /SHA256 /' -e 's/^(Store +)[0-9a-f]{32}/\1STORE/' \
		-e 's/(Serial +|"serial":")[0-9a-f]+/\1SERIAL/' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}Z?/TIME/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]*…/TIME/g' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/g' \
		-e 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/TIME/g' \
		-e 's/^(password +).*/\1PASSWORD/' -e 's/(localhost|…[a-z]+):[0-9]+/\1:PORT/g' -e 's/^(certprovd +)[0-9.]+$/\1VERSION/'
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

# --- the page that stays ---

B=$B TMPDIR=$T/tmp COLUMNS=100 DEMO_WEB=1 start demo "$ROOT/provisioning-samples/demo"
stays() {
	gone demo || grep -q '^It is there until Ctrl-C' "$T/demo.log"
}
wait_for 30 stays
alive demo || fail "with DEMO_WEB=1 it ends"
told() {
	sed -n "s/^$1  *//p" "$T/demo.log" | tail -n 1
}
equal "with DEMO_WEB=1 who is told user and password signs in at the address" \
	'{"usersConfigured":true,"signedIn":true,"user":"alice","role":"change"' \
	"$(curl -sk --noproxy '*' --max-time 20 -H 'Content-Type: application/json' \
		-d "{\"user\":\"$(told user)\",\"password\":\"$(told password)\"}" "$(told address)session" | cut -d , -f 1-4)"
status "it is still there" 0 curl -sk --noproxy '*' --max-time 20 -o /dev/null "$(told address)"
address=$(told address)
stop demo
equal "until it is ended" 130 "$STATUS"
status "then the page is gone" 7 curl -sk --noproxy '*' --max-time 20 "$address"
equal "and again no file is left behind" '' "$(ls "$T/tmp")"
