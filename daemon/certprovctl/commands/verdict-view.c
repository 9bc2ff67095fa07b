/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/commands/verdict-view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/certprovctl/commands/exceptions.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/peer/presented.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"
#include "lib/verify/verify.h"

/* A verdict that is being printed. */
struct printing {
	struct session *session;
	const struct verdict_subject *subject;
	const cJSON *verdict;
	const char *path[VERIFY_MAX_PATH];
	size_t path_count;
	struct presented presented;
};

static void verdict_view_printing_done(struct printing *p)
{
	presented_done(&p->presented);
}
DEFINE_CLEANUP_EMBEDDED(struct printing, verdict_view_printing_done);

/* --- the answer --- */

static int verdict_view_make_verdict(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, member);
	bool trusted = view_flag(row, "trusted");
	bool plain = result && strcmp(result, "trusted") == 0;

	if (!result)
		result = "it is not said why";
	if (trusted && plain) {
		ret->style = STYLE_GOOD;
		return replace_string(&ret->text, "trusted");
	}
	ret->style = trusted ? STYLE_WARNING : STYLE_BAD;
	return format_string(&ret->text, "%s: %s",
		trusted ? "trusted" : "not trusted", result);
}

static int verdict_view_make_cure(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *leaf = view_text(row, "leaf");

	(void)member;
	if (view_flag(row, "trusted"))
		return 0;
	if (view_flag(row, "recoverable") && leaf)
		return exception_command(
			leaf, view_text(row, "host"), &ret->text);
	return replace_string(&ret->text, "none cures this");
}

static int verdict_view_make_host(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *host = view_text(row, member);

	return replace_string(
		&ret->text, host ? host : "none: the name was not looked at");
}

static const struct view_column answer_columns[] = {
	{{.title = "Verdict"}, "result", verdict_view_make_verdict},
	{{.title = "Reason"}, "reason", NULL},
	{{.title = "Remedy"}, "remedy", NULL},
	{{.title = "Exception"}, NULL, verdict_view_make_cure},
	{{.title = "Warnings"}, "warnings", NULL},
	{{.title = "Host"}, "host", verdict_view_make_host},
	{{.title = "Names"}, "names", NULL},
	{{.title = "Purpose"}, "purpose", NULL},
	{{.title = "Peer"}, "peer", NULL},
	{{.title = "Clock"}, "clockTrusted", view_clock},
	{{.title = "Store"}, "store", NULL},
	{{.title = "Generation"}, "generation", NULL},
};

/* What the verdict says, and what it is about. */
static int verdict_view_make_answer(const struct printing *p, cJSON **ret)
{
	CLEANUP(json_done)
	struct json_writer w = {.object = cJSON_Duplicate(p->verdict, true)};
	const struct certificate *leaf = p->presented.certificates[0];
	CLEANUP(free) char *names = NULL;

	if (!w.object)
		return -ENOMEM;
	if (leaf && certificate_names_text(leaf, &names) < 0)
		return -ENOMEM;
	json_put_string(&w, "leaf", leaf ? leaf->sha256_hex : NULL);
	json_put_string(&w, "names", names);
	json_put_string(&w, "host", p->subject->host);
	json_put_string(&w, "purpose", p->subject->purpose);
	json_put_string(&w, "peer", p->subject->peer);
	return json_take(&w, ret);
}

static int verdict_view_print_answer(const struct printing *p)
{
	CLEANUP(view_free) struct view *view = NULL;
	CLEANUP(json_free) cJSON *answer = NULL;
	int r = verdict_view_make_answer(p, &answer);

	if (r == 0)
		r = view_new(answer_columns, ARRAY_SIZE(answer_columns), &view);
	if (r == 0)
		r = view_add(view, answer);
	return r < 0 ? r : view_print_blocks(view, &p->session->screen);
}

/* --- certificates --- */

static int verdict_view_make_key(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *type = view_text(row, member);

	if (!type)
		return 0;
	return format_string(&ret->text, "%s %" PRId64, type,
		view_number(row, "keyBits", 0));
}

#define FACT_COLUMNS                                                           \
	{{.title = "SHA-256", .fit = FIT_WHOLE}, "sha256", view_fingerprint},  \
		{{.title = "Subject", .fit = FIT_HEAD, .least = 16},           \
			"subject", NULL},                                      \
		{{.title = "Issuer", .fit = FIT_HEAD, .least = 16}, "issuer",  \
			NULL},                                                 \
		{{.title = "Valid from", .fit = FIT_HEAD, .least = 10},        \
			"notBefore", view_time},                               \
		{{.title = "Expires (UTC)", .fit = FIT_HEAD, .least = 10},     \
			"notAfter", view_time},                                \
	{                                                                      \
		{.title = "Key", .fit = FIT_WHOLE}, "keyType",                 \
			verdict_view_make_key                                  \
	}

/* The facts about a certificate as certprovd would tell them. */
static void verdict_view_put_facts(
	struct json_writer *w, const struct certificate *c)
{
	json_put_string(w, "sha256", c->sha256_hex);
	json_put_string(w, "subject", c->subject);
	json_put_string(w, "issuer", c->issuer);
	json_put_time(w, "notBefore", c->not_before);
	json_put_time(w, "notAfter", c->not_after);
	json_put_string(w, "keyType", key_type_name(c->key.type));
	json_put_int(w, "keyBits", c->key.bits);
}

/* --- the path --- */

/* "authorities, firmware", "servers, provisioned-base64, http://p/x:12". */
static int verdict_view_make_origin(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	CLEANUP(view_cell_done) struct view_cell lists = {0};
	CLEANUP(view_cell_done) struct view_cell place = {0};
	const char *origin = view_text(row, "origin");
	const char *url = view_text(row, "url");
	int r = view_plain(row, member, &lists);

	if (r == 0)
		r = view_place(row, NULL, &place);
	if (r < 0 || !origin)
		return r < 0 ? r : view_plain(row, "from", ret);
	if (!place.text && url)
		r = replace_string(&place.text, url);
	if (r < 0)
		return r;
	return format_string(&ret->text, "%s%s%s%s%s",
		lists.text ? lists.text : "", lists.text ? ", " : "", origin,
		place.text ? ", " : "", place.text ? place.text : "");
}

static const struct view_column path_columns[] = {
	{{.title = "Path", .fit = FIT_WHOLE, .right = true}, "number", NULL},
	FACT_COLUMNS,
	{{.title = "From", .fit = FIT_WRAP, .least = 20, .below = true},
		"lists", verdict_view_make_origin},
};

static enum exit_status verdict_view_on_certificate(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *certificate =
		cJSON_GetObjectItemCaseSensitive(parameters, "certificate");
	cJSON **kept = userdata;

	*kept = cJSON_Duplicate(certificate, true);
	return certificate && !*kept ? session_trouble(s, "verify", -ENOMEM)
				     : EXIT_COMPLETE;
}

/* What certprovd knows of a certificate. */
static enum exit_status verdict_view_ask_for(
	struct session *s, const char *sha256, struct json_writer *ret)
{
	CLEANUP(json_done) struct json_writer w = {0};
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Get",
		.quiet = true,
		.reply = verdict_view_on_certificate,
		.userdata = &ret->object,
	};

	json_put_string(&w, "sha256", sha256);
	if (json_take(&w, &call.parameters) < 0)
		return session_trouble(s, "verify", -ENOMEM);
	return service_call(s, &call);
}

/* One row: of what was sent, or, for what was not and for the anchor, of what
 * certprovd has. */
static enum exit_status verdict_view_add_to_path(
	const struct printing *p, size_t place, struct view *view)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *row = NULL;
	size_t sent = presented_find(&p->presented, p->path[place]);
	bool was_sent = sent < p->presented.count;
	bool anchor =
		place + 1 == p->path_count && view_text(p->verdict, "anchor");
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	if (anchor || !was_sent)
		status = verdict_view_ask_for(p->session, p->path[place], &w);
	if (status)
		return status;
	if (!w.object && was_sent)
		verdict_view_put_facts(&w, p->presented.certificates[sent]);
	json_put_int(&w, "number", (int64_t)place + 1);
	json_put_string(&w, "from", was_sent ? "the peer" : NULL);
	r = json_take(&w, &row);
	if (r == 0)
		r = view_add(view, row);
	return r < 0 ? session_trouble(p->session, "verify", r) : EXIT_COMPLETE;
}

static enum exit_status verdict_view_print_path(const struct printing *p)
{
	CLEANUP(view_free) struct view *view = NULL;
	enum exit_status status = EXIT_COMPLETE;
	int r = view_new(path_columns, ARRAY_SIZE(path_columns), &view);

	if (r < 0)
		return session_trouble(p->session, "printing", r);
	for (size_t i = 0; !status && i < p->path_count; i++)
		status = verdict_view_add_to_path(p, i, view);
	if (status || p->path_count == 0)
		return status;
	(void)fputc('\n', p->session->screen.out);
	return session_printed(
		p->session, view_print(view, &p->session->screen));
}

/* --- what was sent --- */

static const struct view_column sent_columns[] = {
	{{.title = "Sent", .fit = FIT_WHOLE, .right = true}, "number", NULL},
	FACT_COLUMNS,
	{{.title = "Note", .fit = FIT_WRAP, .least = 20, .below = true}, "note",
		NULL},
};

static int verdict_view_add_sent(
	const struct presented *p, size_t i, struct view *view)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *row = NULL;
	int r = 0;

	json_put_int(&w, "number", (int64_t)i + 1);
	if (p->certificates[i])
		verdict_view_put_facts(&w, p->certificates[i]);
	json_put_string(&w, "note", presented_note_text(p->notes[i]));
	r = json_take(&w, &row);
	return r < 0 ? r : view_add(view, row);
}

/* Only where it tells more than the path. */
static enum exit_status verdict_view_print_sent(const struct printing *p)
{
	CLEANUP(view_free) struct view *view = NULL;
	int r = 0;

	if (p->path_count > 0 && !presented_has_notes(&p->presented))
		return EXIT_COMPLETE;
	r = view_new(sent_columns, ARRAY_SIZE(sent_columns), &view);
	for (size_t i = 0; r == 0 && i < p->presented.count; i++)
		r = verdict_view_add_sent(&p->presented, i, view);
	if (r < 0)
		return session_trouble(p->session, "printing", r);
	(void)fputc('\n', p->session->screen.out);
	return session_printed(
		p->session, view_print(view, &p->session->screen));
}

/* --- all of it --- */

static void verdict_view_read_path(struct printing *p)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(p->verdict, "path"))
	{
		const char *sha256 = cJSON_GetStringValue(item);

		if (sha256 && p->path_count < VERIFY_MAX_PATH)
			p->path[p->path_count++] = sha256;
	}
}

enum exit_status verdict_view_print(struct session *s,
	const struct verdict_subject *subject, const cJSON *verdict)
{
	CLEANUP(verdict_view_printing_done)
	struct printing p = {
		.session = s, .subject = subject, .verdict = verdict};
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	verdict_view_read_path(&p);
	r = presented_new(subject->chain, p.path, p.path_count, &p.presented);
	if (r == 0)
		r = verdict_view_print_answer(&p);
	if (r < 0)
		return session_trouble(s, "printing", r);
	status = verdict_view_print_path(&p);
	return status ? status : verdict_view_print_sent(&p);
}
