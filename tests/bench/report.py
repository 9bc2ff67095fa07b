#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py [--json] - the lines of the bench's programs, for people or programs.

A figure comes as it is measured, one a line: its name, the median of its rounds,
the target to read it by, the lowest and the highest round, what it is made of and
what it is. With --json each is an object with all rounds. Nothing is judged.
"""
import json
import statistics
import sys


def number(value):
    return "%.0f" % value if value >= 100 or value == int(value) else "%.2f" % value


def figure(fields):
    name, style, target, unit, what, over, under, rounds = fields
    rounds = [float(value) for value in rounds.split()]
    return {
        "name": name,
        "style": None if style == "-" else style,
        "value": statistics.median(rounds),
        "rounds": rounds,
        "target": None if target == "-" else target,
        "over": float(over) or None,
        "under": float(under) or None,
        "unit": None if unit == "-" else unit,
        "what": what,
    }


def text(f):
    name = f["name"] + ("-" + f["style"] if f["style"] else "")
    line = "%-22s %7s" % (name, number(f["value"]))
    line += "  %-14s" % ("target " + f["target"] if f["target"] else "")
    if len(f["rounds"]) > 1:
        line += "  %s..%s" % (number(min(f["rounds"])), number(max(f["rounds"])))
    line += "  " + f["what"]
    if f["over"] and f["under"]:
        line += " (%s / %s %s)" % (number(f["over"]), number(f["under"]), f["unit"])
    return line


def main():
    as_json = sys.argv[1:] == ["--json"]
    for line in sys.stdin:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "figure":
            f = figure(fields)
            print(json.dumps(f) if as_json else text(f), flush=True)
        elif kind == "skip":
            name, style, why = fields
            if as_json:
                f = {"name": name, "style": None if style == "-" else style, "skipped": why}
                print(json.dumps(f), flush=True)
            else:
                name += "" if style == "-" else "-" + style
                print("%-22s %7s  %s" % (name, "-", why), flush=True)


main()
