#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 90
# Provisioning as it is installed: who may ask for it, the fetcher as a unit of its own, what
# the journal keeps, and what becomes of a run when the daemon stops.
. "$(dirname "$0")/system.sh"
after_installing
useradd -m -G certprov-admin alice || fail "no alice"
useradd -m bob || fail "no bob"
configure
systemctl enable --now certprovd.service 2>/dev/null || fail "certprovd does not start"

# --- a server ---

pki_standard || fail "no certificates"
www=$T/www
mkdir "$www"
chmod 755 "$T" # nginx reads as root; nothing here is secret
cp "$PKI/server.der" "$PKI/intermediate.der" "$PKI/expired.der" "$www/"
{
	echo '<?xml version="1.0" encoding="utf-8"?>'
	echo '<settings>'
	echo ' <certificates>'
	echo "  <certificate type=\"base64\">$(pki_base64 root)</certificate>"
	echo '  <certificate url="intermediate.der"/>'
	echo '  <certificate url="expired.der"/>'
	echo ' </certificates>'
	echo '</settings>'
} >"$www/000413AABBCC.xml"
{ cat "$www/000413AABBCC.xml" && head -c 400000 /dev/zero | tr '\0' ' '; } >"$www/slow-000413AABBCC.xml"
start_nginx server <<<"server { listen 127.0.0.1:@PORT@; root $www;
	location /slow- { limit_rate 20k; } }
server { listen 127.0.0.1:@PORT2@ ssl; root $www;
	ssl_certificate $PKI/server-chain.pem; ssl_certificate_key $PKI/server.key; }"
http=http://127.0.0.1:${PORT[server]}
https=https://localhost:${PORT[server.2]}
root_sha256=$(pki_sha256 root)

# --- permission ---

status "everybody may ask how things are" 0 as bob certprovctl status
status "a user outside the group may not provision" 4 as bob certprovctl provision "$http/{mac}.xml"
matches "and is told why" 'not permitted to use the socket: /run/certprov/io.certprov.admin' "$OUT"
matches "and what to do" 'usermod -aG certprov-admin USER' "$OUT"
serve_locally
status "a member may" 0 as alice certprovctl provision "$http/{mac}.xml"
matches "the run is whole" 'Result +complete' "$OUT"
matches "what was inline is accepted" '000413AABBCC.xml:4 .*accepted' "$OUT"
matches "what was linked is accepted" '000413AABBCC.xml:5 .*accepted' "$OUT"
matches "what has expired is refused" '000413AABBCC.xml:6 .*expired' "$OUT"
status "what came over HTTP verifies HTTPS" 0 as alice certprovctl provision "$https/{mac}.xml"
matches "that run is whole as well" 'Result +complete' "$OUT"
matches "bob sees what is trusted" "^${root_sha256:0:16} " "$(as bob certprovctl list servers)"
systemctl restart certprovd
matches "and sees it after a restart" "^${root_sha256:0:16} " "$(as bob certprovctl list servers)"

# --- the journal ---

accepted=$(entries "CERTPROV_SHA256=$root_sha256")
matches "the journal finds a certificate by its fingerprint" '^MESSAGE_ID=e3c7cf28742841f7b842bdf03d7d2011$' "$accepted"
matches "with its place" '^CERTPROV_LINE=4$' "$accepted"
matches "with its document" "^CERTPROV_DOCUMENT=$http/000413AABBCC.xml$" "$accepted"
matches "with its run" '^CERTPROV_RUN=[0-9]+$' "$accepted"
matches "with its name" '^CERTPROV_SUBJECT=CN=Test Root CA$' "$accepted"
matches "with its priority" '^PRIORITY=5$' "$accepted"
matches "as that of certprovd" '^SYSLOG_IDENTIFIER=certprovd$' "$accepted"
equal "a run has a beginning" 2 "$(entries MESSAGE_ID=edb2bb66b17a40639d3a04570603715c | grep -c ^MESSAGE=)"
equal "and an end" 2 "$(entries MESSAGE_ID=481c6df6ddc74246a4bb6a944b217a20 | grep -c ^MESSAGE=)"
explained=$(journalctl -x --no-pager -u certprovd)
matches "journalctl -x explains" 'Subject: A certificate is trusted from now on' "$explained"
matches "with what to do" "certprovctl remove servers $root_sha256" "$explained"
lacks "and with nothing left to fill in" '@CERTPROV_[A-Z0-9]+@' "$explained"
# Without Landlock it goes on and says so; where the kernel has it, it must be used.
complaints=$(entries | grep -a 'certprov-fetch: ')
[ "$(perl -e 'print syscall 444, 0, 0, 1')" != -1 ] || complaints=$(grep -v 'has no Landlock' <<<"$complaints")
equal "the fetcher has nothing to complain about, its sandbox is whole" '' "$complaints"

# --- the fetcher at work ---

fetchers() {
	systemctl list-units --all --plain --no-legend 'certprov-fetch@*.service' | awk '{ print $1 }'
}
fetching() {
	[[ $(property StatusText) == Provisioning:* ]] && [ -n "$(fetchers)" ]
}
no_fetcher() {
	[ -z "$(fetchers)" ]
}
# It has given up its rights once it reads: systemd's own filters, and one more.
reading() {
	[ "$(process_status "$pid" Seccomp_filters)" -gt "$1" ]
}

in_place_of certprov-fetch@.service /usr/bin/grep Seccomp_filters /proc/self/status
managers=${OUT##*[!0-9]}
wait_for 5 no_fetcher || fail "fetchers stay: $(fetchers)"
ok "after a run there is no fetcher"
start slow as alice certprovctl provision "$http/slow-{mac}.xml"
wait_for 5 fetching || fail "no slow run: $(property StatusText)"
ok "the status tells of the run: $(property StatusText)"
unit=$(fetchers)
pid=$(property MainPID "$unit")
wait_for 5 reading "$managers" || fail "the fetcher has no filter of its own"
ok "the fetcher adds a filter of its own to the $managers of its unit"
equal "and gets no privileges" 1 "$(process_status "$pid" NoNewPrivs)"
equal "it runs as certprov-fetch" "$(id -u certprov-fetch)" "$(process_status "$pid" Uid)"
equal "in no group but its own" "$(id -g certprov-fetch)" "$(awk '/^Groups:/ { $1 = ""; print }' "/proc/$pid/status" | xargs)"
equal "without a capability" 0000000000000000 "$(process_status "$pid" CapBnd)"
equal "nobody can look into it" root "$(stat -c %U "/proc/$pid/mem")"
matches "trust is answered meanwhile" 'Test Root CA' "$(as bob certprovctl list servers)"
began=$(now_ms)
status "the daemon stops during a run" 0 systemctl stop certprovd
took=$(($(now_ms) - began))
[ $took -lt 1000 ] || fail "stopping took $took ms"
ok "within a second"
equal "of itself" success "$(property Result)"
wait_for 5 no_fetcher || fail "the fetcher outlives it: $(fetchers)"
ok "and the fetcher goes with it"
wait_for 5 gone slow || fail "who waited for the run is left waiting"
stop slow
[ "$STATUS" != 0 ] || fail "who waited for the run takes it for whole"
ok "who waited for the run is told"
status "the next one is as before" 0 as alice certprovctl provision "$http/{mac}.xml"

status "an administrator changes trust, by a service" 0 systemd-run -q --wait --pipe --unit=changes --uid=alice \
	certprovctl remove servers "$(pki_sha256 intermediate)"
matches "the history names who and what it was" 'uid:[0-9]+ .*changes\.service' "$(as alice certprovctl history | cat)"

# --- each checks whom it speaks to ---

chmod 666 $RUN/fetch
# shellcheck disable=SC2016 # Perl's variables
status "a stranger gets a connection" 0 as bob perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!";
	local $/; $SIG{ALRM} = sub { die "it is served" }; alarm 10; print <$s> // ""' $RUN/fetch
equal "but not a byte" '' "$OUT"
matches "and the fetcher says why" 'certprov-fetch: connection: Operation not permitted' "$(entries)"
wait_for 5 no_fetcher || fail "a fetcher stays: $(fetchers)"
ok "which leaves nothing behind"
chmod 600 $RUN/fetch

mkdir /run/bob && chown bob /run/bob
# shellcheck disable=SC2016 # Perl's variables
start liar as bob perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die "listen: $!";
	chmod 0666, $ARGV[0]; my $c = $s->accept; my $n = sysread $c, my $b, 1000;
	print "heard ", $n // 0, " bytes\n"' /run/bob/fetch
wait_for 5 test -S /run/bob/fetch || fail "nobody listens as bob"
configure '[fetch]' Socket=/run/bob/fetch
systemctl restart certprovd
status "the daemon does not talk to a fetcher of somebody else" 2 as alice certprovctl provision "$http/{mac}.xml"
said=$OUT
wait_for 5 gone liar || fail "the false fetcher still waits"
equal "not a byte" 'heard 0 bytes' "$(cat "$T/liar.log")"
matches "and who asked is told" "cannot be reached at /run/bob/fetch: Operation not permitted" "$said"
