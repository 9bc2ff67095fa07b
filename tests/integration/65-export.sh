#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs that can only read files, unmodified, with what the daemon exports: curl, openssl
# (both OpenSSL) and ldapsearch (GnuTLS) refuse a server under a private CA, accept it once
# the CA is provisioned, and refuse it once that is distrusted. What is in the files, and
# what is not.
# time limit: 120
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch
need curl ldapsearch
# libfaketime has itself loaded before the sanitizer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
EXPORT=$RUN/export

pki_standard || fail "no certificates"
for name in authority spare; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
cp "$PKI"/*.pem "$PKI"/*.der "$T/"
write_config

# --- servers under the private CA ---

mkdir "$T/www" && echo hello >"$T/www/index.html"
start_https web "$T/www"

cat >"$T/directory.py" <<'PYTHON'
"""Answers each client over TLS as an empty LDAP directory does; writes its port to a file."""
import os, socket, ssl, sys
certificate, key, port_file = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
with socket.create_server(("127.0.0.1", 0)) as listening:
    with open(port_file + ".new", "w") as f:
        f.write(str(listening.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    while True:
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as s:
                s.settimeout(10)
                # bindResponse and searchResDone, RFC 4511: success, no name, no text.
                for response in (0x61, 0x65):
                    request = s.recv(4096)
                    s.sendall(bytes([0x30, 12, 2, 1, request[4], response, 7, 10, 1, 0, 4, 0, 4, 0]))
                s.recv(4096)
        except (OSError, IndexError) as e:
            print(e, flush=True)
PYTHON
start directory python3 "$T/directory.py" "$PKI/server-chain.pem" "$PKI/server.key" "$T/directory.port"
wait_for 10 test -s "$T/directory.port" || fail "no directory"
directory=$(cat "$T/directory.port")

by_curl() {
	curl -sS --noproxy '*' --max-time 20 --cacert "$EXPORT/ca-bundle.pem" "${URL[web]}/index.html"
}
by_openssl() {
	timeout 20 openssl s_client -connect "localhost:${PORT[web]}" -CAfile "$EXPORT/cafile.pem" -no-CApath \
		-verify_return_error -verify_hostname localhost </dev/null
}
by_ldapsearch() {
	HOME=$T LDAPTLS_CACERT="$EXPORT/ca-bundle.pem" LDAPTLS_REQCERT=demand timeout 20 \
		ldapsearch -x -d 1 -o nettimeout=10 -H "ldaps://127.0.0.1:$directory" -b '' -s base
}

all_refuse() {
	status "curl refuses the server $1" 60 by_curl
	matches "for its certificate" 'unable to get local issuer certificate|certificate verify failed' "$OUT"
	status "openssl s_client refuses it" 1 by_openssl
	matches "for the same" 'Verification error: unable to get local issuer certificate|verify error' "$OUT"
	status "ldapsearch refuses it" 255 by_ldapsearch
	matches "for the same" 'TLS: peer cert untrusted or revoked' "$OUT"
}

all_accept() {
	status "curl accepts the server $1" 0 by_curl
	equal "and reads from it" hello "$OUT"
	status "openssl s_client accepts it" 0 by_openssl
	matches "and says so" 'Verify return code: 0 \(ok\)' "$OUT"
	status "ldapsearch accepts it" 0 by_ldapsearch
	matches "and has its answer" 'result: 0 Success' "$OUT"
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

# exported - fingerprints in the file, sorted, from its PEM alone
exported() {
	python3 - "$EXPORT/cafile.pem" <<-'PYTHON' | sort
		import base64, hashlib, re, sys
		text = open(sys.argv[1]).read()
		blocks = re.findall("-----BEGIN CERTIFICATE-----\n(.*?)-----END CERTIFICATE-----\n", text, re.S)
		assert text.count("-----") == 4 * len(blocks)
		for block in blocks:
		    print(hashlib.sha256(base64.b64decode(block)).hexdigest())
	PYTHON
}
fingerprints() {
	local name
	for name in "$@"; do sha256 "$T/$name.der"; done | sort
}

start_fetcher
start_daemon
equal "beside the sockets is a link, all else is in the daemon's own directory" \
	"daemon export fetch io.certprov.admin io.certprov.identity io.certprov.trust daemon/export" \
	"$(find "$RUN" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs) $(readlink "$EXPORT")"
equal "the authorities are exported" "$(fingerprints authority)" "$(exported)"
all_refuse "before its CA is provisioned"
provisioned "the CA is provisioned" root
equal "the CA is exported as well" "$(fingerprints authority root)" "$(exported)"
all_accept "after that"
status "the CA is distrusted" 0 ask admin.Distrust \
	"{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/root.der")\"}"
equal "it is exported no more" "$(fingerprints authority)" "$(exported)"
all_refuse "once its CA is distrusted"
status "the distrust is lifted" 0 ask admin.LiftDistrust \
	"{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/root.der")\"}"
all_accept "once that is lifted"

# --- what is not for everybody ---

provisioned "a leaf is provisioned" server
equal "it is trusted" "$(fingerprints root server)" "$(listed)"
equal "but not exported" "$(fingerprints authority root)" "$(exported)"
equal "and makes no new generation" export.4 "$(readlink "$RUN/daemon/export")"

# --- many at once ---

names=()
for ((i = 1; i <= 100; i++)); do
	names+=("many$i")
	make_certificate "many$i" || fail "no certificates"
done
provisioned "a hundred CAs are provisioned" "${names[@]}"
equal "all are exported" "$(fingerprints authority root "${names[@]}")" "$(exported)"
number=$(readlink "$RUN/daemon/export")
[ "${number#export.}" -lt 54 ] || fail "each was published by itself: $number"
ok "in fewer generations than certificates"

# --- nothing left ---

: >"$T/authorities.pem"
stop_daemon
mv "$STATE" "$T/lost"
start_daemon
equal "a daemon that lost everything leaves the former files" "$(fingerprints authority root "${names[@]}")" "$(exported)"
matches "and says so" '"export-empty"' "$(state_of concerns)"
matches "in the log as well" 'no CA certificate is trusted for every host: the files exported before stay' \
	"$(cat "$T/daemon.log")"
status "one of them is distrusted" 0 ask admin.Distrust \
	"{\"kind\": \"certificate\", \"sha256\": \"$(sha256 "$T/many1.der")\"}"
equal "then there is no file to read" "" "$(find "$RUN/daemon" -name 'export' -o -name 'export.[0-9]*')"
status "which curl takes for a refusal" 77 by_curl
provisioned "another CA is provisioned" spare
equal "it is exported" "$(fingerprints spare)" "$(exported)"
lacks "and the concern is gone" 'export-empty' "$(state_of concerns)"

# --- time ---

PKI_UNTIL=$(date -u -d '3 days' +%Y%m%d%H%M%SZ) pki_issue brief brief root || fail "no certificates"
cp "$PKI/brief.der" "$T/"
provisioned "a CA that expires in three days is provisioned" brief
equal "it is exported" "$(fingerprints spare brief)" "$(exported)"
stop_daemon
start_daemon
says_that_it_expires() {
	grep -q 'the server certificate of .*brief.* expires on 2' "$T/daemon.log"
}
wait_for 10 says_that_it_expires || fail "the log does not say that it expires soon"
matches "the status says so for as long as it is so" '"servers-expiring"' "$(state_of concerns)"
stop_daemon
if command -v faketime >/dev/null; then
	# Not by faketime itself, which would stand between the test and the daemon.
	start daemon env "LD_PRELOAD=$(faketime -f +0 printenv LD_PRELOAD):$TAP_LIBRARY" FAKETIME=+4d \
		"$B/certprovd" --config "$T/certprovd.conf"
	later() {
		[ "$(exported)" = "$(fingerprints spare)" ]
	}
	wait_for 10 later || fail "the expired CA is still exported"
	ok "four days later it is not"
	stop daemon
fi
