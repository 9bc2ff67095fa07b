/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url-fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"
#include "lib/net/url-ascii.h"
#include "lib/net/url.h"

#define BLANKS " \t\r\n"
#define NAME_CHARS                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
#define SCHEME_MAX_CHARS 32
#define LABEL_MAX_CHARS 63

#define SAY(ret, ...) ((void)snprintf(ret, URL_FAULT_SIZE, __VA_ARGS__))

/* The number of the character at p, the first being 1. */
static size_t url_fault_place(const char *text, const char *p)
{
	size_t n = 1;

	for (; text < p; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void url_fault_of_character(
	const char *text, const char *p, const char *part, char *ret)
{
	size_t place = url_fault_place(text, p);
	uint32_t c = 0;
	size_t n = utf8_next(p, strnlen(p, UTF8_MAX_BYTES), &c);

	if (n == 0)
		SAY(ret, "character %zu, in the %s, is not UTF-8", place, part);
	else if (*p == ' ')
		SAY(ret, "character %zu, in the %s, is a space", place, part);
	else if (*p == '\\')
		SAY(ret,
			"character %zu, in the %s, is a backslash: URLs have "
			"slashes",
			place, part);
	else if (!utf8_is_printable(c))
		SAY(ret, "character %zu, in the %s, is the invisible U+%04X",
			place, part, (unsigned)c);
	else
		SAY(ret, "character %zu, in the %s, is \"%.*s\"", place, part,
			(int)n, p);
}

/* The host name has letters beyond ASCII. */
static void url_fault_of_letters(const char *text, const char *host, size_t len,
	const char *p, char *ret)
{
	char name[URL_HOST_MAX_CHARS * UTF8_MAX_BYTES + 1];
	char ascii[URL_HOST_MAX_CHARS + 1];
	size_t used = 0;

	url_fault_of_character(text, p, "host name", ret);
	used = strlen(ret);
	if (len < sizeof(name)) {
		memcpy(name, host, len);
		name[len] = 0;
		if (url_ascii_host(name, ascii, sizeof(ascii)) == 0) {
			(void)snprintf(ret + used, URL_FAULT_SIZE - used,
				"; write the name as %s", ascii);
			return;
		}
	}
	(void)snprintf(ret + used, URL_FAULT_SIZE - used,
		"; write the name in its ASCII form, xn--...");
}

/* Of the last label, as in url.c: such a host is an address. */
static bool url_fault_ends_in_number(const char *host, size_t len)
{
	const char *dot = NULL;
	const char *label = host;

	if (len > 0 && host[len - 1] == '.')
		len--;
	dot = memrchr(host, '.', len);
	label = dot ? dot + 1 : host;
	len -= (size_t)(label - host);
	if (len >= 2 && strncasecmp(label, "0x", 2) == 0)
		return strspn(label + 2, "0123456789abcdefABCDEF") >= len - 2;
	return strspn(label, "0123456789") >= len;
}

static bool url_fault_has_long_label(const char *host, size_t len)
{
	size_t label = 0;

	for (size_t i = 0; i < len; i++) {
		label = host[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX_CHARS)
			return true;
	}
	return false;
}

static bool url_fault_of_name(
	const char *text, const char *host, size_t len, char *ret)
{
	size_t good = strspn(host, NAME_CHARS);

	if (len == 0)
		SAY(ret, "the host name is missing");
	else if (good < len && (host[good] & 0x80))
		url_fault_of_letters(text, host, len, host + good, ret);
	else if (good < len)
		url_fault_of_character(text, host + good, "host name", ret);
	else if (len > URL_HOST_MAX_CHARS)
		SAY(ret, "the host name is longer than %d characters",
			URL_HOST_MAX_CHARS);
	else if (host[0] == '.')
		SAY(ret, "the host name begins with a dot");
	else if (memmem(host, len, "..", 2))
		SAY(ret, "the host name has nothing between two dots");
	else if (url_fault_has_long_label(host, len))
		SAY(ret,
			"the host name has more than %d characters without a "
			"dot",
			LABEL_MAX_CHARS);
	else if (url_fault_ends_in_number(host, len))
		SAY(ret,
			"a host that ends in a number is an IPv4 address, and "
			"needs four numbers from 0 to 255, as in "
			"https://192.0.2.1/");
	else
		return false;
	return true;
}

static bool url_fault_of_port(const char *port, size_t len, char *ret)
{
	size_t digits = strspn(port, "0123456789");
	unsigned long number = 0;

	for (size_t i = 0; i < digits && i < len && number <= UINT16_MAX; i++)
		number = number * 10 + (unsigned long)(port[i] - '0');
	if (len == 0 || (digits >= len && number > 0 && number <= UINT16_MAX))
		return false;
	SAY(ret, "the port is not a number from 1 to 65535");
	return true;
}

static bool url_fault_of_host(
	const char *text, const char *host, size_t len, char *ret)
{
	const char *colon = memchr(host, ':', len);
	size_t name = colon ? (size_t)(colon - host) : len;

	if (*host == '[') {
		SAY(ret,
			"what is in brackets must be an IPv6 address, as in "
			"https://[2001:db8::1]:8443/");
		return true;
	}
	if (colon && memchr(colon + 1, ':', len - name - 1)) {
		SAY(ret,
			"the host has more than one colon: write an IPv6 "
			"address in brackets, as in https://[2001:db8::1]/");
		return true;
	}
	return url_fault_of_name(text, host, name, ret) ||
		(colon && url_fault_of_port(colon + 1, len - name - 1, ret));
}

/* Behind the host: nothing but these is refused. */
static bool url_fault_of_rest(const char *text, const char *p, char *ret)
{
	for (; *p; p++) {
		size_t digits = 0;

		if ((uint8_t)*p < ' ' || *p == 0x7f || *p == '\\') {
			url_fault_of_character(text, p, "path", ret);
			return true;
		}
		if (*p != '%')
			continue;
		digits = strspn(p + 1, "0123456789abcdefABCDEF");
		if (digits < 2) {
			SAY(ret,
				"character %zu, a percent sign, is not "
				"followed by two hex digits: write it as %%25",
				url_fault_place(text, p));
			return true;
		}
	}
	return false;
}

/* Where the host begins; NULL, and it is said what is wrong before. */
static const char *url_fault_skip_scheme(const char *text, char *ret)
{
	size_t len = strspn(text,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+-.");
	const char *behind = text + len + 1;

	/* What is before a mere colon may be a user. */
	if (len == 0 || text[len] != ':' || len > SCHEME_MAX_CHARS ||
		(strncasecmp(text, "http", 4) != 0 && *behind != '/'))
		SAY(ret, "it does not begin with http:// or https://");
	else if (strncasecmp(text, "http:", len + 1) != 0 &&
		strncasecmp(text, "https:", len + 1) != 0)
		SAY(ret,
			"it begins with \"%.*s:\", which is neither http:// "
			"nor https://",
			(int)len, text);
	else if (strncmp(behind, "//", 2) != 0)
		SAY(ret, "\"%.*s:\" is not followed by two slashes", (int)len,
			text);
	else
		return behind + 2;
	return NULL;
}

void url_fault(const char *text, char ret[URL_FAULT_SIZE])
{
	const char *start = text + strspn(text, BLANKS);
	const char *host = NULL;
	const char *end = NULL;
	const char *at = NULL;

	if (!*start) {
		SAY(ret, "it is empty");
		return;
	}
	host = url_fault_skip_scheme(start, ret);
	if (!host)
		return;
	end = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(end - host));
	if (at)
		host = at + 1;
	if (url_fault_of_host(start, host, (size_t)(end - host), ret) ||
		url_fault_of_rest(start, end, ret))
		return;
	SAY(ret, "it is not a URL");
}
