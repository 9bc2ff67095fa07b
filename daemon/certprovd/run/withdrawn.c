/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/withdrawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/x509/certificate.h"

/* Those that are gone, collected first: the store is changed afterwards. */
struct withdrawn_list {
	const struct withdrawn_run *run;
	uint8_t (*sha256)[SHA256_BYTES];
	size_t count;
	size_t room;
	size_t news; /* how many of them were not noted before */
};

static void withdrawn_list_done(struct withdrawn_list *l)
{
	free(l->sha256);
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

static int withdrawn_collect(void *userdata, const struct store_provisioned *p)
{
	struct withdrawn_list *l = userdata;

	if (!withdrawn_is_gone(l->run, p))
		return 0;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		uint8_t(*more)[SHA256_BYTES] =
			reallocarray(l->sha256, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->sha256 = more;
		l->room = room;
	}
	memcpy(l->sha256[l->count++], p->sha256, SHA256_BYTES);
	l->news += p->missing_run == 0;
	return 0;
}

/* --- one line of the report --- */

struct withdrawn_line {
	const struct withdrawn_run *run;
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
	const struct anchor *a = anchors_find(run->anchors, sha256);
	enum verdict why = VERDICT_MALFORMED;
	int r = a ? certificate_decode(a->der.data, a->der.len, &c, &why) : 0;

	return r < 0 || !c ? r : string_replace(ret, c->subject);
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
		.verdict = VERDICT_WITHDRAWN,
	};
	if (r == 0)
		r = withdrawn_find_subject(line->run, p->sha256, &o->subject);
	if (r < 0 || string_replace(&o->document, p->found_document) < 0 ||
		string_replace(&o->url, p->url) < 0 ||
		string_replace(&o->sha256, hex) < 0)
		return r < 0 ? r : -ENOMEM;
	return verdict_explain(VERDICT_WITHDRAWN,
		&(struct facts){
			.subject = o->subject, .sha256 = hex, .detail = when},
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
	const uint8_t sha256[SHA256_BYTES], struct decisions *told)
{
	CLEANUP(decision_done) struct decision d = {.setting = SETTING__END};
	struct withdrawn_line line = {.run = run, .decision = &d};
	int r = store_find_provisioned(
		run->store, sha256, withdrawn_fill, &line);

	if (r == 0)
		r = withdrawn_write_line(run, &d.outcome);
	return r < 0 ? r : decisions_add(told, &d);
}

/* --- all of them --- */

static int withdrawn_tell_all(
	const struct withdrawn_list *l, struct decisions *told)
{
	const struct store_line rest = {
		.kind = outcome_kind_name(OUTCOME_CERTIFICATE),
		.result = verdict_name(VERDICT_WITHDRAWN),
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count; i++)
		r = store_note_missing(
			l->run->store, l->sha256[i], l->run->id, l->run->now);
	for (size_t i = 0; r == 0 && i < l->count && i < WITHDRAWN_MAX_LINES;
		i++)
		r = withdrawn_tell(l->run, l->sha256[i], told);
	if (r == 0 && l->count > WITHDRAWN_MAX_LINES)
		r = store_run_omit(l->run->store, l->run->id, &rest,
			(int64_t)(l->count - WITHDRAWN_MAX_LINES));
	return r;
}

int withdrawn_write(const struct withdrawn_run *run, struct decisions *told,
	size_t *ret_news)
{
	CLEANUP(withdrawn_list_done) struct withdrawn_list l = {.run = run};
	int r = store_each_provisioned(run->store, withdrawn_collect, &l);

	/* What could not be kept may have been found. */
	if (r < 0 || run->findings->lost)
		return r;
	*ret_news = l.news;
	return withdrawn_tell_all(&l, told);
}
