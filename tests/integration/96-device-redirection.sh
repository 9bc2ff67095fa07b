#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The vendor's way to a SHA-2 certificate, as far as the phone does it: a factory reset,
# the redirection service over mutual TLS, a new built-in certificate, and the next run
# with it. A server of the test's own stands in for the service.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$ROOT/tests/pki/device-pki.sh"
need nginx
built certprovctl certprov-fetch
export CERTPROV_RUNTIME_DIR=$RUN
MAC=000413AABBCC
ctl() {
	"$B/certprovctl" "$@" 2>&1
}

pki_standard || fail "no certificates"
{ device_pki_cas && device_pki_phone sha1 $MAC device-sha1 sha1 'RSA -pkeyopt rsa_keygen_bits:1024' &&
	device_pki_phone sha2 $MAC device-sha2 sha256 'RSA -pkeyopt rsa_keygen_bits:2048'; } ||
	fail "no certificates of phones"
cat "$PKI/device-sha1-root.pem" "$PKI/device-sha2-root.pem" >"$T/device-cas.pem"
cat "$PKI/root.pem" "$PKI/intermediate.pem" >"$T/authorities.pem"
mkdir -p "$T/www" "$T/phone"
# site NAME - a server that asks for the certificate of a device CA, and logs who it is
site() {
	# shellcheck disable=SC2016 # nginx's variables
	start_nginx "$1" <<-X
		log_format who '\$ssl_client_s_dn by \$ssl_client_i_dn';
		server { listen 127.0.0.1:@PORT@ ssl; root @T@/www; access_log @T@/$1.who who;
			ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
			ssl_ciphers DEFAULT:@SECLEVEL=0; ssl_verify_client on; ssl_verify_depth 2;
			ssl_client_certificate @T@/device-cas.pem; }
	X
}
site company
site service
echo '<settings><phone-settings><language>Deutsch</language></phone-settings></settings>' >"$T/www/own.xml"
echo "<settings><phone-settings><setting_server perm=\"\">https://localhost:${PORT[company]}/own.xml</setting_server>
</phone-settings></settings>" >"$T/www/redirect.xml"

for kind in Sha1 Sha2; do
	identity+=("${kind}Certificate=$T/phone/${kind,,}.pem" "${kind}Key=$T/phone/${kind,,}.key")
done
give() {
	install -m 0600 "$PKI/$1.key" "$T/phone/$1.key" && cp "$PKI/$1.pem" "$T/phone/$1.pem"
}
give sha1
start_fetcher
write_config '[identity]' "${identity[@]}" "DeviceAuthorities=$T/device-cas.pem" \
	'[provisioning]' "Redirection=https://localhost:${PORT[service]}/redirect.xml" AtStart=no
start_daemon
ctl set setting_server "https://localhost:${PORT[company]}/elsewhere.xml" >/dev/null || fail "nothing set"
visits() {
	cat "$T/$1.who" 2>/dev/null
}
visited() {
	visits "$1" | grep -q "$2"
}

status "the phone is reset" 0 ctl factory-reset --yes
lacks "its setting_server is the default again" '"origin":"admin"' "$(ctl settings --json)"
ctl provision >/dev/null
wait_for 20 visited service "CN=$MAC" || fail "the phone does not show the service its certificate"
matches "the service knows the phone, by its SHA-1 certificate" "CN=$MAC,.* by .*CN=Example Phone 1," "$(visits service)"
wait_for 20 visited company "CN=$MAC" || fail "the phone does not follow the service"
ok "and sends it to the company's server, which knows it as well"

# What the patch does: the files of the SHA-2 certificate are there, and are read.
before=$(visits company | wc -l)
give sha2
kill -HUP "${PID[daemon]}"
in_force() {
	ctl device show --json | python3 -c '
import json, sys
print(*[i["source"] for i in json.load(sys.stdin)["identities"] if i["inForce"]])'
}
is_sha2() {
	[ "$(in_force)" = built-in-sha2 ]
}
wait_for 10 is_sha2 || fail "the new certificate is not in force but $(in_force)"
ok "the new certificate is in force"
ctl provision >/dev/null
more() {
	[ "$(visits company | wc -l)" -gt "$before" ]
}
wait_for 20 more || fail "no further visit"
matches "the run before was made with the old one" "CN=$MAC,.* by .*CN=Example Phone 1," "$(visits company | head -n 1)"
matches "the next run is made with the new one" "CN=$MAC,.* by .*CN=Example Phone 1 SHA-256," "$(visits company | tail -n 1)"
