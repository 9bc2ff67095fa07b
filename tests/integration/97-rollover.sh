#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CA is replaced: renewed with the same name and key, old and new side by side, the
# server's chain changed, the old one withdrawn. Every run of it is complete.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

need nginx
built certprovctl
pki_standard || fail "no certificates"
names='DNS:localhost'
PKI_SUBJECT='/CN=Company CA' pki_issue old root root || fail "no old CA"
PKI_SUBJECT='/CN=Company CA' PKI_KEY=old pki_issue renewed root root || fail "no renewed CA"
PKI_SUBJECT='/CN=Company CA' pki_issue new root root || fail "no new CA"
pki_issue by-old old server "$names" || fail "no certificate of the old CA"
pki_issue by-new new server "$names" || fail "no certificate of the new CA"
serve_http web
ln -s by-old.pem "$PKI/front.pem" && ln -s by-old.key "$PKI/front.key"
start_nginx front <<<"server { listen 127.0.0.1:@PORT@ ssl; root $T/www;
	ssl_certificate @PKI@/front.pem; ssl_certificate_key @PKI@/front.key; }"
start_fetcher

ctl() {
	"$B/certprovctl" --socket-dir "$T/run" "$@" 2>&1
}
# files NAME... - what the server shows now
files() {
	local name
	{
		echo '<settings><certificates>'
		for name; do echo "<certificate type=\"base64\">$(pki_base64 "$name")</certificate>"; done
		echo '</certificates></settings>'
	} | document s.xml
}
# complete SENTENCE - a run of the phone's own server is
complete() {
	ask_provision '{}' || fail "$1: no run: $(cat "$T/replies" "$T/replies.log")"
	matches "$1" '^complete' "$(run_result)"
}
# shows NAME - the server shows this certificate from now on
shows() {
	ln -sf "$1.pem" "$PKI/front.pem" && ln -sf "$1.key" "$PKI/front.key"
	stop front
	start front nginx -p "$T" -e "$T/front.log" -c "$T/front.conf"
	wait_for 10 listening "${PORT[front]}" || fail "nginx does not start again"
}
# verifies NAME - a chain of the old or the new CA is trusted for localhost
verifies() {
	ctl verify --chain "$PKI/$1.pem" --host localhost --purpose sip >/dev/null && echo yes || echo no
}

for keep in no yes; do
	front=https://localhost:${PORT[front]}/$MAC/s.xml
	files old
	phone provisioning.Url="$front" provisioning.WithdrawMissing=$keep
	provision "${URL[web]}/s.xml"
	complete "WithdrawMissing=$keep: the phone trusts the old CA"
	equal "and not the new one, although the names are equal" "yes no" "$(verifies by-old) $(verifies by-new)"

	files old renewed
	complete "the old CA is renewed with its name and key"
	equal "what it has signed is trusted" "yes" "$(verifies by-old)"
	files renewed
	complete "the renewed one replaces it"
	equal "and verifies the same server" "yes no" "$(verifies by-old) $(verifies by-new)"

	files renewed new
	complete "old and new CA side by side"
	equal "chains of both are trusted" "yes yes" "$(verifies by-old) $(verifies by-new)"

	if [ $keep = yes ]; then
		files new
		complete "the old CA is withdrawn too early"
		matches "what still verifies the server stays" ' would-lock-out$' "$(outcomes)"
		equal "and chains of both are trusted" "yes yes" "$(verifies by-old) $(verifies by-new)"
		files renewed new
	fi

	shows by-new
	complete "the server shows a chain of the new CA"
	files new
	complete "the old CA is withdrawn"
	complete "and the next run"
	if [ $keep = no ]; then
		equal "it is kept until an administrator removes it" "yes yes" "$(verifies by-old) $(verifies by-new)"
		status "which locks nobody out" 0 ctl remove servers "$(pki_sha256 renewed)"
		status "but the new one stays" 3 ctl remove servers "$(pki_sha256 new)"
		! servers | grep -q "$(pki_sha256 old)" || ctl remove servers "$(pki_sha256 old)" >/dev/null
	fi
	equal "only the new CA is trusted" "no yes" "$(verifies by-old) $(verifies by-new)"
	complete "and the phone is still provisioned"
	shows by-old
done
