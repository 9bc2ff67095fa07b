/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/endings.h"

#include "daemon/certprovd/sys/log.h"
#include "lib/base/date.h"
#include "lib/x509/skeleton.h"

bool ending_is_past(int64_t end, int64_t now)
{
	return end < now;
}

bool ending_is_soon(int64_t end, int64_t now)
{
	return end >= now && end - DATE_SOON_SECONDS < now;
}

bool ending_of_certificate(const struct anchor *a, int64_t *ret)
{
	struct skeleton o = {0};

	return skeleton_read(a->der.data, a->der.len, &o) == 0 &&
		skeleton_not_after(&o, ret);
}

/* --- all of them --- */

static void endings_each_certificate(const struct anchors *in, unsigned lists,
	enum ending_kind kind, ending_fn *fn, void *userdata)
{
	struct ending e = {.kind = kind};
	size_t cursor = 0;

	while ((e.certificate = anchors_next(in, &cursor)))
		if ((e.certificate->lists & lists) &&
			ending_of_certificate(e.certificate, &e.end))
			fn(userdata, &e);
}

void endings_each(const struct trust_state *s, ending_fn *fn, void *userdata)
{
	const struct trust *t = trust_state_trust(s);

	endings_each_certificate(
		t->anchors, ANCHOR_SERVERS, ENDING_SERVER, fn, userdata);
	endings_each_certificate(trust_state_excepted(s), ANCHOR_SERVERS,
		ENDING_EXCEPTED, fn, userdata);
	for (size_t i = 0; i < t->exception_count; i++) {
		const struct exception *x = &t->exceptions[i];

		if (x->expires == INT64_MAX)
			continue;
		fn(userdata,
			&(struct ending){
				.kind = ENDING_EXCEPTION,
				.certificate =
					trust_state_find_server(s, x->sha256),
				.exception = x,
				.end = x->expires,
			});
	}
}

/* --- what is new --- */

struct endings_look {
	const struct endings_told *told;
	int64_t now;
	size_t crossed;
};

static const char *endings_what(enum ending_kind kind)
{
	switch (kind) {
	case ENDING_SERVER:
		return "the server certificate of";
	case ENDING_EXCEPTED:
		return "the certificate of an exception,";
	case ENDING_EXCEPTION:
		return "the exception for";
	}
	return "";
}

static void endings_say(const struct ending *e, bool past)
{
	const struct exception *x = e->exception;
	const char *host = x && x->host ? x->host : NULL;
	const struct certificate *c = NULL;
	char date[DATE_TEXT_SIZE];

	if (e->certificate && anchor_decode(e->certificate, &c) < 0)
		c = NULL;
	date_format(e->end, date);
	log_event(past ? LOG_EXPIRED : LOG_EXPIRES_SOON,
		LOG_FIELDS(LOG_FIELD_SHA256(c ? c->sha256_hex : NULL),
			LOG_FIELD_SUBJECT(c ? c->subject : NULL),
			LOG_FIELD_HOST(host)),
		"%s %s%s%s%s %s on %s", endings_what(e->kind),
		c ? c->subject : "a certificate", host ? " for " : "",
		host ? host : "", x && !host ? " for every host" : "",
		past ? "expired" : "expires", date);
}

/* Is it so now, and was it not when limits were told last? */
static bool endings_crossed(const struct endings_look *l, int64_t limit)
{
	return limit < l->now && (!l->told->any || limit >= l->told->until);
}

static void endings_look_at(void *userdata, const struct ending *e)
{
	struct endings_look *l = userdata;
	bool past = ending_is_past(e->end, l->now);
	int64_t limit = past ? e->end : e->end - DATE_SOON_SECONDS;

	if (!endings_crossed(l, limit))
		return;
	if (past && e->kind == ENDING_EXCEPTED && !l->told->any)
		return;
	if (l->crossed < ENDINGS_MAX_LINES)
		endings_say(e, past);
	l->crossed++;
}

bool endings_tell(
	struct endings_told *t, const struct trust_state *s, int64_t now)
{
	struct endings_look l = {.told = t, .now = now};

	endings_each(s, endings_look_at, &l);
	if (l.crossed > ENDINGS_MAX_LINES)
		log_message(LOG_WARNING,
			"and %zu more have expired or expire soon: certprovctl "
			"status",
			l.crossed - ENDINGS_MAX_LINES);
	if (!t->any || now > t->until || now < t->until - CLOCK_DAY_SECONDS)
		t->until = now;
	t->any = true;
	return l.crossed > 0;
}
