/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict decoding of certificates: an odd first byte stands for base64, an
 * even one for DER. What is accepted encodes to the same bytes again; what is
 * not has a negative verdict.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/x509/decode.h"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_refusal(const struct decode_refusal *refusal)
{
	expect((unsigned)refusal->verdict < VERDICT__END);
	expect(!verdict_is_positive(refusal->verdict));
	expect(refusal->verdict != VERDICT_PENDING);
}

static void try_der(const uint8_t *data, size_t size)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(free) char *names = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	uint8_t *again = NULL;
	int n = 0;

	if (decode_der(data, size, &c, &refusal) < 0)
		return;
	expect(ERR_peek_error() == 0);
	if (!c) {
		expect_refusal(&refusal);
		return;
	}
	expect(c->der.len == size && memcmp(c->der.data, data, size) == 0);
	expect(certificate_names_text(c, &names) == 0);
	/* Another key stands in the place of one that is not used. */
	if (!c->key.used)
		return;
	expect(i2d_re_X509_tbs(c->x509, NULL) > 0);
	n = i2d_X509(c->x509, &again);
	expect(n > 0 && (size_t)n == size && memcmp(again, data, size) == 0);
	OPENSSL_free(again);
}

/* Without white space, what was decoded encodes to the text again. */
static void expect_same_text(
	const struct bytes *der, const char *text, size_t size)
{
	CLEANUP(free) char *again = malloc(der->len / 3 * 4 + 5);
	size_t n = 0;
	size_t at = 0;

	if (!again)
		return;
	n = (size_t)EVP_EncodeBlock(
		(unsigned char *)again, der->data, (int)der->len);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))
			continue;
		expect(at < n && again[at++] == text[i]);
	}
	expect(at == n);
}

static void try_base64(const char *text, size_t size)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	if (decode_base64(text, size, &der, &refusal) < 0)
		return;
	if (!der.data) {
		expect_refusal(&refusal);
		return;
	}
	expect_same_text(&der, text, size);
	try_der(der.data, der.len);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		try_base64((const char *)data + 1, size - 1);
	else
		try_der(data + 1, size - 1);
	return 0;
}
