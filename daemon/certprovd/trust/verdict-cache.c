/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/verdict-cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/base/digest.h"

/* One answer. made NULL: empty. */
struct kept {
	uint8_t key[SHA256_BYTES];
	struct answer *answer;
	uint64_t used; /* when, counted in questions */
};

struct answer {
	bool trusted;
	bool clock_trusted;
	unsigned work;
	enum verdict verdict;
	char *reason;
	char *json;
	uint8_t leaf[SHA256_BYTES];
	int64_t from;  /* the time it was made for; not before */
	int64_t until; /* nor after */
};

struct peers {
	struct kept kept[PEERS_SETS][PEERS_WAYS];
	struct answer *passing; /* the last one that is not kept */
	uint64_t questions;
	struct peers_counts counts;
};

static struct answer *answer_free(struct answer *a)
{
	if (!a)
		return NULL;
	free(a->reason);
	free(a->json);
	free(a);
	return NULL;
}
DEFINE_CLEANUP(struct answer, answer_free);

int peers_new(struct peers **ret)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*ret = p;
	return 0;
}

void peers_forget(struct peers *p)
{
	for (size_t i = 0; i < PEERS_SETS; i++)
		for (size_t j = 0; j < PEERS_WAYS; j++)
			p->kept[i][j].answer =
				answer_free(p->kept[i][j].answer);
	p->counts.kept = 0;
}

struct peers *peers_free(struct peers *p)
{
	if (!p)
		return NULL;
	peers_forget(p);
	answer_free(p->passing);
	free(p);
	return NULL;
}

struct peers_counts peers_counts(const struct peers *p)
{
	return p->counts;
}

/* --- the verdict as the interface says it --- */

static void put_path(struct json_writer *w, const struct verify_result *r)
{
	char hex[SHA256_HEX_SIZE];

	json_put_array(w, "path");
	for (size_t i = 0; i < r->path_count; i++) {
		hex_format(r->path[i], SHA256_BYTES, hex);
		json_append_string(w, "path", hex);
	}
	if (r->path_count > 0)
		json_put_string(w, "anchor", hex);
}

static void put_warnings(struct json_writer *w, unsigned warnings)
{
	for (enum warning i = 0; i < WARNING__END; i++)
		if (warnings & WARNING_BIT(i))
			json_append_string(w, "warnings", warning_text(i));
}

void peers_describe(struct json_writer *w, const struct trust *trust,
	const struct verify_result *result)
{
	json_put_bool(w, "trusted", result->trusted);
	json_put_string(w, "result", verdict_name(result->verdict));
	json_put_string(w, "reason", result->reason);
	json_put_string(w, "remedy", result->remedy);
	json_put_bool(w, "recoverable", result->recoverable);
	put_path(w, result);
	json_put_string(w, "store", trust->store);
	json_put_int(w, "generation", (int64_t)trust->generation);
	json_put_bool(w, "clockTrusted", result->clock_trusted);
	put_warnings(w, result->warnings);
}

/* --- keys --- */

/* Exactly one DER value: only then does the digest of the concatenation say
 * where one certificate ends and the next begins. */
static bool is_one_value(const struct bytes *der)
{
	struct der_value value = {0};

	return der_read(der->data, der->len, &value) && !value.indefinite &&
		value.end == der->data + der->len;
}

/* False when the chain is no sequence of whole values. */
static int digest_chain(const struct peers_question *q,
	uint8_t ret[SHA256_BYTES], bool *ret_whole)
{
	CLEANUP(bytes_done) struct bytes all = {0};
	size_t len = 0;

	*ret_whole = true;
	for (size_t i = 0; i < q->chain_count; i++) {
		*ret_whole = *ret_whole && is_one_value(&q->chain[i]);
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
static int make_key(const struct trust *trust, const struct peers_question *q,
	const uint8_t digest[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
	CLEANUP(free) char *text = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = 0;

	hex_format(digest, SHA256_BYTES, hex);
	r = format_string(&text, "%s %s %llu %s %s%s", hex, trust->store,
		(unsigned long long)trust->generation, purpose_name(q->purpose),
		q->host ? "=" : "-", q->host ? q->host : "");
	return r < 0 ? r : digest_sha256(text, strlen(text), ret);
}

/* --- what is kept --- */

static struct kept *set_of(struct peers *p, const uint8_t key[SHA256_BYTES])
{
	return p->kept[key[0] % PEERS_SETS];
}

static bool holds(
	const struct answer *a, const struct trust *trust, int64_t wall)
{
	bool clock_trusted = wall >= trust->clock_floor;
	int64_t now = clock_trusted ? wall : trust->clock_floor;

	return a->clock_trusted == clock_trusted && now >= a->from &&
		now <= a->until && now - a->from <= PEERS_MAX_AGE_SECONDS;
}

static struct answer *find(struct peers *p, const struct trust *trust,
	const uint8_t key[SHA256_BYTES], int64_t wall)
{
	struct kept *set = set_of(p, key);

	p->questions++;
	for (size_t i = 0; i < PEERS_WAYS; i++) {
		if (!set[i].answer ||
			memcmp(set[i].key, key, SHA256_BYTES) != 0)
			continue;
		if (!holds(set[i].answer, trust, wall))
			return NULL;
		set[i].used = p->questions;
		p->counts.recalled++;
		return set[i].answer;
	}
	return NULL;
}

/* The same key's, else an empty one, else the least recently used. */
static struct kept *place_for(struct peers *p, const uint8_t key[SHA256_BYTES])
{
	struct kept *set = set_of(p, key);
	struct kept *best = &set[0];

	for (size_t i = 0; i < PEERS_WAYS; i++) {
		if (set[i].answer && memcmp(set[i].key, key, SHA256_BYTES) == 0)
			return &set[i];
		if (best->answer &&
			(!set[i].answer || set[i].used < best->used))
			best = &set[i];
	}
	return best;
}

static void keep(
	struct peers *p, const uint8_t key[SHA256_BYTES], struct answer *answer)
{
	struct kept *place = place_for(p, key);

	if (!place->answer)
		p->counts.kept++;
	answer_free(place->answer);
	*place = (struct kept){.answer = answer, .used = p->questions};
	memcpy(place->key, key, SHA256_BYTES);
}

static void tell(const struct answer *a, struct peers_answer *ret)
{
	*ret = (struct peers_answer){
		.trusted = a->trusted,
		.result = verdict_name(a->verdict),
		.reason = a->reason,
		.verdict = a->json,
	};
	memcpy(ret->leaf, a->leaf, SHA256_BYTES);
}

/* --- judging --- */

static int write_verdict(const struct trust *trust,
	const struct verify_result *result, char **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *json = NULL;
	int r = 0;

	peers_describe(&w, trust, result);
	r = json_take(&w, &json);
	if (r < 0)
		return r;
	*ret = cJSON_PrintUnformatted(json);
	return *ret ? 0 : -ENOMEM;
}

static int fill(const struct trust *trust, const struct peers_question *q,
	struct verify_result *result, struct answer *a)
{
	int r = 0;

	*a = (struct answer){
		.trusted = result->trusted,
		.clock_trusted = result->clock_trusted,
		.verdict = result->verdict,
		.work = result->work.cost,
		.from = result->clock_trusted ? q->wall : trust->clock_floor,
		.until = result->valid_until,
	};
	if (q->chain_count > 0)
		r = digest_sha256(q->chain[0].data, q->chain[0].len, a->leaf);
	if (r == 0)
		r = write_verdict(trust, result, &a->json);
	if (r == 0)
		a->reason = TAKE_PTR(result->reason);
	return r;
}

static int judge(const struct trust *trust, const struct peers_question *q,
	struct answer **ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	CLEANUP(answer_free) struct answer *a = NULL;
	struct verify_query query = {
		.chain = q->chain,
		.chain_count = q->chain_count,
		.host = q->host,
		.purpose = q->purpose,
		.use = USE_TLS_SERVER,
		.now = q->wall,
	};
	int r = verify_peer(trust, &query, &result);

	if (r < 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = fill(trust, q, &result, a);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

int peers_ask(struct peers *p, const struct trust *trust,
	const struct peers_question *question, struct peers_answer *ret)
{
	uint8_t digest[SHA256_BYTES];
	uint8_t key[SHA256_BYTES];
	struct answer *a = NULL;
	unsigned work = 0;
	bool whole = false;
	int r = digest_chain(question, digest, &whole);

	if (r == 0 && whole)
		r = make_key(trust, question, digest, key);
	if (r == 0 && whole)
		a = find(p, trust, key, question->wall);
	if (r == 0 && !a) {
		r = judge(trust, question, &a);
		if (r < 0)
			return r;
		work = a->work;
		p->counts.judged++;
		p->passing = answer_free(p->passing);
		if (whole)
			keep(p, key, a);
		else
			p->passing = a;
	}
	if (r == 0) {
		tell(a, ret);
		ret->work = work;
	}
	return r;
}

int peers_recall(struct peers *p, const struct trust *trust,
	const struct peers_question *question,
	const uint8_t digest[SHA256_BYTES], struct peers_answer *ret)
{
	uint8_t key[SHA256_BYTES];
	const struct answer *a = NULL;
	int r = make_key(trust, question, digest, key);

	if (r < 0)
		return r;
	a = find(p, trust, key, question->wall);
	if (!a)
		return -ENOENT;
	tell(a, ret);
	return 0;
}
