/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the warnings of an answer into words. Decides nothing. */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"

/* Texts a sentence borrows. */
struct warning_texts {
	char date[DATE_TEXT_SIZE];
	char wanted[NAME_MISMATCH_WANTED_SIZE];
	char *text;
	struct facts facts;
};

static void warnings_texts_done(struct warning_texts *t)
{
	free(t->text);
}
DEFINE_CLEANUP_EMBEDDED(struct warning_texts, warnings_texts_done);

/* Is it this one that the warning is about? */
static bool warnings_is_dated(
	const struct certificate *c, enum warning w, int64_t now)
{
	return w == WARNING_NOT_YET_VALID ? c->not_before > now
					  : c->not_after < now;
}

/* The leaf, or the issuer that failed, or one of the path that holds. */
static void warnings_put_date(
	struct warning_texts *t, const struct context *ctx, enum warning w)
{
	const struct certificate *c = ctx->leaf;
	const struct certificate *failed = ctx->best.about;

	if (w != WARNING_EXPIRES_SOON && !warnings_is_dated(c, w, ctx->now)) {
		if (failed && warnings_is_dated(failed, w, ctx->now))
			c = failed;
		for (size_t i = 0; i < ctx->path_count; i++)
			if (warnings_is_dated(ctx->path[i], w, ctx->now))
				c = ctx->path[i];
	}
	date_format(w == WARNING_NOT_YET_VALID ? c->not_before : c->not_after,
		t->date);
	t->facts.date = t->date;
	t->facts.subject = certificate_subject(c);
}

static int warnings_put_key(struct warning_texts *t, const struct context *ctx)
{
	const struct certificate *c = ctx->leaf;
	CLEANUP(free) char *key = NULL;
	int r = 0;

	for (size_t i = ctx->path_count; i-- > 0;)
		if (key_is_short(&ctx->path[i]->key))
			c = ctx->path[i];
	r = certificate_key_text(c, &key);
	if (r == 0)
		r = string_format(&t->text, "%s%s%s", key,
			c == ctx->leaf ? "" : ", of ",
			c == ctx->leaf ? "" : certificate_subject(c));
	t->facts.detail = t->text;
	return r;
}

static int warnings_put_names(
	struct warning_texts *t, const struct context *ctx)
{
	int r = 0;

	if (ctx->host_valid)
		name_mismatch_wanted(&ctx->host, t->wanted);
	t->facts.host = ctx->host_text;
	t->facts.wanted = t->wanted;
	if (ctx->host_valid && ctx->leaf->name_count > 0)
		r = name_mismatch_names(ctx->leaf, &ctx->host, &t->text);
	t->facts.names = t->text;
	return r;
}

/* What is missing is known only when nothing was wrong with the rest. */
static void warnings_put_issuer(
	struct warning_texts *t, const struct context *ctx)
{
	const struct certificate *c = ctx->leaf;

	if (ctx->best.verdict == VERDICT_ISSUER_NOT_TRUSTED && ctx->best.about)
		c = ctx->best.about;
	if (c == ctx->leaf && c->self_signed) {
		t->facts.detail = "it is self-signed";
		t->facts.remedy = verdict_remedy_publish_itself;
	} else {
		t->facts.issuer = certificate_issuer(c);
	}
}

static int warnings_put_use(struct warning_texts *t, const struct context *ctx)
{
	const struct certificate *c = ctx->leaf;
	int r = 0;

	if (ctx->best.verdict == VERDICT_NOT_FOR_SERVERS && ctx->best.about)
		c = ctx->best.about;
	r = certificate_uses_text(c, &t->text);
	t->facts.subject = certificate_subject(c);
	t->facts.detail = t->text;
	return r;
}

static void warnings_put_refusal(
	struct warning_texts *t, const struct context *ctx)
{
	if (!ctx->best.about)
		return;
	t->facts.subject = certificate_subject(ctx->best.about);
	t->facts.detail = verdict_name(ctx->best.verdict);
}

static int warnings_put_facts(
	struct warning_texts *t, const struct context *ctx, enum warning w)
{
	if (w == WARNING_EXPIRED || w == WARNING_NOT_YET_VALID ||
		w == WARNING_EXPIRES_SOON)
		warnings_put_date(t, ctx, w);
	if (w == WARNING_ISSUER_NOT_TRUSTED)
		warnings_put_issuer(t, ctx);
	if (w == WARNING_PATH_REFUSED)
		warnings_put_refusal(t, ctx);
	if (w == WARNING_KEY_SHORT)
		return warnings_put_key(t, ctx);
	if (w == WARNING_NAME_MISMATCH || w == WARNING_CN_USED)
		return warnings_put_names(t, ctx);
	if (w == WARNING_NOT_FOR_SERVERS)
		return warnings_put_use(t, ctx);
	return 0;
}

static void warnings_free(struct warning_words *words)
{
	for (size_t i = 0; words && i < WARNING__END; i++)
		warning_words_done(&words[i]);
	free(words);
}
DEFINE_CLEANUP(struct warning_words, warnings_free);

static int warnings_explain_one(
	const struct context *ctx, enum warning w, struct warning_words *ret)
{
	CLEANUP(warnings_texts_done) struct warning_texts t = {.text = NULL};
	int r = warnings_put_facts(&t, ctx, w);

	return r < 0 ? r : warning_explain(w, &t.facts, ret);
}

int warnings_explain(const struct context *ctx, unsigned warnings,
	struct warning_words **ret, size_t *ret_count)
{
	CLEANUP(warnings_free) struct warning_words *words = NULL;
	size_t count = 0;
	int r = 0;

	if (warnings != 0) {
		words = calloc(WARNING__END, sizeof(*words));
		if (!words)
			return -ENOMEM;
	}
	for (enum warning w = 0; r == 0 && w < WARNING__END; w++)
		if (warnings & WARNING_BIT(w))
			r = warnings_explain_one(ctx, w, &words[count++]);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(words);
	*ret_count = count;
	return 0;
}
