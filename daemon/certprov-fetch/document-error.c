/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not well-formed in a document: its encoding, its early end, or what
 * document-fault.c knows.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/document-fault.h"

/* Names are shown as far as this. */
#define NAME "%.60s"
/* An encoding name, and the declaration, are looked for so far. */
#define ENCODING_SIZE 41

/* --- encodings --- */

/* The encoding that is declared, in lower case; empty: none. */
static void document_error_encoding(
	const struct document *d, char ret[ENCODING_SIZE])
{
	const char *end = strchr(d->head, '>');
	const char *p = strstr(d->head, "encoding");
	size_t n = 0;

	ret[0] = 0;
	if (!document_fault_has_declaration(d) || !p || !end || p > end)
		return;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=\"'");
	while (n + 1 < ENCODING_SIZE && p[n] && !strchr("\"'?> \t\r\n", p[n])) {
		ret[n] = (char)tolower((unsigned char)p[n]);
		n++;
	}
	ret[n] = 0;
}

static bool document_error_is_utf8(const char *encoding)
{
	return !*encoding || strcmp(encoding, "utf-8") == 0 ||
		strcmp(encoding, "utf8") == 0;
}

static bool document_error_is_ascii(const char *encoding)
{
	return strcmp(encoding, "us-ascii") == 0 ||
		strcmp(encoding, "ascii") == 0;
}

static void document_error_place(
	struct fault *f, const struct document_byte *byte)
{
	f->mistake = MISTAKE_ENCODING;
	f->line = byte->line;
	f->column = byte->column;
}

static void document_error_not_utf8(
	const struct document *d, const char *encoding, struct fault *f)
{
	const struct document_byte *byte = &d->bytes.not_utf8;
	const char *likely = byte->value < 0xa0 ? "windows-1252" : "ISO-8859-1";
	char letter[8] = "";

	/* Its code point in ISO-8859-1 is the byte. */
	if (byte->value >= 0xa1 && byte->value != 0xad)
		(void)snprintf(letter, sizeof(letter), "%c%c",
			0xc0 | byte->value >> 6, 0x80 | (byte->value & 0x3f));
	document_error_place(f, byte);
	FAULT_SAY(f,
		"byte 0x%02X is not UTF-8, which %s; %s%s%s%sthe text is "
		"probably in %s",
		byte->value,
		*encoding ? "the document declares"
			  : "a document is in that declares nothing else",
		*letter ? "as ISO-8859-1 it is \"" : "", letter,
		*letter ? "\"" : "", *letter ? ", so " : "", likely);
}

static void document_error_not_ascii(const struct document *d, struct fault *f)
{
	const struct document_byte *byte = &d->bytes.not_ascii;
	bool utf8 = !d->bytes.not_utf8.found;

	document_error_place(f, byte);
	FAULT_SAY(f,
		"byte 0x%02X is not US-ASCII, which the document declares; "
		"declare encoding=\"%s\"",
		byte->value, utf8 ? "utf-8" : "ISO-8859-1");
}

/* Is the encoding the cause? */
static bool document_error_is_encoding(
	const struct document *d, const xmlError *error, struct fault *f)
{
	char encoding[ENCODING_SIZE];

	document_error_encoding(d, encoding);
	if (document_error_is_ascii(encoding) && d->bytes.not_ascii.found &&
		d->bytes.not_ascii.line <= f->line) {
		document_error_not_ascii(d, f);
		return true;
	}
	if (!error || !d->bytes.not_utf8.found ||
		(error->code != XML_ERR_INVALID_CHAR &&
			error->code != XML_ERR_INTERNAL_ERROR) ||
		d->bytes.not_utf8.line != f->line ||
		!document_error_is_utf8(encoding))
		return false;
	document_error_not_utf8(d, encoding, f);
	return true;
}

/* The conversion from another encoding got stuck behind this place. */
static void document_error_put_stuck(const struct document *d, struct fault *f)
{
	char encoding[ENCODING_SIZE];

	document_error_encoding(d, encoding);
	f->mistake = MISTAKE_ENCODING;
	FAULT_SAY(f,
		"here or soon after there is a byte that does not occur in the "
		"encoding of the document, %s",
		*encoding ? encoding : "UTF-16");
}

static bool document_error_is_stuck(const struct document *d)
{
	const xmlParserInput *input = d->parser->input;

	return input && input->buf && input->buf->encoder && input->buf->raw &&
		xmlBufUse(input->buf->raw) > 0;
}

/* --- the end of the file --- */

/* The line of the last character that is no white space. */
static int64_t document_error_last_line(const struct document *d)
{
	const xmlParserInput *input = d->parser->input;
	const xmlChar *end = input ? input->end : NULL;
	int64_t line = document_current_line(d);

	while (end && end > input->base && isspace(end[-1]))
		end--;
	for (const xmlChar *p = input ? input->cur : NULL; p && p < end; p++)
		line += *p == '\n';
	for (const xmlChar *p = end; p && p < input->cur; p++)
		line -= *p == '\n';
	return line;
}

static void document_error_cut_off(const struct document *d, struct fault *f)
{
	const struct open_element *e = document_fault_element(d);
	const struct open_element *root = &d->open[0];
	char name[128] = "";

	f->mistake = MISTAKE_CUT_OFF;
	f->line = document_error_last_line(d);
	if (e)
		document_fault_put_name(name, sizeof(name), e);
	if (!e)
		FAULT_SAY(f, "the file ends here, before the root is complete");
	else if (e == root)
		FAULT_SAY(f,
			"the file ends here, and the root %s of line %lld has "
			"no end tag",
			name, (long long)e->line);
	else
		FAULT_SAY(f,
			"the file ends here, within %s of line %lld; the root "
			"<" NAME "> of line %lld has no end tag either",
			name, (long long)e->line, (const char *)root->name,
			(long long)root->line);
}

/* --- all together --- */

/* There was an error because nothing is there. */
static bool document_error_is_blank_ahead(const struct document *d)
{
	const xmlParserInput *input = d->parser->input;

	for (const xmlChar *p = input ? input->cur : NULL; p && p < input->end;
		p++)
		if (!isspace(*p))
			return false;
	return d->parser->instate == XML_PARSER_START ||
		d->parser->instate == XML_PARSER_MISC ||
		d->parser->instate == XML_PARSER_PROLOG ||
		d->parser->instate == XML_PARSER_EOF;
}

/* What was not finished, or could not be, because nothing follows. */
static bool document_error_is_cut_off(
	const struct document *d, const xmlError *error)
{
	if (!d->ending)
		return false;
	if (error->code == XML_ERR_DOCUMENT_END)
		return d->depth > 0 &&
			d->parser->instate != XML_PARSER_CDATA_SECTION;
	return document_fault_at_end(d) &&
		error->code != XML_ERR_COMMENT_NOT_FINISHED;
}

void document_on_error(void *userdata, xmlErrorPtr error)
{
	struct document *d = userdata;
	struct fault f = {
		.line = error->line,
		.column = error->int2 > 0 ? error->int2 : 0,
	};

	/* Errors that are not fatal, as of a prefix, do not count. */
	if (error->level != XML_ERR_FATAL || document_is_over(d) || d->judging)
		return;
	if (error->code == XML_ERR_NO_MEMORY) {
		d->error = -ENOMEM;
		return;
	}
	if (document_error_is_encoding(d, error, &f))
		;
	else if (document_error_is_cut_off(d, error)) {
		if (document_error_is_stuck(d))
			document_error_put_stuck(d, &f);
		else
			document_error_cut_off(d, &f);
	} else
		document_fault_tell(d, error, &f);
	/* Before there is a root, it may be something else than XML. */
	if (!d->has_root && d->ending && document_error_is_blank_ahead(d)) {
		document_judge(d, VERDICT_NO_ROOT, MISTAKE_NONE, 0,
			"nothing but comments or a declaration");
		return;
	}
	d->result.column = f.column;
	if (d->has_root)
		document_stop_for(d, VERDICT_NOT_WELL_FORMED, f.mistake, f.line,
			f.detail);
	else
		document_judge(d, VERDICT_NOT_WELL_FORMED, f.mistake, f.line,
			f.detail);
}

void document_cut_off(struct document *d)
{
	struct fault f = {0};

	if (d->decided) /* and the parser has no input any more */
		return;
	f.line = document_error_last_line(d);
	if (document_error_is_encoding(d, NULL, &f))
		;
	else if (document_error_is_stuck(d))
		document_error_put_stuck(d, &f);
	else
		document_error_cut_off(d, &f);
	d->result.column = f.column;
	document_stop_for(
		d, VERDICT_NOT_WELL_FORMED, f.mistake, f.line, f.detail);
}

void document_encoding_failed(struct document *d)
{
	struct fault f = {.line = document_current_line(d)};

	if (document_is_over(d) || d->judging)
		return;
	if (!document_error_is_encoding(d, NULL, &f))
		document_error_put_stuck(d, &f);
	d->result.column = f.column;
	document_stop_for(
		d, VERDICT_NOT_WELL_FORMED, f.mistake, f.line, f.detail);
}
