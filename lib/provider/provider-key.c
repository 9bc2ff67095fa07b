/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

struct provider_key {
	atomic_uint references;
	const struct provider *provider;
	EVP_PKEY *public_key;
	/* What the transport has for it belongs to one thread at a time, unless
	 * it says that it is parallel. */
	pthread_mutex_t lock;
	void *remote;
};

bool provider_parse_uri(
	const char *uri, size_t len, char ret[PROVIDER_ROLE_SIZE])
{
	static const char scheme[] = PROVIDER_URI_SCHEME ":";
	size_t skip = sizeof(scheme) - 1;

	if (len <= skip || memcmp(uri, scheme, skip) != 0 ||
		len - skip >= PROVIDER_ROLE_SIZE)
		return false;
	memcpy(ret, uri + skip, len - skip);
	ret[len - skip] = 0;
	return strspn(ret, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
		len - skip;
}

/* The public key of its certificate, by OpenSSL's own provider. */
static int provider_key_read(struct provider_key *k)
{
	size_t len = 0;
	const unsigned char *der = provider_key_chain(k, 0, &len);
	X509 *x509 = X509_new_ex(k->provider->libctx, NULL);

	if (x509 && der && d2i_X509(&x509, &der, (long)len))
		k->public_key = X509_get_pubkey(x509);
	X509_free(x509);
	if (!k->public_key)
		return -EBADMSG;
	return EVP_PKEY_is_a(k->public_key, "RSA") ||
			EVP_PKEY_is_a(k->public_key, "EC")
		? 0
		: -EPROTONOSUPPORT;
}

struct provider_key *provider_key_load(
	const struct provider *p, const char *role)
{
	struct provider_key *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	if (!k)
		return NULL;
	k->references = 1;
	k->provider = p;
	(void)pthread_mutex_init(&k->lock, NULL);
	r = p->transport->open(p->userdata, role, &k->remote);
	if (r == 0)
		r = provider_key_read(k);
	if (r == 0)
		return k;
	provider_raise(p, r, role);
	provider_key_free(k);
	return NULL;
}

struct provider_key *provider_key_ref(struct provider_key *k)
{
	atomic_fetch_add(&k->references, 1);
	return k;
}

void provider_key_free(struct provider_key *k)
{
	if (!k || atomic_fetch_sub(&k->references, 1) > 1)
		return;
	if (k->remote)
		k->provider->transport->close(k->remote);
	EVP_PKEY_free(k->public_key);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

EVP_PKEY *provider_key_public(const struct provider_key *k)
{
	return k->public_key;
}

const char *provider_key_type(const struct provider_key *k)
{
	return EVP_PKEY_is_a(k->public_key, "RSA") ? "RSA" : "EC";
}

const void *provider_key_chain(
	const struct provider_key *k, size_t index, size_t *ret_len)
{
	return k->provider->transport->certificate(k->remote, index, ret_len);
}

bool provider_key_sign(struct provider_key *k, const struct provider_digest *d,
	void *signature, size_t *size)
{
	int r = 0;

	if (!k->provider->transport->parallel)
		(void)pthread_mutex_lock(&k->lock);
	r = k->provider->transport->sign(k->remote, d, signature, size);
	if (!k->provider->transport->parallel)
		(void)pthread_mutex_unlock(&k->lock);
	/* Nothing is asked for that the key read here cannot do. */
	if (r == -EPROTONOSUPPORT)
		r = -ESTALE;
	if (r < 0)
		provider_raise(k->provider, r, d->scheme);
	return r == 0;
}
