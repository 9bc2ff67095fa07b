# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Built-in certificates as the factory makes them, of throwaway device CAs; sourced
# after pki.sh and pki_init.

# device_cas - the device CAs: sha1-root and sha1-ca (RSA 1024, SHA-1), sha2-root and
# sha2-ca (RSA 2048, SHA-2); their certificates in device-cas.pem
device_cas() {
	device_ca sha1 sha1 1024 && device_ca sha2 sha256 2048 &&
		cat "$PKI"/sha[12]-root.pem >"$PKI/device-cas.pem"
}

device_ca() {
	local name=$1
	pki_digest "$2"
	local PKI_NEWKEY="RSA -pkeyopt rsa_keygen_bits:$3"
	PKI_SUBJECT="/O=Test Phones/CN=Test Phones $name CA" pki_issue "$name-root" "$name-root" root &&
		PKI_SUBJECT="/O=Test Phones/CN=Test Phone 1 $name" pki_issue "$name-ca" "$name-root" ca
	local status=$?
	pki_digest sha256
	return $status
}

# What certificates are signed with from now on.
pki_digest() {
	sed -i "s/^default_md = .*/default_md = $1/" "$PKI/ca.cnf"
}

# device NAME [sha1|sha2 [CN]] - NAME.pem with its chain, NAME.key, and NAME-leaf.pem
device() {
	local name=$1 kind=${2:-sha2} common=${3:-000413AABBCC} status
	local PKI_NEWKEY=${PKI_NEWKEY:-}
	if [ "$kind" = sha1 ]; then
		: "${PKI_NEWKEY:=RSA -pkeyopt rsa_keygen_bits:1024}"
		pki_digest sha1
	else
		: "${PKI_NEWKEY:=RSA -pkeyopt rsa_keygen_bits:2048}"
	fi
	PKI_SUBJECT="/O=Test Phones/CN=$common" pki_issue "$name" "$kind-ca" client
	status=$?
	pki_digest sha256
	[ $status = 0 ] || return $status
	chmod 600 "$PKI/$name.key"
	mv "$PKI/$name.pem" "$PKI/$name-leaf.pem" &&
		cat "$PKI/$name-leaf.pem" "$PKI/$kind-ca.pem" "$PKI/$kind-root.pem" >"$PKI/$name.pem"
}
