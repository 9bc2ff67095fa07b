/* SPDX-License-Identifier: Apache-2.0 */
/* How the phone is set up: status, rules, settings. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/base/string.h"
#include "lib/phone/firmware-json.h"
#include "lib/varlink/json-fields.h"

/* --- status --- */

static int state_make_firmware(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *text = view_text(row, member);

	if (view_flag(row, "firmwareUnderstood"))
		return string_replace(&ret->text, text);
	ret->style = STYLE_WARNING;
	return string_format(&ret->text, "%s (%s: the strictest rules apply)",
		text ? text : "unknown",
		text ? "not understood" : "not configured");
}

static int state_make_trust(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int64_t lost = view_number(row, "authoritiesLost", 0);
	int64_t withdrawn = view_number(row, "withdrawn", 0);
	char and_lost[40] = "";
	char gone[56] = "";

	(void)member;
	if (lost > 0)
		(void)snprintf(and_lost, sizeof(and_lost),
			" (and %" PRId64 " not read)", lost);
	if (withdrawn > 0)
		(void)snprintf(gone, sizeof(gone),
			" (%" PRId64 " no longer in the files)", withdrawn);
	return string_format(&ret->text,
		"%" PRId64 " authorities%s, %" PRId64 " servers%s, %" PRId64
		" unknown, %" PRId64 " distrusted, %" PRId64 " quarantined",
		view_number(row, "authorities", 0), and_lost,
		view_number(row, "servers", 0), gone,
		view_number(row, "unknown", 0),
		view_number(row, "distrusted", 0),
		view_number(row, "quarantined", 0));
}

/* How many have ended, how many soon will, and when the next one does. */
static int state_make_expiry(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int64_t expired = view_number(row, "expired", 0);
	int64_t expiring = view_number(row, "expiring", 0);
	CLEANUP(view_cell_done) struct view_cell next = {0};
	int r = view_time(row, member, &next);

	if (r < 0 || (!next.text && expired == 0))
		return r;
	if (expired + expiring > 0)
		ret->style = STYLE_WARNING;
	return string_format(&ret->text,
		"%" PRId64 " expired, %" PRId64 " within 28 days%s%s", expired,
		expiring, next.text ? ", the next on " : "",
		next.text ? next.text : "");
}

static int state_make_last_run(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell when = {0};
	const char *result = view_text(row, "lastRunResult");
	int r = view_time(row, member, &when);

	if (r < 0 || !when.text)
		return r;
	return string_format(&ret->text, "%s: %s", when.text,
		result ? result : "in progress");
}

static int state_make_last_complete(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell when = {0};
	int r = view_time(row, member, &when);

	if (r < 0 || !when.text)
		return r;
	return string_format(&ret->text, "%s: run %" PRId64, when.text,
		view_number(row, "lastCompleteRunId", 0));
}

/* Open or closed, since which run, and for what it waits. */
static int state_make_bootstrap(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell closed = {0};
	const char *state = view_text(row, member);
	const char *waits = view_text(row, "bootstrapWaitsFor");
	int64_t run = view_number(row, "bootstrapClosedBy", 0);
	char by[48] = "";
	int r = view_time(row, "bootstrapClosed", &closed);

	if (r < 0 || !state)
		return r;
	if (run > 0)
		(void)snprintf(by, sizeof(by), " by run %" PRId64, run);
	return string_format(&ret->text, "%s%s%s%s%s%s", state, by,
		closed.text ? " on " : "", closed.text ? closed.text : "",
		waits ? ", waits for a complete authenticated run: " : "",
		waits ? waits : "");
}

/* Whether the time can be right, and what is known of it. */
static int state_make_clock(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell since = {0};
	bool synchronised = view_flag(row, "clockSynchronised");
	int r = view_time(row, "clockSince", &since);

	if (r < 0)
		return r;
	if (!view_flag(row, member)) {
		ret->style = STYLE_WARNING;
		return string_replace(&ret->text,
			"not trusted: it is earlier than possible, so the "
			"floor is taken for the time");
	}
	return string_format(&ret->text, "trusted, %s%s%s",
		synchronised ? "synchronised"
			     : "not synchronised (it is only known to be later "
			       "than the floor)",
		since.text ? " since " : "", since.text ? since.text : "");
}

/* The floor, and when it was raised and lowered. */
static int state_make_floor(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell floor = {0};
	CLEANUP(view_cell_done) struct view_cell raised = {0};
	CLEANUP(view_cell_done) struct view_cell lowered = {0};
	int r = view_time(row, member, &floor);

	if (r == 0)
		r = view_time(row, "clockFloorRaised", &raised);
	if (r == 0)
		r = view_time(row, "clockFloorLowered", &lowered);
	if (r < 0 || !floor.text)
		return r;
	return string_format(&ret->text, "%s%s%s%s%s", floor.text,
		raised.text ? ", raised " : "", raised.text ? raised.text : "",
		lowered.text ? ", lowered " : "",
		lowered.text ? lowered.text : "");
}

/* Where, and who named it. */
static int state_make_server(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *server = view_text(row, member);
	const char *source = view_text(row, "settingServerSource");

	if (!server)
		return 0;
	return string_format(
		&ret->text, "%s (%s)", server, source ? source : "unknown");
}

/* The lowest version, and the lists that are not OpenSSL's own. */
static int state_make_tls(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const cJSON *tls = cJSON_GetObjectItemCaseSensitive(row, member);
	const char *minimum = view_text(tls, "minimumVersion");
	const char *ciphers = view_text(tls, "ciphers");
	const char *suites = view_text(tls, "cipherSuites");

	if (!minimum || !ciphers || !suites)
		return 0;
	return string_format(
		&ret->text, "%s or later; %s; %s", minimum, ciphers, suites);
}

static const struct column status_columns[] = {
	{"certprovd", .member = "version"},
	{"Firmware", .member = "firmware", .make = state_make_firmware},
	{"Phone type", .member = "phoneType"},
	{"MAC address", .member = "mac"},
	{"Trust", .make = state_make_trust},
	{"Store", .member = "store"},
	{"Generation", .member = "generation"},
	{"Verification", .member = "verification"},
	{"Profile", .member = "profile"},
	{"TLS", .member = "tls", .make = state_make_tls},
	{"Bootstrap", .member = "bootstrap", .make = state_make_bootstrap},
	{"Expiry (UTC)", .member = "nextExpiry", .make = state_make_expiry},
	{"Time (UTC)", .member = "clockNow", .make = view_time},
	{"Clock", .member = "clockTrusted", .make = state_make_clock},
	{"Floor (UTC)", .member = "clockFloor", .make = state_make_floor},
	{"Last run (UTC)", .member = "lastRun", .make = state_make_last_run},
	{"Last complete", .member = "lastCompleteRun",
		.make = state_make_last_complete},
	{"Next run (UTC)", .member = "nextRun", .make = view_time},
	{"Provision from", .member = "settingServer",
		.make = state_make_server},
};

static int state_make_concern(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *identifier = view_text(row, "identifier");
	const char *sentence = view_text(row, member);

	ret->style = STYLE_WARNING;
	return string_format(&ret->text, "%s: %s", identifier ? identifier : "",
		sentence ? sentence : "");
}

static const struct column concern_columns[] = {
	{"Needs attention", FIT_WRAP, 20, .member = "sentence",
		.make = state_make_concern},
	{"Since", FIT_WRAP, .below = true, .member = "since",
		.make = view_time},
	{"Remedy", FIT_WRAP, .below = true, .member = "remedy"},
};

static int state_print_concerns(struct session *s, const cJSON *list)
{
	CLEANUP(table_free) struct table *table = NULL;
	const cJSON *item = NULL;
	int r = table_new(concern_columns, ARRAY_SIZE(concern_columns), &table);

	cJSON_ArrayForEach(item, list)
	{
		if (r == 0)
			r = view_add(table, item);
	}
	if (r < 0 || table_rows(table) == 0)
		return r;
	(void)fputc('\n', s->screen.out);
	return table_print_under_rows(table, &s->screen);
}

static enum exit_status state_on_status(
	struct session *s, const cJSON *parameters, void *userdata)
{
	CLEANUP(table_free) struct table *table = NULL;
	int r = 0;

	(void)userdata;
	if (session_json(s))
		return EXIT_COMPLETE;
	r = table_new(status_columns, ARRAY_SIZE(status_columns), &table);
	if (r == 0)
		r = view_add(table, parameters);
	if (r == 0)
		r = table_print_blocks(table, &s->screen);
	if (r == 0)
		r = state_print_concerns(s,
			cJSON_GetObjectItemCaseSensitive(
				parameters, "concerns"));
	return session_printed(s, r);
}

static enum exit_status command_status(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Status",
		.reply = state_on_status,
	};

	return service_call(s, &call);
}

/* --- rules --- */

static int state_make_holds(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	ret->style = view_flag(row, member) ? STYLE_GOOD : STYLE_PLAIN;
	return view_plain(row, member, ret);
}

static const struct column rules_columns[] = {
	{"Rule", FIT_WHOLE, .member = "name"},
	{"Holds", FIT_WHOLE, .member = "holds", .make = state_make_holds},
	{"Since", FIT_WRAP, 10, .member = "since"},
	{"Until", FIT_WRAP, 8, .member = "until"},
	{"Source", FIT_WRAP, 36, .below = true, .member = "source"},
};

static enum exit_status state_on_rules(
	struct session *s, const cJSON *parameters, void *userdata)
{
	CLEANUP(table_free) struct table *table = NULL;
	const cJSON *rule = NULL;
	CLEANUP(view_cell_done) struct view_cell firmware = {0};
	int r = 0;

	(void)userdata;
	if (session_json(s))
		return EXIT_COMPLETE;
	r = view_plain(parameters, "firmware", &firmware);
	if (r == 0)
		r = table_new(rules_columns, ARRAY_SIZE(rules_columns), &table);
	cJSON_ArrayForEach(
		rule, cJSON_GetObjectItemCaseSensitive(parameters, "rules"))
	{
		if (r == 0)
			r = view_add(table, rule);
	}
	if (r < 0)
		return session_trouble(s, "printing", r);
	if (!view_flag(parameters, "understood"))
		(void)fputs(
			"The firmware version is unknown: the strictest rules "
			"apply.\n\n",
			s->screen.out);
	r = table_print(table, &s->screen);
	return session_printed(s, r);
}

/* For a given version, certprovd need not be asked. */
static enum exit_status state_rules_here(struct session *s, const char *text)
{
	CLEANUP(json_free) cJSON *reply = NULL;
	struct firmware firmware = {0};
	int r = firmware_parse(text, &firmware);

	if (r < 0)
		screen_complainf(&s->screen,
			"Give three to five numbers, such as 10.1.33.33 or "
			"\"snomD785-SIP 10.1.33.33\".",
			"\"%s\" is not a firmware version: these rules are for "
			"an unknown one",
			text);
	r = firmware_rules_json(&firmware, text, &reply);
	if (r == 0 && session_json(s))
		r = view_print_json(&s->screen, reply);
	return r < 0 ? session_trouble(s, "the rules", r)
		     : state_on_rules(s, reply, NULL);
}

static enum exit_status command_rules(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Rules",
		.reply = state_on_rules,
	};

	if (s->arguments.firmware_count > 1)
		return session_wrong_use(s, "rules takes one --firmware");
	if (s->arguments.firmware_count == 1)
		return state_rules_here(s, s->arguments.firmware[0]);
	return service_call(s, &call);
}

/* --- settings --- */

/* Of a secret, certprovd says only whether it is set. */
static int state_make_value(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *text = view_text(row, member);

	if (text && *text)
		return string_replace(&ret->text, text);
	if (!view_flag(row, "isSet"))
		return 0;
	return string_replace(
		&ret->text, view_flag(row, "secret") ? "(secret)" : "(empty)");
}

static const struct column settings_columns[] = {
	{"Setting", FIT_WHOLE, .member = "name"},
	{"Value", FIT_HEAD, 8, .member = "value", .make = state_make_value},
	{"In effect", FIT_HEAD, 9, .member = "effective"},
	{"From", FIT_WHOLE, .member = "origin"},
	{"Permission", FIT_WRAP, .below = true, .member = "permission"},
	{"Note", FIT_WRAP, 24, .below = true, .member = "note"},
};

static enum exit_status command_settings(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "ListSettings",
		.member = "settings",
		.many = true,
		.none = "There are no settings.",
		.columns = settings_columns,
		.column_count = ARRAY_SIZE(settings_columns),
	};

	return listing_run(s, &listing, NULL);
}

const struct verb state_verbs[] = {
	{30, "rules", NULL, 0, 0, TAKES(FIRMWARE), command_rules,
		"show the rules of a firmware version, by default the phone's own"},
	{40, "status", NULL, 0, 0, 0, command_status,
		"show the state of certprovd and what needs attention"},
	{170, "settings", NULL, 0, 0, 0, command_settings,
		"list the settings certprovd acts on"},
	{0},
};
