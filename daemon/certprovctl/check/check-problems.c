/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-problems.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

static void problem_done(struct problem *p)
{
	free(p->sentence);
	free(p->versions);
	free(p->place);
	*p = (struct problem){0};
}
DEFINE_CLEANUP_EMBEDDED(struct problem, problem_done);

void problems_done(struct problems *p)
{
	for (size_t i = 0; i < p->count; i++)
		problem_done(&p->list[i]);
	free(p->list);
	*p = (struct problems){0};
}

int problem_place_of(const struct outcome *o, char **ret)
{
	const char *document = o->document ? o->document : o->url;

	if (!document)
		document = "";
	if (o->line > 0)
		return string_format(ret, "%s:%" PRId64, document, o->line);
	return string_replace(ret, document);
}

static int problem_setting_of(const struct outcome *o, char **ret)
{
	const char *name = o->name ? o->name : "";

	return o->value
		? string_format(ret, "setting %s \"%s\"", name, o->value)
		: string_format(ret, "setting %s", name);
}

int problem_subject_of(const struct outcome *o, char **ret)
{
	const char *what = o->subject;

	if (!what && o->kind == OUTCOME_SETTING)
		return problem_setting_of(o, ret);
	if (!what)
		what = o->url && *o->url ? o->url : o->sha256;
	if (!what)
		what = o->name ? o->name : outcome_kind_name(o->kind);
	return string_replace(ret, what);
}

/* --- what is said --- */

/* A warning of a cell, or with this index what became of it. */
#define OWN_RESULT SIZE_MAX

/* What one version says: an outcome, and which of its warnings. */
struct said {
	const struct matrix *m;
	size_t row;
	size_t version;
	size_t warning;
	const struct outcome *o;
};

static const char *problem_text_of(const struct said *s)
{
	const char *text = s->warning == OWN_RESULT
		? s->o->reason
		: s->o->warnings[s->warning].sentence;

	return text ? text : "";
}

static const char *problem_identifier_of(const struct said *s)
{
	return s->warning == OWN_RESULT ? outcome_result_name(s->o)
					: s->o->warnings[s->warning].identifier;
}

static const char *problem_remedy_of(const struct said *s)
{
	return s->warning == OWN_RESULT ? s->o->remedy
					: s->o->warnings[s->warning].remedy;
}

/* The sentence without the version it is under, as it is said of several at
 * once: "The firmware 8.4.35 does not" of the firmware, "on firmware 8.4.35" of
 * this firmware. 0 or -ENOMEM. */
static int problem_sentence_of(const struct said *s, char **ret)
{
	static const char word[] = "firmware ";
	const char *text = problem_text_of(s);
	const char *version = matrix_version(s->m, s->version);
	const char *at = strstr(text, version);
	size_t before = at ? (size_t)(at - text) : 0;
	const char *article = "";

	if (before < strlen(word) ||
		strncmp(at - strlen(word), word, strlen(word)) != 0)
		return string_replace(ret, text);
	before -= strlen(word);
	if (before > 0 &&
		(before < 3 || strncmp(text + before - 3, "he ", 3) != 0))
		article = "this ";
	return string_format(ret, "%.*s%sfirmware%s", (int)before, text,
		article, at + strlen(version));
}

/* Equal words of another version; -ENOMEM, or whether they are. */
static int problem_is_same(const struct problem *p, const struct said *s)
{
	CLEANUP(free) char *sentence = NULL;

	if (strcmp(p->identifier, problem_identifier_of(s)) != 0 ||
		!string_equal(p->remedy, problem_remedy_of(s)))
		return 0;
	if (problem_sentence_of(s, &sentence) < 0)
		return -ENOMEM;
	return strcmp(p->sentence, sentence) == 0;
}

/* --- collecting --- */

/* One version may say it twice of one element. */
static int problem_add_version(struct problem *p, const struct said *s)
{
	CLEANUP(free) char *longer = NULL;
	const char *before = p->versions;
	int r = 0;

	if (before && p->last_version == s->version)
		return 0;
	r = string_format(&longer, "%s%s%s", before ? before : "",
		before ? ", " : "", matrix_version(s->m, s->version));
	if (r < 0)
		return r;
	SWAP(p->versions, longer);
	p->last_version = s->version;
	return 0;
}

static int problems_make_room(struct problems *p)
{
	size_t room = p->room ? 2 * p->room : 64;
	struct problem *list = NULL;

	if (p->count < p->room)
		return 0;
	list = reallocarray(p->list, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	p->list = list;
	p->room = room;
	return 0;
}

static int problems_append(
	struct problems *p, const struct said *s, size_t file)
{
	CLEANUP(problem_done)
	struct problem made = {
		.state = s->warning == OWN_RESULT
			? matrix_cell_state(s->m, s->row, s->version)
			: MATRIX_WARNED,
		.identifier = problem_identifier_of(s),
		.remedy = problem_remedy_of(s),
		.outcome = s->o,
		.file = file,
		.sequence = p->count,
	};
	int r = problems_make_room(p);

	if (r == 0)
		r = problem_sentence_of(s, &made.sentence);
	if (r == 0)
		r = problem_place_of(s->o, &made.place);
	if (r == 0)
		r = problem_add_version(&made, s);
	if (r == 0)
		p->list[p->count++] = TAKE_OBJECT(made);
	return r;
}

/* To what an earlier version said of this element, or as something new. */
static int problems_take(
	struct problems *p, size_t first, const struct said *s, size_t file)
{
	for (size_t i = first; i < p->count; i++) {
		int same = problem_is_same(&p->list[i], s);

		if (same < 0)
			return same;
		if (same)
			return problem_add_version(&p->list[i], s);
	}
	return problems_append(p, s, file);
}

static int problems_take_cell(
	struct problems *p, size_t first, struct said *s, size_t file)
{
	int r = 0;

	s->o = matrix_cell(s->m, s->row, s->version);
	if (!s->o)
		return 0;
	s->warning = OWN_RESULT;
	if (!s->o->accepted)
		r = problems_take(p, first, s, file);
	for (s->warning = 0; r == 0 && s->warning < s->o->warning_count;
		s->warning++)
		r = problems_take(p, first, s, file);
	return r;
}

int problems_add(struct problems *p, const struct matrix *m, size_t file)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < matrix_row_count(m); i++) {
		struct said s = {.m = m, .row = i};
		size_t first = p->count;

		for (; r == 0 && s.version < matrix_version_count(m);
			s.version++)
			r = problems_take_cell(p, first, &s, file);
	}
	return r;
}

/* --- groups --- */

static int problem_compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int problem_compare_words(
	const struct problem *a, const struct problem *b)
{
	int c = problem_compare_numbers(a->state, b->state);

	if (c == 0)
		c = strcmp(a->identifier, b->identifier);
	if (c == 0)
		c = strcmp(a->sentence, b->sentence);
	if (c == 0)
		c = strcmp(
			a->remedy ? a->remedy : "", b->remedy ? b->remedy : "");
	return c ? c : strcmp(a->versions, b->versions);
}

static int problem_compare_equal_ones(const void *left, const void *right)
{
	const struct problem *a = left;
	const struct problem *b = right;
	int c = problem_compare_words(a, b);

	return c ? c : problem_compare_numbers(a->sequence, b->sequence);
}

static int problem_compare_order(const void *left, const void *right)
{
	const struct problem *a = left;
	const struct problem *b = right;
	int c = problem_compare_numbers(
		a->state == MATRIX_SKIPPED, b->state == MATRIX_SKIPPED);

	if (c == 0)
		c = problem_compare_numbers(a->group, b->group);

	return c ? c : problem_compare_numbers(a->sequence, b->sequence);
}

size_t problems_group_size(const struct problems *p, size_t first)
{
	size_t n = 1;

	while (first + n < p->count &&
		problem_compare_words(&p->list[first], &p->list[first + n]) ==
			0)
		n++;
	return n;
}

/* Equal ones together first; then each takes the number of the first of its
 * group, and the groups are sorted by that. */
void problems_group(struct problems *p)
{
	size_t n = 0;

	if (p->count == 0)
		return;
	qsort(p->list, p->count, sizeof(*p->list), problem_compare_equal_ones);
	for (size_t i = 0; i < p->count; i += n) {
		n = problems_group_size(p, i);
		for (size_t k = 0; k < n; k++)
			p->list[i + k].group = p->list[i].sequence;
	}
	qsort(p->list, p->count, sizeof(*p->list), problem_compare_order);
}
