/* SPDX-License-Identifier: Apache-2.0 */
/* OSSL_STORE (provider-storemgmt(7ssl)): certprov:web-server and
 * certprov:client, each the key and then the certificates of its chain. */
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <openssl/store.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

struct provider_store {
	const struct provider *provider;
	struct provider_key *key;
	bool gave_key;
	size_t next; /* certificate */
	int expect;  /* OSSL_STORE_INFO_..., 0: all */
};

static void *provider_store_open(void *provider, const char *uri)
{
	char role[PROVIDER_ROLE_SIZE];
	struct provider_store *s = NULL;

	if (!provider_parse_uri(uri, strlen(uri), role))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->provider = provider;
	s->key = provider_key_load(provider, role);
	if (s->key)
		return s;
	free(s);
	return NULL;
}

static int provider_store_close(void *context)
{
	struct provider_store *s = context;

	provider_key_free(s->key);
	free(s);
	return 1;
}

static const OSSL_PARAM *provider_store_settable(void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_int(OSSL_STORE_PARAM_EXPECT, NULL),
		OSSL_PARAM_END,
	};

	(void)provider;
	return list;
}

static int provider_store_set_params(void *context, const OSSL_PARAM params[])
{
	struct provider_store *s = context;
	const OSSL_PARAM *p =
		OSSL_PARAM_locate_const(params, OSSL_STORE_PARAM_EXPECT);

	return !p || OSSL_PARAM_get_int(p, &s->expect) == 1;
}

static bool provider_store_wants(const struct provider_store *s, int type)
{
	return s->expect == 0 || s->expect == type;
}

static int provider_store_give_key(
	struct provider_store *s, OSSL_CALLBACK *callback, void *userdata)
{
	int type = OSSL_OBJECT_PKEY;
	char *name = NULL;
	const char *key_type = provider_key_type(s->key);
	struct provider_key *reference = provider_key_ref(s->key);
	OSSL_PARAM params[4];
	int r = 0;

	memcpy(&name, &key_type, sizeof(name));
	params[0] = OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type);
	params[1] = OSSL_PARAM_construct_utf8_string(
		OSSL_OBJECT_PARAM_DATA_TYPE, name, 0);
	params[2] =
		OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE,
			&reference, sizeof(struct provider_key *));
	params[3] = OSSL_PARAM_construct_end();
	r = callback(params, userdata);
	provider_key_free(reference); /* unless it was taken */
	return r;
}

static int provider_store_give_certificate(
	const void *der, size_t len, OSSL_CALLBACK *callback, void *userdata)
{
	int type = OSSL_OBJECT_CERT;
	void *data = NULL;
	OSSL_PARAM params[3];

	memcpy(&data, &der, sizeof(data));
	params[0] = OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type);
	params[1] = OSSL_PARAM_construct_octet_string(
		OSSL_OBJECT_PARAM_DATA, data, len);
	params[2] = OSSL_PARAM_construct_end();
	return callback(params, userdata);
}

static int provider_store_load(void *context, OSSL_CALLBACK *callback,
	void *userdata, OSSL_PASSPHRASE_CALLBACK *passphrase,
	void *passphrase_userdata)
{
	struct provider_store *s = context;
	size_t len = 0;
	const void *der = NULL;

	(void)passphrase;
	(void)passphrase_userdata;
	if (!s->gave_key && provider_store_wants(s, OSSL_STORE_INFO_PKEY)) {
		s->gave_key = true;
		return provider_store_give_key(s, callback, userdata);
	}
	if (!provider_store_wants(s, OSSL_STORE_INFO_CERT))
		return 0;
	der = provider_key_chain(s->key, s->next, &len);
	if (!der)
		return 0;
	s->next++;
	return provider_store_give_certificate(der, len, callback, userdata);
}

static int provider_store_eof(void *context)
{
	const struct provider_store *s = context;
	size_t len = 0;

	if (!s->gave_key && provider_store_wants(s, OSSL_STORE_INFO_PKEY))
		return 0;
	return !provider_store_wants(s, OSSL_STORE_INFO_CERT) ||
		!provider_key_chain(s->key, s->next, &len);
}

#define ENTRY(id, function)                                                    \
	{                                                                      \
		OSSL_FUNC_STORE_##id, (void (*)(void))(function)               \
	}
static const OSSL_DISPATCH functions[] = {
	ENTRY(OPEN, provider_store_open),
	ENTRY(SETTABLE_CTX_PARAMS, provider_store_settable),
	ENTRY(SET_CTX_PARAMS, provider_store_set_params),
	ENTRY(LOAD, provider_store_load),
	ENTRY(EOF, provider_store_eof),
	ENTRY(CLOSE, provider_store_close),
	{0, NULL},
};

const OSSL_ALGORITHM provider_stores[] = {
	{PROVIDER_URI_SCHEME, PROVIDER_PROPERTIES, functions,
		"identities of the phone"},
	{0},
};
