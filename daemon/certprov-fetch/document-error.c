/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a document, in words. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/document-state.h"

void document_keep_head(struct document *d, const char *data, size_t len)
{
	size_t room = HEAD_BYTES - d->head_len;

	if (len > room)
		len = room;
	memcpy(d->head + d->head_len, data, len);
	d->head_len += len;
}

void document_decide_without_root(struct document *d)
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

void document_on_error(void *userdata, xmlErrorPtr error)
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
