/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that decides whether a certificate is distrusted. The
 * administrator names a fingerprint but means a certificate or a key, and
 * anybody can give either of them another fingerprint.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/trust/trust.h"
#include "lib/x509/signature-malleability.h"

/* Is anything of this kind distrusted? They are sorted by kind. */
static bool trust_distrust_any(const struct trust *t, enum distrust_kind kind)
{
	return t->distrusted[kind == DISTRUST_CERTIFICATE
				? 0
				: t->distrusted_count - 1]
		       .kind == kind;
}

static bool trust_distrust_found(const struct trust *t,
	enum distrust_reason reason, enum distrust_kind kind,
	const uint8_t *sha256, struct distrust *ret)
{
	if (!trust_lists_distrusted(t, kind, sha256))
		return false;
	*ret = (struct distrust){.reason = reason, .entry.kind = kind};
	memcpy(ret->entry.sha256, sha256, SHA256_BYTES);
	return true;
}

/* The key as it is, and in every other form. */
static int trust_distrust_by_key(const struct trust *t,
	const struct certificate *c, struct distrust *ret)
{
	uint8_t forms[KEY_FORMS_MAX][SHA256_BYTES];
	int count = 0;

	if (trust_distrust_found(t, DISTRUST_KEY, DISTRUST_PUBLIC_KEY,
		    c->spki_sha256, ret) ||
		trust_distrust_found(t, DISTRUST_KEY, DISTRUST_PUBLIC_KEY,
			c->key_sha256, ret))
		return 0;
	count = certificate_key_fingerprints(c, forms);
	for (int i = 0; i < count; i++)
		if (trust_distrust_found(t, DISTRUST_KEY, DISTRUST_PUBLIC_KEY,
			    forms[i], ret))
			return 0;
	return count < 0 ? count : 0;
}

static int trust_distrust_by_form(
	const struct trust *t, const struct bytes *der, struct distrust *ret)
{
	uint8_t forms[MALLEABILITY_MAX][SHA256_BYTES];
	int count = malleability_fingerprints(der, forms);

	for (int i = 0; i < count; i++)
		if (trust_distrust_found(t, DISTRUST_OTHER_FORM,
			    DISTRUST_CERTIFICATE, forms[i], ret))
			return 0;
	return count < 0 ? count : 0;
}

/* Has it subject and key of this one, if that is in the store? 0 or 1. */
static int trust_distrust_is_copy(const struct trust *t,
	const struct certificate *c, const uint8_t *distrusted)
{
	const struct certificate *other = NULL;
	const struct anchor *a = NULL;
	int r = anchors_look_up(t->anchors, distrusted, c->subject_sha256, &a);

	if (r < 0 || !a)
		return r;
	r = anchor_decode(a, &other);
	if (r < 0)
		return r;
	/* If it cannot be compared, it may be the same. */
	return !other ||
		memcmp(other->key_sha256, c->key_sha256, SHA256_BYTES) == 0;
}

/* With subject and key of a distrusted one it is another copy of that, issued
 * again with other dates or by somebody else. There may be any number of
 * namesakes in the store, so those that are distrusted are looked for. */
static int trust_distrust_by_copy(const struct trust *t,
	const struct certificate *c, struct distrust *ret)
{
	for (size_t i = 0; i < t->distrusted_count; i++) {
		const struct distrusted *d = &t->distrusted[i];
		int r = d->kind == DISTRUST_CERTIFICATE
			? trust_distrust_is_copy(t, c, d->sha256)
			: 0;

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret = (struct distrust){.reason = DISTRUST_COPY, .entry = *d};
		return 0;
	}
	return 0;
}

static int trust_distrust_look(const struct trust *t,
	const struct certificate *c, struct distrust *ret)
{
	int r = 0;

	if (trust_distrust_found(t, DISTRUST_FINGERPRINT, DISTRUST_CERTIFICATE,
		    c->sha256, ret))
		return 0;
	if (trust_distrust_any(t, DISTRUST_PUBLIC_KEY))
		r = trust_distrust_by_key(t, c, ret);
	if (r < 0 || ret->reason != DISTRUST_NOT ||
		!trust_distrust_any(t, DISTRUST_CERTIFICATE))
		return r;
	r = trust_distrust_by_form(t, &c->der, ret);
	if (r < 0 || ret->reason != DISTRUST_NOT)
		return r;
	return trust_distrust_by_copy(t, c, ret);
}

int trust_find_distrust(const struct trust *t, const struct certificate *c,
	struct distrust *ret)
{
	struct distrust d = {.reason = DISTRUST_NOT};
	int r = t->distrusted_count > 0 ? trust_distrust_look(t, c, &d) : 0;

	if (r < 0)
		return r;
	*ret = d;
	return 0;
}

/* For bytes that cannot be decoded. */
static int trust_distrust_by_bytes(
	const struct trust *t, const struct bytes *der, struct distrust *ret)
{
	uint8_t sha256[SHA256_BYTES];
	int r = 0;

	if (t->distrusted_count == 0 ||
		!trust_distrust_any(t, DISTRUST_CERTIFICATE))
		return 0;
	r = digest_sha256(der->data, der->len, sha256);
	if (r < 0 ||
		trust_distrust_found(t, DISTRUST_FINGERPRINT,
			DISTRUST_CERTIFICATE, sha256, ret))
		return r;
	return trust_distrust_by_form(t, der, ret);
}

int trust_distrusts(const struct trust *t, const struct bytes *der,
	const struct certificate *c, bool *ret)
{
	struct distrust d = {.reason = DISTRUST_NOT};
	int r = c ? trust_find_distrust(t, c, &d)
		  : trust_distrust_by_bytes(t, der, &d);

	if (r == 0)
		*ret = d.reason != DISTRUST_NOT;
	return r;
}

size_t trust_distrust_bytes(const struct trust *t, const struct certificate *c)
{
	return t->distrusted_count > 0 &&
			trust_distrust_any(t, DISTRUST_CERTIFICATE)
		? malleability_bytes(&c->der)
		: 0;
}

void trust_lift_words(const struct distrust *d, char ret[TRUST_LIFT_SIZE])
{
	char hex[SHA256_HEX_SIZE] = "";
	bool key = d->entry.kind == DISTRUST_PUBLIC_KEY;

	if (d->reason != DISTRUST_NOT)
		hex_format(d->entry.sha256, SHA256_BYTES, hex);
	(void)snprintf(ret, TRUST_LIFT_SIZE, "%s%s",
		*hex && key ? "--kind public-key " : "", hex);
}
