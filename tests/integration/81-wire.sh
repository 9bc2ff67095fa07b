#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 300
# The sockets under everything strangers can do: junk, halves, floods, deaf peers, descriptors
# nobody asked for, and more connections than there may be. Others are served meanwhile.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
WRONG_CALLS=1

pki_standard || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
# Who behaves is of the same user as the strangers here, and is not to wait for them.
write_config '[server]' WorkPerSecond=100000000 WorkAtOnce=100000000
# Other users ask as well.
chmod 755 "$T" "$RUN"
start_daemon
ulimit -n 2048 2>/dev/null || fail "no 2048 descriptors"
python3 "$here/wire.py" "$RUN" "${PID[daemon]}" "$(pki_sha256 root)" "$PKI/server.der" "$PKI/intermediate.der" ||
	fail "the wire"
matches "the daemon still answers" '"firmware"' "$(ask trust.Status)"
lacks "and has said nothing bad" '(ERROR|runtime error|Sanitizer)' "$(cat "$T/daemon.log")"
stop_daemon
equal "it stops in peace" 0 "$STATUS"
