#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What happens while a run is under way, or while none should be: a reload, a second
# request, a crash, a change without AtStart=, and what is exported. The fetcher is one that
# waits.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"

for name in one two three four; do make_certificate $name || fail "no certificates"; done
cp "$T/one.pem" "$T/authorities.pem"

mkdir -p "$RUN"
mkfifo "$T/script"
exec 7<>"$T/script"
start fetcher "$here/scripted-fetcher" "$RUN/fetch" "$T/script"
fetcher_listens() {
	accepts "$RUN/fetch"
}
wait_for 10 fetcher_listens || fail "no fetcher"

jobs_are() {
	[ "$(grep -c '^job$' "$T/fetcher.log")" -ge "$1" ]
}
# begin PARAMETERS - a run in the background, once its fetcher has the job
begin() {
	begun=$(grep -c '^job$' "$T/fetcher.log")
	: >"$T/run.log"
	start run python3 "$here/varlink.py" -m -t 60 "$ADMIN" io.certprov.admin.Provision "$1"
	wait_for 10 jobs_are $((begun + 1)) || fail "no job: $(cat "$T/run.log")"
}
# tell METHOD PARAMETERS - the fetcher makes the call, and has its answer
tell() {
	before=$(wc -l <"$T/fetcher.log")
	echo "$1 $2" >&7
	wait_for 10 answered "$1" || fail "no answer to $1: $(cat "$T/fetcher.log" "$T/daemon.log")"
}
answered() {
	tail -n "+$((before + 1))" "$T/fetcher.log" | grep -q "^$1 "
}
finish() {
	tell ReportDocument '{"url": "http://fetch.example.com/a.xml", "bytes": 9, "result": "processed", "authenticated": false}'
	tell Finish '{"result": "complete"}'
	echo end >&7
	wait_for 10 gone run || fail "the run does not end: $(cat "$T/run.log")"
}
offer() {
	tell OfferCertificate "{\"der\": \"$(openssl base64 -A -in "$T/$1.der")\", \"variant\": \"base64\", \"document\": \"http://fetch.example.com/a.xml\", \"line\": 2, \"authenticated\": false}"
}
set_server() {
	tell OfferSetting "{\"name\": \"setting_server\", \"value\": \"$1\", \"document\": \"http://fetch.example.com/a.xml\", \"line\": 3, \"authenticated\": $2}"
}
reloaded() {
	[ "$(grep -c 'authorities, .* servers' "$T/daemon.log")" -ge "$1" ]
}
reload() {
	local before
	before=$(grep -c 'authorities, .* servers' "$T/daemon.log")
	kill -HUP "${PID[daemon]}"
	wait_for 10 reloaded $((before + 1)) || fail "no reload"
}

# --- a change starts no run that AtStart=no forbids ---

write_config '[provisioning]' Url=http://127.0.0.1:9/a.xml
start_daemon
ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/four.der")\"}" >/dev/null
reload
equal "after a change and a reload, still no run is due" '' "$(state_of nextRun)"
equal "and there was none" '[]' "$(ask admin.ListRuns '{}' -g runs)"
stop_daemon

# --- a reload during a run ---

write_config '[bootstrap]' Bootstrap=pinned "Sha256=$(sha256 "$T/two.der")"
start_daemon
begin '{"url": "http://fetch.example.com/a.xml"}'
write_config '[bootstrap]' Bootstrap=pinned "Sha256=$(sha256 "$T/three.der")"
reload
reload
offer two
finish
matches "a run goes on with the pins it began with" '"result": "accepted"' "$(grep OfferCertificate "$T/fetcher.log")"
equal "and they were accepted" "$(sha256 "$T/two.der")" "$(listed)"

# --- equal requests join, others do not ---

begin '{"url": "http://fetch.example.com/a.xml", "dryRun": true, "firmware": "8.7.5.35"}'
matches "a dry run for the phone's own firmware is another request" 'RunInProgress' \
	"$(ask admin.Provision '{"url": "http://fetch.example.com/a.xml", "dryRun": true}' -t 5)"
finish

# --- what is exported ---

make_certificate five || fail "no certificates"
stop_daemon
rm -rf "$STATE"
write_config
start_daemon
exported() {
	grep -qF "$(sed -n 2p "$T/$1.pem")" "$RUN/export/cafile.pem"
}
# accept NAME - the run has accepted it, and goes on
accept() {
	offer "$1"
	tell ReportDocument "{\"url\": \"http://fetch.example.com/$1.xml\", \"bytes\": 9, \"result\": \"processed\", \"authenticated\": false}"
	wait_for 10 is_listed "$1" || fail "$1 is not accepted"
}
is_listed() {
	listed | grep -q "$(sha256 "$T/$1.der")"
}
begin '{"url": "http://fetch.example.com/a.xml"}'
for name in two three; do
	accept $name
	wait_for 10 exported $name || fail "$name is not exported"
done
alive run || fail "the run ended"
ok "what a run accepts is exported while it is under way"
accept four
ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/two.der")\"}" >/dev/null
! exported two || fail "it is still exported"
ok "what is distrusted meanwhile is not, once that is answered"
exported four || fail "what was accepted before is not exported with it"
accept five
finish
exported five || fail "it is not exported at the end"
ok "and at its end all is"

# --- a crash between a setting and the end of its run ---

stored() {
	ask admin.ListSettings | grep -q "$1"
}
stop_daemon
write_config
start_daemon
fact() {
	python3 - "$STATE" <<-P
		import os, shutil, sqlite3, sys
		for end in ("", "-wal"):
		    if os.path.exists(sys.argv[1] + "/trust.db" + end):
		        shutil.copy(sys.argv[1] + "/trust.db" + end, "$T/copy.db" + end)
		print(sqlite3.connect("$T/copy.db").execute("SELECT value FROM meta"
		    " WHERE name = 'setting-server-authenticated'").fetchall())
	P
}
begin '{"url": "https://fetch.example.com/a.xml"}'
set_server https://good.example.com/ true
tell ReportDocument '{"url": "https://fetch.example.com/a.xml", "bytes": 9, "result": "processed", "authenticated": true}'
equal "who named the setting server is known as soon as it is" '[(1,)]' "$(fact)"
finish
wait_for 10 jobs_are $((begun + 2)) || fail "the new server is not asked: $(cat "$T/fetcher.log")"
ok "the new server is asked at once"
set_server https://evil.example.com/ false
tell ReportDocument '{"url": "http://fetch.example.com/b.xml", "bytes": 9, "result": "processed", "authenticated": false}'
stored evil.example.com || fail "not stored yet"
stop daemon KILL
equal "a crash leaves no server that is believed for its predecessor's sake" '[(0,)]' "$(fact)"
