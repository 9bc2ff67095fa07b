/* SPDX-License-Identifier: Apache-2.0 */
/* check: judges documents as firmware versions do, without a daemon. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/certprovctl/check/check-matrix.h"
#include "daemon/certprovctl/check/check-problems.h"
#include "daemon/certprovctl/check/check-run.h"
#include "daemon/certprovctl/check/check-text.h"
#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/check/fetcher-process.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/view.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"
#include "lib/trust/authorities.h"
#include "lib/varlink/json-fields.h"

/* Debian's copy of Mozilla's list, which phones are shipped with. */
#define USUAL_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* The versions on both sides of the thresholds that matter to documents, and a
 * current one. */
static const char *const usual_versions[] = {
	"8.7.5.51", "8.7.5.52", "8.9.3.40", "8.9.3.41", "10.1.33.33"};

struct check_command {
	struct session *session;
	struct check_plan plan;
	char *fetcher;
	struct anchors *authorities;
	char mac[URL_MAC_CHARS + 1];
	const char *versions[ARGUMENTS_MAX_FIRMWARE]; /* as below */
	char texts[ARGUMENTS_MAX_FIRMWARE][FIRMWARE_TEXT_SIZE];
	struct firmware firmware[ARGUMENTS_MAX_FIRMWARE];
	size_t version_count;
	/* Of the subject under way. */
	const char *name;
	bool is_file;
	struct matrix *matrix;
	size_t version;
	size_t left_out; /* links that were not followed */
	size_t printed;  /* matrices, so far */
	enum exit_status status;
};

static void check_done(struct check_command *c)
{
	matrix_free(c->matrix);
	anchors_free(c->authorities);
	free(c->fetcher);
}
DEFINE_CLEANUP_EMBEDDED(struct check_command, check_done);

/* Keeps the worst status. */
static void check_note_status(struct check_command *c, enum exit_status status)
{
	if (status > c->status)
		c->status = status;
}

/* --- what is asked for --- */

static enum exit_status check_add_version(
	struct check_command *c, const char *text)
{
	size_t i = c->version_count++;

	if (firmware_parse(text, &c->firmware[i]) < 0)
		return session_wrong_use(c->session,
			"\"%s\" is not a firmware version such as 10.1.33.33",
			text);
	firmware_format(&c->firmware[i], c->texts[i]);
	c->versions[i] = c->texts[i];
	return EXIT_COMPLETE;
}

static enum exit_status check_read_versions(struct check_command *c)
{
	const struct arguments *a = &c->session->arguments;
	bool given = a->firmware_count > 0;
	const char *const *texts = given ? a->firmware : usual_versions;
	size_t count = given ? a->firmware_count : ARRAY_SIZE(usual_versions);
	enum exit_status status = EXIT_COMPLETE;

	for (size_t i = 0; !status && i < count; i++)
		status = check_add_version(c, texts[i]);
	return status;
}

static enum exit_status check_read_phone(struct check_command *c)
{
	const struct arguments *a = &c->session->arguments;
	const char *mac = a->value[OPTION_MAC];

	c->plan.phone_type = a->value[OPTION_PHONE_TYPE];
	if (!mac)
		return EXIT_COMPLETE;
	if (url_normalise_mac(mac, c->mac) < 0)
		return session_wrong_use(c->session,
			"\"%s\" is not a MAC address of 12 hex digits", mac);
	c->plan.mac = c->mac;
	return EXIT_COMPLETE;
}

/* What certprovd logs about them, in the same words. */
static int check_tell_authorities(const struct screen *screen, const char *path,
	const struct authorities_report *report)
{
	static const enum authorities_kind kinds[] = {
		AUTHORITIES_LOST, AUTHORITIES_SECRET};
	int r = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0;
			r == 0 && i < authorities_kept(report, kinds[k]); i++) {
			CLEANUP(free) char *text = NULL;

			r = authorities_finding_text(
				&report->findings[kinds[k]].items[i], NULL,
				&text);
			if (r == 0)
				screen_complain(screen, text, NULL);
		}
	if (r == 0 && report->lost > 0)
		screen_complainf(screen, NULL,
			"%zu of %zu certificates were read from %s",
			authorities_read_count(report),
			authorities_found_count(report), path);
	return r;
}

static enum exit_status check_read_authorities(struct check_command *c)
{
	const char *path = c->session->arguments.value[OPTION_AUTHORITIES];
	const struct screen *screen = &c->session->screen;
	CLEANUP(authorities_report_done)
	struct authorities_report report = {0};
	int r = anchors_new(&c->authorities);

	if (r < 0)
		return session_trouble(c->session, "check", r);
	r = authorities_load(
		path ? path : USUAL_AUTHORITIES, c->authorities, &report);
	if (r == -ENOENT && !path) {
		screen_complain(screen,
			"no authorities were found: what they have signed will "
			"be refused",
			"Give those of the firmware with --authorities PATH.");
		return EXIT_COMPLETE;
	}
	if (r < 0)
		return session_trouble(
			c->session, path ? path : USUAL_AUTHORITIES, r);
	r = check_tell_authorities(
		screen, path ? path : USUAL_AUTHORITIES, &report);
	if (r < 0)
		return session_trouble(c->session, "check", r);
	c->plan.authorities = c->authorities;
	return EXIT_COMPLETE;
}

static enum exit_status check_find_fetcher(struct check_command *c)
{
	int r = fetcher_find(&c->fetcher);

	if (r == -ENOENT) {
		screen_complain(&c->session->screen,
			"certprov-fetch is neither beside this program nor in " CERTPROV_LIBEXECDIR,
			"It reads the documents: install certprov, or build it "
			"with make.");
		return EXIT_TROUBLE;
	}
	c->plan.fetcher = c->fetcher;
	return r < 0 ? session_trouble(c->session, "check", r) : EXIT_COMPLETE;
}

static enum exit_status check_prepare(struct check_command *c)
{
	const struct arguments *a = &c->session->arguments;
	enum exit_status status = check_read_versions(c);

	if (!status)
		status = check_read_phone(c);
	if (!status)
		status = check_find_fetcher(c);
	if (!status)
		status = check_read_authorities(c);
	c->plan.authorities = c->authorities;
	c->plan.now = (int64_t)time(NULL);
	c->plan.follow = arguments_has(a, OPTION_FOLLOW);
	c->plan.allow_local = arguments_has(a, OPTION_ALLOW_LOCAL);
	c->plan.limits = FETCH_LIMITS_DEFAULT;
	return status;
}

/* --- one document, one version --- */

/* A line of JSON: the file, the firmware, and the outcome or result. */
static int check_print_json(
	const struct check_command *c, const char *member, cJSON *value)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *line = NULL;
	int r = 0;

	json_put_string(&w, "file", c->name);
	json_put_string(&w, "firmware", c->versions[c->version]);
	json_put_item(&w, member, value);
	r = json_take(&w, &line);
	return r < 0 ? r : view_print_json(&c->session->screen, line);
}

/* It says that the document that is checked could not be read as a whole. */
static bool check_is_unread(
	const struct check_command *c, const struct outcome *o)
{
	return o->kind == OUTCOME_DOCUMENT && !o->accepted &&
		string_equal(o->url, c->name);
}

/* A link of a document that is checked by itself: it was refused for its
 * depth; or, in a file, for having no URL it could be relative to. */
static bool check_is_left_out(
	const struct check_command *c, const struct outcome *o)
{
	if (c->plan.follow || o->accepted || o->kind != OUTCOME_DOCUMENT ||
		check_is_unread(c, o) || !o->url || !*o->url)
		return false;
	return o->verdict == VERDICT_LIMIT_EXCEEDED ||
		(c->is_file && !strstr(o->url, "://"));
}

static int check_on_outcome(void *userdata, struct outcome *o)
{
	struct check_command *c = userdata;

	if (check_is_left_out(c, o)) {
		c->left_out += c->version == 0;
		return 0;
	}
	if (!o->accepted)
		check_note_status(
			c, check_is_unread(c, o) ? EXIT_FAILED : EXIT_PARTIAL);
	if (session_json(c->session))
		return check_print_json(c, "outcome", outcome_encode(o));
	return matrix_add(c->matrix, c->version, o);
}

static int check_conclude(
	struct check_command *c, const struct check_result *result)
{
	const char *word =
		result->finished ? fetch_result_name(result->result) : "failed";

	if (!result->finished) {
		check_note_status(c, EXIT_FAILED);
		screen_complainf(&c->session->screen, NULL,
			"%s, firmware %s: %s", c->name, c->versions[c->version],
			result->trouble);
	}
	if (!session_json(c->session))
		return 0;
	return check_print_json(c, "result", cJSON_CreateString(word));
}

static int check_version(
	struct check_command *c, const struct check_subject *subject)
{
	CLEANUP(check_result_done) struct check_result result = {0};
	int r = check_run(&c->plan, subject, &c->firmware[c->version],
		check_on_outcome, c, &result);

	return r < 0 ? r : check_conclude(c, &result);
}

/* --- one document --- */

static int check_print_rows(struct check_command *c)
{
	CLEANUP(problems_done) struct problems problems = {0};
	const struct screen *screen = &c->session->screen;
	int r = matrix_arrange(c->matrix);

	if (r == 0)
		r = check_text_matrix(c->matrix, CHECK_ROWS_USUAL, screen);
	if (r == 0)
		(void)fputs("There is no certificate in it.\n", screen->out);
	if (r >= 0)
		r = problems_add(&problems, c->matrix, 0);
	if (r < 0)
		return r;
	problems_group(&problems);
	return check_text_problems(&problems, screen);
}

static int check_print_matrix(struct check_command *c)
{
	FILE *out = c->session->screen.out;
	int r = 0;

	if (c->session->arguments.word_count > 2)
		(void)fprintf(
			out, "%s%s\n\n", c->printed++ > 0 ? "\n" : "", c->name);
	r = check_print_rows(c);
	if (r == 0 && c->left_out > 0)
		(void)fprintf(out,
			"\nLinked documents that were not checked: %zu (--follow)\n",
			c->left_out);
	return r;
}

static int check_versions(
	struct check_command *c, const struct check_subject *subject)
{
	int r = 0;

	c->matrix = matrix_free(c->matrix);
	c->left_out = 0;
	r = matrix_new(c->versions, c->version_count, false, &c->matrix);
	for (c->version = 0; r == 0 && c->version < c->version_count;
		c->version++)
		r = check_version(c, subject);
	if (r < 0 || session_json(c->session))
		return r;
	return check_print_matrix(c);
}

static int check_file(struct check_command *c)
{
	CLEANUP(bytes_done) struct bytes document = {0};
	CLEANUP(fd_close) int fd = -1;
	int r = document_file_read(c->name, &document);

	if (r == 0)
		r = document_file_seal(&document, &fd);
	if (r < 0)
		return r;
	bytes_done(&document);
	return check_versions(
		c, &(struct check_subject){.name = c->name, .document_fd = fd});
}

static int check_url(struct check_command *c, const char *url)
{
	CLEANUP(free) char *shown = NULL;
	int r = url_redact(url, &shown);

	if (r < 0)
		return r;
	c->name = shown;
	r = check_versions(c,
		&(struct check_subject){
			.name = shown, .url = url, .document_fd = -1});
	c->name = url;
	return r;
}

static enum exit_status command_check(struct session *s)
{
	CLEANUP(check_done) struct check_command c = {.session = s};
	enum exit_status status = check_prepare(&c);

	if (status)
		return status;
	for (size_t i = 0; session_word(s, i); i++) {
		int r = 0;

		c.name = session_word(s, i);
		c.is_file = strstr(c.name, "://") == NULL;
		r = c.is_file ? check_file(&c) : check_url(&c, c.name);
		if (r < 0)
			check_note_status(&c,
				r == -ENOSPC ? session_printed(s, r)
					     : session_trouble(s, c.name, r));
	}
	return c.status;
}

const struct verb check_verbs[] = {
	{20, "check", "FILE...", 1, COMMAND_MANY_WORDS,
		TAKES(FIRMWARE) | TAKES(AUTHORITIES) | TAKES(FOLLOW) |
			TAKES(ALLOW_LOCAL) | TAKES(MAC) | TAKES(PHONE_TYPE),
		command_check,
		"show what firmware versions make of documents; needs no certprovd"},
	{0},
};
