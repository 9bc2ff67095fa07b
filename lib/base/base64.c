/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* In the table below: not a digit. */
#define NONE 64U

/* The values of all characters. */
struct values {
	uint8_t of[256];
};

static void base64_values_init(struct values *v)
{
	memset(v->of, NONE, sizeof(v->of));
	for (uint8_t i = 0; i < NONE; i++)
		v->of[(unsigned char)digits[i]] = i;
}

/* --- decoding --- */

static size_t base64_padding_of(const char *text, size_t len)
{
	size_t padding = 0;

	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	return padding;
}

/* Up to four digits; missing ones count as zero. -EINVAL for any other
 * character. */
static int base64_take_group(
	const struct values *v, const char *text, size_t count, uint32_t *ret)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t value = i < count ? v->of[(unsigned char)text[i]] : 0U;

		if (value == NONE)
			return -EINVAL;
		group = group << 6 | value;
	}
	*ret = group;
	return 0;
}

/* All groups of four digits but the last; returns how many digits were taken.
 * Fast, because every verification sends its chain as base64. */
static size_t base64_take_whole_groups(const struct values *v,
	const uint8_t *text, size_t count, uint8_t *data)
{
	size_t i = 0;

	for (; count - i > 4; i += 4, data += 3) {
		uint32_t a = v->of[text[i]];
		uint32_t b = v->of[text[i + 1]];
		uint32_t c = v->of[text[i + 2]];
		uint32_t d = v->of[text[i + 3]];

		if ((a | b | c | d) & NONE)
			break;
		data[0] = (uint8_t)(a << 2 | b >> 4);
		data[1] = (uint8_t)(b << 4 | c >> 2);
		data[2] = (uint8_t)(c << 6 | d);
	}
	return i;
}

/* Bits that belong to no byte must be zero. */
static int base64_decode_into(
	const char *text, size_t count, uint8_t *data, size_t bytes)
{
	struct values v;
	size_t taken = 0;
	size_t done = 0;

	base64_values_init(&v);
	taken = base64_take_whole_groups(
		&v, (const uint8_t *)text, count, data);
	done = taken / 4 * 3;
	for (size_t i = taken; i < count; i += 4) {
		uint32_t group = 0;
		size_t left = bytes - done < 3 ? bytes - done : 3;
		int r = base64_take_group(&v, text + i, count - i, &group);

		if (r < 0)
			return r;
		for (size_t k = 0; k < left; k++)
			data[done++] = (uint8_t)(group >> (16 - 8 * k));
		if (left < 3 && (group & (0xffffffU >> (8 * left))) != 0)
			return -EINVAL;
	}
	return 0;
}

int base64_decode(const char *text, size_t max_bytes, struct bytes *ret)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	size_t len = strlen(text);
	size_t padding = base64_padding_of(text, len);
	int r = 0;

	if (max_bytes > 0 && len / 4 * 3 > max_bytes + padding)
		return -EFBIG;
	if (len % 4 != 0)
		return -EINVAL;
	b.data = malloc(len / 4 * 3 + 1);
	if (!b.data)
		return -ENOMEM;
	b.len = len / 4 * 3 - padding;
	r = base64_decode_into(text, len - padding, b.data, b.len);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(b);
	return 0;
}

/* --- encoding --- */

/* One or two bytes. */
static void base64_put_last(const uint8_t *data, size_t count, char ret[4])
{
	uint32_t group = 0;

	for (size_t i = 0; i < 3; i++)
		group = group << 8 | (i < count ? data[i] : 0U);
	memset(ret, '=', 4);
	for (size_t i = 0; i <= count; i++)
		ret[i] = digits[group >> (18 - 6 * i) & 63];
}

size_t base64_put(const void *data, size_t len, char *ret)
{
	const uint8_t *from = data;
	char *to = ret;

	for (; len >= 3; len -= 3, from += 3, to += 4) {
		uint32_t group = (uint32_t)from[0] << 16 |
			(uint32_t)from[1] << 8 | from[2];

		to[0] = digits[group >> 18];
		to[1] = digits[group >> 12 & 63];
		to[2] = digits[group >> 6 & 63];
		to[3] = digits[group & 63];
	}
	if (len > 0) {
		base64_put_last(from, len, to);
		to += 4;
	}
	return (size_t)(to - ret);
}

int base64_encode(const void *data, size_t len, char **ret)
{
	char *text = malloc((len + 2) / 3 * 4 + 1);

	if (!text)
		return -ENOMEM;
	text[base64_put(data, len, text)] = 0;
	*ret = text;
	return 0;
}
