/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-writer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/varlink/json-check.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd"

cJSON *json_free(cJSON *item)
{
	cJSON_Delete(item);
	return NULL;
}

void json_done(struct json_writer *w)
{
	cJSON_Delete(w->object);
	*w = (struct json_writer){0};
}

/* The object, made on first use; NULL once anything has failed. */
static cJSON *json_writer_object(struct json_writer *w)
{
	if (!w->object && !w->failed)
		w->object = cJSON_CreateObject();
	if (!w->object)
		w->failed = true;
	return w->failed ? NULL : w->object;
}

int json_take(struct json_writer *w, cJSON **ret)
{
	cJSON *object = json_writer_object(w);

	if (!object) {
		json_done(w);
		return -ENOMEM;
	}
	w->object = NULL;
	*ret = object;
	return 0;
}

void json_put_item(struct json_writer *w, const char *name, cJSON *item)
{
	cJSON *object = json_writer_object(w);

	if (object && item && cJSON_AddItemToObject(object, name, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

int json_wrap(const char *name, cJSON *item, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_item(&w, name, item);
	return json_take(&w, ret);
}

/* A copy in which every byte that is not UTF-8 has become U+FFFD. */
static char *json_writer_replace_invalid(const char *text, size_t len)
{
	char *copy = malloc(len * strlen(UTF8_REPLACEMENT) + 1);
	char *to = copy;

	while (copy && len > 0) {
		size_t n = utf8_valid_bytes(text, len);

		memcpy(to, text, n);
		to += n;
		text += n;
		len -= n;
		if (len == 0)
			break;
		to = stpcpy(to, UTF8_REPLACEMENT);
		text++;
		len--;
	}
	if (copy)
		*to = 0;
	return copy;
}

static cJSON *json_writer_string_item(const char *text)
{
	CLEANUP(free) char *clean = NULL;
	size_t len = strlen(text);

	if (utf8_valid_bytes(text, len) == len)
		return cJSON_CreateString(text);
	clean = json_writer_replace_invalid(text, len);
	return clean ? cJSON_CreateString(clean) : NULL;
}

void json_put_string(struct json_writer *w, const char *name, const char *text)
{
	if (text)
		json_put_item(w, name, json_writer_string_item(text));
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
	json_put_item(w, name, cJSON_CreateBool(value));
}

/* cJSON prints numbers past its int as doubles, 10^15 as 1e+15: readers that
 * want an integer there would refuse it. */
void json_put_int(struct json_writer *w, const char *name, int64_t value)
{
	char text[32];

	assert(value >= -JSON_MAX_INTEGER && value <= JSON_MAX_INTEGER);
	if (value >= INT_MIN && value <= INT_MAX) {
		json_put_item(w, name, cJSON_CreateNumber((double)value));
		return;
	}
	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	json_put_item(w, name, cJSON_CreateRaw(text));
}

void json_put_time(struct json_writer *w, const char *name, int64_t seconds)
{
	char text[DATE_TEXT_SIZE];

	date_format(seconds, text);
	json_put_string(w, name, text);
}

static cJSON *json_writer_base64_item(const void *data, size_t len)
{
	CLEANUP(free) char *text = NULL;

	if (base64_encode(data, len, &text) < 0)
		return NULL;
	return cJSON_CreateString(text);
}

void json_put_base64(
	struct json_writer *w, const char *name, const void *data, size_t len)
{
	if (data)
		json_put_item(w, name, json_writer_base64_item(data, len));
}

void json_put_hex(
	struct json_writer *w, const char *name, const void *data, size_t len)
{
	CLEANUP(free) char *text = NULL;

	if (!data)
		return;
	text = malloc(2 * len + 1);
	if (!text) {
		w->failed = true;
		return;
	}
	hex_format(data, len, text);
	json_put_string(w, name, text);
}

void json_put_null(struct json_writer *w, const char *name)
{
	json_put_item(w, name, cJSON_CreateNull());
}

/* What a writer built, or NULL when that failed. */
static cJSON *json_writer_take_inner(struct json_writer *inner)
{
	cJSON *object = NULL;

	return json_take(inner, &object) < 0 ? NULL : object;
}

void json_put_object(
	struct json_writer *w, const char *name, struct json_writer *inner)
{
	json_put_item(w, name, json_writer_take_inner(inner));
}

static cJSON *json_writer_array(struct json_writer *w, const char *name)
{
	cJSON *array = cJSON_GetObjectItemCaseSensitive(w->object, name);

	if (array)
		return array;
	json_put_item(w, name, cJSON_CreateArray());
	return cJSON_GetObjectItemCaseSensitive(w->object, name);
}

static void json_writer_append_item(
	struct json_writer *w, const char *name, cJSON *item)
{
	cJSON *array = json_writer_array(w, name);

	if (array && item && cJSON_AddItemToArray(array, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

void json_put_array(struct json_writer *w, const char *name)
{
	if (!json_writer_array(w, name))
		w->failed = true;
}

void json_append_string(
	struct json_writer *w, const char *name, const char *text)
{
	json_writer_append_item(w, name, json_writer_string_item(text));
}

void json_append_base64(
	struct json_writer *w, const char *name, const void *data, size_t len)
{
	json_writer_append_item(w, name, json_writer_base64_item(data, len));
}

void json_append_object(
	struct json_writer *w, const char *name, struct json_writer *inner)
{
	json_writer_append_item(w, name, json_writer_take_inner(inner));
}
