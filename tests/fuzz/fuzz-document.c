/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of any bytes: every event obeys its limits, lines never go back,
 * and what is found depends on the bytes alone, not on the pieces they come
 * in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document.h"
#include "lib/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	uint64_t hash;
	int64_t line;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void mix(struct tally *t, const char *text, int64_t line)
{
	for (; text && *text; text++)
		t->hash = (t->hash ^ (uint8_t)*text) * 1099511628211ULL;
	t->hash = (t->hash ^ (uint64_t)line) * 1099511628211ULL;
	check(line > 0 && line >= t->line);
	t->line = line;
}

static int on_link(void *userdata, const char *url, int64_t line)
{
	check(*url && strlen(url) <= DOCUMENT_MAX_ATTRIBUTE_BYTES);
	mix(userdata, url, line);
	return 0;
}

static int on_certificate(void *userdata, const struct document_certificate *c)
{
	check(!c->url != !c->text);
	check(!c->text || strlen(c->text) <= DOCUMENT_MAX_CERTIFICATE_BYTES);
	mix(userdata, c->url ? c->url : c->text, c->line);
	mix(userdata, c->sha256, c->line);
	return 0;
}

static int on_setting(void *userdata, const struct document_setting *s)
{
	check(strlen(s->value) <= DOCUMENT_MAX_SETTING_BYTES);
	mix(userdata, s->name, s->line);
	mix(userdata, s->value, s->line);
	return 0;
}

static int on_refused(void *userdata, const struct document_refusal *r)
{
	check(r->verdict < VERDICT__END && !verdict_is_positive(r->verdict));
	mix(userdata, verdict_name(r->verdict), r->line);
	return 0;
}

static const struct document_handler handler = {
	.link = on_link,
	.certificate = on_certificate,
	.setting = on_setting,
	.refused = on_refused,
};

static struct tally read_in_pieces(
	const uint8_t *data, size_t size, size_t piece)
{
	CLEANUP(document_free) struct document *d = NULL;
	struct tally tally = {0};
	struct document_result result = {0};

	check(document_new(&handler, &tally, &d) == 0);
	for (size_t at = 0; at < size; at += piece)
		check(document_push(d, data + at,
			      size - at < piece ? size - at : piece) == 0);
	check(document_finish(d, &result) == 0);
	check(result.verdict < VERDICT__END && result.line >= 0);
	check(result.mistake < MISTAKE__END && result.column >= 0);
	check(utf8_valid_bytes(result.detail, strlen(result.detail)) ==
		strlen(result.detail));
	tally.line = 0;
	mix(&tally, verdict_name(result.verdict), 1);
	return tally;
}

/* In other encodings libxml2 may see a broken end sooner or later. */
static bool is_plain(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] == 0 || data[i] >= 0x80)
			return false;
	return !memmem(data, size, "encoding", strlen("encoding"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally whole;
	struct tally pieces;

	document_prepare();
	whole = read_in_pieces(data, size, size > 0 ? size : 1);
	pieces = read_in_pieces(data, size, 1);
	if (is_plain(data, size))
		check(whole.hash == pieces.hash);
	return 0;
}
