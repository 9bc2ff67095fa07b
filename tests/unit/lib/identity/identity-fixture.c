/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/identity/identity-fixture.h"

#include <check.h>
#include <openssl/pem.h>
#include <string.h>

#include "lib/base/string.h"

#define MAX_TEXTS 64
static char *texts[MAX_TEXTS];
static size_t text_count;

void identity_fixture_done(void)
{
	while (text_count > 0)
		free(texts[--text_count]);
	pki_free_all();
}

static const char *keep(char *text)
{
	ck_assert_uint_lt(text_count, MAX_TEXTS);
	texts[text_count++] = text;
	return text;
}

static const char *keep_bio(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	char *copy = strndup(data, (size_t)len);

	BIO_free(bio);
	ck_assert_ptr_nonnull(copy);
	return keep(copy);
}

const char *certificate_pem(const struct pki_cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(bio, c->x509), 1);
	return keep_bio(bio);
}

const char *key_pem(const struct pki_cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_PrivateKey(
				 bio, c->key, NULL, NULL, 0, NULL, NULL),
		1);
	return keep_bio(bio);
}

const char *joined(const char *a, const char *b, const char *c)
{
	char *text = NULL;

	ck_assert_int_eq(string_format(&text, "%s%s%s", a, b, c), 0);
	return keep(text);
}

static struct identity_refusal read_and_make(
	const char *text, enum identity_use use, struct identity *ret)
{
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	struct identity_refusal refusal = {.verdict = VERDICT_ACCEPTED};

	ck_assert_int_eq(
		identity_pem_read(text, strlen(text), &pem, &refusal), 0);
	if (refusal.verdict == VERDICT__END)
		ck_assert_int_eq(identity_make(&pem, use, ret, &refusal), 0);
	return refusal;
}

struct identity identity_of(const char *text, enum identity_use use)
{
	struct identity i = {0};
	struct identity_refusal refusal = read_and_make(text, use, &i);

	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	ck_assert_uint_gt(i.count, 0);
	return i;
}

struct identity_refusal refusal_of(const char *text, enum identity_use use)
{
	CLEANUP(identity_done) struct identity i = {0};
	struct identity_refusal refusal = read_and_make(text, use, &i);

	ck_assert_uint_eq(i.count, 0);
	return refusal;
}
