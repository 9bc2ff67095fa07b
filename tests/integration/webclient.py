# SPDX-License-Identifier: Apache-2.0
"""A client of the certificates page without our code, for tests: bytes there, answers back.

Each connection may come from another address of loopback, so that what one did is not
held against another. Nothing here waits past its time.
"""
import contextlib
import http.cookies
import json
import os
import select
import socket
import ssl
import time

FACTOR = float(os.environ.get("TEST_TIME_FACTOR", "1"))
DEADLINE = 30 * FACTOR
# Those of the page are 120 and 30.
FRONTS_AT_ONCE, FRONTS_A_SECOND = 110, 29
WEB = "io.certprov.web."
GONE = (ConnectionResetError, BrokenPipeError, ssl.SSLError, ssl.SSLEOFError)
# In every answer, whoever gives it.
ALWAYS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy")


class Answer:
    def __init__(self, status, headers, body=b""):
        self.status = status
        self.headers = headers
        self.body = body
        self.of_head = False

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The name of an error, without the page's own prefix; None when it is none."""
        try:
            return self.json().get("error", "").removeprefix(WEB) or None
        except (ValueError, AttributeError):
            return None


class Connection:
    """One connection; plain when there is no TLS."""

    def __init__(self, connected, seconds=None):
        self.socket = connected
        self.socket.settimeout(seconds or DEADLINE)
        self.rest = b""

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def say(self, data):
        """All of it, or as much as the other side takes before it closes."""
        with contextlib.suppress(*GONE):
            self.socket.sendall(data)

    def more(self):
        """Read on; False at the end."""
        try:
            data = self.socket.recv(1 << 16)
        except GONE:
            return False
        self.rest += data
        return bool(data)

    def take(self, size):
        while len(self.rest) < size:
            if not self.more():
                raise EOFError
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def take_line(self):
        while b"\n" not in self.rest:
            if not self.more():
                raise EOFError
        line, self.rest = self.rest.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def head(self):
        """The head of the next answer, or None at the end."""
        while not self.rest:
            if not self.more():
                return None
        line = self.take_line()
        headers = {}
        while field := self.take_line():
            name, value = field.split(":", 1)
            if name.lower() in headers:
                raise ValueError("%s is there twice" % name)
            headers[name.lower()] = value.strip()
        lacking = [name for name in ALWAYS if name not in headers]
        if lacking:
            raise ValueError("%s without %s" % (line, lacking))
        return Answer(int(line.split(" ")[1]), headers)

    def chunks(self):
        while size := int(self.take_line(), 16):
            yield self.take(size)
            self.take_line()
        self.take_line()

    def answer(self, of_head=False):
        """The next answer with its body, or None at the end."""
        a = self.head()
        if a is None or of_head or a.status == 204:
            if a:
                a.of_head = of_head
            return a
        if a.headers.get("transfer-encoding") == "chunked":
            a.body = b"".join(self.chunks())
        elif "content-length" not in a.headers:
            while self.more():
                pass
            a.body, self.rest = self.rest, b""
        else:
            a.body = self.take(int(a.headers["content-length"]))
        return a

    def ask(self, *arguments, **named):
        self.say(request(*arguments, **named))
        return self.answer()

    def events(self):
        """Of a stream whose head has been read: (kind, object) each."""
        rest = b""
        for chunk in self.chunks():
            rest += chunk
            while b"\n\n" in rest:
                event, rest = rest.split(b"\n\n", 1)
                lines = dict(line.split(": ", 1) for line in event.decode().split("\n"))
                yield lines.get("event", "message"), json.loads(lines["data"])


def request(method="GET", path="/", headers=(), body=None, host="localhost"):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host]
    lines += ["%s: %s" % header for header in headers]
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines + ["", ""]).encode("latin-1") + (body or b"")


class Page:
    """Where the page is: HTTPS at a port of 127.0.0.1, and perhaps a front end's socket."""

    def __init__(self, port, authority, unix=None):
        self.port = int(port)
        self.unix = unix
        self.context = ssl.create_default_context(cafile=authority)
        self.session = None
        self.next = 0
        self.fronts, self.fronts_at = FRONTS_AT_ONCE, time.monotonic()

    def may_connect_in_front(self):
        now = time.monotonic()
        self.fronts = min(FRONTS_AT_ONCE, self.fronts + (now - self.fronts_at) * FRONTS_A_SECOND)
        self.fronts_at = now
        if self.fronts < 1:
            return False
        self.fronts -= 1
        return True

    def address(self):
        """Another one that has not been used for long."""
        self.next += 1
        return "127.1.%d.%d" % (self.next // 250 % 250, 1 + self.next % 250)

    def tcp(self, address=None, receive_bytes=None):
        s = socket.socket()
        s.settimeout(DEADLINE)
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.bind((address or self.address(), 0))
        s.connect(("127.0.0.1", self.port))
        return s

    def connect(self, address=None, fresh=False, receive_bytes=None):
        """By TLS; fresh costs the daemon a signature, otherwise a session is resumed."""
        s = self.tcp(address, receive_bytes)
        try:
            tls = self.context.wrap_socket(
                s, server_hostname="localhost", session=None if fresh else self.session)
        except BaseException:
            s.close()
            raise
        return Connection(tls)

    def begin(self):
        """Have a session to resume: its ticket comes with the first answer."""
        c = self.connect(fresh=True)
        a = c.ask()
        self.session = c.socket.session
        c.close()
        return a

    def front(self):
        """No faster than a front end may connect, however fast this machine is."""
        while not self.may_connect_in_front():
            select.select([], [], [], 0.01)
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(DEADLINE)
        s.connect(self.unix)
        return Connection(s)


class Browser:
    """A user's connection, cookie and token."""

    def __init__(self, page, address=None):
        self.page = page
        self.address = address or page.address()
        self.connection = page.connect(self.address)
        self.host = "localhost:%d" % page.port
        self.cookie = None
        self.token = None

    def headers(self, **other):
        """Those that a browser sends; a name given here has another value, or with None none."""
        headers = {"Content-Type": "application/json", "Origin": "https://" + self.host}
        headers["Cookie"] = self.cookie and "certprov_session=" + self.cookie
        headers["X-CSRF-Token"] = self.token
        headers.update({name.replace("_", "-"): value for name, value in other.items()})
        return [(name, value) for name, value in headers.items() if value is not None]

    def ask(self, method, path, value=None, body=None, **headers):
        if value is not None:
            body = json.dumps(value).encode()
        return self.connection.ask(method, path, self.headers(**headers), body, self.host)

    def sign_in(self, user, password):
        a = self.ask("POST", "/session", {"user": user, "password": password})
        if a and a.status == 200:
            self.cookie = http.cookies.SimpleCookie(a.headers["set-cookie"])["certprov_session"].value
            self.token = a.json()["csrf"]
        return a

    def call(self, method, parameters=None, body=None, **headers):
        return self.ask("POST", "/call/io.certprov." + method, None if body is not None else parameters or {}, body, **headers)

    def begin_stream(self, method, parameters=None, connection=None):
        """On a connection of its own, which is returned."""
        c = connection or self.page.connect(self.address)
        c.say(request("POST", "/call/io.certprov." + method, self.headers(Accept="text/event-stream"),
                      json.dumps(parameters or {}).encode(), self.host))
        return c

    def close(self):
        self.connection.close()
