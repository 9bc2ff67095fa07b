#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 180
# The certificates page on its sockets: HTTPS with the phone's certificate, whose key never
# comes there; plain HTTP for a front end; what it does without a certificate or a daemon.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need curl openssl
built certprov-web certprovctl
export CERTPROV_RUNTIME_DIR=$RUN

make_certificate authorities || fail "no certificate"
device_ca device-ca || fail "no CA"
device rsa device-ca RSA -pkeyopt rsa_keygen_bits:2048 || fail "no RSA certificate"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no EC certificate"

printf '%s\n' '[web]' "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
# page - the program, at PORT[web] and $T/front
page() {
	PORT[web]=${PORT[web]:-$(free_port)} || fail "no free port"
	start web "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[web]}" --unix "$T/front"
	wait_for 10 settled
	alive web || fail "certprov-web does not start: $(cat "$T/web.log")"
}
settled() {
	gone web || listening "${PORT[web]}"
}
# get [ARGUMENT...] - the status of the page by HTTPS
get() {
	curl -s --noproxy '*' --max-time 20 --cacert "$T/device-ca.pem" -o "$T/body" -w '%{http_code}' "$@" \
		"https://localhost:${PORT[web]}/"
}
# served - the certificate that a new connection sees
served() {
	openssl s_client -connect "127.0.0.1:${PORT[web]}" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null
}
# session -sess_out|-sess_in FILE - a request of its own; tickets come behind the handshake
session() {
	printf 'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' |
		openssl s_client -ign_eof -connect "127.0.0.1:${PORT[web]}" "$@" 2>/dev/null
}
of() {
	openssl x509 -in "$T/$1.leaf.pem" -noout -fingerprint -sha256
}
says() {
	grep -q "$1" "$T/web.log"
}
said() {
	wait_for 10 says "$1" || fail "it does not say '$1'"
	ok "it says: $1"
}

# --- without a daemon, and without a certificate ---

page
equal "the front end's socket has the page" 200 \
	"$(curl -s --unix-socket "$T/front" -o "$T/body" -w '%{http_code}' http://phone/)"
equal "without a daemon an HTTPS connection is closed" 000 "$(get)"
said "certprovd cannot be reached"
write_config
start_daemon
equal "without a certificate as well" 000 "$(get)"
said "the phone has no certificate for a web server"
get >/dev/null
equal "which is said once" 1 "$(grep -c "no certificate for a web server" "$T/web.log")"
equal "plain HTTP is never spoken there" 000 \
	"$(curl -s --noproxy '*' --max-time 20 -o /dev/null -w '%{http_code}' "http://127.0.0.1:${PORT[web]}/")"
stop_daemon

# --- with one ---

for kind in rsa ec; do
	phone_has $kind
	start_daemon
	for version in 1.2 1.3; do
		equal "$kind, TLS $version: the page is there, signed for by call" 200 "$(get --tlsv$version --tls-max $version)"
	done
	equal "$kind: the chain is the phone's" "$(of $kind)" "$(served)"
	stop_daemon
done
ok "each daemon had another certificate, and the page was never restarted"
phone_has rsa "DeviceAuthorities=$T/device-ca.pem"
start_daemon
served >/dev/null

# A new certificate while daemon and page run.
session -sess_out "$T/session" >/dev/null
matches "a session is resumed without a signature" '^Reused' \
	"$(session -sess_in "$T/session")"
"$B/certprovctl" device csr --output "$T/made.csr" || fail "no request"
openssl x509 -req -in "$T/made.csr" -CA "$T/device-ca.pem" -CAkey "$T/device/device-ca.key" -days 365 -out "$T/made.leaf.pem" \
	-extfile <(echo subjectAltName=DNS:localhost) 2>/dev/null || fail "no certificate"
"$B/certprovctl" device install "$T/made.leaf.pem" "$T/device-ca.pem" >/dev/null || fail "not installed"
equal "a new certificate is served from the next connection on" "$(of made)" "$(served)"
matches "and a session with the old one is not resumed" '^New' "$(session -sess_in "$T/session")"

lacks "TLS 1.1 is refused" 'Cipher is [A-Z]' \
	"$(openssl s_client -connect "127.0.0.1:${PORT[web]}" -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null 2>/dev/null)"
matches "as is renegotiation" 'no renegotiation' "$(printf 'R\n' |
	openssl s_client -connect "127.0.0.1:${PORT[web]}" -tls1_2 2>&1)"
matches "HTTP/1.1 is what it speaks" 'ALPN protocol: http/1.1' \
	"$(openssl s_client -connect "127.0.0.1:${PORT[web]}" -alpn h2,http/1.1 </dev/null 2>/dev/null)"

# --- headers ---

headers() {
	curl -s --noproxy '*' --max-time 20 --cacert "$T/device-ca.pem" -o /dev/null -D - "$@" | tr -d '\r'
}
secure() {
	local name
	for name in "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'" \
		'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY' 'Referrer-Policy: no-referrer' \
		'Cross-Origin-Opener-Policy: same-origin' 'Cross-Origin-Resource-Policy: same-origin'; do
		equal "$1: $name" 1 "$(grep -cxF "$name" <<<"$2")"
	done
}
secure "the page" "$(headers "https://localhost:${PORT[web]}/")"
secure "what is not there" "$(headers "https://localhost:${PORT[web]}/nothing")"
secure "what is no request" "$(headers -X NONE "https://localhost:${PORT[web]}/")"
lacks "HSTS is not sent unless it is configured" Strict "$(headers "https://localhost:${PORT[web]}/")"
stop web
equal "SIGTERM ends it well" 0 "$STATUS"
echo HSTS=1d >>"$T/web.conf"
page
matches "HSTS is sent by HTTPS when it is" '^Strict-Transport-Security: max-age=86400$' "$(headers "https://localhost:${PORT[web]}/")"
lacks "and never by plain HTTP" Strict "$(headers --unix-socket "$T/front" http://phone/)"

# --- the daemon goes, hangs and comes ---

served >/dev/null
session -sess_out "$T/session" >/dev/null
stop_daemon
equal "without the daemon no new session begins" 000 "$(get)"
matches "but one is resumed" '^Reused' \
	"$(session -sess_in "$T/session")"
start_daemon
equal "when it is back they begin again" 200 "$(get)"
kill -STOP "${PID[daemon]}"
t=$(now_ms)
equal "when it hangs they do not" 000 "$(get)"
curl -s --unix-socket "$T/front" -o /dev/null http://phone/ || fail "the front end gets nothing"
took=$(($(now_ms) - t))
[ $took -lt 4000 ] || fail "a daemon that hangs holds everything up for $took ms"
ok "which holds up everything else for $took ms at most"
said "does not answer in time"
matches "but a session is resumed" '^Reused' \
	"$(session -sess_in "$T/session")"
kill -CONT "${PID[daemon]}"
again() {
	[ "$(get)" = 200 ]
}
wait_for 15 again || fail "it does not ask again"
ok "and asks again after a while"

# Before there is a certificate the daemon is asked for one by each connection.
stop web
kill -STOP "${PID[daemon]}"
page
for i in 1 2 3 4 5 6; do
	get >"$T/waited-$i" &
	waiting[i]=$!
done
one_is_closed() {
	grep -q 000 "$T"/waited-*
}
wait_for 10 one_is_closed || fail "nobody is closed"
kill -CONT "${PID[daemon]}"
wait "${waiting[@]}"
served=$(cat "$T"/waited-* | grep -o 200 | grep -c .)
[ "$served" -ge 4 ] || fail "only $served of those who waited have the page"
ok "who comes while it hangs waits, but for one each time that it is asked"

# However often somebody connects, a daemon that is late is asked less and less. Counted in
# some seconds: a slow machine asks less often still.
cp "$T/web.conf" "$T/web.own"
sed -i "s|^IdentitySocket=.*|IdentitySocket=$T/late|" "$T/web.conf"
# is_late_with METHOD=SECONDS... - and the page has its certificate already
is_late_with() {
	stop web
	stop late
	rm -f "$T/late"
	start late "$here/late.py" "$T/late" "$IDENTITY" GetIdentity=0
	wait_for 10 accepts "$T/late" || fail "nobody passes calls on"
	page
	wait_for 15 again || fail "nobody has the page by who passes calls on"
	stop late
	rm -f "$T/late" "$T/late.log"
	start late "$here/late.py" "$T/late" "$IDENTITY" "$@"
	wait_for 10 accepts "$T/late" || fail "nobody passes calls on"
}
# somebody - connects as fast as it goes, from many addresses: what he gets is in $T/somebody
somebody() {
	local end=$((SECONDS + 8)) i
	for ((i = 1; SECONDS < end; i++)); do
		get --interface "127.0.0.$((i % 250 + 2))"
		echo
	done >"$T/somebody"
	alive web || fail "certprov-web has ended"
}
# is_asked MOST - so often at most while somebody connected, and more than once
is_asked() {
	local asks
	asks=$(grep -cxE 'GetIdentity|Sign' "$T/late.log")
	((asks >= 2 && asks <= $1)) || fail "the daemon was asked $asks times in 8 seconds"
	ok "the daemon is asked $asks times in 8 seconds"
}
is_late_with GetIdentity=60 Sign=60
somebody
lacks "nobody has the page while it hangs" 200 "$(cat "$T/somebody")"
is_asked 8
is_late_with GetIdentity=60
somebody
matches "one that is late to say which certificate signs" 200 "$(cat "$T/somebody")"
is_asked 6
stop web
stop late
mv "$T/web.own" "$T/web.conf"

# --- sockets ---

stop web
start web systemd-socket-activate -l "127.0.0.1:${PORT[web]}" -l "$T/passed" --fdname=https:front-end \
	"$B/certprov-web" --config "$T/web.conf"
wait_for 10 listening "${PORT[web]}"
equal "a socket of the network that is passed is for HTTPS" 200 "$(get)"
equal "and a Unix socket for a front end" 200 \
	"$(curl -s --unix-socket "$T/passed" -o "$T/body" -w '%{http_code}' http://phone/)"
stop web
if [ "$(id -u)" = 0 ]; then
	page
	chmod 755 "$T"
	equal "a front end's socket is not for every user" 000 "$(setpriv --reuid 20001 --clear-groups \
		curl -s --unix-socket "$T/front" -o /dev/null -w '%{http_code}' http://phone/)"
	said "a process of user 20001 .* may not connect as a front end"
	stop web
	echo FrontEndUser=nobody >>"$T/web.conf"
	page
	equal "but for the configured one" 200 "$(setpriv --reuid nobody --clear-groups \
		curl -s --unix-socket "$T/front" -o /dev/null -w '%{http_code}' http://phone/)"
	stop web
fi
status "without a socket it says so" 2 "$B/certprov-web" --config "$T/web.conf"
matches "and which options there are" '--listen, --unix' "$OUT"
cp "$T/web.conf" "$T/no-folder.conf"
echo "Users=$T/none/users" >>"$T/no-folder.conf"
start no-folder "$B/certprov-web" --config "$T/no-folder.conf" --unix "$T/no-folder"
says_no_folder() {
	grep -q "there is no folder $T/none; once there is, certprov-web has to be restarted" "$T/no-folder.log"
}
wait_for 10 says_no_folder || fail "nobody is told that the folder of the users has to be there first"
stop no-folder
ok "the folder of the users has to be there first, which is said"
for port in 0 65536 443x ''; do
	status "no port is $port" 1 timeout 20 "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:$port"
	matches "which is said" "^certprov-web: cannot listen on 127.0.0.1:$port: it is not HOST:PORT" "$OUT"
done
echo Users=relative >>"$T/web.conf"
status "a wrong configuration has an exit status of its own" 78 "$B/certprov-web" --config "$T/web.conf" --unix "$T/front"
matches "and says file and line" "^certprov-web: $T/web.conf:[0-9]+: \[web\] Users=relative is not allowed" "$OUT"
status "--version" 0 "$B/certprov-web" --version
status "--help" 0 "$B/certprov-web" --help
status "another option is none" 2 "$B/certprov-web" --nothing

# --- its manual page and its completion know what the help knows ---

options=$("$B/certprov-web" --help | sed -nE 's/^  (--[a-z-]+=?).*/\1/p' | sort)
missing=
for option in ${options//=/}; do
	sed -n '/^\.Bl/,/^\.El/p' "$ROOT/daemon/certprov-web/certprov-web.8" |
		grep -qE "^\.It Fl (.* Fl )?-${option#--}( |$)" || missing+=" $option"
done
equal "the manual page has every option" '' "$missing"
limit() {
	sed -nE "s/^#define $1 \(?([0-9]+).*/\1/p" "$ROOT"/daemon/certprov-web/*/*.h
}
for sentence in "there are $(limit HTTP_MAX_CONNECTIONS) connections, $(limit HTTP_MAX_CONNECTIONS_A_PEER) of them from one address" \
	"have $(limit HTTP_CONNECTIONS_OF_KNOWN) connections each" \
	"are $(limit HTTP_HANDSHAKES_AT_ONCE) at once and $(limit HTTP_HANDSHAKES_A_SECOND) a second after that" \
	"$(limit HTTP_MAX_PEERS) addresses are remembered" \
	"makes $(limit HTTP_CONNECTIONS_AT_ONCE) new ones at once and $(limit HTTP_CONNECTIONS_A_SECOND) a second" \
	"$(limit HTTP_REQUESTS_AT_ONCE) requests at once and $(limit HTTP_REQUESTS_A_SECOND) a second" \
	"$(limit CALL_MAX_RUNNING) calls are under way, $(limit CALL_MAX_RUNNING_A_USER) of one user, and $(limit CALL_MAX_WAITING) more wait, $(limit CALL_MAX_WAITING_A_USER) of" \
	"$(limit SHARED_MAX_LISTENERS) listen to what happens, $(limit SHARED_MAX_LISTENERS_A_USER) of" \
	"There are $(limit SESSIONS_MAX) at a time, $(limit SESSIONS_MAX_OF_USER) of one user" \
	"after $(limit ATTEMPTS_OF_NAME_AT_ONCE) for a name it is one in $(limit ATTEMPTS_OF_NAME_SECONDS_EACH) seconds" \
	"after $(limit ATTEMPTS_OF_ADDRESS_AT_ONCE) from an address one in $(limit ATTEMPTS_OF_ADDRESS_SECONDS_EACH) seconds" \
	"Addresses that have tried less than $(limit ATTEMPTS_OF_NEWCOMER) times in the last $(limit ATTEMPTS_OF_NEWCOMER_SECONDS) minutes have $(limit ATTEMPTS_OF_NEWCOMERS_AT_ONCE) attempts together and one in $(limit ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH) seconds after that"; do
	matches "the manual page says: $sentence" "$sentence" "$(tr '\n' ' ' <"$ROOT/daemon/certprov-web/certprov-web.8")"
done
# shellcheck source=daemon/certprov-web/certprov-web.bash
. "$ROOT/daemon/certprov-web/certprov-web.bash"
# complete_words WORD... - what the shell offers for the last of them
complete_words() {
	COMP_WORDS=("$B/certprov-web" "$@")
	COMP_CWORD=$#
	_certprov_web
	printf '%s\n' "${COMPREPLY[@]}" | sort
}
equal "the options are completed" "$options" "$(complete_words --)"
equal "a file after one" "$T/web.conf" "$(complete_words --config = "$T/web.c")"
equal "right after the =" "$(cd "$ROOT" && compgen -f -- '' | sort)" "$(cd "$ROOT" && complete_words --unix =)"
equal "and after its short form" "$T/web.conf" "$(complete_words -c "$T/web.c")"
equal "an address is not" '' "$(complete_words --listen = '')"
