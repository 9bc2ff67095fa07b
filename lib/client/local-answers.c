/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/local-answers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/x509/chain-limits.h"

struct local_answer {
	struct certprov_verdict *verdict;
	int64_t from; /* valid from the time it was made for */
	int64_t until;
	bool clock_trusted;
	struct local_question question;
	/* What that points to: */
	struct certprov_der chain[CHAIN_MAX_CERTIFICATES];
	char bytes[];
};

static struct local_answer *local_answer_free(struct local_answer *answer)
{
	if (!answer)
		return NULL;
	(void)certprov_verdict_free(answer->verdict);
	free(answer);
	return NULL;
}

void local_answers_done(struct local_answers *a)
{
	for (size_t i = 0; i < LOCAL_ANSWERS_MAX; i++)
		a->kept[i] = local_answer_free(a->kept[i]);
}

/* --- questions --- */

static bool local_same_chain(
	const struct local_question *a, const struct local_question *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->chain[i].size != b->chain[i].size)
			return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->chain[i].size > 0 &&
			memcmp(a->chain[i].data, b->chain[i].data,
				a->chain[i].size) != 0)
			return false;
	return true;
}

static bool local_same_question(
	const struct local_question *a, const struct local_question *b)
{
	return a->purpose == b->purpose && local_same_chain(a, b) &&
		string_equal(a->host, b->host);
}

/* SIZE_MAX for what is not kept. */
static size_t local_question_bytes(const struct local_question *q)
{
	size_t total = q->host ? strlen(q->host) + 1 : 0;

	if (q->count > CHAIN_MAX_CERTIFICATES ||
		total > LOCAL_ANSWERS_MAX_BYTES)
		return SIZE_MAX;
	for (size_t i = 0; i < q->count; i++) {
		if (q->chain[i].size > LOCAL_ANSWERS_MAX_BYTES - total)
			return SIZE_MAX;
		total += q->chain[i].size;
	}
	return total;
}

static void local_copy_question(
	const struct local_question *q, struct local_answer *to)
{
	char *at = to->bytes;

	to->question = *q;
	to->question.chain = to->chain;
	for (size_t i = 0; i < q->count; i++) {
		to->chain[i] = (struct certprov_der){at, q->chain[i].size};
		if (q->chain[i].size > 0)
			memcpy(at, q->chain[i].data, q->chain[i].size);
		at += q->chain[i].size;
	}
	if (q->host)
		to->question.host = memcpy(at, q->host, strlen(q->host) + 1);
}

/* --- answers --- */

/* As long as nothing changes but the time. */
static bool local_answer_holds(const struct local_answer *answer,
	const struct trust *trust, int64_t wall)
{
	bool clock_trusted = wall >= trust->clock_floor;
	int64_t now = clock_trusted ? wall : trust->clock_floor;

	return answer->clock_trusted == clock_trusted && now >= answer->from &&
		now <= answer->until &&
		now - answer->from <= LOCAL_ANSWERS_MAX_AGE_SECONDS;
}

struct certprov_verdict *local_answers_find(const struct local_answers *a,
	const struct trust *trust, const struct local_question *q, int64_t wall)
{
	for (size_t i = 0; i < LOCAL_ANSWERS_MAX; i++) {
		const struct local_answer *answer = a->kept[i];

		if (answer && local_same_question(&answer->question, q) &&
			local_answer_holds(answer, trust, wall))
			return certprov_verdict_ref(answer->verdict);
	}
	return NULL;
}

/* Where the same question is (its answer has ended, or another thread was
 * quicker), or else the next one. */
static size_t local_answers_place(
	struct local_answers *a, const struct local_question *q)
{
	size_t next = a->next;

	for (size_t i = 0; i < LOCAL_ANSWERS_MAX; i++)
		if (a->kept[i] && local_same_question(&a->kept[i]->question, q))
			return i;
	a->next = (next + 1) % LOCAL_ANSWERS_MAX;
	return next;
}

void local_answers_add(struct local_answers *a, const struct trust *trust,
	const struct local_question *q, int64_t wall, int64_t valid_until,
	struct certprov_verdict *verdict)
{
	size_t len = local_question_bytes(q);
	struct local_answer *answer = NULL;
	size_t place = 0;

	if (!certprov_verdict_trusted(verdict) || len == SIZE_MAX)
		return;
	answer = malloc(sizeof(*answer) + len);
	if (!answer)
		return;
	answer->clock_trusted = wall >= trust->clock_floor;
	answer->from = answer->clock_trusted ? wall : trust->clock_floor;
	answer->until = valid_until;
	answer->verdict = certprov_verdict_ref(verdict);
	local_copy_question(q, answer);
	place = local_answers_place(a, q);
	(void)local_answer_free(a->kept[place]);
	a->kept[place] = answer;
}
