#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 300
# A Varlink that is none of ours: Debian's varlink-go reads the interface definitions as the
# daemon serves them, and the Go client it generates speaks to the sockets.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
WRONG_CALLS=1
need go gofmt varlink-go-interface-generator
gocode=/usr/share/gocode
[ -d $gocode/src/github.com/varlink/go/varlink ] || skip "there is no Go library of varlink-go"
built certprov-fetch

# Nothing is fetched, and nothing is kept.
export GO111MODULE=off GOPATH=$T/go:$gocode GOCACHE=$T/cache GOFLAGS='' GOPROXY=off GOENV=off HOME=$T
sources=$here/varlink-go
equal "the sources are as gofmt has them" '' "$(gofmt -l "$sources")"

# --- a phone ---

make_certificate provisioned || fail "no certificate"
pki_init || fail "no authority"
pki_issue authority authority root || fail "no authority"
pki_issue server authority server DNS:localhost || fail "no server certificate"
cp "$PKI"/{authority,server}.der "$T/"
cp "$PKI/authority.pem" "$T/authorities.pem"
certificates_in provisioned >"$T/document.xml"
for name in authority provisioned server; do
	sha256 "$T/$name.der" >"$T/$name.sha256"
	openssl base64 -A -in "$T/$name.der" >"$T/$name.base64"
done
write_config
start_fetcher
start_daemon

# --- the definitions, as files and as served ---

# package NAME - a Go package of the interface
package() {
	local directory=$T/go/src/${1//./}
	mkdir -p "$directory"
	cp "$T/$1.varlink" "$directory/"
	status "the generator reads $1" 0 varlink-go-interface-generator "$directory/$1.varlink"
	[ -s "$directory/${1//./}.go" ] || fail "nothing is generated from $1"
}

for file in "$ROOT"/lib/*/*.varlink "$ROOT"/daemon/*/*/*.varlink; do
	name=$(basename "$file" .varlink)
	cp "$file" "$T/$name.varlink"
	package "$name"
done
for name in trust admin identity; do
	python3 "$here/varlink.py" -g description "$RUN/io.certprov.$name" org.varlink.service.GetInterfaceDescription \
		"{\"interface\": \"io.certprov.$name\"}" | sed '$d' >"$T/served"
	status "the daemon serves io.certprov.$name as it stands in the file" 0 \
		cmp "$T/served" "$ROOT/daemon/certprovd/api/io.certprov.$name.varlink"
done
echo 'interface io.certprov.trust method Verify(' >"$T/broken.varlink"
status "not everything is read" 1 varlink-go-interface-generator "$T/broken.varlink"

# --- the generated client ---

mkdir -p "$T/go/src/conform"
cp "$sources"/*.go "$T/go/src/conform/"
for file in "$ROOT"/lib/*/*.varlink "$ROOT"/daemon/*/*/*.varlink; do
	name=$(basename "$file" .varlink)
	status "what was generated from $name is good Go" 0 go build "${name//./}"
done
status "the client is built" 0 go build -o "$T/conform" conform
status "and vetted" 0 go vet conform
timeout $((100 * ${TEST_TIME_FACTOR:-1})) "$T/conform" "$TRUST" "$ADMIN" "$T" || fail "the generated client"
stop_daemon
equal "the daemon is still there and stops in peace" 0 "$STATUS"
