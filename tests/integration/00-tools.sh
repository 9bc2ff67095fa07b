#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ground the other tests stand on: throwaway certificates, an nginx of our own
# over HTTP and HTTPS, the log of its requests, and the end of what was started.
. "$(dirname "$0")/common.sh"
need curl openssl

pki_standard || fail "no certificates"
status "the server's chain leads to the root" 0 \
	openssl verify -CAfile "$PKI/root.pem" -untrusted "$PKI/intermediate.pem" "$PKI/server.pem"
status "the expired certificate is refused for its date" 2 \
	openssl verify -CAfile "$PKI/root.pem" -untrusted "$PKI/intermediate.pem" "$PKI/expired.pem"
matches "and says so" 'certificate has expired' "$OUT"
equal "base64 is one line of the DER" "$(sha256sum <"$PKI/root.der")" \
	"$(pki_base64 root | base64 -d | sha256sum)"

mkdir "$T/www" && echo hello >"$T/www/file.xml"
start_http plain "$T/www"
start_https secure "$T/www"
start_https expired "$T/www" expired-chain
start_https named "$T/www" wrong-name-chain

get() {
	curl -sS --noproxy '*' --max-time 10 "$@"
}
status "a file is served over HTTP" 0 get -A phone "${URL[plain]}/file.xml"
equal "as it is" hello "$OUT"
equal "and the request is logged" 'GET /file.xml 200' "$(requests plain)"
matches "with the user agent" '"phone"' "$(accesses plain)"
status "who trusts the root gets it over HTTPS" 0 get --cacert "$PKI/root.pem" "${URL[secure]}/file.xml"
status "who trusts another CA does not" 60 get --cacert "$PKI/other.pem" "${URL[secure]}/file.xml"
status "an expired server is refused" 60 get --cacert "$PKI/root.pem" "${URL[expired]}/file.xml"
status "a server of another name is refused" 60 get --cacert "$PKI/root.pem" "${URL[named]}/file.xml"
matches "for its name" "SSL: no alternative certificate subject name|does not match" "$OUT"

address=${URL[plain]}
stop plain
status "a stopped server is gone" 7 get "$address/"
start stubborn bash -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
wait_for 5 grep -q ready "$T/stubborn.log" || fail "did not start"
stop stubborn KILL
equal "what is killed is waited for" 137 "$STATUS"
status "waiting has an end" 1 wait_for 1 false
# shellcheck disable=SC2016 # the script's own
printf '#!/bin/sh\necho "LOG waits are $TEST_TIME_FACTOR times as long"\n' >"$T/factor"
chmod +x "$T/factor"
status "a script is run by tests/run" 0 env -u TEST_TIME_FACTOR SANITIZE=address "$ROOT/tests/run" "$T/factor"
matches "and told how much slower sanitizers are" 'waits are 3 times as long' "$OUT"
