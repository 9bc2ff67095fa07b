#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 100 certificates by url from one server that answers after 50 ms, eight at a time: from the
# first request to the last answer, as the server sees it / 13 times 50 ms. A new phone in
# each round. Runs on any processor: nothing is computed.
BENCH_PIN=any
. "$(dirname "$0")/../bench.sh"
count=100 delay=50 parallel=8
bench_config '[provisioning]' Parallel=$parallel PerHost=$parallel
start_fetcher
mkdir "$T/der" "$T/linked"
/usr/bin/python3 - "$DATA/mint/roots.pem" "$T/der" $count <<'X' || fail "no certificates"
import base64, re, sys
with open(sys.argv[1]) as f:
    roots = re.findall("-----BEGIN CERTIFICATE-----\n(.*?)-----END", f.read(), re.S)
for i in range(int(sys.argv[3])):
    with open("%s/%d.der" % (sys.argv[2], i), "wb") as f:
        f.write(base64.b64decode(roots[i]))
X
start slow /usr/bin/python3 "$ROOT/tests/bench/slow-server.py" "$T/der" $delay "$T/port" "$T/slow.requests"
wait_for 10 test -s "$T/port" || fail "no server"
{
	echo '<certificates>'
	for ((i = 0; i < count; i++)); do
		echo "<certificate url=\"http://127.0.0.1:$(cat "$T/port")/$i.der\"/>"
	done
	echo '</certificates>'
} >"$T/linked/linked.xml"
start_nginx web <<<"server { listen 127.0.0.1:@PORT@ ssl; root $T/linked;
	ssl_certificate $PKI/server-chain.pem; ssl_certificate_key $PKI/server.key; }"

: >"$T/rounds"
begin
for ((i = 0; i < rounds; i++)); do
	new_phone
	: >"$T/slow.requests"
	timed_run "https://localhost:${PORT[web]}/linked.xml" >/dev/null
	stop daemon
	[ "$(wc -l <"$T/slow.requests")" = $count ] || fail "$(wc -l <"$T/slow.requests") downloads, not $count"
	awk -v delay=$delay -v turns=$(((count + parallel - 1) / parallel)) '
		NR == 1 || $1 < first { first = $1 }
		$2 > last { last = $2 }
		END { print 1000 * (last - first), delay * turns }' "$T/slow.requests" >>"$T/rounds"
done
ratio downloads - ms "100 downloads from a server with 50 ms latency / 13 times 50 ms" "$T/rounds"
