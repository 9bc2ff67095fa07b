#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 60
# The figures for monitoring as installed: the timer writes them where a node exporter reads
# text files, and nowhere else; without that directory it does nothing.
. "$(dirname "$0")/system.sh"
after_installing
UNIT=certprov-metrics.service
FILES=/var/lib/prometheus/node-exporter
configure

systemctl start certprovd.service || fail "certprovd does not start"
status "without the exporter's directory there is nothing to do" 0 systemctl start $UNIT
equal "which is no failure" "no inactive" "$(property ConditionResult $UNIT) $(property ActiveState $UNIT)"

# As Debian's package makes it: of the exporter's user.
useradd --system prometheus || fail "no user"
install -d -o prometheus -g prometheus $FILES
status "with it, the service succeeds" 0 systemctl start $UNIT
equal "one file is there, for the exporter to read" "certprov.prom 644 root:root" \
	"$(cd $FILES && echo * && true) $(rights $FILES/certprov.prom)"
status "which it can" 0 as prometheus cat $FILES/certprov.prom
matches "it is whole" '# EOF$' "$OUT"
matches "and has the generation" 'certprov_generation [0-9]+' "$OUT"

echo old >$FILES/certprov.prom
status "the timer starts" 0 systemctl start certprov-metrics.timer
matches "and has a next time" '^[A-Z0-9]' "$(property NextElapseUSecMonotonic certprov-metrics.timer)"
status "the next time replaces the file" 0 systemctl start $UNIT
matches "whole" '# EOF$' "$(cat $FILES/certprov.prom)"

systemctl mask --runtime --now certprovd.service certprovd-trust.socket certprovd-admin.socket \
	certprovd-identity.socket >/dev/null 2>&1
before=$(stat -c %i:%Y $FILES/certprov.prom)
status "without a daemon it fails, so that somebody sees it" 1 systemctl start $UNIT
equal "and leaves the figures of before, with their age" "$before certprov.prom" \
	"$(stat -c %i:%Y $FILES/certprov.prom) $(ls -A $FILES)"

cat >/run/try.pl <<PERL
sub writes { open(my \$file, ">", \$_[0]) ? 1 : 0 }
print -e "$STATE/trust.db" ? 1 : 0, writes("/etc/x"), writes("/run/x"), writes("$RUN/x"),
	writes("$STATE/x"), writes("$FILES/x"), "\n";
PERL
in_place_of $UNIT /usr/bin/perl /run/try.pl
equal "it sees no store and writes nowhere but there" 000001 "$OUT"
