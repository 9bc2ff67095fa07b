#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Settings: what a file says of each, what users, administrators and provisioning may
# overwrite, and the user and password that servers are sent, and which are not.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
built certprovctl
export CERTPROV_RUNTIME_DIR=$T/run
ctl() {
	"$B/certprovctl" "$@" 2>&1
}
# setting NAME MEMBER - of its row in the list; nothing when it is not there
setting() {
	ctl settings --json | python3 -c '
import json, sys
name, member = sys.argv[1:]
for line in sys.stdin:
    reply = json.loads(line)
    for row in reply.get("settings", [reply]):
        if row.get("name") == name and row.get(member) is not None:
            print(row[member])
' "$@"
}

pki_standard || fail "no certificates"
serve_http web
start_fetcher
phone

# --- values, places, names ---

cat >"$WWW/values.xml" <<-'X'
	<settings><phone-settings>
	<update_policy perm="R">auto_update</update_policy>
	<host_name_validation_flags perm="RW">99</host_name_validation_flags>
	<prov_back_off_timer perm="!">5,10</prov_back_off_timer>
	<settings_refresh_timer> 86400
	</settings_refresh_timer>
	<http_client_user>us:er</http_client_user>
	<http_client_pass perm="">hunter-2</http_client_pass>
	<phone_cert_type>sha256</phone_cert_type>
	<ntp_server>secret-host</ntp_server><user_pass idx="1">secret-word</user_pass>
	<language action="remove">secret-tongue</language>
	<provisioning_order action="remove">pnp:stop</provisioning_order>
	</phone-settings></settings>
X
provision "${URL[web]}/values.xml"
reported "each value has its outcome and its place" "complete documents=1 certificates=0 accepted=0 refused=0" <<-'X'
	setting web/values.xml:2 setting-applied
	setting web/values.xml:3 setting-invalid
	setting web/values.xml:4 setting-applied
	setting web/values.xml:5 setting-applied
	setting web/values.xml:7 setting-invalid
	setting web/values.xml:8 setting-applied
	setting web/values.xml:9 setting-invalid
	setting web/values.xml:12 setting-applied
	setting - settings-not-used
X
cp "$T/replies" "$T/first"
matches "what is wrong with a value" 'host_name_validation_flags cannot be "99": it is greater than 31. "0" still counts.' "$(details)"
matches "and with a user" 'http_client_user cannot be "us:er": it has a colon' "$(details)"
matches "settings of other names are counted" 'certprov does not use: 3\. None of them is kept' "$(details)"
matches "a remove is a set, and the report says so" 'provisioning_order is now "pnp:stop".*action=' "$(details)"
equal "the bad value left the old one" 0 "$(setting host_name_validation_flags effective)"
equal "a good one counts" 86400 "$(setting settings_refresh_timer effective)"
lacks "of other settings nothing is kept" 'secret-(host|word|tongue)' \
	"$(cat "$T/replies"; strings -a "$T"/state/trust.db*)"

# --- permissions ---

equal "what a file made read only is listed so" read-only "$(setting update_policy permission)"
equal "and what users may change" initial "$(setting prov_back_off_timer permission)"
equal "or have overwritten" read-write "$(setting settings_refresh_timer permission)"
status "a value that is read only is not set" 3 ctl set update_policy ask_for_update
matches "with the reason and what to do" 'made update_policy read only, so it stays "auto_update".* certprovctl set --force' "$OUT"
status "nor reset" 3 ctl set update_policy
equal "it is as it was" auto_update "$(setting update_policy value)"
status "unless an administrator insists" 0 ctl set --force update_policy ask_for_update
equal "then it is theirs" "ask_for_update admin" "$(setting update_policy value) $(setting update_policy origin)"
equal "with no permission of a file" "" "$(setting update_policy permission)"
status "what may be changed is set without" 0 ctl set prov_back_off_timer 7,9
provision "${URL[web]}/values.xml"
matches "no file overwrites either" 'update_policy setting-admin-set|administrator set update_policy' "$(details)"
matches "whatever its permission" 'administrator set prov_back_off_timer to "7,9"' "$(details)"
status "until it is reset" 0 ctl set prov_back_off_timer
provision "${URL[web]}/values.xml"
equal "and provisioned again" 5,10 "$(setting prov_back_off_timer value)"
sed -i 's/<update_policy perm="R">/<update_policy perm="RW">/; s/perm="!">5,10/perm="R">5,10/' "$WWW/values.xml"
provision "${URL[web]}/values.xml"
matches "another permission of the same value is told" 'prov_back_off_timer is "5,10" already; its permission is now read-only' "$(details)"
equal "and counts" read-only "$(setting prov_back_off_timer permission)"

# --- why value and effect differ ---

restart phone.Firmware=8.7.5.70
equal "a default by firmware" 2 "$(setting host_name_validation_flags effective)"
matches "and its rule" 'default on this firmware is 2 \(rule name-flags-no-wildcards' "$(setting host_name_validation_flags note)"
matches "a firmware without the setting" 'does not have the setting \(rule name-check-setting; firmware that has it: 8\.8\.3\.26\)' \
	"$(setting check_fqdn_against_server_cert note)"
restart
matches "a firmware that ignores it" 'always verifies servers' "$(setting tls_server_authentication note)"
status "the list for people has it as well" 0 ctl settings
matches "with the permission" 'read-only' "$OUT"
matches "and the reason" 'always verifies servers' "$OUT"

# --- a password is never shown ---

matches "a password is set" True "$(setting http_client_pass isSet)"
equal "and has no value" "" "$(setting http_client_pass value)$(setting http_client_pass effective)"
status "the command line is no place for one" 64 ctl set http_client_pass hunter-3
matches "and another way is told" 'write @FILE, or @- for standard input' "$OUT"
lacks "without repeating it" 'hunter-3' "$OUT"
echo hunter-3 >"$T/password"
status "an administrator sets another" 0 ctl set http_client_pass "@$T/password"
status "and a user" 0 ctl set http_client_user 000413AABBCC
everywhere() {
	ctl settings
	ctl settings --json
	ctl status --json
	ctl runs --json
	ctl history
	varlink "$ADMIN" io.certprov.admin.ListRuns | grep -oE '"id": ?[0-9]+' | grep -oE '[0-9]+' | while read -r id; do
		ctl runs "$id" --json
	done
	ctl check --json "$WWW/values.xml"
	ctl check "$WWW/values.xml"
	cat "$T"/*.log "$T/first" "$T/replies"
}
lacks "neither in lists, reports, history, logs nor what check says" 'hunter-' "$(everywhere)"
equal "the database has it, for its owner alone" 600 "$(stat -c %a "$T/state/trust.db")"

# --- who is sent the user ---

printf '000413AABBCC:%s\n' "$(openssl passwd -apr1 hunter-3)" >"$T/users"
start_nginx basic <<-'X'
	log_format seen '$uri "$http_authorization"';
	server { listen 127.0.0.1:@PORT@ ssl; root @T@/www; auth_basic "phones"; auth_basic_user_file @T@/users;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
	location = /basic-to-other { return 302 https://localhost:@PORT2@/seen.der; } }
	server { listen 127.0.0.1:@PORT2@ ssl; root @T@/www; access_log @T@/seen seen;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key;
	location / { return 401; add_header WWW-Authenticate 'Basic realm="x"' always; } }
X
# The same by Digest, of which nginx knows nothing.
cat >"$T/digest.py" <<-'X'
	import hashlib, http.server, re, sys
	def md5(text): return hashlib.md5(text.encode()).hexdigest()
	class Handler(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        field = dict(re.findall(r'(\w+)="?([^",]+)', self.headers.get("Authorization", "")))
	        a1 = md5("000413AABBCC:phones:hunter-3")
	        a2 = md5("GET:" + self.path)
	        right = field.get("nonce") == "n1" and field.get("response") == md5(
	            ":".join([a1, "n1", field.get("nc", ""), field.get("cnonce", ""), "auth", a2]))
	        self.send_response(200 if right else 401)
	        body = b"<settings/>" if right else b""
	        if not right:
	            self.send_header("WWW-Authenticate", 'Digest realm="phones", nonce="n1", qop="auth", algorithm=MD5')
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *a): pass
	s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	print("port", s.server_port, flush=True)
	s.serve_forever()
X
start digest python3 "$T/digest.py"
wait_for 10 grep -q '^port' "$T/digest.log" || fail "the server with Digest does not start"
cat "$PKI/root.pem" >"$T/authorities.pem"
restart
echo '<settings/>' >"$WWW/in.xml"
server=https://localhost:${PORT[basic]}/$MAC
status "the setting server is one that wants a user" 0 ctl set setting_server "$server/in.xml"
ask_provision '{}'
equal "it is sent the user" "complete documents=1 certificates=0 accepted=0 refused=0" "$(run_result)"
status "and one with Digest" 0 ctl set setting_server "http://localhost:$(sed -n 's/^port //p' "$T/digest.log")/$MAC.xml"
ask_provision '{}'
equal "is as well" "complete documents=1 certificates=0 accepted=0 refused=0" "$(run_result)"

cat >"$WWW/links.xml" <<-X
	<certificates>
	<certificate url="https://localhost:${PORT[basic.2]}/linked.der"/>
	<certificate url="${server%/*}/basic-to-other"/>
	<certificate url="https://me:mine@localhost:${PORT[basic.2]}/own.der"/>
	</certificates>
X
status "a file of it links to another server" 0 ctl set setting_server "$server/links.xml"
ask_provision '{}'
reported "which is refused what it asks for" "partial documents=1 certificates=3 accepted=0 refused=3" <<-X
	certificate https://localhost:${PORT[basic]}/$MAC/links.xml:2 authentication-required
	certificate https://localhost:${PORT[basic]}/$MAC/links.xml:3 authentication-required
	certificate https://localhost:${PORT[basic]}/$MAC/links.xml:4 authentication-required
X
matches "the outcome says that no user was sent" 'HTTP status 401, no user was sent: http_client_user is for another server' "$(details)"
matches "and that the one of the URL was" 'HTTP status 401, the user that was sent was refused' "$(details)"
equal "the other server saw only the user of the URL" "$(printf '%s "-"\n' /linked.der /own.der /seen.der)" \
	"$(grep '"-"' "$T/seen" | sort)"
equal "which came first" '/own.der "Basic bWU6bWluZQ=="' "$(grep -v '"-"' "$T/seen")"
status "a wrong password" 0 ctl set http_client_pass @- <<<wrong
ask_provision '{}'
matches "is told as that of the setting" 'the user of http_client_user was sent and was refused; it accepts Basic' "$(details)"
status "the right one again" 0 ctl set http_client_pass @- <<<hunter-3

# --- a server that anybody could have named ---

cat >"$WWW/elsewhere.xml" <<-X
	<settings><phone-settings>
	<setting_server>https://localhost:${PORT[basic.2]}/$MAC/stolen.xml</setting_server>
	</phone-settings></settings>
X
: >"$T/seen"
status "no setting server of the administrator's" 0 ctl set setting_server
provision "${URL[web]}/elsewhere.xml"
ask_provision '{}'
matches "a server named over plain HTTP is not sent the administrator's password" \
	'no user was sent: http_client_user is not for a server that an unauthenticated document named' "$(details)"
lacks "it saw none" 'Basic' "$(cat "$T/seen")"

# --- in the same run ---

status "nothing is set" 0 ctl set http_client_pass
status "nor a user" 0 ctl set http_client_user
cat >"$T/www/first.xml" <<-X
	<settings><phone-settings>
	<http_client_user>000413AABBCC</http_client_user><http_client_pass>hunter-3</http_client_pass>
	</phone-settings><setting-files><file url="in.xml"/></setting-files></settings>
X
cp "$T/www/first.xml" "$WWW/first.xml"
provision "https://000413AABBCC:hunter-3@localhost:${PORT[basic]}/$MAC/first.xml"
equal "what a file brings counts from the next request on" "complete documents=2 certificates=0 accepted=0 refused=0" "$(run_result)"

# --- what is offered in TLS ---

start_nginx tls <<-'X'
	server { listen 127.0.0.1:@PORT@ ssl; root @T@/www; ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }
	server { listen 127.0.0.1:@PORT2@ ssl; root @T@/www; ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }
X
cat >"$WWW/tls.xml" <<-X
	<certificates>
	<certificate url="https://localhost:${PORT[tls]}/a.der"/>
	<certificate url="https://localhost:${PORT[tls.2]}/a.der"/>
	</certificates>
X
# offered SENTENCE RESULT-OF-1.2 RESULT-OF-1.3 [SECTION.KEY=VALUE...]
offered() {
	restart "${@:4}"
	provision "${URL[web]}/tls.xml"
	equal "$1" "$(printf 'certificate web/tls.xml:2 %s\ncertificate web/tls.xml:3 %s' "$2" "$3")" \
		"$(outcomes | grep '^certificate')"
}
cp "$PKI/root.der" "$T/www/a.der" 2>/dev/null || openssl x509 -in "$PKI/root.pem" -outform DER -out "$T/www/a.der"
offered "by default, both servers find a suite" already-trusted already-trusted
offered "ciphers that the server has none of" no-common-cipher already-trusted tls.Ciphers=ECDHE+AES256
matches "are told with the one it wants" 'it wants (TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256|ECDHE-ECDSA-AES128-GCM-SHA256), which this phone does not offer' "$(details)"
matches "and with the keys that decide" 'Ciphers= and CipherSuites= in certprovd.conf' "$(cat "$T/replies")"
offered "a suite of TLS 1.3 that it has not" already-trusted no-common-cipher tls.CipherSuites=TLS_CHACHA20_POLY1305_SHA256
matches "likewise" 'it wants TLS_AES_256_GCM_SHA384, which' "$(details)"
offered "a version it does not speak" protocol-version already-trusted tls.MinimumVersion=1.3
matches "is told with that of the phone" 'this phone requires TLS 1.3 or later' "$(details)"
equal "Status says it for other clients" "1.3 DEFAULT TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256" \
	"$(ctl status --json | python3 -c 'import json, sys; t = json.load(sys.stdin)["tls"]; print(t["minimumVersion"], t["ciphers"], t["cipherSuites"])')"
status "and so does the status for people" 0 ctl status
matches "in one line" '^TLS +1\.3 or later; DEFAULT' "$OUT"
offered "the former name of the key counts" protocol-version already-trusted provisioning.TlsMinimum=1.3
matches "with a warning" 'TlsMinimum= of \[provisioning\] is taken for MinimumVersion= of \[tls\]' "$(cat "$T/daemon.log")"

tls_in_status() {
	ctl status --json | grep -qF "$1"
}
restart
configure tls.Ciphers=ECDHE+AESGCM
kill -HUP "${PID[daemon]}"
wait_for 10 tls_in_status ECDHE+AESGCM || fail "the list is not reloaded"
ok "a reload takes another list"
configure tls.Ciphers=ECDHE+TYPO
kill -HUP "${PID[daemon]}"
wait_for 10 grep -qF 'ECDHE+TYPO is not allowed' "$T/daemon.log" || fail "a bad list is reloaded"
tls_in_status ECDHE+AESGCM || fail "a bad list took the good one away"
ok "a bad one is told, and the one before stays"

stop_daemon
# refused SENTENCE KEY=VALUE PATTERN
refused() {
	printf '[store]\nStateDirectory=%s\n[tls]\n%s\n' "$T/state" "$2" >"$T/bad.conf"
	status "$1" 78 "$B/certprovd" --config="$T/bad.conf" --check-config
	matches "and where" "bad.conf:4: .*$3" "$OUT"
	status "nor does it start" 78 "$B/certprovd" --config="$T/bad.conf"
}
refused "a cipher that is no cipher is refused" Ciphers=ECDHE+AESGCM:AES-TYPO 'that "AES-TYPO" means'
refused "so are those without a certificate" Ciphers=ALL 'needs no certificate; add :!aNULL'
refused "and a suite that is none" CipherSuites=TLS_TYPO 'called "TLS_TYPO"'
refused "and a version" MinimumVersion=2.0 'one of 1.0, 1.1, 1.2, 1.3'
