#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon is killed at every system call by which it installs a certificate of the
# phone, takes it back, or resets the phone: after the restart there is what was before or
# what was to come, whole, and the same can be done again.
# time limit: 500
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need strace
strace -o /dev/null true 2>/dev/null || skip "nothing can be traced here"
built certprovctl
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
export CERTPROV_RUNTIME_DIR=$RUN
ctl() {
	"$B/certprovctl" --timeout 20 "$@" 2>&1
}
KEYS=$STATE/keys

{ pki_init && pki_issue device-root device-root root; } || fail "no certificates"
for name in authority one bad; do make_certificate $name || fail "no certificates"; done
cp "$T/authority.pem" "$T/authorities.pem"
write_config '[identity]' "DeviceAuthorities=$PKI/device-root.pem"

# However this ends: strace alone would leave the daemon behind.
# shellcheck disable=SC2317,SC2046 # by the trap; one process or several
end_traced() {
	local status=$?
	[ -z "${PID[daemon]:-}" ] || kill $(cat "/proc/${PID[daemon]}/task/${PID[daemon]}/children") 2>/dev/null
	(exit $status)
	cleanup
}
trap end_traced EXIT

# next_certificate NAME - from a request of the phone
next_certificate() {
	ctl device csr --output "$T/$1.csr" >/dev/null || fail "no request $1"
	openssl x509 -req -in "$T/$1.csr" -CA "$PKI/device-root.pem" -CAkey "$PKI/device-root.key" \
		-CAcreateserial -days 365 -out "$T/$1.pem" 2>/dev/null || fail "no certificate $1"
}
# in_force - the fingerprint of what the phone shows
in_force() {
	ctl device show --json | python3 -c '
import json, sys
print(*[i["sha256"] for i in json.load(sys.stdin)["identities"] if i["inForce"]])'
}
fingerprint() {
	openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1
}
# The state to begin with: three certificates of the phone were issued, the third not
# installed yet; a distrust and a setting.
start_daemon
for name in first second; do
	next_certificate $name
	ctl device install "$T/$name.pem" >/dev/null || fail "the $name certificate is not installed"
done
next_certificate third
{ ctl distrust "$(sha256 "$T/bad.der")" && ctl set host_name_validation_flags 1; } >/dev/null ||
	fail "the store is not filled"
store=$(state_of store)
stop_daemon
cp -a "$STATE" "$T/before"
# For the reset with webserver_cert, which would hide the certificates above from the others.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=own -days 30 \
	-keyout "$T/own.key" -out "$T/own.pem" 2>/dev/null || fail "no certificate own"
cat "$T/own.key" "$T/own.pem" >"$T/webserver.pem"
start_daemon
ctl set webserver_cert "@$T/webserver.pem" >/dev/null || fail "webserver_cert is not set"
stop_daemon
cp -a "$STATE" "$T/before-reset"
first=$(fingerprint "$T/first.pem") second=$(fingerprint "$T/second.pem") third=$(fingerprint "$T/third.pem")

declare -A STARTS=()
is_ready() {
	{ wait_for 20 daemon_settled && alive daemon; } || fail "the daemon does not start"
}
# attempt CALL N COMMAND... - on the state to begin with, killed at the Nth such call after
# the daemon was ready; false when there is no Nth
attempt() {
	local call=$1 n=$2 before from=before
	shift 2
	[ "$1" != factory-reset ] || from='before-reset'
	rm -rf "$STATE" && cp -a "$T/$from" "$STATE"
	# Its start makes some of these calls; the files are the same each time, so it makes as many.
	before=${STARTS[$call $1]:-}
	if [ -z "$before" ]; then
		READY=$(said_ready)
		start daemon strace -f -qq -o "$T/trace" -e "trace=$call" "$B/certprovd" --config "$T/certprovd.conf"
		is_ready
		before=$(wc -l <"$T/trace")
		STARTS[$call $1]=$before
		stop_traced
		rm -rf "$STATE" && cp -a "$T/$from" "$STATE"
	fi
	READY=$(said_ready)
	start daemon strace -f -qq -o "$T/trace" -e "trace=$call" \
		-e "inject=$call:signal=SIGKILL:when=$((before + n))" "$B/certprovd" --config "$T/certprovd.conf"
	is_ready
	ctl "$@" >/dev/null
	wait_for 1 gone daemon || ctl status >/dev/null 2>&1 || wait_for 10 gone daemon
	if alive daemon; then
		stop_traced
		return 1
	fi
	stop daemon 2>/dev/null
	start_daemon
}
stop_traced() {
	# shellcheck disable=SC2046 # one process or several
	kill $(cat "/proc/${PID[daemon]}/task/${PID[daemon]}/children")
	wait_for 20 gone daemon || fail "the daemon does not stop"
	stop daemon
}

# every CHECK COMMAND... - killed at each call of each kind
every() {
	local check=$1 call i step
	shift
	old=0 new=0
	for call in fsync,fdatasync linkat,renameat,rename unlinkat,unlink pwrite64; do
		# Pages of the database are many, and none of them counts before it is flushed; most
		# files that a reset removes are not there.
		step=1
		[ $call != pwrite64 ] || step=9
		[ $call != unlinkat,unlink ] || step=3
		step=$((step * THINNED))
		for ((i = 1; ; i += step)); do
			attempt "$call" $i "$@" || break
			$check "$call $i" || fail "killed at $call $i of $1"
			stop_daemon
		done
	done
	[ $((old * new)) -gt 0 ] || fail "$*: $old kills left the old state and $new the new one"
	ok "$* killed at $((old + new)) calls: $old left what was, $new what was to come"
}

# After that it can be done again, from the request that waits or a new one.
can_go_on() {
	next_certificate again
	ctl device install "$T/again.pem" >/dev/null || fail "killed at $1, nothing can be installed any more"
	[ "$(in_force)" = "$(fingerprint "$T/again.pem")" ] || fail "killed at $1, the next one is not in force"
}
installed() {
	case $(in_force) in
	"$second") old=$((old + 1)) ;;
	"$third") new=$((new + 1)) ;;
	*) fail "killed at $1, the phone shows '$(in_force)'" ;;
	esac
	can_go_on "$1"
}
every installed device install "$T/third.pem"

taken_back() {
	case $(in_force) in
	"$second") old=$((old + 1)) ;;
	"$first") new=$((new + 1)) ;;
	*) fail "killed at $1, the phone shows '$(in_force)'" ;;
	esac
	can_go_on "$1"
}
every taken_back device rollback

reset_or_not() {
	local flags
	flags=$(ctl settings --json | grep -o '"name":"host_name_validation_flags"[^}]*')
	if [ "$(state_of store)" = "$store" ]; then
		old=$((old + 1))
		[[ $flags = *'"origin":"admin"'* && -e "$KEYS/webserver-a.pem" ]] || fail "killed at $1, half of it is reset"
	else
		new=$((new + 1))
		[[ $flags = *'"origin":"default"'* && ! -e "$KEYS/webserver-a.pem" ]] ||
			fail "killed at $1, half of it is reset"
		[ "$(in_force)" = "$second" ] || fail "killed at $1, the identity is lost"
	fi
	[ "$(state_of distrusted)" = 1 ] || fail "killed at $1, a distrust is lost"
	ctl factory-reset --yes >/dev/null || fail "killed at $1, the phone cannot be reset any more"
}
every reset_or_not factory-reset --yes
