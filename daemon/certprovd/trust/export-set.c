/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/digest.h"

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----\n"
#define PEM_END "-----END CERTIFICATE-----\n"
#define PEM_LINE_BYTES 48 /* RFC 7468 section 2: 64 characters */

void export_set_done(struct export_set *s)
{
	free(s->rows);
	*s = (struct export_set){0};
}

/* --- the rows --- */

static int export_set_compare_rows(const void *a, const void *b)
{
	const struct export_row *x = a;
	const struct export_row *y = b;

	return memcmp(x->sha256, y->sha256, SHA256_BYTES);
}

static int export_set_collect(
	const struct anchors *anchors, struct export_set *s)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t count = 0;
	int r = 0;

	while (anchors_next(anchors, &cursor))
		count++;
	s->rows = calloc(count ? count : 1, sizeof(*s->rows));
	if (!s->rows)
		return -ENOMEM;
	cursor = 0;
	while (r == 0 && (a = anchors_next(anchors, &cursor))) {
		struct export_row *row = &s->rows[s->count++];

		row->anchor = a;
		r = anchors_sha256_of(anchors, a, row->sha256);
	}
	if (r < 0)
		return r;
	qsort(s->rows, s->count, sizeof(*s->rows), export_set_compare_rows);
	return 0;
}

/* The entries, and which of these certificates are in the store, so that copies
 * of them are found. The entries are packed, because struct distrusted may have
 * padding. */
int export_set_digest_distrusted(
	const struct trust *t, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(free)
	uint8_t *all = malloc((t->distrusted_count + 1) * (SHA256_BYTES + 2));
	uint8_t *end = all;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < t->distrusted_count; i++) {
		const struct distrusted *d = &t->distrusted[i];
		const struct anchor *there = NULL;
		int r = anchors_look_up(t->anchors, d->sha256, NULL, &there);

		if (r < 0)
			return r;
		*end++ = (uint8_t)d->kind;
		*end++ = there != NULL;
		memcpy(end, d->sha256, SHA256_BYTES);
		end += SHA256_BYTES;
	}
	return digest_sha256(all, (size_t)(end - all), ret);
}

static void export_set_take_over(struct export_row *row,
	const struct export_row *before, bool same_distrust)
{
	row->issuing = before->issuing;
	if (!same_distrust)
		return;
	row->decoded = before->decoded;
	row->distrusted = before->distrusted;
}

static void export_set_read_issuer(struct export_row *row)
{
	const struct bytes der = anchor_der(row->anchor);

	skeleton_read_issuer(der.data, der.len, &row->issuing);
}

/* Both are sorted, so one pass finds what the earlier set knew. */
static void export_set_look_into(
	struct export_set *s, const struct export_set *before)
{
	bool same =
		memcmp(s->distrusted, before->distrusted, SHA256_BYTES) == 0;
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct export_row *row = &s->rows[i];

		while (at < before->count &&
			export_set_compare_rows(&before->rows[at], row) < 0)
			at++;
		if (at < before->count &&
			export_set_compare_rows(&before->rows[at], row) == 0)
			export_set_take_over(row, &before->rows[at], same);
		else
			export_set_read_issuer(row);
	}
}

/* --- what is exported --- */

/* This decodes the certificate, which is expensive: once for each change of
 * what is distrusted. */
static int export_set_find_distrust(
	const struct trust *t, struct export_row *row)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	const struct bytes der = anchor_der(row->anchor);
	bool distrusted = false;
	enum verdict why = VERDICT_MALFORMED;
	int r = 0;

	if (row->decoded)
		return 0;
	r = certificate_decode(der.data, der.len, &c, &why);
	if (r == 0)
		r = trust_distrusts(t, &der, c, &distrusted);
	if (r < 0)
		return r;
	row->decoded = true;
	/* Of what cannot be decoded the key cannot be compared. */
	row->distrusted = !c || distrusted;
	return 0;
}

static int export_set_choose_rows(
	const struct trust *t, int64_t now, struct export_set *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->count; i++) {
		struct export_row *row = &s->rows[i];

		/* Readers check notBefore themselves; an expired certificate
		 * confuses some that find two of one name. */
		row->chosen = anchor_begins_trust(row->anchor) &&
			row->issuing.may_issue &&
			key_is_supported(
				&row->issuing.key, t->policy.rsa_max_bits) &&
			row->issuing.not_after >= now;
		if (!row->chosen || t->distrusted_count == 0)
			continue;
		r = export_set_find_distrust(t, row);
		row->chosen = !row->distrusted;
	}
	return r;
}

/* --- the whole --- */

static int export_set_count_and_digest(struct export_set *s)
{
	CLEANUP(free) uint8_t *all = malloc((s->count + 1) * SHA256_BYTES);
	uint8_t *end = all;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++) {
		if (!s->rows[i].chosen)
			continue;
		s->chosen++;
		memcpy(end, s->rows[i].sha256, SHA256_BYTES);
		end += SHA256_BYTES;
	}
	return digest_sha256(all, (size_t)(end - all), s->digest);
}

int export_set_choose(const struct trust *trust, int64_t now,
	const struct export_set *before, struct export_set *ret)
{
	CLEANUP(export_set_done) struct export_set s = {0};
	int r = export_set_collect(trust->anchors, &s);

	if (r < 0)
		return r;
	r = export_set_digest_distrusted(trust, s.distrusted);
	if (r < 0)
		return r;
	export_set_look_into(&s, before);
	r = export_set_choose_rows(trust, now, &s);
	if (r == 0)
		r = export_set_count_and_digest(&s);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(s);
	return 0;
}

/* --- text --- */

static size_t export_set_pem_length(size_t der_len)
{
	size_t lines = (der_len + PEM_LINE_BYTES - 1) / PEM_LINE_BYTES;

	return strlen(PEM_BEGIN PEM_END) + lines + (der_len + 2) / 3 * 4;
}

static char *export_set_put(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

static char *export_set_put_pem(char *to, struct bytes der)
{
	to = export_set_put(to, PEM_BEGIN);
	for (size_t at = 0; at < der.len; at += PEM_LINE_BYTES) {
		size_t rest = der.len - at;

		to += base64_put(der.data + at,
			rest < PEM_LINE_BYTES ? rest : PEM_LINE_BYTES, to);
		*to++ = '\n';
	}
	return export_set_put(to, PEM_END);
}

int export_set_text(const struct export_set *s, struct bytes *ret)
{
	char *text = NULL;
	char *end = NULL;
	size_t len = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].chosen)
			len += export_set_pem_length(
				anchor_der(s->rows[i].anchor).len);
	text = malloc(len ? len : 1);
	if (!text)
		return -ENOMEM;
	end = text;
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].chosen)
			end = export_set_put_pem(
				end, anchor_der(s->rows[i].anchor));
	*ret = (struct bytes){(uint8_t *)text, (size_t)(end - text)};
	return 0;
}
