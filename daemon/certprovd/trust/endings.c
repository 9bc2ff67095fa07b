/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/endings.h"

#include "daemon/certprovd/sys/log.h"
#include "lib/base/date.h"
#include "lib/x509/skeleton.h"

/* In days before the end, the first of them first. */
static const int64_t endings_steps[] = {ENDINGS_FIRST_STEP_DAYS, 7, 3, 1};

static const char *const endings_names[ENDING__END] = {
	[ENDING_DEVICE] = "device",
	[ENDING_SERVER] = "server",
	[ENDING_AUTHORITY] = "authority",
	[ENDING_EXCEPTED] = "excepted",
	[ENDING_EXCEPTION] = "exception",
};

const char *ending_kind_name(enum ending_kind kind)
{
	return endings_names[kind];
}

bool ending_is_past(int64_t end, int64_t now)
{
	return end < now;
}

/* When a step is reached, exclusive as an end is. */
static int64_t ending_limit(int64_t end, int64_t days)
{
	return end - days * CLOCK_DAY_SECONDS;
}

int64_t ending_step(int64_t end, int64_t now)
{
	int64_t last = 0;

	if (ending_is_past(end, now))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(endings_steps); i++)
		if (ending_limit(end, endings_steps[i]) < now)
			last = endings_steps[i];
	return last;
}

bool ending_is_soon(int64_t end, int64_t now)
{
	return ending_step(end, now) > 0;
}

bool ending_of_certificate(const struct anchor *a, int64_t *ret)
{
	struct bytes der = anchor_der(a);
	struct skeleton o = {0};

	return skeleton_read(der.data, der.len, &o) == 0 &&
		skeleton_not_after(&o, ret);
}

int ending_decode(const struct ending *e, const struct certificate **ret)
{
	*ret = e->own;
	return e->certificate ? anchor_decode(e->certificate, ret) : 0;
}

/* --- all of them --- */

static void endings_each_own(
	const struct endings_sources *sources, ending_fn *fn, void *userdata)
{
	const struct certificate *chain[ENDINGS_MAX_OWN];
	size_t count =
		sources->own ? sources->own(sources->userdata, chain) : 0;

	for (size_t i = 0; i < count; i++)
		fn(userdata,
			&(struct ending){
				.kind = ENDING_DEVICE,
				.own = chain[i],
				.end = chain[i]->not_after,
			});
}

static void endings_each_certificate(const struct anchors *in, unsigned lists,
	enum ending_kind kind, ending_fn *fn, void *userdata)
{
	struct ending e = {.kind = kind, .in = in};
	size_t cursor = 0;

	while ((e.certificate = anchors_next(in, &cursor)))
		if ((e.certificate->lists & lists) &&
			ending_of_certificate(e.certificate, &e.end))
			fn(userdata, &e);
}

/* One that is a server certificate as well was told as such. */
static void endings_each_authority(
	const struct endings_sources *sources, ending_fn *fn, void *userdata)
{
	const struct anchors *all = trust_state_trust(sources->state)->anchors;
	size_t count = sources->used ? sources->used->count : 0;

	for (size_t i = 0; i < count; i++) {
		struct ending e = {.kind = ENDING_AUTHORITY, .in = all};

		e.certificate = anchors_find(all, sources->used->sha256[i]);
		if (e.certificate && !(e.certificate->lists & ANCHOR_SERVERS) &&
			ending_of_certificate(e.certificate, &e.end))
			fn(userdata, &e);
	}
}

static void endings_each_exception(
	const struct trust_state *s, ending_fn *fn, void *userdata)
{
	const struct trust *t = trust_state_trust(s);

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

void endings_each(
	const struct endings_sources *sources, ending_fn *fn, void *userdata)
{
	const struct trust_state *s = sources->state;

	endings_each_own(sources, fn, userdata);
	endings_each_certificate(trust_state_trust(s)->anchors, ANCHOR_SERVERS,
		ENDING_SERVER, fn, userdata);
	endings_each_authority(sources, fn, userdata);
	endings_each_certificate(trust_state_excepted(s), ANCHOR_SERVERS,
		ENDING_EXCEPTED, fn, userdata);
	endings_each_exception(s, fn, userdata);
}

/* --- when the next one is --- */

struct endings_soonest {
	int64_t now;
	int64_t limit;
};

static void endings_take_limit(struct endings_soonest *s, int64_t limit)
{
	if (limit >= s->now && limit < s->limit)
		s->limit = limit;
}

static void endings_take_soonest(void *userdata, const struct ending *e)
{
	struct endings_soonest *s = userdata;

	for (size_t i = 0; i < ARRAY_SIZE(endings_steps); i++)
		endings_take_limit(s, ending_limit(e->end, endings_steps[i]));
	endings_take_limit(s, e->end);
}

int64_t endings_next(const struct endings_sources *sources, int64_t now)
{
	struct endings_soonest s = {.now = now, .limit = INT64_MAX};

	endings_each(sources, endings_take_soonest, &s);
	return s.limit == INT64_MAX ? INT64_MAX : s.limit + 1;
}

/* --- what is new --- */

struct endings_telling {
	struct endings_told *told;
	int64_t now;
	unsigned lines; /* that may still be written */
	size_t crossed;
	size_t unsaid;
};

static const char *endings_what(enum ending_kind kind)
{
	switch (kind) {
	case ENDING_DEVICE:
		return "the phone's own certificate, of";
	case ENDING_SERVER:
		return "the server certificate of";
	case ENDING_AUTHORITY:
		return "the authority";
	case ENDING_EXCEPTED:
		return "the certificate of an exception,";
	case ENDING_EXCEPTION:
		return "the exception for";
	case ENDING__END:
		break;
	}
	return "";
}

/* "within 3 days", or nothing. */
#define ENDINGS_WITHIN_SIZE 40
static const char *endings_within(int64_t days, char text[ENDINGS_WITHIN_SIZE])
{
	text[0] = 0;
	if (days > 0)
		(void)snprintf(text, ENDINGS_WITHIN_SIZE, ", within %lld day%s",
			(long long)days, days == 1 ? "" : "s");
	return text;
}

static void endings_say(const struct ending *e, int64_t days)
{
	const struct exception *x = e->exception;
	const char *host = x && x->host ? x->host : NULL;
	const struct certificate *c = NULL;
	char date[DATE_TEXT_SIZE];
	char within[ENDINGS_WITHIN_SIZE];

	if (ending_decode(e, &c) < 0)
		c = NULL;
	date_format(e->end, date);
	log_event(days > 0 ? LOG_EXPIRES_SOON : LOG_EXPIRED,
		LOG_FIELDS(LOG_FIELD_SHA256(c ? c->sha256_hex : NULL),
			LOG_FIELD_SUBJECT(c ? certificate_subject(c) : NULL),
			LOG_FIELD_HOST(host), LOG_FIELD_EXPIRES(date),
			LOG_FIELD_DAYS(days > 0 ? LOG_NUMBER(days) : NULL)),
		"%s %s%s%s%s %s on %s%s", endings_what(e->kind),
		c ? certificate_subject(c) : "a certificate",
		host ? " for " : "", host ? host : "",
		x && !host ? " for every host" : "",
		days > 0 ? "expires" : "expired", date,
		endings_within(days, within));
}

/* Is it so now, and was it not when steps were told last? */
static bool endings_crossed(const struct endings_telling *l, int64_t limit)
{
	return limit < l->now && (!l->told->any || limit >= l->told->until);
}

static void endings_look_at(void *userdata, const struct ending *e)
{
	struct endings_telling *l = userdata;
	bool past = ending_is_past(e->end, l->now);
	int64_t days = ending_step(e->end, l->now);

	if ((!past && days == 0) ||
		!endings_crossed(l, ending_limit(e->end, days)))
		return;
	if (past && e->kind == ENDING_EXCEPTED && !l->told->any)
		return;
	l->crossed++;
	if (l->lines == 0) {
		l->unsaid++;
		return;
	}
	l->lines--;
	endings_say(e, days);
}

/* What is left of this look and of this day. */
static unsigned endings_lines_left(struct endings_told *t, int64_t boot)
{
	unsigned left = 0;

	if (boot - t->day >= CLOCK_DAY_SECONDS || boot < t->day) {
		t->day = boot;
		t->lines = 0;
	}
	left = ENDINGS_MAX_LINES_A_DAY - t->lines;
	return left < ENDINGS_MAX_LINES ? left : ENDINGS_MAX_LINES;
}

/* True when it is not what was kept. */
static bool endings_move(struct endings_told *t, int64_t now)
{
	bool back = t->any && now < t->until - CLOCK_DAY_SECONDS;

	if (!t->any || now > t->until || back)
		t->until = now;
	t->any = true;
	return back;
}

struct endings_look endings_tell(struct endings_told *t,
	const struct endings_sources *sources, int64_t now, int64_t boot)
{
	unsigned lines = endings_lines_left(t, boot);
	struct endings_telling l = {.told = t, .now = now, .lines = lines};
	bool back = false;

	endings_each(sources, endings_look_at, &l);
	t->lines += lines - l.lines;
	if (l.unsaid > 0 && lines > 0)
		log_message(LOG_WARNING,
			"and %zu more have expired or expire soon: certprovctl "
			"expiring",
			l.unsaid);
	back = endings_move(t, now);
	return (struct endings_look){
		.crossed = l.crossed,
		.keep = l.crossed > 0 || back,
	};
}
