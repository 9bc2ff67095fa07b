#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Handshakes that fail for other reasons than trust, each with a result of its own.
# time limit: 120
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
serve_http web
start_fetcher

# tls NAME OPTION... - an OpenSSL server; its port in PORT[NAME]
tls() {
	start "$1" openssl s_server -accept 127.0.0.1:0 -cert "$PKI/server.pem" -key "$PKI/server.key" -naccept 20 -WWW "${@:2}"
	wait_for 10 grep -q '^ACCEPT' "$T/$1.log" || fail "the server $1 does not start"
	PORT[$1]=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' "$T/$1.log" | head -n 1)
}
tls client13 -tls1_3 -Verify 1
tls client12 -tls1_2 -Verify 1
tls old -tls1_1 -cipher ALL:@SECLEVEL=0
tls null -tls1_2 -cipher eNULL:@SECLEVEL=0
cat "$PKI/root.pem" "$PKI/intermediate.pem" >"$T/authorities.pem"
phone
cat >"$T/d.xml" <<-X
	<certificates>
	<certificate url="https://localhost:${PORT[client13]}/a.der"/>
	<certificate url="https://localhost:${PORT[client12]}/a.der"/>
	<certificate url="https://localhost:${PORT[old]}/a.der"/>
	<certificate url="https://localhost:${PORT[null]}/a.der"/>
	<certificate url="https://localhost:${PORT[web]}/a.der"/>
	<certificate url="http://127.0.0.1:${PORT[old]}/a.der"/>
	</certificates>
X
cp "$T/d.xml" "$WWW/d.xml"
provision "${URL[web]}/d.xml"
reported "each cause has its name, and no server is said not to be trusted" \
	"partial documents=1 certificates=6 accepted=0 refused=6" <<-X
	certificate web/d.xml:2 client-certificate-required
	certificate web/d.xml:3 client-certificate-required
	certificate web/d.xml:4 protocol-version
	certificate web/d.xml:5 no-common-cipher
	certificate web/d.xml:6 not-tls
	certificate web/d.xml:7 https-required
X
matches "with what the server chose" "localhost:${PORT[old]} .*it chose TLS 1.1, and this phone requires TLS 1.2" "$(details)"
