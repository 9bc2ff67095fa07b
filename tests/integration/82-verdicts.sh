#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 300
# A bad chain is an answer, never an error of the call; a malformed request is an error of the
# call, never a verdict.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
WRONG_CALLS=1

pki_standard || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
write_config
start_daemon
python3 "$here/verdicts.py" "$TRUST" chain-certificates,chain-bytes "$PKI/server.der" "$PKI/intermediate.der" \
	"$PKI"/{other-server,other,expired,not-yet,wrong-name,client}.der || fail "verdicts and errors"
stop_daemon
equal "the daemon stops in peace" 0 "$STATUS"
lacks "and has said nothing bad" '(ERROR|runtime error|Sanitizer)' "$(cat "$T/daemon.log")"
