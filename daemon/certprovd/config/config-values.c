/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config/config-values.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprovd/config/config-lists.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/tls/tls-lists.h"

#define MAC_DIGITS 12
#define USER_MAX 32
#define UNIT_NAME_MAX 255
#define GROUP_NAME_MAX 31

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1},
	{"K", 1024},
	{"M", UINT64_C(1) << 20},
	{"G", UINT64_C(1) << 30},
};

static const struct unit duration_units[] = {
	{"", 1},
	{"s", 1},
	{"min", 60},
	{"h", 3600},
	{"d", 86400},
	{"w", 604800},
};

static int config_parse_text(
	const struct config_key *key, const char *text, void *to)
{
	(void)key;
	/* An empty value unsets, so that a drop-in can. */
	return string_replace(to, *text ? text : NULL);
}

static void config_done_text(void *field)
{
	char **text = field;

	free(*text);
	*text = NULL;
}

static int config_parse_path(
	const struct config_key *key, const char *text, void *to)
{
	if (*text && *text != '/')
		return -EINVAL;
	return config_parse_text(key, text, to);
}

/* Of the service manager: the name of a file in its directory. */
static int config_parse_credential(
	const struct config_key *key, const char *text, void *to)
{
	static const char prefix[] = "credential:";
	const char *name = text + sizeof(prefix) - 1;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return config_parse_path(key, text, to);
	if (*name == 0 || *name == '.' || strchr(name, '/'))
		return -EINVAL;
	return config_parse_text(key, text, to);
}

static int config_parse_url(
	const struct config_key *key, const char *text, void *to)
{
	const char *rest = strstr(text, "://");

	if (*text) {
		if (strncasecmp(text, "http://", 7) != 0 &&
			strncasecmp(text, "https://", 8) != 0)
			return -EINVAL;
		if (rest[3] == 0 || rest[3] == '/')
			return -EINVAL;
		for (const char *p = text; *p; p++)
			if (!isgraph((unsigned char)*p))
				return -EINVAL;
	}
	return config_parse_text(key, text, to);
}

/* The certificate of a proxy would be verified as if it were the server's. */
static int config_parse_proxy(
	const struct config_key *key, const char *text, void *to)
{
	if (strncasecmp(text, "https://", 8) == 0)
		return -EINVAL;
	return config_parse_url(key, text, to);
}

/* 12 digits with or without colons or hyphens between the pairs. */
static int config_parse_mac(
	const struct config_key *key, const char *text, void *to)
{
	char mac[MAC_DIGITS + 1] = {0};
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		if ((*p == ':' || *p == '-') && n > 0 && n % 2 == 0 &&
			isxdigit((unsigned char)p[1]))
			continue;
		if (!isxdigit((unsigned char)*p) || n == MAC_DIGITS)
			return -EINVAL;
		mac[n++] = (char)toupper((unsigned char)*p);
	}
	if (n != 0 && n != MAC_DIGITS)
		return -EINVAL;
	return config_parse_text(key, mac, to);
}

static int config_parse_interface(
	const struct config_key *key, const char *text, void *to)
{
	if (strlen(text) >= IF_NAMESIZE || strchr(text, '/') ||
		strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return -EINVAL;
	return config_parse_text(key, text, to);
}

static int config_parse_user(
	const struct config_key *key, const char *text, void *to)
{
	size_t len = strlen(text);

	if (len == 0 || len > USER_MAX || *text == '-')
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
			return -EINVAL;
	return config_parse_text(key, text, to);
}

static int config_parse_boolean(
	const struct config_key *key, const char *text, void *to)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1"};

	(void)key;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0) {
			*(bool *)to = i % 2;
			return 0;
		}
	return -EINVAL;
}

/* Digits and one of the units, within the row's limits. */
static int config_parse_amount(const struct config_key *key, const char *text,
	const struct unit *units, size_t count, uint64_t *ret)
{
	uint64_t amount = 0;
	char *end = NULL;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	amount = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (amount > UINT64_MAX / units[i].factor)
			return -EINVAL;
		amount *= units[i].factor;
		if (amount < key->min || amount > key->max)
			return -EINVAL;
		*ret = amount;
		return 0;
	}
	return -EINVAL;
}

static int config_parse_size(
	const struct config_key *key, const char *text, void *to)
{
	return config_parse_amount(
		key, text, size_units, ARRAY_SIZE(size_units), to);
}

static int config_parse_duration(
	const struct config_key *key, const char *text, void *to)
{
	return config_parse_amount(
		key, text, duration_units, ARRAY_SIZE(duration_units), to);
}

static int config_parse_number(
	const struct config_key *key, const char *text, void *to)
{
	uint64_t amount = 0;
	int r = config_parse_amount(key, text, size_units, 1, &amount);

	if (r < 0)
		return r;
	*(unsigned *)to = (unsigned)amount;
	return 0;
}

static int config_parse_choice(
	const struct config_key *key, const char *text, void *to)
{
	for (unsigned i = 0; key->choices[i]; i++)
		if (strcmp(text, key->choices[i]) == 0) {
			*(unsigned *)to = i;
			return 0;
		}
	return -EINVAL;
}

/* An empty value is the default. OpenSSL is asked only about others: the start
 * does not wait for libssl. */
static int config_parse_list(const struct config_key *key, const char *text,
	int (*check)(const char *list, char **ret_fault), void *to)
{
	CLEANUP(free) char *fault = NULL;
	int r = 0;

	if (!*text)
		text = key->preset;
	if (strcmp(text, key->preset) != 0)
		r = check(text, &fault);
	return r < 0 ? r : string_replace(to, text);
}

static int config_parse_ciphers(
	const struct config_key *key, const char *text, void *to)
{
	return config_parse_list(key, text, tls_ciphers_check, to);
}

static int config_parse_suites(
	const struct config_key *key, const char *text, void *to)
{
	return config_parse_list(key, text, tls_suites_check, to);
}

static int config_fault_of_ciphers(const char *text, char **ret)
{
	int r = tls_ciphers_check(text, ret);

	return r == -ENOMEM ? r : 0;
}

static int config_fault_of_suites(const char *text, char **ret)
{
	int r = tls_suites_check(text, ret);

	return r == -ENOMEM ? r : 0;
}

static void config_done_pins(void *field)
{
	struct config_pins *pins = field;

	free(pins->sha256);
	*pins = (struct config_pins){0};
}

static int config_add_pin(struct config_pins *pins, const char *hex)
{
	uint8_t sha256[SHA256_BYTES];
	uint8_t(*more)[SHA256_BYTES] = NULL;

	if (hex_parse(hex, sha256, sizeof(sha256)) < 0 ||
		pins->count >= CONFIG_MAX_PINS)
		return -EINVAL;
	more = realloc(pins->sha256, (pins->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	memcpy(more[pins->count++], sha256, sizeof(sha256));
	pins->sha256 = more;
	return 0;
}

/* Fingerprints with blanks or commas between; none empties the list. */
static int config_parse_pins(
	const struct config_key *key, const char *text, void *to)
{
	CLEANUP(free) char *copy = NULL;
	struct config_pins *pins = to;
	size_t before = pins->count;
	char *rest = NULL;
	int r = 0;

	(void)key;
	if (!*text)
		config_done_pins(pins);
	r = string_replace(&copy, text);
	if (r < 0)
		return r;
	for (char *hex = strtok_r(copy, " ,\t", &rest); hex && r == 0;
		hex = strtok_r(NULL, " ,\t", &rest))
		r = config_add_pin(pins, hex);
	if (r < 0)
		pins->count = before;
	return r;
}

static void config_done_names(void *field)
{
	struct config_names *names = field;

	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct config_names){0};
}

/* As systemd.unit(5) has them, and nothing that systemctl could take for an
 * option or a pattern. */
static bool config_is_unit_name(const char *name)
{
	const char *type = strrchr(name, '.');
	size_t len = strlen(name);

	if (*name == '-' || *name == '.' || len > UNIT_NAME_MAX || !type ||
		!type[1])
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(":_.\\@-", *p))
			return false;
	return true;
}

/* As useradd(8) and systemd-sysusers(8) make them. */
static bool config_is_group_name(const char *name)
{
	size_t len = strlen(name);

	if ((!isalpha((unsigned char)*name) && *name != '_') ||
		len > GROUP_NAME_MAX)
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-", *p))
			return false;
	return true;
}

static int config_add_name(struct config_names *names, const char *name)
{
	char **more = NULL;
	int r = 0;

	more = realloc(names->names, (names->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	names->names = more;
	more[names->count] = NULL;
	r = string_replace(&more[names->count], name);
	if (r == 0)
		names->count++;
	return r;
}

/* Names with blanks or commas between; none empties the list. */
static int config_parse_names(const char *text, struct config_names *names,
	bool (*is_name)(const char *name), size_t max)
{
	CLEANUP(free) char *copy = NULL;
	size_t before = names->count;
	char *rest = NULL;
	int r = 0;

	if (!*text)
		config_done_names(names);
	r = string_replace(&copy, text);
	if (r < 0)
		return r;
	for (char *name = strtok_r(copy, " ,\t", &rest); name && r == 0;
		name = strtok_r(NULL, " ,\t", &rest))
		r = is_name(name) && names->count < max
			? config_add_name(names, name)
			: -EINVAL;
	while (r < 0 && names->count > before)
		free(names->names[--names->count]);
	return r;
}

static int config_parse_units(
	const struct config_key *key, const char *text, void *to)
{
	(void)key;
	return config_parse_names(
		text, to, config_is_unit_name, CONFIG_MAX_UNITS);
}

static int config_parse_groups(
	const struct config_key *key, const char *text, void *to)
{
	(void)key;
	return config_parse_names(
		text, to, config_is_group_name, CONFIG_MAX_GROUPS);
}

static int config_allowed_number(const struct config_key *key, char **ret)
{
	return string_format(ret, "a number from %" PRIu64 " to %" PRIu64,
		key->min, key->max);
}

static int config_allowed_size(const struct config_key *key, char **ret)
{
	return string_format(ret,
		"bytes from %" PRIu64 " to %" PRIu64
		", with K, M or G for powers of 1024",
		key->min, key->max);
}

static int config_allowed_duration(const struct config_key *key, char **ret)
{
	return string_format(ret,
		"seconds from %" PRIu64 " to %" PRIu64
		", or with the unit s, min, h, d or w",
		key->min, key->max);
}

static int config_allowed_choice(const struct config_key *key, char **ret)
{
	CLEANUP(free) char *text = NULL;
	int r = string_format(&text, "one of %s", key->choices[0]);

	for (size_t i = 1; r == 0 && key->choices[i]; i++) {
		char *more = NULL;

		r = string_format(&more, "%s, %s", text, key->choices[i]);
		if (r < 0)
			return r;
		free(text);
		text = more;
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(text);
	return 0;
}

int config_value_allowed(const struct config_key *key, char **ret)
{
	if (key->value->allowed)
		return key->value->allowed(key, ret);
	return string_format(ret, "%s", key->value->allowed_text);
}

const struct config_value config_text = {
	.parse = config_parse_text,
	.done = config_done_text,
	.allowed_text = "a text of one line",
};
const struct config_value config_path = {
	.parse = config_parse_path,
	.done = config_done_text,
	.allowed_text = "a path from the root",
};
const struct config_value config_credential = {
	.parse = config_parse_credential,
	.done = config_done_text,
	.allowed_text = "a path from the root, or credential:NAME",
};
const struct config_value config_url = {
	.parse = config_parse_url,
	.done = config_done_text,
	.allowed_text = "an http:// or https:// URL with a host",
	.secret = true,
};
const struct config_value config_proxy = {
	.parse = config_parse_proxy,
	.done = config_done_text,
	.allowed_text = "an http:// URL with a host",
	.secret = true,
};
const struct config_value config_mac = {
	.parse = config_parse_mac,
	.done = config_done_text,
	.allowed_text = "12 hex digits, with or without colons",
};
const struct config_value config_interface = {
	.parse = config_parse_interface,
	.done = config_done_text,
	.allowed_text = "the name of a network interface",
};
const struct config_value config_user = {
	.parse = config_parse_user,
	.done = config_done_text,
	.allowed_text = "the name of a user",
};
const struct config_value config_boolean = {
	.parse = config_parse_boolean,
	.allowed_text = "yes or no",
};
const struct config_value config_number = {
	.parse = config_parse_number,
	.allowed = config_allowed_number,
};
const struct config_value config_size = {
	.parse = config_parse_size,
	.allowed = config_allowed_size,
};
const struct config_value config_duration = {
	.parse = config_parse_duration,
	.allowed = config_allowed_duration,
};
const struct config_value config_choice = {
	.parse = config_parse_choice,
	.allowed = config_allowed_choice,
};
const struct config_value config_ciphers = {
	.parse = config_parse_ciphers,
	.done = config_done_text,
	.allowed_text = "a list of ciphers(1)",
	.fault = config_fault_of_ciphers,
};
const struct config_value config_suites = {
	.parse = config_parse_suites,
	.done = config_done_text,
	.allowed_text = "names of TLS 1.3 cipher suites with colons between",
	.fault = config_fault_of_suites,
};
const struct config_value config_pins = {
	.parse = config_parse_pins,
	.done = config_done_pins,
	.allowed_text = "SHA-256 fingerprints of 64 hex digits, 256 at most",
	.grows = 1,
};
const struct config_value config_units = {
	.parse = config_parse_units,
	.done = config_done_names,
	.allowed_text = "names of units, such as kamailio.service, 64 at most",
	.grows = 1,
};
const struct config_value config_groups = {
	.parse = config_parse_groups,
	.done = config_done_names,
	.allowed_text = "names of groups, 16 at most",
	.grows = 1,
};
