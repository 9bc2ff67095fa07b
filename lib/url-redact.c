/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hiding credentials in any text. A URL that reads in one way only loses its
 * userinfo; where a reader could mean something else (an unescaped slash or
 * blank in a password, a URL inside a URL, escapes of escapes), everything
 * up to the last at sign goes. One pass, linear in the text but for bounded
 * look-ahead.
 */
#include "lib/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN "***"
#define TOKEN_ENDS " \t\r\n\"'<>"

struct redaction {
	const char *p;         /* what is next */
	const char *last_at;   /* the last at sign of the text, or NULL */
	const char *token_end; /* of the token p is in */
	const char *token_at;  /* the last at sign of the token, or NULL */
	char *out;             /* four times the text: enough */
	size_t len;
};

/*
 * The length of character c at p, plain or escaped (%3A, %253A and so on).
 * 0 when it is another.
 */
static size_t length_of(const char *p, char c)
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

static size_t length_of_slashes(const char *p)
{
	size_t n = 0;
	size_t one = 0;

	do {
		one = length_of(p + n, '/');
		if (!one)
			one = length_of(p + n, '\\');
		n += one;
	} while (one);
	return n;
}

/* The length of "://" in whatever spelling, 0 when there is none at p. */
static size_t length_of_separator(const char *p)
{
	size_t colon = length_of(p, ':');
	size_t slashes = colon ? length_of_slashes(p + colon) : 0;

	return slashes ? colon + slashes : 0;
}

static const char *last_at_sign(const char *from, const char *end)
{
	const char *last = NULL;

	for (const char *p = from; p < end; p++)
		if (length_of(p, '@'))
			last = p;
	return last;
}

static bool is_token_end(char c)
{
	return !c || strchr(TOKEN_ENDS, c);
}

/* --- output --- */

static void put(struct redaction *d, const char *text, size_t len)
{
	memcpy(d->out + d->len, text, len);
	d->len += len;
}

static bool is_continuation(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* The length of the UTF-8 sequence by its first byte; 0 is none. */
static size_t sequence_length(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

static uint32_t code_point(const uint8_t *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0xffU >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	return c;
}

/* What steers a terminal or the direction of writing, instead of showing. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Overlong forms, surrogates and what is past U+10FFFF are not UTF-8. */
static bool is_scalar(uint32_t c, size_t n)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

	return c >= smallest[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* The bytes at s that may stand as they are; 0: escape the first. */
static size_t printable_length(const uint8_t *s)
{
	size_t n = sequence_length(s[0]);
	uint32_t c = 0;

	for (size_t i = 1; i < n; i++)
		if (!is_continuation(s[i]))
			return 0;
	if (n == 0)
		return 0;
	c = code_point(s, n);
	return is_scalar(c, n) && !is_control(c) ? n : 0;
}

static void put_next(struct redaction *d)
{
	size_t n = printable_length((const uint8_t *)d->p);
	char hex[3];

	if (n > 0) {
		put(d, d->p, n);
		d->p += n;
		return;
	}
	hex_format((const uint8_t *)d->p, 1, hex);
	put(d, "\\x", 2);
	put(d, hex, 2);
	d->p++;
}

static void put_until(struct redaction *d, const char *end)
{
	while (d->p < end)
		put_next(d);
}

/* --- decisions --- */

static void enter_token(struct redaction *d)
{
	const char *end = d->p;

	while (!is_token_end(*end))
		end++;
	d->token_end = end;
	d->token_at = last_at_sign(d->p, end);
}

/* Everything from here to the at sign goes. */
static void hide_to(struct redaction *d, const char *at)
{
	put(d, HIDDEN "@", strlen(HIDDEN) + 1);
	d->p = at + length_of(at, '@');
	if (d->p >= d->token_end)
		enter_token(d);
	else
		d->token_at = last_at_sign(d->p, d->token_end);
}

enum authority {
	AUTHORITY_PLAIN, /* host, or host:port, and nothing else it could be */
	AUTHORITY_USERINFO,  /* userinfo@host */
	AUTHORITY_AMBIGUOUS, /* what looks like host:port may be user:password
			      */
	AUTHORITY_BROKEN,    /* no reader could connect there */
};

/*
 * host:port and user:digits look alike; a dot or bracket says host. A colon
 * at the end may belong to another "://".
 */
static bool may_be_user(const char *text, const struct url *u)
{
	if (text[strlen(text) - 1] == ':')
		return true;
	return strchr(text, ':') && !strpbrk(u->host, ".[");
}

static enum authority read_authority(const char *start, const char *end)
{
	static const char scheme[] = "http://";
	CLEANUP(url_done) struct url u = {0};
	char text[sizeof(scheme) + URL_MAX_CHARS] = {0};
	size_t len = (size_t)(end - start);

	if (len == 0 || len > URL_MAX_CHARS)
		return AUTHORITY_BROKEN;
	memcpy(text, scheme, strlen(scheme));
	memcpy(text + strlen(scheme), start, len);
	if (url_parse(text, &u) < 0)
		return AUTHORITY_BROKEN;
	/* "u:p@ss word@host": a blank behind a name of one label */
	if (u.userinfo)
		return *end && is_token_end(*end) && !strpbrk(u.host, ".[")
			? AUTHORITY_AMBIGUOUS
			: AUTHORITY_USERINFO;
	return may_be_user(text + strlen(scheme), &u) ? AUTHORITY_AMBIGUOUS
						      : AUTHORITY_PLAIN;
}

/* Behind "://": hide what may be credentials, then go on from the host. */
static void redact_authority(struct redaction *d)
{
	const char *end = d->p + strcspn(d->p, "/?#\\" TOKEN_ENDS);
	enum authority kind = read_authority(d->p, end);

	if (kind == AUTHORITY_PLAIN) {
		put_until(d, end);
		return;
	}
	if (kind == AUTHORITY_USERINFO) {
		hide_to(d, d->token_at);
		return;
	}
	if (d->last_at && d->last_at >= d->p) {
		hide_to(d, d->last_at);
		return;
	}
	/* No at sign: a URL that was cut off in the middle of a password. */
	if (kind == AUTHORITY_BROKEN &&
		memchr(d->p, ':', (size_t)(end - d->p))) {
		put(d, HIDDEN, strlen(HIDDEN));
		d->p = end;
	}
	put_until(d, end);
}

/* A token without "://" that still reads user:password@host. */
static bool token_has_credentials(const struct redaction *d)
{
	if (!d->token_at)
		return false;
	for (const char *p = d->p; p < d->token_at; p++) {
		if (length_of_separator(p))
			return false;
		if (length_of(p, ':'))
			return true;
	}
	return false;
}

static void redact_token(struct redaction *d)
{
	enter_token(d);
	if (token_has_credentials(d))
		hide_to(d, d->token_at);
	while (d->p < d->token_end) {
		size_t n = length_of_separator(d->p);

		if (n == 0) {
			put_next(d);
			continue;
		}
		put_until(d, d->p + n);
		redact_authority(d);
	}
	if (*d->p)
		put_next(d);
}

int url_redact(const char *text, char **ret)
{
	size_t len = strlen(text);
	CLEANUP(free) char *out = malloc(4 * len + sizeof(HIDDEN "@"));
	struct redaction d = {.p = text, .out = out};

	if (!out)
		return -ENOMEM;
	d.last_at = last_at_sign(text, text + len);
	while (*d.p)
		redact_token(&d);
	out[d.len] = 0;
	*ret = TAKE_PTR(out);
	return 0;
}
