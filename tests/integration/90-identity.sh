#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The phone's own certificates: which is in force, and what is said of those that do not
# fit, at the start and at a reload alike.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
. "$ROOT/tests/pki/devices.sh"
built certprovctl
{ pki_init && device_cas; } || fail "no device CAs"
make_certificate authorities
{
	device mine && device old sha1 && device dashes sha2 00-04-13-aa-bb-cc &&
		device spaced sha2 'snom 0004.13aa.bbcc' && device other sha2 000413AABBCD &&
		device nameless sha2 snomD785 &&
		PKI_FROM=20200101000000Z PKI_UNTIL=20210101000000Z device expired &&
		PKI_FROM=20600101000000Z PKI_UNTIL=20700101000000Z device not-yet
} || fail "no devices"
PKI_NEWKEY='ec -pkeyopt ec_paramgen_curve:P-256' device ec || fail "no device"

start manager python3 "$here/notify.py" "$T/notify"
wait_for 5 test -S "$T/notify" || fail "no service manager"
export NOTIFY_SOCKET=$T/notify

# config [LINE...] - with these in the section identity
config() {
	write_config '[identity]' "DeviceAuthorities=$PKI/device-cas.pem" "$@"
}
ready_count() {
	grep -c '^READY=1' "$T/manager.log"
}
ready_more_than() {
	[ "$(ready_count)" -gt "$1" ]
}
reload() {
	local before
	before=$(ready_count)
	kill -HUP "${PID[daemon]}"
	wait_for 10 ready_more_than "$before" || fail "no reload"
	alive daemon || fail "the daemon ended"
}
restart() {
	stop daemon
	start_daemon
}
# What is said of one: field of_ SOURCE FIELD
field() {
	ask identity.ListIdentities | python3 -c '
import json, sys
for identity in json.load(sys.stdin)["identities"]:
    if identity["source"] == sys.argv[1]:
        value = identity.get(sys.argv[2])
        if sys.argv[2] == "warnings":
            value = " ".join(w["identifier"] for w in value or [])
        print(json.dumps(value) if isinstance(value, bool) else value)' "$1" "$2"
}
in_force() {
	ask identity.GetIdentity "{\"role\": \"${1:-client}\"}" -g identity.source 2>&1
}
concerns() {
	state_of concerns | python3 -c '
import json, sys
print(" ".join(c["identifier"] for c in json.load(sys.stdin) if c["identifier"].startswith(("identity", "device"))))'
}

# both SENTENCE COMMAND... - after a reload, and again after a restart
both() {
	local sentence=$1
	shift
	reload
	"$@" "$sentence, at a reload"
	restart
	"$@" "$sentence, at the start"
}
# The checks of `both`; the sentence is the last argument.
refused() { # RESULT REASON REMEDY SENTENCE
	equal "$4" "$1" "$(field built-in-sha2 result)"
	equal "  it is not used" false "$(field built-in-sha2 usable)"
	matches "  why" "$2" "$(field built-in-sha2 reason)"
	matches "  and what to do" "$3" "$(field built-in-sha2 remedy)"
	matches "  nothing is shown" 'NoIdentity' "$(in_force)"
	equal "  Status has it" identity-unusable "$(concerns)"
	matches "  and certprovctl status" "$2" "$("$B/certprovctl" --socket-dir "$RUN" status 2>&1)"
}
warned() { # WARNINGS CONCERNS SENTENCE
	equal "$3" "$1" "$(field built-in-sha2 warnings)"
	equal "  it is used all the same" built-in-sha2 "$(in_force)"
	equal "  Status has it" "$2" "$(concerns)"
}

# --- which ---

config
start_daemon
matches 'a phone without a certificate says so' 'NoIdentity' "$(in_force)"
equal '  and lists none' '[]' "$(ask identity.ListIdentities '{}' -g identities)"

config "Sha1Certificate=$PKI/old.pem" "Sha1Key=$PKI/old.key" "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/mine.key"
both 'nothing is said of two good ones' warned '' ''
equal 'a key of 1024 bits is used' true "$(field built-in-sha1 usable)"
matches '  with a word' key-short "$(field built-in-sha1 warnings)"
equal 'the MAC address is told' 000413AABBCC "$(field built-in-sha2 mac)"
equal '  and that it is this phone' true "$(field built-in-sha2 perDevice)"
equal 'for the web server as well' built-in-sha2 "$(in_force web-server)"
ask admin.SetSetting '{"name": "phone_cert_type", "value": "sha1"}' >/dev/null
equal 'phone_cert_type chooses' built-in-sha1 "$(in_force)"
write_config '[phone]' Firmware=8.9.3.39 '[identity]' "Sha1Certificate=$PKI/old.pem" "Sha1Key=$PKI/old.key" \
	"Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/mine.key"
reload
equal 'before 8.9.3.40 it is the SHA-1 one' built-in-sha1 "$(in_force)"
sed -i 's/8.9.3.39/8.9.3.40/' "$T/certprovd.conf"
reload
equal 'and from then on what the setting says' built-in-sha1 "$(in_force)"
ask admin.SetSetting '{"name": "phone_cert_type", "value": "sha2"}' >/dev/null
equal '  either way' built-in-sha2 "$(in_force)"
ask admin.SetSetting '{"name": "phone_cert_type"}' >/dev/null
equal 'without it, SHA-1 before 8.9.3.60' built-in-sha1 "$(in_force)"

for name in dashes spaced ec; do
	config "Sha2Certificate=$PKI/$name.pem" "Sha2Key=$PKI/$name.key"
	both "nothing is said of $name" warned '' ''
	equal "  whose MAC address is found" 000413AABBCC "$(field built-in-sha2 mac)"
done

# --- what is told ---

config "Sha2Certificate=$PKI/mine-leaf.pem" "Sha2Key=$PKI/mine.key"
both 'a chain that ends below the device CA is incomplete' warned \
	'chain-incomplete issuer-unknown' 'identity-chain-incomplete identity-issuer-unknown'
config "Sha2Certificate=$PKI/expired.pem" "Sha2Key=$PKI/expired.key"
both 'an expired one' warned expired device-expired
config "Sha2Certificate=$PKI/not-yet.pem" "Sha2Key=$PKI/not-yet.key"
both 'one from the future' warned not-yet-valid identity-not-yet-valid
config "Sha2Certificate=$PKI/other.pem" "Sha2Key=$PKI/other.key"
both 'that of another phone' warned other-mac identity-other-mac
equal '  is not told as this phone' false "$(field built-in-sha2 perDevice)"
matches '  whose it is' 000413AABBCD "$(state_of concerns)"
config "Sha2Certificate=$PKI/nameless.pem" "Sha2Key=$PKI/nameless.key"
both 'one without a MAC address' warned without-mac identity-without-mac
write_config '[phone]' PhoneType=snom370 '[identity]' "DeviceAuthorities=$PKI/device-cas.pem" \
	"Sha2Certificate=$PKI/nameless.pem" "Sha2Key=$PKI/nameless.key"
both 'the shared one of a model' warned shared-certificate identity-shared
matches '  what servers cannot do' 'servers cannot tell by it which phone this is, and a redirection service may forward it but not provision it' \
	"$("$B/certprovctl" --socket-dir "$RUN" status 2>&1 | tr -s ' \n' ' ')"
matches '  it cannot have a SHA-2 one' 'NotUsable.*"shared-model"' "$(ask identity.CreateRequest 2>&1)"
matches '  and says why' 'share one certificate' "$(ask identity.Install "{\"chain\": [\"$(pki_base64 mine)\"]}" 2>&1)"

# --- what is refused ---

config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/other.key"
both 'the key of another certificate' refused key-mismatch 'belongs to none of the certificates' 'must print the same'
config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/missing.key"
both 'a file that is not there' refused file-unreadable 'missing.key: No such file' 'systemctl reload'
config "Sha2Certificate=$PKI/mine.pem"
both 'no key at all' refused key-missing 'no private key' 'private key of the certificate'
cp "$PKI/mine.key" "$PKI/open.key" && chmod 640 "$PKI/open.key"
config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/open.key"
both 'a key that its group may read' refused key-exposed 'open.key has a private key that others' "chmod 0600 .*open.key"
chmod 600 "$PKI/open.key"
both 'the same for its owner alone' warned '' ''
openssl pkey -in "$PKI/mine.key" -aes256 -passout pass:x -out "$PKI/locked.key" 2>/dev/null
config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/locked.key"
both 'an encrypted key' refused key-encrypted 'encrypted' 'openssl pkey'
mkfifo -m 600 "$PKI/fifo.key"
config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/fifo.key"
both 'no file' refused file-unreadable 'no regular file' 'systemctl reload'
head -c 65537 /dev/zero | tr '\0' ' ' >"$PKI/large.key" && chmod 600 "$PKI/large.key"
config "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/large.key"
both 'one byte too many' refused file-unreadable 'larger than 64 KiB' 'systemctl reload'
echo nothing >"$PKI/text.pem"
config "Sha2Certificate=$PKI/text.pem" "Sha2Key=$PKI/mine.key"
both 'no certificate' refused certificate-missing 'no certificate in it' 'PEM form'

# What cannot be used gives way to the other.
config "Sha1Certificate=$PKI/old.pem" "Sha1Key=$PKI/old.key" "Sha2Certificate=$PKI/mine.pem" "Sha2Key=$PKI/other.key"
reload
equal 'one that cannot be used gives way to the other' built-in-sha1 "$(in_force)"
matches '  which Status tells' identity-unusable "$(concerns)"

sed -i 's/^DeviceAuthorities=.*/DeviceAuthorities=\/nowhere\/cas.pem/' "$T/certprovd.conf"
reload
matches 'device CAs that cannot be read are told' device-authorities-failed "$(concerns)"

# --- credentials of the service manager ---

stop daemon
mkdir "$T/credentials"
cp "$PKI/mine.pem" "$T/credentials/certificate"
cp "$PKI/mine.key" "$T/credentials/key"
# The service manager lets a service in by an ACL, whose mask stands in the group bits.
chmod 0440 "$T/credentials"/*
config Sha2Certificate=credential:certificate Sha2Key=credential:key
CREDENTIALS_DIRECTORY=$T/credentials start_daemon
warned '' '' 'certificate and key may be credentials'
stop daemon
chmod 0444 "$T/credentials/key"
CREDENTIALS_DIRECTORY=$T/credentials start_daemon
refused key-exposed 'credential:key has a private key' 'chmod' 'but not for all to read'
