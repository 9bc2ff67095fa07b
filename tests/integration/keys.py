#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the identity socket gives to whom, as a process of some user and groups.

keys.py SOCKET UID GIDS COMMAND [ARGUMENT...]

GIDS: the primary group, and supplementary ones after it, with commas between; UID and
GIDS are "-" for those of the caller. Commands:

    key ROLE OUT            GetKey into a file; prints its seals, and whether it can be changed
    unread COUNT            so many calls of GetKey, then a look at how many were answered
                            while nothing was read; then all are read
    call METHOD             without parameters; prints the reply
    sign SCHEME DIGEST OUT  a digest in hex, the signature into a file
    busy COUNT SCHEME       so many signatures at once; prints "asked", and in the end how many
                            milliseconds it took until all were there
"""
import base64
import fcntl
import json
import os
import select
import socket
import sys
import time

from varlink import Error, Peer

INTERFACE = "io.certprov.identity."
SEALS = {"seal": 1, "shrink": 2, "grow": 4, "write": 8}
GET_KEY = b'{"method":"io.certprov.identity.GetKey","parameters":{"role":"client"}}\0'


def become(uid, gids):
    if gids != "-":
        numbers = [int(g) for g in gids.split(",")]
        os.setgroups(numbers[1:])
        os.setresgid(*[numbers[0]] * 3)
    if uid != "-":
        os.setresuid(*[int(uid)] * 3)


def receive(peer):
    data, fds, _, _ = socket.recv_fds(peer.socket, 1 << 16, 4)
    return data, fds


def get_key(peer, role, out):
    peer.send(INTERFACE + "GetKey", {"role": role})
    data, fds = receive(peer)
    message = json.loads(data.rstrip(b"\0"))
    if "error" in message:
        print(message["error"], len(fds))
        return
    seals = fcntl.fcntl(fds[0], fcntl.F_GET_SEALS)
    try:
        os.pwrite(fds[0], b"x", 0)
        changed = "changed"
    except PermissionError:
        changed = "unchangeable"
    key = os.read(fds[0], 1 << 20)
    with open(out, "wb") as f:
        f.write(key)
    print(" ".join(name for name, bit in SEALS.items() if seals & bit), changed,
          "right-size" if len(key) == message["parameters"]["size"] else "wrong-size")


def unread(peer, count):
    peer.send_raw(GET_KEY * count)
    # The first is answered, and no other before it is read: what can be read stays one message.
    select.select([peer.socket], [], [], 20)
    other = Peer(peer.socket.getpeername())
    for _ in range(5):
        other.call(INTERFACE + "ListIdentities")
    waiting = peer.socket.recv(1 << 16, socket.MSG_PEEK).count(b"\0")
    total = fds = 0
    while total < count:
        data, received = receive(peer)
        total += data.count(b"\0")
        fds += len(received)
        for fd in received:
            os.close(fd)
    print("unread %d, in all %d with %d descriptors" % (waiting, total, fds))


def sign(peer, scheme, digest, out):
    reply = peer.call(INTERFACE + "Sign", {
        "role": "client", "scheme": scheme,
        "digest": base64.b64encode(bytes.fromhex(digest)).decode()})
    with open(out, "wb") as f:
        f.write(base64.b64decode(reply["signature"]))


def busy(peer, count, scheme):
    digest = base64.b64encode(bytes(32)).decode()
    began = time.monotonic()
    for _ in range(count):
        peer.send(INTERFACE + "Sign", {"role": "client", "scheme": scheme, "digest": digest})
    print("asked", flush=True)
    for _ in range(count):
        peer.reply()
    print(int((time.monotonic() - began) * 1000), flush=True)


def main():
    where, uid, gids, command, *arguments = sys.argv[1:]
    become(uid, gids)
    peer = Peer(where, 60)
    try:
        if command == "key":
            get_key(peer, *arguments)
        elif command == "unread":
            unread(peer, int(arguments[0]))
        elif command == "call":
            print(json.dumps(peer.call(INTERFACE + arguments[0], {})))
        elif command == "sign":
            sign(peer, *arguments)
        elif command == "busy":
            busy(peer, int(arguments[0]), arguments[1])
        else:
            raise SystemExit(__doc__)
    except Error as e:
        print(e)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
