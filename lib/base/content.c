/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/content.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/base/utf8.h"

/* Shorter runs of letters are words, not base64. */
#define BASE64_MIN_BYTES 64
/* Lines of text that are looked at for a message of PHP. */
#define MESSAGE_MAX_LINES 16

static const char *const names[CONTENT__END] = {
	[CONTENT_EMPTY] = "an empty file",
	[CONTENT_BLANK] = "nothing but white space",
	[CONTENT_XML] = "an XML document",
	[CONTENT_MARKUP] = "an XML or HTML document",
	[CONTENT_WEB_PAGE] =
		"a web page (HTML), maybe an error page of the server",
	[CONTENT_PHP_MESSAGE] = "a message of PHP",
	[CONTENT_PHP_SOURCE] =
		"the source of a PHP script, which the server did not execute",
	[CONTENT_JSON] = "JSON",
	[CONTENT_INI] = "an INI file",
	[CONTENT_ASSIGNMENTS] = "text with lines of name=value",
	[CONTENT_TEXT] = "text",
	[CONTENT_BASE64] = "base64 text",
	[CONTENT_UTF16] = "UTF-16 text",
	[CONTENT_GZIP] = "gzip data",
	[CONTENT_ZIP] = "a zip archive",
	[CONTENT_COMPRESSED] = "compressed data",
	[CONTENT_JAVA_STORE] = "a Java key store",
	[CONTENT_PDF] = "a PDF file",
	[CONTENT_BINARY] = "binary data",
	[CONTENT_KEY] =
		("a private key, which must never be published: anybody may "
		 "have fetched it, so the key has to be replaced"),
	[CONTENT_PEM_TRUSTED] = "a PEM file with trust settings of OpenSSL",
	[CONTENT_PEM_REQUEST] =
		"a certificate request, which a CA has yet to sign",
	[CONTENT_PEM_CERTIFICATE] = "a PEM file",
	[CONTENT_PEM_PKCS7] = "a PKCS#7 file in PEM form",
	[CONTENT_PEM_CRL] = "a revocation list in PEM form",
	[CONTENT_PEM_PUBLIC_KEY] = "a public key without a certificate",
	[CONTENT_PEM_OTHER] = "a PEM file without a certificate",
	[CONTENT_CERTIFICATE] = "a certificate in DER form",
	[CONTENT_PKCS7] = "a PKCS#7 file",
	[CONTENT_PKCS12] = ("a PKCS#12 file; when it holds a private key, that "
			    "is no longer secret"),
	[CONTENT_REQUEST] = "a certificate request, which a CA has yet to sign",
	[CONTENT_CRL] = "a revocation list",
	[CONTENT_PUBLIC_KEY] = "a public key without a certificate",
	[CONTENT_DER] = "a file in DER form, as certificates and keys have it",
};

const char *content_name(enum content_kind kind)
{
	assert((unsigned)kind < CONTENT__END);
	return names[kind];
}

/* --- text --- */

/* What is left of a text. */
struct content_text {
	const char *start; /* of all of it */
	const char *p;
	const char *end;
};

static bool content_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void content_skip_space(struct content_text *t)
{
	while (t->p < t->end && content_is_space(*t->p))
		t->p++;
}

static size_t content_left(const struct content_text *t)
{
	return (size_t)(t->end - t->p);
}

static bool content_begins(const struct content_text *t, const char *start)
{
	size_t len = strlen(start);

	return content_left(t) >= len && strncasecmp(t->p, start, len) == 0;
}

static bool content_is_end_of_line(char c)
{
	return c == '\n' || c == '\r';
}

static const char *content_end_of_line(const char *p, const char *end)
{
	while (p < end && !content_is_end_of_line(*p))
		p++;
	return p;
}

static size_t content_line_of(const struct content_text *t, const char *where)
{
	size_t line = 1;

	for (const char *p = t->start; p < where; p++)
		line += *p == '\n' ||
			(*p == '\r' && (p + 1 == where || p[1] != '\n'));
	return line;
}

/* How many bytes at the end are the beginning of a character. */
static size_t content_cut_bytes(const char *text, size_t len)
{
	size_t n = 1;

	while (n < 4 && n < len && (text[len - n] & 0xc0) == 0x80)
		n++;
	if (n > len || (text[len - n] & 0xc0) != 0xc0)
		return 0;
	return utf8_valid_bytes(text + len - n, n) == n ? 0 : n;
}

/* Without what is between < and >; runs of white space are one blank. */
static void content_put_excerpt(
	char *ret, const char *from, const char *end, bool markup)
{
	size_t n = 0;
	bool in_tag = false;

	for (const char *p = from; p < end && n + 1 < CONTENT_EXCERPT_SIZE;
		p++) {
		if (markup && (*p == '<' || *p == '>'))
			in_tag = *p == '<';
		else if (in_tag)
			continue;
		else if (!content_is_space(*p))
			ret[n++] = *p;
		else if (n > 0 && ret[n - 1] != ' ')
			ret[n++] = ' ';
	}
	if (n + 1 == CONTENT_EXCERPT_SIZE) /* perhaps within a character */
		n -= content_cut_bytes(ret, n);
	while (n > 0 && ret[n - 1] == ' ')
		n--;
	ret[n] = 0;
}

void content_text(const void *data, size_t len, char ret[CONTENT_EXCERPT_SIZE])
{
	const char *from = data;

	content_put_excerpt(ret, from,
		from + (len < CONTENT_MAX_BYTES ? len : CONTENT_MAX_BYTES),
		true);
}

/* --- PEM --- */

static const struct pem_label {
	const char *label; /* a label that ends so */
	enum content_kind kind;
} pem_labels[] = {
	{"PRIVATE KEY", CONTENT_KEY},
	{"TRUSTED CERTIFICATE", CONTENT_PEM_TRUSTED},
	{"CERTIFICATE REQUEST", CONTENT_PEM_REQUEST},
	{"CERTIFICATE", CONTENT_PEM_CERTIFICATE},
	{"PKCS7", CONTENT_PEM_PKCS7},
	{"CMS", CONTENT_PEM_PKCS7},
	{"CRL", CONTENT_PEM_CRL},
	{"PUBLIC KEY", CONTENT_PEM_PUBLIC_KEY},
};

/* Of the label that starts at text. */
static enum content_kind content_of_label(const char *text, size_t len)
{
	const char *end = memmem(text, len, "-----", 5);
	size_t n = end ? (size_t)(end - text) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(pem_labels); i++) {
		size_t m = strlen(pem_labels[i].label);

		if (n >= m && memcmp(text + n - m, pem_labels[i].label, m) == 0)
			return pem_labels[i].kind;
	}
	return CONTENT_PEM_OTHER;
}

/* A file may contain several things: the worst of them counts. */
static bool content_is_pem(const struct content_text *t, struct content *ret)
{
	static const char begin[] = "-----BEGIN ";
	const char *p = t->p;
	enum content_kind worst = CONTENT__END;

	for (;;) {
		enum content_kind found = CONTENT__END;

		p = memmem(p, (size_t)(t->end - p), begin, strlen(begin));
		if (!p)
			break;
		p += strlen(begin);
		found = content_of_label(p, (size_t)(t->end - p));
		worst = found < worst ? found : worst;
	}
	ret->kind = worst == CONTENT__END ? CONTENT_UNKNOWN : worst;
	return worst != CONTENT__END;
}

/* --- what starts like something --- */

struct magic {
	const char *start;
	size_t len;
	enum content_kind kind;
};
#define MAGIC(start, kind)                                                     \
	{                                                                      \
		start, sizeof(start) - 1, CONTENT_##kind                       \
	}

/* Bytes that must match exactly. */
static const struct magic magics[] = {
	MAGIC("\x1f\x8b", GZIP),
	MAGIC("PK\x03\x04", ZIP),
	MAGIC("BZh", COMPRESSED),
	MAGIC("\xfd"
	      "7zXZ",
		COMPRESSED),
	MAGIC("\x28\xb5\x2f\xfd", COMPRESSED),
	MAGIC("\xfe\xed\xfe\xed", JAVA_STORE),
	MAGIC("%PDF-", PDF),
	MAGIC("\xfe\xff", UTF16),
	MAGIC("\xff\xfe", UTF16),
	MAGIC("<\0", UTF16),
	MAGIC("\0<", UTF16),
};

static bool content_is_magic(const struct content_text *t, struct content *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];

		if (content_left(t) < m->len ||
			memcmp(t->p, m->start, m->len) != 0)
			continue;
		ret->kind = m->kind;
		return true;
	}
	return false;
}

/* --- PHP --- */

static const char *const php_levels[] = {
	"parse error",
	"fatal error",
	"warning",
	"notice",
	"deprecated",
	"strict standards",
	"recoverable fatal error",
	"catchable fatal error",
};

/* What PHP says where: an error that nothing caught names no line. */
static const char *const php_places[] = {" on line ", "Uncaught ", ".php"};

static bool content_names_php_place(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(php_places); i++)
		if (strcasestr(message, php_places[i]))
			return true;
	return strlen(message) + 2 > CONTENT_EXCERPT_SIZE;
}

/* "PHP Warning:  ..." or "Warning: ... on line 3", as in the log and as in a
 * page. */
static bool content_is_php_line(const char *line)
{
	static const char xdebug[] = "( ! ) ";
	bool sure = strncasecmp(line, "PHP ", 4) == 0;
	const char *p = sure ? line + 4 : line;

	if (strncmp(p, xdebug, strlen(xdebug)) == 0)
		p += strlen(xdebug);
	for (size_t i = 0; i < ARRAY_SIZE(php_levels); i++) {
		size_t n = strlen(php_levels[i]);

		if (strncasecmp(p, php_levels[i], n) == 0 && p[n] == ':')
			return sure || content_names_php_place(p);
	}
	return false;
}

/* With short tags as well, which no XML begins with. */
static bool content_is_script(const struct content_text *t)
{
	return content_begins(t, "<?php") || content_begins(t, "<?=") ||
		(content_begins(t, "<?") && content_left(t) > 2 &&
			content_is_space(t->p[2]));
}

/* In the first lines, whatever tags are around it. */
static bool content_is_php(const struct content_text *t, struct content *ret)
{
	const char *p = t->p;

	if (content_is_script(t)) {
		ret->kind = CONTENT_PHP_SOURCE;
		return true;
	}
	for (int i = 0; i < MESSAGE_MAX_LINES && p < t->end; i++) {
		const char *end = content_end_of_line(p, t->end);

		content_put_excerpt(ret->excerpt, p, end, true);
		if (content_is_php_line(ret->excerpt)) {
			ret->kind = CONTENT_PHP_MESSAGE;
			ret->line = content_line_of(t, p);
			return true;
		}
		if (ret->excerpt[0])
			break; /* something else comes first */
		p = end < t->end ? end + 1 : end;
	}
	ret->excerpt[0] = 0;
	return false;
}

/* --- markup --- */

/* Elements of HTML that a fragment of a page begins with. */
static const char *const page_tags[] = {"html", "head", "body", "title", "meta",
	"h1", "h2", "h3", "p", "div", "span", "center", "font", "table", "form",
	"br", "b", "hr", "pre", "script", "style", "link", "img", "a"};

/* Behind comments, declarations and the document type. */
static void content_skip_prologue(struct content_text *t)
{
	for (;;) {
		const char *end = NULL;

		content_skip_space(t);
		if (content_begins(t, "<!--"))
			end = memmem(t->p + 4, content_left(t) - 4, "-->", 3);
		else if (content_begins(t, "<?xml") ||
			(content_begins(t, "<!doctype") &&
				!content_begins(t, "<!doctype html")))
			end = memchr(t->p, '>', content_left(t));
		if (!end)
			return;
		t->p = end + (*end == '-' ? 3 : 1);
	}
}

static bool content_is_page_tag(const struct content_text *t)
{
	size_t n = 0;

	if (t->p == t->end || *t->p != '<')
		return false;
	while (n + 1 < content_left(t) && isalnum((unsigned char)t->p[n + 1]))
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(page_tags); i++)
		if (strlen(page_tags[i]) == n &&
			strncasecmp(t->p + 1, page_tags[i], n) == 0)
			return true;
	return false;
}

static const char *content_find_tag(
	const struct content_text *t, const char *tag)
{
	size_t len = strlen(tag);

	for (const char *p = t->p; (size_t)(t->end - p) >= len; p++) {
		p = memchr(p, '<', (size_t)(t->end - p));
		if (!p || (size_t)(t->end - p) < len)
			return NULL;
		if (strncasecmp(p, tag, len) == 0)
			return p;
	}
	return NULL;
}

/* The title, or else the first heading. */
static void content_put_title(const struct content_text *t, struct content *ret)
{
	const char *p = content_find_tag(t, "<title");
	const char *end = NULL;

	if (!p)
		p = content_find_tag(t, "<h1");
	if (!p)
		return;
	ret->line = content_line_of(t, p);
	p = memchr(p, '>', (size_t)(t->end - p));
	end = p ? memchr(p, '<', (size_t)(t->end - p)) : NULL;
	if (end)
		content_put_excerpt(ret->excerpt, p + 1, end, false);
	if (!ret->excerpt[0])
		ret->line = 0;
}

static bool content_is_markup(
	const struct content_text *whole, struct content *ret)
{
	struct content_text t = *whole;

	if (t.p == t.end || *t.p != '<')
		return false;
	content_skip_prologue(&t);
	if (content_begins(&t, "<!doctype html") || content_is_page_tag(&t)) {
		ret->kind = CONTENT_WEB_PAGE;
		content_put_title(&t, ret);
		return true;
	}
	ret->kind =
		t.p > whole->p && content_begins(whole, "<!--") && t.p == t.end
		? CONTENT_MARKUP
		: CONTENT_XML;
	return true;
}

/* --- JSON, settings of others --- */

static bool content_is_json(const struct content_text *whole)
{
	struct content_text t = *whole;
	char open = '\0';

	if (t.p < t.end)
		open = *t.p;
	if (content_left(&t) < 8 &&
		(content_begins(&t, "null") || content_begins(&t, "true") ||
			content_begins(&t, "false")))
		return true;
	if (open != '{' && open != '[')
		return false;
	t.p++;
	content_skip_space(&t);
	if (t.p == t.end)
		return true;
	return open == '{' ? strchr("\"}", *t.p) != NULL
			   : strchr("{[\"]-0123456789", *t.p) != NULL;
}

/* Past comments in the ways of settings files. */
static void content_skip_comments(struct content_text *t)
{
	content_skip_space(t);
	while (t->p < t->end && (*t->p == '#' || *t->p == ';')) {
		t->p = content_end_of_line(t->p, t->end);
		content_skip_space(t);
	}
}

static enum content_kind content_of_settings(const struct content_text *whole)
{
	struct content_text t = *whole;
	const char *end = NULL;
	const char *p = NULL;

	content_skip_comments(&t);
	end = content_end_of_line(t.p, t.end);
	if (t.p < end && *t.p == '[' && memchr(t.p, ']', (size_t)(end - t.p)))
		return CONTENT_INI;
	for (p = t.p;
		p < end && (isalnum((unsigned char)*p) || strchr("_.-", *p));)
		p++;
	if (p == t.p)
		return CONTENT_TEXT;
	while (p < end && content_is_space(*p))
		p++;
	return p < end && *p == '=' ? CONTENT_ASSIGNMENTS : CONTENT_TEXT;
}

/* --- all together --- */

bool content_is_base64(const void *data, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/=";
	const char *text = data;

	for (size_t i = 0; i < len; i++)
		if (!content_is_space(text[i]) &&
			!memchr(alphabet, text[i], sizeof(alphabet) - 1))
			return false;
	return len >= BASE64_MIN_BYTES;
}

static bool content_is_binary(const struct content_text *t)
{
	for (const char *p = t->p; p < t->end; p++)
		if ((unsigned char)*p < ' ' && !content_is_space(*p) &&
			*p != '\x1b')
			return true;
	return false;
}

/* Text that is nothing else: which? */
static void content_recognise_text(
	const struct content_text *whole, size_t len, struct content *ret)
{
	struct content_text t = *whole;

	if (content_is_json(&t))
		ret->kind = CONTENT_JSON;
	else if (content_is_base64(t.start, len))
		ret->kind = CONTENT_BASE64;
	else
		ret->kind = content_of_settings(&t);
	if (ret->kind == CONTENT_INI || ret->kind == CONTENT_ASSIGNMENTS)
		content_skip_comments(&t);
	content_put_excerpt(
		ret->excerpt, t.p, content_end_of_line(t.p, t.end), false);
	ret->line = content_line_of(&t, t.p);
}

void content_recognise(const void *data, size_t len, struct content *ret)
{
	size_t n = len < CONTENT_MAX_BYTES ? len : CONTENT_MAX_BYTES;
	struct content_text t = {.start = data, .p = data};

	t.end = t.start + n;
	*ret = (struct content){.kind = CONTENT_EMPTY};
	if (n == 0 || content_is_magic(&t, ret))
		return;
	if (n >= 3 && memcmp(t.p, "\xef\xbb\xbf", 3) == 0)
		t.p += 3;
	content_skip_space(&t);
	if (t.p == t.end)
		ret->kind = CONTENT_BLANK;
	else if (content_is_php(&t, ret) || content_is_markup(&t, ret) ||
		content_is_pem(&t, ret))
		return;
	else if (content_is_binary(&t))
		ret->kind = CONTENT_BINARY;
	else
		content_recognise_text(&t, len, ret);
}
