/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/client/client-internal.h"

#define DER_MAX_BYTES 65536

struct certprov_certificate {
	cJSON *object; /* what everything but der is borrowed from */
	const char *sha256;
	const cJSON *lists;
	const char *origin;
	const char *role; /* or NULL */
	const char *subject;
	const char *issuer;
	const char *serial;
	int64_t not_before;
	int64_t not_after;
	const char *key_type;
	int64_t key_bits;
	bool ca;
	const cJSON *names;
	const cJSON *results;
	struct bytes der;
};

#define TEXT(member, json_name)                                                \
	JSON_FIELD_NAMED(json_name, struct certprov_certificate, member,       \
		JSON_STRING, .required = true)

static const struct json_field certificate_fields[] = {
	JSON_FIELD(struct certprov_certificate, sha256, JSON_SHA256_TEXT,
		.required = true),
	JSON_FIELD(struct certprov_certificate, lists, JSON_STRINGS),
	TEXT(origin, "origin"),
	JSON_FIELD(struct certprov_certificate, role, JSON_STRING),
	TEXT(subject, "subject"),
	TEXT(issuer, "issuer"),
	TEXT(serial, "serial"),
	JSON_FIELD_NAMED("notBefore", struct certprov_certificate, not_before,
		JSON_TIME, .required = true),
	JSON_FIELD_NAMED("notAfter", struct certprov_certificate, not_after,
		JSON_TIME, .required = true),
	TEXT(key_type, "keyType"),
	JSON_FIELD_NAMED("keyBits", struct certprov_certificate, key_bits,
		JSON_INT64, .max = INT32_MAX),
	JSON_FIELD(struct certprov_certificate, ca, JSON_BOOL),
	JSON_FIELD(struct certprov_certificate, names, JSON_STRINGS),
	JSON_FIELD(struct certprov_certificate, results, JSON_STRINGS),
	JSON_FIELD(struct certprov_certificate, der, JSON_BYTES,
		.max = DER_MAX_BYTES),
};

struct certprov_certificate *certprov_certificate_free(
	struct certprov_certificate *certificate)
{
	if (!certificate)
		return NULL;
	bytes_done(&certificate->der);
	cJSON_Delete(certificate->object);
	free(certificate);
	return NULL;
}

int certificate_from_json(cJSON *object, struct certprov_certificate **ret)
{
	CLEANUP(json_free) cJSON *taken = object;
	struct certprov_certificate *certificate = NULL;
	const char *wrong = NULL;
	int r = 0;

	if (!cJSON_IsObject(taken))
		return -EBADMSG;
	certificate = calloc(1, sizeof(*certificate));
	if (!certificate)
		return -ENOMEM;
	r = json_fields_decode_known(certificate_fields,
		ARRAY_SIZE(certificate_fields), taken, certificate, &wrong);
	if (r < 0) {
		free(certificate);
		return r == -EINVAL ? -EBADMSG : r;
	}
	certificate->object = TAKE_PTR(taken);
	*ret = certificate;
	return 0;
}

/* --- one --- */

int certprov_get(struct certprov *c, const char *sha256,
	struct certprov_certificate **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	CLEANUP(json_done) struct json_writer w = {0};
	uint8_t digest[SHA256_BYTES];
	cJSON *parameters = NULL;
	int r = sha256 ? hex_parse(sha256, digest, sizeof(digest)) : -EINVAL;

	if (r < 0)
		return r;
	json_put_hex(&w, "sha256", digest, sizeof(digest));
	json_put_bool(&w, "withDer", true);
	r = json_take(&w, &parameters);
	if (r == 0)
		r = client_call(c, "Get", parameters, 0, &answer);
	if (r < 0)
		return r;
	return certificate_from_json(
		cJSON_DetachItemFromObjectCaseSensitive(
			answer.reply.parameters, "certificate"),
		ret);
}

/* --- all --- */

struct client_listing {
	struct varlink_client *connection; /* of its own */
	certprov_list_callback *callback;
	void *userdata;
	int64_t deadline_ms;
	bool begun; /* the callback was called */
	bool ended; /* ... and wants no more */
};

static int client_certificate_list_parameters(
	enum certprov_list list, int with_der, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const char *name = NULL;

	switch (list) {
	case CERTPROV_AUTHORITIES:
		name = "authorities";
		break;
	case CERTPROV_SERVERS:
		name = "servers";
		break;
	case CERTPROV_UNKNOWN:
		name = "unknown";
		break;
	case CERTPROV_ANCHORS:
		name = "anchors";
		break;
	case CERTPROV_DISTRUSTED:
		return -EINVAL; /* for administrators, elsewhere */
	}
	if (!name && (int)list != 0)
		return -EINVAL;
	json_put_string(&w, "list", name);
	json_put_bool(&w, "withDer", with_der);
	return json_take(&w, ret);
}

/* The time is the daemon's, not the callback's. */
static int client_certificate_call_back(struct client_listing *l,
	const struct certprov_certificate *certificate)
{
	int64_t begin = varlink_deadline(0);
	int r = l->callback(certificate, l->userdata);

	l->begun = true;
	l->ended = r != 0;
	l->deadline_ms += varlink_deadline(0) - begin;
	return r;
}

/* One reply, which may be without a certificate. */
static int client_certificate_take_item(
	struct client_listing *l, struct varlink_reply *reply)
{
	CLEANUP(certprov_certificate_free)
	struct certprov_certificate *certificate = NULL;
	cJSON *item = NULL;
	int r = client_reply_errno(reply);

	if (r < 0)
		return r;
	item = cJSON_DetachItemFromObjectCaseSensitive(
		reply->parameters, "certificate");
	if (!item || cJSON_IsNull(item)) {
		cJSON_Delete(item);
		return 0;
	}
	r = certificate_from_json(item, &certificate);
	return r < 0 ? r : client_certificate_call_back(l, certificate);
}

static int client_certificate_take_items(struct client_listing *l)
{
	bool continues = true;

	while (continues) {
		CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
		int r = varlink_client_receive(
			l->connection, l->deadline_ms, &answer);

		if (r < 0)
			return client_errno(r);
		continues = answer.reply.continues;
		r = client_certificate_take_item(l, &answer.reply);
		if (r != 0)
			return r;
	}
	return 0;
}

static int client_certificate_list_once(const struct certprov *c,
	const struct varlink_call *call, struct client_listing *l)
{
	CLEANUP(varlink_client_free) struct varlink_client *connection = NULL;
	int r = varlink_client_connect(c->path, l->deadline_ms, &connection);

	if (r == 0)
		r = varlink_client_send(connection, call, NULL, l->deadline_ms);
	if (r < 0)
		return client_errno(r);
	l->connection = connection;
	return client_certificate_take_items(l);
}

/* It was there when the listing began, and has told nothing yet. */
static int client_certificate_list_again(const struct certprov *c,
	const struct varlink_call *call, struct client_listing *l)
{
	int r = client_certificate_list_once(c, call, l);

	while (r == -ENOTCONN && client_wait(l->deadline_ms))
		r = client_certificate_list_once(c, call, l);
	return r == -ENOTCONN ? -ECONNRESET : r;
}

int certprov_list(struct certprov *c, enum certprov_list list, int with_der,
	certprov_list_callback *callback, void *userdata)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	struct client_listing l = {
		.callback = callback,
		.userdata = userdata,
		.deadline_ms = varlink_deadline(c->timeout_ms),
	};
	cJSON *parameters = NULL;
	int r = client_certificate_list_parameters(list, with_der, &parameters);

	if (r == 0)
		r = client_prepare("ListCertificates", parameters, &call);
	if (r < 0)
		return r;
	call.more = true;
	r = client_certificate_list_once(c, &call, &l);
	if (r == -ECONNRESET && !l.begun)
		r = client_certificate_list_again(c, &call, &l);
	return r;
}

/* --- what it says --- */

const char *certprov_certificate_sha256(const struct certprov_certificate *c)
{
	return c->sha256;
}

unsigned certprov_certificate_lists(const struct certprov_certificate *c)
{
	static const struct {
		const char *name;
		enum certprov_list list;
	} names[] = {
		{"authorities", CERTPROV_AUTHORITIES},
		{"servers", CERTPROV_SERVERS},
		{"unknown", CERTPROV_UNKNOWN},
		{"distrusted", CERTPROV_DISTRUSTED},
	};
	const cJSON *item = NULL;
	unsigned lists = 0;

	cJSON_ArrayForEach(item, c->lists)
	{
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strcmp(item->valuestring, names[i].name) == 0)
				lists |= (unsigned)names[i].list;
	}
	return lists;
}

const char *certprov_certificate_origin(const struct certprov_certificate *c)
{
	return c->origin;
}

const char *certprov_certificate_role(const struct certprov_certificate *c)
{
	return c->role;
}

const char *certprov_certificate_subject(const struct certprov_certificate *c)
{
	return c->subject;
}

const char *certprov_certificate_issuer(const struct certprov_certificate *c)
{
	return c->issuer;
}

const char *certprov_certificate_serial(const struct certprov_certificate *c)
{
	return c->serial;
}

int64_t certprov_certificate_not_before(const struct certprov_certificate *c)
{
	return c->not_before;
}

int64_t certprov_certificate_not_after(const struct certprov_certificate *c)
{
	return c->not_after;
}

const char *certprov_certificate_key_type(const struct certprov_certificate *c)
{
	return c->key_type;
}

int certprov_certificate_key_bits(const struct certprov_certificate *c)
{
	return (int)c->key_bits;
}

int certprov_certificate_is_ca(const struct certprov_certificate *c)
{
	return c->ca;
}

size_t certprov_certificate_name_count(const struct certprov_certificate *c)
{
	return strings_count(c->names);
}

const char *certprov_certificate_name(
	const struct certprov_certificate *c, size_t index)
{
	return strings_get(c->names, index);
}

size_t certprov_certificate_result_count(const struct certprov_certificate *c)
{
	return strings_count(c->results);
}

const char *certprov_certificate_result(
	const struct certprov_certificate *c, size_t index)
{
	return strings_get(c->results, index);
}

const void *certprov_certificate_der(
	const struct certprov_certificate *c, size_t *ret_size)
{
	*ret_size = c->der.len;
	return c->der.data;
}
