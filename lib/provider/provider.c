/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider answers to OpenSSL (provider-base(7ssl)). */
#include "lib/provider/provider.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <stdlib.h>

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

	if (p->transport->done)
		p->transport->done(p->userdata);
	OSSL_LIB_CTX_free(p->libctx);
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

static void provider_take_core(struct provider *p, const OSSL_DISPATCH *in)
{
	for (; in->function_id != 0; in++) {
		switch (in->function_id) {
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
}

bool provider_init(const struct provider_core *from,
	const struct provider_transport *transport, void *userdata,
	const OSSL_DISPATCH **out, void **context)
{
	struct provider *p = calloc(1, sizeof(*p));

	if (!p) {
		if (transport->done)
			transport->done(userdata);
		return false;
	}
	p->core = from->handle;
	p->transport = transport;
	p->userdata = userdata;
	p->libctx = OSSL_LIB_CTX_new();
	provider_take_core(p, from->functions);
	if (!p->libctx || !p->bio_read) {
		provider_teardown(p);
		return false;
	}
	*out = functions;
	*context = p;
	return true;
}
