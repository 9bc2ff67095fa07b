#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# The certificates page as it is installed: off, switched on as README.md says, started by who
# connects, served with the certificate of the phone, used by curl; and behind nginx by the
# samples for that.
. "$(dirname "$0")/system.sh"

WEB=certprov-web.service
PASSWORD='correct horse battery staple'
after_installing
{
	pki_init && PKI_SUBJECT='/CN=Device CA' pki_issue devices devices root &&
		PKI_SUBJECT='/O=Example/CN=Example Authority' pki_issue authority authority root &&
		PKI_SUBJECT='/O=Example/CN=Private CA' pki_issue private authority ca
} || fail "no certificates"
cp "$PKI/authority.pem" /etc/certprov-authorities.pem
cp "$PKI/devices.pem" /etc/certprov-device-authorities.pem
configure '[trust]' Authorities=/etc/certprov-authorities.pem '[identity]' DeviceAuthorities=/etc/certprov-device-authorities.pem
systemctl -q enable --now certprovd || fail "the daemon does not start"

# new_identity NAME - a certificate for a new key of the phone, from request to installation
new_identity() {
	certprovctl device csr --output "$T/$1.csr" &&
		openssl x509 -req -in "$T/$1.csr" -CA "$PKI/devices.pem" -CAkey "$PKI/devices.key" -CAcreateserial -days 365 \
			-sha256 -out "$T/$1.pem" -extfile <(printf '%s\n' 'basicConstraints = CA:FALSE' \
			'keyUsage = critical,digitalSignature' 'extendedKeyUsage = serverAuth,clientAuth' \
			'subjectAltName = DNS:localhost') 2>/dev/null &&
		certprovctl device install "$T/$1.pem" >"$T/install.log"
}
fingerprint() {
	openssl x509 -noout -fingerprint -sha256 "$@"
}
served() {
	openssl s_client -connect localhost:8443 </dev/null 2>/dev/null | fingerprint
}
# get PATH [ARGUMENT...] - status, and the body in $T/body, of whoever has the cookies in $JAR
JAR=$T/jar
get() {
	curl -s --compressed --max-time 20 --cacert "$PKI/devices.pem" -b "$JAR" -c "$JAR" -o "$T/body" -w '%{http_code}' \
		"${@:2}" "https://localhost:8443$1"
}
member() {
	sed -nE "s/.*\"$1\":\"?([^,\"}]*).*/\1/p" "$T/body"
}
sign_in() {
	get /session -H 'Content-Type: application/json' -d "{\"user\": \"$1\", \"password\": \"$PASSWORD\"}"
}
# call METHOD [PARAMETERS] - as the page does
call() {
	get /session >"$T/status"
	get "/call/io.certprov.$1" -H 'Content-Type: application/json' -H "X-CSRF-Token: $(member csrf)" -d "${2:-{\}}"
}

# --- off, and on without users ---

equal "nothing is served before somebody wants it" "disabled inactive" \
	"$(systemctl is-enabled certprov-web.socket) $(property ActiveState certprov-web.socket)"
status "somebody does" 0 systemctl -q enable --now certprov-web.socket
equal "nothing runs yet" inactive "$(property ActiveState $WEB)"
equal "without a certificate of the phone there is no HTTPS" 000 "$(get /)"
equal "though it runs now, started by who connected" "active running" "$(property ActiveState $WEB) $(property SubState $WEB)"
new_identity first || fail "no certificate of the phone"
equal "with one there is, from the next connection on" 200 "$(get /)"
matches "the page" '<title>Certificates</title>' "$(cat "$T/body")"
equal "by the certificate of the phone" "$(fingerprint -in "$T/first.pem")" "$(served)"
equal "without users it shows nothing else" '200 {"usersConfigured":false,"signedIn":false}' "$(get /session) $(cat "$T/body")"
equal "and calls nothing" '503 io.certprov.web.NoUsers' "$(call trust.Status) $(member error)"

# --- the first user, as README.md says ---

sed -n '/^## The certificates page/,/^## /s/^    sudo //p' "$ROOT/README.md" >"$T/commands"
equal "README.md has four commands" 4 "$(wc -l <"$T/commands")"
status "which work" 0 bash -ec "$(cat "$T/commands")" <<<"$PASSWORD"
equal "the file of users is for the page alone" "640 root:certprov-web" "$(rights /etc/certprov/web-users)"
lacks "the password is not in it" "$PASSWORD" "$(cat /etc/certprov/web-users)"
status "a new configuration holds when it is started again" 0 systemctl restart $WEB
equal "who is not signed in sees nothing" '401 io.certprov.web.NotSignedIn' "$(call trust.Status) $(member error)"
PASSWORD=wrong equal "nor does a wrong password help" 401 "$(PASSWORD='wrong horse' sign_in alice)"
equal "the right one does" '200 true change' "$(sign_in alice) $(member signedIn) $(member role)"
matches "the cookie is for HTTPS and for no script" '#HttpOnly_localhost.*TRUE.*certprov_session' "$(cat "$JAR")"
equal "the phone says how it is" "200 10.1.33.33" "$(call trust.Status) $(member firmware)"
upload="{\"certificate\": \"$(pki_base64 private)\"}"
equal "a certificate can be uploaded" 200 "$(call admin.Upload "$upload")"
matches "by a name that the history has, with the user of the page and its unit" \
	"uid:$(id -u certprov-web) pid:$(property MainPID $WEB).*$WEB.* for alice at (127.0.0.1|::1)" \
	"$(certprovctl history --json)"
equal "a change without a token is refused" '403 io.certprov.web.TokenMissing' \
	"$(get /call/io.certprov.admin.Upload -H 'Content-Type: application/json' -d "$upload") $(member error)"
equal "what is not for the page is not there" 404 "$(call identity.Sign)"

# --- another user, who may look ---

certprovctl web-password bob --role look >>/etc/certprov/web-users <<<"$PASSWORD" || fail "no second user"
pid=$(property MainPID $WEB)
status "it can be reloaded" 0 systemctl reload $WEB
equal "and is the same process" "$pid" "$(property MainPID $WEB)"
equal "who was signed in still is" '200 alice' "$(get /session) $(member user)"
JAR=$T/jar.bob
knows_bob() {
	[ "$(sign_in bob)" = 200 ]
}
wait_for 10 knows_bob || fail "the second user cannot sign in: $(cat "$T/body")"
equal "the second user may look" 200 "$(call trust.Status)"
equal "and change nothing" 403 "$(call admin.Upload "$upload")"
JAR=$T/jar

# --- what it may ---

equal "no new privileges" 1 "$(process_status "$pid" NoNewPrivs)"
equal "a filter of system calls" 2 "$(process_status "$pid" Seccomp)"
equal "no capability to use" 0000000000000000 "$(process_status "$pid" CapEff)"
# as_page COMMAND... - with all that the unit gives to whoever took the page over
as_page() {
	setpriv --reuid certprov-web --regid certprov-web --groups certprov-admin,certprov-key -- "$@"
}
before=$(as_page certprovctl device show --json)
matches "its user may know who the phone is" '"inForce":true' "$before"
install -m 644 "$T/first.pem" /run/first.pem
for command in csr rollback "install /run/first.pem"; do
	# shellcheck disable=SC2086 # words
	status "and cannot change that: device $command" 3 as_page certprovctl device $command
	matches "as it may not" 'not permitted to do this' "$OUT"
done
equal "it stayed as it was" "$before" "$(as_page certprovctl device show --json)"
equal "its groups are those of its unit" "$(for g in certprov-admin certprov-key certprov-web; do getent group $g; done | cut -d : -f 3 | sort -n | xargs)" \
	"$(sed -n 's/^Groups:\s*//p' "/proc/$pid/status" | tr ' ' '\n' | sort -n | xargs)"
[ "$(stat -Lc %i "/proc/$pid/ns/net")" != "$(stat -Lc %i /proc/self/ns/net)" ] || fail "it is the system's network"
ok "a network of its own, with nothing in it but what it accepts"
lacks "and nothing of the key" "PRIVATE KEY" "$(tr '\0' '\n' <"/proc/$pid/environ")"
most=$(process_status "$pid" VmHWM)
[ "$most" -lt $(($(property MemoryMax $WEB) / 1024)) ] || fail "it has taken $most kB"
ok "with passwords checked, it has not taken what its unit lets it have"
echo "LOG at most $most kB"

# --- another certificate, and an end that is none ---

new_identity second || fail "no second certificate of the phone"
equal "another certificate of the phone is served from the next connection on" "$(fingerprint -in "$T/second.pem")" "$(served)"
equal "by the same process" "$pid" "$(property MainPID $WEB)"
equal "and who was signed in still is" '200 alice' "$(get /session) $(member user)"
kill -KILL "$pid"
came_back() {
	[ "$(property MainPID $WEB)" != "$pid" ] && is active ActiveState $WEB
}
wait_for 10 came_back || fail "not restarted after it was killed"
equal "killed, it is started again, and asks everybody to sign in anew" '200 false' "$(get /session) $(member signedIn)"
systemctl stop certprovd certprovd-trust.socket certprovd-admin.socket certprovd-identity.socket 2>/dev/null
equal "without the daemon it is there for who is connected, and for nobody else" 000 "$(get /)"
systemctl start certprovd || fail "the daemon does not start"
equal "with it, it is back" 200 "$(get /)"

# --- behind nginx, with the samples as they are ---

samples=/usr/share/certprov/provisioning-samples/front-end
status "its own port is given up" 0 systemctl -q disable --now certprov-web.socket $WEB
cp $samples/certprov-web.conf /etc/certprov/
cp $samples/nginx.conf /etc/nginx/conf.d/certificates.conf
mkdir -p /etc/ssl/phone /etc/systemd/system/certprov-web-front-end.socket.d
PKI_SUBJECT=/CN=localhost pki_issue server devices server DNS:localhost || fail "no certificate for nginx"
cp "$PKI/server.pem" /etc/ssl/phone/web-server.pem
cp "$PKI/server.key" /etc/ssl/phone/web-server.key
printf 'alice:%s\n' "$(openssl passwd -apr1 "$PASSWORD")" >/etc/nginx/phone-users
printf '%s\n' '[Socket]' SocketGroup=www-data >/etc/systemd/system/certprov-web-front-end.socket.d/local.conf
systemctl daemon-reload
status "it listens for the web server" 0 systemctl -q enable --now certprov-web-front-end.socket
equal "whose group may connect" "660 certprov-web:www-data" "$(rights $RUN/web)"
start nginx nginx -g 'daemon off;'
wait_for 10 listening 8443 || fail "nginx does not start: $(cat "$T/nginx.log")"
rm "$JAR"
equal "nginx lets nobody in without a password" 401 "$(get /)"
equal "whom it does is signed in" '200 alice change' \
	"$(get /session -u "alice:$PASSWORD") $(member user) $(member role)"
equal "and may call" 200 "$(get /call/io.certprov.trust.Status -u "alice:$PASSWORD" -H 'Content-Type: application/json' -d '{}')"
equal "another user of the phone is turned away" 000 "$(setpriv --reuid nobody --regid www-data --clear-groups \
	curl -s --unix-socket $RUN/web -o /dev/null -w '%{http_code}' http://localhost/)"
matches "and named in the journal" "a process of user $(id -u nobody) .*may not connect as a front end" "$(entries -u $WEB)"

# --- a wrong configuration ---

printf '%s\n' '[web]' Users=relative >/etc/certprov/certprov-web.conf
systemctl restart $WEB
failed_for_good() {
	is failed ActiveState $WEB
}
wait_for 10 failed_for_good || fail "with a wrong configuration it is $(property ActiveState $WEB)"
equal "with a wrong configuration it does not start, and is not tried again" "78 0" \
	"$(property ExecMainStatus $WEB) $(property NRestarts $WEB)"
