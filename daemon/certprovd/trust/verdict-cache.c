/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/verdict-cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/trust/verdict-messages.h"
#include "lib/base/der.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/provisioning/outcome.h"

/* One answer; NULL: empty. */
struct kept {
	uint8_t key[SHA256_BYTES];
	struct verdict_cache_entry *answer;
	uint64_t used; /* when, counted in questions */
};

/* What the verdict says, and not its text, which is three times as long and is
 * written when it is asked for. */
struct verdict_cache_entry {
	bool trusted;
	bool recoverable;
	bool clock_trusted;
	uint8_t path_count;
	unsigned work;
	enum verdict verdict;
	unsigned word_count;
	char *reason;
	char *remedy; /* or NULL */
	struct warning_words *words;
	int64_t from;  /* valid from the time it was made for */
	int64_t until; /* to this one */
	/* Leaf to anchor; the leaf is there without a path as well. */
	uint8_t path[][SHA256_BYTES];
};
_Static_assert(VERIFY_MAX_PATH <= UINT8_MAX, "a path can be counted");

struct verdict_cache {
	struct kept kept[VERDICT_CACHE_SETS][VERDICT_CACHE_WAYS];
	struct verdict_cache_entry *passing; /* the last one that is not kept */
	char *written;                       /* the last answer's text */
	struct verdict_messages *messages;
	uint64_t questions;
	struct verdict_cache_counts counts;
};

static struct verdict_cache_entry *verdict_cache_answer_free(
	struct verdict_cache_entry *a)
{
	if (!a)
		return NULL;
	free(a->reason);
	free(a->remedy);
	for (size_t i = 0; i < a->word_count; i++)
		warning_words_done(&a->words[i]);
	free(a->words);
	free(a);
	return NULL;
}

int verdict_cache_new(struct verdict_cache **ret)
{
	CLEANUP(verdict_cache_free)
	struct verdict_cache *p = calloc(1, sizeof(*p));
	int r = p ? verdict_messages_new(&p->messages) : -ENOMEM;

	if (r < 0)
		return r;
	*ret = TAKE_PTR(p);
	return 0;
}

void verdict_cache_forget(struct verdict_cache *p)
{
	for (size_t i = 0; i < VERDICT_CACHE_SETS; i++)
		for (size_t j = 0; j < VERDICT_CACHE_WAYS; j++)
			p->kept[i][j].answer =
				verdict_cache_answer_free(p->kept[i][j].answer);
	p->counts.kept = 0;
	if (p->messages)
		verdict_messages_forget(p->messages);
}

struct verdict_cache *verdict_cache_free(struct verdict_cache *p)
{
	if (!p)
		return NULL;
	verdict_cache_forget(p);
	verdict_cache_answer_free(p->passing);
	free(p->written);
	(void)verdict_messages_free(p->messages);
	free(p);
	return NULL;
}

struct verdict_cache_counts verdict_cache_counts(const struct verdict_cache *p)
{
	return p->counts;
}

/* --- the verdict as the interface says it --- */

struct verdict_reply {
	bool trusted;
	const char *result;
	const char *reason;
	const char *remedy;
	bool recoverable;
	struct json_texts path;
	const char *anchor;
	const char *store;
	int64_t generation;
	bool clock_trusted;
	struct json_structs warnings;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct verdict_reply, member, __VA_ARGS__)
static const struct json_field verdict_fields[] = {
	F("trusted", trusted, JSON_BOOL, JSON_MUST),
	F("result", result, JSON_STRING, JSON_MUST),
	F("reason", reason, JSON_STRING, JSON_MUST),
	F("remedy", remedy, JSON_STRING),
	F("recoverable", recoverable, JSON_BOOL, JSON_MUST),
	F("path", path, JSON_TEXTS, JSON_MUST),
	F("anchor", anchor, JSON_STRING),
	F("store", store, JSON_STRING, JSON_MUST),
	F("generation", generation, JSON_INT64, JSON_MUST),
	F("clockTrusted", clock_trusted, JSON_BOOL, JSON_MUST),
	F("warnings", warnings, JSON_STRUCTS, .nested = &outcome_warning_table),
};
#undef F

/* The texts of a reply that are made for it. */
struct verdict_texts {
	char path[VERIFY_MAX_PATH][SHA256_HEX_SIZE];
	const char *path_items[VERIFY_MAX_PATH];
};

static struct json_texts verdict_cache_path(
	const struct verdict_cache_entry *a, struct verdict_texts *texts)
{
	for (size_t i = 0; i < a->path_count; i++) {
		hex_format(a->path[i], SHA256_BYTES, texts->path[i]);
		texts->path_items[i] = texts->path[i];
	}
	return (struct json_texts){texts->path_items, a->path_count};
}

static int verdict_cache_encode(const struct trust *trust,
	const struct verdict_cache_entry *a, cJSON **ret)
{
	struct verdict_texts texts;
	struct verdict_reply reply = {
		.trusted = a->trusted,
		.result = verdict_name(a->verdict),
		.reason = a->reason,
		.remedy = a->remedy,
		.recoverable = a->recoverable,
		.path = verdict_cache_path(a, &texts),
		.store = trust->store,
		.generation = (int64_t)trust->generation,
		.clock_trusted = a->clock_trusted,
		.warnings = {a->words, a->word_count},
	};

	if (a->path_count > 0)
		reply.anchor = texts.path[a->path_count - 1];
	return json_fields_encode(
		verdict_fields, ARRAY_SIZE(verdict_fields), &reply, ret);
}

static int verdict_cache_write(struct verdict_cache *p,
	const struct trust *trust, const struct verdict_cache_entry *a)
{
	CLEANUP(json_free) cJSON *json = NULL;
	int r = verdict_cache_encode(trust, a, &json);

	if (r < 0)
		return r;
	free(p->written);
	p->written = cJSON_PrintUnformatted(json);
	return p->written ? 0 : -ENOMEM;
}

int verdict_cache_add_warning(cJSON *verdict, enum warning w)
{
	CLEANUP(warning_words_done) struct warning_words words = {0};
	cJSON *list = cJSON_GetObjectItemCaseSensitive(verdict, "warnings");
	int r = warning_explain(w, NULL, &words);

	if (r < 0)
		return r;
	if (!list)
		list = cJSON_AddArrayToObject(verdict, "warnings");
	return list ? json_fields_append(list, outcome_warning_table.fields,
			      outcome_warning_table.count, &words)
		    : -ENOMEM;
}

/* --- keys --- */

/* Exactly one DER value: only then does the digest of the concatenation say
 * where one certificate ends and the next begins. */
static bool verdict_cache_is_one_value(const struct bytes *der)
{
	struct der_value value = {0};

	return der_read(der->data, der->len, &value) && !value.indefinite &&
		value.end == der->data + der->len;
}

/* False when the chain is not a sequence of whole values. */
static int verdict_cache_digest_chain(const struct verdict_cache_question *q,
	uint8_t ret[SHA256_BYTES], bool *ret_whole)
{
	CLEANUP(bytes_done) struct bytes all = {0};
	size_t len = 0;

	*ret_whole = true;
	for (size_t i = 0; i < q->chain_count; i++) {
		*ret_whole =
			*ret_whole && verdict_cache_is_one_value(&q->chain[i]);
		len += q->chain[i].len;
	}
	if (!*ret_whole)
		return 0;
	all.data = malloc(len + 1);
	if (!all.data)
		return -ENOMEM;
	for (size_t i = 0; i < q->chain_count; i++) {
		memcpy(all.data + all.len, q->chain[i].data, q->chain[i].len);
		all.len += q->chain[i].len;
	}
	return digest_sha256(all.data, all.len, ret);
}

/* What an answer depends on besides the clock. The host comes last, because
 * it alone may be of any length. */
static int verdict_cache_make_key(const struct trust *trust,
	const struct verdict_cache_question *q,
	const uint8_t digest[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
	CLEANUP(free) char *text = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = 0;

	hex_format(digest, SHA256_BYTES, hex);
	r = string_format(&text, "%s %s %llu %s %s%s", hex, trust->store,
		(unsigned long long)trust->generation, purpose_name(q->purpose),
		q->host ? "=" : "-", q->host ? q->host : "");
	return r < 0 ? r : digest_sha256(text, strlen(text), ret);
}

/* --- what is kept --- */

static struct kept *verdict_cache_set_of(
	struct verdict_cache *p, const uint8_t key[SHA256_BYTES])
{
	return p->kept[key[0] % VERDICT_CACHE_SETS];
}

static bool verdict_cache_holds(const struct verdict_cache_entry *a,
	const struct trust *trust, int64_t wall)
{
	bool clock_trusted = wall >= trust->clock_floor;
	int64_t now = clock_trusted ? wall : trust->clock_floor;

	return a->clock_trusted == clock_trusted && now >= a->from &&
		now <= a->until &&
		now - a->from <= VERDICT_CACHE_MAX_AGE_SECONDS;
}

static struct verdict_cache_entry *verdict_cache_find(struct verdict_cache *p,
	const struct trust *trust, const uint8_t key[SHA256_BYTES],
	int64_t wall)
{
	struct kept *set = verdict_cache_set_of(p, key);

	p->questions++;
	for (size_t i = 0; i < VERDICT_CACHE_WAYS; i++) {
		if (!set[i].answer ||
			memcmp(set[i].key, key, SHA256_BYTES) != 0)
			continue;
		if (!verdict_cache_holds(set[i].answer, trust, wall))
			return NULL;
		set[i].used = p->questions;
		p->counts.recalled++;
		return set[i].answer;
	}
	return NULL;
}

/* The same key's, else an empty one, else the least recently used. */
static struct kept *verdict_cache_place_for(
	struct verdict_cache *p, const uint8_t key[SHA256_BYTES])
{
	struct kept *set = verdict_cache_set_of(p, key);
	struct kept *best = &set[0];

	for (size_t i = 0; i < VERDICT_CACHE_WAYS; i++) {
		if (set[i].answer && memcmp(set[i].key, key, SHA256_BYTES) == 0)
			return &set[i];
		if (best->answer &&
			(!set[i].answer || set[i].used < best->used))
			best = &set[i];
	}
	return best;
}

static void verdict_cache_keep(struct verdict_cache *p,
	const uint8_t key[SHA256_BYTES], struct verdict_cache_entry *answer)
{
	struct kept *place = verdict_cache_place_for(p, key);

	if (!place->answer)
		p->counts.kept++;
	verdict_messages_end(p->messages, key);
	verdict_cache_answer_free(place->answer);
	*place = (struct kept){.answer = answer, .used = p->questions};
	memcpy(place->key, key, SHA256_BYTES);
}

/* Without its text. */
static void verdict_cache_tell(
	const struct verdict_cache_entry *a, struct verdict_cache_answer *ret)
{
	*ret = (struct verdict_cache_answer){
		.trusted = a->trusted,
		.result = verdict_name(a->verdict),
		.reason = a->reason,
	};
	if (a->path_count > 0)
		ret->anchor = a->path[a->path_count - 1];
	memcpy(ret->leaf, a->path[0], SHA256_BYTES);
}

static int verdict_cache_tell_all(struct verdict_cache *p,
	const struct trust *trust, const struct verdict_cache_entry *a,
	struct verdict_cache_answer *ret)
{
	int r = verdict_cache_write(p, trust, a);

	if (r < 0)
		return r;
	verdict_cache_tell(a, ret);
	ret->verdict = p->written;
	return 0;
}

/* --- judging --- */

/* Takes the texts of the result. */
static int verdict_cache_take(const struct trust *trust,
	const struct verdict_cache_question *q, struct verify_result *result,
	struct verdict_cache_entry **ret)
{
	size_t count = result->path_count;
	struct verdict_cache_entry *a =
		calloc(1, sizeof(*a) + (count > 0 ? count : 1) * SHA256_BYTES);
	int r = 0;

	if (!a)
		return -ENOMEM;
	/* A path begins with the leaf, whose digest is known then. */
	if (count == 0 && q->chain_count > 0)
		r = digest_sha256(
			q->chain[0].data, q->chain[0].len, a->path[0]);
	if (r < 0) {
		free(a);
		return r;
	}
	memcpy(a->path, result->path, count * SHA256_BYTES);
	a->trusted = result->trusted;
	a->recoverable = result->recoverable;
	a->clock_trusted = result->clock_trusted;
	a->verdict = result->verdict;
	a->work = result->work.cost;
	a->from = result->clock_trusted ? q->wall : trust->clock_floor;
	a->until = result->valid_until;
	a->path_count = (uint8_t)count;
	a->reason = TAKE_PTR(result->reason);
	a->remedy = TAKE_PTR(result->remedy);
	a->words = TAKE_PTR(result->words);
	a->word_count = (unsigned)result->word_count;
	result->word_count = 0;
	*ret = a;
	return 0;
}

static int verdict_cache_judge(const struct trust *trust,
	const struct verdict_cache_question *q,
	struct verdict_cache_entry **ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	struct verify_query query = {
		.chain = q->chain,
		.chain_count = q->chain_count,
		.host = q->host,
		.purpose = q->purpose,
		.now = q->wall,
	};
	int r = verify_peer(trust, &query, &result);

	return r < 0 ? r : verdict_cache_take(trust, q, &result, ret);
}

int verdict_cache_ask(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_question *question,
	struct verdict_cache_answer *ret)
{
	uint8_t digest[SHA256_BYTES];
	uint8_t key[SHA256_BYTES];
	struct verdict_cache_entry *a = NULL;
	unsigned work = 0;
	bool whole = false;
	int r = verdict_cache_digest_chain(question, digest, &whole);

	if (r == 0 && whole)
		r = verdict_cache_make_key(trust, question, digest, key);
	if (r == 0 && whole)
		a = verdict_cache_find(p, trust, key, question->wall);
	if (r == 0 && !a) {
		r = verdict_cache_judge(trust, question, &a);
		if (r < 0)
			return r;
		work = a->work;
		p->counts.judged++;
		p->passing = verdict_cache_answer_free(p->passing);
		if (whole)
			verdict_cache_keep(p, key, a);
		else
			p->passing = a;
	}
	if (r == 0)
		r = verdict_cache_tell_all(p, trust, a, ret);
	if (r < 0)
		return r;
	ret->work = work;
	ret->kept = whole;
	if (whole)
		memcpy(ret->key, key, SHA256_BYTES);
	return 0;
}

int verdict_cache_recall(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_question *question,
	const uint8_t digest[SHA256_BYTES], struct verdict_cache_answer *ret)
{
	uint8_t key[SHA256_BYTES];
	const struct verdict_cache_entry *a = NULL;
	int r = verdict_cache_make_key(trust, question, digest, key);

	if (r < 0)
		return r;
	a = verdict_cache_find(p, trust, key, question->wall);
	if (!a)
		return -ENOENT;
	r = verdict_cache_tell_all(p, trust, a, ret);
	if (r < 0)
		return r;
	ret->kept = true;
	memcpy(ret->key, key, SHA256_BYTES);
	return 0;
}

int verdict_cache_repeat(struct verdict_cache *p, const struct trust *trust,
	const struct bytes *message, int64_t wall,
	struct verdict_cache_answer *ret, const struct bytes **ret_reply)
{
	const struct verdict_message *m = verdict_messages_find(
		p->messages, trust, message->data, message->len);
	const struct verdict_cache_entry *a =
		m ? verdict_cache_find(p, trust, m->key, wall) : NULL;

	if (!a)
		return 0;
	p->counts.repeated++;
	verdict_cache_tell(a, ret);
	*ret_reply = &m->reply;
	return 1;
}

int verdict_cache_remember(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_answer *answer, const struct bytes *message,
	const struct bytes *reply)
{
	struct verdict_message m = {.text = *message, .reply = *reply};

	if (!answer->kept)
		return 0;
	memcpy(m.key, answer->key, SHA256_BYTES);
	return verdict_messages_put(p->messages, trust, &m);
}
