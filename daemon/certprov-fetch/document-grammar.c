/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-grammar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/macros.h"

/* The nesting of the format. What has no row is skipped whole: <file> under
 * <uploads> and url= on <language> are none of ours. */
static const struct document_grammar_step {
	const char *name; /* NULL: any other */
	enum place from;
	enum place to;
} steps[] = {
	{"settings", PLACE_DOCUMENT, PLACE_SETTINGS},
	{"setting-files", PLACE_DOCUMENT, PLACE_LINKS},
	{"certificates", PLACE_DOCUMENT, PLACE_CERTIFICATES},
	{"phone-settings", PLACE_DOCUMENT, PLACE_PHONE_SETTINGS},
	{"html", PLACE_DOCUMENT, PLACE_HTML},
	{"setting-files", PLACE_SETTINGS, PLACE_LINKS},
	{"certificates", PLACE_SETTINGS, PLACE_CERTIFICATES},
	{"phone-settings", PLACE_SETTINGS, PLACE_PHONE_SETTINGS},
	{"certificate", PLACE_SETTINGS, PLACE_MISPLACED},
	{"file", PLACE_LINKS, PLACE_LINK},
	{"certificate", PLACE_CERTIFICATES, PLACE_CERTIFICATE},
	{"certificates", PLACE_PHONE_SETTINGS, PLACE_MISPLACED_SECTION},
	{"certificate", PLACE_PHONE_SETTINGS, PLACE_MISPLACED},
	{NULL, PLACE_PHONE_SETTINGS, PLACE_SETTING},
	{"certificate", PLACE_MISPLACED_SECTION, PLACE_MISPLACED},
};

enum place place_of(enum place from, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].from == from &&
			(!steps[i].name || strcmp(steps[i].name, name) == 0))
			return steps[i].to;
	return PLACE_SKIPPED;
}

bool is_settings_text(const char *text)
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
