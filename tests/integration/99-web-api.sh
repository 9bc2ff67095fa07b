#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# The examples of certprov-web-api(7), word for word in one shell, against the real programs;
# and what is answered with which status, against the OpenAPI document of the same page.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need curl openssl
built certprov-web certprov-fetch certprovctl
# On purpose: parameters that are none of the method's.
WRONG_CALLS=1

# --- a phone with a page, a user, and a certificate of its name ---

page=$ROOT/daemon/certprov-web/certprov-web-api.7
name=phone.example.com
issue() {
	pki_init && pki_issue root - root && pki_issue ca root intermediate && pki_issue pbx root server &&
		device_ca phone-ca && DEVICE_HOST=$name device phone phone-ca EC -pkeyopt ec_paramgen_curve:P-256
}
issue || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
cp "$PKI/pbx.der" "$T/"
certificates_in pbx >"$T/document.xml"
phone_has phone
start_fetcher
start_daemon
matches "the phone has a server certificate" '"accepted": 1' "$(provision "$(python3 -c '
import json, sys
print(json.dumps({"document": sys.stdin.read()}))' <"$T/document.xml")")"
word='correct horse battery'
for user in alice:change bob:look; do
	"$B/certprovctl" web-password "${user%:*}" --role "${user#*:}" <<<"$word" >>"$T/users" || fail "no user"
done
printf '%s\n' '[web]' "Users=$T/users" UserHeader=X-User "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
PORT[web]=$(free_port) || fail "no free port"
start web "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[web]}" --unix "$T/front"
settled() {
	gone web || listening "${PORT[web]}"
}
wait_for 10 settled
alive web || fail "certprov-web does not start"

# What the examples find: files, and where the name leads to.
mkdir "$T/tool"
cp "$T/phone-ca.pem" "$T/tool/"
cp "$PKI/ca.pem" "$T/tool/ca.pem"
echo "{\"user\": \"alice\", \"password\": \"$word\"}" >"$T/tool/sign-in.json"
printf '%s\n' "connect-to = $name:8443:127.0.0.1:${PORT[web]}" 'noproxy = *' 'max-time = 30' >"$T/tool/.curlrc"
export CURL_HOME=$T/tool

# --- the examples ---

awk -v to="$T/example" '/^\.Sh/ { examples = $2 == "EXAMPLES" } examples && /^\.Bd/ { n++; inside = 1; next }
	/^\.Ed/ { inside = 0 } inside { gsub(/\\e/, "\\"); print > (to "." n) }' "$page"
# example N - in this shell, as those before it; what it prints is in OUT
example() {
	cd "$T/tool" || fail "no folder"
	# shellcheck disable=SC1090 # a part of the page
	. "$T/example.$1" >"$T/out" 2>&1 || fail "example $1: $(cat "$T/out")"
	cd "$ROOT" || fail "no folder"
	OUT=$(cat "$T/out")
}
equal "the manual has so many" 7 "$(find "$T" -name 'example.*' | wc -l)"
example 1
equal "signing in prints nothing" '' "$OUT"
matches "and is who it is" '^\{"usersConfigured":true,"signedIn":true,"user":"alice","role":"change","csrf":"[0-9a-f]{64}"\}$' \
	"$(cat "$T/tool/session")"
matches "the token is that of the session" "\"csrf\":\"${token:?}\"" "$(cat "$T/tool/session")"
example 2
matches "how the phone is" '^\{"version":".*"servers":1,.*\}$' "$OUT"
example 3
matches "an event for each server certificate" "^data: \{\"certificate\":\{\"sha256\":\"$(sha256 "$T/pbx.der")\"" "$OUT"
equal "and the end" $'event: end\ndata: {}' "$(tail -n 2 <<<"$OUT")"
example 4
matches "an upload and its outcome" '^\{"outcome":\{.*"accepted":true' "$OUT"
example 5
equal "a change that is refused" '{"error":"io.certprov.admin.NoSuchSetting","parameters":{"name":"no_such"}}404' "$OUT"
example 6
equal "the document is that of --print-openapi" \
	"$("$B/certprov-web" --print-openapi | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)))')" \
	"$(python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)))' <"$T/tool/openapi.json")"
matches "the upload is in the history as hers" 'for alice at 127\.0\.0\.1' "$(python3 "$here/varlink.py" -m -g change.who \
	"$ADMIN" io.certprov.admin.History)"

# --- what is answered, against the document ---

/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "there is no python3-jsonschema"
# answered SENTENCE STATUS ERROR PATH VERB [ARGUMENT...] - the answer is one that the document has of this status
answered() {
	local sentence=$1 expected=$2 error=$3 path=$4 verb=$5 found
	shift 5
	found=$(curl -s --cacert "$T/phone-ca.pem" -X "${verb^^}" -o "$T/body" -w '%{http_code}' "$@" "${phone:?}$path")
	equal "$sentence" "$expected" "$found"
	status "as the document has it" 0 /usr/bin/python3 "$here/openapi.py" answer "$T/tool/openapi.json" "$path" "$verb" "$expected" <"$T/body"
	equal "which is this" "$error" "$OUT"
}
web=io.certprov.web
type='Content-Type: application/json'
status_path=/call/io.certprov.trust.Status
reset_path=/call/io.certprov.admin.FactoryReset
jar=(-b "$T/tool/jar")
answered "a stranger may ask who is signed in" 200 200 /session get
answered "but not for the document" 401 $web.NotSignedIn /openapi.json get
answered "and call nothing" 401 $web.NotSignedIn $status_path post
answered "who is signed in may" 200 200 $status_path post "${jar[@]}"
answered "the document is for him" 200 200 /openapi.json get "${jar[@]}"
answered "a change needs the token" 403 $web.TokenMissing $reset_path post "${jar[@]}"
answered "and no other page" 403 $web.ForeignOrigin $reset_path post "${jar[@]}" -H "X-CSRF-Token: $token" -H 'Origin: https://other.example'
answered "a body has to say that it is JSON" 415 $web.NotJson $status_path post "${jar[@]}" -d '{}'
answered "and to be it" 400 $web.NotJson $status_path post "${jar[@]}" -H "$type" -d '{'
answered "parameters have to be the method's" 400 org.varlink.service.InvalidParameter /call/io.certprov.trust.Get post \
	"${jar[@]}" -H "$type" -d '{"sha": "1"}'
answered "a stream has to be asked for" 400 org.varlink.service.ExpectedMore /call/io.certprov.trust.ListCertificates post "${jar[@]}"
answered "what is not there" 404 io.certprov.trust.NoSuchCertificate /call/io.certprov.trust.Get post \
	"${jar[@]}" -H "$type" -d "{\"sha256\": \"$(sha256 "$T/authorities.pem")\"}"
answered "what cannot be done" 409 io.certprov.admin.NoSettingServer /call/io.certprov.admin.Provision post \
	"${jar[@]}" -H "X-CSRF-Token: $token"
answered "a body that is too long" 413 $web.TooLarge $status_path post "${jar[@]}" -H "$type" --data-binary @<(head -c 300000 /dev/zero)
answered "a password that is wrong" 401 $web.WrongPassword /session post -H "$type" -d '{"user": "alice", "password": "wrong"}'
answered "a body of no user" 400 $web.BodyMalformed /session post -H "$type" -d '{"user": "alice"}'
answered "one who may look" 200 200 /session post -c "$T/bob" -H "$type" -d "{\"user\": \"bob\", \"password\": \"$word\"}"
answered "may not change" 403 org.varlink.service.PermissionDenied $reset_path post -b "$T/bob"
equal "what is not in the table is no method" "404 org.varlink.service.MethodNotFound" "$(curl -s --cacert "$T/phone-ca.pem" \
	-X POST "${jar[@]}" -o "$T/body" -w '%{http_code}' "$phone/call/io.certprov.identity.Sign") $(python3 -c '
import json, sys
print(json.load(sys.stdin)["error"])' <"$T/body")"
example 7
equal "the end prints nothing" '' "$OUT"
answered "and then nobody is signed in" 401 $web.NotSignedIn $status_path post "${jar[@]}"
stop_daemon
phone=http://phone
front=(--unix-socket "$T/front" -H 'X-User: alice')
answered "a web server in front says who it is" 200 200 /session get "${front[@]}"
answered "signs in itself" 409 $web.FrontEnd /session post "${front[@]}"
answered "and is told that the daemon is away" 503 $web.DaemonAbsent $status_path post "${front[@]}"
