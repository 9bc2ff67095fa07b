#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fetcher that talks nonsense, floods, hangs, dies, lies or is somebody else's costs
# the run and nothing else: the daemon answers meanwhile, the run fails with a reason,
# what is trusted stays as it was, and the next run is complete.
# time limit: 240
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
WRONG_CALLS=1
built certprov-fetch
hostile=$ROOT/tests/evil/hostile.py
longest_ms=$((1000 * ${TEST_TIME_FACTOR:-1}))

for name in authority good evil; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
limits=('[provisioning]' Documents=4 Certificates=50)
write_config "${limits[@]}"
start_daemon
good=$(certificates_in good | python3 -c 'import json, sys; print(json.dumps({"document": sys.stdin.read()}))')

# Everything that counts, in one text: a run that changed nothing leaves it as it is.
trusted() {
	ask trust.ListCertificates '{"list": "servers", "withDer": true}' -m |
		sed -E 's/"last(Run|Seen)": ?("[^"]*"|[0-9]+),? ?//g'
	ask admin.ListSettings
	ask admin.ListDistrusted '{}' -m
}

# complete SENTENCE - a run of the real fetcher
complete() {
	start_fetcher
	matches "$1" '"result": "complete"' "$(provision "$good")"
	stop fetcher
}

# reload LINE... - another configuration
reload() {
	write_config "$@"
	stop daemon
	start_daemon
}

# played GROUP REASON [REASON OF SCENARIO]... - each fails with this reason, and no harm
# is done; "NAME=REASON" is for one of them
played() {
	local group=$1 reason=$2 name result took accepted said one expected count=0
	shift 2
	before=$(trusted)
	mapfile -t names < <(python3 "$hostile" --list "$group")
	[ ${#names[@]} -gt 0 ] || fail "nothing in $group"
	python3 "$hostile" "$RUN" "$T/evil.der" "${names[@]}" >"$T/hostile.log" 2>&1 ||
		fail "$group: not played to the end"
	! grep -q '^!' "$T/hostile.log" || fail "$group: $(grep '^!' "$T/hostile.log")"
	while read -r name result took accepted said; do
		expected=$reason
		for one; do [ "${one%%=*}" != "$name" ] || expected=${one#*=}; done
		[ "$result" = failed ] || fail "$group, $name: the run is $result"
		[ "$took" -lt "$longest_ms" ] || fail "$group, $name: the daemon was silent for $took ms"
		[ "$accepted" = 0 ] || fail "$group, $name: $accepted accepted"
		grep -qE "$expected" <<<"$said" || fail "$group, $name: nothing like '$expected': $said"
		count=$((count + 1))
	done <"$T/hostile.log"
	equal "$group: each costs its run, with a reason" ${#names[@]} $count
	equal "$group: nothing else has changed" "$before" "$(trusted)"
	ok "$group: Status took $(awk '{ if ($3 > most) most = $3 } END { print most }' "$T/hostile.log") ms at most"
}

left='made a call that it is not allowed to make'
lost='ended before the run was finished'
late='The time limit of the run has passed'
complete "a run is complete"

played nonsense "$left|$lost"
complete "nonsense: and the next run is complete"
played floods "$left"
complete "floods: and the next run is complete"
reload
played 'full floods' "$left"
complete "full floods: and the next run is complete"
reload "${limits[@]}" TimeLimit=1s
played hangs "$late|$lost" never-calls="$late" never-finishes="$late" stays-after-finish=.
complete "hangs: and the next run is complete"
played deaths "$lost" finished-with-nothing-read=.
complete "deaths: and the next run is complete"
played lies "$left"
complete "lies: and the next run is complete"

# --- the key, which it can have used and cannot have ---

played 'no signing' "$left"
. "$ROOT/tests/pki/device-pki.sh"
PKI=$T/pki
device_pki_cas || fail "no device CAs"
device_pki_phone phone 000413AABBCC device-sha2 sha256 'EC -pkeyopt ec_paramgen_curve:P-256' ||
	fail "no certificate of a phone"
reload "${limits[@]}" '[identity]' "Sha2Certificate=$PKI/phone.pem" "Sha2Key=$PKI/phone.key"
played signing "$left" after-finish=.
matches "the last one is too many" 'more than 64 signatures' "$(cat "$T/daemon.log")"
complete "signing: and the next run is complete"

# --- what it claims, where claims are not believed ---

reload "${limits[@]}" '[bootstrap]' Bootstrap=pinned
played claims .
matches "what it offered without a digest is refused for its source" "unauthenticated-source|issuer-not-trusted" \
	"$(cat "$T/daemon.log")"
matches "a digest that is another's is found out" digest-mismatch "$(cat "$T/daemon.log")"
lacks "nothing of it was accepted" "$(sha256 "$T/evil.der")" "$(listed)"
complete "claims: and the next run is complete"

# --- somebody else's ---

if [ "$(id -u)" = 0 ]; then
	python3 "$hostile" --as 65534 "$RUN" "$T/evil.der" with-its-job >"$T/hostile.log" 2>&1
	matches "a listener of another user is no fetcher" '^with-its-job failed .*cannot be reached.*not permitted' \
		"$(cat "$T/hostile.log")"
	reload "${limits[@]}" '[fetch]' "User=$(getent passwd 65534 | cut -d : -f 1)"
	python3 "$hostile" --as 65534 "$RUN" "$T/evil.der" with-its-job >"$T/hostile.log" 2>&1
	matches "unless it is the one of the configuration" "^with-its-job failed .*$lost" "$(cat "$T/hostile.log")"
else
	ok "other users are not tried: only root can be one"
fi
stop daemon
equal "the daemon ends well after all that" 0 "$STATUS"
equal "and its database is whole" ok "$(python3 "$here/store.py" check "$STATE/trust.db")"
