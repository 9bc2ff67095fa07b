# shellcheck shell=bash disable=SC2034 # variables are for the tests
# SPDX-License-Identifier: Apache-2.0
# What integration tests share; sourced first. A test is a script that says what
# it shows by `ok`, ends by `fail` or `skip`, and waits only by `wait_for`.
#
#   ROOT  the repository      B  what was built (from the environment)
#   T     a directory of the test's own, gone afterwards (KEEP=1 keeps it)
#   PKI   $T/pki, for tests/pki/pki.sh
#
# Everything started by `start` ends with the test, by its pid. CERTPROV_GDB="daemon
# fetcher" (or one of them) waits for a debugger before each start of these.

set -u
ROOT=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
B=${B:-$ROOT/build/release}
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C TZ=UTC
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
T=$(mktemp -d "${TMPDIR:-/tmp}/certprov-test.XXXXXX") || exit 1
PKI=$T/pki
# shellcheck source=tests/pki/pki.sh
. "$ROOT/tests/pki/pki.sh"
[ -z "${CERTPROV_GDB:-}" ] || TEST_TIME_FACTOR=1000
# What a daemon receives and answers is written down, and held against the interfaces at
# the end of the test. A sanitizer wants to be the first library, and has its own tests.
TAP_LIBRARY=$B/tests/contract/tap-sockets.so
[ -z "${SANITIZE:-}" ] && [ -e "$TAP_LIBRARY" ] || TAP_LIBRARY=
# Tests that kill a program at one place after the other, or do the same with very many
# inputs, take each so many. All are for the build that is shipped: what a sanitizer sees is
# much the same at each place.
THINNED=$([ -n "${SANITIZE:-}" ] && echo 4 || echo 1)
WRONG_CALLS=
declare -A PID=()  # by the name given to start
declare -A PORT=() # by NAME, or NAME.2 and so on

# --- the end of a test ---

cleanup() {
	local status=$? name
	trap '' INT TERM HUP
	for name in "${!PID[@]}"; do stop "$name"; done
	keeps_contract || status=1
	if [ -n "${KEEP:-}" ]; then echo "kept: $T"; else rm -rf "$T"; fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# The interfaces are kept to; says by which message they are not. A test that makes wrong
# calls on purpose sets WRONG_CALLS: those may be refused.
keeps_contract() {
	[ ! -s "$T/messages" ] ||
		python3 "$ROOT/tests/integration/contract.py" ${WRONG_CALLS:+--wrong-calls} "$T/messages"
}

ok() {
	echo "ok: $*"
}

# fail SENTENCE - ends the test; shows the end of every log there is.
fail() {
	local log
	echo "FAILED: $*"
	echo "  at $(caller 0 2>/dev/null)"
	for log in "$T"/*.log; do
		[ ! -s "$log" ] || { echo "--- ${log##*/}" && tail -n 25 "$log"; }
	done
	exit 1
}

# skip REASON - the test cannot be made here (fails where nothing may be skipped).
skip() {
	echo "SKIP $(basename "$0"): $*"
	exit 77
}

need() {
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "there is no $command"
	done
}

# The programs a test runs: `built certprovd certprov-fetch`.
built() {
	local program
	for program in "$@"; do
		[ -x "$B/$program" ] || skip "$program is not built"
	done
}

# --- claims ---

# equal SENTENCE EXPECTED ACTUAL
equal() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
	ok "$1"
}

# matches SENTENCE REGEX TEXT - any line of the text, extended regular expression
matches() {
	grep -qE -e "$2" <<<"$3" || fail "$1: nothing like '$2' in:"$'\n'"$3"
	ok "$1"
}

lacks() {
	! grep -qE -e "$2" <<<"$3" || fail "$1: '$2' is in:"$'\n'"$3"
	ok "$1"
}

# status SENTENCE EXPECTED COMMAND... - its exit status; OUT is what it printed.
status() {
	local sentence=$1 expected=$2 actual
	shift 2
	OUT=$("$@" 2>&1)
	actual=$?
	[ $actual = "$expected" ] || fail "$sentence: exit status $actual, not $expected:"$'\n'"$OUT"
	ok "$sentence"
}

# --- waiting ---

now_ms() {
	local t=${EPOCHREALTIME/[.,]/}
	echo $((t / 1000))
}

# wait_for SECONDS COMMAND... - until the command succeeds; its status is the answer.
# Seconds stretch with TEST_TIME_FACTOR.
wait_for() {
	local deadline=$((SECONDS + $1 * ${TEST_TIME_FACTOR:-1} + 1)) pause=20 seconds
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		printf -v seconds 0.%03d $pause
		sleep "$seconds"
		# What takes long is asked less often: asking costs more than waiting.
		pause=$((pause < 200 ? pause + pause / 4 : 200))
	done
}

# --- processes ---

# start NAME COMMAND... - in the background; output to $T/NAME.log, pid in PID[NAME].
start() {
	local name=$1 debugged=() tapped=()
	shift
	[[ " ${CERTPROV_GDB:-} " != *" $name "* ]] || debugged=("$ROOT/tests/integration/under-gdb")
	[ "$name" != daemon ] || [ -z "$TAP_LIBRARY" ] ||
		tapped=(env "LD_PRELOAD=$TAP_LIBRARY" "TAP_SOCKETS=$T/messages")
	"${debugged[@]}" "${tapped[@]}" "$@" >>"$T/$name.log" 2>&1 </dev/null &
	PID[$name]=$!
}

alive() {
	[ -n "${PID[$1]:-}" ] && kill -0 "${PID[$1]}" 2>/dev/null
}

gone() {
	! alive "$1"
}

# stop NAME [SIGNAL] - and wait; STATUS is its exit status. One that has not ended
# after 5 s is killed, and then STATUS is 137.
stop() {
	local pid=${PID[$1]:-}
	[ -n "$pid" ] || return 0
	kill "-${2:-TERM}" "$pid" 2>/dev/null
	wait_for 5 gone "$1" || kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	STATUS=$?
	unset "PID[$1]"
}

# --- network, loopback only ---

# listening PORT [ADDRESS]
listening() {
	(exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null
}

# accepts PATH - a socket there is listened on, which being there does not say; connecting to
# find out would begin a run
accepts() {
	awk -v path="$1" '$4 == "00010000" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix
}

# A port that nobody listens on, below those the kernel gives to clients. It may be
# taken before it is used: who binds it tries again (start_nginx does).
free_port() {
	local port tries first count
	read -r first count <<<"${TEST_PORTS:-10000 20000}"
	for ((tries = 0; tries < 100; tries++)); do
		port=$((first + (RANDOM * 32768 + RANDOM) % count))
		[[ " ${PORT[*]} " = *" $port "* ]] || listening $port || { echo $port && return; }
	done
	return 1
}

# start_nginx NAME < SERVERS - an nginx of the test's own. Standard input is what
# stands inside http { }, with @PORT@, @PORT2@ ... @PORT9@ for free ports (then in
# PORT[NAME], PORT[NAME.2] ...), @T@ and @PKI@. Requests are logged to
# $T/NAME.access, one a line: status, method, uri, user agent, authorization,
# bytes sent, port.
start_nginx() {
	local name=$1 servers tries
	need nginx
	servers=$(cat)
	for ((tries = 0; tries < 5; tries++)); do
		rm -f "$T/$name.pid"
		nginx_configure "$name" "$servers" || fail "no free port"
		start "$name" nginx -p "$T" -e "$T/$name.log" -c "$T/$name.conf"
		wait_for 10 nginx_settled "$name"
		alive "$name" && [ -s "$T/$name.pid" ] && return
		grep -q 'Address already in use' "$T/$name.log" || break
		stop "$name"
	done
	fail "nginx ($name) does not start"
}

# It writes its pid once it listens on all its ports.
nginx_settled() {
	gone "$1" || [ -s "$T/$1.pid" ]
}

nginx_configure() {
	local name=$1 servers=$2 n kind user=
	for n in '' 2 3 4 5 6 7 8 9; do
		[[ $servers == *"@PORT$n@"* ]] || continue
		PORT[$name${n:+.$n}]=$(free_port) || return
		servers=${servers//"@PORT$n@"/${PORT[$name${n:+.$n}]}}
	done
	PORT[$name.settled]=$(free_port) || return
	servers=${servers//@T@/$T}
	servers=${servers//@PKI@/$PKI}
	[ "$(id -u)" != 0 ] || user='user root;'
	{
		echo "daemon off; master_process off; pid $T/$name.pid; $user"
		echo 'events { }'
		echo 'http {'
		for kind in client_body proxy fastcgi uwsgi scgi; do
			echo "${kind}_temp_path $T/$name.$kind;"
		done
		# shellcheck disable=SC2016 # nginx's variables
		echo 'log_format requests '"'"'$status $request_method $request_uri "$http_user_agent"' \
			'"$http_authorization" $bytes_sent $server_port'"'"';'
		echo "access_log $T/$name.access requests; types { } default_type application/octet-stream;"
		echo "$servers"
		echo "server { listen 127.0.0.1:${PORT[$name.settled]}; access_log off; return 204; }"
		echo '}'
	} >"$T/$name.conf"
}

# start_http NAME DIRECTORY - serves files; base URL in URL[NAME]
declare -A URL=()
start_http() {
	start_nginx "$1" <<<"server { listen 127.0.0.1:@PORT@; root $2; }"
	URL[$1]=http://127.0.0.1:${PORT[$1]}
}

# start_https NAME DIRECTORY [CERTIFICATE [KEY]] - names in the PKI; the standard
# server with its intermediate if not given; URL[NAME] says localhost
start_https() {
	local certificate=${3:-server-chain}
	start_nginx "$1" <<<"server { listen 127.0.0.1:@PORT@ ssl; root $2;
		ssl_certificate $PKI/$certificate.pem;
		ssl_certificate_key $PKI/${4:-${certificate%-chain}}.key; }"
	URL[$1]=https://localhost:${PORT[$1]}
}

# accesses NAME - a server's log. An answer is there before its line: the server is asked
# once more, for nothing, and has written the line when it answers that.
accesses() {
	local answer
	{
		exec {answer}<>"/dev/tcp/127.0.0.1/${PORT[$1.settled]}" &&
			printf 'GET / HTTP/1.0\r\n\r\n' >&"$answer" && read -r -t 10 -u "$answer" _
	} 2>/dev/null
	[ ! -e "$T/$1.access" ] || cat "$T/$1.access"
}

# requests NAME - what a server was asked, in order: one "METHOD URI STATUS" a line
requests() {
	accesses "$1" | awk '{print $2, $3, $1}'
}

# --- the daemon and the fetcher ---

# start_fetcher [ARGUMENT...] - accepts at $T/run/fetch
start_fetcher() {
	built certprov-fetch
	mkdir -p "$T/run"
	start fetcher "$B/certprov-fetch" --listen "$T/run/fetch" "$@"
	wait_for 10 fetcher_settled
	alive fetcher || fail "certprov-fetch does not start"
}

fetcher_settled() {
	gone fetcher || accepts "$T/run/fetch"
}

# start_daemon [ARGUMENT...] - with $T/certprovd.conf, which the test has written, and
# its sockets in $T/run; back when it says that it is ready. The sockets do not tell:
# those of the one before are still there.
start_daemon() {
	built certprovd
	mkdir -p "$T/run" "$T/state"
	READY=$(said_ready)
	start daemon "$B/certprovd" --config "$T/certprovd.conf" "$@"
	wait_for 10 daemon_settled
	alive daemon || fail "certprovd does not start"
	[ -S "$T/run/io.certprov.trust" ] || fail "certprovd does not listen"
}

said_ready() {
	local count
	count=$(grep -cs 'certprovd: certprovd .* is ready$' "$T/daemon.log")
	echo "${count:-0}"
}

daemon_settled() {
	gone daemon || [ "$(said_ready)" -gt "$READY" ]
}

stop_daemon() {
	stop daemon "$@"
}
