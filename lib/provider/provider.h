/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the OpenSSL provider share. A key here is a name, the role
 * of an identity, and its public key: the daemon signs. provider(7ssl) and the
 * pages it names are the contract with OpenSSL.
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

/* A loaded provider. */
struct provider {
	const OSSL_CORE_HANDLE *core;
	/* Of our own, with OpenSSL's provider alone: what is done with public
	 * keys here never comes back to this one. */
	OSSL_LIB_CTX *libctx;
	char *socket; /* of the identity interface */
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
	PROVIDER_FAILED,
};
/* Their texts. */
extern const OSSL_ITEM provider_reasons[];
/* For a negative errno of libcertprov. */
void provider_raise(const struct provider *p, int error, const char *doing);

/* --- keys --- */

/* Shared by reference between threads. */
struct provider_key;

/* Ask the daemon for the identity of a role. NULL when there is none, with the
 * error raised. */
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
bool provider_key_sign(struct provider_key *k, const char *scheme,
	const void *digest, size_t digest_len, void *signature, size_t *size);

/* The role of "certprov:role"; false when it is no URI of ours. */
bool provider_parse_uri(
	const char *uri, size_t len, char ret[PROVIDER_ROLE_SIZE]);

/* --- what is offered --- */

extern const OSSL_ALGORITHM provider_keymgmts[];
extern const OSSL_ALGORITHM provider_signatures[];
extern const OSSL_ALGORITHM provider_stores[];
extern const OSSL_ALGORITHM provider_decoders[];

#endif
