/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a Certificate part by part, each from a table of its own: what its
 * bytes say, what the store says, what was rejected, the exceptions for it.
 */
#include "daemon/certprovd/api/reply-certificate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/concerns-ends.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/varlink/json-fields.h"
#include "lib/x509/certificate.h"

/* One certificate, and where it was found. */
struct subject {
	const struct api *api;
	const uint8_t *sha256;
	const struct anchor *anchor;         /* or NULL */
	const struct anchor *server;         /* in that list, or NULL */
	const struct unknown_entry *unknown; /* or NULL */
	struct certificate *certificate;     /* NULL: cannot be decoded */
	struct bytes der;                    /* borrowed */
};

static struct json_texts reply_certificate_texts(
	char *const *texts, size_t count)
{
	return (struct json_texts){(const char *const *)texts, count};
}

/* --- where it is listed --- */

struct listed {
	uint8_t sha256[SHA256_BYTES];
	struct json_texts lists;
	const char *role; /* NULL: unknown, or there for an exception alone */
};

static const struct json_field listed_fields[] = {
	JSON_FIELD(struct listed, sha256, JSON_DIGEST, JSON_MUST),
	JSON_FIELD(struct listed, lists, JSON_TEXTS, JSON_MUST),
	JSON_FIELD(struct listed, role, JSON_STRING),
};

static int reply_certificate_put_listed(
	struct json_writer *w, const struct subject *s)
{
	unsigned lists = s->anchor ? s->anchor->lists : 0;
	const char *names[4];
	struct listed listed = {.lists = {.items = names}};
	bool distrusted = false;
	int r = trust_distrusts(trust_state_trust(s->api->state), &s->der,
		s->certificate, &distrusted);

	memcpy(listed.sha256, s->sha256, SHA256_BYTES);
	if (lists & ANCHOR_AUTHORITY)
		names[listed.lists.count++] = "authorities";
	if (s->server)
		names[listed.lists.count++] = "servers";
	if (s->unknown)
		names[listed.lists.count++] = "unknown";
	if (distrusted)
		names[listed.lists.count++] = "distrusted";
	if (s->anchor)
		listed.role = anchor_role_name(lists);
	json_put_fields(w, listed_fields, ARRAY_SIZE(listed_fields), &listed);
	return r;
}

/* --- what its bytes say --- */

struct stated {
	const char *subject;
	const char *issuer;
	const char *serial;
	int64_t not_before;
	int64_t not_after;
	const char *key_type;
	int64_t key_bits;
	bool ca;
	struct json_texts names;
	int64_t names_left_out;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct stated, member, __VA_ARGS__)
static const struct json_field stated_fields[] = {
	F("subject", subject, JSON_STRING, JSON_MUST),
	F("issuer", issuer, JSON_STRING, JSON_MUST),
	F("serial", serial, JSON_STRING, JSON_MUST),
	F("notBefore", not_before, JSON_TIME, JSON_MUST),
	F("notAfter", not_after, JSON_TIME, JSON_MUST),
	F("keyType", key_type, JSON_STRING, JSON_MUST),
	F("keyBits", key_bits, JSON_INT64, JSON_MUST),
	F("ca", ca, JSON_BOOL, JSON_MUST),
	F("names", names, JSON_TEXTS, JSON_MUST),
	F("namesLeftOut", names_left_out, JSON_INT64),
};
#undef F

static const char reply_certificate_unread[] = "(cannot be decoded)";

static void reply_certificate_put_stated(
	struct json_writer *w, const struct certificate *c)
{
	/* A peer may present anything, so it is listed even when it cannot be
	 * decoded. */
	struct stated stated = {
		.subject = reply_certificate_unread,
		.issuer = "",
		.serial = "",
		.key_type = key_type_name(KEY_OTHER),
	};

	if (c)
		stated = (struct stated){
			.subject = certificate_subject(c),
			.issuer = certificate_issuer(c),
			.serial = certificate_serial(c),
			.not_before = c->not_before,
			.not_after = c->not_after,
			.key_type = key_type_name(c->key.type),
			.key_bits = c->key.bits,
			.ca = c->ca,
			.names = reply_certificate_texts(
				c->names, c->name_count),
			.names_left_out = (int64_t)c->names_left_out,
		};
	json_put_fields(w, stated_fields, ARRAY_SIZE(stated_fields), &stated);
}

static int reply_certificate_put_details(
	struct json_writer *w, const struct certificate *c)
{
	json_put_hex(w, "keySha256", c->spki_sha256, SHA256_BYTES);
	for (size_t i = 0; i < CERTIFICATE_CONSTRAINTS; i++) {
		CLEANUP(free) char *text = NULL;
		int r = certificate_constraint_text(c, i, &text);

		if (r < 0)
			return r;
		if (text)
			json_append_string(w, "constraints", text);
	}
	return 0;
}

/* --- where it came from --- */

static const struct json_field stored_fields[] = {
	JSON_FIELD(struct store_certificate, origin, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct store_certificate, url, JSON_STRING,
		.rewrite = url_redact),
	JSON_FIELD(struct store_certificate, document, JSON_STRING,
		.rewrite = url_redact),
	JSON_FIELD(struct store_certificate, line, JSON_INT64),
	JSON_FIELD(struct store_certificate, run, JSON_INT64),
	JSON_FIELD(struct store_certificate, added, JSON_TIME, JSON_MUST),
	JSON_FIELD(
		struct store_certificate, authenticated, JSON_BOOL, JSON_MUST),
};

static int reply_certificate_put_stored(
	void *userdata, const struct store_certificate *c)
{
	json_put_fields(userdata, stored_fields, ARRAY_SIZE(stored_fields), c);
	return 0;
}

/* Of what is not in the store there is only the origin. */
static int reply_certificate_put_origin(
	struct json_writer *w, const struct subject *s)
{
	const struct store_certificate elsewhere = {
		.origin = s->anchor ? "firmware" : "connection"};
	int r = -ENOENT;

	if (s->server)
		r = store_find_certificate(s->api->store, s->sha256,
			reply_certificate_put_stored, w);
	if (r != -ENOENT)
		return r;
	json_put_fields(w, stored_fields, 1, &elsewhere);
	return 0;
}

struct found_last {
	int64_t run;
	int64_t when;
	int64_t missing_run;
	int64_t missing_since;
	char *refused; /* owned */
};

static const struct json_field found_last_fields[] = {
	JSON_FIELD_NAMED("lastRun", struct found_last, run, JSON_INT64),
	JSON_FIELD_NAMED("lastSeen", struct found_last, when, JSON_TIME,
		.absent = INT64_MIN),
	JSON_FIELD_NAMED(
		"missingRun", struct found_last, missing_run, JSON_INT64),
	JSON_FIELD_NAMED(
		"missingSince", struct found_last, missing_since, JSON_TIME),
	JSON_FIELD_NAMED(
		"firmwareRefuses", struct found_last, refused, JSON_STRING),
};

/* What was noted when it went missing outlives the reports. */
static int reply_certificate_take_missing(
	void *userdata, const struct store_certificate *c)
{
	struct found_last *last = userdata;

	last->missing_run = c->missing_run;
	last->missing_since = c->missing_since;
	if (c->found_run > 0) {
		last->run = c->found_run;
		last->when = c->found_at;
	}
	return string_replace(&last->refused, c->refused);
}

static int reply_certificate_put_found(
	struct json_writer *w, const struct subject *s)
{
	struct found_last last = {.when = INT64_MIN};
	int r = store_certificate_seen(
		s->api->store, s->sha256, &last.run, &last.when);

	if (r == -ENOENT)
		r = 0;
	if (r == 0 && s->server)
		r = store_find_certificate(s->api->store, s->sha256,
			reply_certificate_take_missing, &last);
	if (r < 0 && r != -ENOENT) {
		free(last.refused);
		return r;
	}
	/* An unknown one was seen when it was last rejected. */
	if (s->unknown)
		last.when = INT64_MIN;
	json_put_fields(
		w, found_last_fields, ARRAY_SIZE(found_last_fields), &last);
	free(last.refused);
	return 0;
}

/* --- rejections of it --- */

struct rejected {
	struct json_texts hosts;
	struct json_texts results;
	struct json_texts purposes;
	struct json_texts reporters;
	int64_t first_seen;
	int64_t last_seen;
	int64_t seen;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct rejected, member, __VA_ARGS__)
static const struct json_field rejected_fields[] = {
	F("hosts", hosts, JSON_TEXTS),
	F("results", results, JSON_TEXTS),
	F("purposes", purposes, JSON_TEXTS),
	F("reporters", reporters, JSON_TEXTS),
	F("firstSeen", first_seen, JSON_TIME, JSON_MUST),
	F("lastSeen", last_seen, JSON_TIME, JSON_MUST),
	F("seen", seen, JSON_INT64, JSON_MUST),
};
#undef F

static struct json_texts reply_certificate_set(const struct unknown_texts *set)
{
	return reply_certificate_texts(set->texts, set->count);
}

static void reply_certificate_put_rejected(
	struct json_writer *w, const struct unknown_entry *e)
{
	const struct rejected rejected = {
		.hosts = reply_certificate_set(&e->hosts),
		.results = reply_certificate_set(&e->results),
		.purposes = reply_certificate_set(&e->purposes),
		.reporters = reply_certificate_set(&e->reporters),
		.first_seen = e->first_seen,
		.last_seen = e->last_seen,
		.seen = (int64_t)e->seen,
	};

	json_put_fields(
		w, rejected_fields, ARRAY_SIZE(rejected_fields), &rejected);
}

/* --- what ends --- */

/* Only where that needs attention, and negative once it is past. */
static void reply_certificate_put_span(
	struct json_writer *w, const char *name, int64_t end, int64_t now)
{
	if (end != INT64_MAX &&
		(ending_is_past(end, now) || ending_is_soon(end, now)))
		json_put_int(w, name, end - now);
}

/* --- exceptions for it --- */

struct excepted {
	const char *host;
	int64_t expires;
	const cJSON *results;
	int64_t added;
};

static const struct json_field excepted_fields[] = {
	JSON_FIELD(struct excepted, host, JSON_STRING),
	JSON_FIELD(struct excepted, expires, JSON_TIME, .absent = INT64_MAX),
	JSON_FIELD(struct excepted, results, JSON_STRINGS, JSON_MUST),
	JSON_FIELD(struct excepted, added, JSON_TIME, JSON_MUST),
};

/* What all exceptions for one certificate amount to. */
struct exceptions {
	struct json_writer *w;
	const struct subject *subject;
	int64_t now;
	bool everywhere;    /* one is for every host */
	bool expired_since; /* one was made before the certificate expired */
	int64_t last_end;   /* of the one that lasts longest */
};

static void reply_certificate_append_once(
	struct json_writer *w, const char *name, const char *text)
{
	const cJSON *there = NULL;

	cJSON_ArrayForEach(there, cJSON_GetObjectItem(w->object, name))
	{
		if (string_equal(there->valuestring, text))
			return;
	}
	json_append_string(w, name, text);
}

/* Different exceptions were made for different reasons. */
static void reply_certificate_append_results(
	const struct exceptions *x, const cJSON *results)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, results)
	{
		if (cJSON_IsString(item))
			reply_certificate_append_once(
				x->w, "results", item->valuestring);
	}
}

static int reply_certificate_put_exception(
	void *userdata, const struct store_exception *e)
{
	CLEANUP(json_done) struct json_writer one = {0};
	CLEANUP(json_free)
	cJSON *results = cJSON_Parse(e->results ? e->results : "[]");
	const struct excepted excepted = {
		e->host, e->expires, results, e->added};
	struct exceptions *x = userdata;

	if (!results)
		return -ENOMEM;
	json_put_fields(
		&one, excepted_fields, ARRAY_SIZE(excepted_fields), &excepted);
	json_append_object(x->w, "exceptions", &one);
	/* An unknown certificate has those of its rejections. */
	if (!x->subject->unknown)
		reply_certificate_append_results(x, results);
	x->everywhere = x->everywhere || !e->host;
	x->expired_since = x->expired_since ||
		(x->subject->certificate &&
			concerns_ends_is_new(
				e, x->subject->certificate->not_after, x->now));
	if (e->expires > x->last_end)
		x->last_end = e->expires;
	return 0;
}

/* The exceptions one by one, and where and how long one of them holds. */
static int reply_certificate_put_exceptions(
	struct json_writer *w, const struct subject *s, int64_t now)
{
	struct exceptions x = {
		.w = w, .subject = s, .now = now, .last_end = INT64_MIN};
	size_t count = 0;
	const struct exception *e = trust_exceptions_of(
		trust_state_trust(s->api->state), s->sha256, &count);
	int r = 0;

	if (!e)
		return 0;
	r = store_exceptions_of(
		s->api->store, s->sha256, reply_certificate_put_exception, &x);
	if (r < 0)
		return r;
	if (x.last_end != INT64_MAX)
		json_put_time(w, "expires", x.last_end);
	reply_certificate_put_span(w, "exceptionExpiresIn", x.last_end, now);
	if (x.expired_since)
		json_append_string(
			w, "newSince", warning_name(WARNING_EXPIRED));
	for (size_t i = 0; !x.everywhere && !s->unknown && i < count; i++)
		json_append_string(w, "hosts", e[i].host);
	return 0;
}

/* --- the certificate itself --- */

struct certificate_bytes {
	struct bytes der;
	struct json_bytes_list chain;
};

static const struct json_field sent_fields[] = {
	JSON_FIELD(struct certificate_bytes, der, JSON_BYTES, JSON_MUST),
	JSON_FIELD(struct certificate_bytes, chain, JSON_BYTES_LIST),
};

/* A peer may send anything. */
static int reply_certificate_append_subject(
	struct json_writer *w, const struct bytes *der)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict ignored = VERDICT_MALFORMED;
	int r = certificate_decode(der->data, der->len, &c, &ignored);

	if (r < 0)
		return r;
	json_append_string(w, "chainSubjects",
		c ? certificate_subject(c) : reply_certificate_unread);
	return 0;
}

/* The chain that an unknown certificate was sent with shows which issuer to
 * trust. */
static int reply_certificate_put_sent(
	struct json_writer *w, const struct subject *s)
{
	struct certificate_bytes sent = {.der = s->der};
	int r = 0;

	if (s->unknown && s->unknown->chain_count > 1)
		sent.chain = (struct json_bytes_list){
			s->unknown->chain + 1, s->unknown->chain_count - 1};
	json_put_fields(w, sent_fields, ARRAY_SIZE(sent_fields), &sent);
	for (size_t i = 0; r == 0 && i < sent.chain.count; i++)
		r = reply_certificate_append_subject(w, &sent.chain.items[i]);
	return r;
}

/* --- all of it --- */

static int reply_certificate_put(
	struct json_writer *w, const struct subject *s, unsigned flags)
{
	int64_t now = clock_now(s->api->clock, clock_wall());
	int r = reply_certificate_put_listed(w, s);

	if (r < 0)
		return r;
	reply_certificate_put_stated(w, s->certificate);
	if (s->certificate)
		reply_certificate_put_span(
			w, "expiresIn", s->certificate->not_after, now);
	r = reply_certificate_put_origin(w, s);
	if (r == 0 && s->certificate &&
		(flags & REPLY_CERTIFICATE_DETAILS) != 0)
		r = reply_certificate_put_details(w, s->certificate);
	if (r == 0 && (s->server || (flags & REPLY_CERTIFICATE_DETAILS) != 0))
		r = reply_certificate_put_found(w, s);
	if (s->unknown)
		reply_certificate_put_rejected(w, s->unknown);
	if (r == 0)
		r = reply_certificate_put_exceptions(w, s, now);
	if (r == 0 && (flags & REPLY_CERTIFICATE_DER) != 0)
		r = reply_certificate_put_sent(w, s);
	return r;
}

/* A certificate that was decoded only for this is not kept: a list of thousands
 * must not leave thousands of decoded certificates behind. */
static int reply_certificate_decode(
	const struct subject *s, struct certificate **ret)
{
	const struct certificate *kept = NULL;
	enum verdict ignored = VERDICT_MALFORMED;

	if (s->anchor && anchor_is_decoded(s->anchor) &&
		anchor_decode(s->anchor, &kept) == 0) {
		*ret = certificate_ref((struct certificate *)kept);
		return 0;
	}
	return certificate_decode(s->der.data, s->der.len, ret, &ignored);
}

static int reply_certificate_find_bytes(struct subject *s)
{
	if (!s->anchor && !s->server && !s->unknown)
		return -ENOENT;
	if (s->anchor)
		s->der = anchor_der(s->anchor);
	else
		s->der = s->server ? anchor_der(s->server)
				   : s->unknown->chain[0];
	return 0;
}

int reply_certificate(const struct api *api, const uint8_t sha256[SHA256_BYTES],
	unsigned flags, cJSON **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(json_done) struct json_writer w = {0};
	struct subject s = {
		.api = api,
		.sha256 = sha256,
		.anchor = anchors_find(
			trust_state_trust(api->state)->anchors, sha256),
		.unknown = unknown_find(api->unknown, sha256),
	};
	int r = 0;

	s.server = s.anchor && s.anchor->lists & ANCHOR_SERVERS
		? s.anchor
		: anchors_find(trust_state_excepted(api->state), sha256);
	r = reply_certificate_find_bytes(&s);
	if (r < 0)
		return r;
	r = reply_certificate_decode(&s, &c);
	if (r < 0)
		return r;
	s.certificate = c;
	r = reply_certificate_put(&w, &s, flags);
	return r < 0 ? r : json_take(&w, ret);
}
