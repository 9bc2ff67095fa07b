/* SPDX-License-Identifier: Apache-2.0 */
/* What is listed: list, show, unknown, distrusted. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/certprovctl/commands/changes.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/fingerprint.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

#define LIST_UNKNOWN "unknown"

static bool certificates_is_one_of(const char *text, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(text, *names) == 0)
			return true;
	return false;
}

/* --- list, show --- */

static const struct view_column list_columns[] = {
	{{.title = "SHA-256", .fit = FIT_WHOLE}, "sha256", view_fingerprint},
	{{.title = "Subject", .fit = FIT_HEAD, .least = 20}, "subject", NULL},
	{{.title = "List", .fit = FIT_HEAD, .least = 7}, "lists", NULL},
	{{.title = "Role", .fit = FIT_HEAD, .least = 6}, "role", NULL},
	{{.title = "Origin", .fit = FIT_HEAD, .least = 8}, "origin", NULL},
	{{.title = "Expires (UTC)", .fit = FIT_HEAD, .least = 10}, "notAfter",
		view_time},
};

enum exit_status command_list(struct session *s)
{
	static const char *const lists[] = {
		"authorities", "servers", "unknown", "anchors", NULL};
	static const struct listing listing = {
		.service = SERVICE_TRUST,
		.method = "ListCertificates",
		.member = "certificate",
		.more = true,
		.none = "There is no certificate.",
		.columns = list_columns,
		.column_count = ARRAY_SIZE(list_columns),
	};
	CLEANUP(json_done) struct json_writer w = {0};
	const char *list = session_word(s, 0);

	if (list && !certificates_is_one_of(list, lists))
		return session_wrong_use(s, "there is no list \"%s\"", list);
	json_put_string(&w, "list", list);
	return listing_run(s, &listing, &w);
}

static int certificates_make_key(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *type = view_text(row, "keyType");

	(void)member;
	return string_format(&ret->text, "%s, %" PRId64 " bits",
		type ? type : "unknown", view_number(row, "keyBits", 0));
}

static int certificates_make_names(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell names = {0};
	int64_t more = view_number(row, "namesLeftOut", 0);
	int r = view_plain(row, member, &names);

	if (r < 0 || !names.text)
		return r;
	if (more <= 0)
		return string_replace(&ret->text, names.text);
	return string_format(
		&ret->text, "%s and %" PRId64 " more", names.text, more);
}

static const struct view_column show_columns[] = {
	{{.title = "SHA-256"}, "sha256", NULL},
	{{.title = "Subject"}, "subject", NULL},
	{{.title = "Issuer"}, "issuer", NULL},
	{{.title = "Serial"}, "serial", NULL},
	{{.title = "Names"}, "names", certificates_make_names},
	{{.title = "Valid from"}, "notBefore", view_time},
	{{.title = "Expires"}, "notAfter", view_time},
	{{.title = "Key"}, NULL, certificates_make_key},
	{{.title = "CA"}, "ca", NULL},
	{{.title = "Lists"}, "lists", NULL},
	{{.title = "Role"}, "role", NULL},
	{{.title = "Origin"}, "origin", NULL},
	{{.title = "From document"}, NULL, view_place},
	{{.title = "From URL"}, "url", NULL},
	{{.title = "Authenticated"}, "authenticated", NULL},
	{{.title = "Added"}, "added", view_time},
	{{.title = "By run"}, "run", NULL},
	{{.title = "Last found by run"}, "lastRun", NULL},
	{{.title = "Hosts"}, "hosts", NULL},
	{{.title = "Results"}, "results", NULL},
	{{.title = "First seen"}, "firstSeen", view_time},
	{{.title = "Last seen"}, "lastSeen", view_time},
	{{.title = "Seen"}, "seen", NULL},
	{{.title = "Reported by"}, "reporters", NULL},
	{{.title = "Exception until"}, "expires", view_time},
};

enum exit_status command_show(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_TRUST,
		.method = "Get",
		.member = "certificate",
		.block = true,
		.none = "The reply has no certificate.",
		.columns = show_columns,
		.column_count = ARRAY_SIZE(show_columns),
	};
	CLEANUP(json_done) struct json_writer w = {0};
	char sha256[SHA256_HEX_SIZE];
	enum exit_status status =
		fingerprint_of_certificate(s, session_word(s, 0), NULL, sha256);

	if (status)
		return status;
	json_put_string(&w, "sha256", sha256);
	return listing_run(s, &listing, &w);
}

/* --- unknown --- */

static bool certificates_is_fatal(const char *result)
{
	enum verdict v = VERDICT__END;

	/* What a newer certprovd says is its to judge. */
	return result && verdict_find(result, &v) == 0 &&
		!verdict_row(v)->recoverable;
}

/* The result that no exception cures, when it has no other; NULL otherwise:
 * certprovd judges anew, and what was is not what is. */
static const char *certificates_fatal_result(const cJSON *row)
{
	const char *fatal = NULL;
	const cJSON *item = NULL;

	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(row, "results"))
	{
		fatal = cJSON_GetStringValue(item);
		if (!certificates_is_fatal(fatal))
			return NULL;
	}
	return fatal;
}

static int certificates_make_trust(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *sha256 = view_text(row, "sha256");
	const char *fatal = certificates_fatal_result(row);
	const cJSON *hosts = cJSON_GetObjectItemCaseSensitive(row, "hosts");
	const char *host = cJSON_GetArraySize(hosts) == 1
		? cJSON_GetStringValue(cJSON_GetArrayItem(hosts, 0))
		: NULL;

	(void)member;
	if (!sha256)
		return 0;
	if (!fatal)
		return changes_trust_command(sha256, host, &ret->text);
	ret->style = STYLE_WARNING;
	return string_format(&ret->text, "no exception cures %s", fatal);
}

/* fetcher: what the daemon's own fetcher saw; uid:N: what a process says. */
static int certificates_make_reporters(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const cJSON *reporters = cJSON_GetObjectItemCaseSensitive(row, member);
	CLEANUP(view_cell_done) struct view_cell all = {0};
	const cJSON *item = NULL;
	bool observed = false;
	int r = view_plain(row, member, &all);

	if (r < 0 || !all.text)
		return r;
	cJSON_ArrayForEach(item, reporters)
	{
		const char *text = cJSON_GetStringValue(item);

		observed = observed || (text && strncmp(text, "uid:", 4) != 0);
	}
	return string_format(&ret->text, "%s (%s)", all.text,
		observed ? "observed" : "claimed");
}

static const struct view_column unknown_columns[] = {
	{{.title = "SHA-256"}, "sha256", NULL},
	{{.title = "Subject"}, "subject", NULL},
	{{.title = "Issuer"}, "issuer", NULL},
	{{.title = "Names"}, "names", NULL},
	{{.title = "Expires"}, "notAfter", view_time},
	{{.title = "Hosts"}, "hosts", NULL},
	{{.title = "Purposes"}, "purposes", NULL},
	{{.title = "Results"}, "results", NULL},
	{{.title = "Reported by"}, "reporters", certificates_make_reporters},
	{{.title = "First seen"}, "firstSeen", view_time},
	{{.title = "Last seen"}, "lastSeen", view_time},
	{{.title = "Seen"}, "seen", NULL},
	{{.title = "To trust it"}, NULL, certificates_make_trust},
};

static const struct listing unknown_all = {
	.service = SERVICE_TRUST,
	.method = "ListCertificates",
	.member = "certificate",
	.more = true,
	.block = true,
	.none = "No peer was rejected.",
	.columns = unknown_columns,
	.column_count = ARRAY_SIZE(unknown_columns),
};

static const struct listing unknown_one = {
	.service = SERVICE_TRUST,
	.method = "Get",
	.member = "certificate",
	.block = true,
	.none = "The reply has no certificate.",
	.columns = unknown_columns,
	.column_count = ARRAY_SIZE(unknown_columns),
};

enum exit_status command_unknown(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const char *text = session_word(s, 0);
	char sha256[SHA256_HEX_SIZE];

	if (text) {
		enum exit_status status = fingerprint_of_certificate(
			s, text, LIST_UNKNOWN, sha256);

		if (status)
			return status;
		json_put_string(&w, "sha256", sha256);
	} else {
		json_put_string(&w, "list", LIST_UNKNOWN);
	}
	return listing_run(s, text ? &unknown_one : &unknown_all, &w);
}

/* --- distrusted --- */

static const struct view_column distrusted_columns[] = {
	{{.title = "SHA-256", .fit = FIT_WHOLE}, "sha256", view_fingerprint},
	{{.title = "Kind", .fit = FIT_WHOLE}, "kind", NULL},
	{{.title = "Since (UTC)", .fit = FIT_HEAD, .least = 10}, "added",
		view_time},
	{{.title = "By", .fit = FIT_HEAD, .least = 8}, "by", NULL},
	{{.title = "Reason", .fit = FIT_WRAP, .least = 12}, "reason", NULL},
};

enum exit_status command_distrusted(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "ListDistrusted",
		.more = true,
		.member = "distrusted",
		.many = true,
		.none = "Nothing is distrusted.",
		.columns = distrusted_columns,
		.column_count = ARRAY_SIZE(distrusted_columns),
	};

	return listing_run(s, &listing, NULL);
}
