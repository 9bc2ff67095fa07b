/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-build.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-writer.h"

/* Where a checked text is read, and the arrays and objects that are open. */
struct json_build {
	const char *p;
	const char *end;
	cJSON *root; /* owned */
	cJSON *open[JSON_MAX_DEPTH];
	size_t depth;
};

static void json_build_done(struct json_build *b)
{
	cJSON_Delete(b->root);
}
DEFINE_CLEANUP_EMBEDDED(struct json_build, json_build_done);

/* The next character that is not space; 0 at the end. */
static char json_build_peek(struct json_build *b)
{
	while (b->p < b->end &&
		(*b->p == ' ' || *b->p == '\t' || *b->p == '\n' ||
			*b->p == '\r'))
		b->p++;
	if (b->p >= b->end)
		return 0;
	return *b->p;
}

/* --- values --- */

/* At the opening quote; the closing one, unless a backslash comes first. */
static const char *json_build_plain_end(const struct json_build *b)
{
	const char *first = b->p + 1;
	const char *quote = memchr(first, '"', (size_t)(b->end - first));

	return quote && !memchr(first, '\\', (size_t)(quote - first)) ? quote
								      : NULL;
}

static char *json_build_plain(struct json_build *b, const char *quote)
{
	const char *first = b->p + 1;
	size_t len = (size_t)(quote - first);
	char *copy = cJSON_malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, first, len);
	copy[len] = 0;
	b->p = quote + 1;
	return copy;
}

static char *json_build_escaped(struct json_build *b)
{
	CLEANUP(json_free) cJSON *item = NULL;
	const char *from = b->p++;

	while (b->p < b->end && *b->p != '"')
		b->p += *b->p == '\\' ? 2 : 1;
	b->p++;
	item = cJSON_ParseWithLength(from, (size_t)(b->p - from));
	return item ? TAKE_PTR(item->valuestring) : NULL;
}

/* In memory of cJSON's. */
static char *json_build_text(struct json_build *b)
{
	const char *quote = json_build_plain_end(b);

	return quote ? json_build_plain(b, quote) : json_build_escaped(b);
}

static cJSON *json_build_string(struct json_build *b)
{
	CLEANUP(json_free) cJSON *item = cJSON_CreateNull();

	if (!item)
		return NULL;
	item->type = cJSON_String;
	item->valuestring = json_build_text(b);
	return item->valuestring ? TAKE_PTR(item) : NULL;
}

/* A number, true, false or null. */
static cJSON *json_build_word(struct json_build *b)
{
	const char *from = b->p;

	while (b->p < b->end && !strchr(",]} \t\r\n", *b->p))
		b->p++;
	return cJSON_ParseWithLength(from, (size_t)(b->p - from));
}

/* Of an array or an object only the beginning. */
static cJSON *json_build_value(struct json_build *b)
{
	switch (json_build_peek(b)) {
	case '{':
		b->p++;
		return cJSON_CreateObject();
	case '[':
		b->p++;
		return cJSON_CreateArray();
	case '"':
		return json_build_string(b);
	default:
		return json_build_word(b);
	}
}

/* --- structure --- */

/* As cJSON links them: the first one's previous is the last. */
static void json_build_append(cJSON *list, cJSON *item)
{
	if (list->child) {
		item->prev = list->child->prev;
		item->prev->next = item;
	} else {
		list->child = item;
	}
	list->child->prev = item;
}

/* Takes the name. */
static int json_build_put(struct json_build *b, char *name)
{
	cJSON *item = json_build_value(b);

	if (!item) {
		cJSON_free(name);
		return -ENOMEM;
	}
	item->string = name;
	if (b->depth > 0)
		json_build_append(b->open[b->depth - 1], item);
	else
		b->root = item;
	if (!cJSON_IsArray(item) && !cJSON_IsObject(item))
		return 0;
	assert(b->depth < ARRAY_SIZE(b->open));
	b->open[b->depth++] = item;
	return 0;
}

static int json_build_member(struct json_build *b)
{
	char *name = json_build_text(b);

	if (!name)
		return -ENOMEM;
	(void)json_build_peek(b);
	b->p++; /* the colon */
	return json_build_put(b, name);
}

/* A value with its name, or what comes between values. */
static int json_build_step(struct json_build *b)
{
	char c = json_build_peek(b);

	if (c == ',' || c == ']' || c == '}') {
		b->p++;
		b->depth -= c == ',' ? 0 : 1;
		return 0;
	}
	return b->depth > 0 && cJSON_IsObject(b->open[b->depth - 1])
		? json_build_member(b)
		: json_build_put(b, NULL);
}

cJSON *json_build(const char *text, size_t len)
{
	CLEANUP(json_build_done)
	struct json_build b = {.p = text, .end = text + len};
	int r = 0;

	do
		r = json_build_step(&b);
	while (r == 0 && b.depth > 0);
	return r < 0 ? NULL : TAKE_PTR(b.root);
}
