#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What strangers may do to the certificates page, while a browser that behaves is served.

webhostile.py PID PORT AUTHORITY FRONT-END LOG SLOW-PID SLOW-PORT SLOW-FRONT-END DAEMON-PID PASSWORD ALLOWED

PID is of a certprov-web with HTTPS at PORT, a front end's socket and a LOG; AUTHORITY is
what its certificate is of. A second one, at SLOW-PORT, is for those who take their time:
they begin first and are looked at last, so that nobody waits for them. Users are alice,
who may change, bob, who may look, and u0 to u8, all with one PASSWORD; ALLOWED is what
they may call, as certprov-web --print-openapi says it.

Each row of the table is a deed, and what has to become of it: the status and the error
that is answered, and whether the connection is then open or closed. A row is printed with
the milliseconds it took: nothing passes or fails by these, but for the limits that are
times themselves.
"""
import contextlib
import itertools
import os
import select
import socket
import ssl
import sys
import threading
import time

import webcrowd
import webusers
from webclient import FACTOR, GONE, Connection, Page, request
from webtable import KIB, MEMORY_MAX_KIB, PROBE, Honest, Process, Stage, Table, becomes, closed, do, sentence_of

HEAD_MAX, BODY_MAX, HEADERS_MAX, LINES_MAX = 8 * KIB, 256 * KIB, 64, 256
PER_PEER, IN_ALL = 32, 160
CONNECTIONS_AT_ONCE, CONNECTIONS_A_SECOND = 40, 10
REQUESTS_AT_ONCE, REQUESTS_A_SECOND = 120, 20


def send(stage, data, what):
    with contextlib.closing(stage.page.connect()) as c:
        c.say(data)
        return becomes(c, what, data.startswith(b"HEAD"))


# --- bytes, and what is answered ---


def get(*lines):
    """A request with these header lines, as they are."""
    return b"".join([b"GET / HTTP/1.1\r\nHost: localhost\r\n", *[line + b"\r\n" for line in lines], b"\r\n"])


def post(*lines, body=b"", method=b"POST"):
    head = [method + b" / HTTP/1.1\r\nHost: localhost\r\n", *[line + b"\r\n" for line in lines], b"\r\n"]
    return b"".join(head) + body


def path(text):
    return b"GET " + text + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


def line(text, host=b"Host: localhost\r\n"):
    return text + b"\r\n" + host + b"\r\n"


def headers(count):
    """So many, with Host."""
    return get(*[b"X-%d: x" % i for i in range(count - 1)])


def sized(excess):
    """A head of as much as there may be, and so much more."""
    return get(b"X: " + b"x" * (HEAD_MAX + excess - len(b"GET / HTTP/1.1Host: localhostX: ")))


CHUNKED = b"Transfer-Encoding: chunked"
SMUGGLED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

BYTES = [
    # the head
    ("a head as long as it may be", sized(0), "200, open"),
    ("a head one byte longer", sized(1), "400 BadRequest, closed"),
    ("a request line of 9 KiB", path(b"/" + b"x" * 9 * KIB), "400 BadRequest, closed"),
    ("a request line of 4 MiB without an end", b"GET /" + b"x" * 4096 * KIB, "400 BadRequest, closed"),
    ("a header of 4 MiB without an end", b"GET / HTTP/1.1\r\nX: " + b"x" * 4096 * KIB, "400 BadRequest, closed"),
    ("64 headers", headers(HEADERS_MAX), "200, open"),
    ("65 headers", headers(HEADERS_MAX + 1), "431 TooManyHeaders, closed"),
    ("257 lines of a head without an end", headers(LINES_MAX)[:-2], "closed"),
    ("thousands of header lines, in no more bytes than may be", get(*[b"%x:" % i for i in range(1300)])[:-2], "closed"),
    ("a header twice", get(b"X: 1", b"x: 2"), "400 HeaderTwice, closed"),
    ("two cookie headers", get(b"Cookie: a=1", b"Cookie: b=2"), "400 HeaderTwice, closed"),
    ("Host twice", get(b"Host: localhost"), "400 HeaderTwice, closed"),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", "400 HostMissing, closed"),
    ("a Host that is no name", line(b"GET / HTTP/1.1", b"Host: a/../b\r\n"), "400 HostMissing, closed"),
    ("a header without a colon", get(b"nothing"), "400 BadRequest, closed"),
    ("a header without a name", get(b": x"), "400 HeaderMalformed, closed"),
    ("a blank before the colon", get(b"X : x"), "400 HeaderMalformed, closed"),
    ("a header that goes on in the next line, which is one line then", get(b"X: a", b" b"), "200, open"),
    ("a coding that stands there", post(b"Transfer-Encoding:", b" chunked", b"Content-Length: 37", body=b"0\r\n\r\n" + SMUGGLED),
     "400 BadRequest, closed"),
    ("a length that goes on there", post(b"Content-Length: 3", b" 8", body=SMUGGLED), "400 BadRequest, closed"),
    ("a first header that goes on from nowhere", line(b"GET / HTTP/1.1", b" Host: localhost\r\n"), "400 BadRequest, closed"),
    # ends of lines
    ("lines that end in LF alone", b"GET / HTTP/1.1\nHost: localhost\n\n", "200, open"),
    ("CR alone within a header", get(b"X: a\rTransfer-Encoding: chunked"), "400 BadRequest, closed"),
    ("lines that end in CR alone", b"GET / HTTP/1.1\rHost: localhost\r\r" + SMUGGLED, "400 PathMalformed, closed"),
    ("NUL within a header", get(b"X: a\0b"), "400 HeaderMalformed, closed"),
    ("NUL within the name of a header", get(b"X\0: a"), "400 BadRequest, closed"),
    ("other bytes that no header has", get(b"X: a\x01\x7fb"), "400 HeaderMalformed, closed"),
    ("an empty line before the request", b"\r\n" + SMUGGLED, "400 BadRequest, closed"),
    # the path
    ("NUL in the path", path(b"/\0/x"), "400 BadRequest, closed"),
    ("%00 in the path", path(b"/%00"), "400 PathMalformed, closed"),
    ("%00 behind a name there is", path(b"/main.js%00.css"), "400 PathMalformed, closed"),
    ("..", path(b"/../../etc/passwd"), "404 NotFound, open"),
    ("%2e%2e", path(b"/%2e%2e/%2e%2e/etc/passwd"), "404 NotFound, open"),
    ("%252e%252e", path(b"/%252e%252e/etc/passwd"), "404 NotFound, open"),
    ("%2f", path(b"/..%2f..%2fetc/passwd"), "404 NotFound, open"),
    ("a backslash", path(b"/..\\..\\etc\\passwd"), "404 NotFound, open"),
    ("% and no digits", path(b"/%zz"), "404 NotFound, open"),
    ("bytes that are no UTF-8", path(b"/%ff%fe"), "404 NotFound, open"),
    ("the same, not encoded", path(b"/\xff\xfe"), "400 PathMalformed, closed"),
    ("two slashes before a host", path(b"//evil.example/"), "400 PathMalformed, closed"),
    ("an absolute URI", path(b"http://localhost/"), "400 PathMalformed, closed"),
    ("an absolute URI of a file", path(b"file:///etc/passwd"), "400 PathMalformed, closed"),
    ("a path without a slash", path(b"main.js"), "400 PathMalformed, closed"),
    ("*", path(b"*"), "400 PathMalformed, closed"),
    ("blanks in the path", path(b"/ /x"), "400 PathMalformed, closed"),
    # methods and versions
    ("OPTIONS", line(b"OPTIONS / HTTP/1.1"), "405 MethodNotAllowed, closed"),
    ("PUT", post(b"Content-Length: 1", body=b"x", method=b"PUT"), "405 MethodNotAllowed, closed"),
    ("PATCH", post(b"Content-Length: 1", body=b"x", method=b"PATCH"), "405 MethodNotAllowed, closed"),
    ("CONNECT", line(b"CONNECT localhost:80 HTTP/1.1"), "closed"),
    ("TRACE", line(b"TRACE / HTTP/1.1"), "501 MethodNotAllowed, closed"),
    ("get", line(b"get / HTTP/1.1"), "501 MethodNotAllowed, closed"),
    ("a method of 7 KiB", line(b"M" * 7 * KIB + b" / HTTP/1.1"), "501 MethodNotAllowed, closed"),
    ("POST to the page", post(b"Content-Length: 1", body=b"x"), "405 MethodNotAllowed, open"),
    ("DELETE of the page", line(b"DELETE / HTTP/1.1"), "405 MethodNotAllowed, open"),
    ("HTTP/0.9", b"GET /\r\n", "400 BadRequest, closed"),
    ("HTTP/0.9 by name", line(b"GET / HTTP/0.9"), "505 VersionNotSupported, closed"),
    ("HTTP/1.0", line(b"GET / HTTP/1.0"), "200, closed"),
    ("HTTP/1.0 that wants to stay", line(b"GET / HTTP/1.0", b"Host: localhost\r\nConnection: keep-alive\r\n"), "200, open"),
    ("HTTP/2.0", line(b"GET / HTTP/2.0"), "400 BadRequest, closed"),
    ("HTTP/1.1 by halves", line(b"GET / HTTP/1.-1"), "505 VersionNotSupported, closed"),
    ("HTTP/1.1 with a zero more", line(b"GET / HTTP/1.01"), "505 VersionNotSupported, closed"),
    ("a version that overflows into HTTP/1.1", line(b"GET / HTTP/1.4294967297"), "closed"),
    ("the same before what is no header", b"GET / HTTP/1.4294967297\r\nnothing\r\n\r\n", "closed"),
    ("a version whose third digit is no status", b"GET / HTTP/1.15100\r\nnothing\r\n\r\n", "400 BadRequest, closed"),
    ("another protocol", line(b"GET / SIP/2.0"), "400 BadRequest, closed"),
    ("HTTP/2's own first bytes", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 BadRequest, closed"),
    ("an upgrade to h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"), "200, open"),
    ("an upgrade to WebSocket", get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: eA=="), "200, open"),
    ("junk", bytes(range(256)) * 8, "400 BadRequest, closed"),
    # bodies
    ("a body as long as it may be", post(b"Content-Length: %d" % BODY_MAX, body=b"x" * BODY_MAX), "405 MethodNotAllowed, open"),
    ("a body one byte longer", post(b"Content-Length: %d" % (BODY_MAX + 1), body=b"x" * (BODY_MAX + 1)), "413 TooLarge, closed"),
    ("a body of 32 MiB", post(b"Content-Length: %d" % (32 << 20), body=b"x" * (32 << 20)), "413 TooLarge, closed"),
    ("Content-Length twice", post(b"Content-Length: 1", b"Content-Length: 1", body=b"x"), "400 HeaderTwice, closed"),
    ("two different ones", post(b"Content-Length: 0", b"Content-Length: 38", body=SMUGGLED), "400 HeaderTwice, closed"),
    ("two in one", post(b"Content-Length: 1, 1", body=b"x"), "400 BadRequest, closed"),
    ("a negative one", post(b"Content-Length: -1"), "400 BadRequest, closed"),
    ("one with a sign", post(b"Content-Length: +%d" % len(SMUGGLED), body=SMUGGLED), "400 LengthMalformed, closed"),
    ("an empty one", post(b"Content-Length:", body=SMUGGLED), "400 BadRequest, closed"),
    ("a hexadecimal one", post(b"Content-Length: 0x1", body=b"x"), "400 BadRequest, closed"),
    ("chunked", post(CHUNKED, body=b"1\r\nx\r\n0\r\n\r\n"), "411 LengthRequired, closed"),
    ("a chunk of 2^31 bytes", post(CHUNKED, body=b"80000000\r\nx"), "413 TooLarge, closed"),
    ("a chunk of 2^64 bytes", post(CHUNKED, body=b"ffffffffffffffff\r\nx"), "413 TooLarge, closed"),
    ("a negative chunk", post(CHUNKED, body=b"-1\r\nx"), "413 TooLarge, closed"),
    ("chunks that never end", post(CHUNKED, body=b"400\r\n" + b"x" * KIB + b"\r\n" + (b"400\r\n" + b"x" * KIB + b"\r\n") * KIB),
     "413 TooLarge, closed"),
    ("trailers that never end", post(CHUNKED, body=b"0\r\n" + b"X: x\r\n" * 10000), "413 TooLarge, closed"),
    ("chunked, with a length", post(CHUNKED, b"Content-Length: 38", body=b"0\r\n\r\n" + SMUGGLED), "400 BadRequest, closed"),
    ("chunked, spelt otherwise, with a length", post(b"Transfer-Encoding: xchunked", b"Content-Length: 0", body=SMUGGLED),
     "400 BadRequest, closed"),
    ("chunked twice", post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n" + SMUGGLED), "400 BadRequest, closed"),
    ("a body of GET that is a request", get(b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED, "200, open"),
    ("a body of DELETE that is one", post(b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED, method=b"DELETE"),
     "405 MethodNotAllowed, open"),
    ("a body of HEAD that is one", post(b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED, method=b"HEAD"), "400, closed"),
    ("a body of TRACE that is one", post(b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED, method=b"TRACE"),
     "501 MethodNotAllowed, closed"),
    ("an Expect of something else", post(b"Expect: 200-ok", b"Content-Length: 1"), "417 ExpectationFailed, closed"),
]


# --- deeds that are more than bytes ---


def count_answers(connection):
    """The statuses of all answers until the connection is closed."""
    statuses = []
    while True:
        try:
            a = connection.answer()
        except EOFError:
            a = None
        if a is None:
            return statuses
        statuses.append(a.status)


def pipelined(stage, what):
    with contextlib.closing(stage.page.connect()) as c:
        c.say(SMUGGLED * 20)
        got = [c.answer().status for _ in range(20)]
        return "20 x 200, " + becomes_of_probe(c) if got == [200] * 20 else repr(got)


def becomes_of_probe(c):
    c.say(PROBE)
    a = c.answer()
    return "closed" if a is None else "open" if a.status == 404 else "another answer"


def too_many_requests(stage, what):
    """One after the other as fast as they are answered; the bucket fills meanwhile."""
    began = time.monotonic()
    with contextlib.closing(stage.page.connect()) as c:
        served = 0
        while (a := c.ask("GET", "/probe")).status == 404:
            served += 1
            if served > 5000:
                return "no limit"
        most = REQUESTS_AT_ONCE + 1 + REQUESTS_A_SECOND * (time.monotonic() - began)
        if not REQUESTS_AT_ONCE <= served <= most:
            return "%d were answered" % served
        if "retry-after" not in a.headers:
            return "no Retry-After"
        return "as many as may be, then %s, %s" % (sentence_of(a, what), becomes_of_probe(c))


def too_many_pipelined(stage, what):
    began = time.monotonic()
    with contextlib.closing(stage.page.connect()) as c:
        c.say(PROBE * 2000)
        got = count_answers(c)
        # What the page did not read any more takes answers with it that are on their way.
        most = REQUESTS_AT_ONCE + 1 + REQUESTS_A_SECOND * (time.monotonic() - began)
        good = got.count(404) <= most and set(got[got.count(404):]) <= {429}
        return "no more than may be, closed" if good else "%d were answered" % len(got)


def becomes_unheard(connected):
    """The other side closes without a word, and at once; or not."""
    began = time.monotonic()
    with contextlib.suppress(*GONE):
        if connected.recv(1) != b"":
            return "answered"
    return closed(began)


def connections_of_one(stage, what):
    """32 are served; the next is not, and the first goes on."""
    address = stage.page.address()
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(contextlib.closing(stage.page.connect(address))) for _ in range(PER_PEER)]
        one_more = stack.enter_context(contextlib.closing(stage.page.tcp(address)))
        end = becomes_unheard(one_more)
        stage.honest.is_served(what)
        served = sum(p.ask().status == 200 for p in peers)
        peers[0].close()
        stage.process.settle_to(PER_PEER - 1)
        with contextlib.closing(stage.page.connect(address)) as again:
            back = again.ask().status
        return "%d served, the next %s; when one went, %d" % (served, end, back)


def connections_too_fast(stage, what):
    """One after the other from one address."""
    address = stage.page.address()
    began = time.monotonic()
    for count in itertools.count():
        with contextlib.closing(stage.page.tcp(address)) as s:
            # Who is accepted is waited for to speak.
            s.settimeout(0.02)
            try:
                if s.recv(1) == b"":
                    break
            except socket.timeout:
                continue
            except GONE:
                break
    most = CONNECTIONS_AT_ONCE + 1 + CONNECTIONS_A_SECOND * (time.monotonic() - began)
    return "as many as may be, then closed" if CONNECTIONS_AT_ONCE <= count <= most else "%d were accepted" % count


def plain_on_tls(stage, what):
    return raw_on_tls(stage, SMUGGLED)


def raw_on_tls(stage, data):
    began = time.monotonic()
    with contextlib.closing(stage.page.tcp()) as s:
        c = Connection(s)
        c.say(data)
        while c.more():
            pass
        # An alert of TLS is all that may come.
        return closed(began) if c.rest[:1] in (b"", b"\x15") and len(c.rest) <= 7 else "answered %r" % c.rest[:40]


def old_tls(stage, what):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return handshake(stage, context)


def old_ciphers(stage, what):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    return handshake(stage, context)


def only_h2(stage, what):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return handshake(stage, context)


def handshake(stage, context):
    s = stage.page.tcp()
    try:
        with contextlib.closing(context.wrap_socket(s, server_hostname="localhost")) as tls:
            return "a session: %s" % (tls.version(),)
    except GONE:
        return "closed"
    finally:
        s.close()


CLIENT_HELLO = bytes.fromhex("1603010200010001fc0303") + b"x" * 32


def check_tls_junk(stage, what):
    kinds = [b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x16\x03\x01\x00\x00" * 200, CLIENT_HELLO + b"\xff" * 480, b"\x80\x2e\x01\x00\x02" + b"\0" * 60,
             b"\x15\x03\x01\x00\x02\x02\x28", b"\x17\x03\x03\x00\x10" + b"x" * 16, b"\x14\x03\x03\x00\x01\x01", b"\0" * 20000,
             bytes(range(256)) * 80]
    for junk in kinds:
        got = raw_on_tls(stage, junk)
        if got != "closed":
            return "%r: %s" % (junk[:8], got)
    return "closed"


def broken_records(stage, what):
    """Behind a good handshake."""
    with contextlib.closing(stage.page.tcp()) as s:
        with stage.page.context.wrap_socket(s.dup(), server_hostname="localhost", session=stage.page.session,
                                            suppress_ragged_eofs=True) as tls:
            tls.sendall(b"GET /")
            s.sendall(b"\x17\x03\x03\x00\x40" + b"x" * 64)
            return becomes_unheard(tls)


def halves(stage, what):
    """Forty that go in the middle of a head, a body, or an answer."""
    texts = [SMUGGLED[:10], post(b"Content-Length: 100", body=b"x" * 50), SMUGGLED * 30]
    for i in range(40):
        c = stage.page.connect()
        c.say(texts[i % 3])
        if i % 2:
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # by RST
        c.close()
    return "nothing"


def byte_by_byte(stage, what):
    with contextlib.closing(stage.page.connect()) as c:
        for i in range(len(SMUGGLED)):
            c.say(SMUGGLED[i:i + 1])
        return becomes(c, what)


def unfinished_bodies(stage, what):
    """As much as may be of all that may be: what that costs at most."""
    data = post(b"Content-Length: %d" % BODY_MAX, body=b"x" * (BODY_MAX - 1))
    with contextlib.ExitStack() as stack:
        peers = []
        for _ in range(IN_ALL // PER_PEER):
            address = stage.page.address()
            for _ in range(PER_PEER - 4):
                peers.append(stack.enter_context(contextlib.closing(stage.page.connect(address))))
        for p in peers:
            p.say(data)
        stage.honest.is_served(what)
        for p in peers:
            p.say(b"x")
        got = [becomes(p, what) for p in peers]
        return "%d x 405 MethodNotAllowed, open" % len(got) if set(got) == {"405 MethodNotAllowed, open"} else repr(got)


def deaf(stage, what):
    """Sixteen that ask for all there is and read nothing: bounded, and others are served."""
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            c = stack.enter_context(contextlib.closing(stage.page.connect(receive_bytes=4096)))
            c.say(request("GET", "/strings.js") * 100)
            stage.honest.is_served(what)
        return "others are served"


def another_user(stage, what):
    """On the front end's socket."""
    if os.getuid() != 0:
        return "closed"
    os.seteuid(20001)
    try:
        c = stage.page.front()
    finally:
        os.seteuid(0)
    with contextlib.closing(c):
        c.say(SMUGGLED)
        return becomes(c, what)


def front_end_bytes(stage, what):
    """What is refused by HTTPS is refused there: a front end passes on what strangers send."""
    for name, data, expected in BYTES:
        with contextlib.closing(stage.page.front()) as c:
            c.say(data)
            got = becomes(c, name, data.startswith(b"HEAD"))
            if got != expected:
                return "%s: %s" % (name, got)
    return "the same"


DEEDS = [
    ("20 requests at once", pipelined, "20 x 200, open"),
    ("a request byte by byte", byte_by_byte, "200, open"),
    ("requests, one more than an address may make", too_many_requests, "as many as may be, then 429 TooManyRequests, closed"),
    ("2,000 requests at once", too_many_pipelined, "no more than may be, closed"),
    ("connections, one more than an address may have", connections_of_one, "32 served, the next closed; when one went, 200"),
    ("connections faster than an address may make them", connections_too_fast, "as many as may be, then closed"),
    ("connections that go in the middle", halves, "nothing"),
    ("bodies of all connections without their last byte", unfinished_bodies, "140 x 405 MethodNotAllowed, open"),
    ("sixteen that read nothing of their answers", deaf, "others are served"),
    ("plain HTTP where TLS is spoken", plain_on_tls, "closed"),
    ("TLS 1.1", old_tls, "closed"),
    ("ciphers without forward secrecy or authentication of data", old_ciphers, "closed"),
    ("ALPN for h2 alone", only_h2, "closed"),
    ("junk instead of a handshake", check_tls_junk, "closed"),
    ("a broken record behind a handshake", broken_records, "closed"),
    ("another user on the front end's socket", another_user, "closed"),
    ("all that is refused above, by the front end's socket", front_end_bytes, "the same"),
]


# --- those who take their time ---


def ticking(deed):
    """Something each second, until the other side closes; None does nothing."""

    def run(connection):
        while True:
            if select.select([connection.socket], [], [], 1)[0] and not connection.more():
                return
            if deed:
                deed(connection)

    return run


def reads_nothing(connection):
    """Of more than the kernel takes; what tells the end is not read either."""
    connection.say(request("GET", "/strings.js") * 100)
    reads_nothing_more(connection)


def reads_nothing_more(connection):
    poll = select.poll()
    poll.register(connection.socket, select.POLLRDHUP)
    poll.poll()


class Slow(threading.Thread):
    """A deed of its own thread, on a page of its own: whether its connection ends, and when."""

    def __init__(self, name, limit_s, connection, first, run):
        super().__init__(daemon=True)
        self.name, self.limit_s, self.took = name, limit_s, None
        self.began = time.monotonic()
        self.connection = connection
        self.connection.socket.settimeout(None)
        self.connection.say(first)
        self.run_deed = run
        self.start()

    def run(self):
        with contextlib.suppress(*GONE):
            self.run_deed(self.connection)
        self.took = time.monotonic() - self.began
        self.connection.close()


LIST = request("POST", "/call/io.certprov.trust.ListCertificates",
               [("Content-Type", "application/json"), ("Accept", "text/event-stream"), ("X-User", "bob")],
               b'{"list":"authorities","withDer":true}')
# Whoever sends too much is answered when it is there: before, he may not listen.
TOO_LONG = [
    ("one byte too long", b"%d" % (BODY_MAX + 1)),
    ("too long, with leave asked for,", b"%d" % (BODY_MAX + 1), b"Expect: 100-continue"),
    ("of 2^63 bytes", b"9223372036854775808"),
    ("of 2^64 and one bytes", b"18446744073709551617"),
    ("of 400 digits", b"9" * 400),
]


def begin_slow(page):
    half = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    byte = ticking(lambda c: c.say(b"x"))
    return [
        Slow("a handshake that does not begin", 10, Connection(page.tcp()), b"", ticking(None)),
        Slow("a handshake that does not go on", 10, Connection(page.tcp()), CLIENT_HELLO, ticking(None)),
        Slow("no request behind a handshake", 20, page.connect(), b"", ticking(None)),
        Slow("a head of a byte a second", 20, page.connect(), b"GET / HTTP/1.1\r\nX: ", byte),
        Slow("a header a second", 20, page.connect(), b"GET / HTTP/1.1\r\n", ticking(lambda c: c.say(b"X: x\r\n"))),
        Slow("a body of a byte a second", 20, page.connect(), half, byte),
        Slow("a chunk's size without an end", 20, page.connect(), post(CHUNKED, body=b"1" * 300 * KIB), ticking(None)),
        *[Slow("a body %s that is announced alone" % name, 20, page.connect(), post(b"Content-Length: " + length, *more), ticking(None))
          for name, length, *more in TOO_LONG],
        Slow("answers of which nothing is read", 20, page.front(), b"", reads_nothing),
        Slow("a list of which nothing is read", 20, page.front(), LIST, reads_nothing_more),
        Slow("nothing behind an answer", 60, page.connect(), SMUGGLED, ticking(None)),
    ]


def end_slow(table, honest, slow):
    for s in slow:
        while s.is_alive() and time.monotonic() < s.began + 3 * s.limit_s * FACTOR:
            s.join(5)
            honest.is_served(s.name)
        in_time = s.took is not None and s.limit_s - 1 <= s.took < 1.5 * s.limit_s * FACTOR
        got = "closed after %d s" % s.limit_s if in_time else "still there" if s.took is None else "closed after %.1f s" % s.took
        table.row(s.name, s.took or 0, "closed after %d s" % s.limit_s, got)


def held_by(pid):
    return len(os.listdir("/proc/%s/fd" % pid))


def main(pid, port, authority, unix, log, slow_pid, slow_port, slow_unix, daemon_pid, password, allowed):
    page, slow_page = Page(port, authority, unix), Page(slow_port, authority, slow_unix)
    process = Process(pid, log)
    honest = Honest(page)
    process.is_idle()
    honest.is_served("at first")
    slow_page.begin()
    slow_idle = held_by(slow_pid)
    slow = begin_slow(slow_page)
    many = webusers.ManySessions(slow_page, password)
    stage, table = Stage(page, process, honest, daemon_pid), Table()
    unfinished_bodies(stage, "warming")
    deaf(stage, "warming")
    process.is_warm()
    for name, data, expected in BYTES:
        do(table, stage, name, lambda data=data, name=name: send(stage, data, name), expected)
    for name, deed, expected in DEEDS + webcrowd.DEEDS:
        do(table, stage, name, lambda deed=deed, name=name: deed(stage, name), expected)
    webusers.all_rows(table, stage, password, allowed, webcrowd.DEEDS_OF_USERS)
    end_slow(table, honest, slow)
    many.end(table, honest)
    left = held_by(slow_pid) - slow_idle
    table.row("descriptors of all these", 0, "none is left", "none is left" if left <= 0 else "%d are left" % left)
    honest.is_served("at last")
    peak = process.memory_kib("VmHWM:")
    table.row("the most memory there ever was", 0, "below the unit's", "below the unit's"
              if peak < MEMORY_MAX_KIB or os.environ.get("SANITIZE") else "%d KiB" % peak)
    print("ok: %d honest requests were answered between %d rows; at most %d KiB, %d more at the end; %d lines of log" % (
        honest.count, table.count, peak, process.memory_kib("VmRSS:") - process.memory_idle, process.lines()), flush=True)
    return 1 if table.bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
