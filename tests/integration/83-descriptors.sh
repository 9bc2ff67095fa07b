#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 120
# Three connections that ask for thousands of snapshots and read none: everybody else is
# served, and the exported files follow a change.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"

for name in one two; do make_certificate $name || fail "no certificates"; done
cat "$T/one.pem" "$T/two.pem" >"$T/authorities.pem"
write_config
chmod 755 "$T" "$RUN"
# Of the process that starts the daemon: as systemd would.
ulimit -n 2048 2>/dev/null || fail "no 2048 descriptors"
start_daemon
python3 "$here/unread.py" "$RUN" "${PID[daemon]}" "$(sha256 "$T/two.der")" || fail "unread snapshots"
stop_daemon
equal "it stops in peace" 0 "$STATUS"
matches "and has said that 2,048 are few" 'room for 314 connections' "$(cat "$T/daemon.log")"
