#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bootstrap= in its three values: what a source that is not authenticated may change.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 9 many other
show root other intermediate
for ((i = 1; i <= 9; i++)); do show many$i; done
serve_http web
serve_https secure

# list NAME ELEMENT... - one a line, the first on line 2
list() {
	local name=$1
	shift
	{
		echo '<settings><certificates>'
		printf '%s\n' "$@"
		echo '</certificates></settings>'
	} | document "$name"
}
b64() {
	echo "<certificate type=\"base64\"${2:+ sha256=\"$2\"}>$(pki_base64 "$1")</certificate>"
}
url() {
	echo "<certificate url=\"$1.der\"${2:+ sha256=\"$2\"}/>"
}
document check.xml <<-X
	<settings><phone-settings>
	<check_fqdn_against_server_cert>off</check_fqdn_against_server_cert>
	<update_policy>auto_update</update_policy>
	</phone-settings></settings>
X
document provisioning.xml <<-X
	<settings><phone-settings>
	<setting_server>${URL[web]}/provisioning.xml</setting_server>
	<provisioning_order>pnp:stop</provisioning_order>
	<prov_back_off_timer>604800</prov_back_off_timer>
	<settings_refresh_timer>1</settings_refresh_timer>
	</phone-settings></settings>
X
list first.xml "$(b64 root)" "$(url many1)"
list second.xml "$(b64 root)" "$(b64 many2)" "$(url many3)"
list third.xml "$(b64 many4)" "$(url many5)"
list broken.xml "$(url many1)" "$(url absent)"
document linked.xml <<-X
	<setting-files>
	<file url="${URL[web]}/third.xml"/>
	</setting-files>
X
start_fetcher
warned() {
	grep -c 'unauthenticated source' "$T/replies"
}

# --- open ---

phone
provision "${URL[web]}/first.xml"
reported "open: anything may come over HTTP" "complete documents=1 certificates=2 accepted=2 refused=0" <<-X
	certificate web/first.xml:2 accepted
	certificate web/first.xml:3 accepted
X
equal "open: with a warning each" 2 "$(warned)"
matches "open: and status says so" 'bootstrap' "$(varlink "$TRUST" io.certprov.trust.Status)"
provision "${URL[secure]}/second.xml"
equal "open: over HTTPS without" "complete 0" "$(run_result | cut -d ' ' -f 1) $(warned)"
provision "${URL[web]}/third.xml"
reported "open: and over HTTP again" "complete documents=1 certificates=2 accepted=2 refused=0" <<-X
	certificate web/third.xml:2 accepted
	certificate web/third.xml:3 accepted
X

# --- until-authenticated ---

until=bootstrap.Bootstrap=until-authenticated
phone $until
provision "${URL[web]}/first.xml"
equal "until-authenticated: at first anything may come over HTTP" \
	"complete documents=1 certificates=2 accepted=2 refused=0" "$(run_result)"
bootstrap() {
	python3 "$ROOT/tests/integration/varlink.py" "$TRUST" io.certprov.trust.Status -g "$1"
}
matches "until-authenticated: the status says what keeps it open" \
	"^run [0-9]* read ${URL[web]}/first.xml: not authenticated\$" "$(bootstrap bootstrapWaitsFor)"
provision "${URL[secure]}/broken.xml"
reported "until-authenticated: a run over HTTPS that is not complete" \
	"partial documents=1 certificates=2 accepted=1 refused=1" <<-X
	certificate secure/broken.xml:2 already-trusted
	certificate secure/broken.xml:3 http-status
X
matches "until-authenticated: the status says which run, what and why" \
	"^run [0-9]* was partial: .*: http-status\$" "$(bootstrap bootstrapWaitsFor)"
matches "until-authenticated: as something to look at" '"bootstrap-waits"' "$(bootstrap concerns)"
provision "${URL[web]}/second.xml"
reported "until-authenticated: counts for nothing" \
	"complete documents=1 certificates=3 accepted=3 refused=0" <<-X
	certificate web/second.xml:2 already-trusted
	certificate web/second.xml:3 accepted
	certificate web/second.xml:4 accepted
X
provision "${URL[secure]}/first.xml"
equal "until-authenticated: one that is complete" "complete documents=1 certificates=2 accepted=2 refused=0" "$(run_result)"
equal "until-authenticated: the status says that it is closed" closed "$(bootstrap bootstrap)"
matches "until-authenticated: by which run" '^[0-9]+$' "$(bootstrap bootstrapClosedBy)"
lacks "until-authenticated: and waits for nothing" bootstrap-waits "$(bootstrap concerns)"
before=$(generation)
for again in '' ', also after a restart'; do
	[ -z "$again" ] || restart $until
	provision "${URL[web]}/third.xml"
	reported "until-authenticated: ends it$again" \
		"complete documents=1 certificates=2 accepted=0 refused=2" <<-X
		certificate web/third.xml:2 unauthenticated-source
		certificate web/third.xml:3 unauthenticated-source
	X
done
provision "${URL[web]}/check.xml"
reported "until-authenticated: for TLS settings as well" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
	setting web/check.xml:2 unauthenticated-source
	setting web/check.xml:3 unauthenticated-source
X
matches "until-authenticated: with a reason and a remedy" \
	'"line": 3.*"reason": ".*how it is provisioned.*", "remedy": "Serve it over HTTPS' \
	"$(grep '"update_policy"' "$T/replies" | tr '\n' ' ')"
guarded() {
	provision "${URL[web]}/provisioning.xml"
	reported "$1: nor may it stop or redirect provisioning" \
		"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
		setting web/provisioning.xml:2 unauthenticated-source
		setting web/provisioning.xml:3 unauthenticated-source
		setting web/provisioning.xml:4 unauthenticated-source
		setting web/provisioning.xml:5 unauthenticated-source
	X
}
guarded until-authenticated
provision "${URL[secure]}/linked.xml"
reported "until-authenticated: and for HTTP behind HTTPS" \
	"complete documents=2 certificates=2 accepted=0 refused=2" <<-X
	certificate web/third.xml:2 unauthenticated-source
	certificate web/third.xml:3 unauthenticated-source
X
equal "until-authenticated: none of that changed trust" "$before" "$(generation)"
provision "${URL[secure]}/third.xml"
reported "until-authenticated: HTTPS may still" \
	"complete documents=1 certificates=2 accepted=2 refused=0" <<-X
	certificate secure/third.xml:2 accepted
	certificate secure/third.xml:3 accepted
X
provision "${URL[secure]}/check.xml"
reported "until-authenticated: settings too" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
	setting secure/check.xml:2 setting-applied
	setting secure/check.xml:3 setting-applied
X

# --- pinned ---

list pinned.xml "$(b64 intermediate)" "$(b64 many1)" "$(b64 root)" "$(url many2)" \
	"$(url many3 "$(pki_sha256 many3)")" "$(b64 server)"
list digests.xml "$(b64 many4 "$(pki_sha256 many4)")" "$(url many5 "$(pki_sha256 many5)")" \
	"$(b64 many6)" "$(url many7)" "$(url many8 "$(pki_sha256 many9)")"
phone bootstrap.Bootstrap=pinned "bootstrap.Sha256=$(pki_sha256 root)"
provision "${URL[web]}/pinned.xml"
reported "pinned: what is pinned, and what is signed by what is trusted" \
	"complete documents=1 certificates=6 accepted=3 refused=3" <<-X
	certificate web/pinned.xml:4 accepted
	certificate web/pinned.xml:2 accepted
	certificate web/pinned.xml:7 accepted
	certificate web/pinned.xml:3 unauthenticated-source
	certificate web/pinned.xml:5 unauthenticated-source
	certificate web/pinned.xml:6 unauthenticated-source
X
guarded pinned
provision "${URL[secure]}/digests.xml"
reported "pinned: and what an authenticated element names by its digest" \
	"complete documents=1 certificates=5 accepted=2 refused=3" <<-X
	certificate secure/digests.xml:2 accepted
	certificate secure/digests.xml:3 accepted
	certificate secure/digests.xml:6 digest-mismatch
	certificate secure/digests.xml:4 unauthenticated-source
	certificate secure/digests.xml:5 unauthenticated-source
X
provision "${URL[secure]}/pinned.xml"
equal "pinned: that it came over HTTPS is not enough" "unauthenticated-source" \
	"$(outcomes | sed -n 's/^certificate secure.pinned.xml:3 //p')"
