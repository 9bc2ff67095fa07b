#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an ordinary PBX publishes besides settings, and what comes instead of documents: each
# is told for what it is, and only the latter leaves a run incomplete.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 1 many other
show root
start_nginx web <<-'X'
	server { listen 127.0.0.1:@PORT@; root @T@/www;
	location = /000413AABBCC/here.xml { return 302 /000413AABBCC/login.xml; }
	location = /000413AABBCC/moved.xml { return 302 http://localhost:@PORT@/000413AABBCC/login.xml?session=1; } }
X
URL[web]=http://127.0.0.1:${PORT[web]}
site web
serve_https secure

b64() {
	echo "<certificates><certificate type=\"base64\">$(pki_base64 "$1")</certificate></certificates>"
}
b64 root | document settings.xml
b64 many1 | document late.xml
sections=(functionKeys tbook dialplan ReplacementPlan uploads gui-languages web-languages phrases w_phrases
	firmware-settings)
for i in "${sections[@]}"; do
	document "$i.xml" <<<"<$i e=\"2\"><file url=\"never.xml\"/><item context=\"x\">a &amp; b</item></$i>"
done
{
	echo '<setting-files>'
	printf '<file url="%s.xml"/>\n' settings "${sections[@]}"
	echo '</setting-files>'
} | document index.xml
start_fetcher

# --- sections ---

phone bootstrap.Bootstrap=until-authenticated
provision "${URL[web]}/settings.xml"
provision "${URL[secure]}/index.xml"
reported "sections are documents, and a run over them is complete" \
	"complete documents=12 certificates=1 accepted=1 refused=0" <<<"certificate secure/settings.xml:1 already-trusted"
provision "${URL[web]}/late.xml"
reported "so the bootstrap is closed" "complete documents=1 certificates=1 accepted=0 refused=1" \
	<<<"certificate web/late.xml:1 unauthenticated-source"

# --- what is no document ---

document near.xml <<<'<Setting-Files/>'
document foreign.xml <<<'<YealinkIPPhoneMenu/>'
document login.xml <<<'<html><head><title>Hotel WiFi</title></head><body><br></body></html>'
document php.xml <<<$'<br />\n<b>Warning</b>:  Undefined index in <b>p.php</b> on line <b>7</b><br />\n<settings/>'
document error.json <<<'{"error": "unknown device"}'
document cut.xml <<<$'<settings>\n<phone-settings>\n<language>German'
document latin1.xml <<<$'<settings>\n<!-- K\xfcche -->\n</settings>'
document cr.xml <<<$'<settings>\r<a b="1"\r c=2/>\r</settings>'
wrong=(near.xml foreign.xml login.xml here.xml moved.xml php.xml error.json cut.xml latin1.xml cr.xml)
{
	echo '<setting-files>'
	printf '<file url="%s"/>\n' "${wrong[@]}"
	echo '</setting-files>'
} | document wrong.xml
phone
provision "${URL[web]}/wrong.xml"
reported "each has its identifier and place" "partial documents=11 certificates=0 accepted=0 refused=0" <<-X
	document web/near.xml:1 unknown-root
	document web/foreign.xml:1 unknown-root
	document web/login.xml:1 not-xml
	document web/here.xml:1 not-xml
	document web/moved.xml:1 not-xml
	document web/php.xml:2 not-xml
	document web/error.json:1 not-xml
	document web/cut.xml:3 not-well-formed
	document web/latin1.xml:2 not-well-formed
	document web/cr.xml:3 not-well-formed
X
details >"$T/details"
said() { # said SENTENCE DOCUMENT REGEX
	matches "$1" "$3" "$(grep " web/$2:" "$T/details")"
}
said "a near root with the name it is near" near.xml '<Setting-Files>, where <setting-files>'
said "a foreign one with what it is" foreign.xml '<YealinkIPPhoneMenu>, a page for Yealink phones'
said "a web page with its title" login.xml 'a web page.*"Hotel WiFi"'
said "the one that a redirect led to" here.xml "a redirect led to http://[^ ]*/$MAC/login.xml"
said "a redirect to another server" moved.xml "a redirect led to http://localhost:[0-9]*/$MAC/login.xml"
said "a message of PHP with its words" php.xml '"Warning: Undefined index in p.php on line 7"'
said "JSON with its beginning" error.json 'JSON.*unknown device'
said "a cut with the element that is open" cut.xml 'ends here, within <language> of line 3'
said "a byte of another encoding" latin1.xml '0xFC is not UTF-8.*ISO-8859-1.*column 7'
said "lines end with CR alone" cr.xml 'in the tag <a> is not in quotation marks'
remedies() {
	grep -o '"remedy": "[^"]*' "$T/replies"
}
matches "the page of another server may be the network's" 'login page of the network' "$(remedies)"
matches "the remedy for PHP is in its configuration" 'display_errors = Off' "$(remedies)"
lacks "nobody is told to use an XML checker" 'xmllint' "$(remedies)"
