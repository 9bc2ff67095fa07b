#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# suite: trixie
# From factory reset to a registered phone. All that the phone has is the firmware's authorities,
# its own certificate, and the URL of a provisioning server. That server, an nginx, learns from
# the certificate which phone asks and gives it its file; the CA in that file makes the phone
# trust its registrar, a Kamailio that lets in nobody without the certificate of a phone. The
# phone is an unmodified baresip: it reads the exported CAs, and a file that names the key. What
# signs, for the fetcher and for the phone, is the daemon.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/sip.sh"
need nginx setpriv
MAC=000413AABBCC
OTHER=000413DDEEFF

# --- what is there without the phone ---

certificates() {
	pki_init &&
		PKI_SUBJECT='/CN=Public CA' pki_issue public root root &&
		PKI_SUBJECT='/CN=Private PBX CA' pki_issue private root root &&
		PKI_SUBJECT='/CN=Former Owner CA' pki_issue former root root &&
		PKI_SUBJECT='/CN=Device CA' pki_issue devices devices root &&
		pki_issue web public server DNS:localhost &&
		pki_issue pbx private server "URI:sip:$REGISTRAR,IP:$PBX" &&
		PKI_SUBJECT=/CN=$MAC PKI_NEWKEY='RSA -pkeyopt rsa_keygen_bits:2048' pki_issue phone devices client
}
start_network
certificates || fail "no certificates"
cat "$PKI/phone.pem" "$PKI/devices.pem" >"$PKI/phone-chain.pem"

# provisions NAME... - a document with these CAs
provisions() {
	local name
	echo '<settings><certificates>'
	for name; do echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>"; done
	echo '</certificates></settings>'
}
mkdir "$T/www" "$T/former"
provisions private >"$T/www/$MAC.xml"
provisions private >"$T/www/$OTHER.xml"
provisions former >"$T/former/$MAC.xml"
start_nginx web <<-X
	map \$ssl_client_s_dn \$client_mac { default none; "~*CN=([0-9a-f]{12})(,|\$)" \$1; }
	map "\$client_mac\$uri" \$own { default 0; "~*^([0-9a-f]{12})/\1\.xml\$" 1; }
	server { listen 127.0.0.1:@PORT@ ssl; root @T@/www;
		ssl_certificate @PKI@/web.pem; ssl_certificate_key @PKI@/web.key;
		ssl_verify_client on; ssl_client_certificate @PKI@/devices.pem;
		location / { if (\$own = 0) { return 403; } } }
X
start_http former "$T/former"

start_registrar 'verify_certificate = yes' 'require_certificate = yes' "ca_list = $PKI/devices.pem"

# --- the phone ---

after_installing
mkdir -p /run/systemd/system/certprovd.service.d
printf '%s\n' '[Service]' "LoadCredential=phone-chain:$PKI/phone-chain.pem" "LoadCredential=phone-key:$PKI/phone.key" \
	>/run/systemd/system/certprovd.service.d/device.conf
cp "$PKI/public.pem" /etc/authorities.pem
configure '[phone]' Firmware=10.1.63.0 '[trust]' Authorities=/etc/authorities.pem \
	'[identity]' Sha2Certificate=credential:phone-chain Sha2Key=credential:phone-key \
	'[export]' RestartUnits=phone.service '[provisioning]' "Url=https://localhost:${PORT[web]}/{mac}.xml"
serve_locally
status "the daemon starts" 0 systemctl enable --now certprovd.service certprov-export.path
EXPORT=$RUN/export/cafile.pem

page=$ROOT/lib/provider-module/certprov-provider.7
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$page" | sed '/^\./d' >/etc/certprov/openssl.cnf
as_phone() {
	OPENSSL_CONF=/etc/certprov/openssl.cnf setpriv --reuid nobody --regid nogroup --groups certprov-key -- "$@"
}
mkdir /etc/baresip
{
	as_phone openssl storeutl -certs certprov:client | sed -n '/^-----BEGIN/,/^-----END/p'
	sed -n '/^\.Cm certprov:client *[:.]/,/^\.Ed/p' "$page" | sed -n '/^-----BEGIN/,/^-----END/p'
} >/etc/baresip/phone.pem
baresip_reads $EXPORT 'sip_certificate /etc/baresip/phone.pem'
baresip_service Environment=OPENSSL_CONF=/etc/certprov/openssl.cnf SupplementaryGroups=certprov-key

# --- factory reset ---

status "a former owner provisioned it" 0 certprovctl provision "${URL[former]}/{mac}.xml"
status "and set its server" 0 certprovctl set setting_server "${URL[former]}/{mac}.xml"
matches "whose CA it trusts" 'Former Owner CA' "$(certprovctl list servers)"
systemctl start phone
refused() {
	grep -q 'unable to get local issuer' "$T/reading.log"
}
wait_for 20 refused || fail "the phone does not refuse the registrar: $(tail -n 20 "$T/reading.log")"
ok "with that it does not trust its registrar"
lacks "and does not register" 'REGISTER sip:alice' "$(cat "$T/registrar.log")"
store=$(field_of_status Store)
status "it is reset" 0 certprovctl factory-reset --yes
lacks "nothing of the former owner is left" 'Former Owner CA' "$(certprovctl list servers)"
lacks "nor is its server" "${URL[former]}" "$(certprovctl settings)"
[ "$(field_of_status Store)" != "$store" ] || fail "the store is the former one"
ok "the store is another one"
matches "the phone is still itself" "CN=$MAC" "$(as_phone openssl storeutl -noout -text -certs certprov:client | tr -d ' ')"

# --- provisioning over mutual TLS ---

# It may have begun by itself: then this waits for its end.
status "it is provisioned by its server" 0 certprovctl provision
equal "which knows it by the MAC address in its certificate" "GET /$MAC.xml 200" "$(requests web | sort -u)"
matches "the CA of its registrar is trusted" 'Private PBX CA' "$(certprovctl list servers)"
status "another phone's file" 2 certprovctl provision "https://localhost:${PORT[web]}/$OTHER.xml"
matches "is not for it" "^GET /$OTHER.xml 403\$" "$(requests web)"

status "what ends is told of all that is in use" 1 certprovctl expiring --days 4000
for name in "CN=$MAC" 'CN=Device CA' 'CN=Public CA' 'CN=Private PBX CA'; do
	matches "of $name" "$name" "$OUT"
done
equal "which is no more than that" "authority device device server" \
	"$(certprovctl expiring --days 4000 --json | grep -oE '"kind":"[a-z]+"' | cut -d '"' -f 4 | sort | paste -sd ' ')"

# --- a registered phone ---

registered() {
	grep -qE "REGISTER sip:alice@.* by the phone $MAC:" "$T/registrar.log"
}
wait_for 20 registered || fail "the phone does not register: $(tail -n 20 "$T/reading.log" "$T/registrar.log")"
ok "the phone registers, and the registrar knows which phone it is"
wait_for 10 grep -qE '200 OK .*[1-9][0-9]* binding' "$T/reading.log" || fail "baresip does not say so"
ok "which baresip was told"
