#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A server learns by a TLS client certificate which phone asks, and the key never leaves
# the daemon: nginx with both device CAs, and a map from the MAC address in the certificate
# to the file that is asked for. And who does not get to see the certificate.
# time limit: 240
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
. "$ROOT/tests/pki/device-pki.sh"
need nginx

OTHER=000413DDEEFF
SIGNATURES=64
pki_standard || fail "no certificates"
{
	device_pki_cas &&
		device_pki_phone sha1 $MAC device-sha1 sha1 'RSA -pkeyopt rsa_keygen_bits:1024' &&
		device_pki_phone sha2 $MAC device-sha2 sha256 'RSA -pkeyopt rsa_keygen_bits:2048' &&
		device_pki_phone ec ${MAC,,} device-sha2 sha256 'EC -pkeyopt ec_paramgen_curve:P-256' &&
		device_pki_make stranger other "/CN=$MAC" sha256 'EC -pkeyopt ec_paramgen_curve:P-256' FALSE &&
		device_pki_make weak device-sha1 /CN=localhost sha1 'RSA -pkeyopt rsa_keygen_bits:1024' FALSE
} || fail "no certificates of phones"
cat "$PKI/device-sha1-root.pem" "$PKI/device-sha2-root.pem" >"$T/device-cas.pem"
cat "$PKI/root.pem" "$PKI/intermediate.pem" "$PKI/device-sha1-root.pem" >"$T/authorities.pem"
for mac in $MAC $OTHER; do echo '<settings/>' >"$T/www/$mac.xml"; done

# mutual NAME PROTOCOLS VERIFY [LINE] - a server that wants to know who asks; places in
# reports start with its name
mutual() {
	start_nginx "$1" <<-X
		map \$ssl_client_s_dn \$client_mac { default none; "~*CN=([0-9a-f]{12})(,|\$)" \$1; }
		map "\$client_mac\$uri" \$own { default 0; "~*^([0-9a-f]{12})/\1\.xml\$" 1; }
		server { listen 127.0.0.1:@PORT@ ssl; root @T@/www; ssl_protocols $2; ${4:-}
			ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
			ssl_ciphers DEFAULT:@SECLEVEL=0; ssl_verify_client $3; ssl_verify_depth 2;
			ssl_client_certificate @T@/device-cas.pem;
			set \$mine \$own; if (\$ssl_client_verify = NONE) { set \$mine 1; }
			location / { if (\$mine = 0) { return 403; } } }
	X
	URL[$1]=https://localhost:${PORT[$1]}
	SITES+=("$1=${URL[$1]}")
}
mutual tls13 TLSv1.3 on
mutual tls12 TLSv1.2 on
mutual optional 'TLSv1.2 TLSv1.3' optional
mutual tls10 TLSv1 optional
mutual closing 'TLSv1.2 TLSv1.3' on 'keepalive_timeout 0;'
serve_http web
serve_https secure
start_fetcher
# with NAME [SECTION.KEY=VALUE...] - a phone with this certificate
with() {
	local slot=Sha2

	[ "$1" != sha1 ] || slot=Sha1
	phone "identity.${slot}Certificate=$PKI/$1.pem" "identity.${slot}Key=$PKI/$1.key" "${@:2}"
}
links() {
	echo '<setting-files>'
	printf '<file url="%s"/>\n' "$@"
	echo '</setting-files>'
}
complete() {
	echo "complete documents=$1 certificates=0 accepted=0 refused=0"
}

# --- who it is ---

for name in sha1 sha2 ec; do
	with $name
	for version in tls13 tls12; do
		provision "${URL[$version]}/{mac}.xml"
		reported "$name, $version: its own file" "$(complete 1)" </dev/null
		provision "${URL[$version]}/$OTHER.xml?{mac}"
		reported "$name, $version: another phone's is refused" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
			document $version/$OTHER.xml?***:- http-status
		X
		matches "as whom it was refused" \
			"HTTP status 403, to a phone that showed the certificate CN=$MAC,.*, issued by .*CN=Example Phone 1" \
			"$(details | sed "s/${MAC,,}/$MAC/")"
	done
done
equal "what the servers saw" "$(printf '%s\n' 3 3 3 3)" \
	"$(for version in tls13 tls12; do for code in 200 403; do accesses $version | grep -c "^$code "; done; done)"

phone
provision "${URL[tls13]}/{mac}.xml"
reported "a phone without a certificate" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
	document tls13/$MAC.xml:- client-certificate-required
X
matches "its status, and why" 'this phone sent none \(HTTP status 400\): it has none' "$(details)"
with stranger
provision "${URL[tls12]}/{mac}.xml"
reported "one of a CA that the server does not know" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
	document tls12/$MAC.xml:- client-certificate-refused
X
matches "which was sent, of whom" "certificate CN=$MAC, issued by CN=Other Root CA, .*HTTP status 400" "$(details)"
# tls NAME OPTION... - an OpenSSL server, which says it by an alert; its port in PORT[NAME]
tls() {
	start "$1" openssl s_server -accept 127.0.0.1:0 -naccept 20 -WWW "${@:2}"
	wait_for 10 grep -q '^ACCEPT' "$T/$1.log" || fail "the server $1 does not start"
	PORT[$1]=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' "$T/$1.log" | head -n 1)
	SITES+=("$1=https://localhost:${PORT[$1]}")
}
for version in 1_2 1_3; do
	tls alert$version -tls$version -cert "$PKI/server.pem" -key "$PKI/server.key" -CAfile "$T/device-cas.pem" \
		-Verify 2 -verify_return_error
	provision "https://localhost:${PORT[alert$version]}/{mac}.xml"
	reported "and by an alert of TLS $version" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
		document alert$version/$MAC.xml:- client-certificate-refused
	X
	matches "which one" 'alert unknown_ca \(48\)' "$(details)"
done

# --- level 0 is for its own certificate alone ---

tls weak -cert "$PKI/weak.pem" -key "$PKI/weak.key" -cert_chain "$PKI/device-sha1.pem" -cipher DEFAULT:@SECLEVEL=0
with sha1
refused_as() {
	provision "https://localhost:${PORT[weak]}/{mac}.xml"
	reported "$2" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
		peer localhost $1
		document weak/$MAC.xml:- tls-rejected
	X
}
refused_as weak-signature "a server with such a certificate is refused by a phone that has one"
# OpenSSL has the old versions at level 0 alone.
with sha1 tls.MinimumVersion=1.0
refused_as weak-signature "and by one that speaks TLS 1.0"
with sha1 tls.MinimumVersion=1.0 trust.Profile=strict
refused_as key-too-weak "and by a strict one"

with sha1 tls.MinimumVersion=1.0
provision "${URL[tls10]}/{mac}.xml"
reported "a good one is read by TLS 1.0" "$(complete 1)" </dev/null
matches "without a certificate, which no scheme of RFC 8446 could sign for" 'sent none: its key could not be used' "$(cat "$T/replies")"
with sha1
provision "${URL[tls10]}/{mac}.xml"
reported "unless a later version is required" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
	document tls10/$MAC.xml:- protocol-version
X

# --- who is told ---

links "${URL[optional]}/$MAC.xml" >"$WWW/links.xml"
with sha2
provision "${URL[secure]}/links.xml"
reported "a server that an authenticated document names" "$(complete 2)" </dev/null
lacks "is told" client-certificate-withheld "$(cat "$T/replies")"
provision "${URL[web]}/links.xml"
reported "one that an unauthenticated document names" "$(complete 2)" </dev/null
matches "is not, and the report says so" \
	'client-certificate-withheld.*sent none: an unauthenticated document or redirect named this server' "$(cat "$T/replies")"
links "${URL[tls13]}/$MAC.xml" "${URL[optional]}/$MAC.xml" >"$WWW/links.xml"
provision "${URL[web]}/links.xml"
reported "nor is it when it insists" "partial documents=3 certificates=0 accepted=0 refused=0" <<-X
	document web/links.xml:2 client-certificate-required
X
matches "which is told as well" 'HTTP status 400\): an unauthenticated document or redirect named' "$(details)"

start_nginx redirecting <<-X
	server { listen 127.0.0.1:@PORT@; return 302 ${URL[optional]}/$MAC.xml; }
X
provision "http://127.0.0.1:${PORT[redirecting]}/{mac}"
matches "nor one that a redirect in the clear leads to" \
	'client-certificate-withheld.*unauthenticated document or redirect' "$(cat "$T/replies")"

# Before 10.0 servers are not verified unless a setting says so.
with sha2 phone.Firmware=8.9.3.80
provision "${URL[optional]}/{mac}.xml"
reported "a server that is not verified" "$(complete 1)" </dev/null
matches "is not told" 'client-certificate-withheld.*does not verify servers' "$(cat "$T/replies")"
provision "${URL[tls12]}/{mac}.xml"
matches "nor when it insists, with what helps" \
	'this phone sent none \(HTTP status 400\): it does not verify servers.*' "$(details)"
matches "and what helps" 'Set tls_server_authentication to on' "$(cat "$T/replies")"

with sha2 bootstrap.Bootstrap=open
echo "<settings><phone-settings><setting_server>${URL[optional]}/{mac}.xml</setting_server></phone-settings></settings>" \
	>"$WWW/server.xml"
provision "${URL[web]}/server.xml"
# The run that follows begins by itself, or is joined: its report has all of it.
ask_provision '{}' || :
kept_back() {
	varlink "$ADMIN" io.certprov.admin.GetRun '{"id": 2}' 2>/dev/null |
		grep -q 'client-certificate-withheld.*whoever named the setting server was not authenticated'
}
wait_for 10 kept_back || fail "a setting server from a document in the clear is told"
ok "a setting server from a document in the clear is not told"

# --- how often ---

with sha2
mapfile -t many < <(for ((i = 0; i <= SIGNATURES; i++)); do echo "${URL[closing]}/$MAC.xml?$i"; done)
links "${many[@]}" >"$WWW/many.xml"
provision "${URL[secure]}/many.xml"
equal "as many connections as there are signatures, and one" \
	"$((SIGNATURES + 1)) processed, 1 client-certificate-required" \
	"$(outcomes | awk '{ n[$3]++ } END { print n["processed"] " processed, " n["client-certificate-required"] " client-certificate-required" }')"
matches "why" "sent none \(HTTP status 400\): this run has used its $SIGNATURES signatures" "$(details)"
provision "${URL[secure]}/links.xml"
reported "another run has as many again" "$(complete 3)" </dev/null

# --- what goes wrong in the middle of a handshake ---

# A server that accepts and goes on when it is told to: the job is given by then.
cat >"$T/slow.py" <<-'X'
	import os, socket, ssl, sys, time
	directory, port, certificate, key, authorities = sys.argv[1:]
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(certificate, key)
	context.load_verify_locations(authorities)
	context.verify_mode = ssl.CERT_REQUIRED
	s = socket.create_server(("127.0.0.1", 0))
	with open(port + ".new", "w") as f:
	    print(s.getsockname()[1], file=f)
	os.rename(port + ".new", port)
	while True:
	    c = s.accept()[0]
	    os.mkfifo(directory + "/go")
	    with open(directory + "/go") as go:
	        go.read()
	    os.unlink(directory + "/go")
	    try:
	        context.wrap_socket(c, server_side=True).recv(1)
	    except OSError:
	        pass
	    c.close()
X
start slow python3 "$T/slow.py" "$T" "$T/slow.port" "$PKI/server-chain.pem" "$PKI/server.key" "$T/device-cas.pem"
wait_for 10 test -s "$T/slow.port" || fail "the slow server does not start"
SITES+=("slow=https://localhost:$(cat "$T/slow.port")")
# waiting - a run whose handshake goes on when go says so
waiting() {
	provision "https://localhost:$(cat "$T/slow.port")/{mac}.xml" &
	RUN=$!
	wait_for 10 test -p "$T/go" || fail "the server is not asked"
}
go() {
	echo >"$T/go"
}
identities() {
	varlink "$T/run/io.certprov.identity" io.certprov.identity.ListIdentities
}
without_identity() {
	[[ $(identities) != *$MAC* ]]
}
waiting
configure
kill -HUP "${PID[daemon]}"
wait_for 10 without_identity || fail "the identity is still there"
go
wait "$RUN"
reported "a key that was removed during the run" "failed documents=1 certificates=0 accepted=0 refused=0" <<-X
	document slow/$MAC.xml:- client-certificate-required
X
matches "what became of it" 'this phone sent none: its key could not be used' "$(details)"

with sha2
waiting 2>/dev/null
kill -STOP "${PID[daemon]}"
go
fetchers() {
	pgrep -P "${PID[fetcher]}" | wc -l
}
no_fetcher() {
	[ "$(fetchers)" = 0 ]
}
equal "one fetcher waits for its signature" 1 "$(fetchers)"
kill -KILL "${PID[daemon]}"
wait_for 10 no_fetcher || fail "the fetcher waits for a daemon that is gone"
ok "a fetcher whose daemon is gone ends"
wait "$RUN"
restart "identity.Sha2Certificate=$PKI/sha2.pem" "identity.Sha2Key=$PKI/sha2.key"
provision "${URL[tls13]}/{mac}.xml"
reported "and the next run is complete" "$(complete 1)" </dev/null
