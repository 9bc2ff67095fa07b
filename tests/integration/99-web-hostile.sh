#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 300
# The certificates page under everything strangers can do to it, as a table of deeds and of
# what becomes of each. A browser that behaves is served meanwhile.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$here/identity.sh"
built certprov-web certprovctl

make_certificate authorities || fail "no certificate"
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

printf '%s\n' '[web]' "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
phone_has ec
chmod 755 "$T" "$RUN"
start_daemon
page web --unix "$T/front"
page slow --unix "$T/slow"
ulimit -n 2048 2>/dev/null || fail "no 2048 descriptors"
python3 -W ignore "$here/webhostile.py" "${PID[web]}" "${PORT[web]}" "$T/device-ca.pem" "$T/front" "$T/web.log" \
	"${PID[slow]}" "${PORT[slow]}" "$T/slow" || fail "the page"
stop slow
equal "who had the slow ones stops in peace" 0 "$STATUS"
stop web
equal "and so does the other" 0 "$STATUS"
lacks "neither has said anything bad" '(ERROR|runtime error|Sanitizer)' "$(cat "$T/web.log" "$T/slow.log")"
