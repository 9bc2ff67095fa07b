/* SPDX-License-Identifier: Apache-2.0 */
/* The provider as OpenSSL loads it (provider-base(7ssl)). */
#include "lib/provider/provider.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client/certprov.h"

/* --- what OpenSSL asks --- */

static const OSSL_ALGORITHM *provider_query(
	void *context, int operation, int *no_cache)
{
	(void)context;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return provider_keymgmts;
	case OSSL_OP_SIGNATURE:
		return provider_signatures;
	case OSSL_OP_STORE:
		return provider_stores;
	case OSSL_OP_DECODER:
		return provider_decoders;
	default:
		return NULL;
	}
}

static const OSSL_PARAM *provider_gettable(void *context)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
		OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	return list;
}

static int provider_get_params(void *context, OSSL_PARAM params[])
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);

	(void)context;
	if (p && !OSSL_PARAM_set_utf8_ptr(p, PROVIDER_NAME))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_VERSION);
	if (p && !OSSL_PARAM_set_utf8_ptr(p, CERTPROV_VERSION))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
	return !p || OSSL_PARAM_set_int(p, 1);
}

static const OSSL_ITEM *provider_reason_strings(void *context)
{
	(void)context;
	return provider_reasons;
}

static void provider_teardown(void *context)
{
	struct provider *p = context;

	OSSL_LIB_CTX_free(p->libctx);
	free(p->socket);
	free(p);
}

#define ENTRY(id, function)                                                    \
	{                                                                      \
		OSSL_FUNC_PROVIDER_##id, (void (*)(void))(function)            \
	}
static const OSSL_DISPATCH functions[] = {
	ENTRY(TEARDOWN, provider_teardown),
	ENTRY(GETTABLE_PARAMS, provider_gettable),
	ENTRY(GET_PARAMS, provider_get_params),
	ENTRY(QUERY_OPERATION, provider_query),
	ENTRY(GET_REASON_STRINGS, provider_reason_strings),
	{0, NULL},
};

/* --- loading --- */

static OSSL_FUNC_core_get_params_fn *provider_take_core(
	struct provider *p, const OSSL_DISPATCH *in)
{
	OSSL_FUNC_core_get_params_fn *get_params = NULL;

	for (; in->function_id != 0; in++) {
		switch (in->function_id) {
		case OSSL_FUNC_CORE_GET_PARAMS:
			get_params = OSSL_FUNC_core_get_params(in);
			break;
		case OSSL_FUNC_CORE_NEW_ERROR:
			p->new_error = OSSL_FUNC_core_new_error(in);
			break;
		case OSSL_FUNC_CORE_VSET_ERROR:
			p->vset_error = OSSL_FUNC_core_vset_error(in);
			break;
		case OSSL_FUNC_BIO_READ_EX:
			p->bio_read = OSSL_FUNC_BIO_read_ex(in);
			break;
		default:
			break;
		}
	}
	return get_params;
}

/* "socket = PATH" in the provider's section of openssl.cnf. */
static bool provider_configure(
	struct provider *p, OSSL_FUNC_core_get_params_fn *get_params)
{
	char *path = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_ptr("socket", &path, 0),
		OSSL_PARAM_construct_end(),
	};

	if (get_params && !get_params(p->core, params))
		return false;
	p->socket = strdup(path ? path : CERTPROV_IDENTITY_SOCKET);
	return p->socket != NULL;
}

#pragma GCC visibility push(default)
OSSL_provider_init_fn OSSL_provider_init;
#pragma GCC visibility pop

int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **context)
{
	struct provider *p = calloc(1, sizeof(*p));

	if (!p)
		return 0;
	p->core = core;
	p->libctx = OSSL_LIB_CTX_new();
	if (!p->libctx || !provider_configure(p, provider_take_core(p, in)) ||
		!p->bio_read) {
		provider_teardown(p);
		return 0;
	}
	*out = functions;
	*context = p;
	return 1;
}
