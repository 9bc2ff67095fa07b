/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in the place of a private key, read by OpenSSL with the provider: it
 * opens no key but one whose name has the form of a role, and what it opens it
 * closes.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static OSSL_LIB_CTX *libctx;
static unsigned opened;

/* There is no key of any name: what matters is what is asked for. */
static int remote_open(void *userdata, const char *role, void **ret)
{
	(void)userdata;
	(void)ret;
	if (strlen(role) >= PROVIDER_ROLE_SIZE ||
		strspn(role, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
			strlen(role))
		abort();
	opened++;
	return -ENODATA;
}

static const struct provider_transport transport = {.open = remote_open};

static int on_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **context)
{
	const struct provider_core core = {handle, in};

	return provider_init(&core, &transport, NULL, out, context);
}

static void load(void)
{
	libctx = OSSL_LIB_CTX_new();
	if (!libctx ||
		OSSL_PROVIDER_add_builtin(libctx, PROVIDER_NAME, on_init) !=
			1 ||
		!OSSL_PROVIDER_load(libctx, "default") ||
		!OSSL_PROVIDER_load(libctx, PROVIDER_NAME))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BIO *file = BIO_new_mem_buf(data, (int)size);
	EVP_PKEY *key = NULL;

	if (!libctx)
		load();
	opened = 0;
	key = PEM_read_bio_PrivateKey_ex(file, NULL, NULL, "", libctx, NULL);
	/* A real key that is in the file is none of ours. */
	if (key && opened > 0)
		abort();
	EVP_PKEY_free(key);
	BIO_free(file);
	ERR_clear_error();
	return 0;
}
