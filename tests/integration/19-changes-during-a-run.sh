#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What changes while a run is under way: the run goes by the configuration it began with,
# and what an admin sets or distrusts meanwhile is not undone by it, and counts for the
# servers it goes on to.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 3 many other
show root other many1 many2 many3
serve_http web
serve_https secure
serve_answers answers
b64() {
	echo "<certificate type=\"base64\">$(pki_base64 "$1")</certificate>"
}
document late.xml <<-X
	<settings>
	<certificates>
	$(b64 root)
	$(b64 other)
	</certificates>
	<phone-settings>
	<update_policy>auto_update</update_policy>
	</phone-settings>
	</settings>
X
start_fetcher

# under_way N - a run whose second document comes when go N says so
under_way() {
	document "first$1.xml" <<-X
		<setting-files>
		<file url="${URL[answers]}/behind/+file+many$1.der/late.xml"/>
		</setting-files>
	X
	begin "first$1.xml"
}
# begin DOCUMENT [WORD] - a run, back when its replies have the word
begin() {
	rm -f "$T/replies"
	provision "${URL[web]}/$1" &
	RUN=$!
	wait_for 10 grep -qs "${2:-\"documents\"}" "$T/replies" || fail "no run"
}
distrust() {
	varlink "$ADMIN" io.certprov.admin.Distrust \
		"{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 "$1")\"}" >/dev/null || fail "not distrusted"
}
go() {
	python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' \
		"${URL[answers]}/file/many$1.der" || fail "nothing at many$1.der"
	wait "$RUN"
}
firmware_is() {
	[ "$(varlink "$TRUST" io.certprov.trust.Status | replies get firmware)" = "$1" ]
}

phone bootstrap.Bootstrap=pinned "bootstrap.Sha256=$(pki_sha256 root)"
under_way 1
configure bootstrap.Bootstrap=pinned "bootstrap.Sha256=$(pki_sha256 other)" phone.Firmware=10.1.30.0
kill -HUP "${PID[daemon]}"
wait_for 10 firmware_is 10.1.30.0 || fail "no other configuration"
go 1
reported "a run goes by the pins it began with" \
	"complete documents=2 certificates=2 accepted=1 refused=1" <<-X
	certificate answers/behind/+file+many1.der/late.xml:3 accepted
	setting answers/behind/+file+many1.der/late.xml:7 unauthenticated-source
	certificate answers/behind/+file+many1.der/late.xml:4 unauthenticated-source
X

phone
under_way 2
varlink "$ADMIN" io.certprov.admin.SetSetting '{"name": "update_policy", "value": "ask_for_update"}' >/dev/null ||
	fail "not set"
distrust root
go 2
reported "what an admin sets and distrusts meanwhile stays so" \
	"complete documents=2 certificates=2 accepted=1 refused=1" <<-X
	certificate answers/behind/+file+many2.der/late.xml:3 distrusted
	certificate answers/behind/+file+many2.der/late.xml:4 accepted
	setting answers/behind/+file+many2.der/late.xml:7 setting-admin-set
X

# The server keeps its connection open: that it was verified once is no answer any more.
document one.xml <<-X
	<settings><setting-files>
	<file url="${URL[answers]}/behind/+file+many3.der/held.xml"/>
	<file url="${URL[secure]}/two.xml"/>
	</setting-files><certificates>
	<certificate url="${URL[secure]}/other.der"/>
	</certificates></settings>
X
document held.xml <<<'<settings/>'
document two.xml <<<'<settings/>'
document begin.xml <<-X
	<settings>
	<certificates>
	$(b64 root)
	</certificates>
	<setting-files><file url="${URL[secure]}/one.xml"/></setting-files>
	</settings>
X
phone
begin begin.xml /one.xml
distrust root
go 3
reported "a server whose CA is distrusted meanwhile is believed no more in that run" \
	"partial documents=4 certificates=2 accepted=1 refused=1" <<-X
	certificate web/begin.xml:3 accepted
	peer localhost distrusted
	document secure/one.xml:3 tls-rejected
	peer localhost distrusted
	certificate secure/one.xml:5 tls-rejected
X
equal "and is asked for nothing" "1 0 0" \
	"$(asked secure /$MAC/one.xml) $(asked secure /$MAC/two.xml) $(asked secure /$MAC/other.der)"
