/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/client/client-internal.h"

#define SIGNATURE_MAX_BYTES 2048 /* RSA of 16,384 bits */
#define CHAIN_MAX_BYTES ((int64_t)512 * 1024)

struct certprov_identity {
	struct json_bytes_list chain;
};

static const struct json_field identity_fields[] = {
	JSON_FIELD(struct certprov_identity, chain, JSON_BYTES_LIST, JSON_MUST,
		.max = CHAIN_MAX_BYTES),
};

struct client_role {
	const char *role;
};

static const struct json_field role_fields[] = {
	JSON_FIELD(struct client_role, role, JSON_STRING, JSON_MUST),
};

struct client_signing {
	const char *role;
	const char *scheme;
	struct bytes digest;
};

static const struct json_field signing_fields[] = {
	JSON_FIELD(struct client_signing, role, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct client_signing, scheme, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct client_signing, digest, JSON_BYTES, JSON_MUST),
};

struct client_signature {
	struct bytes signature;
};

static const struct json_field signature_fields[] = {
	JSON_FIELD(struct client_signature, signature, JSON_BYTES, JSON_MUST,
		.max = SIGNATURE_MAX_BYTES),
};

struct certprov_identity *certprov_identity_free(struct certprov_identity *i)
{
	if (!i)
		return NULL;
	json_fields_done(identity_fields, ARRAY_SIZE(identity_fields), i);
	free(i);
	return NULL;
}

int certprov_get_identity(
	struct certprov *c, const char *role, struct certprov_identity **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	CLEANUP(certprov_identity_free) struct certprov_identity *i = NULL;
	const struct client_role asked = {.role = role};
	const char *wrong = NULL;
	cJSON *parameters = NULL;
	int r = role ? json_fields_encode(role_fields, ARRAY_SIZE(role_fields),
			       &asked, &parameters)
		     : -EINVAL;

	if (r == 0)
		r = client_call_identity(c, "GetIdentity", parameters, &answer);
	if (r < 0)
		return r;
	i = calloc(1, sizeof(*i));
	if (!i)
		return -ENOMEM;
	r = json_fields_decode_known(identity_fields,
		ARRAY_SIZE(identity_fields),
		cJSON_GetObjectItemCaseSensitive(
			answer.reply.parameters, "identity"),
		i, &wrong);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	if (i->chain.count == 0)
		return -EBADMSG;
	*ret = TAKE_PTR(i);
	return 0;
}

size_t certprov_identity_chain_count(const struct certprov_identity *i)
{
	return i->chain.count;
}

const void *certprov_identity_chain(
	const struct certprov_identity *i, size_t index, size_t *ret_len)
{
	if (index >= i->chain.count)
		return NULL;
	*ret_len = i->chain.items[index].len;
	return i->chain.items[index].data;
}

static int client_sign_decode(const cJSON *reply, void *signature, size_t *size)
{
	struct client_signature s = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(signature_fields,
		ARRAY_SIZE(signature_fields), reply, &s, &wrong);

	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	if (s.signature.len > *size)
		r = -ENOSPC;
	else
		memcpy(signature, s.signature.data, s.signature.len);
	if (r == 0)
		*size = s.signature.len;
	json_fields_done(signature_fields, ARRAY_SIZE(signature_fields), &s);
	return r;
}

/* Two of them are lengths. NOLINTNEXTLINE(readability-function-size) */
int certprov_sign(struct certprov *c, const char *role, const char *scheme,
	const void *digest, size_t digest_len, void *signature, size_t *size)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	CLEANUP(bytes_done) struct bytes copy = {0};
	cJSON *parameters = NULL;
	int r = role && scheme ? bytes_copy(digest, digest_len, &copy)
			       : -EINVAL;

	if (r == 0)
		r = json_fields_encode(signing_fields,
			ARRAY_SIZE(signing_fields),
			&(struct client_signing){role, scheme, copy},
			&parameters);
	if (r == 0)
		r = client_call_identity(c, "Sign", parameters, &answer);
	return r < 0
		? r
		: client_sign_decode(answer.reply.parameters, signature, size);
}
