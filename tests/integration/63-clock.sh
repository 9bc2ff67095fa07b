#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon's idea of the time: starts in 1970 and 2001, a clock that is set while it
# runs, a floor that follows only a synchronised clock and only as far as the machine was
# running, that is lowered when such a clock contradicts it, and a record of it that
# others have been at. The machine's clock is never touched: libfaketime says what
# the time is at a start (its timers are the kernel's, by tests/clock/kernel-timers.c),
# tests/clock/set-clock.c when it is to change.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need faketime
built certprov-fetch tests/clock/set-clock.so tests/clock/kernel-timers.so

# The date of the build, which the floor starts from, as the Makefile has it.
build=$(sed -n 's/^VERSION_TIME := //p' "$ROOT/Makefile")
build=${SOURCE_DATE_EPOCH:-$build}
day=86400
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"

# clock_is SECONDS [synchronised] [LONGER] - from now on, for the daemon; the kernel tells
# it. The machine has been running for so many seconds longer than the daemon has.
clock_is() {
	mkdir -p "$T/clock" && echo "$@" >"$T/clock/new" && mv "$T/clock/new" "$T/clock/now"
}
# start_with VARIABLE... - the daemon, with these in its environment
start_with() {
	mkdir -p "$STATE" "$RUN"
	READY=$(said_ready)
	start daemon env "$@" "$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 daemon_settled
	alive daemon || fail "certprovd does not start"
}
# start_at SECONDS [synchronised] [LONGER]
start_at() {
	clock_is "$@"
	start_with "LD_PRELOAD=$B/tests/clock/set-clock.so:$TAP_LIBRARY" "SET_CLOCK=$T/clock/now"
}

# set_and_seen SECONDS [synchronised] [LONGER] - back when the daemon has done what there is to do
set_and_seen() {
	local before
	before=$(lines)
	clock_is "$@"
	wait_for 10 was_set_after "$before" || fail "a clock that was set goes unnoticed"
	answers
}
was_set_after() {
	log_since "$1" | grep -q 'the clock was set'
}
stopped_well() {
	stop daemon
	equal "it stops without complaint" 0 "$STATUS"
}
log_since() {
	tail -n "+$(($1 + 1))" "$T/daemon.log"
}
# iso DAYS - after the build
iso() {
	date -u -d "@$((build + $1 * day))" +%Y-%m-%dT%H:%M:%SZ
}
lines() {
	wc -l <"$T/daemon.log"
}
concern() {
	state_of concerns | grep -c '"clock-not-trusted"'
}
# outcome NAME - of offering it, in a document of its own
outcome() {
	local name=$1
	{ echo '<certificates>' && echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>" &&
		echo '</certificates>'; } >"$T/www/$name.xml"
	provision "{\"url\": \"$www/$name.xml\"}" >/dev/null
	sed -n "s|.*/$name.xml:2: \\([a-z-]*\\): .*|\\1|p" "$T/daemon.log" | tail -n 1
}
# verdict NAME [FIELD] - of Verify on a server with this certificate
verdict() {
	ask trust.Verify "{\"chain\": [\"$(pki_base64 "$1")\"], \"purpose\": \"any\"}" -g "verdict.${2:-result}"
}
at_date() {
	date -u -d "@$1" +%Y%m%d%H%M%SZ
}

# issue NAME ISSUER KIND FROM UNTIL - in days after the build
issue() {
	PKI_FROM=$(at_date $((build + $4 * day))) PKI_UNTIL=$(at_date $((build + $5 * day))) pki_issue "$1" "$2" "$3" ||
		fail "no certificate"
}
pki_init
issue authority '' root -400 9000
issue expired authority ca -400 -1
issue future authority ca 30 900
issue short authority ca -400 200
issue early authority server 30 900
issue late authority server -400 -1
issue brief authority server -400 200
cp "$PKI/authority.pem" "$T/authorities.pem"
mkdir "$T/www"
start_http web "$T/www"
www=${URL[web]}
write_config
start_fetcher

# --- starting with an empty battery ---

for year in 1970 2001; do
	rm -rf "$STATE"
	start_with "LD_PRELOAD=$B/tests/clock/kernel-timers.so:$(faketime -f +0 printenv LD_PRELOAD):$TAP_LIBRARY" "FAKETIME=@$year-01-01 00:00:10" \
		FAKETIME_DONT_FAKE_MONOTONIC=1
	equal "in $year the clock is not trusted" false "$(state_of clockTrusted)"
	equal "and an operator should look at it" 1 "$(concern)"
	equal "what begins after the floor is not refused for good" accepted "$(outcome future)"
	equal "what ended before it is expired" expired "$(outcome expired)"
	equal "a server whose certificate begins after the floor is trusted" trusted "$(verdict early)"
	equal "the verdict says that the clock is not" false "$(verdict early clockTrusted)"
	matches "and warns" 'not valid yet' "$(verdict early warnings)"
	equal "a server whose certificate ended before it is not trusted" expired "$(verdict late)"
	matches "the log says why" "^<4>certprovd: the clock is earlier than it can be" "$(cat "$T/daemon.log")"
	stopped_well
	[ ! -e "$STATE/clock" ] || fail "a clock nobody synchronises has left a record"
	: >"$T/daemon.log"
done

# --- a clock that is set while it runs ---

rm -rf "$STATE"
start_at $((build + 10 * day))
equal "a clock after the build is trusted" true "$(state_of clockTrusted)"
equal "and no concern" 0 "$(concern)"
equal "a certificate is good" accepted "$(outcome short)"
ask admin.Remove "{\"list\": \"servers\", \"sha256\": \"$(pki_sha256 short)\"}" >/dev/null
equal "so is a server" trusted "$(verdict brief)"
equal "asked again as well" trusted "$(verdict brief)"
equal "the clock is trusted" true "$(verdict brief clockTrusted)"
equal "and one is refused that is not yet valid" not-yet-valid "$(verdict early)"
before=$(lines)
clock_is $((build + 201 * day))
equal "an answer of a moment ago is made again when the clock is set" expired "$(verdict brief)"
equal "and the other has begun" trusted "$(verdict early)"
equal "a certificate that is offered is expired now" expired "$(outcome short)"
matches "that the clock was set is in the log" "^<5>certprovd: the clock was set from 2[^ ]* to $(iso 201)" \
	"$(log_since "$before")"
clock_is $((build + 10 * day))
equal "and good when the clock was set back" accepted "$(outcome short)"
equal "so is the server" trusted "$(verdict brief)"
equal "and the other has not begun" not-yet-valid "$(verdict early)"
clock_is 0
equal "a clock set back to 1970 is not trusted" false "$(state_of clockTrusted)"
equal "every verdict says so" false "$(verdict brief clockTrusted)"
clock_is $((build + 10 * day))
equal "and trusted when it is set right" true "$(state_of clockTrusted)"
equal "each time that is noticed" 4 "$(log_since "$before" | grep -c 'the clock was set')"
stopped_well

# --- the floor ---

floor() {
	sed -n 2p "$STATE/clock" 2>/dev/null
}
# has_floor DAYS - after the build
has_floor() {
	[ "$(floor)" = "$(iso "$1")" ]
}
# date_of DAYS - after the build; where running time counts, the machine's own adds seconds
date_of() {
	iso "$1" | cut -c 1-10
}
has_floor_on() {
	[[ $(floor) == "$(date_of "$1")"* ]]
}
start_at $((build + 250 * day)) synchronised
equal "before it has run for long, the floor is the date of the build" "$(iso 0)" "$(state_of clockFloor)"
set_and_seen $((build + 250 * day)) synchronised $((250 * day))
has_floor 250 || fail "the floor does not follow a synchronised clock: $(floor)"
ok "the floor follows a synchronised clock"
equal "the status tells it" "$(iso 250)" "$(state_of clockFloor)"
equal "and since when" "$(iso 250)" "$(state_of clockFloorRaised)"
equal "its record is for the daemon alone" 600 "$(stat -c %a "$STATE/clock")"
ask admin.Remove "{\"list\": \"servers\", \"sha256\": \"$(pki_sha256 short)\"}" >/dev/null
stop daemon
start_at 0
equal "in 1970 again the clock is not trusted" false "$(state_of clockTrusted)"
equal "and what has expired meanwhile stays expired" expired "$(outcome short)"
stopped_well

# Two years off, in a drawer: the machine counts its seconds from the start again.
start_at $((build + 980 * day)) synchronised
equal "after years without power a synchronised clock is trusted" true "$(state_of clockTrusted)"
has_floor 250 || fail "time that nobody saw pass moved the floor: $(floor)"
stopped_well

rm "$STATE/clock"
for boot in 3 2 1; do
	start_at $((build + 7000 * day)) synchronised
	set_and_seen $((build + 7001 * day)) synchronised $boot
	set_and_seen $((build + 10 * day)) synchronised $boot
	stopped_well
done
[ ! -e "$STATE/clock" ] || fail "seconds of a forged time at three boots moved the floor to $(floor)"
ok "seconds of a forged time at three boots move nothing"
start_at $((build + 7000 * day)) synchronised
set_and_seen $((build + 7001 * day)) synchronised $((20 * day))
has_floor_on 20 || fail "20 days of a forged time moved the floor to $(floor)"
ok "a forged time moves it no further than the time that passed"
set_and_seen $((build + 7000 * day)) synchronised $((700 * day))
has_floor_on 420 || fail "a forged time moved the floor to $(floor)"
ok "and by 400 days at most"

# --- contradicted ---

equal "a floor that is too high makes the right time untrusted" false "$(clock_is $((build + 300 * day)); state_of clockTrusted)"
# The machine runs and its clock is read; each reading an hour on.
for ((hour = 0; hour <= 24; hour++)); do
	[ $hour -lt 24 ] || matches "it stands for 23 hours" "^$(date_of 420)" "$(state_of clockFloor)"
	set_and_seen $((build + 300 * day + hour)) synchronised $((700 * day + hour * 3600))
	[ $hour -gt 0 ] || matches "the status says that the clock contradicts it" clock-contradicted "$(state_of concerns)"
done
has_floor_on 20 || fail "a day of the right time leaves the floor at $(floor)"
ok "a day of a synchronised clock lowers it to the floor before"
matches "the status tells it" "^$(date_of 20)" "$(state_of clockFloor)"
matches "and when" "^$(date_of 300)" "$(state_of clockFloorLowered)"
equal "the right time is trusted" true "$(state_of clockTrusted)"
lacks "and nothing is left to say" clock-contradicted "$(state_of concerns)"
matches "the log says it" "^<4>certprovd: a synchronised clock was behind .* $(date_of 20)T[^ ]* instead of $(date_of 420)" \
	"$(cat "$T/daemon.log")"

# --- put back ---

equal "ResetClock puts it back" '{}' "$(ask admin.ResetClock)"
equal "to the date of the build" "$(iso 0)" "$(state_of clockFloor)"
matches "the history says who did it" '"what": "reset the clock.s floor to the build date".*"who": "uid:' \
	"$(ask admin.History '{"limit": 1}' -m)"
matches "so does the log" 'uid:[0-9]+ pid:[0-9]+.*: reset the clock.s floor' "$(cat "$T/daemon.log")"
has_floor 0 || fail "the record says $(floor)"
set_and_seen $((build + 900 * day)) synchronised $((701 * day + 3600))
has_floor 0 || fail "a forged time moved a floor that was just reset to $(floor)"
ok "no step for a day after it"
stop daemon KILL 2>/dev/null

# --- a record that others have been at ---

# record SECONDS - as the daemon writes it
record() {
	local sum
	rm -rf "$STATE/clock"
	(umask 077 && printf 'certprov clock 3\n%s\n0\n-1\n0\n-\n-\n' "$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ)" >"$STATE/clock")
	sum=$(sha256sum "$STATE/clock")
	echo "${sum%% *}" >>"$STATE/clock"
}
# record_2 SECONDS - as the version before wrote it
record_2() {
	local sum
	rm -rf "$STATE/clock"
	(umask 077 && printf 'certprov clock 2\n%s\n-1\n' "$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ)" >"$STATE/clock")
	sum=$(sha256sum "$STATE/clock")
	echo "${sum%% *}" >>"$STATE/clock"
}
# believed SENTENCE true|false
believed() {
	local before
	before=$(lines)
	start_at $((build + 300 * day))
	equal "$1 is believed: $2" "$([ "$2" = true ] && echo false || echo true)" "$(state_of clockTrusted)"
	[ "$2" = true ] || matches "and that is said" 'the recorded time is not used: .*clock: (it is damaged|others can write it)' \
		"$(log_since "$before")"
	stopped_well
}
later=$((build + 3000 * day))
record $later
believed "a whole record" true
record_2 $later
believed "one of the version before" true
record $later && sed -i '2s/^20/21/' "$STATE/clock"
believed "one with a changed date" false
record $((build + 8000 * day))
believed "a time more than 20 years after the build" false
record $later && chmod 666 "$STATE/clock"
believed "one that everybody can write" false
record $later && mv "$STATE/clock" "$T/elsewhere" && ln -s "$T/elsewhere" "$STATE/clock"
believed "a link" false
record $later && truncate -s 20 "$STATE/clock"
believed "half a record" false
record $later && head -c 1000000 /dev/urandom >>"$STATE/clock"
believed "a megabyte of noise" false
rm -f "$STATE/clock" && mkfifo "$STATE/clock"
believed "a pipe" false
if [ "$(id -u)" = 0 ]; then
	record $later && chown 65534 "$STATE/clock"
	believed "one of another user" false
fi
start_at $((build + 300 * day))
equal "ResetClock replaces such a record" '{}' "$(ask admin.ResetClock)"
stopped_well
has_floor 0 || fail "the record says $(floor)"
before=$(lines)
start_at $((build + 300 * day))
lacks "and it is a good one" 'not believed' "$(log_since "$before")"
stopped_well
