#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cases.py FLAT DIRECTORY - x509-limbo's cases as questions for `ask`: DER files and
DIRECTORY/limbo.ask in DIRECTORY, and DIRECTORY/limbo.pem with all their trust anchors
that may stand in one file."""
import base64
import os
import sys


def cases(path):
    case = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            word, _, value = line.rstrip("\n").partition(" ")
            if word == "END":
                yield case
                case = {}
            else:
                case.setdefault(word, []).append(value)


def main(flat, directory):
    anchors, lines = {}, []
    for number, case in enumerate(cases(flat)):
        files = []
        for index, text in enumerate((case["L"] + case.get("U", []))[:17]):
            name = os.path.join(directory, "limbo-%d-%d.der" % (number, index))
            with open(name, "wb") as f:
                f.write(base64.b64decode(text))
            files.append(name)
        anchors.update(dict.fromkeys(t for t in case.get("T", []) if len(t) < 80000))
        hosts = [h.split(" ", 1)[1] for h in case.get("HOST", []) if " " in h]
        for host in [h for h in hosts if h and " " not in h] or ["-"]:
            for purpose in ("any",) if host == "-" else ("any", "sip"):
                lines.append(" ".join([host, purpose] + files))
    with open(os.path.join(directory, "limbo.ask"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    with open(os.path.join(directory, "limbo.pem"), "w", encoding="utf-8") as f:
        for text in anchors:
            f.write("-----BEGIN CERTIFICATE-----\n")
            f.write("\n".join(text[i : i + 64] for i in range(0, len(text), 64)))
            f.write("\n-----END CERTIFICATE-----\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
