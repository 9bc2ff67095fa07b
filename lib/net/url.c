/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/net/address.h"

#define UNRESERVED_MARKS "-._~"
#define SUB_DELIMITERS "!$&'()*+,;="
#define BLANKS " \t\r\n"
#define LABEL_MAX_CHARS 63
#define PORT_MAX_DIGITS 5

/* A part of somebody else's string. */
struct url_span {
	const char *start;
	size_t len;
};

void url_done(struct url *u)
{
	free(u->userinfo);
	free(u->host);
	free(u->path);
	free(u->query);
	*u = (struct url){0};
}

static bool url_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool url_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char url_to_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool url_is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool url_is_unreserved(char c)
{
	return url_is_digit(c) || url_is_letter(c) ||
		url_is_one_of(c, UNRESERVED_MARKS);
}

static struct url_span url_trimmed(const char *text)
{
	struct url_span s = {.start = text + strspn(text, BLANKS)};

	s.len = strlen(s.start);
	while (s.len > 0 && url_is_one_of(s.start[s.len - 1], BLANKS))
		s.len--;
	return s;
}

/* Up to the first character of set, or all of it. */
static struct url_span url_until(struct url_span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (url_is_one_of(s.start[i], set))
			return (struct url_span){.start = s.start, .len = i};
	return s;
}

static struct url_span url_after(struct url_span s, size_t n)
{
	return (struct url_span){.start = s.start + n, .len = s.len - n};
}

/* The length of "scheme:" in front, or 0: RFC 3986 section 3.1. */
static size_t url_scheme_length(struct url_span s)
{
	if (s.len == 0 || !url_is_letter(s.start[0]))
		return 0;
	for (size_t i = 1; i < s.len; i++) {
		if (s.start[i] == ':')
			return i + 1;
		if (!url_is_letter(s.start[i]) && !url_is_digit(s.start[i]) &&
			!url_is_one_of(s.start[i], "+-."))
			return 0;
	}
	return 0;
}

/* --- escapes --- */

static char *url_put_escaped(char *out, uint8_t c)
{
	static const char digits[] = "0123456789ABCDEF";

	*out++ = '%';
	*out++ = digits[c >> 4];
	*out++ = digits[c & 15];
	return out;
}

/* Normalise one escape at s. NULL when it is not an escape. */
static char *url_put_escape(char *out, struct url_span s)
{
	char digits[3] = {0};
	uint8_t c = 0;

	if (s.len < 3)
		return NULL;
	memcpy(digits, s.start + 1, 2);
	if (hex_parse(digits, &c, 1) < 0)
		return NULL;
	if (url_is_unreserved((char)c))
		*out++ = (char)c;
	else
		out = url_put_escaped(out, c);
	return out;
}

/*
 * Normalise userinfo, path or query (RFC 3986 section 6.2.2), and escape what
 * is not allowed in them. keep are the reserved characters that stay. *ret is
 * NULL for nothing when none_is_null.
 */
static int url_normalise_part(struct url_span s, const char *keep, char **ret)
{
	CLEANUP(free) char *text = malloc(3 * s.len + 1);
	char *out = text;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.start[i];

		if ((uint8_t)c < 0x20 || c == 0x7f || c == '\\')
			return -EINVAL;
		if (c == '%') {
			out = url_put_escape(out, url_after(s, i));
			if (!out)
				return -EINVAL;
			i += 2;
		} else if (url_is_unreserved(c) || url_is_one_of(c, keep)) {
			*out++ = c;
		} else {
			out = url_put_escaped(out, (uint8_t)c);
		}
	}
	*out = 0;
	*ret = TAKE_PTR(text);
	return 0;
}

/* How many segments "/." or "/.." removes before itself; -1: it stays. */
static int url_dots_in(const char *segment, size_t len)
{
	if (len == 2 && segment[1] == '.')
		return 0;
	return len == 3 && segment[1] == '.' && segment[2] == '.' ? 1 : -1;
}

static char *url_drop_last_segment(const char *path, char *out)
{
	while (out > path && *--out != '/')
		;
	return out;
}

/* RFC 3986 section 5.2.4 on an absolute path, in place. */
static void url_remove_dot_segments(char *path)
{
	const char *in = path;
	char *out = path;

	while (*in) {
		size_t len = 1 + strcspn(in + 1, "/");
		int dots = url_dots_in(in, len);

		if (dots < 0) {
			memmove(out, in, len);
			out += len;
		}
		if (dots > 0)
			out = url_drop_last_segment(path, out);
		in += len;
		/* a directory keeps its slash */
		if (dots >= 0 && !*in)
			*out++ = '/';
	}
	*out = 0;
}

/* --- authority --- */

/* ends_in_number: such a host is an IPv4 address in some spelling, and the
 * resolver would take spellings that a reader takes for a name. */
static bool url_ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *label = dot ? dot + 1 : host;

	if (strncmp(label, "0x", 2) == 0)
		return label[2 + strspn(label + 2, "0123456789abcdef")] == 0;
	return label[strspn(label, "0123456789")] == 0;
}

static bool url_labels_are_fine(const char *host)
{
	while (true) {
		size_t len = strcspn(host, ".");

		if (len == 0 || len > LABEL_MAX_CHARS)
			return false;
		if (!host[len])
			return true;
		host += len + 1;
	}
}

static int url_parse_name(struct url_span s, char **ret)
{
	char host[URL_HOST_MAX_CHARS + 1] = {0};
	struct in_addr ignored;

	if (s.len > 0 && s.start[s.len - 1] == '.')
		s.len--;
	if (s.len == 0 || s.len > URL_HOST_MAX_CHARS)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		char c = url_to_lower(s.start[i]);

		if (!url_is_letter(c) && !url_is_digit(c) &&
			!url_is_one_of(c, "-_."))
			return -EINVAL;
		host[i] = c;
	}
	if (!url_labels_are_fine(host))
		return -EINVAL;
	if (url_ends_in_number(host) && inet_pton(AF_INET, host, &ignored) != 1)
		return -EINVAL;
	return string_replace(ret, host);
}

static int url_parse_v6(struct url_span s, char **ret)
{
	char text[INET6_ADDRSTRLEN] = {0};
	struct in6_addr address;

	if (s.len == 0 || s.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s.start, s.len);
	if (inet_pton(AF_INET6, text, &address) != 1)
		return -EINVAL;
	if (!inet_ntop(AF_INET6, &address, text, sizeof(text)))
		return -EINVAL;
	return string_format(ret, "[%s]", text);
}

static int url_parse_port(struct url_span s, struct url *u)
{
	unsigned port = 0;

	if (s.len == 0)
		return 0;
	if (s.start[0] != ':' || s.len > 1 + PORT_MAX_DIGITS)
		return -EINVAL;
	if (s.len == 1)
		return 0;
	for (size_t i = 1; i < s.len; i++) {
		if (!url_is_digit(s.start[i]))
			return -EINVAL;
		port = port * 10 + (unsigned)(s.start[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	u->port = (uint16_t)port;
	return 0;
}

static int url_parse_host_port(struct url_span s, struct url *u)
{
	struct url_span host = url_until(s, ":");
	int r = 0;

	if (s.len > 0 && s.start[0] == '[') {
		host = url_until(s, "]");
		if (host.len == s.len)
			return -EINVAL;
		r = url_parse_v6(url_after(host, 1), &u->host);
		host.len++;
	} else {
		r = url_parse_name(host, &u->host);
	}
	if (r < 0)
		return r;
	return url_parse_port(url_after(s, host.len), u);
}

/* The last at sign ends the userinfo, since passwords in use contain at signs:
 * the host is then the one that every reader sees. */
static int url_parse_authority(struct url_span s, struct url *u)
{
	size_t at = s.len;
	int r = 0;

	while (at > 0 && s.start[at - 1] != '@')
		at--;
	if (at > 1) {
		r = url_normalise_part(
			(struct url_span){.start = s.start, .len = at - 1},
			SUB_DELIMITERS ":", &u->userinfo);
		if (r < 0)
			return r;
	}
	return url_parse_host_port(url_after(s, at), u);
}

/* --- the whole --- */

static unsigned url_default_port(bool https)
{
	return https ? 443 : 80;
}

static int url_parse_scheme(struct url_span *s, struct url *u)
{
	size_t len = url_scheme_length(*s);

	if (len == 0)
		return -EINVAL;
	u->https = strncasecmp(s->start, "https:", len) == 0;
	if (!u->https && strncasecmp(s->start, "http:", len) != 0)
		return -EPROTONOSUPPORT;
	u->port = (uint16_t)url_default_port(u->https);
	*s = url_after(*s, len);
	if (s->len < 2 || strncmp(s->start, "//", 2) != 0)
		return -EINVAL;
	*s = url_after(*s, 2);
	return 0;
}

static int url_parse_path(struct url_span s, struct url *u)
{
	int r = 0;

	if (s.len == 0)
		return string_replace(&u->path, "/");
	r = url_normalise_part(s, SUB_DELIMITERS ":@/{}", &u->path);
	if (r < 0)
		return r;
	url_remove_dot_segments(u->path);
	return 0;
}

static int url_parse_rest(struct url_span s, struct url *u)
{
	struct url_span authority = url_until(s, "/?");
	struct url_span path = url_until(url_after(s, authority.len), "?");
	size_t len = authority.len + path.len;
	int r = url_parse_authority(authority, u);

	if (r < 0)
		return r;
	r = url_parse_path(path, u);
	if (r < 0)
		return r;
	if (s.len == len)
		return 0;
	return url_normalise_part(
		url_after(s, len + 1), SUB_DELIMITERS ":@/?{}", &u->query);
}

static int url_check_length(const struct url *u)
{
	CLEANUP(free) char *text = NULL;
	int r = url_format(u, &text);

	if (r < 0)
		return r;
	return strlen(text) > URL_MAX_CHARS ? -E2BIG : 0;
}

int url_parse(const char *text, struct url *ret)
{
	CLEANUP(url_done) struct url u = {0};
	struct url_span s = url_trimmed(text);
	int r = 0;

	if (s.len > URL_MAX_CHARS)
		return -E2BIG;
	r = url_parse_scheme(&s, &u);
	if (r < 0)
		return r;
	r = url_parse_rest(url_until(s, "#"), &u);
	if (r < 0)
		return r;
	r = url_check_length(&u);
	if (r < 0)
		return r;
	*ret = u;
	u = (struct url){0};
	return 0;
}

static int url_format_parts(const struct url *u, struct url_span path,
	const char *query, char **ret)
{
	char port[PORT_MAX_DIGITS + 2] = "";

	if (u->port != url_default_port(u->https))
		(void)snprintf(port, sizeof(port), ":%u", (unsigned)u->port);
	return string_format(ret, "%s://%s%s%s%s%.*s%s%s",
		u->https ? "https" : "http", u->userinfo ? u->userinfo : "",
		u->userinfo ? "@" : "", u->host, port, (int)path.len,
		path.start, query ? "?" : "", query ? query : "");
}

int url_format(const struct url *u, char **ret)
{
	struct url_span path = {.start = u->path, .len = strlen(u->path)};

	return url_format_parts(u, path, u->query, ret);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->https == b->https && a->port == b->port &&
		strcmp(a->host, b->host) == 0;
}

bool url_equal(const struct url *a, const struct url *b)
{
	return url_same_origin(a, b) &&
		string_equal(a->userinfo, b->userinfo) &&
		strcmp(a->path, b->path) == 0 &&
		string_equal(a->query, b->query);
}

/* --- references --- */

/* Scheme and authority of the base, with this path and query. */
static int url_beside(const struct url *base, struct url_span path,
	const char *query, struct url *ret)
{
	CLEANUP(free) char *text = NULL;
	int r = url_format_parts(base, path, query, &text);

	if (r < 0)
		return r;
	return url_parse(text, ret);
}

static int url_resolve_relative(
	const struct url *base, const char *reference, struct url *ret)
{
	CLEANUP(free) char *text = NULL;
	const char *slash = strrchr(base->path, '/');
	size_t query_at = strcspn(reference, "?");
	struct url_span path = {.start = base->path, .len = strlen(base->path)};
	const char *query = base->query;
	int r = 0;

	if (reference[0] == 0)
		return url_beside(base, path, query, ret);
	query = reference[query_at] ? reference + query_at + 1 : NULL;
	if (query_at == 0)
		return url_beside(base, path, query, ret);
	if (reference[0] == '/')
		return url_beside(base,
			(struct url_span){.start = reference, .len = query_at},
			query, ret);
	r = string_format(&text, "%.*s%.*s", (int)(slash + 1 - base->path),
		base->path, (int)query_at, reference);
	if (r < 0)
		return r;
	return url_beside(base,
		(struct url_span){.start = text, .len = strlen(text)}, query,
		ret);
}

int url_resolve(const struct url *base, const char *reference, struct url *ret)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *absolute = NULL;
	struct url_span s = url_trimmed(reference);
	int r = 0;

	if (s.len > URL_MAX_CHARS)
		return -E2BIG;
	s = url_until(s, "#");
	text = strndup(s.start, s.len);
	if (!text)
		return -ENOMEM;
	if (url_scheme_length(s) > 0)
		return url_parse(text, ret);
	if (strncmp(text, "//", 2) != 0)
		return url_resolve_relative(base, text, ret);
	r = string_format(
		&absolute, "%s:%s", base->https ? "https" : "http", text);
	if (r < 0)
		return r;
	return url_parse(absolute, ret);
}

/* --- facts --- */

/* Undo the escapes of a part that was normalised. */
static int url_unescape(struct url_span s, char **ret)
{
	CLEANUP(free) char *text = malloc(s.len + 1);
	size_t n = 0;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.start[i];

		if (c == '%' && i + 2 < s.len) {
			char digits[3] = {s.start[i + 1], s.start[i + 2], 0};

			(void)hex_parse(digits, (uint8_t *)&c, 1);
			i += 2;
		}
		if ((uint8_t)c < 0x20 || c == 0x7f)
			return -EINVAL;
		text[n++] = c;
	}
	text[n] = 0;
	*ret = TAKE_PTR(text);
	return 0;
}

int url_credentials(const struct url *u, char **ret_user, char **ret_password)
{
	CLEANUP(free) char *user = NULL;
	CLEANUP(free) char *password = NULL;
	struct url_span all = {0};
	struct url_span name = {0};
	int r = 0;

	if (!u->userinfo)
		return -ENOENT;
	all = (struct url_span){
		.start = u->userinfo, .len = strlen(u->userinfo)};
	name = url_until(all, ":");
	r = url_unescape(name, &user);
	if (r == 0 && name.len < all.len)
		r = url_unescape(url_after(all, name.len + 1), &password);
	if (r < 0)
		return r;
	*ret_user = TAKE_PTR(user);
	*ret_password = TAKE_PTR(password);
	return 0;
}

bool url_host_is_local_literal(const struct url *u)
{
	static const char localhost[] = "localhost";
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char v6[INET6_ADDRSTRLEN] = {0};
	size_t len = strlen(u->host);
	size_t tail = sizeof(localhost) - 1;

	if (u->host[0] == '[' && len - 2 < sizeof(v6)) {
		memcpy(v6, u->host + 1, len - 2);
		if (inet_pton(AF_INET6, v6, &in6.sin6_addr) != 1)
			return true;
		return address_is_local((const struct sockaddr *)&in6);
	}
	if (inet_pton(AF_INET, u->host, &in.sin_addr) == 1)
		return address_is_local((const struct sockaddr *)&in);
	if (len < tail || strcmp(u->host + len - tail, localhost) != 0)
		return false;
	return len == tail || u->host[len - tail - 1] == '.';
}

int url_digest(const char *text, char ret[SHA256_HEX_SIZE])
{
	return digest_sha256_hex(text, strlen(text), ret);
}
