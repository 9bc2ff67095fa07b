#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is anything of a private key here? Looks for its secret numbers as they stand in memory and
in files: big- and little-endian, in hex, in Base64 at any offset, and as lines of PEM.

secrets.py KEY WHERE...

KEY is a file in PEM. WHERE is a file, a directory with all below it, or pid:N for what a
process has: its memory as far as it is mapped, environment, command line. Prints a line
"WHERE: FORM" for each place and form, and ends with 1 if there was any; 2 when a place
could not be looked into.
"""
import base64
import os
import re
import subprocess
import sys

CHUNK = 8 << 20
# Of a number so many bytes are looked for: chance finds none of them.
ENOUGH = 24
# OpenSSL prints 15 of them in a line, and a zero before the first.
IN_A_LINE = 14


def numbers(key):
    """The secret numbers of a key, as OpenSSL prints them."""
    text = subprocess.run(["openssl", "pkey", "-in", key, "-noout", "-text"], check=True,
                          capture_output=True, text=True).stdout
    found = {}
    for name, digits in re.findall(r"^(privateExponent|prime1|prime2|exponent1|exponent2|coefficient|priv):\n"
                                   r"((?: +[0-9a-f:]+\n)+)", text, re.M):
        number = bytes.fromhex(re.sub(r"[ :\n]", "", digits)).lstrip(b"\0")
        found[name] = number
    if not found:
        raise SystemExit("secrets.py: there is no secret number in " + key)
    return found


def in_base64(part):
    """What Base64 has of these bytes, wherever in a group of three they begin."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + part + b"\0" * 3)
        # Without the characters that neighbours have a part in.
        yield text[4 if before else 0:-8]


def forms(key):
    needles = {}
    for name, number in numbers(key).items():
        part = number[:ENOUGH]
        needles[name + " big-endian"] = part
        needles[name + " little-endian"] = number[::-1][:ENOUGH]
        needles[name + " in hex"] = part.hex().encode()
        needles[name + " in upper-case hex"] = part.hex().upper().encode()
        needles[name + " in hex with colons"] = ":".join("%02x" % b for b in part[:IN_A_LINE]).encode()
        for i, text in enumerate(in_base64(part)):
            needles["%s in Base64 at %d" % (name, i)] = text
    with open(key, "rb") as f:
        lines = [line for line in f.read().splitlines() if len(line) == 64]
    # The first lines have what is public: the modulus of an RSA key.
    for i, line in enumerate(lines):
        if i >= len(lines) // 2:
            needles["line %d of the PEM" % i] = line
    return needles


def look(data, needles, found):
    for name, needle in needles.items():
        if name not in found and needle in data:
            found.add(name)


def look_into_file(path, needles, found):
    with open(path, "rb") as f:
        tail = b""
        while True:
            data = f.read(CHUNK)
            if not data:
                return
            look(tail + data, needles, found)
            tail = data[-256:]


def look_into_process(pid, needles, found):
    proc = "/proc/%d/" % pid
    for name in ("environ", "cmdline", "maps"):
        look_into_file(proc + name, needles, found)
    read = 0
    with open(proc + "maps", encoding="utf-8", errors="replace") as maps, open(proc + "mem", "rb", 0) as mem:
        for line in maps:
            start, end = (int(n, 16) for n in line.split()[0].split("-"))
            if line.split()[1][0] != "r" or "[vvar" in line or "[vsyscall" in line:
                continue
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except (OSError, OverflowError):
                continue
            read += len(data)
            look(data, needles, found)
    if read < 1 << 16:
        raise OSError("only %d bytes of process %d can be read" % (read, pid))


def places(where):
    if where.startswith("pid:") or not os.path.isdir(where):
        yield where
        return
    for directory, _, names in os.walk(where):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def main():
    needles = forms(sys.argv[1])
    status = 0
    for where in sys.argv[2:]:
        for place in places(where):
            found = set()
            try:
                if place.startswith("pid:"):
                    look_into_process(int(place[4:]), needles, found)
                else:
                    look_into_file(place, needles, found)
            except OSError as e:
                print("%s: %s" % (place, e))
                status = 2
            for name in sorted(found):
                print("%s: %s" % (place, name))
                status = status or 1
    return status


if __name__ == "__main__":
    sys.exit(main())
