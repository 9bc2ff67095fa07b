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
#include <openssl/params.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

#define LABEL "CERTPROV KEY"
#define STRUCTURE "certprov-key"
/* Such a file has four lines; what is longer is none. */
#define FILE_MAX_BYTES 4096

static void *decoder_new(void *provider)
{
	return provider;
}

static void decoder_free(void *context)
{
	(void)context;
}

/* All of it, or how much there is room for; 0 when nothing can be read. */
static size_t decoder_read(const struct provider *p, OSSL_CORE_BIO *bio,
	char ret[FILE_MAX_BYTES + 1])
{
	size_t len = 0;
	size_t n = 0;

	while (len < FILE_MAX_BYTES &&
		p->bio_read(bio, ret + len, FILE_MAX_BYTES - len, &n) == 1 &&
		n > 0)
		len += n;
	ret[len] = 0;
	return len;
}

/* Every decoder is shown every file: what is not ours is passed over (1). */
static int decoder_from_pem(void *context, OSSL_CORE_BIO *bio, int selection,
	OSSL_CALLBACK *callback, void *userdata,
	OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_userdata)
{
	static const char begin[] = "-----BEGIN " LABEL "-----";
	const struct provider *p = context;
	char text[FILE_MAX_BYTES + 1];
	size_t size = decoder_read(p, bio, text);
	BIO *memory = NULL;
	unsigned char *data = NULL;
	char *name = NULL;
	char *header = NULL;
	long len = 0;
	int r = 1;

	(void)selection;
	(void)passphrase;
	(void)passphrase_userdata;
	if (size == 0 || !strstr(text, begin))
		return 1;
	memory = BIO_new_mem_buf(text, (int)size);
	if (memory && PEM_read_bio(memory, &name, &header, &data, &len) == 1 &&
		strcmp(name, LABEL) == 0) {
		char structure[] = STRUCTURE;
		OSSL_PARAM params[] = {
			OSSL_PARAM_construct_octet_string(
				OSSL_OBJECT_PARAM_DATA, data, (size_t)len),
			OSSL_PARAM_construct_utf8_string(
				OSSL_OBJECT_PARAM_DATA_STRUCTURE, structure, 0),
			OSSL_PARAM_construct_end(),
		};

		r = callback(params, userdata);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(memory);
	return r;
}

/* The key that is named, when it is of this type. */
static int decoder_give(const struct provider *p, OSSL_CORE_BIO *bio,
	const char *type, OSSL_CALLBACK *callback, void *userdata)
{
	char text[FILE_MAX_BYTES + 1];
	char role[PROVIDER_ROLE_SIZE];
	char *name = NULL;
	size_t len = decoder_read(p, bio, text);
	struct provider_key *key = NULL;
	int object = OSSL_OBJECT_PKEY;
	int r = 1;

	if (!provider_parse_uri(text, len, role))
		return 1;
	key = provider_key_load(p, role);
	memcpy(&name, &type, sizeof(name)); /* is only read */
	if (key && strcmp(provider_key_type(key), type) == 0) {
		OSSL_PARAM params[] = {
			OSSL_PARAM_construct_int(
				OSSL_OBJECT_PARAM_TYPE, &object),
			OSSL_PARAM_construct_utf8_string(
				OSSL_OBJECT_PARAM_DATA_TYPE, name, 0),
			OSSL_PARAM_construct_octet_string(
				OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof(key)),
			OSSL_PARAM_construct_end(),
		};

		r = callback(params, userdata);
	}
	provider_key_free(key); /* unless it was taken */
	return r;
}

static int decoder_to_rsa(void *context, OSSL_CORE_BIO *bio, int selection,
	OSSL_CALLBACK *callback, void *userdata,
	OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_userdata)
{
	(void)selection;
	(void)passphrase;
	(void)passphrase_userdata;
	return decoder_give(context, bio, "RSA", callback, userdata);
}

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
