# shellcheck shell=bash disable=SC2034 # variables are for the tests
# SPDX-License-Identifier: Apache-2.0
# What the tests of the phone's own certificate share; sourced after daemon.sh. Keys are
# made in $T/device, which only the daemon and this script read.
#
#   CNF    a configuration of OpenSSL that loads the provider, as in certprov-provider(7)
#   page   that manual page

page=$ROOT/lib/provider-module/certprov-provider.7
CNF=$T/openssl.cnf

# The SYNOPSIS of the manual page, with the library as it was built and the socket of this test.
write_cnf() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$page" | sed '/^\./d' |
		sed "s#^module = .*#module = $B/libcertprov-provider.so\nsocket = $IDENTITY#" >"$CNF"
	grep -q '^activate' "$CNF" || fail "there is no configuration in $page"
}

# key_file ROLE - the file of the manual page that names this key
key_file() {
	sed -n "/^\.Cm certprov:$1 *[:.]/,/^\.Ed/p" "$page" | sed -n '/^-----BEGIN/,/^-----END/p'
}

# device_ca NAME [HASH] - an issuer of device certificates
device_ca() {
	mkdir -p "$T/device" && chmod 700 "$T/device" &&
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/device/$1.key" -subj "/CN=$1" -days 3650 \
			"-${2:-sha256}" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
			-out "$T/$1.pem" 2>/dev/null
}

# device NAME CA ALGORITHM... - a certificate with this phone's MAC address, for clients and a
# server on loopback (or of the name DEVICE_HOST): $T/device/NAME.pem with its chain, and NAME.key
device() {
	local name=$1 ca=$2
	shift 2
	openssl genpkey -algorithm "$@" -out "$T/device/$name.key" 2>/dev/null &&
		openssl req -new -key "$T/device/$name.key" -subj /CN=000413AABBCC -out "$T/device/$name.csr" &&
		openssl x509 -req -in "$T/device/$name.csr" -CA "$T/$ca.pem" -CAkey "$T/device/$ca.key" -CAcreateserial \
			-days 3650 -sha256 -out "$T/$name.leaf.pem" 2>/dev/null -extfile <(printf '%s\n' \
			'basicConstraints = CA:FALSE' 'keyUsage = critical,digitalSignature' \
			'extendedKeyUsage = serverAuth,clientAuth' "subjectAltName = DNS:${DEVICE_HOST:-localhost}") &&
		cat "$T/$name.leaf.pem" "$T/$ca.pem" >"$T/device/$name.pem" && chmod 600 "$T/device/$name".*
}

# phone_has NAME [LINE...] - the configuration of a phone with this certificate
phone_has() {
	write_config '[identity]' "Sha2Certificate=$T/device/$1.pem" "Sha2Key=$T/device/$1.key" "${@:2}"
}

# with_provider COMMAND... - with OpenSSL's configuration
with_provider() {
	OPENSSL_CONF=$CNF "$@"
}
