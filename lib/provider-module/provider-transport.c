/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provider-module/provider-transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client/certprov.h"

struct provider_remote {
	char role[PROVIDER_ROLE_SIZE];
	struct certprov_identity *identity;
	struct certprov *handle;
};

static void provider_transport_close(void *key)
{
	struct provider_remote *k = key;

	certprov_free(k->handle);
	certprov_identity_free(k->identity);
	free(k);
}

static int provider_transport_open(void *userdata, const char *role, void **ret)
{
	struct provider_remote *k = calloc(1, sizeof(*k));
	int r = k ? certprov_new(&k->handle) : -ENOMEM;

	if (!k)
		return r;
	strncpy(k->role, role, sizeof(k->role) - 1);
	if (r == 0)
		r = certprov_set_socket(k->handle, userdata);
	if (r == 0)
		r = certprov_get_identity(k->handle, k->role, &k->identity);
	if (r == 0)
		*ret = k;
	else
		provider_transport_close(k);
	return r;
}

static const void *provider_transport_certificate(
	const void *key, size_t index, size_t *ret_len)
{
	const struct provider_remote *k = key;

	return certprov_identity_chain(k->identity, index, ret_len);
}

static int provider_transport_sign(void *key, const struct provider_digest *d,
	void *signature, size_t *size)
{
	const struct provider_remote *k = key;

	return certprov_sign(k->handle, k->role, d->scheme, d->digest, d->len,
		signature, size);
}

const struct provider_transport provider_transport_client = {
	.open = provider_transport_open,
	.close = provider_transport_close,
	.certificate = provider_transport_certificate,
	.sign = provider_transport_sign,
	.done = free,
};
