/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nesting of provisioning documents, as one table: what an element is,
 * given the place it stands in. Part of document.[ch]; knows no parser.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_GRAMMAR_H
#define CERTPROV_FETCH_DOCUMENT_GRAMMAR_H

#include <stdbool.h>

enum grammar_place {
	GRAMMAR_DOCUMENT,
	GRAMMAR_SETTINGS,
	GRAMMAR_LINKS,
	GRAMMAR_CERTIFICATES,
	GRAMMAR_PHONE_SETTINGS,
	GRAMMAR_SECTION, /* any other of the vendor's, without certificates */
	GRAMMAR_SKIPPED,
	/* From here on: elements that are delivered at their end. */
	GRAMMAR_LINK,
	GRAMMAR_CERTIFICATE,
	GRAMMAR_SETTING,

	GRAMMAR__END
};

/* What an element of this name is in that place; GRAMMAR_SKIPPED for those that
 * the format does not have there. */
enum grammar_place grammar_step(enum grammar_place from, const char *name);

/* The root of a document that this name is near; NULL: none. */
const char *grammar_near_root(const char *name);
/* The section that an element of this name belongs into; NULL when it is no
 * part of one that matters here. */
const char *grammar_is_section_part(const char *name);

/* Settings text of old firmware: "name$: value" lines, perhaps behind
 * comment lines, with or without <html><pre> around it. */
bool grammar_is_settings_text(const char *text);

#endif
