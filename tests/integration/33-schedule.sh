#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs that nobody asks for: at start and by the refresh interval, after failures by
# prov_back_off_timer, not at all when an admin forbids it, from another server when that
# is set; what hostile files can do to all that; and a reload in the middle of a run.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch

for name in authority one two; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
mkdir "$T/www"
MAC=000413AABBCC
certificates_in one >"$T/www/start-$MAC.xml"
certificates_in two >"$T/www/other-$MAC.xml"
{ certificates_in one && head -c 3000 /dev/zero | tr '\0' ' '; } >"$T/www/slow-$MAC.xml"
start_nginx www <<<"server { listen 127.0.0.1:@PORT@; root @T@/www; location ~ slow { limit_rate 1k; } }"
www=http://127.0.0.1:${PORT[www]}

# runs - "RESULT STARTED FINISHED" of each, oldest first, times in seconds
runs() {
	python3 -c '
import calendar, sys, time
sys.path.insert(0, sys.argv[1])
from varlink import Peer
def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) if text else 0
for run in sorted(Peer(sys.argv[2]).call("io.certprov.admin.ListRuns")["runs"], key=lambda run: run["id"]):
    print(run.get("result", "-"), seconds(run["started"]), seconds(run.get("finished")), run.get("url", "-"))' "$here" "$ADMIN"
}
# have COUNT PATTERN - so many runs say this
have() {
	[ "$(runs | grep -cE -- "$2")" -ge "$1" ]
}
last_is() {
	runs | tail -n 1 | grep -qE "^$1"
}
# next_within MIN MAX - seconds from now; there is none while a run is under way
next_within() {
	local next
	next=$(state_of nextRun)
	[ -n "$next" ] || return 1
	next=$(($(date -d "$next" +%s) - $(date +%s)))
	[ $next -ge "$1" ] && [ $next -le "$2" ]
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

listed_is() {
	[ "$(listed)" = "$1" ]
}

start_fetcher

# --- by themselves ---

fresh AtStart=yes RefreshInterval=0 "Url=$www/start-$MAC.xml"
wait_for 10 have 1 '^complete' || fail "no run at start: $(runs)"
ok "a run follows the start"
equal "and what it found is trusted" "$(sha256 "$T/one.der")" "$(listed)"
equal "with no interval, no other is due" '' "$(state_of nextRun)"

fresh AtStart=no RefreshInterval=1s "Url=$www/start-$MAC.xml"
wait_for 15 have 3 '^complete' || fail "no runs by the interval: $(runs)"
ok "runs follow by the refresh interval, nobody asked for them"
wait_for 5 next_within 0 60 || fail "the status does not tell when the next is: $(state_of nextRun)"
ok "the status tells the next"

# --- failures ---

stop www
wait_for 10 last_is failed || fail "a run without a server does not fail: $(runs)"
ok "without the server a run fails"
set_setting prov_back_off_timer 2
count=$(runs | grep -c '^failed')
wait_for 15 have $((count + 3)) '^failed' || fail "no runs by the back-off: $(runs)"
gaps=$(runs | grep '^failed' | tail -n 3 | awk 'NR > 1 { print $2 - end } { end = $3 }')
[ "$(sort -n <<<"$gaps" | head -n 1)" -ge 2 ] || fail "sooner than the back-off of 2 s:"$'\n'"$(runs)"
ok "then they follow by the back-off timer ($(paste -sd ' ' <<<"$gaps") s apart), not by the interval"
set_setting prov_back_off_timer 3600
wait_for 15 next_within 3000 4000 || fail "the next run is at $(state_of nextRun)"
ok "another back-off counts from the last run on"
matches "the status names the failure" '"provisioning-failed"' "$(state_of concerns)"

start nginx nginx -p "$T" -e "$T/www.log" -c "$T/www.conf"
wait_for 10 listening "${PORT[www]}" || fail "the server does not come back"
matches "a run somebody asks for does not wait" '"result": "complete"' "$(provision '{}')"
wait_for 10 have 2 '^complete.*start' || fail "no runs after the failure"
lacks "and ends the back-off" 'provisioning-failed' "$(state_of concerns)"
count=$(runs | grep -c '^complete')
last=$(runs | tail -n 1)
past_last() {
	[ "$(runs | tail -n 1)" != "$last" ]
}
wait_for 10 past_last || fail "no runs by the interval again: $(runs)"
ok "so that the interval counts again"

# --- policy and server ---

set_setting update_policy never_update
wait_for 10 last_is complete || fail "a run is under way for ever: $(runs)"
equal "with never_update of an admin no run is due" '' "$(state_of nextRun)"
matches "the status says it" '"downloads-forbidden".*downloads nothing' "$(state_of concerns)"
matches "and none that is asked for fetches anything" '"result": "failed"' "$(provision '{}')"
set_setting update_policy settings_only
set_setting setting_server "$www/other-$MAC.xml"
wait_for 15 have 1 '^complete.*/other-' || fail "no run from the new server: $(runs)"
matches "a new setting server is asked by itself" "$(sha256 "$T/two.der")" "$(listed)"

# --- hostile files ---

# settings_file NAME MORE SETTING VALUE... - a document with these settings
settings_file() {
	local name=$1 more=$2
	shift 2
	{
		echo "<settings><phone-settings>"
		while [ $# -gt 0 ]; do
			echo "<$1>$2</$1>"
			shift 2
		done
		echo "</phone-settings>$more</settings>"
	} >"$T/www/new" && mv "$T/www/new" "$T/www/$name-$MAC.xml"
}

# Two servers that name each other: each run is good, and brings another server.
settings_file ping '' setting_server "$www/pong-$MAC.xml"
settings_file pong '' setting_server "$www/ping-$MAC.xml"
fresh AtStart=yes RefreshInterval=1d "Url=$www/ping-$MAC.xml"
wait_for 60 have 6 '^complete' || fail "no runs: $(runs)"
wait_for 10 next_within 200 100000 || fail "the next run is at $(state_of nextRun): $(runs)"
equal "servers that name each other begin five more runs, then the schedule counts" 6 "$(runs | grep -c .)"
set_setting setting_server "$www/other-$MAC.xml"
wait_for 15 have 1 '^complete.*/other-' || fail "no run from the admin's server: $(runs)"
ok "what an admin sets is asked at once"

# One that asks to be asked all the time.
settings_file eager '' settings_refresh_timer 1 provisioning_order pnp:stop
fresh AtStart=yes RefreshInterval=1d "Url=$www/eager-$MAC.xml"
wait_for 30 have 2 '^complete' || fail "no run after another order: $(runs)"
ok "another provisioning_order begins a run"
wait_for 10 next_within 200 400 || fail "the next run is at $(state_of nextRun)"
equal "but no other, and a refresh timer counts no sooner than every five minutes" 2 "$(runs | grep -c .)"

# never_update, and the file of the real server that never named it.
two="<certificates><certificate url=\"$www/two.der\"/></certificates>"
cp "$T/two.der" "$T/www"
settings_file lock '' update_policy never_update
fresh AtStart=yes RefreshInterval=2s "Url=$www/lock-$MAC.xml"
locked() {
	state_of concerns | grep -q '"downloads-forbidden".*A file set'
}
wait_for 20 locked || fail "the status does not say that a file forbids downloads"
ok "the status says that a file forbids downloads"
settings_file lock "$two"
wait_for 20 have 1 '^partial' || fail "no run while a file forbids downloads: $(runs)"
ok "runs go on all the same"
equal "and download no certificate" '' "$(listed)"
settings_file lock "$two" update_policy settings_only
wait_for 20 listed_is "$(sha256 "$T/two.der")" || fail "never_update of a file is not lifted: $(runs)"
ok "the next run reads what lifts it, and downloads"
lacks "so that nothing is forbidden" downloads-forbidden "$(state_of concerns)"

# --- a reload in the middle ---

fresh AtStart=no RefreshInterval=0
start provision python3 "$here/varlink.py" -m "$ADMIN" io.certprov.admin.Provision "{\"url\": \"$www/slow-$MAC.xml\"}"
wait_for 10 grep -q "$(sha256 "$T/one.der")" "$T/provision.log" || fail "the slow run accepts nothing"
write_config '[phone]' Firmware=8.7.5.51 '[provisioning]' AtStart=no RefreshInterval=0
kill -HUP "${PID[daemon]}"
reloaded() {
	[ "$(state_of firmware)" = 8.7.5.51 ]
}
wait_for 5 reloaded || fail "no reload during a run"
ok "a reload during a run counts at once"
wait_for 20 gone provision || fail "the run does not end"
stop provision
matches "and the run goes on to its end" '"result": "complete"' "$(tail -n 1 "$T/provision.log")"
matches "as the firmware it began with" '"firmware": "10.1.33.33"' "$(tail -n 1 "$T/provision.log")"
equal "with what it accepted" "$(sha256 "$T/one.der")" "$(listed)"
certificates_in two >"$T/www/start-$MAC.xml"
matches "the next one is judged by the new rules" '"refused": 1' "$(provision "{\"url\": \"$www/start-$MAC.xml\"}")"
