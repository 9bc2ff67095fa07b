#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fifty open pages: crowd.py PORT AUTHORITY PASSWORD

Each is a user u0, u1 ... of an address of its own, and has what the page has: the streams
Monitor and MonitorRejections, and a connection for calls, of which it makes one a second,
another each time. Says "ready" when all are there; a line "stuck ..." when a call is not
answered as it should be. Goes on until it is ended.
"""
import json
import os
import selectors
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))
from webclient import Browser, Page, request  # noqa: E402

PAGES = 50
STREAMS = ("trust.Monitor", "trust.MonitorRejections")
# What the tabs ask for: Overview, Certificate Authorities, Server Certificates, Settings, History.
CALLS = (
    ("trust.Status", {}, False),
    ("trust.ListCertificates", {"list": "authorities"}, True),
    ("admin.ListRuns", {}, False),
    ("trust.ListCertificates", {"list": "servers"}, True),
    ("admin.ListSettings", {}, False),
    ("trust.Counters", {}, False),
    ("admin.History", {"limit": 50}, True),
    ("identity.ListIdentities", {}, False),
)


class Tab:
    def __init__(self, page, number, password):
        self.browser = Browser(page, "127.2.0.%d" % (1 + number))
        while (a := self.browser.sign_in("u%d" % number, password)).status != 200:
            if a.status != 429:
                raise ValueError("no session: %d" % a.status)
            time.sleep(int(a.headers["retry-after"]))
        self.streams = [self.browser.begin_stream(method) for method in STREAMS]
        for c in self.streams:
            if c.head().status != 200:
                raise ValueError("no stream")
        self.calls = number  # so that they do not all ask the same
        self.due = 0

    def call(self):
        method, parameters, more = CALLS[self.calls % len(CALLS)]
        self.calls += 1
        headers = self.browser.headers(Accept="text/event-stream" if more else None)
        self.browser.connection.say(request("POST", "/call/io.certprov." + method, headers,
                                            json.dumps(parameters).encode(), self.browser.host))
        a = self.browser.connection.answer()
        if a is None or a.status != 200 or (more and b"event: end" not in a.body):
            print("stuck: %s: %s" % (method, a and a.status), flush=True)


def main(port, authority, password):
    page = Page(port, authority)
    page.begin()
    tabs = [Tab(page, i, password) for i in range(PAGES)]
    selector = selectors.DefaultSelector()
    for tab in tabs:
        for c in tab.streams:
            selector.register(c.socket, selectors.EVENT_READ, c)
    print("ready", flush=True)
    now = time.monotonic()
    for i, tab in enumerate(tabs):
        tab.due = now + i / len(tabs)
    while True:
        tab = min(tabs, key=lambda t: t.due)
        # Whoever was stopped does not make up for it.
        tab.due = max(tab.due, time.monotonic() - 1) + 1
        while (left := tab.due - 1 - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.rest = b""
                if not key.data.more():
                    print("stuck: a stream ended", flush=True)
                    selector.unregister(key.fileobj)
        tab.call()


main(*sys.argv[1:])
