/* SPDX-License-Identifier: Apache-2.0 */
/* How a document ends, and where it is: for its parts. */
#include "daemon/certprov-fetch/document-state.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/utf8.h"

/* Names were cut, perhaps within a character. */
static void document_mend_utf8(char *text)
{
	size_t len = strlen(text);
	size_t good = 0;

	while ((good = utf8_valid_bytes(text, len)) < len)
		text[good] = '?';
}

static void document_set_result(struct document *d, enum verdict verdict,
	enum mistake mistake, int64_t line, const char *detail)
{
	char text[DOCUMENT_DETAIL_SIZE]; /* detail may be the result's own */

	d->result.verdict = verdict;
	d->result.mistake = mistake;
	d->result.line = line;
	(void)snprintf(text, sizeof(text), "%s", detail);
	document_mend_utf8(text);
	memcpy(d->result.detail, text, sizeof(text));
}

void document_decide(struct document *d, enum verdict verdict, int64_t line,
	const char *detail)
{
	if (d->decided)
		return;
	d->decided = true;
	document_set_result(d, verdict, MISTAKE_NONE, line, detail);
}

void document_stop_for(struct document *d, enum verdict verdict,
	enum mistake mistake, int64_t line, const char *detail)
{
	if (!d->decided)
		document_set_result(d, verdict, mistake, line, detail);
	d->decided = true;
	xmlStopParser(d->parser);
}

void document_judge(struct document *d, enum verdict verdict,
	enum mistake mistake, int64_t line, const char *detail)
{
	if (d->decided || d->judging)
		return;
	document_set_result(d, verdict, mistake, line, detail);
	d->judging = true;
	xmlStopParser(d->parser);
}

int64_t document_current_line(const struct document *d)
{
	return d->parser->input ? d->parser->input->line : 0;
}

void document_stop(struct document *d, enum verdict verdict, int64_t line,
	const char *detail)
{
	document_stop_for(d, verdict, MISTAKE_NONE, line, detail);
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
