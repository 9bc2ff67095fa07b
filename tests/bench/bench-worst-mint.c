/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worst questions that anybody can ask, each about as large as a message
 * may be, made before anything is measured:
 *
 *	bench-worst-mint DIRECTORY
 *
 * worst.root.pem is the authority that some of them lead to: the daemon has to
 * trust it. Beside it a file a question, NAME.worst: a whole Verify message
 * but for its host, WORST_HOST, which bench-worst makes another each time, so
 * that no answer is recalled. good.worst: WORST_GOOD messages one after the
 * other, each of a leaf, an intermediate and that root, RSA-2048, with an
 * intermediate of its own.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/string.h"
#include "tests/bench/bench-worst.h"

#define DAY 86400L
#define CHAIN_MAX 16
#define CHAIN_BYTES                                                            \
	((size_t)126 * 1024) /* of DER, below the limit of the socket */
#define CERTIFICATE_BYTES ((size_t)62 * 1024)
#define MESSAGE_BYTES ((size_t)250 * 1024)

/* Bytes that grow. */
struct buffer {
	uint8_t *data;
	size_t len;
	size_t room;
};

static void empty(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}
DEFINE_CLEANUP_EMBEDDED(struct buffer, empty);

static void put(struct buffer *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (b->len + len > b->room) {
		size_t room = 2 * (b->len + len) + 64;
		uint8_t *more = realloc(b->data, room);

		if (!more)
			die("memory");
		b->data = more;
		b->room = room;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_text(struct buffer *b, const char *text)
{
	put(b, text, strlen(text));
}

/* Tag, length and content. */
static void put_value(struct buffer *b, uint8_t tag, const void *p, size_t len)
{
	uint8_t head[5] = {tag};
	size_t n = 2;

	if (len < 0x80) {
		head[1] = (uint8_t)len;
	} else {
		head[1] = 0x83;
		head[2] = (uint8_t)(len >> 16);
		head[3] = (uint8_t)(len >> 8);
		head[4] = (uint8_t)len;
		n = 5;
		if (len < 0x10000) {
			head[1] = 0x82;
			head[2] = (uint8_t)(len >> 8);
			head[3] = (uint8_t)len;
			n = 4;
		}
		if (len < 0x100) {
			head[1] = 0x81;
			head[2] = (uint8_t)len;
			n = 3;
		}
	}
	put(b, head, n);
	put(b, p, len);
}

/* --- certificates --- */

struct spec {
	const char *subject; /* NULL: none; its CN otherwise */
	const char *issuer;
	EVP_PKEY *key;
	EVP_PKEY *by;
	const X509_NAME *subject_name; /* instead */
	bool ca;
	const char *extensions[6][2]; /* as in openssl.cnf */
	int raw_nid;                  /* one more, of these bytes */
	const char *raw_oid;
	const struct buffer *raw;
	bool raw_critical;
	size_t many; /* so many extensions of this kind */
	const ASN1_INTEGER *serial;
	const EVP_MD *md;
};

static long serial;

static EVP_PKEY *ec(const char *curve, bool compressed)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	if (!key)
		die("no key of %s", curve);
	if (compressed &&
		EVP_PKEY_set_utf8_string_param(
			key, "point-format", "compressed") != 1)
		die("no compressed point");
	return key;
}

static EVP_PKEY *rsa(unsigned bits)
{
	static EVP_PKEY *keys[8];
	size_t i = bits / 1024;

	if (i < 8 && keys[i])
		return keys[i];
	EVP_PKEY *key = EVP_RSA_gen(bits);

	if (!key)
		die("no RSA key");
	if (i < 8)
		keys[i] = key;
	return key;
}

/* A random odd modulus, with an exponent of so many bits: no key to sign by. */
static EVP_PKEY *rsa_of(unsigned bits, unsigned exponent_bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	BIGNUM *n = BN_new();
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	(void)BN_rand(n, (int)bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	for (unsigned i = 0; i < exponent_bits; i++)
		(void)BN_set_bit(e, (int)i);
	(void)OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	(void)OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	parameters = OSSL_PARAM_BLD_to_param(build);
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parameters) !=
			1)
		die("no RSA key");
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

static void set_cn(X509_NAME *name, const char *cn)
{
	if (cn &&
		!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
			(const unsigned char *)cn, -1, -1, 0))
		die("no name");
}

static void extend(X509 *x, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e = NULL;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	e = X509V3_EXT_nconf(NULL, &ctx, name, value);
	if (!e || X509_add_ext(x, e, -1) != 1)
		die("no extension %s: %s", name, value);
	X509_EXTENSION_free(e);
}

static void extend_raw(X509 *x, const struct spec *s, size_t number)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	char oid[64];
	ASN1_OBJECT *object = NULL;
	X509_EXTENSION *e = NULL;

	(void)snprintf(oid, sizeof(oid), "%s.%zu",
		s->raw_oid ? s->raw_oid : "1.2", number);
	object = s->raw_oid ? OBJ_txt2obj(oid, 1) : OBJ_nid2obj(s->raw_nid);
	(void)ASN1_OCTET_STRING_set(value, s->raw->data, (int)s->raw->len);
	e = X509_EXTENSION_create_by_OBJ(NULL, object, s->raw_critical, value);
	if (!e || X509_add_ext(x, e, -1) != 1)
		die("no raw extension");
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

static X509 *make(const struct spec *s)
{
	X509 *x = X509_new();

	(void)X509_set_version(x, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	if (s->serial)
		(void)X509_set_serialNumber(x, (ASN1_INTEGER *)s->serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), -DAY);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), 300 * DAY);
	set_cn(X509_get_subject_name(x), s->subject);
	if (s->subject_name)
		(void)X509_set_subject_name(x, s->subject_name);
	set_cn(X509_get_issuer_name(x), s->issuer);
	(void)X509_set_pubkey(x, s->key);
	if (s->ca) {
		extend(x, "basicConstraints", "critical,CA:TRUE");
		extend(x, "keyUsage", "critical,keyCertSign,cRLSign");
	}
	for (size_t i = 0; i < 6 && s->extensions[i][0]; i++)
		extend(x, s->extensions[i][0], s->extensions[i][1]);
	for (size_t i = 0; s->raw && i < (s->many ? s->many : 1); i++)
		extend_raw(x, s, i);
	if (!X509_sign(x, s->by, s->md ? s->md : EVP_sha256()))
		die("cannot sign: %s", ERR_error_string(ERR_get_error(), NULL));
	return x;
}

/* --- questions --- */

struct worst_chain {
	struct bytes der[CHAIN_MAX];
	size_t count;
	size_t bytes;
};

static bool add(struct worst_chain *c, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	X509_free(x);
	if (len <= 0)
		die("does not encode");
	if (c->count == CHAIN_MAX || c->bytes + (size_t)len > CHAIN_BYTES) {
		OPENSSL_free(der);
		return false;
	}
	must(bytes_copy(der, (size_t)len, &c->der[c->count++]), "memory");
	c->bytes += (size_t)len;
	OPENSSL_free(der);
	return true;
}

static const char *directory;

static FILE *create(const char *name, const char *suffix)
{
	CLEANUP(free) char *path = NULL;
	FILE *f = NULL;

	must(string_format(&path, "%s/%s%s", directory, name, suffix),
		"memory");
	f = fopen(path, "we");
	if (!f)
		die("cannot write %s", path);
	return f;
}

static void write_message(FILE *f, const struct worst_chain *c)
{
	(void)fputs("{\"method\":\"io.certprov.trust.Verify\",\"parameters\":"
		    "{\"chain\":[",
		f);
	for (size_t i = 0; i < c->count; i++) {
		CLEANUP(free) char *text = NULL;

		must(base64_encode(c->der[i].data, c->der[i].len, &text),
			"memory");
		(void)fprintf(f, "%s\"%s\"", i ? "," : "", text);
	}
	(void)fputs("],\"host\":\"" WORST_HOST "\",\"purpose\":\"https\"}}", f);
	(void)fputc(0, f);
}

static void ask_chain(const char *name, struct worst_chain *c)
{
	FILE *f = create(name, ".worst");

	write_message(f, c);
	(void)fclose(f);
	for (size_t i = 0; i < c->count; i++)
		bytes_done(&c->der[i]);
	*c = (struct worst_chain){0};
}

static EVP_PKEY *root_key;
static X509 *root;

#define ROOT "Worst Root"
#define SAN "DNS:*.bench.example"

static X509 *leaf_by(const char *issuer, EVP_PKEY *by)
{
	return make(&(struct spec){.subject = "leaf",
		.issuer = issuer,
		.key = rsa(2048),
		.by = by,
		.extensions = {{"subjectAltName", SAN},
			{"extendedKeyUsage", "serverAuth"}}});
}

/* --- good --- */

static void make_good(void)
{
	FILE *f = create("good", ".worst");

	for (unsigned i = 0; i < WORST_GOOD; i++) {
		CLEANUP(free) char *cn = NULL;
		struct worst_chain c = {0};

		must(string_format(&cn, "Good %u", i), "memory");
		add(&c,
			make(&(struct spec){.subject = "leaf",
				.issuer = cn,
				.key = rsa(2048),
				.by = rsa(2048),
				.extensions = {{"basicConstraints",
						       "critical,CA:FALSE"},
					{"keyUsage",
						"critical,digitalSignature,keyEncipherment"},
					{"extendedKeyUsage", "serverAuth"},
					{"subjectKeyIdentifier", "hash"},
					{"subjectAltName",
						SAN
						",DNS:sip.bench.example"}}}));
		add(&c,
			make(&(struct spec){.subject = cn,
				.issuer = ROOT,
				.key = rsa(2048),
				.by = root_key,
				.ca = true,
				.extensions = {
					{"subjectKeyIdentifier", "hash"}}}));
		write_message(f, &c);
		for (size_t k = 0; k < c.count; k++)
			bytes_done(&c.der[k]);
	}
	(void)fclose(f);
}

/* --- keys --- */

/* Many of one name, none of which issued the leaf. */
static void many_issuers(const char *name, EVP_PKEY *keys[CHAIN_MAX])
{
	struct worst_chain c = {0};

	add(&c, leaf_by("Junk", rsa(2048)));
	for (size_t i = 1; i < CHAIN_MAX; i++)
		add(&c,
			make(&(struct spec){.subject = "Junk",
				.issuer = "Junk",
				.key = keys[i],
				.by = rsa(2048),
				.ca = true}));
	ask_chain(name, &c);
}

static void many_ec(const char *name, const char *curve, bool compressed)
{
	EVP_PKEY *keys[CHAIN_MAX];
	struct worst_chain c = {0};
	EVP_PKEY *by = ec(curve, false);

	for (size_t i = 0; i < CHAIN_MAX; i++)
		keys[i] = ec(curve, compressed);
	add(&c, leaf_by("Junk", by));
	for (size_t i = 1; i < CHAIN_MAX; i++)
		add(&c,
			make(&(struct spec){.subject = "Junk",
				.issuer = "Junk",
				.key = keys[i],
				.by = rsa(2048),
				.ca = true}));
	ask_chain(name, &c);
}

static void many_rsa(const char *name, unsigned bits, unsigned exponent)
{
	EVP_PKEY *keys[CHAIN_MAX];

	for (size_t i = 0; i < CHAIN_MAX; i++)
		keys[i] = rsa_of(bits, exponent);
	many_issuers(name, keys);
}

/* A mesh: everybody issued everybody, as far as names tell. */
static void mesh(const char *name, const char *curve)
{
	struct worst_chain c = {0};
	EVP_PKEY *key = ec(curve, false);

	add(&c, leaf_by("M0", key));
	for (int i = 0; i < 15; i++) {
		char subject[8];
		char issuer[8];

		(void)snprintf(subject, sizeof(subject), "M%d", i % 3);
		(void)snprintf(issuer, sizeof(issuer), "M%d", (i + 1) % 3);
		add(&c,
			make(&(struct spec){.subject = subject,
				.issuer = i % 5 == 4 ? ROOT : issuer,
				.key = ec(curve, false),
				.by = key,
				.ca = true}));
	}
	ask_chain(name, &c);
}

/* A long way up to the root, everything signed by who it should be. */
static void tower(const char *name, const char *curve)
{
	struct worst_chain c = {0};
	EVP_PKEY *keys[CHAIN_MAX];

	for (size_t i = 0; i < CHAIN_MAX; i++)
		keys[i] = curve ? ec(curve, false) : rsa(4096);
	add(&c, leaf_by("T1", keys[1]));
	for (size_t i = 1; i < 15; i++) {
		char subject[8];
		char issuer[8];

		(void)snprintf(subject, sizeof(subject), "T%zu", i);
		(void)snprintf(issuer, sizeof(issuer), "T%zu", i + 1);
		add(&c,
			make(&(struct spec){.subject = subject,
				.issuer = i == 14 ? ROOT : issuer,
				.key = keys[i],
				.by = i == 14 ? root_key : keys[i + 1],
				.ca = true}));
	}
	ask_chain(name, &c);
}

/* --- what is large --- */

/* A leaf, or all certificates, with this extension. */
static void large(const char *name, int nid, const char *oid,
	const struct buffer *value, size_t many, bool all)
{
	struct worst_chain c = {0};

	for (size_t i = 0; i < (all ? CHAIN_MAX : 2); i++) {
		struct spec s = {.subject = i ? "Large" : "leaf",
			.issuer = "Large",
			.key = rsa(2048),
			.by = rsa(2048),
			.ca = i > 0,
			.raw_nid = nid,
			.raw_oid = oid,
			.raw = value,
			.many = many};

		if (!add(&c, make(&s)))
			break;
	}
	ask_chain(name, &c);
}

static void put_sequence_of(
	struct buffer *to, const struct buffer *item, size_t bytes)
{
	CLEANUP(empty) struct buffer all = {0};

	while (all.len + item->len <= bytes)
		put(&all, item->data, item->len);
	put_value(to, 0x30, all.data, all.len);
	empty(&all);
}

/* General names of one kind, all the same. */
static void many_names(
	const char *name, uint8_t tag, const char *text, size_t bytes, bool all)
{
	CLEANUP(empty) struct buffer item = {0};
	CLEANUP(empty) struct buffer value = {0};

	put_value(&item, tag, text, strlen(text));
	put_sequence_of(&value, &item, bytes);
	large(name, NID_subject_alt_name, NULL, &value, 1, all);
	empty(&item);
	empty(&value);
}

static void many_directory_names(const char *name, size_t bytes, bool all)
{
	static const uint8_t dn[] = {0xa4, 0x0e, 0x30, 0x0c, 0x31, 0x0a, 0x30,
		0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 0x01, 'a'};
	CLEANUP(empty) struct buffer item = {0};
	CLEANUP(empty) struct buffer value = {0};

	put(&item, dn, sizeof(dn));
	put_sequence_of(&value, &item, bytes);
	large(name, NID_subject_alt_name, NULL, &value, 1, all);
}

static void many_extensions(const char *name, size_t many)
{
	CLEANUP(empty) struct buffer value = {0};

	put_value(&value, 5, "", 0);
	large(name, 0, "1.3.6.1.4.1.99999", &value, many, true);
}

static void many_known_extensions(const char *name, int nid, size_t many)
{
	CLEANUP(empty) struct buffer value = {0};

	put_value(&value, 0x30, "", 0);
	large(name, nid, NULL, &value, many, true);
}

/* A subject, and the issuer's too, of many parts; in one set or each in its
 * own. */
static void many_parts(const char *name, size_t parts, bool one_set)
{
	X509_NAME *n = X509_NAME_new();
	struct worst_chain c = {0};

	for (size_t i = 0; i < parts; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%zx", i);
		if (!X509_NAME_add_entry_by_NID(n, NID_organizationalUnitName,
			    MBSTRING_UTF8, (unsigned char *)text, -1, -1,
			    one_set && i > 0 ? -1 : 0))
			die("no part");
	}
	for (size_t i = 0; i < CHAIN_MAX; i++)
		if (!add(&c,
			    make(&(struct spec){.subject = NULL,
				    .subject_name = n,
				    .issuer = "x",
				    .key = rsa(2048),
				    .by = rsa(2048),
				    .ca = i > 0})))
			break;
	X509_NAME_free(n);
	ask_chain(name, &c);
}

/* Parts of a type with a very long object identifier. */
static void long_types(const char *name)
{
	X509_NAME *n = X509_NAME_new();
	struct worst_chain c = {0};

	for (size_t i = 0; i < 100; i++) {
		char oid[1024] = "1.2";
		ASN1_OBJECT *o = NULL;

		for (size_t k = 0; k < 60; k++)
			(void)snprintf(oid + strlen(oid),
				sizeof(oid) - strlen(oid), ".4294967295");
		o = OBJ_txt2obj(oid, 1);
		if (!o ||
			!X509_NAME_add_entry_by_OBJ(n, o, MBSTRING_UTF8,
				(const unsigned char *)"a", -1, -1, 0))
			die("no long part");
		ASN1_OBJECT_free(o);
	}
	for (size_t i = 0; i < CHAIN_MAX; i++)
		if (!add(&c,
			    make(&(struct spec){.subject_name = n,
				    .issuer = "x",
				    .key = rsa(2048),
				    .by = rsa(2048),
				    .ca = i > 0})))
			break;
	X509_NAME_free(n);
	ask_chain(name, &c);
}

/* Many usages, or many policies: object identifiers. */
static void many_oids(const char *name, int nid, bool nested)
{
	CLEANUP(empty) struct buffer item = {0};
	CLEANUP(empty) struct buffer value = {0};
	CLEANUP(empty) struct buffer all = {0};

	for (unsigned i = 0; i < 5000; i++) {
		uint8_t oid[] = {0x2a, 0x03, (uint8_t)(0x81 + (i >> 7)),
			(uint8_t)(i & 0x7f)};

		empty(&item);
		put_value(&item, 6, oid, sizeof(oid));
		if (nested)
			put_value(&all, 0x30, item.data, item.len);
		else
			put(&all, item.data, item.len);
		if (all.len > CERTIFICATE_BYTES - 2000)
			break;
	}
	put_value(&value, 0x30, all.data, all.len);
	large(name, nid, NULL, &value, 1, true);
}

static void large_serial(const char *name)
{
	ASN1_INTEGER *big = ASN1_INTEGER_new();
	struct worst_chain c = {0};
	uint8_t bytes[CERTIFICATE_BYTES / 8];

	memset(bytes, 0x55, sizeof(bytes));
	(void)ASN1_STRING_set(big, bytes, sizeof(bytes));
	for (size_t i = 0; i < CHAIN_MAX; i++)
		if (!add(&c,
			    make(&(struct spec){.subject = i ? "Large" : "l",
				    .issuer = "Large",
				    .key = rsa(2048),
				    .by = rsa(2048),
				    .serial = big,
				    .ca = i > 0})))
			break;
	ASN1_INTEGER_free(big);
	ask_chain(name, &c);
}

/* 60 KB to be digested for each of fifteen signatures. */
static void much_signed(const char *name)
{
	CLEANUP(empty) struct buffer value = {0};
	struct worst_chain c = {0};
	static uint8_t zeros[CERTIFICATE_BYTES];

	put_value(&value, 4, zeros, sizeof(zeros) - 64);
	add(&c,
		make(&(struct spec){.subject = "leaf",
			.issuer = "Junk",
			.key = rsa(2048),
			.by = rsa(2048),
			.raw_oid = "1.3.6.1.4.1.99999",
			.raw = &value,
			.md = EVP_sha512()}));
	for (size_t i = 1; i < CHAIN_MAX; i++)
		add(&c,
			make(&(struct spec){.subject = "Junk",
				.issuer = "Junk",
				.key = rsa_of(2048, 17),
				.by = rsa(2048),
				.ca = true}));
	ask_chain(name, &c);
}

/* --- who owns a CA --- */

/* Many of one name, and of one constraint. */
struct constrained {
	const char *name;
	const char *san;
	size_t names;
	const char *base;
	size_t bases;
	uint8_t tag; /* of both */
	bool really; /* signed by the root, or only says so */
};

static void put_names(struct buffer *to, const struct constrained *k)
{
	CLEANUP(empty) struct buffer all = {0};

	put_value(&all, 0x82, "*.bench.example", 15);
	for (size_t i = 0; i < k->names; i++)
		put_value(&all, k->tag, k->san, strlen(k->san));
	put_value(to, 0x30, all.data, all.len);
}

static void put_constraints(struct buffer *to, const struct constrained *k)
{
	CLEANUP(empty) struct buffer base = {0};
	CLEANUP(empty) struct buffer subtree = {0};
	CLEANUP(empty) struct buffer all = {0};
	CLEANUP(empty) struct buffer excluded = {0};

	put_value(&base, k->tag, k->base, strlen(k->base));
	put_value(&subtree, 0x30, base.data, base.len);
	for (size_t i = 0; i < k->bases; i++)
		put(&all, subtree.data, subtree.len);
	put_value(&excluded, 0xa1, all.data, all.len);
	put_value(to, 0x30, excluded.data, excluded.len);
}

/* A leaf of many names below a CA of many constraints. */
static void constrained(const struct constrained *k)
{
	struct worst_chain c = {0};
	CLEANUP(empty) struct buffer sans = {0};
	CLEANUP(empty) struct buffer constraints = {0};

	put_names(&sans, k);
	put_constraints(&constraints, k);
	add(&c,
		make(&(struct spec){.subject = "leaf",
			.issuer = "Constrained",
			.key = rsa(2048),
			.by = rsa(2048),
			.raw_nid = NID_subject_alt_name,
			.raw = &sans}));
	add(&c,
		make(&(struct spec){.subject = "Constrained",
			.issuer = ROOT,
			.key = rsa(2048),
			.by = k->really ? root_key : rsa(2048),
			.ca = true,
			.raw_nid = NID_name_constraints,
			.raw = &constraints}));
	ask_chain(k->name, &c);
}

static void put_policies(struct buffer *to, unsigned count)
{
	CLEANUP(empty) struct buffer item = {0};
	CLEANUP(empty) struct buffer all = {0};

	for (unsigned i = 0; i < count; i++) {
		uint8_t oid[] = {0x2a, 0x03, (uint8_t)(0x81 + (i >> 7)),
			(uint8_t)(i & 0x7f)};

		empty(&item);
		put_value(&item, 6, oid, sizeof(oid));
		put_value(&all, 0x30, item.data, item.len);
	}
	put_value(to, 0x30, all.data, all.len);
}

/* Every certificate of a tower has many policies, and one demands some. */
static void policies(const char *name, unsigned count, size_t height)
{
	struct worst_chain c = {0};
	CLEANUP(empty) struct buffer value = {0};

	put_policies(&value, count);
	for (size_t i = 0; i < height; i++) {
		char subject[8];
		char issuer[8];

		(void)snprintf(subject, sizeof(subject), "P%zu", i);
		(void)snprintf(issuer, sizeof(issuer), "P%zu", i + 1);
		if (!add(&c,
			    make(&(struct spec){.subject = subject,
				    .issuer = i + 1 == height ? ROOT : issuer,
				    .key = rsa(2048),
				    .by = i + 1 == height ? root_key
							  : rsa(2048),
				    .ca = i > 0,
				    .extensions = {{"policyConstraints",
					    "requireExplicitPolicy:0"}},
				    .raw_nid = NID_certificate_policies,
				    .raw = &value})))
			die("%s: too large", name);
	}
	ask_chain(name, &c);
}

/* --- what is JSON --- */

static void text_message(const char *name, const char *before,
	const char *again, const char *after)
{
	FILE *f = create(name, ".worst");
	CLEANUP(empty) struct buffer b = {0};

	put_text(&b,
		"{\"method\":\"io.certprov.trust.Verify\",\"parameters\":"
		"{\"host\":\"" WORST_HOST "\",\"chain\":");
	put_text(&b, before);
	while (b.len + strlen(again) + strlen(after) + 4 < MESSAGE_BYTES)
		put_text(&b, again);
	put_text(&b, after);
	put_text(&b, "}}");
	(void)fwrite(b.data, 1, b.len, f);
	(void)fputc(0, f);
	(void)fclose(f);
}

static void many_keys(const char *name)
{
	FILE *f = create(name, ".worst");
	CLEANUP(empty) struct buffer b = {0};

	put_text(&b,
		"{\"method\":\"io.certprov.trust.Verify\",\"parameters\":"
		"{\"host\":\"" WORST_HOST "\",\"chain\":{\"\":0");
	for (unsigned i = 0; b.len < MESSAGE_BYTES - 64; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), ",\"%x\":0", i * 7919);
		put_text(&b, text);
	}
	put_text(&b, "}}}");
	(void)fwrite(b.data, 1, b.len, f);
	(void)fputc(0, f);
	(void)fclose(f);
}

static void make_root(void)
{
	FILE *f = create("worst", ".root.pem");

	root_key = rsa(2048);
	root = make(&(struct spec){.subject = ROOT,
		.issuer = ROOT,
		.key = root_key,
		.by = root_key,
		.ca = true,
		.extensions = {{"subjectKeyIdentifier", "hash"}}});
	if (PEM_write_X509(f, root) != 1)
		die("cannot write");
	(void)fclose(f);
}

static void make_keys(void)
{
	many_ec("p256", "P-256", false);
	many_ec("p256-compressed", "P-256", true);
	many_ec("p384", "P-384", false);
	many_ec("p521", "P-521", false);
	many_ec("p521-compressed", "P-521", true);
	many_ec("sect571r1", "sect571r1", false);
	many_ec("sect571r1-compressed", "sect571r1", true);
	many_ec("brainpool512", "brainpoolP512r1", true);
	many_rsa("rsa2048", 2048, 17);
	many_rsa("rsa4096", 4096, 17);
	many_rsa("rsa4096-exponent", 4096, 64);
	many_rsa("rsa8192", 8192, 17);
	many_rsa("rsa16384", 16384, 2);
	mesh("mesh-p384", "P-384");
	mesh("mesh-p521", "P-521");
	tower("tower-p384", "P-384");
	tower("tower-rsa4096", NULL);
}

static void make_large(void)
{
	many_names("names-empty", 0x82, "", CERTIFICATE_BYTES - 1024, true);
	many_names("names-dns", 0x82, "a.b", CERTIFICATE_BYTES - 1024, true);
	many_names("names-short", 0x82, "a.b", (size_t)6 * 1024, true);
	many_names("names-uri", 0x86, "sip:a", CERTIFICATE_BYTES - 1024, true);
	many_directory_names("names-directory", CERTIFICATE_BYTES - 1024, true);
	many_extensions("extensions", 2500);
	many_known_extensions("extensions-known", NID_ext_key_usage, 2500);
	many_parts("parts", 3000, false);
	many_parts("parts-set", 3000, true);
	many_parts("parts-some", 300, false);
	long_types("part-types");
	many_oids("usages", NID_ext_key_usage, false);
	many_oids("policies-leaf", NID_certificate_policies, true);
	large_serial("serials");
	much_signed("much-signed");
}

static void make_owned(void)
{
	constrained(&(struct constrained){
		.name = "constraints-claimed",
		.san = "a.example",
		.names = 2000,
		.base = "b.example",
		.bases = 2000,
		.tag = 0x82,
		.really = false,
	});
	constrained(&(struct constrained){
		.name = "constraints",
		.san = "a.example",
		.names = 250,
		.base = "b.example",
		.bases = 250,
		.tag = 0x82,
		.really = true,
	});
	constrained(&(struct constrained){
		.name = "constraints-many",
		.san = "a.example",
		.names = 3000,
		.base = "b.example",
		.bases = 3000,
		.tag = 0x82,
		.really = true,
	});
	{
		static char mail[30000];

		memset(mail, 'a', sizeof(mail) - 1);
		memcpy(mail, "a@", 2);
		constrained(&(struct constrained){
			.name = "constraints-long",
			.san = mail,
			.names = 1,
			.base = "b@c.d",
			.bases = 4000,
			.tag = 0x81,
			.really = true,
		});
	}
	policies("policies", 60, 14);
	policies("policies-many", 800, 8);
}

static void make_json(void)
{
	text_message("json-numbers", "[0", ",0", "]");
	text_message("json-arrays", "[[]", ",[]", "]");
	text_message("json-strings", "[\"\"", ",\"\"", "]");
	text_message("json-escapes", "[\"", "\\u0041", "\"]");
	many_keys("json-keys");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: bench-worst-mint DIRECTORY");
	directory = argv[1];
	make_root();
	make_good();
	make_keys();
	make_large();
	make_owned();
	make_json();
	return 0;
}
