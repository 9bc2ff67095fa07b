/* SPDX-License-Identifier: Apache-2.0 */
/* verify: asks certprovd about a peer, and prints the verdict, the path to the
 * trust anchor, and what is wrong with the chain that the peer sent. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/certprovctl/commands/changes.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/peer/peer.h"
#include "daemon/certprovctl/peer/presented.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink-client.h"
#include "lib/verify/verify.h"

/* What is asked, and the answer. */
struct verify_question {
	enum purpose purpose;
	const struct starttls *starttls;
	struct peer_target target;
	const char *host;
	struct peer peer; /* or a file: then only its chain */
	char *presented_by;
	cJSON *verdict;
};

static void verify_question_done(struct verify_question *v)
{
	peer_done(&v->peer);
	free(v->presented_by);
	json_free(v->verdict);
}
DEFINE_CLEANUP_EMBEDDED(struct verify_question, verify_question_done);

/* --- the command line --- */

/* The usual ports of servers for a purpose. */
static const char *const ports[PURPOSE__END] = {
	[PURPOSE_ANY] = "443",
	[PURPOSE_SIP] = "5061",
	[PURPOSE_HTTPS] = "443",
	[PURPOSE_PROVISIONING] = "443",
	[PURPOSE_LDAP] = "636",
};

static enum exit_status verify_read_target(
	const struct session *s, struct verify_question *v)
{
	const char *text = s->arguments.value[OPTION_CONNECT];
	const char *usual =
		v->starttls ? starttls_port(v->starttls) : ports[v->purpose];

	if (!text)
		return EXIT_COMPLETE;
	if (peer_target_parse(text, &v->target) < 0)
		return session_wrong_use(s,
			"--connect takes a host and optionally a port, such as "
			"pbx.example.com:5061 or [2001:db8::1]:5061, not \"%s\"",
			text);
	if (!*v->target.port)
		(void)stpcpy(v->target.port, usual);
	if (!v->host)
		v->host = v->target.host;
	return EXIT_COMPLETE;
}

static enum exit_status verify_read_purpose(
	const struct session *s, struct verify_question *v)
{
	const char *text = s->arguments.value[OPTION_PURPOSE];
	const char *protocol = s->arguments.value[OPTION_STARTTLS];

	if (text && purpose_find(text, &v->purpose) < 0)
		return session_wrong_use(s,
			"--purpose must be sip, https, provisioning, ldap or "
			"any, not \"%s\"",
			text);
	if (!protocol)
		return EXIT_COMPLETE;
	v->starttls = starttls_find(protocol);
	if (!v->starttls)
		return session_wrong_use(s,
			"--starttls must be imap, ldap, pop3 or smtp, not \"%s\"",
			protocol);
	return EXIT_COMPLETE;
}

static enum exit_status verify_read_arguments(
	const struct session *s, struct verify_question *v)
{
	bool connects = arguments_has(&s->arguments, OPTION_CONNECT);
	enum exit_status status = EXIT_COMPLETE;

	if (connects == arguments_has(&s->arguments, OPTION_CHAIN))
		return session_wrong_use(
			s, "verify needs either --chain or --connect");
	if (!connects && arguments_has(&s->arguments, OPTION_STARTTLS))
		return session_wrong_use(s, "--starttls needs --connect");
	v->host = s->arguments.value[OPTION_HOST];
	status = verify_read_purpose(s, v);
	if (!status)
		status = verify_read_target(s, v);
	if (!status && !v->host && v->purpose != PURPOSE_ANY)
		return session_wrong_use(s, "--purpose %s needs --host",
			purpose_name(v->purpose));
	return status;
}

/* --- the chain --- */

static enum exit_status verify_take_from_peer(
	const struct session *s, struct verify_question *v)
{
	int64_t timeout_ms = 0;
	enum exit_status status = service_timeout(s, &timeout_ms);

	if (!status)
		status = peer_ask(s, &v->target, v->starttls, v->host,
			varlink_deadline(timeout_ms), &v->peer);
	if (status)
		return status;
	if (string_format(&v->presented_by, "%s, %s%s%s", v->peer.address,
		    v->peer.version, v->peer.finished ? ", " : "",
		    v->peer.finished ? v->peer.cipher : "") < 0)
		return session_trouble(s, "verify", -ENOMEM);
	return EXIT_COMPLETE;
}

static enum exit_status verify_take_chain(
	const struct session *s, struct verify_question *v)
{
	const char *path = s->arguments.value[OPTION_CHAIN];
	enum exit_status status = EXIT_COMPLETE;

	if (!path)
		return verify_take_from_peer(s, v);
	status = chain_load(s, path, &v->peer.chain);
	if (!status && string_replace(&v->presented_by, path) < 0)
		return session_trouble(s, "verify", -ENOMEM);
	return status;
}

/* --- the question --- */

static enum exit_status verify_on_verdict(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *verdict =
		cJSON_GetObjectItemCaseSensitive(parameters, "verdict");
	struct verify_question *v = userdata;

	v->verdict = cJSON_IsObject(verdict) ? cJSON_Duplicate(verdict, true)
					     : cJSON_CreateObject();
	return v->verdict ? EXIT_COMPLETE
			  : session_trouble(s, "verify", -ENOMEM);
}

static enum exit_status verify_ask(struct session *s, struct verify_question *v)
{
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Verify",
		.table = &service_verify_table,
		.with = {.chain = {v->peer.chain.items, v->peer.chain.count},
			.host = v->host,
			.purpose = purpose_name(v->purpose)},
		.reply = verify_on_verdict,
		.userdata = v,
	};

	return service_call(s, &call);
}

/* A verdict that is being printed. */
struct verify_printing {
	struct session *session;
	const struct verify_question *question;
	const char *path[VERIFY_MAX_PATH];
	size_t path_count;
	struct presented presented;
};

static void verify_printing_done(struct verify_printing *p)
{
	presented_done(&p->presented);
}
DEFINE_CLEANUP_EMBEDDED(struct verify_printing, verify_printing_done);

/* --- the answer --- */

static int verify_make_verdict(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, member);
	bool trusted = view_flag(row, "trusted");
	bool plain = result && strcmp(result, "trusted") == 0;

	if (!result)
		result = "no reason given";
	if (trusted && plain) {
		ret->style = STYLE_GOOD;
		return string_replace(&ret->text, "trusted");
	}
	ret->style = trusted ? STYLE_WARNING : STYLE_BAD;
	return string_format(&ret->text, "%s: %s",
		trusted ? "trusted" : "not trusted", result);
}

static int verify_make_cure(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *leaf = view_text(row, "leaf");

	(void)member;
	if (view_flag(row, "trusted"))
		return 0;
	if (view_flag(row, "recoverable") && leaf)
		return changes_trust_command(
			leaf, view_text(row, "host"), &ret->text);
	return string_replace(&ret->text, "none possible");
}

static int verify_make_host(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *host = view_text(row, member);

	return string_replace(
		&ret->text, host ? host : "not given: no name was checked");
}

static const struct column answer_columns[] = {
	{"Verdict", .member = "result", .make = verify_make_verdict},
	{"Reason", .member = "reason"},
	{"Remedy", .member = "remedy"},
	{"Exception", .make = verify_make_cure},
	{"Warnings", .member = "warnings", .make = outcome_warnings},
	{"Host", .member = "host", .make = verify_make_host},
	{"Names", .member = "names"},
	{"Purpose", .member = "purpose"},
	{"Peer", .member = "peer"},
	{"Clock", .member = "clockTrusted", .make = view_clock},
	{"Store", .member = "store"},
	{"Generation", .member = "generation"},
};

/* What the verdict says, and what it is about. */
static int verify_make_answer(const struct verify_printing *p, cJSON **ret)
{
	CLEANUP(json_done)
	struct json_writer w = {
		.object = cJSON_Duplicate(p->question->verdict, true)};
	const struct certificate *leaf = p->presented.certificates[0];
	CLEANUP(free) char *names = NULL;

	if (!w.object)
		return -ENOMEM;
	if (leaf && certificate_names_text(leaf, &names) < 0)
		return -ENOMEM;
	json_put_string(&w, "leaf", leaf ? leaf->sha256_hex : NULL);
	json_put_string(&w, "names", names);
	json_put_string(&w, "host", p->question->host);
	json_put_string(&w, "purpose", purpose_name(p->question->purpose));
	json_put_string(&w, "peer", p->question->presented_by);
	return json_take(&w, ret);
}

static int verify_print_answer(const struct verify_printing *p)
{
	CLEANUP(table_free) struct table *table = NULL;
	CLEANUP(json_free) cJSON *answer = NULL;
	int r = verify_make_answer(p, &answer);

	if (r == 0)
		r = table_new(
			answer_columns, ARRAY_SIZE(answer_columns), &table);
	if (r == 0)
		r = view_add(table, answer);
	return r < 0 ? r : table_print_blocks(table, &p->session->screen);
}

/* --- certificates --- */

static int verify_make_key(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *type = view_text(row, member);

	if (!type)
		return 0;
	return string_format(&ret->text, "%s %" PRId64, type,
		view_number(row, "keyBits", 0));
}

/* clang-format off */
#define FACT_COLUMNS                                                           \
	{"SHA-256", FIT_WHOLE, .member = "sha256", .make = view_fingerprint},  \
	{"Subject", FIT_HEAD, 16, .member = "subject"},                        \
	{"Issuer", FIT_HEAD, 16, .member = "issuer"},                          \
	{"Valid from", FIT_HEAD, 10, .member = "notBefore", .make = view_time}, \
	{"Expires (UTC)", FIT_HEAD, 10, .member = "notAfter", .make = view_time}, \
	{"Key", FIT_WHOLE, .member = "keyType", .make = verify_make_key}
/* clang-format on */

/* The facts about a certificate, named as in certprovd's replies. */
static void verify_put_facts(struct json_writer *w, const struct certificate *c)
{
	json_put_string(w, "sha256", c->sha256_hex);
	json_put_string(w, "subject", certificate_subject(c));
	json_put_string(w, "issuer", certificate_issuer(c));
	json_put_time(w, "notBefore", c->not_before);
	json_put_time(w, "notAfter", c->not_after);
	json_put_string(w, "keyType", key_type_name(c->key.type));
	json_put_int(w, "keyBits", c->key.bits);
}

/* --- the path --- */

/* "authorities, firmware", "servers, provisioned-base64, http://p/x:12". */
static int verify_make_origin(
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
		r = string_replace(&place.text, url);
	if (r < 0)
		return r;
	return string_format(&ret->text, "%s%s%s%s%s",
		lists.text ? lists.text : "", lists.text ? ", " : "", origin,
		place.text ? ", " : "", place.text ? place.text : "");
}

static const struct column path_columns[] = {
	{"Path", FIT_WHOLE, .right = true, .member = "number"},
	FACT_COLUMNS,
	{"From", FIT_WRAP, 20, .below = true, .member = "lists",
		.make = verify_make_origin},
};

static enum exit_status verify_on_certificate(
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
static enum exit_status verify_ask_for(
	struct session *s, const char *sha256, struct json_writer *ret)
{
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Get",
		.with.sha256 = sha256,
		.quiet = true,
		.reply = verify_on_certificate,
		.userdata = &ret->object,
	};

	return service_call(s, &call);
}

/* Adds a row: from the peer's certificate, or, for the anchor and for what was
 * not sent, from certprovd. */
static enum exit_status verify_add_to_path(
	const struct verify_printing *p, size_t place, struct table *table)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *row = NULL;
	size_t sent = presented_find(&p->presented, p->path[place]);
	bool was_sent = sent < p->presented.count;
	bool anchor = place + 1 == p->path_count &&
		view_text(p->question->verdict, "anchor");
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	if (anchor || !was_sent)
		status = verify_ask_for(p->session, p->path[place], &w);
	if (status)
		return status;
	if (!w.object && was_sent)
		verify_put_facts(&w, p->presented.certificates[sent]);
	json_put_int(&w, "number", (int64_t)place + 1);
	json_put_string(&w, "from", was_sent ? "the peer" : NULL);
	r = json_take(&w, &row);
	if (r == 0)
		r = view_add(table, row);
	return r < 0 ? session_trouble(p->session, "verify", r) : EXIT_COMPLETE;
}

static enum exit_status verify_print_path(const struct verify_printing *p)
{
	CLEANUP(table_free) struct table *table = NULL;
	enum exit_status status = EXIT_COMPLETE;
	int r = table_new(path_columns, ARRAY_SIZE(path_columns), &table);

	if (r < 0)
		return session_trouble(p->session, "printing", r);
	for (size_t i = 0; !status && i < p->path_count; i++)
		status = verify_add_to_path(p, i, table);
	if (status || p->path_count == 0)
		return status;
	(void)fputc('\n', p->session->screen.out);
	return session_printed(
		p->session, table_print(table, &p->session->screen));
}

/* --- what was sent --- */

static const struct column sent_columns[] = {
	{"Sent", FIT_WHOLE, .right = true, .member = "number"},
	FACT_COLUMNS,
	{"Note", FIT_WRAP, 20, .below = true, .member = "note"},
};

static int verify_add_sent(
	const struct presented *p, size_t i, struct table *table)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *row = NULL;
	int r = 0;

	json_put_int(&w, "number", (int64_t)i + 1);
	if (p->certificates[i])
		verify_put_facts(&w, p->certificates[i]);
	json_put_string(&w, "note", presented_note_text(p->notes[i]));
	r = json_take(&w, &row);
	return r < 0 ? r : view_add(table, row);
}

/* Printed only if it shows more than the path. */
static enum exit_status verify_print_sent(const struct verify_printing *p)
{
	CLEANUP(table_free) struct table *table = NULL;
	int r = 0;

	if (p->path_count > 0 && !presented_has_notes(&p->presented))
		return EXIT_COMPLETE;
	r = table_new(sent_columns, ARRAY_SIZE(sent_columns), &table);
	for (size_t i = 0; r == 0 && i < p->presented.count; i++)
		r = verify_add_sent(&p->presented, i, table);
	if (r < 0)
		return session_trouble(p->session, "printing", r);
	(void)fputc('\n', p->session->screen.out);
	return session_printed(
		p->session, table_print(table, &p->session->screen));
}

/* --- all of it --- */

static void verify_read_path(struct verify_printing *p)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item,
		cJSON_GetObjectItemCaseSensitive(p->question->verdict, "path"))
	{
		const char *sha256 = cJSON_GetStringValue(item);

		if (sha256 && p->path_count < VERIFY_MAX_PATH)
			p->path[p->path_count++] = sha256;
	}
}

static enum exit_status verify_print(
	struct session *s, const struct verify_question *v)
{
	CLEANUP(verify_printing_done)
	struct verify_printing p = {.session = s, .question = v};
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	verify_read_path(&p);
	r = presented_new(&v->peer.chain, p.path, p.path_count, &p.presented);
	if (r == 0)
		r = verify_print_answer(&p);
	if (r < 0)
		return session_trouble(s, "printing", r);
	status = verify_print_path(&p);
	return status ? status : verify_print_sent(&p);
}

/* --- all of it --- */

static enum exit_status command_verify(struct session *s)
{
	CLEANUP(verify_question_done) struct verify_question v = {0};
	enum exit_status status = verify_read_arguments(s, &v);

	if (!status)
		status = verify_take_chain(s, &v);
	if (!status)
		status = verify_ask(s, &v);
	if (!status && !session_json(s))
		status = verify_print(s, &v);
	if (status)
		return status;
	return view_flag(v.verdict, "trusted") ? EXIT_COMPLETE : EXIT_PARTIAL;
}

const struct verb verify_verbs[] = {
	{210, "verify", "--chain FILE|--connect HOST[:PORT]", 0, 0,
		TAKES(HOST) | TAKES(CHAIN) | TAKES(CONNECT) | TAKES(STARTTLS) |
			TAKES(PURPOSE),
		command_verify,
		"ask whether a peer is trusted; if not, why and what helps"},
	{0},
};
