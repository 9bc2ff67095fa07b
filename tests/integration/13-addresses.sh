#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No document leads a phone to itself: without AllowLocal= only the one origin that the
# configuration or an admin wrote as a local address is asked, whatever links, redirects
# and names say. Every address here has a server, as the last run shows.

# A network of its own, if that can be had, with an address that is the machine's and a
# name that is loopback.
if [ -z "${OWN_ADDRESS:-}" ]; then
	flags=(-n -m)
	[ "$(id -u)" = 0 ] || flags+=(-r)
	if unshare "${flags[@]}" ip link set lo up 2>/dev/null; then
		export OWN_ADDRESS=198.51.100.7
		exec unshare "${flags[@]}" "$0"
	fi
fi
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
if [ -n "${OWN_ADDRESS:-}" ]; then
	ip link set lo up || fail "no loopback"
	ip address add "$OWN_ADDRESS/32" dev lo || fail "no own address"
	printf '127.0.0.1 localhost away.example.com\n::1 localhost\n' >"$T/hosts"
	mount --bind "$T/hosts" /etc/hosts || fail "no hosts"
	name=away.example.com
else
	OWN_ADDRESS=$(hostname -I | awk '{print $1}')
	[ -n "$OWN_ADDRESS" ] || skip "this machine has no address, and no other network can be had"
	name=$OWN_ADDRESS
fi

start_nginx web <<X
	server { listen 127.0.0.1:@PORT@; listen 127.0.0.2:@PORT@; listen [::1]:@PORT@;
	listen $OWN_ADDRESS:@PORT@; listen 127.0.0.1:@PORT2@; root @T@/www; absolute_redirect off;
	location = /other { return 302 http://127.0.0.1:@PORT2@/$MAC/one.xml; }
	location = /own { return 302 http://$OWN_ADDRESS:@PORT@/$MAC/one.xml; }
	location = /name { return 302 http://$name:@PORT@/$MAC/one.xml; }
	location = /here { return 302 /$MAC/one.xml; } }
X
port=${PORT[web]} port2=${PORT[web.2]}
URL[web]=http://127.0.0.1:$port
site web
{ pki_init && pki_issue root root root; } || fail "no certificates"
show root

# What may not be asked, and does not say so by itself.
refused=(
	"http://127.0.0.1:$port2"
	"http://127.0.0.2:$port"
	"http://[::1]:$port"
	"http://localhost:$port"
	"http://$OWN_ADDRESS:$port"
	"http://0.0.0.0:$port"
	"http://[::]:$port"
	"http://[::ffff:127.0.0.1]:$port"
	"http://[64:ff9b::7f00:1]:$port"
	"http://169.254.1.1:$port"
	"http://[fe80::1]:$port"
)
[ "$name" = "$OWN_ADDRESS" ] || refused+=("http://$name:$port")
document one.xml <<<'<settings/>'
{
	echo '<settings><setting-files>'
	for base in "${refused[@]}"; do echo "<file url=\"$base/$MAC/one.xml\"/>"; done
	for path in other own name here; do echo "<file url=\"/$path\"/>"; done
	echo '</setting-files><certificates>'
	for base in "${refused[@]}"; do echo "<certificate url=\"$base/$MAC/root.der\"/>"; done
	for path in other own name; do echo "<certificate url=\"/$path\"/>"; done
	echo '<certificate url="root.der"/>'
	echo '</certificates></settings>'
} >"$T/all"
document all.xml <"$T/all"
n=${#refused[@]}
{
	for ((i = 0; i < n + 3; i++)); do echo "document web/all.xml:$((i + 2)) address-refused"; done
	for ((i = 0; i < n + 3; i++)); do echo "certificate web/all.xml:$((n + 7 + i)) address-refused"; done
	echo "certificate web/all.xml:$((2 * n + 10)) accepted"
} >"$T/expected"

start_fetcher

# --- the one origin of the configuration ---

phone provisioning.AllowLocal=no "provisioning.Url=${URL[web]}/all.xml"
ask_provision '{}' || fail "no run: $(cat "$T/replies")"
reported "the setting server may be local, nothing else it leads to" \
	"partial documents=$((n + 5)) certificates=$((n + 4)) accepted=1 refused=$((n + 3))" <"$T/expected"
equal "only its one address and port were asked" "$port" "$(accesses web | awk '{print $NF}' | sort -u)"
equal "and for nothing that was refused" \
	"/$MAC/all.xml /$MAC/one.xml /$MAC/root.der /here /name /other /own" \
	"$(requests web | awk '{print $2}' | sort -u | xargs)"

# --- written as localhost ---

document linked.xml <<-X
	<setting-files>
	<file url="one.xml"/>
	<file url="http://127.0.0.1:$port/$MAC/one.xml"/>
	<file url="https://localhost:$port/$MAC/one.xml"/>
	</setting-files>
X
SITES+=("local=http://localhost:$port/$MAC")
phone provisioning.AllowLocal=no
provision "http://localhost:$port/$MAC/linked.xml"
reported "an admin may write localhost: that host, scheme and port it is" \
	"partial documents=4 certificates=0 accepted=0 refused=0" <<-X
	document local/linked.xml:3 address-refused
	document local/linked.xml:4 address-refused
X

# --- written as something else ---

phone provisioning.AllowLocal=no
provision "http://$OWN_ADDRESS:$port/$MAC/one.xml"
reported "an own address that does not look like one is none of them" \
	"failed documents=1 certificates=0 accepted=0 refused=0" \
	<<<"document http://$OWN_ADDRESS:$port/$MAC/one.xml:- address-refused"
provision "http://$name:$port/$MAC/one.xml"
equal "nor is a name" "document http://$name:$port/$MAC/one.xml:- address-refused" "$(outcomes)"

# --- learnt from a document ---

document server.xml <<-X
	<settings><phone-settings>
	<setting_server>http://127.0.0.1:$port2/$MAC/one.xml</setting_server>
	</phone-settings></settings>
X
phone provisioning.AllowLocal=no
provision "${URL[web]}/server.xml"
equal "a document may name a setting server" "setting web/server.xml:2 setting-applied" "$(outcomes | grep -v ^document)"
ask_provision '{}' || fail "no run: $(cat "$T/replies")"
reported "that may not be local" "failed documents=1 certificates=0 accepted=0 refused=0" \
	<<<"document http://127.0.0.1:$port2/$MAC/one.xml:- address-refused"

# --- and they are all there ---

phone provisioning.AllowLocal=yes provisioning.Retries=1
provision "${URL[web]}/all.xml"
for ((line = 2; line < n + 6; line++)); do
	# The last four addresses and 0.0.0.0 are nobody's, or not everywhere.
	[ $line -lt 8 ] || [ $line -ge $((n + 2)) ] || continue
	echo "document web/all.xml:$line processed"
done >"$T/expected"
equal "with AllowLocal=yes all are asked" "$(cat "$T/expected")" "$(outcomes | grep -Fxf "$T/expected")"
