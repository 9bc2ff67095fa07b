/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config/config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/config/config-values.h"
#include "lib/base/string.h"

/* One file being read. */
struct config_reading {
	struct config *config;
	struct config_report *report;
	FILE *file;
	const char *path;
	int line;
	bool continued; /* the line goes on with the value of the last key */
	int error;      /* out of memory */
};

void config_done(struct config *c)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].value->done)
			config_keys[i].value->done(
				(char *)c + config_keys[i].offset);
	*c = (struct config){0};
}

static void config_problems_done(struct config_problem *problems, size_t count)
{
	for (size_t i = 0; i < count && i < CONFIG_MAX_PROBLEMS; i++) {
		free(problems[i].file);
		free(problems[i].text);
	}
}

void config_report_done(struct config_report *r)
{
	config_problems_done(r->warnings, r->warning_count);
	config_problems_done(r->errors, r->error_count);
	*r = (struct config_report){0};
}

/* Copies the text; NULL means that memory ran out. */
static void config_say(struct config_reading *r, bool error, const char *text)
{
	struct config_report *report = r->report;
	size_t *count = error ? &report->error_count : &report->warning_count;
	struct config_problem *list = error ? report->errors : report->warnings;

	if (!text) {
		r->error = -ENOMEM;
		return;
	}
	if (*count < CONFIG_MAX_PROBLEMS) {
		list[*count].line = r->line;
		if (string_replace(&list[*count].file, r->path) < 0 ||
			string_replace(&list[*count].text, text) < 0)
			r->error = -ENOMEM;
	}
	(*count)++;
}

static const struct config_key *config_find_key(
	const char *section, const char *key)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].section, section) == 0 &&
			strcmp(config_keys[i].key, key) == 0)
			return &config_keys[i];
	return NULL;
}

/* Keys that had another place once. */
static const struct {
	const char *section;
	const char *key;
	const char *now_section;
	const char *now_key;
} moved[] = {
	{"provisioning", "TlsMinimum", "tls", "MinimumVersion"},
};

/* The key of today; NULL: it never was one. */
static const struct config_key *config_find_moved(
	struct config_reading *r, const char *section, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		CLEANUP(free) char *text = NULL;

		if (strcmp(moved[i].section, section) != 0 ||
			strcmp(moved[i].key, name) != 0)
			continue;
		(void)string_format(&text,
			"%s= of [%s] is taken for %s= of [%s]; write that",
			name, section, moved[i].now_key, moved[i].now_section);
		config_say(r, false, text);
		return config_find_key(moved[i].now_section, moved[i].now_key);
	}
	return NULL;
}

static void config_refuse_value(struct config_reading *r,
	const struct config_key *key, const char *value)
{
	CLEANUP(free) char *allowed = NULL;
	CLEANUP(free) char *fault = NULL;
	CLEANUP(free) char *text = NULL;

	/* A mistyped URL may still hold a password. */
	if (key->value->secret)
		value = "";
	if (key->value->fault)
		(void)key->value->fault(value, &fault);
	if (config_value_allowed(key, &allowed) == 0)
		(void)string_format(&text,
			"[%s] %s=%s is not allowed, only %s%s%s", key->section,
			key->key, value, allowed, fault ? ": " : "",
			fault ? fault : "");
	config_say(r, true, text);
}

static void config_unknown_key(
	struct config_reading *r, const char *section, const char *name)
{
	CLEANUP(free) char *text = NULL;

	(void)string_format(&text, "there is no key %s in [%s]; it is ignored",
		name, section);
	config_say(r, false, text);
}

static int config_on_key(void *userdata, const char *section, const char *name,
	const char *value)
{
	struct config_reading *r = userdata;
	const struct config_key *key = config_find_key(section, name);
	int result = 0;

	if (!key)
		key = config_find_moved(r, section, name);
	if (!key) {
		config_unknown_key(r, section, name);
		return 1;
	}
	if (r->continued && !key->value->grows) {
		config_say(r, true,
			"a line that begins with a blank continues the value "
			"above, which is not a list");
		return 1;
	}
	result = key->value->parse(key, value, (char *)r->config + key->offset);
	if (result == -EINVAL)
		config_refuse_value(r, key, value);
	else if (result < 0)
		r->error = result;
	return 1;
}

/* fgets for inih that counts lines, because inih does not tell their number,
 * and refuses long ones, because inih would cut their values. */
static char *config_read_line(char *ret, int size, void *userdata)
{
	struct config_reading *r = userdata;
	size_t len = 0;
	int c = 0;

	if (!fgets(ret, size, r->file))
		return NULL;
	r->line++;
	r->continued = *ret == ' ' || *ret == '\t';
	len = strlen(ret);
	if ((len > 0 && ret[len - 1] == '\n') || feof(r->file))
		return ret;

	config_say(r, true,
		"the line is longer than 198 characters or contains a zero "
		"byte");
	while (c != '\n' && c != EOF)
		c = fgetc(r->file);
	(void)snprintf(ret, (size_t)size, "\n");
	return ret;
}

/* A missing file is fine unless it must be there. */
static int config_read_one(struct config_reading *r, const char *path)
{
	r->path = path;
	r->line = 0;
	r->file = fopen(path, "re");
	if (!r->file && errno == ENOENT)
		return 0;
	if (!r->file) {
		CLEANUP(free) char *text = NULL;

		(void)string_format(
			&text, "cannot be read: %s", strerror(errno));
		config_say(r, true, text);
		return r->error;
	}
	r->line = ini_parse_stream(config_read_line, r, config_on_key, r);
	if (ferror(r->file))
		config_say(r, true, "cannot be read");
	else if (r->line > 0)
		config_say(r, true,
			"neither [section] nor Key=value nor a comment");
	(void)fclose(r->file);
	return r->error;
}

static int config_is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(".conf") &&
		strcmp(entry->d_name + len - strlen(".conf"), ".conf") == 0;
}

static int config_read_drop_in(
	struct config_reading *r, const char *directory, const char *name)
{
	CLEANUP(free) char *path = NULL;
	int result = string_format(&path, "%s/%s", directory, name);

	return result < 0 ? result : config_read_one(r, path);
}

static int config_read_drop_ins(struct config_reading *r, const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, config_is_drop_in, alphasort);
	int result = 0;

	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (result == 0 && i < CONFIG_MAX_FILES)
			result = config_read_drop_in(
				r, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	r->path = directory;
	r->line = 0;
	if (count > CONFIG_MAX_FILES)
		config_say(r, true, "more than 64 files");
	return result;
}

static int config_set_presets(struct config *c)
{
	for (size_t i = 0; i < config_key_count; i++) {
		int r = 0;

		if (config_keys[i].preset)
			r = config_keys[i].value->parse(&config_keys[i],
				config_keys[i].preset,
				(char *)c + config_keys[i].offset);
		assert(r != -EINVAL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Keys that exclude each other, or must not be empty. */
static void config_check_together(struct config_reading *r, const char *path)
{
	r->path = path;
	r->line = 0;
	if (r->config->firmware && r->config->firmware_file)
		config_say(r, false,
			"Firmware= is used, FirmwareFile= is ignored");
	if (r->config->mac && r->config->mac_interface)
		config_say(r, false, "Mac= is used, MacInterface= is ignored");
	if (!r->config->state_directory || !r->config->runtime_directory)
		config_say(r, true,
			"StateDirectory= and RuntimeDirectory= "
			"cannot be empty");
	if (!r->config->fetch_socket)
		config_say(r, true, "[fetch] Socket= cannot be empty");
}

int config_load(
	const char *path, struct config *ret, struct config_report *report)
{
	CLEANUP(config_done) struct config config = {0};
	CLEANUP(free) char *directory = NULL;
	struct config_reading r = {.config = &config, .report = report};
	int result = 0;

	result = string_format(&directory, "%s.d", path);
	if (result == 0)
		result = config_set_presets(&config);
	if (result == 0)
		result = config_read_one(&r, path);
	if (result == 0)
		result = config_read_drop_ins(&r, directory);
	if (result < 0)
		return result;
	config_check_together(&r, path);
	if (r.error < 0)
		return r.error;
	if (report->error_count > 0)
		return -EINVAL;

	*ret = config;
	config = (struct config){0};
	return 0;
}

static void config_print_units_of(
	const struct config_names *units, const char *command, FILE *out)
{
	for (size_t i = 0; i < units->count; i++)
		(void)fprintf(out, "%s %s\n", command, units->names[i]);
}

void config_print_units(const struct config *c, FILE *out)
{
	config_print_units_of(&c->reload_units, "try-reload-or-restart", out);
	config_print_units_of(&c->restart_units, "try-restart", out);
}

void config_print_keys(FILE *out)
{
	for (size_t i = 0; i < config_key_count; i++) {
		CLEANUP(free) char *allowed = NULL;

		if (config_value_allowed(&config_keys[i], &allowed) < 0)
			return;
		(void)fprintf(out, "%s\t%s\t%s\t%s\t%s\n",
			config_keys[i].section, config_keys[i].key,
			config_keys[i].preset ? config_keys[i].preset : "",
			allowed, config_keys[i].doc);
	}
}
