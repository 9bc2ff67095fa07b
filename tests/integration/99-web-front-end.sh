#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The certificates page behind nginx, by the samples for that with nothing replaced but paths
# and the port: nginx says who the user is, whatever the client says.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need nginx curl openssl
built certprov-web

sample=$ROOT/provisioning-samples/front-end
pki_standard || fail "no certificates"
mkdir "$T/ssl"
cp "$PKI/server-chain.pem" "$T/ssl/web-server.pem"
cp "$PKI/server.key" "$T/ssl/web-server.key"
for user in alice bob carol; do
	printf '%s:%s\n' $user "$(openssl passwd -apr1 "$user's password")"
done >"$T/phone-users"
sed -n 's/^    \([a-z]*:[a-z]*:\*\)$/\1/p' "$ROOT/provisioning-samples/README.md" >"$T/web-users"
equal "the samples tell of two users" $'alice:change:*\nbob:look:*' "$(cat "$T/web-users")"

make_certificate authorities || fail "no certificate"
write_config
start_daemon
sed "s|/etc/certprov|$T|; s|^FrontEndUser=.*|FrontEndUser=$(id -un)|" "$sample/certprov-web.conf" >"$T/web.conf"
printf '%s\n' "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >>"$T/web.conf"
start web "$B/certprov-web" --config "$T/web.conf" --unix "$T/front"
wait_for 10 accepts "$T/front" || fail "certprov-web does not start"
start_nginx nginx < <(sed "s|listen 8443|listen 127.0.0.1:@PORT@|; s|/etc/ssl/phone|$T/ssl|; s|/etc/nginx|$T|; s|/run/certprov/web|$T/front|" \
	"$sample/nginx.conf")

# get USER PATH [ARGUMENT...] - by nginx; the status, and the body in $T/body
get() {
	local user=${1:+$1:$1\'s password} path=$2
	shift 2
	curl -s --compressed --noproxy '*' --max-time 20 --cacert "$PKI/root.pem" ${user:+-u "$user"} -o "$T/body" -w '%{http_code}' "$@" \
		"https://localhost:${PORT[nginx]}$path"
}
# session USER [ARGUMENT...] - who certprov-web takes the request for
session() {
	get "$1" /session "${@:2}" >"$T/status"
	cut -d , -f 1-4 "$T/body"
}
equal "without a password nothing is there" 401 "$(get '' /)"
lacks "not even the page" certprov "$(cat "$T/body")"
equal "with one the page is" 200 "$(get alice /)"
matches "as it is in the program" '<title>Certificates</title>' "$(cat "$T/body")"
matches "with its security headers" 'Content-Security-Policy: default-src .none' "$(get bob / -D -)"
is_alice='{"usersConfigured":true,"signedIn":true,"user":"alice","role":"change"'
is_bob='{"usersConfigured":true,"signedIn":true,"user":"bob","role":"look"'
equal "who nginx lets in is signed in, and may do what the file of users says" "$is_alice" "$(session alice)"
equal "another as well" "$is_bob" "$(session bob)"
equal "who sends the header himself stays who he is" "$is_bob" "$(session bob -H 'X-Remote-User: alice')"
equal "however he spells it" "$is_bob" "$(session bob -H 'x-remote-user: alice' -H 'X_Remote_User: alice')"
equal "who is in no file of users is nobody here" '{"usersConfigured":true,"signedIn":false}' "$(session carol)"

# --- calls ---

is_json='Content-Type: application/json'
equal "who may look calls what only reads" 200 "$(get bob /call/io.certprov.trust.Status -H "$is_json" -d '{}')"
session bob >/dev/null
bob=$(sed 's/.*"csrf":"\([^"]*\)".*/\1/' "$T/body")
setting='{"name": "check_fqdn_against_server_cert", "value": "on"}'
equal "and changes nothing" 403 \
	"$(get bob /call/io.certprov.admin.SetSetting -H "$is_json" -H "X-CSRF-Token: $bob" -d "$setting")"
equal "not with another's token either" 403 \
	"$(get alice /call/io.certprov.admin.SetSetting -H "$is_json" -H "X-CSRF-Token: $bob" -d "$setting")"
session alice >/dev/null
alice=$(sed 's/.*"csrf":"\([^"]*\)".*/\1/' "$T/body")
equal "who may change does" 200 \
	"$(get alice /call/io.certprov.admin.SetSetting -H "$is_json" -H "X-CSRF-Token: $alice" -d "$setting")"
matches "by a name that the daemon records" ' for alice at local' "$(cat "$T/daemon.log")"
start stream curl -sN --noproxy '*' --cacert "$PKI/root.pem" -u "bob:bob's password" -H "$is_json" -H 'Accept: text/event-stream' \
	-d '{}' "https://localhost:${PORT[nginx]}/call/io.certprov.trust.Monitor"
streams() {
	grep -q '^data: {' "$T/stream.log"
}
wait_for 10 streams || fail "nginx keeps events for itself"
ok "events come as they happen"
stop stream
own=https://localhost:${PORT[nginx]}
matches "a request of the page itself is told from" web.FrontEnd "$(get alice /session -X DELETE -H "Origin: $own" && cat "$T/body")"
matches "one that another site makes" web.ForeignOrigin \
	"$(get alice /session -X DELETE -H 'Origin: https://evil.example' && cat "$T/body")"
head -c 262144 /dev/zero >"$T/large"
lacks "as much as certprov-web takes is passed on" '^413' "$(get alice /session --data-binary "@$T/large")"
echo >>"$T/large"
equal "one byte more is not" 413 "$(get alice /session --data-binary "@$T/large")"
