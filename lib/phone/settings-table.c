/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-table.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"
#include "lib/phone/backoff.h"

#define NUMBER_MAX_DIGITS 8
#define SHA256_HEX_CHARS ((size_t)64)

/* --- what a value looks like --- */

static bool setting_is_text(const char *text, size_t len, const char *whole)
{
	return strlen(whole) == len && memcmp(text, whole, len) == 0;
}

static int setting_check_back_off(const char *value)
{
	struct backoff ignored;

	return backoff_parse(value, &ignored);
}

/* Names, each with what to do after a success: "redirection:stop pnp". */
static int setting_check_order(const char *value)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *at = value;

	while (*at) {
		size_t len = strspn(at, name);
		const char *then = at + len;

		if (len == 0)
			return -EINVAL;
		if (*then == ':') {
			len = strspn(++then, name);
			if (!setting_is_text(then, len, "stop") &&
				!setting_is_text(then, len, "proceed"))
				return -EINVAL;
			then += len;
		}
		at = then + strspn(then, SETTING_BLANKS);
		if (*at && at == then)
			return -EINVAL;
	}
	return 0;
}

/* A URL once the variables are filled in, for any phone. */
static int setting_parse_server(const char *value, struct url *ret)
{
	static const struct url_variables any = {
		.mac = "000000000000", .phone_type = "snom"};
	CLEANUP(free) char *expanded = NULL;
	int r = url_expand(value, &any, &expanded, NULL);

	return r < 0 ? r : url_parse(expanded, ret);
}

static int setting_check_server(const char *value)
{
	CLEANUP(url_done) struct url u = {0};
	int r = setting_parse_server(value, &u);

	return r < 0 && r != -ENOMEM ? -EINVAL : r;
}

/* One line, as it goes into a header of HTTP. */
static int setting_check_password(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == '\x7f')
			return -EINVAL;
	return len > SETTING_MAX_USER_CHARS ? -EINVAL : 0;
}

/* RFC 7617 2: a colon would end it. */
static int setting_check_user(const char *value)
{
	return strchr(value, ':') ? -EINVAL : setting_check_password(value);
}

/* Of certificates: "5f0c... 81ab...". */
static int setting_check_fingerprints(const char *value)
{
	for (;;) {
		if (strspn(value, "0123456789abcdef") != SHA256_HEX_CHARS)
			return -EINVAL;
		value += SHA256_HEX_CHARS;
		if (!*value)
			return 0;
		if (*value++ != ' ')
			return -EINVAL;
	}
}

unsigned setting_number(const char *value)
{
	unsigned n = 0;

	for (; *value; value++)
		n = n * 10 + (unsigned)(*value - '0');
	return n;
}

/* No more digits than the greatest number has. */
static int setting_check_number(const char *value, unsigned max)
{
	size_t len = strlen(value);

	if (len == 0 || len > NUMBER_MAX_DIGITS ||
		(int)len > snprintf(NULL, 0, "%u", max) ||
		strspn(value, "0123456789") != len)
		return -EINVAL;
	return setting_number(value) > max ? -EINVAL : 0;
}

/* --- the table --- */

static const struct setting table[SETTING__END] = {
#define SETTING_ROW(id, ...) [id] = {__VA_ARGS__},
#include "lib/phone/settings-rows.h"
#undef SETTING_ROW
};

int setting_check(enum setting_id id, const char *value)
{
	const struct setting *row = setting_get(id);

	if (row->check)
		return row->check(value);
	if (!row->values[0])
		return setting_check_number(value, row->max);
	for (size_t i = 0; i < SETTING_MAX_VALUES && row->values[i]; i++)
		if (strcmp(value, row->values[i]) == 0)
			return 0;
	return -EINVAL;
}

const struct setting *setting_get(enum setting_id id)
{
	assert(id < SETTING__END);
	return &table[id];
}

int setting_find(const char *name, enum setting_id *ret)
{
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		if (strcmp(table[id].name, name) != 0)
			continue;
		*ret = id;
		return 0;
	}
	return -ENOENT;
}

enum setting_presence setting_presence(
	enum setting_id id, const struct firmware *f)
{
	const struct setting *row = setting_get(id);

	if (row->always || firmware_has(f, row->exists_by))
		return SETTING_PRESENT;
	if (id == SETTING_TLS_SERVER_AUTHENTICATION &&
		firmware_has(f, RULE_VERIFICATION_FORCED))
		return SETTING_IGNORED;
	return SETTING_ABSENT;
}

const char *setting_default(enum setting_id id, const struct firmware *f)
{
	const struct setting *row = setting_get(id);

	if (row->fallback_varies && firmware_has(f, row->fallback_rule))
		return row->fallback_by_rule;
	return row->fallback;
}

bool setting_is_secret(enum setting_id id, const char *value)
{
	CLEANUP(url_done) struct url u = {0};

	if (!value || !*value)
		return false;
	if (setting_get(id)->secret)
		return true;
	if (id != SETTING_SETTING_SERVER)
		return false;
	/* A URL that cannot be parsed may hold anything. */
	return setting_parse_server(value, &u) < 0 || u.userinfo;
}

/* --- in words --- */

const char *setting_firmware_text(
	enum setting_id id, char ret[SETTING_FIRMWARE_SIZE])
{
	const struct rule *rule = rule_get(setting_get(id)->exists_by);
	char since[RULE_TEXT_SIZE];
	char until[RULE_TEXT_SIZE];

	ret[0] = 0;
	if (setting_get(id)->always)
		return ret;
	(void)snprintf(ret, SETTING_FIRMWARE_SIZE, "%s%s%s",
		rule_format(rule->since, since),
		rule_format(rule->until, until) ? ", ignored from " : "",
		until);
	return ret;
}

const char *setting_default_text(
	enum setting_id id, char ret[SETTING_DEFAULT_SIZE])
{
	const struct setting *row = setting_get(id);
	const struct rule *rule = rule_get(row->fallback_rule);
	const char *fallback = *row->fallback ? row->fallback : "none";
	char version[RULE_TEXT_SIZE];

	if (!row->fallback_varies)
		(void)snprintf(ret, SETTING_DEFAULT_SIZE, "%s", fallback);
	else if (rule_format(rule->since, version))
		(void)snprintf(ret, SETTING_DEFAULT_SIZE, "%s, %s from %s",
			fallback, row->fallback_by_rule, version);
	else if (rule_format(rule->until, version))
		(void)snprintf(ret, SETTING_DEFAULT_SIZE, "%s, %s before %s",
			fallback, row->fallback_by_rule, version);
	return ret;
}
