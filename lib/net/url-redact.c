/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hiding credentials in any text. A URL that reads in one way only loses its
 * userinfo; where a reader could mean something else (an unescaped slash or
 * blank in a password, a URL inside a URL, escapes of escapes), everything
 * up to the last at sign goes. Of a query the names stay and the values go:
 * ?password=... is how many servers are asked. One pass, linear in the text
 * but for bounded look-ahead.
 */
#include "lib/net/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define HIDDEN "***"
/* Of the name of a parameter; others are taken for part of a secret. */
#define PARAMETER_CHARS                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._[]{}"
#define TOKEN_ENDS " \t\r\n\"'<>"
#define VALUE_ENDS "&# \t\r\n\"<>"

struct redaction {
	const char *p;         /* what is next */
	const char *last_at;   /* the last at sign of the text, or NULL */
	const char *token_end; /* of the token p is in */
	const char *token_at;  /* the last at sign of the token, or NULL */
	bool hide_queries;
	char *out; /* four times the text: enough */
	size_t len;
};

/*
 * The length of character c at p, plain or escaped (%3A, %253A and so on).
 * 0 when it is another.
 */
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

/* The length of "://" in whatever spelling, 0 when there is none at p. */
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

static bool url_redact_is_token_end(char c)
{
	return !c || strchr(TOKEN_ENDS, c);
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

/* --- decisions --- */

static void url_redact_enter_token(struct redaction *d)
{
	const char *end = d->p;

	while (!url_redact_is_token_end(*end))
		end++;
	d->token_end = end;
	d->token_at = url_redact_last_at_sign(d->p, end);
}

/* Everything from here to the at sign goes. */
static void url_redact_hide_to(struct redaction *d, const char *at)
{
	url_redact_put(d, HIDDEN "@", strlen(HIDDEN) + 1);
	d->p = at + url_redact_length_of(at, '@');
	if (d->p >= d->token_end)
		url_redact_enter_token(d);
	else
		d->token_at = url_redact_last_at_sign(d->p, d->token_end);
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
static bool url_redact_may_be_user(const char *text, const struct url *u)
{
	if (text[strlen(text) - 1] == ':')
		return true;
	return strchr(text, ':') && !strpbrk(u->host, ".[");
}

static enum authority url_redact_read_authority(
	const char *start, const char *end)
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
		return *end && url_redact_is_token_end(*end) &&
				!strpbrk(u.host, ".[")
			? AUTHORITY_AMBIGUOUS
			: AUTHORITY_USERINFO;
	return url_redact_may_be_user(text + strlen(scheme), &u)
		? AUTHORITY_AMBIGUOUS
		: AUTHORITY_PLAIN;
}

/* Behind "://": hide what may be credentials, then go on from the host. */
static void redact_authority(struct redaction *d)
{
	const char *end = d->p + strcspn(d->p, "/?#\\" TOKEN_ENDS);
	enum authority kind = url_redact_read_authority(d->p, end);

	if (kind == AUTHORITY_PLAIN) {
		url_redact_put_until(d, end);
		return;
	}
	if (kind == AUTHORITY_USERINFO) {
		url_redact_hide_to(d, d->token_at);
		return;
	}
	if (d->last_at && d->last_at >= d->p) {
		url_redact_hide_to(d, d->last_at);
		return;
	}
	/* No at sign: a URL that was cut off in the middle of a password. */
	if (kind == AUTHORITY_BROKEN &&
		memchr(d->p, ':', (size_t)(end - d->p))) {
		url_redact_put(d, HIDDEN, strlen(HIDDEN));
		d->p = end;
	}
	url_redact_put_until(d, end);
}

/* A token without "://" that still reads user:password@host. */
static bool url_redact_token_has_credentials(const struct redaction *d)
{
	if (!d->token_at)
		return false;
	for (const char *p = d->p; p < d->token_at; p++) {
		if (url_redact_length_of_separator(p))
			return false;
		if (url_redact_length_of(p, ':'))
			return true;
	}
	return false;
}

/* The length of the name at the head of "name=value", 0 without one. */
static size_t url_redact_length_of_name(const char *p)
{
	size_t len = strspn(p, PARAMETER_CHARS);

	return p[len] == '=' ? len : 0;
}

/* What no sentence needs behind a URL. */
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

/* A value may hold all that once parted parameters, and apostrophes: one is
 * the end of the text only where nothing but punctuation follows. */
static const char *url_redact_end_of_value(const char *p)
{
	const char *end = p + strcspn(p, VALUE_ENDS);
	const char *word = end;

	while (word > p && !url_redact_is_of_word(word[-1]))
		word--;
	return word + strcspn(word, "'" VALUE_ENDS);
}

/* What was hidden before is, and a sentence may have gone on since: "url:5:".
 * But a secret may begin like that as well. */
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
 * Behind what begins a parameter: its name stays, its value goes. One without
 * a name is all value, unless this is no URL: then it is left to be looked
 * at as the rest of the text.
 */
static void redact_parameter(struct redaction *d, bool is_url)
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
	if (d->p > d->token_end)
		url_redact_enter_token(d);
}

static bool url_redact_begins_parameter(
	const struct redaction *d, bool in_query)
{
	return d->hide_queries && *d->p &&
		strchr(in_query ? "?#&;" : "?#", *d->p);
}

static void redact_token(struct redaction *d)
{
	bool is_url = false;
	bool in_query = false;

	url_redact_enter_token(d);
	if (url_redact_token_has_credentials(d))
		url_redact_hide_to(d, d->token_at);
	while (d->p < d->token_end) {
		size_t n = url_redact_length_of_separator(d->p);

		if (url_redact_begins_parameter(d, in_query)) {
			in_query = true;
			url_redact_put_next(d);
			redact_parameter(d, is_url);
		} else if (n == 0) {
			url_redact_put_next(d);
		} else {
			url_redact_put_until(d, d->p + n);
			redact_authority(d);
			is_url = true;
		}
	}
	if (*d->p)
		url_redact_put_next(d);
}

static int redact(const char *text, bool hide_queries, char **ret)
{
	size_t len = strlen(text);
	CLEANUP(free) char *out = malloc(4 * len + sizeof(HIDDEN "@"));
	struct redaction d = {
		.p = text,
		.out = out,
		.hide_queries = hide_queries,
	};

	if (!out)
		return -ENOMEM;
	d.last_at = url_redact_last_at_sign(text, text + len);
	while (*d.p)
		redact_token(&d);
	out[d.len] = 0;
	*ret = TAKE_PTR(out);
	return 0;
}

int url_redact(const char *text, char **ret)
{
	return redact(text, true, ret);
}

int url_redact_userinfo(const char *text, char **ret)
{
	return redact(text, false, ret);
}
