#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# Sixty connections of one user and one of another: they are served user by user, and who
# is over its budget of work waits, while the other is answered.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
[ "$(id -u)" = 0 ] || skip "connections of several users need root"

pki_standard || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
write_config '[server]' RejectionsPerMinute=6000
chmod 755 "$T" "$RUN"
start_daemon
python3 "$here/fair.py" order "$RUN" "${PID[daemon]}" "$PKI/server.der" "$PKI/intermediate.der" || fail "the order"
# The log has a line for each peer rejected, up to 120 of a user.
hosts=$(grep -o '\(many\|few\)-[0-9-]*.example.com: name-mismatch' "$T/daemon.log")
matches 'many of many are in the log' '^1[0-9][0-9]$' "$(grep -c many <<<"$hosts")"
before=$(sed '/few-4/,$d' <<<"$hosts" | grep -c many)
matches "before the five of the other there are $before of the three hundred" '^([0-9]|1[0-2])$' "$before"
stop_daemon

write_config '[server]' WorkPerSecond=1000 WorkAtOnce=20000
start_daemon
python3 "$here/fair.py" budget "$RUN" "${PID[daemon]}" "$PKI/server.der" "$PKI/intermediate.der" || fail "the budget"
stop_daemon
equal "it stops in peace" 0 "$STATUS"
