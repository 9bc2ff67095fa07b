#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py RESULT - BENCHMARKS.md of what `make bench` wrote to RESULT, in the order of
the table."""
import json
import sys

import figures
import limits
from report import number

HEAD = """\
# Benchmarks

What `make bench` measured last, written by `make benchmarks`. Ratios of two things that were
measured in turn in one run; medians of %(rounds)d rounds. %(date)s, commit %(commit)s.

- machine: %(machine)s
- system: %(system)s
- where times are compared and the top of the part does not say otherwise, client and server
  share one processor and run ahead of other processes, to which the kernel gives a twentieth
  of each second
- others: how much of the machine processes had that were not the bench's. Above 10 %% a
  line is marked as disturbed (\\*): its ratio is good to a fifth at best, its microseconds
  not at all. Counts (flushes, calls, instructions, bytes) are not disturbed
- start and memory are measured where the package's users exist, as on a phone; where they
  do not, looking for them takes some 180 opened files and 20 KiB
- microseconds are this machine's; a phone's small ARM core takes some 10 to 30 times as
  long, and its flash milliseconds for a flush

How each is measured stands at the top of `tests/bench/parts/` and `tests/bench/bench-*.c`;
what it is to reach, in `tests/bench/figures.py`.
"""


def amount(value, unit):
    return "-" if value is None else number(value) + (" " + unit if unit else "")


def cells(f):
    label = f["name"] + ("-" + f["style"] if f["style"] else "")
    letter, target, meaning = figures.row(f["name"], f["style"])
    if f["kind"] == "missing":
        return [letter, label, "not measured: " + f["why"], "", "", target, "", "", meaning]
    others = "%.0f %%%s" % (100 * f["others"], " \\*" if f["disturbed"] else "")
    return [
        letter,
        label,
        amount(f["ours"], f["unit"]),
        amount(f["reference"], f["unit"]),
        number(f["value"]),
        target,
        {True: "met", False: "**not met**", None: ""}[f["met"]],
        others,
        f["what"] + ("; to a phone: " + meaning if meaning else ""),
    ]


def table(rows):
    print("| | figure | ours | reference | ratio | target | | others | what it is |")
    print("|---|---|---|---|---|---|---|---|---|")
    for f in rows:
        print("| " + " | ".join(str(c or "").replace("|", "\\|") for c in cells(f)) + " |")


def why(rows):
    """For every figure that was measured and is not met."""
    missed = dict.fromkeys(f["name"] for f in rows if f["kind"] == "figure" and f["met"] is False)
    names = {}
    for name in missed:
        names.setdefault(limits.limit_of(name), []).append(name)
    for text, of in names.items():
        print("**%s** - %s\n" % (", ".join(of), text))


def main():
    with open(sys.argv[1]) as f:
        lines = [json.loads(line) for line in f]
    run = [f for f in lines if f["kind"] == "run"][0]
    found = {(f["name"], f["style"]): f for f in lines if f["kind"] != "run"}
    print(HEAD % run)
    listed = [found[name, style] for _, name, style, *_ in figures.TABLE if (name, style) in found]
    met = [f["met"] for f in listed if f["kind"] == "figure"]
    print("%d of %d are met.\n" % (met.count(True), len(figures.TABLE)))
    table(listed)
    beside = [f for key, f in found.items() if figures.row(*key)[0] is None]
    print("\nBeside the table:\n")
    table(beside)
    print("\n## What is not met, and why\n")
    print("Instructions are counted by callgrind (`make bench-profile`), and firm; what was tried is\n"
          "what a change gave before it was kept or given up.\n")
    why(listed + beside)


main()
