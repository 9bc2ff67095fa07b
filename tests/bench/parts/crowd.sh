#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a program of the phone feels of 50 open pages (bench-crowd, crowd.py), each with its
# two streams and a call a second, and what certprov-web needs for them. While it is measured
# all are on one processor but the browsers. Who asks, certprovd and certprov-web go before
# each other in this order, as the last one's unit has it with Nice=; the first two are of
# different users. That 50 sign in takes most of a minute before.
BENCH_PIN=any
. "$(dirname "$0")/../bench.sh"
. "$ROOT/tests/integration/identity.sh"
# Two users, one ahead of the other, and browsers that are elsewhere.
if [ "$(id -u)" != 0 ] || [ "$(getconf _NPROCESSORS_ONLN)" = 1 ] || ! chrt --rr 3 true 2>/dev/null; then
	for name in crowd crowd-memory; do absent $name - "needs root and another processor"; done
	exit
fi
built certprov-web certprovctl
pages=50
password='one password for all'
elsewhere=$((CPU == 0))

# --- the pages ---

device_ca device-ca || fail "no issuer of certificates"
device ec device-ca EC -pkeyopt ec_paramgen_curve:P-256 || fail "no certificate"
phone_has ec "${no_budget[@]}" '[trust]' "Authorities=$DATA/trust/authorities.pem"
line=$(echo "$password" | "$B/certprovctl" web-password u0 --role look) || fail "no user"
for ((i = 0; i < pages; i++)); do echo "u$i:look:${line##*:}"; done >"$T/users"
printf '%s\n' '[web]' "Users=$T/users" "TrustSocket=$TRUST" "AdminSocket=$ADMIN" "IdentitySocket=$IDENTITY" >"$T/web.conf"
chmod 755 "$T" "$RUN" "$DATA" "$DATA/mint"
start_daemon
PORT[page]=$(free_port) || fail "no free port"
start page "$B/certprov-web" --config "$T/web.conf" --listen "127.0.0.1:${PORT[page]}"
wait_for 10 listening "${PORT[page]}" || fail "certprov-web does not start"
without=$(private_dirty page)
start crowd setpriv --reuid 20001 --clear-groups /usr/bin/python3 "$ROOT/tests/bench/crowd.py" \
	"${PORT[page]}" "$T/device-ca.pem" "$password"
crowd_is_there() {
	gone crowd || grep -q ready "$T/crowd.log"
}
wait_for 150 crowd_is_there
alive crowd || fail "the crowd has gone"

# --- beside a program that asks ---

taskset -acp $elsewhere "${PID[crowd]}" >/dev/null || fail "the crowd cannot be elsewhere"
priority=3
for name in daemon page; do
	taskset -acp "$CPU" "${PID[$name]}" >/dev/null || fail "$name cannot be where who asks is"
	chrt -a --rr -p $((--priority)) "${PID[$name]}" || fail "$name cannot be behind who asks"
done
taskset -c "$CPU" chrt --rr 3 setpriv --reuid 20001 --clear-groups \
	"$bench/bench-crowd" "$DATA/mint" "$TRUST" "${PID[crowd]}" >&3 2>"$T/asker.log" || fail "the crowd cannot be measured"
[ "$(cat "$T/crowd.log")" = ready ] || fail "not all of the crowd is answered"
with=$(private_dirty page)
peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/${PID[page]}/status")
figure crowd-memory - KiB \
	"private dirty of certprov-web with $pages open pages (with none: $without; peak with all that is shared: $peak)" \
	"$with" 0 "$with"
