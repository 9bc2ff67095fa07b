/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

void fetch_server_words_done(struct fetch_server_words *w)
{
	free(w->place);
	free(w->asked);
	*w = (struct fetch_server_words){.place = NULL};
}

bool fetch_server_is_plausible(
	const struct fetch_server *s, enum verdict verdict)
{
	return s->cause == FETCH_CAUSE_NONE ||
		fetch_cause_verdict(s->cause) == verdict;
}

void fetch_server_name(const char *url, char ret[FETCH_SERVER_SIZE])
{
	CLEANUP(url_done) struct url u = {0};

	ret[0] = 0;
	if (url && url_parse(url, &u) == 0)
		(void)snprintf(ret, FETCH_SERVER_SIZE, "%s:%u", u.host,
			(unsigned)u.port);
}

/* What nobody would look for in the document that names it. */
static bool fetch_server_is_about_url(enum verdict verdict)
{
	return verdict == VERDICT_HTTP_STATUS ||
		verdict == VERDICT_AUTHENTICATION_REQUIRED;
}

int fetch_server_explain(const struct fetch_server *s, enum verdict verdict,
	const char *url, const char *document, int64_t line,
	struct fetch_server_words *w, struct facts *facts)
{
	int r = 0;

	fetch_server_name(s->asked ? s->asked : url, w->server);
	facts->server = w->server[0] ? w->server : NULL;
	if (s->asked && !string_equal(s->asked, url)) {
		r = string_replace(&w->asked, s->asked);
		facts->asked = w->asked;
	}
	facts->advice = fetch_cause_advice(s->cause, verdict, (long)s->status);
	if (r < 0 || !document || line <= 0 ||
		!fetch_server_is_about_url(verdict))
		return r;
	r = strcmp(document, "inline") == 0
		? string_format(&w->place, "line %lld", (long long)line)
		: string_format(&w->place, "line %lld of %s", (long long)line,
			  document);
	facts->place = w->place;
	return r;
}
