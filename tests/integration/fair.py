#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many connections of one user that ask for work, and one of another.

fair.py order|budget RUN PID CHAIN...

RUN is the directory of the sockets, PID the daemon's, CHAIN files of DER that make a
chain for localhost. "order" leaves it to the daemon's log to tell in what order it
answered; "budget" wants a daemon whose budget of work is 20,000 at once and 1,000 a second.
"""
import json
import os
import signal
import sys

from wire import TRUST, Daemon, as_user, chain_of, claim, fail, fill, ok, say

MANY, FEW = 20001, 20002
CONNECTIONS = 60


def question(chain, host):
    """Rejected: each for another host, so that none is answered as one before."""
    return {"chain": chain, "host": host, "purpose": "https"}


def message(chain, host):
    return json.dumps({"method": TRUST + "Verify", "parameters": question(chain, host)}).encode() + b"\0"


def connect(daemon, uid, count):
    with as_user(uid):
        peers = [daemon.connect() for _ in range(count)]
    for peer in peers:
        peer.call(TRUST + "Status")
    return peers


def check_order(daemon, chain):
    """All is said while the daemon is stopped: what it does first does not depend on us."""
    many = connect(daemon, MANY, CONNECTIONS)
    few = connect(daemon, FEW, 1)[0]
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        for i, peer in enumerate(many):
            for j in range(5):
                say(peer, message(chain, "many-%d-%d.example.com" % (i, j)))
        for j in range(5):
            say(few, message(chain, "few-%d.example.com" % j))
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    for peer in [few] + many:
        for _ in range(5):
            if peer.reply()[0]["verdict"]["result"] != "name-mismatch":
                fail("one of them has another answer")
    ok("all of them are answered")


def answers(peer):
    """How many are there now."""
    peer.socket.setblocking(False)
    try:
        while True:
            peer.rest += peer.socket.recv(1 << 16)
    except BlockingIOError:
        pass
    return peer.rest.count(b"\0")


def check_budget(daemon, chain):
    many = connect(daemon, MANY, CONNECTIONS)
    few = connect(daemon, FEW, 1)[0]
    for i, peer in enumerate(many):
        fill(peer, b"".join(message(chain, "m-%d-%d.example.com" % (i, j)) for j in range(20)))
    for i in range(10):
        few.call(TRUST + "Verify", question(chain, "few-%d.example.com" % i))
    for _ in range(50):
        few.call(TRUST + "Status")
    got = sum(answers(peer) for peer in many)
    # 20,000 of work is enough for twenty to fifty, whatever they cost exactly.
    if got > 200:
        fail("%d of %d calls were answered beyond the budget" % (got, 20 * CONNECTIONS))
    ok("a user over its budget waits (%d of %d calls were answered), and the other is answered" % (got, 20 * CONNECTIONS))
    with as_user(0):
        claim("so is root", "10.1.33.33", daemon.connect().call(TRUST + "Status")["firmware"])


if __name__ == "__main__":
    CHECK = {"order": check_order, "budget": check_budget}[sys.argv[1]]
    CHECK(Daemon(sys.argv[2], int(sys.argv[3])), chain_of(sys.argv[4:]))
