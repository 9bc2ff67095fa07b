#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A server learns by a TLS client certificate which phone asks, and the key never leaves
# the daemon: nginx with both device CAs, and a map from the MAC address in the certificate
# to the file that is asked for.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
. "$ROOT/tests/pki/device-pki.sh"
need nginx

OTHER=000413DDEEFF
pki_standard || fail "no certificates"
device_pki_cas &&
	device_pki_phone sha1 $MAC device-sha1 sha1 'RSA -pkeyopt rsa_keygen_bits:1024' &&
	device_pki_phone sha2 $MAC device-sha2 sha256 'RSA -pkeyopt rsa_keygen_bits:2048' &&
	device_pki_phone ec $MAC device-sha2 sha256 'EC -pkeyopt ec_paramgen_curve:P-256' &&
	device_pki_make stranger other "/CN=$MAC" sha256 'EC -pkeyopt ec_paramgen_curve:P-256' FALSE ||
	fail "no certificates of phones"
cat "$PKI/device-sha1-root.pem" "$PKI/device-sha2-root.pem" >"$T/device-cas.pem"
cat "$PKI/root.pem" "$PKI/intermediate.pem" >"$T/authorities.pem"
mkdir -p "$T/www"
for mac in $MAC $OTHER; do
	echo '<settings><phone-settings><language>Deutsch</language></phone-settings></settings>' >"$T/www/$mac.xml"
done
# mutual NAME PROTOCOLS - the server
mutual() {
	# shellcheck disable=SC2016 # nginx's variables
	start_nginx "$1" <<-X
		map \$ssl_client_s_dn \$client_mac { default none; "~*CN=([0-9a-f]{12})(,|\$)" \$1; }
		map "\$client_mac\$uri" \$own { default 0; "~*^([0-9a-f]{12})/\1\.xml\$" 1; }
		server { listen 127.0.0.1:@PORT@ ssl; root @T@/www; ssl_protocols $2;
			ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
			ssl_ciphers DEFAULT:@SECLEVEL=0; ssl_verify_client on; ssl_verify_depth 2;
			ssl_client_certificate @T@/device-cas.pem;
			location / { if (\$own = 0) { return 403; } } }
	X
	SITES+=("$1=https://localhost:${PORT[$1]}")
}
mutual tls13 TLSv1.3
mutual tls12 TLSv1.2
start_fetcher
with() {
	phone "identity.Sha2Certificate=$PKI/$1.pem" "identity.Sha2Key=$PKI/$1.key" "${@:2}"
}

for name in sha1 sha2 ec; do
	for version in tls13 tls12; do
		with $name
		provision "https://localhost:${PORT[$version]}/{mac}.xml"
		reported "$name, $version: its own file" "complete documents=1 certificates=0 accepted=0 refused=0" </dev/null
	done
done
