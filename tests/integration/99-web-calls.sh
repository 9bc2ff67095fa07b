#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# The methods of the sockets over HTTP, as a fleet tool calls them with curl: who may call what,
# what is answered, streams, and what the history says of who it was.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need curl
built certprov-web
# On purpose: parameters that are none of the method's.
WRONG_CALLS=1

printf '%s\n' 'alice:change:*' 'bob:look:*' >"$T/users"
printf '%s\n' '[web]' "Users=$T/users" UserHeader=X-User "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
for name in authorities first second; do
	make_certificate $name || fail "no certificate"
done

asks() {
	curl -s --max-time 30 --unix-socket "$T/front" -H "X-User: $USER_NAME" "$@"
}
# call METHOD [PARAMETERS [ARGUMENT...]] - STATUS and BODY of what USER_NAME is answered
call() {
	local parameters=${2:-{\}} method=$1
	shift $(($# < 2 ? $# : 2))
	STATUS=$(asks -o "$T/body" -w '%{http_code}' -H "Content-Type: ${TYPE:-application/json}" -d "$parameters" "$@" \
		"http://phone/call/io.certprov.$method")
	BODY=$(cat "$T/body")
}
# change METHOD [PARAMETERS [ARGUMENT...]] - the same with the token
change() {
	call "$1" "${2:-{\}}" -H "X-CSRF-Token: $TOKEN" "${@:3}"
}
# stream NAME METHOD [PARAMETERS] - its events in $T/NAME.log; one that goes on is stopped
stream() {
	start "$1" curl -sS -N --unix-socket "$T/front" -H "X-User: $USER_NAME" -H 'Content-Type: application/json' \
		-H 'Accept: text/event-stream' -d "${3:-{\}}" "http://phone/call/io.certprov.$2"
}
events() {
	asks -N -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d "${2:-{\}}" "${@:3}" \
		"http://phone/call/io.certprov.$1"
}
# is SENTENCE STATUS ERROR - of what was just called
is() {
	equal "$1" "$2 $3" "$STATUS $(get_error)"
}
get_error() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1])).get("error", ""))' "$T/body"
}
field() {
	python3 -c 'import json, sys
v = json.loads(sys.argv[1])
for k in sys.argv[2:]:
    v = v[int(k) if k.isdigit() else k]
print(v if isinstance(v, str) else json.dumps(v))' "$@"
}
says() {
	grep -q -e "$2" "$T/$1.log"
}

start web "$B/certprov-web" --config "$T/web.conf" --unix "$T/front"
settled() {
	gone web || accepts "$T/front"
}
wait_for 10 settled
alive web || fail "certprov-web does not start"

# --- without the daemon ---

USER_NAME=alice
call trust.Status
is "without the daemon it says so" 503 io.certprov.web.DaemonAbsent
matches "and what helps" 'systemctl start certprovd' "$(field "$BODY" parameters remedy)"

write_config '[fetch]' "User=$(id -un)"
start_fetcher
start_daemon

# --- who may call what ---

call trust.Status
equal "when it is there it answers" 200 "$STATUS"
equal "as on the socket" "$(state_of store)" "$(field "$BODY" store)"
TOKEN=$(asks http://phone/session | python3 -c 'import json, sys
print(json.load(sys.stdin)["csrf"])') || fail "no token"
call admin.SetSetting '{"name": "update_policy", "value": "never_update"}'
is "a change needs the token" 403 io.certprov.web.TokenMissing
change admin.SetSetting '{"name": "update_policy", "value": "never_update"}' -H 'Origin: http://evil.example.com'
is "and to come from the page" 403 io.certprov.web.ForeignOrigin
equal "neither changed anything" 0 "$(ask admin.History '{}' | grep -c update_policy)"
change admin.SetSetting '{"name": "update_policy", "value": "never_update"}'
equal "with it the change is made" 200 "$STATUS"
who=$(ask admin.History '{"limit": 1}' -m -g change.who)
matches "the history says who it was, and for whom" "^uid:$(id -u) pid:[0-9]+ for alice at local" "$who"
USER_NAME=bob
call admin.ListSettings
equal "who may only look sees it" 200 "$STATUS"
matches "with its value" 'never_update' "$BODY"
TOKEN=$(asks http://phone/session | python3 -c 'import json, sys
print(json.load(sys.stdin)["csrf"])') || fail "no token"
change admin.SetSetting '{"name": "update_policy", "value": "auto_update"}'
is "but changes nothing" 403 org.varlink.service.PermissionDenied
change trust.Verify "{\"chain\": [\"$(openssl base64 -A -in "$T/first.der")\"], \"purpose\": \"any\"}"
is "nor asks what would be recorded" 403 org.varlink.service.PermissionDenied
USER_NAME=mallory
call trust.Status
is "who is no user is told nothing" 403 org.varlink.service.PermissionDenied
USER_NAME=
call trust.Status
is "nor is nobody" 401 io.certprov.web.NotSignedIn
call trust.Nothing
is "not even what there is not" 401 io.certprov.web.NotSignedIn
USER_NAME=alice
TOKEN=$(asks http://phone/session | python3 -c 'import json, sys
print(json.load(sys.stdin)["csrf"])') || fail "no token"

# --- what there is not ---

for method in trust.Nothing trust.Snapshot trust.ChangeCounter trust.ReportRejection admin.ActFor identity.Sign identity.GetKey \
	identity.CreateRequest identity.Install identity.Rollback nothing.Get ''; do
	change "$method"
	is "there is no '$method'" 404 org.varlink.service.MethodNotFound
done
equal "a call is a POST" 405 "$(asks -o /dev/null -w '%{http_code}' http://phone/call/io.certprov.trust.Status)"

# --- what is answered ---

call trust.Get "{\"sha256\": \"$(sha256 "$T/first.der")\"}"
is "what is not there" 404 io.certprov.trust.NoSuchCertificate
equal "with the parameters of the error" "$(sha256 "$T/first.der")" "$(field "$BODY" parameters sha256)"
call trust.Get '{"sha256": "x"}'
is "a parameter that is wrong" 400 org.varlink.service.InvalidParameter
equal "which one" sha256 "$(field "$BODY" parameters parameter)"
change admin.Upload '{"certificate": "AAAA"}'
equal "a refusal is an answer" "200 false" "$STATUS $(field "$BODY" outcome accepted)"
change admin.AddException "{\"sha256\": \"$(sha256 "$T/authorities.der")\"}"
is "another error" 404 io.certprov.admin.NoSuchCertificate
call trust.ListCertificates
is "what is a stream is not one answer" 400 org.varlink.service.ExpectedMore
call trust.Status '{"a": 1, "a": 2}'
is "what two parsers would read differently" 400 io.certprov.web.NotJson
call trust.Status '[]'
is "no object" 400 io.certprov.web.NotJson
TYPE=text/plain call trust.Status
is "another type, as a form of another site would have" 415 io.certprov.web.NotJson
equal "no body is as good as no parameters" 200 "$(asks -o /dev/null -w '%{http_code}' -X POST http://phone/call/io.certprov.trust.Status)"

# --- streams ---

list=$(events trust.ListCertificates '{"list": "authorities"}')
matches "a list comes as events" '^data: {"certificate":' "$list"
equal "with an end" 'event: end|data: {}' "$(tail -n 2 <<<"$(sed '/^$/d' <<<"$list")" | paste -sd '|')"
equal "an error before the first keeps its status" 404 "$(asks -o "$T/body" -w '%{http_code}' \
	-H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d '{"id": 7}' http://phone/call/io.certprov.admin.GetRun)"
printf '%s\n' "$(certificates_in second)" >"$T/document.xml"
run=$(events admin.Provision "$(python3 -c 'import json, sys
print(json.dumps({"document": open(sys.argv[1]).read(), "dryRun": True}))' "$T/document.xml")" -H "X-CSRF-Token: $TOKEN")
matches "a document goes along as text, and the run is watched to its end" '"phase":"finished"' "$run"
matches "in turns" '"phase":"queued"' "$run"

stream rejections trust.MonitorRejections
stream trust trust.Monitor
wait_for 10 says rejections '^data: {}' || fail "MonitorRejections does not begin"
wait_for 10 says trust '^data: {"store":' || fail "Monitor does not begin"
change trust.Verify "{\"chain\": [\"$(openssl base64 -A -in "$T/first.der")\"], \"host\": \"sip.example.com\", \"purpose\": \"sip\"}"
equal "Verify refuses" "200 false" "$STATUS $(field "$BODY" verdict trusted)"
wait_for 10 says rejections '"host":"sip.example.com"' || fail "the stream has no rejection: $(cat "$T/rejections.log")"
ok "and whoever listens hears of it"
change admin.AddException "{\"sha256\": \"$(sha256 "$T/first.der")\", \"host\": \"sip.example.com\"}"
equal "it is excepted" 200 "$STATUS"
generation=$(field "$BODY" generation)
wait_for 10 says trust "\"generation\":$generation}" || fail "Monitor says nothing of it: $(cat "$T/trust.log")"
ok "which Monitor says"
stream late trust.Monitor
wait_for 10 says late "\"generation\":$generation}" || fail "who comes later begins with nothing"
ok "who comes later begins there"

# --- the daemon goes, and comes back ---

stop_daemon
wait_for 10 says trust '^event: error' || fail "the stream goes on without the daemon: $(cat "$T/trust.log")"
matches "a stream ends with the reason" 'io.certprov.web.DaemonAbsent' "$(cat "$T/trust.log")"
call trust.Status
is "calls have it as well" 503 io.certprov.web.DaemonAbsent
equal "and that nobody is there" "certprovd is not running" "$(field "$BODY" parameters sentence)"
start_daemon
call trust.Status
equal "when it is back, so are calls" 200 "$STATUS"
stream again trust.Monitor
wait_for 10 says again '^data: {"store":' || fail "Monitor does not begin again"
ok "and streams"
stop web
equal "SIGTERM ends it well, whoever listens" 0 "$STATUS"
