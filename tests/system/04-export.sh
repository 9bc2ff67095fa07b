#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 90
# What is exported, as installed: who may read it, and that the units which the configuration
# names are told of each change, once, also of one that comes while they are being told.
. "$(dirname "$0")/system.sh"
after_installing
EXPORT=$RUN/export

# --- programs that read the files: they write down how many certificates they found ---

units=/run/systemd/system
count="grep -c BEGIN $EXPORT/cafile.pem"
cat >$units/reader.service <<UNIT
[Service]
ExecStart=sleep infinity
ExecReload=/bin/sh -c '[ ! -e /run/gate ] || read -r go </run/gate; $count >>/run/reader'
UNIT
cat >$units/once.service <<UNIT
[Service]
ExecStart=/bin/sh -c '$count >>/run/once; exec sleep infinity'
UNIT
cat >$units/asleep.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo started >/run/asleep; exec sleep infinity'
UNIT
cat >$units/broken.service <<'UNIT'
[Service]
ExecStart=sleep infinity
ExecReload=false
UNIT
systemctl daemon-reload

# noted FILE - the last number that a program wrote down
noted() {
	tail -n 1 "/run/$1" 2>/dev/null
}
has_noted() {
	[ "$(noted "$1")" = "$2" ]
}
quiet() {
	[ ! -e $RUN/daemon/export.changed ] && is inactive ActiveState certprov-export.service
}
certificates() {
	$count
}

make_ca() {
	PKI_SUBJECT="/CN=CA $1" pki_issue "$1" "$1" root || fail "no CA"
}

# provision NAME... - these CAs
provision() {
	local name
	{
		echo '<settings><certificates>'
		for name in "$@"; do echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>"; done
		echo '</certificates></settings>'
	} >"$T/settings.xml"
	status "the CA is provisioned: $*" 0 certprovctl provision "$T/settings.xml"
}

# --- the files ---

configure '[export]' 'ReloadUnits=reader.service asleep.service' 'RestartUnits=once.service'
status "the path is enabled with the daemon" 0 systemctl enable certprovd.service
equal "it is" enabled "$(systemctl is-enabled certprov-export.path)"
systemctl start certprovd.service || fail "certprovd does not start"
[ -s $EXPORT/cafile.pem ] || fail "nothing is exported when the daemon is ready"
ok "what is trusted is exported when the daemon is ready"
status "everybody may read it" 0 as nobody cat $EXPORT/ca-bundle.pem $EXPORT/cafile.pem
equal "the directory is for all to read" "755 certprov:certprov" "$(rights $EXPORT/)"
equal "the file is" "644 certprov:certprov" "$(rights $EXPORT/cafile.pem)"
equal "the link is relative" "daemon/export export.1" "$(readlink $EXPORT) $(readlink $RUN/daemon/export)"
wait_for 10 quiet || fail "the first export is not told"
before=$(certificates)

# --- a change ---

systemctl start reader.service once.service || fail "no readers"
wait_for 10 has_noted once "$before" || fail "once.service read $(noted once)"
pki_init || fail "no certificates"
make_ca one
provision one
equal "the file has one more at once" $((before + 1)) "$(certificates)"
wait_for 10 has_noted reader $((before + 1)) || fail "reader.service was not reloaded"
ok "a unit is reloaded and finds the new certificate"
wait_for 10 has_noted once $((before + 1)) || fail "once.service was not restarted"
ok "a unit that reads once is restarted and finds it"
wait_for 10 quiet || fail "the hook does not end"
[ ! -e /run/asleep ] || fail "a unit that did not run was started"
ok "a unit that does not run is left alone"
matches "the journal says what was done" 'try-reload-or-restart reader.service asleep.service' \
	"$(entries -u certprov-export.service)"

# --- nothing changed ---

told() {
	wc -l </run/reader
}
times=$(told)
systemctl restart certprovd.service || fail "certprovd does not start again"
provision one
equal "a restart and a run that change nothing leave no mark" "$times inactive" \
	"$(told) $([ -e $RUN/daemon/export.changed ] || property ActiveState certprov-export.service)"
equal "and make no new generation" export.2 "$(readlink $RUN/daemon/export)"

# --- a change while readers are being told ---

mkfifo /run/gate
make_ca two
make_ca three
provision two
telling() {
	is activating ActiveState certprov-export.service && [ ! -e $RUN/daemon/export.changed ]
}
wait_for 10 telling || fail "nobody is told"
provision three
equal "the mark is there again" "" "$(cat $RUN/daemon/export.changed)"
exec 3<>/run/gate
echo go >&3
rm /run/gate
wait_for 10 quiet || fail "the hook does not end"
equal "the change that came meanwhile is told as well" "$((times + 2)) $((before + 3))" "$(told) $(noted reader)"
exec 3>&-

# --- distrust ---

status "the CA is distrusted" 0 certprovctl distrust "$(pki_sha256 two)"
equal "the file is without it at once" $((before + 2)) "$(certificates)"
wait_for 10 has_noted once $((before + 2)) || fail "once.service was not restarted"
ok "a unit that reads once has forgotten it"

# --- trouble ---

wait_for 10 quiet || fail "the hook does not end"
configure '[export]' 'ReloadUnits=broken.service missing.service reader.service'
systemctl start broken.service
make_ca four
provision four
wait_for 10 has_noted reader $((before + 3)) || fail "reader.service was not told beside a broken one"
ok "a unit that fails keeps no other from being told"
failed() {
	is failed ActiveState certprov-export.service
}
wait_for 10 failed || fail "nobody sees that a unit failed"
ok "and the failure shows"
make_ca five
provision five
wait_for 10 has_noted reader $((before + 4)) || fail "after a failure nothing is told"
ok "the next change is told all the same"

# A configuration that is wrong for a while: the change is told once it is right.
wait_for 10 failed || fail "the hook does not end"
mkdir -p /etc/certprov/certprovd.conf.d
printf '[trust]\nProfile=none\n' >/etc/certprov/certprovd.conf.d/wrong.conf
make_ca six
provision six
refused() {
	entries -u certprov-export.service | grep -q 'wrong.conf:2'
}
wait_for 10 refused || fail "the hook does not say what is wrong"
[ -e $RUN/daemon/export.changed ] || fail "the change is forgotten"
rm /etc/certprov/certprovd.conf.d/wrong.conf
wait_for 30 has_noted reader $((before + 5)) || fail "the change is not told with the configuration mended"
ok "a change while the configuration is wrong is told once it is right"
equal "and does not spin meanwhile" ok "$([ "$(entries -u certprov-export.service | grep -c 'wrong.conf:2')" -le 3 ] && echo ok)"

# --- what the hook may ---

cat >/run/try.pl <<PERL
sub writes { open(my \$file, ">", \$_[0]) ? 1 : 0 }
print -r "$STATE/trust.db" ? 1 : 0, writes("/etc/x"), writes("/run/x"), writes("$RUN/x"), writes("$RUN/daemon/x"), "\n";
PERL
in_place_of certprov-export.service /usr/bin/perl /run/try.pl
equal "it sees no store and writes nowhere but beside the files" 00001 "$OUT"
