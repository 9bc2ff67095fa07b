/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-fields.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/varlink/json-check.h"

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

static int json_fields_decode_name(
	const struct json_field *f, const cJSON *item, void *ret)
{
	assert(f->names);
	if (!cJSON_IsString(item))
		return -EINVAL;
	return f->names->find(item->valuestring, ret) < 0 ? -EINVAL : 0;
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
	return date_parse(item->valuestring, ret) < 0 ? -EINVAL : 0;
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

static int json_fields_decode_digest(
	const struct json_field *f, const cJSON *item, void *ret)
{
	struct json_sha256 digest;
	int r = json_fields_decode_sha256(f, item, &digest);

	if (r == 0)
		memcpy(ret, digest.bytes, SHA256_BYTES);
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

static int json_fields_decode_texts(
	const struct json_field *f, const cJSON *item, void *ret)
{
	const cJSON *array = NULL;
	const char **texts = NULL;
	size_t count = 0;
	int r = json_fields_decode_strings(f, item, &array);

	if (r < 0)
		return r;
	texts = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array)
	{
		texts[count++] = item->valuestring;
	}
	*(struct json_texts *)ret = (struct json_texts){texts, count};
	return 0;
}

static bool json_fields_owns(enum json_type type)
{
	return type == JSON_BYTES || type == JSON_BYTES_LIST ||
		type == JSON_TEXTS || type == JSON_STRUCTS;
}

static int json_fields_decode_struct(
	const struct json_field *f, const cJSON *item, void *ret)
{
	const char *wrong = NULL;

	assert(f->nested);
	for (size_t i = 0; i < f->nested->count; i++)
		assert(!json_fields_owns(f->nested->fields[i].type));
	if (!cJSON_IsObject(item))
		return -EINVAL;
	return json_fields_decode_known(
		f->nested->fields, f->nested->count, item, ret, &wrong);
}

static int json_fields_decode_structs(
	const struct json_field *f, const cJSON *item, void *ret)
{
	CLEANUP(free) char *items = NULL;
	const cJSON *array = NULL;
	size_t count = 0;
	int r = json_fields_decode_array(f, item, &array);

	if (r < 0)
		return r;
	items = calloc((size_t)cJSON_GetArraySize(array) + 1, f->nested->size);
	if (!items)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array)
	{
		r = json_fields_decode_struct(
			f, item, items + count++ * f->nested->size);
		if (r < 0)
			return r;
	}
	*(struct json_structs *)ret =
		(struct json_structs){TAKE_PTR(items), count};
	return 0;
}

typedef int decoder(const struct json_field *f, const cJSON *item, void *ret);

static decoder *const decoders[JSON_TYPE__END] = {
	[JSON_STRING] = json_fields_decode_string,
	[JSON_CHOICE] = json_fields_decode_choice,
	[JSON_NAME] = json_fields_decode_name,
	[JSON_BOOL] = json_fields_decode_bool,
	[JSON_INT64] = json_fields_decode_int64,
	[JSON_TIME] = json_fields_decode_time,
	[JSON_SHA256_TEXT] = json_fields_decode_sha256_text,
	[JSON_SHA256] = json_fields_decode_sha256,
	[JSON_DIGEST] = json_fields_decode_digest,
	[JSON_STRINGS] = json_fields_decode_strings,
	[JSON_STRING_MAP] = json_fields_decode_string_map,
	[JSON_OBJECT] = json_fields_decode_object,
	[JSON_ARRAY] = json_fields_decode_array,
	[JSON_BYTES] = json_fields_decode_bytes,
	[JSON_BYTES_LIST] = json_fields_decode_bytes_list,
	[JSON_TEXTS] = json_fields_decode_texts,
	[JSON_STRUCT] = json_fields_decode_struct,
	[JSON_STRUCTS] = json_fields_decode_structs,
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
	assert(decoders[f->type]);
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

static void json_fields_done_member(enum json_type type, void *member)
{
	if (type == JSON_BYTES)
		bytes_done(member);
	else if (type == JSON_BYTES_LIST)
		json_fields_bytes_list_done(member);
	else if (type == JSON_TEXTS)
		free((void *)((struct json_texts *)member)->items);
	else if (type == JSON_STRUCTS)
		free((void *)((struct json_structs *)member)->items);
}

void json_fields_done(
	const struct json_field *fields, size_t count, void *object)
{
	for (size_t i = 0; i < count; i++)
		json_fields_done_member(
			fields[i].type, (char *)object + fields[i].offset);
}

/* --- one encoder a type --- */

typedef void encoder(
	struct json_writer *w, const struct json_field *f, const void *from);

static void json_fields_rewrite(
	struct json_writer *w, const struct json_field *f, const char *text)
{
	CLEANUP(free) char *rewritten = NULL;

	if (f->rewrite(text, &rewritten) < 0)
		w->failed = true;
	else
		json_put_string(w, f->name, rewritten);
}

static void json_fields_encode_string(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const char *text = *(const char *const *)from;

	assert(text || !f->required);
	if (text && f->type == JSON_STRING && f->rewrite)
		json_fields_rewrite(w, f, text);
	else
		json_put_string(w, f->name, text);
}

static void json_fields_encode_choice(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	int choice = *(const int *)from;

	assert(choice >= 0 || !f->required);
	if (choice >= 0)
		json_put_string(w, f->name, f->choices[choice]);
}

static void json_fields_encode_name(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	int value = *(const int *)from;

	assert(value >= 0 || !f->required);
	if (value >= 0)
		json_put_string(w, f->name, f->names->name(value));
}

static void json_fields_encode_bool(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	bool value = *(const bool *)from;

	if (value || !f->omit_false)
		json_put_bool(w, f->name, value);
}

static void json_fields_encode_int64(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	int64_t value = *(const int64_t *)from;

	if (f->required || value != f->absent)
		json_put_int(w, f->name, value);
}

static void json_fields_encode_time(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	int64_t value = *(const int64_t *)from;

	if (f->required || value != f->absent)
		json_put_time(w, f->name, value);
}

static void json_fields_encode_sha256(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const struct json_sha256 *digest = from;

	assert(digest->set || !f->required);
	if (digest->set)
		json_put_hex(w, f->name, digest->bytes, SHA256_BYTES);
}

static void json_fields_encode_digest(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	json_put_hex(w, f->name, from, SHA256_BYTES);
}

static void json_fields_encode_item(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const cJSON *item = *(const cJSON *const *)from;

	assert(item || !f->required);
	if (item)
		json_put_item(w, f->name, cJSON_Duplicate(item, true));
}

static void json_fields_encode_bytes(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const struct bytes *b = from;

	if (b->data || f->required)
		json_put_base64(
			w, f->name, b->data ? b->data : (uint8_t *)"", b->len);
}

static void json_fields_encode_bytes_list(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const struct json_bytes_list *list = from;

	if (f->required)
		json_put_array(w, f->name);
	for (size_t i = 0; i < list->count; i++) {
		const struct bytes *b = &list->items[i];

		json_append_base64(
			w, f->name, b->data ? b->data : (uint8_t *)"", b->len);
	}
}

static void json_fields_encode_texts(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const struct json_texts *texts = from;

	if (f->required)
		json_put_array(w, f->name);
	for (size_t i = 0; i < texts->count; i++)
		json_append_string(w, f->name, texts->items[i]);
}

static void json_fields_encode_struct(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	CLEANUP(json_done) struct json_writer inner = {0};

	json_put_fields(&inner, f->nested->fields, f->nested->count, from);
	json_put_object(w, f->name, &inner);
}

static void json_fields_encode_struct_at(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const void *at = *(const void *const *)from;

	assert(at || !f->required);
	if (at)
		json_fields_encode_struct(w, f, at);
}

static void json_fields_encode_structs(
	struct json_writer *w, const struct json_field *f, const void *from)
{
	const struct json_structs *list = from;
	const struct json_table *t = f->nested;

	if (f->required)
		json_put_array(w, f->name);
	for (size_t i = 0; i < list->count; i++) {
		CLEANUP(json_done) struct json_writer inner = {0};

		json_put_fields(&inner, t->fields, t->count,
			(const char *)list->items + i * t->size);
		json_append_object(w, f->name, &inner);
	}
}

static encoder *const encoders[JSON_TYPE__END] = {
	[JSON_STRING] = json_fields_encode_string,
	[JSON_CHOICE] = json_fields_encode_choice,
	[JSON_NAME] = json_fields_encode_name,
	[JSON_BOOL] = json_fields_encode_bool,
	[JSON_INT64] = json_fields_encode_int64,
	[JSON_TIME] = json_fields_encode_time,
	[JSON_SHA256_TEXT] = json_fields_encode_string,
	[JSON_SHA256] = json_fields_encode_sha256,
	[JSON_DIGEST] = json_fields_encode_digest,
	[JSON_STRINGS] = json_fields_encode_item,
	[JSON_STRING_MAP] = json_fields_encode_item,
	[JSON_OBJECT] = json_fields_encode_item,
	[JSON_ARRAY] = json_fields_encode_item,
	[JSON_BYTES] = json_fields_encode_bytes,
	[JSON_BYTES_LIST] = json_fields_encode_bytes_list,
	[JSON_TEXTS] = json_fields_encode_texts,
	[JSON_STRUCT] = json_fields_encode_struct,
	[JSON_STRUCT_AT] = json_fields_encode_struct_at,
	[JSON_STRUCTS] = json_fields_encode_structs,
};

void json_put_fields(struct json_writer *w, const struct json_field *fields,
	size_t count, const void *from)
{
	for (size_t i = 0; i < count; i++)
		encoders[fields[i].type](
			w, &fields[i], (const char *)from + fields[i].offset);
}

int json_fields_encode(const struct json_field *fields, size_t count,
	const void *from, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_fields(&w, fields, count, from);
	return json_take(&w, ret);
}

int json_fields_append(cJSON *array, const struct json_field *fields,
	size_t count, const void *from)
{
	CLEANUP(json_free) cJSON *one = NULL;
	int r = json_fields_encode(fields, count, from, &one);

	if (r == 0 && !cJSON_AddItemToArray(array, one))
		return -ENOMEM;
	(void)TAKE_PTR(one);
	return r;
}
