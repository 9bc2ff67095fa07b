/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/firmware.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/macros.h"

#define BLANKS " \t\r\n"
#define DIGITS "0123456789"
#define TYPE_SUFFIX "-SIP"
#define COMPONENT_MAX_DIGITS 5

#define VERSION(...)                                                           \
	{                                                                      \
		.part = {__VA_ARGS__},                                         \
		.count = ARRAY_SIZE(((const uint32_t[]){__VA_ARGS__})),        \
	}

static const struct rule rules[RULE__END] = {
#define RULE_ROW(id, ...) [id] = {__VA_ARGS__},
#include "lib/phone/firmware-rules.h"
#undef RULE_ROW
};

/* --- versions --- */

/* Reads the numbers and dots at *p and moves *p behind them. */
static int firmware_parse_components(const char **p, struct firmware *f)
{
	const char *in = *p;

	while (f->count < FIRMWARE_MAX_COMPONENTS) {
		size_t digits = strspn(in, DIGITS);
		uint32_t value = 0;

		if (digits == 0 || digits > COMPONENT_MAX_DIGITS)
			return -EINVAL;
		for (size_t i = 0; i < digits; i++)
			value = value * 10 + (uint32_t)(in[i] - '0');
		f->part[f->count++] = value;
		in += digits;
		if (*in != '.')
			break;
		in++;
	}
	if (in[-1] == '.')
		return -EINVAL;
	*p = in;
	return f->count < FIRMWARE_MIN_COMPONENTS ? -EINVAL : 0;
}

/* The length of "TYPE-SIP" and the blanks after it, or 0. */
static size_t firmware_type_length(const char *text)
{
	size_t suffix = strlen(TYPE_SUFFIX);
	size_t len = strcspn(text, BLANKS);

	if (len <= suffix || !text[len])
		return 0;
	if (strncmp(text + len - suffix, TYPE_SUFFIX, suffix) != 0)
		return 0;
	return len + strspn(text + len, BLANKS);
}

int firmware_parse(const char *text, struct firmware *ret)
{
	struct firmware f = {.count = 0};
	size_t type = 0;
	int r = 0;

	if (strnlen(text, FIRMWARE_MAX_CHARS + 1) > FIRMWARE_MAX_CHARS)
		return -EINVAL;
	text += strspn(text, BLANKS);
	type = firmware_type_length(text);
	text += type;
	r = firmware_parse_components(&text, &f);
	if (r < 0)
		return r;
	/* More follows the version: 10.1.33.33b, 1.2.3.4.5.6, 1.2.3. */
	if (*text && !strchr(BLANKS, *text))
		return -EINVAL;
	if (type == 0 && text[strspn(text, BLANKS)])
		return -EINVAL;
	*ret = f;
	return 0;
}

void firmware_format(const struct firmware *f, char ret[FIRMWARE_TEXT_SIZE])
{
	size_t len = 0;

	ret[0] = 0;
	for (size_t i = 0; i < f->count && len < FIRMWARE_TEXT_SIZE; i++)
		len += (size_t)snprintf(ret + len, FIRMWARE_TEXT_SIZE - len,
			"%s%u", i > 0 ? "." : "", (unsigned)f->part[i]);
}

bool firmware_is_known(const struct firmware *f)
{
	return f->count > 0;
}

static int firmware_compare(
	const struct firmware *a, const struct firmware *b, size_t components)
{
	for (size_t i = 0; i < components; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

bool firmware_equal(const struct firmware *a, const struct firmware *b)
{
	return firmware_is_known(a) == firmware_is_known(b) &&
		firmware_compare(a, b, FIRMWARE_MAX_COMPONENTS) == 0;
}

/* --- rules --- */

static size_t firmware_count_of(
	const struct firmware thresholds[RULE_BRANCHES_MAX])
{
	size_t n = 0;

	while (n < RULE_BRANCHES_MAX && thresholds[n].count > 0)
		n++;
	return n;
}

/*
 * Has the version reached the threshold of its branch? A version at or above
 * the highest threshold has. At or above a lower one, only versions of that
 * branch have: the vendor's documents do not say what holds between two
 * branches, so it counts as not reached.
 */
static bool firmware_reached(const struct firmware *f,
	const struct firmware thresholds[RULE_BRANCHES_MAX])
{
	size_t n = firmware_count_of(thresholds);

	for (size_t i = n; i-- > 0;) {
		if (firmware_compare(
			    f, &thresholds[i], FIRMWARE_MAX_COMPONENTS) < 0)
			continue;
		return i == n - 1 ||
			firmware_compare(f, &thresholds[i],
				FIRMWARE_BRANCH_COMPONENTS) == 0;
	}
	return false;
}

const struct rule *rule_get(enum rule_id id)
{
	assert(id < RULE__END);
	return &rules[id];
}

int rule_find(const char *name, enum rule_id *ret)
{
	for (enum rule_id id = 0; id < RULE__END; id++) {
		if (strcmp(rules[id].name, name) != 0)
			continue;
		*ret = id;
		return 0;
	}
	return -ENOENT;
}

const char *rule_format(const struct firmware thresholds[RULE_BRANCHES_MAX],
	char ret[RULE_TEXT_SIZE])
{
	size_t n = firmware_count_of(thresholds);
	size_t len = 0;

	ret[0] = 0;
	for (size_t i = 0; i < n && len < RULE_TEXT_SIZE; i++) {
		char one[FIRMWARE_TEXT_SIZE];

		firmware_format(&thresholds[i], one);
		len += (size_t)snprintf(ret + len, RULE_TEXT_SIZE - len, "%s%s",
			i > 0 ? ", " : "", one);
	}
	return n > 0 ? ret : NULL;
}

bool firmware_has(const struct firmware *f, enum rule_id id)
{
	const struct rule *rule = rule_get(id);

	if (!firmware_is_known(f))
		return rule->when_unknown;
	if (firmware_count_of(rule->since) > 0 &&
		!firmware_reached(f, rule->since))
		return false;
	return firmware_count_of(rule->until) == 0 ||
		!firmware_reached(f, rule->until);
}
