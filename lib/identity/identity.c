/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

void identity_done(struct identity *i)
{
	for (size_t n = 0; n < i->count; n++)
		certificate_free(i->chain[n]);
	EVP_PKEY_free(i->key);
	*i = (struct identity){0};
}

static bool identity_has_key(const struct certificate *c, EVP_PKEY *key)
{
	bool has = X509_check_private_key(c->x509, key) == 1;

	ERR_clear_error();
	return has;
}

/* Take the certificate at this place out of what was read. */
static void identity_take(
	struct identity_pem *pem, size_t at, struct identity *to)
{
	to->chain[to->count++] = pem->certificates[at];
	pem->count--;
	memmove(&pem->certificates[at], &pem->certificates[at + 1],
		(pem->count - at) * sizeof(struct certificate *));
}

/* Signed by it, whatever digest the factory used. */
static bool identity_is_issued(
	const struct certificate *c, const struct certificate *issuer)
{
	return memcmp(c->issuer_sha256, issuer->subject_sha256, SHA256_BYTES) ==
		0 &&
		certificate_is_signed_by(c, issuer);
}

/* At most IDENTITY_MAX_CHAIN rounds of as many comparisons. */
static void identity_order(struct identity_pem *pem, struct identity *to)
{
	for (;;) {
		const struct certificate *last = to->chain[to->count - 1];
		size_t i = 0;

		to->complete = identity_is_issued(last, last);
		if (to->complete)
			break;
		while (i < pem->count &&
			!identity_is_issued(last, pem->certificates[i]))
			i++;
		if (i == pem->count)
			break;
		identity_take(pem, i, to);
	}
	to->left_over = pem->count;
}

/* The factory's keys are what they are; one that is chosen today is not. */
static enum verdict identity_judge_key(
	const struct certificate *c, enum identity_use use)
{
	enum verdict v = certificate_judge_key(c, 0);

	if (v == VERDICT_ACCEPTED && use == IDENTITY_CUSTOM &&
		key_is_short(&c->key))
		return VERDICT_KEY_TOO_WEAK;
	return v;
}

static enum verdict identity_find_leaf(
	struct identity_pem *pem, struct identity *to)
{
	if (pem->count == 0)
		return VERDICT_IDENTITY_CERTIFICATE_MISSING;
	if (!pem->key)
		return VERDICT_IDENTITY_KEY_MISSING;
	for (size_t i = 0; i < pem->count; i++) {
		if (!identity_has_key(pem->certificates[i], pem->key))
			continue;
		identity_take(pem, i, to);
		return VERDICT_ACCEPTED;
	}
	return VERDICT_IDENTITY_KEY_MISMATCH;
}

int identity_make(struct identity_pem *pem, enum identity_use use,
	struct identity *ret, struct identity_refusal *ret_refusal)
{
	CLEANUP(identity_done) struct identity made = {0};
	enum verdict v = identity_find_leaf(pem, &made);

	*ret = (struct identity){0};
	if (v == VERDICT_ACCEPTED)
		v = identity_judge_key(made.chain[0], use);
	if (v != VERDICT_ACCEPTED) {
		*ret_refusal = (struct identity_refusal){
			.verdict = v, .line = pem->key_line};
		return 0;
	}
	identity_order(pem, &made);
	made.key = TAKE_PTR(pem->key);
	*ret_refusal = (struct identity_refusal){.verdict = VERDICT__END};
	*ret = TAKE_OBJECT(made);
	return 0;
}
