#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fetcher or a daemon that was taken over cannot leave its sandbox: evil ones, linked with
# the real lists, try what an attacker would. And the real ones enter it before they talk to
# anybody.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
# They look into the process from outside, so the filter is off.
[ -z "${SANITIZE:-}" ] || skip "not in sanitizer builds"
built certprov-fetch certprovctl tests/evil/evil-fetch tests/evil/evil-daemon tests/evil/evil-handshake

for name in authority good; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
mkdir "$T/www"
for name in fast slow; do certificates_in good >"$T/www/$name-000413AABBCC.xml"; done
write_config
start_daemon
start abstract python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("\0" + sys.argv[1])
s.listen(8)
print("listening", flush=True)
while True: s.accept()' "$T/abstract"
wait_for 5 grep -q listening "$T/abstract.log" || fail "no abstract socket"

# Nobody's business: not the fetcher's, and not the daemon's either.
other=$(mktemp -d "${TMPDIR:-/tmp}/certprov-other.XXXXXX") || fail "no directory"
trap 'rm -rf "$other"; cleanup' EXIT
mkdir "$other/free" "$other/fetch" "$other/daemon" "$other/handshake"
cp "$STATE/trust.db" "$other/decoy.db"

# attempts KIND PROGRAM DATABASE RESULT [ARGUMENT...] - what an evil PROGRAM can do; $T/RESULT
attempts() {
	echo victim >"$other/$4/victim"
	"$B/tests/evil/evil-$2" "$1" "$3" "${PID[daemon]}" "$TRUST" "$T/abstract" "$other/$4" "${@:5}" >"$T/$4" ||
		fail "the evil $2 does not run"
}

# --- what it could do if it had kept its rights: the attempts are real ---

attempts free fetch "$other/decoy.db" free
free=$(grep -c '^possible' "$T/free")
for name in write-database append-to-database truncate-database create-file create-unnamed make-directory \
	remove-file execute execute-memory fork map-writable-code connect-path connect-abstract datagram-pair bind-path \
	signal-daemon write-own-memory write-what-was-open; do
	grep -qx "possible $name" "$T/free" || fail "without a sandbox, too, this is not possible: $(grep " $name" "$T/free")"
done
ok "without the sandbox $free of $(grep -vc '^landlock' "$T/free") attempts succeed"

# --- what they can do ---

abi=$(sed -n 's/^landlock //p' "$T/free")
ok "the kernel's Landlock is of version $abi$([ "$abi" -gt 0 ] || echo ': none, the rest must do')"

# taken_over PROGRAM DATABASE [ARGUMENT...]
taken_over() {
	local before
	before=$(sha256sum "$2")
	attempts sandboxed "$1" "$2" "$1" "${@:3}"
	sed -n 's/^untried \(.*\)/     not refused on such a kernel: \1/p' "$T/$1"
	equal "the evil $1 finds that nothing is possible and nothing reaches the kernel" '' \
		"$(grep -E '^(possible|reached)' "$T/$1")"
	equal "all attempts were made" "$(grep -vc '^landlock' "$T/free")" "$(grep -cE '^(refused|untried|needed)' "$T/$1")"
	sed -n 's/^refused/     refused/p' "$T/$1" | paste -d ' ' - - - - | tr -s ' ' |
		sed 's/^/     /; s/ refused/,/g; s/^     ,/    /'
	equal "the database is as it was" "$before" "$(sha256sum "$2")"
	equal "nothing was made or removed" victim "$(ls "$other/$1")"
	matches "the daemon answers" 10.1.33.33 "$(state_of firmware)"
}
taken_over fetch "$STATE/trust.db"
taken_over daemon "$other/decoy.db" "$T/certprovd.conf" "$T/authorities.pem" "$STATE" "$RUN"

taken_over handshake "$other/decoy.db"

# --- the real daemon ---

status_of_daemon=$(cat "/proc/${PID[daemon]}/status")
matches "the daemon has a filter" $'^Seccomp:\t2' "$status_of_daemon"
matches "gets no new rights" $'^NoNewPrivs:\t1' "$status_of_daemon"
matches "has no capability" $'^CapEff:\t0+$' "$status_of_daemon"
matches "makes no core file" 'Max core file size +0 +0' "$(cat "/proc/${PID[daemon]}/limits")"
printf '%s\n' "$(cat "$T/authorities.pem")" >"$T/authorities.pem.new"
mv "$T/authorities.pem.new" "$T/authorities.pem"
cp "$T/authorities.pem" "$other/authorities.pem"
write_config '[trust]' "Authorities=$other/authorities.pem" '[phone]' Firmware=10.1.20.0
kill -HUP "${PID[daemon]}"
refuses() {
	grep -q "$other/authorities.pem cannot be read: certprovd has given up all files .* restart it" "$T/daemon.log"
}
if [ "$abi" -gt 0 ]; then
	wait_for 5 refuses || fail "what is out of reach is not named"
	ok "a reload that names a file which was not named at the start says so"
	equal "and changes nothing" "10.1.33.33 1" "$(state_of firmware) $(state_of authorities)"
fi
write_config '[phone]' Firmware=10.1.20.0
kill -HUP "${PID[daemon]}"
reloaded() {
	[ "$(state_of firmware)" = 10.1.20.0 ]
}
wait_for 5 reloaded || fail "not reloaded"
equal "the file of authorities, which was replaced, is read again" 1 "$(state_of authorities)"

# --- the real handshake ---

# find_child NAME - the pid of the first process that what was started has made
find_child() {
	child=$(cut -d ' ' -f 1 "/proc/${PID[$1]}/task/${PID[$1]}/children" 2>/dev/null)
	[ -n "$child" ]
}
# sandboxed NAME - it has one, which has a filter
sandboxed() {
	find_child "$1" && grep -qsx $'Seccomp:\t2' "/proc/$child/status"
}

start silent python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
connections = []
while True: connections.append(s.accept())'
wait_for 5 test -s "$T/silent.log" || fail "no silent server"
start verify env CERTPROV_RUNTIME_DIR="$RUN" "$B/certprovctl" verify --connect "127.0.0.1:$(cat "$T/silent.log")" --timeout 60
wait_for 10 sandboxed verify || fail "what speaks to a peer has no filter"
ok "what speaks to a peer for certprovctl has a filter"
if ls "/proc/$child/fd" >/dev/null 2>&1; then
	equal "and the connection and a pipe besides the standard ones" "pipe socket" \
		"$(find "/proc/$child/fd" -name '[3-9]*' -printf '%l\n' | sed 's/:.*//' | sort | xargs)"
fi
kill -KILL "$child"
wait_for 10 gone verify || fail "certprovctl waits for a dead process"
stop verify
matches "when it dies, that is said" 'the process that talks to the peer ended before it reported' \
	"$(cat "$T/verify.log")"
stop silent

# --- the real fetcher ---

start_nginx www <<<"server { listen 127.0.0.1:@PORT@; root @T@/www; location ~ slow { limit_rate 200; } }"
www=http://127.0.0.1:${PORT[www]}
start_fetcher
start provision python3 "$here/varlink.py" -m "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"$www/slow-000413AABBCC.xml\"}"
wait_for 5 sandboxed fetcher || fail "no run with a filter"
matches "a run of the real one has a filter and gets no new rights" $'NoNewPrivs:\t1' "$(cat "/proc/$child/status")"
matches "may write no file" 'Max file size +0 +0' "$(cat "/proc/$child/limits")"
if ls "/proc/$child/fd" >/dev/null 2>&1; then
	equal "and has no file of the daemon's open" '' "$(find "/proc/$child/fd" -lname "$T/[rs][tu]*" -printf '%l\n')"
else
	ok "and cannot be looked into by its own user"
fi
stop provision
stop fetcher

if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	start strace strace -f -o "$T/trace" -e trace=seccomp,connect "$B/certprov-fetch" --listen "$RUN/fetch"
	wait_for 5 accepts "$RUN/fetch" || fail "no fetcher"
	matches "a run under strace is complete" '"result": "complete"' \
		"$(provision "{\"url\": \"$www/fast-000413AABBCC.xml\"}")"
	find_child strace && kill "$child"
	wait_for 5 gone strace || fail "the fetcher does not stop"
	stop strace
	# Who is not root cannot read the addresses once the process cannot be looked into.
	order=$(grep -oE 'seccomp\(SECCOMP_SET_MODE_FILTER|connect\([0-9]+, (\{sa_family=AF_INET|0x)' "$T/trace" |
		sed 's/(.*//' | uniq | head -n 2 | paste -sd ' ')
	equal "its filter is set before its first connection" "seccomp connect" "$order"

	# --- a kernel that has neither ---

	stop_daemon
	: >"$T/daemon.log"
	start daemon strace -f -qq -o /dev/null -e trace=landlock_create_ruleset,seccomp \
		-e inject=landlock_create_ruleset,seccomp:error=ENOSYS "$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 answers || fail "the daemon does not start where the kernel lacks something"
	ok "without Landlock and filters the daemon serves"
	equal "and says of each once that it is not there" "1 1" \
		"$(grep -c 'this kernel has no Landlock' "$T/daemon.log") $(grep -c 'no system call filter' "$T/daemon.log")"
	find_child daemon || fail "there is no daemon below strace"
	matches "the rest holds" $'NoNewPrivs:\t1' "$(cat "/proc/$child/status")"
	kill "$child"
	wait_for 10 gone daemon || fail "the daemon does not stop"
	stop daemon
else
	ok "the order is not looked at: nothing can be traced here"
fi
