/* SPDX-License-Identifier: Apache-2.0 */
/* expiring: what ends within some days, for people and for monitoring. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/date.h"
#include "lib/base/string.h"

/* Without --days: the first step at which certprovd tells of an end. */
#define EXPIRING_USUAL_DAYS 28
#define EXPIRING_MAX_DAYS 36500

static int expiring_make_span(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int64_t seconds = view_number(row, member, 0);
	char span[DATE_SPAN_SIZE];

	ret->style = seconds < 0 ? STYLE_BAD : STYLE_WARNING;
	date_span(seconds, span);
	return seconds < 0 ? string_format(&ret->text, "%s ago", span)
			   : string_format(&ret->text, "in %s", span);
}

static int expiring_make_host(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *kind = view_text(row, "kind");

	if (!view_text(row, member) && string_equal(kind, "exception"))
		return string_replace(&ret->text, "every host");
	return view_plain(row, member, ret);
}

static const struct column columns[] = {
	{"Ends (UTC)", FIT_WHOLE, .member = "ends", .make = view_time},
	{"That is", FIT_WHOLE, .member = "endsIn", .make = expiring_make_span},
	{"What", FIT_WHOLE, .member = "kind"},
	{"SHA-256", FIT_WHOLE, .member = "sha256", .make = view_fingerprint},
	{"Certificate", FIT_WRAP, 20, .below = true, .member = "subject"},
	{"For", FIT_WRAP, .below = true, .member = "host",
		.make = expiring_make_host},
};

struct expiring {
	struct table *table;
	size_t count;
};

static enum exit_status expiring_on_reply(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct expiring *e = userdata;
	const cJSON *row =
		cJSON_GetObjectItemCaseSensitive(parameters, "ending");
	int r = 0;

	if (!cJSON_IsObject(row))
		return EXIT_COMPLETE;
	e->count++;
	if (!session_json(s))
		r = view_add(e->table, row);
	return r < 0 ? session_trouble(s, "the reply", r) : EXIT_COMPLETE;
}

static enum exit_status expiring_read_days(struct session *s, int64_t *ret)
{
	const char *text = s->arguments.value[OPTION_DAYS];
	char *end = NULL;
	long days = EXPIRING_USUAL_DAYS;

	if (text) {
		days = *text >= '0' && *text <= '9' ? strtol(text, &end, 10)
						    : -1;
		if (days < 0 || *end || days > EXPIRING_MAX_DAYS)
			return session_wrong_use(s,
				"--days takes a number from 0 to %d",
				EXPIRING_MAX_DAYS);
	}
	*ret = days;
	return EXIT_COMPLETE;
}

static enum exit_status expiring_print(
	const struct session *s, const struct expiring *e, int64_t days)
{
	if (session_json(s))
		return EXIT_COMPLETE;
	if (e->count == 0) {
		(void)fprintf(s->screen.out,
			"Nothing has expired or expires within %lld day%s.\n",
			(long long)days, days == 1 ? "" : "s");
		return EXIT_COMPLETE;
	}
	return session_printed(s, table_print(e->table, &s->screen));
}

/* Monitoring takes 1 for a warning and 2 for a failure, whatever failed. */
static enum exit_status command_expiring(struct session *s)
{
	CLEANUP(table_free) struct table *table = NULL;
	struct expiring e = {.count = 0};
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "ListEndings",
		.table = &service_endings_table,
		.more = true,
		.reply = expiring_on_reply,
		.userdata = &e,
	};
	enum exit_status status = expiring_read_days(s, &call.with.days);
	int r = 0;

	if (status)
		return status;
	r = table_new(columns, ARRAY_SIZE(columns), &table);
	if (r < 0) {
		(void)session_trouble(s, "printing", r);
		return EXIT_FAILED;
	}
	e.table = table;
	status = service_call(s, &call);
	if (!status)
		status = expiring_print(s, &e, call.with.days);
	if (status)
		return status == EXIT_WRONG_USE ? status : EXIT_FAILED;
	return e.count > 0 ? EXIT_PARTIAL : EXIT_COMPLETE;
}

const struct verb expiring_verbs[] = {
	{45, "expiring", NULL, 0, 0, TAKES(DAYS), command_expiring,
		"list what has expired or expires soon; exit status for monitoring"},
	{0},
};
