/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each call of a fetcher does once the table permits it. Parameters are
 * taken for hostile: every text is redacted, escaped and bounded before the
 * listener sees it, and every claim is compared with what a fetcher can know.
 */
#include "lib/provisioning/fetch-session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-claims.h"
#include "lib/provisioning/fetch-identity.h"
#include "lib/provisioning/job-plan.h"
#include "lib/trust/snapshot.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/mistake.h"

/* --- GetJob --- */

int fetch_on_get_job(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	int r;

	r = json_fields_decode(NULL, 0, parameters, NULL, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	r = fetch_index_validators(s);
	if (r < 0)
		return r;
	memcpy(h->reply->fds, s->config.fds, sizeof(h->reply->fds));
	h->reply->fd_count = s->config.fd_count;
	s->phase = FETCH_DOCUMENTS;
	return fetch_job_encode(s->config.job, &h->reply->parameters);
}

/* --- ReportDocument --- */

/* The place where it failed, or else the link to it. */
static int fetch_tell_document(struct fetch_session *s,
	const struct fetch_document *d, enum verdict verdict)
{
	const char *linked_from = d->linked_from;
	bool inside = d->line > 0 || !linked_from;
	CLEANUP(fetch_server_words_done)
	struct fetch_server_words words = {.asked = NULL};
	CLEANUP(free) char *detail = NULL;
	CLEANUP(markup_facts_done) struct markup_facts texts = {0};
	struct fetch_line l = {
		.kind = OUTCOME_DOCUMENT,
		.document = inside ? d->url : linked_from,
		.line = inside ? d->line : d->linked_line,
		.url = d->url,
		.verdict = verdict,
		.facts = {.url = d->url,
			.detail = d->reason,
			.mistake = d->mistake},
	};

	if (d->reason && d->column > 0) {
		if (string_format(&detail, "%s (column %lld)", d->reason,
			    (long long)d->column) < 0)
			return -ENOMEM;
		l.facts.detail = detail;
	}
	if (markup_put_facts(d->result, &d->markup, &texts, &l.facts) < 0)
		return -ENOMEM;
	if (fetch_put_server(s, &d->server, &l, &words) < 0)
		return -ENOMEM;
	return fetch_tell_line(s, &l);
}

/* The field that cannot be as it is, or NULL. */
static const char *fetch_document_fault(
	const struct fetch_session *s, const struct fetch_document *d)
{
	if (!fetch_may_claim(FETCH_CLAIM_DOCUMENT, d->result))
		return "result";
	if (!fetch_server_is_plausible(&d->server, d->result))
		return "cause";
	if (!fetch_client_is_plausible(
		    d->server.client, s->config.job->identity_count > 0))
		return "clientCertificate";
	if (d->markup.meant && !markup_words(d->markup.meant))
		return "meant";
	if (d->mistake && !mistake_find(d->mistake))
		return "mistake";
	/* They are added up, and a fetcher reads no more of one document. */
	if (d->bytes > (int64_t)s->config.job->limits.document_bytes)
		return "bytes";
	return NULL;
}

/* --- the files that the phone asks for by itself --- */

void fetch_first_done(struct fetch_first *f)
{
	free(f->url);
	free(f->reason);
	free(f->asked);
	*f = (struct fetch_first){.missing = f->missing, .there = f->there};
}

/* The first that is not there: what it is depends on the others. */
static int fetch_hold_first(
	struct fetch_session *s, const struct fetch_document *d)
{
	struct fetch_first *f = &s->first;
	int r = string_replace(&f->url, d->url);

	if (r == 0)
		r = string_replace(&f->reason, d->reason);
	if (r == 0)
		r = string_replace(&f->asked, d->server.asked);
	if (r < 0)
		return r;
	f->document = *d;
	f->document.url = f->url;
	f->document.reason = f->reason;
	f->document.server.asked = f->asked;
	return 0;
}

int fetch_tell_first(struct fetch_session *s)
{
	struct fetch_first *f = &s->first;
	bool none = f->missing == s->config.job->url_count;
	CLEANUP(free) char *detail = NULL;
	int r = 0;

	if (!f->url)
		return 0;
	/* Without memory the sentence only says less. */
	if (none &&
		string_format(&detail,
			"%s; nor has it any other file that the phone asks for "
			"by itself",
			f->reason ? f->reason : "it is not there") == 0)
		f->document.reason = detail;
	r = fetch_tell_document(s, &f->document,
		none ? f->document.result : VERDICT_OPTIONAL_ABSENT);
	fetch_first_done(f);
	return r;
}

/*
 * What a server need not have is told as a failure only when it has none of
 * the files that the phone asks for by itself, and then of the first, which is
 * the one that somebody named.
 */
static int fetch_take_document(
	struct fetch_session *s, const struct fetch_document *d)
{
	const size_t count = s->config.job->url_count;
	struct fetch_first *f = &s->first;
	int r = 0;

	if (!fetch_document_is_missing_first(d, count)) {
		f->there = f->there || !d->linked_from;
		r = fetch_tell_first(s);
		return r < 0 ? r : fetch_tell_document(s, d, d->result);
	}
	if (++f->missing == 1 && !f->there)
		return fetch_hold_first(s, d);
	if (f->missing == count)
		r = fetch_tell_first(s);
	return r < 0 ? r : fetch_tell_document(s, d, VERDICT_OPTIONAL_ABSENT);
}

int fetch_on_report_document(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	struct fetch_document d = {0};
	const char *fault;
	int r;

	r = fetch_document_decode(parameters, &d, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	fault = fetch_document_fault(s, &d);
	if (fault)
		return fetch_wrong(h, fault);
	if (d.result == VERDICT_PROCESSED &&
		s->processed++ >= s->config.job->limits.documents) {
		h->field = "documents";
		h->maximum = s->config.job->limits.documents;
		return HANDLED_LIMIT;
	}
	if (fetch_clean(d.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(d.linked_from, FETCH_MAX_URL_BYTES, &c.document) <
			0 ||
		fetch_clean(d.reason, FETCH_MAX_REASON_BYTES, &c.reason) < 0 ||
		fetch_clean(d.server.asked, FETCH_MAX_URL_BYTES, &c.asked) < 0)
		return -ENOMEM;
	d.authenticated = d.authenticated && s->config.source_authenticated;
	d.url = c.url;
	d.linked_from = c.document;
	d.server.asked = c.asked;
	d.reason = c.reason;
	r = fetch_take_document(s, &d);
	if (r == 0 && s->config.listener->document)
		r = s->config.listener->document(s->config.userdata, &d);
	return r;
}

/* --- OfferSetting --- */

/* What this run may fetch once this setting was offered. */
static enum fetch_scope fetch_scope_after(
	struct fetch_session *s, enum setting_id id, bool good)
{
	if (id == SETTING_UPDATE_POLICY && good)
		s->update_policy_said = true;
	return job_find_scope(s->config.settings,
		&s->config.judge.trust->policy.firmware, s->update_policy_said);
}

static int fetch_answer_setting(struct fetch_session *s, enum setting_id id,
	enum setting_result result, struct handling *h)
{
	const struct setting_result_info *info = setting_result_get(result);

	h->reply->parameters =
		fetch_setting_answer_encode(&(struct fetch_setting_answer){
			.good = info->good,
			.result = info->name,
			.scope = fetch_scope_after(s, id, info->good),
		});
	return h->reply->parameters ? 0 : -ENOMEM;
}

/* What was held of the same name is decided by this one. */
static int fetch_supersede_setting(
	struct fetch_session *s, enum setting_id id, enum setting_result result)
{
	return id != SETTING__END &&
			(setting_result_get(result)->good ||
				result == SETTING_WOULD_LOCK_OUT)
		? fetch_guard_supersede(s, id)
		: 0;
}

/* Judge it and tell the decision. */
static int fetch_take_setting(struct fetch_session *s, struct fetch_setting *f,
	const struct fetch_cleaned *c, struct handling *h)
{
	CLEANUP(identity_setting_done) struct identity_setting own = {0};
	CLEANUP(guard_answer_done)
	struct guard_answer answer = {.locked_out = false};
	struct fetch_setting_told told = {
		.id = SETTING__END,
		.result = SETTING_UNKNOWN,
		.guard = &answer,
		.own = &own,
	};
	CLEANUP(free) char *former = NULL;
	int r = 0;

	if (!f->misplaced && setting_find(f->name, &told.id) == 0)
		r = string_replace(
			&former, s->config.settings->values[told.id].value);
	if (r == 0)
		r = fetch_identity_take(f, told.id, &own);
	if (r == 0)
		r = fetch_guard_offer(s, f, &told.result, &answer);
	if (r < 0)
		return r;
	told.former = former;
	/* Nobody is told what it was. */
	if (told.id == SETTING_WEBSERVER_CERT)
		f->value = own.value;
	f->document = c->document;
	f->name = c->name;
	r = fetch_supersede_setting(s, told.id, told.result);
	if (r == 0)
		r = told.result == SETTING_WOULD_LOCK_OUT
			? fetch_guard_hold(s, told.id, f, &answer)
			: fetch_tell_setting(s, f, &told);
	return r < 0 ? r : fetch_answer_setting(s, told.id, told.result, h);
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
	if (fetch_clean_document(s, f.document, &c.document) < 0 ||
		fetch_clean(f.name, FETCH_MAX_NAME_BYTES, &c.name) < 0 ||
		fetch_clean(f.misplaced, FETCH_MAX_REASON_BYTES, &c.reason) < 0)
		return -ENOMEM;
	f.misplaced = c.reason;
	return fetch_take_setting(s, &f, &c, h);
}

/* --- ReportPeer --- */

/* What the daemon makes of the chain. */
static int fetch_judge_peer(struct fetch_session *s, const struct fetch_peer *p,
	const struct fetch_peer_words **ret)
{
	const char *asked = p->asked ? p->asked : p->url;
	const struct fetch_peers_question question = {
		.trust = candidates_trust(s->candidates),
		.peer = p,
		.asked = asked,
		.now = s->config.judge.now,
		.unrecorded = s->config.unrecorded,
	};
	uint8_t sha256[SHA256_BYTES] = {0};
	char hex[SHA256_HEX_SIZE];

	if (p->url &&
		(url_digest(p->url, hex) < 0 ||
			hex_parse(hex, sha256, SHA256_BYTES) < 0))
		return -EIO;
	return fetch_peers_add(s->peers, &question, sha256, ret);
}

static int fetch_tell_peer(struct fetch_session *s, const struct fetch_peer *p)
{
	const struct fetch_peer_words *words = NULL;
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	enum verdict why = VERDICT__END;
	struct fetch_line l = {
		.kind = OUTCOME_PEER,
		.document = p->document,
		.line = p->line,
		.url = p->url,
		.name = p->host,
		.verdict = p->result,
		.facts = {.host = p->host},
	};
	int r = certificate_decode(
		p->chain.items[0].data, p->chain.items[0].len, &leaf, &why);

	if (r == 0)
		r = fetch_judge_peer(s, p, &words);
	if (r < 0 || !words)
		return r;
	if (leaf) {
		l.sha256 = leaf->sha256_hex;
		l.subject = certificate_subject(leaf);
		l.facts.sha256 = leaf->sha256_hex;
		l.facts.subject = certificate_subject(leaf);
	}
	l.reason = words->reason;
	l.remedy = words->remedy;
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
	if (fetch_clean(p.host, FETCH_MAX_NAME_BYTES, &c.name) < 0 ||
		fetch_clean_document(s, p.document, &c.document) < 0 ||
		fetch_clean(p.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(p.asked, FETCH_MAX_URL_BYTES, &c.asked) < 0)
		return -ENOMEM;
	p.host = c.name;
	p.document = c.document;
	p.url = c.url;
	p.asked = c.asked;
	r = fetch_tell_peer(s, &p);
	return r < 0 ? r : fetch_tell_rejected(s, &p);
}

/* --- GetTrust --- */

int fetch_on_get_trust(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(bytes_done) struct bytes snapshot = {0};
	int r = json_fields_decode(NULL, 0, parameters, NULL, &h->field);

	if (r < 0)
		return fetch_undecoded(r);
	r = snapshot_encode(candidates_trust(s->candidates), &snapshot);
	if (r == 0)
		r = snapshot_seal(&snapshot, &h->reply->fds[0]);
	if (r < 0)
		return r;
	h->reply->fd_count = 1;
	h->reply->owns_fds = true;
	return HANDLED;
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
	if (s->config.listener->progress)
		r = s->config.listener->progress(s->config.userdata, &p);
	if (r < 0 || s->news.count == 0)
		return r;
	h->reply->parameters = fetch_distrusted_encode(&s->news);
	if (!h->reply->parameters)
		return -ENOMEM;
	fetch_distrusted_done(&s->news);
	return 0;
}

/* Not one of their names or values is kept. */
static int fetch_tell_others(struct fetch_session *s, int64_t count)
{
	CLEANUP(decision_done) struct decision d = {.setting = SETTING__END};
	char number[24];
	const struct facts facts = {.detail = number};

	if (count <= 0)
		return 0;
	(void)snprintf(number, sizeof(number), "%lld", (long long)count);
	d.outcome.kind = OUTCOME_SETTING;
	d.outcome.setting = SETTING_OTHERS;
	d.outcome.accepted = true;
	if (verdict_fill(setting_result_get(SETTING_OTHERS)->sentence, &facts,
		    &d.outcome.reason) < 0)
		return -ENOMEM;
	return fetch_tell(s, &d);
}

int fetch_on_finish(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(decisions_done) struct decisions pending = {0};
	struct fetch_finish f = {0};
	int told, r;

	r = fetch_finish_decode(parameters, &f, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	s->phase = FETCH_FINISHED;
	s->ended = true;
	r = fetch_tell_others(s, f.others);
	if (r < 0)
		return r;
	r = fetch_tell_first(s);
	if (r < 0)
		return r;
	r = candidates_finish(s->candidates, &pending);
	/* What is decided is told, also when not all could be. */
	told = fetch_conclude(s, &pending, VERDICT_NOT_ATTEMPTED);
	if (told == 0)
		told = fetch_guard_settle(s);
	r = r < 0 ? r : told;
	if (r == 0 && s->config.listener->finished)
		r = s->config.listener->finished(s->config.userdata, f.result);
	return r;
}
