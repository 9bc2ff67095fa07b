/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each call of a fetcher does once the table permits it. Whoever wrote
 * the parameters is taken for hostile: every text is redacted, escaped and
 * bounded before the owner sees it, every claim is held against what a
 * fetcher can know.
 */
#include "lib/provisioning/fetch-session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-claims.h"
#include "lib/varlink/json-fields.h"

int fetch_wrong(struct handling *h, const char *field)
{
	h->field = field;
	return HANDLED_PARAMETER;
}

int fetch_undecoded(int r)
{
	return r == -EINVAL ? HANDLED_PARAMETER : r;
}

int fetch_clean(const char *text, size_t max_bytes, char **ret)
{
	CLEANUP(free) char *redacted = NULL;
	int r;

	if (!text) {
		*ret = NULL;
		return 0;
	}
	r = url_redact(text, &redacted);
	if (r < 0)
		return r;
	return text_escape(redacted, strlen(redacted), max_bytes, ret);
}

void fetch_cleaned_done(struct fetch_cleaned *c)
{
	free(c->document);
	free(c->url);
	free(c->reason);
	free(c->name);
}
int fetch_tell(struct fetch_session *s, const struct outcome *outcome)
{
	return s->config.owner->decided(s->config.userdata, outcome);
}

int fetch_tell_line(struct fetch_session *s, const struct fetch_line *l)
{
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = l->kind,
		.line = l->line > 0 ? l->line : 0,
		.accepted = verdict_is_positive(l->verdict),
	};
	int r;

	if (string_replace(&o.document, l->document) < 0 ||
		string_replace(&o.url, l->url) < 0 ||
		string_replace(&o.name, l->name) < 0 ||
		string_replace(&o.sha256, l->sha256) < 0 ||
		string_replace(&o.subject, l->subject) < 0 ||
		string_replace(&o.result, verdict_name(l->verdict)) < 0)
		return -ENOMEM;
	r = verdict_explain(l->verdict, &l->facts, &o.reason, &o.remedy);
	return r < 0 ? r : fetch_tell(s, &o);
}

/* --- GetJob --- */

static int fetch_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int fetch_index_validators(struct fetch_session *s)
{
	const struct fetch_pairs *v = &s->job->validators;

	s->validators = calloc(v->count + 1, sizeof(*s->validators));
	if (!s->validators)
		return -ENOMEM;
	for (size_t i = 0; i < v->count; i++)
		s->validators[i] = v->pairs[i].name;
	qsort(s->validators, v->count, sizeof(*s->validators),
		fetch_compare_names);
	return 0;
}

bool fetch_was_validated(const struct fetch_session *s, const char *digest)
{
	return bsearch(&digest, s->validators, s->job->validators.count,
		       sizeof(*s->validators), fetch_compare_names) != NULL;
}

int fetch_on_get_job(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	int r;

	r = json_fields_decode(NULL, 0, parameters, NULL, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	r = s->config.owner->get_job(s->config.userdata, &s->job, h->reply->fds,
		&h->reply->fd_count);
	if (r < 0)
		return r;
	r = fetch_index_validators(s);
	if (r < 0)
		return r;
	s->phase = FETCH_DOCUMENTS;
	return fetch_job_encode(s->job, &h->reply->parameters);
}

/* --- ReportDocument --- */

/* Where it failed, or else who links it. */
static int fetch_tell_document(struct fetch_session *s,
	const struct fetch_document *d, const char *linked_from)
{
	bool inside = d->line > 0 || !linked_from;
	CLEANUP(free) char *detail = NULL;
	struct fetch_line l = {
		.kind = OUTCOME_DOCUMENT,
		.document = inside ? d->url : linked_from,
		.line = inside ? d->line : d->linked_line,
		.url = d->url,
		.verdict = d->result,
		.facts = {.url = d->url, .detail = d->reason},
	};

	if (d->reason && d->column > 0) {
		if (string_format(&detail, "%s (column %lld)", d->reason,
			    (long long)d->column) < 0)
			return -ENOMEM;
		l.facts.detail = detail;
	}
	return fetch_tell_line(s, &l);
}

int fetch_on_report_document(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	struct fetch_document d = {0};
	int r;

	r = fetch_document_decode(parameters, &d, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	if (!fetch_may_claim(FETCH_CLAIM_DOCUMENT, d.result))
		return fetch_wrong(h, "result");
	/* They are added up: nobody reads more than that of one document. */
	if (d.bytes > (int64_t)s->config.limits.document_bytes)
		return fetch_wrong(h, "bytes");
	if (d.result == VERDICT_PROCESSED &&
		s->processed++ >= s->config.limits.documents) {
		h->field = "documents";
		h->maximum = s->config.limits.documents;
		return HANDLED_LIMIT;
	}
	if (fetch_clean(d.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(d.linked_from, FETCH_MAX_URL_BYTES, &c.document) <
			0 ||
		fetch_clean(d.reason, FETCH_MAX_REASON_BYTES, &c.reason) < 0)
		return -ENOMEM;
	d.authenticated = d.authenticated && s->config.source_authenticated;
	d.url = c.url;
	d.linked_from = c.document;
	d.reason = c.reason;
	r = fetch_tell_document(s, &d, d.linked_from);
	return r < 0 ? r : s->config.owner->document(s->config.userdata, &d);
}

/* --- OfferSetting --- */

/*
 * What may turn verification off is worth an anchor. With pins, nothing a
 * stranger says may do that either.
 */
static bool fetch_may_change_trust(
	const struct bootstrap_policy *policy, bool authenticated)
{
	switch (policy->mode) {
	case BOOTSTRAP_OPEN:
		return true;
	case BOOTSTRAP_UNTIL_AUTHENTICATED:
		return authenticated || !policy->was_authenticated;
	case BOOTSTRAP_PINNED:
		return authenticated;
	}
	return false;
}

static int fetch_tell_setting(struct fetch_session *s,
	const struct fetch_setting *f, const struct setting_result_info *info)
{
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = OUTCOME_SETTING,
		.line = f->line,
		.accepted = info->good,
	};

	if (string_replace(&o.document, f->document) < 0 ||
		string_replace(&o.name, f->name) < 0 ||
		string_replace(&o.result, info->name) < 0 ||
		string_replace(&o.reason, info->sentence) < 0 ||
		string_replace(&o.remedy, info->remedy) < 0)
		return -ENOMEM;
	return fetch_tell(s, &o);
}

static int fetch_answer_setting(
	const struct setting_result_info *info, struct handling *h)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_bool(&w, "good", info->good);
	json_put_string(&w, "result", info->name);
	return json_take(&w, &h->reply->parameters);
}

/* Judge it, make it durable, tell it. The value goes no further than that:
 * it may be a URL with credentials. */
static int fetch_take_setting(struct fetch_session *s, struct fetch_setting *f,
	const struct fetch_cleaned *c, struct handling *h)
{
	struct setting_offer offer = {
		.name = f->name,
		.value = f->value,
		.permission = f->permission,
		.action = f->action,
		.indexed = f->index >= 0,
		.may_trust = fetch_may_change_trust(
			s->config.judge.bootstrap, f->authenticated),
	};
	enum setting_id id = SETTING__END;
	enum setting_result result = SETTING_UNKNOWN;
	int r;

	r = settings_offer(s->config.settings,
		&s->config.judge.trust->policy.firmware, &offer, &result);
	if (r < 0)
		return r;
	r = setting_find(f->name, &id);
	f->document = c->document;
	f->name = c->name;
	if (r == 0 && result == SETTING_APPLIED) {
		r = s->config.owner->applied(s->config.userdata, id, f);
		if (r < 0)
			return r;
	}
	r = fetch_tell_setting(s, f, setting_result_get(result));
	return r < 0 ? r : fetch_answer_setting(setting_result_get(result), h);
}

int fetch_on_offer_setting(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	struct fetch_setting f = {0};
	int r;

	r = fetch_setting_decode(parameters, &f, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	f.authenticated = f.authenticated && s->config.source_authenticated;
	if (fetch_clean(f.document, FETCH_MAX_URL_BYTES, &c.document) < 0 ||
		fetch_clean(f.name, FETCH_MAX_NAME_BYTES, &c.name) < 0)
		return -ENOMEM;
	return fetch_take_setting(s, &f, &c, h);
}

/* --- ReportPeer --- */

static int fetch_tell_peer(struct fetch_session *s, const struct fetch_peer *p)
{
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	enum verdict why = VERDICT__END;
	struct fetch_line l = {
		.kind = OUTCOME_PEER,
		.name = p->host,
		.verdict = p->result,
		.facts = {.host = p->host},
	};
	int r;

	r = certificate_decode(p->chain[0].data, p->chain[0].len, &leaf, &why);
	if (r < 0)
		return r;
	if (leaf) {
		l.sha256 = leaf->sha256_hex;
		l.subject = leaf->subject;
		l.facts.sha256 = leaf->sha256_hex;
		l.facts.subject = leaf->subject;
	}
	return fetch_tell_line(s, &l);
}

int fetch_on_report_peer(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_peer_done) struct fetch_peer p = {0};
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	int r;

	r = fetch_peer_decode(parameters, &p, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	if (!fetch_may_claim(FETCH_CLAIM_PEER, p.result))
		return fetch_wrong(h, "result");
	if (fetch_clean(p.host, FETCH_MAX_NAME_BYTES, &c.name) < 0)
		return -ENOMEM;
	p.host = c.name;
	r = fetch_tell_peer(s, &p);
	return r < 0 ? r : s->config.owner->rejected(s->config.userdata, &p);
}

/* --- Progress, Finish --- */

int fetch_on_progress(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	struct fetch_progress p = {0};
	int r;

	r = fetch_progress_decode(parameters, &p, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	if (p.stage == FETCH_STAGE_DOCUMENTS && s->phase == FETCH_DOWNLOADING)
		return HANDLED_NOT_NOW;
	if (p.stage == FETCH_STAGE_DOWNLOADS)
		s->phase = FETCH_DOWNLOADING;
	if (p.total < p.done)
		p.total = p.done;
	r = s->config.owner->progress(s->config.userdata, &p);
	if (r < 0 || s->news.count == 0)
		return r;
	h->reply->parameters = fetch_distrusted_encode(&s->news);
	if (!h->reply->parameters)
		return -ENOMEM;
	fetch_distrusted_done(&s->news);
	return 0;
}

int fetch_on_finish(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	struct fetch_finish f = {0};
	int r;

	r = fetch_finish_decode(parameters, &f, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	s->phase = FETCH_FINISHED;
	s->ended = true;
	r = candidates_finish(s->candidates);
	if (r < 0)
		return r;
	r = duplicates_finish(s->duplicates, VERDICT_NOT_ATTEMPTED);
	if (r < 0)
		return r;
	return s->config.owner->finished(s->config.userdata, f.result);
}
