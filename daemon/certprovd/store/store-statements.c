/* SPDX-License-Identifier: Apache-2.0 */
/* The text of every statement that runs more than once. */
#include "daemon/certprovd/store/store-internal.h"

#define CERTIFICATE_COLUMNS                                                    \
	"sha256, der, origin, url, document, line, run, added, "               \
	"authenticated, number, role, missing_run, missing_since, found_run, " \
	"found_at, refused"
/* From reports that are gone, and where it was brought from, if need be. */
#define PROVISIONED_COLUMNS                                                    \
	"sha256, document, url, authenticated OR found_authenticated, "        \
	"source, missing_run, coalesce(found_run, run), "                      \
	"coalesce(found_at, added), coalesce(found_document, document), "      \
	"coalesce(found_line, line)"
#define PROVISIONED "origin LIKE 'provisioned-%'"
#define EXCEPTION_COLUMNS "sha256, host, expires, results, added, who"
/* Whose report is kept longest. */
#define LAST_COMPLETE                                                          \
	"(SELECT coalesce(max(id), 0) FROM run WHERE result = 'complete')"
#define RUN_COLUMNS                                                            \
	"id, url, started, finished, result, reason, dry_run, documents, "     \
	"certificates, accepted, refused, bytes, firmware, "                   \
	"(SELECT coalesce(sum(lines), 0) FROM omitted WHERE run = run.id), "   \
	"id = " LAST_COMPLETE ", source, cause, previous, chain, next"

const char *const store_statements[SQL__END] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_META_GET] = "SELECT value FROM meta WHERE name = ?",
	[SQL_META_PUT] = "INSERT INTO meta (name, value) VALUES (?, ?)"
			 " ON CONFLICT (name) DO UPDATE"
			 " SET value = excluded.value",
	[SQL_CERTIFICATE_ADD] =
		"INSERT INTO certificate (sha256, der, origin, url, document,"
		" line, run, added, authenticated, role)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (sha256) DO UPDATE SET origin = excluded.origin,"
		" url = excluded.url, document = excluded.document,"
		" line = excluded.line, run = excluded.run,"
		" added = excluded.added,"
		" authenticated = excluded.authenticated,"
		" role = excluded.role"
		" WHERE (certificate.origin = '" STORE_ORIGIN_EXCEPTION "'"
		" AND excluded.origin <> '" STORE_ORIGIN_EXCEPTION "')"
		" OR (certificate.role = 'intermediate'"
		" AND excluded.role = 'anchor')",
	[SQL_CERTIFICATE_COUNT] = "SELECT count(*) FROM certificate",
	[SQL_CERTIFICATE_EACH] = "SELECT " CERTIFICATE_COLUMNS
				 " FROM certificate ORDER BY number",
	[SQL_CERTIFICATE_WITHOUT_ROLE] =
		"SELECT " CERTIFICATE_COLUMNS " FROM certificate"
		" WHERE role IS NULL AND origin <> ?1 ORDER BY number",
	[SQL_CERTIFICATE_FIND] = "SELECT " CERTIFICATE_COLUMNS
				 " FROM certificate WHERE sha256 = ?",
	[SQL_CERTIFICATE_FOUND] =
		"UPDATE certificate SET source = ?2, found_authenticated ="
		" max(found_authenticated, ?3), missing_run = NULL,"
		" missing_since = NULL, found_run = NULL, found_at = NULL,"
		" found_document = NULL, found_line = NULL"
		" WHERE sha256 = ?1 AND " PROVISIONED
		" AND (source IS NOT ?2 OR found_authenticated < ?3"
		" OR missing_run IS NOT NULL)",
	[SQL_CERTIFICATE_MISSING] =
		"UPDATE certificate SET missing_run = ?2, missing_since = ?3,"
		" (found_run, found_at, found_document, found_line) ="
		" (SELECT run.id, run.started, nullif(json_extract(o.json,"
		" '$.document'), certificate.document),"
		" json_extract(o.json, '$.line')"
		" FROM outcome o JOIN run ON run.id = o.run"
		" WHERE o.sha256 = ?4 AND run.dry_run = 0"
		" AND json_valid(o.json) ORDER BY run.id DESC LIMIT 1)"
		" WHERE sha256 = ?1 AND missing_run IS NULL",
	[SQL_CERTIFICATE_PRUNE] =
		"DELETE FROM certificate"
		" WHERE origin = '" STORE_ORIGIN_EXCEPTION "'"
		" AND sha256 NOT IN (SELECT sha256 FROM exception)",
	[SQL_CERTIFICATE_REFUSE] = "UPDATE certificate SET refused = ?2"
				   " WHERE sha256 = ?1"
				   " AND refused IS NOT ?2",
	[SQL_CERTIFICATE_REMOVE] = "DELETE FROM certificate WHERE sha256 = ?",
	[SQL_CERTIFICATE_ROLE] = "UPDATE certificate SET role = ?2"
				 " WHERE sha256 = ?1 AND role IS NULL",
	[SQL_CERTIFICATE_SEEN] = "SELECT run.id, run.started FROM outcome"
				 " JOIN run ON run.id = outcome.run"
				 " WHERE outcome.sha256 = ? AND run.dry_run = 0"
				 " ORDER BY run.id DESC LIMIT 1",
	[SQL_CERTIFICATE_THERE] =
		"SELECT count(*) FROM certificate WHERE sha256 = ?",
	[SQL_MISSING_COUNT] = "SELECT count(*) FROM certificate"
			      " WHERE missing_run IS NOT NULL",
	[SQL_REFUSED_COUNT] = "SELECT count(*) FROM certificate"
			      " WHERE refused IS NOT NULL",
	[SQL_AUTHORITY_CLEAR] = "DELETE FROM authority",
	[SQL_AUTHORITY_EACH] = "SELECT sha256, subject FROM authority",
	[SQL_AUTHORITY_PUT] = "INSERT INTO authority (sha256, subject)"
			      " VALUES (?, ?) ON CONFLICT DO NOTHING",
	[SQL_AUTHORITY_REMOVE] = "DELETE FROM authority WHERE sha256 = ?",
	[SQL_PROVISIONED_EACH] =
		"SELECT " PROVISIONED_COLUMNS
		" FROM certificate WHERE " PROVISIONED " ORDER BY number",
	[SQL_PROVISIONED_FIND] = "SELECT " PROVISIONED_COLUMNS
				 " FROM certificate WHERE sha256 = ?",
	[SQL_QUARANTINE_ADD] =
		"INSERT INTO quarantine (sha256, der, origin, url, document,"
		" found) SELECT sha256, der, origin, url, document, ?2"
		" FROM certificate WHERE number = ?1",
	[SQL_QUARANTINE_COUNT] =
		"SELECT count(*) FROM quarantine q WHERE NOT EXISTS (SELECT 1"
		" FROM certificate WHERE sha256 = q.sha256)",
	[SQL_QUARANTINE_PRUNE] = "DELETE FROM quarantine WHERE number <="
				 " (SELECT max(number) FROM quarantine) - ?",
	[SQL_QUARANTINE_REMOVE] = "DELETE FROM certificate WHERE number = ?",
	[SQL_EXCEPTION_COUNT] = "SELECT count(*) FROM exception",
	[SQL_EXCEPTION_COUNT_OF] =
		"SELECT count(*) FROM exception WHERE sha256 = ?",
	[SQL_EXCEPTION_EACH] = "SELECT " EXCEPTION_COLUMNS
			       " FROM exception ORDER BY added, host",
	[SQL_EXCEPTION_EXPIRE] = "DELETE FROM exception WHERE expires < ?",
	[SQL_EXCEPTION_OF] =
		"SELECT " EXCEPTION_COLUMNS " FROM exception WHERE sha256 = ?"
		" ORDER BY added, host",
	[SQL_EXCEPTION_PUT] = "INSERT OR REPLACE INTO exception (sha256, host,"
			      " expires, results, added, who)"
			      " VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_EXCEPTION_REMOVE] =
		"DELETE FROM exception WHERE sha256 = ? AND host = ?",
	[SQL_EXCEPTION_THERE] = "SELECT count(*) FROM exception"
				" WHERE sha256 = ? AND host = ?",
	[SQL_VALIDATOR_EACH] = "SELECT url, sha256, value FROM validator",
	[SQL_VALIDATOR_PRUNE] = "DELETE FROM validator WHERE rowid <="
				" (SELECT max(rowid) FROM validator) - ?",
	[SQL_VALIDATOR_PUT] =
		"INSERT INTO validator (url, sha256, value) VALUES (?, ?, ?)"
		" ON CONFLICT (url) DO UPDATE"
		" SET sha256 = excluded.sha256, value = excluded.value"
		" WHERE sha256 IS NOT excluded.sha256"
		" OR value IS NOT excluded.value",
	[SQL_DISTRUSTED_ADD] =
		"INSERT INTO distrusted (kind, sha256, reason, added, who)"
		" VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	[SQL_DISTRUSTED_CLEAR] = "DELETE FROM distrusted",
	[SQL_DISTRUSTED_COUNT] = "SELECT count(*) FROM distrusted",
	[SQL_DISTRUSTED_EACH] = "SELECT kind, sha256, reason, added, who"
				" FROM distrusted ORDER BY added, kind, sha256",
	[SQL_DISTRUSTED_LIFT] =
		"DELETE FROM distrusted WHERE kind = ? AND sha256 = ?",
	[SQL_UNKNOWN_COUNT] = "SELECT count(*) FROM unknown",
	[SQL_UNKNOWN_EACH] =
		"SELECT sha256, chain, results, hosts, purposes, reporters,"
		" first_seen, last_seen, seen"
		" FROM unknown JOIN unknown_chain USING (sha256)"
		" ORDER BY last_seen, sha256",
	[SQL_UNKNOWN_KEYS] = "SELECT sha256 FROM unknown",
	[SQL_UNKNOWN_PRUNE] =
		"DELETE FROM unknown WHERE sha256 IN (SELECT sha256"
		" FROM unknown ORDER BY last_seen DESC, sha256 DESC"
		" LIMIT -1 OFFSET ?)",
	[SQL_UNKNOWN_PUT] =
		"INSERT INTO unknown (sha256, results, hosts, purposes,"
		" reporters, first_seen, last_seen, seen)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (sha256) DO UPDATE SET"
		" results = excluded.results, hosts = excluded.hosts,"
		" purposes = excluded.purposes,"
		" reporters = excluded.reporters,"
		" first_seen = excluded.first_seen,"
		" last_seen = excluded.last_seen, seen = excluded.seen",
	[SQL_UNKNOWN_PUT_CHAIN] =
		"INSERT INTO unknown_chain (sha256, chain) VALUES (?, ?)"
		" ON CONFLICT DO NOTHING",
	[SQL_UNKNOWN_REMOVE] = "DELETE FROM unknown WHERE sha256 = ?",
	[SQL_SETTING_EACH] = "SELECT name, value, origin, permission,"
			     " admin_set FROM setting ORDER BY name",
	[SQL_SETTING_PUT] =
		"INSERT INTO setting (name, value, origin, permission,"
		" admin_set) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
		" origin = excluded.origin, permission = excluded.permission,"
		" admin_set = excluded.admin_set"
		" WHERE (value IS NOT excluded.value"
		" OR origin IS NOT excluded.origin"
		" OR permission IS NOT excluded.permission"
		" OR admin_set IS NOT excluded.admin_set)"
		" AND admin_set <= excluded.admin_set",
	[SQL_SETTING_REMOVE] = "DELETE FROM setting WHERE name = ?",
	[SQL_RUN_COUNT] = "SELECT count(*) FROM run",
	[SQL_RUN_EACH] = "SELECT " RUN_COLUMNS " FROM run ORDER BY id DESC",
	[SQL_RUN_FIND] = "SELECT " RUN_COLUMNS " FROM run WHERE id = ?",
	[SQL_RUN_FINISH] =
		"UPDATE run SET url = ?2, finished = ?3, result = ?4,"
		" reason = ?5, documents = ?6, certificates = ?7,"
		" accepted = ?8, refused = ?9, bytes = ?10, next = ?11"
		" WHERE id = ?1",
	[SQL_RUN_INTERRUPT] =
		"UPDATE run SET finished = ?, result = 'failed',"
		" reason = 'The daemon stopped before the run was finished.'"
		" WHERE finished IS NULL",
	[SQL_RUN_PRUNE] =
		"DELETE FROM run WHERE id <> " LAST_COMPLETE " AND id NOT IN"
		" (SELECT id FROM run ORDER BY id DESC LIMIT ?)",
	[SQL_RUN_START] =
		"INSERT INTO run (id, url, started, dry_run, firmware, source,"
		" cause, previous, chain)"
		" VALUES ((SELECT coalesce(max(id), 0) + 1 FROM run),"
		" ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_RUN_UNFINISHED] =
		"SELECT count(*) FROM run WHERE finished IS NULL",
	[SQL_REPORT_CLEAR] = "UPDATE run SET report_bytes = 0 WHERE id = ?",
	[SQL_REPORT_COUNT_LINES] =
		"INSERT INTO omitted (run, kind, result, lines)"
		" SELECT run, coalesce(json_extract(json, '$.kind'), ''),"
		" coalesce(json_extract(json, '$.result'), ''), count(*)"
		" FROM outcome WHERE run = ? AND json_valid(json)"
		" GROUP BY 1, 2, 3 ON CONFLICT DO UPDATE"
		" SET lines = lines + excluded.lines",
	[SQL_REPORT_GROW] = "UPDATE run SET report_bytes = report_bytes + ?2"
			    " WHERE id = ?1 AND report_bytes + ?2 <= ?3",
	[SQL_REPORT_OLDEST] = "SELECT id FROM run WHERE report_bytes > 0"
			      " ORDER BY id = " LAST_COMPLETE ", id LIMIT 1",
	[SQL_REPORT_TOTAL] = "SELECT coalesce(sum(report_bytes), 0) FROM run",
	[SQL_OMITTED_ADD] = "INSERT INTO omitted (run, kind, result, lines)"
			    " VALUES (?, ?, ?, 1)"
			    " ON CONFLICT DO UPDATE SET lines = lines + 1",
	[SQL_OMITTED_ADD_LINES] =
		"INSERT INTO omitted (run, kind, result, lines)"
		" VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
		" SET lines = lines + excluded.lines",
	[SQL_OMITTED_EACH] = "SELECT kind, result, lines FROM omitted"
			     " WHERE run = ? ORDER BY lines DESC, kind, result",
	[SQL_OUTCOME_ADD] =
		"INSERT INTO outcome (run, sha256, json) VALUES (?, ?, ?)",
	[SQL_OUTCOME_EACH] =
		"SELECT json FROM outcome WHERE run = ? ORDER BY number",
	[SQL_OUTCOME_NEXT] =
		"SELECT json, number FROM outcome WHERE run = ? AND number > ?"
		" ORDER BY number LIMIT ?",
	[SQL_OUTCOME_REMOVE] = "DELETE FROM outcome WHERE run = ?",
	[SQL_CHANGE_ADD] = "INSERT INTO change (made, who, what, sha256, name,"
			   " run) VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_CHANGE_EACH] = "SELECT made, who, what, sha256, name, run,"
			    " generation FROM change"
			    " ORDER BY number DESC LIMIT ?",
	[SQL_CHANGE_PRUNE] = "DELETE FROM change WHERE number <="
			     " (SELECT max(number) FROM change) - ?",
	[SQL_CHANGE_STAMP] =
		"UPDATE change SET generation = ? WHERE generation IS NULL",
};
