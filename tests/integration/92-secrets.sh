#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 240
# Nothing of a private key of the phone is anywhere but in its file and in the daemon: not in
# other files, not on the sockets, not in the processes that use it, nor in what is left of
# one that crashes. Each place is looked into by the same program, and that finds the key where
# it is put on purpose.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need nginx curl pgrep
# Programs without a sanitizer cannot load a library with one.
[ -z "${SANITIZE:-}" ] || skip "not in sanitizer builds"

make_certificate authorities || fail "no certificate"
device_ca device-ca || fail "no CA"
cat "$T/device-ca.pem" >>"$T/authorities.pem"
device rsa device-ca RSA -pkeyopt rsa_keygen_bits:2048 || fail "no RSA certificate"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no EC certificate"
device set device-ca RSA -pkeyopt rsa_keygen_bits:2048 || fail "no certificate for webserver_cert"
write_cnf
key_file web-server >"$T/web-server.key"
key_file client >"$T/client.key"
KEYS=rsa

# secrets WHERE... - what is there of the keys under test; STATUS is 0 if nothing is
secrets() {
	local key
	OUT='' STATUS=0
	for key in $KEYS; do
		OUT+=$(python3 "$here/secrets.py" "$T/device/$key.key" "$@" 2>&1) || STATUS=$?
	done
}
# none SENTENCE WHERE...
none() {
	secrets "${@:2}"
	[ $STATUS = 0 ] || fail "$1: $OUT"
	ok "$1"
}
# there SENTENCE WHERE REGEX - and what is found looks so
there() {
	secrets "$2"
	[ $STATUS = 1 ] || fail "$1: nothing is found in $2 (status $STATUS): $OUT"
	matches "$1" "$3" "$OUT"
}

# --- this test can fail ---

mkdir "$T/planted"
openssl pkey -in "$T/device/rsa.key" -outform DER -out "$T/device/rsa.der"
for offset in 0 1 2; do
	{ head -c $offset /dev/zero && cat "$T/device/rsa.der"; } | openssl base64 -A >"$T/planted/one-line"
	there "the key in Base64 that begins $offset bytes later is found" "$T/planted" "one-line: prime1 in Base64"
done
cp "$T/device/rsa.der" "$T/planted/one-line"
there "in DER" "$T/planted" "prime2 big-endian"
cp "$T/device/rsa.key" "$T/planted/one-line"
there "in PEM" "$T/planted" "of the PEM"
openssl pkey -in "$T/device/rsa.key" -noout -text >"$T/planted/one-line"
there "as OpenSSL prints it" "$T/planted" "privateExponent in hex with colons"
od -v -An -tx1 "$T/device/rsa.der" | tr -d ' \n' >"$T/planted/one-line"
there "in hex" "$T/planted" "prime1 in hex"
cp "$T/device/ec.pem" "$T/planted/one-line"
none "a certificate is not taken for a key" "$T/planted"
rm -r "$T/planted"

# --- what there is ---

# www KEYFILE - an nginx with a worker, which answers its status
www() {
	local kind
	PORT[www]=$(free_port) || fail "no free port"
	{
		echo "daemon off; pid $T/www.pid; worker_processes 1; $([ "$(id -u)" != 0 ] || echo 'user root;')"
		echo "events { } http { access_log $T/www.access;"
		for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $T/www.$kind;"; done
		echo "server { listen 127.0.0.1:${PORT[www]} ssl; ssl_certificate $T/chain.pem; ssl_certificate_key $1;"
		echo "ssl_client_certificate $T/device-ca.pem; ssl_verify_client on;"
		echo "location / { root $T/www; limit_rate 1; limit_rate_after 20000; } } }"
	} >"$T/www.conf"
	start www env "OPENSSL_CONF=$CNF" nginx -p "$T" -e "$T/www.log" -c "$T/www.conf"
	www_listens() {
		listening "${PORT[www]}"
	}
	wait_for 10 www_listens || fail "nginx does not listen: $(tail -n 3 "$T/www.log")"
}
worker() {
	ps -o pid= --ppid "${PID[www]}" | xargs
}
# Slow enough that curl is still there when it is looked into.
mkdir "$T/www"
head -c 100000 /dev/zero | tr '\0' x >"$T/www/slow"
transfer() {
	start curl env "OPENSSL_CONF=$CNF" curl -sSN --noproxy '*' --cacert "$T/device-ca.pem" --cert "$T/chain.pem" --key "$1" \
		-o "$T/slow" "https://localhost:${PORT[www]}/slow"
	wait_for 20 test -s "$T/slow" || fail "curl gets nothing: $(cat "$T/curl.log")"
}

with_key() {
	phone_has "$1"
	start_daemon
	with_provider openssl storeutl -certs -out "$T/chain.pem" certprov:web-server >/dev/null || fail "no chain"
}
for KEYS in rsa ec; do
	with_key $KEYS
	[ "$(id -u)" = 0 ] || [ $KEYS = ec ] || echo "SKIP $(basename "$0"): only root reads the memory of the daemon"
	[ "$(id -u)" != 0 ] || there "$KEYS: the daemon has the key in its memory" "pid:${PID[daemon]}" ' (prime1|priv) '
	www "$T/device/$KEYS.key"
	there "$KEYS: an nginx that reads the file of the key has it" "pid:$(worker)" ' (prime1|priv) '
	transfer "$T/device/$KEYS.key"
	there "$KEYS: and so has curl" "pid:${PID[curl]}" ' (prime1|priv) '
	stop curl
	stop www
	rm -f "$T/slow"
	www "$T/web-server.key"
	transfer "$T/client.key"
	none "$KEYS: an nginx that signs by call has nothing of it" "pid:$(worker)"
	none "$KEYS: nor has its master, which read the key's name" "pid:${PID[www]}"
	none "$KEYS: nor has curl" "pid:${PID[curl]}"
	if command -v gcore >/dev/null; then
		gcore -o "$T/core" "$(worker)" >/dev/null 2>&1 || fail "no core"
		none "$KEYS: nor the core of such an nginx" "$T/core.$(worker)"
		rm -f "$T"/core.*
	else
		echo "SKIP $(basename "$0"): there is no gcore"
	fi
	stop curl
	stop www
	rm -f "$T/slow"
	stop_daemon
done

# --- the fetcher, reports, logs, sockets, exports, what is durable ---

# A run that stays: its certificate is served by nobody who answers. The fetcher has shown the
# certificate of the phone by then, to the nginx that asks for one, and has passed the key of a
# webserver_cert on, which was in its document.
KEYS="rsa ec set"
with_key rsa
start silent python3 -c '
import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(s.accept())'
silent_listens() {
	[ -s "$T/silent.log" ]
}
wait_for 10 silent_listens || fail "no server"
cat >"$T/www/start.xml" <<XML
<settings><phone-settings><webserver_cert perm="RW">
$(cat "$T/device/set.pem" "$T/device/set.key")
</webserver_cert></phone-settings><certificates><certificate url="http://127.0.0.1:$(cat "$T/silent.log")/ca.der" /></certificates></settings>
XML
www "$T/web-server.key"
start_fetcher
start run python3 "$here/varlink.py" -m -t 60 "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"https://localhost:${PORT[www]}/start.xml\"}"
fetchers() {
	pgrep -P "${PID[fetcher]}" | xargs
}
set_in_force() {
	ask identity.GetIdentity '{"role": "client"}' -g identity.source | grep -q webserver-cert
}
runs() {
	[ -n "$(fetchers)" ] && grep -q 'GET /start.xml HTTP/[0-9.]*" 200' "$T/www.access" && set_in_force
}
wait_for 20 runs || fail "no run: $(cat "$T/www.access" "$T/run.log")"
ok "a fetcher has shown the certificate of the phone, and brought another with its key"
there "which is in its document" "$T/www/start.xml" 'line [0-9]+ of the PEM'
rm "$T/www/start.xml"
for pid in ${PID[fetcher]} $(fetchers); do none "a fetcher has nothing of the keys ($pid)" "pid:$pid"; done
if command -v gcore >/dev/null; then
	for pid in $(fetchers); do
		gcore -o "$T/core" "$pid" >/dev/null 2>&1 || fail "no core"
		none "nor has its core ($pid)" "$T/core.$pid"
	done
	rm -f "$T"/core.*
fi
[ "$(id -u)" != 0 ] || there "the daemon, which signs with it, has it" "pid:${PID[daemon]}" ' prime1 '
there "in the file of its own" "$T/state/keys" 'webserver-[ab].pem: '
# The write-ahead log is there as long as the daemon runs.
[ -s "$T/state/trust.db-wal" ] || fail "there is no write-ahead log to look into"
for file in "$T"/state/trust.db*; do none "it is not in ${file##*/}" "$file"; done
stop silent
stop run
ask identity.ListIdentities >"$T/answer.identities"
ask identity.Sign "{\"role\": \"client\", \"scheme\": \"rsa_pkcs1_sha256\", \"digest\": \"$(head -c 32 /dev/zero | openssl base64)\"}" \
	>"$T/answer.signature"
ask trust.Status >"$T/answer.status"
ask admin.ListRuns >"$T/answer.runs"
ask admin.ListSettings >"$T/answer.settings"
ask admin.History '{}' -m >"$T/answer.changes"
matches "a report tells of the new certificate by its fingerprint" "$(sha256 <(openssl x509 -in "$T/set.leaf.pem" -outform DER))" \
	"$(cat "$T/run.log" "$T/answer.settings")"
matches "a signature is made" signature "$(cat "$T/answer.signature")"

# A crash: the daemon is not dumpable, whatever the limits were when it was started.
mkdir "$T/crash"
stop_daemon
(
	cd "$T/crash" && ulimit -c unlimited && exec "$B/certprovd" --config "$T/certprovd.conf" >"$T/crash.log" 2>&1
) &
PID[daemon]=$!
crash_ready() {
	grep -q 'is ready' "$T/crash.log"
}
wait_for 10 crash_ready || fail "the daemon does not start"
equal "the daemon dumps no core, though its starter could" "0" \
	"$(awk '/^Max core file size/ { print $5 }' "/proc/${PID[daemon]}/limits")"
kill -ABRT "${PID[daemon]}"
wait "${PID[daemon]}" 2>/dev/null
unset 'PID[daemon]'
equal "and leaves none behind" "" "$(ls "$T/crash")"

# Everything that this test has left, and what went over the sockets with it.
[ -z "$TAP_LIBRARY" ] || [ -s "$T/messages" ] || fail "nothing of the sockets is written down"
# The key of the document comes from the fetcher, once, and goes to nobody: what the daemon
# received from there is looked at by itself.
if [ -n "$TAP_LIBRARY" ]; then
	python3 - "$T/messages" "$T/messages.rest" "$T/device/offered" "$here" <<'PYTHON' || fail "what went over the sockets cannot be read"
import sys
path, rest, offered, here = sys.argv[1:]
sys.path.insert(0, here)
from contract import records
with open(path, "rb") as f:
    every = list(records(f.read()))
fetcher = {inode for kind, inode, data in every if kind == b"R" and b"OfferSetting" in data}
with open(rest, "wb") as others, open(offered, "wb") as out:
    for kind, inode, data in every:
        (out if kind == b"R" and inode in fetcher else others).write(data)
PYTHON
	there "the fetcher offered the key" "$T/device/offered" 'line [0-9]+ of the PEM'
	[ -s "$T/messages.rest" ] || fail "nothing else went over the sockets"
	mv "$T/messages" "$T/device/"
fi
mkdir "$T/looked"
mv "$T/state/keys" "$T/device/"
for file in "$T"/*; do [ "${file##*/}" = device ] || [ "${file##*/}" = looked ] || mv "$file" "$T/looked/"; done
none "nothing of the keys is in state, exports, reports, logs, or what went over the sockets" "$T/looked"
matches "and there was much to look into" '^[1-9][0-9]+$' "$(find "$T/looked" -type f | wc -l)"
cp "$T/device/ec.key" "$T/looked/state/leaked"
there "where one that is planted is found" "$T/looked" 'state/leaked: (line|priv)'
rm -f "$T/looked/state/leaked"
mv "$T/looked"/* "$T/"
[ -z "$TAP_LIBRARY" ] || mv "$T/device/messages" "$T/"
