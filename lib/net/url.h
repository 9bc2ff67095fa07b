/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning URLs: parsed, normalised, resolved, and made safe to print. Only
 * http and https.
 *
 * We have our own parser, although libcurl has one, because the daemon must not
 * link libcurl, and must refuse, compare and redact exactly what the fetcher
 * fetches. It is strict where parsers differ: no backslash, no percent sign
 * without two hex digits, no unusual spelling of an address (127.1,
 * 0x7f.0.0.1), no percent-encoded host, no zone. Never resolves a name.
 */
#ifndef CERTPROV_URL_H
#define CERTPROV_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

#define URL_MAX_CHARS 2048
#define URL_HOST_MAX_CHARS 253
#define URL_MAC_CHARS 12

/*
 * A parsed URL that owns its strings; zeroed is empty. Normalised: scheme and
 * host in lower case, IPv6 in brackets in canonical form, a trailing dot of the
 * host removed, path absolute and without dot segments, escapes in upper case
 * and only where needed, characters that a URL may not contain (spaces,
 * non-ASCII) escaped, fragment removed. Braces stay: they mark an unknown
 * variable.
 */
struct url {
	bool https;
	uint16_t port;  /* effective: 80 or 443 when none is given */
	char *userinfo; /* escaped, NULL when there is none */
	char *host;
	char *path;  /* escaped, begins with a slash */
	char *query; /* escaped, without the question mark, or NULL */
};
void url_done(struct url *u);
DEFINE_CLEANUP_EMBEDDED(struct url, url_done);

/*
 * Parse an absolute URL; white space around it is ignored. Returns 0,
 * -EPROTONOSUPPORT for a scheme that is not http or https, -E2BIG past
 * URL_MAX_CHARS (as given or normalised), -EINVAL, -ENOMEM. *ret is
 * untouched on failure; url_done() it on success.
 */
int url_parse(const char *text, struct url *ret);

/*
 * The URL as text, canonical: two URLs are the same when their texts are.
 * With userinfo when it has one: url_redact() before it is shown. The caller
 * frees *ret. Returns 0 or -ENOMEM.
 */
int url_format(const struct url *u, char **ret);

/* Same scheme, host and effective port. */
bool url_same_origin(const struct url *a, const struct url *b);
bool url_equal(const struct url *a, const struct url *b);

/*
 * Resolve a reference against its document, RFC 3986 section 5.2. Returns as
 * url_parse(). A relative one inherits the userinfo: it has the same origin.
 */
int url_resolve(const struct url *base, const char *reference, struct url *ret);

/* User and password, unescaped; *ret_password is NULL when there is none.
 * The caller frees both. 0, -ENOENT without userinfo, -EINVAL for a
 * control character (it would break a header), -ENOMEM. */
int url_credentials(const struct url *u, char **ret_user, char **ret_password);

/*
 * The host is written as localhost or as a loopback, link-local or
 * unspecified address (see lib/net/address.h). Says nothing about what a name
 * resolves to.
 */
bool url_host_is_local_literal(const struct url *u);

/* Lower-case hex SHA-256 of a URL's text. Returns 0 or -EIO. */
int url_digest(const char *text, char ret[SHA256_HEX_SIZE]);

/*
 * Make a text safe to print, log and store: what may be credentials in a URL
 * (userinfo and the values of a query) is replaced by "***", and characters
 * that are not printable are escaped as text_escape does. Takes any text; where
 * the meaning is uncertain, it hides more rather than less. Redacting again
 * changes nothing that matters. The caller frees *ret. 0 or -ENOMEM.
 */
int url_redact(const char *text, char **ret);
/* The same, but a query stays: only for the administrator, who must see what is
 * requested. */
int url_redact_userinfo(const char *text, char **ret);

#endif
