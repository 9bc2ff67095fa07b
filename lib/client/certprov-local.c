/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts made in this process, from a snapshot of the daemon's trust. Whether
 * it is still current is seen in memory that the daemon shares, without
 * entering the kernel; a daemon that has no such memory is heard by a monitor.
 */
#include "lib/client/certprov-openssl.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "lib/client/local-verify.h"
#include "lib/trust/change-counter.h"
#include "lib/trust/snapshot.h"
#include "lib/verify/verify.h"
#include "lib/x509/chain-limits.h"
#include "lib/x509/names.h"

#define NS_PER_S 1000000000

/* A snapshot that was taken; lives while a thread verifies from it. Any number
 * of threads may do so at once, without a lock. */
struct taken {
	atomic_uint references;
	struct trust *trust;
	struct local_answers answers; /* under the lock of certprov_local */
};

struct certprov_local {
	unsigned flags;
	pthread_mutex_t reporting; /* over the next */
	struct certprov *reporter; /* for what is rejected */
	pthread_mutex_t lock;      /* over everything below */
	struct certprov *handle;   /* for snapshots */
	struct change_view *view;  /* of this daemon's changes; or NULL */
	unsigned count;            /* of them, before taken was taken */
	struct certprov_monitor *monitor; /* without a view; or NULL */
	pid_t owner;         /* the process that made the monitor */
	bool watching;       /* the monitor hears the daemon */
	bool changed;        /* taken is known to be of a trust before */
	struct taken *taken; /* last; or NULL */
	int failure;         /* of the last attempt to take it; or 0 */
	int64_t failed_ns;   /* when that was, on CLOCK_MONOTONIC */
};

DEFINE_CLEANUP(struct certprov_local, certprov_local_free);

/* --- what was taken --- */

static struct taken *local_taken_free(struct taken *t)
{
	if (!t || --t->references > 0)
		return NULL;
	local_answers_done(&t->answers);
	(void)trust_free(t->trust);
	free(t);
	return NULL;
}
DEFINE_CLEANUP(struct taken, local_taken_free);

static int local_taken_open(int fd, struct taken **ret)
{
	CLEANUP(local_taken_free) struct taken *t = calloc(1, sizeof(*t));
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->references = 1;
	r = snapshot_open(fd, &t->trust);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(t);
	return 0;
}

/* --- life --- */

int certprov_local_new(const struct certprov *like, unsigned flags,
	struct certprov_local **ret)
{
	CLEANUP(certprov_local_free) struct certprov_local *l = NULL;
	int r = 0;

	if (flags & ~(CERTPROV_LOCAL_KEEP | CERTPROV_LOCAL_SILENT))
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_mutex_init(&l->reporting, NULL);
	l->flags = flags;
	r = like ? certprov_dup(like, &l->handle) : certprov_new(&l->handle);
	if (r == 0)
		r = certprov_dup(l->handle, &l->reporter);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

struct certprov_local *certprov_local_free(struct certprov_local *l)
{
	if (!l)
		return NULL;
	(void)change_view_close(l->view);
	(void)certprov_monitor_free(l->monitor);
	(void)certprov_free(l->reporter);
	(void)certprov_free(l->handle);
	(void)local_taken_free(l->taken);
	(void)pthread_mutex_destroy(&l->reporting);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

/* --- the trust --- */

static int64_t local_monotonic_ns(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Also the first event after connecting: what was taken before may be of
 * another daemon, or of other settings under the same generation. */
static void local_on_event(const struct certprov_event *event, void *userdata)
{
	struct certprov_local *l = userdata;

	l->watching = certprov_event_kind(event) != CERTPROV_EVENT_LOST;
	l->changed = true;
}

static int local_start_watching(struct certprov_local *l)
{
	l->monitor = certprov_monitor_free(l->monitor);
	l->watching = false;
	l->owner = getpid();
	return certprov_monitor_new(l->handle, CERTPROV_MONITOR_TRUST,
		local_on_event, l, &l->monitor);
}

/* What the monitor has to say. After a fork the child makes its own. */
static int local_watch(struct certprov_local *l)
{
	int r = l->monitor && l->owner == getpid() ? 0
						   : local_start_watching(l);

	return r < 0 ? r : certprov_monitor_process(l->monitor);
}

/* Once for each daemon: the count that is read next is not older than what is
 * asked for after it. */
static int local_view_changes(struct certprov_local *l)
{
	CLEANUP(fd_close) int fd = -1;
	int r = 0;

	if (l->view && change_view_lives(l->view))
		return 0;
	l->view = change_view_close(l->view);
	r = certprov_get_change_counter(l->handle, &fd);
	if (r == -EOPNOTSUPP)
		return local_watch(l);
	if (r == 0)
		r = change_view_open(fd, &l->view);
	if (r < 0)
		return r;
	l->monitor = certprov_monitor_free(l->monitor);
	l->changed = true; /* its count says nothing of what was taken before */
	return 0;
}

static bool local_is_current(struct certprov_local *l)
{
	if (!l->taken)
		return false;
	if (l->view)
		return !l->changed && change_view_lives(l->view) &&
			change_view_count(l->view) == l->count;
	return l->monitor && local_watch(l) == 0 && l->watching && !l->changed;
}

static int local_take_snapshot(struct certprov_local *l)
{
	CLEANUP(fd_close) int fd = -1;
	struct taken *taken = NULL;
	unsigned count = 0;
	int r = local_view_changes(l);

	if (r < 0)
		return r;
	count = l->view ? change_view_count(l->view) : 0;
	r = certprov_get_snapshot(l->handle, &fd);
	if (r < 0)
		return r;
	r = local_taken_open(fd, &taken);
	if (r < 0)
		return r;
	if (l->taken)
		trust_adopt_decoded(taken->trust, l->taken->trust);
	(void)local_taken_free(l->taken);
	l->taken = taken;
	l->count = count;
	l->changed = false;
	return 0;
}

/* If another thread failed while this one waited for the lock (since begin_ns),
 * it is not tried again: all would wait for each other's time limits. */
static int local_take_once(struct certprov_local *l, int64_t begin_ns)
{
	if (l->failure == 0 || l->failed_ns <= begin_ns) {
		l->failure = local_take_snapshot(l);
		l->failed_ns = local_monotonic_ns();
	}
	return l->failure;
}

/* The trust as it is now, or as it was when KEEP says so. */
static int local_refresh(struct certprov_local *l, int64_t begin_ns)
{
	int r = local_is_current(l) ? 0 : local_take_once(l, begin_ns);

	return l->taken && (l->flags & CERTPROV_LOCAL_KEEP) ? 0 : r;
}

/* --- verdicts --- */

/* Room for all that a verdict points to. */
struct texts {
	char hex[VERIFY_MAX_PATH][SHA256_HEX_SIZE];
	const char *path[VERIFY_MAX_PATH];
	struct certprov_warning warnings[WARNING__END];
};

/* They point into the result. */
static void local_fill_texts(const struct verify_result *from, struct texts *t)
{
	for (size_t i = 0; i < from->path_count; i++) {
		hex_format(from->path[i], SHA256_BYTES, t->hex[i]);
		t->path[i] = t->hex[i];
	}
	for (size_t i = 0; i < from->word_count; i++)
		t->warnings[i] =
			(struct certprov_warning){from->words[i].identifier,
				from->words[i].sentence, from->words[i].remedy};
}

static int local_make_verdict(const struct verify_result *from,
	const struct trust *trust, struct certprov_verdict **ret)
{
	struct texts t;

	local_fill_texts(from, &t);
	return certprov_verdict_new(
		&(struct certprov_verdict_parts){
			.size = sizeof(struct certprov_verdict_parts),
			.trusted = from->trusted,
			.result = verdict_name(from->verdict),
			.reason = from->reason,
			.remedy = from->remedy,
			.recoverable = from->recoverable,
			.path = t.path,
			.path_count = from->path_count,
			.warnings = t.warnings,
			.warning_count = from->word_count,
			.store = trust->store,
			.generation = trust->generation,
			.clock_trusted = from->clock_trusted,
		},
		ret);
}

static const enum purpose purposes[] = {
	[CERTPROV_ANY] = PURPOSE_ANY,
	[CERTPROV_SIP] = PURPOSE_SIP,
	[CERTPROV_HTTPS] = PURPOSE_HTTPS,
	[CERTPROV_PROVISIONING] = PURPOSE_PROVISIONING,
	[CERTPROV_LDAP] = PURPOSE_LDAP,
};

/* A question while it is answered. */
struct local_query {
	struct local_question question;
	struct bytes chain[CHAIN_MAX_CERTIFICATES]; /* the same, for lib */
	X509 *decoded; /* its first certificate; or NULL */
	int64_t begin_ns;
	int64_t wall;
};

/* verify_peer reads only; its type of bytes could do more. */
static int local_borrow_chain(struct local_query *q)
{
	const struct local_question *from = &q->question;
	size_t total = 0;

	for (size_t i = 0; i < from->count; i++)
		if (!from->chain[i].data && from->chain[i].size > 0)
			return -EINVAL;
	if (from->count > CHAIN_MAX_CERTIFICATES)
		return -E2BIG;
	for (size_t i = 0; i < from->count; i++) {
		if (from->chain[i].size > CHAIN_MAX_BYTES - total)
			return -E2BIG;
		total += from->chain[i].size;
		q->chain[i].len = from->chain[i].size;
		memcpy(&q->chain[i].data, &from->chain[i].data,
			sizeof(q->chain[i].data));
	}
	return 0;
}

/* *ret stays NULL when there is no such thing, or it is no good: verify_peer
 * says what is wrong with it. */
static int local_adopt_leaf(
	const struct local_query *q, struct certificate **ret)
{
	enum verdict unused = VERDICT_ACCEPTED;

	if (!q->decoded || q->question.count == 0)
		return 0;
	return certificate_adopt(
		q->decoded, q->chain[0].data, q->chain[0].len, ret, &unused);
}

static int local_judge(const struct trust *trust, const struct local_query *q,
	struct verify_result *ret)
{
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	struct verify_query query = {
		.chain = q->chain,
		.chain_count = q->question.count,
		.host = q->question.host,
		.purpose = purposes[q->question.purpose],
		.now = q->wall,
	};
	int r = local_adopt_leaf(q, &leaf);

	if (r < 0)
		return r;
	query.leaf = leaf;
	return verify_peer(trust, &query, ret);
}

/* A verdict that was made before or without the trust, or a failure; or else
 * the trust to verify from. */
static int local_take(struct certprov_local *l, struct local_query *q,
	struct taken **ret_taken, struct certprov_verdict **ret)
{
	struct certprov_verdict *known = NULL;
	int r = 0;

	(void)pthread_mutex_lock(&l->lock);
	r = local_refresh(l, q->begin_ns);
	q->wall = time(NULL);
	if (r < 0) {
		r = certprov_verdict_absent(l->handle, r, ret);
	} else {
		assert(l->taken);
		known = local_answers_find(&l->taken->answers, l->taken->trust,
			&q->question, q->wall);
		if (known) {
			*ret = known;
		} else {
			l->taken->references++;
			*ret_taken = l->taken;
		}
	}
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

static void local_keep(struct certprov_local *l, struct taken *taken,
	const struct local_query *q, const struct verify_result *result,
	struct certprov_verdict *verdict)
{
	(void)pthread_mutex_lock(&l->lock);
	local_answers_add(&taken->answers, taken->trust, &q->question, q->wall,
		result->valid_until, verdict);
	(void)pthread_mutex_unlock(&l->lock);
}

/* Longer than any daemon accepts: this answers without asking. */
static int local_answer_excess(struct certprov_local *l,
	const struct local_question *q, struct certprov_verdict **ret)
{
	int r = 0;

	(void)pthread_mutex_lock(&l->lock);
	r = certprov_verify(
		l->handle, q->chain, q->count, q->host, q->purpose, ret);
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

static void local_report(struct certprov_local *l,
	const struct local_question *q, const struct verify_result *result)
{
	if (l->flags & CERTPROV_LOCAL_SILENT)
		return;
	(void)pthread_mutex_lock(&l->reporting);
	(void)certprov_report_rejection(l->reporter, q->chain, q->count,
		q->host, q->purpose, verdict_name(result->verdict));
	(void)pthread_mutex_unlock(&l->reporting);
}

static int local_answer_anew(struct certprov_local *l, struct taken *taken,
	const struct local_query *q, struct certprov_verdict **ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	int r = local_judge(taken->trust, q, &result);

	if (r == 0)
		r = local_make_verdict(&result, taken->trust, ret);
	if (r < 0)
		return r;
	if (result.trusted)
		local_keep(l, taken, q, &result, *ret);
	else
		local_report(l, &q->question, &result);
	return 0;
}

static int local_answer(struct certprov_local *l, struct local_query *q,
	struct certprov_verdict **ret)
{
	CLEANUP(local_taken_free) struct taken *taken = NULL;
	int excess = local_borrow_chain(q);
	int r = excess == -EINVAL ? excess : local_take(l, q, &taken, ret);

	if (!taken)
		return r;
	if (excess < 0)
		return local_answer_excess(l, &q->question, ret);
	return local_answer_anew(l, taken, q, ret);
}

int local_verify_decoded(struct certprov_local *l, X509 *leaf,
	const struct local_question *question, struct certprov_verdict **ret)
{
	const char *host = question->host;
	struct local_query q;

	if ((unsigned)question->purpose >= ARRAY_SIZE(purposes) ||
		(!host && question->purpose != CERTPROV_ANY) ||
		(host && strlen(host) > HOST_TEXT_MAX_CHARS))
		return -EINVAL;
	q.question = *question;
	q.decoded = leaf;
	q.begin_ns = local_monotonic_ns();
	return local_answer(l, &q, ret);
}

int certprov_local_verify(struct certprov_local *l,
	const struct certprov_der *chain, size_t count, const char *host,
	enum certprov_purpose purpose, struct certprov_verdict **ret)
{
	return local_verify_decoded(l, NULL,
		&(struct local_question){chain, count, host, purpose}, ret);
}
