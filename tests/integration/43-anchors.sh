#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lib/client/examples/anchors.py, but for the directory of the socket: it loads every trust
# anchor into a TLS context, and again when one was provisioned; but nothing that is
# distrusted, trusted as itself only, or an intermediate.
. "$(dirname "$0")/common.sh"
need openssl python3
built certprovd certprov-fetch

pki_init || fail "no certificates"
pki_issue authority authority root || fail "no authority"
pki_issue private private root || fail "no private CA"
pki_issue excepted excepted root DNS:pbx.example.com || fail "no certificate to except"
PKI_SUBJECT=/CN=between pki_issue between authority ca || fail "no intermediate"
mkdir "$T/www"
printf '<certificates><certificate type="base64">%s</certificate></certificates>\n' \
	"$(pki_base64 private)" >"$T/www/private.xml"
start_http plain "$T/www"
cat >"$T/certprovd.conf" <<-CONF
	[phone]
	Firmware=10.1.33.33
	[trust]
	Authorities=$PKI/authority.pem
	[provisioning]
	AtStart=no
	AllowLocal=yes
	[fetch]
	Socket=$T/run/fetch
	User=$(id -un)
	[store]
	StateDirectory=$T/state
	RuntimeDirectory=$T/run
CONF
start_fetcher
start_daemon

sed "s|/run/certprov/|$T/run/|" "$ROOT/lib/client/examples/anchors.py" >"$T/example.py" || fail "there is no example"
start example python3 -u "$T/example.py"

# says NUMBER WORDS - line NUMBER of the example's output
says() {
	sed -n "$1p" "$T/example.log" | grep -qF -e "$2"
}
wait_for 10 says 1 "'x509_ca': 1" || fail "the example does not load the authority"
ok "the example loads the authorities"
"$ROOT/tests/integration/varlink" "$T/run/io.certprov.admin" io.certprov.admin.Provision \
	"{\"url\": \"${URL[plain]}/private.xml\"}" >"$T/replies" || fail "cannot provision"
wait_for 10 says 2 "'x509_ca': 2" || fail "the example does not hear of the new certificate"
ok "and what is provisioned, as soon as it is accepted"

# admin METHOD PARAMETERS; each is a new generation, and so a new line
admin() {
	"$ROOT/tests/integration/varlink" "$T/run/io.certprov.admin" "io.certprov.admin.$1" "$2" >"$T/replies" ||
		fail "cannot $1: $(cat "$T/replies")"
}
admin Upload "{\"certificate\": \"$(pki_base64 between)\"}"
wait_for 10 says 3 "'x509_ca': 2" || fail "the example believes an intermediate: $(cat "$T/example.log")"
ok "an intermediate is no trust anchor of it"
"$ROOT/tests/integration/varlink" "$T/run/io.certprov.trust" io.certprov.trust.ReportRejection \
	"{\"chain\": [\"$(pki_base64 excepted)\"], \"host\": \"pbx.example.com\", \"purpose\": \"https\",
	\"result\": \"issuer-not-trusted\"}" >/dev/null || fail "cannot report"
admin AddException "{\"sha256\": \"$(pki_sha256 excepted)\"}"
wait_for 10 says 4 "'x509_ca': 2" || fail "the example believes an exception: $(cat "$T/example.log")"
ok "nor is what an administrator trusts as itself"
admin Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 private)\"}"
wait_for 10 says 5 "'x509_ca': 1" || fail "the example believes what is distrusted: $(cat "$T/example.log")"
ok "and what is distrusted leaves it"
key=$(openssl x509 -in "$PKI/authority.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum)
admin Distrust "{\"kind\": \"public-key\", \"sha256\": \"${key%% *}\"}"
wait_for 10 says 6 "'x509_ca': 0" || fail "the example believes a distrusted key: $(cat "$T/example.log")"
ok "by its key, too"
