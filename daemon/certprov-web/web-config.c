/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/web-config.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-web/http/http-sockets.h"
#include "lib/base/string.h"

#define SECTION "web"
#define RUN "/run/certprov/io.certprov."
#define TOKEN "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DURATION_MAX ((uint64_t)10 * 365 * 24 * 3600)
#define FIELD(name) offsetof(struct web_config, name)

struct web_config_key;

/* A kind of value. */
struct web_config_kind {
	/* 0; -EINVAL when it is not allowed, and -ENOMEM. */
	int (*parse)(const char *text, const struct web_config_key *key,
		void *field);
	const char *allowed;
	bool is_text; /* the field is a char *, which it owns */
};

/* A row of the table of keys. */
struct web_config_key {
	const char *key;
	const struct web_config_kind *kind;
	size_t offset;
	const char *preset; /* NULL: unset */
	uint64_t min;       /* of durations */
	const char *doc;
};

/* --- kinds of values --- */

static int web_config_parse_path(
	const char *text, const struct web_config_key *key, void *field)
{
	(void)key;
	return text[0] == '/' ? string_replace(field, text) : -EINVAL;
}

static int web_config_parse_token(
	const char *text, const struct web_config_key *key, void *field)
{
	(void)key;
	return *text && text[strspn(text, TOKEN)] == '\0'
		? string_replace(field, text)
		: -EINVAL;
}

/* Of the host only the shape: it is the socket that knows. */
static int web_config_parse_address(
	const char *text, const struct web_config_key *key, void *field)
{
	const char *colon = strrchr(text, ':');

	(void)key;
	if (!colon || colon == text || !http_sockets_is_port(colon + 1))
		return -EINVAL;
	return string_replace(field, text);
}

static const struct {
	const char *name;
	uint64_t seconds;
} units[] = {
	{"", 1},
	{"s", 1},
	{"min", 60},
	{"h", 3600},
	{"d", (uint64_t)24 * 3600},
};

static int web_config_parse_duration(
	const char *text, const struct web_config_key *key, void *field)
{
	char *end = NULL;
	uint64_t number = 0;

	if (text[strspn(text, "0123456789")] == text[0])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (errno != 0 || number > DURATION_MAX / units[i].seconds ||
			number * units[i].seconds < key->min)
			return -EINVAL;
		*(uint64_t *)field = number * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

static const struct web_config_kind path = {
	web_config_parse_path, "an absolute path", true};
static const struct web_config_kind token = {
	web_config_parse_token, "letters, digits, - and _", true};
static const struct web_config_kind address = {web_config_parse_address,
	"HOST:PORT, with a port from 1 to 65535", true};
static const struct web_config_kind duration = {web_config_parse_duration,
	"a duration, as 30, 90s, 15min, 12h, 365d", false};

/* In the order of certprov-web.conf(5). */
/* clang-format off */
static const struct web_config_key keys[] = {
	{"Users", &path, FIELD(users), NULL, 0, "The file of users."},
	{"Listen", &address, FIELD(listen), NULL, 0, "Where to serve HTTPS when no socket is passed."},
	{"UserHeader", &token, FIELD(user_header), NULL, 0, "The header in which a front end names the user."},
	{"FrontEndUser", &token, FIELD(front_end_user), NULL, 0, "The system user who may connect as a front end, besides root."},
	{"HSTS", &duration, FIELD(hsts), "0", 0, "How long browsers are told to use nothing but HTTPS; 0 for not at all."},
	{"TrustSocket", &path, FIELD(trust_socket), RUN "trust", 0, "Where certprovd answers questions."},
	{"AdminSocket", &path, FIELD(admin_socket), RUN "admin", 0, "Where it takes changes."},
	{"IdentitySocket", &path, FIELD(identity_socket), RUN "identity", 0, "Where it signs with the key of the phone."},
	{"SessionIdle", &duration, FIELD(session_idle), "15min", 1, "How long a session lasts without a request."},
	{"SessionEnd", &duration, FIELD(session_end), "12h", 1, "How long it lasts at most."},
};
/* clang-format on */

/* --- the file --- */

struct web_config_reading {
	struct web_config *config;
	struct web_config_report *report;
	FILE *file;
	const char *path;
	int line;
	int error; /* out of memory */
};

void web_config_done(struct web_config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].kind->is_text)
			free(*(char **)(void *)((char *)c + keys[i].offset));
	*c = (struct web_config){0};
}

void web_config_report_done(struct web_config_report *r)
{
	for (size_t i = 0; i < WEB_CONFIG_MAX_PROBLEMS; i++) {
		free(r->warnings[i]);
		free(r->errors[i]);
	}
	*r = (struct web_config_report){0};
}

static void web_config_say(
	struct web_config_reading *r, bool error, const char *text)
{
	struct web_config_report *report = r->report;
	size_t *count = error ? &report->error_count : &report->warning_count;
	char **list = error ? report->errors : report->warnings;

	if (*count < WEB_CONFIG_MAX_PROBLEMS &&
		string_format(&list[*count], "%s:%d: %s", r->path, r->line,
			text ? text : "") < 0)
		r->error = -ENOMEM;
	(*count)++;
}

static const struct web_config_key *web_config_find(
	const char *section, const char *name)
{
	if (strcmp(section, SECTION) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].key, name) == 0)
			return &keys[i];
	return NULL;
}

/* inih's: 1 goes on. An empty value is that of the table. */
static int web_config_on_key(void *userdata, const char *section,
	const char *name, const char *value)
{
	struct web_config_reading *r = userdata;
	const struct web_config_key *key = web_config_find(section, name);
	CLEANUP(free) char *text = NULL;
	int result = 0;

	if (!key) {
		(void)string_format(&text,
			"there is no key %s in [%s]; it is ignored", name,
			section);
		web_config_say(r, false, text);
		return 1;
	}
	if (!*value)
		return 1;
	result = key->kind->parse(value, key, (char *)r->config + key->offset);
	if (result == -ENOMEM)
		r->error = result;
	if (result == -EINVAL) {
		(void)string_format(&text, "[%s] %s=%s is not allowed, only %s",
			section, name, value, key->kind->allowed);
		web_config_say(r, true, text);
	}
	return 1;
}

/* inih's reader: counts lines, and refuses those that it would cut. */
static char *web_config_read_line(char *ret, int size, void *userdata)
{
	struct web_config_reading *r = userdata;
	int c = 0;

	r->line++;
	if (!fgets(ret, size, r->file))
		return NULL;
	if (strchr(ret, '\n') || strlen(ret) <= WEB_CONFIG_MAX_LINE)
		return ret;
	web_config_say(r, true, "the line is longer than 198 bytes");
	while (c != '\n' && c != EOF)
		c = fgetc(r->file);
	(void)snprintf(ret, (size_t)size, "\n");
	return ret;
}

static void web_config_read(struct web_config_reading *r)
{
	int line = 0;

	r->file = fopen(r->path, "re");
	if (!r->file) {
		if (errno != ENOENT)
			web_config_say(r, true, strerror(errno));
		return;
	}
	line = ini_parse_stream(web_config_read_line, r, web_config_on_key, r);
	r->line = line > 0 ? line : r->line;
	if (ferror(r->file))
		web_config_say(r, true, "cannot be read");
	else if (line > 0)
		web_config_say(r, true,
			"neither [section] nor Key=value nor a comment");
	(void)fclose(r->file);
}

static int web_config_set_presets(struct web_config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r = 0;

		if (keys[i].preset)
			r = keys[i].kind->parse(keys[i].preset, &keys[i],
				(char *)c + keys[i].offset);
		assert(r != -EINVAL);
		if (r < 0)
			return r;
	}
	return 0;
}

int web_config_load(const char *file, struct web_config *ret,
	struct web_config_report *report)
{
	CLEANUP(web_config_done) struct web_config config = {0};
	struct web_config_reading r = {
		.config = &config, .report = report, .path = file};
	int result = web_config_set_presets(&config);

	if (result == 0) {
		web_config_read(&r);
		result = r.error;
	}
	if (result < 0)
		return result;
	if (report->error_count > 0)
		return -EINVAL;
	*ret = TAKE_OBJECT(config);
	return 0;
}

void web_config_print_keys(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)fprintf(out, "%s\t%s\t%s\t%s\t%s\n", SECTION, keys[i].key,
			keys[i].preset ? keys[i].preset : "",
			keys[i].kind->allowed, keys[i].doc);
}
