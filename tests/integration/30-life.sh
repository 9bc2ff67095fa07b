#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon's life: what it tells its manager, how it stops, reloads, refuses a
# second one, and takes up sockets of others and those a crash left behind.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need systemd-socket-activate
built certprov-fetch
umask 022

for name in one two three four; do make_certificate $name || fail "no certificates"; done
cp "$T/one.pem" "$T/authorities.pem"
write_config
mkdir "$T/www"
certificates_in two >"$T/www/fast.xml"
{ certificates_in three && head -c 200000 /dev/zero | tr '\0' ' '; } >"$T/www/slow.xml"

told() {
	grep -qE -- "$1" "$T/notify.log"
}
# told_after LINE PATTERN - in the log of the manager past this line
told_after() {
	tail -n "+$(($1 + 1))" "$T/notify.log" | grep -qE -- "$2"
}

# --- --check-config ---

status "a good configuration is good" 0 "$B/certprovd" --config "$T/certprovd.conf" --check-config
equal "and nothing is said about it" '' "$OUT"
write_config '[store]' Servers=many
wrong=$(wc -l <"$T/certprovd.conf")
status "a bad value is refused" 78 "$B/certprovd" --config "$T/certprovd.conf" --check-config
matches "with file and line" "^$T/certprovd.conf:$wrong: .*Servers" "$OUT"
status "and the daemon does not start with it" 78 "$B/certprovd" --config "$T/certprovd.conf"
matches "saying where" "$T/certprovd.conf:$wrong: .*Servers" "$OUT"
write_config '[store]' Nonsense=1
status "an unknown key is a warning" 0 "$B/certprovd" --config "$T/certprovd.conf" --check-config
matches "with file and line" "^$T/certprovd.conf:$wrong: warning: .*Nonsense" "$OUT"
status "an unknown option is refused" 64 "$B/certprovd" --nonsense

# --- readiness, modes, the log ---

start notify python3 "$here/notify.py" "$T/notify"
wait_for 5 grep -q reading "$T/notify.log" || fail "nobody reads notifications"
export NOTIFY_SOCKET=$T/notify
write_config
export WATCHDOG_USEC=400000
start_daemon
unset WATCHDOG_USEC
wait_for 5 told '^READY=1' || fail "never ready"
ok "READY=1 is told"
wait_for 5 told '^WATCHDOG=1' || fail "no sign of life"
ok "WATCHDOG=1 is told when the manager wants it"
equal "everybody may ask for trust" 666 "$(stat -c %a "$TRUST")"
equal "the admin socket is for its group, or without one for nobody else" \
	"$(getent group certprov-admin >/dev/null && echo 660 || echo 600)" "$(stat -c %a "$ADMIN")"
equal "and so is the identity socket" \
	"$(getent group certprov-key >/dev/null && echo 660 || echo 600)" "$(stat -c %a "$IDENTITY")"
equal "nobody else may read the database" 600 "$(stat -c %a "$STATE/trust.db")"
equal "every line of the log has its priority" '' "$(grep -vE '^<[0-7]>certprovd: ' "$T/daemon.log")"
matches "it says when it is ready" 'certprovd .* is ready' "$(cat "$T/daemon.log")"

# --- a second one ---

cp "$T/certprovd.conf" "$T/second.conf"
mkdir "$T/run2"
printf '%s\n' '[store]' "RuntimeDirectory=$T/run2" >>"$T/second.conf"
status "a second daemon on the same state is refused" 75 "$B/certprovd" --config "$T/second.conf"
matches "with a clear message" "Another certprovd uses this state directory; only one can. $STATE" "$OUT"
answers || fail "the first one does not answer any more"
ok "and the first one still answers"

# --- SIGHUP ---

equal "one authority" 1 "$(state_of authorities)"
equal "the firmware of the configuration" 10.1.33.33 "$(state_of firmware)"
before=$(wc -l <"$T/notify.log")
cat "$T/four.pem" >>"$T/authorities.pem"
write_config '[phone]' Firmware=8.7.5.51
kill -HUP "${PID[daemon]}"
wait_for 5 told_after "$before" '^READY=1' || fail "not ready after the reload"
after=$(tail -n "+$((before + 1))" "$T/notify.log" | grep -v WATCHDOG | head -n 2)
matches "RELOADING=1 comes with the time" $'^RELOADING=1\tMONOTONIC_USEC=[0-9]+$' "$after"
matches "then READY=1" '^READY=1' "$(tail -n 1 <<<"$after")"
equal "SIGHUP reads the configuration again" 8.7.5.51 "$(state_of firmware)"
equal "and the authorities" 2 "$(state_of authorities)"

before=$(wc -l <"$T/notify.log")
write_config '[phone]' Firmware=8.9.3.80 '[store]' Servers=many
kill -HUP "${PID[daemon]}"
wait_for 5 told_after "$before" '^READY=1' || fail "not ready after the second reload"
equal "a wrong configuration changes nothing" 8.7.5.51 "$(state_of firmware)"
matches "and is said" "certprovd.conf:[0-9]+: .*Servers" "$(cat "$T/daemon.log")"
write_config
before=$(wc -l <"$T/notify.log")
kill -HUP "${PID[daemon]}"
wait_for 5 told_after "$before" '^READY=1' || fail "not ready after the third reload"
equal "the next good one counts" 10.1.33.33 "$(state_of firmware)"

# --- progress, and SIGTERM during a run ---

start_nginx www <<<"server { listen 127.0.0.1:@PORT@; root @T@/www;
	location = /slow.xml { limit_rate 2k; } }"
www=http://127.0.0.1:${PORT[www]}
cat >"$T/www/start.xml" <<-XML
	<settings><setting-files>
	<file url="$www/fast.xml"/>
	<file url="$www/slow.xml"/>
	</setting-files></settings>
XML
start_fetcher
before=$(wc -l <"$T/notify.log")
start provision python3 "$here/varlink.py" -m "$ADMIN" io.certprov.admin.Provision "{\"url\": \"$www/start.xml\"}"
wait_for 10 told_after "$before" '^STATUS=Provisioning: documents, [1-9][0-9]* of [0-9]+' ||
	fail "no progress in the status"
ok "STATUS says how far a run is"
wait_for 10 grep -q "$(sha256 "$T/two.der")" "$T/provision.log" || fail "nothing was accepted"
wait_for 10 grep -q "$(sha256 "$T/three.der")" "$T/provision.log" || fail "the slow document offers nothing"
before=$(wc -l <"$T/notify.log")
since=$(now_ms)
stop daemon
took=$(($(now_ms) - since))
equal "SIGTERM during a run ends it well" 0 "$STATUS"
[ $took -lt $((1000 * ${TEST_TIME_FACTOR:-1})) ] || fail "SIGTERM took $took ms"
ok "within a second ($took ms)"
told_after "$before" '^STOPPING=1' || fail "STOPPING=1 was not told"
ok "and STOPPING=1 was told"
wait_for 5 gone provision || fail "the caller still waits"
stop provision

start_daemon
run=$(ask admin.GetRun '{"id": 1}' -m)
matches "after the restart the run is reported as cancelled" '"result": "cancelled"' "$run"
matches "with what it accepted" "\"accepted\": true.*$(sha256 "$T/two.der")" "$run"
matches "document and line" "\"document\": \"$www/fast.xml\".*\"line\": 3.*$(sha256 "$T/two.der")" "$run"
equal "and that is there" "$(printf '%s\n' "$(sha256 "$T/two.der")" "$(sha256 "$T/three.der")" | sort)" "$(listed)"
wait_for 5 told_after "$before" '^READY=1' || fail "not ready"

# --- SIGINT, SIGKILL ---

since=$(now_ms)
stop daemon INT
equal "SIGINT is the same" 0 "$STATUS"
[ $(($(now_ms) - since)) -lt $((1000 * ${TEST_TIME_FACTOR:-1})) ] || fail "SIGINT took too long"
start_daemon
stop daemon KILL
[ -S "$TRUST" ] || fail "a killed daemon has removed its socket?"
start daemon "$B/certprovd" --config "$T/certprovd.conf"
wait_for 5 answers || fail "the sockets a crash left are in the way"
ok "the sockets a crash left are not in the way"
stop daemon

# --- sockets passed by a manager ---

rm -f "$TRUST" "$ADMIN" "$IDENTITY"
start daemon systemd-socket-activate -E NOTIFY_SOCKET="$NOTIFY_SOCKET" -l "$T/passed-trust" -l "$T/passed-admin" \
	-l "$T/passed-identity" --fdname=trust:admin:identity "$B/certprovd" --config "$T/certprovd.conf"
wait_for 5 test -S "$T/passed-admin" || fail "no sockets"
equal "what was called before it ran is answered" 10.1.33.33 \
	"$(python3 "$here/varlink.py" -g firmware "$T/passed-trust" io.certprov.trust.Status)"
matches "each socket has its interface" '"runs"' "$(python3 "$here/varlink.py" "$T/passed-admin" io.certprov.admin.ListRuns)"
equal "the third as well" '{"identities": []}' \
	"$(python3 "$here/varlink.py" "$T/passed-identity" io.certprov.identity.ListIdentities)"
matches "and no other" 'InterfaceNotFound|MethodNotFound' \
	"$(python3 "$here/varlink.py" "$T/passed-trust" io.certprov.admin.ListRuns)"
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T" && chmod 666 "$T/passed-identity" && chgrp 4242 "$T/passed-admin" && chmod 660 "$T/passed-admin"
	matches "who may not use the Admin socket that was passed does not change who the phone is" PermissionDenied \
		"$(python3 "$here/keys.py" "$T/passed-identity" 20001 20001,4241 call Rollback)"
	matches "who may, does" NoFormerIdentity \
		"$(python3 "$here/keys.py" "$T/passed-identity" 20001 20001,4242 call Rollback)"
fi
[ ! -e "$TRUST" ] || fail "it made a socket of its own beside"
[ ! -e "$IDENTITY" ] || fail "it made a socket of its own beside"
stop daemon
equal "and stops as well" 0 "$STATUS"
