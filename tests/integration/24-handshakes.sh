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

# --- what web servers and others say ---

openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$T/self.key" -out "$T/self.pem" 2>/dev/null || fail "no self-signed certificate"
start_nginx demanding <<-'X'
	server { listen 127.0.0.1:@PORT@ ssl; root @T@/www;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
	ssl_client_certificate @PKI@/root.pem; ssl_verify_client on; }
	server { listen 127.0.0.1:@PORT2@; location = /to { return 302 https://localhost:@PORT3@/a.der; } }
	server { listen 127.0.0.1:@PORT3@ ssl; root @T@/www;
	ssl_certificate @T@/self.pem; ssl_certificate_key @T@/self.key; }
X
tls named -servername elsewhere.example -servername_fatal -cert2 "$PKI/server.pem" -key2 "$PKI/server.key"
cat >"$T/alerts.py" <<-'X'
	import socket
	s = socket.create_server(("127.0.0.1", 0))
	print("ACCEPT 127.0.0.1:%d" % s.getsockname()[1], flush=True)
	while True:
	    c = s.accept()[0]
	    c.recv(65536)
	    c.sendall(bytes.fromhex("15030300020250"))
	    c.close()
X
start alerting python3 "$T/alerts.py"
wait_for 10 grep -q '^ACCEPT' "$T/alerting.log" || fail "the server of alerts does not start"
PORT[alerting]=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$T/alerting.log")
cat >"$WWW/e.xml" <<-X
	<certificates>
	<certificate url="https://localhost:${PORT[demanding]}/a.der"/>
	<certificate url="https://localhost:${PORT[named]}/a.der"/>
	<certificate url="https://localhost:${PORT[alerting]}/a.der"/>
	</certificates>
X
cat >"$WWW/f.xml" <<-X
	<certificates>

	<certificate url="http://127.0.0.1:${PORT[demanding.2]}/to"/>
	</certificates>
X
provision "${URL[web]}/e.xml"
reported "a web server that wants a certificate, and alerts by name" \
	"partial documents=1 certificates=3 accepted=0 refused=3" <<-X
	certificate web/e.xml:2 client-certificate-required
	certificate web/e.xml:3 handshake-failed
	certificate web/e.xml:4 handshake-failed
X
matches "the status of the web server" "localhost:${PORT[demanding]} demands a client certificate .*HTTP status 400" "$(details)"
matches "no site of that name" 'alert unrecognized_name \(112\)' "$(details)"
matches "and what helps" 'has a site, or give it one for this name' "$(cat "$T/replies")"
matches "an error of its own" 'alert internal_error \(80\)' "$(details)"
provision "${URL[web]}/f.xml"
reported "a server behind a redirect" "partial documents=1 certificates=1 accepted=0 refused=1" <<-X
	peer localhost issuer-not-trusted
	certificate web/f.xml:3 tls-rejected
X
matches "host, port and URL behind the redirect" \
	"server localhost:${PORT[demanding.3]} is not trusted, .* from http://127.0.0.1:${PORT[demanding.2]}/to, which redirects to https://localhost:${PORT[demanding.3]}/a.der" \
	"$(details)"
matches "the rejected server's row has document and line" \
	'"kind": "peer", "line": 3,.*"document": "http://[^"]*/f.xml"' "$(cat "$T/replies")"
