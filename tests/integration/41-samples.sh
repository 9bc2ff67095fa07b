#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every sample, rendered for a server of our own and nothing else changed, comes to
# what is written beside it: place and outcome of each certificate, on five firmware
# versions, each on a phone that trusts nothing but the authorities.
# time limit: 240
. "$(dirname "$0")/common.sh"
need openssl python3
built certprovd certprov-fetch

"$ROOT/tests/samples/pki" "$PKI" || fail "no certificates"
mkdir "$T/run"
start_http plain "$T/www"
start_https secure "$T/www" provisioning
http=http://localhost:${PORT[plain]} https=https://localhost:${PORT[secure]}
"$ROOT/tests/samples/render" "$PKI" "$T/www" "$http" "$https" || fail "cannot render the samples"
start_fetcher

configure() {
	cat >"$T/certprovd.conf" <<-CONF
	[phone]
	Firmware=$1
	PhoneType=snomD785
	Mac=000413AABBCC
	[trust]
	Authorities=$PKI/example-authority.pem
	[provisioning]
	AtStart=no
	RefreshInterval=0
	AllowLocal=yes
	[fetch]
	Socket=$T/run/fetch
	User=$(id -un)
	[store]
	StateDirectory=$T/state
	RuntimeDirectory=$T/run
	CONF
}

# outcomes FILE - "DOCUMENT:LINE RESULT" of every certificate, sorted. What is refused
# has a reason and a remedy; a duplicate shares the fate of the first.
outcomes() {
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line).get("outcome") or {}
    if o.get("kind") != "certificate":
        continue
    assert o["result"] == "duplicate-url" or o["accepted"] == (o["result"] == "accepted"), o
    assert o["accepted"] or (o["reason"] and o["remedy"]), o
    print("%s:%s %s" % (o["document"].split("/", 3)[3], o["line"], o["result"]))
' "$1" >"$T/outcomes" || fail "an outcome is not as it should be"
	sort "$T/outcomes"
}

expected() {
	awk -v column="$2" '!/^#/ { print $1, $(column + 1) }' "$ROOT/provisioning-samples/$1.expect" | sort
}

# The fetcher forks one process a run, four at most at a time.
fetcher_idle() {
	[ -z "$(cat "/proc/${PID[fetcher]}/task/${PID[fetcher]}/children")" ]
}

# run SAMPLE - on a fresh phone; the replies in $T/replies
run() {
	rm -rf "$T/state"
	start_daemon
	"$ROOT/tests/integration/varlink" "$T/run/io.certprov.admin" io.certprov.admin.Provision \
		"{\"url\": \"$http/$1.xml\"}" >"$T/replies" || fail "$1: $(cat "$T/replies")"
	stop_daemon
	wait_for 10 fetcher_idle || fail "a fetcher does not end with its daemon"
	rm -f "$T/run/io.certprov.trust"
}

column=0
for version in 8.7.5.51 8.7.5.52 8.9.3.40 8.9.3.41 10.1.33.33; do
	column=$((column + 1))
	configure "$version"
	for expect in "$ROOT"/provisioning-samples/*.expect; do
		sample=$(basename "$expect" .expect)
		run "$sample"
		found=$(outcomes "$T/replies") || { echo "$found" && exit 1; }
		equal "$sample on $version" "$(expected "$sample" $column)" "$found"
	done
done
