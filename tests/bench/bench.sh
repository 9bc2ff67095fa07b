# shellcheck shell=bash disable=SC2034 # variables are for the parts
# SPDX-License-Identifier: Apache-2.0
# What the parts of the bench share; sourced first by each. A part measures some figures
# and prints them to descriptor 3, as bench.h says; what goes wrong ends it by `fail`.
#
#   DATA   certificates, documents and bundles, made once by tests/bench/run
#   CPU    the processor that client and server share where they are to share one
#
# BENCH_NAMES, set before: the users and groups of the package are there.
# BENCH_PIN, set before: "one", the part and all that it starts run on that processor, ahead
# of others; "any", ahead of others on every one.

CPU=${BENCH_CPU:-0}
every_cpu=0-$(($(getconf _NPROCESSORS_ONLN) - 1))
# Ahead of whatever else runs here, where that is allowed.
ahead=(chrt --rr 1)
"${ahead[@]}" true 2>/dev/null || ahead=()
# The part itself and all that it starts, on these processors. First of all, since the
# script begins anew.
pin() {
	[ -z "${BENCH_PINNED:-}" ] || return 0
	BENCH_PINNED=1 exec taskset -c "$BENCH_PIN" "${ahead[@]}" "$0" "$@"
}

bench_root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
case ${BENCH_PIN:-} in
one) BENCH_PIN=$CPU pin "$@" ;;
any) BENCH_PIN=$every_cpu pin "$@" ;;
esac

# names FILE KIND - FILE of /etc, and what the package adds to it (u, users; ug, groups)
names() {
	local kind name id=61000
	cat "/etc/$1"
	while read -r kind name _; do
		id=$((id + 1))
		[[ $2 == *"$kind"* ]] || continue
		getent "$1" "$name" >/dev/null && continue
		case $1 in
		passwd) echo "$name:x:$id:$id::/:/usr/sbin/nologin" ;;
		group) echo "$name:x:$id:" ;;
		esac
	done < <(grep '^[ug] ' "$bench_root/systemd/certprov.sysusers.in")
}

# The part in a namespace of its own, where the users and groups are there as on a phone:
# what /etc does not have is looked for by all else that nsswitch.conf names. Like pin().
installed() {
	# shellcheck disable=SC2016 # what the shell inside expands
	local enter=(unshare --mount sh -c 'mount --bind "$0" /etc/passwd && mount --bind "$1" /etc/group &&
		shift && exec "$@"' "$DATA/passwd" "$DATA/group")
	[ -z "${BENCH_INSTALLED:-}" ] || return 0
	names passwd u >"$DATA/passwd"
	names group ug >"$DATA/group"
	"${enter[@]}" true 2>/dev/null || return 0
	BENCH_INSTALLED=1 exec "${enter[@]}" "$0" "$@"
}
[ -z "${BENCH_NAMES:-}" ] || installed "$@"
. "$bench_root/tests/integration/common.sh"
. "$bench_root/tests/integration/daemon.sh"
TAP_LIBRARY= # it would be measured as well
bench=$B/tests/bench
system=/etc/ssl/certs/ca-certificates.crt
PKI=${DATA:-$T}/pki
rounds=9

# What others did before this was not during what follows.
begin() {
	echo begin >&3
}

# figure NAME STYLE UNIT WHAT OURS REFERENCE ROUND... - STYLE, UNIT "-" and REFERENCE 0: none
figure() {
	local name=$1 style=$2 unit=$3 what=$4 ours=$5 reference=$6
	shift 6
	printf 'figure\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$style" "$unit" "$what" "$ours" "$reference" "$*" >&3
}

# absent NAME STYLE WHY - it cannot be measured here
absent() {
	printf 'skip\t%s\t%s\t%s\n' "$@" >&3
}

median() {
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

# ratio NAME STYLE UNIT WHAT FILE - "OURS REFERENCE" of a round a line
ratio() {
	local ours reference
	mapfile -t ours < <(cut -d ' ' -f 1 "$5")
	mapfile -t reference < <(cut -d ' ' -f 2 "$5")
	# shellcheck disable=SC2046 # one word a round
	figure "$1" "$2" "$3" "$4" "$(median "${ours[@]}")" "$(median "${reference[@]}")" \
		$(awk '{ printf "%.5g ", $1 / $2 }' "$5")
}

# What is measured is not to wait for a budget.
no_budget=('[server]' WorkPerSecond=1000000000 WorkAtOnce=1000000000)
# bench_config LINE... - for the bench's authorities, those of the system among them
bench_config() {
	# In a directory where nothing else happens: the daemon watches it.
	write_config "${no_budget[@]}" '[trust]' "Authorities=$DATA/trust/authorities.pem" "$@"
}

private_dirty() {
	awk '/^Private_Dirty:/ { print $2 }' "/proc/${PID[$1]}/smaps_rollup"
}

# start_echo - bench-echo at $T/echo
start_echo() {
	start echo "$bench/bench-echo" "$T/echo"
	wait_for 10 test -S "$T/echo" || fail "no echo"
}

# start_empty - bench-empty, when it waits
start_empty() {
	start empty "$bench/bench-empty"
	wait_for 5 empty_waits || fail "no empty program"
}
empty_waits() {
	grep -q bench-empty "/proc/${PID[empty]}/comm" && grep -q '^State:.*sleeping' "/proc/${PID[empty]}/status"
}

# find_dirmngr - a namespace of its own, in which the system's bundle has the bench's roots
# as well: dirmngr takes no other. inside=(...) is what to run in it; dirmngr is its home,
# or - when there is none.
find_dirmngr() {
	local unshare
	inside=()
	dirmngr=-
	command -v dirmngr >/dev/null || return 0
	mkdir -p "$T/gnupg"
	chmod 700 "$T/gnupg"
	for unshare in 'unshare --mount' 'unshare --mount --map-root-user'; do
		# shellcheck disable=SC2206,SC2016 # words; the inner shell's
		inside=($unshare sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$DATA/trust/authorities.pem" $system)
		"${inside[@]}" true 2>/dev/null && dirmngr=$T/gnupg && return
	done
	inside=()
}

# serve_documents - $DATA/www by HTTPS, which is authenticated by an authority: WWW
serve_documents() {
	start_nginx web <<<"server { listen 127.0.0.1:@PORT@ ssl; root $DATA/www;
		ssl_certificate $PKI/server-chain.pem; ssl_certificate_key $PKI/server.key;
		location = /small.xml { limit_rate 16k; } }"
	WWW=https://localhost:${PORT[web]}
}

# timed_run URL - seconds of a provisioning run, from the question to the last reply
timed_run() {
	/usr/bin/python3 "$bench_root/tests/bench/timed-run.py" "$ADMIN" "$1" "$T/run.json" ||
		fail "a run failed: $(tail -c 600 "$T/run.json")"
}

# A phone to which nothing happened yet.
new_phone() {
	rm -rf "$STATE" "$RUN"/io.certprov.* "$RUN/daemon"
	mkdir -p "$STATE" "$RUN"
	start_daemon
}
