/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of a document that are delivered: kept until their end, and
 * checked there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-fetch/document-state.h"
#include "daemon/certprov-fetch/document-stray.h"

#define BLANKS " \t\r\n"

static const char *const attribute_names[ATTRIBUTE__END] = {
	[ATTRIBUTE_URL] = "url",
	[ATTRIBUTE_TYPE] = "type",
	[ATTRIBUTE_SHA256] = "sha256",
	[ATTRIBUTE_IDX] = "idx",
	[ATTRIBUTE_PERM] = "perm",
	[ATTRIBUTE_ACTION] = "action",
};

void document_element_done(struct element *e)
{
	free(e->name);
	for (size_t i = 0; i < ATTRIBUTE__END; i++)
		free(e->attributes[i]);
	*e = (struct element){0};
}

/* An attribute that is none of ours: what may it stand for? */
static void document_keep_other(struct document *d, const xmlChar **fields,
	const char *value, size_t len)
{
	const char *name = (const char *)fields[0];
	enum value_look look = document_value_look(value, len);
	enum markup_meant meant = MARKUP__END;
	char tag[STRAY_TAG_SIZE];
	size_t n = 0;

	if (look == VALUE_BLANK || d->element.other_meant != MARKUP__END)
		return;
	if (look == VALUE_URL || document_name_is_url(name))
		meant = MARKUP_URL;
	else if (strcasecmp(name, attribute_names[ATTRIBUTE_TYPE]) == 0)
		meant = MARKUP_TYPE;
	else if (look != VALUE_TEXT)
		meant = MARKUP_TEXT;
	else
		return;
	/* As a tag, but for its ends. */
	document_stray_tag((const char *)fields[1], name, tag);
	n = strlen(tag) - 2;
	(void)snprintf(d->element.other, sizeof(d->element.other),
		"%.*s=\"...\"", (int)n, tag + 1);
	d->element.other_meant = meant;
}

static void document_keep_attribute(struct document *d, const xmlChar **fields)
{
	const char *value = (const char *)fields[3];
	size_t len = (size_t)(fields[4] - fields[3]);

	if (len > DOCUMENT_MAX_ATTRIBUTE_BYTES) {
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_line_of_tag(d), DOCUMENT_TOO_LONG_ATTRIBUTE);
		return;
	}
	for (size_t i = 0; i < ATTRIBUTE__END; i++) {
		/* In a namespace it is not ours. */
		if (fields[1] ||
			strcmp((const char *)fields[0], attribute_names[i]) !=
				0)
			continue;
		d->element.attributes[i] = strndup(value, len);
		if (!d->element.attributes[i])
			document_fail(d, -ENOMEM);
		return;
	}
	document_keep_other(d, fields, value, len);
}

void document_begin_element(struct document *d, const char *name, int count,
	const xmlChar **attributes)
{
	document_element_done(&d->element);
	text_buffer_reset(&d->text,
		d->places[d->level] == GRAMMAR_CERTIFICATE
			? DOCUMENT_MAX_CERTIFICATE_BYTES
			: DOCUMENT_MAX_SETTING_BYTES);
	d->element.line = document_line_of_tag(d);
	d->element.text_line = document_current_line(d);
	d->element.depth = d->depth;
	d->element.other_meant = MARKUP__END;
	d->element.child_meant = MARKUP__END;
	d->element.name = strdup(name);
	if (!d->element.name) {
		document_fail(d, -ENOMEM);
		return;
	}
	for (int i = 0; i < count && !document_is_over(d); i++)
		document_keep_attribute(
			d, attributes + (ptrdiff_t)i * ATTRIBUTE_FIELDS);
}

/* --- what is inside --- */

static size_t document_count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += !strchr(BLANKS, *text);
	return count;
}

void document_begin_child(struct document *d)
{
	const struct stray *child = &d->strays.open[d->depth];
	struct element *e = &d->element;

	if (e->has_child)
		return;
	e->has_child = true;
	document_stray_tag(child->prefix, child->local, e->child);
	e->child_line = child->line;
	e->child_after = document_count_characters(text_buffer_get(&d->text));
}

/* The end of something inside: of the first that has text, say what it is. */
void document_end_child(struct document *d)
{
	const struct stray *child = &d->strays.open[d->depth];
	struct element *e = &d->element;
	enum value_look look =
		document_value_look(child->lead, child->lead_len);

	if (e->child_has_text || look == VALUE_BLANK)
		return;
	e->child_has_text = true;
	document_stray_tag(child->prefix, child->local, e->child);
	e->child_line = child->line;
	/* That one is told by itself. */
	if (child->like.kind == NAME_CERTIFICATE)
		return;
	if (look == VALUE_URL || document_name_is_url(child->local))
		e->child_meant = MARKUP_URL;
	else if (look != VALUE_TEXT)
		e->child_meant = MARKUP_TEXT;
}

/* --- delivery --- */

/* What is wrong with an element. */
struct element_fault {
	enum verdict verdict; /* ACCEPTED: nothing */
	struct markup markup;
	char detail[DOCUMENT_DETAIL_SIZE];
};

static int document_refuse(struct document *d, enum document_kind kind,
	const struct element_fault *fault)
{
	const struct document_refusal refusal = {
		.kind = kind,
		.element = d->element.name,
		.url = d->element.attributes[ATTRIBUTE_URL],
		.detail = fault->detail,
		.verdict = fault->verdict,
		.markup = fault->markup,
		.line = d->element.line,
	};

	return d->handler->refused(d->userdata, &refusal);
}

static int document_refuse_plainly(struct document *d, enum document_kind kind,
	enum verdict verdict, const char *detail)
{
	struct element_fault fault = {.verdict = verdict};

	(void)snprintf(fault.detail, sizeof(fault.detail), "%s", detail);
	return document_refuse(d, kind, &fault);
}

static bool document_is_blank(const char *text)
{
	return !text || text[strspn(text, BLANKS)] == 0;
}

/* There is no url and no text: what is there instead? */
static void document_find_instead(
	const struct element *e, struct element_fault *fault)
{
	bool child = e->has_child;
	const char *found = child ? e->child : e->other;
	enum markup_meant meant = child ? e->child_meant : e->other_meant;
	char line[32] = "";

	if (!*found)
		return;
	if (child)
		(void)snprintf(line, sizeof(line), " (line %" PRId64 ")",
			e->child_line);
	(void)snprintf(fault->detail, sizeof(fault->detail), "%s in %s%s%s",
		meant == MARKUP_URL            ? "the url is"
			: meant == MARKUP_TEXT ? "the base64 is"
					       : "what there is, is",
		child ? "a child, " : "", found, line);
	if (meant == MARKUP__END)
		return;
	fault->markup.wrong = found;
	fault->markup.meant = markup_meant_name(meant);
}

static int document_deliver_link(struct document *d)
{
	const char *url = d->element.attributes[ATTRIBUTE_URL];
	struct element_fault fault = {.verdict = VERDICT_EMPTY};

	if (!document_is_blank(url))
		return d->handler->link(d->userdata, url, d->element.line);
	document_find_instead(&d->element, &fault);
	if (!*fault.detail && d->strays.open[d->depth].lead_len > 0) {
		fault.markup.wrong = "text";
		fault.markup.meant = markup_meant_name(MARKUP_URL);
		(void)snprintf(fault.detail, sizeof(fault.detail),
			"there is text instead of a url attribute");
	} else if (!*fault.detail) {
		(void)snprintf(fault.detail, sizeof(fault.detail), "no url");
	}
	return document_refuse(d, DOCUMENT_LINK, &fault);
}

/* With a url: nothing else may say where the certificate is. */
static void document_check_url(const struct element *e, bool has_text,
	bool base64, struct element_fault *fault)
{
	char *detail = fault->detail;
	size_t size = sizeof(fault->detail);

	fault->verdict = VERDICT_AMBIGUOUS;
	if (has_text) {
		(void)snprintf(detail, size, "a url and text");
	} else if (e->child_has_text) {
		(void)snprintf(detail, size,
			"a url and text in %s (line %" PRId64 ")", e->child,
			e->child_line);
	} else if (base64) {
		(void)snprintf(detail, size,
			"a url and type=\"base64\", which is for text");
	} else if (e->has_child) {
		fault->verdict = VERDICT_UNKNOWN_ELEMENT;
		(void)snprintf(detail, size,
			"%s (line %" PRId64 ") stands in <certificate>",
			e->child, e->child_line);
	} else {
		fault->verdict = VERDICT_ACCEPTED;
	}
}

static void document_check_text(const struct element *e, const char *type,
	const char *text, bool base64, struct element_fault *fault)
{
	bool url = document_value_look(text, strlen(text)) == VALUE_URL;

	fault->verdict = VERDICT_TYPE_UNKNOWN;
	if (!base64) {
		(void)snprintf(fault->detail, sizeof(fault->detail),
			"%s%.100s%s", type ? "" : "no type", type ? type : "",
			url ? ", and its text looks like a URL" : "");
		if (!type && e->other_meant == MARKUP_TYPE) {
			fault->markup.wrong = e->other;
			fault->markup.meant = markup_meant_name(MARKUP_TYPE);
		} else if (url) {
			fault->markup.wrong = "text";
			fault->markup.meant = markup_meant_name(MARKUP_URL);
		}
		return;
	}
	fault->verdict = e->has_child ? VERDICT_NOT_BASE64 : VERDICT_ACCEPTED;
	if (e->has_child)
		(void)snprintf(fault->detail, sizeof(fault->detail),
			"interrupted by %s (line %" PRId64
			", after %zu characters)",
			e->child, e->child_line, e->child_after);
}

static void document_check_certificate(
	const struct document *d, struct element_fault *fault)
{
	const struct element *e = &d->element;
	const char *type = e->attributes[ATTRIBUTE_TYPE];
	bool base64 = type && strcmp(type, "base64") == 0;
	bool has_text = !document_is_blank(text_buffer_get(&d->text));

	if (d->text.exceeded) {
		fault->verdict = VERDICT_TOO_LARGE;
		(void)snprintf(fault->detail, sizeof(fault->detail),
			"text of the element");
	} else if (!document_is_blank(e->attributes[ATTRIBUTE_URL])) {
		document_check_url(e, has_text, base64, fault);
	} else if (has_text) {
		document_check_text(
			e, type, text_buffer_get(&d->text), base64, fault);
	} else {
		fault->verdict = VERDICT_EMPTY;
		document_find_instead(e, fault);
	}
}

static int document_deliver_certificate(struct document *d)
{
	const char *url = d->element.attributes[ATTRIBUTE_URL];
	struct element_fault fault = {.verdict = VERDICT_ACCEPTED};
	const struct document_certificate c = {
		.url = document_is_blank(url) ? NULL : url,
		.text = document_is_blank(url) ? text_buffer_get(&d->text)
					       : NULL,
		.sha256 = d->element.attributes[ATTRIBUTE_SHA256],
		.line = d->element.line,
	};

	document_check_certificate(d, &fault);
	if (fault.verdict != VERDICT_ACCEPTED)
		return document_refuse(d, DOCUMENT_CERTIFICATE, &fault);
	return d->handler->certificate(d->userdata, &c);
}

/* Where the text begins, if it has as many lines as the document. */
static int64_t document_text_line(const struct document *d)
{
	int64_t line = d->element.text_line;

	for (const char *p = text_buffer_get(&d->text); *p; p++)
		line += *p == '\n';
	return line == document_current_line(d) ? d->element.text_line : -1;
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
		.text_line = document_text_line(d),
	};

	if (d->text.exceeded)
		return document_refuse_plainly(d, DOCUMENT_SETTING,
			VERDICT_TOO_LARGE, "value of the setting");
	if (d->element.has_child)
		return document_refuse_plainly(d, DOCUMENT_SETTING,
			VERDICT_AMBIGUOUS, "another element inside");
	return d->handler->setting(d->userdata, &s);
}

static int (*const deliver[GRAMMAR__END])(struct document *) = {
	[GRAMMAR_LINK] = document_deliver_link,
	[GRAMMAR_CERTIFICATE] = document_deliver_certificate,
	[GRAMMAR_SETTING] = document_deliver_setting,
};

int document_deliver(struct document *d)
{
	enum grammar_place here = d->places[d->level];

	int r = deliver[here] ? deliver[here](d) : 0;

	/* Of a setting nothing is needed any more, and it may be a key. */
	if (here == GRAMMAR_SETTING)
		text_buffer_reset(&d->text, 0);
	return r;
}
