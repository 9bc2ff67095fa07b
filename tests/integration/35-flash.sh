#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a stranger can have written: a run whose documents are made to fill the report and
# the log, and what still can be changed on a disk without a byte left.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch

for name in authority first bad; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
write_config '[trust]' "Authorities=$T/authorities.pem" Bootstrap=open

# --- a run that fills report and log ---

lines=1500
{
	echo '<settings><certificates>'
	for ((i = 0; i < lines; i++)); do
		printf '<certificate type="base64">%s</certificate>\n' "$(printf %06d "$i" | base64)"
	done
	echo '</certificates></settings>'
} >"$T/hostile.xml"

# wrote - bytes that the daemon has written so far, by every kind of write
wrote() {
	sed -n 's/^wchar: //p' "/proc/${PID[daemon]}/io"
}

# What the tap writes would be counted as the daemon's.
TAP_LIBRARY=
start_fetcher
start_daemon
document=$(python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))' <"$T/hostile.xml")
: >"$T/daemon.log"
before=$(wrote)
run=$(provision "$document")
after=$(wrote)
matches "every line of a hostile run counts" "\"refused\": $lines" "$run"
echo "LOG hostile run of $lines lines: $((after - before)) bytes written, log $(wc -c <"$T/daemon.log")," \
	"database $(stat -c %s "$STATE/trust.db")"
equal "the log has 200 lines of it" 200 "$(grep -c 'inline:[0-9]*: ' "$T/daemon.log")"
matches "and one that counts the rest" "not logged besides: 0 certificates accepted, $((lines - 200)) refused" \
	"$(cat "$T/daemon.log")"
ask admin.GetRun '{"id": 1}' -m >"$T/report"
omitted=$(python3 -c '
import json, sys
replies = [json.loads(line) for line in sys.stdin]
last = replies[-1]["outcome"]
assert last["kind"] == "omitted", last
assert sum(len(json.dumps(r["outcome"])) for r in replies if "outcome" in r) < 300 * 1024
print(replies[0]["run"]["omitted"] + len(replies) - 2)' <"$T/report")
equal "the report has the others as counts in its last line" "$((lines + 1))" "$omitted"
matches "by kind and result" 'only counted: [0-9]+ certificate [a-z-]+' "$(tail -n 1 "$T/report")"
stop_daemon

# --- a full disk ---

if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	echo "SKIP a full disk: only root can mount a small one"
	exit 0
fi
rm -rf "$STATE"
mkdir "$STATE"
: >"$T/daemon.log"
# shellcheck disable=SC2016 # the inner shell's
start daemon unshare -m --propagation private bash -c '
	mount -t tmpfs -o size=1m,mode=0700 tmpfs "$1" && exec "$2" --config "$3"' - \
	"$STATE" "$B/certprovd" "$T/certprovd.conf"
wait_for 10 answers || fail "the daemon does not answer"
in_state() {
	nsenter -m -t "${PID[daemon]}" -- "$@"
}
fill() {
	in_state dd if=/dev/zero "of=$STATE/filler" bs=4096 oflag=append conv=notrunc status=none 2>/dev/null
}
certificates_in first bad >"$T/document.xml"
document=$(python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))' <"$T/document.xml")
matches "a run is complete while there is room" '"result": "complete"' "$(provision "$document")"
fill
matches "a setting cannot be made on a full disk" 'ERROR|rror' \
	"$(ask admin.SetSetting '{"name": "update_policy", "value": "never_update"}' 2>&1)"
for ((i = 1; i <= 8; i++)); do
	status "distrust $i succeeds on it" 0 ask admin.Distrust \
		"{\"kind\": \"certificate\", \"sha256\": \"$(printf %064x "$i")\"}"
	fill
done
status "a distrust is lifted on it" 0 ask admin.LiftDistrust "{\"kind\": \"certificate\", \"sha256\": \"$(printf %064x 8)\"}"
fill
status "a certificate is removed on it" 0 ask admin.Remove "{\"list\": \"servers\", \"sha256\": \"$(sha256 "$T/bad.der")\"}"
equal "seven distrusts are there" 7 "$(state_of distrusted)"
equal "one certificate is" "$(sha256 "$T/first.der")" "$(listed)"
equal "and on the disk" 7 "$(in_state grep -c '^certificate' "$STATE/distrusted")"
stop_daemon
