/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of the bench, made before anything is measured:
 *
 *	bench-mint DIRECTORY ROOTS
 *
 * rsa.* (RSA-2048 throughout) and ec.* (P-256): STYLE.root.pem, the
 * intermediate STYLE.int.der, and STYLE.leaves, BENCH_LEAVES server
 * certificates one after the other, all for one host. STYLE.cold, BENCH_COLD
 * pairs: a leaf, then the intermediate that only it has. RSA keys come from a
 * small stock, because making hundreds takes a minute; serial, subject and
 * signature are each leaf's own, and so are all keys of ec.*. The first leaf
 * with its chain and key is STYLE.server.pem. roots.pem, and the same one
 * after the other in roots.der: ROOTS more roots, P-256.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/bench/bench.h"

#define KEY_STOCK 8
#define DAY 86400L
#define VALID_DAYS 300

struct maker {
	bool rsa;
	bool stocked; /* keys are used again */
	EVP_PKEY *stock[KEY_STOCK];
	size_t taken;
	long serial;
};

struct mint_issuer {
	X509 *cert;
	EVP_PKEY *key;
};

static EVP_PKEY *new_key(bool rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");

	if (!key)
		die("no key");
	return key;
}

static EVP_PKEY *next_key(struct maker *m)
{
	size_t i = m->taken++ % KEY_STOCK;

	if (!m->stocked)
		return new_key(m->rsa);
	if (!m->stock[i])
		m->stock[i] = new_key(m->rsa);
	EVP_PKEY_up_ref(m->stock[i]);
	return m->stock[i];
}

static void empty_stock(struct maker *m)
{
	for (size_t i = 0; i < KEY_STOCK; i++)
		EVP_PKEY_free(m->stock[i]);
}

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e = NULL;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!e || X509_add_ext(x, e, -1) != 1)
		die("no extension %s", value);
	X509_EXTENSION_free(e);
}

static void extend_ca(X509 *x, X509 *issuer)
{
	extend(x, issuer, NID_basic_constraints, "critical,CA:TRUE");
	extend(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	extend(x, issuer, NID_subject_key_identifier, "hash");
	if (x != issuer)
		extend(x, issuer, NID_authority_key_identifier, "keyid");
}

static void extend_leaf(X509 *x, X509 *issuer)
{
	extend(x, issuer, NID_basic_constraints, "critical,CA:FALSE");
	extend(x, issuer, NID_key_usage,
		"critical,digitalSignature,keyEncipherment");
	extend(x, issuer, NID_ext_key_usage, "serverAuth");
	extend(x, issuer, NID_subject_key_identifier, "hash");
	extend(x, issuer, NID_authority_key_identifier, "keyid");
	extend(x, issuer, NID_subject_alt_name,
		"DNS:" BENCH_HOST ",DNS:sip.bench.example");
}

/* by NULL: self-signed. */
static struct mint_issuer make(
	struct maker *m, const char *cn, const struct mint_issuer *by, bool ca)
{
	struct mint_issuer made = {.cert = X509_new(), .key = next_key(m)};
	X509 *x = made.cert;
	X509 *issuer = by ? by->cert : x;
	X509_NAME *name = NULL;

	if (!x)
		die("memory");
	name = X509_get_subject_name(x);
	(void)X509_set_version(x, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), ++m->serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), -DAY);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), VALID_DAYS * DAY);
	(void)X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
		(const unsigned char *)"Bench", -1, -1, 0);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		(const unsigned char *)cn, -1, -1, 0);
	(void)X509_set_issuer_name(x, X509_get_subject_name(issuer));
	(void)X509_set_pubkey(x, made.key);
	if (ca)
		extend_ca(x, issuer);
	else
		extend_leaf(x, issuer);
	if (!X509_sign(x, by ? by->key : made.key, EVP_sha256()))
		die("cannot sign");
	return made;
}

static void let_go(struct mint_issuer *i)
{
	X509_free(i->cert);
	EVP_PKEY_free(i->key);
}

static FILE *create(const char *directory, const char *style, const char *name)
{
	CLEANUP(free) char *path = NULL;
	FILE *f = NULL;

	must(string_format(&path, "%s/%s%s", directory, style, name), "memory");
	f = fopen(path, "we");
	if (!f)
		die("cannot write %s", path);
	return f;
}

static void write_out(FILE *f, X509 *x, bool pem)
{
	if ((pem ? PEM_write_X509(f, x) : i2d_X509_fp(f, x)) != 1)
		die("cannot write");
}

static void write_one(
	const char *directory, const char *style, const char *name, X509 *x)
{
	FILE *f = create(directory, style, name);

	write_out(f, x, strstr(name, ".pem") != NULL);
	(void)fclose(f);
}

/* What a server shows, and has: certificate, intermediate, key. */
static void write_server(const char *directory, const char *style,
	const struct mint_issuer *leaf, const struct mint_issuer *intermediate)
{
	FILE *f = create(directory, style, ".server.pem");

	write_out(f, leaf->cert, true);
	write_out(f, intermediate->cert, true);
	if (PEM_write_PrivateKey(f, leaf->key, NULL, NULL, 0, NULL, NULL) != 1)
		die("cannot write");
	(void)fclose(f);
}

/* Each with an issuer of its own. */
static void mint_cold(const char *directory, const char *style, struct maker *m,
	const struct mint_issuer *root)
{
	FILE *f = create(directory, style, ".cold");

	for (unsigned i = 0; i < BENCH_COLD; i++) {
		CLEANUP(free) char *cn = NULL;
		struct mint_issuer by = {0};
		struct mint_issuer leaf = {0};

		must(string_format(&cn, "Cold %u", i), "memory");
		by = make(m, cn, root, true);
		leaf = make(m, "Cold Peer", &by, false);
		write_out(f, leaf.cert, false);
		write_out(f, by.cert, false);
		let_go(&leaf);
		let_go(&by);
	}
	(void)fclose(f);
}

static void mint_style(const char *directory, const char *style, bool rsa)
{
	struct maker m = {.rsa = rsa, .stocked = rsa};
	struct mint_issuer root = make(&m, "Bench Root", NULL, true);
	struct mint_issuer intermediate =
		make(&m, "Bench Intermediate", &root, true);
	FILE *leaves = create(directory, style, ".leaves");

	write_one(directory, style, ".root.pem", root.cert);
	write_one(directory, style, ".int.der", intermediate.cert);
	for (unsigned i = 0; i < BENCH_LEAVES; i++) {
		CLEANUP(free) char *cn = NULL;
		struct mint_issuer leaf = {0};

		must(string_format(&cn, "Peer %u", i), "memory");
		leaf = make(&m, cn, &intermediate, false);
		write_out(leaves, leaf.cert, false);
		if (i == 0)
			write_server(directory, style, &leaf, &intermediate);
		let_go(&leaf);
	}
	(void)fclose(leaves);
	mint_cold(directory, style, &m, &root);
	let_go(&intermediate);
	let_go(&root);
	empty_stock(&m);
}

static void mint_roots(const char *directory, unsigned long count)
{
	struct maker m = {.stocked = true};
	FILE *f = create(directory, "", "roots.pem");
	FILE *der = create(directory, "", "roots.der");

	for (unsigned long i = 0; i < count; i++) {
		CLEANUP(free) char *cn = NULL;
		struct mint_issuer root = {0};

		must(string_format(&cn, "Bench Root %lu", i), "memory");
		root = make(&m, cn, NULL, true);
		write_out(f, root.cert, true);
		write_out(der, root.cert, false);
		let_go(&root);
	}
	(void)fclose(f);
	(void)fclose(der);
	empty_stock(&m);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: bench-mint DIRECTORY ROOTS");
	mint_style(argv[1], "rsa", true);
	mint_style(argv[1], "ec", false);
	mint_roots(argv[1], strtoul(argv[2], NULL, 10));
	return 0;
}
