#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetchers as a hostile provisioning server would make them, once it owned one.

hostile.py RUN CERTIFICATE SCENARIO...   RUN: the daemon's runtime directory
hostile.py --list GROUP                  the scenarios of a group

Plays one scenario after the other at RUN/fetch: asks the daemon for a run, serves its
connection as badly as it can, and asks for the Status all the while. Says in a line
what became of it: SCENARIO RESULT MILLISECONDS ACCEPTED REASON, where the number is
the longest that an answer to Status took. --as UID: listen as this user."""
import base64
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from varlink import Error, Peer  # noqa: E402

FETCH = "io.certprov.fetch."
PAGE = "http://127.0.0.1:1/page.xml"
LONGEST = 60
scenarios = {}


def scenario(group, name):
    def keep(function):
        scenarios[name] = (group, function)
        return function
    return keep


class Fetcher(Peer):
    """The fetcher's end of a run."""
    der = b""

    def ask(self, method, parameters=None):
        return self.call(FETCH + method, parameters)

    def job(self):
        return self.ask("GetJob")

    def page(self, result="processed", **more):
        return self.ask("ReportDocument", dict(url=PAGE, bytes=1, result=result, authenticated=True, **more))

    def element(self, result="empty", **more):
        return self.ask("ReportElement", dict(document=PAGE, line=1, result=result, reason="-", **more))

    def offer(self, der=None, variant="base64", **more):
        der = base64.b64encode(self.der if der is None else der).decode()
        return self.ask("OfferCertificate", dict(
            dict(der=der, variant=variant, document=PAGE, line=1, authenticated=True), **more))

    def setting(self, name="nonsense", value="1"):
        return self.ask("OfferSetting", dict(
            name=name, value=value, document=PAGE, line=1, authenticated=True))

    def finish(self, result="complete"):
        return self.ask("Finish", {"result": result})

    def wait_for_end(self):
        try:
            while self.socket.recv(1 << 16):
                pass
        except OSError:
            pass

    def flood(self, method, parameters, count):
        """As fast as it can be written; the answers are read and thrown away."""
        reader = threading.Thread(target=self.wait_for_end, daemon=True)
        reader.start()
        one = json.dumps({"method": FETCH + method, "parameters": parameters}).encode() + b"\0"
        try:
            for done in range(0, count, 100):
                self.send_raw(one * min(100, count - done))
        except OSError:
            pass
        reader.join(LONGEST)


# --- nonsense ---

def raw(name, data, started=False):
    @scenario("nonsense", name)
    def send(f):
        if started:
            f.job()
            f.page()
        f.send_raw(data)
        f.wait_for_end()


raw("binary-junk", bytes(range(256)) * 16)
raw("zero-bytes", b"\0" * 1000)
raw("half-an-object", b'{"method": \0', True)
raw("no-object", b'["io.certprov.fetch.GetJob"]\0')
raw("no-method", b'{"parameters": {}}\0')
raw("a-method-that-is-a-number", b'{"method": 1}\0')
raw("a-key-twice", b'{"method": "io.certprov.fetch.GetJob", "method": "io.certprov.fetch.Finish"}\0')
raw("a-zero-in-a-string", b'{"method": "io.certprov.fetch.GetJob\\u0000"}\0')
raw("bad-utf-8", b'{"method": "io.certprov.fetch.GetJob\xff"}\0')
raw("too-deep", b'{"method": "io.certprov.fetch.GetJob", "parameters": ' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}\0")
LONG = b'{"method": "io.certprov.fetch.GetJob", "parameters": {"a": ""}}'
raw("a-message-too-long", LONG.replace(b'""', b'"' + b"x" * (256 * 1024 + 1 - len(LONG)) + b'"') + b"\0", True)
raw("a-message-without-end", b"x" * (1 << 20))


@scenario("nonsense", "a-method-of-no-interface")
def _(f):
    f.job()
    f.page()
    f.ask("Accept", {"der": ""})


@scenario("nonsense", "a-method-of-another-interface")
def _(f):
    f.job()
    f.page()
    f.call("io.certprov.admin.SetSetting", {"name": "setting_server", "value": "http://evil.example.com/"})


@scenario("nonsense", "a-parameter-of-the-wrong-type")
def _(f):
    f.job()
    f.ask("ReportDocument", {"url": 1, "bytes": "many", "result": "processed", "authenticated": "yes"})


@scenario("nonsense", "a-parameter-too-many")
def _(f):
    f.ask("GetJob", {"please": True})


@scenario("nonsense", "descriptors")
def _(f):
    f.job()
    f.page()
    one = json.dumps({"method": FETCH + "Progress", "parameters": {"phase": "documents", "done": 1, "total": 1}})
    pair = os.pipe()
    try:
        for count in (1, 2, 100):
            socket.send_fds(f.socket, [one.encode() + b"\0"], list(pair) * count)
    finally:
        for fd in pair:
            os.close(fd)
    f.wait_for_end()


# --- floods: one more than there may be; the limits of the run are 50 and 4 ---

def flood(name, method, parameters, count, group="floods"):
    @scenario(group, name)
    def send(f):
        f.job()
        f.flood(method, parameters, count)


ELEMENT = {"document": PAGE, "line": 1, "result": "empty", "reason": "-"}
OFFER = {"der": "AAAA", "variant": "base64", "document": PAGE, "line": 1, "authenticated": True}
DOCUMENT = {"url": PAGE, "bytes": 0, "authenticated": True}
flood("elements", "ReportElement", ELEMENT, 55)
flood("offers", "OfferCertificate", OFFER, 51)
flood("documents", "ReportDocument", dict(DOCUMENT, result="processed"), 5)
flood("document-reports", "ReportDocument", dict(DOCUMENT, result="timeout"), 4097)
flood("settings", "OfferSetting", {"name": "x", "value": "y", "document": PAGE, "line": 1, "authenticated": True}, 4097)
flood("peers", "ReportPeer", {"chain": ["AAAA"], "host": "a.example.com", "result": "malformed"}, 65)
flood("progress", "Progress", {"phase": "documents", "done": 1, "total": 1}, 65645)
flood("a-hundred-thousand-elements-of-54", "ReportElement", ELEMENT, 100000)
flood("a-hundred-thousand-elements", "ReportElement", ELEMENT, 100000, "full floods")
flood("offer-20001", "OfferCertificate", OFFER, 20001, "full floods")


# --- hangs ---

@scenario("hangs", "never-calls")
def _(f):
    f.wait_for_end()


@scenario("hangs", "never-finishes")
def _(f):
    f.job()
    f.page()
    f.wait_for_end()


@scenario("hangs", "never-reads")
def _(f):
    f.job()
    one = json.dumps({"method": FETCH + "Progress", "parameters": {"phase": "documents", "done": 1, "total": 1}})
    f.socket.settimeout(LONGEST)
    try:
        while True:
            f.send_raw(one.encode() + b"\0")
    except OSError:
        pass


@scenario("hangs", "stays-after-finish")
def _(f):
    f.job()
    f.finish("failed")
    f.wait_for_end()


# --- deaths: the connection ends ---

@scenario("deaths", "before-anything")
def _(f):
    pass


@scenario("deaths", "with-its-job")
def _(f):
    f.job()


@scenario("deaths", "in-a-message")
def _(f):
    f.job()
    f.send_raw(b'{"method": "io.certprov.fetch.Repo')


@scenario("deaths", "among-documents")
def _(f):
    f.job()
    f.page()


@scenario("deaths", "among-downloads")
def _(f):
    f.job()
    f.page()
    f.ask("Progress", {"phase": "downloads", "done": 1, "total": 5})


@scenario("deaths", "without-reading-its-answer")
def _(f):
    f.job()
    f.page()
    f.send(FETCH + "OfferCertificate", OFFER)


@scenario("deaths", "finished-with-nothing-read")
def _(f):
    f.job()
    f.finish()


# --- lies: each a step out of the table of what a fetcher may do ---

def lie(name, *calls):
    @scenario("lies", name)
    def tell(f):
        f.job()
        f.page()
        for call in calls:
            call(f)
        f.finish()


UNKNOWN = "http://127.0.0.1:1/c.der"


def download(f):
    f.offer(variant="url", url=UNKNOWN, der=b"no")


lie("element-accepted", lambda f: f.element("accepted", url=UNKNOWN))
lie("element-already-trusted", lambda f: f.element("already-trusted", url=UNKNOWN))
lie("document-accepted", lambda f: f.page("accepted"))
lie("document-trusted", lambda f: f.page("trusted"))
lie("peer-trusted", lambda f: f.ask("ReportPeer", {"chain": ["AAAA"], "host": "a", "result": "trusted"}))
lie("job-twice", lambda f: f.job())
lie("document-after-downloads", download, lambda f: f.page())
lie("base64-after-downloads", download, lambda f: f.offer())
lie("setting-after-downloads", download, lambda f: f.setting())
lie("finish-twice", lambda f: f.finish())
lie("call-after-finish", lambda f: f.finish(), lambda f: f.offer())
lie("base64-with-url", lambda f: f.offer(url=UNKNOWN))
lie("url-without-url", lambda f: f.offer(variant="url"))
lie("uploaded", lambda f: f.offer(variant="uploaded"))
lie("unknown-result", lambda f: f.element("fine"))


@scenario("lies", "offer-before-the-job")
def _(f):
    f.offer()


# --- claims: permitted to say, and not believed ---

def expect(name, answer, *good):
    if answer["good"] and name not in good:
        print("!", name, answer, flush=True)


def claim(name, **more):
    @scenario("claims", name)
    def offer(f):
        f.job()
        f.page()
        expect(name, f.offer(**more))
        f.finish("failed")


claim("authenticated")
claim("another-digest", sha256="0" * 64)
claim("a-digest-of-nothing", sha256="")
claim("another-digest-by-url", sha256="f" * 64, variant="url", url=UNKNOWN)
claim("no-certificate", der=b"\x30\x03\x02\x01\x01")


# --- signing: the identity of the job, for digests of a hash, as often as it says ---

SIGNATURES = 64
SCHEME = "ecdsa_secp256r1_sha256"
SIGN = {"scheme": SCHEME, "digest": base64.b64encode(bytes(32)).decode()}


def refused(name, f, **wrong):
    """A signature that is asked for otherwise than may be."""
    try:
        f.ask("Sign", dict(SIGN, **wrong))
        print("!", name, "is signed", flush=True)
    except Error:
        pass
    f.finish("failed")


def sign(name, **wrong):
    @scenario("signing", name)
    def ask(f):
        f.job()
        f.page()
        refused(name, f, **wrong)


sign("an-unknown-scheme", scheme="rsa_pkcs1_md5")
sign("a-scheme-that-signs-messages", scheme="ed25519")
sign("a-scheme-of-another-key", scheme="rsa_pss_rsae_sha256")
sign("a-digest-too-short", digest=base64.b64encode(bytes(31)).decode())
sign("a-digest-of-another-hash", digest=base64.b64encode(bytes(48)).decode())
sign("a-digest-longer-than-any", digest=base64.b64encode(bytes(65)).decode())
sign("no-digest", digest="")
sign("a-digest-that-is-no-base64", digest="not base64")


@scenario("signing", "before-the-job")
def _(f):
    refused("before-the-job", f)


@scenario("signing", "after-finish")
def _(f):
    f.job()
    f.finish("failed")
    refused("after-finish", f)


@scenario("signing", "one-more-than-a-run-may")
def _(f):
    f.job()
    for _ in range(SIGNATURES):
        f.ask("Sign", SIGN)
    refused("one-more-than-a-run-may", f)


@scenario("no signing", "without-an-identity")
def _(f):
    if f.job().get("identity"):
        print("! it has an identity", flush=True)
    refused("without-an-identity", f)


# --- playing them ---

class Prober(threading.Thread):
    """Asks for the Status again and again; how long did the slowest answer take?"""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.longest_ms = 0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            start = time.monotonic()
            try:
                peer = Peer(self.path, LONGEST)
                peer.call("io.certprov.trust.Status")
                peer.close()
            except (OSError, EOFError, Error) as e:
                print("! Status:", e, flush=True)
                return
            self.longest_ms = max(self.longest_ms, int((time.monotonic() - start) * 1000))
            self.stopped.wait(0.01)

    def stop(self):
        self.stopped.set()
        self.join(LONGEST)
        return self.longest_ms


def listen(path, uid):
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o666)
    if uid is not None:
        os.seteuid(uid)
    listener.listen(4)
    if uid is not None:
        os.seteuid(0)
    return listener


def serve(listener, function):
    try:
        connection, _ = listener.accept()
        fetcher = Fetcher(connection, LONGEST)
    except OSError:
        return
    try:
        function(fetcher)
    except (Error, EOFError, OSError):
        pass  # the daemon has had enough
    fetcher.close()


def play(run, name, uid):
    listener = listen(run + "/fetch", uid)
    thread = threading.Thread(target=serve, args=(listener, scenarios[name][1]), daemon=True)
    thread.start()
    prober = Prober(run + "/io.certprov.trust")
    prober.start()
    end = {}
    try:
        admin = Peer(run + "/io.certprov.admin", LONGEST)
        for reply in admin.more("io.certprov.admin.Provision", {"url": PAGE}):
            end = reply.get("run") or end
    except (OSError, EOFError, Error) as e:
        print("! Provision:", e, flush=True)
    longest = prober.stop()
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()
    thread.join(LONGEST)
    print(name, end.get("result"), longest, end.get("accepted"), end.get("reason", "-"), flush=True)


def main():
    arguments = sys.argv[1:]
    uid = None
    if arguments[0] == "--list":
        print("\n".join(name for name, (group, _) in scenarios.items() if group == arguments[1]))
        return
    if arguments[0] == "--as":
        uid = int(arguments[1])
        arguments = arguments[2:]
    run, certificate, names = arguments[0], arguments[1], arguments[2:]
    with open(certificate, "rb") as f:
        Fetcher.der = f.read()
    for name in names:
        play(run, name, uid)


main()
