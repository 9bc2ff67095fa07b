#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Downloads: redirects, retries, passwords, encodings, lengths; each failure its own, and
# judged in the order of the document.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
need sqlite3

basic=s3cret-basic digest=s3cret%2Fdigest wrong=s3cret-wrong server=s3cret-server

pki_standard || fail "no certificates"
many 12 many intermediate
for ((i = 1; i <= 12; i++)); do show many$i; done
show root
cp "$PKI/root.pem" "$WWW/root.pem"
echo '<!DOCTYPE html><html><body>Not here</body></html>' >"$WWW/page.der"
: >"$WWW/nothing.der"
head -c 65537 /dev/zero >"$WWW/large.der"
gzip -c "$WWW/root.der" >"$WWW/packed.der"
printf 'phone:%s\n' "$(openssl passwd -apr1 $basic)" >"$T/passwords"

start_nginx web <<-'X'
	server { listen 127.0.0.1:@PORT@; root @T@/www; absolute_redirect off;
	location ~ ^/hop([1-9])$ { set $n $1; rewrite ^/hop9$ /hop8 redirect; rewrite ^/hop8$ /hop7 redirect;
		rewrite ^/hop7$ /hop6 redirect; rewrite ^/hop6$ /hop5 redirect; rewrite ^/hop5$ /hop4 redirect;
		rewrite ^/hop4$ /hop3 redirect; rewrite ^/hop3$ /hop2 redirect; rewrite ^/hop2$ /hop1 redirect;
		return 302 /000413AABBCC/many1.der; }
	location = /loop { return 302 /loop; }
	location = /ftp { return 302 ftp://127.0.0.1/x.der; }
	location = /up { return 301 https://localhost:@PORT2@/000413AABBCC/many2.der; }
	location = /document { return 307 /000413AABBCC/moved/here.xml; }
	location = /packed { add_header Content-Encoding gzip; alias @T@/www/000413AABBCC/packed.der; }
	location /auth/ { auth_basic phones; auth_basic_user_file @T@/passwords; alias @T@/www/000413AABBCC/;
		location = /auth/here { return 302 /auth/many7.der; }
		location = /auth/away { return 302 http://127.0.0.1:@PORT3@/many8.der; } }
	}
	server { listen 127.0.0.1:@PORT2@ ssl; root @T@/www;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
	location = /down { return 302 http://127.0.0.1:@PORT@/000413AABBCC/many1.der; } }
	server { listen 127.0.0.1:@PORT3@; root @T@/www/000413AABBCC;
	auth_basic phones; auth_basic_user_file @T@/passwords; }
X
for n in web web.2 web.3; do URL[$n]=http://127.0.0.1:${PORT[$n]}; done
URL[web.2]=https://localhost:${PORT[web.2]}
origin=${URL[web]} secure=${URL[web.2]} other=${URL[web.3]}
site web
ANSWERS_PASSWORD=s3cret/digest serve_answers answers
a=${URL[answers]}
closed=$(free_port) || fail "no free port"
with() { # with USER:PASSWORD URL
	echo "${2%%//*}//$1@${2#*//}"
}
start_fetcher

# --- one element a case ---

: >"$T/cases"
{
	echo '<certificates>'
	while read -r outcome url; do
		[ -n "$url" ] || continue
		echo "<certificate url=\"$url\"/>"
		echo "certificate web/all.xml:$(($(wc -l <"$T/cases") + 2)) $outcome" >>"$T/cases"
	done <<-X
		accepted $origin/hop5
		redirect-refused $origin/hop6
		redirect-refused $origin/loop
		redirect-refused $origin/ftp
		redirect-refused $secure/down
		accepted $origin/up
		accepted $a/failing/503/2/many3.der
		http-status $a/failing/503/3/many4.der
		http-status $a/failing/404/1/many4.der
		http-status $a/failing/403/1/many4.der
		accepted $a/behind/+file+many5.der/many4.der
		accepted $a/file/many5.der
		accepted $(with phone:$basic "$origin/auth/many6.der")
		accepted $(with phone:$basic "$origin/auth/here")
		authentication-required $(with phone:$basic "$origin/auth/away")
		authentication-required $(with phone:$wrong "$origin/auth/many9.der")
		authentication-required $origin/auth/many9.der
		accepted $(with phone:$digest "$a/digest/phone/many10.der")
		authentication-required $(with phone:$wrong "$a/digest/phone/many11.der")
		encoding-refused $origin/packed
		too-large large.der
		too-large $a/chunked/65537
		incomplete-transfer $a/cut/many9.der
		connection-failed http://127.0.0.1:$closed/x.der
		not-der nothing.der
		not-der page.der
		not-der root.pem
		not-der $a/chunked/65536
		accepted many12.der
	X
	echo '</certificates>'
} >"$T/all.xml"
document all.xml <"$T/all.xml"

phone "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/all.xml"
reported "every download has its own outcome, in the order of the document" \
	"partial documents=1 certificates=29 accepted=9 refused=20" <"$T/cases"
details >"$T/details"

reason() { # reason SENTENCE LINE REGEX
	matches "$1" "$3" "$(grep "^certificate web/all.xml:$2 " "$T/details")"
}
reason "one redirect more than five" 3 'more than five'
reason "one that never ends" 4 'more than five'
reason "one to something else than HTTP" 5 'not to an http or https'
reason "one down from HTTPS" 6 'from https to http'
reason "what was not DER is named: nothing" 26 'empty'
reason "what was not DER is named: a page" 27 'HTML'
reason "what was not DER is named: PEM" 28 'PEM'
reason "an encoding nobody asked for is named" 21 'encoding'

equal "a sixth redirect is not followed" "1 6" "$(asked web "/$MAC/many1.der") $(asked web /loop)"
equal "a server that fails is asked three times, and no more" "3 3" \
	"$(asked answers /failing/503/2/many3.der) $(asked answers /failing/503/3/many4.der)"
equal "what is not there is asked for once" "1 1" \
	"$(asked answers /failing/404/1/many4.der) $(asked answers /failing/403/1/many4.der)"
equal "a body that was cut is asked for again" "3" "$(asked answers /cut/many9.der)"
equal "the second was there before the first" "/file/many5.der /behind/+file+many5.der/many4.der" \
	"$(awk '/many4.der 200|many5.der 200/ {print $2}' "$T/answers.answered" | xargs)"

# --- documents ---

document moved/here.xml <<<'<certificates><certificate url="../many1.der"/></certificates>'
document moved/../many1.xml <<-X
	<setting-files>
	<file url="$a/failing/500/2/one.xml"/>
	<file url="$a/failing/410/9/one.xml"/>
	<file url="$origin/packed"/>
	<file url="http://127.0.0.1:$closed/x.xml"/>
	<file url="$origin/document"/>
	</setting-files>
X
document one.xml <<<'<settings/>'
phone
provision "${URL[web]}/many1.xml"
reported "documents fail one by one, and links in a redirected one are relative to where it was" \
	"partial documents=6 certificates=1 accepted=1 refused=0" <<-X
	document web/many1.xml:3 http-status
	document web/many1.xml:4 encoding-refused
	document web/many1.xml:5 connection-failed
	certificate http://127.0.0.1:${PORT[web]}/document:1 accepted
X
equal "and are tried again when that can help" "3 1" \
	"$(asked answers /failing/500/2/one.xml) $(asked answers /failing/410/9/one.xml)"

# --- credentials ---

authorization() { # authorization PORT URI - the headers that came with it
	accesses web | grep " $1\$" | grep -F " $2 " | sed 's/.*" "\(.*\)" .*/\1/; s/ .*//' | sort -u | xargs
}
equal "a password goes to its own origin, when that asks for it" "- Basic" "$(authorization "${PORT[web]}" /auth/many6.der)"
equal "and along a redirect that stays there" "- Basic" "$(authorization "${PORT[web]}" /auth/many7.der)"
equal "and nowhere else, though that asks for it" "-" "$(authorization "${PORT[web.3]}" /many8.der)"

document here.xml <<-X
	<setting-files>
	<file url="one.xml"/>
	<file url="$origin/$MAC/two.xml"/>
	<file url="$other/three.xml"/>
	</setting-files>
X
document two.xml <<<'<settings/>'
document three.xml <<<'<settings/>'
phone
provision "$(with phone:$basic "${URL[web]}/here.xml")"
equal "a linked file on another origin gets none" "- document web/here.xml:4 authentication-required" \
	"$(authorization "${PORT[web.3]}" /three.xml) $(outcomes | grep -v 'processed$' | sed 's|http://[^ ]*/here|web/here|')"

document server.xml <<-X
	<settings><phone-settings>
	<setting_server>$(with phone:$server "${URL[web]}/all.xml")</setting_server>
	</phone-settings></settings>
X
phone "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/server.xml"
reported "a setting server with a password is taken" \
	"complete documents=1 certificates=0 accepted=0 refused=0" <<<"setting web/server.xml:2 setting-applied"
cp "$T/replies" "$T/told"
ask_provision '{}' || fail "no run from the setting server"
equal "and used" "partial documents=1 certificates=29" "$(run_result | cut -d ' ' -f 1-3)"
cat "$T/replies" >>"$T/told"
for call in ListSettings: ListRuns: History: GetRun:'{"id":1}' GetRun:'{"id":2}'; do
	varlink "$ADMIN" "io.certprov.admin.${call%%:*}" "${call#*:}" >>"$T/told" || fail "no answer to $call"
done
dump >>"$T/told"
matches "there is something told to look into" 'setting_server' "$(cat "$T/told")"
lacks "no password is in what the daemon tells" 's3cret' "$(cat "$T/told")"
lacks "none is in the daemon's log" 's3cret' "$(cat "$T/daemon.log")"
lacks "none is in the fetcher's log" 's3cret' "$(cat "$T/fetcher.log")"
stop_daemon
dumped=$(sqlite3 "$T/state/trust.db" .dump) || fail "cannot read the database"
equal "the database has the setting server's, in its row" 1 \
	"$(grep -c "^INSERT INTO setting VALUES('setting_server',.*$server" <<<"$dumped")"
lacks "and no other, nowhere" 's3cret' "$(grep -v "^INSERT INTO setting VALUES('setting_server'" <<<"$dumped")"
lacks "nor in any other form" "$(printf 'phone:%s' $basic | base64 | cut -c 1-20)" "$dumped"

# --- queries ---

# A password in a query is hidden like one before the host, except from administrators.
document query.xml <<-X
	<settings><certificates>
	<certificate url="many1.der?password=qu3ry"/>
	<certificate url="many1.der?password=qu3ry2"/>
	<certificate url="missing.der?password=qu3ry"/>
	</certificates><phone-settings>
	<setting_server>${URL[web]}/query.xml?password=qu3ry</setting_server>
	</phone-settings></settings>
X
phone "trust.Authorities=$PKI/root.pem"
provision "${URL[web]}/query.xml?password=qu3ry"
matches "queries are asked for as they are written" 'many1.der\?password=qu3ry2' "$(accesses web)"
matches "a report names the parameter" 'missing.der\?password=\*\*\*' "$(varlink "$ADMIN" io.certprov.admin.GetRun '{"id":1}')"
lacks "and not its value" 'qu3ry' "$(varlink "$ADMIN" io.certprov.admin.GetRun '{"id":1}' | grep -v '"run"')"
told=$(varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "servers"}')
matches "the socket that everybody may ask does the same" '"url": "[^"]*many1.der\?password=\*\*\*"' "$told"
lacks "and keeps the value to itself" 'qu3ry' "$told"
lacks "nor the daemon's log" 'qu3ry' "$(cat "$T/daemon.log")"
for call in ListSettings ListRuns; do
	matches "an administrator sees it by $call" 'query.xml\?password=qu3ry' "$(varlink "$ADMIN" "io.certprov.admin.$call")"
done
stop_daemon

# --- who asks ---

agent=$(accesses web | awk -F '"' '{print $2}' | sort -u)
equal "the User-Agent is of the vendor's form" \
	"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 certprov-$("$B/certprovd" --version | awk '{print $2}') $MAC)" \
	"$agent"
document last.xml <<<'<settings/>'
phone provisioning.MacInUserAgent=no
provision "${URL[web]}/last.xml"
lacks "its MAC address can be left out" "$MAC\\)" "$(accesses web | tail -n 1)"
