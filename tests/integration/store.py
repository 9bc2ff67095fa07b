#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks into a trust database nobody has open, and damages it.

store.py meta DATABASE NAME       what the table meta says
store.py check DATABASE           integrity_check of a copy with its WAL: "ok" or not
store.py flip DATABASE SHA256     one bit of this certificate's DER"""
import os
import shutil
import sqlite3
import sys
import tempfile


def meta(path, name):
    with sqlite3.connect(path) as db:
        print(db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])


def check(path):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.dirname(path))) as copy:
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, os.path.join(copy, "copy.db" + end))
        db = sqlite3.connect(os.path.join(copy, "copy.db"))
        print("\n".join(row[0] for row in db.execute("PRAGMA integrity_check")))
        db.close()


def flip(path, sha256):
    with sqlite3.connect(path) as db:
        key = bytes.fromhex(sha256)
        der = bytearray(db.execute("SELECT der FROM certificate WHERE sha256 = ?", (key,)).fetchone()[0])
        der[len(der) // 2] ^= 1
        db.execute("UPDATE certificate SET der = ? WHERE sha256 = ?", (bytes(der), key))


{"meta": meta, "check": check, "flip": flip}[sys.argv[1]](*sys.argv[2:])
