/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/certificate.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/der.h"
#include "tests/unit/lib/x509/made.h"
#include "tests/unit/runner.h"

static struct certificate *decode_bytes(const struct bytes *der)
{
	struct certificate *c = NULL;
	enum verdict verdict = VERDICT__END;

	ck_assert_int_eq(
		certificate_decode(der->data, der->len, &c, &verdict), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_mem_eq(c->der.data, der->data, der->len);
	return c;
}

static struct certificate *decode_made(const struct made *what)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	make_der(what, &der);
	return decode_bytes(&der);
}

/* Replace the first occurrence of a text in the bytes. */
static void replace(struct bytes *b, const char *what, const char *by)
{
	uint8_t *p = memmem(b->data, b->len, what, strlen(what));

	ck_assert_ptr_nonnull(p);
	memcpy(p, by, strlen(what));
}

START_TEST(facts_of_a_server_certificate_are_read)
{
	CLEANUP(certificate_free)
	struct certificate *c = decode_made(&(struct made){
		.common_name = "pbx, inc",
		.extensions =
			{
				{"subjectAltName",
					"DNS:pbx.example.com,IP:192.0.2.1,IP:2001:db8::1,"
					"URI:sip:example.com,email:a@example.com"},
				{"extendedKeyUsage", "serverAuth"},
				{"keyUsage", "digitalSignature"},
			},
	});
	uint8_t digest[SHA256_BYTES];

	ck_assert_str_eq(certificate_subject(c), "CN=pbx\\, inc");
	ck_assert_str_eq(certificate_issuer(c), certificate_subject(c));
	ck_assert_str_eq(certificate_serial(c), "1234ab");
	ck_assert_int_eq(c->not_before, 1577836800);
	ck_assert_int_eq(c->not_after, 2524608000);
	ck_assert_uint_eq(c->key.type, KEY_EC);
	ck_assert_uint_eq(c->key.bits, 256);
	ck_assert(c->tls_server && c->self_issued);
	ck_assert(!c->ca && !c->version_1 && !c->invalid_extension);
	ck_assert_uint_eq(c->name_count, 4);
	ck_assert_str_eq(c->names[0], "DNS:pbx.example.com");
	ck_assert_str_eq(c->names[1], "IP:192.0.2.1");
	ck_assert_str_eq(c->names[2], "IP:2001:db8::1");
	ck_assert_str_eq(c->names[3], "URI:sip:example.com");
	(void)SHA256(c->der.data, c->der.len, digest);
	ck_assert_mem_eq(c->sha256, digest, SHA256_BYTES);
	ck_assert_uint_eq(strlen(c->sha256_hex), SHA256_HEX_SIZE - 1);
}
END_TEST

START_TEST(key_digest_is_that_of_the_public_key_in_der)
{
	CLEANUP(certificate_free)
	struct certificate *c =
		decode_made(&(struct made){.key = "RSA", .common_name = "r"});
	uint8_t digest[SHA256_BYTES];
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &spki);

	ck_assert_int_gt(n, 0);
	(void)SHA256(spki, (size_t)n, digest);
	OPENSSL_free(spki);
	ck_assert_mem_eq(c->spki_sha256, digest, SHA256_BYTES);
	ck_assert_uint_eq(c->key.type, KEY_RSA);
	ck_assert_uint_eq(c->key.bits, 2048);
}
END_TEST

START_TEST(ca_is_what_says_so_but_never_version_1)
{
	CLEANUP(certificate_free)
	struct certificate *ca = decode_made(&(struct made){
		.key = "ED25519",
		.common_name = "ca",
		.extensions = {{"basicConstraints", "critical,CA:TRUE"},
			{"keyUsage", "keyCertSign"}},
	});
	CLEANUP(certificate_free)
	struct certificate *old = decode_made(&(struct made){
		.common_name = "old",
		.version = -1,
		.extensions = {{"basicConstraints", "CA:TRUE"}},
	});

	ck_assert(ca->ca && !ca->tls_server);
	ck_assert_uint_eq(ca->key.type, KEY_ED25519);
	ck_assert(!old->ca && old->version_1 && old->tls_server);
}
END_TEST

START_TEST(extended_key_usage_of_others_is_not_for_servers)
{
	CLEANUP(certificate_free)
	struct certificate *client = decode_made(&(struct made){
		.common_name = "c",
		.extensions = {{"extendedKeyUsage", "clientAuth"}},
	});
	CLEANUP(certificate_free)
	struct certificate *any = decode_made(&(struct made){
		.common_name = "a",
		.extensions = {{"extendedKeyUsage", "anyExtendedKeyUsage"}},
	});

	ck_assert(!client->tls_server);
	ck_assert(any->tls_server);
}
END_TEST

START_TEST(common_name_counts_only_without_dns_name)
{
	CLEANUP(certificate_free)
	struct certificate *c = decode_made(&(struct made){
		.common_name = "pbx",
		.extensions = {{"subjectAltName", "IP:192.0.2.1"}},
	});
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(certificate_names_text(c, &text), 0);
	ck_assert_str_eq(text, "IP:192.0.2.1, CN:pbx");
}
END_TEST

START_TEST(names_cannot_control_a_terminal)
{
	CLEANUP(certificate_free)
	struct certificate *c = decode_made(&(struct made){
		.common_name = "a\x1b[2J\nb\xe2\x80\x8b",
	});

	ck_assert_str_eq(certificate_subject(c), "CN=a\\1B[2J\\0Ab\\u200B");
	ck_assert_str_eq(c->names[0], "CN:a\\x1B[2J\\x0Ab\\u200B");
}
END_TEST

START_TEST(name_that_is_no_text_is_shown_in_hex)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict verdict = VERDICT__END;

	make_der(&(struct made){.common_name = "zz"}, &der);
	replace(&der, "\x0c\x02zz", "\x03\x02\x00\xff"); /* issuer */
	replace(&der, "\x0c\x02zz", "\x03\x02\x00\xff"); /* subject */
	ck_assert_int_eq(
		certificate_decode(der.data, der.len, &c, &verdict), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(certificate_subject(c), "CN=#030200FF");
	ck_assert_str_eq(c->names[0], "CN:\\xFF");
}
END_TEST

START_TEST(one_name_more_than_shown_is_counted)
{
	char san[64 * (CERTIFICATE_MAX_NAMES + 1)] = "";
	CLEANUP(free) char *text = NULL;
	struct made what = {.extensions = {{"subjectAltName", san}}};
	CLEANUP(certificate_free) struct certificate *c = NULL;

	for (unsigned i = 0; i <= CERTIFICATE_MAX_NAMES; i++)
		(void)snprintf(san + strlen(san), 64, "%sDNS:h%u.example.com",
			i ? "," : "", i);
	c = decode_made(&what);
	ck_assert_uint_eq(c->name_count, CERTIFICATE_MAX_NAMES);
	ck_assert_uint_eq(c->names_left_out, 1);
	ck_assert_uint_eq(c->alternative_names, CERTIFICATE_MAX_NAMES + 1);
	ck_assert_str_eq(certificate_subject(c), "");
	ck_assert_int_eq(certificate_names_text(c, &text), 0);
	ck_assert_str_eq(
		text + strlen(text) - strlen(" and 57 more"), " and 57 more");
}
END_TEST

START_TEST(certificate_without_any_name_says_so)
{
	CLEANUP(certificate_free)
	struct certificate *c = decode_made(&(struct made){.key = NULL});
	CLEANUP(free) char *text = NULL;

	ck_assert_uint_eq(c->name_count, 0);
	ck_assert_uint_eq(c->alternative_names, 0);
	ck_assert_int_eq(certificate_names_text(c, &text), 0);
	ck_assert_str_eq(text, "no names");
}
END_TEST

START_TEST(alternative_names_of_any_kind_are_counted)
{
	struct made what = {.extensions = {{"subjectAltName",
				    "DNS:a,email:a@b.example,IP:192.0.2.1"}}};
	CLEANUP(certificate_free) struct certificate *c = decode_made(&what);

	ck_assert_uint_eq(c->alternative_names, 3);
}
END_TEST

START_TEST(constraints_are_what_the_certificate_limits_itself_to)
{
	static const char *const expected[CERTIFICATE_CONSTRAINTS] = {
		"basicConstraints: CA:TRUE, pathlen:1",
		"keyUsage: Certificate Sign",
		NULL,
		"nameConstraints: Permitted:   DNS:a.[2J",
	};
	CLEANUP(certificate_free)
	struct certificate *c = decode_made(&(struct made){
		.common_name = "ca",
		.extensions =
			{
				{"basicConstraints", "CA:TRUE,pathlen:1"},
				{"keyUsage", "keyCertSign"},
				{"nameConstraints", "permitted;DNS:a\x1b[2J"},
			},
	});

	for (size_t i = 0; i < CERTIFICATE_CONSTRAINTS; i++) {
		CLEANUP(free) char *text = NULL;

		ck_assert_int_eq(certificate_constraint_text(c, i, &text), 0);
		ck_assert_pstr_eq(text, expected[i]);
	}
}
END_TEST

START_TEST(a_long_constraint_is_cut)
{
	char names[2 * CERTIFICATE_CONSTRAINT_MAX_BYTES] = "permitted;DNS:";
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(free) char *text = NULL;

	memset(names + strlen(names), 'a', CERTIFICATE_CONSTRAINT_MAX_BYTES);
	c = decode_made(&(struct made){
		.common_name = "ca",
		.extensions = {{"nameConstraints", names}},
	});
	ck_assert_int_eq(certificate_constraint_text(
				 c, CERTIFICATE_CONSTRAINTS - 1, &text),
		0);
	ck_assert_uint_eq(strlen(text), CERTIFICATE_CONSTRAINT_MAX_BYTES);
	ck_assert_str_eq(text + strlen(text) - 3, "...");
}
END_TEST

START_TEST(references_share_one_certificate)
{
	struct certificate *c =
		decode_made(&(struct made){.common_name = "shared"});
	struct certificate *same = certificate_ref(c);

	ck_assert_ptr_eq(same, c);
	ck_assert_ptr_null(certificate_free(c));
	ck_assert_str_eq(certificate_subject(same), "CN=shared");
	ck_assert_ptr_null(certificate_free(same));
	ck_assert_ptr_null(certificate_free(NULL));
}
END_TEST

static void assert_undecoded(const void *data, size_t len, enum verdict why)
{
	struct certificate *c = NULL;
	enum verdict verdict = VERDICT__END;

	ck_assert_int_eq(certificate_decode(data, len, &c, &verdict), 0);
	ck_assert_ptr_null(c);
	ck_assert_str_eq(verdict_name(verdict), verdict_name(why));
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

/* --- what OpenSSL has decoded --- */

static struct certificate *adopt(X509 *x509, const struct bytes *der)
{
	struct certificate *c = NULL;
	enum verdict verdict = VERDICT__END;

	ck_assert_int_eq(
		certificate_adopt(x509, der->data, der->len, &c, &verdict), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_mem_eq(c->der.data, der->data, der->len);
	return c;
}

static X509 *decode_by_openssl(const struct bytes *der)
{
	const uint8_t *p = der->data;
	X509 *x509 = d2i_X509(NULL, &p, (long)der->len);

	ck_assert_ptr_nonnull(x509);
	return x509;
}

START_TEST(an_object_of_openssl_is_shared_and_has_the_same_facts)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(certificate_free) struct certificate *adopted = NULL;
	CLEANUP(certificate_free) struct certificate *decoded = NULL;
	const struct made made = {.common_name = "pbx",
		.extensions = {{"subjectAltName", "DNS:pbx.example.com"}}};
	X509 *x509 = NULL;

	make_der(&made, &der);
	x509 = decode_by_openssl(&der);
	adopted = adopt(x509, &der);
	ck_assert_ptr_eq(adopted->x509, x509);
	X509_free(x509);
	decoded = adopt(adopted->x509, &der);
	ck_assert_ptr_eq(decoded->x509, adopted->x509);
	(void)certificate_free(decoded);
	decoded = decode_bytes(&der);
	ck_assert_ptr_ne(decoded->x509, adopted->x509);
	ck_assert_mem_eq(
		adopted->spki_sha256, decoded->spki_sha256, SHA256_BYTES);
	ck_assert_mem_eq(
		adopted->key_sha256, decoded->key_sha256, SHA256_BYTES);
	ck_assert_mem_eq(
		adopted->subject_sha256, decoded->subject_sha256, SHA256_BYTES);
	ck_assert_str_eq(adopted->sha256_hex, decoded->sha256_hex);
	ck_assert_str_eq(
		certificate_subject(adopted), certificate_subject(decoded));
	ck_assert_str_eq(adopted->names[0], "DNS:pbx.example.com");
	ck_assert_int_eq(adopted->not_after, decoded->not_after);
	ck_assert(adopted->key.used && adopted->tls_server);
}
END_TEST

/* The bytes decide, whatever the object is. */
START_TEST(an_object_that_is_not_exactly_these_bytes_is_not_taken)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(bytes_done) struct bytes other = {0};
	CLEANUP(certificate_free) struct certificate *by_bytes = NULL;
	CLEANUP(certificate_free) struct certificate *with_settings = NULL;
	X509 *x509 = NULL;

	make_der(&(struct made){.common_name = "pbx"}, &der);
	make_der(&(struct made){.common_name = "other"}, &other);
	x509 = decode_by_openssl(&other);
	by_bytes = adopt(x509, &der);
	ck_assert_ptr_ne(by_bytes->x509, x509);
	ck_assert_str_eq(certificate_subject(by_bytes), "CN=pbx");
	ck_assert_int_eq(
		X509_add1_trust_object(x509, OBJ_nid2obj(NID_server_auth)), 1);
	with_settings = adopt(x509, &other);
	ck_assert_ptr_ne(with_settings->x509, x509);
	ck_assert_ptr_null(X509_get0_trust_objects(with_settings->x509));
	X509_free(x509);
}
END_TEST

/* --- texts --- */

#define THREADS 4

static void *ask_for_texts(void *userdata)
{
	const struct certificate *c = userdata;

	(void)certificate_subject(c);
	(void)certificate_serial(c);
	return (void *)certificate_issuer(c);
}

START_TEST(threads_that_ask_for_a_text_get_the_same)
{
	pthread_t threads[THREADS];

	for (int round = 0; round < 50; round++) {
		CLEANUP(certificate_free)
		struct certificate *c =
			decode_made(&(struct made){.common_name = "shared"});

		for (int i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL,
						 ask_for_texts, c),
				0);
		for (int i = 0; i < THREADS; i++) {
			void *issuer = NULL;

			ck_assert_int_eq(pthread_join(threads[i], &issuer), 0);
			ck_assert_ptr_eq(issuer, certificate_issuer(c));
		}
		ck_assert_str_eq(certificate_issuer(c), "CN=shared");
		ck_assert_str_eq(certificate_serial(c), "1234ab");
	}
}
END_TEST

START_TEST(what_is_no_certificate_is_told_apart)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(free) uint8_t *big = calloc(1, CERTIFICATE_MAX_BYTES + 1);

	make_der(&(struct made){.common_name = "x"}, &der);
	ck_assert_ptr_nonnull(big);
	memcpy(big, der.data, der.len);
	assert_undecoded(NULL, 0, VERDICT_NOT_DER);
	assert_undecoded("<html>", 6, VERDICT_NOT_DER);
	assert_undecoded(der.data, der.len - 1, VERDICT_MALFORMED);
	assert_undecoded(big, der.len + 1, VERDICT_TRAILING_DATA);
	assert_undecoded(big, CERTIFICATE_MAX_BYTES, VERDICT_TRAILING_DATA);
	assert_undecoded(big, CERTIFICATE_MAX_BYTES + 1, VERDICT_TOO_LARGE);
}
END_TEST

/* The parts of a certificate, behind its own tag and length. */
struct parts {
	const uint8_t *tbs, *algorithm, *signature, *end;
};

static struct parts parts_of(const struct bytes *der)
{
	const uint8_t *end = der->data + der->len;
	struct der_value outer;
	struct der_value tbs;
	struct der_value algorithm;

	ck_assert(der_read(der->data, der->len, &outer));
	ck_assert(der_read(outer.content, outer.len, &tbs));
	ck_assert(der_read(tbs.end, (size_t)(end - tbs.end), &algorithm));
	return (struct parts){
		.tbs = outer.content,
		.algorithm = tbs.end,
		.signature = algorithm.end,
		.end = end,
	};
}

/* The length of one part, which is short, in the long form. */
static size_t lengthen(
	const struct bytes *der, const uint8_t *part, uint8_t *ret)
{
	size_t before = (size_t)(part + 1 - der->data);

	ck_assert_uint_lt(part[1], 0x80);
	memcpy(ret, der->data, before);
	ret[before] = 0x81;
	memcpy(ret + before + 1, part + 1, der->len - before);
	ck_assert_uint_lt(der->data[3], UINT8_MAX);
	ret[3]++;
	return der->len + 1;
}

/* All of them are read by OpenSSL, their signatures hold, and each has a
 * fingerprint of its own. */
START_TEST(ber_around_what_is_signed_is_not_canonical)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct parts parts;
	uint8_t ber[2048];
	size_t len = 0;

	make_der(&(struct made){.common_name = "x"}, &der);
	ck_assert_uint_lt(der.len, sizeof(ber) - 8);
	ck_assert_mem_eq(der.data, "\x30\x82", 2);
	parts = parts_of(&der);
	len = lengthen(&der, parts.algorithm, ber);
	assert_undecoded(ber, len, VERDICT_NOT_CANONICAL);
	len = lengthen(&der, parts.signature, ber);
	assert_undecoded(ber, len, VERDICT_NOT_CANONICAL);
	memcpy(ber, "\x30\x83\0", 3);
	memcpy(ber + 3, der.data + 2, der.len - 2);
	assert_undecoded(ber, der.len + 1, VERDICT_NOT_CANONICAL);
	memcpy(ber, "\x30\x80", 2);
	memcpy(ber + 2, parts.tbs, (size_t)(parts.end - parts.tbs));
	memcpy(ber + der.len - 2, "\0\0", 2);
	assert_undecoded(ber, der.len, VERDICT_NOT_CANONICAL);
}
END_TEST

static const char *const bad_times[] = {
	"20500230000000Z",
	"20501301000000Z",
	"20500101240000Z",
	"205001010000.5Z",
	"20500101000+01Z",
	"2050010100000 Z",
};

START_TEST(date_in_another_form_is_malformed)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	make_der(&(struct made){.common_name = "x"}, &der);
	replace(&der, "20500101000000Z", bad_times[_i]);
	assert_undecoded(der.data, der.len, VERDICT_MALFORMED);
}
END_TEST

START_TEST(dates_at_the_ends_of_the_calendar_are_read)
{
	CLEANUP(certificate_free)
	struct certificate *c =
		decode_made(&(struct made){.not_after = "99991231235959Z"});
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(certificate_free) struct certificate *first = NULL;
	enum verdict verdict = VERDICT__END;

	ck_assert_int_eq(c->not_after, 253402300799);
	make_der(&(struct made){.common_name = "x"}, &der);
	replace(&der, "20500101000000Z", "00000101000000Z");
	ck_assert_int_eq(
		certificate_decode(der.data, der.len, &first, &verdict), 0);
	ck_assert_ptr_nonnull(first);
	ck_assert_int_eq(first->not_after, -62167219200);
}
END_TEST

START_TEST(every_kind_of_key_has_a_name)
{
	for (unsigned i = 0; i < KEY__END; i++)
		ck_assert_ptr_nonnull(key_type_name((enum key_type)i));
	ck_assert_str_eq(key_type_name(KEY_RSA_PSS), "rsa-pss");
}
END_TEST

/* One set more or less of subjects and extensions, by what they weigh. */
static enum verdict decode_with(
	const char *extension, const void *value, size_t len, size_t times)
{
	CLEANUP(free) unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	X509 *x = make_x509(&(struct made){.common_name = "x"}, &key);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	struct certificate *c = NULL;
	enum verdict verdict = VERDICT_ACCEPTED;
	int n = 0;

	ck_assert(ASN1_OCTET_STRING_set(octets, value, (int)len));
	for (size_t i = 0; i < times; i++) {
		ASN1_OBJECT *o = OBJ_txt2obj(extension, 1);
		X509_EXTENSION *e =
			X509_EXTENSION_create_by_OBJ(NULL, o, 0, octets);

		ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
		X509_EXTENSION_free(e);
		ASN1_OBJECT_free(o);
	}
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	n = i2d_X509(x, &der);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(certificate_decode(der, (size_t)n, &c, &verdict), 0);
	ck_assert((c == NULL) == (verdict != VERDICT_ACCEPTED));
	if (c)
		ck_assert_uint_le(c->parts, CERTIFICATE_MAX_PARTS);
	certificate_free(c);
	ASN1_OCTET_STRING_free(octets);
	X509_free(x);
	EVP_PKEY_free(key);
	return verdict;
}

START_TEST(one_part_more_than_the_maximum_is_too_large)
{
	/* A sequence of so many empty DNS names. */
	static uint8_t names[4 + 2 * CERTIFICATE_MAX_PARTS];
	size_t others = 0;
	bool refused = false;

	for (size_t i = 4; i < sizeof(names); i += 2)
		names[i] = 0x82;
	for (size_t n = CERTIFICATE_MAX_PARTS - 64; n < CERTIFICATE_MAX_PARTS;
		n++) {
		size_t len = 2 * n;

		names[0] = 0x30;
		names[1] = 0x82;
		names[2] = (uint8_t)(len >> 8);
		names[3] = (uint8_t)len;
		if (decode_with("2.5.29.17", names, len + 4, 1) ==
			VERDICT_TOO_LARGE) {
			refused = true;
			others = CERTIFICATE_MAX_PARTS - n + 1;
			break;
		}
	}
	/* Of a plain certificate there are a few dozen others. */
	ck_assert(refused);
	ck_assert_uint_gt(others, 20);
	ck_assert_uint_lt(others, 60);
}
END_TEST

START_TEST(one_extension_more_than_the_maximum_is_too_large)
{
	static const uint8_t null[] = {5, 0};

	ck_assert_uint_eq(decode_with("1.2.3", null, sizeof(null),
				  CERTIFICATE_MAX_EXTENSIONS),
		VERDICT_ACCEPTED);
	ck_assert_uint_eq(decode_with("1.2.3", null, sizeof(null),
				  CERTIFICATE_MAX_EXTENSIONS + 1),
		VERDICT_TOO_LARGE);
}
END_TEST

/* It says to be longer than it is. */
START_TEST(extension_that_cannot_be_counted_counts_by_its_bytes)
{
	static const uint8_t junk[CERTIFICATE_MAX_PARTS] = {0x30, 0x84, 0xff};

	ck_assert_uint_eq(
		decode_with("1.2.3", junk, sizeof(junk), 1), VERDICT_TOO_LARGE);
}
END_TEST

TCase *certificate_tests(void);

TCase *certificate_tests(void)
{
	TCase *tc = tcase_create("certificate");

	tcase_add_test(tc, facts_of_a_server_certificate_are_read);
	tcase_add_test(tc, key_digest_is_that_of_the_public_key_in_der);
	tcase_add_test(tc, ca_is_what_says_so_but_never_version_1);
	tcase_add_test(tc, extended_key_usage_of_others_is_not_for_servers);
	tcase_add_test(tc, common_name_counts_only_without_dns_name);
	tcase_add_test(tc, names_cannot_control_a_terminal);
	tcase_add_test(tc, name_that_is_no_text_is_shown_in_hex);
	tcase_add_test(tc, one_name_more_than_shown_is_counted);
	tcase_add_test(tc, alternative_names_of_any_kind_are_counted);
	tcase_add_test(tc, certificate_without_any_name_says_so);
	tcase_add_test(
		tc, constraints_are_what_the_certificate_limits_itself_to);
	tcase_add_test(tc, a_long_constraint_is_cut);
	tcase_add_test(tc, references_share_one_certificate);
	tcase_add_test(
		tc, an_object_of_openssl_is_shared_and_has_the_same_facts);
	tcase_add_test(
		tc, an_object_that_is_not_exactly_these_bytes_is_not_taken);
	tcase_add_test(tc, threads_that_ask_for_a_text_get_the_same);
	tcase_add_test(tc, what_is_no_certificate_is_told_apart);
	tcase_add_test(tc, ber_around_what_is_signed_is_not_canonical);
	tcase_add_loop_test(tc, date_in_another_form_is_malformed, 0,
		(int)ARRAY_SIZE(bad_times));
	tcase_add_test(tc, dates_at_the_ends_of_the_calendar_are_read);
	tcase_add_test(tc, every_kind_of_key_has_a_name);
	tcase_add_test(tc, one_part_more_than_the_maximum_is_too_large);
	tcase_add_test(tc, one_extension_more_than_the_maximum_is_too_large);
	tcase_add_test(
		tc, extension_that_cannot_be_counted_counts_by_its_bytes);
	return tc;
}
