#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A SHA-2 certificate for a key made on the phone: requested, issued, installed and taken
# back by certprovctl device; every certificate that must not be installed is refused with
# its reason and what helps.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprovctl
export CERTPROV_RUNTIME_DIR=$RUN
ctl() {
	"$B/certprovctl" "$@" 2>&1
}
KEYS=$STATE/keys

{ pki_init && pki_issue device-root device-root root && pki_issue device-ca device-root ca; } ||
	fail "no certificates"
pki_issue stranger stranger root || fail "no certificates"
make_certificate authority || fail "no certificates"
cp "$T/authority.pem" "$T/authorities.pem"
configure() {
	write_config '[identity]' "DeviceAuthorities=$PKI/device-root.pem" "$@"
}
configure

# issue NAME REQUEST [ISSUER [OPTION...]] - a certificate from a request, as a CA does
issue() {
	local name=$1 request=$2 issuer=${3:-device-ca}
	shift $(($# < 3 ? $# : 3))
	openssl x509 -req -in "$request" -CA "$PKI/$issuer.pem" -CAkey "$PKI/$issuer.key" \
		-CAcreateserial -days 365 -sha256 "$@" -out "$T/$name.pem" 2>"$T/issue.log" ||
		fail "no certificate from the request: $(<"$T/issue.log")"
}
# in_force - source, and common name of what is shown to servers
in_force() {
	ctl device show --json | python3 -c '
import json, sys
print(*[" ".join((i["source"], i["sha256"])) for i in json.load(sys.stdin)["identities"] if i["inForce"]])'
}
fingerprint() {
	openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1
}
changes() {
	ctl history --json | grep -c "$1"
}

# --- a phone that has none ---

start_daemon
status "a phone without a certificate is no error" 0 ctl device show
matches "and is said to be one" 'no certificate of its own' "$OUT"
status "there is nothing to go back to" 3 ctl device rollback
matches "and why" 'no certificate was ever installed' "$OUT"
status "nothing is installed before there is a request" 3 ctl device install "$PKI/device-ca.pem"
matches "and what helps" 'no-request.*waits|device csr' "$OUT"

# --- request, install, show ---

status "a request is printed" 0 ctl device csr
printf '%s\n' "$OUT" >"$T/printed.csr"
matches "with the MAC address for its name, P-256, signed with SHA-256" \
	'CN ?= ?000413AABBCC .*prime256v1 .*ecdsa-with-SHA256' \
	"$(openssl req -in "$T/printed.csr" -noout -text -verify 2>&1 | tr -s '\n ' ' ')"
status "or written to a file" 0 ctl device csr --output "$T/written.csr"
equal "for the same key" "$(openssl req -in "$T/printed.csr" -noout -pubkey)" \
	"$(openssl req -in "$T/written.csr" -noout -pubkey)"
equal "that only the daemon can read" 600 "$(stat -c %a "$KEYS/request.pem")"
issue new "$T/printed.csr"
status "what was issued is installed, in any order" 0 ctl device install "$PKI/device-ca.pem" "$T/new.pem"
matches "and in force at once" 'It is in force' "$OUT"
equal "as the daemon says" "installed $(fingerprint "$T/new.pem")" "$(in_force)"
status "show prints it" 0 ctl device show
matches "with where it comes from" '^Source +installed' "$OUT"
matches "that servers know the phone by it" '^Servers +can authorise' "$OUT"
matches "and who issued it" '^Issuer +.*device-ca' "$OUT"
equal "its chain is complete, leaf first" "$(fingerprint "$T/new.pem") $(fingerprint "$PKI/device-ca.pem")" \
	"$(ctl device show --json | python3 -c '
import base64, hashlib, json, sys
print(*[hashlib.sha256(base64.b64decode(c)).hexdigest() for c in json.load(sys.stdin)["identities"][0]["chain"]])')"
equal "who did it is in the history" 1 "$(changes 'installed the identity CN=000413AABBCC.*')"
matches "by the caller's user" "\"who\":\"uid:$(id -u) pid:" "$(ctl history --json | grep 'installed the identity')"
stop_daemon
start_daemon
equal "it is there after a restart" "installed $(fingerprint "$T/new.pem")" "$(in_force)"

# --- another one, and back ---

status "the next request is for another key" 0 ctl device csr --key-type rsa --output "$T/rsa.csr"
matches "of RSA when that is asked for" 'Public-Key: \(2048 bit\)' "$(openssl req -in "$T/rsa.csr" -noout -text)"
issue second "$T/rsa.csr"
cat "$T/second.pem" "$PKI/device-ca.pem" "$PKI/device-root.pem" >"$T/chain.pem"
OUT=$(ctl device install - <"$T/chain.pem") || fail "not installed from standard input: $OUT"
equal "a chain is taken from standard input" "installed $(fingerprint "$T/second.pem")" "$(in_force)"
status "the former is kept" 0 ctl device rollback
equal "and comes back" "installed $(fingerprint "$T/new.pem")" "$(in_force)"
status "once more goes forth again" 0 ctl device rollback
equal "to the later one" "installed $(fingerprint "$T/second.pem")" "$(in_force)"
equal "and both are in the history" 2 "$(changes 'went back to the identity')"

# --- refusals: reason, what helps, and nothing changes ---

# refuses SENTENCE IDENTIFIER REMEDY FILE...
refuses() {
	local sentence=$1 identifier=$2 remedy=$3 before after
	shift 3
	before=$(cd "$KEYS" && sha256sum ./*)
	status "$sentence" 3 ctl device install "$@"
	matches "  it says $identifier" "^certprovctl: refused: $identifier: " "$OUT"
	matches "  and what helps" "$remedy" "$OUT"
	after=$(cd "$KEYS" && sha256sum ./*)
	[ "$before" = "$after" ] || fail "$sentence, and yet the files changed"
}
ctl device csr --output "$T/a.csr" >/dev/null || fail "no request"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/other.key" \
	-subj /CN=000413AABBCC -out "$T/other.csr" 2>/dev/null
issue other-key "$T/other.csr"
refuses "one of another key" not-requested 'device csr' "$T/other-key.pem" "$PKI/device-ca.pem"
issue other-mac "$T/a.csr" device-ca -subj /CN=000413AABBCD
refuses "one of another phone" mac-mismatch 'device csr' "$T/other-mac.pem" "$PKI/device-ca.pem"
issue no-mac "$T/a.csr" device-ca -subj /CN=phone
refuses "one without a MAC address" mac-mismatch 'device csr' "$T/no-mac.pem" "$PKI/device-ca.pem"
issue strange "$T/a.csr" stranger
refuses "one of a CA that is no device CA" issuer-unknown DeviceAuthorities= "$T/strange.pem" "$PKI/stranger.pem"
issue alone "$T/a.csr"
refuses "one whose chain has a hole" issuer-unknown 'DeviceAuthorities=' "$T/alone.pem"
issue sha1 "$T/a.csr" device-ca -sha1
refuses "one signed with SHA-1" weak-signature . "$T/sha1.pem" "$PKI/device-ca.pem"
# issue_for NAME FROM UNTIL [ISSUER] - with these dates, for the request
issue_for() {
	openssl ca -config "$PKI/ca.cnf" -batch -notext -in "$T/a.csr" -cert "$PKI/${4:-device-ca}.pem" \
		-keyfile "$PKI/${4:-device-ca}.key" -startdate "$2" -enddate "$3" -out "$T/$1.pem" \
		2>"$T/issue.log" || fail "no certificate from the request: $(<"$T/issue.log")"
}
issue_for expired 20190101000000Z 20200101000000Z
refuses "one that has expired" expired 'Have it issued again' "$T/expired.pem" "$PKI/device-ca.pem"
issue_for early 20900101000000Z 20910101000000Z
refuses "one that is not valid yet" not-yet-valid 'Have it issued again' "$T/early.pem" "$PKI/device-ca.pem"
PKI_FROM=20190101000000Z PKI_UNTIL=20200101000000Z pki_issue old-ca device-root ca || fail "no certificates"
issue under-old "$T/a.csr" old-ca
refuses "one of a CA that has expired" expired 'Have it issued again' "$T/under-old.pem" "$PKI/old-ca.pem"
pki_issue other-phone device-ca leaf || fail "no certificates"
issue under-leaf "$T/a.csr" other-phone
refuses "one that another phone issued" not-a-ca 'basicConstraints' \
	"$T/under-leaf.pem" "$PKI/other-phone.pem" "$PKI/device-ca.pem"
refuses "nine certificates" too-many 'one certificate' "$T/alone.pem" "$PKI/device-ca.pem" "$PKI/device-ca.pem" \
	"$PKI/device-ca.pem" "$PKI/device-ca.pem" "$PKI/device-ca.pem" "$PKI/device-ca.pem" "$PKI/device-ca.pem" \
	"$PKI/device-ca.pem"
openssl x509 -in "$T/alone.pem" -outform DER -out "$T/alone.der"
head -c 200 "$T/alone.der" >"$T/cut.der"
refuses "half a certificate" malformed . "$T/cut.der"

# refused_here SENTENCE IDENTIFIER REMEDY LINE... - by a phone that is configured so
refused_here() {
	local sentence=$1 identifier=$2 remedy=$3
	shift 3
	stop_daemon
	configure "$@"
	start_daemon
	refuses "$sentence" "$identifier" "$remedy" "$T/alone.pem" "$PKI/device-ca.pem"
}
refused_here "none for a firmware that does not know the SHA-2 CA" sha2-not-supported 8.9.3.60 '[phone]' Firmware=8.9.3.59
status "nor is one requested there" 3 ctl device csr
refused_here "none for a model that shares its certificate" shared-model 'user and password' '[phone]' PhoneType=snom370
status "nor is one requested there" 3 ctl device csr
matches "with the reason" 'share one' "$OUT"
refused_here "none for a phone that does not know its MAC address" mac-unknown 'Mac=' '[phone]' Mac=
refused_here "none without known device CAs" issuer-unknown DeviceAuthorities= '[identity]' DeviceAuthorities=
stop_daemon
configure '[phone]' Firmware=8.9.3.60
start_daemon
equal "all of this left what was in force" "installed $(fingerprint "$T/second.pem")" "$(in_force)"
status "and the request: what it asked for is installed by the first firmware that may" 0 \
	ctl device install "$T/alone.pem" "$PKI/device-ca.pem"
equal "  and is in force" "installed $(fingerprint "$T/alone.pem")" "$(in_force)"

# --- not in force ---

status "a certificate is installed where another is wanted" 0 ctl set phone_cert_type sha1
matches "as nothing else is there, it stays in force" 'no usable SHA-1 certificate' "$(ctl device show)"

# --- who may ---

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$T" "$RUN"
	cp "$B/certprovctl" "$T/ctl" && chmod 755 "$T/ctl"
	status "others may not ask" 4 setpriv --reuid 65534 --regid 65534 --clear-groups "$T/ctl" device show
	matches "and are told who may" 'usermod -aG certprov-key USER.*certprov-admin as well' "$(tr '\n' ' ' <<<"$OUT")"
	# as GROUPS COMMAND... - another user in these groups: 4241 is certprov-key here, 4242 certprov-admin
	if ! { chgrp 4241 "$IDENTITY" && chgrp 4242 "$ADMIN" && chmod 660 "$IDENTITY" "$ADMIN"; }; then fail "no groups"; fi
	as() {
		setpriv --reuid 20001 --regid 20001 --groups "$1" "$T/ctl" "${@:2}"
	}
	what_is() {
		(cd "$KEYS" && sha256sum ./*) && in_force
	}
	before=$(what_is)
	status "who may sign may ask" 0 as 4241 device show
	for command in csr rollback "install $T/alone.pem"; do
		# shellcheck disable=SC2086 # words
		status "but not change who the phone is: $command" 3 as 4241 device $command
		matches "  and is told what to join" 'not permitted.*usermod -aG certprov-admin USER' "$(tr '\n' ' ' <<<"$OUT")"
	done
	equal "and nothing has changed" "$before" "$(what_is)"
	status "an administrator without the group of the key gets no answer" 4 as 4242 device rollback
	chmod 600 "$ADMIN"
	status "nor a change with both, where administrators have no group" 3 as 4241,4242 device rollback
	equal "and nothing has changed there" "$before" "$(what_is)"
	chmod 660 "$ADMIN"
	status "who is in both groups may" 0 as 4241,4242 device rollback
	[ "$before" != "$(what_is)" ] || fail "it went not back"
	status "  and forth again" 0 as 4241,4242 device rollback
	status "  and may have a request made" 0 as 4242,4241 device csr
else
	ok "left out: another user, which takes root and setpriv"
fi
stop_daemon
status "without a daemon there is no answer" 4 ctl device show
matches "and it is said how to start it" 'systemctl start certprovd' "$OUT"
lacks "no key is in the log" 'PRIVATE KEY' "$(cat "$T"/*.log)"
