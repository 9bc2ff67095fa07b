/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a value, in words. Whether it is wrong is decided in
 * settings-table.c. */
#include "lib/phone/settings-table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/string.h"
#include "lib/net/url-fault.h"
#include "lib/net/url.h"
#include "lib/phone/backoff.h"

#define DIGITS "0123456789"

static int setting_fault_of_word(
	const struct setting *row, size_t len, const char *value, char **ret)
{
	for (size_t i = 0; i < SETTING_MAX_VALUES && row->values[i]; i++)
		if (strncasecmp(value, row->values[i], len) == 0 &&
			strlen(row->values[i]) == len)
			return string_replace(
				ret, "it has to be in lower case");
	return string_replace(ret, "it is not one of its values");
}

static int setting_fault_of_number(
	const struct setting *row, size_t len, const char *value, char **ret)
{
	if (strspn(value, DIGITS) < len)
		return string_replace(
			ret, "it is not a whole number in digits");
	return string_format(ret, "it is greater than %u", row->max);
}

static int setting_fault_of_server(const char *value, char **ret)
{
	char fault[URL_FAULT_SIZE];

	url_fault(value, fault);
	return string_replace(ret, fault);
}

/* A word may be a URL with a password. */
static int setting_fault_of_word_in_order(const char *word, char **ret)
{
	CLEANUP(free) char *shown = NULL;
	int r = url_redact(word, &shown);

	return r < 0
		? r
		: string_format(ret,
			  "\"%s\" is not a name with :stop or :proceed", shown);
}

/* The first word that has not the form. */
static int setting_fault_of_order(size_t len, const char *value, char **ret)
{
	const char *end = value + len;
	char word[64];

	while (value < end) {
		size_t n = strcspn(value, SETTING_BLANKS);

		if (n >= sizeof(word))
			return string_replace(
				ret, "one of its words is too long");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, value);
		if (setting_check(SETTING_PROVISIONING_ORDER, word) < 0)
			return setting_fault_of_word_in_order(word, ret);
		value += n + strspn(value + n, SETTING_BLANKS);
	}
	return string_replace(ret, "it is not a list of names");
}

static int setting_fault_of_user(
	enum setting_id id, size_t len, const char *value, char **ret)
{
	if (len > SETTING_MAX_USER_CHARS)
		return string_format(ret, "it is longer than %d characters",
			SETTING_MAX_USER_CHARS);
	if (id == SETTING_HTTP_CLIENT_USER && memchr(value, ':', len))
		return string_replace(
			ret, "it has a colon, which ends the name of a user");
	return string_replace(ret, "it has a control character");
}

int setting_fault(enum setting_id id, const char *value, char **ret)
{
	const struct setting *row = setting_get(id);
	size_t len = 0;

	value += strspn(value, SETTING_BLANKS);
	len = strlen(value);
	while (len > 0 && strchr(SETTING_BLANKS, value[len - 1]))
		len--;
	if (len > SETTING_MAX_CHARS)
		return string_format(ret, "it is longer than %d characters",
			SETTING_MAX_CHARS);
	if (row->values[0])
		return setting_fault_of_word(row, len, value, ret);
	if (id == SETTING_WEBSERVER_CERT)
		return string_replace(
			ret, "it is no fingerprint of a certificate");
	if (id == SETTING_SETTING_SERVER)
		return setting_fault_of_server(value, ret);
	if (id == SETTING_HTTP_CLIENT_USER || id == SETTING_HTTP_CLIENT_PASS)
		return setting_fault_of_user(id, len, value, ret);
	if (id == SETTING_PROVISIONING_ORDER)
		return setting_fault_of_order(len, value, ret);
	if (id == SETTING_BACK_OFF)
		return string_format(ret,
			"it is not made of seconds from 1 to %u",
			BACKOFF_MAX_SECONDS);
	return setting_fault_of_number(row, len, value, ret);
}
