/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/phone/firmware.h"
#include "lib/provisioning/fetch-config.h"
#include "lib/verify/verify.h"
#include "lib/x509/certificate.h"
#include "lib/x509/names.h"

#define DNS_PREFIX "DNS:"

struct fetch_peers {
	struct fetch_peer_words items[FETCH_MAX_PEERS];
	size_t count; /* ever added */
};

static void fetch_peers_words_done(struct fetch_peer_words *w)
{
	free(w->reason);
	free(w->remedy);
	free(w->later);
	free(w->issuer);
	free(w->host);
	*w = (struct fetch_peer_words){.reason = NULL};
}
DEFINE_CLEANUP_EMBEDDED(struct fetch_peer_words, fetch_peers_words_done);

int fetch_peers_new(struct fetch_peers **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

struct fetch_peers *fetch_peers_free(struct fetch_peers *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < FETCH_MAX_PEERS; i++)
		fetch_peers_words_done(&p->items[i]);
	free(p);
	return NULL;
}

/* A host that a URL can have: no wildcard. */
static const char *fetch_peers_usable_name(const struct certificate *leaf)
{
	struct host host;

	for (size_t i = 0; i < leaf->name_count; i++)
		if (strncmp(leaf->names[i], DNS_PREFIX, strlen(DNS_PREFIX)) ==
				0 &&
			host_parse(leaf->names[i] + strlen(DNS_PREFIX),
				&host) == 0 &&
			host.kind == HOST_DNS)
			return leaf->names[i] + strlen(DNS_PREFIX);
	return NULL;
}

/* The URL that was asked, with a name that the certificate has; NULL if there
 * is none. Without its user and query, which may be secret. */
static int fetch_peers_correct(const struct fetch_peers_question *q, char **ret)
{
	const struct bytes *first = &q->peer->chain.items[0];
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	CLEANUP(url_done) struct url u = {0};
	enum verdict why = VERDICT__END;
	const char *name = NULL;
	int r = certificate_decode(first->data, first->len, &leaf, &why);

	if (r < 0)
		return r;
	name = leaf ? fetch_peers_usable_name(leaf) : NULL;
	if (!name || !q->asked || url_parse(q->asked, &u) < 0)
		return 0;
	if (string_replace(&u.userinfo, NULL) < 0 ||
		string_replace(&u.query, NULL) < 0)
		return -ENOMEM;
	r = string_replace(&u.host, name);
	return r < 0 ? r : url_format(&u, ret);
}

/* It was offered in this run, after the connection. */
static const char *fetch_peers_came_cure(const struct firmware *firmware)
{
	if (firmware_has(firmware, RULE_BASE64_VARIANT))
		return "A certificate of that name has been accepted in this "
		       "run, but after this connection, so it counts from the "
		       "next run on; one of type=\"base64\" in an earlier "
		       "document would have counted in this one. To try again: "
		       "certprovctl provision";
	return "A certificate of that name has been accepted in this run, but "
	       "after this connection, so it counts from the next run on: "
	       "certprovctl provision";
}

/* A certificate by url is fetched when all documents have been read, and so are
 * others at the same time. */
static const char *fetch_peers_later(
	const struct firmware *firmware, const struct verify_result *result)
{
	if (result->verdict != VERDICT_ISSUER_NOT_TRUSTED)
		return NULL;
	if (firmware_has(firmware, RULE_BASE64_VARIANT))
		return "A certificate by url is fetched after all documents, so "
		       "it counts for this server from the next run on; one of "
		       "type=\"base64\" in an earlier document counts at once.";
	return "A certificate by url is fetched after all documents, so it "
	       "counts for this server from the next run on.";
}

/* Whose certificate would complete the chain: the issuer of the last one that
 * was sent. */
static int fetch_peers_put_issuer(
	struct fetch_peer_words *w, const struct fetch_peer *peer)
{
	const struct bytes *last = &peer->chain.items[peer->chain.count - 1];
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT__END;
	int r = certificate_decode(last->data, last->len, &c, &why);

	return r < 0 || !c ? r
			   : string_replace(&w->issuer, certificate_issuer(c));
}

/* The words are those of the verdict that the fetcher tells; if it would be
 * another one here, the sentence is that of the verdict alone. */
static int fetch_peers_put_words(struct fetch_peer_words *w,
	const struct fetch_peers_question *q, struct verify_result *result)
{
	const struct firmware *firmware = &q->trust->policy.firmware;
	int r = string_replace(&w->host, q->peer->host);

	if (r == 0 && result->verdict == VERDICT_TRUSTED)
		r = string_replace(&w->remedy, fetch_peers_came_cure(firmware));
	if (r == 0)
		r = string_replace(
			&w->later, fetch_peers_later(firmware, result));
	if (r < 0 || result->verdict != q->peer->result)
		return r;
	w->reason = TAKE_PTR(result->reason);
	w->remedy = TAKE_PTR(result->remedy);
	if (result->verdict == VERDICT_ISSUER_NOT_TRUSTED)
		return fetch_peers_put_issuer(w, q->peer);
	return 0;
}

int fetch_peers_add(struct fetch_peers *p,
	const struct fetch_peers_question *question,
	const uint8_t url_sha256[SHA256_BYTES],
	const struct fetch_peer_words **ret)
{
	struct fetch_peer_words *slot = &p->items[p->count % FETCH_MAX_PEERS];
	CLEANUP(fetch_peers_words_done)
	struct fetch_peer_words w = {.reason = NULL};
	CLEANUP(verify_result_done) struct verify_result result = {0};
	CLEANUP(free) char *correct = NULL;
	struct verify_query query = {
		.chain = question->peer->chain.items,
		.chain_count = question->peer->chain.count,
		.host = question->peer->host,
		.purpose = PURPOSE_PROVISIONING,
		.now = question->now,
		.unrecorded = question->unrecorded,
	};
	int r = fetch_peers_correct(question, &correct);

	query.correct = correct;
	if (r == 0)
		r = verify_peer(question->trust, &query, &result);
	if (r == 0)
		r = fetch_peers_put_words(&w, question, &result);
	if (r < 0)
		return r;
	memcpy(w.url_sha256, url_sha256, SHA256_BYTES);
	fetch_peers_words_done(slot);
	*slot = TAKE_OBJECT(w);
	p->count++;
	*ret = slot;
	return 0;
}

const struct fetch_peer_words *fetch_peers_find(
	const struct fetch_peers *p, const uint8_t url_sha256[SHA256_BYTES])
{
	for (size_t i = p->count; i > 0 && p->count - i < FETCH_MAX_PEERS;
		i--) {
		const struct fetch_peer_words *w =
			&p->items[(i - 1) % FETCH_MAX_PEERS];

		if (memcmp(w->url_sha256, url_sha256, SHA256_BYTES) == 0)
			return w;
	}
	return NULL;
}

int fetch_peers_came(struct fetch_peers *p, const struct firmware *firmware,
	const char *subject, const char **ret_host)
{
	int found = 0;

	for (size_t i = 0; i < FETCH_MAX_PEERS; i++) {
		struct fetch_peer_words *w = &p->items[i];

		if (!w->issuer || !string_equal(w->issuer, subject))
			continue;
		if (string_replace(
			    &w->remedy, fetch_peers_came_cure(firmware)) < 0 ||
			string_replace(&w->later, NULL) < 0)
			return -ENOMEM;
		*ret_host = w->host;
		found = 1;
	}
	return found;
}
