#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A list of authorities that somebody put together by hand: each certificate that is lost is told,
# with file and line, in the log, by the status and by certprovctl check, in the same words.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch certprovctl

for name in one two three; do make_certificate $name || fail "no certificates"; done
list=$T/authorities.pem
{ head -n 4 "$T/one.pem" && cat "$T/some.key" && printf '%s' "$(cat "$T/two.pem")" && sed 's/^/ /' "$T/three.pem"; } >"$list"
write_config
start_daemon

key=$(grep -n 'BEGIN EC PRIVATE' "$list" | cut -d : -f 1)
cut="line 1: the certificate is cut off: another block begins in line $key before its END line"
secret="line $key: a private key; whoever may read this file has it"
equal "what can be read without a guess is read" 2 "$(state_of authorities)"
equal "what cannot is counted" 1 "$(state_of authoritiesLost)"
matches "the status says how many of how many, and which" \
	"\"authorities-incomplete\".*2 of 3 certificates were read from $list; not read: $cut\." "$(state_of concerns)"
matches "and that the key is no longer secret" "\"authorities-secret\".*$list.*: $secret\." "$(state_of concerns)"
matches "the log has the place" "^<3>certprovd: $list: $cut\$" "$(cat "$T/daemon.log")"
matches "and the number" "certprovd: 2 of 3 certificates were read from $list\$" "$(cat "$T/daemon.log")"
matches "and the key's place" "^<4>certprovd: $list: $secret\$" "$(cat "$T/daemon.log")"
lacks "nobody shows the key" "$(sed -n 2p "$T/some.key")" "$(cat "$T/daemon.log") $(state_of concerns)"
CERTPROV_RUNTIME_DIR=$RUN "$B/certprovctl" status >"$T/status.txt"
matches "certprovctl status has the numbers" '^Trust  *2 authorities \(and 1 not read\),' "$(cat "$T/status.txt")"
matches "the concern" "^authorities-incomplete: 2 of 3 certificates were read from $list; not read: $cut\." "$(cat "$T/status.txt")"
matches "and the remedy" "^    Remedy  Put the certificates that are named into $list again" "$(cat "$T/status.txt")"

certificates_in two >"$T/two.xml"
"$B/certprovctl" check "$T/two.xml" -a "$list" >"$T/check.txt" 2>"$T/check.err"
matches "certprovctl check has the same words" "^certprovctl: $list: $cut\$" "$(cat "$T/check.err")"
matches "of the key as well" "^certprovctl: $list: $secret\$" "$(cat "$T/check.err")"

cat "$T/one.pem" "$T/two.pem" "$T/three.pem" >"$list.new"
mv "$list.new" "$list"
whole() {
	[ "$(state_of authorities)" = 3 ]
}
wait_for 10 whole || fail "the whole list is not read"
equal "nothing is lost any more" 0 "$(state_of authoritiesLost)"
lacks "and no concern is left" '"authorities-' "$(state_of concerns)"

rm "$list"
kill -HUP "${PID[daemon]}"
failed() {
	state_of concerns | grep -q '"authorities-failed".*No such file or directory'
}
wait_for 10 failed || fail "a list that is not there is no concern"
equal "those read before are still used" 3 "$(state_of authorities)"
lacks "and it is not called incomplete" authorities-incomplete "$(state_of concerns)"
stop_daemon
