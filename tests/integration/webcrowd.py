# SPDX-License-Identifier: Apache-2.0
"""The rows of the hostile clients' table in which strangers have many addresses (webhostile.py)."""
import concurrent.futures
import contextlib
import select
import threading
import time

from webclient import DEADLINE, GONE, Browser, Connection
from webusers import sign_in

IN_ALL, PER_PEER, OF_KNOWN = 160, 32, 16
STEP = 16
HANDSHAKES_AT_ONCE, HANDSHAKES_A_SECOND = 100, 20


def still_there(connections):
    """How many of them the page has not closed."""
    poll = select.poll()
    for c in connections:
        poll.register(c.socket, select.POLLRDHUP)
    closed = {fd for fd, what in poll.poll(0) if what & (select.POLLRDHUP | select.POLLHUP | select.POLLERR)}
    return sum(c.socket.fileno() not in closed for c in connections)


def served(page, address=None, fresh=False):
    """Whether a new connection is."""
    try:
        with contextlib.closing(page.connect(address, fresh)) as c:
            a = c.ask()
            return a is not None and a.status == 200
    except GONE:
        return False


class Crowd:
    """Connections of so many addresses, so many each."""

    def __init__(self, stage, addresses, each, asks=False):
        self.stage = stage
        self.stack = contextlib.ExitStack()
        self.all = []
        for _ in range(addresses):
            address = stage.page.address()
            for _ in range(each):
                c = self.stack.enter_context(contextlib.closing(stage.page.connect(address)))
                if asks:
                    c.ask()
                self.all.append(c)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stack.close()


def five_addresses(stage, what):
    """One more than there may be with the honest one, which loses nothing."""
    with Crowd(stage, IN_ALL // PER_PEER, PER_PEER) as crowd:
        there = still_there(crowd.all)
        descriptors = stage.process.descriptors() - stage.process.descriptors_idle
        with contextlib.closing(stage.page.connect()) as c:
            new = c.ask().status
            return "%d of them, %d descriptors more; a new one has %d, and they are %d" % (
                there, descriptors, new, still_there(crowd.all))


def each_of_another_address(stage, what):
    """Each new one takes the place of the oldest, which may come again."""
    with Crowd(stage, IN_ALL - 1, 1):
        new = sum(served(stage.page) for _ in range(20))
        stage.honest.comes_again()
        stage.honest.is_served(what)
        return "%d of 20 new ones are served, %d descriptors more" % (
            new, max(0, stage.process.descriptors() - stage.process.descriptors_idle - IN_ALL + 1))


def each_of_another_address_and_served(stage, what):
    """The oldest goes, whatever it has asked since."""
    with Crowd(stage, IN_ALL - 1, 1, asks=True) as crowd:
        stage.honest.comes_again()
        before = still_there(crowd.all)
        new = 0
        with Crowd(stage, 5, 1, asks=True) as others:
            new = sum(c.ask().status == 200 for c in others.all)
        return "%d of 5 new ones are served, in the place of %d" % (new, before - still_there(crowd.all))


def one_that_waits(stage, what):
    """It has not begun its handshake when more come; those who are there have asked."""
    page = stage.page
    with Crowd(stage, IN_ALL - 1, 1, asks=True):
        with contextlib.closing(page.tcp()) as new, Crowd(stage, 5, 1, asks=True):
            tls = page.context.wrap_socket(new, server_hostname="localhost", session=page.session)
            with contextlib.closing(Connection(tls)) as c:
                status = c.ask().status
        stage.honest.comes_again()
        return str(status)


def handshakes_of_many(stage, what):
    """All at once, each of another address, and more than there are signatures: each has its turn."""
    count = HANDSHAKES_AT_ONCE + 50
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        done = sum(pool.map(lambda address: served(stage.page, address, fresh=True), [stage.page.address() for _ in range(count)]))
    took = time.monotonic() - began
    most = HANDSHAKES_AT_ONCE + 1 + HANDSHAKES_A_SECOND * took
    return "%d of %d, and no more in that time than may be: %s" % (done, count, done <= most)


class Shaking(threading.Thread):
    """Handshakes from one address that resume nothing, as fast as it may."""

    def __init__(self, page, address):
        super().__init__(daemon=True)
        self.page, self.address = page, address
        self.enough = threading.Event()
        self.done = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.enough.set()
        self.join(DEADLINE)

    def run(self):
        while not self.enough.is_set():
            with contextlib.suppress(OSError):
                self.page.connect(self.address, fresh=True).close()
                self.done += 1


def handshakes_of_a_few(stage, what):
    """They use up all there are, and more wait: others have their turn, and resume nothing either."""
    with contextlib.ExitStack() as stack:
        addresses = [stage.page.address() for _ in range(4)]
        strangers = [stack.enter_context(Shaking(stage.page, a)) for a in addresses for _ in range(4)]
        end = time.monotonic() + DEADLINE
        while sum(s.done for s in strangers) < HANDSHAKES_AT_ONCE and time.monotonic() < end:
            select.select([], [], [], 0.01)
        used_up = sum(s.done for s in strangers) >= HANDSHAKES_AT_ONCE
        new = sum(served(stage.page, fresh=True) for _ in range(10))
        return "used up: %s, then %d of 10 others are served" % (used_up, new)


def users_stay(u, what):
    """A user's stream and connections stay, and he gets new ones, while strangers come in crowds."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(contextlib.closing(u.alice.begin_stream("trust.Monitor")))
        if stream.head().status != 200:
            return "no stream"
        own = [stack.enter_context(contextlib.closing(u.page.connect(u.home))) for _ in range(OF_KNOWN - 2)]
        calls = set()
        for _ in range(4 * IN_ALL // STEP):
            for _ in range(STEP):
                stack.enter_context(contextlib.closing(u.page.tcp()))
            calls.add(u.alice.call("trust.Status").status)
        gone = len([stream, *own]) - still_there([stream, *own])
        own.pop().close()
        new = served(u.page, u.home)
        own.pop().close()
        again = stack.enter_context(contextlib.closing(Browser(u.page, u.home)))
        signed_in = sign_in(again, "alice", u.password).status
        again.ask("DELETE", "/session")
        u.stage.honest.comes_again()
        return "all calls: %s, %d connections lost, a new one is served: %s, signing in again: %d" % (calls, gone, new, signed_in)


DEEDS = [
    ("all connections there may be, of five addresses", five_addresses,
     "159 of them, 159 descriptors more; a new one has 200, and they are 158"),
    ("all connections, each of another address", each_of_another_address, "20 of 20 new ones are served, 0 descriptors more"),
    ("the same, and each has asked", each_of_another_address_and_served, "5 of 5 new ones are served, in the place of 5"),
    ("the same, and more come while a new one waits", one_that_waits, "200"),
    ("handshakes at once, more than there are signatures", handshakes_of_many, "150 of 150, and no more in that time than may be: True"),
    ("handshakes of a few, without end", handshakes_of_a_few, "used up: True, then 10 of 10 others are served"),
]
DEEDS_OF_USERS = [
    ("connections of ever more addresses", users_stay,
     "all calls: {200}, 0 connections lost, a new one is served: True, signing in again: 200"),
]
