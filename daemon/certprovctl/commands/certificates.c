/* SPDX-License-Identifier: Apache-2.0 */
/* list, show, remove, distrust, lift, distrusted. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/change.h"
#include "daemon/certprovctl/session/fingerprint.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/trust/trust.h"
#include "lib/varlink/json-fields.h"
#include "lib/x509/names.h"

/* As a host to remove: the exception that holds for every one. */
#define EVERY_HOST "*"

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
	cJSON *parameters = NULL;

	if (list && !certificates_is_one_of(list, lists))
		return session_wrong_use(s, "there is no list \"%s\"", list);
	json_put_string(&w, "list", list);
	if (json_take(&w, &parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return listing_run(s, &listing, parameters);
}

static int certificates_make_key(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *type = view_text(row, "keyType");

	(void)member;
	return format_string(&ret->text, "%s, %" PRId64 " bits",
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
		return replace_string(&ret->text, names.text);
	return format_string(
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
	cJSON *parameters = NULL;
	enum exit_status status =
		fingerprint_of_certificate(s, session_word(s, 0), NULL, sha256);

	if (status)
		return status;
	json_put_string(&w, "sha256", sha256);
	if (json_take(&w, &parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return listing_run(s, &listing, parameters);
}

/* --- changes --- */

/* The list, and the host of the one exception that is meant. */
static enum exit_status certificates_check_removal(
	const struct session *s, const char *list, const char *host)
{
	static const char *const lists[] = {"servers", "unknown", NULL};
	struct host parsed = {0};

	if (!certificates_is_one_of(list, lists))
		return session_wrong_use(s,
			"certificates are removed from servers or unknown, "
			"not from \"%s\"",
			list);
	if (host && strcmp(list, "servers") != 0)
		return session_wrong_use(
			s, "only servers have exceptions for a --host");
	if (host && strcmp(host, EVERY_HOST) != 0 &&
		host_parse(host, &parsed) < 0)
		return session_wrong_use(s,
			"--host is a host name, an address or \"" EVERY_HOST
			"\", not \"%s\"",
			host);
	return EXIT_COMPLETE;
}

/* "removed from servers"; "the exception for pbx removed". */
static int certificates_describe_removal(
	const char *list, const char *host, char **ret)
{
	if (!host)
		return format_string(ret, "removed from %s", list);
	return format_string(ret, "the exception for %s removed",
		strcmp(host, EVERY_HOST) == 0 ? "every host" : host);
}

enum exit_status command_remove(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(free) char *done = NULL;
	const char *list = session_word(s, 0);
	const char *host = s->arguments.value[OPTION_HOST];
	char sha256[SHA256_HEX_SIZE];
	struct change change = {.method = "Remove", .sha256 = sha256};
	enum exit_status status = certificates_check_removal(s, list, host);

	if (!status)
		status = fingerprint_of_certificate(
			s, session_word(s, 1), list, sha256);
	if (status)
		return status;
	if (certificates_describe_removal(list, host, &done) < 0)
		return session_trouble(s, "remove", -ENOMEM);
	change.done = done;
	json_put_string(&w, "list", list);
	json_put_string(&w, "sha256", sha256);
	json_put_string(&w, "host", host);
	return change_run(s, &change, &w);
}

/* --kind, checked; NULL when it is none. */
static const char *certificates_kind_of(const struct session *s)
{
	const char *kind = s->arguments.value[OPTION_KIND];

	if (!kind)
		return distrust_kinds[DISTRUST_CERTIFICATE];
	if (certificates_is_one_of(kind, distrust_kinds))
		return kind;
	(void)session_wrong_use(
		s, "--kind is certificate or public-key, not \"%s\"", kind);
	return NULL;
}

enum exit_status command_distrust(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const char *kind = certificates_kind_of(s);
	char sha256[SHA256_HEX_SIZE];
	const struct change change = {
		.method = "Distrust",
		.done = "distrusted",
		.sha256 = sha256,
	};
	enum exit_status status = EXIT_COMPLETE;

	if (!kind)
		return EXIT_WRONG_USE;
	/* Digests of keys are in no list: nothing could complete them. */
	if (strcmp(kind, "public-key") == 0 &&
		fingerprint_normalise(session_word(s, 0), sha256) !=
			SHA256_HEX_SIZE - 1)
		return session_wrong_use(
			s, "the digest of a public key must be whole");
	status =
		fingerprint_of_certificate(s, session_word(s, 0), NULL, sha256);
	if (status)
		return status;
	json_put_string(&w, "kind", kind);
	json_put_string(&w, "sha256", sha256);
	json_put_string(&w, "reason", s->arguments.value[OPTION_REASON]);
	return change_run(s, &change, &w);
}

enum exit_status command_lift(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const char *kind = certificates_kind_of(s);
	char sha256[SHA256_HEX_SIZE];
	const struct change change = {
		.method = "LiftDistrust",
		.done = "no longer distrusted",
		.sha256 = sha256,
	};
	enum exit_status status = EXIT_COMPLETE;

	if (!kind)
		return EXIT_WRONG_USE;
	status = fingerprint_of_distrusted(s, session_word(s, 0), kind, sha256);
	if (status)
		return status;
	json_put_string(&w, "kind", kind);
	json_put_string(&w, "sha256", sha256);
	return change_run(s, &change, &w);
}

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
