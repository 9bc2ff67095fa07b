#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slow-server.py DIRECTORY DELAY-MS PORT-FILE LOG - files by HTTP/1.1 with connections that
stay, each answer so many milliseconds after its request, any number at a time. Each
answer is a line of LOG: seconds when the request had come, and when the answer was sent.
A thread for each connection, as asyncio wakes up to a millisecond late."""
import os
import socketserver
import sys
import time

directory, delay, port_file, log_name = sys.argv[1:]
log = open(log_name, "a", buffering=1)


def head_of(stream):
    """The request line; None at the end of the connection."""
    first = line = stream.readline()
    while line not in (b"\r\n", b""):
        line = stream.readline()
    return first if line else None


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        try:
            self.answer_all()
        except ConnectionError:
            pass  # its peer has gone

    def answer_all(self):
        while True:
            head = head_of(self.rfile)
            if head is None:
                return
            came = time.monotonic()
            name = os.path.basename(head.split()[1].decode())
            with open(os.path.join(directory, name), "rb") as f:
                body = f.read()
            time.sleep(max(0, came + float(delay) / 1000 - time.monotonic()))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            log.write("%.6f %.6f\n" % (came, time.monotonic()))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", 0), Connection) as server:
    with open(port_file + ".new", "w") as f:
        f.write("%d\n" % server.server_address[1])
    os.rename(port_file + ".new", port_file)
    server.serve_forever()
