/* SPDX-License-Identifier: Apache-2.0 */
/* What Status says of certificates and exceptions that end. */
#include "daemon/certprovd/api/concerns-ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url.h"

/* --- gathering --- */

static void concerns_ends_count(struct ends *to, const struct ending *e)
{
	if (to->count < CONCERNS_MAX_LISTED)
		to->first[to->count] = *e;
	to->count++;
}

static void concerns_ends_sort(void *userdata, const struct ending *e)
{
	struct concerns_ends *s = userdata;
	bool past = ending_is_past(e->end, s->now);
	enum ending_kind kind =
		e->kind == ENDING_EXCEPTED ? ENDING_SERVER : e->kind;

	if (e->kind == ENDING_EXCEPTED)
		s->excepted_past = s->excepted_past || past;
	if (past)
		concerns_ends_count(&s->expired[kind], e);
	else if (ending_step(e->end, s->now) > 0)
		concerns_ends_count(&s->soon[kind], e);
	if (!past && (s->next == 0 || e->end < s->next))
		s->next = e->end;
}

/* The exception in memory, whose host lasts. */
static const struct exception *concerns_ends_find(
	const struct concerns_ends *s, const struct store_exception *e)
{
	size_t count = 0;
	const struct exception *x = trust_exceptions_of(
		trust_state_trust(s->api->state), e->sha256, &count);

	for (size_t i = 0; i < count; i++)
		if (string_equal(x[i].host, e->host))
			return &x[i];
	return NULL;
}

bool concerns_ends_is_new(
	const struct store_exception *e, int64_t end, int64_t now)
{
	return ending_is_past(end, now) && !ending_is_past(e->expires, now) &&
		!(e->results && strstr(e->results, "\"expired\""));
}

static int concerns_ends_take_exception(
	void *userdata, const struct store_exception *e)
{
	struct concerns_ends *s = userdata;
	struct ending new = {.kind = ENDING_EXCEPTED};

	new.certificate = trust_state_find_server(s->api->state, e->sha256);
	if (!new.certificate ||
		!ending_of_certificate(new.certificate, &new.end) ||
		!concerns_ends_is_new(e, new.end, s->now))
		return 0;
	new.exception = concerns_ends_find(s, e);
	if (s->excepted.count < CONCERNS_MAX_LISTED)
		s->excepted.made[s->excepted.count] = e->added;
	concerns_ends_count(&s->excepted, &new);
	return 0;
}

int concerns_ends_gather(
	const struct api *api, int64_t now, struct concerns_ends *ret)
{
	*ret = (struct concerns_ends){.api = api, .now = now};
	endings_each(api->endings, concerns_ends_sort, ret);
	if (!ret->excepted_past && ret->expired[ENDING_SERVER].count == 0)
		return 0;
	return store_each_exception(
		api->store, concerns_ends_take_exception, ret);
}

size_t concerns_ends_total(const struct ends ends[ENDING__END])
{
	size_t total = 0;

	for (size_t i = 0; i < ENDING__END; i++)
		total += ends[i].count;
	return total;
}

/* --- telling --- */

static int concerns_ends_take_place(
	void *userdata, const struct store_certificate *c)
{
	struct telling *t = userdata;
	const char *url = c->url ? c->url : c->document;
	CLEANUP(free) char *shown = NULL;
	int r = url ? url_redact(url, &shown) : 0;

	if (!url && string_equal(c->origin, STORE_ORIGIN_EXCEPTION))
		return string_replace(&t->texts[2], "an exception");
	if (r == 0 && shown && c->line > 0)
		return string_format(&t->texts[2], "%s, line %lld", shown,
			(long long)c->line);
	t->texts[2] = TAKE_PTR(shown);
	return r;
}

/* With the commands that make it again and end it. */
static int concerns_ends_tell_exception(const struct certificate *c,
	const struct exception *x, struct telling *t)
{
	const char *option = x->host ? " --host " : "";
	const char *host = x->host ? x->host : "";
	int r = string_format(&t->texts[1], "certprovctl trust %s%s%s",
		c->sha256_hex, option, host);

	if (r == 0)
		r = string_format(&t->texts[2],
			"certprovctl remove servers %s --host %s",
			c->sha256_hex, x->host ? x->host : "'*'");
	t->facts.host = x->host ? x->host : "every host";
	t->facts.exception = t->texts[1];
	t->facts.cure = t->texts[2];
	return r;
}

static int concerns_ends_tell_place(const struct concerns_ends *s,
	const struct certificate *c, struct telling *t)
{
	int r = store_find_certificate(
		s->api->store, c->sha256, concerns_ends_take_place, t);

	t->facts.url = t->texts[2];
	return r == -ENOENT ? 0 : r;
}

static int concerns_ends_tell_one(const struct concerns_ends *s,
	const struct ending *e, struct telling *t)
{
	const struct certificate *c = NULL;
	int r = ending_decode(e, &c);

	t->facts.names = c ? NULL : "1";
	if (r < 0 || !c)
		return r < 0 ? r : 1;
	date_format(e->end, t->date);
	date_span(e->end - s->now, t->apart);
	t->facts.subject = certificate_subject(c);
	t->facts.sha256 = c->sha256_hex;
	t->facts.date = t->date;
	t->facts.apart = t->apart;
	r = e->exception ? concerns_ends_tell_exception(c, e->exception, t)
			 : concerns_ends_tell_place(s, c, t);
	return r < 0 ? r : 1;
}

int concerns_ends_tell(const struct concerns_ends *s, const struct ends *all,
	size_t index, struct telling *t)
{
	int r = 0;

	if (index >= all->count || index > CONCERNS_MAX_LISTED)
		return 0;
	if (index < CONCERNS_MAX_LISTED) {
		date_format(all->made[index], t->made);
		t->facts.since = t->made;
		return concerns_ends_tell_one(s, &all->first[index], t);
	}
	r = string_format(&t->texts[0], "%zu", all->count - index);
	t->facts.names = t->texts[0];
	return r < 0 ? r : 1;
}
