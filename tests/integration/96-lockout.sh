#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lock-out guard: no change is made after which the last good provisioning server would
# no longer be trusted, unless an administrator forces it; what cannot be prevented is loud.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

need nginx
built certprovctl
pki_standard || fail "no certificates"
pki_issue nameless root server DNS:localhost || fail "no certificate"
show root other
serve_http web
serve_https named
serve_https nameless nameless
ADDRESS=https://127.0.0.1:${PORT[nameless]}/$MAC
SITES+=("address=$ADDRESS")
start_fetcher

ctl() {
	"$B/certprovctl" --socket-dir "$T/run" "$@" 2>&1
}
# settings NAME VALUE... - as an XML section
settings() {
	echo '<phone-settings>'
	while [ $# -gt 1 ]; do
		echo "<$1 perm=\"RW\">$2</$1>"
		shift 2
	done
	echo '</phone-settings>'
}
# run - of the phone's own server
run() {
	ask_provision '{}' || fail "no run: $(cat "$T/replies" "$T/replies.log")"
}
trust_generation() {
	varlink "$TRUST" io.certprov.trust.Status | replies get generation
}
concerns() {
	varlink "$TRUST" io.certprov.trust.Status | python3 -c 'import json, sys
print("\n".join(c["identifier"] + ": " + c["sentence"] for c in json.load(sys.stdin)["concerns"]))'
}
setting() {
	ctl settings --json | grep -o "\"name\": *\"$1\"[^}]*" | grep -o "\"effective\": *\"[^\"]*\"" | cut -d '"' -f 4
}
locked_out() {
	concerns | grep -c '^locked-out'
}

# --- the classic: a server that is reached by address and has no such name ---

document s.xml <<-X
	<settings>
	$(settings tls_server_authentication on check_fqdn_against_server_cert on)
	</settings>
X
phone phone.Firmware=8.9.3.80 trust.Authorities="$PKI/root.pem" provisioning.Url="$ADDRESS/s.xml"
run
reported "8.9.3.80: the server may have itself verified, but not its name" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
	setting address/s.xml:3 setting-applied
	setting address/s.xml:4 would-lock-out
X
matches "the reason says who would no longer be trusted, and why" \
	'check_fqdn_against_server_cert does not become "on": this phone would then no longer trust 127.0.0.1, .*127.0.0.1.*its names are DNS:localhost' \
	"$(details | grep lock-out)"
matches "the remedy says what to mend, and how to force it" \
	'certprovctl set check_fqdn_against_server_cert VALUE --force' "$(ctl report)"
equal "the setting stays" "on off" "$(setting tls_server_authentication) $(setting check_fqdn_against_server_cert)"
run
matches "so the server is still trusted" '^complete' "$(run_result)"
equal "and its second try is refused as well" 1 "$(outcomes | grep -c would-lock-out)"

document s.xml <<-X
	<settings>
	$(settings check_fqdn_against_server_cert on tls_server_authentication on)
	</settings>
X
phone phone.Firmware=8.9.3.80 trust.Authorities="$PKI/root.pem" provisioning.Url="$ADDRESS/s.xml"
run
reported "in the other order, it is verification that is not turned on" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
	setting address/s.xml:3 setting-applied
	setting address/s.xml:4 would-lock-out
X

document off.xml <<<"<settings>$(settings check_fqdn_against_server_cert off)</settings>"
document s.xml <<<"<settings>$(settings check_fqdn_against_server_cert on)</settings>"
phone trust.Authorities="$PKI/root.pem" provisioning.Url="$ADDRESS/s.xml"
provision "${URL[web]}/off.xml"
run
equal "10.1.33.33: the same" "setting address/s.xml:2 would-lock-out" "$(outcomes | grep setting)"

# --- a certificate of the same run is what it needs ---

document s.xml <<-X
	<settings>
	$(settings tls_server_authentication on)
	<certificates><certificate url="root.der"/></certificates>
	</settings>
X
phone phone.Firmware=8.9.3.80 provisioning.Url="${URL[named]}/s.xml"
run
reported "a setting waits for the certificates that come after it" \
	"complete documents=1 certificates=1 accepted=1 refused=0" <<-X
	certificate named/s.xml:5 accepted
	setting named/s.xml:3 setting-applied
X
equal "and is stored" on "$(setting tls_server_authentication)"
document s.xml <<-X
	<settings>
	$(settings tls_server_authentication on)
	$(settings tls_server_authentication off)
	</settings>
X
phone phone.Firmware=8.9.3.80 provisioning.Url="${URL[named]}/s.xml"
run
reported "one that waits gives way to a later one" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<-X
	setting named/s.xml:3 would-lock-out
	setting named/s.xml:6 setting-applied
X

# --- an administrator ---

document s.xml <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	<certificate type="base64">$(pki_base64 other)</certificate>
	</certificates></settings>
X
bare=$(pki_sha256 root) spare=$(pki_sha256 other)
key=$(openssl x509 -in "$PKI/root.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)
phone provisioning.Url="${URL[named]}/s.xml"
status "nothing is guarded before a good run" 0 ctl set host_name_validation_flags 3
provision "${URL[web]}/s.xml"
run
matches "the phone knows its server" '^complete' "$(run_result)"
before=$(trust_generation)
status "a removal that would lock the phone out is refused" 3 ctl remove servers "$bare"
matches "and says for whom, why, and how to force it" \
	"https://localhost:[0-9]*/$MAC/s.xml would no longer be trusted: issuer-not-trusted: .*--force" "$(tr '\n' ' ' <<<"$OUT")"
status "so is a distrust of the certificate" 3 ctl distrust "$bare"
status "and of its key" 3 ctl distrust --kind public-key "$key"
status "and of the server itself" 3 ctl distrust "$(pki_sha256 server)"
equal "nothing has changed" "$before" "$(trust_generation)"
equal "and nothing is in the history" "" "$(ctl history | grep -E 'uid:[0-9]+.*(distrusted|removed)')"
matches "the log has each refusal" 'not done: removed from the server certificates.*would no longer trust localhost' \
	"$(cat "$T/daemon.log")"
status "another certificate can be removed" 0 ctl remove servers "$spare"
restart provisioning.Url="${URL[named]}/s.xml"
status "the server is known after a restart" 3 ctl remove servers "$bare"
equal "nobody is locked out" 0 "$(locked_out)"
status "force removes it" 0 ctl remove servers "$bare" --force
matches "the history says that it was forced" 'removed from the server certificates: .*by force' "$(ctl history)"
matches "and the status that the phone is locked out" \
	'^locked-out: This phone no longer trusts localhost, the server that it was last provisioned from \(https://localhost' "$(concerns)"
matches "and the log" 'no longer trusts localhost, which it was last provisioned from' "$(cat "$T/daemon.log")"
provision "${URL[web]}/s.xml"
equal "what ends it ends the concern" 0 "$(locked_out)"
status "force distrusts it" 0 ctl distrust "$bare" --force
equal "and that is one" 1 "$(locked_out)"
status "what does not make it worse is not guarded" 0 ctl distrust --kind public-key "$key"

document s.xml <<<'<settings/>'
phone trust.Authorities="$PKI/root.pem" provisioning.Url="$ADDRESS/s.xml"
status "a name is not verified" 0 ctl set check_fqdn_against_server_cert off
run
status "the name check cannot be turned on" 3 ctl set check_fqdn_against_server_cert on
status "nor by its default" 3 ctl set check_fqdn_against_server_cert
equal "it stays off" off "$(setting check_fqdn_against_server_cert)"
status "a setting that verdicts do not depend on is free" 0 ctl set update_policy settings_only
status "force turns it on" 0 ctl set check_fqdn_against_server_cert on --force
run
matches "and then the server is rejected" '^failed' "$(run_result)"
status "it can be turned off again" 0 ctl set check_fqdn_against_server_cert off
run
matches "and the server is trusted" '^complete' "$(run_result)"

# --- an exception ---

phone provisioning.Url="${URL[named]}/s.xml"
run
status "an exception is made for a server" 0 ctl trust "$(pki_sha256 server)" --host localhost
run
matches "which is provisioned from" '^complete' "$(run_result)"
status "its last exception stays" 3 ctl remove servers "$(pki_sha256 server)" --host localhost
status "and so does its certificate" 3 ctl remove servers "$(pki_sha256 server)"

# --- what cannot be prevented ---

phone phone.Firmware=8.9.3.80 provisioning.Url="${URL[named]}/s.xml"
run
equal "8.9.3.80 verifies nobody" "0 complete" "$(locked_out) $(run_result | cut -d ' ' -f 1)"
restart phone.Firmware=10.1.33.33 provisioning.Url="${URL[named]}/s.xml"
matches "a newer firmware applies, and the status says what it does" \
	'^locked-out: .* localhost, .*; the firmware was 8.9.3.80 then and is 10.1.33.33 now\. .*not signed' "$(concerns)"
matches "and the log" 'firmware 10.1.33.33\) no longer trusts localhost, .*\(firmware 8.9.3.80\)' "$(cat "$T/daemon.log")"
cp "$PKI/root.pem" "$T/bundle.pem"
phone trust.Authorities="$T/bundle.pem" provisioning.Url="${URL[named]}/s.xml"
run
equal "with an authority the server is trusted" "0 complete" "$(locked_out) $(run_result | cut -d ' ' -f 1)"
cp "$PKI/other.pem" "$T/bundle.new" && mv "$T/bundle.new" "$T/bundle.pem"
is_locked_out() {
	[ "$(locked_out)" = 1 ]
}
wait_for 10 is_locked_out || fail "another list of authorities is not noticed"
ok "another list of authorities applies, and the status says what it does"

# --- who is guarded ---

document s.xml <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	</certificates></settings>
X
phone provisioning.Url="${URL[web]}/s.xml"
run
provision "${URL[named]}/s.xml"
status "a URL that was asked for once is not guarded" 0 ctl remove servers "$bare"
phone
provision "${URL[web]}/s.xml"
provision "${URL[named]}/s.xml"
status "unless the phone has no other" 3 ctl remove servers "$bare"
restart provisioning.Url="${URL[web]}/s.xml"
status "it stays the last good one" 3 ctl remove servers "$bare"
run
status "until a server without TLS is" 0 ctl remove servers "$bare"

document plain.xml <<<"<settings>$(settings setting_server "${URL[named]}/s.xml")</settings>"
phone phone.Firmware=8.9.3.80
provision "${URL[web]}/plain.xml"
wait_for 30 grep -q "run 2 complete" "$T/daemon.log" || fail "the new server is not asked"
status "a server that an unauthenticated file named, and nobody verified, is not guarded" 0 \
	ctl distrust "$(pki_sha256 server)"
