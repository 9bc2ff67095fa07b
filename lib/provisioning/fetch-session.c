/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of a fetcher have in common: texts made fit for reports, and
 * telling the listener.
 */
#include "lib/provisioning/fetch-session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"

#define FETCH_STATUS_FORBIDDEN 403

int fetch_wrong(struct handling *h, const char *field)
{
	h->field = field;
	return HANDLED_PARAMETER;
}

int fetch_undecoded(int r)
{
	return r == -EINVAL ? HANDLED_PARAMETER : r;
}

int fetch_clean(const char *text, size_t max_bytes, char **ret)
{
	CLEANUP(free) char *redacted = NULL;
	int r;

	if (!text) {
		*ret = NULL;
		return 0;
	}
	r = url_redact(text, &redacted);
	if (r < 0)
		return r;
	return text_escape(redacted, strlen(redacted), max_bytes, ret);
}

int fetch_clean_document(
	struct fetch_session *s, const char *document, char **ret)
{
	struct fetch_last_document *last = &s->last_document;
	int r = 0;

	if (!document || !string_equal(last->named, document)) {
		free(TAKE_PTR(last->named));
		free(TAKE_PTR(last->cleaned));
		r = fetch_clean(document, FETCH_MAX_URL_BYTES, &last->cleaned);
		if (r == 0)
			r = string_replace(&last->named, document);
	}
	return r < 0 ? r : string_replace(ret, last->cleaned);
}

void fetch_cleaned_done(struct fetch_cleaned *c)
{
	free(c->document);
	free(c->url);
	free(c->reason);
	free(c->name);
	free(c->asked);
}

int fetch_tell(struct fetch_session *s, struct decision *decision)
{
	int r = s->config.listener->decided(s->config.userdata, decision);

	decision_done(decision);
	return r;
}

static int fetch_copy_words(const struct fetch_line *l, struct outcome *o)
{
	int r = string_replace(&o->reason, l->reason);

	return r < 0 ? r : string_replace(&o->remedy, l->remedy);
}

static int fetch_put_warning(const struct fetch_line *l, struct outcome *o)
{
	struct facts facts = l->facts;

	if (!l->withheld_advice)
		return 0;
	facts.advice = l->withheld_advice;
	return outcome_add_warning(
		o, WARNING_CLIENT_CERTIFICATE_WITHHELD, &facts);
}

int fetch_tell_line(struct fetch_session *s, const struct fetch_line *l)
{
	struct decision d = {
		.outcome = {.kind = l->kind,
			.line = l->line > 0 ? l->line : 0,
			.accepted = verdict_is_positive(l->verdict),
			.verdict = l->verdict},
	};
	struct outcome *o = &d.outcome;
	int r = 0;

	if (string_replace(&o->document, l->document) < 0 ||
		string_replace(&o->url, l->url) < 0 ||
		string_replace(&o->name, l->name) < 0 ||
		string_replace(&o->sha256, l->sha256) < 0 ||
		string_replace(&o->subject, l->subject) < 0)
		r = -ENOMEM;
	if (r == 0 && l->reason)
		r = fetch_copy_words(l, o);
	else if (r == 0)
		r = verdict_explain(
			l->verdict, &l->facts, &o->reason, &o->remedy);
	if (r == 0)
		r = fetch_put_warning(l, o);
	if (r == 0)
		return fetch_tell(s, &d);
	decision_done(&d);
	return r;
}

/* What helps against the peer that this download met. */
static int fetch_put_peer(const struct fetch_session *s, struct fetch_line *l)
{
	char hex[SHA256_HEX_SIZE];
	uint8_t sha256[SHA256_BYTES];
	const struct fetch_peer_words *w = NULL;

	if (l->verdict != VERDICT_TLS_REJECTED || !l->url)
		return 0;
	if (url_digest(l->url, hex) < 0 || hex_parse(hex, sha256, SHA256_BYTES))
		return -EIO;
	w = fetch_peers_find(s->peers, sha256);
	if (!w)
		return 0;
	l->facts.peer_cure = w->remedy;
	l->facts.later = w->later;
	return 0;
}

/* An at sign of an e-mail address behind a URL would be taken for the end of
 * its userinfo, and hidden with all before it: it is written as RFC 4514
 * allows. */
static int fetch_escape_at_signs(const char *name, char **ret)
{
	static const char escaped[] = "\\40";
	char *out = calloc(sizeof(escaped), strlen(name) + 1);
	size_t len = 0;

	if (!out)
		return -ENOMEM;
	for (; *name; name++) {
		if (*name == '@') {
			memcpy(out + len, escaped, sizeof(escaped) - 1);
			len += sizeof(escaped) - 1;
		} else {
			out[len++] = *name;
		}
	}
	*ret = out;
	return 0;
}

/* The certificate that was sent, which is the first of the job's. */
static int fetch_put_shown(const struct fetch_session *s, struct fetch_line *l,
	struct fetch_server_words *w)
{
	const struct bytes *der = s->config.job->identity;
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(free) char *subject = NULL;
	CLEANUP(free) char *issuer = NULL;
	enum verdict refusal = VERDICT__END;
	int r = certificate_decode(der->data, der->len, &c, &refusal);

	if (r < 0)
		return r;
	if (!c)
		return 0;
	r = fetch_escape_at_signs(certificate_subject(c), &subject);
	if (r == 0)
		r = fetch_escape_at_signs(certificate_issuer(c), &issuer);
	if (r == 0)
		r = string_format(
			&w->shown, "%s, issued by %s", subject, issuer);
	l->facts.shown = w->shown;
	return r;
}

static bool fetch_is_about_identity(
	enum verdict verdict, const struct fetch_server *server)
{
	return verdict == VERDICT_CLIENT_CERTIFICATE_REFUSED ||
		(verdict == VERDICT_HTTP_STATUS &&
			server->status == FETCH_STATUS_FORBIDDEN);
}

/* What a server that asked who the phone is was told. */
static int fetch_put_client(const struct fetch_session *s,
	const struct fetch_server *server, struct fetch_line *l,
	struct fetch_server_words *w)
{
	const struct fetch_client_words words =
		fetch_client_explain(server->client, s->config.no_identity);

	if (server->client == FETCH_CLIENT_SENT)
		return fetch_is_about_identity(l->verdict, server)
			? fetch_put_shown(s, l, w)
			: 0;
	if (!fetch_client_withheld(server->client))
		return 0;
	l->facts.withheld = words.why;
	if (l->verdict == VERDICT_CLIENT_CERTIFICATE_REQUIRED)
		l->facts.advice = words.advice;
	else if (server->client != FETCH_CLIENT_NONE ||
		s->config.no_identity == FETCH_IDENTITY_KEPT_BACK)
		l->withheld_advice = words.advice;
	return 0;
}

int fetch_put_server(const struct fetch_session *s,
	const struct fetch_server *server, struct fetch_line *l,
	struct fetch_server_words *w)
{
	int r = fetch_server_explain(server, l->verdict, l->url, w, &l->facts);

	if (r == 0)
		r = fetch_put_client(s, server, l, w);
	return r < 0 ? r : fetch_put_peer(s, l);
}

int fetch_tell_rejected(struct fetch_session *s, const struct fetch_peer *peer)
{
	const struct run_listener *to = s->config.listener;

	return to->rejected ? to->rejected(s->config.userdata, peer) : 0;
}

static int fetch_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int fetch_index_validators(struct fetch_session *s)
{
	const struct fetch_pairs *v = &s->config.job->validators;

	s->validators = calloc(v->count + 1, sizeof(*s->validators));
	if (!s->validators)
		return -ENOMEM;
	for (size_t i = 0; i < v->count; i++)
		s->validators[i] = v->pairs[i].name;
	qsort(s->validators, v->count, sizeof(*s->validators),
		fetch_compare_names);
	return 0;
}

bool fetch_was_validated(const struct fetch_session *s, const char *digest)
{
	return bsearch(&digest, s->validators, s->config.job->validators.count,
		       sizeof(*s->validators), fetch_compare_names) != NULL;
}
