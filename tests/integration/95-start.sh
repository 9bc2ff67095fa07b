#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where provisioning starts: the setting server, the redirection service and what other
# processes learnt, in the order of provisioning_order; what follows a run at once; and
# that what anybody in the network may say is never taken for the administrator's word.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch certprovctl

for name in authority one two three; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
mkdir "$T/www"
MAC=000413AABBCC
certificates_in one >"$T/www/one-$MAC.xml"
certificates_in two >"$T/www/two-$MAC.xml"
certificates_in three >"$T/www/three-$MAC.xml"
start_nginx www <<-'X'
	server {
		listen 127.0.0.1:@PORT@; root @T@/www;
		location ~ busy { add_header Retry-After 7200 always; return 503; }
		location ~ months { add_header Retry-After 7776000 always; return 503; }
	}
X
www=http://127.0.0.1:${PORT[www]}
absent=$www/absent-$MAC.xml

# runs - "ID RESULT SOURCE CAUSE PREVIOUS FILE" of each that has ended, oldest first
runs() {
	ask admin.ListRuns '{}' -g runs | python3 -c '
import json, sys
for run in sorted(json.load(sys.stdin), key=lambda run: run["id"]):
    if "result" in run:
        print(run["id"], run["result"], run.get("source", "-"), run.get("cause", "-"), run.get("previous", "-"),
              run.get("url", "-").rsplit("/", 1)[1].split("-")[0])'
}
# have PATTERN - some run says this
have() {
	runs | grep -qE -- "$1"
}
# run ID MEMBER
run() {
	ask admin.GetRun "{\"id\": $1}" -m | python3 -c '
import json, sys
value = json.loads(sys.stdin.readline())["run"].get(sys.argv[1])
print(value if isinstance(value, str) else json.dumps(value))' "$2"
}
idle() {
	[ -z "$(state_of nextRun)" ]
}
offer() {
	ask admin.OfferSettingServer "{\"source\": \"$1\", \"url\": \"$2\"}"
}
set_setting() {
	ask admin.SetSetting "{\"name\": \"$1\", \"value\": \"$2\"}" >/dev/null || fail "$1 cannot be $2"
}
fresh() {
	stop daemon
	rm -rf "$STATE"
	write_config '[provisioning]' "$@"
	start_daemon
}
# settings_file NAME SETTING VALUE... - a document with these settings
settings_file() {
	local name=$1
	shift
	{
		echo "<settings><phone-settings>"
		while [ $# -gt 0 ]; do
			echo "<$1>$2</$1>"
			shift 2
		done
		echo "</phone-settings></settings>"
	} >"$T/www/new" && mv "$T/www/new" "$T/www/$name-$MAC.xml"
}
ctl() {
	"$B/certprovctl" --socket-dir "$RUN" "$@"
}

start_fetcher

# --- what other processes learnt ---

fresh RefreshInterval=0
matches "without a source there is nothing to ask" NoSettingServer "$(ask admin.Provision '{}' -m 2>&1)"
equal "and the status names none" '' "$(state_of settingServer)"
ctl offer-server dhcp "${www/\/\//\/\/user:secret@}/one-$MAC.xml?key=secret" >"$T/told" || fail "no offer: $(cat "$T/told")"
wait_for 15 have 'complete dhcp offer - one' || fail "an offer begins no run: $(runs)"
ok "what DHCP named is asked soon"
equal "and what it delivers counts as the firmware says" "$(sha256 "$T/one.der")" "$(listed)"
equal "but not as authenticated" false "$(ask trust.ListCertificates '{"list": "servers"}' -m -g certificate.authenticated)"
matches "the status says where that came from" "^http://\*\*\*@127.0.0.1:.*\?key=\*\*\*\$" "$(state_of settingServer)"
matches "and that anybody may have said it" 'setting-server-learnt.*dhcp' "$(state_of concerns)"
matches "certprovctl status shows it" "Provision from .*\(dhcp\)" "$(ctl status)"
matches "and certprovctl settings" "setting_server .* dhcp" "$(ctl settings)"
matches "the log has who said it" 'dhcp says to provision from http://' "$(cat "$T/daemon.log")"
lacks "without the password and the values of the query" secret "$(cat "$T/daemon.log")"

offer tr69 "$www/three-$MAC.xml"
wait_for 5 idle || fail "a run is due"
equal "what comes behind a source that stopped begins no run" 1 "$(runs | grep -c .)"
offer pnp "$www/two-$MAC.xml"
wait_for 15 have 'complete pnp offer - two' || fail "an offer ahead of it begins no run: $(runs)"
ok "what comes ahead of it is asked"
count=$(runs | grep -c .)
offer pnp "$www/two-$MAC.xml"
wait_for 5 idle || fail "the same offer again begins a run"
equal "the same again is no news" "$count" "$(runs | grep -c .)"
matches "a source that the vendor does not know is refused" 'InvalidParameter.*source' "$(offer ftp "$www/" 2>&1)"
matches "and what is no URL of HTTP" 'InvalidParameter.*url' "$(offer pnp "tftp://127.0.0.1/" 2>&1)"
for n in $(seq 4 20); do offer dhcp114 "$www/$n.xml" >/dev/null || fail "offer $n is refused"; done
matches "the 21st change in ten minutes is refused" 'LimitExceeded.*setting-server-changes' "$(offer dhcp114 "$www/21.xml" 2>&1)"
stop daemon
lacks "neither has the database them" 'user:secret' "$(sqlite3 "$STATE/trust.db" .dump)"
lacks "and setting_server was not set by it" setting_server "$(sqlite3 "$STATE/trust.db" 'SELECT name FROM setting')"

# --- provisioning_order ---

fresh RefreshInterval=0
offer pnp "$absent"
wait_for 15 have 'failed pnp offer' || fail "no run: $(runs)"
offer dhcp "$www/one-$MAC.xml"
wait_for 15 have 'complete dhcp source-failed' || fail "no other source after one that failed: $(runs)"
last=$(runs | tail -n 1 | cut -d ' ' -f 1)
equal "a source that failed is followed by the next, which says so" "$((last - 1))" "$(run "$last" previous)"
equal "and has the chain of URLs" "[\"$absent\"]" "$(run "$last" chain)"
matches "the one before says what followed" 'Nothing could be fetched: dhcp is asked next' "$(run $((last - 1)) next)"
set_setting setting_server "$www/two-$MAC.xml"
wait_for 15 have 'complete setting-server .* two' || fail "no run from the setting server: $(runs)"
wait_for 5 idle || fail "a run is due"
equal "a setting server that is there ends it" 'two' "$(runs | tail -n 1 | cut -d ' ' -f 6)"
set_setting provisioning_order 'redirection:proceed dhcp:stop pnp:stop'
provision '{}' >/dev/null
wait_for 15 have 'complete dhcp source-proceeds .* one' || fail "proceed does not go on: $(runs)"
ok "proceed goes on after a success"
wait_for 5 idle || fail "a run is due"
lacks "and stop ends it: the order is the setting's" 'pnp source-(failed|proceeds)' "$(runs)"
set_setting setting_server "$absent"
wait_for 15 have 'failed setting-server .* absent' || fail "no run: $(runs)"
wait_for 15 idle || fail "the pass does not end: $(runs)"
equal "a setting server that failed is followed as well" 'complete dhcp source-failed' "$(runs | tail -n 1 | cut -d ' ' -f 2-4)"
lacks "so provisioning has not failed" provisioning-failed "$(state_of concerns)"

# --- a server that asks to wait ---

# due_within MIN MAX - seconds from now
due_within() {
	local next
	next=$(state_of nextRun)
	[ -n "$next" ] || return 1
	next=$(($(date -d "$next" +%s) - $(date +%s)))
	[ $next -ge "$1" ] && [ $next -le "$2" ]
}
fresh AtStart=yes RefreshInterval=1d "Url=$www/busy-$MAC.xml"
wait_for 15 have '^1 failed' || fail "no run: $(runs)"
wait_for 5 due_within 7100 8000 || fail "the next run is at $(state_of nextRun)"
ok "Retry-After of the server counts where the back-off would be sooner"
matches "the report says it" 'HTTP status 503, and it asks to wait 7200 seconds' "$(ask admin.GetRun '{"id": 1}' -m)"
matches "and what follows" 'asks to wait 7200 seconds: no run begins by itself before that' "$(run 1 next)"
equal "it is asked once, not as often as Retries= says" 1 "$(grep -c busy "$T/www.access")"
provision '{}' >/dev/null
equal "who asks for a run has it" 2 "$(runs | grep -c '^. failed')"
set_setting setting_server "$www/months-$MAC.xml"
wait_for 15 have 'failed setting-server .* months' || fail "another server waits for the first: $(runs)"
wait_for 5 due_within 86000 95100 || fail "the next run is at $(state_of nextRun)"
ok "no server sends the phone away for longer than a day"

# --- names that the phone makes ---

certificates_in one >"$T/www/snomD785-$MAC.htm"
fresh RefreshInterval=0
matches "of a URL without a file name one of two files will do" '"result": "complete"' "$(provision "{\"url\": \"$www/\"}")"
equal "which are named by the phone's type and MAC" "/snomD785.htm /snomD785-$MAC.htm" \
	"$(tail -n 2 "$T/www.access" | grep -oE '/[^ ]*htm' | paste -sd ' ')"
rm "$T/www/snomD785-$MAC.htm"
provision "{\"url\": \"$www/\"}" >/dev/null
outcomes=$(ask admin.GetRun '{"id": 2}' -m | python3 -c '
import json, sys
for line in sys.stdin:
    outcome = json.loads(line).get("outcome")
    if outcome:
        print(outcome["result"], outcome["url"].rsplit("/", 1)[1])')
equal "where neither is there, the first is to blame" "http-status snomD785.htm
optional-absent snomD785-$MAC.htm" "$outcomes"

# --- an address of the phone ---

fresh RefreshInterval=0 AllowLocal=no
offer dhcp "$www/one-$MAC.xml"
wait_for 15 have 'failed dhcp' || fail "no run: $(runs)"
matches "what was learnt may not lead to the phone itself" address-refused "$(ask admin.GetRun '{"id": 1}' -m)"

# --- redirection ---

settings_file redirect setting_server "$www/one-$MAC.xml"
settings_file nothing update_policy settings_only
fresh AtStart=yes RefreshInterval=1d "Redirection=$www/redirect-$MAC.xml"
wait_for 15 have 'complete setting-server setting-server 1 one' || fail "no redirection: $(runs)"
equal "the redirection service is asked first" '1 complete redirection schedule - redirect' "$(runs | head -n 1)"
equal "the server it names has it in its chain" "[\"$www/redirect-$MAC.xml\"]" "$(run 2 chain)"
equal "and is trusted for what it brings" "$(sha256 "$T/one.der")" "$(listed)"
matches "the report shows it" "After +$www/redirect" "$(ctl report 2)"
matches "and who named it" "Named by +setting-server" "$(ctl report 2)"
count=$(runs | grep -c .)
provision '{}' >/dev/null
equal "from then on the service is not asked" 'complete setting-server request' "$(runs | tail -n 1 | cut -d ' ' -f 2-4)"
equal "nor anything else" $((count + 1)) "$(runs | grep -c .)"

fresh AtStart=yes RefreshInterval=1d "Redirection=$www/nothing-$MAC.xml"
wait_for 15 have 'redirection schedule .* nothing' || fail "no run: $(runs)"
soon() {
	local next
	next=$(state_of nextRun)
	[ -n "$next" ] && [ $(($(date -d "$next" +%s) - $(date +%s))) -lt 3600 ]
}
wait_for 10 soon || fail "the next run is at $(state_of nextRun)"
ok "a redirection service that names no server is asked again by the back-off"
offer dhcp "$www/two-$MAC.xml"
wait_for 20 have 'complete dhcp source-failed .* two' || fail "no source after the service: $(runs)"
ok "and the next source is asked after it"

# --- settings that a file changes ---

for n in 1 2 3 4 5 6; do settings_file "chain$n" setting_server "$www/chain$((n + 1))-$MAC.xml"; done
certificates_in one >"$T/www/chain7-$MAC.xml"
fresh AtStart=yes RefreshInterval=1d "Url=$www/chain2-$MAC.xml"
wait_for 30 have '^6 .* chain7' || fail "five changes are not followed: $(runs)"
equal "a file that names another server is followed at once, five times" \
	"$(printf '%s\n' configuration setting-server setting-server setting-server setting-server setting-server)" \
	"$(runs | cut -d ' ' -f 3)"
equal "the last has the whole chain" 5 "$(run 6 chain | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')"
lacks "which is no loop" setting-server-loop "$(state_of concerns)"

fresh AtStart=yes RefreshInterval=1d "Url=$www/chain1-$MAC.xml"
wait_for 30 have '^6 .* chain6' || fail "no chain: $(runs)"
matches "the sixth change waits for the schedule, and says so" 'chain7.* for the 6th time within an hour' "$(run 6 next)"
matches "so does the status" 'setting-server-loop.*6th time' "$(state_of concerns)"
equal "no seventh run is made" 6 "$(runs | grep -c .)"

settings_file ping setting_server "$www/pong-$MAC.xml"
settings_file pong setting_server "$www/ping-$MAC.xml"
fresh AtStart=yes RefreshInterval=1d "Url=$www/ping-$MAC.xml"
wait_for 30 have '^6 ' || fail "no runs: $(runs)"
matches "files that name each other are told as such" 'name each other' "$(run 6 next)"
equal "their runs are six" 6 "$(runs | grep -c .)"
certificates_in one >"$T/www/ping-$MAC.xml"
provision '{}' >/dev/null
lacks "and once the file is mended the status says no more" setting-server-loop "$(state_of concerns)"

settings_file order provisioning_order 'dhcp:stop'
fresh AtStart=no RefreshInterval=1d "Url=$www/order-$MAC.xml"
provision '{}' >/dev/null
wait_for 15 have '^2 complete configuration provisioning-order 1 order' || fail "no run after another order: $(runs)"
ok "a file that changes provisioning_order begins the pass anew"
settings_file order provisioning_order 'pnp:stop' setting_server "$www/one-$MAC.xml"
provision '{}' >/dev/null
wait_for 15 have '^4 complete setting-server setting-server 3 one' || fail "no run: $(runs)"
equal "with another server as well it is one run more, not two" 4 "$(runs | grep -c .)"
