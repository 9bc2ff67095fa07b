# shellcheck shell=bash disable=SC2034 # variables are for the tests
# SPDX-License-Identifier: Apache-2.0
# A phone and its provisioning runs; sourced behind common.sh.
#
#   MAC      of the phone; part of every URL, so that the phone derives no second one
#   WWW      what the servers show under /$MAC
#   SITES    "NAME=URL" of servers, so that places read NAME/document:line

need openssl python3
MAC=000413AABBCC
WWW=$T/www/$MAC
mkdir -p "$WWW" "$T/run"
SITES=()
TRUST=$T/run/io.certprov.trust
ADMIN=$T/run/io.certprov.admin
IDENTITY=$T/run/io.certprov.identity

# configure [SECTION.KEY=VALUE...] - writes $T/certprovd.conf for a phone that believes
# no authority, on firmware 10.1.33.33, on which everything is allowed and nothing runs
# by itself. An empty value leaves the key out.
configure() {
	local -A keys=(
		[phone.Firmware]=10.1.33.33 [phone.PhoneType]=snomD785 [phone.Mac]=$MAC
		[trust.Authorities]=$T/authorities.pem
		[provisioning.AtStart]=no [provisioning.RefreshInterval]=0
		[provisioning.AllowLocal]=yes
		[fetch.Socket]=$T/run/fetch [fetch.User]=$(id -un)
		[store.StateDirectory]=$T/state [store.RuntimeDirectory]=$T/run)
	local argument key section
	[ -e "$T/authorities.pem" ] || : >"$T/authorities.pem"
	for argument; do keys[${argument%%=*}]=${argument#*=}; done
	for section in phone trust tls provisioning fetch store bootstrap identity; do
		echo "[$section]"
		for key in "${!keys[@]}"; do
			[ "${key%%.*}" != $section ] || [ -z "${keys[$key]}" ] ||
				echo "${key#*.}=${keys[$key]}"
		done
	done >"$T/certprovd.conf"
}

# phone [SECTION.KEY=VALUE...] - a new phone: nothing provisioned yet, daemon running
phone() {
	stop_daemon
	rm -rf "$T/state" "$TRUST" "$ADMIN"
	configure "$@"
	start_daemon
}

# restart [SECTION.KEY=VALUE...] - the same phone with another configuration
restart() {
	stop_daemon
	rm -f "$TRUST" "$ADMIN"
	configure "$@"
	start_daemon
}

# varlink SOCKET METHOD [PARAMETERS [FILE]] - replies, one a line
varlink() {
	"$ROOT/tests/integration/varlink" "$1" "$2" "${3:-{\}}" "${@:4}"
}

replies() {
	"$ROOT/tests/integration/replies" "$@"
}

# ask_provision PARAMETERS [FILE] - one run; its replies in $T/replies. 0 when there was
# one, whatever became of it; the error is in $T/replies otherwise.
ask_provision() {
	varlink "$ADMIN" io.certprov.admin.Provision "$@" >"$T/replies" 2>"$T/replies.log"
}

provision() {
	ask_provision "{\"url\": \"$1\"}" || fail "no run: $(cat "$T/replies" "$T/replies.log")"
}

# Of the run asked for last.
outcomes() {
	replies outcomes "${SITES[@]}" <"$T/replies"
}
details() {
	replies details "${SITES[@]}" <"$T/replies"
}
run_result() {
	replies run <"$T/replies"
}

# reported SENTENCE RUN < OUTCOMES - the run of the last request, and all its outcomes
# that are not those of documents read to their end, in order.
reported() {
	local expected
	expected=$(cat)
	[ "$(run_result)" = "$2" ] || {
		details
		fail "$1: expected '$2', got '$(run_result)'"
	}
	equal "$1" "$expected" "$(outcomes | grep -v '^document .* processed$')"
}

# What a phone trusts and keeps, for comparing: everything but the runs, and which of
# them was the last to find a certificate.
dump() {
	local list
	for list in servers unknown; do
		echo "== $list"
		varlink "$TRUST" io.certprov.trust.ListCertificates \
			"{\"list\": \"$list\", \"withDer\": true}" >"$T/dumped" || fail "no list of $list"
		sed -E 's/"last(Run|Seen)": ?("[^"]*"|[0-9]+),? ?//g' "$T/dumped"
	done
	for list in ListDistrusted ListSettings; do
		echo "== $list"
		varlink "$ADMIN" io.certprov.admin.$list || fail "no $list"
	done
}

# next_second - back when the clock has moved on, so that a time written anew would show
next_second() {
	wait_for 3 later_than "$(date +%s)" || fail "the clock stands still"
}
later_than() {
	[ "$(date +%s)" -gt "$1" ]
}

# servers - "ORIGIN PLACE URL run=N SHA256" of every server certificate, sorted
servers() {
	varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "servers"}' |
		replies certificates "${SITES[@]}"
}

# unknown - the fingerprints of what was rejected, sorted
unknown() {
	varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "unknown"}' |
		replies certificates | awk 'NF { print $NF }'
}

generation() {
	varlink "$TRUST" io.certprov.trust.ListCertificates '{"list": "distrusted"}' |
		replies get store generation
}

# site NAME - the server of that name shows $T/www: URL[NAME] and places start below $MAC
site() {
	URL[$1]=${URL[$1]}/$MAC
	SITES+=("$1=${URL[$1]}")
}

serve_http() {
	start_http "$1" "$T/www"
	site "$1"
}

# serve_https NAME [CERTIFICATE [KEY]]
serve_https() {
	start_https "$1" "$T/www" "${@:2}"
	site "$1"
}

# document NAME - standard input as a file that the servers show
document() {
	mkdir -p "$(dirname "$WWW/$1")"
	cat >"$WWW/$1"
}

# show NAME... - certificates of the PKI as NAME.der
show() {
	local name
	for name; do cp "$PKI/$name.der" "$WWW/$name.der" || fail "no certificate $name"; done
}

# many COUNT NAME ISSUER - certificates NAME1 to NAMEn in the PKI, all of one key, each with
# that name: of one subject only a few are taken from strangers
many() {
	local i
	openssl req -new -config "$PKI/ca.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -keyout "$PKI/$2.key" -subj "/CN=$2" -out "$PKI/$2.csr" 2>/dev/null ||
		fail "no key for $2"
	pki_extensions server DNS:many.example.com >"$PKI/$2.ext"
	for ((i = 1; i <= $1; i++)); do
		openssl ca -batch -notext -config "$PKI/ca.cnf" -in "$PKI/$2.csr" -subj "/CN=$2$i" -out "$PKI/$2$i.pem" \
			-cert "$PKI/$3.pem" -keyfile "$PKI/$3.key" -days 365 -extfile "$PKI/$2.ext" 2>/dev/null ||
			fail "no certificate $2$i"
		pki_der "$PKI/$2$i"
	done
}

# serve_answers NAME - tests/integration/answers with the files in $WWW; URL[NAME], its
# requests in $T/NAME.answered
serve_answers() {
	start "$1" "$ROOT/tests/integration/answers" "$WWW" "$T/$1.port" "$T/$1.answered"
	wait_for 10 test -s "$T/$1.port" || fail "the server $1 does not start"
	PORT[$1]=$(cat "$T/$1.port")
	URL[$1]=http://127.0.0.1:${PORT[$1]}
	SITES+=("$1=${URL[$1]}")
}

# asked NAME URI - how often that server was asked for it
asked() {
	if [ -e "$T/$1.answered" ]; then
		grep -cF " $2 " "$T/$1.answered"
	else
		requests "$1" | grep -cF " $2 "
	fi
}
