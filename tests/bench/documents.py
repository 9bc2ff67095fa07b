#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""documents.py PEM DIRECTORY - the documents of the bench, of the roots in PEM, as elements
with base64:

    one-N, hundred-N, thousand-N.xml    for each of nine rounds, other roots in each
    first.xml                           one more
    small.xml                           one, and 32 KB
    large-30.xml                        20,000: each of 10,000 roots twice; 30 MB
    large-60.xml                        40,000, each four times; 60 MB
"""
import re
import sys

ROUNDS = 9
MB = 1 << 20

with open(sys.argv[1]) as f:
    roots = re.findall("-----BEGIN CERTIFICATE-----\n(.*?)-----END", f.read(), re.S)


def write(name, certificates, size=0):
    """Comments between the elements make up for the size."""
    elements = ['<certificate type="base64">\n' + text + "</certificate>\n" for text in certificates]
    missing = size - sum(map(len, elements)) - 64
    filler = "<!--" + "x" * (missing // len(elements) - 8) + "-->\n" if missing > 0 else ""
    with open(sys.argv[2] + "/" + name, "w") as f:
        f.write("<certificates>\n")
        for element in elements:
            f.write(element + filler)
        f.write("</certificates>\n")


for i in range(ROUNDS):
    write("one-%d.xml" % i, roots[i:i + 1])
    write("hundred-%d.xml" % i, roots[100 * (i + 1):100 * (i + 2)])
    write("thousand-%d.xml" % i, roots[1000 * (i + 1):1000 * (i + 2)])
write("first.xml", roots[50:51])
write("small.xml", roots[:1], 32 << 10)
write("large-30.xml", roots * 2, 30 * MB)
write("large-60.xml", roots * 4, 60 * MB)
