/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the OpenSSL provider share, and what a program makes one
 * with. A key here is a name, the role of an identity, and its public key:
 * somebody else signs, whom a transport reaches. provider(7ssl) and the pages
 * it names are the contract with OpenSSL.
 */
#ifndef CERTPROV_PROVIDER_H
#define CERTPROV_PROVIDER_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "lib/base/macros.h"

#define PROVIDER_NAME "certprov"
#define PROVIDER_PROPERTIES "provider=" PROVIDER_NAME
/* "certprov:web-server" */
#define PROVIDER_URI_SCHEME PROVIDER_NAME
#define PROVIDER_ROLE_SIZE 32
#define PROVIDER_DIGEST_SIZE 64
#define PROVIDER_SCHEME_SIZE 32

/* To be signed: with a scheme of RFC 8446, a digest of its hash. Borrowed. */
struct provider_digest {
	const char *scheme;
	const void *digest;
	size_t len;
};

/*
 * How whoever has the private keys is reached. All return 0 or a negative
 * errno: -ENODATA without such an identity, -EPROTONOSUPPORT for a scheme that
 * its key cannot use, -EBUSY past a limit, -ETIMEDOUT.
 */
struct provider_transport {
	/* A key may be used by several threads at a time. */
	bool parallel;
	/* The key of a role. */
	int (*open)(void *userdata, const char *role, void **ret);
	void (*close)(void *key);
	/* The DER of its chain, leaf first; NULL past the end. */
	const void *(*certificate)(
		const void *key, size_t index, size_t *ret_len);
	/* *size: the room, then the length of the signature. */
	int (*sign)(void *key, const struct provider_digest *d, void *signature,
		size_t *size);
	/* When the provider is unloaded, or could not be made; may be NULL. */
	void (*done)(void *userdata);
};

/* What OpenSSL hands to the entry of a provider. */
struct provider_core {
	const OSSL_CORE_HANDLE *handle;
	const OSSL_DISPATCH *functions;
};

/* The rest of such an entry; takes userdata, also on failure. */
bool provider_init(const struct provider_core *from,
	const struct provider_transport *transport, void *userdata,
	const OSSL_DISPATCH **out, void **context);

/* A loaded provider. */
struct provider {
	const OSSL_CORE_HANDLE *core;
	/* Of our own, with OpenSSL's provider alone: what is done with public
	 * keys here never comes back to this one. */
	OSSL_LIB_CTX *libctx;
	const struct provider_transport *transport;
	void *userdata;
	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_vset_error_fn *vset_error;
	OSSL_FUNC_BIO_read_ex_fn *bio_read;
};

/* Why it failed, as openssl's error texts have it. */
enum provider_reason {
	PROVIDER_NO_DAEMON = 1,
	PROVIDER_NO_IDENTITY,
	PROVIDER_SCHEME,
	PROVIDER_LIMIT,
	PROVIDER_LATE,
	PROVIDER_CHANGED,
	PROVIDER_FAILED,
};
/* Their texts. */
extern const OSSL_ITEM provider_reasons[];
/* For a negative errno of a transport. */
void provider_raise(const struct provider *p, int error, const char *doing);

/* --- keys --- */

/* Shared by reference between threads. */
struct provider_key;

/* The key of a role. NULL when there is none, with the error raised. */
struct provider_key *provider_key_load(
	const struct provider *p, const char *role);
struct provider_key *provider_key_ref(struct provider_key *k);
void provider_key_free(struct provider_key *k); /* NULL is fine */
/* Its public part; borrowed. */
EVP_PKEY *provider_key_public(const struct provider_key *k);
/* "RSA" or "EC". */
const char *provider_key_type(const struct provider_key *k);
/* The DER of its chain, leaf first; NULL past the end. */
const void *provider_key_chain(
	const struct provider_key *k, size_t index, size_t *ret_len);
/* False with the error raised. */
bool provider_key_sign(struct provider_key *k, const struct provider_digest *d,
	void *signature, size_t *size);

/* The role of "certprov:role"; false when it is no URI of ours. */
bool provider_parse_uri(
	const char *uri, size_t len, char ret[PROVIDER_ROLE_SIZE]);

/* --- what is offered --- */

extern const OSSL_ALGORITHM provider_keymgmts[];
extern const OSSL_ALGORITHM provider_signatures[];
extern const OSSL_ALGORITHM provider_stores[];
extern const OSSL_ALGORITHM provider_decoders[];

#endif
