/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/withdrawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/run/commit-batch.h"
#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/x509/certificate.h"

struct withdrawn_certificate {
	uint8_t sha256[SHA256_BYTES];
	enum verdict fate; /* WITHDRAWN, REMOVED or WOULD_LOCK_OUT */
	const char *host;  /* of WOULD_LOCK_OUT; borrowed */
	bool news;         /* not noted before */
};

/* Those that are gone, collected first: the store is changed afterwards. */
struct withdrawn_list {
	const struct withdrawn_run *run;
	struct withdrawn_certificate *items;
	size_t count;
	size_t room;
};

static void withdrawn_list_done(struct withdrawn_list *l)
{
	free(l->items);
}
DEFINE_CLEANUP_EMBEDDED(struct withdrawn_list, withdrawn_list_done);

/* --- what is gone --- */

/* This run read what the certificate was last found by, or from. Of one that
 * was brought before sources were kept, its document has to be read. */
static bool withdrawn_was_looked_for(
	const struct withdrawn_run *run, const struct store_provisioned *p)
{
	if (p->authenticated && !run->authenticated)
		return false;
	return p->has_source
		? memcmp(p->source, run->source, SHA256_BYTES) == 0
		: findings_have(run->findings, FINDING_DOCUMENT, p->document);
}

/* Something was there that could not be read: it may be this one. */
static bool withdrawn_may_be_there(
	const struct withdrawn_run *run, const struct store_provisioned *p)
{
	struct findings *f = run->findings;

	if (findings_have(f, FINDING_UNREAD_DOCUMENT, p->document) ||
		findings_have(f, FINDING_UNREAD_DOCUMENT, p->found_document))
		return true;
	return p->url
		? findings_have(f, FINDING_UNREAD_URL, p->url)
		: findings_have(f, FINDING_UNREAD_ELEMENT, p->found_document);
}

static bool withdrawn_is_gone(
	const struct withdrawn_run *run, const struct store_provisioned *p)
{
	char hex[SHA256_HEX_SIZE];

	hex_format(p->sha256, SHA256_BYTES, hex);
	return !findings_have(run->findings, FINDING_CERTIFICATE, hex) &&
		withdrawn_was_looked_for(run, p) &&
		!withdrawn_may_be_there(run, p);
}

/* A copy of what is distrusted would no longer be recognised as one. */
static int withdrawn_is_distrusted(
	const struct withdrawn_run *run, const uint8_t *sha256, bool *ret)
{
	const struct anchor *a = NULL;
	const struct certificate *c = NULL;
	struct bytes der;
	int r = anchors_look_up(run->trust->anchors, sha256, NULL, &a);

	*ret = false;
	if (r < 0 || !a)
		return r;
	r = anchor_decode(a, &c);
	if (r < 0)
		return r;
	der = anchor_der(a);
	return trust_distrusts(run->trust, &der, c, ret);
}

/* Whether this run may remove it, if nobody needs it. */
static int withdrawn_may_go(const struct withdrawn_run *run,
	const struct store_provisioned *p, bool *ret)
{
	size_t exceptions = 0;
	bool distrusted = false;
	int r = 0;

	(void)trust_exceptions_of(run->trust, p->sha256, &exceptions);
	*ret = false;
	if (!run->remove || !run->authenticated || !p->has_source ||
		exceptions > 0)
		return 0;
	r = withdrawn_is_distrusted(run, p->sha256, &distrusted);
	*ret = r == 0 && !distrusted;
	return r;
}

static int withdrawn_make_room(struct withdrawn_list *l)
{
	size_t room = l->room ? 2 * l->room : 16;
	struct withdrawn_certificate *more = NULL;

	if (l->count < l->room)
		return 0;
	more = reallocarray(l->items, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	l->items = more;
	l->room = room;
	return 0;
}

static int withdrawn_collect(void *userdata, const struct store_provisioned *p)
{
	struct withdrawn_list *l = userdata;
	struct withdrawn_certificate *c = NULL;
	bool goes = false;
	int r = 0;

	if (!withdrawn_is_gone(l->run, p))
		return 0;
	r = withdrawn_may_go(l->run, p, &goes);
	if (r == 0)
		r = withdrawn_make_room(l);
	if (r < 0)
		return r;
	c = &l->items[l->count++];
	*c = (struct withdrawn_certificate){
		.fate = goes ? VERDICT_REMOVED : VERDICT_WITHDRAWN,
		.news = p->missing_run == 0,
	};
	memcpy(c->sha256, p->sha256, SHA256_BYTES);
	return 0;
}

/* --- what the provisioning server needs --- */

/* What would be trusted without those that go. */
static int withdrawn_try(const struct withdrawn_list *l, struct trust **ret)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	int r = trust_copy(l->run->trust, &t);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].fate == VERDICT_REMOVED)
			(void)anchors_remove(
				t->anchors, l->items[i].sha256, ANCHOR_SERVERS);
	*ret = TAKE_PTR(t);
	return 0;
}

static bool withdrawn_is_on(
	const struct guard_path *path, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < path->count; i++)
		if (memcmp(path->sha256[i], sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

/* Those on the path stay; all, when there is no path. */
static void withdrawn_keep(struct withdrawn_list *l,
	const struct guard_path *path, const char *host)
{
	for (size_t i = 0; i < l->count; i++) {
		struct withdrawn_certificate *c = &l->items[i];

		if (c->fate != VERDICT_REMOVED ||
			(path && !withdrawn_is_on(path, c->sha256)))
			continue;
		c->fate = VERDICT_WOULD_LOCK_OUT;
		c->host = host;
	}
}

static int withdrawn_locks_out(const struct withdrawn_list *l,
	const struct guard *g, struct guard_answer *ret)
{
	CLEANUP(trust_free) struct trust *after = NULL;
	int r = withdrawn_try(l, &after);

	return r < 0 ? r : guard_compare(g, l->run->trust, after, ret);
}

static int withdrawn_guard(struct withdrawn_list *l, const struct guard *g)
{
	CLEANUP(guard_answer_done)
	struct guard_answer first = {.locked_out = false};
	CLEANUP(guard_answer_done)
	struct guard_answer second = {.locked_out = false};
	struct guard_path path = {.count = 0};
	int r = g->count > 0 ? withdrawn_locks_out(l, g, &first) : 0;

	if (r < 0 || !first.locked_out)
		return r;
	r = guard_find_path(g, l->run->trust, &path);
	if (r < 0)
		return r;
	withdrawn_keep(l, &path, g->servers[0].host);
	r = withdrawn_locks_out(l, g, &second);
	if (r == 0 && second.locked_out)
		withdrawn_keep(l, NULL, g->servers[0].host);
	return r;
}

static int withdrawn_guard_all(struct withdrawn_list *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && l->run->remove && i < WITHDRAWN_GUARDS;
		i++)
		if (l->run->servers[i])
			r = withdrawn_guard(l, l->run->servers[i]);
	return r;
}

/* --- one line of the report --- */

struct withdrawn_line {
	const struct withdrawn_run *run;
	const struct withdrawn_certificate *certificate;
	struct decision *decision;
};

/* "run 3 found last on 2026-05-28T20:26:40Z" */
static int withdrawn_when(const struct store_provisioned *p, char **ret)
{
	char date[DATE_TEXT_SIZE];

	date_format(p->found_at, date);
	return p->found_run > 0
		? string_format(ret, "run %lld found last on %s",
			  (long long)p->found_run, date)
		: string_format(ret, "was last found on %s", date);
}

static int withdrawn_find_subject(const struct withdrawn_run *run,
	const uint8_t sha256[SHA256_BYTES], char **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	const struct anchor *a = anchors_find(run->trust->anchors, sha256);
	enum verdict why = VERDICT_MALFORMED;
	const char *subject = NULL;
	struct bytes der = a ? anchor_der(a) : (struct bytes){0};
	int r = a ? certificate_decode(der.data, der.len, &c, &why) : 0;

	if (r == 0 && c)
		r = certificate_find_subject(c, &subject);
	return r < 0 || !c ? r : string_replace(ret, subject);
}

static int withdrawn_fill(void *userdata, const struct store_provisioned *p)
{
	const struct withdrawn_line *line = userdata;
	struct outcome *o = &line->decision->outcome;
	CLEANUP(free) char *when = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = withdrawn_when(p, &when);

	hex_format(p->sha256, SHA256_BYTES, hex);
	*o = (struct outcome){
		.kind = OUTCOME_CERTIFICATE,
		.line = p->found_line,
		.accepted = true,
		.verdict = line->certificate->fate,
	};
	if (r == 0)
		r = withdrawn_find_subject(line->run, p->sha256, &o->subject);
	if (r < 0 || string_replace(&o->document, p->found_document) < 0 ||
		string_replace(&o->url, p->url) < 0 ||
		string_replace(&o->sha256, hex) < 0)
		return r < 0 ? r : -ENOMEM;
	return verdict_explain(o->verdict,
		&(struct facts){
			.subject = o->subject,
			.sha256 = hex,
			.detail = when,
			.host = line->certificate->host,
		},
		&o->reason, &o->remedy);
}

/* Without its fingerprint as the key of the line: that tells who found it. */
static int withdrawn_write_line(
	const struct withdrawn_run *run, const struct outcome *o)
{
	CLEANUP(json_free) cJSON *json = outcome_encode(o);
	CLEANUP(free) char *text = json ? cJSON_PrintUnformatted(json) : NULL;

	return text ? store_run_outcome(run->store, run->id,
			      &(struct store_line){
				      .kind = outcome_kind_name(o->kind),
				      .result = outcome_result_name(o),
				      .json = text,
			      })
		    : -ENOMEM;
}

static int withdrawn_tell(const struct withdrawn_run *run,
	const struct withdrawn_certificate *c, struct decisions *told)
{
	CLEANUP(decision_done) struct decision d = {.setting = SETTING__END};
	struct withdrawn_line line = {
		.run = run, .certificate = c, .decision = &d};
	int r = store_find_provisioned(
		run->store, c->sha256, withdrawn_fill, &line);

	if (r == 0 && run->id > 0)
		r = withdrawn_write_line(run, &d.outcome);
	return r < 0 ? r : decisions_add(told, &d);
}

/* Every one is in the report, by name or counted. */
static int withdrawn_count_rest(const struct withdrawn_list *l)
{
	int r = 0;

	for (size_t i = WITHDRAWN_MAX_LINES; r == 0 && i < l->count; i++)
		r = store_run_omit(l->run->store, l->run->id,
			&(struct store_line){
				.kind = outcome_kind_name(OUTCOME_CERTIFICATE),
				.result = verdict_name(l->items[i].fate),
			},
			1);
	return r;
}

static int withdrawn_tell_all(
	const struct withdrawn_list *l, struct decisions *told)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count && i < WITHDRAWN_MAX_LINES;
		i++)
		r = withdrawn_tell(l->run, &l->items[i], told);
	return r == 0 && l->run->id > 0 ? withdrawn_count_rest(l) : r;
}

/* --- what becomes of it --- */

static int withdrawn_remove(
	const struct withdrawn_run *run, const struct withdrawn_certificate *c)
{
	CLEANUP(free) char *subject = NULL;
	char hex[SHA256_HEX_SIZE];
	CLEANUP(free) char *who = NULL;
	bool removed = false;
	int r = withdrawn_find_subject(run, c->sha256, &subject);

	hex_format(c->sha256, SHA256_BYTES, hex);
	if (r == 0)
		r = commit_batch_who(run->id, run->asker, &who);
	if (r == 0)
		r = store_remove_certificate(run->store, c->sha256, &removed);
	if (r < 0 || !removed)
		return r;
	return store_add_change(run->store,
		&(struct store_change){
			.when = run->now,
			.who = who,
			.what = "certificate removed: no longer in the files",
			.sha256 = hex,
			.name = subject,
			.run = run->id,
		});
}

static int withdrawn_remove_all(
	const struct withdrawn_list *l, struct withdrawn_counts *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count; i++) {
		const struct withdrawn_certificate *c = &l->items[i];

		if (c->fate != VERDICT_REMOVED) {
			ret->news += c->news;
			continue;
		}
		r = withdrawn_remove(l->run, c);
		ret->removed++;
	}
	return r;
}

/* With where they were found last, which is told then. */
static int withdrawn_note_all(const struct withdrawn_list *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count; i++)
		r = store_note_missing(l->run->store, l->items[i].sha256,
			l->run->id, l->run->now);
	return r;
}

int withdrawn_write(const struct withdrawn_run *run, struct decisions *told,
	struct withdrawn_counts *ret)
{
	CLEANUP(withdrawn_list_done) struct withdrawn_list l = {.run = run};
	bool dry = run->id == 0;
	int r = store_each_provisioned(run->store, withdrawn_collect, &l);

	/* What could not be kept may have been found. */
	if (r < 0 || run->findings->lost)
		return r;
	r = withdrawn_guard_all(&l);
	if (r == 0 && !dry)
		r = withdrawn_note_all(&l);
	if (r == 0)
		r = withdrawn_tell_all(&l, told);
	return r < 0 || dry ? r : withdrawn_remove_all(&l, ret);
}
