#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a rejected peer to a trusted one and back, by certprovctl alone: verify asks
# about real servers, unknown names the command that trusts one, trust, upload, remove
# and distrust do what they say, monitor hears it and history remembers it.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprovctl
umask 022
export CERTPROV_RUNTIME_DIR=$RUN
ctl() {
	"$B/certprovctl" "$@" 2>&1
}
pki_standard || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
write_config
start_daemon

cat "$PKI/server.pem" "$PKI/root.pem" "$PKI/other.pem" "$PKI/intermediate.pem" >"$T/jumbled.pem"
ipv6=
[ ! -e /proc/net/if_inet6 ] || ! grep -q '^0*1 ' /proc/net/if_inet6 || ipv6='listen [::1]:@PORT@ ssl;'
start_nginx tls <<NGINX
	server { listen 127.0.0.1:@PORT@ ssl; $ipv6
		ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }
	server { listen 127.0.0.1:@PORT2@ ssl;
		ssl_certificate @PKI@/other-server.pem; ssl_certificate_key @PKI@/other-server.key; }
	server { listen 127.0.0.1:@PORT3@ ssl;
		ssl_certificate @PKI@/expired-chain.pem; ssl_certificate_key @PKI@/expired.key; }
	server { listen 127.0.0.1:@PORT4@ ssl;
		ssl_certificate @T@/jumbled.pem; ssl_certificate_key @PKI@/server.key; }
	server { listen 127.0.0.1:@PORT5@; return 200; }
NGINX

good=localhost:${PORT[tls]} unknown=localhost:${PORT[tls.2]}
leaf=$(pki_sha256 other-server)

start monitor "$B/certprovctl" monitor
start monitor-json "$B/certprovctl" monitor --json
# said NAME REGEX - a line of a monitor, within ten seconds
said() {
	wait_for 10 grep -qE -e "$2" "$T/$1.log"
}
said monitor 'generation' || fail "monitor says nothing"
said monitor-json '"generation"' || fail "monitor --json says nothing"

# --- verify: a peer that is trusted ---

status "a trusted peer is status 0" 0 ctl verify --connect "$good"
matches "said first" '^Verdict +trusted$' "$OUT"
matches "with who it was to be" '^Host +localhost$' "$OUT"
matches "and who it is" '^Names +DNS:localhost, DNS:provisioning' "$OUT"
matches "with where it was found and how" "^Peer +127.0.0.1:${PORT[tls]}, TLSv1\.[23], [A-Z0-9_-]+\$" "$OUT"
matches "with its path" "^ +1 +$(pki_sha256 server | cut -c -16) .*  ec 256 +the peer$" "$OUT"
matches "through what it sent" "^ +2 +$(pki_sha256 intermediate | cut -c -16) .*the peer$" "$OUT"
matches "down to the anchor and its origin" \
	"^ +3 +$(pki_sha256 root | cut -c -16) +CN=Test Root CA .*authorities, firmware$" "$OUT"
status "by its address as well" 0 ctl verify --connect "127.0.0.1:${PORT[tls]}"
[ -z "$ipv6" ] || status "and by that of IPv6" 0 ctl verify --connect "[::1]:${PORT[tls]}"
status "for a purpose" 0 ctl verify --connect "$good" --purpose sip
status "the server that is meant may differ from the one connected to" 0 \
	ctl verify --connect "$good" --host provisioning.example.com
status "the reply of certprovd is the JSON" 0 ctl verify --json --connect "$good"
matches "on one line" '^\{"verdict":\{"trusted":true,"result":"trusted".*\}\}$' "$OUT"
status "a file of openssl s_client is a chain" 0 ctl verify --host localhost --chain - \
	< <(openssl s_client -connect "127.0.0.1:${PORT[tls]}" -showcerts </dev/null 2>/dev/null)
status "one in DER, too" 0 ctl verify --host localhost --chain "$PKI/server-of-root.der"

# --- verify: certificates that are sent needlessly ---

status "a jumbled chain is trusted" 0 ctl verify --connect "localhost:${PORT[tls.4]}"
matches "but the anchor in it is noted" '^ +2 .*superfluous: the anchor need not be sent$' "$OUT"
matches "and what nothing needs" '^ +3 .*superfluous: not part of the path$' "$OUT"
matches "and what comes too late" '^ +4 .*out of order: ' "$OUT"

# --- verify: peers that are not trusted, and why ---

status "a peer of an unknown authority is status 1" 1 ctl verify --connect "$unknown"
matches "with the result" '^Verdict +not trusted: issuer-not-trusted$' "$OUT"
matches "with what is missing" '^Reason .*CN=Other Root CA' "$OUT"
matches "with the command that excepts it" \
	"^Exception +certprovctl trust ${leaf:0:16} --host localhost$" "$OUT"
matches "with what was sent" "^ +1 +${leaf:0:16} +CN=other-server +CN=Other Root CA" "$OUT"
status "an expired one says so" 1 ctl verify --connect "localhost:${PORT[tls.3]}"
matches "with the date" '^Reason .*expired.*2021-01-01' "$OUT"
status "another host is another peer" 1 ctl verify --connect "$good" --host elsewhere.example.com
matches "with the name that was expected" '^Reason .*elsewhere\.example\.com' "$OUT"
matches "and those that are there" '^Names +DNS:localhost' "$OUT"
status "what is no host is never asked for" 1 ctl verify --connect "$good" --host .localhost
matches "and nothing cures it" '^Exception +none possible$' "$OUT"
said monitor "Z rejected ${leaf:0:16} localhost any issuer-not-trusted The certificate " ||
	fail "monitor does not tell the rejection"
ok "monitor tells of a rejection as it happens"
said monitor-json "^\{\"certificate\":\{\"sha256\":\"$leaf\".*\"result\":\"issuer-not-trusted\"" ||
	fail "monitor --json does not"
ok "and as JSON"

# --- verify: peers that cannot be asked ---

status "nobody there is status 5" 5 ctl verify --connect "127.0.0.1:$(free_port)"
matches "and said so" 'Connection refused' "$OUT"
status "a host there is not is status 5" 5 ctl verify --connect nowhere.invalid
matches "and said so, with the usual port" 'nowhere.invalid:443: ' "$OUT"
status "what speaks something else is status 5" 5 ctl verify --connect "127.0.0.1:${PORT[tls.5]}"
matches "and said so" 'not TLS' "$OUT"
status "a file that is no chain is status 5" 5 ctl verify --chain "$PKI/root.key"
matches "and called what it is" 'private key' "$OUT"

# peer NAME PROTOCOL - a server that begins in plain text; its port in PORT[NAME]
peer() {
	start "$1" python3 "$here/starttls-peer" "$2" "$PKI/server-chain.pem" "$PKI/server.key" "$T/$1.port"
	wait_for 10 test -s "$T/$1.port" || fail "there is no peer for $2"
	PORT[$1]=$(cat "$T/$1.port")
}
for protocol in imap ldap pop3 smtp; do
	peer $protocol $protocol
	openssl s_client -starttls $protocol -connect "127.0.0.1:${PORT[$protocol]}" </dev/null 2>/dev/null |
		grep -q 'CN = server' || fail "openssl gets no certificate from the peer for $protocol"
	status "TLS begins in $protocol" 0 \
		ctl verify --connect "127.0.0.1:${PORT[$protocol]}" --host localhost --starttls $protocol
	matches "with the same answer" '^Verdict +trusted$' "$OUT"
	stop $protocol
done
peer refusing refuse-smtp
status "a peer that knows no STARTTLS is status 5" 5 \
	ctl verify --connect "127.0.0.1:${PORT[refusing]}" --starttls smtp
matches "with what it says" '502 not implemented' "$OUT"
peer silent silent
status "one that says nothing is waited for no longer than it takes" 5 \
	ctl verify --connect "127.0.0.1:${PORT[silent]}" --starttls smtp --timeout 1
matches "and said so" 'did not answer in time' "$OUT"
status "also in TLS" 5 ctl verify --connect "127.0.0.1:${PORT[silent]}" --timeout 1

# A server that wants a certificate of its client, or is from another time, is judged.
# s_server NAME OPTION... - PORT[NAME]
s_server() {
	local name=$1
	shift
	PORT[$name]=$(free_port)
	start "$name" openssl s_server -accept "127.0.0.1:${PORT[$name]}" -cert "$PKI/server.pem" \
		-cert_chain "$PKI/server-chain.pem" -key "$PKI/server.key" -www "$@"
	wait_for 10 grep -q ACCEPT "$T/$name.log" || fail "openssl s_server does not start"
}
s_server mutual -Verify 1 -verify_return_error -CAfile "$PKI/root.pem" -tls1_2
status "a peer that asks for a certificate is judged all the same" 0 \
	ctl verify --connect "localhost:${PORT[mutual]}"
matches "and said so" "It may have asked for the phone's own certificate" "$OUT"
s_server old -tls1 -cipher ALL:@SECLEVEL=0
status "so is one that speaks TLS 1.0" 0 ctl verify --connect "localhost:${PORT[old]}"
matches "and said so" '^Peer .*, TLSv1, ' "$OUT"

# --- unknown, trust, remove ---

status "the unknown are told" 0 ctl unknown
block=$(sed -n "/^SHA-256 *$leaf/,/^$/p" <<<"$OUT")
matches "with the host" '^Hosts +localhost$' "$block"
matches "with the purpose" '^Purposes +any$' "$block"
matches "with the result" '^Results +issuer-not-trusted$' "$block"
matches "with who says so" "^Reported by +uid:$(id -u) \\(claimed\\)\$" "$block"
matches "and how often" '^Seen +[0-9]+$' "$block"
command=$(sed -n 's/^To trust it *certprovctl //p' <<<"$block")
status "one by its first digits" 0 ctl unknown "${leaf:0:8}"
equal "is the same" "$block" "$OUT"
# shellcheck disable=SC2086 # the words of the command
status "the command that is told trusts it" 0 ctl $command
matches "and says so" "^$leaf: trusted for localhost \\(generation [0-9]+\\)\$" "$OUT"
matches "and what it lets pass" '^The exception lets pass: issuer-not-trusted$' "$OUT"
status "and so it is" 0 ctl verify --connect "$unknown"
matches "by an exception" '^Verdict +trusted: exception$' "$OUT"
status "what is trusted may get further hosts" 0 ctl trust "${leaf:0:16}" --host 127.0.0.1
status "for which it is trusted, too" 0 ctl verify --connect "127.0.0.1:${PORT[tls.2]}"
status "one exception is ended by its host" 0 ctl remove servers "${leaf:0:16}" --host 127.0.0.1
matches "and that is said" "^$leaf: the exception for 127\.0\.0\.1 removed \(generation [0-9]+\)\$" "$OUT"
status "the other stays" 0 ctl verify --connect "$unknown"
status "for this host only" 1 ctl verify --connect "127.0.0.1:${PORT[tls.2]}"
status "it is listed" 0 ctl show "${leaf:0:8}"
matches "as an exception" '^Origin +exception$' "$OUT"
status "it is removed" 0 ctl remove servers "${leaf:0:8}"
status "and no longer trusted" 1 ctl verify --connect "$unknown"
status "an exception may end by itself" 0 ctl trust "$leaf" --expires 30d
matches "and says when" ': trusted for every host until 20[0-9-]+ [0-9:]+ UTC ' "$OUT"
status "and holds until then" 0 ctl verify --connect "127.0.0.1:${PORT[tls.2]}"

# --- distrust: wins over everything ---

status "an excepted certificate is distrusted" 0 ctl distrust "$leaf"
status "and not trusted any more" 1 ctl verify --connect "$unknown"
matches "as what it is" '^Verdict +not trusted: distrusted$' "$OUT"
matches "without an exception" '^Exception +none possible$' "$OUT"
status "no exception cures that" 3 ctl trust "$leaf"
matches "and it is said what does" "certprovctl distrusted shows the entry; .* certprovctl lift" "$OUT"
status "a distrust is lifted" 0 ctl lift "$leaf"
key=$(openssl x509 -in "$PKI/intermediate.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum)
status "a whole path falls with the key of its issuer" 0 ctl distrust --kind public-key "${key%% *}"
status "so that a trusted peer is not" 1 ctl verify --connect "$good"
command=$(sed -n 's/^Remedy .*mistake: certprovctl //p' <<<"$OUT")
# shellcheck disable=SC2086 # the words of the command
status "the command that is told lifts it" 0 ctl $command
status "and the peer is trusted" 0 ctl verify --connect "$good"
status "a whole path falls with its issuer" 0 ctl distrust "$(pki_sha256 intermediate)"
status "so that a trusted peer is not" 1 ctl verify --connect "$good"
status "until it is lifted" 0 ctl lift "$(pki_sha256 intermediate)"
status "and is again" 0 ctl verify --connect "$good"

# --- upload ---

status "what is signed by an authority is accepted" 0 ctl upload "$PKI/intermediate.der"
matches "and said so" '^Outcome +accepted$' "$OUT"
equal "and is a server certificate" "$(pki_sha256 intermediate)" \
	"$(ctl show "$(pki_sha256 intermediate)" --json | grep -o '"sha256":"[0-9a-f]*","lists":\["servers"' | cut -d '"' -f 4)"
status "a server with the leaf alone is trusted by it" 0 \
	ctl verify --host localhost --chain "$PKI/server.pem"
matches "and it is told where from" '^ +2 .*servers, uploaded$' "$OUT"
status "PEM is taken for what it holds" 0 ctl upload "$PKI/server-of-root.pem"
matches "and that is said" 'is PEM: its certificate is uploaded as DER$' "$OUT"
status "several at once are not" 5 ctl upload "$PKI/server-chain.pem"
other=$(pki_sha256 other)
status "what is signed by nothing trusted is refused" 1 ctl upload "$PKI/other.der"
matches "with the reason" '^Outcome +issuer-not-trusted$' "$OUT"
matches "and what would trust it" "^Exception +certprovctl trust ${other:0:16}$" "$OUT"
status "it is among the unknown" 0 ctl unknown "${other:0:8}"
echo "<html>404</html>" >"$T/page.der"
status "what is no certificate is refused" 1 ctl upload "$T/page.der"
matches "and called what it is" 'HTML' "$OUT"
status "the clock is reset" 0 ctl clock reset

# --- who did what ---

status "the history tells" 0 ctl history
matches "who trusted it" "uid:$(id -u) pid:[0-9]+ .* made an exception .* for localhost, .*${leaf:0:16}" "$OUT"
for what in distrusted lifted uploaded removed; do
	matches "that there was: $what" "$what" "$OUT"
done

# --- monitor and a daemon that goes ---

before=$(grep -c generation "$T/monitor.log")
[ "$before" -ge 8 ] || fail "monitor told only $before generations"
ok "monitor told the changes"
stop_daemon
said monitor 'closed the connection; waiting' || fail "monitor does not notice"
start_daemon
said monitor 'certprovd is back' || fail "monitor does not come back"
status "another rejection" 1 ctl verify --connect "localhost:${PORT[tls.3]}"
rejected_twice() {
	[ "$(grep -c "rejected $(pki_sha256 expired | cut -c -16) localhost any expired" "$T/monitor.log")" -ge 2 ]
}
wait_for 10 rejected_twice || fail "monitor is back and hears nothing"
ok "monitor survives a restart of the daemon"
stop monitor INT
equal "an interrupted monitor has done what was asked" 0 "$STATUS"
stop monitor-json
equal "also by SIGTERM" 0 "$STATUS"
start monitor "$B/certprovctl" monitor --timeout 1
said monitor generation || fail "monitor says nothing"
stop_daemon
gone_monitor() { gone monitor; }
wait_for 20 gone_monitor || fail "monitor waits for ever"
stop monitor
equal "a daemon that stays away ends it" 4 "$STATUS"
