# SPDX-License-Identifier: Apache-2.0
"""The rows of the hostile clients' table that are about users and calls (webhostile.py)."""
import contextlib
import glob
import json
import os
import re
import select
import signal
import threading
import time

from webclient import DEADLINE, Browser, request
from webtable import do, sentence_of
from wire import NOT_JSON, NOT_UTF8, NUMBERS, nested

OF_USER, SESSIONS = 8, 64
LISTENERS, LISTENERS_OF_USER = 64, 56
RUNNING_OF_USER, WAITING_OF_USER = 20, 24
AT_ONCE, SECONDS_EACH = 4, 1
OF_NAME, OF_NAME_SECONDS = 5, 10
OF_ADDRESS, OF_ADDRESS_SECONDS = 10, 5
NEWCOMERS, NEWCOMERS_SECONDS = 6, 10
SIGN_IN_BYTES = 4096
API = os.path.join(os.path.dirname(__file__), "../../daemon/certprovd/api/*.varlink")
SHA256 = "0" * 64


def wait(answer):
    """As long as it says."""
    select.select([], [], [], int(answer.headers["retry-after"]))


def sign_in(browser, user, password):
    """As soon as there may be another attempt; whatever becomes of that."""
    end = time.monotonic() + 4 * DEADLINE
    while (a := browser.sign_in(user, password)).status == 429 and time.monotonic() < end:
        wait(a)
    return a


class Users:
    """Who is signed in, for all rows."""

    def __init__(self, stage, password, allowed):
        self.stage = stage
        self.page = stage.page
        self.password = password
        with open(allowed, encoding="utf-8") as f:
            paths = json.load(f)["paths"]
        self.allowed = sorted(p.removeprefix("/call/io.certprov.") for p in paths if p.startswith("/call/"))
        self.methods = []
        for name in glob.glob(API):
            with open(name, encoding="utf-8") as f:
                interface = os.path.basename(name).removesuffix(".varlink").removeprefix("io.certprov.")
                self.methods += ["%s.%s" % (interface, m) for m in re.findall(r"^method (\w+)", f.read(), re.M)]
        self.alice = self.someone("alice")
        self.home = self.alice.address
        self.bob = self.someone("bob")
        self.changes = [m for m in self.allowed if self.bob.call(m).status == 403]

    def someone(self, user):
        browser = Browser(self.page)
        a = sign_in(browser, user, self.password)
        if a.status != 200:
            raise ValueError("%s cannot sign in: %d" % (user, a.status))
        return browser

    @contextlib.contextmanager
    def stranger(self, cookie=None, token=None):
        """Or who has stolen a cookie or a token."""
        with contextlib.closing(Browser(self.page)) as b:
            b.cookie, b.token = cookie, token
            yield b


def all_become(what, answers):
    """What becomes of all, when it is one."""
    got = {}
    for name, answer in answers:
        got.setdefault(sentence_of(answer, what), []).append(name)
    if len(got) == 1:
        return "%d x %s" % (len(list(got.values())[0]), list(got)[0])
    return repr({k: v[:3] for k, v in got.items()})


# --- who may ---


def nobody_calls(u, what):
    answers = []
    for method in u.methods + ["trust.Nothing", "", "x.Y"]:
        with u.stranger() as b:
            answers.append((method, b.call(method)))
    return all_become(what, answers)


def not_allowed(u, what):
    lacking = [m for m in u.methods if m not in u.allowed]
    if not lacking or "identity.Sign" not in lacking:
        return "these are not allowed: %r" % lacking
    others = ["trust.status", "trust.Status.", "trust.Status/", "trust..Status", "trust.Status%20", "/trust.Status", "", "x",
              "trust", "trust.", "../io.certprov.trust.Status", "trust.Nothing", "nothing.Status", "A" * 7000]
    services = ["org.varlink.service.GetInfo", "org.varlink.service.GetInterfaceDescription"]
    answers = [(m, u.alice.call(m)) for m in lacking + others]
    answers += [(m, u.alice.ask("POST", "/call/" + m, {})) for m in services]
    got = all_become(what, answers)
    expected = "%d x 404 org.varlink.service.MethodNotFound" % len(answers)
    return "all: 404 MethodNotFound" if got == expected else got


def looker_changes(u, what):
    if len(u.changes) < 10:
        return "%d methods change" % len(u.changes)
    got = all_become(what, [(m, u.bob.call(m)) for m in u.changes])
    return "all: 403 PermissionDenied" if got == "%d x 403 org.varlink.service.PermissionDenied" % len(u.changes) else got


def wrong_tokens(u, what):
    right = u.alice.token
    wrong = [None, "", "0", right[:-1], right + "0", right.upper(), u.bob.token, " ".join(right), "0" * len(right), "\xff" * len(right)]
    wrong += [right[:-1] + c for c in "0123456789abcdef" if c != right[-1]]
    answers = []
    for method in u.changes:
        answers.append((method, u.alice.call(method, X_CSRF_Token=None)))
    answers += [(token, u.alice.call("admin.CancelRun", {"id": 1}, X_CSRF_Token=token)) for token in wrong if token not in (right, "")]
    got = all_become(what, answers)
    return "all: 403 TokenMissing" if got == "%d x 403 TokenMissing" % len(answers) else got


def foreign(u, what):
    host = u.alice.host
    origins = ["https://evil.example", "null", "http://" + host, "https://localhost", "https://localhost:1", "https://" + host + ".evil.example",
               "https://" + host + "@evil.example", "https://evil.example/" + host, "ws://" + host, "https://" + host + "/", "https://",
               "x", "https://[::1]:%d" % u.page.port]
    answers = [(o, u.alice.call("trust.Status", Origin=o)) for o in origins]
    answers += [(o, u.alice.ask("GET", "/session", Origin=o)) for o in origins[:3]]
    answers += [(o, u.alice.ask("DELETE", "/session", Origin=o)) for o in origins]
    answers += [(s, u.alice.call("admin.CancelRun", {"id": 1}, Sec_Fetch_Site=s)) for s in ("cross-site", "same-site", "none", "x")]
    with u.stranger() as b:
        answers.append(("sign-in", b.ask("POST", "/session", {"user": "alice", "password": u.password}, Origin="https://evil.example")))
    got = all_become(what, answers)
    return "all: 403 ForeignOrigin" if got == "%d x 403 ForeignOrigin" % len(answers) else got


def foreign_host(u, what):
    """A name of another's that leads here: its page's origin is its own, and it has no cookie of ours."""
    with u.stranger() as b:
        b.host = "evil.example:%d" % u.page.port
        return sentence_of(b.call("trust.Status"), what)


def guessed_cookies(u, what):
    right = u.alice.cookie
    guesses = ["", "0", right[:-1], right + "0", right.upper(), right[::-1], " " + right, '"%s"' % right, "0" * 64, "%" + right, right + "%00"]
    guesses += [right[:-1] + c for c in "0123456789abcdef" if c != right[-1]]
    guesses += [os.urandom(32).hex() for _ in range(60)]
    answers = []
    with u.stranger() as b:
        for guess in guesses:
            answers.append((guess, b.call("trust.Status", Cookie="certprov_session=" + guess)))
        for name in ("Certprov_session", "certprov_session2", "xcertprov_session", "certprov_session ", "a; certprov_sessio"):
            answers.append((name, b.call("trust.Status", Cookie="%s=%s" % (name, right))))
    got = all_become(what, answers)
    return "all: 401 NotSignedIn" if got == "%d x 401 NotSignedIn" % len(answers) else got


def many_cookies(u, what):
    """Two thousand bytes before the right one, and as many cookies as a head has room for."""
    few = "a=b; " * 400 + "certprov_session=" + u.alice.cookie
    many = ";" * 6000 + "certprov_session=" + u.alice.cookie
    return all_become(what, [("few", u.alice.call("trust.Status", Cookie=few)), ("many", u.alice.call("trust.Status", Cookie=many))])


def fixed_session(u, what):
    """A cookie that the browser had before is not the session's."""
    with u.stranger(cookie="0" * 64) as b:
        status = sign_in(b, "bob", u.password).status
        fixed = b.cookie == "0" * 64
        b.ask("DELETE", "/session")
        return "%d, %s" % (status, "the same cookie" if fixed else "another cookie")


def ended_session(u, what):
    b = u.someone("alice")
    out = b.ask("DELETE", "/session").status
    got = sentence_of(b.call("trust.Status"), what)
    b.close()
    return "%d, then %s" % (out, got)


def header_user(u, what):
    """The front end's header, by HTTPS."""
    with u.stranger() as b:
        return sentence_of(b.call("trust.Status", X_User="alice"), what)


def front_end(u, what):
    """A name that is none, none at all, one with strange bytes, and a sign-in there."""
    kinds = [("mallory", None), ("", None), (None, None), ("alice\t", None), ("ALICE", None), ("\xe4lice", None),
             ("x" * 5000, None), ("alice", {"user": "alice", "password": u.password})]
    got = []
    for user, value in kinds:
        with contextlib.closing(u.page.front()) as c:
            headers = [("Content-Type", "application/json")] + ([("X-User", user)] if user is not None else [])
            path = "/session" if value else "/call/io.certprov.trust.Status"
            a = c.ask("POST", path, headers, json.dumps(value or {}).encode(), "phone")
            got.append(a.status)
    return repr(got)


# --- signing in ---


def sign_in_bodies(u, what):
    """What is no sign-in costs no attempt."""
    good = {"user": "alice", "password": "x"}
    text = json.dumps(good).encode()
    bodies = [b"", b"x", text[:-1], text + text, b"[]", b"null", b"{}", nested(2000, b"[]"), b'{"a":' * 5000,
              b'{"user":"alice","user":"bob","password":"x"}', b"\xff" + text, text + b"\0", b"\xef\xbb\xbf" + text,
              b'{"user":"ali\\u0000ce","password":"x"}', b'{"user":"\xff","password":"x"}']
    bodies += [json.dumps(v).encode() for v in (
        {"user": "alice"}, {"password": "x"}, {**good, "role": "change"}, {**good, "user": 17}, {**good, "user": None},
        {**good, "password": ["x"]}, {**good, "password": {}}, {**good, "password": "x" * SIGN_IN_BYTES})]
    with u.stranger() as b:
        answers = [(body[:40], b.ask("POST", "/session", body=body)) for body in bodies]
    got = all_become(what, answers)
    return "all: 400 BodyMalformed" if got == "%d x 400 BodyMalformed" % len(answers) else got


def sign_in_types(u, what):
    body = json.dumps({"user": "alice", "password": u.password}).encode()
    types = [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
             "text/plain, application/json"]
    with u.stranger() as b:
        got = all_become(what, [(t, b.ask("POST", "/session", body=body, Content_Type=t)) for t in types])
    return got


def strange_names(u, what):
    """None of them is in the log as it was sent."""
    before = u.stage.process.text()
    names = ["alice\n<0>certprovd: all is lost", "\u202ealice", "x" * 3000, "", "%s%n"]
    answers = []
    for name in names:
        with u.stranger() as b:
            answers.append((name, sign_in(b, name, u.password)))
    said = u.stage.process.text()[len(before):]
    got = all_become(what, answers)
    if re.search(rb"all is lost|xxxx|%n|\xe2", said):
        return "the log has %r" % said
    return got


def long_password(u, what):
    answers = []
    for password in ("x" * 4000, "\u00e4" * 300, u.password + "x", u.password[:-1], ""):
        with u.stranger() as b:
            answers.append((len(password), sign_in(b, "bob", password)))
    return all_become(what, answers)


def newcomers(began):
    """Attempts that those have who have not tried before, since then."""
    return NEWCOMERS + 1 + (time.monotonic() - began) / NEWCOMERS_SECONDS


def attempts(u, what, key, most, seconds):
    """Until more than a second has to be waited for: then it is not the limit of all. key makes
    browser and name of an attempt."""
    began = time.monotonic()
    made = 0
    while time.monotonic() < began + 2 * DEADLINE:
        browser, name = key(made)
        with contextlib.closing(browser):
            a = browser.sign_in(name, "wrong")
        if a.status == 401:
            made += 1
        elif int(a.headers["retry-after"]) <= SECONDS_EACH:
            wait(a)
        else:
            bound = most + 1 + (time.monotonic() - began) / seconds + newcomers(began)
            # Each waits for those of all, while its own budget fills.
            return "as many as may be, then %s" % sentence_of(a, what) if most <= made <= bound else "%d were heard" % made
    return "no limit in %d" % made


def attempts_of_name(u, what):
    got = attempts(u, what, lambda n: (Browser(u.page), "carol"), OF_NAME, OF_NAME_SECONDS)
    with u.stranger() as b:
        return "%s; another is heard: %d" % (got, sign_in(b, "dora", "wrong").status)


def attempts_of_address(u, what):
    address = u.page.address()
    got = attempts(u, what, lambda n: (Browser(u.page, address), "n%d" % n), OF_ADDRESS, OF_ADDRESS_SECONDS)
    with u.stranger() as b:
        return "%s; another is heard: %d" % (got, sign_in(b, "erik", "wrong").status)


def attempts_of_all(u, what):
    """From many addresses for many names. Whoever has signed in here before still can."""
    began = time.monotonic()
    heard = refused = 0
    while not refused:
        with u.stranger() as b:
            a = b.sign_in("m%d" % heard, "wrong")
        heard += a.status == 401
        refused += a.status == 429
    bound = AT_ONCE + 1 + (time.monotonic() - began) / SECONDS_EACH + newcomers(began)
    if heard > bound:
        return "%d were heard" % heard
    with contextlib.closing(Browser(u.page, u.home)) as b:
        status = b.sign_in("alice", u.password).status
        b.ask("DELETE", "/session")
    return "no more than may be, then %s; alice, who has been here, %d" % (sentence_of(a, what), status)


def sessions_of_user(u, what):
    """One more than a user may have: the one that was used longest ago ends."""
    browsers = [u.someone("u0") for _ in range(OF_USER)]
    for b in browsers[1:]:
        b.call("trust.Status")
    browsers.append(u.someone("u0"))
    got = [b.call("trust.Status").status for b in browsers]
    for b in browsers:
        b.ask("DELETE", "/session")
        b.close()
    good = [401] + [200] * OF_USER
    return "the oldest ends, %d go on" % OF_USER if got == good else repr(got)


class ManySessions(threading.Thread):
    """One more than all may have, on the page of the slow: that many take a minute."""

    def __init__(self, page, password):
        super().__init__(daemon=True)
        self.page, self.password = page, password
        self.got = "not all could sign in"
        self.took = 0
        self.start()

    def run(self):
        began = time.monotonic()
        cookies = []
        address = self.page.address()
        for i in range(SESSIONS + 1):
            with contextlib.closing(Browser(self.page, address)) as b:
                sign_in(b, "u%d" % (i // OF_USER), self.password)
                cookies.append(b.cookie)
        with contextlib.closing(Browser(self.page)) as b:
            got = []
            for cookie in cookies:
                b.cookie = cookie
                got.append(b.call("trust.Status").status)
        self.took = time.monotonic() - began
        self.got = "the oldest ends, %d go on" % SESSIONS if got == [401] + [200] * SESSIONS else repr(got)

    def end(self, table, honest):
        end = time.monotonic() + 4 * DEADLINE
        while self.is_alive() and time.monotonic() < end:
            self.join(5)
            honest.is_served("sessions")
        table.row("sessions, one more than all may have", self.took, "the oldest ends, %d go on" % SESSIONS, self.got)


# --- calls ---


def call_bodies(u, what):
    status = b'{"a":1}'
    bodies = [b for b in NOT_JSON if b not in (b"",)] + [b" ", b"null", b"[]", b"17", b'"x"', b"true"]
    bodies += [status + status, status[:-1], nested(15, b"[]"), nested(100000, b"[]"), b'{"a":' * 40000]
    bodies += [b'{"sha256":' + nested(17, b"[]") + b"}", b'{"sha256":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}"]
    bodies += [b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'{"a":"' + b"\xff" + b'"}', b"[" + b"1," * 100000 + b"1]"]
    bodies += [b'{"sha256":"' + t + b'"}' for t in NOT_UTF8] + [b'{"sha256":' + n + b"}" for n in NUMBERS]
    bodies += [bytes(range(256)), os.urandom(2000)]
    answers = [(body[:30], u.alice.call("trust.Get", body=body)) for body in bodies]
    got = all_become(what, answers)
    return "all: 400 NotJson" if got == "%d x 400 NotJson" % len(answers) else got


def call_types(u, what):
    types = [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"]
    return all_become(what, [(t, u.alice.call("trust.Status", body=b"{}", Content_Type=t)) for t in types])


def call_parameters(u, what):
    """Of other types than they have, and unknown ones: whatever method it is."""
    wrong = [17, -1, 1.5, "x", "", True, None, [], {}, [[]], {"a": {}}, "\u202e", "A" * 100000]
    answers = [(w, u.alice.call("trust.Get", {"sha256": w})) for w in wrong]
    bad = [(m, u.alice.call(m, {"nothing": 1}, Accept="text/event-stream")) for m in u.allowed if m not in ("trust.Monitor", "trust.MonitorRejections")]
    bad = [(m, a.status) for m, a in bad if a.status == 500 or a.status == 502]
    return repr(bad[:5]) if bad else all_become(what, answers)


def large_call(u, what):
    """That certprovd would take, and would not, as long as a body may be, and a byte more."""
    text = b'{"sha256":"%s"}'
    got = []
    for size in (255 * 1024, 256 * 1024, 256 * 1024 + 1):
        with contextlib.closing(u.page.connect()) as c:
            body = text % (b"x" * (size - len(text) + 2))
            c.say(request("POST", "/call/io.certprov.trust.Get", u.alice.headers(), body, u.alice.host))
            got.append(sentence_of(c.answer(), what))
    return ", ".join(got)


def parallel_calls(u, what):
    """While the daemon is stopped: those that run, those that wait, and one more."""
    count = RUNNING_OF_USER + WAITING_OF_USER + 6
    with contextlib.ExitStack() as stack:
        peers = []
        for i in range(count):
            if i % 25 == 0:
                address = u.page.address()
            peers.append(stack.enter_context(contextlib.closing(u.page.connect(address))))
        os.kill(u.stage.daemon_pid, signal.SIGSTOP)
        try:
            for p in peers:
                p.say(request("POST", "/call/io.certprov.trust.Status", u.alice.headers(), b"{}", u.alice.host))
            refused = [p for p in peers if select.select([p.socket], [], [], 0)[0]]
            end = time.monotonic() + DEADLINE
            while len(refused) < 6 and time.monotonic() < end:
                refused = select.select([p.socket for p in peers], [], [], 1)[0]
            with contextlib.closing(u.page.front()) as front:
                front_status = front.ask().status
        finally:
            os.kill(u.stage.daemon_pid, signal.SIGCONT)
        got = [sentence_of(p.answer(), what) for p in peers]
    return "%d x 200, %d x 429 TooManyRequests, others %d" % (got.count("200"), got.count("429 TooManyRequests"), front_status)


def begin_listeners(u, browser, stack, count):
    """Streams that have begun, or the answer."""
    got = []
    for i in range(count):
        if i % 25 == 0:
            address = u.page.address()
        c = stack.enter_context(contextlib.closing(u.page.connect(address)))
        browser.begin_stream("trust.MonitorRejections", connection=c)
        a = c.head()
        if a.status != 200:
            a.body = c.take(int(a.headers["content-length"]))
        got.append(sentence_of(a, "listeners"))
    return got


def listeners(u, what):
    with contextlib.ExitStack() as stack:
        alice = begin_listeners(u, u.alice, stack, LISTENERS_OF_USER + 1)
        bob = begin_listeners(u, u.bob, stack, (LISTENERS - LISTENERS_OF_USER) // 2 + 1)
        u.stage.honest.is_served(what)
    good = ["200"] * LISTENERS_OF_USER, ["200"] * ((LISTENERS - LISTENERS_OF_USER) // 2)
    return "%d of one, %d of another, then %s" % (
        alice.count("200"), bob.count("200"), {alice[-1], bob[-1]}) if alice[:-1] + bob[:-1] == good[0] + good[1] else repr((alice, bob))


def deaf_listeners(u, what):
    """Twenty lists of which nothing is read: bounded, and others are served and call."""
    with contextlib.ExitStack() as stack:
        address = u.page.address()
        for _ in range(RUNNING_OF_USER - 1):
            c = stack.enter_context(contextlib.closing(u.page.connect(address, receive_bytes=4096)))
            u.alice.begin_stream("trust.ListCertificates", {"list": "authorities", "withDer": True}, c)
        u.stage.honest.is_served(what)
        return "others: %d, %d" % (u.alice.call("trust.Status").status, u.bob.call("trust.Status").status)


def left_listeners(u, what):
    """Who goes in the middle leaves nothing."""
    address = u.page.address()
    for _ in range(30):
        c = u.page.connect(address)
        u.alice.begin_stream("trust.Monitor", connection=c)
        c.close()
    return "others: %d" % u.alice.call("trust.Status").status


ROWS = [
    ("every method, unasked who it is", nobody_calls, None),
    ("every method that nobody may call, and what is none", not_allowed, "all: 404 MethodNotFound"),
    ("every change by who may only look", looker_changes, "all: 403 PermissionDenied"),
    ("every change without a token, and wrong tokens", wrong_tokens, "all: 403 TokenMissing"),
    ("requests that other sites made", foreign, "all: 403 ForeignOrigin"),
    ("another's name that leads here", foreign_host, "401 NotSignedIn"),
    ("guessed cookies", guessed_cookies, "all: 401 NotSignedIn"),
    ("hundreds of cookies, then the right one", many_cookies, "2 x 200"),
    ("a cookie set beforehand", fixed_session, "200, another cookie"),
    ("a session that was ended", ended_session, "204, then 401 NotSignedIn"),
    ("the front end's header by HTTPS", header_user, "401 NotSignedIn"),
    ("users that a front end cannot mean", front_end, "[403, 403, 401, 200, 403, 403, 403, 409]"),
    ("what is no sign-in", sign_in_bodies, "all: 400 BodyMalformed"),
    ("sign-ins as a form of another site sends them", sign_in_types, "6 x 415 NotJson"),
    ("bodies that are no call", call_bodies, "all: 400 NotJson"),
    ("calls as a form of another site sends them", call_types, "5 x 415 NotJson"),
    ("parameters of wrong types", call_parameters, "13 x 400 org.varlink.service.InvalidParameter"),
    ("calls of 255 KiB, of 256, and a byte longer", large_call, "400 org.varlink.service.InvalidParameter, 413 TooLarge, 413 TooLarge"),
    ("calls at a time, one more than a user may have", parallel_calls, "44 x 200, 6 x 429 TooManyRequests, others 200"),
    ("listeners, one more than a user may have, and another", listeners, "56 of one, 4 of another, then {'429 TooManyRequests'}"),
    ("lists of which nothing is read", deaf_listeners, "others: 200, 200"),
    ("listeners who go", left_listeners, "others: 200"),
    ("names with strange bytes", strange_names, "5 x 401 WrongPassword"),
    ("passwords that are long, or nearly right", long_password, "5 x 401 WrongPassword"),
    ("attempts to sign in, one more than a name may have", attempts_of_name,
     "as many as may be, then 429 TooManyAttempts; another is heard: 401"),
    ("attempts to sign in, one more than an address may make", attempts_of_address,
     "as many as may be, then 429 TooManyAttempts; another is heard: 401"),
    ("attempts to sign in, one more than all may make", attempts_of_all,
     "no more than may be, then 429 TooManyAttempts; alice, who has been here, 200"),
    ("sessions, one more than a user may have", sessions_of_user, "the oldest ends, 8 go on"),
]


def all_rows(table, stage, password, allowed, more):
    u = Users(stage, password, allowed)
    stage.process.is_idle()
    for name, deed, expected in ROWS + more:
        if expected is None:
            expected = "%d x 401 NotSignedIn" % (len(u.methods) + 3)
        do(table, stage, name, lambda deed=deed, name=name: deed(u, name), expected)
        # Each row has the requests of an address anew.
        for browser in (u.alice, u.bob):
            browser.close()
            browser.address = stage.page.address()
            browser.connection = stage.page.connect(browser.address)
    for browser in (u.alice, u.bob):
        browser.close()
    stage.process.settle("users")
