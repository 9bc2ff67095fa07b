#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# suite: trixie
# A registrar under a private CA and phones that register with it over TLS, on real SIP
# stacks. Kamailio is the registrar. The reading phone is an unmodified baresip that knows
# nothing but a file of authorities: that of /run/certprov/export, with the hook that
# restarts it when the file changes. The asking phone (lib/client/examples/sip-register.c, on libre)
# asks the daemon through libcertprov-openssl, the local phone, the same program, its own copy
# of the phone's trust; both are never restarted. What they all log is shown as LOG lines.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/sip.sh"
need_agent

certificates() {
	pki_init &&
		PKI_SUBJECT='/CN=Private PBX CA' pki_issue root root root &&
		PKI_SUBJECT='/CN=Unrelated CA' pki_issue other root root &&
		pki_issue pbx root server "URI:sip:$REGISTRAR,DNS:gateway.example.net,IP:$PBX"
}
start_network
certificates || fail "no certificates"
start_registrar
ok "a registrar listens for TLS"
baresip_reads /etc/baresip/ca.pem
baresip_service

# --- what is said ---

# Of a log, what came after what was shown before, without colours.
declare -A SHOWN=()
new_lines() {
	tail -n "+$((${SHOWN[$1]:-0} + 1))" "$T/$1.log" 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g'
}

# Shows what is worth it of a log, and goes on from there.
show() {
	local worth=.
	case $1 in
	reading) worth='CA file|tls:|reg:|200 OK' ;;
	registrar) worth='REGISTER|TLS accept' ;;
	esac
	new_lines "$1" | grep -E "$worth" | sed -E "s/^ *[0-9]+\([0-9]+\) [A-Z]+: .*(<script>|tls_err_ret\(\)): //; s/^/LOG $1: /"
	SHOWN[$1]=$(wc -l <"$T/$1.log")
}

says() {
	new_lines "$1" | grep -qE "$2"
}

# hear SENTENCE PHONE REGEX... - each of these is said, since the last time
hear() {
	local sentence=$1 phone=$2 regex
	shift 2
	for regex; do
		wait_for 10 says "$phone" "$regex" ||
			fail "$sentence: the $phone phone does not say '$regex' but:"$'\n'"$(new_lines "$phone")"
	done
	show "$phone"
	ok "$sentence"
}

# For all that follows: what a phone says that did, or did not, register.
REGISTERED='^sip: registered: 200 OK'
REFUSED='^sip: not registered'
READING_REGISTERED='200 OK .*[1-9][0-9]* binding'
READING_REFUSED='Register: Protocol error'

chapter() {
	show registrar
	echo "LOG == $*"
}

# How often the registrar has let everybody register.
counts() {
	local user said=
	for user in alice bob carol dave; do said+="$user: $(registrations $user), "; done
	echo "${said%, }"
}

let_in() {
	hear "the registrar has let in $*" registrar "${@/%/@.*expires=[1-9]}"
}

# both RESULT AGAIN... - the phones that ask come to this verdict, and AGAIN is what follows
both() {
	local phone
	for phone in asking local; do
		hear "the $phone phone: $1" $phone "^tls: $REGISTRAR is [a-z]+ \($1," "${@:2}"
	done
}

chapter "the phone that reads, with files of its own"
cp "$PKI/other.pem" /etc/baresip/ca.pem
systemctl start phone || fail "the reading phone does not start"
hear "baresip refuses a server it does not trust" reading 'unable to get local issuer' "$READING_REFUSED"
equal "so it has not registered" "alice: 0, bob: 0, carol: 0, dave: 0" "$(counts)"
cp "$PKI/root.pem" /etc/baresip/ca.pem
systemctl restart phone
hear "and registers with one that it trusts" reading "$READING_REGISTERED"
let_in alice
systemctl stop phone

chapter "before provisioning"
configure '[phone]' Firmware=10.1.63.0 '[export]' RestartUnits=phone.service
serve_locally
systemctl enable --now certprovd.service certprov-export.path 2>/dev/null || fail "certprovd does not start"
EXPORT=$RUN/export/cafile.pem
# The hook has nothing to do yet: the phone that it is for does not run.
hook_is_done() {
	[ -s $EXPORT ] && [ ! -e $RUN/daemon/export.changed ] && is inactive ActiveState certprov-export.service
}
wait_for 10 hook_is_done || fail "there is no export, or the hook does not end"
sed -i "s#^sip_cafile.*#sip_cafile $EXPORT#" /etc/baresip/config
systemctl start phone
start asking "$AGENT" "sip:bob@$REGISTRAR" $PBX:5061
start local "$AGENT" --local "sip:carol@$REGISTRAR" $PBX:5061
hear "the reading phone refuses the registrar" reading "CA file: $EXPORT" "$READING_REFUSED"
both issuer-not-trusted '^tls: alert sent: unknown CA' "$REFUSED"
equal "nobody has registered" "alice: 1, bob: 0, carol: 0, dave: 0" "$(counts)"
server=$(pki_sha256 pbx)
status "the registrar's certificate is among the unknown" 0 certprovctl unknown "$server"
matches "with the domain that was asked for" "$REGISTRAR" "$OUT"
matches "with what for" '\bsip\b' "$OUT"
matches "with why" issuer-not-trusted "$OUT"

chapter "an exception, for the asking ones"
status "the registrar's certificate is trusted itself" 0 certprovctl trust "$server" --host $REGISTRAR
both exception "$REGISTERED"
let_in bob carol
systemctl restart phone
hear "no file has it: it would hold for any host" reading "$READING_REFUSED"
status "the exception ends" 0 certprovctl remove servers "$server"
both issuer-not-trusted "$REFUSED"

chapter "provisioning"
www=$T/www
mkdir "$www"
cat >"$www/000413AABBCC.xml" <<XML
<settings><certificates>
 <certificate type="base64">$(pki_base64 root)</certificate>
</certificates></settings>
XML
start_http provisioning "$www"
before=$(invocation)
status "the authority is provisioned" 0 certprovctl provision "${URL[provisioning]}/{mac}.xml"
both trusted "$REGISTERED"
hear "the reading phone registers" reading "CA file: $EXPORT" "$READING_REGISTERED"
let_in alice bob carol
[ "$(invocation)" != "$before" ] || fail "the reading phone is still the process that had read the file before"
ok "the reading phone was started anew by the hook"

chapter "another domain at the same address"
start other "$AGENT" sip:dave@other.example.com $PBX:5061
hear "a domain that the certificate does not name is refused" other \
	'^tls: other\.example\.com is refused \(name-mismatch,.*sip:pbx\.example\.com' '^tls: alert sent:' "$REFUSED"
stop other
start gateway "$AGENT" sip:dave@gateway.example.net $PBX:5061
hear "so is a DNS name, where the certificate names a SIP domain" gateway \
	'^tls: gateway\.example\.net is refused \(name-mismatch,' '^tls: alert sent:' "$REFUSED"
stop gateway
matches "dave has not registered" 'dave: 0' "$(counts)"

chapter "distrust"
counts=$(counts)
status "the authority is distrusted" 0 certprovctl distrust "$(pki_sha256 root)" --reason 'its key was stolen'
both distrusted "$REFUSED"
hear "the reading phone refuses the registrar again" reading "CA file: $EXPORT" "$READING_REFUSED"
lacks "the distrusted authority is in no file" "$(openssl x509 -in "$PKI/root.pem" | sed -n 2p)" "$(cat $EXPORT)"
equal "nobody has registered since" "$counts" "$(counts)"

chapter "and back"
status "the distrust is lifted" 0 certprovctl lift "$(pki_sha256 root)"
both trusted "$REGISTERED"
hear "the reading phone registers" reading "$READING_REGISTERED"
let_in alice bob carol
for phone in asking local; do
	alive $phone || fail "the $phone phone has ended"
	ok "the $phone phone is still the process of the beginning"
done
