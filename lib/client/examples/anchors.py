# SPDX-License-Identifier: Apache-2.0
# anchors - the trust anchors of the phone in a TLS context, and again whenever trust
# changes; without a library, as it would be in any language.
import base64, json, socket, ssl

def calls(method, parameters, path="/run/certprov/io.certprov.trust"):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(json.dumps({"method": "io.certprov.trust." + method,
                          "parameters": parameters, "more": True}).encode() + b"\0")
    replies = s.makefile("rb")
    while True:
        message = bytearray()
        while (byte := replies.read(1)) not in (b"\0", b""):
            message += byte
        reply = json.loads(message)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        yield reply["parameters"]
        if not reply.get("continues"):
            return

def trust():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # any of them is an anchor
    for reply in calls("ListCertificates", {"list": "anchors", "withDer": True}):
        certificate = reply.get("certificate")
        if certificate:
            context.load_verify_locations(cadata=base64.b64decode(certificate["der"]))
    return context

for change in calls("Monitor", {}):
    context = trust()
    print("generation", change["generation"], context.cert_store_stats())
