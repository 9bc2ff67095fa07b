#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 240
# The client libraries as a program gets them: compiled by pkg-config from what is
# installed, against a real daemon that is absent, stopped, killed and restarted, and
# in real handshakes; the same verdicts from the daemon and in the program's own process.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need "${CC:-cc}" pkg-config
built certprovd certprov-fetch
[ -d "$B/tree" ] || skip "nothing is installed in $B/tree"
pc=$(find "$B/tree" -name libcertprov.pc)
[ -s "$pc" ] || fail "there is no libcertprov.pc in $B/tree"
libs=$(dirname "$(find "$B/tree" -name libcertprov.so)")
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$B/tree
export CERTPROV_EXAMPLE_SOCKET=$TRUST

# compile SOURCE PACKAGE [ARGUMENT...] - to $T/bin
compile() {
	local source=$1 package=$2 out
	shift 2
	mkdir -p "$T/bin"
	# shellcheck disable=SC2046 # words
	out=$("${CC:-cc}" -std=gnu11 -Wall -Wextra -Wpedantic -Werror ${SANITIZE:+-fsanitize=$SANITIZE} "$@" \
		-o "$T/bin/$(basename "$source" .c)" "$source" $(pkg-config --cflags --libs "$package") 2>&1) ||
		fail "$source does not compile:"$'\n'"$out"
}

run() {
	LD_LIBRARY_PATH=$libs "$T/bin/$1" "${@:2}"
}

# asked MODE [TIMEOUT_MS] < LINES - what tests/client/ask says of each
asked() {
	run ask "$TRUST" "${2:-60000}" "$1"
}

# --- what is installed ---

for example in list monitor verify; do compile "$ROOT/lib/client/examples/$example.c" libcertprov; done
compile "$ROOT/lib/client/examples/tls-client.c" libcertprov-openssl
compile "$ROOT/tests/client/ask.c" libcertprov-openssl
ok "the examples compile, by pkg-config and without a warning"

# The examples of the manual pages, unescaped.
for page in certprov certprov-openssl; do
	sed -n '/^\.Bd -literal$/,/^\.Ed$/p' "$ROOT/lib/client/$page.3" | sed -e '/^\.[BE]d/d' -e 's/\\-/-/g' -e 's/\\e/\\/g' \
		>"$T/$page.c"
	compile "$T/$page.c" "lib$page"
done
ok "and those of the manual pages"
sed -n '/^<!-- c example begin -->$/,/^<!-- c example end -->$/p' "$ROOT/README.md" | sed '1,2d' | head -n -2 >"$T/readme.c"
compile "$T/readme.c" libcertprov-openssl
ok "and that of the README"
printf '#include <certprov.h>\n#include <certprov.h>\nint main(void) { return 0; }\n' >"$T/alone.c"
"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "-I$(dirname "$(find "$B/tree" -name certprov.h)")" "$T/alone.c" ||
	fail "certprov.h does not stand alone in C99"
ok "certprov.h stands alone, in C99"
if command -v c++ >/dev/null; then
	printf '#include <certprov-openssl.h>\nint main() { certprov *c = nullptr; return certprov_new(&c); }\n' >"$T/plus.cc"
	# shellcheck disable=SC2046 # words
	c++ -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags libcertprov-openssl) "$T/plus.cc" ||
		fail "the headers are no C++"
	ok "and in C++"
else
	echo "SKIP $(basename "$0"): there is no C++ compiler"
fi
if [ -z "${SANITIZE:-}" ]; then
	# Symbols of ours must not meet those of a program that links the archive.
	cat >"$T/clash.c" <<-'C'
		#include <certprov.h>
		int fd_close(int fd);
		int fd_close(int fd) { return fd; }
		int main(void) { struct certprov *c = 0; return certprov_new(&c) + fd_close(0); }
	C
	"${CC:-cc}" -o "$T/bin/clash" "$T/clash.c" "-I$B/tree/usr/include" "$libs/libcertprov.a" -lcjson ||
		fail "the archive shows more than its interface"
	status "the archive shows its interface alone" 0 "$T/bin/clash"
fi

# --- certificates ---

pki_standard || fail "no certificates"
names='DNS:localhost,DNS:*.example.com,IP:127.0.0.1,IP:::1'
PKI_NEWKEY='rsa -pkeyopt rsa_keygen_bits:1024' pki_issue short intermediate server "$names" || fail "no certificate"
pki_issue sip intermediate server URI:sip:example.com,DNS:sip.example.com || fail "no certificate"
pki_issue constrained root ca || fail "no certificate"
PKI_EXTRA='nameConstraints = critical,permitted;DNS:example.net' pki_issue constrained root ca || fail "no certificate"
pki_issue outside constrained server DNS:localhost || fail "no certificate"
pki_issue inside constrained server DNS:www.example.net || fail "no certificate"
pki_issue banned intermediate server "$names" || fail "no certificate"
pki_issue no-ca server ca || fail "no certificate"
pki_issue by-no-ca no-ca server "$names" || fail "no certificate"
PKI_EXTRA='1.2.3.4 = critical,DER:0500' pki_issue critical intermediate server "$names" || fail "no certificate"
cp "$PKI/root.pem" "$T/authorities.pem"
printf 'no certificate' >"$PKI/garbage.der"
: >"$PKI/nothing.der"
cat "$PKI/server.der" "$PKI/garbage.der" >"$PKI/trailing.der"

# verify HOST NAME... - the example, with certificates of the PKI
verify() {
	local host=$1 name files=()
	shift
	for name; do files+=("$PKI/$name.der"); done
	run verify "$host" "${files[@]}"
}

# --- without a daemon ---

status "without a daemon nobody is trusted" 1 verify localhost server intermediate
matches "and the verdict says why" '^daemon-unreachable: .* nobody listens' "$OUT"
status "nor can anything be listed" 1 run list
matches "and the error says why" 'not connected' "$OUT"

# --- questions ---

write_config
start_fetcher
start_daemon
status "a good chain is trusted" 0 verify localhost server intermediate
matches "by its path" "^path: $(pki_sha256 root)" "$OUT"
status "another name is not" 1 verify www.example.org server intermediate
matches "and the verdict says which names there are" '^name-mismatch: .*localhost' "$OUT"
status "nor one that expired" 1 verify localhost expired intermediate
matches "and the verdict says when" '^expired: .*2021-01-01' "$OUT"
status "nor one of an unknown CA" 1 verify localhost other-server
matches "and the verdict says whose" '^issuer-not-trusted: .*Other Root CA' "$OUT"
status "the status is there" 0 run list
matches "with version, verification and generation" '^certprovd [0-9.]+, verification forced, generation 0$' "$OUT"
status "a certificate is found by fingerprint" 0 run list "$(pki_sha256 root)"
matches "with its subject and encoding" "^$(pki_sha256 root) CN=Test Root CA \(firmware, CA, anchor, $(wc -c <"$PKI/root.der") bytes\)" "$OUT"
status "or not" 1 run list "$(pki_sha256 other)"
cp "$T/bin/certprov" "$T/bin/page"
status "the manual page's example runs, without a daemon where it looks" 1 run page localhost "$PKI/server.der"

# --- a daemon that stops, dies and comes back ---

kill -STOP "${PID[daemon]}"
status "a stopped daemon holds nobody for ever" 1 verify localhost server intermediate
matches "and the verdict says why" '^daemon-unreachable: .*time limit' "$OUT"
kill -CONT "${PID[daemon]}"
status "once it goes on it answers" 0 verify localhost server intermediate

# A question that waits in a stopped daemon, when that is killed and another started.
waiting() {
	grep -q '^State:.*sleeping' "/proc/${PID[asking]}/status" &&
		find "/proc/${PID[asking]}/fd" -lname 'socket:*' | grep -q .
}
echo "localhost sip $PKI/server.der $PKI/intermediate.der" >"$T/question"
kill -STOP "${PID[daemon]}"
start asking bash -c "LD_LIBRARY_PATH='$libs' exec '$T/bin/ask' '$TRUST' 60000 daemon <'$T/question'"
wait_for 10 waiting || fail "the question does not get to the daemon"
stop_daemon KILL
start_daemon
stop_asking() {
	wait "${PID[asking]}"
	STATUS=$?
	unset "PID[asking]"
}
stop_asking
equal "a question in flight is asked again when the daemon was killed and started" 0 "$STATUS"
matches "and answered" '^trusted trusted=1 ' "$(cat "$T/asking.log")"

# --- a display, in a poll loop ---

mkfifo "$T/display"
start display bash -c "LD_LIBRARY_PATH='$libs' exec '$T/bin/monitor' <'$T/display'"
exec 9>"$T/display"
shown() {
	[ "$(grep -c -e "$1" "$T/display.log")" -ge "$2" ]
}
wait_for 20 shown '^trust: store [0-9a-f]*, generation 0$' 1 || fail "the display does not hear the state of trust"
ok "a monitor hears the state of trust at first"
wait_for 20 shown '^rejections: connected$' 1 || fail "the display is not connected"
status "somebody is rejected" 1 verify www.example.org server intermediate
wait_for 20 shown '^rejected: CN=server for www.example.org: name-mismatch$' 1 || fail "the display does not hear of it"
ok "and each rejection as it happens"
stop_daemon KILL
wait_for 20 shown '^trust: lost$' 1 || fail "the display does not notice"
start_daemon
wait_for 20 shown '^trust: store' 2 || fail "the display does not find the daemon again"
ok "it notices that the daemon has gone, and that it is there again"
mkdir "$T/www"
cp "$PKI/other.der" "$T/other.der"
certificates_in other >"$T/www/other.xml"
: >"$T/www/nothing.xml"
start_http plain "$T/www"

# --- handshakes ---

declare -A SERVER=()
# serve NAME CERTIFICATE [CHAIN] - an OpenSSL server that shows it; its port in SERVER[NAME]
serve() {
	start "server-$1" openssl s_server -accept 127.0.0.1:0 -www -cert "$PKI/$2.pem" -key "$PKI/$2.key" \
		${3:+-cert_chain "$PKI/$3.pem"}
	wait_for 20 accepting "$1" || fail "no server $1"
}
accepting() {
	SERVER[$1]=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$T/server-$1.log" | head -n 1)
	[ -n "${SERVER[$1]}" ]
}
for name in server wrong-name expired banned; do serve $name $name intermediate; done
serve other-server other-server

# connect HOST SERVER [OPTION] - the example
connect() {
	run tls-client ${3:+"$3"} "$1" "${SERVER[$2]}" 127.0.0.1 </dev/null
}
alerted() {
	grep -q "$2" "$T/server-$1.log"
}
for mode in '' --local; do
	in=${mode:+ in the program itself}
	status "a server of a trusted CA is connected to$in" 0 connect localhost server $mode
	matches "with the result of OpenSSL" '^connected: ok: ' "$OUT"
	status "one of an unknown CA is refused$in" 1 connect localhost other-server $mode
	matches "with the result of OpenSSL" '^refused: unable to get local issuer certificate: .*Other Root CA' "$OUT"
	wait_for 20 alerted other-server 'alert unknown ca' || fail "the server got another alert"
	status "one of another name is refused$in" 1 connect localhost wrong-name $mode
	matches "with the result of OpenSSL" '^refused: hostname mismatch: .*elsewhere' "$OUT"
	wait_for 20 alerted wrong-name 'alert bad certificate' || fail "the server got another alert"
	status "one that expired is refused$in" 1 connect localhost expired $mode
	matches "with the result of OpenSSL" '^refused: certificate has expired: .*2021-01-01' "$OUT"
	wait_for 20 alerted expired 'alert certificate expired' || fail "the server got another alert"
done
ok "and each server got the alert that belongs to it"

# What the program rejected by itself stands in the list, as its claim.
rejected() {
	ask trust.Get "{\"sha256\": \"$(pki_sha256 "$1")\"}"
}
stop_daemon
rm -rf "$STATE"
start_daemon
status "a program that verifies by itself refuses a server" 1 connect localhost wrong-name --local
reported() {
	rejected wrong-name | grep -q "\"reporters\": \[\"uid:$(id -u)\"\]"
}
wait_for 20 reported || fail "the daemon does not know: $(rejected wrong-name)"
matches "and reports it, with host and reason" '"hosts": \["localhost"\].*"results": \["name-mismatch"\]' \
	"$(rejected wrong-name)"

# --- changes, while a program runs ---

# long_running MODE - the example once for each line written to descriptor 8
long_running() {
	mkfifo "$T/lines$1"
	start "client$1" bash -c "LD_LIBRARY_PATH='$libs' exec '$T/bin/tls-client' $1 localhost ${SERVER[other-server]} \
		127.0.0.1 <'$T/lines$1'"
	case $1 in '') exec 7>"$T/lines" ;; *) exec 8>"$T/lines$1" ;; esac
}
# again NUMBER WORD SENTENCE - both connect once more, and this is what becomes of it
again() {
	[ "$1" = 1 ] || { echo >&7 && echo >&8; }
	local mode
	for mode in '' --local; do
		wait_for 20 lines "$mode" "$1" || fail "$3: no answer"
		matches "$3${mode:+, verified by itself}" "^$2: " "$(sed -n "$1p" "$T/client$mode.log")"
	done
}
lines() {
	[ "$(wc -l <"$T/client$1.log")" -ge "$2" ]
}
long_running ''
long_running --local
again 1 refused "a running program refuses a server of an unknown CA"
ask admin.Provision "{\"url\": \"${URL[plain]}/other.xml\"}" -m -t 60 >"$T/run.log" || fail "no run: $(cat "$T/run.log")"
again 2 connected "connects once the CA is provisioned, without a restart"
ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 other)\"}" >"$T/distrust.log" ||
	fail "cannot distrust: $(cat "$T/distrust.log")"
again 3 refused "and refuses again once it is distrusted"
matches "because of that" 'distrusted' "$(sed -n 3p "$T/client--local.log")"
ask admin.LiftDistrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 other)\"}" >"$T/lift.log" ||
	fail "cannot lift: $(cat "$T/lift.log")"
again 4 connected "until that is taken back"
stop_daemon KILL
again 5 refused "refuses when the daemon is gone"
start_daemon
again 6 connected "and connects when it is there again"
# Nothing was asked meanwhile, and no time passes.
stop_daemon KILL
start_daemon
ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 other)\"}" >"$T/distrust.log" ||
	fail "cannot distrust: $(cat "$T/distrust.log")"
again 7 refused "and what the daemon that took over distrusts is refused at once"
matches "because of that" 'distrusted' "$(sed -n 7p "$T/client--local.log")"
ask admin.LiftDistrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 other)\"}" >"$T/lift.log" ||
	fail "cannot lift: $(cat "$T/lift.log")"
exec 7>&- 8>&-

# --- the same from the daemon and in the program's own process ---

kinds='server server-of-root wrong-name expired not-yet other-server client short sip outside inside banned
	by-no-ca critical intermediate root other garbage nothing trailing'
# questions - chains of every kind, for hosts and purposes of every kind
questions() {
	local kind host chain
	for kind in $kinds; do
		for chain in "$kind" "$kind intermediate" "$kind root intermediate" "$kind constrained garbage" \
			"$kind server no-ca intermediate"; do
			chain=" $chain"
			chain=${chain// / $PKI/}
			chain=${chain// $PKI\// $PKI/}
			# shellcheck disable=SC2086 # files
			chain=$(printf ' %s.der' $chain)
			for host in localhost LOCALHOST. 127.0.0.1 '[::1]' fe80::1%lo a.example.com .example.com a..b \
				sip.example.com example.com www.example.net '*.example.com' 999.0.0.1; do
				echo "$host any$chain"
				echo "$host sip$chain"
			done
			echo "- any$chain"
			echo "- sip$chain"
		done
	done
	echo 'localhost sip'
	# shellcheck disable=SC2046 # words
	echo "localhost sip" $(printf "$PKI/server.der %.0s" {1..17})
	printf '%0400d sip %s\n' 0 "$PKI/server.der"
}
# compare SENTENCE FILE - the questions of a file, asked in both ways
compare() {
	local kinds
	local now='s/clock says [0-9TZ:-]*/clock says now/; s/, [0-9]* [a-z]* ago/, some time ago/; s/, which is [nots ]*ynchronised\( since [0-9TZ:-]*\)\?//'
	asked daemon <"$2" | sed "$now" >"$T/by-daemon"
	asked local <"$2" | sed "$now" >"$T/by-itself"
	[ "$(wc -l <"$T/by-daemon")" = "$(wc -l <"$2")" ] || fail "$1: not all were answered"
	diff "$T/by-daemon" "$T/by-itself" >"$T/difference" ||
		fail "$1: $(grep -c '^<' "$T/difference") differ:"$'\n'"$(head -n 10 "$T/difference")"
	kinds=$(cut -d ' ' -f 1 "$T/by-daemon" | sort | uniq -c | sort -rn | awk '{ printf "%s %s, ", $2, $1 }')
	ok "$1: $(wc -l <"$2") questions (${kinds%, })"
}
# part N - the questions of the Nth comparison: all, or, thinned, others than those of the
# one before; a chain has 28 of them, and the next begins with another
part() {
	awk -v n="$1" -v step="$THINNED" '(NR + int(NR / 28)) % step == n % step' "$T/questions" >"$T/part"
}
ask admin.Distrust "{\"kind\": \"certificate\", \"sha256\": \"$(pki_sha256 banned)\"}" >"$T/distrust.log" ||
	fail "cannot distrust: $(cat "$T/distrust.log")"
questions >"$T/questions"
n=0
for firmware in 10.1.33.33 10.1.63.11 8.9.3.80 8.2.29; do
	stop_daemon
	write_config '[phone]' "Firmware=$firmware"
	start_daemon
	part $((n++))
	compare "both say the same on firmware $firmware" "$T/part"
done
stop_daemon
write_config '[trust]' Profile=strict
start_daemon
part $n
compare "both say the same in the strict profile" "$T/part"
if [ -r "${CERTPROV_CORPORA:-}/limbo/limbo-core.flat" ]; then
	mkdir "$T/limbo"
	"$ROOT/tests/client/cases.py" "$CERTPROV_CORPORA/limbo/limbo-core.flat" "$T/limbo" || fail "no cases"
	stop_daemon
	write_config '[trust]' "Authorities=$T/limbo/limbo.pem"
	start_daemon
	compare "both say the same of x509-limbo's chains" "$T/limbo/limbo.ask"
else
	echo "SKIP $(basename "$0"): no outside test data here"
fi
stop_daemon
exec 9>&-
