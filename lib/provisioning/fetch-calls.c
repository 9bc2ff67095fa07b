/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-calls.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/provisioning/fetch-client.h"
#include "lib/provisioning/fetch-session.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink.h"

#define INTERFACE "io.certprov.fetch"

struct fetch_call {
	const char *name;
	unsigned allowed; /* bits of enum fetch_phase */
	unsigned max_per_run;
	/* Or a limit of the run, which is then the maximum. */
	unsigned (*max_by_limits)(const struct fetch_limits *limits);
	const char *limit;      /* what LimitExceeded calls it */
	fetch_handler *handler; /* NULL: MethodNotImplemented */
};

static unsigned fetch_certificates_of(const struct fetch_limits *limits)
{
	return limits->certificates;
}

/* Every element may be refused; a document that is cut adds one report. */
static unsigned fetch_elements_of(const struct fetch_limits *limits)
{
	return limits->certificates + limits->documents;
}

#define READING (FETCH_DOCUMENTS | FETCH_DOWNLOADING)

static const struct fetch_call calls[] = {
	{
		.name = "GetJob",
		.allowed = FETCH_STARTING,
		.max_per_run = 1,
		.limit = "jobs",
		.handler = fetch_on_get_job,
	},
	{
		.name = "ReportDocument",
		.allowed = FETCH_DOCUMENTS,
		.max_per_run = FETCH_MAX_DOCUMENT_REPORTS,
		.limit = "document-reports",
		.handler = fetch_on_report_document,
	},
	{
		/* type="base64" in FETCH_DOCUMENTS only */
		.name = "OfferCertificate",
		.allowed = READING,
		.max_by_limits = fetch_certificates_of,
		.limit = "certificates",
		.handler = fetch_on_offer_certificate,
	},
	{
		.name = "ReportElement",
		.allowed = READING,
		.max_by_limits = fetch_elements_of,
		.limit = "elements",
		.handler = fetch_on_report_element,
	},
	{
		.name = "OfferSetting",
		.allowed = FETCH_DOCUMENTS,
		.max_per_run = FETCH_MAX_SETTINGS,
		.limit = "settings",
		.handler = fetch_on_offer_setting,
	},
	{
		.name = "ReportPeer",
		.allowed = READING,
		.max_per_run = FETCH_MAX_PEERS,
		.limit = "peers",
		.handler = fetch_on_report_peer,
	},
	{
		.name = "ReportServer",
		.allowed = FETCH_DOCUMENTS,
		.max_per_run = FETCH_MAX_SERVERS,
		.limit = "servers",
		.handler = fetch_on_report_server,
	},
	{
		.name = "Sign",
		.allowed = READING,
		.max_per_run = FETCH_MAX_SIGNATURES,
		.limit = "signatures",
		.handler = fetch_on_sign,
	},
	{
		.name = "Progress",
		.allowed = READING,
		.max_by_limits = fetch_limits_progress,
		.limit = "progress",
		.handler = fetch_on_progress,
	},
	{
		.name = "GetTrust",
		.allowed = READING,
		.max_per_run = FETCH_MAX_TRUSTS,
		.limit = "trusts",
		.handler = fetch_on_get_trust,
	},
	{
		.name = "Finish",
		.allowed = READING,
		.max_per_run = 1,
		.limit = "finishes",
		.handler = fetch_on_finish,
	},
}; /* a fetcher can do nothing else */

_Static_assert(
	ARRAY_SIZE(calls) <= ARRAY_SIZE(((struct fetch_session *)0)->counts),
	"a counter for each row");

const char *fetch_phase_name(enum fetch_phase phase)
{
	switch (phase) {
	case FETCH_STARTING:
		return "starting";
	case FETCH_DOCUMENTS:
		return "documents";
	case FETCH_DOWNLOADING:
		return "downloads";
	case FETCH_FINISHED:
		return "finished";
	}
	assert(0 && "a phase without a name");
	return NULL;
}

static unsigned fetch_maximum_of(
	const struct fetch_session *s, const struct fetch_call *call)
{
	return call->max_by_limits ? call->max_by_limits(&s->config.job->limits)
				   : call->max_per_run;
}

bool fetch_session_row(
	const struct fetch_session *s, size_t i, struct fetch_call_row *ret)
{
	if (i >= ARRAY_SIZE(calls))
		return false;
	*ret = (struct fetch_call_row){
		.name = calls[i].name,
		.allowed = calls[i].allowed,
		.maximum = fetch_maximum_of(s, &calls[i]),
	};
	return true;
}

/* --- a session --- */

int fetch_session_new(
	const struct fetch_session_config *config, struct fetch_session **ret)
{
	CLEANUP(fetch_session_free)
	struct fetch_session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->config = *config;
	s->phase = FETCH_STARTING;
	r = candidates_new(&config->judge, &s->candidates);
	if (r < 0)
		return r;
	r = fetch_peers_new(&s->peers);
	if (r < 0)
		return r;
	r = duplicates_new(&s->duplicates);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct fetch_session *fetch_session_free(struct fetch_session *s)
{
	if (!s)
		return NULL;
	candidates_free(s->candidates);
	duplicates_free(s->duplicates);
	fetch_peers_free(s->peers);
	fetch_distrusted_done(&s->news);
	fetch_guard_done(s);
	fetch_first_done(&s->first);
	free(s->last_document.named);
	free(s->last_document.cleaned);
	free(s->validators);
	free(s);
	return NULL;
}

enum fetch_phase fetch_session_phase(const struct fetch_session *s)
{
	return s->phase;
}

bool fetch_session_violated(const struct fetch_session *s)
{
	return s->violated;
}

/* Those that the fetcher does not know, from its snapshot or from a reply. */
static int fetch_keep_news(struct fetch_session *s, const struct trust *from)
{
	const struct trust *known = candidates_trust(s->candidates);
	struct fetch_distrusted *news = &s->news;

	for (size_t i = 0; i < from->distrusted_count; i++) {
		const struct distrusted *d = &from->distrusted[i];
		struct distrusted *more = NULL;

		if (trust_lists_distrusted(known, d->kind, d->sha256))
			continue;
		if (news->count >= TRUST_MAX_DISTRUSTED)
			return -ENOSPC;
		more = realloc(
			news->entries, (news->count + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		news->entries = more;
		more[news->count++] = *d;
	}
	return 0;
}

int fetch_session_follow_distrust(
	struct fetch_session *s, const struct trust *from)
{
	int r = fetch_keep_news(s, from);

	if (r == 0)
		r = candidates_follow_distrust(s->candidates, from);
	if (r > 0)
		s->config.source_authenticated = false;
	return r < 0 ? r : 0;
}

const struct candidates *fetch_session_candidates(const struct fetch_session *s)
{
	return s->candidates;
}

int fetch_session_end(
	struct fetch_session *s, enum verdict verdict, const char *detail)
{
	CLEANUP(decisions_done) struct decisions pending = {0};
	int told, r;

	s->phase = FETCH_FINISHED;
	if (s->ended)
		return 0;
	s->ended = true;
	(void)fetch_tell_first(s);
	r = candidates_abandon(s->candidates, verdict, detail, &pending);
	/* What is decided is told, also when not all could be. */
	told = fetch_conclude(s, &pending, verdict);
	if (told == 0)
		told = fetch_guard_give_up(s);
	return r < 0 ? r : told;
}

const struct guard *fetch_session_servers(const struct fetch_session *s)
{
	return &s->servers;
}

/* --- replies --- */

void fetch_reply_done(struct fetch_reply *r)
{
	for (size_t i = 0; r->owns_fds && i < r->fd_count; i++)
		fd_close(r->fds[i]);
	json_free(r->parameters);
	*r = (struct fetch_reply){0};
}

/* Reply with the error, and refuse all that follows. Takes the parameters. */
static int fetch_refuse(struct fetch_session *s, const char *error,
	cJSON *parameters, const char *what, struct fetch_reply *reply)
{
	fetch_reply_done(reply);
	reply->error = error;
	reply->parameters = parameters;
	if (!s->violated) {
		s->violated = true;
		if (s->config.listener->violated)
			s->config.listener->violated(s->config.userdata, what);
	}
	s->phase = FETCH_FINISHED;
	return 0;
}

static int fetch_refuse_now(struct fetch_session *s,
	const struct fetch_call *call, struct fetch_reply *reply)
{
	CLEANUP(free) char *what = NULL;
	const char *phase = fetch_phase_name(s->phase);
	cJSON *parameters = NULL;

	if (string_format(&what, "%s in the phase %s", call->name, phase) < 0 ||
		json_wrap("phase", cJSON_CreateString(phase), &parameters) < 0)
		return -ENOMEM;
	return fetch_refuse(s, INTERFACE ".NotNow", parameters, what, reply);
}

static int fetch_refuse_limit(struct fetch_session *s, const char *limit,
	unsigned maximum, struct fetch_reply *reply)
{
	CLEANUP(free) char *what = NULL;
	cJSON *parameters = NULL;

	if (string_format(&what, "more than %u %s", maximum, limit) < 0 ||
		varlink_limit_encode(limit, maximum, &parameters) < 0)
		return -ENOMEM;
	return fetch_refuse(
		s, INTERFACE ".LimitExceeded", parameters, what, reply);
}

static int fetch_refuse_parameter(struct fetch_session *s,
	const struct fetch_call *call, const char *field,
	struct fetch_reply *reply)
{
	CLEANUP(free) char *what = NULL;
	cJSON *parameters = NULL;

	/* The field may be a text of the fetcher: it is not repeated here. */
	if (string_format(&what, "%s with a wrong parameter", call->name) < 0 ||
		json_wrap("parameter", cJSON_CreateString(field), &parameters) <
			0)
		return -ENOMEM;
	return fetch_refuse(
		s, VARLINK_INVALID_PARAMETER, parameters, what, reply);
}

static int fetch_name_method(const char *method, cJSON **ret)
{
	CLEANUP(free) char *name = NULL;
	int r = string_format(&name, INTERFACE ".%s", method);

	return r < 0 ? r : json_wrap("method", cJSON_CreateString(name), ret);
}

static int fetch_refuse_method(
	struct fetch_session *s, const char *method, struct fetch_reply *reply)
{
	cJSON *parameters = NULL;
	int r = fetch_name_method(method, &parameters);

	return r < 0 ? r
		     : fetch_refuse(s, VARLINK_METHOD_NOT_FOUND, parameters,
			       "an unknown call", reply);
}

/* No violation: the interface has this method. */
static int fetch_not_implemented(
	const struct fetch_call *call, struct fetch_reply *reply)
{
	reply->error = VARLINK_METHOD_NOT_IMPLEMENTED;
	return fetch_name_method(call->name, &reply->parameters);
}

/* --- dispatch --- */

static const struct fetch_call *fetch_call_find(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, method) == 0)
			return &calls[i];
	return NULL;
}

static int fetch_handle(struct fetch_session *s, const struct fetch_call *call,
	const cJSON *parameters, struct fetch_reply *reply)
{
	struct handling h = {.reply = reply};
	int r;

	if (!call->handler)
		return fetch_not_implemented(call, reply);
	r = call->handler(s, parameters, &h);
	if (r < 0)
		return r;
	switch ((enum handled)r) {
	case HANDLED:
		return 0;
	case HANDLED_NOT_NOW:
		return fetch_refuse_now(s, call, reply);
	case HANDLED_PARAMETER:
		return fetch_refuse_parameter(s, call, h.field, reply);
	case HANDLED_LIMIT:
		return fetch_refuse_limit(s, h.field, h.maximum, reply);
	}
	assert(0 && "a result without a meaning");
	return -EINVAL;
}

int fetch_session_call(struct fetch_session *s, const char *method,
	const cJSON *parameters, struct fetch_reply *ret)
{
	CLEANUP(fetch_reply_done) struct fetch_reply reply = {0};
	const struct fetch_call *call = fetch_call_find(method);
	unsigned maximum = 0;
	int r;

	if (s->failure < 0)
		return s->failure;
	if (!call) {
		r = fetch_refuse_method(s, method, &reply);
	} else if (!(call->allowed & (unsigned)s->phase)) {
		r = fetch_refuse_now(s, call, &reply);
	} else {
		maximum = fetch_maximum_of(s, call);
		r = s->counts[call - calls]++ >= maximum
			? fetch_refuse_limit(s, call->limit, maximum, &reply)
			: fetch_handle(s, call, parameters, &reply);
	}
	if (r < 0) {
		/* Half done: what was sent before this is answered has no
		 * effect, and is no violation. */
		s->phase = FETCH_FINISHED;
		s->failure = r;
		return r;
	}
	*ret = TAKE_OBJECT(reply);
	return 0;
}
