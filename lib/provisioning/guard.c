/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/guard.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/verify/verify.h"
#include "lib/x509/names.h"

static void guard_server_done(struct guard_server *s)
{
	for (size_t i = 0; i < s->chain_count; i++)
		bytes_done(&s->chain[i]);
	free(s->chain);
	free(s->host);
	*s = (struct guard_server){.host = NULL};
}
DEFINE_CLEANUP_EMBEDDED(struct guard_server, guard_server_done);

void guard_done(struct guard *g)
{
	for (size_t i = 0; i < g->count; i++)
		guard_server_done(&g->servers[i]);
	free(g->url);
	free(g->firmware);
	*g = (struct guard){.count = 0};
}

void guard_answer_done(struct guard_answer *a)
{
	free(a->url);
	free(a->host);
	free(a->reason);
	free(a->remedy);
	*a = (struct guard_answer){.locked_out = false};
}

/* --- the servers --- */

static size_t guard_bytes_of(const struct bytes *chain, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += chain[i].len;
	return total;
}

static size_t guard_find_host(const struct guard *g, const char *host)
{
	size_t i = 0;

	while (i < g->count && strcmp(g->servers[i].host, host) != 0)
		i++;
	return i;
}

bool guard_has_host(const struct guard *g, const char *host)
{
	return guard_find_host(g, host) < g->count;
}

/* But for this one, which is to be replaced. */
static size_t guard_bytes_without(const struct guard *g, size_t at)
{
	size_t total = 0;

	for (size_t i = 0; i < g->count; i++)
		if (i != at)
			total += guard_bytes_of(
				g->servers[i].chain, g->servers[i].chain_count);
	return total;
}

static int guard_server_fill(struct guard_server *s, const char *host,
	const struct bytes *chain, size_t count)
{
	int r = string_replace(&s->host, host);

	s->chain = r == 0 ? calloc(count, sizeof(*s->chain)) : NULL;
	if (!s->chain)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = bytes_copy(chain[i].data, chain[i].len, &s->chain[i]);
		s->chain_count += r == 0;
	}
	return r;
}

int guard_add(struct guard *g, const char *host, const struct bytes *chain,
	size_t chain_count)
{
	CLEANUP(guard_server_done) struct guard_server s = {.host = NULL};
	size_t at = guard_find_host(g, host);
	int r = 0;

	if (at == GUARD_MAX_SERVERS || chain_count == 0 ||
		chain_count > CHAIN_MAX_CERTIFICATES ||
		guard_bytes_of(chain, chain_count) +
				guard_bytes_without(g, at) >
			GUARD_MAX_BYTES)
		return 0;
	r = guard_server_fill(&s, host, chain, chain_count);
	if (r < 0)
		return r;
	g->count += at == g->count;
	SWAP(g->servers[at], s);
	return 0;
}

int guard_set_url(struct guard *g, const char *url)
{
	return string_replace(&g->url, url);
}

int guard_set_firmware(struct guard *g, const char *firmware)
{
	return string_replace(&g->firmware, firmware);
}

int guard_copy_but(
	const struct guard *g, const struct guard *other, struct guard *ret)
{
	int r = guard_set_url(ret, g->url);

	if (r == 0)
		r = guard_set_firmware(ret, g->firmware);
	ret->when = g->when;
	for (size_t i = 0; r == 0 && i < g->count; i++) {
		const struct guard_server *s = &g->servers[i];

		if (!other || !guard_has_host(other, s->host))
			r = guard_add(ret, s->host, s->chain, s->chain_count);
	}
	return r;
}

/* --- as text --- */

struct guard_server_text {
	const char *host;
	struct json_bytes_list chain;
};

static const struct json_field server_fields[] = {
	JSON_FIELD(struct guard_server_text, host, JSON_STRING, JSON_MUST,
		.max = HOST_TEXT_MAX_CHARS),
	JSON_FIELD(struct guard_server_text, chain, JSON_BYTES_LIST, JSON_MUST,
		.max = GUARD_MAX_BYTES, .max_items = CHAIN_MAX_CERTIFICATES),
};

struct guard_text {
	const char *url;
	const char *firmware;
	int64_t when;
	const cJSON *servers;
};

static const struct json_field text_fields[] = {
	JSON_FIELD(struct guard_text, url, JSON_STRING),
	JSON_FIELD(struct guard_text, firmware, JSON_STRING),
	JSON_FIELD(struct guard_text, when, JSON_INT64, JSON_MUST),
	JSON_FIELD(struct guard_text, servers, JSON_ARRAY, JSON_MUST,
		.max = GUARD_MAX_SERVERS),
};

static int guard_encode_servers(const struct guard *g, cJSON *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->count; i++) {
		const struct guard_server *s = &g->servers[i];
		const struct guard_server_text text = {
			.host = s->host,
			.chain = {s->chain, s->chain_count},
		};

		r = json_fields_append(
			to, server_fields, ARRAY_SIZE(server_fields), &text);
	}
	return r;
}

int guard_format(const struct guard *g, char **ret)
{
	CLEANUP(json_free) cJSON *servers = cJSON_CreateArray();
	CLEANUP(json_free) cJSON *json = NULL;
	const struct guard_text text = {
		.url = g->url,
		.firmware = g->firmware,
		.when = g->when,
		.servers = servers,
	};
	int r = servers ? guard_encode_servers(g, servers) : -ENOMEM;

	if (r == 0)
		r = json_fields_encode(
			text_fields, ARRAY_SIZE(text_fields), &text, &json);
	if (r < 0)
		return r;
	*ret = cJSON_PrintUnformatted(json);
	return *ret ? 0 : -ENOMEM;
}

static int guard_decode_server(struct guard *g, const cJSON *item)
{
	struct guard_server_text text = {.host = NULL};
	const char *wrong = NULL;
	int r = json_fields_decode(
		server_fields, ARRAY_SIZE(server_fields), item, &text, &wrong);

	if (r < 0)
		return r;
	r = guard_add(g, text.host, text.chain.items, text.chain.count);
	json_fields_done(server_fields, ARRAY_SIZE(server_fields), &text);
	return r;
}

static int guard_decode(const cJSON *json, struct guard *g)
{
	struct guard_text text = {.url = NULL};
	const cJSON *item = NULL;
	const char *wrong = NULL;
	int r = json_fields_decode_known(
		text_fields, ARRAY_SIZE(text_fields), json, &text, &wrong);

	if (r == 0)
		r = guard_set_url(g, text.url);
	if (r == 0)
		r = guard_set_firmware(g, text.firmware);
	g->when = text.when;
	if (r < 0)
		return r;
	cJSON_ArrayForEach(item, text.servers)
	{
		r = guard_decode_server(g, item);
		if (r < 0)
			return r;
	}
	return 0;
}

int guard_parse(const char *text, struct guard *ret)
{
	CLEANUP(guard_done) struct guard g = {.count = 0};
	CLEANUP(json_free) cJSON *json = text ? cJSON_Parse(text) : NULL;
	int r = 0;

	if (text && !json)
		return -EINVAL;
	if (json)
		r = guard_decode(json, &g);
	if (r < 0)
		return r;
	SWAP(*ret, g);
	return 0;
}

/* --- verdicts --- */

/* As of the time when it was good; and what passed then because the clock was
 * behind passes now. */
static int guard_verify(const struct guard *g, const struct guard_server *s,
	const struct trust *trust, struct verify_result *ret)
{
	struct trust then = *trust; /* borrows */
	const struct verify_query query = {
		.chain = s->chain,
		.chain_count = s->chain_count,
		.host = s->host,
		.purpose = PURPOSE_PROVISIONING,
		.now = g->when - 1,
	};

	then.clock_floor = g->when;
	return verify_peer(&then, &query, ret);
}

static int guard_fill(const struct guard *g, const struct guard_server *s,
	struct verify_result *result, struct guard_answer *ret)
{
	CLEANUP(guard_answer_done)
	struct guard_answer a = {
		.locked_out = true, .verdict = result->verdict};

	if (string_replace(&a.host, s->host) < 0 ||
		string_replace(&a.url, g->url) < 0)
		return -ENOMEM;
	SWAP(a.reason, result->reason);
	SWAP(a.remedy, result->remedy);
	SWAP(*ret, a);
	return 0;
}

/* before: NULL for whatever was. */
static int guard_ask(const struct guard *g, const struct guard_server *s,
	const struct trust *before, const struct trust *after,
	struct guard_answer *ret)
{
	CLEANUP(verify_result_done) struct verify_result was = {0};
	CLEANUP(verify_result_done) struct verify_result is = {0};
	int r = guard_verify(g, s, after, &is);

	if (r < 0 || is.trusted)
		return r;
	if (before)
		r = guard_verify(g, s, before, &was);
	if (r < 0 || (before && !was.trusted))
		return r;
	return guard_fill(g, s, &is, ret);
}

static int guard_ask_all(const struct guard *g, const struct trust *before,
	const struct trust *after, struct guard_answer *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && !ret->locked_out && i < g->count; i++)
		r = guard_ask(g, &g->servers[i], before, after, ret);
	return r;
}

int guard_compare(const struct guard *g, const struct trust *before,
	const struct trust *after, struct guard_answer *ret)
{
	assert(before);
	return guard_ask_all(g, before, after, ret);
}

int guard_judge(const struct guard *g, const struct trust *trust,
	struct guard_answer *ret)
{
	return guard_ask_all(g, NULL, trust, ret);
}

int guard_find_path(const struct guard *g, const struct trust *trust,
	struct guard_path *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->count; i++) {
		CLEANUP(verify_result_done) struct verify_result result = {0};

		r = guard_verify(g, &g->servers[i], trust, &result);
		for (size_t n = 0; r == 0 && n < result.path_count; n++)
			memcpy(ret->sha256[ret->count++], result.path[n],
				SHA256_BYTES);
	}
	return r;
}

/* --- after a run --- */

static int guard_is_good(const struct guard *g, const struct guard_server *s,
	const struct trust *trust, bool configured, bool *ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	int r = guard_verify(g, s, trust, &result);

	*ret = r == 0 && result.trusted &&
		(configured || result.verdict != VERDICT_NOT_VERIFIED);
	return r;
}

static void guard_swap(struct guard *g, size_t a, size_t b)
{
	SWAP(g->servers[a], g->servers[b]);
}

int guard_keep_good(struct guard *g, const struct trust *trust, bool configured)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->count; i++) {
		bool good = false;

		r = guard_is_good(g, &g->servers[i], trust, configured, &good);
		if (good)
			guard_swap(g, kept++, i);
	}
	if (r < 0)
		return r;
	while (g->count > kept)
		guard_server_done(&g->servers[--g->count]);
	return 0;
}
