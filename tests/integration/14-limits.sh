#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every limit of a run, configured small: what reaches it is taken, one more is told with
# its place, and what was accepted before stays.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 8 many intermediate
for ((i = 1; i <= 8; i++)); do show many$i; done
serve_http web
serve_answers answers
a=${URL[answers]}
b64() {
	echo "<certificate type=\"base64\">$(pki_base64 "many$1")</certificate>"
}
trusted() { # trusted SENTENCE NUMBER...
	local n sentence=$1
	shift
	equal "$sentence" "$(for n; do pki_sha256 "many$n"; done | sort)" \
		"$(servers | awk 'NF { print $NF }' | sort)"
}
start_fetcher

# --- depth ---

for ((i = 1; i <= 4; i++)); do
	document depth$i.xml <<-X
		<settings><certificates>
		$(b64 $i)
		</certificates><setting-files>
		<file url="depth$((i + 1)).xml"/></setting-files></settings>
	X
done
document depth5.xml <<<'<settings/>'
phone provisioning.Depth=3
provision "${URL[web]}/depth1.xml"
reported "Depth=3: three documents deep, not four" \
	"partial documents=4 certificates=3 accepted=3 refused=0" <<-X
	certificate web/depth1.xml:2 accepted
	certificate web/depth2.xml:2 accepted
	certificate web/depth3.xml:2 accepted
	document web/depth3.xml:4 limit-exceeded
X
matches "the limit is named" 'depth' "$(details | grep limit-exceeded)"
trusted "what was before it is trusted" 1 2 3
equal "the fourth is not asked for" 0 "$(asked web "/$MAC/depth4.xml")"
phone provisioning.Depth=5
provision "${URL[web]}/depth1.xml"
equal "Depth=5 reaches the fifth" "complete documents=5 certificates=4 accepted=4 refused=0" "$(run_result)"

# --- documents ---

document wide.xml <<-X
	<setting-files>
	<file url="w1.xml"/>
	<file url="w2.xml"/>
	<file url="w3.xml"/>
	<file url="w4.xml"/>
	</setting-files>
X
for ((i = 1; i <= 4; i++)); do document w$i.xml <<<"<certificates>$(b64 $i)</certificates>"; done
phone provisioning.Documents=3
provision "${URL[web]}/wide.xml"
reported "Documents=3: three, not four" \
	"partial documents=4 certificates=2 accepted=2 refused=0" <<-X
	document web/wide.xml:4 limit-exceeded
	certificate web/w1.xml:1 accepted
	certificate web/w2.xml:1 accepted
X
matches "the limit is named" 'documents' "$(details | grep limit-exceeded)"
trusted "what was before it is trusted" 1 2
phone provisioning.Documents=5
provision "${URL[web]}/wide.xml"
equal "Documents=5 reaches the fifth" "complete documents=5 certificates=4 accepted=4 refused=0" "$(run_result)"

# --- bytes ---

sized() { # sized NAME BYTES - a document with a certificate at its beginning
	local text
	text="<certificates>$(b64 1)"
	printf '%s%*s</certificates>' "$text" $(($2 - ${#text} - 15)) '' | document "$1"
}
sized fits.xml 8192
sized longer.xml 8193
equal "the documents are as long as they should be" "8192 8193" \
	"$(stat -c %s "$WWW/fits.xml" "$WWW/longer.xml" | xargs)"
n=0
for name in "${URL[web]}/fits.xml" "${URL[web]}/longer.xml" "$a/chunked/fits.xml" "$a/chunked/longer.xml"; do
	n=$((n + 1))
	document bytes-$n.xml <<<"<setting-files>"$'\n'"<file url=\"$name\"/></setting-files>"
done
phone provisioning.DocumentBytes=8K
provision "${URL[web]}/bytes-1.xml"
reported "DocumentBytes=8K: 8,192 bytes are read" "complete documents=2 certificates=1 accepted=1 refused=0" \
	<<<"certificate web/fits.xml:1 accepted"
phone provisioning.DocumentBytes=8K
provision "${URL[web]}/bytes-3.xml"
reported "of no announced length as well" "complete documents=2 certificates=1 accepted=1 refused=0" \
	<<<"certificate answers/chunked/fits.xml:1 accepted"
phone provisioning.DocumentBytes=8K
provision "${URL[web]}/bytes-2.xml"
reported "8,193 announced ones are not" "partial documents=2 certificates=0 accepted=0 refused=0" \
	<<<"document web/bytes-2.xml:2 too-large"
provision "${URL[web]}/bytes-4.xml"
reported "8,193 that are not announced are not read to the end" \
	"partial documents=2 certificates=1 accepted=1 refused=0" <<-X
	certificate answers/chunked/longer.xml:1 accepted
	document web/bytes-4.xml:2 too-large
X
trusted "what was before is trusted" 1

# --- certificates ---

document certificates.xml <<-X
	<certificates>
	<certificate url="many1.der"/>
	$(b64 2)
	<certificate url="many3.der"/>
	$(b64 4)
	</certificates>
X
phone provisioning.Certificates=3
provision "${URL[web]}/certificates.xml"
reported "Certificates=3: three, not four" "partial documents=1 certificates=4 accepted=3 refused=1" <<-X
	certificate web/certificates.xml:3 accepted
	certificate web/certificates.xml:5 limit-exceeded
	certificate web/certificates.xml:2 accepted
	certificate web/certificates.xml:4 accepted
X
trusted "what was before it is trusted" 1 2 3
phone provisioning.Certificates=4
provision "${URL[web]}/certificates.xml"
equal "Certificates=4 reaches the fourth" \
	"complete documents=1 certificates=4 accepted=4 refused=0" "$(run_result)"

# --- servers ---

phone store.Servers=3
provision "${URL[web]}/certificates.xml"
reported "Servers=3: three, not four" "complete documents=1 certificates=4 accepted=3 refused=1" <<-X
	certificate web/certificates.xml:3 accepted
	certificate web/certificates.xml:5 accepted
	certificate web/certificates.xml:2 accepted
	certificate web/certificates.xml:4 store-full
X
trusted "what was before it is trusted" 1 2 4
provision "${URL[web]}/certificates.xml"
equal "what is in a full list stays, and the same is told again" \
	"certificate web/certificates.xml:3 already-trusted
certificate web/certificates.xml:5 already-trusted
certificate web/certificates.xml:2 already-trusted
certificate web/certificates.xml:4 store-full" "$(outcomes | grep ^certificate)"

# --- time ---

document time.xml <<-X
	<settings><certificates>
	$(b64 1)
	<certificate url="many2.der"/>
	</certificates><setting-files>
	<file url="w3.xml"/>
	<file url="$a/never/"/>
	<file url="w4.xml"/></setting-files></settings>
X
phone provisioning.TimeLimit=1
provision "${URL[web]}/time.xml"
reported "TimeLimit=1: what takes longer ends the run" \
	"partial documents=4 certificates=3 accepted=2 refused=1" <<-X
	certificate web/time.xml:2 accepted
	certificate web/w3.xml:1 accepted
	document web/time.xml:6 limit-exceeded
	document web/time.xml:7 limit-exceeded
	certificate web/time.xml:3 limit-exceeded
X
trusted "what was before is trusted" 1 3

document trickle.xml <<-X
	<setting-files>
	<file url="$a/trickle/"/></setting-files>
X
phone provisioning.TimeLimit=1
provision "${URL[web]}/trickle.xml"
reported "also when there is always a little more" \
	"partial documents=2 certificates=0 accepted=0 refused=0" <<<"document web/trickle.xml:2 limit-exceeded"

document downloads.xml <<-X
	<certificates>
	<certificate url="many1.der"/>
	<certificate url="$a/never/x.der"/>
	<certificate url="many2.der"/>
	</certificates>
X
phone provisioning.TimeLimit=1
provision "${URL[web]}/downloads.xml"
reported "downloads have no more time either" "partial documents=1 certificates=3 accepted=1 refused=2" <<-X
	certificate web/downloads.xml:2 accepted
	certificate web/downloads.xml:3 limit-exceeded
	certificate web/downloads.xml:4 limit-exceeded
X
trusted "what was before is trusted" 1

# --- at a time ---

{
	echo '<certificates>'
	for ((i = 1; i <= 8; i++)); do echo "<certificate url=\"$a/busy/many$i.der\"/>"; done
	echo '</certificates>'
} >"$T/busy"
document busy.xml <"$T/busy"
phone
provision "${URL[web]}/busy.xml"
equal "eight downloads from one host" "complete documents=1 certificates=8 accepted=8 refused=0" "$(run_result)"
equal "two at a time" 2 "$(awk '/busy/ {print $3}' "$T/answers.answered" | sort -n | tail -n 1)"
: >"$T/answers.answered"
phone provisioning.Parallel=1
provision "${URL[web]}/busy.xml"
equal "or one, if all there may be is one" 1 "$(awk '/busy/ {print $3}' "$T/answers.answered" | sort -n | tail -n 1)"
