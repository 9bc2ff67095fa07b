#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # hashes have dollars
# certprovctl web-password: a line for the file of users, from standard input and from a
# terminal that does not show what is typed.
. "$(dirname "$0")/common.sh"
need python3
built certprovctl

ctl() {
	"$B/certprovctl" "$@"
}
from() {
	printf '%b' "$1" >"$T/input"
	shift
	ctl web-password "$@" <"$T/input"
}
LINE='^alice:look:\$y\$j9T\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{43}$'

status "a line is made" 0 from 'correct horse 7\n' alice --role look
matches "of name, role and a yescrypt hash" "$LINE" "$OUT"
first=$OUT
status "and another" 0 from 'correct horse 7' alice --role look
matches "without a line end too" "$LINE" "$OUT"
[ "$OUT" != "$first" ] || fail "two hashes have one salt"
ok "each has a salt of its own"
status "the other role" 0 from 'correct horse 7\nmore\n' a.B_c@d-9 --role change
matches "is in the line" '^a\.B_c@d-9:change:\$y\$' "$OUT"
status "as JSON" 0 from 'correct horse 7\n' alice --role look --json
matches "it is a member" '^\{"line":"alice:look:\$y\$[^"]*"\}$' "$OUT"

eight=abcdefgh
many=$(printf '%0256d' 7)
status "8 bytes are enough" 0 from "$eight\n" alice --role look
status "one less is not" 5 from "${eight%?}\n" alice --role look
matches "which is said" "8 to 256 bytes" "$OUT"
status "256 bytes are allowed" 0 from "$many\n" alice --role look
status "one more is not" 5 from "${many}1\n" alice --role look
status "nor is nothing" 5 from '' alice --role look
status "nor what no browser sends" 5 from 'correct\thorse\n' alice --role look
matches "which is said" "cannot be typed" "$OUT"
status "nor bytes that are no UTF-8" 5 from 'correct \xff horse\n' alice --role look
status "nor a zero byte" 5 from 'correct\0horse\n' alice --role look
status "umlauts are letters" 0 from 'k\xc3\xb6niglich\n' alice --role look

long=$(printf '%064d' 7)
status "a name has 64 characters" 0 from 'correct horse 7\n' "$long" --role look
status "and no more" 64 from 'correct horse 7\n' "${long}1" --role look
status "a colon is none of them" 64 from 'correct horse 7\n' a:b --role look
status "there is no third role" 64 from 'correct horse 7\n' alice --role admin
status "nor none" 64 from 'correct horse 7\n' alice

# typed WORD... - what a terminal shows when these lines are typed at web-password, and a
# line "status N echo on|off" for how it ended and what the terminal does then; the line
# INTERRUPT is Ctrl-C
typed() {
	/usr/bin/python3 - "$B/certprovctl" "$@" <<'PY'
import os, pty, signal, sys, termios
program, *lines = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program, "web-password", "alice", "--role", "look"])
signal.alarm(20)
shown = b""
prompts = [b"Password: ", b"Again: "]
for prompt, line in zip(prompts, lines):
    while prompt not in shown:
        shown += os.read(fd, 1024)
    os.write(fd, b"\x03" if line == "INTERRUPT" else line.encode() + b"\n")
try:
    while True:
        shown += os.read(fd, 1024)
except OSError:  # nobody has it open any more
    pass
_, status = os.waitpid(pid, 0)
echo = termios.tcgetattr(fd)[3] & termios.ECHO
print(shown.decode().replace("\r", ""))
print("status", os.waitstatus_to_exitcode(status), "echo", "on" if echo else "off")
PY
}
shown=$(typed 'correct horse 7' 'correct horse 7')
matches "at a terminal it is asked for twice" '^Password: $' "$(sed -n 1p <<<"$shown")"
matches "and the line is made" "$LINE" "$(sed -n 3p <<<"$shown")"
lacks "what is typed is not shown" horse "$shown"
matches "afterwards the terminal shows again" 'status 0 echo on' "$shown"
shown=$(typed 'correct horse 7' 'correct horse 8')
matches "two that differ are refused" 'not the same' "$shown"
matches "with a status" 'status 5 echo on' "$shown"
shown=$(typed INTERRUPT)
matches "whoever gives up finds the terminal as it was" 'status -2 echo on' "$shown"
