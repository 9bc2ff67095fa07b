/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-sarif.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/view.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* --- uris --- */

/* RFC 3986: unreserved, sub-delims, and what separates. "%" is itself in a URL,
 * where it is escaped already. */
static bool check_sarif_is_plain(char c, bool url)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') ||
		(c && strchr("-._~!$&'()*+,;=:@/", c)) ||
		(url && c && strchr("%?#[]", c));
}

int check_sarif_uri_of(const char *name, char **ret)
{
	static const char digits[] = "0123456789ABCDEF";
	bool url = strstr(name, "://") != NULL;
	const char *before = url ? "" : *name == '/' ? "file://" : "";
	char *text = malloc(strlen("file://") + 3 * strlen(name) + 3);
	char *end = text;

	if (!text)
		return -ENOMEM;
	/* A colon in the first segment would make a scheme of it. */
	if (!url && strcspn(name, ":") < strcspn(name, "/"))
		before = "./";
	end = stpcpy(end, before);
	for (const char *p = name; *p; p++) {
		if (check_sarif_is_plain(*p, url)) {
			*end++ = *p;
			continue;
		}
		*end++ = '%';
		*end++ = digits[(unsigned char)*p >> 4];
		*end++ = digits[(unsigned char)*p & 15];
	}
	*end = 0;
	*ret = text;
	return 0;
}

/* {"text": text} under a name. */
static void check_sarif_put_text(
	struct json_writer *w, const char *name, const char *text)
{
	CLEANUP(json_done) struct json_writer object = {0};

	json_put_string(&object, "text", text);
	json_put_object(w, name, &object);
}

/* --- rules --- */

/* The sentence of an identifier without the facts of a case. 0 or -ENOMEM. */
static int check_sarif_describe(const struct problem *p, char **ret)
{
	CLEANUP(warning_words_done) struct warning_words words = {0};
	const struct facts none = {0};
	enum verdict v = VERDICT__END;

	if (p->state != MATRIX_WARNED && verdict_find(p->identifier, &v) == 0)
		return verdict_explain(v, &none, ret, NULL);
	for (enum warning w = 0; p->state == MATRIX_WARNED && w < WARNING__END;
		w++)
		if (strcmp(warning_name(w), p->identifier) == 0 &&
			warning_explain(w, NULL, &words) < 0)
			return -ENOMEM;
	/* Results of settings have no sentence without a value. */
	return string_replace(
		ret, words.sentence ? words.sentence : p->identifier);
}

/* A rule for each identifier; there are fewer than 128 of them. */
struct check_sarif_log {
	struct json_writer rules; /* "rules", for the driver */
	const char *identifiers[128];
	size_t count;
	struct json_writer run; /* "results" */
};

static void check_sarif_log_done(struct check_sarif_log *log)
{
	json_done(&log->rules);
	json_done(&log->run);
}
DEFINE_CLEANUP_EMBEDDED(struct check_sarif_log, check_sarif_log_done);

/* The index of the rule with this identifier, which may be new. */
static int check_sarif_rule_of(
	struct check_sarif_log *log, const struct problem *p, size_t *ret_index)
{
	CLEANUP(json_done) struct json_writer rule = {0};
	CLEANUP(free) char *sentence = NULL;
	size_t i = 0;

	while (i < log->count &&
		strcmp(log->identifiers[i], p->identifier) != 0)
		i++;
	*ret_index = i;
	if (i < log->count)
		return 0;
	if (i == ARRAY_SIZE(log->identifiers))
		return -ENOSPC;
	if (check_sarif_describe(p, &sentence) < 0)
		return -ENOMEM;
	log->identifiers[log->count++] = p->identifier;
	json_put_string(&rule, "id", p->identifier);
	check_sarif_put_text(&rule, "shortDescription", sentence);
	json_append_object(&log->rules, "rules", &rule);
	return 0;
}

/* --- results --- */

static int check_sarif_put_place(struct json_writer *w, const struct problem *p,
	const struct check_file *f)
{
	CLEANUP(json_done) struct json_writer artifact = {0};
	CLEANUP(json_done) struct json_writer region = {0};
	CLEANUP(json_done) struct json_writer physical = {0};
	CLEANUP(json_done) struct json_writer location = {0};
	CLEANUP(free) char *uri = NULL;
	const char *document = p->outcome->document;

	if (check_sarif_uri_of(
		    document && *document ? document : f->name, &uri) < 0)
		return -ENOMEM;
	json_put_string(&artifact, "uri", uri);
	json_put_object(&physical, "artifactLocation", &artifact);
	if (p->outcome->line > 0) {
		json_put_int(&region, "startLine", p->outcome->line);
		json_put_object(&physical, "region", &region);
	}
	json_put_object(&location, "physicalLocation", &physical);
	json_append_object(w, "locations", &location);
	return 0;
}

static const char *check_sarif_level(enum matrix_state state)
{
	if (state == MATRIX_REFUSED)
		return "error";
	return state == MATRIX_WARNED ? "warning" : "note";
}

static int check_sarif_say(const struct problem *p, char **ret)
{
	CLEANUP(free) char *what = NULL;

	if (problem_subject_of(p->outcome, &what) < 0)
		return -ENOMEM;
	return string_format(ret, "%s (firmware %s): %s%s%s", what, p->versions,
		p->sentence, p->remedy ? " " : "", p->remedy ? p->remedy : "");
}

static int check_sarif_add(struct check_sarif_log *log, const struct problem *p,
	const struct check_file *f)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(free) char *message = NULL;
	size_t index = 0;
	int r = check_sarif_rule_of(log, p, &index);

	if (r == 0)
		r = check_sarif_say(p, &message);
	if (r < 0)
		return r;
	json_put_string(&w, "ruleId", p->identifier);
	json_put_int(&w, "ruleIndex", (int64_t)index);
	json_put_string(&w, "level", check_sarif_level(p->state));
	check_sarif_put_text(&w, "message", message);
	r = check_sarif_put_place(&w, p, f);
	json_append_object(&log->run, "results", &w);
	return r;
}

static int check_sarif_add_file(
	struct check_sarif_log *log, const struct check_file *f)
{
	CLEANUP(problems_done) struct problems problems = {0};
	int r = problems_add(&problems, f->matrix, 0);

	for (size_t i = 0; r == 0 && i < problems.count; i++)
		r = check_sarif_add(log, &problems.list[i], f);
	return r;
}

/* --- the log --- */

static int check_sarif_finish(struct check_sarif_log *log, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer tool = {0};
	CLEANUP(json_done) struct json_writer whole = {0};

	json_put_string(&log->rules, "name", "certprovctl check");
	json_put_string(&log->rules, "version", CERTPROV_VERSION);
	json_put_object(&tool, "driver", &log->rules);
	json_put_object(&log->run, "tool", &tool);
	json_put_string(&log->run, "columnKind", "utf16CodeUnits");
	json_put_string(&whole, "$schema", SCHEMA);
	json_put_string(&whole, "version", "2.1.0");
	json_append_object(&whole, "runs", &log->run);
	return json_take(&whole, ret);
}

int check_sarif_print(
	const struct check_file *files, size_t count, const struct screen *s)
{
	CLEANUP(check_sarif_log_done) struct check_sarif_log log = {0};
	CLEANUP(json_free) cJSON *all = NULL;
	int r = 0;

	json_put_array(&log.rules, "rules");
	json_put_array(&log.run, "results");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = check_sarif_add_file(&log, &files[i]);
	if (r == 0)
		r = check_sarif_finish(&log, &all);
	return r < 0 ? r : view_print_json(s, all);
}
