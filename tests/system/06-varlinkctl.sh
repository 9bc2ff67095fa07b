#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite: trixie
# The sockets asked with systemd's own varlinkctl, which Debian 12 has not: what the daemon
# says about itself, calls, streams and errors, under the systemd of Debian 13.
. "$(dirname "$0")/system.sh"
need varlinkctl
after_installing
configure
useradd -m -G certprov-admin alice || fail "no alice"
useradd -m bob || fail "no bob"
systemctl enable --now certprovd.service 2>/dev/null || fail "certprovd does not start"

TRUST=$RUN/io.certprov.trust
ADMIN=$RUN/io.certprov.admin

# call [OPTION...] SOCKET METHOD PARAMETERS - replies a line each; the time limit is systemd's own
call() {
	varlinkctl --no-pager --json=short "${@:1:$#-3}" call "${@: -3}"
}

# members NAME - of the JSON objects on standard input, one a line
members() {
	grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+|true|false)" | cut -d : -f 2- | tr -d '"'
}

# --- the definitions ---

for file in "$ROOT"/lib/*/*.varlink "$ROOT"/daemon/*/*/*.varlink; do
	name=$(basename "$file" .varlink)
	status "systemd's reader takes $name" 0 varlinkctl --no-pager validate-idl "$file"
	equal "and finds nothing to remark" "" "$(varlinkctl --no-pager validate-idl "$file" 2>&1 >/dev/null)"
done
echo 'interface io.certprov.trust method Verify(' >"$T/broken.varlink"
status "not everything" 1 varlinkctl --no-pager validate-idl "$T/broken.varlink"

# --- what the daemon says about itself ---

status "info of the trust socket" 0 varlinkctl --no-pager info $TRUST
for line in 'Vendor: +certprov' 'Product: +certprovd' 'Version: +[0-9]' 'URL: +man:certprovd' 'io\.certprov\.trust$'; do
	matches "it says $line" "$line" "$OUT"
done
status "info of the admin socket" 0 varlinkctl --no-pager info $ADMIN
matches "which is another interface" 'io\.certprov\.admin$' "$OUT"
status "info of the identity socket" 0 varlinkctl --no-pager info $RUN/io.certprov.identity
matches "which is a third" 'io\.certprov\.identity$' "$OUT"
for name in trust admin identity; do
	socket=$RUN/io.certprov.$name file=$ROOT/daemon/certprovd/api/io.certprov.$name.varlink
	equal "the $name socket has its interface and what all have" "io.certprov.$name org.varlink.service" \
		"$(varlinkctl --no-pager list-interfaces $socket | sort | xargs)"
	# Both sides as systemd prints them.
	varlinkctl --no-pager introspect $socket io.certprov.$name >"$T/served" || fail "no introspection of $name"
	varlinkctl --no-pager validate-idl "$file" >"$T/written"
	status "and describes it as the file does" 0 diff "$T/written" "$T/served"
	equal "with every method" "$(grep -oE '^method [A-Za-z]+' "$file" | cut -d ' ' -f 2 | sort)" \
		"$(varlinkctl --no-pager list-methods $socket io.certprov.$name | sed 's/.*\.//' | sort)"
done
status "what every service has is described as well" 0 varlinkctl --no-pager introspect $TRUST org.varlink.service
status "as nobody, too" 0 as nobody varlinkctl --no-pager info $TRUST

# --- calls ---

status "a call" 0 call $TRUST io.certprov.trust.Status '{}'
equal "it is answered" 10.1.33.33 "$(members firmware <<<"$OUT")"
authorities=$(members authorities <<<"$OUT")
store=$(members store <<<"$OUT")
status "with parameters" 0 call $TRUST io.certprov.trust.Rules '{"firmware":"8.9.3.40"}'
equal "they count" 8.9.3.40 "$(members firmware <<<"$OUT")"
status "without waiting for an answer" 0 call --oneway $TRUST io.certprov.trust.Status '{}'
equal "there is none" "" "$OUT"

# --- verdicts ---

pki_standard || fail "no certificates"
chain="[\"$(pki_base64 server)\",\"$(pki_base64 intermediate)\"]"
status "a verdict" 0 call $TRUST io.certprov.trust.Verify "{\"chain\":$chain,\"host\":\"localhost\",\"purpose\":\"sip\"}"
equal "on a peer whose authority is not there" "false issuer-not-trusted true" \
	"$(for name in trusted result recoverable; do members $name <<<"$OUT"; done | xargs)"
status "it is in the list of unknown certificates" 0 call $TRUST io.certprov.trust.Get "{\"sha256\":\"$(pki_sha256 server)\"}"
matches "with its host, and who asked" '"hosts":\["localhost"\].*"reporters":\["uid:0"\]' "$OUT"

# --- streams ---

status "a stream" 0 call --more $TRUST io.certprov.trust.ListCertificates '{"list":"authorities"}'
equal "has a reply for every certificate" "$authorities" "$(grep -c '"sha256":' <<<"$OUT")"
equal "all of this store" "$store" "$(members store <<<"$OUT" | sort -u)"
some=$(members sha256 <<<"$OUT" | head -n 1)
status "one of them by itself" 0 call $TRUST io.certprov.trust.Get "{\"sha256\":\"$some\"}"
equal "it is that one" "$some" "$(members sha256 <<<"$OUT")"
status "an empty list" 0 call --more $TRUST io.certprov.trust.ListCertificates '{"list":"servers"}'
lacks "has a reply without one" '"sha256"' "$OUT"
equal "and only that" 1 "$(grep -c '"store":' <<<"$OUT")"

# A stream without an end, seen from its first reply to the next change.
start monitor varlinkctl --no-pager --json=short --more --timeout=infinity call $TRUST io.certprov.trust.Monitor '{}'
monitored() {
	[ "$(grep -c '"generation":' "$T/monitor.log")" -ge "$1" ]
}
wait_for 10 monitored 1 || fail "no first reply of Monitor"
ok "Monitor says at once how it is"
status "an administrator changes something" 0 as alice varlinkctl --no-pager --json=short call \
	$ADMIN io.certprov.admin.SetSetting '{"name":"check_fqdn_against_server_cert","value":"off"}'
wait_for 10 monitored 2 || fail "no second reply of Monitor"
ok "and then that it changed"
equal "as it was answered" "$(members generation <<<"$OUT")" "$(tail -n 1 "$T/monitor.log" | members generation)"
stop monitor

# --- errors ---

# refused SENTENCE ERROR PARAMETERS ARGUMENT... - of call
refused() {
	status "$1" 1 call "${@:4}"
	matches "by its name" "${2//./\\.}" "$OUT"
	[ -z "$3" ] || matches "with what is wrong" "$3" "$OUT"
}
none=$(printf '0%.0s' {1..64})
refused "a certificate that is not there" io.certprov.trust.NoSuchCertificate "\"sha256\":\"$none\"" \
	$TRUST io.certprov.trust.Get "{\"sha256\":\"$none\"}"
refused "a parameter of another type" org.varlink.service.InvalidParameter '"parameter":"sha256"' \
	$TRUST io.certprov.trust.Get '{"sha256":17}'
refused "an unknown parameter" org.varlink.service.InvalidParameter '"parameter":"more"' \
	$TRUST io.certprov.trust.Status '{"more":true}'
refused "an unknown method" org.varlink.service.MethodNotFound '"method":"io.certprov.trust.Trust"' \
	$TRUST io.certprov.trust.Trust '{}'
refused "an interface of another socket" org.varlink.service.InterfaceNotFound '"interface":"io.certprov.admin"' \
	$TRUST io.certprov.admin.ListRuns '{}'
refused "a stream asked for as a call" org.varlink.service.ExpectedMore '' \
	$TRUST io.certprov.trust.ListCertificates '{}'
status "which is no failure where it is expected" 0 call --graceful=org.varlink.service.ExpectedMore \
	$TRUST io.certprov.trust.ListCertificates '{}'
status "a user outside the group is refused" 1 as bob varlinkctl --no-pager info $ADMIN
matches "and the kernel says so" 'Permission denied' "$OUT"
