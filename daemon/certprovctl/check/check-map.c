/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-map.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define BLANKS " \t\r"

int check_versions_add(struct check_versions *v, const char *text)
{
	size_t i = v->count;

	if (i == CHECK_MAX_VERSIONS)
		return -ENOSPC;
	if (firmware_parse(text, &v->firmware[i]) < 0)
		return -EINVAL;
	firmware_format(&v->firmware[i], v->texts[i]);
	v->count++;
	return 0;
}

void check_phone_done(struct check_phone *p)
{
	free(p->type);
	*p = (struct check_phone){0};
}

static void check_rule_done(struct check_rule *r)
{
	free(r->pattern);
	check_phone_done(&r->phone);
	*r = (struct check_rule){0};
}
DEFINE_CLEANUP_EMBEDDED(struct check_rule, check_rule_done);

void check_map_done(struct check_map *m)
{
	for (size_t i = 0; i < m->count; i++)
		check_rule_done(&m->rules[i]);
	free(m->rules);
	*m = (struct check_map){0};
}

/* --- one line --- */

/* The next field, ended by a zero byte; NULL at the end of the line. */
static char *check_map_next_field(char **at)
{
	char *field = *at + strspn(*at, BLANKS);

	if (!*field || *field == '#')
		return NULL;
	*at = field + strcspn(field, BLANKS);
	if (**at)
		*(*at)++ = 0;
	return field;
}

static bool check_map_is_set(const char *field)
{
	return strcmp(field, "-") != 0;
}

/* What is wrong with the line; NULL: nothing. */
static const char *check_map_take_versions(
	char *field, struct check_versions *versions)
{
	char *rest = NULL;

	if (!check_map_is_set(field))
		return NULL;
	for (char *one = strtok_r(field, ",", &rest); one;
		one = strtok_r(NULL, ",", &rest)) {
		int r = check_versions_add(versions, one);

		if (r == -ENOSPC)
			return "more than 16 firmware versions";
		if (r < 0)
			return "a firmware is a version such as 10.1.33.33, or several with commas between";
	}
	return versions->count > 0 ? NULL : "there is no firmware version";
}

static int check_map_take_fields(
	char *at, struct check_rule *ret, const char **ret_wrong)
{
	const char *pattern = check_map_next_field(&at);
	const char *type = check_map_next_field(&at);
	const char *mac = type ? check_map_next_field(&at) : NULL;
	char *versions = mac ? check_map_next_field(&at) : NULL;

	if (!versions || check_map_next_field(&at)) {
		*ret_wrong =
			"a line has four fields: PATTERN PHONE-TYPE MAC FIRMWARE";
		return 0;
	}
	if (check_map_is_set(mac) &&
		url_normalise_mac(mac, ret->phone.mac) < 0) {
		*ret_wrong = "a MAC address has 12 hex digits";
		return 0;
	}
	*ret_wrong = check_map_take_versions(versions, &ret->phone.versions);
	if (string_replace(&ret->pattern, pattern) < 0)
		return -ENOMEM;
	return check_map_is_set(type) ? string_replace(&ret->phone.type, type)
				      : 0;
}

/* --- the file --- */

static int check_map_make_room(struct check_map *m)
{
	size_t room = m->room ? 2 * m->room : 8;
	struct check_rule *rules = NULL;

	if (m->count == CHECK_MAP_MAX_RULES)
		return -ENOSPC;
	if (m->count < m->room)
		return 0;
	rules = reallocarray(m->rules, room, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	m->rules = rules;
	m->room = room;
	return 0;
}

static int check_map_append(struct check_map *m, struct check_rule *rule)
{
	int r = check_map_make_room(m);

	if (r == 0)
		m->rules[m->count++] = TAKE_OBJECT(*rule);
	return r;
}

static int check_map_take_line(
	struct check_map *m, char *text, size_t line, const char **ret_wrong)
{
	CLEANUP(check_rule_done) struct check_rule rule = {.line = line};
	char first = text[strspn(text, BLANKS)];
	int r = 0;

	*ret_wrong = NULL;
	if (!first || first == '#')
		return 0;
	r = check_map_take_fields(text, &rule, ret_wrong);
	if (r == 0 && !*ret_wrong)
		r = check_map_append(m, &rule);
	if (r != -ENOSPC)
		return r;
	*ret_wrong = "there are more than 4096 rules";
	return 0;
}

int check_map_read(const char *path, struct check_map *ret, char **ret_problem)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(check_map_done) struct check_map m = {0};
	const char *wrong = NULL;
	char *at = NULL;
	int r = fd_read_file(path, CHECK_MAP_MAX_BYTES, &file);

	if (r < 0)
		return r;
	at = (char *)file.data;
	for (size_t line = 1; r == 0 && at && *at; line++) {
		char *text = strsep(&at, "\n");

		r = check_map_take_line(&m, text, line, &wrong);
		if (r < 0 || !wrong)
			continue;
		r = string_format(ret_problem, "%s:%zu: %s", path, line, wrong);
		return r < 0 ? r : -EINVAL;
	}
	if (r == 0)
		*ret = TAKE_OBJECT(m);
	return r;
}

const struct check_rule *check_map_find(struct check_map *m, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < m->count; i++) {
		struct check_rule *rule = &m->rules[i];
		const char *text = strchr(rule->pattern, '/') ? path : name;

		if (fnmatch(rule->pattern, text, FNM_PERIOD) != 0)
			continue;
		rule->used = true;
		return rule;
	}
	return NULL;
}
