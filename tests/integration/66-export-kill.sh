#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon is killed at every system call that touches what it exports, and each of them
# fails once: a reader finds the former certificates or the new ones, whole,
# and a failure is said, and made up for.
# time limit: 240
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
need strace
strace -o /dev/null true 2>/dev/null || skip "nothing can be traced here"
# No leaks are looked for where another traces.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
OWN=$RUN/daemon
EXPORT=$OWN/export

for name in a b; do make_certificate $name || fail "no certificates"; done
use() {
	cp "$T/$1.pem" "$T/authorities.pem"
}
use a
write_config
start_daemon
equal "there is an export to begin with" "$(sha256 "$T/a.pem")" "$(sha256 "$EXPORT/cafile.pem")"
stop_daemon

# --- a reader that never stops ---

cat >"$T/reader.py" <<'PYTHON'
"""Reads the files through the link until told to stop; prints how often, and what was wrong."""
import os, sys
directory, stop, *good = sys.argv[1:]
good = [open(path, "rb").read() for path in good]
count, wrong = 0, []
while not os.path.exists(stop) and len(wrong) < 10:
    for name in ("ca-bundle.pem", "cafile.pem"):
        try:
            with open(os.path.join(directory, name), "rb") as f:
                text = f.read()
            if text not in good:
                wrong.append("%s has %d bytes" % (name, len(text)))
        except OSError as e:
            wrong.append(str(e))
        count += 1
print("read", "often" if count > 100 else count, "wrong", len(wrong), *wrong, flush=True)
PYTHON
start reader python3 "$T/reader.py" "$RUN/export" "$T/enough" "$T/a.pem" "$T/b.pem"

# --- the calls that touch it ---

paths=(-P "$OWN" -P "$EXPORT" -P "$EXPORT.new" -P "$EXPORT.changed")
for ((i = 1; i <= 200; i++)); do paths+=(-P "$EXPORT.$i" -P "$EXPORT.$i/ca-bundle.pem"); done

# However this ends: strace alone would leave the daemon behind.
# shellcheck disable=SC2317,SC2046 # by the trap; one process or several
end_traced() {
	local status=$?
	[ -z "${PID[daemon]:-}" ] || kill $(cat "/proc/${PID[daemon]}/task/${PID[daemon]}/children") 2>/dev/null
	(exit $status)
	cleanup
}
trap end_traced EXIT

# traced INJECTION - a daemon with that; back when it is ready or gone
traced() {
	READY=$(said_ready)
	start daemon strace -f -qq -o "$T/trace" "${paths[@]}" -e "inject=$1" \
		"$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 daemon_settled || fail "the daemon is neither ready nor gone"
}
target() {
	sha256 "$EXPORT/ca-bundle.pem"
}
# The daemon itself is stopped: where strace is, it may live on for a moment.
stop_traced() {
	# shellcheck disable=SC2046 # one process or several
	kill $(cat "/proc/${PID[daemon]}/task/${PID[daemon]}/children")
	wait_for 20 gone daemon || fail "the daemon does not stop"
	stop daemon
}
# use_other - than what is exported; NOW is which
use_other() {
	if [ "$(target)" = "$(sha256 "$T/a.pem")" ]; then NOW=b; else NOW=a; fi
	use $NOW
}

# --- killed at each of them ---

turned=0 kills=0
# killed_at CALL N - at its Nth; false when there is no such
killed_at() {
	local link
	use_other
	rm -f "$EXPORT.changed"
	link=$(readlink "$EXPORT")
	traced "$1:signal=SIGKILL:when=$2"
	! alive daemon || return
	stop daemon 2>/dev/null
	[ "$STATUS" = 137 ] || fail "killed at $1 $2, it ended by itself: $STATUS"
	kills=$((kills + 1))
	[ -s "$EXPORT/cafile.pem" ] || fail "killed at $1 $2, there is nothing to read"
	[ "$(readlink "$EXPORT")" != "$link" ] || return 0
	turned=$((turned + 1))
	[ -e "$EXPORT.changed" ] || fail "killed at $1 $2, nobody is told of the change"
}
for call in mkdirat openat write linkat fsync close symlinkat renameat unlinkat getdents64; do
	for ((i = 1; ; i += THINNED)); do killed_at $call $i || break; done
	stop_traced
	[ $i -gt 1 ] || fail "never killed at $call"
	ok "killed at $(((i - 1) / THINNED)) of $((i - 1)) calls of $call"
done
case $turned in 0 | "$kills") fail "$turned of $kills kills after the link was turned" ;; esac
ok "$turned of $kills kills were after the link was turned"
start_daemon
equal "a start that is not killed exports what is trusted" "$(sha256 "$T/authorities.pem")" "$(target)"
equal "and leaves the link, and two generations at most" "0 yes" \
	"$(find "$OWN" -name 'export.new' | wc -l) $([ "$(find "$OWN" -name 'export.[0-9]*' | wc -l)" -le 2 ] && echo yes)"
stop_daemon

# --- each of them fails once ---

made_up() {
	[ "$(target)" = "$(sha256 "$T/$NOW.pem")" ] &&
		! grep -q '"export-failed"' <<<"$(state_of concerns)"
}
while read -r call error text; do
	use_other
	traced "$call:error=$error:when=1"
	alive daemon || fail "it does not start when $call fails"
	matches "$call fails, and that is said" "cannot export the trusted CA certificates to .*: $text; the files exported before stay" \
		"$(tail -n 8 "$T/daemon.log")"
	wait_for 20 made_up || fail "it is not tried again after $call: $(state_of concerns)"
	[ -e "$EXPORT.changed" ] || fail "nobody is told of the change"
	ok "and made up for"
	stop_traced
done <<'CALLS'
mkdirat ENOSPC No space left on device
write ENOSPC No space left on device
linkat EPERM Operation not permitted
fsync EIO Input/output error
symlinkat ENOSPC No space left on device
renameat EIO Input/output error
CALLS

# --- and who read all the time ---

: >"$T/enough"
wait_for 20 gone reader || fail "the reader does not end"
equal "a reader always found whole files" "read often wrong 0" "$(cat "$T/reader.log")"
stop reader
