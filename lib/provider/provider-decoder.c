/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoders (provider-decoder(7ssl)) of the PEM file that names a key, for
 * programs that read nothing but files:
 *
 *	-----BEGIN CERTPROV KEY-----
 *	base64 of certprov:web-server
 *	-----END CERTPROV KEY-----
 *
 * One takes the PEM off, one for each type of key makes the object.
 */
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

#define LABEL "CERTPROV KEY"
#define STRUCTURE "certprov-key"
/* Of a file that is looked into; it has four lines when it has nothing else. */
#define FILE_MAX_BYTES 65536
/* Of a name; what is longer is none. */
#define NAME_MAX_BYTES 4096

static void *decoder_new(void *provider)
{
	return provider;
}

static void decoder_free(void *context)
{
	(void)context;
}

/* All of it, or how much there is room for, and a zero byte; 0 when nothing can
 * be read. */
static size_t decoder_read(
	const struct provider *p, OSSL_CORE_BIO *bio, char *ret, size_t max)
{
	size_t len = 0;
	size_t n = 0;

	while (len < max && p->bio_read(bio, ret + len, max - len, &n) == 1 &&
		n > 0)
		len += n;
	ret[len] = 0;
	return len;
}

/* One PEM object of a file. */
struct decoder_object {
	char *name;
	char *header;
	unsigned char *data;
	long len;
};

static void decoder_object_done(struct decoder_object *o)
{
	OPENSSL_free(o->name);
	OPENSSL_free(o->header);
	OPENSSL_free(o->data);
	*o = (struct decoder_object){0};
}

/* Other objects may stand before it, such as the certificate. */
static bool decoder_find(BIO *file, struct decoder_object *ret)
{
	bool found = false;

	ERR_set_mark();
	while (!found &&
		PEM_read_bio(file, &ret->name, &ret->header, &ret->data,
			&ret->len) == 1) {
		found = strcmp(ret->name, LABEL) == 0;
		if (!found)
			decoder_object_done(ret);
	}
	ERR_pop_to_mark();
	return found;
}

static int decoder_pass_on(
	const struct decoder_object *o, OSSL_CALLBACK *callback, void *userdata)
{
	char structure[] = STRUCTURE;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
			OSSL_OBJECT_PARAM_DATA, o->data, (size_t)o->len),
		OSSL_PARAM_construct_utf8_string(
			OSSL_OBJECT_PARAM_DATA_STRUCTURE, structure, 0),
		OSSL_PARAM_construct_end(),
	};

	return callback(params, userdata);
}

/* Every decoder is shown every file: what is not ours is passed over (1). The
 * signature is OpenSSL's. NOLINTNEXTLINE(readability-function-size) */
static int decoder_from_pem(void *context, OSSL_CORE_BIO *bio, int selection,
	OSSL_CALLBACK *callback, void *userdata,
	OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_userdata)
{
	static const char begin[] = "-----BEGIN " LABEL "-----";
	const struct provider *p = context;
	struct decoder_object object = {0};
	char *text = malloc(FILE_MAX_BYTES + 1);
	size_t size = text ? decoder_read(p, bio, text, FILE_MAX_BYTES) : 0;
	BIO *file = NULL;
	int r = 1;

	(void)selection;
	(void)passphrase;
	(void)passphrase_userdata;
	if (size > 0 && strstr(text, begin))
		file = BIO_new_mem_buf(text, (int)size);
	if (file && decoder_find(file, &object))
		r = decoder_pass_on(&object, callback, userdata);
	decoder_object_done(&object);
	BIO_free(file);
	if (text)
		OPENSSL_cleanse(text, FILE_MAX_BYTES);
	free(text);
	return r;
}

/* The key that is named, when it is of this type. */
static int decoder_give(const struct provider *p, OSSL_CORE_BIO *bio,
	const char *type, OSSL_CALLBACK *callback, void *userdata)
{
	char text[NAME_MAX_BYTES + 1];
	char role[PROVIDER_ROLE_SIZE];
	char *name = NULL;
	size_t len = decoder_read(p, bio, text, NAME_MAX_BYTES);
	struct provider_key *key = NULL;
	int object = OSSL_OBJECT_PKEY;
	int r = 1;

	if (!provider_parse_uri(text, len, role))
		return 1;
	/* OpenSSL forgets why, unless it is told that nobody else need try. */
	key = provider_key_load(p, role);
	if (!key)
		return 0;
	memcpy(&name, &type, sizeof(name)); /* is only read */
	if (strcmp(provider_key_type(key), type) == 0) {
		OSSL_PARAM params[] = {
			OSSL_PARAM_construct_int(
				OSSL_OBJECT_PARAM_TYPE, &object),
			OSSL_PARAM_construct_utf8_string(
				OSSL_OBJECT_PARAM_DATA_TYPE, name, 0),
			OSSL_PARAM_construct_octet_string(
				OSSL_OBJECT_PARAM_REFERENCE, &key,
				sizeof(struct provider_key *)),
			OSSL_PARAM_construct_end(),
		};

		r = callback(params, userdata);
	}
	provider_key_free(key); /* unless it was taken */
	return r;
}

/* NOLINTNEXTLINE(readability-function-size) */
static int decoder_to_rsa(void *context, OSSL_CORE_BIO *bio, int selection,
	OSSL_CALLBACK *callback, void *userdata,
	OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_userdata)
{
	(void)selection;
	(void)passphrase;
	(void)passphrase_userdata;
	return decoder_give(context, bio, "RSA", callback, userdata);
}

/* NOLINTNEXTLINE(readability-function-size) */
static int decoder_to_ec(void *context, OSSL_CORE_BIO *bio, int selection,
	OSSL_CALLBACK *callback, void *userdata,
	OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_userdata)
{
	(void)selection;
	(void)passphrase;
	(void)passphrase_userdata;
	return decoder_give(context, bio, "EC", callback, userdata);
}

#define ENTRY(id, function)                                                    \
	{                                                                      \
		OSSL_FUNC_DECODER_##id, (void (*)(void))(function)             \
	}
#define FUNCTIONS(decode)                                                      \
	{                                                                      \
		ENTRY(NEWCTX, decoder_new), ENTRY(FREECTX, decoder_free),      \
			ENTRY(DECODE, decode),                                 \
		{                                                              \
			0, NULL                                                \
		}                                                              \
	}
static const OSSL_DISPATCH pem_functions[] = FUNCTIONS(decoder_from_pem);
static const OSSL_DISPATCH rsa_functions[] = FUNCTIONS(decoder_to_rsa);
static const OSSL_DISPATCH ec_functions[] = FUNCTIONS(decoder_to_ec);

#define FROM_NAME PROVIDER_PROPERTIES ",input=der,structure=" STRUCTURE
const OSSL_ALGORITHM provider_decoders[] = {
	{"DER", PROVIDER_PROPERTIES ",input=pem", pem_functions,
		"files that name a key"},
	{"RSA", FROM_NAME, rsa_functions, "named RSA keys"},
	{"EC", FROM_NAME, ec_functions, "named EC keys"},
	{0},
};
