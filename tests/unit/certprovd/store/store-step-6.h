/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of step 6, as released programs wrote it. Never changed: it does
 * not come from store.sql, so that it shows what an upgrade makes of such a
 * phone's data and not what store.sql makes of itself.
 */
#ifndef CERTPROV_TESTS_STORE_STEP_6_H
#define CERTPROV_TESTS_STORE_STEP_6_H

/* clang-format off */
#define STORE_STEP_6_TABLES \
	"CREATE TABLE meta ( name TEXT PRIMARY KEY NOT NULL, value " \
	"ANY ) STRICT;" \
	"CREATE TABLE certificate ( number INTEGER PRIMARY KEY, " \
	"sha256 BLOB NOT NULL UNIQUE, der BLOB NOT NULL, origin TEXT " \
	"NOT NULL, url TEXT, document TEXT, line INTEGER NOT NULL, " \
	"run INTEGER NOT NULL, added INTEGER NOT NULL, authenticated " \
	"INTEGER NOT NULL, role TEXT, source BLOB, " \
	"found_authenticated INTEGER NOT NULL DEFAULT 0, missing_run " \
	"INTEGER, missing_since INTEGER, found_run INTEGER, found_at " \
	"INTEGER, found_document TEXT, found_line INTEGER) STRICT;" \
	"CREATE TABLE exception ( sha256 BLOB NOT NULL REFERENCES " \
	"certificate (sha256) ON DELETE CASCADE, host TEXT NOT NULL, " \
	"expires INTEGER NOT NULL, results TEXT, added INTEGER NOT " \
	"NULL, who TEXT, PRIMARY KEY (sha256, host) ) STRICT;" \
	"CREATE TABLE distrusted ( kind INTEGER NOT NULL, sha256 " \
	"BLOB NOT NULL, reason TEXT, added INTEGER NOT NULL, who " \
	"TEXT, PRIMARY KEY (kind, sha256) ) STRICT;" \
	"CREATE TABLE setting ( name TEXT PRIMARY KEY NOT NULL, " \
	"value TEXT, origin TEXT NOT NULL, permission TEXT, " \
	"admin_set INTEGER NOT NULL ) STRICT;" \
	"CREATE TABLE unknown ( sha256 BLOB PRIMARY KEY NOT NULL, " \
	"results TEXT NOT NULL, hosts TEXT NOT NULL, purposes TEXT " \
	"NOT NULL, reporters TEXT NOT NULL, first_seen INTEGER NOT " \
	"NULL, last_seen INTEGER NOT NULL, seen INTEGER NOT NULL ) " \
	"STRICT;" \
	"CREATE TABLE run ( id INTEGER PRIMARY KEY, url TEXT, " \
	"started INTEGER NOT NULL, finished INTEGER, result TEXT, " \
	"reason TEXT, dry_run INTEGER NOT NULL, documents INTEGER " \
	"NOT NULL DEFAULT 0, certificates INTEGER NOT NULL DEFAULT " \
	"0, accepted INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT " \
	"NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, firmware " \
	"TEXT, report_bytes INTEGER NOT NULL DEFAULT 0) STRICT;" \
	"CREATE TABLE outcome ( number INTEGER PRIMARY KEY, run " \
	"INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, " \
	"json TEXT NOT NULL, sha256 TEXT) STRICT;" \
	"CREATE INDEX outcome_run ON outcome (run);" \
	"CREATE TABLE change ( number INTEGER PRIMARY KEY, made " \
	"INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, " \
	"sha256 TEXT, name TEXT, run INTEGER, generation INTEGER ) " \
	"STRICT;" \
	"CREATE TABLE quarantine ( number INTEGER PRIMARY KEY, " \
	"sha256 BLOB NOT NULL, der BLOB NOT NULL, origin TEXT NOT " \
	"NULL, url TEXT, document TEXT, found INTEGER NOT NULL ) " \
	"STRICT;" \
	"CREATE TABLE validator ( url BLOB PRIMARY KEY NOT NULL, " \
	"sha256 BLOB NOT NULL REFERENCES certificate (sha256) ON " \
	"DELETE CASCADE, value TEXT NOT NULL ) STRICT;" \
	"CREATE INDEX validator_sha256 ON validator (sha256);" \
	"CREATE INDEX outcome_sha256 ON outcome (sha256) WHERE " \
	"sha256 IS NOT NULL;" \
	"CREATE TABLE omitted ( run INTEGER NOT NULL REFERENCES run " \
	"(id) ON DELETE CASCADE, kind TEXT NOT NULL, result TEXT NOT " \
	"NULL, lines INTEGER NOT NULL, PRIMARY KEY (run, kind, " \
	"result) ) STRICT, WITHOUT ROWID;" \
	"CREATE TABLE unknown_chain ( sha256 BLOB PRIMARY KEY NOT " \
	"NULL REFERENCES unknown (sha256) ON DELETE CASCADE, chain " \
	"BLOB NOT NULL ) STRICT;" \
	"PRAGMA application_id = 0x63707276;" \
	"PRAGMA user_version = 6;"

/* What such a phone had. The certificates are those of store-fixture.c, with
 * the numbers 1 (found), 2 (no longer found) and 3 (there for an exception
 * alone); %s is the hexadecimal digest of each, then its bytes. */
#define STORE_STEP_6_META \
	"INSERT INTO meta VALUES" \
	" ('store', '00112233445566778899aabbccddeeff')," \
	" ('generation', 41);"
#define STORE_STEP_6_FOUND \
	"INSERT INTO certificate VALUES (1, x'%s', x'%s', 'provisioned-url'," \
	" 'https://h.example/ca.der', 'https://h.example/phone.xml', 17, 3," \
	" 1780000000, 1, 'anchor', zeroblob(32), 1, NULL, NULL, NULL, NULL," \
	" NULL, NULL);"
#define STORE_STEP_6_MISSING \
	"INSERT INTO certificate VALUES (2, x'%s', x'%s'," \
	" 'provisioned-base64', NULL, 'https://h.example/phone.xml', 18, 3," \
	" 1780000001, 1, 'intermediate', zeroblob(32), 1, 4, 1780000100, 3," \
	" 1780000050, 'https://h.example/phone.xml', 18);"
#define STORE_STEP_6_EXCEPTED \
	"INSERT INTO certificate VALUES (3, x'%s', x'%s', 'exception', NULL," \
	" NULL, 0, 0, 1780000002, 0, NULL, NULL, 0, NULL, NULL, NULL, NULL," \
	" NULL, NULL);" \
	"INSERT INTO exception SELECT sha256, 'pbx.example', 1900000000," \
	" '[\"expired\"]', 1780000002, 'uid:1000' FROM certificate" \
	" WHERE number = 3;"
#define STORE_STEP_6_REST \
	"INSERT INTO distrusted VALUES (0, zeroblob(32), 'stolen'," \
	" 1780000003, 'uid:0');" \
	"INSERT INTO setting VALUES" \
	" ('setting_server', 'https://h.example/', 'admin', NULL, 1);" \
	"INSERT INTO run VALUES (3, 'https://h.example/', 1780000000," \
	" 1780000050, 'complete', NULL, 0, 1, 2, 2, 0, 4000, '10.1.33.33'," \
	" 180), (4, 'https://h.example/', 1780000090, 1780000100," \
	" 'partial', 'A document is missing.', 0, 1, 1, 0, 1, 2000," \
	" '10.1.33.33', 0);" \
	"INSERT INTO outcome SELECT 1, 3, '{\"kind\":\"certificate\"}'," \
	" lower(hex(sha256)) FROM certificate WHERE number = 1;" \
	"INSERT INTO omitted VALUES (4, 'certificate', 'expired', 7);" \
	"INSERT INTO validator SELECT zeroblob(32), sha256, 'etag'" \
	" FROM certificate WHERE number = 1;" \
	"INSERT INTO unknown VALUES (zeroblob(32), '[]', '[]', '[]', '[]'," \
	" 1780000004, 1780000005, 2);" \
	"INSERT INTO unknown_chain VALUES (zeroblob(32), x'3000');" \
	"INSERT INTO change VALUES (1, 1780000000, 'run 3'," \
	" 'certificate accepted', NULL, 'CN=ca', 3, 41);"
/* clang-format on */

#endif
