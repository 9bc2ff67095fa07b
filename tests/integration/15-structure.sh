#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Documents as they are found: every trap of the format in one tree, a malformed one that
# costs only itself, and the documents from outside where there are some.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
many 9 many other
show root intermediate
for ((i = 1; i <= 9; i++)); do show many$i; done
cp "$WWW/root.der" "$WWW/ROOT.DER"
serve_http web
start_fetcher

b64() {
	echo "<certificate type=\"base64\">$(pki_base64 "$1")</certificate>"
}
# linked NAME - standard input as that document, linked from tree.xml
tree=()
linked() {
	document "$1"
	tree+=("$1")
}

# Neither uploads nor languages are files to read; nor what is in a comment.
linked uploads.xml <<-'X'
	<settings>
	<uploads><file url="not-asked-1.xml" type="gui_xml_state_settings"/></uploads>
	<gui-languages><language url="not-asked-2.xml" name="Deutsch"/></gui-languages>
	<functionKeys><fkey idx="0"><setting-files><file url="not-asked-3.xml"/></setting-files></fkey></functionKeys>
	<!-- <setting-files><file url="not-asked-4.xml"/></setting-files> -->
	<tbook><certificates><certificate url="not-asked-5.der"/></certificates></tbook>
	<file url="not-asked-6.xml"/>
	</settings>
X
linked comment.xml <<<'<!-- Phone not found -->'
linked blank.xml </dev/null
linked no-header.xml <<<"<certificates>$(b64 root)</certificates>"
linked bom-crlf.xml < <(
	printf '\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<certificates>\r\n<certificate\r\n type="base64">'
	openssl base64 -in "$PKI/intermediate.der" | sed 's/$/\r/'
	printf '</certificate>\r\n</certificates>'
)
linked utf-16.xml < <(
	printf '\xff\xfe'
	printf '<?xml version="1.0"?>\n<certificates>\n<certificate url="many1.der"/></certificates>' | iconv -t UTF-16LE
)
linked latin1.xml < <(
	printf '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
	printf '<settings><phone-settings><user_realname idx="1">B\xfcro</user_realname></phone-settings>\n'
	printf '<certificates><certificate url="many2.der"/></certificates></settings>\n'
)
linked error.xml <<<'<?xml version="1.0"?>'$'\n''<error>unknown device</error>'
linked text.htm <<-'X'
	<html><pre>
	language$: Deutsch
	</pre></html>
X
linked lines.cfg <<-'X'
	# settings
	language!: Deutsch
X
linked page.xml <<<'<html><head><title>404</title></head><body>Not found</body></html>'
linked doctype.xml <<-X
	<?xml version="1.0"?>
	<!DOCTYPE settings [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]>
	<settings><certificates>$(b64 other)</certificates></settings>
X
linked entity.xml <<-'X'
	<settings>
	<phone-settings><language>&undeclared;</language></phone-settings></settings>
X
linked malformed.xml <<-X
	<settings><certificates>
	$(b64 many3)
	</certificates><phone-settings>
	<web_language perm="R">Deutsch</language>
	</phone-settings><certificates>$(b64 many4)</certificates></settings>
X
linked cut.xml <<-X
	<settings><certificates>
	$(b64 many5)
	<certificate type="base64">$(pki_base64 many4 | head -c 100)
X
linked ampersand.xml <<-'X'
	<settings><setting-files>
	<file url="empty.xml?action=settings&amp;mac={mac}&amp;type={phone_type}"/>
	</setting-files></settings>
X
document empty.xml <<<'<settings/>'
linked elements.xml <<-X
	<settings>
	<phone-settings>
	<webserver_cert perm=""/><webserver_cert perm=""></webserver_cert>
	<update_policy perm="R"> auto_update </update_policy>
	<update_policy>sometimes</update_policy>
	<tls_server_authentication idx="1">on</tls_server_authentication>
	<user_host idx="1"><b>not ours</b></user_host>
	<setting_server>http://127.0.0.1/<b>x</b></setting_server>
	<certificates>
	$(b64 other)
	</certificates>
	</phone-settings>
	<certificate url="many6.der"/>
	<certificates>
	<certificate/>
	<certificate type="base64"></certificate>
	<certificate type="base64"> </certificate>
	<certificate url=""/>
	<certificate url="many6.der">$(pki_base64 many6)</certificate>
	<certificate>$(pki_base64 many6)</certificate>
	<certificate type="BASE64">$(pki_base64 many6)</certificate>
	<certificate type="base64"><b>$(pki_base64 many6)</b></certificate>
	<certificate type="base64">not base64 at all!</certificate>
	<certificate type="base64">
	-----BEGIN CERTIFICATE-----
	$(pki_base64 many6)
	-----END CERTIFICATE-----
	</certificate>
	<certificate type="base64">AAAA</certificate>
	<certificate url="ROOT.DER"/>
	<certificate url="many7.der"/>
	<certificate url="many7.der" type="url"/>
	<certificate url="ftp://127.0.0.1/many8.der"/>
	<certificate url="many8-{serial}.der"/>
	<certificate url="http:///nowhere"/>
	<certificate url="?{mac}"
	 perm="R" />
	</certificates>
	</settings>
X
linked files.xml <<-'X'
	<setting-files>
	<file url=""/>
	<file/>
	<file url="empty.xml"/>
	<file url="empty.xml"/>
	<file url="tree.xml"/>
	<file url="ftp://127.0.0.1/x.xml"/>
	<file url="absent-{serial}.xml"/>
	<file url='single.xml' />
	</setting-files>
X
document single.xml <<<"<certificates><certificate url='many9.der'/></certificates>"
{
	echo '<?xml version="1.0" encoding="utf-8"?>'
	echo '<setting-files>'
	printf '<file url="%s"/>\n' "${tree[@]}"
	echo '</setting-files>'
} >"$T/tree"
document tree.xml <"$T/tree"
at() { # at DOCUMENT - where tree.xml links it
	grep -n "\"$1\"" "$T/tree" | cut -d : -f 1
}

phone
provision "${URL[web]}/tree.xml"
reported "every trap of the format, in one tree" \
	"partial documents=29 certificates=28 accepted=9 refused=18" <<-X
	certificate web/uploads.xml:6 misplaced
	document web/uploads.xml:7 unknown-element
	document web/tree.xml:$(at comment.xml) no-root
	document web/tree.xml:$(at blank.xml) no-root
	certificate web/no-header.xml:1 accepted
	certificate web/bom-crlf.xml:3 accepted
	document web/error.xml:2 unknown-root
	document web/text.htm:1 text-format
	document web/lines.cfg:1 text-format
	document web/page.xml:1 not-xml
	document web/doctype.xml:2 doctype-refused
	document web/entity.xml:2 not-well-formed
	certificate web/malformed.xml:2 accepted
	document web/malformed.xml:4 not-well-formed
	certificate web/cut.xml:2 accepted
	document web/cut.xml:3 not-well-formed
	setting web/elements.xml:3 setting-unchanged
	setting web/elements.xml:3 setting-unchanged
	setting web/elements.xml:4 setting-applied
	setting web/elements.xml:5 setting-invalid
	setting web/elements.xml:6 setting-indexed
	setting web/elements.xml:8 setting-invalid
	certificate web/elements.xml:10 misplaced
	certificate web/elements.xml:13 misplaced
	certificate web/elements.xml:15 empty
	certificate web/elements.xml:16 empty
	certificate web/elements.xml:17 empty
	certificate web/elements.xml:18 empty
	certificate web/elements.xml:19 ambiguous
	certificate web/elements.xml:20 type-unknown
	certificate web/elements.xml:21 type-unknown
	certificate web/elements.xml:22 empty
	certificate web/elements.xml:23 not-base64
	certificate web/elements.xml:24 not-base64
	certificate web/elements.xml:29 not-der
	certificate web/elements.xml:33 url-not-supported
	certificate web/elements.xml:35 url-not-supported
	document web/files.xml:2 url-not-supported
	document web/files.xml:3 url-not-supported
	document web/files.xml:5 duplicate-url
	document web/files.xml:6 duplicate-url
	document web/files.xml:7 url-not-supported
	document web/files.xml:8 http-status
	certificate web/utf-16.xml:3 accepted
	certificate web/latin1.xml:3 accepted
	certificate web/elements.xml:30 already-trusted
	certificate web/elements.xml:31 accepted
	certificate web/elements.xml:32 duplicate-url
	certificate web/elements.xml:34 http-status
	certificate web/elements.xml:36 not-der
	certificate web/single.xml:1 accepted
	setting - settings-not-used
X
details >"$T/details"
said() { # said SENTENCE PLACE REGEX
	matches "$1" "$3" "$(grep " $2 " "$T/details")"
}
said "a malformed document is told with line and column" web/malformed.xml:4 '</language> stands where <web_language> of line 4 .*column 42'
said "so is an unknown entity" web/entity.xml:2 'the entity &undeclared; in the .* is not defined.*column 39'
said "an unknown root is named" web/error.xml:2 'root element of the document is unknown: <error>, an error message'
said "what is PEM is called so" web/elements.xml:24 'PEM'
said "a variable nobody knows is left, and named" web/elements.xml:34 'many8-\{serial\}.der.*serial'
said "so it is in the link of a document" web/files.xml:8 'left as written: serial'
equal "variables and ampersands arrive as they are meant" 1 \
	"$(asked web "/$MAC/empty.xml?action=settings&mac=$MAC&type=snomD785")"
equal "an upper-case extension is a name as any" 1 "$(asked web "/$MAC/ROOT.DER")"
lacks "what no file list links is not asked for" 'not-asked' "$(requests web)"
equal "nothing is asked for twice" "" "$(requests web | sort | uniq -d)"
lacks "nothing of a local file is anywhere" 'root:[x*]' "$(cat "$T/replies" "$T/daemon.log")"

# --- in a file of its own, and where it does no harm ---

document twice.xml <<-'X'
	<setting-files>
	<file url="empty.xml"/>
	<file url="empty.xml"/>
	<file url="twice.xml"/>
	</setting-files>
X
phone
provision "${URL[web]}/twice.xml"
reported "a file linked twice, or by itself, is read once, and nothing is missing" \
	"complete documents=4 certificates=0 accepted=0 refused=0" <<-X
	document web/twice.xml:3 duplicate-url
	document web/twice.xml:4 duplicate-url
X

# --- what looks like ours, and is not read ---

document strays.xml <<-X
	<settings xmlns:x="urn:x">
	<Certificates>
	$(b64 many1)
	</Certificates>
	<acme><certificates>
	$(b64 many1)
	</certificates></acme>
	<certificates>
	<x:certificate url="stray.der"/>
	<certificate href="stray.der"/>
	<certificate type="base64">MIIa<br/>bbbb</certificate>
	</certificates>
	<phone-settings>
	<tls_server_authentification>off</tls_server_authentification>
	<webserver_cert>KEY-THAT-IS-NOT-SHOWN</webserver_cert>
	<webserver_cert/>
	</phone-settings>
	<setting_server>http://127.0.0.1/</setting_server>
	</settings>
X
phone
provision "${URL[web]}/strays.xml"
reported "no certificate vanishes, nor a setting: all of it was judged" \
	"complete documents=1 certificates=5 accepted=0 refused=5" <<-X
	certificate web/strays.xml:3 unknown-element
	certificate web/strays.xml:6 misplaced
	certificate web/strays.xml:9 unknown-element
	certificate web/strays.xml:10 empty
	certificate web/strays.xml:11 not-base64
	setting web/strays.xml:14 setting-unknown
	setting web/strays.xml:15 certificate-missing
	setting web/strays.xml:16 setting-unchanged
	setting web/strays.xml:18 setting-misplaced
	setting - settings-not-used
X
details >"$T/details"
said "a name in another case is told with the one that is meant" web/strays.xml:3 \
	'around it, <Certificates> \(line 2\) is not <certificates>, since case counts'
said "a wrong place is told with its line" web/strays.xml:6 \
	'<certificates> \(line 5\) stands in <acme> \(line 5\), which is unknown'
said "so is a namespace" web/strays.xml:9 '<x:certificate> is in the namespace urn:x'
said "what is empty is told with what there is" web/strays.xml:10 'the url is in href="..."'
said "markup in base64 is told with its place" web/strays.xml:11 'interrupted by <br> \(line 11, after 4 characters\)'
said "a setting is told with the one it is near" web/strays.xml:14 'nearest that it uses is tls_server_authentication'
said "a setting in the wrong place is told" web/strays.xml:18 '<setting_server> \(line 18\) stands in <settings> \(line 1\)'
lacks "a key is nowhere" 'KEY-THAT-IS-NOT-SHOWN' "$(cat "$T/replies" "$T/daemon.log")"
equal "nothing of it is asked for" "" "$(requests web | grep stray.der)"
status "certprovctl check does not pass it" 1 "$B/certprovctl" check "$WWW/strays.xml" -f 10.1.33.33 -a "$PKI/root.pem"

# --- the names a phone makes of a URL ---

# Here the URL must not have the MAC address in it.
ln -s "$WWW" "$T/www/plain"
plain=http://127.0.0.1:${PORT[web]}/plain
SITES+=("plain=$plain")
document general.xml <<<"<settings><certificates>$(b64 root)</certificates></settings>"
document general-$MAC.xml <<<"<settings><certificates>$(b64 other)</certificates></settings>"
phone
provision "$plain/general.xml"
reported "a phone asks for its own file as well, after the general one" \
	"complete documents=2 certificates=2 accepted=2 refused=0" <<-X
	certificate plain/general.xml:1 accepted
	certificate plain/general-$MAC.xml:1 accepted
X
rm "$WWW/general-$MAC.xml"
phone
provision "$plain/general.xml"
reported "a server need not have it" \
	"complete documents=2 certificates=1 accepted=1 refused=0" <<-X
	certificate plain/general.xml:1 accepted
	document plain/general-$MAC.xml:- optional-absent
X
rm "$WWW/general.xml"
provision "$plain/general.xml"
reported "but one of them" "failed documents=2 certificates=0 accepted=0 refused=0" <<-X
	document plain/general.xml:- http-status
	document plain/general-$MAC.xml:- optional-absent
X

# --- from outside ---

corpus=${CERTPROV_CORPORA:-$ROOT/../shared/corpora}/xml
if [ ! -r "$corpus/SOURCES.tsv" ]; then
	echo "SKIP $(basename "$0"), documents from outside: no outside test data here"
	exit 0
fi
mkdir "$T/www/corpus"
cp -r "$corpus"/{real,shape,hostile} "$T/www/corpus/"
mapfile -t files < <(cd "$corpus" && ls -d real/* shape/* hostile/*)
{
	echo '<setting-files>'
	printf '<file url="corpus/%s"/>\n' "${files[@]}"
	echo '</setting-files>'
} >"$T/www/corpus.xml"
# Whatever they link goes to a proxy, which is our server: no name is looked up.
phone "provisioning.Proxy=http://127.0.0.1:${PORT[web]}" provisioning.Retries=1
SITES=(site=http://site.example.com)
status "documents from outside are read to the end of the run" 0 \
	ask_provision '{"url": "http://site.example.com/corpus.xml?{mac}"}'
outcomes | sed 's|site/corpus/||g' >"$T/outcomes"
details | sed 's|site/corpus/||g' >"$T/details"

# What became of a document itself: told where it failed, or where it is linked.
became() {
	awk -F '\t' -v name="$1" '$2 == name && /^document / { split($1, word, " "); print word[3] }' "$T/details"
}
# What was found in a document: links that lead somewhere, certificates in their place.
found() {
	awk -F '\t' -v from="$1:" '
		{ split($1, word, " ") }
		index(word[2], from) != 1 || from == $2 ":" { next }
		word[1] == "document" && $2 != "-" { links++ }
		word[1] == "certificate" && word[3] != "misplaced" && word[3] != "type-unknown" { certificates++ }
		END { print links + 0, certificates + 0 }' "$T/details"
}
(while IFS=$'\t' read -r file _ _ _ _ xmllint links base64 urls _; do
	case $file in
	real/* | shape/*) ;;
	*) continue ;;
	esac
	if [ "$xmllint" = well-formed ]; then
		matches "$file is read, or its root is named" '^(processed|unknown-root|text-format|not-xml)$' "$(became "$file")"
		equal "$file: what is found in it" "$links $((base64 + urls))" "$(found "$file")"
	else
		matches "$file is refused" '^(not-well-formed|not-xml|unknown-root|text-format|doctype-refused|no-root)$' "$(became "$file")"
	fi
done <"$corpus/SOURCES.tsv") >"$T/said" || {
	cat "$T/said"
	exit 1
}
ok "$(grep -c '^ok:' "$T/said") claims about documents found in the field"
equal "what is hostile is refused at its place, or harmless" "\
document hostile/01-billion-laughs.xml:2 doctype-refused
document hostile/02-xxe-file.xml:2 doctype-refused
document hostile/03-xxe-http.xml:2 doctype-refused
document hostile/04-parameter-entities.xml:2 doctype-refused
document hostile/05-deep-nesting.xml:1 limit-exceeded
document hostile/06-huge-attribute.xml:2 limit-exceeded
document hostile/07-invalid-utf8.xml:2 not-well-formed
certificate hostile/10-cdata-base64.xml:2 accepted
certificate hostile/10-cdata-base64.xml:4 empty
document hostile/12-namespaces.xml:2 unknown-root
certificate hostile/08-utf16.xml:2 http-status
certificate hostile/09-processing-instructions.xml:4 http-status" "$(grep ' hostile/' "$T/outcomes")"
lacks "nothing of a local file is anywhere" 'root:[x*]' "$(cat "$T/replies" "$T/daemon.log")"
lacks "no password is in what the daemon tells" 's3cret' "$(cat "$T/replies" "$T/daemon.log")"
