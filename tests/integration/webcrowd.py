# SPDX-License-Identifier: Apache-2.0
"""The rows of the hostile clients' table in which strangers have many addresses (webhostile.py)."""
import contextlib
import select

from webclient import GONE, Browser
from webusers import sign_in

IN_ALL, PER_PEER, OF_KNOWN = 160, 32, 16
STEP = 16


def still_there(connections):
    """How many of them the page has not closed."""
    poll = select.poll()
    for c in connections:
        poll.register(c.socket, select.POLLRDHUP)
    closed = {fd for fd, what in poll.poll(0) if what & (select.POLLRDHUP | select.POLLHUP | select.POLLERR)}
    return sum(c.socket.fileno() not in closed for c in connections)


def served(page, address=None):
    """Whether a new connection is."""
    try:
        with contextlib.closing(page.connect(address)) as c:
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
    """Each new one takes the place of the oldest of those that have asked for nothing."""
    with Crowd(stage, IN_ALL - 1, 1):
        new = sum(served(stage.page) for _ in range(20))
        stage.honest.is_served(what)
        return "%d of 20 new ones are served, %d descriptors more" % (
            new, max(0, stage.process.descriptors() - stage.process.descriptors_idle - IN_ALL + 1))


def each_of_another_address_and_served(stage, what):
    """The one that asked longest ago goes."""
    with Crowd(stage, IN_ALL - 1, 1, asks=True) as crowd:
        stage.honest.connection.ask()
        before = still_there(crowd.all)
        new = 0
        with Crowd(stage, 5, 1, asks=True) as others:
            new = sum(c.ask().status == 200 for c in others.all)
        return "%d of 5 new ones are served, in the place of %d" % (new, before - still_there(crowd.all))


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
        return "all calls: %s, %d connections lost, a new one is served: %s, signing in again: %d" % (calls, gone, new, signed_in)


DEEDS = [
    ("all connections there may be, of five addresses", five_addresses,
     "159 of them, 159 descriptors more; a new one has 200, and they are 158"),
    ("all connections, each of another address", each_of_another_address, "20 of 20 new ones are served, 0 descriptors more"),
    ("the same, and each has asked", each_of_another_address_and_served, "5 of 5 new ones are served, in the place of 5"),
]
DEEDS_OF_USERS = [
    ("connections of ever more addresses", users_stay,
     "all calls: {200}, 0 connections lost, a new one is served: True, signing in again: 200"),
]
