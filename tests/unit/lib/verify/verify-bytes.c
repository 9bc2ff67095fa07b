/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes are sent, there is an answer, and it is no trust. */
#include "lib/verify/verify.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"

static const struct pki_cert *root;
static const struct pki_cert *issuing;
static const struct pki_cert *leaf;

/* The root is trusted; what is sent changes from question to question. */
static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	leaf = pki_leaf("DNS:" HOST, issuing);
	trust_cert(root);
}

static void send_pair(const void *a, size_t a_len, const void *b, size_t b_len)
{
	query.chain_count = 0;
	send_more(a, a_len);
	send_more(b, b_len);
}

static void refuse_leaf(const void *der, size_t len)
{
	send_pair(der, len, issuing->der.data, issuing->der.len);
	(void)ask(HOST);
	ck_assert(!result.trusted);
}

static void refuse_issuer(const void *der, size_t len)
{
	send_pair(leaf->der.data, leaf->der.len, der, len);
	(void)ask(HOST);
	ck_assert(!result.trusted);
}

static const struct which {
	const struct pki_cert *const *c;
	void (*refuse)(const void *der, size_t len);
} both[] = {
	{&leaf, refuse_leaf},
	{&issuing, refuse_issuer},
};

START_TEST(with_any_bit_flipped_there_is_an_answer_and_no_trust)
{
	const struct which *which = &both[_i];
	const struct bytes *der = &(*which->c)->der;
	CLEANUP(free) uint8_t *copy = malloc(der->len);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, der->data, der->len);
	for (size_t bit = 0; bit < der->len * CHAR_BIT; bit++) {
		uint8_t mask = (uint8_t)(1u << bit % CHAR_BIT);

		copy[bit / CHAR_BIT] ^= mask;
		which->refuse(copy, der->len);
		copy[bit / CHAR_BIT] ^= mask;
	}
	send_pair(leaf->der.data, leaf->der.len, issuing->der.data,
		issuing->der.len);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

START_TEST(cut_short_anywhere_there_is_an_answer_and_no_trust)
{
	const struct which *which = &both[_i];
	const struct bytes *der = &(*which->c)->der;

	for (size_t len = 0; len < der->len; len++) {
		/* Of that size, so that sanitizers see one byte more. */
		CLEANUP(free) uint8_t *copy = malloc(len ? len : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, der->data, len);
		which->refuse(copy, len);
	}
}
END_TEST

/* OpenSSL reads a name whose tags lack the bit that says they are
 * constructed, and takes it for the same: so do we, or a distrusted issuer
 * would not be found by it. */
START_TEST(issuer_name_that_is_not_der_is_still_that_name)
{
	static const unsigned char issuer[] = "\x30\x12\x31\x10\x30\x0e\x06"
					      "\x03\x55\x04\x03\x0c\x07Issuing";
	CLEANUP(bytes_done) struct bytes copy = {0};
	uint8_t *name = NULL;

	ck_assert_int_eq(bytes_copy(leaf->der.data, leaf->der.len, &copy), 0);
	name = memmem(copy.data, copy.len, issuer, sizeof(issuer) - 1);
	ck_assert_ptr_nonnull(name);
	for (size_t at = 0; at <= 2; at += 2) {
		name[at] ^= 0x20;
		refuse_leaf(copy.data, copy.len);
		ck_assert_str_eq(verdict_name(result.verdict),
			at == 0 ? "malformed" : "bad-signature");
		name[at] ^= 0x20;
	}
}
END_TEST

/* --- a leaf that is decoded already --- */

static struct certificate *adopted(const struct pki_cert *c)
{
	struct certificate *made = NULL;
	enum verdict why = VERDICT__END;

	ck_assert_int_eq(certificate_adopt(
				 c->x509, c->der.data, c->der.len, &made, &why),
		0);
	ck_assert_ptr_nonnull(made);
	return made;
}

START_TEST(a_leaf_that_is_decoded_already_has_the_same_verdicts)
{
	CLEANUP(certificate_free) struct certificate *c = adopted(leaf);
	CLEANUP(bytes_done) struct bytes forged = {0};

	ck_assert_ptr_eq(c->x509, leaf->x509);
	SEND(leaf, issuing);
	query.leaf = c;
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, issuing, root);
	EXPECT("sip.example.com", VERDICT_NAME_MISMATCH);
	/* It is what was sent that is judged. */
	ck_assert_int_eq(bytes_copy(leaf->der.data, leaf->der.len, &forged), 0);
	forged.data[forged.len - 1] ^= 1;
	send_pair(forged.data, forged.len, issuing->der.data, issuing->der.len);
	EXPECT(HOST, VERDICT_BAD_SIGNATURE);
	send_pair(forged.data, forged.len - 1, issuing->der.data,
		issuing->der.len);
	ck_assert_uint_ne(ask(HOST), VERDICT_TRUSTED);
	query.leaf = NULL;
}
END_TEST

/* OpenSSL has decoded the key, and could verify with it. */
START_TEST(a_key_that_is_not_used_is_not_taken_from_openssl)
{
	const struct pki_cert *dsa = pki_make(
		&(struct pki_spec){
			.cn = "pbx", .san = "DNS:" HOST, .key = PKI_DSA},
		issuing);
	CLEANUP(certificate_free) struct certificate *c = adopted(dsa);

	ck_assert_ptr_ne(c->x509, dsa->x509);
	query.leaf = c;
	SEND(dsa, issuing);
	EXPECT(HOST, VERDICT_KEY_UNSUPPORTED);
	query.leaf = NULL;
}
END_TEST

TCase *verify_bytes_tests(void);

TCase *verify_bytes_tests(void)
{
	TCase *tc = tcase_create("verify-bytes");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc,
		with_any_bit_flipped_there_is_an_answer_and_no_trust, 0,
		ARRAY_SIZE(both));
	tcase_add_loop_test(tc,
		cut_short_anywhere_there_is_an_answer_and_no_trust, 0,
		ARRAY_SIZE(both));
	tcase_add_test(tc, issuer_name_that_is_not_der_is_still_that_name);
	tcase_add_test(
		tc, a_leaf_that_is_decoded_already_has_the_same_verdicts);
	tcase_add_test(tc, a_key_that_is_not_used_is_not_taken_from_openssl);
	return tc;
}
