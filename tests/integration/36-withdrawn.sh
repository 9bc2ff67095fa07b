#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is no longer in the files: a complete run names it, a run that says nothing of it
# does not; and the last complete run and its report, whatever fails afterwards.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 4 many other
show many3
serve_http web
serve_https secure

# list NAME ELEMENT... - one a line, the first on line 2
list() {
	local name=$1
	shift
	{
		echo '<settings><certificates>'
		printf '%s\n' "$@"
		echo '</certificates></settings>'
	} | document "$name"
}
b64() {
	echo "<certificate type=\"base64\">$(pki_base64 "$1")</certificate>"
}
url() {
	echo "<certificate url=\"$1.der\"/>"
}
# A tree of two documents.
root_document() {
	document s.xml <<-X
		<settings><setting-files>$1</setting-files><certificates>
		$(b64 other)
		$(b64 many1)
		$2
		$(url many3)
		</certificates></settings>
	X
}
link="<file url=\"${URL[secure]}/more.xml\"/>"
root_document "$link" "$(b64 many2)"
list more.xml "$(b64 many4)"
start_fetcher
# withdrawn - of the run asked for last: "PLACE RESULT"
withdrawn() {
	outcomes | grep ' withdrawn$'
}
status_of() {
	varlink "$TRUST" io.certprov.trust.Status | replies get "$@"
}
missing() {
	varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "servers"}' |
		grep -o '"missingRun": [0-9]*' | sort | uniq -c | tr -s ' '
}
ctl() {
	"$B/certprovctl" --socket-dir "$T/run" "$@" 2>&1
}

phone trust.Authorities="$PKI/root.pem"
provision "${URL[secure]}/s.xml"
equal "a first run brings all" "complete documents=2 certificates=5 accepted=5 refused=0" "$(run_result)"
equal "and misses nothing" "0 " "$(status_of withdrawn) $(withdrawn)"

# --- what says nothing of it ---

root_document "$link" ""
cp "$WWW/s.xml" "$WWW/other.xml"
provision "${URL[web]}/s.xml"
equal "a run over HTTP says nothing of what came over HTTPS" "" "$(withdrawn)"
provision "${URL[secure]}/other.xml"
equal "nor does one of another URL" "" "$(withdrawn)"
ask_provision '{"document": "<settings/>"}'
equal "nor a document that came with the call" "complete " "$(run_result | cut -d ' ' -f 1) $(withdrawn)"
rm "$WWW/more.xml"
provision "${URL[secure]}/s.xml"
equal "nor a partial run" "partial " "$(run_result | cut -d ' ' -f 1) $(withdrawn)"
list more.xml "$(b64 many4)"
ask_provision "{\"url\": \"${URL[secure]}/s.xml\", \"dryRun\": true}"
equal "nor a dry run" "" "$(withdrawn)"
equal "and nothing is noted" 0 "$(status_of withdrawn)"

# --- what does ---

run=$(($(status_of lastCompleteRunId) + 2))
provision "${URL[secure]}/s.xml"
equal "a complete run names it with its former place" "certificate secure/s.xml:4 withdrawn" "$(withdrawn)"
equal "and counts only what it found" "complete documents=2 certificates=4 accepted=4 refused=0" "$(run_result)"
matches "the reason says which run found it last" \
	"The files no longer have the certificate of CN=many2.*, which run 1 found last on 20.*; this phone keeps it" \
	"$(details | grep ' withdrawn')"
equal "status counts it" 1 "$(status_of withdrawn)"
equal "the list says since which run" " 1 \"missingRun\": $run" "$(missing)"
equal "the log says so" 1 "$(grep -c 'the files no longer have 1 certificates' "$T/daemon.log")"
provision "${URL[secure]}/s.xml"
equal "the next run names it again" "certificate secure/s.xml:4 withdrawn" "$(withdrawn)"
equal "since the same run" " 1 \"missingRun\": $run" "$(missing)"
equal "and the log does not" 1 "$(grep -c 'the files no longer have' "$T/daemon.log")"
root_document "" ""
provision "${URL[secure]}/s.xml"
equal "with a link goes what was behind it" \
	"certificate secure/s.xml:4 withdrawn certificate secure/more.xml:2 withdrawn" "$(withdrawn | tr '\n' ' ' | sed 's/ $//')"
matches "certprovctl says so" 'many4 .*withdrawn' "$(ctl report --complete)"
matches "and what to do" 'certificates-withdrawn: The files no longer have 2 of the server certificates' "$(ctl status)"
matches "and since when" ', not since run [0-9]+' "$(ctl list servers)"

# --- the last complete run ---

complete=$(status_of lastCompleteRunId)
mv "$WWW/s.xml" "$WWW/kept.xml"
for ((i = 0; i < 11; i++)); do provision "${URL[secure]}/s.xml"; done
equal "eleven runs failed" "failed" "$(run_result | cut -d ' ' -f 1)"
equal "the last complete one is still known" "$complete" "$(status_of lastCompleteRunId)"
matches "and its report" 'many4 .*withdrawn' "$(ctl report --complete)"
matches "and marked" "^ *$complete .*complete \(last\)" "$(ctl runs)"
mv "$WWW/kept.xml" "$WWW/s.xml"

# --- the end of it ---

root_document "$link" "$(b64 many2)"
provision "${URL[secure]}/s.xml"
equal "what is back is not missed" "0 " "$(status_of withdrawn) $(withdrawn)"
root_document "$link" ""
provision "${URL[secure]}/s.xml"
fingerprint=$(replies details "${SITES[@]}" <"$T/replies" | grep withdrawn | cut -f 3)
status "what is gone can be removed with the command that is named" 0 ctl remove servers "$fingerprint"
equal "and is not missed then" 0 "$(status_of withdrawn)"
