#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""change.py TRUST ADMIN EXPORT PEM -- COMMAND... - the certificate in PEM is provisioned by a
document in a message; prints the milliseconds from that message until a Monitor is told
and the link EXPORT leads elsewhere, and those of COMMAND."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))
import varlink  # noqa: E402

trust, admin, export, pem, _, *command = sys.argv[1:]
with open(pem) as f:
    text = "".join(f.read().split("\n")[1:-2])
document = '<certificates><certificate type="base64">%s</certificate></certificates>' % text

monitor = varlink.Peer(trust, 20)
monitor.send("io.certprov.trust.Monitor", more=True)
before = monitor.receive()["parameters"]["generation"]
led_to = os.readlink(export)
caller = varlink.Peer(admin, 20)
began = time.monotonic()
caller.send("io.certprov.admin.Provision", {"document": document}, more=True)
while monitor.receive()["parameters"]["generation"] == before:
    pass
while os.readlink(export) == led_to:
    if time.monotonic() > began + 20:
        sys.exit("the export is not switched")
    time.sleep(0.0001)
ours = time.monotonic() - began
reply = {"continues": True}
while reply.get("continues"):
    reply = caller.receive()
if reply.get("parameters", {}).get("run", {}).get("accepted") != 1:
    sys.exit("not accepted: %s" % reply)

began = time.monotonic()
subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print("%.3f %.3f" % (1000 * ours, 1000 * (time.monotonic() - began)))
