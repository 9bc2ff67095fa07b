#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A damaged database: set aside, the newest good backup taken up under a new id, what
# was distrusted stays so, and all of it is said. A damaged certificate: kept apart.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch

for name in authority first second third bad; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
write_config

# damage KIND - what may happen to $STATE/trust.db
damage() {
	python3 - "$1" "$STATE/trust.db" <<-'PYTHON'
		import os, sys
		kind, path = sys.argv[1:]
		with open(path, "r+b") as f:
		    size = f.seek(0, os.SEEK_END)
		    if kind == "flipped bytes":
		        for page in range(0, size, 4096):
		            f.seek(page)
		            head = f.read(8)
		            f.seek(page)
		            f.write(bytes(b ^ 0xff for b in head) if page else head)
		    elif kind == "a truncated file":
		        f.truncate(size // 2 + 100)
		    elif kind == "an empty file":
		        f.truncate(0)
		    elif kind == "garbage":
		        f.seek(0)
		        f.write(os.urandom(size))
	PYTHON
}

# provisioned SENTENCE NAME... - a run with these certificates is complete
provisioned() {
	local sentence=$1 run document
	shift
	certificates_in "$@" >"$T/document.xml"
	document=$(python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))' <"$T/document.xml")
	run=$(provision "$document")
	matches "$sentence" '"result": "complete"' "$run"
}

fingerprints() {
	local name
	for name in "$@"; do sha256 "$T/$name.der"; done | sort
}

# A backup follows a start when the log of what was written since does not continue one: another
# program that opens the database removes that log.
without_log() {
	sqlite3 "$STATE/trust.db" 'PRAGMA quick_check' >/dev/null
	[ ! -e "$STATE/trust.db-wal" ] || fail "there still is a log"
	touch "$STATE/before"
}

# backed_up SENTENCE - the newest backup is another one than without_log left
backed_up() {
	wait_for 5 test "$STATE/trust.db.backup.1" -nt "$STATE/before" || fail "no backup: $1"
	ok "$1"
}

# --- two backups, then a change that no backup has ---

start_fetcher
start_daemon
provisioned "a run accepts the first certificate" first
matches "other programs are kept out, after a backup as well" 'database is locked' \
	"$(sqlite3 "$STATE/trust.db" .dump 2>&1)"
stop_daemon
without_log
start_daemon
backed_up "a start makes a backup of the first"
provisioned "another run accepts the second" second
stop_daemon
without_log
start_daemon
backed_up "another start makes one of both"
status "a certificate is distrusted" 0 ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/bad.der")\"}"
equal "both are there" "$(fingerprints first second)" "$(listed)"
equal "there are two backups" 2 "$(find "$STATE" -name "trust.db.backup.?" -size +0 | wc -l)"
stop_daemon
cp -a "$STATE" "$T/with-log"
without_log
cp -a "$STATE" "$T/good"
id=$(python3 "$here/store.py" meta "$T/good/trust.db" store)

# The database as it was, with damage; the daemon comes up.
damaged() {
	rm -rf "$STATE"
	cp -a "$T/good" "$STATE"
	: >"$T/daemon.log"
	"$@"
	start_daemon
}

for kind in "flipped bytes" "a truncated file" "an empty file" garbage; do
	damaged damage "$kind"
	equal "$kind: the newest backup is taken up" "$(fingerprints first second)" "$(listed)"
	[ "$(state_of store)" != "$id" ] || fail "the store has its old id"
	ok "$kind: the store has a new id"
	equal "$kind: what was distrusted since stays so" 1 "$(state_of distrusted)"
	matches "$kind: the status says it" '"store-restored"' "$(state_of concerns)"
	matches "$kind: so does the log, loudly" '^<2>certprovd: .*damaged and was set aside' "$(cat "$T/daemon.log")"
	matches "$kind: and what came of it" '^<2>certprovd: .*restored from its backup.*trust.db.backup.1' "$(cat "$T/daemon.log")"
	[ -e "$STATE/trust.db.damaged.1" ] || fail "nothing was set aside"
	provisioned "$kind: the next run is complete" first second third
	stop_daemon
	equal "$kind: the database is whole" ok "$(sqlite3 "$STATE/trust.db" 'PRAGMA integrity_check')"
done

# --- the same with the log: nothing is missing ---

# logged DAMAGE... - the same, but what came after the backup is in the log
logged() {
	rm -rf "$STATE"
	cp -a "$T/with-log" "$STATE"
	: >"$T/daemon.log"
	start_daemon
	provisioned "a run without another backup" third
	stop_daemon
	"$@"
	: >"$T/daemon.log"
	start_daemon
}

for kind in "a truncated file" "an empty file" garbage; do
	logged damage "$kind"
	equal "$kind and the log: all is there" "$(fingerprints first second third)" "$(listed)"
	equal "$kind and the log: what was distrusted stays so" 1 "$(state_of distrusted)"
	[ "$(state_of store)" != "$id" ] || fail "the store has its old id"
	ok "$kind and the log: the store has a new id"
	matches "$kind and the log: that is said" '^<2>certprovd: .*restored from its backup and the log' "$(cat "$T/daemon.log")"
	provisioned "$kind and the log: the next run is complete" first second third bad
	stop_daemon
	equal "$kind and the log: the database is whole" ok "$(sqlite3 "$STATE/trust.db" 'PRAGMA integrity_check')"
done

# --- the newest backup is damaged as well; the file is missing; nothing is left ---

damage_two() {
	damage garbage
	head -c 20000 /dev/urandom >"$STATE/trust.db.backup.1"
}
damaged damage_two
equal "with a damaged backup the one before it is taken up" "$(fingerprints first)" "$(listed)"
equal "what was distrusted since stays so" 1 "$(state_of distrusted)"
matches "and which one it was is said" 'restored .*trust.db.backup.2' "$(cat "$T/daemon.log")"
provisioned "the distrusted one is refused still" bad second
equal "and the other accepted" "$(fingerprints first second)" "$(listed)"
stop_daemon

damaged rm "$STATE/trust.db"
equal "a database that is missing is restored" "$(fingerprints first second)" "$(listed)"
matches "and missed" 'is missing, although there was one' "$(cat "$T/daemon.log")"
stop_daemon

damage_all() {
	damage "a truncated file"
	rm "$STATE"/trust.db.backup.*
}
damaged damage_all
equal "without a backup it starts with no server certificates" '' "$(listed)"
equal "with the authorities" 1 "$(state_of authorities)"
equal "with what was distrusted" 1 "$(state_of distrusted)"
matches "the status says it" '"store-restored"' "$(state_of concerns)"
matches "so does the log, loudly" "^<2>certprovd: There is no good backup.*only the firmware's authorities" "$(cat "$T/daemon.log")"
provisioned "and the next run brings them back" first second
equal "all of them" "$(fingerprints first second)" "$(listed)"
stop_daemon

for _ in 1 2 3; do
	damage garbage
	start_daemon
	stop_daemon
done
equal "two damaged databases are kept, not more" "trust.db.damaged.1 trust.db.damaged.2" \
	"$(cd "$STATE" && echo trust.db.damaged.? )"

# --- a newer version wrote it ---

newer() {
	sqlite3 "$STATE/trust.db" 'PRAGMA user_version = 1000'
}
damaged newer
equal "of a newer version's database the newest copy is taken up" "$(fingerprints first second)" "$(listed)"
equal "what was distrusted since stays so" 1 "$(state_of distrusted)"
[ "$(state_of store)" != "$id" ] || fail "the store has its old id"
matches "the status says it" '"store-newer"' "$(state_of concerns)"
matches "so does the log, loudly" '^<2>certprovd: A newer version .*put aside.*trust.db.backup.1' "$(cat "$T/daemon.log")"
provisioned "the next run is complete" first second third
stop_daemon
equal "what the newer version wrote is kept" 1000 "$(sqlite3 "$STATE/trust.db.newer.1" 'PRAGMA user_version')"

only_newer() {
	rm -f "$STATE"/trust.db.backup.* "$STATE"/trust.db.version.* "$STATE"/trust.db.newer.*
	newer
}
rm -rf "$STATE"
cp -a "$T/good" "$STATE"
only_newer
ended=0
"$B/certprovd" --config "$T/certprovd.conf" 2>"$T/refused.log" || ended=$?
equal "without a copy it ends with a status of its own" 65 "$ended"
matches "and says why" 'certprovd: A newer version of certprovd wrote the trust database, and there is no copy' "$(cat "$T/refused.log")"
matches "at which systemd does not start it again" '^RestartPreventExitStatus=.*\b65\b' \
	"$(cat systemd/certprovd.service.in)"
equal "and the database is as it was" 1000 "$(sqlite3 "$STATE/trust.db" 'PRAGMA user_version')"

# --- one damaged certificate ---

flip() {
	python3 "$here/store.py" flip "$STATE/trust.db" "$(sha256 "$T/first.der")"
}
damaged flip
equal "a certificate with a flipped byte is not trusted, the other is" "$(fingerprints second)" "$(listed)"
equal "it is counted as quarantined" 1 "$(state_of quarantined)"
matches "the status says it" '"certificates-quarantined"' "$(state_of concerns)"
matches "the log names it" "^<3>certprovd: .*damaged.*$(sha256 "$T/first.der")" "$(cat "$T/daemon.log")"
provisioned "the next run brings it back" first second
equal "and both are there" "$(fingerprints first second)" "$(listed)"
equal "nothing is missing any more" 0 "$(state_of quarantined)"
lacks "and the status no longer says it" 'certificates-quarantined' "$(state_of concerns)"
stop_daemon

# --- the journal ---

if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	start journal python3 "$here/notify.py" "$T/journal"
	wait_for 5 grep -q reading "$T/journal.log" || fail "nobody reads the journal"
	damaged true
	stop_daemon
	damage garbage
	: >"$T/daemon.log"
	# Another /run for this one process, whose journal is ours; $RUN is not below it.
	# shellcheck disable=SC2016 # the inner shell's
	start daemon env "JOURNAL_STREAM=$(stat -c %d:%i "$T/daemon.log")" unshare -m --propagation private bash -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && ln -s "$1" /run/systemd/journal/socket &&
		exec "$2" --config "$3"' - "$T/journal" "$B/certprovd" "$T/certprovd.conf"
	wait_for 5 grep -q CERTPROV_EVENT=started "$T/journal.log" || fail "nothing in the journal"
	matches "the journal has the event with its id" \
		$'MESSAGE_ID=b2d4de341e8943e995f08f52e1896c12\t' "$(cat "$T/journal.log")"
	matches "its priority and name" $'PRIORITY=2\t.*CERTPROV_EVENT=store-damaged\t' "$(cat "$T/journal.log")"
	matches "and the restore with the file" \
		$'MESSAGE_ID=e88a7c5a4d754640b88a70ec0d07959d\t.*CERTPROV_FILE='"$STATE/trust.db.backup.1" "$(cat "$T/journal.log")"
	equal "and standard error has nothing" '' "$(cat "$T/daemon.log")"
	stop_daemon
else
	ok "the journal is not looked at: only root can put one of the test's own in its place"
fi
