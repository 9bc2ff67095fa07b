#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who asks for snapshots and does not read them, while others are served.

unread.py RUN PID FINGERPRINT

RUN is the directory of the sockets, PID the daemon's, FINGERPRINT is of one of the two
certificates it has and exports.
"""
import contextlib
import os
import socket
import sys

from varlink import Peer
from wire import DEADLINE, TRUST, Daemon, as_user, claim, fail, fill, ok

STRANGER = 20001
CALLS = 2000
SNAPSHOT = b'{"method":"io.certprov.trust.Snapshot"}\0'
ADMIN = "io.certprov.admin."


def ask_without_reading(daemon, count):
    with as_user(STRANGER if os.getuid() == 0 else os.getuid()):
        peers = [daemon.connect() for _ in range(count)]
    for peer in peers:
        peer.asked = fill(peer, SNAPSHOT * CALLS) // len(SNAPSHOT)
    return peers


def exported(run):
    with open(os.path.join(run, "export", "ca-bundle.pem"), encoding="ascii") as f:
        return f.read().count("BEGIN CERTIFICATE")


def heard(peer):
    """Answers on a connection, each with a descriptor, until all that was asked for is there."""
    data, fds = b"", 0
    while data.count(b"\0") < peer.asked:
        more, received, _, _ = socket.recv_fds(peer.socket, 1 << 16, 16)
        if not more:
            fail("the connection ended after %d answers" % data.count(b"\0"))
        data += more
        fds += len(received)
        for fd in received:
            os.close(fd)
    return fds


def main(run, pid, fingerprint):
    daemon = Daemon(run, int(pid))
    with contextlib.closing(daemon.connect()) as peer:
        # The one that all are given is made now.
        peer.call(TRUST + "Snapshot")
        peer.call(TRUST + "Status")
        idle = daemon.descriptors()
        peers = ask_without_reading(daemon, 3)
        # A round of the loop each at least: whatever will be answered is.
        for _ in range(CALLS + 100):
            peer.call(TRUST + "Status")
        claim("three that do not read cost a descriptor each, their own", idle + 3, daemon.descriptors())
    with contextlib.closing(daemon.connect()) as late:
        claim("who comes later is answered", "10.1.33.33", late.call(TRUST + "Status")["firmware"])
    with contextlib.closing(Peer(daemon.admin, DEADLINE)) as admin:
        claim("two certificates are exported", 2, exported(run))
        admin.call(ADMIN + "Distrust", {"kind": "certificate", "sha256": fingerprint})
        claim("an admin is served, and what is exported follows", 1, exported(run))
        admin.call(ADMIN + "LiftDistrust", {"kind": "certificate", "sha256": fingerprint})
        claim("and again", 2, exported(run))
    claim("a client that reads late gets what it asked for", [p.asked for p in peers], [heard(p) for p in peers])
    for peer in peers:
        peer.close()
    ok("%d were asked for by each" % peers[0].asked)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
