-- SPDX-License-Identifier: Apache-2.0
-- The trust database, step by step: a step is never changed once released,
-- a new version is a new step. Each statement ends with a semicolon at the
-- end of a line; the build turns them into an array.
--
-- Times are seconds since the epoch. sha256 of a certificate is of its DER.

-- step 1
PRAGMA application_id = 0x63707276;
CREATE TABLE meta (
	name TEXT PRIMARY KEY NOT NULL,
	value ANY
) STRICT;
CREATE TABLE certificate (
	number INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL UNIQUE,
	der BLOB NOT NULL,
	origin TEXT NOT NULL,
	url TEXT,
	document TEXT,
	line INTEGER NOT NULL,
	run INTEGER NOT NULL,
	added INTEGER NOT NULL,
	authenticated INTEGER NOT NULL
) STRICT;
CREATE TABLE exception (
	sha256 BLOB NOT NULL REFERENCES certificate (sha256) ON DELETE CASCADE,
	host TEXT NOT NULL,
	expires INTEGER NOT NULL,
	results TEXT,
	added INTEGER NOT NULL,
	who TEXT,
	PRIMARY KEY (sha256, host)
) STRICT;
CREATE TABLE distrusted (
	kind INTEGER NOT NULL,
	sha256 BLOB NOT NULL,
	reason TEXT,
	added INTEGER NOT NULL,
	who TEXT,
	PRIMARY KEY (kind, sha256)
) STRICT;
CREATE TABLE setting (
	name TEXT PRIMARY KEY NOT NULL,
	value TEXT,
	origin TEXT NOT NULL,
	permission TEXT,
	admin_set INTEGER NOT NULL
) STRICT;
CREATE TABLE unknown (
	sha256 BLOB PRIMARY KEY NOT NULL,
	chain BLOB NOT NULL,
	results TEXT NOT NULL,
	hosts TEXT NOT NULL,
	purposes TEXT NOT NULL,
	reporters TEXT NOT NULL,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	seen INTEGER NOT NULL
) STRICT;
CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	url TEXT,
	started INTEGER NOT NULL,
	finished INTEGER,
	result TEXT,
	reason TEXT,
	dry_run INTEGER NOT NULL,
	documents INTEGER NOT NULL DEFAULT 0,
	certificates INTEGER NOT NULL DEFAULT 0,
	accepted INTEGER NOT NULL DEFAULT 0,
	refused INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	firmware TEXT
) STRICT;
CREATE TABLE outcome (
	number INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	json TEXT NOT NULL
) STRICT;
CREATE INDEX outcome_run ON outcome (run);
CREATE TABLE change (
	number INTEGER PRIMARY KEY,
	made INTEGER NOT NULL,
	who TEXT NOT NULL,
	what TEXT NOT NULL,
	sha256 TEXT,
	name TEXT,
	run INTEGER,
	generation INTEGER
) STRICT;
PRAGMA user_version = 1;

-- step 2: damaged rows are kept apart, downloads are asked for conditionally,
-- and the reports tell when a certificate was last seen.
CREATE TABLE quarantine (
	number INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL,
	der BLOB NOT NULL,
	origin TEXT NOT NULL,
	url TEXT,
	document TEXT,
	found INTEGER NOT NULL
) STRICT;
CREATE TABLE validator (
	url BLOB PRIMARY KEY NOT NULL,
	sha256 BLOB NOT NULL REFERENCES certificate (sha256) ON DELETE CASCADE,
	value TEXT NOT NULL
) STRICT;
CREATE INDEX validator_sha256 ON validator (sha256);
ALTER TABLE outcome ADD COLUMN sha256 TEXT;
UPDATE outcome SET sha256 = json_extract(json, '$.sha256')
	WHERE json_valid(json);
CREATE INDEX outcome_sha256 ON outcome (sha256) WHERE sha256 IS NOT NULL;
PRAGMA user_version = 2;

-- step 3: certificates may be there for an exception alone (origin
-- "exception"). Nothing changes but the number: a program that knows step 2
-- only would trust them as anchors, and must not open this.
PRAGMA user_version = 3;

-- step 4: what a certificate is to trust: "anchor", accepted in its own right,
-- or "intermediate", accepted for who signed it. NULL: it is there for an
-- exception alone, or was accepted before this step and is to be judged again
-- (daemon/certprovd/trust/roles.h). An upload always rested on who signed it.
ALTER TABLE certificate ADD COLUMN role TEXT;
UPDATE certificate SET role = 'intermediate' WHERE origin = 'uploaded';
PRAGMA user_version = 4;

-- step 5: what is written has bounds. A report knows its bytes and counts what
-- did not fit; the chain of an unknown certificate is written once, apart
-- from what is counted of it.
ALTER TABLE run ADD COLUMN report_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE omitted (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	result TEXT NOT NULL,
	lines INTEGER NOT NULL,
	PRIMARY KEY (run, kind, result)
) STRICT, WITHOUT ROWID;
UPDATE run SET report_bytes = (SELECT coalesce(sum(length(CAST(json AS BLOB))
	+ 160), 0) FROM outcome WHERE outcome.run = run.id);
CREATE TABLE unknown_chain (
	sha256 BLOB PRIMARY KEY NOT NULL
		REFERENCES unknown (sha256) ON DELETE CASCADE,
	chain BLOB NOT NULL
) STRICT;
INSERT INTO unknown_chain (sha256, chain) SELECT sha256, chain FROM unknown;
ALTER TABLE unknown DROP COLUMN chain;
PRAGMA user_version = 5;

-- step 6: what runs find, and no longer find. source is the digest of the URL
-- of the run that found a certificate last, NULL before any did.
-- found_authenticated: a run found it over an authenticated path. missing_run
-- is the complete run of that source that did not find it any more; found_run
-- is the one that had found it last, and where.
ALTER TABLE certificate ADD COLUMN source BLOB;
ALTER TABLE certificate
	ADD COLUMN found_authenticated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate ADD COLUMN missing_run INTEGER;
ALTER TABLE certificate ADD COLUMN missing_since INTEGER;
ALTER TABLE certificate ADD COLUMN found_run INTEGER;
ALTER TABLE certificate ADD COLUMN found_at INTEGER;
ALTER TABLE certificate ADD COLUMN found_document TEXT;
ALTER TABLE certificate ADD COLUMN found_line INTEGER;
PRAGMA user_version = 6;

-- step 7: where a run began: who named its url, why it began, the run that led
-- to it at once, the URLs of those that did as a JSON array, and what followed.
ALTER TABLE run ADD COLUMN source TEXT;
ALTER TABLE run ADD COLUMN cause TEXT;
ALTER TABLE run ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN chain TEXT;
ALTER TABLE run ADD COLUMN next TEXT;
PRAGMA user_version = 7;

-- step 8: what the firmware changes. refused is the result by which its rules
-- would refuse a stored certificate now; NULL: they would not. authority is the
-- list of its CA certificates as it was seen last, to tell what came and went.
ALTER TABLE certificate ADD COLUMN refused TEXT;
CREATE TABLE authority (
	sha256 BLOB PRIMARY KEY NOT NULL,
	subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 8;
