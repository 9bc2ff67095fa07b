# SPDX-License-Identifier: Apache-2.0
"""Tables of deeds and of what becomes of them, for the hostile clients of the page.

After each row an honest request is answered on a connection that was there before, on a
new one and by the front end's socket; the descriptors are as many as before; memory and
log have not grown beyond their bounds.
"""
import os
import re
import select
import socket
import time

from webclient import DEADLINE, request

KIB = 1024
LOG_AT_ONCE, LOG_SECONDS_A_LINE = 30, 10
# What may stay of all deeds together, and MemoryMax= of the unit.
GROWTH_MAX_KIB, MEMORY_MAX_KIB = 8 * KIB, 96 * KIB
# Less than the first of the page's limits of time.
TIME_LIMIT = 9
PROBE = request("GET", "/probe")


def fail(sentence):
    print("FAILED: " + sentence, flush=True)
    os._exit(1)  # whatever the threads of the slow do


class Process:
    """What a stranger could make grow."""

    def __init__(self, pid, log):
        self.pid = int(pid)
        self.log = log
        self.began = time.monotonic()
        self.descriptors_idle = 0
        self.memory_idle = 0

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def memory_kib(self, field):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))

    def text(self):
        with open(self.log, "rb") as log:
            return log.read()

    def lines(self):
        return self.text().count(b"\n")

    def lines_of_users(self):
        """Who signs in and out has a budget of lines apart from that of strangers."""
        return len(re.findall(rb" signed (?:in|out) at ", self.text()))

    def is_idle(self):
        """Now."""
        self.descriptors_idle = self.descriptors()

    def is_warm(self):
        """Now: what malloc keeps of the worst, it has."""
        self.settle("warming")
        self.memory_idle = self.memory_kib("VmRSS:")

    def settle(self, what):
        end = time.monotonic() + DEADLINE
        while self.descriptors() > self.descriptors_idle:
            if time.monotonic() > end:
                fail("%s: %d descriptors, not %d" % (what, self.descriptors(), self.descriptors_idle))
            select.select([], [], [], 0.002)

    def settle_to(self, more):
        end = time.monotonic() + DEADLINE
        while self.descriptors() > self.descriptors_idle + more and time.monotonic() < end:
            select.select([], [], [], 0.002)

    def check(self, what):
        self.settle(what)
        of_users = self.lines_of_users()
        lines = max(of_users, self.lines() - of_users)
        # A line may have one before it that says how many were not logged.
        most = LOG_AT_ONCE + 2 * (1 + (time.monotonic() - self.began) / LOG_SECONDS_A_LINE)
        if lines > most:
            fail("%s: the log has %d lines" % (what, lines))
        grown = self.memory_kib("VmRSS:") - self.memory_idle
        # A sanitizer keeps what was freed.
        if grown > GROWTH_MAX_KIB and not os.environ.get("SANITIZE"):
            fail("%s: %d KiB more memory" % (what, grown))


class Honest:
    """Who behaves: a connection that stays, and new ones."""

    def __init__(self, page):
        self.page = page
        self.address = page.address()
        self.body = page.begin().body
        self.connection = page.connect(self.address)
        self.count = 0

    def comes_again(self):
        """As a browser does whose connection was closed for somebody new."""
        self.connection.close()
        self.connection = self.page.connect(self.address)
        self.connection.ask()

    def is_served(self, what):
        ways = [("the connection that is there", self.connection)]
        ways += [("a new connection", self.page.connect()), ("the front end", self.page.front())]
        for way, connection in ways:
            a = connection.ask()
            if a is None or a.status != 200 or a.body != self.body:
                fail("%s: then %s is not served" % (what, way))
            self.count += 1
        for _, connection in ways[1:]:
            connection.close()


# --- what becomes of it ---


def sentence_of(answer, what):
    """ "400 HeaderTwice"; an error of the page's own has a sentence to read."""
    error = answer.error()
    if answer.status < 400 or answer.of_head:
        return str(answer.status)
    if error is None or ("." not in error and not answer.json()["parameters"].get("sentence")):
        fail("%s: an error of %d without name and sentence: %r" % (what, answer.status, answer.body[:200]))
    return "%d %s" % (answer.status, error)


def closed(began):
    """Because of what was sent, and not because it took too long."""
    return "closed" if time.monotonic() - began < TIME_LIMIT else "closed late"


def becomes(connection, what, of_head=False):
    """The answer, and whether another request is answered behind it."""
    began = time.monotonic()
    try:
        answer = connection.answer(of_head)
        if answer is None:
            return closed(began)
        text = sentence_of(answer, what)
        connection.say(PROBE)
        behind = connection.answer()
    except socket.timeout:
        return "nothing"
    except EOFError:
        return "an answer that is cut"
    if behind is None:
        return text + ", closed"
    if behind.status != 404:
        return "%s, and what was behind it: %d" % (text, behind.status)
    return text + ", open"


class Stage:
    """What deeds are done on."""

    def __init__(self, page, process, honest, daemon_pid):
        self.page = page
        self.process = process
        self.honest = honest
        self.daemon_pid = int(daemon_pid)


class Table:
    def __init__(self):
        self.count = 0
        self.bad = 0

    def row(self, name, took_s, expected, got):
        self.count += 1
        self.bad += got != expected
        print("%s %7.0f ms  %-60s %s%s" % (
            "ok:    " if got == expected else "FAILED:", took_s * 1000, name, got,
            "" if got == expected else " (and not: %s)" % expected), flush=True)


def do(table, stage, name, deed, expected):
    began = time.monotonic()
    try:
        got = deed()
    except (OSError, EOFError, ValueError, AttributeError) as e:
        got = "%s: %s" % (type(e).__name__, e)
    took = time.monotonic() - began
    stage.honest.is_served(name)
    stage.process.check(name)
    table.row(name, took, expected, got)
