/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/rejections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/sys/log.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/x509/certificate.h"
#include "lib/x509/names.h"
#include "lib/x509/skeleton.h"

#define MINUTE_MS INT64_C(60000)
/* What decoding a certificate costs, without the values in it. */
#define WORK_OF_ONE 270U

/* What a user may do too often. */
enum pace_of {
	PACE_NEW,  /* new entries */
	PACE_NEWS, /* lines in the journal, and rejections reported to listeners
		    */
	PACE__END
};

/* How much of each a user has left; it grows with time up to a minute's worth.
 */
struct pace {
	uid_t uid;
	int64_t left_ms[PACE__END]; /* in time: one costs a minute by their
				       number */
	int64_t when_ms;            /* of left_ms; 0: not in use */
	bool limited;               /* that it has none left is logged */
};

/* What was recently reported of a certificate. */
struct reported {
	uint8_t digest[SHA256_BYTES]; /* of certificate, host, purpose, ... */
	int64_t when_ms;
};

/* How many lines a user has in the journal today. */
struct lines {
	uid_t uid;
	unsigned count;
};

struct rejections {
	struct rejections_options options;
	struct lines lines[REJECTIONS_MAX_USERS];
	size_t line_users;
	struct lines others; /* of all further users */
	int64_t day_ms;      /* when today began */
	struct pace paces[REJECTIONS_MAX_USERS];
	struct reported reported[REJECTIONS_MAX_QUIET];
	size_t reported_next;
};

int rejections_new(
	const struct rejections_options *options, struct rejections **ret)
{
	struct rejections *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->options = *options;
	for (size_t i = 0; i < REJECTIONS_MAX_QUIET; i++)
		r->reported[i].when_ms = -REJECTIONS_QUIET_MS;
	*ret = r;
	return 0;
}

struct rejections *rejections_free(struct rejections *r)
{
	free(r);
	return NULL;
}

/* --- the pace of a user --- */

static bool rejections_is_fresh(const struct pace *p)
{
	return p->left_ms[PACE_NEW] == MINUTE_MS &&
		p->left_ms[PACE_NEWS] == MINUTE_MS;
}

static void rejections_refill(struct pace *p, int64_t now_ms)
{
	for (size_t i = 0; i < PACE__END; i++) {
		p->left_ms[i] += now_ms - p->when_ms;
		if (p->left_ms[i] > MINUTE_MS)
			p->left_ms[i] = MINUTE_MS;
	}
	p->when_ms = now_ms;
	if (rejections_is_fresh(p))
		p->limited = false;
}

/* The user's own pace, or the place of one that is full again. */
static struct pace *rejections_find_pace(struct rejections *r, uid_t uid)
{
	int64_t now_ms = r->options.clock(r->options.userdata);
	struct pace *idle = NULL;

	for (size_t i = 0; i < REJECTIONS_MAX_USERS; i++) {
		struct pace *p = &r->paces[i];

		if (p->when_ms != 0)
			rejections_refill(p, now_ms);
		if (p->when_ms != 0 && p->uid == uid)
			return p;
		if (p->when_ms == 0 || rejections_is_fresh(p))
			idle = p;
	}
	if (idle)
		*idle = (struct pace){.uid = uid,
			.left_ms = {MINUTE_MS, MINUTE_MS},
			.when_ms = now_ms};
	return idle;
}

/* --- the lines of a day --- */

static struct lines *rejections_find_lines(struct rejections *r, uid_t uid)
{
	int64_t now_ms = r->options.clock(r->options.userdata);

	if (now_ms - r->day_ms >= REJECTIONS_DAY_MS) {
		r->day_ms = now_ms;
		r->line_users = 0;
		r->others.count = 0;
	}
	for (size_t i = 0; i < r->line_users; i++)
		if (r->lines[i].uid == uid)
			return &r->lines[i];
	if (r->line_users == REJECTIONS_MAX_USERS)
		return &r->others;
	r->lines[r->line_users] = (struct lines){.uid = uid};
	return &r->lines[r->line_users++];
}

/* A user's last line says that it is the last. */
static bool rejections_may_log(struct rejections *r, uid_t uid)
{
	struct lines *lines = rejections_find_lines(r, uid);

	if (lines->count >= REJECTIONS_LINES_PER_DAY)
		return false;
	lines->count++;
	if (lines->count < REJECTIONS_LINES_PER_DAY)
		return true;
	log_message(LOG_WARNING,
		"uid:%lu has rejected too many peers today: more are not "
		"logged until tomorrow",
		(unsigned long)uid);
	return false;
}

static void rejections_say_limited(struct rejections *r, struct pace *p)
{
	if (!p->limited && rejections_may_log(r, p->uid))
		log_message(LOG_WARNING,
			"uid:%lu rejects too many peers: not all of them are "
			"recorded and reported",
			(unsigned long)p->uid);
	p->limited = true;
}

/* NULL caller: no limit. */
static bool rejections_spend(
	struct rejections *r, const uid_t *caller, enum pace_of what)
{
	const unsigned per_minute[PACE__END] = {
		[PACE_NEW] = *r->options.per_minute,
		[PACE_NEWS] = REJECTIONS_NEWS_PER_MINUTE,
	};
	int64_t cost = MINUTE_MS / per_minute[what];
	struct pace *p = caller ? rejections_find_pace(r, *caller) : NULL;

	if (!caller)
		return true;
	if (p && p->left_ms[what] >= cost) {
		p->left_ms[what] -= cost;
		return true;
	}
	if (p)
		rejections_say_limited(r, p);
	return false;
}

/* --- what is news --- */

/* A key that is equal for rejections that a listener would take for the same.
 */
static int rejections_digest_of(const struct rejection *what,
	const uint8_t *leaf, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(free) char *text = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = 0;

	hex_format(leaf, SHA256_BYTES, hex);
	r = string_format(&text, "%s\n%s\n%s\n%s", hex, what->result,
		what->purpose ? what->purpose : "",
		what->host ? what->host : "");
	if (r < 0)
		return r;
	return digest_sha256(text, strlen(text), ret);
}

static bool rejections_was_told(
	struct rejections *r, const uint8_t digest[SHA256_BYTES])
{
	int64_t now_ms = r->options.clock(r->options.userdata);

	for (size_t i = 0; i < REJECTIONS_MAX_QUIET; i++) {
		struct reported *t = &r->reported[i];

		if (now_ms - t->when_ms < REJECTIONS_QUIET_MS &&
			memcmp(t->digest, digest, SHA256_BYTES) == 0)
			return true;
	}
	memcpy(r->reported[r->reported_next].digest, digest, SHA256_BYTES);
	r->reported[r->reported_next].when_ms = now_ms;
	r->reported_next = (r->reported_next + 1) % REJECTIONS_MAX_QUIET;
	return false;
}

static void rejections_say(const struct rejection *what, const uint8_t *leaf)
{
	char hex[SHA256_HEX_SIZE];

	hex_format(leaf, SHA256_BYTES, hex);
	log_event(LOG_PEER_REJECTED,
		LOG_FIELDS(LOG_FIELD_HOST(what->host), LOG_FIELD_SHA256(hex),
			LOG_FIELD_RESULT(what->result),
			LOG_FIELD_WHO(what->reporter)),
		"%s: %s: %s", what->host ? what->host : "any host",
		what->result, what->reason ? what->reason : hex);
}

/* Logged even when there is no entry, which is then NULL. */
static void rejections_spread(struct rejections *r,
	const struct rejection *what, const struct unknown_entry *e,
	const uid_t *caller)
{
	const struct bytes *der = &what->chain[0];
	uint8_t leaf[SHA256_BYTES];
	uint8_t digest[SHA256_BYTES];

	if (digest_sha256(der->data, der->len, leaf) < 0 ||
		rejections_digest_of(what, leaf, digest) < 0 ||
		rejections_was_told(r, digest) ||
		!rejections_spend(r, caller, PACE_NEWS))
		return;
	/* What the fetcher saw is logged with its run. */
	if (caller && !what->logged && rejections_may_log(r, *caller))
		rejections_say(what, leaf);
	if (r->options.news && e)
		r->options.news(r->options.userdata, what, e);
}

/* --- recording --- */

static int rejections_decodes(const struct bytes *der, bool *ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;
	int r = certificate_decode(der->data, der->len, &c, &why);

	*ret = c != NULL;
	return r;
}

/* Nothing is decoded that cannot be a certificate, or past the limit. */
static int rejections_decodes_within(
	const struct bytes *der, unsigned *work_left, bool *ret)
{
	struct skeleton o;
	unsigned work = 0;

	*ret = false;
	if (skeleton_read(der->data, der->len, &o) < 0)
		return 0;
	work = WORK_OF_ONE + skeleton_parts(der->data, der->len, &o);
	if (work > *work_left)
		return 0;
	*work_left -= work;
	return rejections_decodes(der, ret);
}

/* What is not a certificate can be neither excepted nor distrusted. Keeping it
 * would fill the list with bytes that a stranger chose. */
static int rejections_keep_certificates(
	const struct rejection *r, struct bytes *kept, size_t *ret_count)
{
	unsigned work_left = REJECTIONS_MAX_WORK;
	size_t count = 0;

	for (size_t i = 0; i < r->chain_count; i++) {
		bool is_one = false;
		int error = i == 0 ? rejections_decodes(&r->chain[i], &is_one)
				   : rejections_decodes_within(
					     &r->chain[i], &work_left, &is_one);

		if (error < 0)
			return error;
		if (is_one)
			kept[count++] = r->chain[i];
		else if (i == 0)
			return -EINVAL;
	}
	*ret_count = count;
	return 0;
}

static int rejections_add_new(struct rejections *r,
	const struct rejection *rejection, const struct unknown_entry **ret)
{
	struct bytes kept[CHAIN_MAX_CERTIFICATES];
	struct rejection what = *rejection;
	int error = 0;

	if (what.chain_count > CHAIN_MAX_CERTIFICATES)
		return -E2BIG;
	error = rejections_keep_certificates(
		rejection, kept, &what.chain_count);
	if (error < 0)
		return error;
	what.chain = kept;
	return unknown_add(r->options.unknown, &what, ret);
}

static int rejections_take(
	struct rejections *r, const struct rejection *what, const uid_t *caller)
{
	const struct unknown_entry *e = NULL;
	bool known = unknown_knows(r->options.unknown, what);
	int error = 0;

	if (!known && !rejections_spend(r, caller, PACE_NEW))
		return -EDQUOT;
	error = known ? unknown_add(r->options.unknown, what, &e)
		      : rejections_add_new(r, what, &e);
	if (error == 0 ||
		(error == -EINVAL && what->chain_count > 0 &&
			what->chain[0].len > 0))
		rejections_spread(r, what, e, caller);
	return error;
}

int rejections_add(struct rejections *r, const struct rejection *rejection,
	const uid_t *caller)
{
	struct rejection what = *rejection;
	char name[HOST_NAME_SIZE];
	struct host host;

	/* Anything but a host is text that a stranger chose. */
	what.host = NULL;
	if (rejection->host && host_parse(rejection->host, &host) == 0) {
		host_format(&host, name);
		what.host = name;
	}
	return rejections_take(r, &what, caller);
}

void rejections_withdraw(
	struct rejections *r, const uint8_t sha256[SHA256_BYTES])
{
	(void)unknown_remove(r->options.unknown, sha256);
}
