#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the daemon answers about every kind of peer on every class of firmware: as a
# table, which tests/unit/lib/verify/verify-table.c has from lib/verify alone. One phone; only
# its firmware and settings change.
# time limit: 300
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

HOST=pbx.example.com
ADDRESS=192.0.2.7
past=(PKI_FROM=20200101000000Z PKI_UNTIL=20210101000000Z)

# --- the peers; what each sends is in CHAIN ---

declare -A CHAIN=()
pki_init || fail "no PKI"
pki_issue root - root || fail "no root"
pki_issue issuing root ca || fail "no issuing CA"
# peer NAME [SAN] - a server below the issuing CA
peer() {
	pki_issue "$1" issuing server "${2:-}" || fail "no $1"
	CHAIN[$1]="$1 issuing"
}
peer good "DNS:$HOST"
peer wrong-name DNS:other.example.com
peer ip "IP:$ADDRESS"
PKI_SUBJECT=/CN=$ADDRESS peer ip-as-name "DNS:$ADDRESS"
peer distrusted "DNS:$HOST"
peer sip-uri "URI:sip:$HOST"
peer sips-uri "URI:sips:$HOST"
peer wildcard DNS:*.example.com
PKI_NEWKEY='rsa -pkeyopt rsa_keygen_bits:512' peer weak "DNS:$HOST"
(export "${past[@]}" && peer expired "DNS:$HOST") || exit
CHAIN[expired]="expired issuing"

pki_issue stranger - root || fail "no stranger"
pki_issue unknown-ca stranger server "DNS:$HOST" || fail "no server of the stranger"
CHAIN[unknown-ca]="unknown-ca stranger"
pki_issue lower stranger ca || fail "no lower CA"
pki_issue pinned-intermediate lower server "DNS:$HOST" || fail "no server of the lower CA"
CHAIN[pinned-intermediate]="pinned-intermediate lower"
pki_issue pinned-leaf stranger server "DNS:$HOST" || fail "no pinned server"
CHAIN[pinned-leaf]=pinned-leaf
pki_issue exception stranger server DNS:other.example.com || fail "no server to except"
CHAIN[exception]="exception stranger"

# The root of 2021: expired, and still trusted; what it signed is sent.
(export "${past[@]}" && pki_issue old - root) || fail "no old root"
pki_issue new - root || fail "no new root"
PKI_KEY=new PKI_SUBJECT=/CN=new pki_issue cross old ca || fail "no cross-sign"
pki_issue cross-issuing new ca || fail "no CA below the new root"
pki_issue cross-signed cross-issuing server "DNS:$HOST" || fail "no server below it"
CHAIN[cross-signed]="cross-signed cross-issuing cross"

# --- the phone ---

sha256() {
	sha256sum "$PKI/$1.der" | cut -d ' ' -f 1
}
admin() {
	varlink "$ADMIN" "io.certprov.admin.$1" "$2" >"$T/admin.log" || fail "$1: $(cat "$T/admin.log")"
}

# answers < LINES - the daemon's verdict on each "HOST PURPOSE CERTIFICATE..."
answers() {
	python3 -c '
import base64, sys
sys.path.insert(0, sys.argv[1])
from varlink import Peer
peer = Peer(sys.argv[2])
for line in sys.stdin:
    host, purpose, *names = line.split()
    chain = [base64.b64encode(open("%s/%s.der" % (sys.argv[3], n), "rb").read()).decode() for n in names]
    parameters = {"chain": chain, "host": host, "purpose": purpose}
    print(peer.call("io.certprov.trust.Verify", parameters)["verdict"]["result"])' \
		"$ROOT/tests/integration" "$TRUST" "$PKI" || fail "no verdict"
}

cp "$PKI/old.pem" "$T/authorities.pem"
start_fetcher
phone phone.Firmware=10.1.63.12
serve_http web
document all.xml <<-X
	<settings><certificates>
	$(for name in root new lower pinned-leaf; do
		echo "<certificate type=\"base64\">$(pki_base64 $name)</certificate>"
	done)
	</certificates></settings>
X
provision "${URL[web]}/all.xml"
equal "four certificates are provisioned" 4 "$(servers | grep -c .)"
admin Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 distrusted)\"}"
equal "the peer to except is rejected" issuer-not-trusted "$(answers <<<"$HOST https ${CHAIN[exception]}")"
admin AddException "{\"sha256\": \"$(sha256 exception)\", \"host\": \"$HOST\"}"

# --- the table ---

peers='good unknown-ca expired wrong-name ip ip-as-name pinned-leaf pinned-intermediate exception
	distrusted weak cross-signed sip-uri sips-uri wildcard'

# set_setting NAME VALUE - VALUE "-": the default; what the firmware does not have stays
set_setting() {
	local value="\"$2\""
	[ "$2" != - ] || value=null
	varlink "$ADMIN" io.certprov.admin.SetSetting "{\"name\": \"$1\", \"value\": $value}" >"$T/admin.log" ||
		[ "$2" = - ] || fail "$1=$2: $(cat "$T/admin.log")"
}

# column TITLE FIRMWARE AUTHENTICATION NAMES - the answers of one phone, in $T/column
column() {
	local name host purpose
	restart "phone.Firmware=$2"
	set_setting tls_server_authentication "$3"
	set_setting check_fqdn_against_server_cert "$4"
	for name in $peers; do
		host=$HOST purpose=https
		case $name in
		ip*) host=$ADDRESS ;;
		sip*) purpose=sip ;;
		esac
		echo "$host $purpose ${CHAIN[$name]}"
	done >"$T/questions"
	{ printf '%s\n' "$1" --- && answers <"$T/questions"; } >"$T/column" || exit
	paste -d '|' "$T/table" "$T/column" >"$T/wider" && mv "$T/wider" "$T/table"
}

printf '%s\n' '| peer' '|---' >"$T/table"
for name in $peers; do echo "| $name" >>"$T/table"; done
column '8.2.29' 8.2.29 - -
column '8.2.30 off' 8.2.30 - -
column '8.2.30 on' 8.2.30 on -
column '8.9.3.40' 8.9.3.40 - -
column '8.9.3.40 on, names' 8.9.3.40 on on
column '8.9.3.60' 8.9.3.60 - -
column '8.9.3.60 on' 8.9.3.60 on off
column '10.0' 10.0.0.0 - -
column '10.1.33' 10.1.33.33 - -
column '10.1.63' 10.1.63.12 - -
sed 's/$/|/' "$T/table"

# 8.2.29, 8.2.30 off and on, 8.9.3.40 off and on, 8.9.3.60 off and on, 10.0, 10.1.33, 10.1.63
cat >"$T/expected" <<-X
	good                 not not yes not yes not yes yes yes yes
	unknown-ca           not not iss not iss not iss iss iss iss
	expired              not not exp not exp not exp exp exp exp
	wrong-name           not not yes not nam not yes nam nam nam
	ip                   not not yes not yes not yes yes yes yes
	ip-as-name           not not yes not nam not yes nam nam nam
	pinned-leaf          not not yes not yes not yes yes yes yes
	pinned-intermediate  not not yes not yes not yes yes yes yes
	exception            not not exc not exc not exc exc exc exc
	distrusted           dis dis dis dis dis dis dis dis dis dis
	weak                 not not wea not wea not wea wea wea wea
	cross-signed         not not yes not yes not yes yes yes yes
	sip-uri              not not yes not nam not yes nam nam yes
	sips-uri             not not yes not nam not yes nam nam nam
	wildcard             not not yes not yes not yes yes yes yes
X
sed -e 's/|trusted/|yes/g; s/|not-verified/|not/g; s/|issuer-not-trusted/|iss/g; s/|expired/|exp/g' \
	-e 's/|name-mismatch/|nam/g; s/|exception/|exc/g; s/|distrusted/|dis/g; s/|key-too-weak/|wea/g' \
	-e '1,2d; s/^| //; s/|/ /g' "$T/table" | awk '{ $1 = sprintf("%-20s", $1); print }' >"$T/got"
diff "$T/expected" "$T/got" || fail "the daemon answers otherwise than the table"
ok "every kind of peer gets its verdict on every class of firmware"
