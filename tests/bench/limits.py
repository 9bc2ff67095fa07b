# SPDX-License-Identifier: Apache-2.0
"""Why a figure of the table is not what it is to be: what was measured, what was tried,
and what the limit really is. BENCHMARKS.md prints those of the figures that the last run
did not meet."""

# By the figure's name: one text for all its styles; by its beginning where that ends in "-".
LIMITS = {
    "verify-cold": """Of 1.73 million instructions for RSA, 0.67 million are the arithmetic of
        signatures (of 2.96 for EC 1.67), with the keys decoded by OpenSSL's own decoders.
        Keys in their usual form are put in without them since: 22,000 and 36,000 instead of
        270,000. What stays beside is OpenSSL's: two d2i_X509 0.19, checks of extensions 0.08,
        setting up two verifications 0.065, freeing 0.04. JSON is 30,000, base64 19,000. Not
        taken: kept contexts for signature checks (2.7 %), as ASN1_item_verify()'s comparison
        of algorithms would be ours then; a certificate without OpenSSL's SHA-1 fingerprint.""",
    "dirmngr-repeated": """Verify takes 1.05 to 1.10 times what the bare round trip of its bytes
        does, so there is nothing left to take away: dirmngr's time is 29 such round trips here,
        23 where one takes 22 us, and 34 where one takes 11.""",
    "dirmngr-new": """As verify-cold: of 901,000 instructions 300,000 are RSA, 150,000 reading
        the certificate, 47,000 checks of its extensions.""",
    "local-new": """The reference verifies a leaf that is decoded already, which local mode has
        to decode: of 737,000 instructions 290,000, 154,000 of them OpenSSL's d2i_X509 and
        45,000 its checks of extensions. The one signature that is not known is 350,000, where
        the reference checks two; what is ours beside that is 97,000. Taken: OpenSSL's queue of
        errors emptied only when it holds something, 12,000; DER read at -O2, 16,000; sentences
        without a stream, 11,000. Not taken: keeping what TLS has decoded, as the interface
        takes bytes.""",
    "clients-apart-": """With a processor for the server alone, a known leaf takes it 6.6 us, 5.4 of
        them the kernel's: recvmsg 2.9, sendmsg 1.5, epoll_wait 1.1. The clients, which have the
        other one, cannot ask more often than each 4.2 us, and that is the echo server's figure
        where it has always something to do. Where it sleeps between messages, and that is for the
        kernel, it has 5.8. With new leaves an answer wakes a client on the other processor, which
        costs more than on the own one: 65 us instead of 58, where it is little of dirmngr's 380.""",
    "start": """Where 10.1 ms of a start with 1,000 entries go on a machine whose page
        faults are cheap: 2.7 before main; OpenSSL's contexts 0.3; the configuration and names
        of users 0.4; sockets and the sandbox 1.1; the store 2.5, 1.4 of them the search for
        damage; 144 authorities and 1,000 certificates read, digested and indexed 2.9; the rest
        0.2. Where a page fault takes 20 us, the kernel has 43 %: 605 faults, where an empty
        program with the same libraries has 301. Taken: lines of the authorities' file passed
        over as a whole, a fifth of all instructions. Tried: a page cache of SQLite for all of
        the store, which changes nothing. Not taken: starting without looking for damage.
        Without that, and without a certificate to read, 5.8 would be left, twice the empty
        program.""",
    "start-dirmngr": """dirmngr's start is about 13 ms, a fifth of it 2.6: what loading the
        libraries alone takes.""",
    "memory-used": """Of the 1,568 KiB that are private after 3,000 verdicts 404 are libcrypto's as
        in the empty program; live blocks of the heap are 540: the authorities 185 (176 are
        their DER), OpenSSL's contexts and methods 150, SQLite 73 (33 for the log's index cannot
        be smaller), verdicts that are kept 66. The rest is what malloc adds, and holes. Tried:
        no thread cache, 48 less, but only by the environment; a lower mmap threshold, 48 less
        for an mmap and munmap a verdict; trimming every 64 verdicts, 16 less. Not taken: DER in
        a mapped file, as what was checked at start could change under the daemon.""",
    "memory-dirmngr": """dirmngr's 9,900 KiB are twelve times what an empty program with the
        daemon's libraries has, 784. An eighth is 1,238: 454 for all that is the daemon's own, of
        which the authorities and OpenSSL's contexts alone are 335.""",
    "size-amd64": """Instructions, constants and relocated tables of daemon, fetcher and
        certprovctl are 808 KB when what they share is there once, those of the three client
        libraries 210 KB: above the target before symbols and headers. Tried: what several
        programs use in a library of its own, 1,352 KB for 2 % more instructions of a start. Not
        taken: it is above the target too, and a phone with half of an upgrade, or a program that
        was copied, would have no daemon. -Oz on cold files is 2 % of that, link
        time optimisation 1 %. The texts of the interfaces are 31 KB.""",
    "size-armhf": """As size-amd64: 676 KB without client libraries and headers, 1,078 with a
        library of its own. Debian's linker
        has no packed relocations for armhf, which are 36 KB more.""",
    "worst-": """The good chain they are compared with takes 2.7 times less than when ten was
        set: most of it was OpenSSL's decoders of keys, which are little of these. What a user's
        questions may take in a second is bounded by what they cost (daemon/certprovd/sys/turns.h),
        not by their number. Large messages are in pages of their own, which are given back at
        once: 80 page faults for 256 KB, each up to 20 us.""",
}


def limit_of(name):
    for key, text in LIMITS.items():
        if name == key or key.endswith("-") and name.startswith(key):
            return " ".join(text.split())
    return "Not known yet."
