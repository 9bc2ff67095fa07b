#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notify.py SOCKET [journal] - reads what services tell their manager, as sd_notify
sends it, or what they write to the journal, one message a line: fields with tabs
between."""
import os
import socket
import sys

reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
reader.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("reading", flush=True)
while True:
    text = reader.recv(1 << 16).decode("utf-8", "replace")
    print("\t".join(text.splitlines()), flush=True)
