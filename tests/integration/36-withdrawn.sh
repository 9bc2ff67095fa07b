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
trust_generation() {
	status_of generation
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
equal "a dry run says what it would" "certificate secure/s.xml:4 withdrawn" "$(withdrawn)"
equal "and notes nothing" 0 "$(status_of withdrawn)"

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

# --- removed ---

yes=(provisioning.WithdrawMissing=yes provisioning.Url="${URL[secure]}/s.xml")
# missed - what the run asked for last no longer found: "PLACE RESULT"
missed() {
	outcomes | grep -E ' (withdrawn|removed|would-lock-out)$' | tr '\n' ' ' | sed 's/ $//'
}
root_document "$link" "$(b64 many2)"
phone trust.Authorities="$PKI/root.pem" "${yes[@]}"
provision "${URL[secure]}/s.xml"
root_document "$link" ""
provision "${URL[web]}/s.xml"
equal "a run over HTTP removes nothing" "" "$(missed)"
cp "$WWW/s.xml" "$WWW/other.xml"
provision "${URL[secure]}/other.xml"
equal "nor does one of another URL" "" "$(missed)"
rm "$WWW/more.xml"
provision "${URL[secure]}/s.xml"
equal "nor a partial run" "partial " "$(run_result | cut -d ' ' -f 1) $(missed)"
mv "$WWW/s.xml" "$WWW/kept.xml"
provision "${URL[secure]}/s.xml"
equal "nor a failed one" "failed " "$(run_result | cut -d ' ' -f 1) $(missed)"
mv "$WWW/kept.xml" "$WWW/s.xml"
list more.xml "$(b64 many4)"
before=$(servers)
ask_provision "{\"url\": \"${URL[secure]}/s.xml\", \"dryRun\": true}"
equal "a dry run says what would be removed" "certificate secure/s.xml:4 removed" "$(missed)"
equal "and removes nothing" "$before" "$(servers)"
generation=$(trust_generation)
provision "${URL[secure]}/s.xml"
equal "a complete authenticated run removes it" "certificate secure/s.xml:4 removed" "$(missed)"
equal "and counts only what it found" "complete documents=2 certificates=4 accepted=4 refused=0" "$(run_result)"
lacks "it is trusted no longer" "$(pki_sha256 many2)" "$(servers)"
[ "$generation" != "$(trust_generation)" ] || fail "the generation did not grow"
ok "that is a new generation"
matches "the history has it" 'run [0-9]+ .*certificate removed: no longer in the files' "$(ctl history | tr -s ' ')"
matches "and the log" 'removed: The files no longer have the certificate of CN=many2.*WithdrawMissing=yes' "$(cat "$T/daemon.log")"
equal "status misses nothing" 0 "$(status_of withdrawn)"
provision "${URL[secure]}/s.xml"
equal "the next run says nothing of it" "" "$(missed)"

# What an administrator decided about stays.
status "an administrator makes an exception for one" 0 ctl trust "$(pki_sha256 many4)" --host pbx.example.com
status "and distrusts another" 0 ctl distrust "$(pki_sha256 many1)"
root_document "" ""
sed -i /"$(pki_base64 many1 | cut -c 1-60 | tr / .)"/d "$WWW/s.xml"
grep -q "$(pki_base64 many1)" "$WWW/s.xml" && fail "many1 is still in the file"
provision "${URL[secure]}/s.xml"
lacks "neither is removed by a run" ' removed$' "$(outcomes)"
equal "but told" 2 "$(withdrawn | wc -l)"

# --- what the provisioning server needs ---

document s.xml <<-X
	<settings><certificates>
	$(b64 root)
	$(b64 intermediate)
	$(b64 other)
	</certificates></settings>
X
phone "${yes[@]}"
provision "${URL[web]}/s.xml"
provision "${URL[secure]}/s.xml"
document s.xml <<<'<settings/>'
provision "${URL[secure]}/s.xml"
matches "an empty file takes what nobody needs" '/s.xml:2 removed .*/s.xml:4 removed' "$(missed)"
matches "but not what verifies the server" '/s.xml:3 would-lock-out' "$(missed)"
matches "the reason says which server" 'keeps it, because it would no longer trust localhost, the server' "$(details)"
provision "${URL[secure]}/s.xml"
matches "so the next run is complete" '^complete' "$(run_result)"
document s.xml <<<"<settings><certificates>$(b64 root)</certificates></settings>"
provision "${URL[secure]}/s.xml"
matches "once another certificate verifies it, the last one goes" '/s.xml:3 removed$' "$(missed)"
provision "${URL[secure]}/s.xml"
equal "and the server is still trusted" "complete " "$(run_result | cut -d ' ' -f 1) $(missed)"
