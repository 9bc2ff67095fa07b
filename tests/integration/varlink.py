#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Varlink peer without our code, for tests.

varlink.py [-m | -f] [-t SECONDS] [-g PATH] SOCKET METHOD [PARAMETERS]

prints the parameters of every reply, one JSON object a line; with -g only what
stands under this path (result.name), where there is something. -m asks for more
than one reply, -f as well, and waits for the first alone. An error is printed as "error NAME PARAMETERS", status 1; no
answer in time is status 2.
"""
import argparse
import json
import os
import socket
import sys
import time


class Error(Exception):
    def __init__(self, name, parameters):
        super().__init__("%s %s" % (name, json.dumps(parameters)))
        self.name = name
        self.parameters = parameters


class Peer:
    """One connection, either end of it. Nothing here waits past its time."""

    def __init__(self, where, seconds=10):
        if isinstance(where, socket.socket):
            self.socket = where
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(seconds)
            self.socket.connect(where)
        self.socket.settimeout(seconds)
        self.rest = b""

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, method, parameters=None, **flags):
        message = {"method": method, "parameters": parameters or {}, **flags}
        self.send_raw(json.dumps(message).encode() + b"\0")

    def receive(self):
        """The next message, or None at the end of the connection."""
        while b"\0" not in self.rest:
            data = self.socket.recv(1 << 16)
            if not data:
                return None
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def reply(self):
        message = self.receive()
        if message is None:
            raise EOFError("the connection ended")
        if "error" in message:
            raise Error(message["error"], message.get("parameters"))
        return message.get("parameters", {}), message.get("continues", False)

    def call(self, method, parameters=None):
        self.send(method, parameters)
        return self.reply()[0]

    def more(self, method, parameters=None):
        self.send(method, parameters, more=True)
        continues = True
        while continues:
            parameters, continues = self.reply()
            yield parameters

    def close(self):
        self.socket.close()


def dig(value, path):
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def show(parameters, path):
    value = parameters if path is None else dig(parameters, path)
    if value is None and path is not None:
        return
    print(value if isinstance(value, str) else json.dumps(value, sort_keys=True), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", "--more", action="store_true")
    parser.add_argument("-f", "--first", action="store_true")
    parser.add_argument("-t", "--time", type=float, default=20)
    parser.add_argument("-g", "--get")
    parser.add_argument("socket")
    parser.add_argument("method")
    parser.add_argument("parameters", nargs="?", default="{}")
    a = parser.parse_args()
    parameters = json.loads(a.parameters)
    factor = float(os.environ.get("TEST_TIME_FACTOR", "1"))
    try:
        peer = Peer(a.socket, a.time * factor)
        if a.first:
            show(next(peer.more(a.method, parameters)), a.get)
        elif a.more:
            for reply in peer.more(a.method, parameters):
                show(reply, a.get)
        else:
            show(peer.call(a.method, parameters), a.get)
    except Error as e:
        print("error", e)
        return 1
    except (OSError, EOFError) as e:
        print("no answer:", e or type(e).__name__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
