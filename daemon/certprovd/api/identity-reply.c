/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/identity-reply.h"

#include <errno.h>

#include "lib/identity/identity-check.h"
#include "lib/provisioning/outcome.h"

struct identity_row {
	const char *source;
	bool in_force;
	const char *why;
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

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct identity_row, member, __VA_ARGS__)
static const struct json_field row_fields[] = {
	F("source", source, JSON_STRING, JSON_MUST),
	F("inForce", in_force, JSON_BOOL, JSON_MUST),
	F("why", why, JSON_STRING),
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
	F("warnings", warnings, JSON_STRUCTS, .nested = &outcome_warning_table),
};
#undef F

static void identity_row_done(struct identity_row *row)
{
	for (size_t i = 0; i < row->warnings.count; i++)
		warning_words_done(&row->words[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct identity_row, identity_row_done);

static int identity_row_add_warnings(const struct api *api,
	enum identity_source source, int64_t now, struct identity_row *row)
{
	const struct identities *all = api->identities;
	unsigned warnings = identities_warnings(all, source, api->phone, now);
	int r = 0;

	row->warnings.items = row->words;
	for (enum warning w = 0; r == 0 && w < WARNING__END; w++)
		if (warnings & WARNING_BIT(w))
			r = identities_explain(all, source, w, now,
				&row->words[row->warnings.count++]);
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
	row->why = identities_why(all, trust_state_firmware(api->state),
		trust_state_settings(api->state), source);
	row->chain = (struct json_bytes_list){row->der, i->count};
	row->sha256 = leaf->sha256_hex;
	row->subject = certificate_subject(leaf);
	row->issuer = certificate_issuer(leaf);
	row->not_before = leaf->not_before;
	row->not_after = leaf->not_after;
	row->key_type = key_type_name(leaf->key.type);
	row->key_bits = leaf->key.bits;
	identity_mac(leaf, row->mac_text);
	row->mac = *row->mac_text ? row->mac_text : NULL;
	row->per_device = identity_is_of_phone(leaf, api->phone->mac);
	return identity_row_add_warnings(api, source, now, row);
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

int identity_append_source(
	const struct api *api, enum identity_source source, cJSON *list)
{
	CLEANUP(identity_row_done) struct identity_row row = {0};
	int r = identity_row_make(api, source, &row);

	return r < 0 ? r
		     : json_fields_append(
			       list, row_fields, ARRAY_SIZE(row_fields), &row);
}

int identity_reply_source(struct varlink_request *req, const struct api *api,
	enum identity_source source)
{
	CLEANUP(identity_row_done) struct identity_row row = {0};
	cJSON *identity = NULL;
	int r = 0;

	if (source == IDENTITY_SOURCE__END)
		return varlink_error_text(
			req, IDENTITY_INTERFACE ".NoIdentity", "role", "any");
	r = identity_row_make(api, source, &row);
	if (r == 0)
		r = json_fields_encode(
			row_fields, ARRAY_SIZE(row_fields), &row, &identity);
	return r < 0 ? r : varlink_reply_member(req, "identity", identity);
}

/* --- roles --- */

const char *const identity_roles[] = {"web-server", "client", NULL};

int identity_refuse_role(struct varlink_request *req, int role)
{
	return varlink_error_text(req, IDENTITY_INTERFACE ".NoIdentity", "role",
		identity_roles[role]);
}
