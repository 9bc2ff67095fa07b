/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-grammar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/macros.h"

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
	{"html", GRAMMAR_DOCUMENT, GRAMMAR_HTML},
	{"setting-files", GRAMMAR_SETTINGS, GRAMMAR_LINKS},
	{"certificates", GRAMMAR_SETTINGS, GRAMMAR_CERTIFICATES},
	{"phone-settings", GRAMMAR_SETTINGS, GRAMMAR_PHONE_SETTINGS},
	{"certificate", GRAMMAR_SETTINGS, GRAMMAR_MISPLACED},
	{"file", GRAMMAR_LINKS, GRAMMAR_LINK},
	{"certificate", GRAMMAR_CERTIFICATES, GRAMMAR_CERTIFICATE},
	{"certificates", GRAMMAR_PHONE_SETTINGS, GRAMMAR_MISPLACED_SECTION},
	{"certificate", GRAMMAR_PHONE_SETTINGS, GRAMMAR_MISPLACED},
	{NULL, GRAMMAR_PHONE_SETTINGS, GRAMMAR_SETTING},
	{"certificate", GRAMMAR_MISPLACED_SECTION, GRAMMAR_MISPLACED},
};

enum grammar_place grammar_step(enum grammar_place from, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].from == from &&
			(!steps[i].name || strcmp(steps[i].name, name) == 0))
			return steps[i].to;
	return GRAMMAR_SKIPPED;
}

bool grammar_is_settings_text(const char *text)
{
	const char *p = text + strspn(text, " \t\r\n");

	while (*p == '#') {
		p += strcspn(p, "\n");
		p += strspn(p, " \t\r\n");
	}
	if (!isalpha((unsigned char)*p))
		return false;
	while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
		p++;
	p += strspn(p, "!&$");
	return *p == ':';
}
