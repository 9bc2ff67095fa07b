#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an administrator changes: exceptions, uploads, removals, distrust. Each is durable
# before it is answered, says who did it, and distrust wins over all of it: after a
# crash, and after a backup was taken up.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch

issue() {
	pki_init && pki_issue root - root && pki_issue other - root &&
		pki_issue pbx other server DNS:pbx.example.com &&
		pki_issue web other server DNS:web.example.com &&
		pki_issue phone root server DNS:phone.example.com &&
		pki_issue later root server DNS:later.example.com
}
issue || fail "no certificates"
cp "$PKI/root.pem" "$T/authorities.pem"
for name in pbx other later; do cp "$PKI/$name.der" "$T/$name.der"; done

fingerprint() {
	sha256 "$PKI/$1.der"
}
# verdict NAME HOST [NAME...] - the result for what a server shows: NAME and the others
verdict() {
	local host=$2 chain name
	for name in "$1" "${@:3}"; do chain+=${chain:+, }\"$(pki_base64 "$name")\"; done
	ask trust.Verify "{\"chain\": [$chain], \"host\": \"$host\", \"purpose\": \"sip\"}" -g verdict.result
}
# except NAME [MEMBERS] - AddException, with further parameters
except() {
	ask admin.AddException "{\"sha256\": \"$(fingerprint "$1")\"${2:+, $2}}"
}
upload() {
	ask admin.Upload "{\"certificate\": \"$(pki_base64 "$1")\"}" -g outcome.result
}
distrust() {
	ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(fingerprint "$1")\"}"
}
distrust_key() {
	ask admin.Distrust "{\"kind\": \"public-key\", \"sha256\": \"$(key_of "$1")\"}"
}
key_of() {
	openssl x509 -in "$PKI/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1
}
lift() {
	ask admin.LiftDistrust "{\"kind\": \"$1\", \"sha256\": \"$2\"}"
}
remove() {
	ask admin.Remove "{\"list\": \"$1\", \"sha256\": \"$(fingerprint "$2")\"${3:+, $3}}"
}
field_of() {
	ask trust.Get "{\"sha256\": \"$(fingerprint "$1")\"}" -g "certificate.$2"
}
# history N - what stands in line N of it, "WHO|WHAT|GENERATION"
history_line() {
	ask admin.History '{}' -m | python3 -c '
import json, sys
change = [json.loads(line)["change"] for line in sys.stdin][int(sys.argv[1])]
print("|".join(str(change[name]) for name in ("who", "what", "generation")))' "$1"
}
# crash - and start again
crash() {
	stop daemon KILL
	start_daemon
}
# certificates_provisioned NAME... - by one run
certificates_provisioned() {
	provision "$(certificates_in "$@" | python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))')"
}

write_config
start_fetcher
start_daemon

# --- an exception ---

equal "a server of an unknown CA is refused" issuer-not-trusted "$(verdict pbx pbx.example.com)"
equal "and stands among the unknown ones" "$(fingerprint pbx)" "$(listed unknown)"
before=$(state_of generation)
status "an exception is made for its host" 0 except pbx '"host": "PBX.example.com."'
stop daemon KILL
equal "the answer had the new generation" "$((before + 1))" "$(python3 -c '
import json, sys
print(json.loads(sys.argv[1])["generation"])' "$OUT")"
matches "the log says who, what, where and why" \
	"uid:$(id -u) pid:[0-9]+.*: made an exception for the certificate of CN=pbx for pbx.example.com, seen: issuer-not-trusted $(fingerprint pbx)" \
	"$(cat "$T/daemon.log")"
start_daemon
equal "it outlives a crash right after the answer" exception "$(verdict pbx pbx.example.com)"
equal "for its host alone" issuer-not-trusted "$(verdict pbx web.example.com)"
equal "the certificate is a server's" "$(fingerprint pbx)" "$(listed servers)"
equal "by exception" exception "$(field_of pbx origin)"
matches "the history says the same" "^uid:$(id -u) pid:[0-9]+.*\|made an exception for the certificate of CN=pbx for pbx.example.com, seen: issuer-not-trusted\|$((before + 1))\$" \
	"$(history_line 0)"
status "another host may follow" 0 except pbx '"host": "10.0.0.1", "expires": "2099-01-01T00:00:00Z"'
matches "with its end" 'for 10.0.0.1 until 2099-01-01T00:00:00Z' "$(history_line 0)"
equal "and is trusted" exception "$(verdict pbx 10.0.0.1)"

# --- for whom a program of many users acts ---

# acting CALL... - on one connection: METHOD and PARAMETERS each
acting() {
	python3 - "$here" "$ADMIN" "$@" <<'EOF'
import json, sys
sys.path.insert(0, sys.argv[1])
import varlink
peer = varlink.Peer(sys.argv[2])
for method, parameters in zip(sys.argv[3::2], sys.argv[4::2]):
    peer.call("io.certprov.admin." + method, json.loads(parameters))
EOF
}
status "a program says for whom it acts, then changes something" 0 acting \
	ActFor '{"user": "alice", "address": "192.0.2.7"}' \
	SetSetting '{"name": "provisioning_order", "value": "dhcp:proceed"}'
matches "the history says it behind uid and pid" "^uid:$(id -u) pid:[0-9]+.* for alice at 192.0.2.7\|" "$(history_line 0)"
matches "so does the log" "uid:$(id -u) pid:[0-9]+.* for alice at 192.0.2.7: " "$(cat "$T/daemon.log")"
status "the last word counts" 0 acting \
	ActFor '{"user": "alice", "address": "192.0.2.7"}' ActFor '{"user": "bob", "address": "local"}' \
	SetSetting '{"name": "provisioning_order"}'
matches "for the later user alone" "^uid:$(id -u) pid:[0-9]+.* for bob at local\|" "$(history_line 0)"
status "another connection acts for nobody" 0 acting \
	SetSetting '{"name": "provisioning_order", "value": "dhcp:proceed"}'
lacks "and the history says nothing of it" ' for |alice|bob' "$(history_line 0)"
matches "the Trust socket does not have it" 'MethodNotFound|InterfaceNotFound' \
	"$(python3 "$here/varlink.py" "$TRUST" io.certprov.admin.ActFor '{"user": "a", "address": "local"}' 2>&1)"

# --- it trusts nothing else ---

verdict other ca.example.com >/dev/null
status "an exception is made for the CA as it was shown" 0 except other
equal "it is trusted as itself" exception "$(verdict other ca.example.com)"
for when in "at once" "after a crash"; do
	[ "$when" = "at once" ] || crash
	equal "what it issued is not, $when" issuer-not-trusted "$(verdict web web.example.com other)"
	equal "nor is it an issuer for an upload" issuer-not-trusted "$(upload web)"
	[ -s "$RUN/export/ca-bundle.pem" ] || fail "there is no export"
	lacks "no export has it" "$(openssl x509 -in "$PKI/other.pem" | sed -n 2p)" "$(cat "$RUN"/export/*.pem 2>/dev/null)"
done
status "one that is fatal cannot be excepted" 0 distrust web
matches "it cannot" 'NotRecoverable .*"result": "distrusted"' "$(except web)"
lift certificate "$(fingerprint web)" >/dev/null
matches "what nobody knows cannot" 'NoSuchCertificate' "$(except phone)"
matches "the past is no end" 'InvalidParameter .*expires' "$(except web '"expires": "2020-01-01T00:00:00Z"')"

# --- uploads ---

equal "a certificate of an authority can be uploaded" accepted "$(upload phone)"
stop daemon KILL
matches "the log says who did" "uid:$(id -u) pid:[0-9]+.*: uploaded the certificate of CN=phone, valid until .*Z $(fingerprint phone)" "$(cat "$T/daemon.log")"
start_daemon
equal "it outlives a crash right after the answer" uploaded "$(field_of phone origin)"
equal "and is trusted" trusted "$(verdict phone phone.example.com)"
equal "again: it is so already" already-trusted "$(upload phone)"
equal "one of an unknown CA cannot" issuer-not-trusted "$(upload web)"
matches "which is in the log as well" "uid:$(id -u) pid:[0-9]+.*: upload refused: issuer-not-trusted: " "$(cat "$T/daemon.log")"
matches "and among the unknown ones" "$(fingerprint web)" "$(listed unknown)"
equal "by whom" "[\"uid:$(id -u)\"]" "$(field_of web reporters | tr -d ' ')"
matches "a PEM file is told from a certificate" 'PEM.*openssl x509' \
	"$(ask admin.Upload "{\"certificate\": \"$(openssl base64 -A -in "$PKI/web.pem")\"}" -g outcome)"

# --- a certificate with exceptions is provisioned as well ---

matches "a run takes it" '"accepted": 1' "$(certificates_provisioned pbx)"
equal "it is a server certificate like any other" provisioned-base64 "$(field_of pbx origin)"
equal "its exceptions stay" exception "$(verdict pbx pbx.example.com)"
status "one can go" 0 remove servers pbx '"host": "Pbx.example.com"'
equal "it is trusted by its name all the same" trusted "$(verdict pbx pbx.example.com)"
dump() {
	ask trust.ListCertificates '{"withDer": true}' -m |
		sed -E 's/"last(Run|Seen)": ?("[^"]*"|[0-9]+),? ?//g'
	ask admin.History '{}' -m
}
before=$(dump)
matches "the same document again" '"result": "complete"' "$(certificates_provisioned pbx)"
equal "leaves everything as it was" "$before" "$(dump)"
equal "the other exception holds" exception "$(verdict pbx 10.0.0.1)"
status "it can go as well" 0 remove servers pbx '"host": "10.0.0.1"'
crash
equal "and is gone" name-mismatch "$(verdict pbx 10.0.0.1)"
equal "the certificate stays" trusted "$(verdict pbx pbx.example.com)"
matches "what is not there cannot be removed" NoSuchCertificate "$(remove servers pbx '"host": "10.0.0.1"')"

# --- distrust wins over everything ---

# distrusted_everywhere SENTENCE - what was trusted in four ways no longer is
distrusted_everywhere() {
	equal "$1: a provisioned one" distrusted "$(verdict pbx pbx.example.com)"
	equal "$1: an exception" distrusted "$(verdict other ca.example.com)"
	equal "$1: an uploaded one, by its key" distrusted "$(verdict phone phone.example.com)"
	equal "$1: what an authority issued, by its key" distrusted "$(verdict later later.example.com root)"
	equal "$1: an upload" distrusted "$(upload later)"
	matches "$1: a run" '"accepted": 0' "$(certificates_provisioned later)"
}
matches "a run makes a backup with all of it" '"accepted": 1' "$(certificates_provisioned later)"
equal "which is trusted so far" trusted "$(verdict later later.example.com root)"
status "the CA of the exception is distrusted" 0 distrust other
status "so is the provisioned certificate" 0 distrust pbx
status "so is the key of the uploaded one" 0 distrust_key phone
remove servers later >/dev/null
status "and that of another" 0 distrust_key later
distrusted_everywhere "at once"
matches "the history says who and what" "^uid:$(id -u) pid:[0-9]+.*\|distrusted the public key\|" "$(history_line 0)"
crash
distrusted_everywhere "after a crash"
stop_daemon
python3 - "$STATE/trust.db" <<-P
	import os, sys
	with open(sys.argv[1], "r+b") as f:
	    f.write(os.urandom(os.path.getsize(sys.argv[1])))
P
start_daemon
matches "the database is damaged and a backup taken up" '"store-restored"' "$(state_of concerns)"
equal "which has the exception" exception "$(field_of other origin)"
distrusted_everywhere "after a restored backup"
lift certificate "$(fingerprint other)" >/dev/null
equal "lifted, the exception holds again" exception "$(verdict other ca.example.com)"

# --- removal ---

status "the exception is removed" 0 remove servers other
crash
equal "and gone for good" issuer-not-trusted "$(verdict other ca.example.com)"
status "an unknown certificate can be removed" 0 remove unknown other
lacks "and is gone" "$(fingerprint other)" "$(listed unknown)"
matches "which the log says" "uid:$(id -u) pid:[0-9]+.*: removed from the unknown certificates: the certificate of CN=other" "$(cat "$T/daemon.log")"
