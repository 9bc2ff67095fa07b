#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# Who may do what on the certificates page, with curl: signing in, wrong passwords, sessions
# that end, tokens, requests of other sites, the file of users read again, and a front end.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
need curl openssl
built certprov-web certprovctl tests/clock/set-clock.so
export CERTPROV_RUNTIME_DIR=$RUN
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"

make_certificate authorities || fail "no certificate"
device_ca device-ca || fail "no CA"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no certificate of the phone"
phone_has ec
start_daemon
USERS=$T/users
: >"$USERS"
printf '%s\n' '[web]' "Users=$USERS" "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" \
	UserHeader=X-Remote-User SessionIdle=15min SessionEnd=1h >"$T/web.conf"

# later SECONDS - the page takes it for so much later than it is, from now on
longer=0
later() {
	longer=$((longer + $1))
	mkdir -p "$T/clock"
	echo "$(date +%s) $longer" >"$T/clock/new" && mv "$T/clock/new" "$T/clock/now"
}
later 0
PORT[web]=$(free_port) || fail "no free port"
page() {
	start web env "LD_PRELOAD=$B/tests/clock/set-clock.so" "SET_CLOCK=$T/clock/now" \
		"$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[web]}" --unix "$T/front"
	wait_for 10 settled
	alive web || fail "certprov-web does not start"
}
settled() {
	gone web || listening "${PORT[web]}"
}
PAGE=https://localhost:${PORT[web]}

# user NAME ROLE - a line; the password is "NAME has a password"
user() {
	echo "$1 has a password" | "$B/certprovctl" web-password "$1" --role "$2" || fail "no line for $1"
}
# users_are - from standard input; a new file in the place of the old one, and the page is told
reads=0
users_are() {
	cat >"$USERS.new" && mv "$USERS.new" "$USERS"
	again
}
again() {
	kill -HUP "${PID[web]}"
	reads=$((reads + 1))
	wait_for 10 has_read $reads || fail "the users are not read again"
}
has_read() {
	[ "$(grep -c "^certprov-web: $USERS" "$T/web.log")" -gt "$1" ]
}

# ask METHOD PATH [ARGUMENT...] - the status; headers and body are in $T/headers and $T/body.
# JAR are the cookies of a browser, TOKEN its token.
JAR=$T/browser TOKEN=
ask() {
	wait_for 10 asked "$@"
	cat "$T/status"
}
# The page closes what connects too fast.
asked() {
	local method=$1 path=$2
	shift 2
	curl -s --noproxy '*' --max-time 20 --cacert "$T/device-ca.pem" -X "$method" -b "$JAR" -c "$JAR" -D "$T/headers" \
		-o "$T/body" -w '%{http_code}' ${TOKEN:+-H "X-CSRF-Token: $TOKEN"} "$@" "$PAGE$path" >"$T/status"
}
json() {
	ask "$1" "$2" -H 'Content-Type: application/json' --data-binary "${3:-{\}}" "${@:4}"
}
# sign_in NAME [PASSWORD [ARGUMENT...]] - the status; the token is in $T/token
sign_in() {
	json POST /session "{\"user\": \"$1\", \"password\": \"${2-$1 has a password}\"}" "${@:3}"
	sed -nE 's/.*"csrf":"([0-9a-f]{64})".*/\1/p' "$T/body" >"$T/token"
}
look() {
	json POST /call/io.certprov.trust.Status '{}' "$@"
}
change() {
	json POST /call/io.certprov.admin.ResetClock '{}' "$@"
}
says() {
	matches "$1" "$2" "$(cat "$T/body")"
}

# --- without users ---

page
equal "without users nobody may look" 503 "$(look)"
says "and is told how to make one" '"error":"io.certprov.web.NoUsers".*certprovctl web-password'
for _ in 1 2 3 4 5 6 7 8 9; do
	equal "signing in is no attempt" 503 "$(sign_in alice)"
done
equal "the page knows that there are none" '200{"usersConfigured":false,"signedIn":false}' \
	"$(ask GET /session)$(cat "$T/body")"
users_are < <(
	user alice change
	user bob look
)
equal "when there are some, the first signs in" 200 "$(sign_in alice)"

# --- signing in ---

TOKEN=$(cat "$T/token")
says "who it is, and what he may do" '^\{"usersConfigured":true,"signedIn":true,"user":"alice","role":"change","csrf":"[0-9a-f]{64}"\}$'
matches "the cookie is the browser's alone" \
	'^Set-Cookie: certprov_session=[0-9a-f]{64}; Path=/; HttpOnly; Secure; SameSite=Strict.$' "$(cat "$T/headers")"
equal "the session is that" '200alice' "$(ask GET /session)$(sed -E 's/.*"user":"([a-z]*)".*/\1/' "$T/body")"
equal "who is signed in may look" 200 "$(look)"
equal "and change" 200 "$(change)"
TOKEN=
equal "without the token no change is made" 403 "$(change)"
says "which is said" web.TokenMissing
TOKEN=$(printf '%064d' 0)
equal "nor with another one" 403 "$(change)"
says "which is said" web.TokenMissing
equal "nor is the session ended" 403 "$(ask DELETE /session)"
TOKEN=$(cat "$T/token")
JAR=/dev/null
equal "nor by who has the token alone" 401 "$(change)"
says "which is said" web.NotSignedIn
JAR=$T/browser

# --- other sites ---

for header in 'Origin: https://evil.example' 'Origin: null' "Origin: http://localhost:${PORT[web]}" 'Sec-Fetch-Site: cross-site'; do
	equal "no change is made with $header" 403 "$(change -H "$header")"
	says "which is said" web.ForeignOrigin
	equal "nor is anybody signed in" 403 "$(sign_in alice "alice has a password" -H "$header")"
done
equal "the page itself may" 200 "$(change -H "Origin: $PAGE" -H 'Sec-Fetch-Site: same-origin')"

# --- roles ---

JAR=$T/other
equal "another user signs in" 200 "$(sign_in bob)"
TOKEN=$(cat "$T/token")
equal "he may look" 200 "$(look)"
equal "and change nothing" 403 "$(change)"
says "which is said" org.varlink.service.PermissionDenied
JAR=$T/browser
equal "the token of one is none of the other" 403 "$(change)"

# --- signing out ---

JAR=$T/other
cp "$JAR" "$T/kept"
equal "who signs out" 204 "$(ask DELETE /session)"
lacks "has no cookie any more" certprov_session "$(cat "$JAR")"
cp "$T/kept" "$JAR"
equal "and none that was kept is worth anything" 401 "$(look)"

# --- passwords that are wrong ---

later 600
JAR=/dev/null TOKEN=
equal "a wrong password" 401 "$(sign_in bob wrong)"
wrong=$(cat "$T/body")
matches "is told" '"error":"io.certprov.web.WrongPassword"' "$wrong"
equal "a name that is not there" 401 "$(sign_in nobody wrong)"
equal "is answered alike" "$wrong" "$(cat "$T/body")"
lacks "no session begins" Set-Cookie "$(cat "$T/headers")"
# attempts NAME - until it has to wait
attempts() {
	local i
	for ((i = 0; i < 20; i++)); do
		later 2
		[ "$(sign_in "$1" wrong)" != 429 ] || return 0
	done
	fail "$1 never has to wait"
}
attempts bob
says "who tries too often is told" web.TooManyAttempts
wait=$(sed -nE 's/^Retry-After: ([0-9]+).$/\1/p' "$T/headers")
matches "and how long to wait" '^([1-9]|10)$' "$wait"
equal "the password does not help" 429 "$(sign_in bob)"
later "$wait"
equal "after that it does" 200 "$(sign_in bob)"
attempts mallory
ok "a name that is not there has to wait as well"
later 600
equal "whoever asks for something else is told" 415 "$(ask POST /session -d x)"
equal "as is who sends no JSON" 400 "$(json POST /session '{"user": "bob"')"

# Each that is closed for it is a line of the log, until there are too many.
too_fast() {
	local i
	for ((i = 0; i < 20; i++)); do
		(exec 9<>"/dev/tcp/127.0.0.1/${PORT[web]}") 2>/dev/null
	done
	grep -c "connects too fast" "$T/web.log" >"$T/lines"
	[ "$(cat "$T/lines")" -gt 0 ] && [ "$(cat "$T/lines")" = "$(cat "$T/lines.before")" ] && return
	cp "$T/lines" "$T/lines.before"
	return 1
}
: >"$T/lines.before"
wait_for 10 too_fast || fail "strangers are logged without end"
signed_in=$(grep -c "alice signed in" "$T/web.log")
later 2
equal "a user signs in" 200 "$(sign_in alice)"
equal "and is in the log, whatever strangers did to fill it" $((signed_in + 1)) "$(grep -c "alice signed in" "$T/web.log")"
later 600

# --- sessions that end ---

JAR=$T/browser
equal "the session was not used for longer than 15 minutes" 401 "$(look)"
equal "its user signs in again" 200 "$(sign_in alice)"
TOKEN=$(cat "$T/token")
for _ in 1 2 3 4; do
	later 840
	equal "a session that is used goes on" 200 "$(look)"
done
later 240
equal "but not for longer than an hour" 401 "$(look)"
equal "he signs in" 200 "$(sign_in alice)"
TOKEN=$(cat "$T/token")
later 900
equal "and does nothing for 15 minutes" 401 "$(look)"

# --- the file of users is read again ---

equal "a session" 200 "$(sign_in alice)"
TOKEN=$(cat "$T/token")
JAR=$T/other
equal "and another" 200 "$(sign_in bob)"
users_are < <(
	cat "$USERS"
	echo "carol:look:secret"
)
matches "a line that is wrong is named" "^certprov-web: $USERS:3: the hash is not one of yescrypt" "$(cat "$T/web.log")"
equal "and the users are those from before" 200 "$(look)"
users_are < <(sed '$d' "$USERS")
equal "a session goes on when its user stays" 200 "$(look)"
users_are < <(
	user alice look
	user bob look
)
JAR=$T/browser
equal "it ends when he may do something else" 401 "$(look)"
JAR=$T/other
equal "or has another password" 401 "$(look)"
later 60
equal "he signs in with it" 200 "$(sign_in bob)"
users_are < <(sed '/^bob:/d' "$USERS")
equal "and it ends when he is removed" 401 "$(look)"
equal "and he cannot sign in" 401 "$(sign_in bob)"
users_are </dev/null
equal "without users it is as at the beginning" 503 "$(look)"

# --- behind a web server, which says who the user is ---

users_are < <(printf '%s\n' 'alice:change:*' 'bob:look:*')
# front METHOD PATH USER [ARGUMENT...] - the status
front() {
	local method=$1 path=$2 user=$3
	shift 3
	curl -s --max-time 20 --unix-socket "$T/front" -X "$method" ${user:+-H "X-Remote-User: $user"} -H 'Content-Type: application/json' \
		${TOKEN:+-H "X-CSRF-Token: $TOKEN"} -o "$T/body" -w '%{http_code}' "$@" "http://phone$path"
}
TOKEN=
LOOK=/call/io.certprov.trust.Status CHANGE=/call/io.certprov.admin.ResetClock
equal "who it says asks is signed in" 200 "$(front GET /session alice)"
TOKEN=$(sed -nE 's/.*"csrf":"([0-9a-f]{64})".*/\1/p' "$T/body")
says "with the role that the file has" '"user":"alice","role":"change"'
equal "may look" 200 "$(front POST $LOOK alice -d '{}')"
equal "and change" 200 "$(front POST $CHANGE alice -d '{}' -H 'Origin: http://phone')"
equal "not for another site" 403 "$(front POST $CHANGE alice -d '{}' -H 'Origin: http://evil.example')"
equal "nor with the token of somebody else" 403 "$(front POST $CHANGE bob -d '{}')"
equal "whom the file does not have may not look" 403 "$(front POST $LOOK mallory -d '{}')"
equal "nor who is not named" 401 "$(front POST $LOOK '' -d '{}')"
equal "the web server signs in and out" 409 "$(front DELETE /session alice)"
TOKEN=
equal "no change without a token" 403 "$(front POST $CHANGE alice -d '{}')"
JAR=/dev/null
equal "by HTTPS the header says nothing" 401 "$(look -H 'X-Remote-User: alice')"

# --- how it starts ---

stop web
printf 'alice:look\n' >"$USERS"
page
equal "a file that is wrong at the start has no users" 503 "$(look)"
matches "and is named" "^certprov-web: $USERS:1: there is no hash" "$(cat "$T/web.log")"
reads=0
users_are < <(user alice look)
equal "until it is right" 200 "$(sign_in alice)"
stop web
equal "SIGTERM ends it well" 0 "$STATUS"
