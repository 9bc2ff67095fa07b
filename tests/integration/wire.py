#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What strangers may do to the daemon's sockets, while a client that behaves is served.

wire.py RUN PID FINGERPRINT CHAIN...

RUN is the directory of the sockets, PID the daemon's; FINGERPRINT is of a certificate it
has, CHAIN files of DER that make a chain it trusts for localhost. Says what it shows in
lines that begin with "ok: "; ends with status 1 at the first claim that fails.

The client that behaves is another process of the same user, asking on one connection all
the time, and comparing. After everything that is done to the daemon it must have gone on:
`others_are_served` waits until it was answered further rounds of questions, each within
its deadline. Nothing here passes or fails by how long it took.
"""
import array
import base64
import contextlib
import errno
import json
import os
import random
import select
import socket
import subprocess
import sys

from varlink import Error, Peer

FACTOR = float(os.environ.get("TEST_TIME_FACTOR", "1"))
DEADLINE = 30 * FACTOR
MESSAGE_MAX = 256 * 1024
PER_UID, OF_ROOT, IN_ALL, FOR_ADMIN, REFUSED = 64, 256, 512, 16, 16
SERVICE = "org.varlink.service."
TRUST = "io.certprov.trust."
STATUS = b'{"method":"io.certprov.trust.Status"}'


def ok(sentence):
    print("ok: " + sentence, flush=True)


def fail(sentence):
    print("FAILED: " + sentence, flush=True)
    sys.exit(1)


def claim(sentence, expected, actual):
    if expected != actual:
        fail("%s: expected %r, got %r" % (sentence, expected, actual))
    ok(sentence)


def chain_of(files):
    chain = []
    for name in files:
        with open(name, "rb") as f:
            chain.append(base64.b64encode(f.read()).decode())
    return chain


# --- the client that behaves ---


def questions(fingerprint, chain):
    """Calls whose answers do not change while nothing changes."""
    verify = [
        {"chain": chain, "host": "localhost", "purpose": "https"},
        {"chain": chain, "host": "example.com", "purpose": "https"},
        {"chain": chain[:1], "purpose": "any"},
    ]
    return [
        ("Status", {}, False),
        ("Get", {"sha256": fingerprint, "withDer": True}, False),
        ("Rules", {"firmware": "8.9.3.40"}, False),
        ("ListCertificates", {"list": "authorities"}, True),
    ] + [("Verify", v, False) for v in verify]


# What follows the clock.
PASSING = ("clockNow", "expiresIn", "exceptionExpiresIn")


def timeless(value):
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in PASSING}
    return [timeless(v) for v in value] if isinstance(value, list) else value


def answer(peer, method, parameters, more):
    try:
        if more:
            return timeless(list(peer.more(TRUST + method, parameters)))
        return timeless(peer.call(TRUST + method, parameters))
    except Error as e:
        return [e.name, e.parameters]


def behave(path, fingerprint, chain_files):
    """Ask for ever; a line on standard output for every round that went well."""
    peer = Peer(path, DEADLINE)
    asked = questions(fingerprint, chain_of(chain_files))
    # What is asked for the first time may leave a trace in later answers.
    for question in asked:
        answer(peer, *question)
    expected = [answer(peer, *question) for question in asked]
    print(json.dumps(expected), flush=True)
    while True:
        for question, right in zip(asked, expected):
            got = answer(peer, *question)
            if got != right:
                print("%r: %r, not %r" % (question[0], got, right), flush=True)
                return 1
        print("round", flush=True)


class Behaving:
    """The process that does so."""

    def __init__(self, path, fingerprint, chain_files):
        arguments = [sys.executable, __file__, "behave", path, fingerprint, *chain_files]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, bufsize=0)
        self.rest = b""
        self.rounds = 0
        self.first = json.loads(self.line())

    def line(self):
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
                fail("the client that behaves is left without an answer")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                fail("the client that behaves has ended: " + self.rest.decode())
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def one_round(self):
        line = self.line()
        if line != b"round":
            fail("the client that behaves got another answer: " + line.decode())
        self.rounds += 1

    def catch_up(self):
        """Read what it has said up to now."""
        while b"\n" in self.rest or select.select([self.process.stdout], [], [], 0)[0]:
            self.one_round()

    def are_served(self, sentence):
        self.catch_up()
        for _ in range(3):
            self.one_round()
        ok(sentence + ": others are served, and rightly")

    def end(self):
        self.process.kill()
        self.process.wait()


# --- strangers ---


class Daemon:
    def __init__(self, run, pid):
        self.trust = os.path.join(run, "io.certprov.trust")
        self.admin = os.path.join(run, "io.certprov.admin")
        self.pid = pid
        self.idle = 0  # descriptors, with the client that behaves alone

    def connect(self, path=None):
        return Peer(path or self.trust, DEADLINE)

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def memory_kib(self):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def state(peer):
    """What becomes of a connection: the next message, or None when it is closed."""
    try:
        return peer.receive()
    except (ConnectionResetError, BrokenPipeError):
        return None


def say(peer, data):
    """All of it, or as much as the other side takes before it closes."""
    try:
        peer.send_raw(data)
    except (ConnectionResetError, BrokenPipeError):
        pass


def is_refused(daemon, sentence, data):
    """Nothing is answered, and the connection is closed."""
    with contextlib.closing(daemon.connect()) as peer:
        say(peer, data)
        got = state(peer)
        if got is not None:
            fail("%s: it is answered: %r" % (sentence, got))


NOT_JSON = [b"\xff\xfe", b"{", b"}", b"nul", b"'a'", b"{'method':'a.b'}", STATUS + b"{}", STATUS + b",",
            b"\xef\xbb\xbf" + STATUS, STATUS[:-1], STATUS[1:], b'{"method":"io.certprov.trust.Status",}',
            b'{"method":"io.certprov.trust.Status"\x0c}', b"/*c*/" + STATUS, b"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 600]
NO_CALL = [b"", b" ", b"null", b"[]", b"17", b'"io.certprov.trust.Status"', b"{}", b'{"method":null}', b'{"method":17}',
           b'{"method":""}', b'{"method":["io.certprov.trust.Status"]}', b'{"method":"io.certprov.trust.Status","parameters":[]}',
           b'{"method":"io.certprov.trust.Status","parameters":"{}"}', b'{"method":"io.certprov.trust.Status","parameters":0}',
           b'{"method":"io.certprov.trust.Status","more":1}', b'{"method":"io.certprov.trust.Status","oneway":"yes"}',
           b'{"method":"io.certprov.trust.Status","oneway":true,"more":true}',
           b'{"method":"io.certprov.trust.Status","continues":true}', b'{"parameters":{}}',
           b'{"method":"io.certprov.trust.Status","uid":0}', b'{"error":"io.certprov.trust.LimitExceeded"}']
DUPLICATES = [b'{"method":"io.certprov.trust.Status","method":"io.certprov.trust.Rules"}',
              b'{"method":"io.certprov.trust.Status","\\u006dethod":"io.certprov.trust.Rules"}',
              b'{"method":"io.certprov.trust.Rules","parameters":{"firmware":"10.1","firmware":"8.7"}}',
              b'{"method":"io.certprov.trust.Status","parameters":{},"parameters":{}}']
NUMBERS = [b"9007199254740993", b"-9007199254740993", b"1" + b"0" * 400, b"1e999", b"-1e999", b"1e308", b"0x10", b"01",
           b"1.", b".5", b"+1", b"NaN", b"Infinity", b"-", b"1e", b"9" * 100000, b"0." + b"0" * 100]
NOT_UTF8 = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\\u0000", b"\\ud800", b"\\udc00x",
            b"\\ud800\\ud800", b"\n", b"\\x41"]


def parameter(value):
    return b'{"method":"io.certprov.trust.Get","parameters":{"sha256":' + value + b"}}"


def nested(depth, pair):
    return pair[:1] * depth + pair[1:] * depth


def check_junk(daemon, others):
    """What is no message closes its connection, unanswered."""
    deep = [parameter(nested(n, pair)) for n in (15, 1000, 100000) for pair in (b"[]",)]
    deep += [parameter(b'{"a":' * 15 + b"1" + b"}" * 15), b"[" * 200000, b'{"a":' * 40000]
    kinds = [
        ("text that is no JSON", NOT_JSON),
        ("JSON that is no call", NO_CALL),
        ("a name twice", DUPLICATES),
        ("numbers beyond all bounds", [parameter(n) for n in NUMBERS]),
        ("text that is no UTF-8", [parameter(b'"' + t + b'"') for t in NOT_UTF8]),
        ("JSON nested too deep", deep),
    ]
    generator = random.Random(20)
    junk = [bytes(generator.randrange(256) for _ in range(generator.randrange(1, 3000))) for _ in range(100)]
    for sentence, messages in kinds + [("binary junk", junk)]:
        for message in messages:
            is_refused(daemon, "%s: %r" % (sentence, message[:60]), message + b"\0")
        others.are_served("%s (%d) closes its connection" % (sentence, len(messages)))
    check_junk_behind_calls(daemon)
    check_depth(daemon)


def check_junk_behind_calls(daemon):
    """What came before it is answered."""
    with contextlib.closing(daemon.connect()) as peer:
        say(peer, (STATUS + b"\0") * 3 + b"junk\0" + STATUS + b"\0")
        answered = [bool(peer.reply()) for _ in range(3)]
        claim("calls before junk are answered, and no call after it", [True] * 3 + [None], answered + [state(peer)])


def check_depth(daemon):
    """The limit itself is taken: 16 in all, two of which are the message's own."""
    with contextlib.closing(daemon.connect()) as peer:
        say(peer, parameter(nested(14, b"[]")) + b"\0")
        claim("sixteen levels are not too deep", SERVICE + "InvalidParameter", peer.receive()["error"])


def sized(size):
    """A call of that many bytes."""
    return STATUS[:-1] + b" " * (size - len(STATUS)) + b"}"


def check_size(daemon, others):
    with contextlib.closing(daemon.connect()) as peer:
        for _ in range(3):
            say(peer, sized(MESSAGE_MAX) + b"\0")
            claim("a message of 256 KiB is taken", "10.1.33.33", peer.reply()[0]["firmware"])
    is_refused(daemon, "a byte more", sized(MESSAGE_MAX + 1) + b"\0")
    is_refused(daemon, "a byte more that has no end yet", sized(MESSAGE_MAX + 1))
    is_refused(daemon, "32 MiB without an end", b" " * (32 << 20))
    others.are_served("a byte more closes its connection")


def check_halves(daemon, others):
    """Many that begin and do not go on."""
    message = STATUS + b"\0"
    peers = [daemon.connect() for _ in range(40)]
    for i, peer in enumerate(peers):
        say(peer, message[:1 + i % (len(message) - 1)])
    others.are_served("forty half messages")
    for i, peer in enumerate(peers):
        say(peer, message[1 + i % (len(message) - 1):])
    claim("their other halves make them whole", {"10.1.33.33"}, {peer.reply()[0]["firmware"] for peer in peers})
    for peer in peers:
        say(peer, message[:20])
        peer.close()
    with contextlib.closing(daemon.connect()) as peer:
        for i in range(len(message)):
            say(peer, message[i:i + 1])
        claim("a message may come byte by byte", "10.1.33.33", peer.reply()[0]["firmware"])
        say(peer, message + message[:9])
        peer.socket.shutdown(socket.SHUT_WR)
        claim("what is whole before the end is answered", True, "error" not in peer.receive())
        claim("and a half is not", None, state(peer))
    others.are_served("halves that end")


def check_pipelined(daemon, others):
    """10,000 at once; a client that reads gets every answer, in order."""
    count = 10000
    versions = ["10.1.%d" % i for i in range(count)]
    requests = b"".join(json.dumps({"method": TRUST + "Rules", "parameters": {"firmware": v}}).encode() + b"\0"
                        for v in versions)
    with contextlib.closing(daemon.connect()) as peer:
        writer = os.fork()
        if writer == 0:
            say(peer, requests)
            os._exit(0)
        got = []
        for i in range(count):
            got.append(peer.reply()[0]["firmware"])
            if i == 100:
                others.are_served("while 10,000 calls are on their way")
        os.waitpid(writer, 0)
        claim("10,000 pipelined calls are answered in order", versions, got)
    with contextlib.closing(daemon.connect()) as peer:
        say(peer, b'{"method":"io.certprov.trust.Status","oneway":true}\0' * count + STATUS + b"\0")
        claim("10,000 that want no answer get none", True, "error" not in peer.receive())
    others.are_served("after 10,000 calls")


def fill(peer, data):
    """Send what is taken without waiting; how many bytes that is."""
    sent = 0
    peer.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while sent < len(data):
            sent += peer.socket.send(data[sent:])
    peer.socket.settimeout(DEADLINE)
    return sent


def check_deaf(daemon, others):
    """Who asks and does not read is answered no further, costs little, and loses nothing."""
    call = b'{"method":"io.certprov.trust.Rules"}\0'
    before = daemon.memory_kib()
    peers = [daemon.connect() for _ in range(20)]
    for _ in range(3):
        for peer in peers:
            fill(peer, call * 100000)
        others.are_served("twenty that do not read")
    grown = daemon.memory_kib() - before
    # Answers of 64 KiB, one that was begun, and what was received.
    if grown > 20 * 256 and not os.environ.get("SANITIZE"):
        fail("twenty that do not read cost %d KiB" % grown)
    ok("each of them costs no more than is allowed to wait")
    claim("none of them is closed", 20, sum(not has_ended(p) for p in peers))
    peer = daemon.connect()
    whole = fill(peer, call * 100000) // len(call)
    others.are_served("one more, that begins to read")
    for heard in range(whole):
        if "rules" not in peer.reply()[0]:
            fail("answer %d is another" % heard)
    ok("it gets all it asked for")
    for peer in peers + [peer]:
        peer.close()
    check_slow(daemon, others)
    check_deaf_streams(daemon, others)


def check_slow(daemon, others):
    with contextlib.closing(daemon.connect()) as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        say(peer, b'{"method":"io.certprov.trust.Rules"}\0' * 200)
        others.are_served("one that reads slowly")
        rest = b""
        while rest.count(b"\0") < 200:
            rest += peer.socket.recv(500)
        claim("gets all it asked for", {True}, {b'"rules"' in m for m in rest.split(b"\0")[:200]})


def check_deaf_streams(daemon, others):
    stream = {"method": TRUST + "ListCertificates", "parameters": {"withDer": True}, "more": True}
    peers = [daemon.connect() for _ in range(20)]
    for peer in peers:
        fill(peer, (json.dumps(stream).encode() + b"\0") * 500)
    others.are_served("twenty that ask for lists and do not read")
    claim("none of them is closed: nothing is sent ahead of a reader", 20, sum(not has_ended(p) for p in peers))
    for peer in peers:
        peer.close()


def has_ended(peer):
    """Without taking anything from it: whether the other side has closed."""
    poll = select.poll()
    poll.register(peer.socket, select.POLLRDHUP)
    return any(events & (select.POLLRDHUP | select.POLLHUP) for _, events in poll.poll(0))


# --- descriptors ---


def send_with(peer, data, count):
    """Data, with that many descriptors of /dev/null."""
    fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(count)]
    try:
        peer.socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
    except (ConnectionResetError, BrokenPipeError):
        pass
    finally:
        for fd in fds:
            os.close(fd)


def check_descriptors(daemon, others):
    with contextlib.closing(daemon.connect()) as peer:
        peer.call(TRUST + "Status")
        before = daemon.idle + 1
        for count in (1, 2):
            send_with(peer, STATUS + b"\0", count)
            message = peer.receive()
            claim("%d descriptors nobody asked for are refused by name" % count,
                  (SERVICE + "InvalidParameter", {"parameter": "descriptors"}), (message["error"], message["parameters"]))
        claim("and closed, and the connection goes on", "10.1.33.33", peer.call(TRUST + "Status")["firmware"])
        claim("none is left", before, daemon.descriptors())
        send_with(peer, STATUS[:10], 2)
        others.are_served("descriptors of half a message")
        say(peer, STATUS[10:] + b"\0")
        claim("they belong to the whole", SERVICE + "InvalidParameter", peer.receive()["error"])
        send_with(peer, STATUS[:-1] + b',"oneway":true}\0', 1)
        claim("with a call that wants no answer", "10.1.33.33", peer.call(TRUST + "Status")["firmware"])
        claim("none is left", before, daemon.descriptors())
    for count, data in ((3, STATUS + b"\0"), (253, STATUS + b"\0"), (2, b"junk\0"), (253, b"j")):
        with contextlib.closing(daemon.connect()) as peer:
            send_with(peer, data, count)
            claim("%d descriptors with %r close the connection" % (count, data[:4]), None, state(peer))
    with contextlib.closing(daemon.connect()) as peer:
        send_with(peer, STATUS[:5], 1)
        send_with(peer, STATUS[5:], 1)
        claim("twice in one message they do as well", None, state(peer))
    peers = [daemon.connect() for _ in range(30)]
    for peer in peers:
        send_with(peer, STATUS[:5], 2)
        peer.close()
    others.are_served("descriptors of those who went")
    settle(daemon, others)
    ok("none is left")


# --- many at once ---


@contextlib.contextmanager
def as_user(uid):
    """Connections made in here are that user's."""
    if uid != os.geteuid():
        os.seteuid(uid)
    try:
        yield
    finally:
        if os.getuid() != os.geteuid():
            os.seteuid(os.getuid())


def sort_out(peers):
    """Ask on all: how many were served, told a limit (which), and closed unheard."""
    served, told, closed = 0, [], 0
    for peer in peers:
        say(peer, STATUS + b"\0")
        message = state(peer)
        if message is None:
            closed += 1
        elif "error" in message:
            told.append((message["error"], message["parameters"]["limit"], message["parameters"]["maximum"]))
            if state(peer) is not None:
                fail("who was told a limit is served on")
        else:
            served += 1
    return served, told, closed


def all_accepted(peers):
    """The last one is accepted last, and closed: there are too many."""
    poll = select.poll()
    poll.register(peers[-1].socket, select.POLLRDHUP)
    if not poll.poll(DEADLINE * 1000):
        fail("the last of so many is not closed")


def settle(daemon, others):
    """Wait until the daemon has seen every end; others are served all the while."""
    for _ in range(10000):
        if daemon.descriptors() == daemon.idle:
            return
        others.one_round()
    fail("%d descriptors are left, not %d" % (daemon.descriptors(), daemon.idle))


def release(daemon, peers, others):
    for peer in peers:
        peer.close()
    settle(daemon, others)
    others.are_served("after they went")


def check_one_user(daemon, others, uid, own, limit):
    """300 connections of one user, own of whom there are already."""
    with as_user(uid):
        peers = [daemon.connect() for _ in range(300)]
    all_accepted(peers)
    others.are_served("300 connections of one user (%s)" % ("root" if uid == 0 else "not root"))
    served, told, closed = sort_out(peers)
    error = (TRUST + "LimitExceeded", "connections-per-uid", limit)
    claim("as many are served as one user may have", limit - own, served)
    claim("the next are told why", [error] * REFUSED, told)
    claim("the others are closed", 300 - served - REFUSED, closed)
    release(daemon, peers, others)


def check_many_users(daemon, others):
    """520 connections of ten users, with the one that is there already."""
    peers = []
    for uid in range(20001, 20011):
        with as_user(uid):
            peers += [daemon.connect() for _ in range(52)]
    all_accepted(peers)
    others.are_served("520 connections of ten users")
    admins = [daemon.connect(daemon.admin) for _ in range(FOR_ADMIN + 1)]
    served, told, closed = sort_out(peers)
    most = IN_ALL - FOR_ADMIN
    claim("as many are served as there may be", most - 1, served)
    claim("the next are told why", [(TRUST + "LimitExceeded", "connections", most)] * REFUSED, told)
    claim("the others are closed", 520 - served - REFUSED, closed)
    check_admins(admins)
    release(daemon, peers + admins, others)


def check_admins(admins):
    call = b'{"method":"io.certprov.admin.ListRuns"}\0'
    heard = []
    for peer in admins:
        say(peer, call)
        heard.append(state(peer) or {"error": "closed"})
    claim("sixteen more are served on the admin socket", [False] * FOR_ADMIN, ["error" in m for m in heard[:FOR_ADMIN]])
    # The sixteen that wait to be told their limit leave no room for one more.
    claim("and the next is not", True, heard[FOR_ADMIN].get("error") in ("closed", "io.certprov.admin.LimitExceeded"))


def check_many(daemon, others):
    uid = os.getuid()
    check_one_user(daemon, others, uid, 1, OF_ROOT if uid == 0 else PER_UID)
    if uid != 0:
        print("SKIP 81-wire.sh: connections of several users need root", flush=True)
        return
    check_one_user(daemon, others, 20001, 0, PER_UID)
    check_many_users(daemon, others)


def main(run, pid, fingerprint, chain_files):
    daemon = Daemon(run, int(pid))
    others = Behaving(daemon.trust, fingerprint, chain_files)
    try:
        status, _, _, authorities, good, bad, leaf = others.first
        claim("the client that behaves is answered", ("10.1.33.33", 1), (status["firmware"], len(authorities)))
        daemon.idle = daemon.descriptors()
        for check in (check_junk, check_size, check_halves, check_pipelined, check_deaf, check_descriptors, check_many):
            check(daemon, others)
            settle(daemon, others)
        others.are_served("after all of it, in %d rounds" % others.rounds)
    finally:
        others.end()
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "behave":
        sys.exit(behave(sys.argv[2], sys.argv[3], sys.argv[4:]))
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
