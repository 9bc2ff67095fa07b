#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slow-server.py DIRECTORY DELAY-MS PORT-FILE LOG - files by HTTP/1.1 with connections that
stay, each answer so many milliseconds after its request, any number at a time. Each
answer is a line of LOG: seconds when the request had come, and when the answer was sent."""
import asyncio
import os
import sys
import time

directory, delay, port_file, log_name = sys.argv[1:]
log = open(log_name, "a", buffering=1)


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            came = time.monotonic()
            await asyncio.sleep(float(delay) / 1000)
            name = os.path.basename(head.split()[1].decode())
            with open(os.path.join(directory, name), "rb") as f:
                body = f.read()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            log.write("%.6f %.6f\n" % (came, time.monotonic()))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with open(port_file + ".new", "w") as f:
        f.write("%d\n" % server.sockets[0].getsockname()[1])
    os.rename(port_file + ".new", port_file)
    await server.serve_forever()


asyncio.run(main())
