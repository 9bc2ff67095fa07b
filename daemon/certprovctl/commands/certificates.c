/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that list certificates: list, show, unknown, distrusted. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/commands/changes.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/fingerprint.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/base/date.h"
#include "lib/base/string.h"
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

/* When a run found it last, and which one did not any more. */
static int certificates_make_found(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell when = {0};
	int64_t missing = view_number(row, "missingRun", 0);
	int r = 0;

	if (missing <= 0 && view_number(row, "lastRun", 0) <= 0)
		return 0;
	r = view_time(row, member, &when);
	if (r < 0 || missing <= 0)
		return r < 0 ? r : string_replace(&ret->text, when.text);
	ret->style = STYLE_WARNING;
	return string_format(&ret->text, "%s%snot since run %" PRId64,
		when.text ? when.text : "", when.text ? ", " : "", missing);
}

/* "in 9 days", "exception expired"; after what is there. */
static int certificates_make_span(
	int64_t seconds, const char *what, struct view_cell *ret)
{
	CLEANUP(free) char *before = TAKE_PTR(ret->text);
	const char *apart = before ? "; " : "";
	char span[DATE_SPAN_SIZE];

	ret->style = STYLE_WARNING;
	if (!before)
		before = strdup("");
	if (!before)
		return -ENOMEM;
	if (seconds < 0)
		return string_format(
			&ret->text, "%s%s%sexpired", before, apart, what);
	date_span(seconds, span);
	return string_format(
		&ret->text, "%s%s%sin %s", before, apart, what, span);
}

/* What certprovd says needs attention: by its clock, not by this one. */
static int certificates_make_note(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int64_t end = view_number(row, "expiresIn", INT64_MAX);
	int64_t exception = view_number(row, "exceptionExpiresIn", INT64_MAX);
	int r = 0;

	(void)member;
	if (view_text(row, "firmwareRefuses")) {
		ret->style = STYLE_WARNING;
		r = string_format(&ret->text,
			"the firmware would refuse it: %s",
			view_text(row, "firmwareRefuses"));
	}
	if (r == 0 && end != INT64_MAX)
		r = certificates_make_span(end, "", ret);
	if (r == 0 && exception != INT64_MAX)
		r = certificates_make_span(exception, "exception ", ret);
	return r;
}

static const struct column list_columns[] = {
	{"SHA-256", FIT_WHOLE, .member = "sha256", .make = view_fingerprint},
	{"Subject", FIT_ENDS, 20, .member = "subject"},
	{"List", FIT_HEAD, 7, .member = "lists"},
	{"Role", FIT_HEAD, 6, .member = "role"},
	{"Origin", FIT_HEAD, 8, .member = "origin"},
	{"Expires (UTC)", FIT_WRAP, 10, .member = "notAfter",
		.make = view_time},
	{"Note", FIT_WRAP, 8, .below = true, .make = certificates_make_note},
	{"Last found (UTC)", FIT_WRAP, 10, .below = true, .member = "lastSeen",
		.make = certificates_make_found},
};

static enum exit_status command_list(struct session *s)
{
	static const char *const lists[] = {
		"authorities", "servers", "unknown", "anchors", NULL};
	static const struct listing listing = {
		.service = SERVICE_TRUST,
		.method = "ListCertificates",
		.member = "certificate",
		.more = true,
		.none = "There are no certificates.",
		.columns = list_columns,
		.column_count = ARRAY_SIZE(list_columns),
	};
	const char *list = session_word(s, 0);

	if (list && !certificates_is_one_of(list, lists))
		return session_wrong_use(s, "unknown list \"%s\"", list);
	return listing_run(
		s, &listing, &(struct service_parameters){.list = list});
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

static int certificates_make_new(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	ret->style = STYLE_WARNING;
	return view_plain(row, member, ret);
}

static const struct column show_columns[] = {
	{"SHA-256", .member = "sha256"},
	{"Subject", .member = "subject"},
	{"Issuer", .member = "issuer"},
	{"Serial", .member = "serial"},
	{"Names", .member = "names", .make = certificates_make_names},
	{"Valid from", .member = "notBefore", .make = view_time},
	{"Expires", .member = "notAfter", .make = view_time},
	{"Note", .make = certificates_make_note},
	{"Key", .make = certificates_make_key},
	{"CA", .member = "ca"},
	{"Constraints", .member = "constraints"},
	{"Key's SHA-256", .member = "keySha256"},
	{"Lists", .member = "lists"},
	{"Role", .member = "role"},
	{"Origin", .member = "origin"},
	{"From document", .make = view_place},
	{"From URL", .member = "url"},
	{"Authenticated", .member = "authenticated"},
	{"Added", .member = "added", .make = view_time},
	{"By run", .member = "run"},
	{"Last found by run", .member = "lastRun"},
	{"Not found by run", .member = "missingRun"},
	{"Not found since", .member = "missingSince", .make = view_time},
	{"Hosts", .member = "hosts"},
	{"Results", .member = "results"},
	{"New since", .member = "newSince", .make = certificates_make_new},
	{"First seen", .member = "firstSeen", .make = view_time},
	{"Last seen", .member = "lastSeen", .make = view_time},
	{"Seen", .member = "seen"},
	{"Reported by", .member = "reporters"},
	{"Exception until", .member = "expires", .make = view_time},
};

static enum exit_status command_show(struct session *s)
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
	char sha256[SHA256_HEX_SIZE];
	enum exit_status status =
		fingerprint_of_certificate(s, session_word(s, 0), NULL, sha256);

	if (status)
		return status;
	return listing_run(
		s, &listing, &(struct service_parameters){.sha256 = sha256});
}

/* --- unknown --- */

static bool certificates_is_fatal(const char *result)
{
	enum verdict v = VERDICT__END;

	/* A result of a newer certprovd is left to it. */
	return result && verdict_find(result, &v) == 0 &&
		!verdict_row(v)->recoverable;
}

/* The result that rules out an exception, or NULL. Another result among them
 * may mean that this one no longer holds: certprovd decides then. */
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
	return string_format(&ret->text, "not possible: %s", fatal);
}

/* "fetcher" is the daemon's own fetcher, "uid:N" another process. */
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

static const struct column unknown_columns[] = {
	{"SHA-256", .member = "sha256"},
	{"Subject", .member = "subject"},
	{"Issuer", .member = "issuer"},
	{"Names", .member = "names"},
	{"Expires", .member = "notAfter", .make = view_time},
	{"Hosts", .member = "hosts"},
	{"Purposes", .member = "purposes"},
	{"Results", .member = "results"},
	{"Reported by", .member = "reporters",
		.make = certificates_make_reporters},
	{"First seen", .member = "firstSeen", .make = view_time},
	{"Last seen", .member = "lastSeen", .make = view_time},
	{"Seen", .member = "seen"},
	{"To trust it", .make = certificates_make_trust},
};

static const struct listing unknown_all = {
	.service = SERVICE_TRUST,
	.method = "ListCertificates",
	.member = "certificate",
	.more = true,
	.block = true,
	.none = "There are no rejected peers.",
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

static enum exit_status command_unknown(struct session *s)
{
	const char *text = session_word(s, 0);
	char sha256[SHA256_HEX_SIZE];
	enum exit_status status = EXIT_COMPLETE;

	if (!text)
		return listing_run(s, &unknown_all,
			&(struct service_parameters){.list = LIST_UNKNOWN});
	status = fingerprint_of_certificate(s, text, LIST_UNKNOWN, sha256);
	return status ? status
		      : listing_run(s, &unknown_one,
				&(struct service_parameters){.sha256 = sha256});
}

/* --- distrusted --- */

static const struct column distrusted_columns[] = {
	{"SHA-256", FIT_WHOLE, .member = "sha256", .make = view_fingerprint},
	{"Kind", FIT_WHOLE, .member = "kind"},
	{"Since (UTC)", FIT_HEAD, 10, .member = "added", .make = view_time},
	{"By", FIT_HEAD, 8, .member = "by"},
	{"Reason", FIT_WRAP, 12, .member = "reason"},
};

static enum exit_status command_distrusted(struct session *s)
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

const struct verb certificates_verbs[] = {
	{50, "list", "[authorities|servers|unknown|anchors]", 0, 1, 0,
		command_list, "list the certificates of one list, or of all"},
	{60, "show", "SHA256", 1, 1, 0, command_show,
		"show all that is known of a certificate"},
	{110, "unknown", "[SHA256]", 0, 1, 0, command_unknown,
		"show rejected peers: why, who reported them, how to trust them"},
	{160, "distrusted", NULL, 0, 0, 0, command_distrusted,
		"list what is distrusted, by whom and why"},
	{0},
};
