#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 300
# The certificates page under everything strangers can do to it, as a table of deeds and of
# what becomes of each. A browser that behaves is served meanwhile.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
WRONG_CALLS=1
built certprov-web certprovctl

make_certificate authorities || fail "no certificate"
# More than a kernel holds for whoever does not read.
for ((i = 0; i < 300; i++)); do
	openssl req -x509 -key "$T/some.key" -subj "/O=$(printf 'x%.0s' {1..60})/CN=authority $i" -days 3650 || fail "no certificates"
done >>"$T/authorities.pem" 2>/dev/null
device_ca device-ca || fail "no CA"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no certificate of the phone's"
# page NAME [ARGUMENT...] - the program, at PORT[NAME]
page() {
	local name=$1
	shift
	PORT[$name]=$(free_port) || fail "no free port"
	start "$name" "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[$name]}" "$@"
	wait_for 10 settled "$name"
	alive "$name" || fail "certprov-web does not start"
}
settled() {
	gone "$1" || listening "${PORT[$1]}"
}

password='a password of some length'
one=$(printf '%s\n' "$password" | "$B/certprovctl" web-password alice --role change) || fail "no user"
hash=${one##*:}
{
	printf '%s\n' "$one" "bob:look:$hash"
	printf 'u%d:look:'"$hash"'\n' 0 1 2 3 4 5 6 7 8
} >"$T/users"
"$B/certprov-web" --print-openapi >"$T/openapi.json" || fail "it does not say what may be called"

printf '%s\n' '[web]' "Users=$T/users" UserHeader=X-User "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
phone_has ec
chmod 755 "$T" "$RUN"
start_daemon
page web --unix "$T/front"
page slow --unix "$T/slow"
ulimit -n 2048 2>/dev/null || fail "no 2048 descriptors"
python3 -W ignore "$here/webhostile.py" "${PID[web]}" "${PORT[web]}" "$T/device-ca.pem" "$T/front" "$T/web.log" \
	"${PID[slow]}" "${PORT[slow]}" "$T/slow" \
	"${PID[daemon]}" "$password" "$T/openapi.json" || fail "the page"
stop slow
equal "who had the slow ones stops in peace" 0 "$STATUS"
stop web
equal "and so does the other" 0 "$STATUS"
lacks "neither has said anything bad" '(ERROR|runtime error|Sanitizer)' "$(cat "$T/web.log" "$T/slow.log")"
