/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/near.h"

#define BLANKS " \t\r\n"
/* A name that goes on after one of ours: so long must ours be, and so short
 * what follows. */
#define LONG_NAME_BYTES 19
#define MAX_SUFFIX_BYTES 8

/* The phone's identity, and what provisioning does when TLS fails. */
static const struct {
	const char *name;
	const char *fallback;
} foreseen[] = {
	{"cert_provisioning_service", ""},
	{"empty_tls_client_cert", "off"},
	{"skip_provisioning_urls_on_tls_error", "off"},
};

/* Without what joins words; longer ones are near nothing. */
static void setting_plain(const char *name, char ret[NEAR_MAX_BYTES + 2])
{
	size_t len = 0;

	for (; *name && len <= NEAR_MAX_BYTES; name++)
		if (!strchr("-_.: ", *name))
			ret[len++] = (char)tolower((unsigned char)*name);
	ret[len] = 0;
}

static bool setting_goes_on(const char *name, const char *ours)
{
	size_t len = strlen(ours);

	return len >= LONG_NAME_BYTES && strncmp(name, ours, len) == 0 &&
		strlen(name) - len <= MAX_SUFFIX_BYTES;
}

static unsigned setting_edits(const char *plain, enum setting_id id)
{
	char ours[NEAR_MAX_BYTES + 2];

	setting_plain(setting_get(id)->name, ours);
	if (setting_goes_on(plain, ours))
		return NEAR_MAX_EDITS;
	return near_edits(plain, ours);
}

int setting_find_near(const char *name, enum setting_id *ret)
{
	char plain[NEAR_MAX_BYTES + 2];
	enum setting_id nearest = SETTING__END;
	unsigned least = NEAR_NOT;

	if (setting_find(name, &nearest) == 0 || setting_is_foreseen(name))
		return -ENOENT;
	setting_plain(name, plain);
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		unsigned edits = setting_edits(plain, id);

		if (edits >= least)
			continue;
		least = edits;
		nearest = id;
	}
	if (least == NEAR_NOT)
		return -ENOENT;
	*ret = nearest;
	return 0;
}

static const char *setting_foreseen_fallback(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreseen); i++)
		if (strcmp(name, foreseen[i].name) == 0)
			return foreseen[i].fallback;
	return NULL;
}

bool setting_is_foreseen(const char *name)
{
	return setting_foreseen_fallback(name) != NULL;
}

bool setting_is_unserved(const char *name, const char *value)
{
	const char *fallback = setting_foreseen_fallback(name);
	size_t len = 0;

	if (!fallback || !value)
		return false;
	value += strspn(value, BLANKS);
	len = strcspn(value, BLANKS);
	if (len == strlen(fallback) && strncmp(value, fallback, len) == 0 &&
		!value[len + strspn(value + len, BLANKS)])
		return false;
	return *value != 0;
}
