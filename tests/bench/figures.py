# SPDX-License-Identifier: Apache-2.0
"""The figures of the bench: what they are called, what they are to reach, and what they
mean to a phone. The one place for targets; the programs only measure."""

# Figures of the table, in its order: (letter, name, style, target, what it means to a phone).
# style is "rsa", "ec" or None; target is "<= N", ">= N" or "= N".
TABLE = [
    ("a", "verify-repeated", "rsa", "<= 1.5", "each further connection to a server that the phone knows"),
    ("a", "verify-repeated", "ec", "<= 1.5", "the same with an EC chain"),
    ("a", "digest-repeated", "rsa", "<= 1.4", "the same for a client that sends only the digest"),
    ("a", "digest-repeated", "ec", "<= 1.4", "the same with an EC chain"),
    ("b", "verify-new", "rsa", "<= 0.55", "the first connection to another server of the same CA"),
    ("b", "verify-new", "ec", "<= 0.7", "the same with an EC chain"),
    ("c", "verify-cold", "rsa", "<= 0.7", "the first connection to a server of a CA never met"),
    ("c", "verify-cold", "ec", "<= 0.85", "the same with an EC chain"),
    ("d", "dirmngr-repeated", "rsa", ">= 30", "what a maker saves against GnuPG's daemon, known server"),
    ("d", "dirmngr-new", "rsa", ">= 3.5", "the same, new server"),
    ("e", "clients-new", "rsa", ">= 6", "several programs of the phone ask at once, new servers"),
    ("e", "clients-repeated", "rsa", ">= 0.7", "the same, known servers"),
    ("f", "run-p99", None, "<= 2", "how long a call waits while the phone is being provisioned"),
    ("g", "local-repeated", "rsa", "<= 3", "a program that verifies by itself: a known server"),
    ("g", "local-repeated", "ec", "<= 3", "the same with an EC chain"),
    ("g", "local-new", "rsa", "<= 1.1", "the same program: a new server"),
    ("g", "local-new", "ec", "<= 1.1", "the same with an EC chain"),
    ("g", "local-calls", None, "= 0", "and how often it has to enter the kernel for that"),
    ("h", "start", None, "<= 1.8", "how much later the phone is ready after power-on"),
    ("h", "start-dirmngr", None, ">= 5", "the same against GnuPG's daemon"),
    ("h", "start-10000", None, "<= 8", "the same with a company's 10,000 authorities"),
    ("i", "memory-used", None, "<= 2", "memory that nothing else on the phone can have"),
    ("i", "memory-dirmngr", None, ">= 8", "the same against GnuPG's daemon"),
    ("j", "memory-entry", None, "<= 1.1", "what each further certificate costs in memory"),
    ("k", "fetcher-memory", None, "<= 1024", "memory for a large provisioning file, in KiB"),
    ("k", "fetcher-memory-60", None, "<= 1.01", "and that it does not grow with the file"),
    ("l", "run-rate", None, ">= 0.7", "how long the phone works on a large file"),
    ("m", "flushes-one", None, "<= 2", "what a certificate costs in waiting for flash, and in its life"),
    ("m", "flushes-hundred", None, "<= 3", "a hundred of them"),
    ("m", "flushes-change", None, "<= 2", "a change by the administrator"),
    ("m", "flushes-nothing", None, "<= 1", "the daily run that finds nothing new"),
    ("n", "downloads", None, "<= 1.05", "how long provisioning takes over a slow line"),
    ("o", "change", None, ">= 50", "how soon all programs know of a change"),
    ("p", "snapshot-10000", None, "<= 1.3", "what a program pays to take the phone's trust"),
    ("q", "size-amd64", None, "<= 1000", "flash for it all, in KB"),
    ("q", "size-armhf", None, "<= 650", "the same on a phone of 32 bits"),
    ("r", "idle-wakeups", None, "<= 2", "what it costs a phone that does nothing, in a minute"),
    ("s", "varlink-empty", None, "<= 2", "what asking costs, whatever is asked"),
    ("t", "tls-daemon", None, ">= 0.97", "TLS connections of a program that asks the daemon"),
    ("t", "tls-local", None, ">= 1", "TLS connections of a program that verifies by itself"),
    ("u", "instructions-repeated", None, "<= 1.02", "work for a known server, whatever else the machine does"),
    ("v", "crowd", None, "<= 2", "how much longer a program waits while many look at the phone's page"),
    ("v", "crowd-memory", None, "<= 16384", "memory for all of those who look, in KiB"),
]

# Beside the table: a name, or what one begins with.
BESIDE = {
    "worst-": "<= 10",
    "clients-apart-new": ">= 6",
    "clients-apart-repeated": ">= 0.7",
    "memory": "<= 2",
    "check": "<= 3",
    "fleet-settled": "<= 1.5",
    "fleet-after": "<= 1",
}

COMPARE = {
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
}


def row(name, style):
    for letter, *rest in TABLE:
        if rest[:2] == [name, style]:
            return letter, rest[2], rest[3]
    for start, target in BESIDE.items():
        if name == start or start.endswith("-") and name.startswith(start):
            return None, target, None
    return None, None, None


def met(value, target):
    """True, False, or None where there is nothing to reach."""
    if target is None:
        return None
    relation, bound = target.split()
    return COMPARE[relation](value, float(bound))
