/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-grammar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/base/near.h"

/* The nesting of the format. An element without a row is skipped with all that
 * is in it, such as <file> under <uploads>. */
static const struct grammar_row {
	const char *name; /* NULL: any other */
	enum grammar_place from;
	enum grammar_place to;
} steps[] = {
	{"settings", GRAMMAR_DOCUMENT, GRAMMAR_SETTINGS},
	{"setting-files", GRAMMAR_DOCUMENT, GRAMMAR_LINKS},
	{"certificates", GRAMMAR_DOCUMENT, GRAMMAR_CERTIFICATES},
	{"phone-settings", GRAMMAR_DOCUMENT, GRAMMAR_PHONE_SETTINGS},
	/* The vendor lets each section be a document of its own. */
	{"functionKeys", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"tbook", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"dialplan", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"ReplacementPlan", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"uploads", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"gui-languages", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"web-languages", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"phrases", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"w_phrases", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"firmware-settings", GRAMMAR_DOCUMENT, GRAMMAR_SECTION},
	{"setting-files", GRAMMAR_SETTINGS, GRAMMAR_LINKS},
	{"certificates", GRAMMAR_SETTINGS, GRAMMAR_CERTIFICATES},
	{"phone-settings", GRAMMAR_SETTINGS, GRAMMAR_PHONE_SETTINGS},
	{"file", GRAMMAR_LINKS, GRAMMAR_LINK},
	{"certificate", GRAMMAR_CERTIFICATES, GRAMMAR_CERTIFICATE},
	{"certificates", GRAMMAR_PHONE_SETTINGS, GRAMMAR_SKIPPED},
	{"certificate", GRAMMAR_PHONE_SETTINGS, GRAMMAR_SKIPPED},
	{NULL, GRAMMAR_PHONE_SETTINGS, GRAMMAR_SETTING},
};

enum grammar_place grammar_step(enum grammar_place from, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].from == from &&
			(!steps[i].name || strcmp(steps[i].name, name) == 0))
			return steps[i].to;
	return GRAMMAR_SKIPPED;
}

const char *grammar_near_root(const char *name)
{
	const char *nearest = NULL;
	unsigned least = NEAR_NOT;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		unsigned edits = steps[i].from == GRAMMAR_DOCUMENT
			? near_edits(name, steps[i].name)
			: NEAR_NOT;

		if (edits >= least)
			continue;
		least = edits;
		nearest = steps[i].name;
	}
	return nearest;
}

const char *grammar_is_section_part(const char *name)
{
	if (strcmp(name, "certificate") == 0)
		return "certificates";
	return strcmp(name, "file") == 0 ? "setting-files" : NULL;
}

/* What a line of an error message or of a header of HTTP begins with. */
static const char *const message_names[] = {"error", "warning", "notice",
	"exception", "status", "message", "http", "https", "ftp"};

static bool grammar_is_message(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(message_names); i++)
		if (strlen(message_names[i]) == len &&
			strncasecmp(name, message_names[i], len) == 0)
			return true;
	return false;
}

bool grammar_is_settings_text(const char *text)
{
	const char *p = text + strspn(text, " \t\r\n");
	const char *name = NULL;
	size_t name_len = 0;
	size_t flags = 0;

	while (*p == '#') {
		p += strcspn(p, "\r\n");
		p += strspn(p, " \t\r\n");
	}
	name = p;
	while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
		p++;
	name_len = (size_t)(p - name);
	flags = strspn(p, "!&$");
	/* Names of settings are in lower case. */
	if (!isalpha((unsigned char)*name) || p[flags] != ':')
		return false;
	return flags > 0 ||
		(islower((unsigned char)*name) &&
			!grammar_is_message(name, name_len));
}
