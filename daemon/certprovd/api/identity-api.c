/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of methods of io.certprov.identity, and its handlers: what the
 * phone is to others, and signing with its keys.
 */
#include <errno.h>
#include <string.h>

#include "daemon/certprovd/api/identity-reply.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "lib/identity/identity-sign.h"

/* What a signature costs, in the units of turns.h. Measured with OpenSSL 3.0 on
 * x86-64: RSA 2048 takes as long as two good chains, P-256 a tenth of that; RSA
 * 4096 takes 16 times as long as RSA 2048, and from there on the time grows
 * with the third power. P-384 has no code of its own and takes the longest of
 * all. */
#define IDENTITY_RSA_WORK 2000
#define IDENTITY_RSA_BITS 2048
#define IDENTITY_LONG_RSA_WORK 4000 /* times the third power */
#define IDENTITY_P256_WORK 200
#define IDENTITY_P256_BITS 256
#define IDENTITY_EC_WORK 6000
#define IDENTITY_MAX_DIGEST_BYTES 64

static int identity_on_list(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	cJSON *list = NULL;
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	list = cJSON_CreateArray();
	if (!list)
		return -ENOMEM;
	for (enum identity_source s = 0; r == 0 && s < IDENTITY_SOURCE__END;
		s++)
		if (api->identities->slots[s].configured)
			r = identity_append_source(api, s, list);
	if (r == 0)
		return varlink_reply_member(req, "identities", list);
	cJSON_Delete(list);
	return r;
}

/* --- one --- */

static const struct json_field role_fields[] = {
	JSON_FIELD(struct identity_role, role, JSON_CHOICE, JSON_MUST,
		.choices = identity_roles),
};
static const struct json_table role_parameters =
	JSON_TABLE(struct identity_role, role_fields);

static int identity_on_get(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct identity_role asked = {0};
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	if (!identities_in_force(api->identities))
		return identity_refuse_role(req, asked.role);
	return identity_reply_source(req, api, api->identities->in_force);
}

/* --- signing --- */

struct identity_signing {
	int role;
	const char *scheme;
	struct bytes digest;
};

static const struct json_field signing_fields[] = {
	JSON_FIELD(struct identity_signing, role, JSON_CHOICE, JSON_MUST,
		.choices = identity_roles),
	JSON_FIELD(struct identity_signing, scheme, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct identity_signing, digest, JSON_BYTES, JSON_MUST,
		.max = IDENTITY_MAX_DIGEST_BYTES),
};
static const struct json_table signing_parameters =
	JSON_TABLE(struct identity_signing, signing_fields);

struct identity_signature {
	struct bytes signature;
};

static const struct json_field signature_fields[] = {
	JSON_FIELD(struct identity_signature, signature, JSON_BYTES, JSON_MUST),
};
static const struct json_table signature_reply =
	JSON_TABLE(struct identity_signature, signature_fields);

static unsigned identity_signature_work(const struct identity *i)
{
	const struct public_key *key = &i->chain[0]->key;
	double times = (double)key->bits / IDENTITY_RSA_BITS;

	if (key->type != KEY_RSA)
		return key->bits <= IDENTITY_P256_BITS ? IDENTITY_P256_WORK
						       : IDENTITY_EC_WORK;
	return times <= 1
		? IDENTITY_RSA_WORK
		: (unsigned)(IDENTITY_LONG_RSA_WORK * times * times * times);
}

static int identity_sign_and_reply(struct varlink_request *req,
	const struct identity *i, const struct identity_signing *asked)
{
	CLEANUP(bytes_done) struct bytes signature = {0};
	int r = identity_sign(i, asked->scheme, asked->digest.data,
		asked->digest.len, &signature);

	if (r == -EOPNOTSUPP)
		return varlink_error_text(req,
			IDENTITY_INTERFACE ".SchemeNotSupported", "scheme",
			asked->scheme);
	if (r == -EINVAL)
		return varlink_invalid_parameter(req, "digest");
	varlink_request_charge(req, identity_signature_work(i));
	return r < 0 ? r
		     : varlink_reply_struct(
			       req, &(struct identity_signature){signature});
}

static int identity_on_sign(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	const struct identity *i = identities_in_force(api->identities);
	struct identity_signing asked = {0};
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	r = i ? identity_sign_and_reply(req, i, &asked)
	      : identity_refuse_role(req, asked.role);
	json_fields_done(signing_fields, ARRAY_SIZE(signing_fields), &asked);
	return r;
}

/* --- the table --- */

static const struct varlink_method methods[] = {
	{
		.name = "CreateRequest",
		.handle = identity_on_request,
		.parameters = &identity_request_parameters,
	},
	{
		.name = "GetIdentity",
		.handle = identity_on_get,
		.parameters = &role_parameters,
	},
	{
		.name = "GetKey",
		.handle = identity_on_get_key,
		.parameters = &role_parameters,
		.reply = &identity_key_reply,
	},
	{
		.name = "Install",
		.handle = identity_on_install,
		.parameters = &identity_install_parameters,
	},
	{.name = "ListIdentities", .handle = identity_on_list},
	{.name = "Rollback", .handle = identity_on_rollback},
	{
		.name = "Sign",
		.handle = identity_on_sign,
		.parameters = &signing_parameters,
		.reply = &signature_reply,
	},
};

const struct varlink_interface identity_interface = {
	.name = IDENTITY_INTERFACE,
	.description = varlink_identity_description,
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};
