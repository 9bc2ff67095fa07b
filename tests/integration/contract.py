#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do messages keep to the .varlink files?

contract.py [--wrong-calls] LOG

LOG is what tests/contract/tap-sockets.c wrote down of a service. Each reply is held
against what the interface says of the call that it answers: an unknown or a missing
member, a wrong type, an error that is not declared. So is each call; with --wrong-calls
one that does not keep to the interface is a fault only if it succeeded. Prints the faults,
status 1.
"""
import glob
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICE = "org.varlink.service"
SYSTEM = "io.systemd.System"
TOKEN = re.compile(r"\s+|#[^\n]*|(\[string\]|\[\]|->|[A-Za-z][A-Za-z0-9_.-]*|[?(),:])")


class Interface:
    """types, methods and errors, each as a tree: a type is "name", ("?", t), ("[]", t),
    ("map", t), ("enum", names) or ("struct", {name: t})."""

    def __init__(self, text):
        self.tokens = [t for t in (m.group(1) for m in TOKEN.finditer(text)) if t]
        self.types, self.methods, self.errors = {}, {}, {}
        self.expect("interface")
        self.name = self.tokens.pop(0)
        while self.tokens:
            keyword, name = self.tokens.pop(0), self.tokens.pop(0)
            if keyword == "type":
                self.types[name] = self.type()
            elif keyword == "error":
                self.errors[name] = self.type()
            else:
                parameters = self.type()
                self.expect("->")
                self.methods[name] = (parameters, self.type())

    def expect(self, token):
        if self.tokens.pop(0) != token:
            raise ValueError("no %s in a description" % token)

    def type(self):
        token = self.tokens.pop(0)
        if token == "?":
            return ("?", self.type())
        if token in ("[]", "[string]"):
            return ("[]" if token == "[]" else "map", self.type())
        if token != "(":
            return token
        if self.tokens[:1] == [")"]:
            self.tokens.pop(0)
            return ("struct", {})
        return self.members()

    def members(self):
        names, types = [], {}
        while True:
            names.append(self.tokens.pop(0))
            if self.tokens[0] == ":":
                self.tokens.pop(0)
                types[names[-1]] = self.type()
            if self.tokens.pop(0) == ")":
                return ("struct", types) if types else ("enum", names)

    def faults(self, kind, value, where):
        """What is wrong with the value, one sentence each."""
        plain = {"bool": bool, "string": str, "object": dict, "float": (int, float)}
        if isinstance(kind, str) and kind == "int":
            right = isinstance(value, int) and not isinstance(value, bool)
            return [] if right else [where + ": not an int"]
        if isinstance(kind, str) and kind in plain:
            return [] if isinstance(value, plain[kind]) else [where + ": not a " + kind]
        if isinstance(kind, str):
            return self.faults(self.types[kind], value, where)
        return getattr(self, {"?": "optional", "[]": "items", "map": "values"}.get(kind[0], kind[0]))(
            kind[1], value, where)

    def optional(self, kind, value, where):
        return [] if value is None else self.faults(kind, value, where)

    def items(self, kind, value, where):
        if not isinstance(value, list):
            return [where + ": not an array"]
        return [f for item in value for f in self.faults(kind, item, where)]

    def values(self, kind, value, where):
        if not isinstance(value, dict):
            return [where + ": not a map"]
        return [f for item in value.values() for f in self.faults(kind, item, where)]

    def enum(self, names, value, where):
        return [] if value in names else [where + ": not one of the names of the type"]

    def struct(self, types, value, where):
        if not isinstance(value, dict):
            return [where + ": not an object"]
        found = ["%s: there is no member %s" % (where, name) for name in value if name not in types]
        for name, kind in types.items():
            if name in value:
                found += self.faults(kind, value[name], where + "." + name)
            elif kind[0] != "?":
                found.append("%s.%s: the member is missing" % (where, name))
        return found


def read_interfaces():
    known = {}
    for path in glob.glob(os.path.join(ROOT, "lib/*/*.varlink")) + glob.glob(os.path.join(ROOT, "daemon/*/*/*.varlink")):
        with open(path, encoding="utf-8") as f:
            interface = Interface(f.read())
        known[interface.name] = interface
    return known


INTERFACES = read_interfaces()


def find(name, what):
    interface, _, member = name.rpartition(".")
    known = INTERFACES.get(interface)
    return known, getattr(known, what).get(member) if known else None


def call_faults(method, parameters):
    interface, types = find(method, "methods")
    if not types:
        return [method + ": there is no such method"]
    return interface.faults(types[0], parameters or {}, method)


def error_faults(method, error, parameters):
    if error == SYSTEM:
        parts = {"origin": "string", "errno": "int"}
        return INTERFACES[SERVICE].struct(parts, parameters or {}, error)
    interface, types = find(error, "errors")
    if not types:
        return [error + ": there is no such error"]
    if interface.name not in (SERVICE, method.rpartition(".")[0]):
        return ["%s: not an error of the interface of %s" % (error, method)]
    return interface.faults(types, parameters or {}, error)


def reply_faults(method, message):
    """Of a reply as it came, to a call of this method."""
    if "error" in message:
        return error_faults(method, message["error"], message.get("parameters"))
    interface, types = find(method, "methods")
    if not types:
        return [method + ": there is no such method"]
    return interface.faults(types[1], message.get("parameters") or {}, method + " ->")


def exchange_faults(call, reply, wrong_calls):
    found = reply_faults(call["method"], reply)
    if "error" not in reply or not wrong_calls:
        found += call_faults(call["method"], call.get("parameters"))
    return found


# --- what was written down ---


def records(data):
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        kind, inode, length = data[at:end].split()
        at = end + 1 + int(length)
        yield kind, inode, data[end + 1:at]


def parsed(message):
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class Connection:
    """Calls are answered in their order. A stranger's that is none is not answered."""

    def __init__(self, wrong_calls):
        self.wrong_calls = wrong_calls
        self.rest = {b"R": b"", b"S": b""}
        self.calls = []

    def add(self, kind, data):
        *messages, self.rest[kind] = (self.rest[kind] + data).split(b"\0")
        for message in messages:
            value = parsed(message)
            if value is not None and kind == b"S":
                yield from self.answer(value)
            elif value is not None and isinstance(value.get("method"), str) and value.get("oneway") is not True:
                self.calls.append(value)

    def answer(self, reply):
        if not self.calls:  # a refusal of the connection itself
            return []
        call = self.calls[0]
        if not reply.get("continues"):
            self.calls.pop(0)
        return exchange_faults(call, reply, self.wrong_calls)


def faults_in(path, wrong_calls):
    connections, found = {}, {}
    with open(path, "rb") as f:
        data = f.read()
    for kind, inode, part in records(data):
        for fault in connections.setdefault(inode, Connection(wrong_calls)).add(kind, part):
            found[fault] = found.get(fault, 0) + 1
    return found


def main(path, wrong_calls):
    found = faults_in(path, wrong_calls)
    for fault, count in found.items():
        print("contract: %s (%d times)" % (fault, count))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1], "--wrong-calls" in sys.argv[1:-1]))
