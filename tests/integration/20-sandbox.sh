#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fetcher that was taken over cannot leave its sandbox: an evil one, linked with the
# real sandbox, tries what an attacker would. And the real one enters it before it
# talks to anybody.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
# They look into the process from outside, so the filter is off.
[ -z "${SANITIZE:-}" ] || skip "not in sanitizer builds"
built certprov-fetch tests/evil/evil-fetch
evil=$B/tests/evil/evil-fetch

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

# attempts KIND DATABASE - what the evil fetcher can do; $T/KIND
attempts() {
	mkdir -p "$T/$1.d"
	echo victim >"$T/$1.d/victim"
	"$evil" "$1" "$2" "${PID[daemon]}" "$TRUST" "$T/abstract" "$T/$1.d" >"$T/$1" || fail "the evil fetcher does not run"
}

# --- what it could do if it had kept its rights: the attempts are real ---

cp "$STATE/trust.db" "$T/decoy.db"
attempts free "$T/decoy.db"
free=$(grep -c '^possible' "$T/free")
for name in write-database append-to-database truncate-database create-file create-unnamed make-directory \
	remove-file execute execute-memory fork map-writable-code connect-path connect-abstract datagram-pair \
	signal-daemon write-own-memory write-what-was-open; do
	grep -qx "possible $name" "$T/free" || fail "without a sandbox, too, this is not possible: $(grep " $name" "$T/free")"
done
ok "without the sandbox $free of $(grep -vc '^landlock' "$T/free") attempts succeed"

# --- what it can do ---

before=$(sha256sum "$STATE/trust.db")
attempts sandboxed "$STATE/trust.db"
abi=$(sed -n 's/^landlock //p' "$T/sandboxed")
ok "the kernel's Landlock is of version $abi$([ "$abi" -gt 0 ] || echo ': none, the rest must do')"
sed -n 's/^untried \(.*\)/     not refused on such a kernel: \1/p' "$T/sandboxed"
equal "with it, nothing is possible and nothing reaches the kernel" '' \
	"$(grep -E '^(possible|reached)' "$T/sandboxed")"
equal "all attempts were made" "$(grep -vc '^landlock' "$T/free")" "$(grep -cE '^(refused|untried)' "$T/sandboxed")"
sed -n 's/^refused/     refused/p' "$T/sandboxed" | paste -d ' ' - - - - | tr -s ' ' | sed 's/^/     /; s/ refused/,/g; s/^     ,/    /'
equal "the database is as it was" "$before" "$(sha256sum "$STATE/trust.db")"
equal "nothing was made or removed" victim "$(ls "$T/sandboxed.d")"
matches "the daemon answers" 10.1.33.33 "$(state_of firmware)"

# --- the real one ---

start_nginx www <<<"server { listen 127.0.0.1:@PORT@; root @T@/www; location ~ slow { limit_rate 200; } }"
www=http://127.0.0.1:${PORT[www]}
start_fetcher
# find_child NAME - the pid of the first process that what was started has made
find_child() {
	child=$(cut -d ' ' -f 1 "/proc/${PID[$1]}/task/${PID[$1]}/children" 2>/dev/null)
	[ -n "$child" ]
}
sandboxed() {
	find_child fetcher && grep -qsx $'Seccomp:\t2' "/proc/$child/status"
}
start provision python3 "$here/varlink.py" -m "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"$www/slow-000413AABBCC.xml\"}"
wait_for 5 sandboxed || fail "no run with a filter"
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
	wait_for 5 test -S "$RUN/fetch" || fail "no fetcher"
	matches "a run under strace is complete" '"result": "complete"' \
		"$(provision "{\"url\": \"$www/fast-000413AABBCC.xml\"}")"
	find_child strace && kill "$child"
	wait_for 5 gone strace || fail "the fetcher does not stop"
	stop strace
	# Who is not root cannot read the addresses once the process cannot be looked into.
	order=$(grep -oE 'seccomp\(SECCOMP_SET_MODE_FILTER|connect\([0-9]+, (\{sa_family=AF_INET|0x)' "$T/trace" |
		sed 's/(.*//' | uniq | head -n 2 | paste -sd ' ')
	equal "its filter is set before its first connection" "seccomp connect" "$order"
else
	ok "the order is not looked at: nothing can be traced here"
fi
