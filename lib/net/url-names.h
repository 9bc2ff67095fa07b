/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a phone derives from a provisioning URL before it fetches: variables
 * filled in, and file names. Never fetches.
 */
#ifndef CERTPROV_URL_NAMES_H
#define CERTPROV_URL_NAMES_H

#include <stddef.h>

#include "lib/base/macros.h"
#include "lib/net/url.h"

/* Values of {mac} and {phone_type}; NULL when not known. */
struct url_variables {
	const char *mac; /* as url_normalise_mac() gives it */
	const char *phone_type;
};

/* Twelve hex digits in either case, with or without colons, hyphens or dots
 * between them, to twelve in upper case. 0 or -EINVAL, ret untouched. */
int url_normalise_mac(const char *text, char ret[URL_MAC_CHARS + 1]);

/*
 * Replace {mac} and {phone_type}. A variable that is unknown or has no value on
 * this phone stays; *ret_unknown then has the names of these, separated by
 * commas, else it is NULL. The caller frees both; ret_unknown may be NULL.
 * Returns 0, -E2BIG past URL_MAX_CHARS, -ENOMEM; outputs untouched on failure.
 */
int url_expand(const char *text, const struct url_variables *v, char **ret,
	char **ret_unknown);

#define URL_FIRST_FILES_MAX 2
struct url_names {
	char *urls[URL_FIRST_FILES_MAX];
	size_t count;
};
void url_names_done(struct url_names *n);
DEFINE_CLEANUP_EMBEDDED(struct url_names, url_names_done);

/*
 * The first files of a provisioning URL, expanded, in the order they are
 * fetched. Without a file name: TYPE.htm and TYPE-MAC.htm. With one that
 * does not depend on the MAC: itself and NAME-MAC.EXT (the vendor documents
 * that there is such a name; its form is inferred). Otherwise itself.
 * Returns as url_parse(); *ret is untouched on failure.
 */
int url_first_files(
	const char *text, const struct url_variables *v, struct url_names *ret);

#endif
