#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A daemon that is late: passes calls on to another socket, one after the other.

late.py SOCKET UPSTREAM [METHOD=SECONDS...]

A METHOD named without its interface is passed on so much later, unless who called has gone.
Each such call is a line on standard output.
"""
import select
import socket
import sys
import threading


def message(peer, rest):
    """The next one and what is behind it; None at the end."""
    while b"\0" not in rest:
        data = peer.recv(65536)
        if not data:
            return None, rest
        rest += data
    first, _, rest = rest.partition(b"\0")
    return first + b"\0", rest


def is_gone_before(peer, seconds):
    readable, _, _ = select.select([peer], [], [], seconds)
    return bool(readable)


def serve(peer, upstream, delays):
    calls = answers = b""
    with peer, socket.socket(socket.AF_UNIX) as daemon:
        daemon.connect(upstream)
        while True:
            call, calls = message(peer, calls)
            if call is None:
                return
            for method, seconds in delays.items():
                if b'.%s"' % method in call:
                    print(method.decode(), flush=True)
                    if is_gone_before(peer, seconds):
                        return
            daemon.sendall(call)
            answer, answers = message(daemon, answers)
            if answer is None:
                return
            peer.sendall(answer)


def main():
    path, upstream, *late = sys.argv[1:]
    delays = {}
    for entry in late:
        method, _, seconds = entry.partition("=")
        delays[method.encode()] = float(seconds)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=serve, args=(peer, upstream, delays), daemon=True).start()


if __name__ == "__main__":
    main()
