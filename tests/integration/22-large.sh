#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A document of 30 MB and 400,000 lines with 20,000 certificates: little memory in the
# fetcher, and the right line at the end.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
most_kib=$((24 * 1024))

pki_standard || fail "no certificates"
names=$(for ((i = 10; i < 35; i++)); do printf 'DNS:name-%d.large.example.com,' $i; done)
for ((i = 1; i <= 5; i++)); do
	pki_issue large$i intermediate server "${names%,}" || fail "no certificate"
done
# 19,999 of 20 lines each, from line 2 on; then what is wrong, on 399,982 and on 400,000.
python3 - "$PKI" >"$WWW/large.xml" <<'X' || fail "no document"
import base64, sys
elements = []
for i in range(1, 6):
    with open("%s/large%d.der" % (sys.argv[1], i), "rb") as f:
        text = base64.b64encode(f.read()).decode()
    width = -(-len(text) // 19)
    lines = ['<certificate type="base64">' + text[:width]]
    lines += [text[n * width:(n + 1) * width] for n in range(1, 19)] + ["</certificate>"]
    elements.append("\n".join(lines) + "\n")
sys.stdout.write("<certificates>\n")
sys.stdout.write("".join(elements) * (19995 // 5))
sys.stdout.write("".join(elements[:4]))
sys.stdout.write("<certificate/>\n" + "\n" * 17 + "</wrong>\n")
X
equal "the document has 400,000 lines" 400000 "$(wc -l <"$WWW/large.xml")"
bytes=$(stat -c %s "$WWW/large.xml")
((bytes > 30000000 && bytes < 32 << 20)) || fail "it has $bytes bytes, not 30 MB"
ok "and 30 MB"

serve_http web
start_fetcher
phone
start caller "$ROOT/tests/integration/varlink" "$ADMIN" io.certprov.admin.Provision \
	"{\"url\": \"${URL[web]}/large.xml\"}"
# The highest the process of the run ever was, as long as it can be seen.
peak=0
while alive caller; do
	read -r child _ <"/proc/${PID[fetcher]}/task/${PID[fetcher]}/children"
	now=$(awk '/^VmHWM:/ { print $2 }' "/proc/${child:-0}/status" 2>/dev/null)
	((${now:-0} <= peak)) || peak=$now
	sleep 0.02
done
cp "$T/caller.log" "$T/replies"
equal "all of it is read up to what is wrong" \
	"failed documents=1 certificates=20000 accepted=19999 refused=1" "$(run_result)"
outcomes >"$T/outcomes"
equal "every certificate has its line" "20 certificate web/large.xml:399962 already-trusted" \
	"$(awk -F '[: ]' '/accepted|already/ { if (NR > 1) step[$3 - last]++; last = $3; line = $0 }
		END { for (s in step) printf "%s ", s; print line }' "$T/outcomes")"
equal "so has what is wrong" "certificate web/large.xml:399982 empty
document web/large.xml:400000 not-well-formed" "$(tail -n 2 "$T/outcomes")"
((peak > 1000)) || fail "the fetcher was never seen"
if [ -z "${SANITIZE:-}" ]; then
	((peak < most_kib)) || fail "the fetcher took $peak KiB, more than $most_kib"
	ok "the fetcher took $peak KiB, less than 24 MiB"
fi

# --- more certificates than a fetcher keeps, and then the CA of the next server ---

names=$(for ((i = 0; i < 400; i++)); do printf 'DNS:name-%d.wide.example.com,' $i; done)
for ((i = 1; i <= 14; i++)); do
	pki_issue wide$i intermediate server "${names%,}" || fail "no certificate"
done
bytes=$(cat "$PKI"/wide*.der | wc -c)
((bytes > 128 << 10)) || fail "the certificates have $bytes bytes, not 128 KiB"
serve_https strange other-server
document next.xml <<<'<certificates/>'
document wide.xml <<-X
	<settings><certificates>
	$(for name in wide{1..14} other; do echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>"; done)
	</certificates><setting-files>
	<file url="${URL[strange]}/next.xml"/></setting-files></settings>
X
provision "${URL[web]}/wide.xml"
equal "a server is trusted by what this run has accepted, kept by the fetcher or not" \
	"complete documents=2 certificates=15 accepted=15 refused=0" "$(run_result)"
