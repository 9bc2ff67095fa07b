/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/describe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/x509/certificate.h"

/* Text that may hold a URL. */
static void describe_put_redacted(
	struct json_writer *w, const char *name, const char *text)
{
	CLEANUP(free) char *redacted = NULL;

	if (!text)
		return;
	if (url_redact(text, &redacted) < 0)
		w->failed = true;
	else
		json_put_string(w, name, redacted);
}

/* The same for the administrator, who sees the queries. */
static void describe_put_without_userinfo(
	struct json_writer *w, const char *name, const char *text)
{
	CLEANUP(free) char *redacted = NULL;

	if (!text)
		return;
	if (url_redact_userinfo(text, &redacted) < 0)
		w->failed = true;
	else
		json_put_string(w, name, redacted);
}

static void describe_put_time_unless(
	struct json_writer *w, const char *name, int64_t seconds, int64_t none)
{
	if (seconds != none)
		json_put_time(w, name, seconds);
}

static void describe_put_line(
	struct json_writer *w, const char *name, int64_t number)
{
	if (number > 0)
		json_put_int(w, name, number);
}

void describe_trust(struct json_writer *w, const struct trust *trust)
{
	json_put_string(w, "store", trust->store);
	json_put_int(w, "generation", (int64_t)trust->generation);
}

/* --- certificates --- */

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

static int describe_put_lists(struct json_writer *w, const struct subject *s)
{
	bool distrusted = false;
	int r = trust_distrusts(trust_state_trust(s->api->state), &s->der,
		s->certificate, &distrusted);
	unsigned lists = s->anchor ? s->anchor->lists : 0;

	json_put_array(w, "lists");
	if (lists & ANCHOR_AUTHORITY)
		json_append_string(w, "lists", "authorities");
	if (s->server)
		json_append_string(w, "lists", "servers");
	if (s->unknown)
		json_append_string(w, "lists", "unknown");
	if (distrusted)
		json_append_string(w, "lists", "distrusted");
	return r;
}

/* Of what is there for an exception alone, or unknown, there is none. */
static void describe_put_role(struct json_writer *w, const struct subject *s)
{
	if (s->anchor)
		json_put_string(w, "role", anchor_role_name(s->anchor->lists));
}

static void describe_put_facts(
	struct json_writer *w, const struct certificate *c)
{
	json_put_string(w, "subject", c->subject);
	json_put_string(w, "issuer", c->issuer);
	json_put_string(w, "serial", c->serial);
	json_put_time(w, "notBefore", c->not_before);
	json_put_time(w, "notAfter", c->not_after);
	json_put_string(w, "keyType", key_type_name(c->key.type));
	json_put_int(w, "keyBits", c->key.bits);
	json_put_bool(w, "ca", c->ca);
	json_put_array(w, "names");
	for (size_t i = 0; i < c->name_count; i++)
		json_append_string(w, "names", c->names[i]);
	if (c->names_left_out > 0)
		json_put_int(w, "namesLeftOut", (int64_t)c->names_left_out);
}

/* A peer may show anything: it is listed all the same. */
static void describe_put_no_facts(struct json_writer *w)
{
	static const char *const texts[] = {"issuer", "serial"};

	json_put_string(w, "subject", "(cannot be decoded)");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		json_put_string(w, texts[i], "");
	json_put_time(w, "notBefore", 0);
	json_put_time(w, "notAfter", 0);
	json_put_string(w, "keyType", key_type_name(KEY_OTHER));
	json_put_int(w, "keyBits", 0);
	json_put_bool(w, "ca", false);
	json_put_array(w, "names");
}

static void describe_put_texts(struct json_writer *w, const char *name,
	const struct unknown_texts *set)
{
	for (size_t i = 0; i < set->count; i++)
		json_append_string(w, name, set->texts[i]);
}

static void describe_put_unknown(
	struct json_writer *w, const struct unknown_entry *e)
{
	describe_put_texts(w, "hosts", &e->hosts);
	describe_put_texts(w, "results", &e->results);
	describe_put_texts(w, "purposes", &e->purposes);
	describe_put_texts(w, "reporters", &e->reporters);
	json_put_time(w, "firstSeen", e->first_seen);
	json_put_time(w, "lastSeen", e->last_seen);
	json_put_int(w, "seen", (int64_t)e->seen);
}

static int describe_put_stored(
	void *userdata, const struct store_certificate *c)
{
	struct json_writer *w = userdata;

	json_put_string(w, "origin", c->origin);
	describe_put_redacted(w, "url", c->url);
	describe_put_redacted(w, "document", c->document);
	describe_put_line(w, "line", c->line);
	describe_put_line(w, "run", c->run);
	json_put_time(w, "added", c->added);
	json_put_bool(w, "authenticated", c->authenticated);
	return 0;
}

/* Where a server certificate came from, as the store tells it. */
static int describe_put_origin(struct json_writer *w, const struct subject *s)
{
	int r = -ENOENT;

	if (s->server)
		r = store_find_certificate(
			s->api->store, s->sha256, describe_put_stored, w);
	if (r == -ENOENT) {
		json_put_string(
			w, "origin", s->anchor ? "firmware" : "connection");
		return 0;
	}
	return r;
}

static int describe_put_seen(struct json_writer *w, const struct subject *s)
{
	int64_t run = 0;
	int64_t when = 0;
	int r = store_certificate_seen(s->api->store, s->sha256, &run, &when);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	json_put_int(w, "lastRun", run);
	if (!s->unknown)
		json_put_time(w, "lastSeen", when);
	return 0;
}

/* What the exceptions for one certificate say together. */
struct exceptions {
	struct json_writer *w;
	const struct subject *subject;
	bool everywhere;  /* one is for every host */
	int64_t last_end; /* of the one that lasts longest */
};

static void describe_append_once(
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
static void describe_append_results(
	const struct exceptions *x, const char *json)
{
	CLEANUP(json_free) cJSON *array = json ? cJSON_Parse(json) : NULL;
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, array)
	{
		if (cJSON_IsString(item))
			describe_append_once(
				x->w, "results", item->valuestring);
	}
}

static int describe_put_exception(
	void *userdata, const struct store_exception *e)
{
	CLEANUP(json_done) struct json_writer one = {0};
	struct exceptions *x = userdata;

	json_put_string(&one, "host", e->host);
	describe_put_time_unless(&one, "expires", e->expires, INT64_MAX);
	json_put_item(&one, "results",
		e->results ? cJSON_Parse(e->results) : cJSON_CreateArray());
	json_put_time(&one, "added", e->added);
	json_append_object(x->w, "exceptions", &one);
	/* An unknown certificate has those of its rejections. */
	if (!x->subject->unknown)
		describe_append_results(x, e->results);
	x->everywhere = x->everywhere || !e->host;
	if (e->expires > x->last_end)
		x->last_end = e->expires;
	return 0;
}

/* The exceptions one by one, and where and how long one of them holds. */
static int describe_put_exceptions(
	struct json_writer *w, const struct subject *s)
{
	struct exceptions x = {.w = w, .subject = s, .last_end = INT64_MIN};
	size_t count = 0;
	const struct exception *e = trust_exceptions_of(
		trust_state_trust(s->api->state), s->sha256, &count);
	int r = 0;

	if (!e)
		return 0;
	r = store_exceptions_of(
		s->api->store, s->sha256, describe_put_exception, &x);
	if (r < 0)
		return r;
	describe_put_time_unless(w, "expires", x.last_end, INT64_MAX);
	for (size_t i = 0; !x.everywhere && !s->unknown && i < count; i++)
		json_append_string(w, "hosts", e[i].host);
	return 0;
}

/* What an unknown certificate was sent with tells which issuer to trust. */
static void describe_put_der(struct json_writer *w, const struct subject *s)
{
	json_put_base64(w, "der", s->der.data, s->der.len);
	for (size_t i = 1; s->unknown && i < s->unknown->chain_count; i++)
		json_append_base64(w, "chain", s->unknown->chain[i].data,
			s->unknown->chain[i].len);
}

static int describe(
	struct json_writer *w, const struct subject *s, unsigned flags)
{
	int r = 0;

	json_put_hex(w, "sha256", s->sha256, SHA256_BYTES);
	r = describe_put_lists(w, s);
	if (r < 0)
		return r;
	describe_put_role(w, s);
	if (s->certificate)
		describe_put_facts(w, s->certificate);
	else
		describe_put_no_facts(w);
	r = describe_put_origin(w, s);
	if (r == 0 && (flags & DESCRIBE_SEEN) != 0)
		r = describe_put_seen(w, s);
	if (s->unknown)
		describe_put_unknown(w, s->unknown);
	if (r == 0)
		r = describe_put_exceptions(w, s);
	if ((flags & DESCRIBE_DER) != 0)
		describe_put_der(w, s);
	return r;
}

/* What is decoded for this alone is not kept: a list of thousands must not
 * leave thousands of decoded certificates behind. */
static int describe_decode(const struct subject *s, struct certificate **ret)
{
	enum verdict ignored = VERDICT_MALFORMED;

	if (s->anchor && s->anchor->certificate) {
		*ret = certificate_ref(s->anchor->certificate);
		return 0;
	}
	return certificate_decode(s->der.data, s->der.len, ret, &ignored);
}

static int describe_find_bytes(struct subject *s)
{
	if (!s->anchor && !s->server && !s->unknown)
		return -ENOENT;
	if (s->anchor)
		s->der = s->anchor->der;
	else
		s->der = s->server ? s->server->der : s->unknown->chain[0];
	return 0;
}

int describe_certificate(const struct api *api,
	const uint8_t sha256[SHA256_BYTES], unsigned flags, cJSON **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(json_done) struct json_writer w = {0};
	struct subject s = {
		.api = api,
		.sha256 = sha256,
		.anchor = anchors_find(
			trust_state_trust(api->state)->anchors, sha256),
		.server = trust_state_find_server(api->state, sha256),
		.unknown = unknown_find(api->unknown, sha256),
	};
	int r = describe_find_bytes(&s);

	if (r < 0)
		return r;
	r = describe_decode(&s, &c);
	if (r < 0)
		return r;
	s.certificate = c;
	r = describe(&w, &s, flags);
	return r < 0 ? r : json_take(&w, ret);
}

/* --- runs --- */

void describe_run(struct json_writer *w, const struct store_run *run)
{
	json_put_int(w, "id", run->id);
	describe_put_without_userinfo(w, "url", run->url);
	json_put_time(w, "started", run->started);
	describe_put_time_unless(w, "finished", run->finished, 0);
	json_put_string(w, "result", run->result);
	describe_put_redacted(w, "reason", run->reason);
	json_put_bool(w, "dryRun", run->dry_run);
	json_put_int(w, "documents", run->documents);
	json_put_int(w, "certificates", run->certificates);
	json_put_int(w, "accepted", run->accepted);
	json_put_int(w, "refused", run->refused);
	json_put_int(w, "bytes", run->bytes);
	json_put_string(w, "firmware", run->firmware);
	if (run->omitted > 0)
		json_put_int(w, "omitted", run->omitted);
}

void describe_summary(struct json_writer *w, const struct run_summary *run)
{
	describe_run(w,
		&(struct store_run){
			.id = run->id,
			.url = run->url,
			.started = run->started,
			.finished = run->finished,
			.result = run_result_name(run->result),
			.reason = run->reason,
			.dry_run = run->dry_run,
			.documents = run->documents,
			.certificates = run->certificates,
			.accepted = run->accepted,
			.refused = run->refused,
			.bytes = run->bytes,
			.firmware = run->firmware,
		});
}

/* --- settings --- */

/* The setting server may come from the configuration as well. */
static const char *describe_from_configuration(
	const struct api *api, enum setting_id id)
{
	const char *value = trust_state_settings(api->state)->values[id].value;

	if (id != SETTING_SETTING_SERVER || (value && *value))
		return NULL;
	return api->config->url;
}

static const char *describe_note_of(const struct api *api, enum setting_id id)
{
	const struct setting_value *v =
		&trust_state_settings(api->state)->values[id];

	switch (setting_presence(id, trust_state_firmware(api->state))) {
	case SETTING_IGNORED:
		return setting_result_get(SETTING_FORCED)->sentence;
	case SETTING_ABSENT:
		return setting_result_get(SETTING_NOT_ON_FIRMWARE)->sentence;
	case SETTING_PRESENT:
		break;
	}
	if (describe_from_configuration(api, id))
		return "Comes from Url= of the configuration.";
	if (v->value && v->origin == SETTING_FROM_ADMIN)
		return "Set by an administrator: provisioning does not change it.";
	return NULL;
}

void describe_setting(
	struct json_writer *w, const struct api *api, enum setting_id id)
{
	const struct settings *settings = trust_state_settings(api->state);
	const struct setting_value *v = &settings->values[id];
	const char *configured = describe_from_configuration(api, id);
	const char *effective = configured
		? configured
		: settings_effective(
			  settings, trust_state_firmware(api->state), id);
	bool secret = setting_is_secret(id, v->value) ||
		setting_is_secret(id, effective);

	json_put_string(w, "name", setting_get(id)->name);
	json_put_bool(w, "secret", secret);
	json_put_bool(w, "isSet", v->value != NULL);
	/* Without the secret there is still the server to be seen. */
	if (!secret)
		describe_put_without_userinfo(w, "value", v->value);
	describe_put_without_userinfo(w, "effective", effective);
	json_put_string(w, "origin",
		configured ? "configuration" : setting_origin_name(v->origin));
	json_put_string(w, "note", describe_note_of(api, id));
}

/* --- distrusted, history --- */

void describe_distrusted(
	struct json_writer *w, const struct store_distrusted *row)
{
	json_put_string(w, "kind", distrust_kinds[row->kind]);
	json_put_hex(w, "sha256", row->sha256, SHA256_BYTES);
	describe_put_redacted(w, "reason", row->reason);
	json_put_time(w, "added", row->added);
	json_put_string(w, "by", row->who ? row->who : "");
}

void describe_change(struct json_writer *w, const struct store_change *change)
{
	json_put_time(w, "when", change->when);
	json_put_string(w, "who", change->who);
	describe_put_without_userinfo(w, "what", change->what);
	json_put_string(w, "sha256", change->sha256);
	json_put_string(w, "name", change->name);
	describe_put_line(w, "run", change->run);
	json_put_int(w, "generation", (int64_t)change->generation);
}
