/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person takes an element, a value or an attribute for, however it is
 * written. For hints alone: what is read is decided by document-grammar.[ch].
 */
#ifndef CERTPROV_FETCH_DOCUMENT_NAMES_H
#define CERTPROV_FETCH_DOCUMENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum name_kind {
	NAME_OTHER,
	NAME_CERTIFICATE,
	NAME_CERTIFICATES,
	NAME_FILE,
	NAME_SETTING_FILES,
	NAME_PHONE_SETTINGS,
	NAME_SETTING, /* of ours; only as it is spelt */
	NAME__END
};

struct name_like {
	enum name_kind kind;
	bool exact; /* it is the name, not only near it */
};

/* Bounded, however long the name is. */
struct name_like document_name_like(const char *name);
/* As it is spelt, "certificate"; empty for NAME_OTHER and NAME_SETTING. */
const char *document_name_of(enum name_kind kind);
/* A section of the vendor's files, whether it is read or not. */
bool document_name_is_section(const char *name);
/* An element or attribute of this name holds a URL: "href", "src". */
bool document_name_is_url(const char *name);

enum value_look {
	VALUE_BLANK,
	VALUE_TEXT, /* anything */
	VALUE_URL,
	VALUE_BASE64,      /* could be */
	VALUE_CERTIFICATE, /* begins as one, in base64 or PEM */
};
enum value_look document_value_look(const char *value, size_t len);

#endif
