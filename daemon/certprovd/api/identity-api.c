/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of methods of io.certprov.identity, and its handlers: what the
 * phone is to others, and signing with its keys.
 */
#include <errno.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "daemon/certprovd/identity/identities.h"
#include "lib/base/date.h"
#include "lib/identity/identity-check.h"
#include "lib/identity/identity-sign.h"

#define IDENTITY_INTERFACE "io.certprov.identity"
/* What a signature costs, in the units of turns.h. Measured with OpenSSL 3.0 on
 * x86-64: RSA 2048 takes twice as long as a good chain, P-256 a tenth. */
#define IDENTITY_RSA_WORK 2000
#define IDENTITY_EC_WORK 200
#define IDENTITY_MAX_DIGEST_BYTES 64

static const char *const roles[] = {"web-server", "client", NULL};

/* --- what there is --- */

struct identity_row {
	const char *source;
	bool in_force;
	bool usable;
	const char *result;
	const char *reason;
	const char *remedy;
	struct json_bytes_list chain;
	const char *sha256;
	const char *subject;
	const char *issuer;
	int64_t not_before;
	int64_t not_after;
	const char *key_type;
	int64_t key_bits;
	const char *mac;
	bool per_device;
	struct json_structs warnings;
	/* what the above point into */
	struct bytes der[IDENTITY_MAX_CHAIN];
	char mac_text[IDENTITY_MAC_SIZE];
	struct warning_words words[WARNING__END];
};

#define W(member, ...) JSON_FIELD(struct warning_words, member, __VA_ARGS__)
static const struct json_field warning_fields[] = {
	W(identifier, JSON_STRING, JSON_MUST),
	W(sentence, JSON_STRING, JSON_MUST),
	W(remedy, JSON_STRING),
};
#undef W
static const struct json_table warning_table =
	JSON_TABLE(struct warning_words, warning_fields);

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct identity_row, member, __VA_ARGS__)
static const struct json_field row_fields[] = {
	F("source", source, JSON_STRING, JSON_MUST),
	F("inForce", in_force, JSON_BOOL, JSON_MUST),
	F("usable", usable, JSON_BOOL, JSON_MUST),
	F("result", result, JSON_STRING),
	F("reason", reason, JSON_STRING),
	F("remedy", remedy, JSON_STRING),
	F("chain", chain, JSON_BYTES_LIST),
	F("sha256", sha256, JSON_STRING),
	F("subject", subject, JSON_STRING),
	F("issuer", issuer, JSON_STRING),
	F("notBefore", not_before, JSON_TIME),
	F("notAfter", not_after, JSON_TIME),
	F("keyType", key_type, JSON_STRING),
	F("keyBits", key_bits, JSON_INT64),
	F("mac", mac, JSON_STRING),
	F("perDevice", per_device, JSON_BOOL, JSON_MUST),
	F("warnings", warnings, JSON_STRUCTS, .nested = &warning_table),
};
#undef F

static void identity_row_done(struct identity_row *row)
{
	for (size_t i = 0; i < row->warnings.count; i++)
		warning_words_done(&row->words[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct identity_row, identity_row_done);

/* The certificate a date or a missing issuer is about: the last one. */
static int identity_row_add_warnings(const struct api *api,
	const struct identity *i, unsigned warnings, struct identity_row *row)
{
	const struct certificate *last = i->chain[i->count - 1];
	char date[DATE_TEXT_SIZE];
	struct facts facts = {
		.issuer = last->issuer, .date = date, .detail = row->mac};
	int r = 0;

	(void)api;
	date_format(i->chain[0]->not_after, date);
	row->warnings.items = row->words;
	for (enum warning w = 0; r == 0 && w < WARNING__END; w++)
		if (warnings & WARNING_BIT(w))
			r = warning_explain(
				w, &facts, &row->words[row->warnings.count++]);
	return r;
}

static int identity_row_fill(const struct api *api, enum identity_source source,
	struct identity_row *row)
{
	const struct identities *all = api->identities;
	const struct identity *i = &all->slots[source].identity;
	const struct certificate *leaf = i->chain[0];
	int64_t now = clock_now(api->clock, clock_wall());

	for (size_t n = 0; n < i->count; n++)
		row->der[n] = i->chain[n]->der;
	row->chain = (struct json_bytes_list){row->der, i->count};
	row->sha256 = leaf->sha256_hex;
	row->subject = leaf->subject;
	row->issuer = leaf->issuer;
	row->not_before = leaf->not_before;
	row->not_after = leaf->not_after;
	row->key_type = key_type_name(leaf->key.type);
	row->key_bits = leaf->key.bits;
	identity_mac(leaf, row->mac_text);
	row->mac = *row->mac_text ? row->mac_text : NULL;
	row->per_device = identity_is_of_phone(leaf, api->phone->mac);
	return identity_row_add_warnings(
		api, i, identities_warnings(all, source, api->phone, now), row);
}

static int identity_row_make(const struct api *api, enum identity_source source,
	struct identity_row *row)
{
	const struct identity_slot *slot = &api->identities->slots[source];

	*row = (struct identity_row){
		.source = identity_source_name(source),
		.in_force = api->identities->in_force == source,
		.usable = slot->identity.count > 0,
		.result = slot->result,
		.reason = slot->reason,
		.remedy = slot->remedy,
	};
	return row->usable ? identity_row_fill(api, source, row) : 0;
}

static int identity_append_row(
	const struct api *api, enum identity_source source, cJSON *list)
{
	CLEANUP(identity_row_done) struct identity_row row = {0};
	int r = 0;

	if (!api->identities->slots[source].configured)
		return 0;
	r = identity_row_make(api, source, &row);
	return r < 0 ? r
		     : json_fields_append(
			       list, row_fields, ARRAY_SIZE(row_fields), &row);
}

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
		r = identity_append_row(api, s, list);
	if (r == 0)
		return varlink_reply_member(req, "identities", list);
	cJSON_Delete(list);
	return r;
}

/* --- one --- */

struct identity_role {
	int role;
};

static const struct json_field role_fields[] = {
	JSON_FIELD(struct identity_role, role, JSON_CHOICE, JSON_MUST,
		.choices = roles),
};
static const struct json_table role_parameters =
	JSON_TABLE(struct identity_role, role_fields);

static int identity_refuse_role(struct varlink_request *req, int role)
{
	return varlink_error_text(
		req, IDENTITY_INTERFACE ".NoIdentity", "role", roles[role]);
}

static int identity_on_get(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	CLEANUP(identity_row_done) struct identity_row row = {0};
	struct identity_role asked = {0};
	cJSON *identity = NULL;
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	if (!identities_in_force(api->identities))
		return identity_refuse_role(req, asked.role);
	r = identity_row_make(api, api->identities->in_force, &row);
	if (r == 0)
		r = json_fields_encode(
			row_fields, ARRAY_SIZE(row_fields), &row, &identity);
	return r < 0 ? r : varlink_reply_member(req, "identity", identity);
}

/* --- signing --- */

struct identity_signing {
	int role;
	const char *scheme;
	struct bytes digest;
};

static const struct json_field signing_fields[] = {
	JSON_FIELD(struct identity_signing, role, JSON_CHOICE, JSON_MUST,
		.choices = roles),
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
	varlink_request_charge(req,
		i->chain[0]->key.type == KEY_RSA ? IDENTITY_RSA_WORK
						 : IDENTITY_EC_WORK);
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

/* What has no handler is still to come. */
static const struct varlink_method methods[] = {
	{.name = "CreateRequest"},
	{
		.name = "GetIdentity",
		.handle = identity_on_get,
		.parameters = &role_parameters,
	},
	{.name = "GetKey"},
	{.name = "Install"},
	{.name = "ListIdentities", .handle = identity_on_list},
	{.name = "Rollback"},
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
