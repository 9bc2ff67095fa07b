# shellcheck shell=bash disable=SC2034,SC2154 # variables are for, and of, others
# SPDX-License-Identifier: Apache-2.0
# The daemon, less its sandbox, under callgrind, which counts instructions only while that is switched on;
# sourced behind bench.sh.

# start_counted - a daemon under callgrind, at the same addresses each time
start_counted() {
	READY=$(said_ready)
	# Not setarch's: what it starts may not be able to.
	start daemon setarch -R valgrind --tool=callgrind --instr-atstart=no --dump-instr=no --separate-threads=no \
		--callgrind-out-file="$T/callgrind.out" "$bench/certprovd-counted" --config "$T/certprovd.conf"
	wait_for 60 daemon_settled
	alive daemon || fail "certprovd does not start under valgrind"
}

# counted KIND COUNT [SKIP] - instructions of that many questions of bench-ask, in $T/counted
counted() {
	callgrind_control -z "${PID[daemon]}" >/dev/null || fail "callgrind does not answer"
	callgrind_control -i on "${PID[daemon]}" >/dev/null
	"$bench/bench-ask" "$DATA/mint" "$TRUST" "$@" >"$T/ask.log" 2>&1 || fail "no answers"
	callgrind_control -i off "${PID[daemon]}" >/dev/null
	rm -f "$T"/callgrind.out.*
	callgrind_control -d "${PID[daemon]}" >/dev/null
	set -- "$T"/callgrind.out.*
	[ -s "$1" ] || fail "callgrind wrote nothing"
	mv "$1" "$T/counted"
}
