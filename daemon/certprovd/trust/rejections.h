/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one entry for rejections: verdicts, the fetcher, uploads, the chain rule.
 * From here they go into the list of unknown certificates, into the journal,
 * and to listeners. The pace of local callers is limited, because each new
 * entry may push out another. Decides no trust.
 */
#ifndef CERTPROVD_REJECTIONS_H
#define CERTPROVD_REJECTIONS_H

#include <stdint.h>
#include <sys/types.h>

#include "daemon/certprovd/trust/unknown.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

/* What is logged and reported to listeners of one user: so many at once, and so
 * many more a minute. New entries have the limit of the configuration. */
#define REJECTIONS_NEWS_PER_MINUTE 120
/* Lines in the journal of one user in a day. All users after the first
 * REJECTIONS_MAX_USERS of the day share one such number. */
#define REJECTIONS_LINES_PER_DAY 500
#define REJECTIONS_DAY_MS (INT64_C(24) * 3600 * 1000)
/* Users whose pace is remembered. When all of them are in use a further one
 * waits until one of them has been quiet. */
#define REJECTIONS_MAX_USERS 64
/* For this long, the same rejection of a certificate is not reported again. */
#define REJECTIONS_QUIET_MS 1000
/* Certificates for which that is remembered; the oldest goes first. */
#define REJECTIONS_MAX_QUIET 64
/* What decoding the chain beside its first certificate may cost, weighed like
 * a call of lib/verify: recording a rejection must not cost more than judging
 * it. The rest of a longer chain is not kept. */
#define REJECTIONS_MAX_WORK 3000

struct rejections;

/* A monotonic clock in milliseconds; a parameter, so that tests can set it. */
typedef int64_t rejections_clock(void *userdata);

struct rejections_options {
	struct unknown *unknown;    /* borrowed, for as long as it lives */
	const unsigned *per_minute; /* of one user; the configuration's */
	rejections_clock *clock;
	/* Who listens: one rejection that is news, and its entry; both are
	 * borrowed for the call. May be NULL. */
	void (*news)(void *userdata, const struct rejection *rejection,
		const struct unknown_entry *entry);
	void *userdata; /* of both */
};

int rejections_new(
	const struct rejections_options *options, struct rejections **ret);
struct rejections *rejections_free(struct rejections *r); /* NULL is fine */
DEFINE_CLEANUP(struct rejections, rejections_free);

/*
 * Take a rejection in. caller is the user who claims it, NULL for what the
 * fetcher observed (a run has limits of its own).
 *
 * The host is kept and reported in the form in which it is compared
 * (pbx.example.com for PBX.Example.com.); an invalid one is left out.
 *
 * 0; -EDQUOT when this user brings in too many new certificates, and nothing
 * is recorded; -EINVAL when the first of the chain is not a certificate (of
 * the others, only certificates are kept), -E2BIG, -ENOMEM as unknown_add.
 */
int rejections_add(struct rejections *r, const struct rejection *rejection,
	const uid_t *caller);
/* It has become a server certificate and is no longer unknown. */
void rejections_withdraw(
	struct rejections *r, const uint8_t sha256[SHA256_BYTES]);

#endif
