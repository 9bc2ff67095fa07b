#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py RESULT PID [--json] [--some] - the lines of the bench's programs, for people or
programs, and as objects in the file RESULT. PID is the bench: what others did meanwhile
is what it and its descendants did not.

A figure comes as it is measured, one a line: its letter in the table (figures.py), its
name, ours, the reference, the median of the ratios of its rounds, the target, and whether
that is met. One during which others had more than a tenth of the machine is marked
"disturbed", unless it is counted. What is in the table and never came is named at the end, unless only some
parts were asked for (--some); then the status is 1.
"""
import datetime
import json
import math
import os
import statistics
import subprocess
import sys

import figures
import load

MUCH = 0.10
# Whatever else a machine does, these come out the same.
COUNTED = ("calls", "flushes", "instructions", "KB", "KiB", "wake-ups")
MET = {True: "met", False: "NOT MET", None: ""}


def number(value):
    return "%.0f" % value if value >= 100 or value == int(value) else "%.2f" % value


def machine():
    model = "unknown"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.lower().startswith(("model name", "hardware")):
                model = line.split(":", 1)[1].strip()
                break
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split()
    return {
        "kind": "run",
        "date": datetime.date.today().isoformat(),
        "machine": "%d x %s, %s" % (os.cpu_count(), model, os.uname().machine),
        "system": "%s %s, OpenSSL %s" % (os.uname().sysname, os.uname().release, " ".join(version[1:2])),
        "rounds": int(os.environ.get("BENCH_ROUNDS", "9")),
        "commit": subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip(),
    }


def figure(fields, others):
    name, style, unit, what, over, under, rounds = fields
    rounds = [float(value) for value in rounds.split()]
    style = None if style == "-" else style
    value = statistics.median(rounds)
    letter, target, _ = figures.row(name, style)
    return {
        "kind": "figure",
        "letter": letter,
        "name": name,
        "style": style,
        "ours": float(over),
        "reference": float(under) or None,
        "unit": None if unit == "-" else unit,
        "value": value,
        "rounds": rounds,
        "target": target,
        "met": figures.met(value, target),
        "others": round(others, 3),
        "disturbed": others > MUCH and unit not in COUNTED,
        "what": what,
    }


def label(f):
    return f["name"] + ("-" + f["style"] if f["style"] else "")


def text(f):
    line = "%-2s%-22s" % (f["letter"] or "", label(f))
    if f["kind"] == "missing":
        return line + " not measured: " + f["why"]
    unit = " " + f["unit"] if f["unit"] else ""
    line += " %12s" % (number(f["ours"]) + unit)
    line += " / %-12s" % (number(f["reference"]) + unit) if f["reference"] else " " * 15
    line += " = %-6s" % number(f["value"]) if f["reference"] else " " * 9
    line += " %-8s %-7s" % (f["target"] or "", MET[f["met"]])
    if len(f["rounds"]) > 1:
        line += "  %s..%s" % (number(min(f["rounds"])), number(max(f["rounds"])))
    line += "  others %.0f %%%s" % (100 * f["others"], ", disturbed" if f["disturbed"] else "")
    return line + "  " + f["what"]


class Report:
    def __init__(self, path, as_json):
        self.out = open(path, "w")
        self.as_json = as_json
        self.seen = set()

    def say(self, f):
        line = json.dumps(f)
        print(line, file=self.out, flush=True)
        if self.as_json:
            print(line, flush=True)
        elif f["kind"] != "run":
            print(text(f), flush=True)
        else:
            print("%(date)s %(machine)s; %(system)s; %(commit)s" % f, flush=True)
        if "name" in f:
            self.seen.add((f["name"], f["style"]))

    def missing(self, name, style, why):
        letter = figures.row(name, style)[0]
        self.say({"kind": "missing", "letter": letter, "name": name, "style": style, "why": why})

    def end(self, some):
        absent = [f for f in figures.TABLE if (f[1], f[2]) not in self.seen and not some]
        for _, name, style, *_ in absent:
            self.missing(name, style, "what measures it was not run, or failed")
        self.out.close()
        return 1 if absent else 0


def main():
    path, pid, *flags = sys.argv[1:]
    report = Report(path, "--json" in flags)
    report.say(machine())
    others = load.Others(int(pid))
    for line in sys.stdin:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "begin":
            others.begin()
        elif kind == "figure":
            f = figure(fields, others.since())
            if all(map(math.isfinite, f["rounds"])):
                report.say(f)
            else:
                report.missing(f["name"], f["style"], "what was measured is no number")
        elif kind == "skip":
            name, style, why = fields
            report.missing(name, None if style == "-" else style, why)
    return report.end("--some" in flags)


if __name__ == "__main__":
    sys.exit(main())
