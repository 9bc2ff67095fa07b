#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""killing.py DIRECTORY BUILD SEED - runs of a phone, killed at random moments.

DIRECTORY has certprovd.conf, state/, run/, and trees.json: {NAME: {"url": first document,
"sha256": [certificates]}}. Every run begins with an empty store. The victim is certprovd
or certprov-fetch; the moment is after the nth reply of the run, after some time, or at
the nth call of a kind. Then, and after a restart, what was reported as accepted must be
there, the database whole, and the next run complete. A line a kill; status 1 when one
of them found something wrong."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from varlink import Error, Peer

HERE = os.path.dirname(os.path.abspath(__file__))
FACTOR = float(os.environ.get("TEST_TIME_FACTOR", "1"))
LONGEST = 60 * FACTOR
PROVISION = "io.certprov.admin.Provision"
# Calls at which to die, and about how many of them a run of the small tree makes.
CALLS = {"fdatasync,fsync": 20, "pwrite64": 250, "sendmsg,sendto": 60, "unlink,rename,ftruncate": 6}


class Wrong(Exception):
    pass


def gone(pid):
    """It has closed all it had open."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Process:
    """A program of ours, with its log; ended when this one ends."""

    def __init__(self, log, arguments):
        self.log = open(log, "a+b")
        self.start = self.log.seek(0, os.SEEK_END)
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def said(self, text):
        self.log.seek(self.start)
        return text in self.log.read()

    def ended(self):
        return self.process.poll() is not None

    def children(self):
        pid = self.process.pid
        try:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                return [int(child) for child in f.read().split()]
        except OSError:
            return []

    def end(self, how=signal.SIGTERM):
        if not self.ended():
            self.process.send_signal(how)
        self.process.wait(LONGEST)
        self.log.close()
        return self.process.returncode


def until(condition, what):
    deadline = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > deadline:
            raise Wrong(what + ": not in time")
        time.sleep(0.002)


def accepts(path):
    """A socket there is listened on, which being there does not say."""
    with open("/proc/net/unix") as sockets:
        return any(fields[3] == "00010000" and fields[-1] == path for fields in map(str.split, sockets))


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Phone:
    def __init__(self, directory, build):
        self.directory = directory
        self.build = build
        self.state = directory + "/state"
        self.daemon = None
        self.fetcher = None

    def path(self, name):
        return self.directory + "/run/" + name

    def start_daemon(self, *before):
        """Whether it became ready: it may be meant not to."""
        self.daemon = Process(self.directory + "/daemon.log", [
            *before, self.build + "/certprovd", "--config", self.directory + "/certprovd.conf"])
        until(lambda: self.daemon.ended() or self.daemon.said(b" is ready\n"), "the daemon's start")
        return not self.daemon.ended()

    def start_fetcher(self):
        self.fetcher = Process(self.directory + "/fetcher.log", [
            self.build + "/certprov-fetch", "--listen", self.path("fetch")])
        until(lambda: self.fetcher.ended() or accepts(self.path("fetch")), "the fetcher's start")

    def empty(self):
        shutil.rmtree(self.state, ignore_errors=True)
        os.mkdir(self.state)

    def kill_daemon(self):
        """Under strace the program is the child."""
        for pid in self.daemon.children() or [self.daemon.process.pid]:
            kill(pid)

    def end_daemon_badly(self):
        if not self.daemon.ended():
            self.kill_daemon()
            # strace ends when the program has: then its sockets are free.
            until(self.daemon.ended, "the daemon's death")
            self.daemon.end()

    def kill_fetcher(self, listener):
        children = self.fetcher.children()
        for child in children:
            kill(child)
        if listener:
            self.fetcher.end(signal.SIGKILL)
            # They had the socket as well, which seems to be listened on until then.
            until(lambda: all(map(gone, children)), "the fetchers' death")
            os.unlink(self.path("fetch"))
            self.start_fetcher()

    def listed(self):
        peer = Peer(self.path("io.certprov.trust"), LONGEST)
        return {reply["certificate"]["sha256"] for reply in peer.more(
            "io.certprov.trust.ListCertificates", {"list": "servers"}) if "certificate" in reply}

    def whole(self):
        if not os.path.exists(self.state + "/trust.db"):
            return "ok"  # it died before there was one
        return subprocess.run([sys.executable, HERE + "/store.py", "check", self.state + "/trust.db"],
                              capture_output=True, text=True, timeout=LONGEST).stdout.strip()


class Run:
    """What a caller hears of a run, to the end of the run or of the daemon."""

    def __init__(self):
        self.accepted = set()
        self.replies = 0
        self.end = {}

    def hear(self, phone, url, after=None):
        try:
            peer = Peer(phone.path("io.certprov.admin"), LONGEST)
            for reply in peer.more(PROVISION, {"url": url}):
                self.replies += 1
                outcome = reply.get("outcome", {})
                # One that the server had not changed has no fingerprint.
                if outcome.get("kind") == "certificate" and outcome["accepted"] and "sha256" in outcome:
                    self.accepted.add(outcome["sha256"])
                self.end = reply.get("run", self.end)
                if after:
                    after(self.replies)
        except (OSError, EOFError):
            self.end = {}
        except Error as e:
            raise Wrong("the run: %s" % e)
        return self


def complete(phone, tree):
    run = Run().hear(phone, tree["url"])
    if run.end.get("result") != "complete":
        raise Wrong("the next run is %s" % json.dumps(run.end))
    missing = set(tree["sha256"]) - phone.listed()
    if missing:
        raise Wrong("%d certificates are missing after a complete run" % len(missing))
    return run


def check_accepted(phone, run):
    lost = run.accepted - phone.listed()
    if lost:
        raise Wrong("%d lost although reported as accepted, such as %s" % (len(lost), min(lost)))


def kill_once(phone, tree, victim, moment, n):
    """One run, one kill. What was heard of the run."""
    phone.empty()
    before = ["strace", "-f", "-o", "/dev/null", "-e", "trace=" + moment, "-e",
              "inject=%s:signal=KILL:when=%d" % (moment, n)] if moment in CALLS else []
    run = Run()
    strike = phone.kill_daemon if victim == "daemon" else lambda: phone.kill_fetcher(n % 2 == 0)
    if not phone.start_daemon(*before):
        return run
    timer = threading.Timer(n / 1000, strike) if moment == "ms" else None
    if timer:
        timer.start()
    run.hear(phone, tree["url"], lambda replies: strike() if moment == "replies" and replies == n else None)
    if timer:
        timer.cancel()
        timer.join(LONGEST)
    return run


def survive(phone, tree, victim, moment, n):
    """None when the run was over before it could be killed."""
    run = kill_once(phone, tree, victim, moment, n)
    if run.end.get("result") == "complete":
        phone.end_daemon_badly()
        return None
    if victim == "daemon":
        phone.end_daemon_badly()
        whole = phone.whole()
        if whole != "ok":
            raise Wrong("integrity_check: " + whole)
        if not phone.start_daemon():
            raise Wrong("the daemon does not start again")
        if phone.daemon.said(b"damaged") or phone.daemon.said(b"missing"):
            raise Wrong("the daemon found its store damaged")
    check_accepted(phone, run)
    complete(phone, tree)
    if phone.daemon.end() != 0:
        raise Wrong("the daemon does not stop well")
    if phone.whole() != "ok":
        raise Wrong("integrity_check: " + phone.whole())
    return run


def choose(chance, i, count, can_trace):
    """Which victim, and by what it dies: half of the kills each, a third of the daemon's traced."""
    victim = "daemon" if i < count // 2 else "fetcher"
    if victim == "daemon" and can_trace and i % 3 == 0:
        return victim, chance.choice(sorted(CALLS))
    return victim, "ms" if i % 3 == 1 else "replies"


def kill_and_tell(phone, tree, chance, text, victim, moment, most):
    """Earlier and earlier until the run is not over before."""
    for attempt in range(10):
        n = chance.randint(1, max(most >> attempt, 8))
        said = text + ", at %d %s" % (n, re.sub(",.*", "", moment))
        try:
            run = survive(phone, tree, victim, moment, n)
        except (Wrong, OSError, EOFError, Error, subprocess.TimeoutExpired) as e:
            print("WRONG: %s: %s" % (said, e), flush=True)
            phone.end_daemon_badly()
            return False
        if run:
            print("survived: %s: %d replies, %d accepted" % (said, run.replies, len(run.accepted)), flush=True)
            return True
    print("WRONG: %s: the run was never killed" % text, flush=True)
    return False


def play(phone, directory, seed):
    count = int(os.environ.get("KILLS", "50"))
    chance = random.Random(seed)
    with open(directory + "/trees.json") as f:
        trees = json.load(f)
    can_trace = shutil.which("strace") and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0
    phone.start_fetcher()
    undisturbed = {}
    for name, tree in trees.items():
        phone.empty()
        phone.start_daemon()
        start = time.monotonic()
        replies = complete(phone, tree).replies
        undisturbed[name] = (replies, int((time.monotonic() - start) * 1000))
        phone.daemon.end()
        print("undisturbed: tree %s, %d replies, %d ms" % (name, *undisturbed[name]), flush=True)
    bad = 0
    for i in range(count):
        name = ("large", "small", "secure-large", "secure-small")[i % 4]
        victim, moment = choose(chance, i, count, can_trace)
        replies, ms = undisturbed[name]
        most = {"replies": replies, "ms": ms}.get(moment) or CALLS[moment] * (3 if "large" in name else 1)
        text = "%s, tree %s" % (victim, name)
        bad += not kill_and_tell(phone, trees[name], chance, text, victim, moment, most)
    return 1 if bad else 0


def main():
    directory, build, seed = sys.argv[1:]
    phone = Phone(directory, build)
    try:
        return play(phone, directory, seed)
    finally:
        if phone.daemon:
            phone.end_daemon_badly()
        if phone.fetcher:
            phone.fetcher.end()


if __name__ == "__main__":
    sys.exit(main())
