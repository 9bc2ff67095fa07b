# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Throwaway device CAs, shaped as a vendor's are, and certificates of phones below them;
# sourced. Works in the directory PKI and leaves NAME.key and NAME.pem.
#
#   device-sha1-root, device-sha1    RSA 1024, SHA-1, without keyUsage; and the CA below
#   device-sha2-root, device-sha2    RSA 2048, SHA-256

# device_pki_make NAME ISSUER SUBJECT DIGEST KEY CA - ISSUER "-" is NAME itself. KEY as for
# openssl genpkey; CA is TRUE or FALSE.
device_pki_make() {
	local name=$1 issuer=$2 subject=$3 digest=$4 ca=$6 by=(-signkey "$PKI/$1.key")

	[ "$issuer" = - ] || by=(-CA "$PKI/$issuer.pem" -CAkey "$PKI/$issuer.key" -CAcreateserial)
	mkdir -p "$PKI" && chmod 700 "$PKI" || return
	# shellcheck disable=SC2086 # options
	(umask 077 && openssl genpkey -algorithm $5 -out "$PKI/$name.key" 2>/dev/null) &&
		openssl req -new -key "$PKI/$name.key" -subj "$subject" -out "$PKI/$name.csr" &&
		openssl x509 -req "-$digest" -days 3650 -in "$PKI/$name.csr" "${by[@]}" \
			-extfile <(printf 'basicConstraints = CA:%s\n' "$ca") -out "$PKI/$name.pem" 2>/dev/null &&
		chmod 600 "$PKI/$name.pem"
}

# device_pki_cas - both device CAs, each a root and the CA below it that issues.
device_pki_cas() {
	local name='/C=DE/ST=Berlin/L=Berlin/O=Example Phones AG' mail='/emailAddress=security@phones.example'
	local rsa1024='RSA -pkeyopt rsa_keygen_bits:1024' rsa2048='RSA -pkeyopt rsa_keygen_bits:2048'

	device_pki_make device-sha1-root - "$name/CN=Example Phones AG CA$mail" sha1 "$rsa1024" TRUE &&
		device_pki_make device-sha1 device-sha1-root "/O=Example Phones AG/CN=Example Phone 1$mail" sha1 "$rsa1024" TRUE &&
		device_pki_make device-sha2-root - "$name/CN=Example Phones AG SHA-256 CA$mail" sha256 "$rsa2048" TRUE &&
		device_pki_make device-sha2 device-sha2-root "/O=Example Phones AG/CN=Example Phone 1 SHA-256$mail" sha256 "$rsa2048" TRUE
}

# device_pki_phone NAME MAC ISSUER DIGEST KEY - NAME.pem is the chain of a phone up to its
# root, NAME.key its key.
device_pki_phone() {
	device_pki_make "$1" "$3" "/C=DE/O=Example Phones AG/CN=$2" "$4" "$5" FALSE &&
		cat "$PKI/$3.pem" "$PKI/$3-root.pem" >>"$PKI/$1.pem"
}
