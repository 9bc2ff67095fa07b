/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of the module that OpenSSL loads (provider-base(7ssl)). */
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client/certprov.h"
#include "lib/provider-module/provider-transport.h"

/* "socket = PATH" in the provider's section of openssl.cnf; in new memory. */
static char *provider_module_socket(
	const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in)
{
	char *path = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_ptr("socket", &path, 0),
		OSSL_PARAM_construct_end(),
	};

	for (; in->function_id != 0; in++)
		if (in->function_id == OSSL_FUNC_CORE_GET_PARAMS &&
			!OSSL_FUNC_core_get_params(in)(core, params))
			return NULL;
	return strdup(path ? path : CERTPROV_IDENTITY_SOCKET);
}

#pragma GCC visibility push(default)
/* NOLINTNEXTLINE(readability-redundant-declaration): for its visibility */
OSSL_provider_init_fn OSSL_provider_init;
#pragma GCC visibility pop

int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **context)
{
	char *path = provider_module_socket(core, in);
	const struct provider_core from_openssl = {core, in};

	return path &&
		provider_init(&from_openssl, &provider_transport_client, path,
			out, context);
}
