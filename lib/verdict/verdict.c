/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verdict/verdict.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/text.h"
#include "lib/verdict/mistake.h"

/* So that a sentence fits into a log line. */
#define FACT_MAX_BYTES 2048
/* Room that a sentence has beyond what it needs now. */
#define SENTENCE_STEP_BYTES 256

const struct verdict_row *verdict_row(enum verdict v)
{
	assert((unsigned)v < VERDICT__END);
	return &verdict_rows[v];
}

const char *verdict_name(enum verdict v)
{
	return verdict_row(v)->name;
}

bool verdict_is_positive(enum verdict v)
{
	return verdict_row(v)->positive;
}

int verdict_find(const char *name, enum verdict *ret)
{
	for (unsigned i = 0; i < VERDICT__END; i++)
		if (strcmp(verdict_rows[i].name, name) == 0) {
			*ret = (enum verdict)i;
			return 0;
		}
	return -ENOENT;
}

/* --- templates --- */

struct fact_name {
	const char *name;
	size_t offset;
};

#define FACT(field)                                                            \
	{                                                                      \
#field, offsetof(struct facts, field)                          \
	}
static const struct fact_name fact_names[] = {
	FACT(advice),
	FACT(allowed),
	FACT(around),
	FACT(asked),
	FACT(ca),
	FACT(apart),
	FACT(clock),
	FACT(convert),
	FACT(correct),
	FACT(cure),
	FACT(date),
	FACT(detail),
	FACT(earlier),
	FACT(effective),
	FACT(element),
	FACT(exception),
	FACT(fault),
	FACT(firmware),
	FACT(former),
	FACT(from),
	FACT(host),
	FACT(issuer),
	FACT(known),
	FACT(later),
	FACT(lift),
	FACT(meant),
	FACT(line),
	FACT(names),
	FACT(now),
	FACT(parent),
	FACT(peer_cure),
	FACT(role),
	FACT(rule),
	FACT(server),
	FACT(setting),
	FACT(sha256),
	FACT(shown),
	FACT(since),
	FACT(subject),
	FACT(unsent),
	FACT(unwanted),
	FACT(url),
	FACT(value),
	FACT(wanted),
	FACT(way),
	FACT(withheld),
	FACT(wrong),
};

/* A sentence while it is made; zeroed is empty. */
struct sentence {
	char *text; /* ends in a NUL once something was put */
	size_t len;
	size_t room;
};

static void verdict_sentence_done(struct sentence *s)
{
	free(s->text);
}
DEFINE_CLEANUP_EMBEDDED(struct sentence, verdict_sentence_done);

/* 0 or -ENOMEM. */
static int verdict_put(struct sentence *s, const char *text, size_t len)
{
	if (!s->text || len >= s->room - s->len) {
		size_t room = s->len + len + SENTENCE_STEP_BYTES;
		char *more = realloc(s->text, room);

		if (!more)
			return -ENOMEM;
		s->text = more;
		s->room = room;
	}
	memcpy(s->text + s->len, text, len);
	s->len += len;
	s->text[s->len] = 0;
	return 0;
}

/* What was put, even if that is nothing, in memory of its size; or NULL. */
static char *verdict_sentence_take(struct sentence *s)
{
	char *fits = NULL;

	if (verdict_put(s, "", 0) < 0)
		return NULL;
	fits = realloc(s->text, s->len + 1);
	if (!fits)
		return NULL;
	*s = (struct sentence){0};
	return fits;
}

/* The fact of this name; NULL when it is missing. */
static const char *verdict_fact_find(
	const struct facts *facts, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(fact_names); i++) {
		const struct fact_name *f = &fact_names[i];
		const char *value = NULL;

		if (strlen(f->name) != len || memcmp(f->name, name, len) != 0)
			continue;
		memcpy(&value, (const char *)facts + f->offset, sizeof(value));
		return value && *value ? value : NULL;
	}
	assert(0 && "a template names a fact that does not exist");
	return NULL;
}

/*
 * Append a fact, escaped. 0 when it is missing, 1 when it is there, -ENOMEM.
 * Without out it only looks.
 */
static int verdict_put_fact(struct sentence *out, const struct facts *facts,
	const char *name, size_t len)
{
	CLEANUP(free) char *safe = NULL;
	const char *value = verdict_fact_find(facts, name, len);
	int r = 0;

	if (!value)
		return 0;
	if (!out)
		return 1;
	r = text_escape(value, strlen(value), FACT_MAX_BYTES, &safe);
	if (r == 0)
		r = verdict_put(out, safe, strlen(safe));
	return r < 0 ? r : 1;
}

/*
 * Append text[0..len) with its facts filled in. 1 when all were there, 0
 * when one was not, -ENOMEM. Without out it only looks.
 */
static int verdict_put_part(struct sentence *out, const char *text, size_t len,
	const struct facts *facts)
{
	const char *end = text + len;
	int known = 1;

	while (text < end) {
		const char *open = memchr(text, '{', (size_t)(end - text));
		size_t n = (size_t)((open ? open : end) - text);
		const char *close = NULL;
		int r = out ? verdict_put(out, text, n) : 0;

		if (r < 0 || !open)
			return r < 0 ? r : known;
		close = memchr(open, '}', (size_t)(end - open));
		assert(close);
		r = verdict_put_fact(
			out, facts, open + 1, (size_t)(close - open) - 1);
		if (r < 0)
			return r;
		known = known && r;
		text = close + 1;
	}
	return known;
}

/* Append the first alternative whose facts are all there; none may be. */
static int verdict_put_choice(struct sentence *out, const char *text,
	size_t len, const struct facts *facts)
{
	const char *end = text + len;
	int r = 0;

	while (r == 0 && text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		size_t n = (size_t)((bar ? bar : end) - text);

		r = verdict_put_part(NULL, text, n, facts);
		if (r > 0)
			r = verdict_put_part(out, text, n, facts);
		text += bar ? n + 1 : n;
	}
	return r;
}

/* Append a template up to end: its parts, those in brackets if they can be. */
static int verdict_put_template(struct sentence *out, const char *template,
	const char *end, const struct facts *facts)
{
	const char *p = template;

	while (p < end) {
		bool optional = *p == '[';
		size_t n = 0;
		int r = 1;

		p += optional;
		n = strcspn(p, optional ? "]" : "[");
		if (n > (size_t)(end - p))
			n = (size_t)(end - p);
		r = optional ? verdict_put_choice(out, p, n, facts)
			     : verdict_put_part(out, p, n, facts);
		if (r < 0)
			return r;
		p += n;
		p += *p == ']';
	}
	return 0;
}

/* The clause is put before the full stop that ends each sentence. */
static int verdict_put_text(struct sentence *out, const char *template,
	const char *clause, const struct facts *facts)
{
	const char *end = template + strlen(template) - (clause ? 1 : 0);
	int r = verdict_put_template(out, template, end, facts);

	if (r < 0 || !clause)
		return r;
	r = verdict_put(out, " (", 2);
	if (r == 0)
		r = verdict_put(out, clause, strlen(clause));
	if (r == 0)
		r = verdict_put(out, ")", 1);
	return r < 0 ? r : verdict_put(out, end, strlen(end));
}

static int verdict_expand(const char *template, const char *clause,
	const struct facts *facts, char **ret)
{
	CLEANUP(verdict_sentence_done) struct sentence s = {0};
	char *text = NULL;
	int r = 0;

	if (!template) {
		*ret = NULL;
		return 0;
	}
	r = verdict_put_text(&s, template, clause, facts);
	if (r < 0)
		return r;
	text = verdict_sentence_take(&s);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

/* The clause by which it is refused, unless a rule of the firmware decides. */
static const char *verdict_clause(
	const struct verdict_row *row, const struct facts *facts)
{
	if (row->positive || facts->rule)
		return NULL;
	return facts->clause ? facts->clause : row->clause;
}

/* That of the facts or the mistake's own, if there is one. */
static const char *verdict_remedy(
	const struct verdict_row *row, const struct facts *facts)
{
	const char *remedy = mistake_remedy(mistake_find(facts->mistake));

	if (facts->remedy)
		return facts->remedy;
	return remedy ? remedy : row->remedy;
}

int verdict_explain(enum verdict v, const struct facts *facts,
	char **ret_reason, char **ret_remedy)
{
	return verdict_explain_variant(
		v, VARIANT_NONE, facts, ret_reason, ret_remedy);
}

int verdict_explain_variant(enum verdict v, enum verdict_variant variant,
	const struct facts *facts, char **ret_reason, char **ret_remedy)
{
	static const struct facts none;
	const struct verdict_row *row = verdict_row(v);
	const struct variant_row *other = &variant_rows[variant];
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *remedy = NULL;
	int r = 0;

	facts = facts ? facts : &none;
	if (ret_reason)
		r = verdict_expand(
			other->sentence ? other->sentence : row->sentence,
			verdict_clause(row, facts), facts, &reason);
	if (r < 0)
		return r;
	if (ret_remedy)
		r = verdict_expand(other->remedy ? other->remedy
						 : verdict_remedy(row, facts),
			NULL, facts, &remedy);
	if (r < 0)
		return r;
	if (ret_reason)
		*ret_reason = TAKE_PTR(reason);
	if (ret_remedy)
		*ret_remedy = TAKE_PTR(remedy);
	return 0;
}

int verdict_fill(const char *template, const struct facts *facts, char **ret)
{
	return verdict_expand(template, NULL, facts, ret);
}

/* --- warnings --- */

const char *warning_name(enum warning w)
{
	assert((unsigned)w < WARNING__END);
	return warning_rows[w].name;
}

void warning_words_done(struct warning_words *w)
{
	free(w->sentence);
	free(w->remedy);
	*w = (struct warning_words){0};
}

int warning_explain(
	enum warning w, const struct facts *facts, struct warning_words *ret)
{
	static const struct facts none;
	CLEANUP(warning_words_done)
	struct warning_words words = {.identifier = warning_name(w)};
	int r = 0;

	facts = facts ? facts : &none;
	r = verdict_expand(
		warning_rows[w].sentence, NULL, facts, &words.sentence);
	if (r == 0)
		r = verdict_expand(
			facts->remedy ? facts->remedy : warning_rows[w].remedy,
			NULL, facts, &words.remedy);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(words);
	return 0;
}
