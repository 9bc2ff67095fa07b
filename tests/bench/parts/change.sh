#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How soon a change is known (change.py), against update-ca-certificates with one certificate
# more, in directories of its own: both from being told of the certificate, so that the
# fetcher's work is in ours. And the hand-out of a snapshot (bench-snapshot), client
# and both daemons on one processor.
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"
bench_config
start_fetcher
start_daemon

# --- a change ---

begin
if command -v update-ca-certificates >/dev/null; then
	mkdir -p "$T/ca/"{certs,local,etc,hooks}
	# Files with one certificate each, as that program takes them.
	awk -v to="$T/ca/certs/" '/BEGIN/ { n++; file = to n ".crt" } file { print > file } /END/ { close(file); file = "" }' \
		$system
	(cd "$T/ca/certs" && ls) >"$T/ca/conf"
	update=(update-ca-certificates --certsconf "$T/ca/conf" --certsdir "$T/ca/certs" --localcertsdir "$T/ca/local"
		--etccertsdir "$T/ca/etc" --hooksdir "$T/ca/hooks")
	"${update[@]}" >"$T/update.log" 2>&1 || fail "update-ca-certificates fails"
	(($(find "$T/ca/certs" -name '*.crt' | wc -l) > 100)) || fail "there are too few certificates"
	grep -q "^$(find "$T/ca/certs" -name '*.crt' | wc -l) added" "$T/update.log" || fail "they are not added"
	: >"$T/rounds"
	for ((i = 0; i < rounds; i++)); do
		/usr/bin/python3 - "$DATA/mint/roots.pem" $i >"$T/ca/local/$i.crt" <<-'X'
			import re, sys
			with open(sys.argv[1]) as f:
			    print(re.findall("-----BEGIN.*?-----END CERTIFICATE-----", f.read(), re.S)[-1 - int(sys.argv[2])])
		X
		/usr/bin/python3 "$ROOT/tests/bench/change.py" "$TRUST" "$ADMIN" "$RUN/daemon/export" \
			"$T/ca/local/$i.crt" -- "${update[@]}" >>"$T/rounds" 2>"$T/change.log" || fail "no change"
	done
	# The other way round: how many times faster.
	awk '{ print $2, $1 }' "$T/rounds" >"$T/rounds.faster"
	ratio change - ms "update-ca-certificates / from the message with a document until Monitor told and exports switched" "$T/rounds.faster"
else
	absent change - "there is no update-ca-certificates"
fi

# --- a snapshot ---

mkdir "$T/state.many" "$T/run.many"
bench_config '[trust]' "Authorities=$DATA/many/authorities.pem" '[store]' "StateDirectory=$T/state.many" "RuntimeDirectory=$T/run.many"
start many "$B/certprovd" --config "$T/certprovd.conf"
many_listens() { [ -S "$T/run.many/io.certprov.trust" ]; }
wait_for 20 many_listens || fail "certprovd does not start"
"$bench/bench-snapshot" "$T/run.many/io.certprov.trust" "$TRUST" >&3 2>"$T/snapshot.log" ||
	fail "snapshots cannot be measured"
