/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document.h"

#include <assert.h>
#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-fetch/document-state.h"
#include "daemon/certprov-fetch/document-stray.h"
#include "daemon/certprov-fetch/wiped-memory.h"

/* The parser sees this much at a time, so that what it holds back can be
 * measured before it has become large. */
#define PIECE_BYTES 4096

static void document_quiet(void *userdata, const char *message, ...)
{
	(void)userdata;
	(void)message;
}

void document_prepare(void)
{
	(void)xmlMemSetup(wiped_memory_free, wiped_memory_new,
		wiped_memory_resize, wiped_memory_text);
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, document_quiet);
}

/* --- elements --- */

static bool document_within_limits(struct document *d)
{
	const char *exceeded = NULL;

	if (d->depth > DOCUMENT_MAX_DEPTH)
		exceeded = DOCUMENT_TOO_DEEP;
	else if (xmlDictSize(d->parser->dict) > DOCUMENT_MAX_NAMES)
		exceeded = DOCUMENT_TOO_MANY_NAMES;
	else if (xmlDictGetUsage(d->parser->dict) > DOCUMENT_MAX_NAME_BYTES)
		exceeded = DOCUMENT_TOO_LONG_NAMES;
	if (exceeded)
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_current_line(d), exceeded);
	return !exceeded;
}

static void document_enter(struct document *d, enum grammar_place place,
	const char *name, int count, const xmlChar **attributes)
{
	if (place == GRAMMAR_SKIPPED) {
		if (d->skipping++ == 0 && d->places[d->level] >= GRAMMAR_LINK)
			document_begin_child(d);
		return;
	}
	assert(d->level + 1 < MAX_LEVEL);
	d->places[++d->level] = place;
	if (place >= GRAMMAR_LINK)
		document_begin_element(d, name, count, attributes);
}

static void document_open(
	struct document *d, const xmlChar *prefix, const xmlChar *name)
{
	if (d->depth < DOCUMENT_MAX_DEPTH)
		d->open[d->depth] = (struct open_element){
			prefix, name, document_line_of_tag(d)};
	d->depth++;
}

/* The signature is libxml2's. NOLINTNEXTLINE(readability-function-size) */
static void document_on_start(void *userdata, const xmlChar *local,
	const xmlChar *prefix, const xmlChar *uri, int namespace_count,
	const xmlChar **namespaces, int count, int defaulted,
	const xmlChar **attributes)
{
	struct document *d = userdata;
	const char *name = (const char *)local;
	enum grammar_place here = d->places[d->level];
	enum grammar_place next = GRAMMAR_SKIPPED;

	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (document_is_over(d) || d->judging)
		return;
	document_open(d, prefix, local);
	d->has_root = true;
	if (!document_within_limits(d))
		return;
	if (d->skipping > 0 || here >= GRAMMAR_LINK)
		next = GRAMMAR_SKIPPED;
	else if (!uri && !prefix)
		next = grammar_step(here, name);
	if (here == GRAMMAR_DOCUMENT && next == GRAMMAR_SKIPPED)
		document_root_unknown(
			d, name, (const char *)prefix, (const char *)uri);
	if (document_is_over(d) || d->judging)
		return;
	document_stray_begin(d, local, prefix, uri, next);
	document_stray_attributes(d, count, attributes);
	document_enter(d, next, name, count, attributes);
}

static void document_on_text(void *userdata, const xmlChar *text, int len)
{
	struct document *d = userdata;
	enum grammar_place here = d->places[d->level];
	int r = 0;

	if (document_is_over(d) || d->judging)
		return;
	document_stray_text(d, (const char *)text, (size_t)len);
	if (d->skipping > 0)
		return;
	if (here == GRAMMAR_CERTIFICATE)
		r = text_buffer_add_folded(
			&d->text, (const char *)text, (size_t)len);
	else if (here == GRAMMAR_SETTING)
		r = text_buffer_add(&d->text, (const char *)text, (size_t)len);
	if (r < 0)
		document_fail(d, r);
}

static void document_on_end(void *userdata, const xmlChar *local,
	const xmlChar *prefix, const xmlChar *uri)
{
	struct document *d = userdata;
	int r = 0;

	(void)local;
	(void)prefix;
	(void)uri;
	if (document_is_over(d) || d->judging)
		return;
	r = document_stray_end(d);
	if (r == 0 && d->skipping == 1)
		document_end_child(d);
	if (r == 0 && d->skipping == 0)
		r = document_deliver(d);
	if (r < 0)
		document_fail(d, r);
	d->depth--;
	if (d->skipping > 0) {
		d->skipping--;
		return;
	}
	assert(d->level > 0);
	d->level--;
}

static void document_on_doctype(void *userdata, const xmlChar *name,
	const xmlChar *external, const xmlChar *system)
{
	struct document *d = userdata;
	const char *root = name ? (const char *)name : "";
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)external;
	(void)system;
	if (document_is_over(d) || d->judging)
		return;
	(void)snprintf(detail, sizeof(detail), "<!DOCTYPE %.100s ...>", root);
	/* Web pages have one as well. */
	if (strcasecmp(root, "html") == 0)
		document_judge(d, VERDICT_DOCTYPE_REFUSED, MISTAKE_NONE,
			document_current_line(d), detail);
	else
		document_stop(d, VERDICT_DOCTYPE_REFUSED,
			document_current_line(d), detail);
}

/* A script that was not executed may be XML by chance; its start is the first
 * instruction then. */
static void document_on_instruction(
	void *userdata, const xmlChar *target, const xmlChar *text)
{
	struct document *d = userdata;

	(void)target;
	(void)text;
	if (document_is_over(d) || d->judging || d->has_instruction)
		return;
	d->has_instruction = true;
	if (!d->has_root && document_head_is_script(d))
		document_judge(d, VERDICT_NOT_XML, MISTAKE_PHP_SOURCE, 1, "");
}

/* --- life --- */

/* No tree is built and nothing is loaded: all other handlers are NULL. */
static const xmlSAXHandler sax = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = document_on_doctype,
	.externalSubset = document_on_doctype,
	.startElementNs = document_on_start,
	.endElementNs = document_on_end,
	.characters = document_on_text,
	.ignorableWhitespace = document_on_text,
	.cdataBlock = document_on_text,
	.processingInstruction = document_on_instruction,
	.serror = document_on_error,
};

int document_new(const struct document_handler *handler, void *userdata,
	struct document **ret)
{
	CLEANUP(document_free)
	struct document *d = calloc(1, sizeof(*d));
	xmlSAXHandler handlers = sax;

	if (!d)
		return -ENOMEM;
	d->handler = handler;
	d->userdata = userdata;
	d->parser = xmlCreatePushParserCtxt(&handlers, d, NULL, 0, NULL);
	if (!d->parser)
		return -ENOMEM;
	/*
	 * NOENT: &amp; in attributes is decoded. Nothing else can be expanded:
	 * there is no getEntity and no doctype.
	 */
	(void)xmlCtxtUseOptions(d->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
	*ret = TAKE_PTR(d);
	return 0;
}

struct document *document_free(struct document *d)
{
	if (!d)
		return NULL;
	xmlFreeParserCtxt(d->parser);
	document_element_done(&d->element);
	document_strays_done(&d->strays);
	text_buffer_done(&d->text);
	/* Its beginning may be a private key. */
	explicit_bzero(d, sizeof(*d));
	free(d);
	return NULL;
}

/* What the parser holds back is one unfinished piece of markup. */
static void document_check_markup(struct document *d)
{
	const xmlParserInput *input = d->parser->input;

	if (document_is_over(d) || d->judging || !input)
		return;
	if ((size_t)(input->end - input->cur) > DOCUMENT_MAX_MARKUP_BYTES)
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_current_line(d), DOCUMENT_TOO_LONG_MARKUP);
	else
		(void)document_within_limits(d);
}

/* One that is not ASCII with other characters besides: a CR is two bytes. */
static bool document_is_wide(const struct document *d)
{
	return d->head_len >= 2 &&
		(d->head[0] == 0 || d->head[1] == 0 ||
			memcmp(d->head, "\xff\xfe", 2) == 0 ||
			memcmp(d->head, "\xfe\xff", 2) == 0);
}

/* Of errors in the bytes that are converted, no handler hears. */
static void document_parse(struct document *d, const char *data, size_t len)
{
	int r = xmlParseChunk(d->parser, data, (int)len, d->ending);

	if (r < 0 || r == XML_ERR_INVALID_ENCODING)
		document_encoding_failed(d);
}

static void document_parse_piece(
	struct document *d, const char *data, size_t len)
{
	char lines[PIECE_BYTES];

	document_bytes_look(&d->bytes, (const uint8_t *)data, len);
	if (document_is_wide(d)) {
		document_parse(d, data, len);
	} else {
		len = document_bytes_convert(&d->bytes, data, len, lines);
		document_parse(d, lines, len);
		explicit_bzero(lines, len);
	}
	document_check_markup(d);
}

int document_push(struct document *d, const void *data, size_t len)
{
	const char *p = data;

	document_keep_head(d, p, len);
	while (len > 0 && !document_is_over(d) && !d->judging) {
		size_t n = len < PIECE_BYTES ? len : PIECE_BYTES;

		document_parse_piece(d, p, n);
		p += n;
		len -= n;
	}
	if (d->judging && d->head_len == DOCUMENT_HEAD_BYTES)
		document_conclude(d);
	return d->error;
}

bool document_is_decided(const struct document *d)
{
	return document_is_over(d);
}

int document_finish(struct document *d, struct document_result *ret)
{
	d->ending = true;
	if (!document_is_over(d) && !d->judging)
		document_parse(d, NULL, 0);
	if (!document_is_over(d) && !d->judging && !d->has_root)
		document_judge(d, VERDICT_NO_ROOT, MISTAKE_NONE, 0,
			"nothing but comments or a declaration");
	if (d->judging)
		document_conclude(d);
	if (d->error < 0)
		return d->error;
	if (d->depth > 0 || !d->parser->wellFormed)
		document_cut_off(d);
	document_decide(d, VERDICT_PROCESSED, 0, "");
	*ret = d->result;
	return 0;
}
