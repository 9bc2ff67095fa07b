/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-fields.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/varlink/json-check.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd"

cJSON *json_free(cJSON *item)
{
	cJSON_Delete(item);
	return NULL;
}

/* --- one decoder a type: 0, -EINVAL or -ENOMEM --- */

static bool json_fields_within_count(
	const struct json_field *f, const cJSON *item)
{
	return f->max == 0 || cJSON_GetArraySize(item) <= f->max;
}

static bool json_fields_holds_only(
	const cJSON *list, cJSON_bool (*is)(const cJSON *))
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, list)
	{
		if (!is(item))
			return false;
	}
	return true;
}

static int json_fields_decode_string(
	const struct json_field *f, const cJSON *item, void *ret)
{
	if (!cJSON_IsString(item))
		return -EINVAL;
	if (f->max > 0 && strlen(item->valuestring) > (size_t)f->max)
		return -EINVAL;
	*(const char **)ret = item->valuestring;
	return 0;
}

static int json_fields_decode_choice(
	const struct json_field *f, const cJSON *item, void *ret)
{
	assert(f->choices);
	if (!cJSON_IsString(item))
		return -EINVAL;
	for (int i = 0; f->choices[i]; i++) {
		if (strcmp(f->choices[i], item->valuestring) != 0)
			continue;
		*(int *)ret = i;
		return 0;
	}
	return -EINVAL;
}

static int json_fields_decode_bool(
	const struct json_field *f, const cJSON *item, void *ret)
{
	(void)f;
	if (!cJSON_IsBool(item))
		return -EINVAL;
	*(bool *)ret = cJSON_IsTrue(item);
	return 0;
}

static int json_fields_decode_int64(
	const struct json_field *f, const cJSON *item, void *ret)
{
	bool unlimited = f->min == 0 && f->max == 0;
	int64_t min = unlimited ? -JSON_MAX_INTEGER : f->min;
	int64_t max = unlimited ? JSON_MAX_INTEGER : f->max;
	double value = 0;

	if (!cJSON_IsNumber(item))
		return -EINVAL;
	value = item->valuedouble;
	if (!(fabs(value) <= (double)JSON_MAX_INTEGER) ||
		(double)(int64_t)value != value)
		return -EINVAL;
	if ((int64_t)value < min || (int64_t)value > max)
		return -EINVAL;
	*(int64_t *)ret = (int64_t)value;
	return 0;
}

static int json_fields_decode_time(
	const struct json_field *f, const cJSON *item, void *ret)
{
	(void)f;
	if (!cJSON_IsString(item))
		return -EINVAL;
	return time_parse(item->valuestring, ret) < 0 ? -EINVAL : 0;
}

static int json_fields_decode_sha256(
	const struct json_field *f, const cJSON *item, void *ret)
{
	struct json_sha256 digest = {.set = true};

	(void)f;
	if (!cJSON_IsString(item) || strpbrk(item->valuestring, "ABCDEF"))
		return -EINVAL;
	if (hex_parse(item->valuestring, digest.bytes, SHA256_BYTES) < 0)
		return -EINVAL;
	*(struct json_sha256 *)ret = digest;
	return 0;
}

static int json_fields_decode_sha256_text(
	const struct json_field *f, const cJSON *item, void *ret)
{
	struct json_sha256 ignored;
	int r = json_fields_decode_sha256(f, item, &ignored);

	if (r == 0)
		*(const char **)ret = item->valuestring;
	return r;
}

static int json_fields_decode_strings(
	const struct json_field *f, const cJSON *item, void *ret)
{
	if (!cJSON_IsArray(item) || !json_fields_within_count(f, item) ||
		!json_fields_holds_only(item, cJSON_IsString))
		return -EINVAL;
	*(const cJSON **)ret = item;
	return 0;
}

static int json_fields_decode_string_map(
	const struct json_field *f, const cJSON *item, void *ret)
{
	if (!cJSON_IsObject(item) || !json_fields_within_count(f, item) ||
		!json_fields_holds_only(item, cJSON_IsString))
		return -EINVAL;
	*(const cJSON **)ret = item;
	return 0;
}

static int json_fields_decode_object(
	const struct json_field *f, const cJSON *item, void *ret)
{
	(void)f;
	if (!cJSON_IsObject(item))
		return -EINVAL;
	*(const cJSON **)ret = item;
	return 0;
}

static int json_fields_decode_array(
	const struct json_field *f, const cJSON *item, void *ret)
{
	if (!cJSON_IsArray(item) || !json_fields_within_count(f, item) ||
		!json_fields_holds_only(item, cJSON_IsObject))
		return -EINVAL;
	*(const cJSON **)ret = item;
	return 0;
}

static int json_fields_decode_bytes(
	const struct json_field *f, const cJSON *item, void *ret)
{
	int r = 0;

	if (!cJSON_IsString(item))
		return -EINVAL;
	r = base64_decode(item->valuestring, (size_t)f->max, ret);
	return r == -EFBIG ? -EINVAL : r;
}

static void json_fields_bytes_list_done(struct json_bytes_list *list)
{
	for (size_t i = 0; list->items && i < list->count; i++)
		bytes_done(&list->items[i]);
	free(list->items);
	*list = (struct json_bytes_list){0};
}

DEFINE_CLEANUP_EMBEDDED(struct json_bytes_list, json_fields_bytes_list_done);

static int json_fields_decode_bytes_items(const struct json_field *f,
	const cJSON *array, struct json_bytes_list *list)
{
	const cJSON *item = NULL;
	int64_t total = 0;

	cJSON_ArrayForEach(item, array)
	{
		struct bytes *b = &list->items[list->count];
		int r = json_fields_decode_bytes(f, item, b);

		if (r < 0)
			return r;
		list->count++;
		total += (int64_t)b->len;
		if (f->max > 0 && total > f->max)
			return -EINVAL;
	}
	return 0;
}

static int json_fields_decode_bytes_list(
	const struct json_field *f, const cJSON *item, void *ret)
{
	CLEANUP(json_fields_bytes_list_done) struct json_bytes_list list = {0};
	int count = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : -1;
	int r = 0;

	if (count < 0 || (f->max_items > 0 && count > f->max_items))
		return -EINVAL;
	list.items = calloc((size_t)count + 1, sizeof(*list.items));
	if (!list.items)
		return -ENOMEM;
	r = json_fields_decode_bytes_items(f, item, &list);
	if (r < 0)
		return r;
	*(struct json_bytes_list *)ret = TAKE_OBJECT(list);
	return 0;
}

typedef int decoder(const struct json_field *f, const cJSON *item, void *ret);

static decoder *const decoders[JSON_TYPE__END] = {
	[JSON_STRING] = json_fields_decode_string,
	[JSON_CHOICE] = json_fields_decode_choice,
	[JSON_BOOL] = json_fields_decode_bool,
	[JSON_INT64] = json_fields_decode_int64,
	[JSON_TIME] = json_fields_decode_time,
	[JSON_SHA256_TEXT] = json_fields_decode_sha256_text,
	[JSON_SHA256] = json_fields_decode_sha256,
	[JSON_STRINGS] = json_fields_decode_strings,
	[JSON_STRING_MAP] = json_fields_decode_string_map,
	[JSON_OBJECT] = json_fields_decode_object,
	[JSON_ARRAY] = json_fields_decode_array,
	[JSON_BYTES] = json_fields_decode_bytes,
	[JSON_BYTES_LIST] = json_fields_decode_bytes_list,
};

/* --- tables --- */

static const struct json_field *json_fields_find_field(
	const struct json_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static const char *json_fields_find_unknown(
	const struct json_field *fields, size_t count, const cJSON *object)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, object)
	{
		if (!json_fields_find_field(fields, count, item->string))
			return item->string;
	}
	return NULL;
}

static int json_fields_decode_field(
	const struct json_field *f, const cJSON *object, void *ret)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, f->name);

	if (!item || cJSON_IsNull(item))
		return f->required ? -EINVAL : 0;
	return decoders[f->type](f, item, (char *)ret + f->offset);
}

int json_fields_decode_known(const struct json_field *fields, size_t count,
	const cJSON *object, void *ret, const char **ret_wrong)
{
	for (size_t i = 0; i < count; i++) {
		int r = json_fields_decode_field(&fields[i], object, ret);

		if (r == 0)
			continue;
		json_fields_done(fields, i, ret);
		if (r == -EINVAL)
			*ret_wrong = fields[i].name;
		return r;
	}
	return 0;
}

int json_fields_decode(const struct json_field *fields, size_t count,
	const cJSON *object, void *ret, const char **ret_wrong)
{
	const char *unknown = json_fields_find_unknown(fields, count, object);

	if (unknown) {
		*ret_wrong = unknown;
		return -EINVAL;
	}
	return json_fields_decode_known(fields, count, object, ret, ret_wrong);
}

void json_fields_done(
	const struct json_field *fields, size_t count, void *object)
{
	for (size_t i = 0; i < count; i++) {
		void *member = (char *)object + fields[i].offset;

		if (fields[i].type == JSON_BYTES)
			bytes_done(member);
		if (fields[i].type == JSON_BYTES_LIST)
			json_fields_bytes_list_done(member);
	}
}

/* --- encoding --- */

void json_done(struct json_writer *w)
{
	cJSON_Delete(w->object);
	*w = (struct json_writer){0};
}

/* The object, made on first use; NULL once anything has failed. */
static cJSON *json_fields_writer_object(struct json_writer *w)
{
	if (!w->object && !w->failed)
		w->object = cJSON_CreateObject();
	if (!w->object)
		w->failed = true;
	return w->failed ? NULL : w->object;
}

int json_take(struct json_writer *w, cJSON **ret)
{
	cJSON *object = json_fields_writer_object(w);

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
	cJSON *object = json_fields_writer_object(w);

	if (object && item && cJSON_AddItemToObject(object, name, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

/* A copy in which every byte that is not UTF-8 has become U+FFFD. */
static char *json_fields_replace_invalid(const char *text, size_t len)
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

static cJSON *json_fields_string_item(const char *text)
{
	CLEANUP(free) char *clean = NULL;
	size_t len = strlen(text);

	if (utf8_valid_bytes(text, len) == len)
		return cJSON_CreateString(text);
	clean = json_fields_replace_invalid(text, len);
	return clean ? cJSON_CreateString(clean) : NULL;
}

void json_put_string(struct json_writer *w, const char *name, const char *text)
{
	if (text)
		json_put_item(w, name, json_fields_string_item(text));
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
	char text[TIME_TEXT_SIZE];

	time_format(seconds, text);
	json_put_string(w, name, text);
}

static cJSON *json_fields_base64_item(const void *data, size_t len)
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
		json_put_item(w, name, json_fields_base64_item(data, len));
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
static cJSON *json_fields_take_inner(struct json_writer *inner)
{
	cJSON *object = NULL;

	return json_take(inner, &object) < 0 ? NULL : object;
}

void json_put_object(
	struct json_writer *w, const char *name, struct json_writer *inner)
{
	json_put_item(w, name, json_fields_take_inner(inner));
}

static cJSON *json_fields_writer_array(struct json_writer *w, const char *name)
{
	cJSON *array = cJSON_GetObjectItemCaseSensitive(w->object, name);

	if (array)
		return array;
	json_put_item(w, name, cJSON_CreateArray());
	return cJSON_GetObjectItemCaseSensitive(w->object, name);
}

static void json_fields_append_item(
	struct json_writer *w, const char *name, cJSON *item)
{
	cJSON *array = json_fields_writer_array(w, name);

	if (array && item && cJSON_AddItemToArray(array, item))
		return;
	cJSON_Delete(item);
	w->failed = true;
}

void json_put_array(struct json_writer *w, const char *name)
{
	if (!json_fields_writer_array(w, name))
		w->failed = true;
}

void json_append_string(
	struct json_writer *w, const char *name, const char *text)
{
	json_fields_append_item(w, name, json_fields_string_item(text));
}

void json_append_base64(
	struct json_writer *w, const char *name, const void *data, size_t len)
{
	json_fields_append_item(w, name, json_fields_base64_item(data, len));
}

void json_append_object(
	struct json_writer *w, const char *name, struct json_writer *inner)
{
	json_fields_append_item(w, name, json_fields_take_inner(inner));
}
