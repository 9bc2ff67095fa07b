/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs. What parses comes back from its own text as the same URL; a
 * reference resolves to something that does too; and a password put before
 * an at sign is never shown, whatever stands around it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url.h"

#define MARKER "s3cr3tm4rk3r"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round(const struct url *u)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *again = NULL;
	CLEANUP(url_done) struct url parsed = {0};

	if (url_format(u, &text) < 0 || url_parse(text, &parsed) < 0)
		abort();
	if (!url_equal(u, &parsed) || url_format(&parsed, &again) < 0)
		abort();
	if (strcmp(text, again) != 0 || strlen(text) > URL_MAX_CHARS)
		abort();
}

static void check_parse(const char *text)
{
	CLEANUP(url_done) struct url u = {0};
	CLEANUP(url_done) struct url base = {0};
	CLEANUP(url_done) struct url resolved = {0};

	if (url_parse(text, &u) == 0)
		check_round(&u);
	if (url_parse("http://u:p@a/b/c/d;p?q", &base) < 0)
		abort();
	if (url_resolve(&base, text, &resolved) == 0)
		check_round(&resolved);
}

static void check_redacted(const char *before, const char *inside)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *shown = NULL;
	CLEANUP(free) char *again = NULL;

	if (strstr(before, MARKER) || strstr(inside, MARKER))
		return;
	if (string_format(&text, "%shttps://user:" MARKER "%s@host/x", before,
		    inside) < 0)
		return;
	if (url_redact(text, &shown) < 0 || url_redact(shown, &again) < 0)
		abort();
	if (strstr(shown, MARKER) || strlen(shown) > 4 * strlen(text) + 4)
		abort();
	for (const char *p = shown; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = strndup((const char *)data, size);
	size_t half = 0;

	if (!text)
		return 0;
	half = strlen(text) / 2;
	check_parse(text);
	check_redacted(text, "");
	check_redacted("", text);
	check_redacted(text, text + half);
	return 0;
}
