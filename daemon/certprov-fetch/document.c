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

#include "daemon/certprov-fetch/document-state.h"

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
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, document_quiet);
}

/* --- elements --- */

static void document_decide_unknown_root(
	struct document *d, const char *name, const char *namespace)
{
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail), "<%.100s>%s%.100s", name,
		namespace ? " of namespace " : "", namespace ? namespace : "");
	document_stop(d, VERDICT_UNKNOWN_ROOT, document_line_of_tag(d), detail);
}

/* Inside <html>: <pre> is what settings text came in. */
static void document_decide_html(struct document *d, const char *name)
{
	if (strcmp(name, "pre") == 0)
		document_stop(
			d, VERDICT_TEXT_FORMAT, document_line_of_tag(d), "");
	else
		document_stop(d, VERDICT_UNKNOWN_ROOT, document_line_of_tag(d),
			"<html>");
}

static bool document_within_limits(struct document *d)
{
	const char *exceeded = NULL;

	if (d->depth > DOCUMENT_MAX_DEPTH)
		exceeded = "depth of elements";
	else if (xmlDictSize(d->parser->dict) > DOCUMENT_MAX_NAMES)
		exceeded = "distinct names";
	else if (xmlDictGetUsage(d->parser->dict) > DOCUMENT_MAX_NAME_BYTES)
		exceeded = "length of distinct names";
	if (exceeded)
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_current_line(d), exceeded);
	return !exceeded;
}

static void document_enter(struct document *d, enum grammar_place place,
	const char *name, int count, const xmlChar **attributes)
{
	if (place == GRAMMAR_SKIPPED) {
		d->skipping = 1;
		return;
	}
	assert(d->level + 1 < MAX_LEVEL);
	d->places[++d->level] = place;
	d->is_html = d->is_html || place == GRAMMAR_HTML;
	if (place >= GRAMMAR_LINK)
		document_begin_element(d, name, count, attributes);
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

	(void)prefix;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (document_is_over(d))
		return;
	d->depth++;
	d->has_root = true;
	if (!document_within_limits(d))
		return;
	if (d->skipping > 0) {
		d->skipping++;
		return;
	}
	if (here >= GRAMMAR_LINK)
		d->element.has_child = true;
	else if (here == GRAMMAR_HTML)
		document_decide_html(d, name);
	else if (!uri)
		next = grammar_step(here, name);
	if (here == GRAMMAR_DOCUMENT && next == GRAMMAR_SKIPPED)
		document_decide_unknown_root(d, name, (const char *)uri);
	else
		document_enter(d, next, name, count, attributes);
}

static void document_on_text(void *userdata, const xmlChar *text, int len)
{
	struct document *d = userdata;
	enum grammar_place here = d->places[d->level];
	int r = 0;

	if (document_is_over(d) || d->skipping > 0)
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
	if (document_is_over(d))
		return;
	d->depth--;
	if (d->skipping > 0) {
		d->skipping--;
		return;
	}
	r = document_deliver(d);
	if (r < 0)
		document_fail(d, r);
	assert(d->level > 0);
	d->level--;
}

static void document_on_doctype(void *userdata, const xmlChar *name,
	const xmlChar *external, const xmlChar *system)
{
	struct document *d = userdata;
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)external;
	(void)system;
	if (document_is_over(d))
		return;
	(void)snprintf(detail, sizeof(detail), "<!DOCTYPE %.100s>",
		name ? (const char *)name : "");
	document_stop(
		d, VERDICT_DOCTYPE_REFUSED, document_current_line(d), detail);
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
	text_buffer_done(&d->text);
	free(d);
	return NULL;
}

/* What the parser holds back is one unfinished piece of markup. */
static void document_check_markup(struct document *d)
{
	const xmlParserInput *input = d->parser->input;

	if (document_is_over(d) || !input)
		return;
	if ((size_t)(input->end - input->cur) > DOCUMENT_MAX_MARKUP_BYTES)
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_current_line(d), "length of a tag or comment");
	else
		(void)document_within_limits(d);
}

int document_push(struct document *d, const void *data, size_t len)
{
	const char *p = data;

	document_keep_head(d, p, len);
	if (d->rootless && d->head_len == HEAD_BYTES)
		document_decide_without_root(d);
	while (len > 0 && !document_is_over(d) && !d->rootless) {
		size_t n = len < PIECE_BYTES ? len : PIECE_BYTES;

		(void)xmlParseChunk(d->parser, p, (int)n, 0);
		document_check_markup(d);
		p += n;
		len -= n;
	}
	return d->error;
}

bool document_is_decided(const struct document *d)
{
	return document_is_over(d);
}

int document_finish(struct document *d, struct document_result *ret)
{
	if (!document_is_over(d))
		(void)xmlParseChunk(d->parser, NULL, 0, 1);
	if (d->error < 0)
		return d->error;
	if (!d->has_root)
		document_decide_without_root(d);
	if (d->depth > 0 || !d->parser->wellFormed)
		document_decide(d, VERDICT_NOT_WELL_FORMED,
			document_current_line(d), "");
	if (d->is_html)
		document_decide(d, VERDICT_UNKNOWN_ROOT, 0, "<html>");
	document_decide(d, VERDICT_PROCESSED, 0, "");
	*ret = d->result;
	return 0;
}
