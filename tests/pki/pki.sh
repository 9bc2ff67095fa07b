# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Throwaway certificates, made when a test runs; sourced. P-256, SHA-256. Every
# function works in the directory PKI and leaves NAME.key, NAME.pem and NAME.der.
# Keys never leave that directory; delete it with the test.

# The database that `openssl ca` wants, and the kinds of certificates there are.
pki_init() {
	mkdir -p "$PKI/issued" && : >"$PKI/index.txt" && chmod 700 "$PKI" || return
	cat >"$PKI/ca.cnf" <<-CNF
	[ca]
	default_ca = throwaway
	[throwaway]
	dir = $PKI
	database = $PKI/index.txt
	new_certs_dir = $PKI/issued
	rand_serial = yes
	default_md = sha256
	unique_subject = no
	policy = anything
	copy_extensions = none
	[anything]
	commonName = optional
	organizationName = optional
	[req]
	distinguished_name = req_dn
	[req_dn]
	CNF
}

# Extensions of a kind: root, ca, server, client, leaf. $2: subjectAltName or none.
pki_extensions() {
	case $1 in
	root) printf '%s\n' 'basicConstraints = critical,CA:TRUE' \
		'keyUsage = critical,keyCertSign,cRLSign' 'subjectKeyIdentifier = hash' ;;
	ca) printf '%s\n' 'basicConstraints = critical,CA:TRUE' 'keyUsage = critical,keyCertSign,cRLSign' \
		'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid' ;;
	*) printf '%s\n' 'basicConstraints = CA:FALSE' 'keyUsage = critical,digitalSignature' \
		'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid' ;;
	esac
	case $1 in
	server) echo 'extendedKeyUsage = serverAuth' ;;
	client) echo 'extendedKeyUsage = clientAuth' ;;
	esac
	[ -z "${2:-}" ] || echo "subjectAltName = $2"
}

# pki_issue NAME ISSUER KIND [SAN] - a certificate signed by ISSUER (itself if root).
# PKI_SUBJECT: its subject (/CN=NAME). PKI_FROM and PKI_UNTIL: dates as
# 20200101000000Z (yesterday, in two years). PKI_EXTRA: further extension lines.
# PKI_KEY: another's name, to share its key; PKI_NEWKEY: what to generate instead.
pki_issue() {
	local name=$1 issuer=$2 kind=$3 san=${4:-} self=() p=$PKI
	local newkey=${PKI_NEWKEY:-ec -pkeyopt ec_paramgen_curve:P-256}
	local from=${PKI_FROM:-$(date -u -d '1 day ago' +%Y%m%d%H%M%SZ)}
	local until=${PKI_UNTIL:-$(date -u -d '730 days' +%Y%m%d%H%M%SZ)}

	[ "$kind" != root ] || { issuer=$name && self=(-selfsign); }
	{ pki_extensions "$kind" "$san" && printf '%s\n' "${PKI_EXTRA:-}"; } >"$p/$name.ext"
	if [ -n "${PKI_KEY:-}" ]; then
		cp "$p/$PKI_KEY.key" "$p/$name.key"
	else
		# shellcheck disable=SC2086 # options
		openssl genpkey -algorithm $newkey -out "$p/$name.key" 2>/dev/null
	fi &&
		openssl req -new -config "$p/ca.cnf" -key "$p/$name.key" -utf8 \
			-subj "${PKI_SUBJECT:-/CN=$name}" -out "$p/$name.csr" &&
		openssl ca -batch -notext -config "$p/ca.cnf" -in "$p/$name.csr" -out "$p/$name.pem" \
			-keyfile "$p/$issuer.key" "${self[@]}" -cert "$p/$issuer.pem" \
			-extfile "$p/$name.ext" -startdate "$from" -enddate "$until" 2>"$p/$name.log" &&
		pki_der "$p/$name" && return
	cat "$p/$name.log" >&2
	return 1
}

# pki_der PATH - PATH.der of PATH.pem, in a tenth of the time that openssl x509 takes
pki_der() {
	sed '/^-----/d' "$1.pem" | base64 -d >"$1.der"
}

# One line of base64, as it stands in a <certificate type="base64">.
pki_base64() {
	openssl base64 -A -in "$PKI/$1.der"
}

pki_sha256() {
	sha256sum "$PKI/$1.der" | cut -d ' ' -f 1
}

# The set that most tests need; names for loopback in all server certificates.
pki_standard() {
	local names='DNS:localhost,DNS:provisioning.example.com,IP:127.0.0.1,IP:127.0.0.2,IP:::1'
	pki_init &&
		PKI_SUBJECT='/CN=Test Root CA' pki_issue root root root &&
		PKI_SUBJECT='/CN=Test Intermediate CA' pki_issue intermediate root ca &&
		pki_issue server intermediate server "$names" &&
		pki_issue server-of-root root server "$names" &&
		pki_issue wrong-name intermediate server DNS:elsewhere.example.com &&
		PKI_FROM=20200101000000Z PKI_UNTIL=20210101000000Z pki_issue expired intermediate server "$names" &&
		PKI_FROM=20600101000000Z PKI_UNTIL=20700101000000Z pki_issue not-yet intermediate server "$names" &&
		PKI_FROM=20200101000000Z PKI_UNTIL=20210101000000Z PKI_SUBJECT='/CN=Expired Root CA' \
			pki_issue expired-root root root &&
		PKI_SUBJECT='/CN=Other Root CA' pki_issue other root root &&
		pki_issue other-server other server "$names" &&
		pki_issue client intermediate client &&
		cat "$PKI/server.pem" "$PKI/intermediate.pem" >"$PKI/server-chain.pem" &&
		cat "$PKI/expired.pem" "$PKI/intermediate.pem" >"$PKI/expired-chain.pem" &&
		cat "$PKI/wrong-name.pem" "$PKI/intermediate.pem" >"$PKI/wrong-name-chain.pem"
}
