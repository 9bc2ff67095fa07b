/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run fetches next: documents, breadth-first in document order, and then
 * the certificates to download. Expands and resolves references, enforces the
 * limits of the run, and remembers where everything came from.
 * Pure: it fetches nothing.
 */
#ifndef CERTPROV_FETCH_QUEUE_H
#define CERTPROV_FETCH_QUEUE_H

#include "lib/base/macros.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-calls.h"
#include "lib/verdict/verdict.h"

/* A document to fetch. Owned by the queue, lives as long as it. */
struct queue_document {
	char *url;   /* canonical, with userinfo when it has some */
	char *shown; /* without userinfo: for all but fetching; the daemon hides
			more */
	char *unknown;     /* variables left as written, or NULL */
	char *linked_from; /* shown url of the document that links it, or
			      NULL */
	int64_t linked_line;
	unsigned depth;
	bool authenticated; /* so was everything that led here */
};

/* A certificate to download. Owned by the queue. */
struct queue_certificate {
	char *url;
	char *shown;
	char *unknown;
	char *document; /* shown url of the document it stands in */
	char *sha256;   /* of the element, or NULL */
	int64_t line;
	bool authenticated; /* the element */
};

/* Where a reference stands. Borrowed. */
struct queue_place {
	const char *base;     /* what relative references resolve against: the
				 url the document came from at last; NULL: it has
				 none, and relative references are refused */
	const char *document; /* shown url, for reports */
	unsigned depth;
	int64_t line;
	bool authenticated;
};

#define QUEUE_DETAIL_SIZE 384
/* What became of a reference: ACCEPTED, DUPLICATE_URL, LIMIT_EXCEEDED, or
 * URL_NOT_SUPPORTED for a URL that is not fetched. */
struct queue_answer {
	enum verdict verdict;
	char detail[QUEUE_DETAIL_SIZE]; /* the limit, or what is wrong */
	char *shown; /* shown url, or the reference where there is none */
};
void queue_answer_done(struct queue_answer *a);
DEFINE_CLEANUP_EMBEDDED(struct queue_answer, queue_answer_done);

struct queue;

/* The variables' strings are copied. */
int queue_new(const struct fetch_limits *limits,
	const struct url_variables *variables, struct queue **ret);
struct queue *queue_free(struct queue *q); /* NULL is fine */
DEFINE_CLEANUP(struct queue, queue_free);

/* A url the run starts with: expanded already, authenticated by whoever
 * configured it. All below return 0 and an answer, or -ENOMEM. */
int queue_add_first(struct queue *q, const char *url, struct queue_answer *ret);
/* A <file>. */
int queue_add_link(struct queue *q, const struct queue_place *place,
	const char *reference, struct queue_answer *ret);
/* A <certificate url>. sha256 may be NULL. */
int queue_add_certificate(struct queue *q, const struct queue_place *place,
	const char *reference, const char *sha256, struct queue_answer *ret);
/* A certificate in the text of an element: counts against the same limit. */
int queue_count_certificate(struct queue *q, struct queue_answer *ret);

/* The next document, or NULL when there is none. */
const struct queue_document *queue_next(struct queue *q);
/* Documents handed out, and known of so far. */
size_t queue_taken(const struct queue *q);
size_t queue_documents(const struct queue *q);

/* The certificates, in the order they were found. */
size_t queue_certificates(const struct queue *q);
const struct queue_certificate *queue_certificate(
	const struct queue *q, size_t index);

#endif
