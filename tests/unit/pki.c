/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pki.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"

/* All that was made since the last pki_free_all. */
struct pki_made {
	struct pki_cert cert;
	struct pki_made *next;
};
static struct pki_made *all_made;
static long next_serial = 1000;

/* --- keys --- */

/* NULL when it fails: outside a test nothing can be asserted. */
static EVP_PKEY *make_dsa(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL;
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_paramgen_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) == 1)
		(void)EVP_PKEY_paramgen(ctx, &parameters);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
	if (EVP_PKEY_keygen_init(ctx) == 1)
		(void)EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

/* Nobody waits for two 8192-bit primes. */
static EVP_PKEY *make_absurd_rsa(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	BIGNUM *n = BN_new();
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	ck_assert(BN_rand(n, 16384, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
	ck_assert(BN_set_word(e, RSA_F4));
	ck_assert(OSSL_PARAM_BLD_push_BN(build, "n", n));
	ck_assert(OSSL_PARAM_BLD_push_BN(build, "e", e));
	params = OSSL_PARAM_BLD_to_param(build);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* A public exponent of 65 bits. */
static EVP_PKEY *make_long_exponent(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	ck_assert(BN_set_bit(e, 64));
	ck_assert(BN_set_bit(e, 0));
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &key), 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make_spelt_out(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(
				 key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
		1);
	return key;
}

static EVP_PKEY *make_key(enum pki_key type)
{
	switch (type) {
	case PKI_P256:
		return EVP_EC_gen("P-256");
	case PKI_P192:
		return EVP_EC_gen("P-192");
	case PKI_P384:
		return EVP_EC_gen("P-384");
	case PKI_P521:
		return EVP_EC_gen("P-521");
	case PKI_SECT571:
		return EVP_EC_gen("sect571r1");
	case PKI_BRAINPOOL:
		return EVP_EC_gen("brainpoolP256r1");
	case PKI_P256_SPELT_OUT:
		return make_spelt_out();
	case PKI_RSA_512:
		return EVP_RSA_gen(512);
	case PKI_RSA_1024:
		return EVP_RSA_gen(1024);
	case PKI_RSA_2048:
		return EVP_RSA_gen(2048);
	case PKI_RSA_LONG_EXPONENT:
		return make_long_exponent();
	case PKI_RSA_16384:
		return make_absurd_rsa();
	case PKI_DSA:
		return make_dsa();
	case PKI_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case PKI_ED448:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	case PKI_X25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	}
	return NULL;
}

/* --- keys that take long to make --- */

#define SLOW_KEY_MAX_BYTES 2048

static const enum pki_key slow_types[] = {
	PKI_RSA_2048,
	PKI_RSA_2048,
	PKI_RSA_2048,
	PKI_RSA_2048,
	PKI_RSA_1024,
	PKI_DSA,
};

static struct {
	uint8_t der[SLOW_KEY_MAX_BYTES];
	int len; /* 0 as long as there are none */
} slow_keys[ARRAY_SIZE(slow_types)];
/* The test at hand has these. */
static bool slow_key_is_taken[ARRAY_SIZE(slow_types)];

static void make_slow_keys(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(slow_types); i++) {
		EVP_PKEY *key = make_key(slow_types[i]);
		uint8_t *p = slow_keys[i].der;
		int len = i2d_PrivateKey(key, NULL);

		if (len > 0 && len <= SLOW_KEY_MAX_BYTES)
			slow_keys[i].len = i2d_PrivateKey(key, &p);
		EVP_PKEY_free(key);
	}
}

/* By another process: each test finds OpenSSL as it is before its first use. */
void pki_make_slow_keys(void)
{
	int ends[2];
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	child = fork();
	if (child == 0) {
		make_slow_keys();
		_exit(fd_write_full(ends[1], slow_keys, sizeof(slow_keys)) < 0);
	}
	fd_close(ends[1]);
	if (child < 0 ||
		fd_read_full(ends[0], slow_keys, sizeof(slow_keys)) < 0 ||
		waitpid(child, NULL, 0) != child)
		abort();
	fd_close(ends[0]);
}

/* NULL when there is none of this type, or no other one. */
static EVP_PKEY *take_slow_key(enum pki_key type)
{
	for (size_t i = 0; i < ARRAY_SIZE(slow_types); i++) {
		const uint8_t *p = slow_keys[i].der;

		if (slow_types[i] != type || slow_key_is_taken[i] ||
			slow_keys[i].len == 0)
			continue;
		slow_key_is_taken[i] = true;
		return d2i_AutoPrivateKey(NULL, &p, slow_keys[i].len);
	}
	return NULL;
}

static EVP_PKEY *key_of(const struct pki_spec *spec)
{
	EVP_PKEY *key = NULL;

	if (spec->same_key) {
		key = spec->same_key->key;
		ck_assert_int_eq(EVP_PKEY_up_ref(key), 1);
		return key;
	}
	key = take_slow_key(spec->key);
	if (!key)
		key = make_key(spec->key);
	ck_assert_ptr_nonnull(key);
	return key;
}

/* --- contents --- */

static void add_entry(X509_NAME *name, const char *field, const char *value)
{
	if (value)
		ck_assert_int_eq(
			X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
				(const unsigned char *)value, -1, -1, 0),
			1);
}

/* In front, a set without attributes: OpenSSL takes it for the same name. */
static X509_NAME *with_empty_rdn(X509_NAME *name)
{
	unsigned char *der = NULL;
	unsigned char longer[256] = {0x30, 0, 0x31, 0};
	const unsigned char *p = longer;
	int len = i2d_X509_NAME(name, &der);

	ck_assert_int_lt(len, 0x7e);
	longer[1] = (unsigned char)len;
	memcpy(longer + 4, der + 2, (size_t)len - 2);
	OPENSSL_free(der);
	X509_NAME_free(name);
	name = d2i_X509_NAME(NULL, &p, len + 2);
	ck_assert_ptr_nonnull(name);
	return name;
}

static void set_names(
	X509 *x, const struct pki_spec *spec, const struct pki_cert *issuer)
{
	X509_NAME *name = X509_NAME_new();

	ck_assert_ptr_nonnull(name);
	add_entry(name, "O", spec->organisation);
	add_entry(name, "CN", spec->cn);
	if (spec->empty_rdn)
		name = with_empty_rdn(name);
	ck_assert_int_eq(X509_set_subject_name(x, name), 1);
	ck_assert_int_eq(
		X509_set_issuer_name(
			x, issuer ? X509_get_subject_name(issuer->x509) : name),
		1);
	X509_NAME_free(name);
}

/* As text: the seconds of OpenSSL's own may end in 2038. */
void pki_set_time(ASN1_TIME *time, int64_t seconds)
{
	struct date d = date_of_seconds(seconds);
	char text[32];

	(void)snprintf(text, sizeof(text), "%04u%02u%02u%02u%02u%02uZ", d.year,
		d.month, d.day, d.hour, d.minute, d.second);
	ck_assert_int_eq(ASN1_TIME_set_string_X509(time, text), 1);
}

static void set_dates(X509 *x, const struct pki_spec *spec)
{
	int64_t from = spec->not_before ? spec->not_before : PKI_NOW - PKI_YEAR;
	int64_t to = spec->not_after ? spec->not_after : PKI_NOW + PKI_YEAR;

	pki_set_time(X509_getm_notBefore(x), from);
	pki_set_time(X509_getm_notAfter(x), to);
}

static void add_extension(
	X509 *x, const struct pki_cert *issuer, struct pki_extension from)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension = NULL;
	CONF *empty = NULL; /* some extensions look for sections */

	if (!from.name || !from.value)
		return;
	empty = NCONF_new(NULL);
	ck_assert_ptr_nonnull(empty);
	X509V3_set_ctx(&ctx, issuer ? issuer->x509 : x, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, empty);
	extension = X509V3_EXT_nconf(NULL, &ctx, from.name, from.value);
	ck_assert_msg(extension != NULL, "cannot make %s = %s", from.name,
		from.value);
	ck_assert_int_eq(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
	NCONF_free(empty);
}

static void add_ca_flags(
	X509 *x, const struct pki_spec *spec, const struct pki_cert *issuer)
{
	char value[64] = "critical,CA:TRUE";

	if (spec->no_basic_constraints || !spec->ca)
		return;
	if (spec->path_length > 0)
		(void)snprintf(value, sizeof(value),
			"critical,CA:TRUE,pathlen:%d", spec->path_length - 1);
	add_extension(
		x, issuer, (struct pki_extension){"basicConstraints", value});
}

static const char *usual_key_usage(const struct pki_spec *spec)
{
	if (spec->no_key_usage)
		return NULL;
	if (spec->key_usage)
		return spec->key_usage;
	return spec->ca ? "critical,keyCertSign,cRLSign"
			: "critical,digitalSignature";
}

static bool can_name_key(
	const struct pki_spec *spec, const struct pki_cert *issuer)
{
	return !spec->no_key_ids && issuer &&
		X509_get0_subject_key_id(issuer->x509);
}

static void add_extensions(
	X509 *x, const struct pki_spec *spec, const struct pki_cert *issuer)
{
	const struct pki_extension usual[] = {
		{"keyUsage", usual_key_usage(spec)},
		{"extendedKeyUsage", spec->eku},
		{"subjectAltName", spec->san},
		{"nameConstraints", spec->name_constraints},
		{"subjectKeyIdentifier", spec->no_key_ids ? NULL : "hash"},
		{"authorityKeyIdentifier",
			can_name_key(spec, issuer) ? "keyid" : NULL},
	};

	add_ca_flags(x, spec, issuer);
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		add_extension(x, issuer, usual[i]);
	for (size_t i = 0; i < ARRAY_SIZE(spec->extra); i++)
		add_extension(x, issuer, spec->extra[i]);
}

static void sign(X509 *x, const struct pki_spec *spec, EVP_PKEY *key)
{
	const char *name = spec->digest ? spec->digest : "SHA256";
	const EVP_MD *digest = NULL;

	if (*name && !EVP_PKEY_is_a(key, "ED25519") &&
		!EVP_PKEY_is_a(key, "ED448")) {
		digest = EVP_get_digestbyname(name);
		ck_assert_ptr_nonnull(digest);
	}
	ck_assert_int_gt(X509_sign(x, key, digest), 0);
}

/* --- other forms of a key --- */

/* Out of 04, x and y. */
static void change_point(X509_PUBKEY *key, enum pki_form form)
{
	const unsigned char *old = NULL;
	unsigned char *point = NULL;
	X509_ALGOR *algorithm = NULL;
	ASN1_OBJECT *curve = NULL;
	int len = 0;
	bool half = form == PKI_FORM_COMPRESSED;

	X509_PUBKEY_get0_param(NULL, &old, &len, &algorithm, key);
	curve = OBJ_dup(algorithm->parameter->value.object);
	point = OPENSSL_memdup(old, (size_t)len);
	point[0] = (unsigned char)((half ? 2 : 6) | (point[len - 1] & 1));
	ck_assert_int_eq(
		X509_PUBKEY_set0_param(key,
			OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
			curve, point, half ? 1 + (len - 1) / 2 : len),
		1);
}

static void change_rsa(X509_PUBKEY *key, enum pki_form form)
{
	const unsigned char *old = NULL;
	int len = 0;

	X509_PUBKEY_get0_param(NULL, &old, &len, NULL, key);
	ck_assert_int_eq(
		X509_PUBKEY_set0_param(key,
			OBJ_nid2obj(form == PKI_FORM_PSS ? NID_rsassaPss
							 : NID_rsaEncryption),
			V_ASN1_UNDEF, NULL, OPENSSL_memdup(old, (size_t)len),
			len),
		1);
}

static void change_form(X509 *x, enum pki_form form)
{
	X509_PUBKEY *key = X509_get_X509_PUBKEY(x);

	if (form == PKI_FORM_COMPRESSED || form == PKI_FORM_HYBRID)
		change_point(key, form);
	else if (form != PKI_FORM_USUAL)
		change_rsa(key, form);
}

/* --- certificates --- */

static void set_der(struct pki_cert *c, bool bad_signature)
{
	const unsigned char *p = NULL;
	unsigned char *der = NULL;
	int len = i2d_X509(c->x509, &der);

	ck_assert_int_gt(len, 0);
	if (bad_signature)
		der[len - 1] ^= 1;
	ck_assert_int_eq(bytes_copy(der, (size_t)len, &c->der), 0);
	OPENSSL_free(der);
	/* Read again: what was built lacks what decoding computes. */
	X509_free(c->x509);
	p = c->der.data;
	c->x509 = d2i_X509(NULL, &p, len);
	ck_assert_ptr_nonnull(c->x509);
}

static void set_digests(struct pki_cert *c)
{
	unsigned char *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &spki);

	ck_assert_int_gt(len, 0);
	(void)SHA256(spki, (size_t)len, c->spki_sha256);
	(void)SHA256(c->der.data, c->der.len, c->sha256);
	OPENSSL_free(spki);
}

const struct pki_cert *pki_make(
	const struct pki_spec *spec, const struct pki_cert *issuer)
{
	struct pki_made *made = calloc(1, sizeof(*made));
	struct pki_cert *c = &made->cert;

	ck_assert_ptr_nonnull(made);
	made->next = all_made;
	all_made = made;
	c->key = key_of(spec);
	c->x509 = X509_new();
	ck_assert_ptr_nonnull(c->x509);
	ck_assert_int_eq(
		X509_set_version(c->x509,
			spec->version_1 ? X509_VERSION_1 : X509_VERSION_3),
		1);
	ck_assert_int_eq(
		ASN1_INTEGER_set(X509_get_serialNumber(c->x509), next_serial++),
		1);
	set_names(c->x509, spec, issuer);
	set_dates(c->x509, spec);
	ck_assert_int_eq(X509_set_pubkey(c->x509, c->key), 1);
	change_form(c->x509, spec->form);
	if (!spec->version_1)
		add_extensions(c->x509, spec, issuer);
	sign(c->x509, spec, issuer ? issuer->key : c->key);
	set_der(c, spec->bad_signature);
	set_digests(c);
	return c;
}

void pki_free_all(void)
{
	memset(slow_key_is_taken, 0, sizeof(slow_key_is_taken));
	while (all_made) {
		struct pki_made *next = all_made->next;

		X509_free(all_made->cert.x509);
		EVP_PKEY_free(all_made->cert.key);
		bytes_done(&all_made->cert.der);
		free(all_made);
		all_made = next;
	}
}

const struct pki_cert *pki_root(const char *cn)
{
	return pki_make(&(struct pki_spec){.cn = cn, .ca = true}, NULL);
}

const struct pki_cert *pki_leaf(const char *san, const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = "server", .san = san}, issuer);
}

/* --- the other form --- */

static ECDSA_SIG *turned_signature(
	const ASN1_BIT_STRING *bits, const struct pki_cert *issuer)
{
	const unsigned char *p = bits->data;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &p, bits->length);
	BIGNUM *s = NULL;

	ck_assert_ptr_nonnull(signature);
	ck_assert_int_eq(EVP_PKEY_get_bn_param(issuer->key, "order", &s), 1);
	ck_assert_int_eq(BN_sub(s, s, ECDSA_SIG_get0_s(signature)), 1);
	ck_assert_int_eq(ECDSA_SIG_set0(signature,
				 BN_dup(ECDSA_SIG_get0_r(signature)), s),
		1);
	return signature;
}

struct bytes pki_other_form(
	const struct pki_cert *c, const struct pki_cert *issuer)
{
	X509 *copy = X509_dup(c->x509);
	const ASN1_BIT_STRING *bits = NULL;
	struct bytes ret = {0};
	unsigned char *der = NULL;
	ECDSA_SIG *signature = NULL;
	int len = 0;

	X509_get0_signature(&bits, NULL, copy);
	signature = turned_signature(bits, issuer);
	len = i2d_ECDSA_SIG(signature, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(ASN1_STRING_set((ASN1_BIT_STRING *)bits, der, len), 1);
	OPENSSL_free(der);
	der = NULL;
	len = i2d_X509(copy, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(bytes_copy(der, (size_t)len, &ret), 0);
	OPENSSL_free(der);
	ECDSA_SIG_free(signature);
	X509_free(copy);
	return ret;
}
