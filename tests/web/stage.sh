#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a test of the page stands on: the verbs of tests/integration and those below. Commands
# come from standard input, each ended by a NUL; the answer is a line "STATUS BYTES" and what
# the command printed. At the end of the input everything ends.
. "$(dirname "$0")/../integration/common.sh"
. "$ROOT/tests/integration/daemon.sh"
. "$ROOT/tests/integration/identity.sh"
built certprov-web certprov-fetch certprovctl

USERS=$T/users
PORT[web]=

certificates() {
	pki_init && PKI_SUBJECT='/CN=Test Root CA' pki_issue root root root && device_ca device-ca &&
		device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256
}

# phone [LINE...] - a phone with a certificate of its own and an authority "Test Root CA"; lines
# for certprovd.conf as with write_config. It listens for the page at PORT[web].
phone() {
	certificates || fail "no certificates"
	cp "$PKI/root.pem" "$T/authorities.pem"
	phone_has ec '[fetch]' "User=$(id -un)" "$@"
	start_fetcher
	start_daemon
	[ -e "$USERS" ] || : >"$USERS"
	start_web
}

# user NAME ROLE PASSWORD - may sign in; the page is told
user() {
	printf "%s\n" "$3" | "$B/certprovctl" web-password "$1" --role "$2" >>"$USERS" || return
	[ -z "${PID[web]:-}" ] || kill -HUP "${PID[web]}"
}

# shellcheck disable=SC2120 # the tests have lines
# web_config [LINE...] - further lines for the section [web]
web_config() {
	printf '%s\n' '[web]' "Users=$USERS" "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" "$@" >"$T/web.conf"
}

# start_web - where it was before, if it was
start_web() {
	[ -s "$T/web.conf" ] || web_config
	PORT[web]=${PORT[web]:-$(free_port)} || fail "no free port"
	start web "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[web]}"
	wait_for 10 web_settled
	alive web || fail "certprov-web does not start"
}
web_settled() {
	gone web || listening "${PORT[web]}"
}

# verify NAME[,NAME...] HOST [PURPOSE] - what the daemon says to a client that met this chain
# of the PKI, or of make_certificate
verify() {
	local name file chain=
	for name in ${1//,/ }; do
		file=$PKI/$name.der
		[ -e "$file" ] || file=$T/$name.der
		chain+=${chain:+, }\"$(openssl base64 -A -in "$file")\"
	done
	ask trust.Verify "{\"chain\": [$chain], \"host\": \"$2\", \"purpose\": \"${3:-sip}\"}"
}

# What a phone in use has seen: furnish() of stage.js goes on with it.
furnish() {
	local names=(/CN=pbx.example.com /CN=gate.example.com)
	{
		PKI_SUBJECT='/O=Example Telephones/CN=Private PBX CA' pki_issue private root root &&
			PKI_SUBJECT=${names[0]} pki_issue pbx private server DNS:pbx.example.com &&
			PKI_SUBJECT=${names[1]} pki_issue gate private server DNS:gate.example.com &&
			PKI_SUBJECT='/O=Example Telephones/CN=Withdrawn CA' pki_issue withdrawn root root &&
			PKI_SUBJECT='/O=Example Telephones/CN=Directory CA' pki_issue directory root root &&
			PKI_SUBJECT='/O=Example Telephones/CN=Servers 2026' pki_issue servers root ca &&
			PKI_FROM=20250101000000Z PKI_UNTIL=20260101000000Z PKI_SUBJECT=/CN=directory.example.com \
				pki_issue late directory server DNS:directory.example.com
	} || return
	mkdir -p "$T/www"
	cat >"$T/www/000413AABBCC.xml" <<-XML
		<?xml version="1.0" encoding="utf-8"?>
		<settings><certificates>
		<certificate type="base64">$(pki_base64 directory)</certificate>
		<certificate type="base64">$(pki_base64 servers)</certificate>
		<certificate type="base64">$(pki_base64 withdrawn)</certificate>
		<certificate url="/old-ca.der"/>
		</certificates></settings>
	XML
	start_http provisioning "$T/www"
	ask admin.SetSetting "{\"name\": \"setting_server\", \"value\": \"${URL[provisioning]}/{mac}.xml\"}" &&
		provision '{}'
}

# The certificate that the page is served with, and whether it is that of a file.
served() {
	openssl s_client -connect "127.0.0.1:${PORT[web]}" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256
}
serves() {
	[ "$(served)" = "$(openssl x509 -in "$T/$1" -noout -fingerprint -sha256)" ]
}

# --- a registrar, as in tests/system/sip.sh, on loopback ---

AGENT=$B/lib/client/examples/sip-register

has_sip() {
	command -v kamailio >/dev/null && [ -x "$AGENT" ]
}

# start_registrar - with the certificate $PKI/pbx.pem, at PORT[registrar]
start_registrar() {
	PORT[registrar]=$(free_port) || return
	printf '%s\n' '[server:default]' 'method = TLSv1.2+' "private_key = $PKI/pbx.key" \
		"certificate = $PKI/pbx.pem" 'verify_certificate = no' >"$T/tls.cfg"
	cat >"$T/kamailio.cfg" <<-CFG
		#!KAMAILIO
		debug=2
		log_stderror=yes
		children=1
		tcp_children=1
		enable_tls=yes
		auto_aliases=no
		dns=no
		rev_dns=no
		listen=tls:127.0.0.1:${PORT[registrar]}
		loadmodule "sl.so"
		loadmodule "pv.so"
		loadmodule "xlog.so"
		loadmodule "usrloc.so"
		loadmodule "registrar.so"
		loadmodule "tls.so"
		modparam("usrloc", "db_mode", 0)
		modparam("tls", "config", "$T/tls.cfg")
		request_route {
			if (method != "REGISTER") { sl_send_reply("405", "Method Not Allowed"); exit; }
			if (!save("location")) { sl_reply_error(); exit; }
			xlog("L_NOTICE", "REGISTER \$tu from \$si:\$sp: \$ct\n");
		}
	CFG
	start registrar kamailio -DD -E -f "$T/kamailio.cfg" -m 32 -M 4 -Y "$T"
	wait_for 10 listening "${PORT[registrar]}" || fail "kamailio does not start"
}

# registrations USER - how often the registrar has let in
registrations() {
	grep -cE "REGISTER sip:$1@.*expires=[1-9]" "$T/registrar.log" || :
}

echo "$T $ROOT"
while IFS= read -r -d '' command; do
	eval "$command" >"$T/answer" 2>&1
	status=$?
	printf '%d %d\n' $status "$(stat -c %s "$T/answer")"
	cat "$T/answer"
done
