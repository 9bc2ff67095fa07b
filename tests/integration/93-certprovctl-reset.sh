#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A factory reset: it asks, what goes is gone from the files as well, what stays is there,
# a run in progress ends, and provisioning begins as at the first start.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprovctl certprov-fetch
export CERTPROV_RUNTIME_DIR=$RUN
ctl() {
	"$B/certprovctl" "$@" 2>&1
}
KEYS=$STATE/keys

{ pki_init && pki_issue device-root device-root root; } || fail "no certificates"
for name in authority one two bad; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
mkdir "$T/www"
{
	certificates_in one two | sed 's,</settings>,,'
	echo '<phone-settings><http_client_user perm="">elsewhere</http_client_user>'
	echo '<http_client_pass perm="">geheimwort</http_client_pass>'
	echo '</phone-settings></settings>'
} >"$T/www/phone.xml"
start_http www "$T/www"
# A server that takes a connection and never answers.
python3 -c '
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
open(sys.argv[1], "w").write("%d" % s.getsockname()[1])
kept = []
while True: kept.append(s.accept())' "$T/silent" >/dev/null 2>&1 </dev/null &
PID[silent]=$!
wait_for 10 test -s "$T/silent" || fail "no silent server"

start_fetcher
configure() {
	write_config '[identity]' "DeviceAuthorities=$PKI/device-root.pem" "$@"
}
configure
start_daemon

# fill - with all that a phone comes to hold
fill() {
	equal "a run fills the store" complete "$(provision "{\"url\": \"${URL[www]}/phone.xml\"}" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["result"])')"
	ctl distrust "$(sha256 "$T/bad.der")" --reason test >/dev/null || fail "nothing distrusted"
	ctl set host_name_validation_flags 1 >/dev/null || fail "nothing set"
	ask trust.ReportRejection "{\"chain\": [\"$(openssl base64 -A -in "$T/bad.der")\"], \"host\": \"pbx.example\",
		\"purpose\": \"sip\", \"result\": \"issuer-not-trusted\"}" >/dev/null
	equal "  with two servers, one distrust and one rejected peer" "2 1 1" \
		"$(state_of servers) $(state_of distrusted) $(state_of unknown)"
}
fill
ctl device csr --output "$T/a.csr" >/dev/null || fail "no request"
openssl x509 -req -in "$T/a.csr" -CA "$PKI/device-root.pem" -CAkey "$PKI/device-root.key" -CAcreateserial \
	-days 365 -out "$T/device.pem" 2>/dev/null
ctl device install "$T/device.pem" >/dev/null || fail "no identity"
ctl device csr --output "$T/b.csr" >/dev/null || fail "no second request"
cat "$T/some.key" "$T/authority.pem" >"$KEYS/webserver-a.pem" && chmod 600 "$KEYS/webserver-a.pem"
grep -aq geheimwort "$STATE"/trust.db* || fail "the password was to be in the store"
[ -e "$STATE/trust.db.backup.1" ] || fail "there was to be a backup"
store=$(state_of store)

# --- it asks ---

# on_terminal ANSWER - factory-reset at a terminal; its exit status
on_terminal() {
	python3 - "$1" "$B/certprovctl" factory-reset <<'PYTHON'
import os, pty, sys
answer, *command = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(command[0], command)
said = b""
while b"go on: " not in said:
    said += os.read(fd, 4096)
os.write(fd, answer.encode() + b"\n")
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}
ctl_no_terminal() {
	ctl factory-reset </dev/null
}
status "without a terminal nothing is reset" 2 ctl_no_terminal
matches "and what helps is said" 'no terminal.*Repeat it with --yes' "$(tr '\n' ' ' <<<"$OUT")"
status "nor when the answer is not yes" 2 on_terminal y
equal "everything is as it was" "$store 2" "$(state_of store) $(state_of servers)"

# --- a run in progress ---

provision "{\"url\": \"http://127.0.0.1:$(<"$T/silent")/x.xml\"}" >"$T/run.json" &
waiting=$!
run_started() {
	[ "$(ask admin.ListRuns '{}' -g runs | python3 -c 'import json, sys
print(sum("finished" not in r for r in json.load(sys.stdin)))')" = 1 ]
}
wait_for 10 run_started || fail "the run does not start"

# --- the reset ---

status "a yes resets" 0 ctl factory-reset --yes
matches "and it says so" 'this phone: reset to the state of the factory' "$OUT"
wait "$waiting"
matches "the run ended, cancelled" '"result": "cancelled"' "$(cat "$T/run.json")"
[ "$(state_of store)" != "$store" ] || fail "the store has its old id"
ok "the store has another id"
equal "no servers, no rejected peers, and what was distrusted" "0 0 1" \
	"$(state_of servers) $(state_of unknown) $(state_of distrusted)"
equal "no runs" 0 "$(ctl runs --json | grep -c '"id"')"
matches "settings are what they are by default" 'default' "$(ctl settings --json | grep -o '"name":"host_name_validation_flags"[^}]*')"
lacks "all of them" '"origin":"(provisioned|admin)"' "$(ctl settings --json)"
equal "the history begins with it" "1 1" \
	"$(ctl history --json | grep -o '"what"' | wc -l) $(ctl history --json | grep -c 'reset the phone to the state of the factory')"
matches "and says who made it" "uid:$(id -u) pid:" "$(ctl history --json)"
equal "only the authorities are exported" "$(sha256 "$T/authorities.pem")" "$(sha256 "$RUN/daemon/export/cafile.pem")"
equal "the identity made on the phone stays in force" "installed" "$(ctl device show --json | python3 -c '
import json, sys
print(*[i["source"] for i in json.load(sys.stdin)["identities"] if i["inForce"]])')"
[ ! -e "$KEYS/webserver-a.pem" ] || fail "the key of webserver_cert is still there"
ok "webserver_cert went with its key"
ctl device csr --output "$T/c.csr" >/dev/null
equal "a request that waits still does" "$(openssl req -in "$T/b.csr" -noout -pubkey)" \
	"$(openssl req -in "$T/c.csr" -noout -pubkey)"
equal "there is no backup of what was" "" "$(cd "$STATE" && echo trust.db.backup.* | grep -v '\*')"
! grep -aqE 'geheimwort|elsewhere' "$STATE"/trust.db* || fail "what was forgotten can be read in a file"
ok "what was forgotten is in no file"
after=$(state_of store)
stop_daemon
start_daemon
equal "a restart finds the same" "$after 0 1" "$(state_of store) $(state_of servers) $(state_of distrusted)"

# --- provisioning begins as at the first start ---

stop_daemon
configure '[provisioning]' "Url=${URL[www]}/phone.xml" AtStart=yes
start_daemon
wait_for 20 runs_are 1 || fail "no run at start"
servers_are() {
	[ "$(state_of servers)" = "$1" ]
}
wait_for 20 servers_are 2 || fail "the run at start brings nothing"
store=$(state_of store)
count=$(requests www | wc -l)
status "at a terminal, yes resets" 0 on_terminal yes
[ "$(state_of store)" != "$store" ] || fail "the store has its old id"
asked_again() {
	[ "$(requests www | wc -l)" -gt "$count" ]
}
wait_for 20 asked_again || fail "the phone does not provision after the reset"
wait_for 20 servers_are 2 || fail "the run after the reset brings nothing"
ok "the phone provisions at once from where it is configured to"
