#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What acceptance rests on decides what a certificate becomes: the owner of a CA that is
# limited to a domain, or to mail, gets nothing more by having the phone accept what it
# signs; and what strangers may add is bounded, so that the real one finds room.
# time limit: 120
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_init || fail "no certificates"
# issue NAME ISSUER KIND [SAN]
issue() {
	pki_issue "$@" || fail "no certificate $1"
}
PKI_EXTRA='nameConstraints = critical,permitted;DNS:corp.example' issue corp corp root
PKI_EXTRA='extendedKeyUsage = emailProtection' issue mail mail root
issue open open root
issue real real root
for name in corp mail open; do
	issue sub-$name $name ca
	PKI_SUBJECT=/CN=s issue bank-$name sub-$name server DNS:www.bank.example
	PKI_SUBJECT=/CN=s issue pbx-$name sub-$name server DNS:pbx.corp.example
done
cat "$PKI/corp.pem" "$PKI/mail.pem" "$PKI/open.pem" >"$T/authorities.pem"
show sub-corp sub-mail sub-open
serve_http web
start_fetcher

document subs.xml <<-X
	<certificates>
	<certificate url="sub-corp.der"/>
	<certificate url="sub-mail.der"/>
	<certificate url="sub-open.der"/>
	</certificates>
X

# verdict CERTIFICATE HOST - of a server that sends nothing but its own certificate
verdict() {
	varlink "$TRUST" io.certprov.trust.Verify "{\"chain\": [\"$(pki_base64 "$1")\"], \"host\": \"$2\",
		\"purpose\": \"https\"}" | grep -o '"result": *"[^"]*"' | cut -d '"' -f 4
}
# role NAME
role() {
	varlink "$TRUST" io.certprov.trust.Get "{\"sha256\": \"$(pki_sha256 "$1")\"}" |
		grep -o '"role": *"[^"]*"' | cut -d '"' -f 4
}
# exported NAME - by the text of its certificate
exported() {
	grep -qF "$(sed -n 2p "$PKI/$1.pem")" "$T/run/export/ca-bundle.pem"
}
# limited WAY - after the three were accepted in it
limited() {
	equal "$1: all are intermediates" "intermediate intermediate intermediate" \
		"$(role sub-corp) $(role sub-mail) $(role sub-open)"
	equal "$1: nobody gets beyond the CA above" "name-constraints not-for-servers trusted" \
		"$(verdict bank-corp www.bank.example) $(verdict bank-mail www.bank.example) $(verdict bank-open www.bank.example)"
	equal "$1: what that permits is completed" "trusted trusted" \
		"$(verdict pbx-corp pbx.corp.example) $(verdict pbx-open pbx.corp.example)"
	exported open || fail "$1: the authorities are not exported"
	for name in corp mail open; do
		exported sub-$name && fail "$1: sub-$name is exported"
	done
	ok "$1: and no file has them"
}

phone phone.Firmware=8.9.3.40
varlink "$ADMIN" io.certprov.admin.SetSetting '{"name": "tls_server_authentication", "value": "on"}' >/dev/null ||
	fail "cannot have servers verified"
provision "${URL[web]}/subs.xml"
limited "by the chain rule"
restart phone.Firmware=10.1.33.33
limited "after a restart with another firmware"
provision "${URL[web]}/subs.xml"
reported "offered again to a firmware without the chain rule" \
	"complete documents=1 certificates=3 accepted=3 refused=0" <<-X
	certificate web/subs.xml:2 accepted
	certificate web/subs.xml:3 accepted
	certificate web/subs.xml:4 accepted
X
equal "they are accepted in their own right, as the phones do" "anchor trusted" \
	"$(role sub-corp) $(verdict bank-corp www.bank.example)"
exported sub-corp || fail "an anchor is not exported"

phone bootstrap.Bootstrap=pinned
provision "${URL[web]}/subs.xml"
limited "with Bootstrap=pinned"
varlink "$ADMIN" io.certprov.admin.Distrust \
	"{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 open)\"}" >/dev/null || fail "cannot distrust"
equal "nothing is left when the root is distrusted" "distrusted intermediate" \
	"$(verdict bank-open www.bank.example) $(role sub-open)"

phone
for name in corp mail open; do
	varlink "$ADMIN" io.certprov.admin.Upload "{\"certificate\": \"$(pki_base64 sub-$name)\"}" >/dev/null ||
		fail "cannot upload"
done
limited "by hand"
cp "$PKI/corp.pem" "$T/authorities.new" && mv "$T/authorities.new" "$T/authorities.pem"
restart
equal "nothing is left when the root leaves" "issuer-not-trusted intermediate" \
	"$(verdict bank-open www.bank.example) $(role sub-open)"

# --- what strangers may add ---

PKI_SUBJECT=/CN=pbx issue server real server DNS:www.bank.example
for ((i = 1; i <= 9; i++)); do PKI_SUBJECT=/CN=real issue junk$i junk$i root; done
{
	echo '<certificates>'
	for ((i = 1; i <= 9; i++)); do echo "<certificate type=\"base64\">$(pki_base64 junk$i)</certificate>"; done
	echo '</certificates>'
} | document junk.xml
document real.xml <<<"<certificates><certificate type=\"base64\">$(pki_base64 real)</certificate></certificates>"
phone
provision "${URL[web]}/junk.xml"
equal "eight of a subject are taken from strangers, the ninth is not" \
	"certificate web/junk.xml:10 unauthenticated-full" "$(outcomes | grep -v ' accepted$' | grep ^certificate)"
provision "${URL[web]}/real.xml"
equal "nor is the real one from there" "unauthenticated-full" "$(outcomes | grep ^certificate | cut -d ' ' -f 3)"
restart "bootstrap.Sha256=$(pki_sha256 real)"
provision "${URL[web]}/real.xml"
equal "but it is when it is pinned" "accepted" "$(outcomes | grep ^certificate | cut -d ' ' -f 3)"
equal "and its servers are trusted" "trusted" "$(verdict server www.bank.example)"
