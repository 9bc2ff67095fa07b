/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/queue.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url-fault.h"

struct queue {
	struct fetch_limits limits;
	char *mac;
	char *phone_type;
	struct queue_document **documents;
	size_t document_count;
	size_t document_room;
	size_t taken;
	struct queue_certificate **certificates;
	size_t certificate_count;
	size_t certificate_room;
	unsigned offers; /* certificates of both kinds */
	/* Trees of the urls above, so that no input makes this quadratic. */
	void *seen_documents;
	void *seen_certificates;
};

void queue_answer_done(struct queue_answer *a)
{
	free(a->shown);
	*a = (struct queue_answer){0};
}

static int queue_compare_urls(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void queue_keep(void *key)
{
	(void)key; /* the entries own the urls */
}

int queue_new(const struct fetch_limits *limits,
	const struct url_variables *variables, struct queue **ret)
{
	CLEANUP(queue_free) struct queue *q = calloc(1, sizeof(*q));
	int r = 0;

	if (!q)
		return -ENOMEM;
	q->limits = *limits;
	r = string_replace(&q->mac, variables->mac);
	if (r == 0)
		r = string_replace(&q->phone_type, variables->phone_type);
	if (r == 0)
		*ret = TAKE_PTR(q);
	return r;
}

static struct queue_document *queue_document_done(struct queue_document *d)
{
	if (!d)
		return NULL;
	free(d->url);
	free(d->shown);
	free(d->unknown);
	free(d->linked_from);
	free(d);
	return NULL;
}
DEFINE_CLEANUP(struct queue_document, queue_document_done);

static struct queue_certificate *queue_certificate_done(
	struct queue_certificate *c)
{
	if (!c)
		return NULL;
	free(c->url);
	free(c->shown);
	free(c->unknown);
	free(c->document);
	free(c->sha256);
	free(c);
	return NULL;
}
DEFINE_CLEANUP(struct queue_certificate, queue_certificate_done);

struct queue *queue_free(struct queue *q)
{
	if (!q)
		return NULL;
	tdestroy(q->seen_documents, queue_keep);
	tdestroy(q->seen_certificates, queue_keep);
	for (size_t i = 0; i < q->document_count; i++)
		(void)queue_document_done(q->documents[i]);
	for (size_t i = 0; i < q->certificate_count; i++)
		(void)queue_certificate_done(q->certificates[i]);
	free(q->documents);
	free(q->certificates);
	free(q->mac);
	free(q->phone_type);
	free(q);
	return NULL;
}

/* --- references --- */

static void queue_answer(
	struct queue_answer *ret, enum verdict verdict, const char *detail)
{
	ret->verdict = verdict;
	(void)snprintf(ret->detail, sizeof(ret->detail), "%s", detail);
}

/* Which limit, its value, and the key that raises it. */
static void queue_refuse_limit(struct queue_answer *ret, unsigned value,
	const char *what, const char *key)
{
	ret->verdict = VERDICT_LIMIT_EXCEEDED;
	(void)snprintf(ret->detail, sizeof(ret->detail),
		"more than %u %s; %s= of certprovd.conf raises this limit",
		value, what, key);
}

/* A reference made absolute and canonical. */
struct target {
	char *url;
	char *shown;
	char *unknown;
};

static void queue_target_done(struct target *t)
{
	free(t->url);
	free(t->shown);
	free(t->unknown);
	*t = (struct target){0};
}
DEFINE_CLEANUP_EMBEDDED(struct target, queue_target_done);

/* The reference as it was parsed, with its variables filled in. */
static void queue_answer_fault(struct queue_answer *ret, int error,
	const char *base, const char *reference)
{
	char fault[URL_FAULT_SIZE];

	ret->verdict = VERDICT_URL_NOT_SUPPORTED;
	if (error == -E2BIG) {
		queue_answer(ret, ret->verdict, "it is too long");
		return;
	}
	url_fault(reference, fault);
	if (strchr(reference, ':'))
		queue_answer(ret, ret->verdict, fault);
	else
		queue_answer(ret, ret->verdict,
			base ? "it is neither a URL nor relative to one"
			     : "it does not begin with http:// or https://, and "
			       "the document has no URL that it could be "
			       "relative to");
}

static int queue_parse(const char *base, const char *reference, struct url *ret)
{
	CLEANUP(url_done) struct url from = {0};
	int r = 0;

	if (!base)
		return url_parse(reference, ret);
	r = url_parse(base, &from);
	return r < 0 ? r : url_resolve(&from, reference, ret);
}

/* 0 and t->url set, or 0 and the answer is no; -ENOMEM. */
static int queue_make_target(const struct queue *q, const char *base,
	const char *reference, struct target *t, struct queue_answer *ret)
{
	const struct url_variables variables = {
		.mac = q->mac, .phone_type = q->phone_type};
	CLEANUP(url_done) struct url url = {0};
	CLEANUP(free) char *expanded = NULL;
	int r = url_expand(reference, &variables, &expanded, &t->unknown);

	if (r == 0)
		r = queue_parse(base, expanded, &url);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		queue_answer_fault(
			ret, r, base, expanded ? expanded : reference);
		return url_redact_userinfo(reference, &t->shown);
	}
	r = url_format(&url, &t->url);
	return r < 0 ? r : url_redact_userinfo(t->url, &t->shown);
}

/* The array with room for one more pointer; NULL, and the array unchanged, when
 * out of memory. */
static void *queue_grow(void *array, size_t count, size_t *room)
{
	size_t wanted = *room > 0 ? *room * 2 : 16;
	void *more = array;

	if (count < *room)
		return array;
	more = reallocarray(array, wanted, sizeof(void *));
	if (more)
		*room = wanted;
	return more;
}

/* --- documents --- */

static bool queue_document_allowed(
	const struct queue *q, unsigned depth, struct queue_answer *ret)
{
	if (q->document_count >= q->limits.documents)
		queue_refuse_limit(ret, q->limits.documents,
			"documents in a run", "Documents");
	else if (depth > q->limits.depth)
		queue_refuse_limit(ret, q->limits.depth,
			"documents that link each other", "Depth");
	else
		return true;
	return false;
}

static int queue_append_document(
	struct queue *q, struct target *t, const struct queue_place *place)
{
	CLEANUP(queue_document_done)
	struct queue_document *d = calloc(1, sizeof(*d));
	struct queue_document **documents =
		queue_grow(q->documents, q->document_count, &q->document_room);

	if (documents)
		q->documents = documents;
	if (!d || !documents)
		return -ENOMEM;
	d->url = TAKE_PTR(t->url);
	d->shown = strdup(t->shown);
	d->unknown = TAKE_PTR(t->unknown);
	d->depth = place->depth;
	d->authenticated = place->authenticated;
	d->linked_line = place->line;
	if (string_replace(&d->linked_from, place->document) < 0 || !d->shown ||
		!tsearch(d->url, &q->seen_documents, queue_compare_urls))
		return -ENOMEM;
	q->documents[q->document_count++] = TAKE_PTR(d);
	return 0;
}

static int queue_add_document(struct queue *q, const struct queue_place *place,
	const char *reference, struct queue_answer *ret)
{
	CLEANUP(queue_answer_done) struct queue_answer a = {0};
	CLEANUP(queue_target_done) struct target t = {0};
	int r = queue_make_target(q, place->base, reference, &t, &a);

	if (r == 0 && t.url) {
		if (tfind(t.url, &q->seen_documents, queue_compare_urls))
			queue_answer(&a, VERDICT_DUPLICATE_URL, "");
		else if (queue_document_allowed(q, place->depth, &a)) {
			queue_answer(&a, VERDICT_ACCEPTED, "");
			r = queue_append_document(q, &t, place);
		}
	}
	if (r < 0)
		return r;
	a.shown = TAKE_PTR(t.shown);
	*ret = a;
	a = (struct queue_answer){0};
	return 0;
}

int queue_add_first(struct queue *q, const char *url, struct queue_answer *ret)
{
	const struct queue_place place = {.depth = 1, .authenticated = true};

	return queue_add_document(q, &place, url, ret);
}

int queue_add_link(struct queue *q, const struct queue_place *place,
	const char *reference, struct queue_answer *ret)
{
	struct queue_place below = *place;

	below.depth++;
	return queue_add_document(q, &below, reference, ret);
}

const struct queue_document *queue_next(struct queue *q)
{
	if (q->taken == q->document_count)
		return NULL;
	return q->documents[q->taken++];
}

size_t queue_taken(const struct queue *q)
{
	return q->taken;
}

size_t queue_documents(const struct queue *q)
{
	return q->document_count;
}

/* --- certificates --- */

static bool queue_certificate_allowed(struct queue *q, struct queue_answer *ret)
{
	if (q->offers >= q->limits.certificates) {
		queue_refuse_limit(ret, q->limits.certificates,
			"certificates in a run", "Certificates");
		return false;
	}
	q->offers++;
	queue_answer(ret, VERDICT_ACCEPTED, "");
	return true;
}

int queue_count_certificate(struct queue *q, struct queue_answer *ret)
{
	struct queue_answer a = {0};

	(void)queue_certificate_allowed(q, &a);
	*ret = a;
	return 0;
}

static int queue_append_certificate(struct queue *q, struct target *t,
	const struct queue_place *place, const char *sha256)
{
	CLEANUP(queue_certificate_done)
	struct queue_certificate *c = calloc(1, sizeof(*c));
	struct queue_certificate **certificates = queue_grow(
		q->certificates, q->certificate_count, &q->certificate_room);
	int r = 0;

	if (certificates)
		q->certificates = certificates;
	if (!c || !certificates)
		return -ENOMEM;
	c->url = TAKE_PTR(t->url);
	c->shown = strdup(t->shown);
	c->unknown = TAKE_PTR(t->unknown);
	c->line = place->line;
	c->authenticated = place->authenticated;
	r = string_replace(&c->document, place->document);
	if (r == 0)
		r = string_replace(&c->sha256, sha256);
	if (r < 0 || !c->shown ||
		!tsearch(c->url, &q->seen_certificates, queue_compare_urls))
		return -ENOMEM;
	q->certificates[q->certificate_count++] = TAKE_PTR(c);
	return 0;
}

int queue_add_certificate(struct queue *q, const struct queue_place *place,
	const char *reference, const char *sha256, struct queue_answer *ret)
{
	CLEANUP(queue_answer_done) struct queue_answer a = {0};
	CLEANUP(queue_target_done) struct target t = {0};
	struct queue_answer allowed = {0};
	int r = queue_make_target(q, place->base, reference, &t, &a);

	if (r < 0)
		return r;
	/* Refused ones count as well: they are reported. */
	if (!queue_certificate_allowed(q, &allowed)) {
		queue_answer(&a, allowed.verdict, allowed.detail);
	} else if (t.url &&
		tfind(t.url, &q->seen_certificates, queue_compare_urls)) {
		queue_answer(&a, VERDICT_DUPLICATE_URL, "");
	} else if (t.url) {
		queue_answer(&a, VERDICT_ACCEPTED, "");
		r = queue_append_certificate(q, &t, place, sha256);
		if (r < 0)
			return r;
	}
	a.shown = TAKE_PTR(t.shown);
	*ret = TAKE_OBJECT(a);
	return 0;
}

size_t queue_certificates(const struct queue *q)
{
	return q->certificate_count;
}

const struct queue_certificate *queue_certificate(
	const struct queue *q, size_t index)
{
	assert(index < q->certificate_count);
	return q->certificates[index];
}
