/* SPDX-License-Identifier: Apache-2.0 */
/* How a document ends, and where it is: for its parts. */
#include "daemon/certprov-fetch/document-state.h"

#include <stdio.h>
#include <string.h>

void document_decide(struct document *d, enum verdict verdict, int64_t line,
	const char *detail)
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

int64_t document_current_line(const struct document *d)
{
	return d->parser->input ? d->parser->input->line : 0;
}

void document_stop(struct document *d, enum verdict verdict, int64_t line,
	const char *detail)
{
	document_decide(d, verdict, line, detail);
	xmlStopParser(d->parser);
}

void document_fail(struct document *d, int error)
{
	d->error = error;
	d->decided = true;
	xmlStopParser(d->parser);
}

bool document_is_over(const struct document *d)
{
	return d->decided || d->error < 0;
}

/*
 * The parser stands behind the last attribute. Tags are parsed only when
 * they lie in the buffer whole, and a start tag holds no other "<".
 */
int64_t document_line_of_tag(const struct document *d)
{
	const xmlChar *p = d->parser->input->cur;
	int64_t line = document_current_line(d);

	while (p > d->parser->input->base && *p != '<')
		line -= *--p == '\n';
	return line;
}
