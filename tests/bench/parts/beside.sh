#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beside the table: the worst questions (bench-worst), private memory against an empty
# program, a fleet in virtual time (bench-fleet), and certprovctl check of 50 files as six
# firmware versions / as one, at the usual number of jobs.
BENCH_PIN=one
. "$(dirname "$0")/../bench.sh"

# --- the worst questions ---

bench_config
start_daemon
"$bench/bench-worst" "$DATA/worst" "$TRUST" "${PID[daemon]}" >&3 2>"$T/worst.log" || fail "the worst cannot be measured"
stop daemon

# --- certprovctl check ---

mkdir "$T/check"
for i in $(seq 50); do cp "$ROOT/provisioning-samples/inline-base64.xml" "$T/check/$i.xml"; done
# milliseconds_of VERSION... - of a check of all files
milliseconds_of() {
	local began versions=()
	for version in "$@"; do versions+=(-f "$version"); done
	began=$(now_ms)
	taskset -c "$every_cpu" "$B/certprovctl" check -a $system "${versions[@]}" "$T/check" >"$T/check.log"
	[ $? -le 1 ] || fail "check fails: $(cat "$T/check.log")"
	echo $(($(now_ms) - began))
}
begin
: >"$T/rounds"
for ((i = 0; i < rounds; i++)); do
	one=$(milliseconds_of 10.1.33.33)
	echo "$(milliseconds_of 8.7.5.51 8.7.5.52 8.9.3.40 8.9.3.41 10.1.33.33 10.1.63.0) $one" >>"$T/rounds"
done
ratio check - ms "certprovctl check of 50 files as 6 versions / as one" "$T/rounds"

# --- a fleet, in virtual time ---

"$bench/bench-fleet" >&3 || fail "the fleet cannot be simulated"
