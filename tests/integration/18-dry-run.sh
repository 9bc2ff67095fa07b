#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Provision takes besides a URL: dry runs as another firmware, documents in the call
# and beside it; and more than one caller: joined, refused, cancelled.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 4 many intermediate
for ((i = 1; i <= 4; i++)); do show many$i; done
serve_http web
serve_https secure
serve_answers answers
a=${URL[answers]}
document mixed.xml <<-X
	<settings><certificates>
	<certificate url="many1.der"/>
	<certificate type="base64">$(pki_base64 root)</certificate>
	</certificates>
	<phone-settings><update_policy>auto_update</update_policy></phone-settings>
	<setting-files>
	<file url="${URL[secure]}/later.xml"/></setting-files></settings>
X
document later.xml <<<'<settings/>'
runs() {
	varlink "$ADMIN" io.certprov.admin.ListRuns | python3 -c '
import json, sys
for r in json.loads(sys.stdin.readline())["runs"]:
    print(r["id"], r.get("result", "under-way"))'
}
# ids - of the run in every reply that has one
ids() {
	python3 -c '
import json, sys
print(*sorted({json.loads(l)["run"]["id"] for l in sys.stdin if "\"run\":" in l}))' <"$1"
}
start_fetcher

# --- dry runs ---

phone
dump >"$T/before"
next_second
for firmware in 8.9.3.40 8.9.3.41 10.1.33.33; do
	ask_provision "{\"url\": \"${URL[web]}/mixed.xml\", \"dryRun\": true, \"firmware\": \"$firmware\"}" ||
		fail "no dry run: $(cat "$T/replies")"
	case $firmware in
	8.9.3.40)
		reported "a dry run as 8.9.3.40 tells every outcome" \
			"complete documents=2 certificates=2 accepted=0 refused=2" <<-X
			certificate web/mixed.xml:3 base64-not-supported
			setting web/mixed.xml:5 setting-applied
			certificate web/mixed.xml:2 issuer-not-trusted
		X
		;;
	*)
		reported "a dry run as $firmware tells every outcome" \
			"complete documents=2 certificates=2 accepted=2 refused=0" <<-X
			certificate web/mixed.xml:3 accepted
			setting web/mixed.xml:5 setting-applied
			certificate web/mixed.xml:2 accepted
		X
		;;
	esac
	equal "its id is 0" 0 "$(ids "$T/replies")"
	matches "it says which firmware, and that it was dry" \
		"\"dryRun\": true.*\"firmware\": \"$firmware\"" "$(tail -n 1 "$T/replies")"
done
dump >"$T/after"
diff "$T/before" "$T/after" >"$T/difference" || fail "a dry run changed: $(cat "$T/difference")"
ok "dry runs change nothing: certificates, unknown, settings, generation"
equal "and leave no report" "" "$(runs)"
agent() {
	accesses web | tail -n 1 | grep -o 'SIP [0-9.]*'
}
equal "a server sees the firmware asked for" "SIP 10.1.33.33" "$(agent)"
status "another firmware needs a dry run" 1 varlink "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"${URL[web]}/mixed.xml\", \"firmware\": \"8.9.3.40\"}"
matches "and the refusal says which parameter" 'InvalidParameter.*"firmware"' "$OUT"

phone phone.Firmware=8.9.3.40
dump >"$T/before"
ask_provision "{\"url\": \"${URL[web]}/mixed.xml\", \"dryRun\": true}" || fail "no dry run"
equal "without a firmware it is the phone's" "complete documents=2 certificates=2 accepted=0 refused=2" "$(run_result)"
dump >"$T/after"
equal "what a dry run refuses is not listed as unknown" "" "$(diff "$T/before" "$T/after")"

# --- documents in the call ---

quoted() {
	python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))'
}
phone
ask_provision "{\"document\": $(quoted <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	<certificate url="relative.der"/>
	<certificate url="${URL[web]}/many1.der"/>
	</certificates><setting-files>
	<file url="${URL[secure]}/later.xml"/>
	<file url="relative.xml"/>
	</setting-files></settings>
X
)}" || fail "no run of a document: $(cat "$T/replies")"
reported "a document in the call is named inline; relative URLs in it lead nowhere" \
	"partial documents=3 certificates=3 accepted=2 refused=1" <<-X
	certificate inline:2 accepted
	certificate inline:3 url-not-supported
	document inline:7 url-not-supported
	certificate inline:4 accepted
X
{
	echo '<settings>'
	for ((i = 0; i < 12000; i++)); do echo "<!-- $i -->"; done
	echo '<certificates>'
	echo "<certificate type=\"base64\">$(pki_base64 other)</certificate>"
	echo '</certificates></settings>'
} >"$T/large.xml"
[ "$(stat -c %s "$T/large.xml")" -gt 131072 ] || fail "the large document is none"
status "a document of more than 128 KiB does not go into the call" 1 \
	varlink "$ADMIN" io.certprov.admin.Provision - < <(echo "{\"document\": $(quoted <"$T/large.xml")}")
matches "and the refusal names the limit" 'LimitExceeded.*inline-document-bytes' "$OUT"
ask_provision '{}' "$T/large.xml" || fail "no run of a descriptor: $(cat "$T/replies")"
reported "but beside it" "complete documents=1 certificates=1 accepted=1 refused=0" \
	<<<"certificate inline:12003 accepted"
status "not from a pipe" 1 varlink "$ADMIN" io.certprov.admin.Provision '{}' <(cat "$T/large.xml")
matches "and the refusal says so" 'InvalidParameter.*"document"' "$OUT"
status "nor beside a URL" 1 varlink "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"${URL[web]}/mixed.xml\"}" "$T/large.xml"
matches "and the refusal says so" 'InvalidParameter.*"url"' "$OUT"

# --- more than one caller ---

document slow.xml <<-X
	<settings><certificates>
	<certificate type="base64">$(pki_base64 root)</certificate>
	<certificate url="many1.der"/>
	</certificates><setting-files>
	<file url="$a/never/$MAC.xml"/>
	<file url="mixed.xml"/></setting-files></settings>
X
document downloads.xml <<-X
	<certificates>
	<certificate url="many1.der"/>
	<certificate url="$a/never/$MAC.der"/>
	<certificate url="many2.der"/>
	</certificates>
X
# begin NAME URL - a caller in the background; its replies in $T/NAME.log
begin() {
	start "$1" "$ROOT/tests/integration/varlink" "$ADMIN" io.certprov.admin.Provision "{\"url\": \"$2\"}"
}
replied() { # replied NAME TEXT
	grep -q -- "$2" "$T/$1.log" 2>/dev/null
}
reached() {
	[ "$(asked answers "$1")" -gt 0 ]
}
reached_again() {
	[ "$(asked answers "/never/$MAC.der")" -gt 1 ] && replied fifth '"phase": "downloads", "done": 1'
}
# ended NAME - becomes the run that `reported` speaks of
ended() {
	wait_for 10 gone "$1" || fail "$1 has no last reply"
	cp "$T/$1.log" "$T/replies"
}

phone
begin first "${URL[web]}/slow.xml"
wait_for 10 replied first '"accepted": true' || fail "the first run does not begin"
wait_for 10 reached "/never/$MAC.xml" || fail "the slow document is not asked for"
status "another request is refused while a run is under way" 1 varlink "$ADMIN" \
	io.certprov.admin.Provision "{\"url\": \"${URL[web]}/mixed.xml\"}"
equal "it says which run that is" \
	'{"error": "io.certprov.admin.RunInProgress", "parameters": {"id": 1}}' "$OUT"
status "a dry one as well" 1 varlink "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"${URL[web]}/slow.xml\", \"dryRun\": true}"
status "and a document" 1 varlink "$ADMIN" io.certprov.admin.Provision '{"document": "<settings/>"}'
begin second "${URL[web]}/slow.xml"
wait_for 10 replied second '"run": {"id": 1' || fail "an equal request does not join: $(cat "$T/second.log")"
ok "an equal request joins"
status "a run that is not is not cancelled" 1 varlink "$ADMIN" io.certprov.admin.CancelRun '{"id": 7}'
matches "it says so" 'NoSuchRun.*7' "$OUT"
status "this one is" 0 varlink "$ADMIN" io.certprov.admin.CancelRun '{"id": 1}'
ended second
equal "who joined hears the end" "cancelled" "$(run_result | cut -d ' ' -f 1)"
ended first
reported "a cancelled run keeps what was accepted" \
	"cancelled documents=1 certificates=1 accepted=1 refused=0" <<-X
	certificate web/slow.xml:2 accepted
X
equal "it was one run" "1 cancelled" "$(runs)"
equal "what was accepted is trusted" "$(pki_sha256 root)" "$(servers | awk '{ print $NF }')"
equal "and its document was asked for once" 1 "$(asked web "/$MAC/slow.xml")"

begin third "${URL[web]}/downloads.xml"
wait_for 10 reached "/never/$MAC.der" || fail "the slow certificate is not asked for"
wait_for 10 replied third '"line": 2' || fail "the first certificate is not judged"
status "a run is cancelled during downloads" 0 varlink "$ADMIN" io.certprov.admin.CancelRun '{"id": 2}'
ended third
equal "what came before stays" "certificate web/downloads.xml:2 accepted" "$(outcomes | grep ^certificate | head -n 1)"

begin fourth "${URL[web]}/slow.xml"
wait_for 10 replied fourth '"line": 2' || fail "the fourth run does not begin"
stop fourth
equal "a run goes on without its caller" "3 under-way" "$(runs | head -n 1)"
status "a cancelled run leaves no process behind" 0 varlink "$ADMIN" io.certprov.admin.CancelRun '{"id": 3}'
no_children() {
	[ -z "$(cat "/proc/${PID[fetcher]}/task/${PID[fetcher]}/children")" ]
}
wait_for 5 no_children || fail "the fetcher of a cancelled run is still there"
provision "${URL[web]}/mixed.xml"
equal "the next run is as any" "complete documents=2 certificates=2 accepted=2 refused=0" "$(run_result)"

phone phone.Firmware=8.9.3.40
begin fifth "${URL[web]}/downloads.xml"
wait_for 10 reached_again || fail "the slow certificate is not asked for"
status "a run with a certificate that waits for its issuer is cancelled" 0 \
	varlink "$ADMIN" io.certprov.admin.CancelRun '{"id": 1}'
ended fifth
reported "and that is what became of it" "cancelled documents=1 certificates=1 accepted=0 refused=1" \
	<<<"certificate web/downloads.xml:2 cancelled"
equal "it is not listed as unknown" "" "$(unknown)"
