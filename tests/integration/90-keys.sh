#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# The keys of the phone: who may hold one, who has it sign, by which schemes, and how often.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
WRONG_CALLS=1

# --- a phone with a certificate ---

make_certificate authorities || fail "no certificate"
mkdir -m 700 "$T/device"
mkdir -m 777 "$T/out"
# identity NAME ALGORITHM... - NAME.pem and NAME.key, with this phone's MAC address
identity() {
	openssl genpkey -algorithm "${@:2}" -out "$T/device/$1.key" 2>/dev/null &&
		openssl req -x509 -new -key "$T/device/$1.key" -subj /CN=000413AABBCC -days 30 -out "$T/device/$1.pem" &&
		openssl pkey -in "$T/device/$1.key" -pubout -out "$T/$1.pub" && chmod 600 "$T/device/$1".*
}
identity rsa RSA -pkeyopt rsa_keygen_bits:2048 || fail "no RSA identity"
identity ec EC -pkeyopt ec_paramgen_curve:P-256 || fail "no EC identity"

# with KIND [LINE...] - the phone has this one
with() {
	write_config '[identity]' "Sha2Certificate=$T/device/$1.pem" "Sha2Key=$T/device/$1.key" "${@:2}"
	stop_daemon
	start_daemon
	chmod 755 "$T" "$RUN"
	[ "$(id -u)" != 0 ] || chmod 666 "$IDENTITY" # for other users of this test
}
keys() {
	python3 "$here/keys.py" "$IDENTITY" "$@"
}
root() {
	[ "$(id -u)" = 0 ]
}
with rsa
matches "the phone has a certificate" '"usable": true' "$(ask identity.GetIdentity '{"role": "client"}')"

# --- the key itself ---

equal "nobody gets the key" "org.varlink.service.PermissionDenied 0" "$(keys - - key client "$T/out/none")"
if root; then
	group=$(getent group games | cut -d : -f 3)
	[ -n "$group" ] || skip "there is no group games"
	with rsa HandOutKeyTo=games
	equal "not root, which is in no such group" "org.varlink.service.PermissionDenied 0" \
		"$(keys 0 0,4242 key client "$T/out/none")"
	equal "not a member of another group" "org.varlink.service.PermissionDenied 0" \
		"$(keys 20001 4241,4242 key client "$T/out/none")"
	for gids in "4241,4242,$group" "$group,4242" "$group"; do
		rm -f "$T/out/got"
		equal "a member gets it sealed (groups $gids)" "seal shrink grow write unchangeable right-size" \
			"$(keys 20001 "$gids" key web-server "$T/out/got")"
	done
	equal "as PKCS #8 in PEM" "-----BEGIN PRIVATE KEY-----" "$(head -n 1 "$T/out/got")"
	equal "and it is the key of the certificate" "$(cat "$T/rsa.pub")" "$(openssl pkey -in "$T/out/got" -pubout)"
	equal "which is logged" 3 "$(grep -c "handed out the private key of [0-9a-f]* to uid:20001" "$T/daemon.log")"
	many=$(seq -s , 30000 30099)
	equal "groups beyond the first 64 count as well" "seal shrink grow write unchangeable right-size" \
		"$(keys 20001 "4241,$many,$group" key client "$T/out/got")"
	# Member before and after: the kernel noted its groups when it connected.
	equal "an answer with a key that is not read holds the next ones back" "unread 1, in all 4 with 4 descriptors" \
		"$(keys 20001 "$group" unread 4)"
	write_config '[identity]' "Sha2Certificate=$T/device/rsa.pem" "Sha2Key=$T/device/rsa.key" \
		HandOutKeyTo=no-such-group
	kill -HUP "${PID[daemon]}"
	told() {
		grep -q 'HandOutKeyTo=: there is no group no-such-group' "$T/daemon.log"
	}
	wait_for 10 told || fail "a group that does not exist is not told"
	ok "a group that does not exist is told at a reload"
	equal "and is nobody, nor is who was one before" "org.varlink.service.PermissionDenied 0" \
		"$(keys 20001 "$group" key client "$T/out/none")"
else
	echo "SKIP $(basename "$0"): only root can be in other groups"
fi
[ ! -e "$T/out/none" ] || fail "a key was handed out"
rm -f "$T/out/got"

# --- signatures ---

# signs SCHEME PUBLIC HASH [PKEYOPT...] - and OpenSSL verifies it
printf 'to be signed' >"$T/message"
signs() {
	local digest options=() option
	digest=$(openssl dgst "-$3" -r "$T/message" | cut -d ' ' -f 1)
	rm -f "$T/signature"
	OUT=$(keys - - sign "$1" "$digest" "$T/signature") || fail "$1: $OUT"
	openssl dgst "-$3" -binary "$T/message" >"$T/digest"
	for option in "${@:4}"; do options+=(-pkeyopt "$option"); done
	openssl pkeyutl -verify -pubin -inkey "$T/$2.pub" -in "$T/digest" -sigfile "$T/signature" -pkeyopt "digest:$3" \
		"${options[@]}" >/dev/null || fail "$1: the signature is not good"
	ok "$1 is good"
}
# refuses SCHEME - and names it
refuses() {
	equal "$1 is refused by its name" "io.certprov.identity.SchemeNotSupported {\"scheme\": \"$1\"}" \
		"$(keys - - sign "$1" "$(printf '%064d' 0)" "$T/signature")"
}
for hash in sha256 sha384 sha512; do
	signs rsa_pkcs1_$hash rsa $hash rsa_padding_mode:pkcs1
	signs rsa_pss_rsae_$hash rsa $hash rsa_padding_mode:pss rsa_pss_saltlen:digest
done
for scheme in ed25519 ed448 rsa_pkcs1_sha1 rsa_pss_pss_sha256 ecdsa_sha1 ecdsa_secp256r1_sha256 '' no-such RSA_PKCS1_SHA256; do
	refuses "$scheme"
done
for digest in '' 00 "$(printf '%062d' 0)" "$(printf '%066d' 0)" "$(printf '%0128d' 0)" "$(printf '%0130d' 0)"; do
	matches "a digest of $((${#digest} / 2)) bytes for SHA-256 is refused" 'InvalidParameter .*"digest"' \
		"$(keys - - sign rsa_pkcs1_sha256 "$digest" "$T/signature")"
done
matches "a role that does not exist too" 'InvalidParameter .*"role"' "$(ask identity.GetIdentity '{"role": "sip"}')"
with ec
signs ecdsa_secp256r1_sha256 ec sha256
signs ecdsa_secp384r1_sha384 ec sha384
signs ecdsa_secp521r1_sha512 ec sha512
for scheme in rsa_pkcs1_sha256 rsa_pss_rsae_sha256 ed25519 ecdsa_brainpoolP256r1tls13_sha256; do refuses $scheme; done

# --- a budget for each user ---

# 10,000 at once: four signatures by RSA of 2,000 and what their messages cost, and the next
# that waits for as many seconds as it went over.
with rsa '[server]' WorkPerSecond=10000 WorkAtOnce=10000
status "within its budget a user is served at once" 0 keys - - busy 4 rsa_pkcs1_sha256
within=${OUT##*$'\n'}
stop_daemon
start_daemon
root && chmod 666 "$IDENTITY"
start busy python3 "$here/keys.py" "$IDENTITY" - - busy 20 rsa_pkcs1_sha256
asked() {
	grep -q asked "$T/busy.log"
}
wait_for 10 asked || fail "nothing is asked"
if root; then
	status "while one user is over it, another has a signature" 0 keys 20001 20001 sign rsa_pkcs1_sha256 \
		"$(printf '%064d' 0)" "$T/out/signature"
	alive busy || fail "the other was through already"
	ok "before the first has all of his"
fi 2>/dev/null
wait_for 30 gone busy || fail "it is never answered"
took=$(tail -n 1 "$T/busy.log")
# 19 * 2000 - 10000, at 10000 a second, before the last may begin
[ "$took" -ge 2800 ] || fail "20 signatures took $took ms, as if there was no budget"
ok "20 signatures by one user take $took ms with a budget for 4 (4 took $within ms)"
stop_daemon
write_config
start_daemon
matches "without a certificate there is nothing to sign with" 'io.certprov.identity.NoIdentity \{"role": "client"\}' \
	"$(keys - - sign rsa_pkcs1_sha256 "$(printf '%064d' 0)" "$T/signature")"
matches "nor to ask for" 'error io.certprov.identity.NoIdentity' "$(ask identity.GetIdentity '{"role": "web-server"}')"
stop_daemon
