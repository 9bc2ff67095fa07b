#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# webserver_cert: a certificate of the phone's own with its private key, from a document
# or from an administrator; what is refused, with its line; and where the key is not.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"
. "$ROOT/tests/pki/devices.sh"
built certprovctl
{ pki_standard && device_cas && device mine; } || fail "no certificates"
PKI_NEWKEY='ec -pkeyopt ec_paramgen_curve:P-256' pki_issue own intermediate client || fail "no certificate"
PKI_NEWKEY='RSA -pkeyopt rsa_keygen_bits:2048' pki_issue long intermediate client || fail "no certificate"
PKI_NEWKEY='RSA -pkeyopt rsa_keygen_bits:1024' pki_issue weak intermediate client || fail "no certificate"
openssl pkey -in "$PKI/own.key" -aes256 -passout pass:x -out "$PKI/locked.key" 2>/dev/null
cp "$PKI/root.pem" "$T/authorities.pem"
serve_http web
serve_https secure
own=$(pki_sha256 own)

# value NAME TEXT - a document whose line 3 is the first of the value
value() {
	printf '<settings><phone-settings>\n<webserver_cert perm="RW">\n%s\n</webserver_cert>\n</phone-settings></settings>\n' \
		"$2" | document "$1.xml"
}
pem() {
	local name
	for name; do cat "$PKI/$name"; done
}
in_force() {
	varlink "$IDENTITY" io.certprov.identity.GetIdentity "{\"role\": \"${1:-client}\"}" | python3 -c '
import json, sys
identity = json.loads(sys.stdin.readline())["identity"]
print(identity["source"], identity["sha256"])'
}
outcome() { # FIELD - of the setting in the last run
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line).get("outcome") if line.startswith("{") else None
    if o and o["kind"] == "setting":
        v = o.get(sys.argv[2])
        print(" ".join(w["identifier"] for w in v or []) if sys.argv[2] == "warnings" else v)' "$T/replies" "$1"
}
keys() {
	(cd "$T/state/keys" 2>/dev/null && stat -c '%a %i %Y.%y %n' ./*)
}
# Pieces of the base64 of the keys, as they stand in the documents.
pieces() {
	local name
	for name in own long; do sed -n '2,3p' "$PKI/$name.key" | cut -c 1-40; done
}
# lacks_keys SENTENCE FILE... - none of the pieces is in these files
lacks_keys() {
	local sentence=$1 found
	shift
	found=$(pieces | grep -lFf - -r "$@" 2>/dev/null)
	equal "$sentence" '' "$found"
}

start_fetcher
phone "identity.Sha2Certificate=$PKI/mine.pem" "identity.Sha2Key=$PKI/mine.key"
builtin="built-in-sha2 $(sha256sum <(openssl x509 -in "$PKI/mine-leaf.pem" -outform DER) | cut -d ' ' -f 1)"
equal 'the built-in one is in force' "$builtin" "$(in_force)"

# --- accepted ---

value own "$(pem own.pem own.key)"
provision "${URL[web]}/own.xml"
reported 'a certificate and its key' 'complete documents=1 certificates=0 accepted=0 refused=0' \
	<<<'setting web/own.xml:2 setting-applied'
equal '  with a warning, for HTTP' key-unauthenticated "$(outcome warnings)"
equal '  told by its fingerprint' "$own" "$(outcome sha256)"
equal '  and that alone is its value' "$own" "$(outcome value)"
equal '  and its subject' CN=own "$(outcome subject)"
matches '  in the sentence as well' "is now the certificate with SHA-256 $own; it was the built-in certificate" "$(outcome reason)"
equal '  in force as a client' "webserver-cert $own" "$(in_force client)"
equal '  and for the web server' "webserver-cert $own" "$(in_force web-server)"
matches '  its file is for its owner alone' '^600 [0-9]+ .*webserver-[ab].pem$' "$(keys)"
equal '  in a directory of its own' 700 "$(stat -c %a "$T/state/keys")"
before=$(keys)
next_second
again() {
	provision "${URL[web]}/$1.xml"
	equal "$2" setting-unchanged "$(outcome result)"
	equal '  nothing is written' "$before" "$(keys)"
}
again own 'the same again is unchanged'
value key-first "$(pem own.key own.pem)"
again key-first 'the key may come first'
value one-line "$(pem own.pem own.key | tr '\n' ' ')"
again one-line 'line ends may be lost'
value glued "$(pem own.pem own.key | tr -d '\n')"
again glued 'without a blank'
value written "$(pem own.pem own.key | sed 's/$/\\n/' | tr -d '\n')"
again written 'written as \n'
value references "$(pem own.pem own.key | sed 's/$/\&#10;/' | tr -d '\n')"
again references 'or as references'
value carriage "$(pem own.pem own.key | sed 's/$/\r/')"
again carriage 'or with carriage returns'

# --- refused ---

# refused NAME RESULT LINE WORDS
refused() {
	provision "${URL[web]}/$1.xml"
	equal "$1 is refused" "$2" "$(outcome result)"
	equal '  with its line' "$3" "$(outcome line)"
	matches '  and the reason' "^webserver_cert stays the certificate with SHA-256 $own\\. $4" "$(outcome reason)"
	matches '  and what to do' '.' "$(outcome remedy)"
	lacks '  which is not nothing' '^None$' "$(outcome remedy)"
	equal '  the old one stays' "webserver-cert $own" "$(in_force)"
	equal '  nothing is written' "$before" "$(keys)"
}
lines=$(wc -l <"$PKI/own.pem")
value mismatch "$(pem own.pem long.key)"
refused mismatch key-mismatch $((3 + lines)) "The private key that begins in line $((3 + lines)) belongs to none"
value weak "$(pem weak.key weak.pem)"
refused weak key-too-weak 3 'The key .*is too weak'
value encrypted "$(pem own.pem locked.key)"
refused encrypted key-encrypted $((3 + lines)) "The private key that begins in line $((3 + lines)) is encrypted"
value no-key "$(pem own.pem)"
refused no-key key-missing 2 'There is no private key in it'
value no-certificate "$(pem own.key)"
refused no-certificate certificate-missing 3 'There is no certificate in it'
value damaged "$(pem own.pem own.key | sed 's/^M/!/')"
refused damaged pem-damaged 3 'The text is not in PEM form: the certificate .* is not base64 \(line 3\)'
value cut "$(pem own.pem own.key | head -n -1)"
refused cut pem-damaged $((3 + lines)) 'The text is not in PEM form'
value words 'a certificate'
refused words certificate-missing 2 'There is no certificate in it'
value two-keys "$(pem own.pem own.key long.key)"
refused two-keys too-many $((3 + lines + $(wc -l <"$PKI/own.key"))) 'There is more in it'
value large "$(pem own.pem own.key && head -c 65536 /dev/zero | tr '\0' ' ')"
refused large too-large 2 '.*64 KiB'
value hidden "$(pem own.pem long.key | sed 's/$/\&#10;/' | tr -d '\n')"
refused hidden key-mismatch 2 'The private key belongs to none'

# --- over an authenticated connection, with a chain, and back ---

value long "$(pem long.key intermediate.pem long.pem root.pem)"
provision "${URL[secure]}/long.xml"
equal 'another with its chain, over HTTPS' setting-applied "$(outcome result)"
equal '  without a warning' '' "$(outcome warnings)"
equal '  in force' "webserver-cert $(pki_sha256 long)" "$(in_force)"
equal '  instead of the former' 1 "$(keys | wc -l)"
equal '  its chain is shown' 3 "$(varlink "$IDENTITY" io.certprov.identity.GetIdentity '{"role": "client"}' |
	python3 -c 'import json, sys; print(len(json.load(sys.stdin)["identity"]["chain"]))')"
restart "identity.Sha2Certificate=$PKI/mine.pem" "identity.Sha2Key=$PKI/mine.key"
equal '  after a restart, too' "webserver-cert $(pki_sha256 long)" "$(in_force)"

rm "$T/state/keys"/webserver-*
restart "identity.Sha2Certificate=$PKI/mine.pem" "identity.Sha2Key=$PKI/mine.key"
equal 'a key that is lost gives way to the built-in one' "$builtin" "$(in_force)"
matches '  and is told' 'The private key of webserver_cert, the certificate .*, is no longer there' \
	"$("$B/certprovctl" --socket-dir "$T/run" status | tr -s ' \n' ' ')"
provision "${URL[secure]}/long.xml"
equal '  the next document brings it back' setting-applied "$(outcome result)"
equal '  in force again' "webserver-cert $(pki_sha256 long)" "$(in_force)"

value empty ''
provision "${URL[secure]}/empty.xml"
equal 'an empty value returns to the built-in one' setting-applied "$(outcome result)"
equal '  which is in force' "$builtin" "$(in_force)"
equal '  and the key is gone' '' "$(ls "$T/state/keys")"

# --- who may ---

restart bootstrap.Bootstrap=pinned "identity.Sha2Certificate=$PKI/mine.pem" "identity.Sha2Key=$PKI/mine.key"
provision "${URL[web]}/own.xml"
equal 'Bootstrap=pinned refuses it over HTTP' unauthenticated-source "$(outcome result)"
equal '  nothing is written' '' "$(ls "$T/state/keys")"
restart "identity.Sha2Certificate=$PKI/mine.pem" "identity.Sha2Key=$PKI/mine.key"

ctl() {
	"$B/certprovctl" --socket-dir "$T/run" "$@" 2>&1
}
pem own.pem own.key >"$T/own-both.pem"
pem own.pem long.key >"$T/wrong-both.pem"
status 'a key that looks like an option is not repeated' 64 ctl set webserver_cert "$(cat "$T/own-both.pem")"
lacks '  not in any part' "$(pieces | head -n 1)" "$OUT"
status 'a key on the command line is refused' 64 ctl set webserver_cert -- "$(cat "$T/own-both.pem")"
lacks '  and not repeated' "$(pieces | head -n 1)" "$OUT"
matches '  with the other way' 'write @FILE' "$OUT"
status 'an administrator names a file' 0 ctl set webserver_cert "@$T/own-both.pem"
equal '  in force' "webserver-cert $own" "$(in_force)"
matches '  in the history by its fingerprint' "webserver_cert.*$own" "$(ctl history | tr -s ' \n' ' ')"
matches '  and in the settings' "$own" "$(ctl settings)"
status 'one that does not fit is refused' 3 ctl set webserver_cert "@$T/wrong-both.pem"
matches '  with the line of the file' "begins in line $((lines + 1)) belongs to none" "$(tr -s ' \n' ' ' <<<"$OUT")"
equal '  the old one stays' "webserver-cert $own" "$(in_force)"
provision "${URL[secure]}/long.xml"
equal 'provisioning does not change what an administrator set' setting-admin-set "$(outcome result)"
equal '  the old one stays' "webserver-cert $own" "$(in_force)"
status 'standard input is a file, too' 0 ctl set webserver_cert @- <"$T/own-both.pem"
status 'and back' 0 ctl set webserver_cert
# One that is killed with the key in its memory, by a signal that dumps a core.
mkdir "$T/crash" && mkfifo "$T/key.pipe"
(cd "$T/crash" && ulimit -c unlimited && exec "$B/certprovctl" --socket-dir "$T/run" set webserver_cert @- <"$T/key.pipe") &
crashed=$!
exec 9>"$T/key.pipe"
cat "$T/own-both.pem" >&9
has_read() {
	python3 -c 'import array, fcntl, sys, termios
waiting = array.array("i", [1])
fcntl.ioctl(9, termios.FIONREAD, waiting)
sys.exit(waiting[0] != 0)'
}
wait_for 10 has_read || fail 'it does not read the key'
kill -ABRT $crashed
wait $crashed 2>/dev/null
equal 'a crash of who gave the key' 134 $?
exec 9>&-
equal '  leaves no core' '' "$(ls "$T/crash")"
equal '  to the built-in one' "$builtin" "$(in_force)"

# --- certprovctl check ---

status 'check says what it would do' 0 ctl check --json "$WWW/own.xml"
matches '  of a good one' "\"sha256\":\"$own\".*webserver_cert is now" "$OUT"
lacks '  never the key' "$(pieces | head -n 1)" "$OUT"
OUT=$(ctl check "$WWW/mismatch.xml")
matches '  of one that does not fit, with its line' "line $((3 + lines)) belongs to none" "$(tr -s ' \n' ' ' <<<"$OUT")"
lacks '  never the key' "$(pieces | head -n 1)" "$OUT"

# --- where the key is not ---

provision "${URL[web]}/own.xml"
pieces >"$T/pieces"
{
	varlink "$ADMIN" io.certprov.admin.ListRuns
	varlink "$ADMIN" io.certprov.admin.ListSettings
	ctl history
	ctl report
	cat "$T/replies"
} >"$T/said"
equal 'there is something to look for' 4 "$(wc -l <"$T/pieces")"
cp "$T/state/keys"/webserver-* "$T/proof"
[ "$(tr -d '\n' <"$T/proof" | grep -cFf <(sed -n 2p "$PKI/own.key" | cut -c 1-40))" = 1 ] || fail "the pieces are not those of the file"
lacks_keys 'nothing of a key is in reports, settings and history' "$T/said"
lacks_keys 'nor in the log' "$T/daemon.log" "$T/fetcher.log"
stop_daemon
lacks_keys 'nor in the trust database' "$T/state"/trust.db*
