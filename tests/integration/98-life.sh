#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The long life of a phone: what expires is said in steps and never twice, monitoring can
# ask for it and reads figures.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch certprovctl tests/clock/set-clock.so
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
day=86400

ctl() {
	"$B/certprovctl" --socket-dir "$RUN" "$@"
}
# clock_is SECONDS - from now on, for the daemon
clock_is() {
	mkdir -p "$T/clock" && echo "$@" >"$T/clock/new" && mv "$T/clock/new" "$T/clock/now"
}
start_at() {
	clock_is "$1"
	mkdir -p "$STATE" "$RUN"
	READY=$(said_ready)
	start daemon env "LD_PRELOAD=$B/tests/clock/set-clock.so:$TAP_LIBRARY" "SET_CLOCK=$T/clock/now" \
		"$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 daemon_settled
	alive daemon || fail "certprovd does not start"
}
# said TEXT - how often it stands in the log
said() {
	grep -c -- "$1" "$T/daemon.log"
}
# until_said COUNT TEXT
until_said() {
	is_said() { [ "$(said "$2")" = "$1" ]; }
	wait_for 10 is_said "$@" || fail "\"$2\" is in the log $(said "$2") times, not $1"
	ok "it is said: $2"
}
# a file as the parameters of Provision
as_document() {
	python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))' <"$1"
}

# The phone's own certificate ends on the 40th day, what is provisioned on the 41st.
make_certificate authority || fail "no certificates"
cp "$T/authority.pem" "$T/authorities.pem"
make_certificate pbx -days 41
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/phone.key" -out "$T/phone.pem" -days 40 \
	-subj "/CN=000413AABBCC" 2>/dev/null || fail "no identity"
chmod 600 "$T/phone.key"
for name in server stranger; do
	openssl req -newkey rsa:2048 -nodes -keyout "$T/$name.key" -subj "/CN=$name" 2>/dev/null |
		openssl x509 -req -CA "$T/pbx.pem" -CAkey "$T/some.key" -set_serial 7 -days 30 \
			-extfile <(echo "subjectAltName=DNS:$name.example.com") -out "$T/$name.pem" 2>/dev/null
done
# All of them are valid by then.
now=$(($(date +%s) + 60))
write_config '[identity]' "Sha2Certificate=$T/phone.pem" "Sha2Key=$T/phone.key"

start_fetcher
start_at "$now"
certificates_in pbx >"$T/document.xml"
provision "$(as_document "$T/document.xml")" >/dev/null
equal "a CA is provisioned" "$(sha256 "$T/pbx.der")" "$(listed)"

# --- monitoring ---

status "nothing expires within 28 days" 0 ctl expiring
matches "which is said" "Nothing has expired or expires within 28 days" "$OUT"
status "within 45 it does" 1 ctl expiring --days 45
equal "the phone's own certificate first" "device server" "$(grep -oE 'device|server' <<<"$OUT" | paste -sd ' ')"
status "as JSON" 1 ctl expiring --days 45 --json
equal "an object for each" "device server" "$(grep -oE '"kind":"[a-z]+"' <<<"$OUT" | cut -d'"' -f4 | paste -sd ' ')"
status "without a daemon that is a failure" 2 "$B/certprovctl" --socket-dir "$T/nowhere" expiring

# openmetrics FILE - read by a parser that is not ours; NAME{LABELS} VALUE of each sample
openmetrics() {
	/usr/bin/python3 - "$1" <<-'PYTHON'
		import sys
		from prometheus_client.openmetrics.parser import text_string_to_metric_families
		from prometheus_client.parser import text_string_to_metric_families as older
		with open(sys.argv[1], encoding="utf-8") as f:
		    text = f.read()
		families = list(text_string_to_metric_families(text))
		for family in families:
		    # Units are base units, and a name ends with its own.
		    assert family.name.startswith("certprov_"), family.name
		    assert family.documentation.endswith("."), family.name
		    assert family.unit in ("", "seconds", "bytes"), family.unit
		    for suffix in ("seconds", "bytes"):
		        assert (family.unit == suffix) == family.name.endswith(suffix), family.name
		    for sample in family.samples:
		        assert all(len(v) <= 128 for v in sample.labels.values()), sample
		        labels = ",".join("%s=%s" % l for l in sorted(sample.labels.items()) if l[0] != "sha256")
		        print("%s{%s} %d" % (sample.name, labels, sample.value))
		# Exporters read the older format, which must have the same samples.
		assert sum(len(f.samples) for f in older(text)) == sum(len(f.samples) for f in families)
	PYTHON
}
figure() {
	openmetrics "$T/certprov.prom" | sed -n "s/^$1 //p"
}

/usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null ||
	skip "there is no python3-prometheus-client"
status "a trusted server" 0 ctl verify --chain "$T/server.pem" --host server.example.com
status "again" 0 ctl verify --chain "$T/server.pem" --host server.example.com
status "and one of another name" 1 ctl verify --chain "$T/stranger.pem" --host server.example.com
status "figures are written" 0 ctl metrics --output "$T/certprov.prom"
openmetrics "$T/certprov.prom" >"$T/figures" || fail "the parser refuses $(cat "$T/certprov.prom")"
ok "and another program's parser takes all $(wc -l <"$T/figures") of them"
equal "two trusted" 2 "$(figure 'certprov_verdicts_total{result=trusted}')"
equal "and one not" 1 "$(figure 'certprov_verdicts_total{result=name-mismatch}')"
equal "which is unknown" 1 "$(figure 'certprov_certificates{list=unknown}')"
equal "one complete run" 1 "$(figure 'certprov_runs_total{result=complete}')"
equal "the generation" "$(state_of generation)" "$(figure 'certprov_generation{}')"
equal "the end of the CA" "$(date -d "$(openssl x509 -in "$T/pbx.pem" -noout -enddate | cut -d= -f2)" +%s)" \
	"$(figure 'certprov_expiry_timestamp_seconds{kind=server,subject=CN=pbx}')"
equal "the end of the phone's own" 1 "$(grep -c '^certprov_expiry.*kind=device,subject=CN=000413AABBCC' "$T/figures")"
[ "$(figure 'certprov_store_size_bytes{}')" -gt 8192 ] || fail "the store has no size"
ok "the size of the store"
equal "nothing else lies beside the file" certprov.prom "$(cd "$T" && echo certprov.prom*)"
equal "every user may read it" 644 "$(stat -c %a "$T/certprov.prom")"

# --- what expires ---

for step in 28 7 3 1; do
	clock_is $((now + (40 - step) * day + 600))
	until_said 1 "certificate.*000413AABBCC expires on .*within $step day"
	equal "not yet of the CA" 0 "$(said "CN=pbx expires on .*within $step day")"
	# What a list marks is what the status and monitoring count.
	soon=$((step == 28 ? 1 : 2))
	matches "the status counts $soon" "0 expired, $soon within 28 days" "$(ctl status)"
	equal "and so does monitoring" $soon "$(ctl expiring --json | grep -c '"kind"')"
	equal "a list marks the CA with the same step" $((soon - 1)) "$(ctl list servers --json | grep -c '"expiresIn"')"
done
for start in 1 2; do
	stop_daemon
	start_at $((now + 40 * day - 600))
	status "monitoring is told, start $start" 1 ctl expiring --days 1
done
equal "starts repeat nothing of the phone's certificate" 4 "$(said 'certificate.*000413AABBCC expires on')"
equal "of the CA each step was said once" 3 "$(said 'CN=pbx expires on')"
clock_is $((now + 42 * day))
until_said 1 "000413AABBCC expired on"
until_said 1 "CN=pbx expired on"
clock_is $((now + 42 * day - 3600))
clock_is $((now + 42 * day))
status "the status names both" 0 ctl status
matches "the phone's own" 'device-expired: ' "$OUT"
matches "and the CA" 'servers-expired: ' "$OUT"
matches "with their number" 'Expiry \(UTC\) *2 expired, 0 within 28 days' "$OUT"
equal "a small step back repeats nothing" 1 "$(said 'CN=pbx expired on')"
stop_daemon

# --- another firmware ---

rm -rf "$STATE"
make_certificate other
write_config
start_at "$now"
provision "$(as_document "$T/document.xml")" >/dev/null
equal "a private CA is trusted by firmware 10" "$(sha256 "$T/pbx.der")" "$(listed)"
note_of() {
	ask trust.ListCertificates '{"list": "servers"}' -m | grep -o '"firmwareRefuses": *"[^"]*"' | cut -d '"' -f 4
}
equal "without a mark" "" "$(note_of)"
stop_daemon
write_config '[phone]' Firmware=8.7.4.7
start_at "$now"
until_said 1 "the firmware is 8.7.4.7 and was 10.1.33.33: of 1 server certificates its rules would refuse 1"
equal "it stays" "$(sha256 "$T/pbx.der")" "$(listed)"
equal "and is marked" base64-not-supported "$(note_of)"
matches "in the list for people" "the firmware would refuse it: base64-not-supported" "$(ctl list servers | tr -s ' \n' ' ')"
matches "in the status" '"firmware-refuses"' "$(state_of concerns)"
matches "and in the history" "the firmware changed from 10.1.33.33 to 8.7.4.7" "$(ctl history | tr -s ' \n' ' ')"
stop_daemon
start_at "$now"
equal "another start says nothing" 1 "$(said 'the firmware is 8.7.4.7')"
equal "the mark stays" base64-not-supported "$(note_of)"
stop_daemon
write_config
start_at "$now"
until_said 1 "the firmware is 10.1.33.33 and was 8.7.4.7: of 1 server certificates its rules would refuse 0"
equal "with the newer firmware the mark is gone" "" "$(note_of)"
stop_daemon

# An older program finds what a newer one wrote.
cp -a "$STATE" "$T/newer"
sqlite3 "$T/newer/trust.db" 'CREATE TABLE novelty (x); PRAGMA user_version = 1000;' >/dev/null
rm -f "$T"/newer/trust.db.version.* "$T"/newer/trust.db.backup.*
files() {
	(cd "$T/newer" && find . -type f ! -name '*-wal' ! -name '*-shm' -exec sha256sum {} + | sort)
}
before=$(files)
write_config '[store]' "StateDirectory=$T/newer"
clock_is "$now"
status "a database of a later step, and no copy of before: it does not start" 65 \
	env "LD_PRELOAD=$B/tests/clock/set-clock.so" "SET_CLOCK=$T/clock/now" "$B/certprovd" --config "$T/certprovd.conf"
matches "and says why" 'newer version' "$OUT"
equal "the database, and all that lies beside it, is as it was" "$before" "$(files)"

# --- other authorities ---

write_config
start_at "$now"
cat "$T/authority.pem" "$T/other.pem" >"$T/authorities.new"
mv "$T/authorities.new" "$T/authorities.pem"
until_said 1 "the authorities changed: 1 came (CN=other), 0 went"
stop_daemon
cp "$T/other.pem" "$T/authorities.pem"
start_at "$now"
until_said 1 "the authorities changed: 0 came, 1 went (CN=authority)"
matches "the history has what came" "authorities now have CN=other" "$(ctl history | tr -s ' \n' ' ')"
matches "and what went while nobody looked" "authorities no longer have CN=authority" "$(ctl history | tr -s ' \n' ' ')"
