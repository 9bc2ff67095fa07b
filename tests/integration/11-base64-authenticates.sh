#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CA that arrives as base64 authenticates an HTTPS file later in the same run; one that
# arrives by url does not. Who is verified at all is the firmware's and its settings' say.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
serve_http web
serve_https secure
serve_https elsewhere wrong-name-chain wrong-name
start_nginx old <<<"server { listen 127.0.0.1:@PORT@ ssl; root $T/www; ssl_protocols TLSv1.1;
	ssl_ciphers DEFAULT:@SECLEVEL=0;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }"
URL[old]=https://localhost:${PORT[old]}
site old
show root

document later.xml <<-X
	<certificates>
	<certificate type="base64">$(pki_base64 other)</certificate>
	</certificates>
X
document base64.xml <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	</certificates>
	<setting-files><file url="${URL[secure]}/later.xml"/></setting-files></settings>
X
document behind.xml <<-X
	<settings><setting-files><file url="${URL[secure]}/later.xml"/></setting-files>
	<certificates><certificate type="base64">$(pki_base64 root)</certificate></certificates></settings>
X
document url.xml <<-X
	<settings><certificates>
	<certificate url="root.der"/></certificates>
	<setting-files>
	<file url="${URL[secure]}/later.xml"/></setting-files></settings>
X
for name in secure elsewhere old; do
	document $name.xml <<-X
		<setting-files>
		<file url="${URL[$name]}/root.xml"/>
		</setting-files>
	X
done
document root.xml <<-X
	<certificates><certificate type="base64">$(pki_base64 root)</certificate></certificates>
X
document on.xml <<-X
	<settings><phone-settings>
	<tls_server_authentication>on</tls_server_authentication>
	</phone-settings></settings>
X
document off.xml <<-X
	<settings><phone-settings>
	<tls_server_authentication>off</tls_server_authentication>
	</phone-settings><setting-files>
	<file url="${URL[secure]}/root.xml"/></setting-files></settings>
X

start_fetcher

# --- in the same run ---

phone
provision "${URL[web]}/base64.xml"
reported "a CA by base64 authenticates a file over HTTPS in the same run" \
	"complete documents=2 certificates=2 accepted=2 refused=0" <<-X
	certificate web/base64.xml:2 accepted
	certificate secure/later.xml:2 accepted
X
equal "and nobody was rejected" "" "$(unknown)"

phone
provision "${URL[web]}/behind.xml"
equal "also when it stands behind the link, but before the link's turn" \
	"complete documents=2 certificates=2 accepted=2 refused=0" "$(run_result)"

phone
provision "${URL[web]}/url.xml"
reported "a CA by url does not" \
	"partial documents=2 certificates=1 accepted=1 refused=0" <<-X
	peer localhost issuer-not-trusted
	document web/url.xml:4 tls-rejected
	certificate web/url.xml:2 accepted
X
matches "and says that it came too late for that server, and what would not have" \
	'"accepted-late".*A server of this run, localhost, was rejected before.*type=\\"base64\\"' "$(cat "$T/replies")"
equal "the rejected server is listed as unknown" "$(pki_sha256 server)" "$(unknown)"
matches "with host, result and the fetcher as its witness" \
	'"hosts": \["localhost"\], "results": \["issuer-not-trusted"\].* "reporters": \["fetcher"\]' \
	"$(varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "unknown"}')"
provision "${URL[web]}/url.xml"
reported "the next run has it" \
	"complete documents=2 certificates=2 accepted=2 refused=0" <<-X
	certificate secure/later.xml:2 accepted
	certificate web/url.xml:2 already-trusted
X

# --- who is verified ---

not_verified() {
	reported "$1: the server is not verified" \
		"complete documents=2 certificates=1 accepted=$2 refused=$((1 - $2))" <<-X
		certificate secure/root.xml:1 $3
	X
	equal "$1: nobody was rejected" "" "$(unknown)"
}
verified() {
	reported "$1: the server is verified" \
		"partial documents=2 certificates=0 accepted=0 refused=0" <<-X
		peer localhost issuer-not-trusted
		document web/secure.xml:2 tls-rejected
	X
	equal "$1: the server is listed as unknown" "$(pki_sha256 server)" "$(unknown)"
}

phone phone.Firmware=8.2.29
provision "${URL[web]}/secure.xml"
not_verified "below 8.2.30" 0 base64-not-supported

phone phone.Firmware=8.9.3.41
provision "${URL[web]}/secure.xml"
not_verified "8.x without the setting" 1 accepted

phone phone.Firmware=8.9.3.41
provision "${URL[web]}/on.xml"
reported "a file may set it" "complete documents=1 certificates=0 accepted=0 refused=0" \
	<<<"setting web/on.xml:2 setting-applied"
provision "${URL[web]}/secure.xml"
verified "8.x after tls_server_authentication=on"

phone phone.Firmware=8.9.3.41
varlink "$ADMIN" io.certprov.admin.SetSetting \
	'{"name": "tls_server_authentication", "value": "on"}' >/dev/null || fail "cannot set it"
provision "${URL[web]}/secure.xml"
verified "8.x after an admin's tls_server_authentication=on"

phone
provision "${URL[web]}/secure.xml"
verified "10.1"
provision "${URL[web]}/off.xml"
reported "10.1 cannot be told not to" "partial documents=2 certificates=0 accepted=0 refused=0" <<-X
	setting web/off.xml:2 setting-forced
	peer localhost issuer-not-trusted
	document web/off.xml:4 tls-rejected
X

phone phone.Firmware=
provision "${URL[web]}/secure.xml"
verified "an unknown version"

# authenticated SENTENCE yes|no - what the list says of the one server certificate
authenticated() {
	local expected=False
	[ "$2" = no ] || expected=True
	equal "$1" "$expected" "$(
		varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "servers"}' | python3 -c '
import json, sys
print(json.loads(sys.stdin.readline())["certificate"]["authenticated"])'
	)"
}

phone phone.Firmware=8.9.3.41
provision "${URL[secure]}/later.xml"
authenticated "what came from a server not verified is not authenticated" no
phone "trust.Authorities=$PKI/root.pem"
provision "${URL[secure]}/later.xml"
authenticated "what came from a verified one is" yes
phone "trust.Authorities=$PKI/root.pem"
document link.xml <<<"<setting-files><file url=\"${URL[secure]}/later.xml\"/></setting-files>"
provision "${URL[web]}/link.xml"
authenticated "unless a document of no such server led there" no

# --- how ---

phone "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/elsewhere.xml"
reported "10.1: the name counts" "partial documents=2 certificates=0 accepted=0 refused=0" <<-X
	peer localhost name-mismatch
	document web/elsewhere.xml:2 tls-rejected
X
matches "and says so" '"results": \["name-mismatch"\]' \
	"$(varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "unknown"}')"

phone phone.Firmware=8.9.3.41 "trust.Authorities=$PKI/root.pem"
varlink "$ADMIN" io.certprov.admin.SetSetting \
	'{"name": "tls_server_authentication", "value": "on"}' >/dev/null || fail "cannot set it"
provision "${URL[web]}/elsewhere.xml"
reported "8.x: the name does not count by default" \
	"complete documents=2 certificates=1 accepted=1 refused=0" \
	<<<"certificate elsewhere/root.xml:1 already-trusted"

phone "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/old.xml"
reported "TLS 1.1 is refused" "partial documents=2 certificates=0 accepted=0 refused=0" \
	<<<"document web/old.xml:2 protocol-version"
phone "trust.Authorities=$PKI/root.pem" tls.MinimumVersion=1.1
provision "${URL[web]}/old.xml"
reported "unless configured" "complete documents=2 certificates=1 accepted=1 refused=0" \
	<<<"certificate old/root.xml:1 already-trusted"
