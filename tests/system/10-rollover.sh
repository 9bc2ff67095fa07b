#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# suite: trixie
# The CA of a registrar is replaced while three phones stay registered: one that reads the
# exported file and is restarted by the hook, one that asks the daemon, one that verifies from
# its own snapshot. Each registers about once a second, with a new handshake; not one of all
# these fails, as either side says. Then another CA is replaced in the wrong order, and they do.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/sip.sh"
need nginx
need_agent
BRIEF=1

# --- what is there ---

# All CAs of the registrar have one name.
certificates() {
	pki_init &&
		PKI_SUBJECT='/CN=Public CA' pki_issue public root root &&
		pki_issue web public server DNS:localhost &&
		PKI_SUBJECT='/CN=Company CA' pki_issue old root root &&
		PKI_SUBJECT='/CN=Company CA' PKI_KEY=old pki_issue renewed root root &&
		PKI_SUBJECT='/CN=Company CA' pki_issue new root root &&
		PKI_SUBJECT='/CN=Company CA' pki_issue next root root &&
		pki_issue by-old old server "URI:sip:$REGISTRAR,IP:$PBX" &&
		pki_issue by-new new server "URI:sip:$REGISTRAR,IP:$PBX" &&
		pki_issue by-next next server "URI:sip:$REGISTRAR,IP:$PBX"
}
# use NAME - from now on this is the registrar's certificate
use() {
	ln -sf "$1.pem" "$PKI/pbx.pem" && ln -sf "$1.key" "$PKI/pbx.key"
}
# provisions NAME... - a document with these CAs
provisions() {
	local name
	{
		echo '<settings><certificates>'
		for name; do echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>"; done
		echo '</certificates></settings>'
	} >"$T/www/000413AABBCC.xml"
}
start_network
certificates || fail "no certificates"
use by-old
mkdir "$T/www"
start_https web "$T/www" web
start_registrar

# --- what is counted ---

# failures LOG - registrations that failed, as a phone says; handshakes that a phone has
# refused, as the registrar does
failures() {
	case $1 in
	asking | local) grep -cE '^sip: (not|cannot) regist' "$T/$1.log" ;;
	reading) grep -cE ' Register: |\} [3-6][0-9][0-9] ' "$T/$1.log" ;;
	registrar) grep -c 'TLS accept' "$T/$1.log" ;;
	esac
}
all_failures() {
	local log said=
	for log in reading asking local registrar; do said+="$log: $(failures $log), "; done
	echo "${said%, }"
}
# all_registrations [FROM-LINE [CERTIFICATE]]
all_registrations() {
	local user said=
	for user in alice bob carol; do said+="$user: $(registrations $user "$@"), "; done
	echo "${said%, }"
}
# says_registered PHONE - how often it has said so; the reading one says it once a start
says_registered() {
	case $1 in
	asking | local) grep -c '^sip: registered: 200 OK' "$T/$1.log" ;;
	reading) grep -cE '200 OK .*[1-9][0-9]* binding' "$T/$1.log" ;;
	esac
}
NONE='reading: 0, asking: 0, local: 0, registrar: 0'

# How many registrations came over one connection: each number once
uses_of_connections() {
	sed -nE 's/.*REGISTER .* from ([0-9.:]+) with .*/\1/p' "$T/registrar.log" | sort | uniq -c |
		awk '{ print $1 }' | sort -u
}

# --- what is waited for ---

# The next line of the registrar's log.
next_line() {
	echo $(($(wc -l <"$T/registrar.log") + 1))
}
# twice_each ASKING LOCAL FROM-LINE CERTIFICATE - each is let in twice from that line on, as
# one may have begun before, and those that ask have said so
twice_each() {
	local user
	for user in alice bob carol; do
		[ "$(registrations $user "$3" "$4")" -ge 2 ] || return
	done
	[ "$(says_registered asking)" -ge $(($1 + 2)) ] && [ "$(says_registered local)" -ge $(($2 + 2)) ]
}
# all_registered SENTENCE CERTIFICATE - again, from now on
all_registered() {
	local asking own line
	asking=$(says_registered asking) own=$(says_registered local) line=$(next_line)
	wait_for 20 twice_each "$asking" "$own" "$line" "$2" ||
		fail "$1: since then $(all_registrations "$line" "$2"), failures $(all_failures)"
	ok "$1: $(all_registrations "$line" "$2")," \
		"as they say asking: $(($(says_registered asking) - asking)), local: $(($(says_registered local) - own))"
}
# stay_registered SENTENCE CERTIFICATE
stay_registered() {
	all_registered "$@"
	equal "and none failed" "$NONE" "$(all_failures)"
}
# heard_of INVOCATION STARTS GENERATION - the phone that reads is another process, and has
# registered; those that ask have been answered with this generation
heard_of() {
	[ "$(invocation)" != "$1" ] && [ "$(says_registered reading)" -gt "$2" ] &&
		grep -qE "^tls: .* is trusted \(trusted, generation $3\)" "$T/asking.log" &&
		grep -qE "^tls: .* is trusted \(trusted, generation $3\)" "$T/local.log"
}
# The last whole line of each, which is of its signature.
certificates_of() {
	local name
	for name; do grep -E '^.{64}$' "$PKI/$name.pem" | tail -n 1; done | sort
}
# provision SENTENCE NAME... - the phones know these CAs, and no other of the registrar's
provision() {
	local before starts generation
	before=$(invocation) starts=$(says_registered reading)
	provisions "${@:2}"
	status "$1" 0 certprovctl provision
	generation=$(field_of_status Generation)
	wait_for 20 heard_of "$before" "$starts" "$generation" || fail "$1: the phones do not hear of generation $generation"
	equal "the file has these and no other" "$(certificates_of "${@:2}")" "$(certificates_of old renewed new next | grep -xFf $EXPORT)"
}

# --- the phones ---

EXPORT=$RUN/export/cafile.pem
baresip_reads $EXPORT
# Told to end while it registers, baresip may wait for long.
baresip_service TimeoutStopSec=1
cp "$PKI/public.pem" /etc/authorities.pem
configure '[phone]' Firmware=10.1.63.0 '[trust]' Authorities=/etc/authorities.pem '[export]' RestartUnits=phone.service \
	'[provisioning]' "Url=https://localhost:${PORT[web]}/{mac}.xml" WithdrawMissing=yes
serve_locally
systemctl enable --now certprovd.service certprov-export.path 2>/dev/null || fail "certprovd does not start"
provisions old
status "the old CA is provisioned" 0 certprovctl provision
exported() {
	[ -s $EXPORT ] && [ ! -e $RUN/daemon/export.changed ] && is inactive ActiveState certprov-export.service
}
wait_for 10 exported || fail "there is no export, or the hook does not end"
systemctl start phone || fail "the reading phone does not start"
start asking "$AGENT" "sip:bob@$REGISTRAR" $PBX:5061
start local "$AGENT" --local "sip:carol@$REGISTRAR" $PBX:5061
stay_registered "all register with a certificate of the old CA" by-old
equal "each time over a connection of its own" 1 "$(uses_of_connections)"

# --- a rollover ---

provision "the old CA and the same with its name and key renewed, side by side" old renewed
stay_registered "all stay registered" by-old
provision "the renewed one alone" renewed
stay_registered "all stay registered with what the former has signed" by-old
provision "the renewed and a new CA of another key, side by side" renewed new
stay_registered "all stay registered" by-old
use by-new
status "the registrar shows a chain of the new CA" 0 reload_registrar
stay_registered "all stay registered with that" by-new
provision "the old CA is withdrawn" new
stay_registered "all stay registered" by-new
echo "LOG registrations in all: $(all_registrations), as they say" \
	"asking: $(says_registered asking), local: $(says_registered local)"
echo "LOG failures in all: $(all_failures)"
echo "LOG answers for which a phone did not stay: $(grep -c 'failed to send 200 OK' "$T/registrar.log")"

# --- one in the wrong order ---

fails_everywhere() {
	local log
	for log in reading asking local registrar; do [ "$(failures $log)" -ge 1 ] || return; done
}
use by-next
status "the registrar shows a chain of a CA that nobody has provisioned" 0 reload_registrar
wait_for 20 fails_everywhere || fail "somebody does not notice: $(all_failures)"
ok "everybody fails, and is counted: $(all_failures)"
equal "nobody registers" "alice: 0, bob: 0, carol: 0" "$(all_registrations 1 by-next)"
provision "that CA is provisioned as well" new next
all_registered "everybody is back" by-next
for phone in asking local; do
	alive $phone || fail "the $phone phone has ended"
	ok "the $phone phone is still the process of the beginning"
done
