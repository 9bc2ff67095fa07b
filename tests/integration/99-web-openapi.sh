#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# The OpenAPI document of the certificates page: it has the methods of the table as the
# interface files have them, and what certprovd answers keeps to it.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need openssl
built certprov-web certprov-fetch
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "there is no python3-jsonschema"

"$B/certprov-web" --print-openapi >"$T/openapi.json" || fail "no document"
openapi() {
	/usr/bin/python3 "$here/openapi.py" "$1" "$T/openapi.json" "${@:2}"
}
status "the document has what may be called, and nothing else" 0 openapi table
equal "which are so many methods" "$(grep -cE '^	\{(TRUST|ADMIN|IDENTITY)\("' "$ROOT/daemon/certprov-web/calls/call-table.c")" "$OUT"
equal "its version is that of the program" "certprov-web $(/usr/bin/python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["info"]["version"])' "$T/openapi.json")" "$("$B/certprov-web" --version)"

# --- what certprovd answers ---

issue() {
	pki_init && pki_issue root - root && pki_issue other - root && pki_issue ca root intermediate &&
		pki_issue pbx other server DNS:pbx.example.com && device_ca device-ca &&
		device phone device-ca EC -pkeyopt ec_paramgen_curve:P-256
}
issue || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
cp "$PKI"/{pbx,ca}.der "$T/"
phone_has phone
start_fetcher
start_daemon
declare -A CHECKED=()
# replies METHOD [PARAMETERS [OPTION]] - the method is called, and its replies keep to the document
replies() {
	local found
	found=$(ask "$@") || fail "$1: $found"
	status "$1" 0 openapi replies "io.certprov.$1" <<<"$found"
	equal "with so many replies" "$(wc -l <<<"$found")" "$OUT"
	CHECKED[io.certprov.$1]=1
}
pbx=$(sha256 "$T/pbx.der")
chain="{\"chain\": [\"$(pki_base64 pbx)\"], \"host\": \"pbx.example.com\", \"purpose\": \"sip\"}"
replies trust.Verify "$chain"
replies trust.ListCertificates '{"list": "unknown"}' -m
replies trust.Explain "{\"sha256\": \"$pbx\"}"
replies trust.MonitorRejections '{}' -f
replies trust.Monitor '{}' -f
replies admin.AddException "{\"sha256\": \"$pbx\", \"host\": \"pbx.example.com\", \"expires\": \"2099-01-01T00:00:00Z\"}"
replies trust.Verify "$chain"
replies trust.VerifyDigest "{\"chainSha256\": \"$pbx\", \"host\": \"pbx.example.com\", \"purpose\": \"sip\"}"
replies admin.Upload "{\"certificate\": \"$(pki_base64 ca)\"}"
replies admin.Provision "$(certificates_in pbx | python3 -c 'import json, sys
print(json.dumps({"document": sys.stdin.read()}))')" -m
replies admin.ListRuns
replies admin.GetRun '{"id": 1}' -m
replies admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$PKI/other.der")\"}"
replies admin.ListDistrusted
replies admin.LiftDistrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$PKI/other.der")\"}"
replies admin.SetSetting '{"name": "provisioning_order", "value": "dhcp:proceed"}'
replies admin.ListSettings
replies trust.ListCertificates '{"withDer": true}' -m
replies trust.ListEndings '{}' -m
replies trust.Get "{\"sha256\": \"$pbx\", \"withDer\": true}"
replies trust.Counters
replies trust.Rules
replies trust.Status
replies identity.ListIdentities
replies identity.GetIdentity '{"role": "web-server"}'
replies admin.Remove "{\"list\": \"servers\", \"sha256\": \"$pbx\"}"
replies admin.ResetClock
replies admin.History '{}' -m
replies admin.FactoryReset
equal "only CancelRun has no reply here" io.certprov.admin.CancelRun "$(/usr/bin/python3 -c '
import json, sys
called = set(json.load(open(sys.argv[1]))["paths"])
print(*sorted(p[6:] for p in called if p.startswith("/call/") and p[6:] not in sys.argv[2:]))' "$T/openapi.json" "${!CHECKED[@]}")"
