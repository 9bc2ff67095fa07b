/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AddException: trust exactly this certificate, whatever an exception can
 * cure of it. It goes from the unknown certificates into the list of server
 * certificates, but is no anchor there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/verify/verify.h"
#include "lib/x509/names.h"

struct exception_parameters {
	const char *sha256;
	const char *host;
	int64_t expires; /* INT64_MAX: never */
};

static const struct json_field exception_fields[] = {
	JSON_FIELD(struct exception_parameters, sha256, JSON_SHA256_TEXT,
		.required = true),
	JSON_FIELD(struct exception_parameters, host, JSON_STRING,
		.max = HOST_TEXT_MAX_CHARS),
	JSON_FIELD(struct exception_parameters, expires, JSON_TIME),
};
const struct json_table admin_exception_parameters =
	JSON_TABLE(struct exception_parameters, exception_fields);

/* What is asked for, and what is known of the certificate. */
struct excepting {
	struct exception_parameters given;
	uint8_t sha256[SHA256_BYTES];
	const char *host; /* as it is stored, or NULL */
	char name[HOST_NAME_SIZE];
	int64_t now;
	/* borrowed until something changes */
	const struct unknown_entry *unknown; /* or NULL */
	const struct bytes *chain;           /* leaf first */
	struct bytes server;                 /* it, borrowed */
	size_t chain_count;
	enum verdict verdict; /* as it is now */
	unsigned faults;      /* bits of enum warning: all that is wrong */
	cJSON *seen;          /* results, an array */
	char *results;        /* the same as text */
	char *who;
	unsigned dropped; /* expired ones that made room */
};

static void admin_exception_excepting_done(struct excepting *x)
{
	json_free(x->seen);
	free(x->results);
	free(x->who);
}
DEFINE_CLEANUP_EMBEDDED(struct excepting, admin_exception_excepting_done);

/* --- what is asked for --- */

/* Both return as varlink_request_decode. */

static int admin_exception_invalid(
	struct varlink_request *req, const char *name)
{
	int r = varlink_invalid_parameter(req, name);

	return r < 0 ? r : 1;
}

static int admin_exception_decode(
	struct varlink_request *req, const struct api *api, struct excepting *x)
{
	struct host host;
	int r = varlink_request_decode(req, &x->given);

	if (r == 0)
		r = hex_parse(x->given.sha256, x->sha256, SHA256_BYTES);
	if (r != 0)
		return r;
	x->now = clock_now(api->clock, clock_wall());
	if (x->given.expires <= x->now)
		return admin_exception_invalid(req, "expires");
	if (!x->given.host)
		return 0;
	if (host_parse(x->given.host, &host) < 0)
		return admin_exception_invalid(req, "host");
	host_format(&host, x->name);
	x->host = x->name;
	return 0;
}

/* An unknown certificate; or one that was and has an exception, or a server
 * certificate that shows another name. */
static bool admin_exception_find(const struct api *api, struct excepting *x)
{
	const struct anchor *server =
		trust_state_find_server(api->state, x->sha256);

	x->unknown = unknown_find(api->unknown, x->sha256);
	if (x->unknown) {
		x->chain = x->unknown->chain;
		x->chain_count = x->unknown->chain_count;
	} else if (server) {
		x->server = anchor_der(server);
		x->chain = &x->server;
		x->chain_count = 1;
	}
	return x->chain_count > 0;
}

/* --- may it be excepted? --- */

/* Faults of the certificate itself that no exception cures. They show without
 * a path, and another reason must not hide them. */
static enum verdict admin_exception_judge_leaf(
	const struct certificate *c, const struct policy *policy)
{
	enum verdict key = certificate_judge_key(c, policy->rsa_max_bits);

	if (c->invalid_extension)
		return VERDICT_INVALID_EXTENSION;
	return key == VERDICT_ACCEPTED ? VERDICT_TRUSTED : key;
}

/* As if peers were verified and no exception were made yet. */
static int admin_exception_judge_chain(
	const struct api *api, struct excepting *x, enum verdict *ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	struct trust trust = *trust_state_trust(api->state);
	int r = 0;

	trust.policy.verification = VERIFICATION_FORCED;
	trust.exceptions = NULL;
	trust.exception_count = 0;
	r = verify_peer(&trust,
		&(struct verify_query){
			.chain = x->chain,
			.chain_count = x->chain_count,
			.host = x->host,
			.purpose = PURPOSE_ANY,
			.now = x->now,
		},
		&result);
	if (r < 0)
		return r;
	*ret = result.verdict;
	x->faults = result.faults;
	return 0;
}

/* Distrust comes before all else. Reports do not count here: any process may
 * make one. */
static int admin_exception_judge(const struct api *api, struct excepting *x)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict leaf = VERDICT_MALFORMED;
	int r = certificate_decode(
		x->chain[0].data, x->chain[0].len, &c, &leaf);

	if (r == 0)
		r = admin_exception_judge_chain(api, x, &x->verdict);
	if (r < 0)
		return r;
	if (c)
		leaf = admin_exception_judge_leaf(
			c, &trust_state_trust(api->state)->policy);
	if (x->verdict != VERDICT_DISTRUSTED && leaf != VERDICT_TRUSTED)
		x->verdict = leaf;
	return 0;
}

static bool admin_exception_is_curable(enum verdict v)
{
	return verdict_is_positive(v) || verdict_row(v)->recoverable;
}

static int admin_exception_refuse(
	struct varlink_request *req, const struct excepting *x)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "sha256", x->given.sha256);
	json_put_string(&w, "result", verdict_name(x->verdict));
	return varlink_error_writer(req, ADMIN_INTERFACE ".NotRecoverable", &w);
}

/* --- the results seen --- */

static bool admin_exception_has_result(const cJSON *array, const char *result)
{
	const cJSON *there = NULL;

	cJSON_ArrayForEach(there, array)
	{
		if (string_equal(cJSON_GetStringValue(there), result))
			return true;
	}
	return false;
}

static int admin_exception_add_result(cJSON *array, const char *result)
{
	if (admin_exception_has_result(array, result))
		return 0;
	return cJSON_AddItemToArray(array, cJSON_CreateString(result))
		? 0
		: -ENOMEM;
}

static int admin_exception_gather_results(struct excepting *x)
{
	size_t count = x->unknown ? x->unknown->results.count : 0;
	int r = 0;

	x->seen = cJSON_CreateArray();
	for (size_t i = 0; x->seen && r == 0 && i < count; i++)
		r = admin_exception_add_result(
			x->seen, x->unknown->results.texts[i]);
	if (x->seen && r == 0 && !verdict_is_positive(x->verdict))
		r = admin_exception_add_result(
			x->seen, verdict_name(x->verdict));
	for (enum warning w = 0; x->seen && r == 0 && w < WARNING__END; w++)
		if (x->faults & WARNING_BIT(w))
			r = admin_exception_add_result(
				x->seen, warning_name(w));
	if (x->seen && r == 0)
		x->results = cJSON_PrintUnformatted(x->seen);
	return x->results ? 0 : -ENOMEM;
}

/* --- the change --- */

struct exception_standing {
	const struct excepting *x;
	bool stands;
};

/* Whoever repeats an exception agrees to what is wrong by now as well. */
static int admin_exception_compare(
	void *userdata, const struct store_exception *e)
{
	struct exception_standing *s = userdata;
	CLEANUP(json_free)
	cJSON *before = cJSON_Parse(e->results ? e->results : "[]");
	const cJSON *item = NULL;

	if (!string_equal(e->host, s->x->host) ||
		e->expires != s->x->given.expires)
		return 0;
	s->stands = before && !s->x->unknown;
	cJSON_ArrayForEach(item, s->x->seen)
	{
		if (!admin_exception_has_result(before, item->valuestring))
			s->stands = false;
	}
	return 0;
}

static int admin_exception_stands_already(
	const struct api *api, const struct excepting *x)
{
	struct exception_standing s = {.x = x};
	int r = store_exceptions_of(
		api->store, x->sha256, admin_exception_compare, &s);

	return r < 0 ? r : s.stands;
}

static int admin_exception_put(struct store *store, const struct excepting *x)
{
	struct store_certificate c = {
		.der = x->chain[0].data,
		.der_len = x->chain[0].len,
		.origin = STORE_ORIGIN_EXCEPTION,
		.added = x->now,
	};
	struct store_exception e = {
		.host = x->host,
		.expires = x->given.expires,
		.results = x->results,
		.added = x->now,
		.who = x->who,
	};
	bool added = false;
	int r = 0;

	memcpy(c.sha256, x->sha256, SHA256_BYTES);
	memcpy(e.sha256, x->sha256, SHA256_BYTES);
	r = store_add_certificate(store, &c, &added);
	return r < 0 ? r : store_put_exception(store, &e);
}

/* Expired ones stay visible until others need their room. */
static int admin_exception_make_room(struct store *store, struct excepting *x)
{
	CLEANUP(free) char *what = NULL;
	int r = store_drop_expired_exceptions(store, x->now, &x->dropped);

	if (r < 0)
		return r;
	if (x->dropped == 0)
		return -EDQUOT;
	r = string_format(&what, "removed %u expired exceptions", x->dropped);
	if (r < 0)
		return r;
	return store_add_change(store,
		&(struct store_change){
			.when = clock_wall(),
			.who = x->who,
			.what = what,
		});
}

static int admin_exception_add_exception(
	struct api *api, void *userdata, bool *ret_changed)
{
	struct excepting *x = userdata;
	bool removed = false;
	int r = admin_exception_put(api->store, x);

	if (r == -EDQUOT) {
		r = admin_exception_make_room(api->store, x);
		if (r == 0)
			r = admin_exception_put(api->store, x);
	}
	if (r == 0)
		r = store_remove_unknown(api->store, x->sha256, &removed);
	*ret_changed = r == 0;
	return r;
}

/* "issuer-not-trusted, expired" */
static int admin_exception_list_results(const struct excepting *x, char **ret)
{
	const cJSON *item = NULL;
	int r = string_replace(ret, "nothing");

	cJSON_ArrayForEach(item, x->seen)
	{
		CLEANUP(free) char *before = *ret;
		bool first = item == x->seen->child;

		*ret = NULL;
		r = string_format(ret, "%s%s%s", first ? "" : before,
			first ? "" : ", ", item->valuestring);
		if (r < 0)
			return r;
	}
	return r;
}

static int admin_exception_make_what(
	const struct api *api, const struct excepting *x, char **ret)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(free) char *results = NULL;
	char end[DATE_TEXT_SIZE];
	bool ends = x->given.expires != INT64_MAX;
	int r = admin_name_certificate(api, x->sha256, &name);

	if (r == 0)
		r = admin_exception_list_results(x, &results);
	if (r < 0)
		return r;
	date_format(ends ? x->given.expires : 0, end);
	return string_format(ret,
		"made an exception for %s for %s%s%s, seen: %s", name,
		x->host ? x->host : "every host", ends ? " until " : "",
		ends ? end : "", results);
}

static int admin_exception_make_change(
	struct varlink_request *req, struct api *api, struct excepting *x)
{
	CLEANUP(free) char *what = NULL;
	int r = admin_exception_make_what(api, x, &what);

	if (r == 0)
		r = admin_who(req, &x->who);
	if (r < 0)
		return r;
	r = admin_change(api, req,
		&(struct admin_change){
			.make = admin_exception_add_exception,
			.userdata = x,
			.event = LOG_ADMIN_CHANGE,
			.what = what,
			.sha256 = x->given.sha256,
			.host = x->host,
			.result = verdict_name(x->verdict),
		},
		NULL);
	if (r == 0)
		(void)unknown_remove(api->unknown, x->sha256);
	return r;
}

/* Which of the maxima it was. */
static int admin_exception_reply_full(struct varlink_request *req,
	const struct api *api, const struct excepting *x)
{
	unsigned servers = 0;
	size_t each = 0;
	int r = store_count(api->store, STORE_CERTIFICATES, &servers);

	if (r < 0)
		return r;
	(void)trust_exceptions_of(
		trust_state_trust(api->state), x->sha256, &each);
	if (!trust_state_find_server(api->state, x->sha256) &&
		servers >= store_max_servers(api->store))
		return admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"servers", store_max_servers(api->store));
	if (each >= STORE_MAX_EXCEPTIONS_EACH)
		return admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"exceptionsOfCertificate", STORE_MAX_EXCEPTIONS_EACH);
	return admin_reply_limit_exceeded(
		req, ADMIN_INTERFACE, "exceptions", TRUST_MAX_EXCEPTIONS);
}

int admin_exception_on_add(struct varlink_request *req, void *userdata)
{
	CLEANUP(admin_exception_excepting_done)
	struct excepting x = {.given.expires = INT64_MAX};
	struct api *api = userdata;
	int r = admin_exception_decode(req, api, &x);

	if (r != 0)
		return r;
	if (!admin_exception_find(api, &x))
		return varlink_error_text(req,
			ADMIN_INTERFACE ".NoSuchCertificate", "sha256",
			x.given.sha256);
	r = admin_exception_judge(api, &x);
	if (r < 0)
		return r;
	if (!admin_exception_is_curable(x.verdict))
		return admin_exception_refuse(req, &x);
	r = admin_exception_gather_results(&x);
	if (r == 0)
		r = admin_exception_stands_already(api, &x);
	if (r == 0)
		r = admin_exception_make_change(req, api, &x);
	if (r == -EDQUOT)
		return admin_exception_reply_full(req, api, &x);
	return r < 0 ? r : admin_reply_generation(req, api);
}
