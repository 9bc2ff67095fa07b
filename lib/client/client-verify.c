/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/base/sha256.h"
#include "lib/client/client-internal.h"
#include "lib/x509/chain-limits.h"

/* What the daemon looks at, and what fits into a message. */
#define HOST_MAX_BYTES 320

static const char *const purposes[] = {
	[CERTPROV_ANY] = "any",
	[CERTPROV_SIP] = "sip",
	[CERTPROV_HTTPS] = "https",
	[CERTPROV_PROVISIONING] = "provisioning",
	[CERTPROV_LDAP] = "ldap",
};

struct client_question {
	const struct certprov_der *chain;
	size_t count;
	const char *host;
	enum certprov_purpose purpose;
	bool whole; /* no other chain has its digest */
	uint8_t sha256[SHA256_BYTES];
};

static int client_check_question(const struct client_question *q)
{
	if ((unsigned)q->purpose >= ARRAY_SIZE(purposes))
		return -EINVAL;
	if (!q->host && q->purpose != CERTPROV_ANY)
		return -EINVAL;
	if (q->host && strlen(q->host) > HOST_MAX_BYTES)
		return -EINVAL;
	for (size_t i = 0; i < q->count; i++)
		if (!q->chain[i].data && q->chain[i].size > 0)
			return -EINVAL;
	return 0;
}

/* A server may send anything; more than the daemon looks at is not sent. */
static bool client_is_too_much(const struct client_question *q)
{
	size_t total = 0;

	if (q->count > CHAIN_MAX_CERTIFICATES)
		return true;
	for (size_t i = 0; i < q->count; i++) {
		if (q->chain[i].size > CHAIN_MAX_BYTES - total)
			return true;
		total += q->chain[i].size;
	}
	return false;
}

static int client_too_much(struct certprov_verdict **ret)
{
	return certprov_verdict_new(
		&(struct certprov_verdict_parts){
			.size = sizeof(struct certprov_verdict_parts),
			.result = "budget",
			.reason = "The server sent more certificates than are "
				  "looked at.",
			.remedy = "Let the server send its own certificate and "
				  "those between it and the root, in order.",
			.store = "",
		},
		ret);
}

/* --- chains by digest --- */

/* Exactly one DER value: only then does the digest of all of them together
 * say where one ends and the next begins. */
static bool client_is_one_value(const struct certprov_der *der)
{
	const uint8_t *data = der->data;
	struct der_value value = {0};

	return data && der_read(data, der->size, &value) && !value.indefinite &&
		value.end == data + der->size;
}

static void client_digest_chain(struct client_question *q)
{
	struct sha256 s;

	q->whole = true;
	sha256_init(&s);
	for (size_t i = 0; i < q->count; i++) {
		q->whole = q->whole && client_is_one_value(&q->chain[i]);
		sha256_add(&s, q->chain[i].data, q->chain[i].size);
	}
	sha256_get(&s, q->sha256);
}

static struct client_seen *client_find_seen(
	struct certprov *c, const struct client_question *q)
{
	for (size_t i = 0; i < SEEN_CHAINS; i++)
		if (c->seen[i].set &&
			memcmp(c->seen[i].sha256, q->sha256, SHA256_BYTES) == 0)
			return &c->seen[i];
	return NULL;
}

static void client_add_seen(struct certprov *c, const struct client_question *q)
{
	struct client_seen *s = client_find_seen(c, q);

	if (s)
		return;
	s = &c->seen[c->next_seen];
	c->next_seen = (c->next_seen + 1) % SEEN_CHAINS;
	s->set = true;
	memcpy(s->sha256, q->sha256, SHA256_BYTES);
}

/* --- asking --- */

/* The parameters of Verify, VerifyDigest and ReportRejection. */
struct client_parameters {
	struct json_bytes_list chain;
	struct json_sha256 digest;
	const char *host;
	const char *purpose;
	const char *result;
};

#define CHAIN                                                                  \
	JSON_FIELD(struct client_parameters, chain, JSON_BYTES_LIST, JSON_MUST)
#define TARGET                                                                 \
	JSON_FIELD(struct client_parameters, host, JSON_STRING),               \
		JSON_FIELD(struct client_parameters, purpose, JSON_STRING)
static const struct json_field verify_fields[] = {CHAIN, TARGET};
static const struct json_field digest_fields[] = {
	JSON_FIELD_NAMED("chainSha256", struct client_parameters, digest,
		JSON_SHA256, JSON_MUST),
	TARGET,
};
static const struct json_field report_fields[] = {
	CHAIN,
	TARGET,
	JSON_FIELD(struct client_parameters, result, JSON_STRING, JSON_MUST),
};

/* Room for the chain is the caller's: CHAIN_MAX_CERTIFICATES. */
static struct client_parameters client_parameters_of(
	const struct client_question *q, struct bytes *room)
{
	struct client_parameters p = {
		.chain = {room, q->count},
		.digest = {.set = true},
		.host = q->host,
		.purpose = purposes[q->purpose],
	};

	for (size_t i = 0; i < q->count; i++)
		room[i] = (struct bytes){
			(uint8_t *)q->chain[i].data, q->chain[i].size};
	memcpy(p.digest.bytes, q->sha256, SHA256_BYTES);
	return p;
}

/* Takes the parameters. */
static int client_ask(struct certprov *c, const char *method, cJSON *parameters,
	struct certprov_verdict **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = client_call(c, method, parameters, 0, &answer);
	if (r < 0)
		return r;
	return client_verdict_decode(
		cJSON_DetachItemFromObjectCaseSensitive(
			answer.reply.parameters, "verdict"),
		ret);
}

/* NEED_CERTIFICATES when the chain has to be sent. */
static int client_ask_by_digest(struct certprov *c,
	const struct client_question *q, const struct client_parameters *p,
	struct certprov_verdict **ret)
{
	struct client_seen *s =
		c->no_digest || !q->whole ? NULL : client_find_seen(c, q);
	cJSON *parameters = NULL;
	int r = 0;

	if (!s)
		return NEED_CERTIFICATES;
	r = json_fields_encode(
		digest_fields, ARRAY_SIZE(digest_fields), p, &parameters);
	if (r == 0)
		r = client_ask(c, "VerifyDigest", parameters, ret);
	if (r == -EOPNOTSUPP)
		c->no_digest = true;
	return r == -EOPNOTSUPP ? NEED_CERTIFICATES : r;
}

static int client_ask_by_chain(struct certprov *c,
	const struct client_question *q, const struct client_parameters *p,
	struct certprov_verdict **ret)
{
	cJSON *parameters = NULL;
	int r = json_fields_encode(
		verify_fields, ARRAY_SIZE(verify_fields), p, &parameters);

	if (r == 0)
		r = client_ask(c, "Verify", parameters, ret);
	if (r == 0)
		client_add_seen(c, q);
	return r;
}

int certprov_verify(struct certprov *c, const struct certprov_der *chain,
	size_t count, const char *host, enum certprov_purpose purpose,
	struct certprov_verdict **ret)
{
	struct client_question q = {
		.chain = chain,
		.count = count,
		.host = host,
		.purpose = purpose,
	};
	struct bytes certificates[CHAIN_MAX_CERTIFICATES];
	struct client_parameters p;
	int r = client_check_question(&q);

	if (r < 0)
		return r;
	if (client_is_too_much(&q))
		return client_too_much(ret);
	client_digest_chain(&q);
	p = client_parameters_of(&q, certificates);
	r = client_ask_by_digest(c, &q, &p, ret);
	if (r == NEED_CERTIFICATES)
		r = client_ask_by_chain(c, &q, &p, ret);
	return r < 0 ? certprov_verdict_absent(c, r, ret) : 0;
}

/* --- reporting --- */

int certprov_report_rejection(struct certprov *c,
	const struct certprov_der *chain, size_t count, const char *host,
	enum certprov_purpose purpose, const char *result)
{
	const struct client_question q = {
		.chain = chain,
		.count = count,
		.host = host,
		.purpose = purpose,
	};
	struct bytes certificates[CHAIN_MAX_CERTIFICATES];
	struct client_parameters p;
	cJSON *parameters = NULL;
	int r = client_check_question(&q);

	if (r < 0)
		return r;
	if (!result || client_is_too_much(&q))
		return -EINVAL;
	p = client_parameters_of(&q, certificates);
	p.result = result;
	r = json_fields_encode(
		report_fields, ARRAY_SIZE(report_fields), &p, &parameters);
	return r < 0 ? r : client_tell(c, "ReportRejection", parameters);
}
