/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nesting of provisioning documents, as one table: what an element is,
 * given the place it stands in. Part of document.[ch]; knows no parser.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_GRAMMAR_H
#define CERTPROV_FETCH_DOCUMENT_GRAMMAR_H

#include <stdbool.h>

enum place {
	PLACE_DOCUMENT,
	PLACE_SETTINGS,
	PLACE_LINKS,
	PLACE_CERTIFICATES,
	PLACE_PHONE_SETTINGS,
	PLACE_MISPLACED_SECTION,
	PLACE_HTML,
	PLACE_SKIPPED,
	/* From here on: elements that are delivered at their end. */
	PLACE_LINK,
	PLACE_CERTIFICATE,
	PLACE_SETTING,
	PLACE_MISPLACED,

	PLACE__END
};

/* What an element of this name is when it stands in that place; SKIPPED for
 * what is none of ours. */
enum place place_of(enum place from, const char *name);

/* Settings text of old firmware: "name$: value" lines, perhaps behind
 * comment lines, with or without <html><pre> around it. */
bool is_settings_text(const char *text);

#endif
