#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole run: a tree of 20 documents on three levels with 200 url certificates and 50
# base64 ones, over HTTP and over HTTPS with a password; and once more, which changes
# nothing and downloads nothing.
# time limit: 120
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 250 many intermediate
for ((i = 1; i <= 200; i++)); do cp "$PKI/many$i.der" "$WWW/"; done

# Documents 1; 2 to 5; 6 to 20. What is expected of each certificate goes into
# $T/expected, in document order: "ORIGIN PLACE URL SHA256".
children() {
	case $1 in
	1) seq 2 5 ;;
	[2-5]) seq $((4 * $1 - 2)) $((4 * $1 + ($1 < 5))) ;;
	esac
}

put() {
	line=$((line + 1))
	printf '%s\n' "$1"
}

element() {
	put "<!-- $2 -->"
	put "$3"
	echo "$1 SITE/d$document.xml:$line $2 $(pki_sha256 "$4")" >>"$T/$1"
}

url=0 base64=200
for ((document = 1; document <= 20; document++)); do
	line=0
	{
		put '<settings>'
		put '<setting-files>'
		for child in $(children $document); do put "<file url=\"d$child.xml\"/>"; done
		put '</setting-files><certificates>'
		for ((i = 0; i < 10; i++)); do
			url=$((url + 1))
			element provisioned-url "SITE/many$url.der" "<certificate url=\"many$url.der\"/>" many$url
		done
		for ((i = 0; i < 2 + (document <= 10); i++)); do
			base64=$((base64 + 1))
			element provisioned-base64 - \
				"<certificate type=\"base64\">$(pki_base64 many$base64)</certificate>" many$base64
		done
		put '</certificates></settings>'
	} >"$T/d"
	document d$document.xml <"$T/d"
done
equal "the tree has 20 documents, 200 and 50 certificates" "20 200 250" \
	"$(find "$WWW" -name 'd*.xml' | wc -l) $url $base64"

# expected SITE RUN - as `servers` says it
expected() {
	sed "s|SITE|$1|g; s|\([^ ]*\)\$|run=$2 \1|" "$T/provisioned-url" "$T/provisioned-base64" | sort
}

# The report: every document in the order of the queue, base64 within their documents,
# url certificates behind all of them, in document order.
expected_outcomes() {
	for ((document = 1; document <= 20; document++)); do
		sed -n "s|^provisioned-base64 \(SITE/d$document.xml:[^ ]*\).*|certificate \1 accepted|p" "$T/provisioned-base64"
		case $document in
		1) from=SITE/d1.xml:- ;;
		[2-5]) from=SITE/d1.xml:$((document + 1)) ;;
		*) from=SITE/d$(((document + 2) / 4)).xml:$((3 + (document + 2) % 4)) ;;
		esac
		echo "document $from processed"
	done
	sed 's|^provisioned-url \([^ ]*\).*|certificate \1 accepted|' "$T/provisioned-url"
}

# compare SENTENCE FILE FILE - long ones, so only what differs is shown
compare() {
	diff "$2" "$3" >"$T/difference" || fail "$1:"$'\n'"$(head -n 20 "$T/difference")"
	ok "$1"
}

# provisions SITE URL - on a new phone, twice
provisions() {
	phone "trust.Authorities=$PKI/root.pem"
	provision "$2/d1.xml"
	equal "a run over $1 is complete, and counts right" \
		"complete documents=20 certificates=250 accepted=250 refused=0" "$(run_result)"
	outcomes >"$T/outcomes"
	expected_outcomes | sed "s|SITE|$1|" >"$T/outcomes.expected"
	compare "over $1: every outcome has its place, in the order of the documents" \
		"$T/outcomes.expected" "$T/outcomes"
	servers >"$T/servers"
	expected "$1" 1 >"$T/servers.expected"
	compare "over $1: every certificate is trusted, with where it came from" \
		"$T/servers.expected" "$T/servers"

	dump >"$T/before"
	next_second
	before=$(requests "$1" | wc -l)
	provision "$2/d1.xml"
	equal "the same over $1 again is complete, and accepts nothing new" \
		"complete documents=20 certificates=250 accepted=250 refused=0" "$(run_result)"
	equal "over $1 again: everything is trusted already" "250" \
		"$(outcomes | grep -c '^certificate .* already-trusted$')"
	dump >"$T/after"
	compare "over $1 again: certificates, unknown, settings and generation are as they were" \
		"$T/before" "$T/after"
	requests "$1" | tail -n +$((before + 1)) >"$T/again"
	equal "over $1 again: documents are read again, certificates only asked for" "20 200 and 200 304" \
		"$(grep -c '\.xml 200$' "$T/again") 200 and $(grep -c '\.der 304$' "$T/again") 304"
	equal "over $1 again: nothing else was asked for but passwords" "" \
		"$(grep -vE '\.xml 200$|\.der 304$| 401$' "$T/again")"
	equal "there are two runs now" "2 complete,1 complete" "$(
		varlink "$ADMIN" io.certprov.admin.ListRuns | python3 -c '
import json, sys
print(",".join("%d %s" % (r["id"], r["result"]) for r in json.loads(sys.stdin.readline())["runs"]))'
	)"
}

start_fetcher
serve_http web
provisions web "${URL[web]}"

printf 'phone:%s\n' "$(openssl passwd -apr1 'secret/word')" >"$T/passwords"
start_nginx secure <<<"server { listen 127.0.0.1:@PORT@ ssl; root $T/www;
	auth_basic phones; auth_basic_user_file @T@/passwords;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }"
URL[secure]=https://localhost:${PORT[secure]}
site secure
# Links are relative, so the password goes along; in a report it is never shown.
SITES+=("secure=https://***@localhost:${PORT[secure]}/$MAC")
provisions secure "https://phone:secret%2Fword@localhost:${PORT[secure]}/$MAC"
lacks "the password is in no reply" 'secret' "$(cat "$T/replies")"
