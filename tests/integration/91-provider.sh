#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 240
# Unmodified programs of OpenSSL with the keys of the phone: nginx as a server and curl as a
# client of mutual TLS, by nothing but the configuration of certprov-provider(7); and what they
# say when the daemon is away, has another key, or will not sign.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need nginx curl
# Programs without a sanitizer cannot load a library with one.
[ -z "${SANITIZE:-}" ] || skip "not in sanitizer builds"
[ -s "$B/libcertprov-provider.so" ] || skip "libcertprov-provider.so is not built"

make_certificate authorities || fail "no certificate"
device_ca device-ca || fail "no CA"
device rsa device-ca RSA -pkeyopt rsa_keygen_bits:2048 || fail "no RSA certificate"
device other device-ca RSA -pkeyopt rsa_keygen_bits:2048 || fail "no other certificate"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no EC certificate"
write_cnf
key_file web-server >"$T/web-server.key"
key_file client >"$T/client.key"
for role in web-server client; do
	equal "the manual page has a file that names $role" "certprov:$role" "$(sed -n 2p "$T/$role.key" | base64 -d)"
done

# --- without a daemon ---

status "without a daemon there is no key" 1 with_provider openssl storeutl -noout certprov:client
matches "and OpenSSL says why" 'certprovd cannot be reached:.*client' "$OUT"
phone_has rsa
start_daemon

# --- openssl(1) ---

status "OSSL_STORE knows the URI of the phone" 0 with_provider openssl storeutl -certs -out "$T/chain.pem" certprov:web-server
equal "its certificates are the chain" "$(cat "$T/device/rsa.pem")" \
	"$(sed -n '/^-----BEGIN/,/^-----END/p' "$T/chain.pem")"
status "and its key is one" 0 with_provider openssl storeutl -noout -keys certprov:client
matches "a single one" '^Total found: 1$' "$OUT"
status "another role has none" 1 with_provider openssl storeutl -noout certprov:sip
matches "and OpenSSL says why" 'the phone has no such identity' "$OUT"
echo message >"$T/message"
status "it signs" 0 with_provider openssl dgst -sha256 -sign certprov:client -out "$T/signature" "$T/message"
openssl x509 -in "$T/rsa.leaf.pem" -noout -pubkey >"$T/rsa.pub"
status "and the signature is good" 0 openssl dgst -sha256 -verify "$T/rsa.pub" -signature "$T/signature" "$T/message"
status "by SHA-1 it does not" 1 with_provider openssl dgst -sha1 -sign certprov:client -out "$T/signature" "$T/message"
matches "and OpenSSL says why" 'the key cannot be used with this scheme:.*SHA1' "$OUT"
status "nor is the private key given away" 1 with_provider openssl pkey -in certprov:client
lacks "in no form" 'PRIVATE KEY' "$OUT"

# --- nginx and curl ---

# www - an nginx with workers that asks for a certificate of the device CA
www() {
	local kind
	PORT[www]=$(free_port) || fail "no free port"
	{
		echo "daemon off; pid $T/www.pid; worker_processes 2; $([ "$(id -u)" != 0 ] || echo 'user root;')"
		echo "events { } http { access_log off;"
		for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $T/www.$kind;"; done
		echo "server { listen 127.0.0.1:${PORT[www]} ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off;"
		echo "ssl_session_tickets off; keepalive_timeout 0;"
		echo "ssl_certificate $T/chain.pem; ssl_certificate_key $T/web-server.key;"
		echo "ssl_client_certificate $T/device-ca.pem; ssl_verify_client on;"
		# shellcheck disable=SC2016 # nginx's variables
		printf '%s\n' 'location / { return 200 "$ssl_protocol $ssl_client_s_dn $ssl_client_verify $pid\n"; } } }'
	} >"$T/www.conf"
	start www env "OPENSSL_CONF=$CNF" nginx -p "$T" -e "$T/www.log" -c "$T/www.conf"
	wait_for 10 www_settled
	[ -s "$T/www.pid" ] || fail "nginx does not start"
	alive www || fail "nginx does not stay"
	wait_for 10 listening "${PORT[www]}" || fail "nginx does not listen"
}
www_settled() {
	gone www || [ -s "$T/www.pid" ]
}
# get [ARGUMENT...] - what nginx says to curl, both with the keys of the phone
get() {
	with_provider curl -sS --noproxy '*' --max-time 20 --cacert "$T/device-ca.pem" --cert "$T/chain.pem" \
		--key "$T/client.key" "$@" "https://localhost:${PORT[www]}/" 2>&1
}
workers() {
	ps -o pid= --ppid "${PID[www]}" | xargs
}
says() {
	grep -q "$1" "$T/www.log"
}
told_twice() {
	[ "$(grep -c 'did not answer in time' "$T/www.log")" -ge 2 ]
}
said() {
	wait_for 10 says "$1" || fail "nginx does not say '$1' but: $(tail -n 3 "$T/www.log")"
	ok "nginx says: $1"
}
fresh_chain() {
	with_provider openssl storeutl -certs -out "$T/chain.pem" certprov:web-server >/dev/null 2>&1 || fail "no chain"
}

for kind in rsa ec; do
	stop_daemon
	phone_has $kind
	start_daemon
	fresh_chain
	www
	for version in 1.2 1.3; do
		matches "$kind, TLS $version: nginx and curl both sign by call" "^TLSv$version CN=000413AABBCC SUCCESS [0-9]+\$" \
			"$(get --tlsv$version --tls-max $version)"
	done
	cat "$T/chain.pem" "$T/client.key" >"$T/both.pem"
	matches "$kind: certificate and key in one file" ' SUCCESS ' "$(get --cert "$T/both.pem" --key "$T/both.pem")"
	equal "$kind: openssl s_client by URI alone" "HTTP/1.1 200 OK" "$(printf 'GET / HTTP/1.0\r\n\r\n' |
		with_provider openssl s_client -quiet -CAfile "$T/device-ca.pem" -verify_return_error -cert certprov:client \
			-key certprov:client -servername localhost -connect "127.0.0.1:${PORT[www]}" 2>/dev/null | head -n 1 | tr -d '\r')"
	[ $kind = ec ] || stop www
done
matches "without a certificate nginx answers 400" '400' \
	"$(curl -s --noproxy '*' --cacert "$T/device-ca.pem" -o /dev/null -w '%{http_code}' "https://localhost:${PORT[www]}/")"

# Keys are read by the master, before it forks.
two_have_answered() {
	get | awk '{ print $NF }' >>"$T/answered"
	[ "$(sort -u "$T/answered" | wc -l)" -ge 2 ]
}
wait_for 20 two_have_answered || fail "only one worker answers: $(sort "$T/answered" | uniq -c)"
equal "both workers sign, with a key that was read before they were forked" "$(workers | tr ' ' '\n' | sort)" \
	"$(sort -u "$T/answered")"

# A hundred handshakes, ten at a time.
seq 100 | OPENSSL_CONF=$CNF xargs -P 10 -I{} curl -sS --noproxy '*' --max-time 50 --cacert "$T/device-ca.pem" --cert "$T/chain.pem" \
	--key "$T/client.key" "https://localhost:${PORT[www]}/" >"$T/many" 2>&1
equal "a hundred handshakes, ten at a time" 100 "$(grep -c ' SUCCESS ' "$T/many")"

before=$(workers)
kill -HUP "${PID[www]}"
renewed() {
	local now
	now=$(workers)
	[ "$(wc -w <<<"$now")" = 2 ] && [ -z "$(comm -12 <(tr ' ' '\n' <<<"$before" | sort) <(tr ' ' '\n' <<<"$now" | sort))" ]
}
wait_for 20 renewed || fail "no new workers: $(workers), before: $before"
matches "after a reload new workers sign" ' SUCCESS ' "$(get)"

# --- the daemon goes and comes ---

stop_daemon
status "without the daemon there is no handshake" 58 get
matches "curl has no key then" 'unable to set private key' "$OUT"
OUT=$(openssl s_client -connect "127.0.0.1:${PORT[www]}" </dev/null 2>&1)
said 'certprovd cannot be reached'
start_daemon
matches "when it is there again, the same processes sign" ' SUCCESS ' "$(get)"
equal "no worker has crashed" 0 "$(grep -c 'exited on signal' "$T/www.log")"

kill -STOP "${PID[daemon]}"
OUT=$(timeout 30 openssl s_client -connect "127.0.0.1:${PORT[www]}" </dev/null 2>&1)
said 'certprovd did not answer in time'
kill -CONT "${PID[daemon]}"
matches "once it goes on, they sign" ' SUCCESS ' "$(get)"

# --- another key ---

stop_daemon
phone_has other
start_daemon
OUT=$(openssl s_client -connect "127.0.0.1:${PORT[www]}" </dev/null 2>&1)
said 'the phone has another key now.*:ecdsa_secp256r1_sha256'
# reload - nginx reads certificate and key again
reload() {
	fresh_chain
	before=$(workers)
	kill -HUP "${PID[www]}"
	wait_for 20 renewed || fail "no new workers: $(workers), before: $before"
}
reload
matches "after a reload they sign with that" ' SUCCESS ' "$(get)"
stop_daemon
phone_has rsa
start_daemon
OUT=$(openssl s_client -connect "127.0.0.1:${PORT[www]}" </dev/null 2>&1)
said 'the phone has another key now.*:rsa_pss_rsae_sha256'
lacks "and the client got no forged signature" 'bad signature' "$OUT"
reload
matches "after a reload they sign with that, too" ' SUCCESS ' "$(get)"

# --- the examples ---

for example in tls-server tls-identity; do
	"${CC:-cc}" -std=gnu11 -Wall -Wextra -Wpedantic -Werror -o "$T/$example" "$ROOT/lib/client/examples/$example.c" \
		-lssl -lcrypto || fail "$example does not compile"
done
ok "the examples compile, with OpenSSL alone"
# They load the provider by call. By its path it finds the usual socket; by a name of the
# configuration, which does not activate it, that of this test.
sed '/^activate/d' "$CNF" >"$T/by-call.cnf"
start server env "OPENSSL_CONF=$T/by-call.cnf" "$T/tls-server" certprov "$T/device-ca.pem" 127.0.0.1:0
example_listens() {
	PORT[server]=$(sed -n 's/^listening on //p' "$T/server.log")
	[ -n "${PORT[server]}" ]
}
wait_for 10 example_listens || fail "tls-server does not listen"
status "a client and a server of our own shake hands" 0 env "OPENSSL_CONF=$T/by-call.cnf" "$T/tls-identity" \
	certprov "$T/device-ca.pem" localhost "${PORT[server]}"
equal "and talk" "this phone" "$OUT"
answered() {
	grep -q '^/CN=000413AABBCC by TLSv1.3$' "$T/server.log"
}
wait_for 10 answered || fail "the server does not say who it was: $(cat "$T/server.log")"
ok "the server knows which phone it was"
stop server
status "by its path it can be loaded as well" 2 "$T/tls-identity" "$B/libcertprov-provider.so" "$T/device-ca.pem" localhost 1
matches "and looks where the daemon of this machine is" 'client: |CN=|certprovd cannot be reached' "$OUT"

# --- a budget ---

stop_daemon
phone_has rsa '[server]' WorkPerSecond=1000 WorkAtOnce=1000
start_daemon
# nginx and the clients are one user, which has to wait two seconds for each signature.
seq 8 | OPENSSL_CONF=$CNF xargs -P 8 -I{} timeout 60 openssl s_client -cert certprov:client -key certprov:client \
	-connect "127.0.0.1:${PORT[www]}" >"$T/busy" 2>&1
wait_for 10 told_twice || fail "nginx does not tell of the budget: $(tail -n 3 "$T/www.log")"
ok "past the budget of its user nginx says that it has no answer in time"
equal "no worker has crashed" 0 "$(grep -c 'exited on signal' "$T/www.log")"
stop www

# --- nginx that starts with nothing ---

test_www() {
	with_provider nginx -t -p "$T" -e "$T/test.log" -c "$T/www.conf"
}
stop_daemon
write_config
start_daemon
status "without a certificate of the phone nginx does not start" 1 test_www
matches "and says why" 'the phone has no such identity' "$OUT"
stop_daemon
status "nor without the daemon" 1 test_www
matches "and says why" 'certprovd cannot be reached' "$OUT"
