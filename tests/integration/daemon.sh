# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the daemon's own life share; sourced after common.sh.

need python3 openssl
built certprovd
STATE=$T/state
RUN=$T/run
TRUST=$RUN/io.certprov.trust
ADMIN=$RUN/io.certprov.admin
IDENTITY=$RUN/io.certprov.identity
here=$ROOT/tests/integration

# write_config [LINE...] - $T/certprovd.conf; lines such as [section] and Key=value
# come after the standard ones and replace them.
write_config() {
	mkdir -p "$STATE" "$RUN"
	{
		printf '%s\n' '[phone]' Firmware=10.1.33.33 PhoneType=snomD785 Mac=000413AABBCC \
			'[trust]' "Authorities=$T/authorities.pem" \
			'[store]' "StateDirectory=$STATE" "RuntimeDirectory=$RUN" \
			'[fetch]' "Socket=$RUN/fetch" \
			'[provisioning]' AllowLocal=yes AtStart=no RefreshInterval=0
		printf '%s\n' "$@"
	} >"$T/certprovd.conf"
}

# make_certificate NAME [ARGUMENT...] - a root of its own, quickly: one key for all.
make_certificate() {
	local name=$1
	shift
	[ -s "$T/some.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$T/some.key"
	openssl req -x509 -key "$T/some.key" -subj "/CN=$name" -days 3650 "$@" -out "$T/$name.pem" &&
		pki_der "$T/$name"
}

sha256() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# ask METHOD [PARAMETERS [OPTION...]] - of io.certprov.trust, .admin or .identity: trust.Status
ask() {
	local method=$1 parameters=${2:-{\}} socket=$TRUST
	shift $(($# < 2 ? $# : 2))
	[[ $method != admin.* ]] || socket=$ADMIN
	[[ $method != identity.* ]] || socket=$IDENTITY
	python3 "$here/varlink.py" "$@" "$socket" "io.certprov.$method" "$parameters"
}

# state_of PATH - a field of the Status
state_of() {
	ask trust.Status '{}' -g "$1"
}

# listed [LIST] - fingerprints, sorted
listed() {
	ask trust.ListCertificates "{\"list\": \"${1:-servers}\"}" -m -g certificate.sha256 | sort
}

# provision PARAMETERS - to its end; the last reply's run
provision() {
	ask admin.Provision "$1" -m -t 60 | python3 -c '
import json, sys
lines = sys.stdin.read().splitlines()
try:
    print(json.dumps(json.loads(lines[-1])["run"], sort_keys=True))
except (ValueError, KeyError, IndexError):
    print("\n".join(lines))'
}

# certificates_in NAME... - a document with these as base64
certificates_in() {
	local name
	echo '<?xml version="1.0" encoding="utf-8"?>'
	echo '<settings><certificates>'
	for name in "$@"; do
		echo "<certificate type=\"base64\">$(openssl base64 -A -in "$T/$name.der")</certificate>"
	done
	echo '</certificates></settings>'
}

answers() {
	ask trust.Status >/dev/null 2>&1
}

runs_are() {
	[ "$(ask admin.ListRuns '{}' -g runs | python3 -c 'import json, sys
print(len(json.load(sys.stdin)))')" -ge "$1" ]
}
