#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How often a daemon without work wakes up in 60 s, with the watchdog of its unit: how
# often it left off sleeping, as the kernel counts it. A minute by the clock.
. "$(dirname "$0")/../bench.sh"
# Not the interval in which nothing is asked of it: what it has planned for itself counts.
bench_config '[provisioning]' RefreshInterval=1d
start notify /usr/bin/python3 "$ROOT/tests/integration/notify.py" "$T/notify"
wait_for 10 test -S "$T/notify" || fail "no manager"
watchdog=$(sed -n 's/^WatchdogSec=\([0-9]*\)s$/\1/p' "$ROOT/systemd/certprovd.service.in")
[ -n "$watchdog" ] || fail "the unit has no watchdog"
NOTIFY_SOCKET=$T/notify WATCHDOG_USEC=${watchdog}000000 start_daemon
switches() {
	awk '/^voluntary_ctxt_switches:/ { n += $2 } END { print n }' "/proc/${PID[daemon]}/task"/*/status
}
sleep 5 # what follows its start is over
begin
before=$(switches)
sleep 60 # is what is measured
after=$(switches)
grep -q WATCHDOG=1 "$T/notify.log" || fail "the watchdog was never told"
figure idle-wakeups - wake-ups "of a daemon without work in 60 s" $((after - before)) 0 $((after - before))
