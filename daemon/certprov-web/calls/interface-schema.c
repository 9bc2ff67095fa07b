/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/interface-schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/varlink/json-writer.h"

#define NAME_BYTES                                                             \
	"._0123456789"                                                         \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* A fault sticks: nothing is taken after it. */
struct interface_schema {
	const char *at;
	const char *comment; /* before the token at at; NULL: none */
	const char *comment_end;
	bool failed;
	char interface[INTERFACE_SCHEMA_MAX_NAME];
	struct json_writer types;
	struct json_writer methods;
	struct json_writer errors;
};

static void interface_schema_done(struct interface_schema *s)
{
	json_done(&s->types);
	json_done(&s->methods);
	json_done(&s->errors);
}
DEFINE_CLEANUP_EMBEDDED(struct interface_schema, interface_schema_done);

/* --- tokens --- */

/* To the next token. An empty line parts a comment from what follows. */
static void interface_schema_skip(struct interface_schema *s)
{
	for (;;) {
		size_t blank = strspn(s->at, " \t\n");
		const char *line = memchr(s->at, '\n', blank);

		if (line &&
			memchr(line + 1, '\n',
				(size_t)(s->at + blank - line) - 1))
			s->comment = NULL;
		s->at += blank;
		if (*s->at != '#')
			return;
		if (!s->comment)
			s->comment = s->at;
		s->at += strcspn(s->at, "\n");
		s->comment_end = s->at;
	}
}

static bool interface_schema_take(struct interface_schema *s, const char *token)
{
	interface_schema_skip(s);
	if (s->failed || strncmp(s->at, token, strlen(token)) != 0)
		return false;
	s->at += strlen(token);
	s->comment = NULL;
	return true;
}

static void interface_schema_expect(
	struct interface_schema *s, const char *token)
{
	if (!interface_schema_take(s, token))
		s->failed = true;
}

/* Empty on a fault. */
static void interface_schema_take_name(
	struct interface_schema *s, char ret[INTERFACE_SCHEMA_MAX_NAME])
{
	size_t len = 0;

	interface_schema_skip(s);
	len = strspn(s->at, NAME_BYTES);
	if (len == 0 || len >= INTERFACE_SCHEMA_MAX_NAME)
		s->failed = true;
	if (s->failed)
		len = 0;
	memcpy(ret, s->at, len);
	ret[len] = '\0';
	s->at += len;
	s->comment = NULL;
}

/* The comment before the token that comes, as one line. */
static void interface_schema_put_comment(
	struct interface_schema *s, struct json_writer *to)
{
	CLEANUP(free) char *text = NULL;
	char *end = NULL;

	interface_schema_skip(s);
	if (!s->comment)
		return;
	text = malloc((size_t)(s->comment_end - s->comment) + 1);
	end = text;
	for (const char *p = s->comment; text && p < s->comment_end;) {
		size_t len = 0;

		p += strspn(p, " \t\n");
		p += strspn(p, "# ");
		len = strcspn(p, "\n");
		if (end > text)
			*end++ = ' ';
		memcpy(end, p, len);
		end += len;
		p += len;
	}
	if (text)
		*end = '\0';
	else
		to->failed = true;
	json_put_string(to, "description", text);
}

/* --- types --- */

static const struct {
	const char *name;
	const char *type;
	const char *format;
} interface_schema_plain[] = {
	{"bool", "boolean", NULL},
	{"int", "integer", "int64"},
	{"float", "number", NULL},
	{"string", "string", NULL},
	{"object", "object", NULL},
};

static void interface_schema_put_named(struct interface_schema *s,
	const char *name, struct json_writer *schema)
{
	char place[(size_t)2 * INTERFACE_SCHEMA_MAX_NAME +
		sizeof(INTERFACE_SCHEMA_PLACE)];

	for (size_t i = 0; i < ARRAY_SIZE(interface_schema_plain); i++) {
		if (strcmp(interface_schema_plain[i].name, name) != 0)
			continue;
		json_put_string(schema, "type", interface_schema_plain[i].type);
		json_put_string(
			schema, "format", interface_schema_plain[i].format);
		return;
	}
	if (!isupper((unsigned char)*name))
		s->failed = true;
	(void)snprintf(place, sizeof(place), INTERFACE_SCHEMA_PLACE "%s.%s",
		s->interface, name);
	json_put_string(schema, "$ref", place);
}

/* The schema becomes that of an array of what it was, or of a map of it. */
static void interface_schema_wrap(struct json_writer *schema, bool array)
{
	struct json_writer outer = {0};

	json_put_string(&outer, "type", array ? "array" : "object");
	json_put_object(
		&outer, array ? "items" : "additionalProperties", schema);
	*schema = outer;
}

/* Adds to the schema, which may have a description. */
static void interface_schema_put_type(
	struct interface_schema *s, struct json_writer *schema)
{
	CLEANUP(json_done) struct json_writer inner = {0};
	bool arrays[INTERFACE_SCHEMA_MAX_PREFIXES] = {false};
	char name[INTERFACE_SCHEMA_MAX_NAME];
	size_t count = 0;

	for (; count < ARRAY_SIZE(arrays); count++) {
		arrays[count] = interface_schema_take(s, "[]");
		if (!arrays[count] && !interface_schema_take(s, "[string]"))
			break;
	}
	interface_schema_take_name(s, name);
	if (count == 0) {
		interface_schema_put_named(s, name, schema);
		return;
	}
	interface_schema_put_named(s, name, &inner);
	for (size_t i = count - 1; i > 0; i--)
		interface_schema_wrap(&inner, arrays[i]);
	json_put_string(schema, "type", arrays[0] ? "array" : "object");
	json_put_object(
		schema, arrays[0] ? "items" : "additionalProperties", &inner);
}

/* Behind the name of a member and its colon. */
static void interface_schema_put_member(struct interface_schema *s,
	const char *name, struct json_writer *member,
	struct json_writer *properties, struct json_writer *schema)
{
	bool optional = interface_schema_take(s, "?");

	interface_schema_put_type(s, member);
	json_put_object(properties, name, member);
	if (!optional)
		json_append_string(schema, "required", name);
}

/* The parenthesis of a struct or an enum. */
static void interface_schema_put_members(
	struct interface_schema *s, struct json_writer *schema)
{
	CLEANUP(json_done) struct json_writer properties = {0};
	char name[INTERFACE_SCHEMA_MAX_NAME];
	bool names_only = false;
	bool more = true;

	interface_schema_expect(s, "(");
	if (interface_schema_take(s, ")"))
		more = false;
	for (bool first = true; more && !s->failed; first = false) {
		CLEANUP(json_done) struct json_writer member = {0};
		bool typed = false;

		interface_schema_put_comment(s, &member);
		interface_schema_take_name(s, name);
		typed = interface_schema_take(s, ":");
		if (first)
			names_only = !typed;
		if (names_only == typed)
			s->failed = true;
		if (typed)
			interface_schema_put_member(
				s, name, &member, &properties, schema);
		else
			json_append_string(schema, "enum", name);
		more = interface_schema_take(s, ",");
		if (!more)
			interface_schema_expect(s, ")");
	}
	json_put_string(schema, "type", names_only ? "string" : "object");
	if (!names_only)
		json_put_object(schema, "properties", &properties);
}

/* --- the interface --- */

static void interface_schema_put_method(
	struct interface_schema *s, struct json_writer *method)
{
	CLEANUP(json_done) struct json_writer parameters = {0};
	CLEANUP(json_done) struct json_writer reply = {0};

	interface_schema_put_members(s, &parameters);
	interface_schema_expect(s, "->");
	interface_schema_put_members(s, &reply);
	json_put_object(method, "parameters", &parameters);
	json_put_object(method, "reply", &reply);
}

/* One type, method or error. */
static void interface_schema_put_next(struct interface_schema *s)
{
	CLEANUP(json_done) struct json_writer member = {0};
	char keyword[INTERFACE_SCHEMA_MAX_NAME];
	char name[INTERFACE_SCHEMA_MAX_NAME];
	struct json_writer *to = NULL;

	interface_schema_put_comment(s, &member);
	interface_schema_take_name(s, keyword);
	interface_schema_take_name(s, name);
	if (strcmp(keyword, "method") == 0) {
		to = &s->methods;
		interface_schema_put_method(s, &member);
	} else if (strcmp(keyword, "type") == 0 ||
		strcmp(keyword, "error") == 0) {
		to = *keyword == 't' ? &s->types : &s->errors;
		interface_schema_put_members(s, &member);
	}
	if (to)
		json_put_object(to, name, &member);
	else
		s->failed = true;
}

int interface_schema_parse(const char *text, cJSON **ret)
{
	CLEANUP(interface_schema_done) struct interface_schema s = {.at = text};
	CLEANUP(json_done) struct json_writer w = {0};

	interface_schema_put_comment(&s, &w);
	interface_schema_expect(&s, "interface");
	interface_schema_take_name(&s, s.interface);
	json_put_string(&w, "name", s.interface);
	interface_schema_skip(&s);
	while (*s.at && !s.failed) {
		interface_schema_put_next(&s);
		interface_schema_skip(&s);
	}
	if (s.failed)
		return -EINVAL;
	json_put_object(&w, "types", &s.types);
	json_put_object(&w, "methods", &s.methods);
	json_put_object(&w, "errors", &s.errors);
	return json_take(&w, ret);
}
