#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# suite: trixie
# A registrar that lets in nobody without the certificate of a phone, and two phones that show
# it: sip-register (lib/client/examples, on libre) by the URI of the key, and an unmodified
# baresip by a file that names it. The daemon has the key as a credential of systemd and signs;
# neither phone, nor the journal, nor a file has anything of it.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/sip.sh"
need setpriv
need_agent

start_network
certificates() {
	pki_init &&
		PKI_SUBJECT='/CN=Private PBX CA' pki_issue root root root &&
		PKI_SUBJECT='/CN=Device CA' pki_issue devices devices root &&
		pki_issue pbx root server "URI:sip:$REGISTRAR,IP:$PBX" &&
		PKI_SUBJECT=/CN=000413AABBCC PKI_NEWKEY='RSA -pkeyopt rsa_keygen_bits:2048' pki_issue phone devices client
}
certificates || fail "no certificates"
cat "$PKI/phone.pem" "$PKI/devices.pem" >"$PKI/phone-chain.pem"
start_registrar 'verify_certificate = yes' 'require_certificate = yes' "ca_list = $PKI/devices.pem"
registered() {
	grep -qE "REGISTER sip:$1@.* by the phone $2:" "$T/registrar.log"
}

# --- the phone's own certificate ---

after_installing
mkdir -p /run/systemd/system/certprovd.service.d
printf '%s\n' '[Service]' "LoadCredential=phone-chain:$PKI/phone-chain.pem" "LoadCredential=phone-key:$PKI/phone.key" \
	>/run/systemd/system/certprovd.service.d/device.conf
cat "$PKI/root.pem" >/etc/certprov-authorities.pem
configure '[phone]' Firmware=10.1.63.0 '[trust]' Authorities=/etc/certprov-authorities.pem '[identity]' Sha2Certificate=credential:phone-chain \
	Sha2Key=credential:phone-key
systemctl daemon-reload
status "the daemon starts, with its key as a credential" 0 systemctl start certprovd
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$ROOT/lib/provider-module/certprov-provider.7" | sed '/^\./d' >/etc/certprov/openssl.cnf
export OPENSSL_CONF=/etc/certprov/openssl.cnf
# as_phone COMMAND... - a user that may sign, and nothing else
as_phone() {
	setpriv --reuid nobody --regid nogroup --groups certprov-key -- "$@"
}
status "a member of certprov-key finds the certificate of the phone" 0 \
	as_phone openssl storeutl -certs certprov:client
matches "with its issuer" '^Total found: 2$' "$OUT"
status "who is in no such group does not" 1 setpriv --reuid nobody --regid nogroup --clear-groups -- \
	openssl storeutl -certs certprov:client
matches "and is told why" 'certprovd cannot be reached:.*Permission denied' "$OUT"

# --- the asking phone ---

start none "$AGENT" "sip:nobody@$REGISTRAR" $PBX:5061
refused() {
	grep -q 'peer did not return a certificate' "$T/registrar.log"
}
wait_for 20 refused || fail "without a certificate: $(cat "$T/none.log" "$T/registrar.log")"
lacks "without a certificate a phone is not let in" 'REGISTER sip:nobody' "$(cat "$T/registrar.log")"
stop none
start asking as_phone "$AGENT" --certificate certprov:client "sip:bob@$REGISTRAR" $PBX:5061
wait_for 20 registered bob 000413AABBCC || fail "with one it does not: $(cat "$T/asking.log" "$T/registrar.log")"
ok "with that of the phone it does, and the registrar knows which phone it is"

# --- the reading phone ---

mkdir /etc/baresip
{
	as_phone openssl storeutl -certs certprov:client | sed -n '/^-----BEGIN/,/^-----END/p'
	sed -n '/^\.Cm certprov:client *[:.]/,/^\.Ed/p' "$ROOT/lib/provider-module/certprov-provider.7" |
		sed -n '/^-----BEGIN/,/^-----END/p'
} >/etc/baresip/phone.pem
baresip_reads $RUN/export/cafile.pem 'sip_certificate /etc/baresip/phone.pem'
baresip_service Environment=OPENSSL_CONF=/etc/certprov/openssl.cnf SupplementaryGroups=certprov-key
systemctl start phone || fail "the reading phone does not start"
wait_for 20 registered alice 000413AABBCC || fail "baresip does not register: $(tail -n 20 "$T/reading.log" "$T/registrar.log")"
ok "an unmodified baresip does so by a file that names the key"
status "the daemon is started anew" 0 systemctl restart certprovd
before=$(grep -c 'REGISTER sip:alice' "$T/registrar.log")
registered_again() {
	[ "$(grep -c 'REGISTER sip:alice' "$T/registrar.log")" -gt "$before" ]
}
systemctl restart phone
wait_for 20 registered_again || fail "baresip does not register again: $(tail -n 20 "$T/reading.log")"
ok "and signs by that as well"

# --- nothing of the key is anywhere else ---

# secret WHAT - lines of the key's second half, in which an RSA key has its primes
secret() {
	local half
	half=$(($(wc -l <"$PKI/phone.key") / 2))
	tail -n +$half "$PKI/phone.key" | grep -E '^.{64}$'
}
secret >"$T/secret"
[ "$(wc -l <"$T/secret")" -ge 8 ] || fail "there is no secret to look for"
primes() {
	openssl pkey -in "$PKI/phone.key" -noout -text | sed -n '/^prime1/,/^exponent1/p' | tr -d ' \n:' |
		grep -oE '[0-9a-f]{64}' | head -n 4
}
primes >>"$T/secret"
has_secret() {
	grep -qaF -f "$T/secret" "$@"
}
entries >"$T/journal"
status "the journal has nothing of it" 1 has_secret "$T/journal"
status "nor have the phones' logs" 1 has_secret "$T/asking.log" "$T/reading.log" "$T/registrar.log"
status "nor has what the daemon keeps or exports" 1 grep -rqaF -f "$T/secret" $STATE $RUN
for pid in "${PID[asking]}" "$(property MainPID phone.service)"; do
	tr '\0' '\n' <"/proc/$pid/environ" >"$T/environ"
	status "nor the environment or command line of a phone ($pid)" 1 has_secret "$T/environ" "/proc/$pid/cmdline"
done
coredump=$(property LimitCORE certprovd.service)
equal "the daemon leaves no core" 0 "$coredump"
head -n 1 "$T/secret" | systemd-cat -t planted
planted() {
	entries >"$T/journal"
	has_secret "$T/journal"
}
wait_for 10 planted || fail "a line of the key in the journal is not found"
ok "where a line of it that is put into the journal is found"
