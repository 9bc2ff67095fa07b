#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whom the phone trusts, asked over the socket of the real daemon: verdicts with
# reasons, what is rejected in the list of unknown certificates and with who listens,
# what of it outlives a stop, and a caller that floods.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$ROOT/tests/pki/pki.sh"
PKI=$T/pki
pki_standard || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
write_config '[server]' RejectionsPerMinute=3

# chain NAME... - as the parameter
chain() {
	local name list=
	for name in "$@"; do list+="${list:+,}\"$(pki_base64 "$name")\""; done
	echo "[$list]"
}
# verify HOST NAME... [-g PATH] - for sip
verify() {
	local host=$1 at=verdict.result
	shift
	if [ "$1" = -g ]; then at=$2 && shift 2; fi
	ask trust.Verify "{\"chain\": $(chain "$@"), \"host\": \"$host\", \"purpose\": \"sip\"}" -g "$at"
}
entry() {
	ask trust.Get "{\"sha256\": \"$(pki_sha256 "$1")\"}" -g "certificate.$2"
}

start daemon "$B/certprovd" -c "$T/certprovd.conf"
wait_for 10 answers || fail "no daemon"

equal 'a good chain' trusted "$(verify localhost server intermediate)"
equal '  in any order' trusted "$(verify localhost server other root intermediate)"
equal '  its anchor' "$(pki_sha256 root)" "$(verify localhost -g verdict.anchor server intermediate)"
equal '  leaves nothing behind' '' "$(listed unknown)"
equal 'a chain that lacks its intermediate' issuer-not-trusted "$(verify localhost server)"
matches '  which one' 'Test Intermediate CA' "$(verify localhost -g verdict.reason server)"
matches '  and who might send it' 'did not send the certificate of .*Test Intermediate CA' \
	"$(verify localhost -g verdict.remedy server)"
equal 'a name that is not there' name-mismatch "$(verify pbx.example.com wrong-name intermediate)"
matches '  what is there' 'elsewhere.example.com' "$(verify pbx.example.com -g verdict.reason wrong-name intermediate)"
equal 'an expired one' expired "$(verify localhost expired intermediate)"
matches '  since when' '2021-01-01' "$(verify localhost -g verdict.reason expired intermediate)"
equal 'one that begins in 2060' not-yet-valid "$(verify localhost not-yet intermediate)"

# Three new ones a minute: the fourth above has its verdict and is not recorded.
equal 'as many unknown ones as the pace allows' 3 "$(listed unknown | wc -l)"
matches 'the fourth says so' 'not added to the list of unknown' "$(verify localhost -g verdict.warnings not-yet intermediate)"
matches 'so does the journal, once' 'rejects too many peers' "$(grep -c 'rejects too many peers' "$T/daemon.log") $(grep 'rejects too many peers' "$T/daemon.log")"
matches 'a report is refused' 'LimitExceeded.*rejections' \
	"$(ask trust.ReportRejection "{\"chain\": $(chain other), \"result\": \"expired\"}" 2>&1)"

equal 'an entry counts every sight' 2 "$(entry wrong-name seen)"
equal '  names the host' '["pbx.example.com"]' "$(entry wrong-name hosts)"
equal '  the purpose' '["sip"]' "$(entry wrong-name purposes)"
equal '  and who says so' "[\"uid:$(id -u)\"]" "$(entry wrong-name reporters)"
equal '  and the rest of its chain' "[\"$(pki_base64 intermediate)\"]" \
	"$(ask trust.Get "{\"sha256\": \"$(pki_sha256 wrong-name)\", \"withDer\": true}" -g certificate.chain)"
matches 'the journal has the sentence' 'pbx.example.com: name-mismatch: .*elsewhere.example.com' "$(cat "$T/daemon.log")"

# By digest, once it is known.
digest=$(cat "$PKI/server.der" "$PKI/intermediate.der" | sha256sum | cut -d ' ' -f 1)
equal 'a digest that was asked before' trusted \
	"$(ask trust.VerifyDigest "{\"chainSha256\": \"$digest\", \"host\": \"localhost\", \"purpose\": \"sip\"}" -g verdict.result)"
matches '  for another host it needs the chain' 'error io.certprov.trust.NeedCertificates' \
	"$(ask trust.VerifyDigest "{\"chainSha256\": \"$digest\", \"host\": \"127.0.0.1\", \"purpose\": \"sip\"}" 2>&1)"

# As it happens.
start listener python3 "$here/varlink.py" -m -t 60 "$TRUST" io.certprov.trust.MonitorRejections
heard() {
	[ "$(wc -l <"$T/listener.log")" -ge "$1" ]
}
wait_for 10 heard 1 || fail "the monitor says nothing"
equal 'a listener is told at once that it listens' '{}' "$(head -n 1 "$T/listener.log")"
equal 'a further rejection' name-mismatch "$(verify phone.example.com wrong-name intermediate)"
wait_for 10 heard 2 || fail "the listener was not told"
matches 'it is told with its host' 'phone.example.com' "$(tail -n 1 "$T/listener.log")"
matches '  the sentence' 'elsewhere.example.com' "$(tail -n 1 "$T/listener.log")"
matches '  and the certificate' "$(pki_sha256 wrong-name)" "$(tail -n 1 "$T/listener.log")"
stop listener

# Kept in memory, written at a stop.
before=$(listed unknown)
stop daemon
start daemon "$B/certprovd" -c "$T/certprovd.conf"
wait_for 10 answers || fail "no daemon"
equal 'unknown ones outlive a stop' "$before" "$(listed unknown)"
equal '  with their sights' 3 "$(entry wrong-name seen)"
equal 'and trust nobody' issuer-not-trusted "$(verify localhost server)"
