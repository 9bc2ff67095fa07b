#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bad chain is an answer; a malformed request is an error of the call.

verdicts.py SOCKET LEAF INTERMEDIATE OTHER... - files of DER: a leaf for localhost that the
daemon trusts by an intermediate it has to be sent, and others it does not trust. Sends
very many of both kinds, and mixtures, on one connection, and holds every answer against
the side it has to be on. Says what it shows in lines that begin with "ok: ".
"""
import base64
import os
import random
import sys

from varlink import Peer

TRUST = "io.certprov.trust."
INVALID = "org.varlink.service.InvalidParameter"
CHAIN_MAX, CHAIN_MAX_BYTES, CERTIFICATE_MAX_BYTES = 16, 128 * 1024, 64 * 1024
HOST_MAX = 320
# What is reported of a peer, and that it is not among what is trusted.
REQUIRED = {"trusted": bool, "result": str, "reason": str, "recoverable": bool, "path": list, "store": str,
            "generation": int, "clockTrusted": bool}


def ok(sentence):
    print("ok: " + sentence, flush=True)


def fail(sentence):
    print("FAILED: " + sentence, flush=True)
    sys.exit(1)


def b64(der):
    return base64.b64encode(der).decode()


class Asking:
    def __init__(self, path, leaf, intermediate):
        self.peer = Peer(path, 30 * float(os.environ.get("TEST_TIME_FACTOR", "1")))
        self.good = {"chain": [b64(leaf), b64(intermediate)], "host": "localhost", "purpose": "https"}
        self.verdicts = {}
        self.errors = {}

    def message(self, parameters, method="Verify"):
        self.peer.send(TRUST + method, parameters)
        return self.peer.receive()

    def is_answer(self, what, parameters, results=None):
        """It is a verdict, whole, and no trust."""
        message = self.message(parameters)
        verdict = (message or {}).get("parameters", {}).get("verdict")
        if not message or "error" in message or not verdict:
            fail("%s is no verdict: %r" % (what, message))
        for name, kind in REQUIRED.items():
            if not isinstance(verdict.get(name), kind):
                fail("%s: the verdict has no %s: %r" % (what, name, verdict))
        if verdict["trusted"] or not verdict["reason"] or (results and verdict["result"] not in results):
            fail("%s: %r" % (what, verdict))
        self.verdicts[verdict["result"]] = self.verdicts.get(verdict["result"], 0) + 1
        return verdict

    def is_error(self, what, parameters, error, details, method="Verify"):
        """It is an error of the call, this one, and no verdict."""
        message = self.message(parameters, method)
        if not message or message.get("error") != error:
            fail("%s is not %s: %r" % (what, error, message))
        got = message.get("parameters", {})
        if any(got.get(name) != value for name, value in details.items()):
            fail("%s: %s says %r, not %r" % (what, error, got, details))
        short = error.rpartition(".")[2]
        self.errors[short] = self.errors.get(short, 0) + 1

    def is_trusted(self, sentence):
        message = self.message(self.good)
        verdict = (message or {}).get("parameters", {}).get("verdict", {})
        if verdict.get("trusted") is not True or verdict.get("result") != "trusted":
            fail("%s: %r" % (sentence, message))
        ok(sentence)


# --- bad chains: pairs of what it is and the chain, DER ---


def flipped(der, generator):
    changed = bytearray(der)
    changed[generator.randrange(len(der))] ^= 1 << generator.randrange(8)
    return bytes(changed)


def long_form(der):
    """The same certificate with a length that is not the shortest."""
    body = der[4:]
    return b"\x30\x83" + len(body).to_bytes(3, "big") + body


def no_certificates(leaf, intermediate):
    """Leaves that are none, each in front of a good intermediate."""
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(leaf) + b"-----END CERTIFICATE-----\n"
    large = b"\x30\x83" + (CERTIFICATE_MAX_BYTES - 4).to_bytes(3, "big") + b"\0" * (CERTIFICATE_MAX_BYTES - 4)
    return [
        ("an empty certificate", b""), ("one byte", b"\x30"), ("zeros", b"\0" * 500), ("text", b"certificate"),
        ("PEM", pem), ("base64 twice", base64.b64encode(leaf)), ("HTML", b"<!DOCTYPE html><html></html>"),
        ("a certificate with bytes behind it", leaf + b"\0"), ("two in one", leaf + intermediate),
        ("a length that is not the shortest", long_form(leaf)), ("an indefinite length", b"\x30\x80" + leaf[4:] + b"\0\0"),
        ("a length beyond the end", b"\x30\x84\x7f\xff\xff\xff" + leaf[4:]), ("an empty sequence", b"\x30\0"),
        ("sequences in sequences", b"\x30\x82\x10\x00" * 1024), ("a set", b"\x31" + leaf[1:]),
        ("64 KiB of nothing", large), ("a byte more than a certificate may have", large + b"\0"),
    ]


def check_no_certificates(asking, leaf, intermediate):
    kinds = no_certificates(leaf, intermediate)
    for what, der in kinds:
        asking.is_answer(what, dict(asking.good, chain=[b64(der), b64(intermediate)]))
        asking.is_answer(what + " alone", dict(asking.good, chain=[b64(der)]))
        asking.is_answer(what + " in place of the issuer", dict(asking.good, chain=[b64(leaf), b64(der)]))
    for end in list(range(0, len(leaf), 3)) + [len(leaf) - 1]:
        asking.is_answer("the first %d bytes" % end, dict(asking.good, chain=[b64(leaf[:end]), b64(intermediate)]))
        if end < len(intermediate):
            asking.is_answer("its issuer's first %d bytes" % end, dict(asking.good, chain=[b64(leaf), b64(intermediate[:end])]))
    asking.is_trusted("what is no certificate is an answer (%d kinds, %d lengths)" % (len(kinds), len(leaf) // 3))


def check_flipped(asking, leaf, intermediate):
    generator = random.Random(17)
    for _ in range(500):
        asking.is_answer("a leaf with a bit flipped", dict(asking.good, chain=[b64(flipped(leaf, generator)), b64(intermediate)]))
        asking.is_answer("an issuer with a bit flipped", dict(asking.good, chain=[b64(leaf), b64(flipped(intermediate, generator))]))
    asking.is_trusted("1000 flipped bits are answers, and none is trusted")


def check_chains(asking, leaf, intermediate, others):
    good = asking.good
    asking.is_answer("no certificate at all", dict(good, chain=[]))
    asking.is_answer("no issuer", dict(good, chain=[b64(leaf)]), {"issuer-not-trusted"})
    asking.is_answer("only the issuer", dict(good, chain=[b64(intermediate)]))
    asking.is_answer("the issuer first", dict(good, chain=[b64(intermediate), b64(leaf)]))
    asking.is_answer("another host", dict(good, host="example.com"), {"name-mismatch"})
    for der in others:
        asking.is_answer("another certificate", dict(good, chain=[b64(der), b64(intermediate)]))
        asking.is_answer("sixteen of it", dict(good, chain=[b64(der)] * CHAIN_MAX))
    # As much as may be sent, with nothing good in it: 16 certificates, 128 KiB.
    each = CHAIN_MAX_BYTES // CHAIN_MAX
    junk = b"\x30\x82" + (each - 4).to_bytes(2, "big") + b"\x05\0" * ((each - 4) // 2)
    asking.is_answer("as much as may be sent", dict(good, chain=[b64(junk)] * CHAIN_MAX))
    asking.is_answer("as much as may be sent behind a leaf",
                     dict(good, chain=[b64(leaf)] + [b64(os.urandom(each))] * (CHAIN_MAX - 1)))
    asking.is_trusted("chains that lead nowhere are answers")
    # Useless ones do no harm.
    full = [b64(leaf), b64(intermediate)] + [b64(der) for der in others] * CHAIN_MAX
    asking.good = dict(good, chain=full[:CHAIN_MAX])
    asking.is_trusted("a good path among sixteen is found")
    asking.good = good


def check_hosts(asking):
    """A host comes from the phone's settings: that it is invalid is an answer about them, with
    a remedy. Only what can be no text of a setting is an error of the call."""
    hosts = [".example.com", "a..b", "..", ".", "exa mple.com", "http://localhost", "localhost:443", "local/host", "*",
             "*.example.com", "user@localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.0.0.1", "[::1", "::1]", ":::", "[localhost]",
             "1::2::3", "localhost\n", "local\u00a0host", "b\u00fccher.example", "\u202elocalhost", "-", "x" * 64 + ".example",
             "x" * HOST_MAX, "local%host", "localhost..", "\x7f"]
    for host in hosts:
        verdict = asking.is_answer("the host %r" % host, dict(asking.good, host=host), {"host-invalid", "name-mismatch"})
        if not verdict.get("remedy"):
            fail("the host %r: no remedy: %r" % (host, verdict))
    invalid = asking.verdicts.get("host-invalid", 0)
    if invalid < len(hosts) // 2:
        fail("only %d of %d hosts are found invalid" % (invalid, len(hosts)))
    asking.is_error("a host too long", dict(asking.good, host="x" * (HOST_MAX + 1)), INVALID, {"parameter": "host"})
    asking.is_trusted("hosts that are none are answers (%d)" % len(hosts))


# --- malformed requests ---


def check_types(asking):
    wrong = [17, True, {}, {"0": "x"}, "text", [17], [None], [["x"]], [{}], [True], 1.5]
    for value in wrong:
        if value != []:
            asking.is_error("a chain %r" % value, dict(asking.good, chain=value), INVALID, {"parameter": "chain"})
    for name in ("host", "purpose"):
        for value in (17, True, {}, [], ["localhost"]):
            asking.is_error("a %s %r" % (name, value), dict(asking.good, **{name: value}), INVALID, {"parameter": name})
    for purpose in ("", "SIP", "sips", "http", "any ", "x" * 1000, "\u00e4"):
        asking.is_error("the purpose %r" % purpose, dict(asking.good, purpose=purpose), INVALID, {"parameter": "purpose"})
    for purpose in ("sip", "https", "provisioning", "ldap"):
        asking.is_error("no host for " + purpose, {"chain": asking.good["chain"], "purpose": purpose}, INVALID,
                        {"parameter": "host"})
    for missing in ({}, {"host": "localhost"}, {"chain": None}, {"host": "localhost", "purpose": "https"}):
        asking.is_error("no chain: %r" % missing, missing, INVALID, {"parameter": "chain"})
    for name in ("Chain", "hosts", "now", "trusted", "", "verdict", "chain ", "\u0441hain"):
        asking.is_error("a member %r" % name, dict(asking.good, **{name: "x"}), INVALID, {"parameter": name})
    asking.is_trusted("what has another type or no meaning is an error of the call")


def check_base64(asking, leaf):
    text = b64(leaf)
    wrong = [("one character", "A"), ("no padding", b64(b"\x30" * 4).rstrip("=")), ("too much padding", text + "===="),
             ("padding inside", "MA==" + text), ("a line break", text[:64] + "\n" + text[64:]), ("a space", " " + text),
             ("another alphabet", "MII-_w=="), ("bits behind the end", "MB=="), ("no base64 at all", "not base64!"),
             ("hexadecimal with colons", "30:82:01"), ("PEM", "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----"),
             ("a data URL", "data:;base64," + text), ("not ASCII", "\u00e4" + text), ("only padding", "====")]
    for what, certificate in wrong:
        for index in (0, 1, 2):
            chain = list(asking.good["chain"])
            chain.insert(index, certificate)
            asking.is_error(what, dict(asking.good, chain=chain), TRUST + "InvalidCertificate",
                            {"index": index, "result": "not-base64"})
    asking.is_trusted("what is no base64 is an error of the call, and names the certificate")


def check_limits(asking, leaf, limits):
    one_more = dict(asking.good, chain=[b64(leaf)] * (CHAIN_MAX + 1))
    asking.is_error("a certificate more", one_more, TRUST + "LimitExceeded", {"limit": limits[0], "maximum": CHAIN_MAX})
    asking.is_error("very many", dict(asking.good, chain=[""] * 4000), TRUST + "LimitExceeded",
                    {"limit": limits[0], "maximum": CHAIN_MAX})
    half = b"\x30" * (CHAIN_MAX_BYTES // 2)
    bytes_limit = {"limit": limits[1], "maximum": CHAIN_MAX_BYTES}
    asking.is_answer("128 KiB", dict(asking.good, chain=[b64(half), b64(half)]))
    asking.is_error("a byte more", dict(asking.good, chain=[b64(half), b64(half + b"\0")]), TRUST + "LimitExceeded", bytes_limit)
    asking.is_error("a byte more in a third", dict(asking.good, chain=[b64(half), b64(half), b64(b"\0")]),
                    TRUST + "LimitExceeded", bytes_limit)
    asking.is_trusted("one more than a chain may have is an error of the call")


def check_digests(asking, leaf):
    for digest in ("", "0" * 63, "0" * 65, "g" * 64, "A" * 64, 17, None, ["0" * 64]):
        asking.is_error("the digest %r" % digest, {"chainSha256": digest, "host": "localhost", "purpose": "https"}, INVALID,
                        {"parameter": "chainSha256"}, "VerifyDigest")
    asking.is_error("a digest nobody has seen", {"chainSha256": "0" * 64, "host": "localhost", "purpose": "https"},
                    TRUST + "NeedCertificates", {}, "VerifyDigest")
    chain = [b64(leaf)]
    for result in ("", "trusted", "exception", "not-verified", "no-such-result", 17, None):
        asking.is_error("a rejection for %r" % result, {"chain": chain, "result": result}, INVALID, {"parameter": "result"},
                        "ReportRejection")
    asking.is_error("a rejection of nobody", {"chain": [], "result": "expired"}, INVALID, {"parameter": "chain"}, "ReportRejection")
    asking.is_error("a rejection of no base64", {"chain": ["?"], "result": "expired"}, TRUST + "InvalidCertificate", {"index": 0},
                    "ReportRejection")
    asking.is_trusted("the other calls draw the line at the same place")


# --- mixtures ---


def check_mixed(asking, leaf, intermediate, others, count):
    """Requests put together at random, of which it is known what each has to be."""
    generator = random.Random(1)
    bad = [der for _, der in no_certificates(leaf, intermediate)[:-2]] + list(others)
    broken = ["A", "=", "?", "MII\n", "\u00e4"]
    for _ in range(count):
        chain = [b64(generator.choice(bad + [flipped(leaf, generator)])) for _ in range(generator.randrange(1, 6))]
        request = {"chain": chain, "host": generator.choice(["localhost", "a..b", "127.0.0.1"]), "purpose": "https"}
        kind = generator.randrange(4)
        if kind == 0:
            at = generator.randrange(len(chain) + 1)
            chain.insert(at, generator.choice(broken))
            asking.is_error("a mixture", request, TRUST + "InvalidCertificate", {"index": at, "result": "not-base64"})
        elif kind == 1:
            name = generator.choice(["host", "purpose", "more"])
            request[name] = generator.choice([1, [], {}])
            asking.is_error("a mixture", request, INVALID, {"parameter": name})
        else:
            asking.is_answer("a mixture", request)
    asking.is_trusted("%d mixtures are each on the right side" % count)


def main(path, limits, leaf, intermediate, *others):
    leaf, intermediate, *others = (open(name, "rb").read() for name in (leaf, intermediate, *others))
    asking = Asking(path, leaf, intermediate)
    asking.is_trusted("a good chain is trusted")
    check_no_certificates(asking, leaf, intermediate)
    check_flipped(asking, leaf, intermediate)
    check_chains(asking, leaf, intermediate, others)
    check_hosts(asking)
    check_types(asking)
    check_base64(asking, leaf)
    check_limits(asking, leaf, limits.split(","))
    check_digests(asking, leaf)
    check_mixed(asking, leaf, intermediate, others, 2000)
    print("answers:", ", ".join("%d %s" % (n, name) for name, n in sorted(asking.verdicts.items())))
    print("errors:", ", ".join("%d %s" % (n, name) for name, n in sorted(asking.errors.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
