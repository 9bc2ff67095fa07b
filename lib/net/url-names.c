/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url-names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/string.h"

#define NAME_CHARACTERS                                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

int url_normalise_mac(const char *text, char ret[URL_MAC_CHARS + 1])
{
	char mac[URL_MAC_CHARS + 1] = {0};
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		if (strchr(":-.", *p)) {
			/* separators only between bytes */
			if (n == 0 || n % 2 || n == URL_MAC_CHARS)
				return -EINVAL;
			continue;
		}
		if (!isxdigit((unsigned char)*p) || n == URL_MAC_CHARS)
			return -EINVAL;
		mac[n++] = (char)toupper((unsigned char)*p);
	}
	if (n != URL_MAC_CHARS)
		return -EINVAL;
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

/* A text being built, no longer than a URL may be. */
struct url_names_text {
	char chars[URL_MAX_CHARS + 1];
	size_t len;
};

static int url_names_text_add(
	struct url_names_text *t, const char *chars, size_t len)
{
	if (len > URL_MAX_CHARS - t->len)
		return -E2BIG;
	memcpy(t->chars + t->len, chars, len);
	t->len += len;
	t->chars[t->len] = 0;
	return 0;
}

/* The length of "{name}" at p, or 0. */
static size_t url_names_variable_length(const char *p)
{
	size_t n = 0;

	if (*p != '{')
		return 0;
	n = strspn(p + 1, NAME_CHARACTERS);
	return n > 0 && p[1 + n] == '}' ? n + 2 : 0;
}

static bool url_names_is_variable(const char *p, size_t len, const char *name)
{
	return len == strlen(name) && strncmp(p, name, len) == 0;
}

static const char *url_names_value_of(
	const char *p, size_t len, const struct url_variables *v)
{
	if (url_names_is_variable(p, len, "{mac}"))
		return v->mac;
	if (url_names_is_variable(p, len, "{phone_type}"))
		return v->phone_type;
	return NULL;
}

static int url_names_note_unknown(
	struct url_names_text *unknown, const char *name, size_t len)
{
	int r = 0;

	if (unknown->len > 0)
		r = url_names_text_add(unknown, ",", 1);
	return r < 0 ? r : url_names_text_add(unknown, name, len);
}

static int url_names_expand_one(const char *p, size_t len,
	const struct url_variables *v, struct url_names_text *out,
	struct url_names_text *unknown)
{
	const char *value = url_names_value_of(p, len, v);
	int r = 0;

	if (value)
		return url_names_text_add(out, value, strlen(value));
	r = url_names_note_unknown(unknown, p + 1, len - 2);
	return r < 0 ? r : url_names_text_add(out, p, len);
}

static int url_names_expand(const char *text, const struct url_variables *v,
	struct url_names_text *out, struct url_names_text *unknown)
{
	int r = 0;

	while (*text && r == 0) {
		size_t len = url_names_variable_length(text);

		if (len > 0) {
			r = url_names_expand_one(text, len, v, out, unknown);
		} else {
			len = 1;
			r = url_names_text_add(out, text, 1);
		}
		text += len;
	}
	return r;
}

int url_expand(const char *text, const struct url_variables *v, char **ret,
	char **ret_unknown)
{
	CLEANUP(free) char *expanded = NULL;
	CLEANUP(free) char *names = NULL;
	struct url_names_text out = {.len = 0};
	struct url_names_text unknown = {.len = 0};
	int r = url_names_expand(text, v, &out, &unknown);

	if (r < 0)
		return r;
	r = string_replace(&expanded, out.chars);
	if (r == 0 && unknown.len > 0)
		r = string_replace(&names, unknown.chars);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(expanded);
	if (ret_unknown)
		*ret_unknown = TAKE_PTR(names);
	return 0;
}

void url_names_done(struct url_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->urls[i]);
	*n = (struct url_names){0};
}

/* Is the MAC in the path or query? The host does not count. */
static bool url_names_depends_on_mac(
	const char *text, const struct url *u, const char *mac)
{
	const char *host = strstr(text, "//");
	const char *path = host ? strpbrk(host + 2, "/?") : NULL;

	if (path && strstr(path, "{mac}"))
		return true;
	return strcasestr(u->path, mac) ||
		(u->query && strcasestr(u->query, mac));
}

static int names_add(struct url_names *n, const struct url *u)
{
	int r = url_format(u, &n->urls[n->count]);

	if (r == 0)
		n->count++;
	return r;
}

/* The URL with another file name after the last slash of its path. */
static int names_add_file(
	struct url_names *n, const struct url *u, const char *file)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *text = NULL;
	CLEANUP(url_done) struct url checked = {0};
	struct url other = *u;
	int directory = (int)(strrchr(u->path, '/') + 1 - u->path);
	int r = string_format(&path, "%.*s%s", directory, u->path, file);

	if (r < 0)
		return r;
	other.path = path;
	r = url_format(&other, &text);
	if (r == 0)
		r = url_parse(text, &checked); /* escapes, length */
	return r < 0 ? r : names_add(n, &checked);
}

static int names_of_directory(
	struct url_names *n, const struct url *u, const struct url_variables *v)
{
	CLEANUP(free) char *general = NULL;
	CLEANUP(free) char *own = NULL;
	int r = string_format(&general, "%s.htm", v->phone_type);

	if (r == 0)
		r = names_add_file(n, u, general);
	if (r < 0 || !v->mac)
		return r;
	r = string_format(&own, "%s-%s.htm", v->phone_type, v->mac);
	return r < 0 ? r : names_add_file(n, u, own);
}

/* NAME.EXT and NAME-MAC.EXT. */
static int names_of_file(
	struct url_names *n, const struct url *u, const char *mac)
{
	CLEANUP(free) char *own = NULL;
	const char *file = strrchr(u->path, '/') + 1;
	const char *dot = strrchr(file, '.');
	int r = names_add(n, u);

	if (r < 0)
		return r;
	if (!dot || dot == file)
		dot = file + strlen(file);
	r = string_format(&own, "%.*s-%s%s", (int)(dot - file), file, mac, dot);
	return r < 0 ? r : names_add_file(n, u, own);
}

int url_first_files(
	const char *text, const struct url_variables *v, struct url_names *ret)
{
	CLEANUP(url_names_done) struct url_names n = {0};
	CLEANUP(free) char *expanded = NULL;
	CLEANUP(url_done) struct url u = {0};
	bool has_file = false;
	int r = url_expand(text, v, &expanded, NULL);

	if (r == 0)
		r = url_parse(expanded, &u);
	if (r < 0)
		return r;
	has_file = strrchr(u.path, '/')[1] != 0;
	if (!has_file && !u.query && v->phone_type)
		r = names_of_directory(&n, &u, v);
	else if (has_file && v->mac &&
		!url_names_depends_on_mac(text, &u, v->mac))
		r = names_of_file(&n, &u, v->mac);
	else
		r = names_add(&n, &u);
	if (r < 0)
		return r;
	*ret = n;
	n = (struct url_names){0};
	return 0;
}
