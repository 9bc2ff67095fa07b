/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of a document that are delivered: kept until their end, and
 * checked there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document-state.h"

/* libxml2's array of attributes: local name, prefix, namespace, begin, end. */
#define ATTRIBUTE_FIELDS 5

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

static void document_keep_attribute(struct document *d, const xmlChar **fields)
{
	const char *value = (const char *)fields[3];
	size_t len = (size_t)(fields[4] - fields[3]);

	if (len > DOCUMENT_MAX_ATTRIBUTE_BYTES) {
		document_stop(d, VERDICT_LIMIT_EXCEEDED,
			document_line_of_tag(d), DOCUMENT_TOO_LONG_ATTRIBUTE);
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

void document_begin_element(struct document *d, const char *name, int count,
	const xmlChar **attributes)
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

int document_deliver(struct document *d)
{
	enum grammar_place here = d->places[d->level];

	return deliver[here] ? deliver[here](d) : 0;
}
