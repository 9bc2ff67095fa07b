#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""timed-run.py ADMIN-SOCKET URL FILE - one provisioning run; prints its seconds, from the
question to the last reply, and writes the run to FILE. Status 1 unless it was complete."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))
import varlink  # noqa: E402

admin, url, path = sys.argv[1:]
peer = varlink.Peer(admin, 120)
began = time.monotonic()
peer.send("io.certprov.admin.Provision", {"url": url})
while True:
    message = peer.receive()
    if message is None or "error" in message or not message.get("continues"):
        break
took = time.monotonic() - began
with open(path, "w") as f:
    json.dump(message, f)
run = (message or {}).get("parameters", {}).get("run", {})
print("%.6f" % took)
sys.exit(0 if run.get("result") == "complete" else 1)
