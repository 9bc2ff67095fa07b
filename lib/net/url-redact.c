/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hides credentials in any text. A URL that can be read in one way only loses
 * its userinfo. Where a reader could take it for something else (a slash or
 * blank in a password, a URL inside a URL, escapes of escapes), everything up
 * to the last at sign goes; that of an e-mail address in the name of a
 * certificate (emailAddress=security@example.com) is none of a URL's. In a
 * query the names stay and the values go, since many servers ask for
 * ?password=... . The time is linear in the text.
 */
#include "lib/net/url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define HIDDEN "***"
/* In the name of a parameter; any other character belongs to a value. */
#define PARAMETER_CHARS                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._[]{}"
/* Of an e-mail address in the name of a certificate. */
#define HOST_CHARS                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."
#define LOCAL_CHARS HOST_CHARS "_+"
#define ATTRIBUTE_BEGINS " ,+\"'(<"
#define ATTRIBUTE_ENDS " ,+\"')>:;"
#define TOKEN_ENDS " \t\r\n\"'<>"
#define VALUE_ENDS "&# \t\r\n\"<>"

struct redaction {
	const char *p;             /* what is next */
	const char *last_at;       /* the last at sign of the text, or NULL */
	const char *last_other_at; /* the last that is of no e-mail address */
	bool hide_queries;
	char *out; /* four times the text: enough */
	size_t len;
};

/* The length of character c at p, plain or escaped (%3A, %253A and so on); 0
 * when there is another one. */
static size_t url_redact_length_of(const char *p, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 1;

	if (*p == c)
		return 1;
	if (*p != '%')
		return 0;
	while (p[n] == '2' && p[n + 1] == '5')
		n += 2;
	if (p[n] != digits[c >> 4])
		return 0;
	if ((p[n + 1] & ~0x20) != digits[c & 15] && p[n + 1] != digits[c & 15])
		return 0;
	return n + 2;
}

static size_t url_redact_length_of_slashes(const char *p)
{
	size_t n = 0;
	size_t one = 0;

	do {
		one = url_redact_length_of(p + n, '/');
		if (!one)
			one = url_redact_length_of(p + n, '\\');
		n += one;
	} while (one);
	return n;
}

/* The length of "://" in any spelling, 0 when there is none at p. */
static size_t url_redact_length_of_separator(const char *p)
{
	size_t colon = url_redact_length_of(p, ':');
	size_t slashes = colon ? url_redact_length_of_slashes(p + colon) : 0;

	return slashes ? colon + slashes : 0;
}

static const char *url_redact_last_at_sign(const char *from, const char *end)
{
	const char *last = NULL;

	for (const char *p = from; p < end; p++)
		if (url_redact_length_of(p, '@'))
			last = p;
	return last;
}

/* Is this the at sign of an attribute's value, as emailAddress=a@example.com? A
 * password that looks so would have to come after a blank, in a URL that can be
 * read without it. */
static bool url_redact_is_mail(const char *text, const char *at)
{
	const char *value = at;
	const char *name = NULL;
	size_t host = strspn(at + 1, HOST_CHARS);

	while (value > text && strchr(LOCAL_CHARS, value[-1]))
		value--;
	if (*at != '@' || value == at || value == text || value[-1] != '=' ||
		!memchr(at + 1, '.', host))
		return false;
	name = value - 1;
	while (name > text && strchr(HOST_CHARS, name[-1]))
		name--;
	return name < value - 1 &&
		(name == text || strchr(ATTRIBUTE_BEGINS, name[-1])) &&
		(!at[1 + host] || strchr(ATTRIBUTE_ENDS, at[1 + host]));
}

static const char *url_redact_last_other_at_sign(
	const char *text, const char *end)
{
	const char *last = NULL;

	for (const char *p = text; p < end; p++)
		if (url_redact_length_of(p, '@') &&
			!url_redact_is_mail(text, p))
			last = p;
	return last;
}

static const char *url_redact_end_of_token(const char *p)
{
	return p + strcspn(p, TOKEN_ENDS);
}

/* --- output --- */

static void url_redact_put(struct redaction *d, const char *text, size_t len)
{
	memcpy(d->out + d->len, text, len);
	d->len += len;
}

static void url_redact_put_next(struct redaction *d)
{
	char piece[TEXT_PIECE_SIZE];

	d->p += text_piece(d->p, strnlen(d->p, UTF8_MAX_BYTES), piece);
	url_redact_put(d, piece, strlen(piece));
}

static void url_redact_put_until(struct redaction *d, const char *end)
{
	while (d->p < end)
		url_redact_put_next(d);
}

/* Everything up to and with the at sign goes. */
static void url_redact_hide_to(struct redaction *d, const char *at)
{
	url_redact_put(d, HIDDEN "@", strlen(HIDDEN) + 1);
	d->p = at + url_redact_length_of(at, '@');
}

/* --- userinfo --- */

/* Parse host, port and userinfo between start and end. */
static bool url_redact_parse_authority(
	const char *start, const char *end, struct url *ret)
{
	char text[sizeof("http://") + URL_MAX_CHARS];
	size_t len = (size_t)(end - start);

	if (len == 0 || len > URL_MAX_CHARS)
		return false;
	(void)snprintf(text, sizeof(text), "http://%.*s", (int)len, start);
	return url_parse(text, ret) == 0;
}

/*
 * An authority that parses may still be part of the credentials. host:port
 * looks like user:digits, a colon at the end may belong to another "://", and
 * u:p@ss may be the beginning of "u:p@ss word@host". A dot or a bracket tells
 * a host.
 */
static bool url_redact_is_ambiguous(
	const char *start, const char *end, const struct url *u)
{
	bool has_dot = strpbrk(u->host, ".[");

	if (u->userinfo)
		return !has_dot && *end && strchr(TOKEN_ENDS, *end);
	return end[-1] == ':' ||
		(!has_dot && memchr(start, ':', (size_t)(end - start)));
}

/* After "://": hide what may be credentials, then go on from the host. */
static void url_redact_put_authority(struct redaction *d)
{
	CLEANUP(url_done) struct url u = {0};
	const char *end = d->p + strcspn(d->p, "/?#\\" TOKEN_ENDS);
	bool parses = url_redact_parse_authority(d->p, end, &u);
	bool certain = parses && !url_redact_is_ambiguous(d->p, end, &u);
	const char *last = NULL;

	if (certain && u.userinfo) {
		url_redact_hide_to(d,
			url_redact_last_at_sign(
				d->p, url_redact_end_of_token(d->p)));
		return;
	}
	last = parses ? d->last_other_at : d->last_at;
	if (!certain && last && last >= d->p) {
		url_redact_hide_to(d, last);
		return;
	}
	/* No at sign: a URL that was cut off in the middle of a password. */
	if (!parses && memchr(d->p, ':', (size_t)(end - d->p))) {
		url_redact_put(d, HIDDEN, strlen(HIDDEN));
		d->p = end;
	}
	url_redact_put_until(d, end);
}

/* The at sign that a token without "://" has behind user:password, or NULL. */
static const char *url_redact_find_credentials(const char *p)
{
	const char *at = url_redact_last_at_sign(p, url_redact_end_of_token(p));

	for (; at && p < at; p++) {
		if (url_redact_length_of_separator(p))
			return NULL;
		if (url_redact_length_of(p, ':'))
			return at;
	}
	return NULL;
}

/* --- queries --- */

/* The length of the name at the head of "name=value", 0 without one. */
static size_t url_redact_length_of_name(const char *p)
{
	size_t len = strspn(p, PARAMETER_CHARS);

	return p[len] == '=' ? len : 0;
}

/* A letter or digit: not the punctuation of a sentence around a URL. */
static bool url_redact_is_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') || c == '%' || (uint8_t)c >= 0x80;
}

static bool url_redact_has_word(const char *p, const char *end)
{
	while (p < end && !url_redact_is_of_word(*p))
		p++;
	return p < end;
}

/* A value may hold what separates parameters elsewhere, and apostrophes: one
 * ends the text only where nothing but punctuation follows. */
static const char *url_redact_end_of_value(const char *p)
{
	const char *end = p + strcspn(p, VALUE_ENDS);
	const char *word = end;

	while (word > p && !url_redact_is_of_word(word[-1]))
		word--;
	return word + strcspn(word, "'" VALUE_ENDS);
}

/* A value that was hidden before ends there if a sentence goes on, as in
 * "url:5:". Anything else behind it may belong to a secret. */
static const char *url_redact_end_of_hidden(const char *p, const char *end)
{
	const char *rest = p + strlen(HIDDEN);

	if (strncmp(p, HIDDEN, strlen(HIDDEN)) != 0)
		return end;
	if (rest < end && strchr(":,.)", *rest) &&
		!url_redact_has_word(rest + strspn(rest, ":0123456789"), end))
		return rest;
	return end;
}

/*
 * After the character that begins a parameter: the name stays, the value is
 * hidden. Without a name all of it is the value, unless this is not in a URL:
 * then it is treated like the rest of the text.
 */
static void url_redact_put_parameter(struct redaction *d, bool is_url)
{
	size_t name = url_redact_length_of_name(d->p);
	const char *end = NULL;

	if (name > 0)
		url_redact_put_until(d, d->p + name + 1);
	else if (!is_url)
		return;
	end = url_redact_end_of_hidden(d->p, url_redact_end_of_value(d->p));
	if (d->p < end)
		url_redact_put(d, HIDDEN, strlen(HIDDEN));
	d->p = end;
}

static bool url_redact_begins_parameter(
	const struct redaction *d, bool in_query)
{
	return d->hide_queries && strchr(in_query ? "?#&;" : "?#", *d->p);
}

/* --- the whole --- */

static void url_redact_put_token(struct redaction *d)
{
	const char *end = url_redact_end_of_token(d->p);
	const char *at = url_redact_find_credentials(d->p);
	bool is_url = false;
	bool in_query = false;

	if (at)
		url_redact_hide_to(d, at);
	for (; d->p<end; end = d->p> end ? url_redact_end_of_token(d->p)
					 : end) {
		size_t n = url_redact_length_of_separator(d->p);

		if (url_redact_begins_parameter(d, in_query)) {
			in_query = true;
			url_redact_put_next(d);
			url_redact_put_parameter(d, is_url);
		} else if (n == 0) {
			url_redact_put_next(d);
		} else {
			url_redact_put_until(d, d->p + n);
			url_redact_put_authority(d);
			is_url = true;
		}
	}
	if (*d->p)
		url_redact_put_next(d);
}

static int url_redact_text(const char *text, bool hide_queries, char **ret)
{
	size_t len = strlen(text);
	CLEANUP(free) char *out = malloc(4 * len + sizeof(HIDDEN "@"));
	struct redaction d = {
		.p = text,
		.last_at = url_redact_last_at_sign(text, text + len),
		.last_other_at =
			url_redact_last_other_at_sign(text, text + len),
		.hide_queries = hide_queries,
		.out = out,
	};

	if (!out)
		return -ENOMEM;
	while (*d.p)
		url_redact_put_token(&d);
	out[d.len] = 0;
	*ret = TAKE_PTR(out);
	return 0;
}

int url_redact(const char *text, char **ret)
{
	return url_redact_text(text, true, ret);
}

int url_redact_userinfo(const char *text, char **ret)
{
	return url_redact_text(text, false, ret);
}
