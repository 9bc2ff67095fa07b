#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Firmware that wants every certificate signed by what is trusted: a chain in the worst
# order is accepted in one run when an authority is at its top, and not at all otherwise.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
# Below the root, each issued by the one before.
issuer=root
for ((i = 1; i <= 5; i++)); do
	pki_issue link$i $issuer ca || fail "no certificates"
	issuer=link$i
done
pki_issue last link5 server DNS:last.example.com || fail "no certificates"
show root intermediate server other other-server last link{1..5}
serve_http web

document chain.xml <<-X
	<certificates>
	<certificate url="server.der"/>
	<certificate url="intermediate.der"/>
	</certificates>
X
document root.xml <<-X
	<certificates>
	<certificate url="server.der"/>
	<certificate url="intermediate.der"/>
	<certificate url="root.der"/>
	</certificates>
X
# Six deep over two documents, the first of which has the lower half.
document long.xml <<-X
	<settings><certificates>
	<certificate url="last.der"/>
	<certificate url="link5.der"/>
	<certificate url="link4.der"/>
	</certificates><setting-files>
	<file url="upper.xml"/></setting-files></settings>
X
document upper.xml <<-X
	<certificates>
	<certificate url="link3.der"/>
	<certificate url="link2.der"/>
	<certificate url="other-server.der"/>
	<certificate url="link1.der"/>
	</certificates>
X
document base64.xml <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	<certificate url="server.der"/>
	</certificates></settings>
X
start_fetcher

phone phone.Firmware=8.9.3.40 "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/chain.xml"
reported "8.9.3.40 with the root among its authorities takes server, then intermediate" \
	"complete documents=1 certificates=2 accepted=2 refused=0" <<-X
	certificate web/chain.xml:3 accepted
	certificate web/chain.xml:2 accepted
X
equal "both are trusted, with their places" \
	"$(printf '%s\n' "provisioned-url web/chain.xml:2 web/server.der run=1 $(pki_sha256 server)" \
		"provisioned-url web/chain.xml:3 web/intermediate.der run=1 $(pki_sha256 intermediate)")" "$(servers)"
equal "nothing is unknown" "" "$(unknown)"
provision "${URL[web]}/chain.xml"
reported "again: both are trusted already" "complete documents=1 certificates=2 accepted=2 refused=0" <<-X
	certificate web/chain.xml:2 already-trusted
	certificate web/chain.xml:3 already-trusted
X

phone phone.Firmware=8.9.3.40
provision "${URL[web]}/chain.xml"
reported "without the root, neither is taken" \
	"complete documents=1 certificates=2 accepted=0 refused=2" <<-X
	certificate web/chain.xml:2 issuer-not-trusted
	certificate web/chain.xml:3 issuer-not-trusted
X
matches "the first lacks the second" 'CN=Test Intermediate CA is missing' "$(details | grep xml:2)"
matches "the second lacks the root" 'CN=Test Root CA is missing' "$(details | grep xml:3)"
equal "both are listed as unknown" "$({ pki_sha256 server && pki_sha256 intermediate; } | sort)" "$(unknown | sort)"
dump >"$T/before"
next_second
provision "${URL[web]}/chain.xml"
equal "again: the same" "complete documents=1 certificates=2 accepted=0 refused=2" "$(run_result)"
dump >"$T/after"
diff "$T/before" "$T/after" >"$T/difference" || fail "the second run changed what is known: $(cat "$T/difference")"
ok "and the second run changes nothing"

provision "${URL[web]}/root.xml"
reported "nor does the root come in by itself" \
	"complete documents=1 certificates=3 accepted=0 refused=3" <<-X
	certificate web/root.xml:2 issuer-not-trusted
	certificate web/root.xml:3 issuer-not-trusted
	certificate web/root.xml:4 issuer-not-trusted
X

matches "which is said to be self-signed, by the rule" 'CN=Test Root CA is self-signed.*rule provisioned-chain-required' \
	"$(details | grep xml:4)"

phone phone.Firmware=8.9.3.41
provision "${URL[web]}/root.xml"
reported "8.9.3.41 takes them in the order of the file" \
	"complete documents=1 certificates=3 accepted=3 refused=0" <<-X
	certificate web/root.xml:2 accepted
	certificate web/root.xml:3 accepted
	certificate web/root.xml:4 accepted
X

phone phone.Firmware=8.7.5.51 "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/long.xml"
reported "six deep, over two documents, among strangers" \
	"complete documents=2 certificates=7 accepted=6 refused=1" <<-X
	certificate web/upper.xml:5 accepted
	certificate web/upper.xml:3 accepted
	certificate web/upper.xml:2 accepted
	certificate web/long.xml:4 accepted
	certificate web/long.xml:3 accepted
	certificate web/long.xml:2 accepted
	certificate web/upper.xml:4 issuer-not-trusted
X
equal "only the stranger is unknown" "$(pki_sha256 other-server)" "$(unknown)"

phone phone.Firmware=8.7.5.51 "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/base64.xml"
reported "8.7.5.51 does not know base64, and says so first" \
	"complete documents=1 certificates=2 accepted=0 refused=2" <<-X
	certificate web/base64.xml:2 base64-not-supported
	certificate web/base64.xml:3 issuer-not-trusted
X
phone phone.Firmware=
provision "${URL[web]}/base64.xml"
reported "an unknown version neither" \
	"complete documents=1 certificates=2 accepted=0 refused=2" <<-X
	certificate web/base64.xml:2 base64-not-supported
	certificate web/base64.xml:3 issuer-not-trusted
X
