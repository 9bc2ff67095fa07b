/* SPDX-License-Identifier: Apache-2.0 */
/* A document that no root of ours was found in: what its beginning says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-fetch/document-state.h"
#include "lib/base/text.h"
#include "lib/x509/decode-hint.h"

/* Of what is quoted, escapes included. */
#define QUOTE_MAX_BYTES 160

void document_keep_head(struct document *d, const char *data, size_t len)
{
	size_t room = DOCUMENT_HEAD_BYTES - d->head_len;

	if (len > room)
		len = room;
	memcpy(d->head + d->head_len, data, len);
	d->head_len += len;
}

static bool document_head_is_wide(const struct document *d)
{
	return d->head_len >= 2 &&
		(memcmp(d->head, "\xff\xfe", 2) == 0 ||
			memcmp(d->head, "\xfe\xff", 2) == 0);
}

/* --- settings text of old firmware --- */

/* Within <html> and <pre>, or as it is. */
static bool document_head_is_settings_text(const struct document *d)
{
	const char *p = d->head;
	bool in_pre = false;

	if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	p += strspn(p, " \t\r\n");
	if (*p != '<')
		return grammar_is_settings_text(p);
	while (*p == '<') {
		in_pre = in_pre || strncasecmp(p, "<pre", 4) == 0;
		p += strcspn(p, ">");
		p += *p == '>';
		p += strspn(p, " \t\r\n");
	}
	return in_pre && grammar_is_settings_text(p);
}

/* --- what it is instead --- */

bool document_head_is_script(const struct document *d)
{
	struct content is;

	content_recognise(d->head, d->head_len, &is);
	return is.kind == CONTENT_PHP_SOURCE;
}

/* The verdict and the mistake of what is not XML. */
static const struct head_kind {
	enum verdict verdict; /* ACCEPTED: as the parser said */
	enum mistake mistake;
} kinds[CONTENT__END] = {
#define NOT_XML(kind, mistake)                                                 \
	[CONTENT_##kind] = {VERDICT_NOT_XML, MISTAKE_##mistake}
	[CONTENT_EMPTY] = {VERDICT_NO_ROOT, MISTAKE_NONE},
	[CONTENT_BLANK] = {VERDICT_NO_ROOT, MISTAKE_NONE},
	NOT_XML(WEB_PAGE, WEB_PAGE),
	NOT_XML(PHP_MESSAGE, PHP_MESSAGE),
	NOT_XML(PHP_SOURCE, PHP_SOURCE),
	NOT_XML(JSON, JSON),
	NOT_XML(INI, OTHER_SETTINGS),
	NOT_XML(ASSIGNMENTS, OTHER_SETTINGS),
	NOT_XML(TEXT, PLAIN_TEXT),
	NOT_XML(BASE64, CERTIFICATE_FILE),
	NOT_XML(UTF16, PLAIN_TEXT),
	NOT_XML(GZIP, COMPRESSED),
	NOT_XML(ZIP, COMPRESSED),
	NOT_XML(COMPRESSED, COMPRESSED),
	NOT_XML(JAVA_STORE, BINARY),
	NOT_XML(PDF, BINARY),
	NOT_XML(BINARY, BINARY),
	NOT_XML(KEY, PRIVATE_KEY),
	NOT_XML(PEM_TRUSTED, CERTIFICATE_FILE),
	NOT_XML(PEM_REQUEST, CERTIFICATE_FILE),
	NOT_XML(PEM_CERTIFICATE, CERTIFICATE_FILE),
	NOT_XML(PEM_PKCS7, CERTIFICATE_FILE),
	NOT_XML(PEM_CRL, CERTIFICATE_FILE),
	NOT_XML(PEM_PUBLIC_KEY, CERTIFICATE_FILE),
	NOT_XML(PEM_OTHER, CERTIFICATE_FILE),
	NOT_XML(CERTIFICATE, CERTIFICATE_FILE),
	NOT_XML(PKCS7, CERTIFICATE_FILE),
	NOT_XML(PKCS12, PRIVATE_KEY),
	NOT_XML(REQUEST, CERTIFICATE_FILE),
	NOT_XML(CRL, CERTIFICATE_FILE),
	NOT_XML(PUBLIC_KEY, CERTIFICATE_FILE),
	NOT_XML(DER, CERTIFICATE_FILE),
#undef NOT_XML
};

/* Names of values that are nobody's business. */
static const char *const secrets[] = {
	"pass", "secret", "pwd", "token", "key", "pin", "auth", "credential"};

/* Nothing behind the name of a secret, nor the value of a setting. */
static void document_head_hide(struct content *is)
{
	char *end = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		char *p = strcasestr(is->excerpt, secrets[i]);

		end = p && (!end || p < end) ? p : end;
	}
	if (is->kind == CONTENT_ASSIGNMENTS && strchr(is->excerpt, '='))
		end = strchr(is->excerpt, '=');
	if (end && is->kind != CONTENT_PHP_MESSAGE &&
		is->kind != CONTENT_WEB_PAGE)
		*end = 0;
}

/* The first comment, or the text between the tags. */
static void document_head_put_text(
	const struct document *d, char ret[CONTENT_EXCERPT_SIZE])
{
	const char *comment = strstr(d->head, "<!--");
	const char *text = comment ? comment + strlen("<!--") : NULL;
	const char *end = text ? strstr(text, "-->") : NULL;

	if (d->has_root)
		content_text(d->head, d->head_len, ret);
	else if (end)
		content_text(text, (size_t)(end - text), ret);
}

/* The parser's verdict, as it was found; with the text of an error message or
 * comment that was sent instead. */
static void document_head_keep_verdict(struct document *d, int64_t column)
{
	struct document_result said = d->result;
	struct content is = {.kind = CONTENT_XML};
	CLEANUP(free) char *quote = NULL;
	char detail[DOCUMENT_DETAIL_SIZE];

	if (said.verdict == VERDICT_NO_ROOT ||
		said.mistake == MISTAKE_ROOT_FOREIGN)
		document_head_put_text(d, is.excerpt);
	document_head_hide(&is);
	if (text_escape(is.excerpt, strlen(is.excerpt), QUOTE_MAX_BYTES,
		    &quote) < 0) {
		document_fail(d, -ENOMEM);
		return;
	}
	(void)snprintf(detail, sizeof(detail), "%.200s%s%s%s", said.detail,
		*quote ? ": \"" : "", quote, *quote ? "\"" : "");
	d->result.column = column;
	document_stop_for(d, said.verdict, said.mistake, said.line,
		*quote ? detail : said.detail);
}

/* Does the text end, and XML begin? Where. */
static const char *document_head_find_xml(const struct document *d)
{
	const char *found = NULL;
	static const char *const starts[] = {"<?xml", "<settings",
		"<setting-files", "<certificates", "<phone-settings"};

	for (size_t i = 0; i < ARRAY_SIZE(starts) && !found; i++)
		found = strstr(d->head, starts[i]);
	return found;
}

static int64_t document_head_line_of(const struct document *d, const char *p)
{
	int64_t line = 1;

	for (const char *at = d->head; at < p; at++)
		line += *at == '\n' || (*at == '\r' && at[1] != '\n');
	return line;
}

/* Text before XML, which would be read without it. */
static void document_head_text_before(
	struct document *d, const char *xml, const char *quote)
{
	char detail[DOCUMENT_DETAIL_SIZE];

	if (xml == d->head + 6 && memcmp(d->head + 3, "\xef\xbb\xbf", 3) == 0)
		(void)snprintf(detail, sizeof(detail),
			"there are two byte order marks at its beginning");
	else
		(void)snprintf(detail, sizeof(detail),
			"there is text before <%.*s of line %lld: \"%s\"",
			(int)strcspn(xml + 1, " \t\r\n/>"), xml + 1,
			(long long)document_head_line_of(d, xml), quote);
	document_stop_for(d, VERDICT_NOT_WELL_FORMED,
		MISTAKE_BEFORE_DECLARATION, 1, detail);
}

static const char *document_head_label(enum content_kind kind)
{
	if (kind == CONTENT_WEB_PAGE)
		return ", titled ";
	return kind == CONTENT_PHP_MESSAGE ? ", " : " that begins with ";
}

static void document_head_tell(
	struct document *d, const struct content *is, const char *quote)
{
	const struct head_kind *k = &kinds[is->kind];
	bool before = is->kind == CONTENT_PHP_MESSAGE &&
		document_head_find_xml(d) != NULL;
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail), "%s%s%s%s%s%s",
		content_name(is->kind),
		*quote ? document_head_label(is->kind) : "", *quote ? "\"" : "",
		quote, *quote ? "\"" : "", before ? ", before the XML" : "");
	document_stop_for(d, k->verdict, k->mistake,
		k->verdict == VERDICT_NO_ROOT ? 0
			: is->line > 0        ? (int64_t)is->line
					      : 1,
		detail);
}

static void document_head_conclude(struct document *d, struct content *is)
{
	CLEANUP(free) char *quote = NULL;
	const char *xml = NULL;
	char *end = NULL;

	if (is->kind == CONTENT_TEXT)
		xml = document_head_find_xml(d);
	end = xml ? strchr(is->excerpt, '<') : NULL;
	if (end)
		*end = 0;
	document_head_hide(is);
	if (text_escape(is->excerpt, strlen(is->excerpt), QUOTE_MAX_BYTES,
		    &quote) < 0) {
		document_fail(d, -ENOMEM);
		return;
	}
	if (xml)
		document_head_text_before(d, xml, quote);
	else
		document_head_tell(d, is, quote);
}

void document_conclude(struct document *d)
{
	int64_t column = d->result.column; /* of what the parser said */
	struct content is;

	if (document_is_over(d))
		return;
	d->result.column = 0;
	d->head[d->head_len] = 0;
	decode_recognise(d->head, d->head_len, &is);
	if (is.kind == CONTENT_UTF16 && !d->has_root &&
		!document_head_is_wide(d))
		document_stop_for(d, VERDICT_NOT_WELL_FORMED, MISTAKE_ENCODING,
			1, "it is UTF-16 without a byte order mark");
	else if (is.kind != CONTENT_PHP_MESSAGE &&
		document_head_is_settings_text(d))
		document_stop_for(d, VERDICT_TEXT_FORMAT, MISTAKE_NONE,
			d->result.line > 0 ? d->result.line : 1, "");
	else if (kinds[is.kind].verdict == VERDICT_ACCEPTED ||
		(is.kind == CONTENT_UTF16 && d->has_root))
		document_head_keep_verdict(d, column);
	else
		document_head_conclude(d, &is);
}
