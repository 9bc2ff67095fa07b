/* SPDX-License-Identifier: Apache-2.0 */
/* trust, unknown. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/commands/exceptions.h"
#include "daemon/certprovctl/output/when.h"
#include "daemon/certprovctl/session/change.h"
#include "daemon/certprovctl/session/fingerprint.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/names.h"

#define LIST_UNKNOWN "unknown"

/* --- trust --- */

/* Never earlier than this program: with a clock of 1970 "30d" would be long
 * over for certprovd, which knows better. */
static int64_t exceptions_now(void)
{
	int64_t clock = (int64_t)time(NULL);

	return clock > CERTPROV_BUILD_TIME ? clock : CERTPROV_BUILD_TIME;
}

static enum exit_status exceptions_put_expires(
	const struct session *s, struct json_writer *w)
{
	const char *text = s->arguments.value[OPTION_EXPIRES];
	int64_t seconds = 0;

	if (!text)
		return EXIT_COMPLETE;
	if (when_parse(text, exceptions_now(), &seconds) < 0)
		return session_wrong_use(s,
			"--expires is a time as 2027-01-31T12:00:00Z, a day "
			"as 2027-01-31, or a span as 30d, 12h or 2w, not "
			"\"%s\"",
			text);
	if (seconds <= exceptions_now())
		return session_wrong_use(
			s, "--expires %s is over already", text);
	json_put_time(w, "expires", seconds);
	return EXIT_COMPLETE;
}

/* "trusted for pbx until 2027-01-31 12:00:00 UTC", for people. */
static int exceptions_describe_exception(
	const struct json_writer *w, char **ret)
{
	const char *host = view_text(w->object, "host");
	CLEANUP(view_cell_done) struct view_cell until = {0};
	int r = view_time(w->object, "expires", &until);

	if (r < 0)
		return r;
	return format_string(ret, "trusted for %s%s%s%s",
		host ? host : "every host", until.text ? " until " : "",
		until.text ? until.text : "", until.text ? " UTC" : "");
}

enum exit_status command_trust(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(free) char *done = NULL;
	const char *host = s->arguments.value[OPTION_HOST];
	char sha256[SHA256_HEX_SIZE];
	struct host parsed = {0};
	enum exit_status status = EXIT_COMPLETE;

	if (host && host_parse(host, &parsed) < 0)
		return session_wrong_use(s,
			"--host is a host name or an address, not \"%s\"",
			host);
	json_put_string(&w, "host", host);
	status = exceptions_put_expires(s, &w);
	/* In every list: one that is trusted may get further hosts. */
	if (!status)
		status = fingerprint_of_certificate(
			s, session_word(s, 0), NULL, sha256);
	if (status)
		return status;
	if (exceptions_describe_exception(&w, &done) < 0)
		return session_trouble(s, "trust", -ENOMEM);
	json_put_string(&w, "sha256", sha256);
	return change_run(s,
		&(struct change){
			.method = "AddException",
			.sha256 = sha256,
			.done = done,
		},
		&w);
}

/* --- what would trust it --- */

/* Whoever reports a peer chooses the text of the host, and this one is made
 * to be copied into a shell: what is a host means nothing there. */
int exception_command(const char *sha256, const char *host, char **ret)
{
	struct host parsed = {0};
	bool narrow = host && host_parse(host, &parsed) == 0;

	return format_string(ret, "certprovctl trust %.*s%s%s",
		VIEW_FINGERPRINT_DIGITS, sha256, narrow ? " --host " : "",
		narrow ? host : "");
}

static bool exceptions_is_fatal(const char *result)
{
	enum verdict v = VERDICT__END;

	/* What a newer certprovd says is its to judge. */
	return result && verdict_find(result, &v) == 0 &&
		!verdict_row(v)->recoverable;
}

/* The result that no exception cures, when it has no other; NULL otherwise:
 * certprovd judges anew, and what was is not what is. */
static const char *exceptions_fatal_result(const cJSON *row)
{
	const char *fatal = NULL;
	const cJSON *item = NULL;

	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(row, "results"))
	{
		fatal = cJSON_GetStringValue(item);
		if (!exceptions_is_fatal(fatal))
			return NULL;
	}
	return fatal;
}

static int exceptions_make_trust(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *sha256 = view_text(row, "sha256");
	const char *fatal = exceptions_fatal_result(row);
	const cJSON *hosts = cJSON_GetObjectItemCaseSensitive(row, "hosts");
	const char *host = cJSON_GetArraySize(hosts) == 1
		? cJSON_GetStringValue(cJSON_GetArrayItem(hosts, 0))
		: NULL;

	(void)member;
	if (!sha256)
		return 0;
	if (!fatal)
		return exception_command(sha256, host, &ret->text);
	ret->style = STYLE_WARNING;
	return format_string(&ret->text, "no exception cures %s", fatal);
}

/* fetcher: what the daemon's own fetcher saw; uid:N: what a process says. */
static int exceptions_make_reporters(
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
	return format_string(&ret->text, "%s (%s)", all.text,
		observed ? "observed" : "claimed");
}

/* --- unknown --- */

static const struct view_column unknown_columns[] = {
	{{.title = "SHA-256"}, "sha256", NULL},
	{{.title = "Subject"}, "subject", NULL},
	{{.title = "Issuer"}, "issuer", NULL},
	{{.title = "Names"}, "names", NULL},
	{{.title = "Expires"}, "notAfter", view_time},
	{{.title = "Hosts"}, "hosts", NULL},
	{{.title = "Purposes"}, "purposes", NULL},
	{{.title = "Results"}, "results", NULL},
	{{.title = "Reported by"}, "reporters", exceptions_make_reporters},
	{{.title = "First seen"}, "firstSeen", view_time},
	{{.title = "Last seen"}, "lastSeen", view_time},
	{{.title = "Seen"}, "seen", NULL},
	{{.title = "To trust it"}, NULL, exceptions_make_trust},
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
	cJSON *parameters = NULL;

	if (text) {
		enum exit_status status = fingerprint_of_certificate(
			s, text, LIST_UNKNOWN, sha256);

		if (status)
			return status;
		json_put_string(&w, "sha256", sha256);
	} else {
		json_put_string(&w, "list", LIST_UNKNOWN);
	}
	if (json_take(&w, &parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return listing_run(s, text ? &unknown_one : &unknown_all, parameters);
}
