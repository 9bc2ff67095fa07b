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
	struct json_texts lists;
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
	struct json_texts names;
	struct json_texts results;
	struct bytes der;
};

#define TEXT(member, json_name)                                                \
	JSON_FIELD_NAMED(json_name, struct certprov_certificate, member,       \
		JSON_STRING, .required = true)

static const struct json_field certificate_fields[] = {
	JSON_FIELD(struct certprov_certificate, sha256, JSON_SHA256_TEXT,
		.required = true),
	JSON_FIELD(struct certprov_certificate, lists, JSON_TEXTS),
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
	JSON_FIELD(struct certprov_certificate, names, JSON_TEXTS),
	JSON_FIELD(struct certprov_certificate, results, JSON_TEXTS),
	JSON_FIELD(struct certprov_certificate, der, JSON_BYTES,
		.max = DER_MAX_BYTES),
};

struct certprov_certificate *certprov_certificate_free(
	struct certprov_certificate *certificate)
{
	if (!certificate)
		return NULL;
	json_fields_done(certificate_fields, ARRAY_SIZE(certificate_fields),
		certificate);
	cJSON_Delete(certificate->object);
	free(certificate);
	return NULL;
}

int client_certificate_decode(cJSON *object, struct certprov_certificate **ret)
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

/* --- what is asked --- */

struct client_get {
	uint8_t sha256[SHA256_BYTES];
	bool with_der;
};

static const struct json_field get_fields[] = {
	JSON_FIELD(struct client_get, sha256, JSON_DIGEST, JSON_MUST),
	JSON_FIELD_NAMED("withDer", struct client_get, with_der, JSON_BOOL),
};

struct client_list {
	const char *list; /* NULL: of all */
	bool with_der;
};

static const struct json_field list_fields[] = {
	JSON_FIELD(struct client_list, list, JSON_STRING),
	JSON_FIELD_NAMED("withDer", struct client_list, with_der, JSON_BOOL),
};

/* --- one --- */

int certprov_get(struct certprov *c, const char *sha256,
	struct certprov_certificate **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	struct client_get get = {.with_der = true};
	cJSON *parameters = NULL;
	int r = sha256 ? hex_parse(sha256, get.sha256, SHA256_BYTES) : -EINVAL;

	if (r == 0)
		r = json_fields_encode(
			get_fields, ARRAY_SIZE(get_fields), &get, &parameters);
	if (r == 0)
		r = client_call(c, "Get", parameters, 0, &answer);
	if (r < 0)
		return r;
	return client_certificate_decode(
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
	bool ended; /* it ended the listing */
};

static int client_certificate_list_parameters(
	enum certprov_list list, int with_der, cJSON **ret)
{
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
		return -EINVAL; /* only on the administrators' socket */
	}
	if (!name && (int)list != 0)
		return -EINVAL;
	return json_fields_encode(list_fields, ARRAY_SIZE(list_fields),
		&(struct client_list){.list = name, .with_der = with_der}, ret);
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
	r = client_certificate_decode(item, &certificate);
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

/* It answered when the listing began, and has sent nothing yet. */
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
	unsigned lists = 0;

	for (size_t n = 0; n < c->lists.count; n++)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strcmp(c->lists.items[n], names[i].name) == 0)
				lists |= (unsigned)names[i].list;
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
	return c->names.count;
}

const char *certprov_certificate_name(
	const struct certprov_certificate *c, size_t index)
{
	return client_text(&c->names, index);
}

size_t certprov_certificate_result_count(const struct certprov_certificate *c)
{
	return c->results.count;
}

const char *certprov_certificate_result(
	const struct certprov_certificate *c, size_t index)
{
	return client_text(&c->results, index);
}

const void *certprov_certificate_der(
	const struct certprov_certificate *c, size_t *ret_size)
{
	*ret_size = c->der.len;
	return c->der.data;
}
