/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-names.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/base/near.h"
#include "lib/phone/settings-names.h"

/* Longer names are near nothing. */
#define NAME_MAX_BYTES 40
/* So much text of base64 is no word. */
#define BASE64_MIN_BYTES 24
/* A certificate begins with a SEQUENCE of more than 255 bytes, as most do. */
#define DER_IN_BASE64 "MII"
#define BLANKS " \t\r\n"

static const struct {
	const char *name;
	const char *plain; /* as document_name_plain() makes it */
} ours[NAME__END] = {
	[NAME_OTHER] = {"", ""},
	[NAME_CERTIFICATE] = {"certificate", "certificate"},
	[NAME_CERTIFICATES] = {"certificates", "certificates"},
	[NAME_FILE] = {"file", "file"},
	[NAME_SETTING_FILES] = {"setting-files", "settingfiles"},
	[NAME_PHONE_SETTINGS] = {"phone-settings", "phonesettings"},
	[NAME_SETTING] = {"", ""},
};

/* Other words for the same, plain; the plural has an s at its end. */
static const char *const words[] = {
	"ca",
	"cacert",
	"cacertificate",
	"cacrt",
	"cer",
	"cert",
	"certfile",
	"certificado",
	"certificatefile",
	"crt",
	"der",
	"pem",
	"rootca",
	"rootcert",
	"rootcertificate",
	"servercert",
	"servercertificate",
	"tlscert",
	"tlscertificate",
	"trustedca",
	"trustedcert",
	"trustedcertificate",
	"x509",
	"x509certificate",
	"zertifikat",
};
static const char *const lists[] = {
	"certificatelist",
	"certlist",
	"truststore",
	"zertifikate",
};

static const char *const sections[] = {
	"ReplacementPlan",
	"certificates",
	"dialplan",
	"firmware-settings",
	"functionKeys",
	"gui-languages",
	"phone-settings",
	"phrases",
	"setting-files",
	"settings",
	"tbook",
	"uploads",
	"w_phrases",
	"web-languages",
};

static const char *const url_names[] = {
	"href",
	"link",
	"location",
	"path",
	"src",
	"uri",
	"url",
};
static const char *const url_ends[] = {".cer", ".crt", ".der", ".pem"};

/* In lower case, without what joins words, and without a number at its end. */
static void document_name_plain(const char *name, char ret[NAME_MAX_BYTES + 1])
{
	size_t len = 0;

	for (; *name && len < NAME_MAX_BYTES; name++)
		if (!strchr("-_.:", *name))
			ret[len++] = (char)tolower((unsigned char)*name);
	while (len > 1 && isdigit((unsigned char)ret[len - 1]) &&
		strncmp(ret, "x509", len) != 0)
		len--;
	ret[len] = 0;
}

static bool document_name_is_among(
	const char *name, const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

/* One of our other words, in the singular or plural. */
static enum name_kind document_name_by_word(const char *plain)
{
	char singular[NAME_MAX_BYTES + 1];
	size_t len = strlen(plain);

	if (document_name_is_among(plain, words, ARRAY_SIZE(words)))
		return NAME_CERTIFICATE;
	if (document_name_is_among(plain, lists, ARRAY_SIZE(lists)))
		return NAME_CERTIFICATES;
	if (len < 3 || plain[len - 1] != 's')
		return NAME_OTHER;
	memcpy(singular, plain, len - 1);
	singular[len - 1] = 0;
	return document_name_is_among(singular, words, ARRAY_SIZE(words))
		? NAME_CERTIFICATES
		: NAME_OTHER;
}

/* "certificats" is as near to both: its end decides. */
static bool document_name_is_nearer(
	enum name_kind kind, unsigned edits, unsigned least, const char *plain)
{
	return edits < least ||
		(edits == least && edits != NEAR_NOT &&
			kind == NAME_CERTIFICATES &&
			plain[strlen(plain) - 1] == 's');
}

static enum name_kind document_name_by_edits(const char *plain)
{
	enum name_kind nearest = NAME_OTHER;
	unsigned least = NEAR_NOT;

	for (enum name_kind k = NAME_OTHER + 1; k < NAME_SETTING; k++) {
		unsigned edits = near_edits(plain, ours[k].plain);

		if (!document_name_is_nearer(k, edits, least, plain))
			continue;
		nearest = k;
		least = edits;
	}
	return nearest;
}

struct name_like document_name_like(const char *name)
{
	char plain[NAME_MAX_BYTES + 1];
	struct name_like like = {0};
	enum setting_id ignored = SETTING__END;

	if (strnlen(name, NAME_MAX_BYTES + 1) > NAME_MAX_BYTES || !*name)
		return like;
	for (enum name_kind k = NAME_OTHER + 1; k < NAME_SETTING; k++)
		if (strcmp(name, ours[k].name) == 0)
			return (struct name_like){.kind = k, .exact = true};
	if (setting_find(name, &ignored) == 0 || setting_is_foreseen(name))
		return (struct name_like){.kind = NAME_SETTING, .exact = true};
	/* The name of another section is not ours misspelt. */
	if (document_name_is_section(name))
		return like;
	document_name_plain(name, plain);
	like.kind = document_name_by_word(plain);
	if (like.kind == NAME_OTHER && *plain)
		like.kind = document_name_by_edits(plain);
	return like;
}

const char *document_name_of(enum name_kind kind)
{
	assert((unsigned)kind < NAME__END);
	return ours[kind].name;
}

bool document_name_is_section(const char *name)
{
	return document_name_is_among(name, sections, ARRAY_SIZE(sections));
}

bool document_name_is_url(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(url_names); i++)
		if (strcasecmp(name, url_names[i]) == 0)
			return true;
	return false;
}

/* --- values --- */

static bool document_value_is_base64(const char *value, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (isalnum(c) || c == '+' || c == '/' || c == '=')
			count++;
		else if (!strchr(BLANKS, c) || !c)
			return false;
	}
	return count >= BASE64_MIN_BYTES;
}

static bool document_value_is_url(const char *value, size_t len)
{
	for (size_t i = 0; i + 3 <= len; i++)
		if (memcmp(value + i, "://", 3) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(url_ends); i++) {
		size_t n = strlen(url_ends[i]);

		if (len > n &&
			strncasecmp(value + len - n, url_ends[i], n) == 0)
			return true;
	}
	return false;
}

enum value_look document_value_look(const char *value, size_t len)
{
	static const char pem[] = "-----BEGIN CERTIFICATE";

	while (len > 0 && strchr(BLANKS, *value)) {
		value++;
		len--;
	}
	while (len > 0 && strchr(BLANKS, value[len - 1]))
		len--;
	if (len == 0)
		return VALUE_BLANK;
	if (len >= sizeof(pem) - 1 && memcmp(value, pem, sizeof(pem) - 1) == 0)
		return VALUE_CERTIFICATE;
	if (document_value_is_base64(value, len))
		return strncmp(value, DER_IN_BASE64, strlen(DER_IN_BASE64)) == 0
			? VALUE_CERTIFICATE
			: VALUE_BASE64;
	return document_value_is_url(value, len) ? VALUE_URL : VALUE_TEXT;
}
