/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that a peer sent beside its own. Each is found by the name
 * of its subject, and decoded only when that name is asked for.
 */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "lib/x509/name-digest.h"
#include "lib/x509/skeleton.h"

static int sent_decode(struct context *ctx, struct sent *to)
{
	enum verdict why = VERDICT_MALFORMED;

	ctx->work.decoded++;
	return certificate_decode(
		to->der->data, to->der->len, &to->certificate, &why);
}

/* A name that is not encoded in DER is compared in its decoded form. */
static int sent_name_decoded(struct context *ctx, struct sent *to)
{
	int r = context_spend(ctx, to->cost) ? sent_decode(ctx, to) : 0;

	to->usable = to->certificate;
	if (to->usable)
		memcpy(to->subject, to->certificate->subject_sha256,
			SHA256_BYTES);
	return r;
}

static bool sent_name_is_canonical(const struct certificate *c)
{
	const unsigned char *der = NULL;
	size_t len = 0;

	return X509_NAME_get0_der(X509_get_subject_name(c->x509), &der, &len) ==
		1 &&
		der_is_canonical(der, len);
}

/* What is kept has been read. It costs the same, so that no verdict depends
 * on it: not when its name has to be decoded to be known. */
static bool sent_name_kept(struct context *ctx, struct sent *to)
{
	struct certificate *c = intermediate_cache_find(
		ctx->trust->intermediates, to->der->data, to->der->len);

	if (!c || !sent_name_is_canonical(c)) {
		(void)certificate_free(c);
		return false;
	}
	to->kept = c;
	to->cost = COST_CERTIFICATE + key_decode_cost(&c->key) + c->parts;
	memcpy(to->subject, c->subject_sha256, SHA256_BYTES);
	to->usable = true;
	return true;
}

static int sent_name(struct context *ctx, struct sent *to)
{
	struct skeleton skeleton;
	struct public_key key;
	int r = 0;

	if (sent_name_kept(ctx, to))
		return 0;
	r = skeleton_read(to->der->data, to->der->len, &skeleton);
	/* Bytes that are not a certificate are ignored. */
	if (r < 0)
		return 0;
	key_read(skeleton.spki, &key);
	to->cost = COST_CERTIFICATE + key_decode_cost(&key) +
		skeleton_parts(to->der->data, to->der->len, &skeleton);
	if (!der_is_canonical(skeleton.subject.data, skeleton.subject.len))
		return sent_name_decoded(ctx, to);
	r = name_digest(skeleton.subject, to->subject);
	to->usable = r == 0;
	return r == -EINVAL ? 0 : r;
}

int sent_set(struct context *ctx, const struct bytes *sent, size_t sent_count)
{
	int r = 0;

	if (sent_count == 0)
		return 0;
	ctx->sent = calloc(sent_count, sizeof(*ctx->sent));
	if (!ctx->sent)
		return -ENOMEM;
	ctx->sent_count = sent_count;
	for (size_t i = 0; r == 0 && i < sent_count; i++) {
		ctx->sent[i].der = &sent[i];
		ctx->sent_bytes += sent[i].len;
		r = sent_name(ctx, &ctx->sent[i]);
	}
	return r;
}

int sent_get(struct context *ctx, struct sent *sent)
{
	int r = 0;

	if (sent->certificate)
		return 0;
	if (!context_spend_on_issuers(ctx, sent->cost))
		return 0;
	sent->certificate = TAKE_PTR(sent->kept);
	if (!sent->certificate)
		r = sent_decode(ctx, sent);
	sent->usable = sent->certificate;
	return r;
}
