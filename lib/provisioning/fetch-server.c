/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/string.h"

#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

void fetch_server_words_done(struct fetch_server_words *w)
{
	free(w->asked);
	free(w->shown);
	*w = (struct fetch_server_words){.asked = NULL};
}

bool fetch_server_is_plausible(
	const struct fetch_server *s, enum verdict verdict)
{
	if (verdict == VERDICT_CLIENT_CERTIFICATE_REFUSED &&
		s->client != FETCH_CLIENT_SENT)
		return false;
	if (s->retry_after > 0 &&
		(verdict != VERDICT_HTTP_STATUS ||
			(s->status != STATUS_TOO_MANY &&
				s->status != STATUS_UNAVAILABLE)))
		return false;
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

int fetch_server_explain(const struct fetch_server *s, enum verdict verdict,
	const char *url, struct fetch_server_words *w, struct facts *facts)
{
	int r = 0;

	fetch_server_name(s->asked ? s->asked : url, w->server);
	facts->server = w->server[0] ? w->server : NULL;
	if (s->asked && !string_equal(s->asked, url)) {
		r = string_replace(&w->asked, s->asked);
		facts->asked = w->asked;
	}
	facts->advice = fetch_cause_advice(s->cause, verdict, (long)s->status);
	return r;
}
