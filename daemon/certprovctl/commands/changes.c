/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator changes: trust, upload, remove, distrust, lift, set,
 * offer-server, clock. */
#include "daemon/certprovctl/commands/changes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/when.h"
#include "daemon/certprovctl/peer/chain.h"
#include "daemon/certprovctl/session/fingerprint.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/identity/identity-pem.h"
#include "lib/identity/identity-write.h"
#include "lib/phone/provisioning-order.h"
#include "lib/phone/settings-table.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/names.h"

/* The host of an exception for every host. */
#define EVERY_HOST "*"

/* All borrowed. */
struct change {
	const char *method; /* without the interface */
	const char *what;   /* is changed: a fingerprint, a setting */
	const char *done;   /* "removed from servers" */
	struct service_parameters with;
};

static enum exit_status changes_on_changed(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const struct change *change = userdata;

	if (!session_json(s))
		(void)fprintf(s->screen.out,
			"%s: %s (generation %" PRId64 ")\n", change->what,
			change->done, view_number(parameters, "generation", 0));
	return EXIT_COMPLETE;
}

/* Makes the change, with --force if it was given. */
static enum exit_status changes_make(
	struct session *s, const struct change *change)
{
	struct change lent = *change;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = change->method,
		.with = change->with,
		.reply = changes_on_changed,
		.userdata = &lent,
	};

	call.with.force = arguments_has(&s->arguments, OPTION_FORCE);
	return service_call(s, &call);
}

/* --- trust --- */

/* Never before this program was built: with a clock of 1970, "30d" would be in
 * the past for certprovd. */
static int64_t changes_now(void)
{
	int64_t clock = (int64_t)time(NULL);

	return clock > CERTPROV_BUILD_TIME ? clock : CERTPROV_BUILD_TIME;
}

static enum exit_status changes_read_expires(
	const struct session *s, int64_t *ret)
{
	const char *text = s->arguments.value[OPTION_EXPIRES];
	int64_t seconds = 0;

	if (!text)
		return EXIT_COMPLETE;
	if (when_parse(text, changes_now(), &seconds) < 0)
		return session_wrong_use(s,
			"--expires takes a time such as 2027-01-31T12:00:00Z, a "
			"day such as 2027-01-31, or a time from now such as 30d, "
			"12h or 2w, not \"%s\"",
			text);
	if (seconds <= changes_now())
		return session_wrong_use(
			s, "--expires %s is in the past", text);
	*ret = seconds;
	return EXIT_COMPLETE;
}

/* "trusted for pbx until 2027-01-31 12:00:00 UTC", for people. */
static int changes_describe_exception(
	const struct service_parameters *with, char **ret)
{
	const char *host = with->host ? with->host : "every host";
	char end[DATE_TEXT_SIZE];

	if (with->expires == 0)
		return string_format(ret, "trusted for %s", host);
	date_format(with->expires, end);
	return string_format(ret, "trusted for %s until %.10s %.8s UTC", host,
		end, end + 11);
}

static enum exit_status changes_on_excepted(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *certificate =
		cJSON_GetObjectItemCaseSensitive(parameters, "certificate");
	CLEANUP(view_cell_done) struct view_cell results = {0};

	(void)userdata;
	if (view_plain(certificate, "results", &results) < 0)
		return session_trouble(s, "trust", -ENOMEM);
	if (results.text)
		(void)fprintf(s->screen.out, "The exception lets pass: %s\n",
			results.text);
	return EXIT_COMPLETE;
}

/* Prints what was wrong when the exception was made. If that fails, the
 * exception exists all the same. */
static void changes_print_excepted(struct session *s, const char *sha256)
{
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Get",
		.with.sha256 = sha256,
		.reply = changes_on_excepted,
	};

	(void)service_call(s, &call);
}

static enum exit_status command_trust(struct session *s)
{
	CLEANUP(free) char *done = NULL;
	const char *host = s->arguments.value[OPTION_HOST];
	char sha256[SHA256_HEX_SIZE];
	struct change change = {
		.method = "AddException",
		.what = sha256,
		.with = {.host = host, .sha256 = sha256},
	};
	struct host parsed = {0};
	enum exit_status status = EXIT_COMPLETE;

	if (host && host_parse(host, &parsed) < 0)
		return session_wrong_use(s,
			"--host takes a host name or an address, not \"%s\"",
			host);
	status = changes_read_expires(s, &change.with.expires);
	/* In every list: a trusted certificate may get further hosts. */
	if (!status)
		status = fingerprint_of_certificate(
			s, session_word(s, 0), NULL, sha256);
	if (status)
		return status;
	if (changes_describe_exception(&change.with, &done) < 0)
		return session_trouble(s, "trust", -ENOMEM);
	change.done = done;
	status = changes_make(s, &change);
	if (!status && !session_json(s))
		changes_print_excepted(s, sha256);
	return status;
}

/* --- upload --- */

/* Whoever reports a peer chooses the text of the host, and the command is meant
 * to be copied into a shell. A valid host name is harmless there. */
int changes_trust_command(const char *sha256, const char *host, char **ret)
{
	struct host parsed = {0};
	bool narrow = host && host_parse(host, &parsed) == 0;

	return string_format(ret, "certprovctl trust %.*s%s%s",
		VIEW_FINGERPRINT_DIGITS, sha256, narrow ? " --host " : "",
		narrow ? host : "");
}

/* A refused certificate can be trusted from the list unknown, unless its result
 * rules that out. */
static int changes_make_exception(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, "result");
	const char *sha256 = view_text(row, "sha256");
	enum verdict v = VERDICT__END;

	(void)member;
	if (view_flag(row, "accepted") || !sha256 || !result ||
		verdict_find(result, &v) < 0 || !verdict_row(v)->recoverable)
		return 0;
	return changes_trust_command(sha256, NULL, &ret->text);
}

static const struct column columns[] = {
	{"SHA-256", .member = "sha256"},
	{"Subject", .member = "subject"},
	{"Outcome", .member = "result", .make = outcome_result},
	{"Reason", .member = "reason"},
	{"Remedy", .member = "remedy"},
	{"Exception", .make = changes_make_exception},
	{"Warnings", .member = "warnings", .make = outcome_warnings},
};

static enum exit_status changes_on_uploaded(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	CLEANUP(table_free) struct table *table = NULL;
	bool *accepted = userdata;
	int r = 0;

	*accepted = view_flag(outcome, "accepted");
	if (session_json(s))
		return EXIT_COMPLETE;
	r = table_new(columns, ARRAY_SIZE(columns), &table);
	if (r == 0)
		r = view_add(table, outcome);
	if (r == 0)
		r = table_print_blocks(table, &s->screen);
	return session_printed(s, r);
}

/* certprovd takes only DER, as phones do. */
static enum exit_status changes_load_one(
	struct session *s, const char *path, struct chain *ret)
{
	enum exit_status status = chain_load_as_is(s, path, ret);

	if (status || !ret->was_pem)
		return status;
	if (ret->count > 1) {
		screen_complainf(&s->screen,
			"Upload them one at a time, issuers first; openssl x509 "
			"-in FILE extracts the first.",
			"%s: it holds %zu certificates", path, ret->count);
		return EXIT_TROUBLE;
	}
	screen_complainf(&s->screen, NULL,
		"%s is PEM: its certificate is uploaded as DER", path);
	return EXIT_COMPLETE;
}

static enum exit_status command_upload(struct session *s)
{
	CLEANUP(chain_done) struct chain chain = {0};
	bool accepted = false;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "Upload",
		.reply = changes_on_uploaded,
		.userdata = &accepted,
	};
	enum exit_status status =
		changes_load_one(s, session_word(s, 0), &chain);

	if (status)
		return status;
	call.with.certificate = chain.items[0];
	status = service_call(s, &call);
	if (status)
		return status;
	return accepted ? EXIT_COMPLETE : EXIT_PARTIAL;
}

/* --- remove, distrust, lift --- */

/* Checks the list, and the host of the exception. */
static enum exit_status changes_check_removal(
	const struct session *s, const char *list, const char *host)
{
	bool servers = strcmp(list, "servers") == 0;
	struct host parsed = {0};

	if (!servers && strcmp(list, "unknown") != 0)
		return session_wrong_use(s,
			"certificates are removed from servers or unknown, "
			"not from \"%s\"",
			list);
	if (host && !servers)
		return session_wrong_use(s,
			"only certificates of servers have exceptions for a --host");
	if (host && strcmp(host, EVERY_HOST) != 0 &&
		host_parse(host, &parsed) < 0)
		return session_wrong_use(s,
			"--host takes a host name, an address or \"" EVERY_HOST
			"\", not \"%s\"",
			host);
	return EXIT_COMPLETE;
}

/* "removed from servers"; "the exception for pbx removed". */
static int changes_describe_removal(
	const char *list, const char *host, char **ret)
{
	if (!host)
		return string_format(ret, "removed from %s", list);
	return string_format(ret, "the exception for %s removed",
		strcmp(host, EVERY_HOST) == 0 ? "every host" : host);
}

static enum exit_status command_remove(struct session *s)
{
	CLEANUP(free) char *done = NULL;
	const char *list = session_word(s, 0);
	const char *host = s->arguments.value[OPTION_HOST];
	char sha256[SHA256_HEX_SIZE];
	struct change change = {
		.method = "Remove",
		.what = sha256,
		.with = {.list = list, .sha256 = sha256, .host = host},
	};
	enum exit_status status = changes_check_removal(s, list, host);

	if (!status)
		status = fingerprint_of_certificate(
			s, session_word(s, 1), list, sha256);
	if (status)
		return status;
	if (changes_describe_removal(list, host, &done) < 0)
		return session_trouble(s, "remove", -ENOMEM);
	change.done = done;
	return changes_make(s, &change);
}

/* --kind, or NULL after reporting that it is wrong. */
static const char *changes_kind_of(const struct session *s)
{
	const char *kind = s->arguments.value[OPTION_KIND];

	if (!kind)
		return distrust_kinds[DISTRUST_CERTIFICATE];
	for (size_t i = 0; i < DISTRUST__END; i++)
		if (strcmp(kind, distrust_kinds[i]) == 0)
			return kind;
	(void)session_wrong_use(s,
		"--kind must be certificate or public-key, not \"%s\"", kind);
	return NULL;
}

static enum exit_status command_distrust(struct session *s)
{
	const char *kind = changes_kind_of(s);
	char sha256[SHA256_HEX_SIZE];
	const struct change change = {
		.method = "Distrust",
		.done = "distrusted",
		.what = sha256,
		.with = {.kind = kind,
			.sha256 = sha256,
			.reason = s->arguments.value[OPTION_REASON]},
	};
	enum exit_status status = EXIT_COMPLETE;

	if (!kind)
		return EXIT_WRONG_USE;
	/* Digests of keys are in no list that could complete them. */
	if (strcmp(kind, "public-key") == 0 &&
		fingerprint_normalise(session_word(s, 0), sha256) !=
			SHA256_HEX_SIZE - 1)
		return session_wrong_use(
			s, "the digest of a public key must be complete");
	status =
		fingerprint_of_certificate(s, session_word(s, 0), NULL, sha256);
	return status ? status : changes_make(s, &change);
}

static enum exit_status command_lift(struct session *s)
{
	const char *kind = changes_kind_of(s);
	char sha256[SHA256_HEX_SIZE];
	const struct change change = {
		.method = "LiftDistrust",
		.done = "no longer distrusted",
		.what = sha256,
		.with = {.kind = kind, .sha256 = sha256},
	};
	enum exit_status status = EXIT_COMPLETE;

	if (!kind)
		return EXIT_WRONG_USE;
	status = fingerprint_of_distrusted(s, session_word(s, 0), kind, sha256);
	return status ? status : changes_make(s, &change);
}

/* --- set, clock --- */

/* Others could read its value on the command line. */
static bool changes_is_secret(const char *name)
{
	enum setting_id id = SETTING__END;

	return setting_find(name, &id) == 0 &&
		(setting_get(id)->secret || id == SETTING_WEBSERVER_CERT);
}

/* "@FILE", or "@-" for standard input. Empty, it is a mistake. */
static enum exit_status changes_read_value(
	const struct session *s, const char *value, struct bytes *ret)
{
	const char *file = value + 1;
	/* What is read may be a key: no core dump has it. */
	int r = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;

	if (r == 0 && strcmp(file, "-") == 0)
		r = fd_read_all(STDIN_FILENO, IDENTITY_PEM_MAX_BYTES, ret);
	else if (r == 0)
		r = fd_read_file(file, IDENTITY_PEM_MAX_BYTES, ret);
	if (r == 0 && ret->len == 0)
		r = -ENODATA;
	/* More than a text has. */
	if (r == 0 && strlen((const char *)ret->data) != ret->len)
		r = -EILSEQ;
	return r < 0 ? session_trouble(s, file, r) : EXIT_COMPLETE;
}

static enum exit_status command_set(struct session *s)
{
	const char *name = session_word(s, 0);
	const char *value = session_word(s, 1);
	CLEANUP(identity_text_done) struct bytes text = {0};
	enum exit_status status = EXIT_COMPLETE;

	if (value && value[0] == '@' && value[1]) {
		status = changes_read_value(s, value, &text);
		value = (const char *)text.data;
	} else if (value && *value && changes_is_secret(name)) {
		status = session_wrong_use(s,
			"the value of %s is secret, and others could read it "
			"on the command line: write @FILE, or @- for standard "
			"input",
			name);
	}
	if (status)
		return status;
	return changes_make(s,
		&(struct change){
			.method = "SetSetting",
			.what = name,
			.done = value ? "set" : "reset to its default",
			.with = {.name = name, .value = value},
		});
}

/* The daemon would only say which of both it does not accept. */
static enum exit_status changes_check_offer(
	const struct session *s, const char *source, const char *url)
{
	enum provisioning_source which = PROVISIONING_SOURCE__END;
	CLEANUP(free) char *fault = NULL;

	if (provisioning_source_find(source, &which) < 0)
		return session_wrong_use(s,
			"the source is redirection, pnp, dhcp, dhcp114 or "
			"tr69, not \"%s\"",
			source);
	if (!url || !*url || setting_check(SETTING_SETTING_SERVER, url) == 0)
		return EXIT_COMPLETE;
	if (setting_fault(SETTING_SETTING_SERVER, url, &fault) < 0)
		return session_trouble(s, "offer-server", -ENOMEM);
	return session_wrong_use(
		s, "that is no http or https URL to provision from: %s", fault);
}

static enum exit_status command_offer_server(struct session *s)
{
	const char *source = session_word(s, 0);
	const char *url = session_word(s, 1);
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "OfferSettingServer",
		.with = {.source = source, .url = url ? url : ""},
	};
	enum exit_status status = changes_check_offer(s, source, url);

	if (!status)
		status = service_call(s, &call);
	if (!status && !session_json(s))
		(void)fprintf(s->screen.out, "%s: %s\n", source,
			url ? "offered; certprovctl status shows where "
			      "provisioning begins"
			    : "withdrawn");
	return status;
}

static enum exit_status command_clock(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "ResetClock",
	};
	enum exit_status status = EXIT_COMPLETE;

	if (strcmp(session_word(s, 0), "reset") != 0)
		return session_wrong_use(s,
			"the only thing to do with the clock is reset, not \"%s\"",
			session_word(s, 0));
	status = service_call(s, &call);
	if (!status && !session_json(s))
		(void)fputs("The clock's floor is the build date again. "
			    "\"certprovctl status\" shows whether the clock is "
			    "trusted.\n",
			s->screen.out);
	return status;
}

/* --- factory-reset --- */

#define RESET_QUESTION                                                         \
	"This removes all certificates, exceptions, settings, reports and "    \
	"the history of this phone, and provisions it anew. Its "              \
	"configuration, its own certificate and what is distrusted stay.\n"    \
	"Type yes to go on: "

/* Nobody agreed: nothing was asked of certprovd. */
static enum exit_status changes_agree_to_reset(const struct session *s)
{
	char answer[16] = "";

	if (arguments_has(&s->arguments, OPTION_YES))
		return EXIT_COMPLETE;
	if (!isatty(STDIN_FILENO)) {
		screen_complain(&s->screen,
			"nothing was reset: there is no terminal to ask at",
			"Repeat it with --yes if you mean it.");
		return EXIT_FAILED;
	}
	(void)fputs(RESET_QUESTION, s->screen.err);
	(void)fflush(s->screen.err);
	if (fgets(answer, (int)sizeof(answer), stdin) &&
		strcmp(answer, "yes\n") == 0)
		return EXIT_COMPLETE;
	screen_complain(&s->screen, "nothing was reset", NULL);
	return EXIT_FAILED;
}

static enum exit_status command_factory_reset(struct session *s)
{
	enum exit_status status = changes_agree_to_reset(s);

	return status ? status
		      : changes_make(s,
				&(struct change){
					.method = "FactoryReset",
					.what = "this phone",
					.done = "reset to the state of the "
						"factory",
				});
}

const struct verb changes_verbs[] = {
	{100, "remove", "servers|unknown SHA256", 2, 2,
		TAKES(FORCE) | TAKES(HOST), command_remove,
		"remove a certificate, or its exception for a host, from a list"},
	{120, "trust", "SHA256", 1, 1, TAKES(HOST) | TAKES(EXPIRES),
		command_trust,
		"trust an unknown certificate itself, whoever signed it"},
	{130, "upload", "FILE", 1, 1, 0, command_upload,
		"add a certificate to the servers if a trusted one signed it"},
	{140, "distrust", "SHA256", 1, 1,
		TAKES(KIND) | TAKES(REASON) | TAKES(FORCE), command_distrust,
		"never accept this certificate, or this public key, again"},
	{150, "lift", "SHA256", 1, 1, TAKES(KIND), command_lift,
		"lift a distrust"},
	{180, "set", "NAME [VALUE]", 1, 2, TAKES(FORCE), command_set,
		"set a setting to VALUE or to the text of @FILE, or reset it"},
	{185, "offer-server", "SOURCE [URL]", 1, 2, 0, command_offer_server,
		"say what redirection, pnp, dhcp, dhcp114 or tr69 named"},
	{220, "clock", "reset", 1, 1, 0, command_clock,
		"set the clock's floor back to the build date"},
	{240, "factory-reset", NULL, 0, 0, TAKES(YES), command_factory_reset,
		"forget all but the configuration and the phone's identity"},
	{0},
};
