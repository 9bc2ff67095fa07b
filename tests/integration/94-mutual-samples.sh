#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The samples for servers that know phones by their certificates, with nothing replaced
# but paths, names and the port: nginx and Apache, with phones of both device CAs.
# time limit: 180
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
. "$ROOT/tests/pki/device-pki.sh"
need nginx apache2

OTHER=000413DDEEFF
pki_standard || fail "no certificates"
{
	device_pki_cas &&
		device_pki_phone sha1 $MAC device-sha1 sha1 'RSA -pkeyopt rsa_keygen_bits:1024' &&
		device_pki_phone sha2 00:04:13:aa:bb:cc device-sha2 sha256 'RSA -pkeyopt rsa_keygen_bits:2048' &&
		device_pki_phone nobody Phone device-sha2 sha256 'EC -pkeyopt ec_paramgen_curve:P-256'
} || fail "no certificates of phones"
mkdir "$T/ssl"
cat "$PKI/device-sha1-root.pem" "$PKI/device-sha2-root.pem" >"$T/ssl/device-cas.pem"
cp "$PKI/server-chain.pem" "$T/ssl/server.pem"
cp "$PKI/server.key" "$T/ssl/server.key"
cat "$PKI/root.pem" "$PKI/intermediate.pem" >"$T/authorities.pem"
for file in $MAC/settings $OTHER/settings snomD785-$MAC snomD785-$OTHER $MAC/$OTHER general; do
	mkdir -p "$T/www/$(dirname "$file")"
	echo '<settings/>' >"$T/www/$file.xml"
done

# sample NAME - with what is ours
sample() {
	sed "s|/srv/phones|$T/www|; s|/etc/ssl/phones|$T/ssl|; s|/var/log/nginx/phones.log|$T/phones.log|" \
		"$ROOT/provisioning-samples/mutual-tls/$1.conf"
}
start_nginx nginx < <(sample nginx | sed 's|listen 443|listen 127.0.0.1:@PORT@|')
apache_settled() {
	gone apache || listening "${PORT[apache]}"
}
start_apache() {
	local module
	PORT[apache]=$(free_port) || fail "no free port"
	{
		for module in mpm_event authz_core authn_core mime ssl; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		printf '%s\n' "ServerRoot $T" "ServerName localhost" "PidFile $T/apache.pid" "ErrorLog $T/apache.errors" \
			"DefaultRuntimeDir $T" "Mutex default:$T" "TypesConfig /dev/null" "StartServers 1" \
			"Listen 127.0.0.1:${PORT[apache]} https"
		[ "$(id -u)" != 0 ] || printf '%s\n' 'User nobody' 'Group nogroup'
		sample apache | sed "s|\*:443|127.0.0.1:${PORT[apache]}|"
	} >"$T/apache.conf"
	start apache apache2 -d "$T" -f "$T/apache.conf" -DFOREGROUND
	wait_for 10 apache_settled
	alive apache && return
	cat "$T/apache.errors" >>"$T/apache.log"
	fail "Apache does not start"
}
# Its workers are nobody's.
chmod 755 "$T"
start_apache
start_fetcher

# asks SERVER FILE - "RESULT" of one run for that file alone; the MAC keeps the phone from
# asking for more
asks() {
	provision "https://localhost:${PORT[$1]}/$2.xml?{mac}"
	outcomes | grep '^document' | awk '{ print $NF }'
}
for server in nginx apache; do
	for name in sha1 sha2; do
		slot=${name^}
		phone "identity.${slot}Certificate=$PKI/$name.pem" "identity.${slot}Key=$PKI/$name.key"
		equal "$server, $name: its own files and those for all" "$(printf '%s\n' processed processed processed)" \
			"$(for file in $MAC/settings snomD785-$MAC general; do asks $server "$file"; done)"
		equal "$server, $name: another phone's" "$(printf '%s\n' http-status http-status http-status)" \
			"$(for file in $OTHER/settings snomD785-$OTHER $MAC/$OTHER; do asks $server "$file"; done)"
		matches "$server, $name: by status 403" 'HTTP status 403, to a phone that showed' "$(details)"
	done
	phone "identity.Sha2Certificate=$PKI/nobody.pem" "identity.Sha2Key=$PKI/nobody.key"
	equal "$server: a certificate without a MAC address" http-status "$(asks $server general)"
	phone
	equal "$server: no certificate" client-certificate-required "$(asks $server general)"
done
matches "nginx logs who asked" "GET /general.xml\S* HTTP/1.1\" 200 \"[^\"]*CN=$MAC,.*SUCCESS" "$(cat "$T/phones.log")"
