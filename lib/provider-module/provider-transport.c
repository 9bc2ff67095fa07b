/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provider-module/provider-transport.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client/certprov.h"

struct provider_remote {
	char role[PROVIDER_ROLE_SIZE];
	const char *path; /* of the socket; the provider's */
	struct certprov_identity *identity;
	/* A connection that nobody uses, or NULL. There is no lock that a fork
	 * could leave held: nginx reads keys in one process and signs in
	 * others, and a handle notices by itself that it was forked. */
	_Atomic(struct certprov *) spare;
};

static void provider_transport_close(void *key)
{
	struct provider_remote *k = key;

	certprov_free(atomic_exchange(&k->spare, NULL));
	certprov_identity_free(k->identity);
	free(k);
}

/* The spare connection, or one more: each thread that signs has its own. */
static int provider_transport_take(
	struct provider_remote *k, struct certprov **ret)
{
	struct certprov *c = atomic_exchange(&k->spare, NULL);
	int r = 0;

	if (!c) {
		r = certprov_new(&c);
		if (r < 0)
			return r;
		r = certprov_set_socket(c, k->path);
	}
	if (r == 0)
		*ret = c;
	else
		certprov_free(c);
	return r;
}

static void provider_transport_give_back(
	struct provider_remote *k, struct certprov *c)
{
	certprov_free(atomic_exchange(&k->spare, c));
}

static int provider_transport_read(struct provider_remote *k)
{
	struct certprov *c = NULL;
	int r = provider_transport_take(k, &c);

	if (r < 0)
		return r;
	r = certprov_get_identity(c, k->role, &k->identity);
	provider_transport_give_back(k, c);
	/* What is no role at all has no identity either. */
	return r == -EINVAL ? -ENODATA : r;
}

static int provider_transport_open(void *userdata, const char *role, void **ret)
{
	struct provider_remote *k = calloc(1, sizeof(*k));
	int r = 0;

	if (!k)
		return -ENOMEM;
	k->path = userdata;
	strncpy(k->role, role, sizeof(k->role) - 1);
	r = provider_transport_read(k);
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
	struct provider_remote *k = key;
	struct certprov *c = NULL;
	int r = provider_transport_take(k, &c);

	if (r < 0)
		return r;
	r = certprov_sign(
		c, k->role, d->scheme, d->digest, d->len, signature, size);
	provider_transport_give_back(k, c);
	return r;
}

const struct provider_transport provider_transport_client = {
	.parallel = true,
	.open = provider_transport_open,
	.close = provider_transport_close,
	.certificate = provider_transport_certificate,
	.sign = provider_transport_sign,
	.done = free,
};
