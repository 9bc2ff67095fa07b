#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# format.sh - verify-cases reads any file of its format, however it is written, and
# answers every case in it; certificates are made here.
# shellcheck source=tests/integration/common.sh
. "$(dirname "$0")/../integration/common.sh"
cases=$B/tests/corpora/verify-cases
built tests/corpora/verify-cases
need openssl

pki_init || fail "no PKI"
pki_issue root - root || fail "no root"
pki_issue other - root || fail "no other root"
pki_issue ca root ca || fail "no CA"
pki_issue server ca server 'DNS:pbx.example.com,IP:192.0.2.1,IP:2001:db8::1' || fail "no server"
pki_issue client ca client 'DNS:a.example.com,DNS:b.example.com,email:me@example.com' || fail "no client"
PKI_EXTRA='extendedKeyUsage = emailProtection' pki_issue mail ca leaf 'email:me@example.com' || fail "no mail"
PKI_EXTRA='certificatePolicies = 1.2.3' pki_issue policed root server 'DNS:pbx.example.com' || fail "no policed"
PKI_EXTRA="nsComment = $(head -c 45000 /dev/zero | tr '\0' x)" pki_issue long ca server 'DNS:pbx.example.com' ||
	fail "no long certificate"

# cert NAME - its base64 on one line
cert() { base64 -w0 "$PKI/$1.der"; }
: >"$T/flat" && : >"$T/expected"

# kase ANSWER ID LINE... - a case; @NAME in a line is a certificate
kase() {
	local line name
	printf '%s\t%s\n' "$2" "$1" >>"$T/expected"
	printf 'ID %s\n' "$2" >>"$T/flat"
	shift 2
	for line; do
		case $line in
		?' @'*) name=${line#* @} && printf '%s %s\n' "${line%% *}" "$(cert "$name")" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done >>"$T/flat"
	echo END >>"$T/flat"
}
chain=('T @root' 'U @ca' 'L @server')
later=$(($(date +%s) + 5 * 365 * 86400))

kase trusted plain 'KIND SERVER' 'HOST DNS pbx.example.com' "${chain[@]}"
kase trusted any-order 'L @server' 'U @ca' 'HOST DNS pbx.example.com' 'T @root' 'EXPECT FAILURE' 'KIND SERVER'
kase trusted no-host 'KIND SERVER' "${chain[@]}"
kase trusted no-kind "${chain[@]}"
kase name-mismatch other-host 'HOST DNS pbx.example.org' "${chain[@]}"
kase trusted ipv4 'HOST IP 192.0.2.1' "${chain[@]}"
kase trusted ipv6 'HOST IP 2001:DB8:0::1' "${chain[@]}"
kase name-mismatch other-ip 'HOST IP 192.0.2.2' "${chain[@]}"
kase trusted address-as-dns 'HOST DNS 192.0.2.1' "${chain[@]}"
kase host-invalid blank-host 'HOST DNS  pbx.example.com' "${chain[@]}"
kase host-invalid no-host-value 'HOST DNS' "${chain[@]}"
kase name-mismatch name-as-ip 'HOST IP pbx.example.com' "${chain[@]}"
kase name-mismatch unknown-host-kind 'HOST URI sip:pbx.example.com' "${chain[@]}"
kase name-mismatch two-hosts 'HOST DNS pbx.example.com' 'HOST DNS pbx.example.org' "${chain[@]}"
kase trusted two-good-hosts 'HOST DNS pbx.example.com' 'HOST IP 192.0.2.1' "${chain[@]}"
kase not-for-servers client-as-server 'T @root' 'U @ca' 'L @client'
kase trusted client 'KIND CLIENT' 'HOST DNS a.example.com' 'HOST DNS b.example.com' 'HOST RFC822 me@example.com' \
	'T @root' 'U @ca' 'L @client'
kase name-mismatch client-lacks-one 'KIND CLIENT' 'HOST DNS a.example.com' 'HOST DNS c.example.com' \
	'T @root' 'U @ca' 'L @client'
kase name-mismatch other-mail 'KIND CLIENT' 'HOST RFC822 you@example.com' 'T @root' 'U @ca' 'L @client'
kase trusted no-purpose 'KIND NONE' 'T @root' 'U @ca' 'L @client'
kase not-for-servers server-as-client 'KIND CLIENT' "${chain[@]}"
kase not-for-servers eku-over-kind 'KIND SERVER' 'EKU clientAuth' "${chain[@]}"
kase not-for-servers both-ekus 'EKU serverAuth' 'EKU clientAuth' "${chain[@]}"
kase trusted any-eku 'EKU anyExtendedKeyUsage' 'T @root' 'U @ca' 'L @client'
kase trusted mail-eku 'EKU emailProtection' 'T @root' 'U @ca' 'L @mail'
kase not-for-servers not-mail-eku 'EKU emailProtection' 'T @root' 'U @ca' 'L @client'
kase trusted depth-1 'DEPTH 1' "${chain[@]}"
kase path-too-long depth-0 'DEPTH 0' "${chain[@]}"
kase trusted depth-huge 'DEPTH 18446744073709551615' "${chain[@]}"
kase expired later "TIME $later" "${chain[@]}"
kase not-yet-valid 1970 'TIME 0' "${chain[@]}"
kase not-yet-valid before-1970 'TIME -5' "${chain[@]}"
kase expired fraction "TIME $later.75" "${chain[@]}"
kase policy-missing policy 'EXPLICIT 1' 'POLICY 1.2.4' 'T @root' 'L @policed'
kase trusted its-policy 'EXPLICIT 1' 'POLICY 1.2.3' 'MAPINH 1' 'ANYINH 1' 'T @root' 'L @policed'
kase trusted no-policy 'EXPLICIT 0' "${chain[@]}"
kase trusted unknown-keyword 'FUTURE 1 2 3' 'TAG x' 'C MIIB' '' '# remark' "${chain[@]}"
kase issuer-not-trusted nothing-trusted 'U @ca' 'L @server'
kase issuer-not-trusted other-root 'T @other' 'U @ca' 'L @server'
kase issuer-not-trusted no-issuer 'T @root' 'L @server'
kase trusted leaf-as-anchor 'HOST DNS pbx.example.com' 'T @server' 'L @server'
kase trusted ca-as-anchor 'T @ca' 'L @server'
kase trusted twice 'T @root' "${chain[@]}" 'U @ca' 'U @server'
kase trusted junk-beside 'T @root' 'U AAAA' 'U' 'U no base64' 'T AAAA' 'T' "${chain[@]}"
kase not-der junk-leaf 'T @root' 'L AAAA'
kase not-der empty-leaf 'T @root' 'L'
kase not-der no-leaf 'T @root' 'U @ca'
kase not-der no-base64 'T @root' 'L !!!!'
kase malformed damaged-leaf 'T @root' 'L MAA='
kase trailing-data trailing "T @root" "L $(cat "$PKI/server.der" <(printf '\0\0') | base64 -w0)"
kase trusted padded "T $(cert root) " "U $(cert ca)"$'\t' "L $(cert server)  "
kase trusted long-line 'T @root' 'U @ca' 'L @long'
kase trusted 'blank::in id' "${chain[@]}"

# answers WHAT FILE ARGUMENT... - as expected, status 0
answers() {
	local what=$1 file=$2
	shift 2
	timeout 60 "$cases" "$@" "$file" >"$T/answers" 2>"$T/cases.log" || fail "$what: status $?"
	[ ! -s "$T/cases.log" ] || fail "$what: complaints"
	diff "$T/expected" "$T/answers" || fail "$what"
	ok "$what"
}
answers "every case of every kind gets its answer" "$T/flat"
answers "the profile may be said" "$T/flat" --profile compatible
answers "also with an equals sign" "$T/flat" --profile=compatible
answers "lines may end as DOS ends them" <(sed 's/$/\r/' "$T/flat")
answers "the last line may lack its end" <(head -c -1 "$T/flat")
answers "a byte order mark is no part of the first line" <(printf '\xef\xbb\xbf' && cat "$T/flat")
answers "lines between cases do not matter" <(sed 's/^ID/\nHOST DNS stray\nEND\n# remark\nID/' "$T/flat")
equal "standard input is a file, too" "$(cat "$T/expected")" "$("$cases" - <"$T/flat")"
equal "an empty file has no answers" "" "$("$cases" /dev/null && echo)"

line=$(awk '{ print length }' "$T/flat" | sort -n | tail -n 1)
[ "$line" -gt 60000 ] || fail "the longest line has $line bytes"
{
	printf 'ID very-long\nTIME 1\nT '
	head -c 3000000 /dev/zero | tr '\0' A
	printf '\nU %s\nL %s\nEND\n' "$(head -c 3000000 /dev/zero | base64 -w0)" "$(cert server)"
} >"$T/long"
equal "lines of megabytes are read" $'very-long\tbudget' "$("$cases" "$T/long")"
equal "a zero byte does not shorten a host" $'zero\thost-invalid' \
	"$(printf 'ID zero\nT %s\nU %s\nL %s\nHOST DNS pbx.example.com\0.evil.org\nEND\n' \
		"$(cert root)" "$(cert ca)" "$(cert server)" | "$cases" -)"

# Strict is another answer: no common name.
PKI_SUBJECT=/CN=pbx.example.com pki_issue named root server || fail "no named"
printf 'ID cn\nHOST DNS pbx.example.com\nT %s\nL %s\nEND\n' "$(cert root)" "$(cert named)" >"$T/cn"
equal "the common name counts in compatible" $'cn\ttrusted' "$("$cases" "$T/cn")"
equal "and not in strict" $'cn\tname-mismatch' "$("$cases" --profile strict "$T/cn")"
equal "however it is spelt" $'cn\tname-mismatch' "$("$cases" "$T/cn" --profile=strict)"

# complains WHAT STATUS ANSWERS LINE... - a damaged file: answers, a complaint, and this status
complains() {
	local what=$1 status=$2 expected=$3 got
	shift 3
	printf '%s\n' "$@" >"$T/damaged"
	got=$("$cases" "$T/damaged" 2>"$T/cases.log")
	equal "$what: status" "$status" "$?"
	equal "$what: answers" "$expected" "$got"
	grep -q '^verify-cases: line [0-9]*: .' "$T/cases.log" || fail "$what: no complaint"
}
complains "a case without END" 1 $'a\tnot-der' 'ID a' 'L AAAA'
complains "a case within a case" 1 $'a\tnot-der\nb\tnot-der' 'ID a' 'L AAAA' 'ID b' 'L AAAA' 'END'
complains "a time that is none" 1 $'a\tnot-der' 'ID a' 'TIME now' 'L AAAA' 'END'
complains "a depth that is none" 1 $'a\tnot-der' 'ID a' 'DEPTH -1' 'L AAAA' 'END'

for arguments in '' '--profile' '--profile lax x' '--profile=lax x' '--unknown x' 'x y'; do
	# shellcheck disable=SC2086 # words
	"$cases" $arguments >/dev/null 2>&1
	equal "wrong usage: '$arguments'" 2 "$?"
done
"$cases" "$T/missing" >/dev/null 2>&1
equal "a file that is not there" 1 "$?"
