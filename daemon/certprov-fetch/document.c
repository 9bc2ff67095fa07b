/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document-grammar.h"
#include "daemon/certprov-fetch/text-buffer.h"

/* The parser sees this much at a time, so that what it holds back can be
 * measured before it has become large. */
#define PIECE_BYTES 4096
/* The beginning is kept to tell what it is if it is not XML. */
#define HEAD_BYTES 256
/* Four places inside each other, and the document itself. */
#define MAX_LEVEL 5
/* libxml2's array of attributes: local name, prefix, namespace, begin, end. */
#define ATTRIBUTE_FIELDS 5

/* The attributes we know, and where they are kept until the end tag. */
enum attribute {
	ATTRIBUTE_URL,
	ATTRIBUTE_TYPE,
	ATTRIBUTE_SHA256,
	ATTRIBUTE_IDX,
	ATTRIBUTE_PERM,
	ATTRIBUTE_ACTION,
	ATTRIBUTE__END
};

static const char *const attribute_names[ATTRIBUTE__END] = {
	[ATTRIBUTE_URL] = "url",
	[ATTRIBUTE_TYPE] = "type",
	[ATTRIBUTE_SHA256] = "sha256",
	[ATTRIBUTE_IDX] = "idx",
	[ATTRIBUTE_PERM] = "perm",
	[ATTRIBUTE_ACTION] = "action",
};

/* The element that is being read. */
struct element {
	char *name;
	char *attributes[ATTRIBUTE__END];
	int64_t line;
	bool has_child;
};

struct document {
	const struct document_handler *handler;
	void *userdata;
	xmlParserCtxtPtr parser;
	enum grammar_place places[MAX_LEVEL]; /* [0] is the document */
	size_t level;
	size_t depth;
	size_t skipping; /* elements open inside what is skipped */
	struct element element;
	struct text_buffer text;
	char head[HEAD_BYTES + 1];
	size_t head_len;
	bool has_root;
	bool is_html;
	bool rootless; /* there is no element in it: what is it? */
	bool decided;
	struct document_result result;
	int error; /* negative errno that ended it */
};

static void document_element_done(struct element *e)
{
	free(e->name);
	for (size_t i = 0; i < ATTRIBUTE__END; i++)
		free(e->attributes[i]);
	*e = (struct element){0};
}

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

/* --- how it ends --- */

static void document_decide(struct document *d, enum verdict verdict,
	int64_t line, const char *detail)
{
	char text[DOCUMENT_DETAIL_SIZE]; /* detail may be the result's own */

	if (d->decided)
		return;
	d->decided = true;
	d->result.verdict = verdict;
	d->result.line = line;
	(void)snprintf(text, sizeof(text), "%s", detail);
	memcpy(d->result.detail, text, sizeof(text));
}

static int64_t document_current_line(const struct document *d)
{
	return d->parser->input ? d->parser->input->line : 0;
}

static void document_stop(struct document *d, enum verdict verdict,
	int64_t line, const char *detail)
{
	document_decide(d, verdict, line, detail);
	xmlStopParser(d->parser);
}

static void document_fail(struct document *d, int error)
{
	d->error = error;
	d->decided = true;
	xmlStopParser(d->parser);
}

static bool document_is_over(const struct document *d)
{
	return d->decided || d->error < 0;
}

/* A document without elements: say what it is, whatever the parser says. */
static void document_decide_without_root(struct document *d)
{
	const char *head = d->head;
	struct document_result said = d->result;

	if (strncmp(head, "\xef\xbb\xbf", 3) == 0)
		head += 3;
	head += strspn(head, " \t\r\n");
	if (grammar_is_settings_text(head))
		document_decide(d, VERDICT_TEXT_FORMAT, said.line, "");
	else if (!*head || *head == '<')
		document_decide(d, VERDICT_NO_ROOT, 0, "");
	else
		document_decide(
			d, VERDICT_NOT_WELL_FORMED, said.line, said.detail);
}

static void document_on_error(void *userdata, xmlErrorPtr error)
{
	struct document *d = userdata;
	char message[DOCUMENT_DETAIL_SIZE];
	size_t len = 0;

	/* Errors that are not fatal, as of a prefix, do not count. */
	if (error->level != XML_ERR_FATAL || document_is_over(d) || d->rootless)
		return;
	if (error->code == XML_ERR_NO_MEMORY) {
		d->error = -ENOMEM;
		return;
	}
	len = (size_t)snprintf(message, sizeof(message), "%s",
		error->message ? error->message : "");
	if (len >= sizeof(message))
		len = sizeof(message) - 1;
	while (len > 0 && isspace((unsigned char)message[len - 1]))
		message[--len] = 0;
	d->result.column = error->int2 > 0 ? error->int2 : 0;
	d->rootless = !d->has_root &&
		(error->code == XML_ERR_DOCUMENT_EMPTY ||
			error->code == XML_ERR_DOCUMENT_END);
	if (!d->rootless) {
		document_decide(
			d, VERDICT_NOT_WELL_FORMED, error->line, message);
		return;
	}
	/* More of the beginning may be needed to tell. */
	d->result.line = error->line;
	memcpy(d->result.detail, message, sizeof(message));
}

/* --- elements --- */

/*
 * The parser stands behind the last attribute. Tags are parsed only when
 * they lie in the buffer whole, and a start tag holds no other "<".
 */
static int64_t document_line_of_tag(const struct document *d)
{
	const xmlChar *p = d->parser->input->cur;
	int64_t line = document_current_line(d);

	while (p > d->parser->input->base && *p != '<')
		line -= *--p == '\n';
	return line;
}

static void document_keep_attribute(struct document *d, const xmlChar **fields)
{
	const char *value = (const char *)fields[3];
	size_t len = (size_t)(fields[4] - fields[3]);

	if (len > DOCUMENT_MAX_ATTRIBUTE_BYTES) {
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_line_of_tag(d), "length of an attribute");
		return;
	}
	if (fields[1]) /* in a namespace: not ours */
		return;
	for (size_t i = 0; i < ATTRIBUTE__END; i++) {
		if (strcmp((const char *)fields[0], attribute_names[i]) != 0)
			continue;
		d->element.attributes[i] = strndup(value, len);
		if (!d->element.attributes[i])
			document_fail(d, -ENOMEM);
	}
}

static void document_begin_element(struct document *d, const char *name,
	int count, const xmlChar **attributes)
{
	document_element_done(&d->element);
	text_buffer_reset(&d->text,
		d->places[d->level] == GRAMMAR_CERTIFICATE
			? DOCUMENT_MAX_CERTIFICATE_BYTES
			: DOCUMENT_MAX_SETTING_BYTES);
	d->element.line = document_line_of_tag(d);
	d->element.name = strdup(name);
	if (!d->element.name) {
		document_fail(d, -ENOMEM);
		return;
	}
	for (int i = 0; i < count && !document_is_over(d); i++)
		document_keep_attribute(
			d, attributes + (ptrdiff_t)i * ATTRIBUTE_FIELDS);
}

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

/* --- delivery --- */

static int document_refuse(
	struct document *d, enum verdict verdict, const char *detail)
{
	const struct document_refusal refusal = {
		.element = d->element.name,
		.url = d->element.attributes[ATTRIBUTE_URL],
		.detail = detail,
		.verdict = verdict,
		.line = d->element.line,
	};

	return d->handler->refused(d->userdata, &refusal);
}

static bool document_is_blank(const char *text)
{
	return !text || text[strspn(text, " \t\r\n")] == 0;
}

static int document_deliver_link(struct document *d)
{
	const char *url = d->element.attributes[ATTRIBUTE_URL];

	if (document_is_blank(url))
		return document_refuse(d, VERDICT_EMPTY, "no url");
	return d->handler->link(d->userdata, url, d->element.line);
}

/* What is wrong with a <certificate>, or ACCEPTED. */
static enum verdict document_check_certificate(
	const struct document *d, const char **ret_detail)
{
	const char *url = d->element.attributes[ATTRIBUTE_URL];
	const char *type = d->element.attributes[ATTRIBUTE_TYPE];
	bool base64 = type && strcmp(type, "base64") == 0;
	bool has_text = !document_is_blank(text_buffer_get(&d->text));

	*ret_detail = "";
	if (d->text.exceeded) {
		*ret_detail = "text of the element";
		return VERDICT_TOO_LARGE;
	}
	if (d->element.has_child) {
		*ret_detail = "another element inside";
		return has_text ? VERDICT_AMBIGUOUS : VERDICT_EMPTY;
	}
	if (!document_is_blank(url))
		return has_text || base64 ? VERDICT_AMBIGUOUS
					  : VERDICT_ACCEPTED;
	if (!has_text)
		return VERDICT_EMPTY;
	*ret_detail = type ? type : "no type";
	return base64 ? VERDICT_ACCEPTED : VERDICT_TYPE_UNKNOWN;
}

static int document_deliver_certificate(struct document *d)
{
	const char *url = d->element.attributes[ATTRIBUTE_URL];
	const char *detail = NULL;
	enum verdict verdict = document_check_certificate(d, &detail);
	const struct document_certificate c = {
		.url = document_is_blank(url) ? NULL : url,
		.text = document_is_blank(url) ? text_buffer_get(&d->text)
					       : NULL,
		.sha256 = d->element.attributes[ATTRIBUTE_SHA256],
		.line = d->element.line,
	};

	if (verdict != VERDICT_ACCEPTED)
		return document_refuse(d, verdict, detail);
	return d->handler->certificate(d->userdata, &c);
}

static int document_deliver_setting(struct document *d)
{
	const struct document_setting s = {
		.name = d->element.name,
		.value = text_buffer_get(&d->text),
		.index = d->element.attributes[ATTRIBUTE_IDX],
		.perm = d->element.attributes[ATTRIBUTE_PERM],
		.action = d->element.attributes[ATTRIBUTE_ACTION],
		.line = d->element.line,
	};

	if (d->text.exceeded)
		return document_refuse(
			d, VERDICT_TOO_LARGE, "value of the setting");
	if (d->element.has_child)
		return document_refuse(
			d, VERDICT_AMBIGUOUS, "another element inside");
	return d->handler->setting(d->userdata, &s);
}

static int document_deliver_misplaced(struct document *d)
{
	return document_refuse(d, VERDICT_MISPLACED, "");
}

static int (*const deliver[GRAMMAR__END])(struct document *) = {
	[GRAMMAR_LINK] = document_deliver_link,
	[GRAMMAR_CERTIFICATE] = document_deliver_certificate,
	[GRAMMAR_SETTING] = document_deliver_setting,
	[GRAMMAR_MISPLACED] = document_deliver_misplaced,
};

static void document_on_end(void *userdata, const xmlChar *local,
	const xmlChar *prefix, const xmlChar *uri)
{
	struct document *d = userdata;
	enum grammar_place here = d->places[d->level];
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
	if (deliver[here])
		r = deliver[here](d);
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

static void document_keep_head(struct document *d, const char *data, size_t len)
{
	size_t room = HEAD_BYTES - d->head_len;

	if (len > room)
		len = room;
	memcpy(d->head + d->head_len, data, len);
	d->head_len += len;
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
