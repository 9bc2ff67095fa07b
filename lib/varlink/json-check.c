/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-check.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/utf8.h"

#define KEYS_FIRST_ROOM 64

/* A member's name as it stands in the text, without its quotes. */
struct key {
	const uint8_t *text;
	uint32_t len;
	bool escaped;
};

struct json_check_level {
	bool object;
	size_t first_key; /* of this object in keys */
};

/* What may come next. */
enum expectation {
	EXPECT_VALUE,
	EXPECT_FIRST_ITEM, /* of an array: a value or its end */
	EXPECT_FIRST_KEY,  /* of an object: a key or its end */
	EXPECT_KEY,
	EXPECT_SEPARATOR, /* after a value: a comma or the end */
	EXPECT__END,
};

struct json_check {
	const uint8_t *start;
	const uint8_t *p;
	const uint8_t *end;
	const char *reason;
	enum expectation expect;
	struct json_check_level levels[JSON_MAX_DEPTH];
	size_t depth;
	struct key *keys;
	size_t n_keys;
	size_t keys_room;
	size_t values_left;
};

static int json_check_refuse(struct json_check *c, const char *reason)
{
	c->reason = reason;
	return -EBADMSG;
}

static int json_check_peek(const struct json_check *c)
{
	return c->p < c->end ? *c->p : -1;
}

static bool json_check_accept_char(struct json_check *c, char wanted)
{
	if (json_check_peek(c) != wanted)
		return false;
	c->p++;
	return true;
}

static void json_check_skip_space(struct json_check *c)
{
	while (c->p < c->end &&
		(*c->p == ' ' || *c->p == '\t' || *c->p == '\n' ||
			*c->p == '\r'))
		c->p++;
}

/* --- strings */

/* Four hex digits at p, or -1. */
static int json_check_hex4(const uint8_t *p, const uint8_t *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = p[i] >= '0' && p[i] <= '9' ? p[i] - '0' : -1;

		if (p[i] >= 'a' && p[i] <= 'f')
			digit = p[i] - 'a' + 10;
		if (p[i] >= 'A' && p[i] <= 'F')
			digit = p[i] - 'A' + 10;
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static bool json_check_is_high_surrogate(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool json_check_is_low_surrogate(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* After the letter u of an escape. */
static int check_unicode_escape(struct json_check *c)
{
	int unit = json_check_hex4(c->p, c->end);

	if (unit < 0)
		return json_check_refuse(c, "\\u without four hex digits");
	if (unit == 0)
		return json_check_refuse(c, "the character U+0000");
	if (json_check_is_low_surrogate(unit))
		return json_check_refuse(c, "a lone surrogate");
	c->p += 4;
	if (!json_check_is_high_surrogate(unit))
		return 0;
	if (!json_check_accept_char(c, '\\') ||
		!json_check_accept_char(c, 'u') ||
		!json_check_is_low_surrogate(json_check_hex4(c->p, c->end)))
		return json_check_refuse(c, "a lone surrogate");
	c->p += 4;
	return 0;
}

/* After the backslash. */
static int check_escape(struct json_check *c)
{
	int letter = json_check_peek(c);

	if (letter <= 0 || !strchr("\"\\/bfnrtu", letter))
		return json_check_refuse(c, "an unknown escape");
	c->p++;
	return letter == 'u' ? check_unicode_escape(c) : 0;
}

/* One character of a string, not its end. */
static int check_character(struct json_check *c, bool *escaped)
{
	uint32_t point = 0;
	size_t n = 0;

	if (*c->p < 0x20)
		return json_check_refuse(c, "a control character in a string");
	if (*c->p == '\\') {
		*escaped = true;
		c->p++;
		return check_escape(c);
	}
	n = utf8_next(c->p, (size_t)(c->end - c->p), &point);
	if (n == 0)
		return json_check_refuse(c, "invalid UTF-8");
	c->p += n;
	return 0;
}

/* What nearly all of a message is: a character that is just itself. */
static bool json_check_is_plain(uint8_t c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

#define EACH_BYTE(value) (UINT64_MAX / UINT8_MAX * (value))

/* Has the highest bit of a byte set, if any byte of the word is 0. */
static uint64_t json_check_zero_byte(uint64_t word)
{
	return (word - EACH_BYTE(1)) & ~word;
}

/* The same of eight characters at once. May be false when they are. */
static bool json_check_are_plain(const uint8_t *p)
{
	uint64_t word = 0;
	uint64_t odd = 0;

	memcpy(&word, p, sizeof(word));
	odd = word | (word + EACH_BYTE(1)); /* from 0x7f on */
	odd |= (word - EACH_BYTE(' ')) & ~word;
	odd |= json_check_zero_byte(word ^ EACH_BYTE('"'));
	odd |= json_check_zero_byte(word ^ EACH_BYTE('\\'));
	return !(odd & EACH_BYTE(0x80));
}

static const uint8_t *json_check_skip_plain(
	const uint8_t *p, const uint8_t *end)
{
	while ((size_t)(end - p) >= sizeof(uint64_t) && json_check_are_plain(p))
		p += sizeof(uint64_t);
	while (p < end && json_check_is_plain(*p))
		p++;
	return p;
}

/* After the opening quote; past the closing one on success. */
static int check_string(struct json_check *c, struct key *ret)
{
	const uint8_t *text = c->p;
	bool escaped = false;

	for (;;) {
		int r = 0;

		c->p = json_check_skip_plain(c->p, c->end);
		if (c->p == c->end || *c->p == '"')
			break;
		r = check_character(c, &escaped);

		if (r < 0)
			return r;
	}
	if (c->p == c->end)
		return json_check_refuse(c, "a string without its end");
	*ret = (struct key){
		.text = text,
		.len = (uint32_t)(c->p - text),
		.escaped = escaped,
	};
	c->p++;
	return 0;
}

/* --- keys */

/* A place in a checked string that is read character by character. */
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
};

/* The next UTF-16 unit or UTF-8 byte of \u escapes; see next_point. */
static int32_t json_check_escaped_point(struct cursor *at)
{
	static const char letters[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *at->p);
	int32_t unit = 0;

	if (*at->p != 'u')
		return letter ? meanings[letter - letters] : *at->p;
	unit = json_check_hex4(at->p + 1, at->end);
	at->p += 4;
	if (!json_check_is_high_surrogate(unit))
		return unit;
	unit = 0x10000 + (unit - 0xd800) * 0x400 +
		json_check_hex4(at->p + 3, at->end) - 0xdc00;
	at->p += 6;
	return unit;
}

/* The next code point of a string that passed the check; -1 at its end. */
static int32_t json_check_next_point(struct cursor *at)
{
	uint32_t c = 0;
	int32_t point = 0;

	if (at->p == at->end)
		return -1;
	if (*at->p == '\\') {
		at->p++;
		point = json_check_escaped_point(at);
		at->p++;
		return point;
	}
	at->p += utf8_next(at->p, (size_t)(at->end - at->p), &c);
	return (int32_t)c;
}

/* UTF-8 sorts as its code points do, so both orders below agree. */
static int json_check_compare_points(const struct key *a, const struct key *b)
{
	struct cursor left = {a->text, a->text + a->len};
	struct cursor right = {b->text, b->text + b->len};
	int32_t x = 0;
	int32_t y = 0;

	do {
		x = json_check_next_point(&left);
		y = json_check_next_point(&right);
	} while (x == y && x >= 0);
	return (x > y) - (x < y);
}

static int json_check_compare_keys(const void *left, const void *right)
{
	const struct key *a = left;
	const struct key *b = right;
	int order = 0;

	if (a->escaped || b->escaped)
		return json_check_compare_points(a, b);
	order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int json_check_remember_key(struct json_check *c, const struct key *key)
{
	size_t room = c->keys_room ? 2 * c->keys_room : KEYS_FIRST_ROOM;
	struct key *more = NULL;

	if (c->n_keys >= JSON_MAX_KEYS)
		return json_check_refuse(c, "too many keys");
	if (c->n_keys == c->keys_room) {
		more = realloc(c->keys, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		c->keys = more;
		c->keys_room = room;
	}
	c->keys[c->n_keys++] = *key;
	return 0;
}

/* At the end of an object: forget its keys, none of which may be there twice.
 * Sorting costs n log n however the keys are chosen, without a secret seed. */
static int check_keys(struct json_check *c, size_t first)
{
	size_t count = c->n_keys - first;
	struct key *keys = NULL;

	c->n_keys = first;
	if (count < 2)
		return 0;
	keys = c->keys + first;
	qsort(keys, count, sizeof(*keys), json_check_compare_keys);
	for (size_t i = 1; i < count; i++)
		if (json_check_compare_keys(&keys[i - 1], &keys[i]) == 0)
			return json_check_refuse(
				c, "a key twice in one object");
	return 0;
}

/* --- numbers */

static size_t json_check_skip_digits(struct json_check *c)
{
	const uint8_t *from = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return (size_t)(c->p - from);
}

/* The value of the digits from p to end, or one more than max. */
static int64_t json_check_digits_value(
	const uint8_t *p, const uint8_t *end, int64_t max)
{
	int64_t value = 0;

	for (; p < end && value <= max; p++)
		value = 10 * value + (*p - '0');
	return value <= max ? value : max + 1;
}

static int check_exponent(struct json_check *c, size_t integer_digits)
{
	const uint8_t *digits = NULL;
	bool negative = false;
	int64_t exponent = 0;

	negative = json_check_accept_char(c, '-');
	if (!negative)
		(void)json_check_accept_char(c, '+');
	digits = c->p;
	if (json_check_skip_digits(c) == 0)
		return json_check_refuse(c, "an exponent without digits");
	exponent = json_check_digits_value(digits, c->p, JSON_MAX_EXPONENT);
	exponent += (int64_t)integer_digits - 1;
	if (!negative && exponent > JSON_MAX_EXPONENT)
		return json_check_refuse(c, "a number out of range");
	return 0;
}

/* After the digits of the integer part. */
static int check_fraction(struct json_check *c, size_t integer_digits)
{
	if (json_check_accept_char(c, '.') && json_check_skip_digits(c) == 0)
		return json_check_refuse(c, "a fraction without digits");
	if (json_check_accept_char(c, 'e') || json_check_accept_char(c, 'E'))
		return check_exponent(c, integer_digits);
	return 0;
}

static int check_number(struct json_check *c)
{
	const uint8_t *from = c->p;
	const uint8_t *digits = NULL;
	const uint8_t *digits_end = NULL;
	int r = 0;

	(void)json_check_accept_char(c, '-');
	digits = c->p;
	if (json_check_skip_digits(c) == 0)
		return json_check_refuse(c, "something that is no value");
	digits_end = c->p;
	if (*digits == '0' && digits_end - digits > 1)
		return json_check_refuse(c, "a number with a leading zero");
	r = check_fraction(c, (size_t)(digits_end - digits));
	if (r < 0)
		return r;
	if (c->p - from > JSON_MAX_NUMBER_CHARS)
		return json_check_refuse(c, "a number too long");
	if (c->p == digits_end &&
		json_check_digits_value(digits, digits_end, JSON_MAX_INTEGER) >
			JSON_MAX_INTEGER)
		return json_check_refuse(c, "an integer beyond 2^53");
	return 0;
}

/* --- structure */

static int check_word(struct json_check *c)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(c->end - c->p) < n ||
			memcmp(c->p, words[i], n) != 0)
			continue;
		c->p += n;
		return 0;
	}
	return check_number(c);
}

static int json_check_open_level(struct json_check *c, bool object)
{
	if (c->depth >= JSON_MAX_DEPTH)
		return json_check_refuse(c, "nested too deep");
	c->levels[c->depth++] = (struct json_check_level){
		.object = object,
		.first_key = c->n_keys,
	};
	c->p++;
	c->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
	return 0;
}

static int json_check_close_level(struct json_check *c)
{
	const struct json_check_level *level = &c->levels[--c->depth];

	c->expect = EXPECT_SEPARATOR;
	return level->object ? check_keys(c, level->first_key) : 0;
}

static int check_value(struct json_check *c)
{
	struct key ignored;

	if (c->values_left-- == 0)
		return json_check_refuse(c, "more values than a call has");
	if (json_check_peek(c) == '{' || json_check_peek(c) == '[')
		return json_check_open_level(c, json_check_peek(c) == '{');
	c->expect = EXPECT_SEPARATOR;
	if (json_check_accept_char(c, '"'))
		return check_string(c, &ignored);
	return check_word(c);
}

static int check_first_item(struct json_check *c)
{
	return json_check_accept_char(c, ']') ? json_check_close_level(c)
					      : check_value(c);
}

static int check_key(struct json_check *c)
{
	struct key key = {0};
	int r = 0;

	if (!json_check_accept_char(c, '"'))
		return json_check_refuse(c, "no key where one must be");
	r = check_string(c, &key);
	if (r < 0)
		return r;
	json_check_skip_space(c);
	if (!json_check_accept_char(c, ':'))
		return json_check_refuse(c, "a key without a colon");
	c->expect = EXPECT_VALUE;
	return json_check_remember_key(c, &key);
}

static int check_first_key(struct json_check *c)
{
	return json_check_accept_char(c, '}') ? json_check_close_level(c)
					      : check_key(c);
}

static int check_separator(struct json_check *c)
{
	bool object = c->levels[c->depth - 1].object;

	if (json_check_accept_char(c, object ? '}' : ']'))
		return json_check_close_level(c);
	if (!json_check_accept_char(c, ','))
		return json_check_refuse(c, "no comma or end after a value");
	c->expect = object ? EXPECT_KEY : EXPECT_VALUE;
	return 0;
}

static int check_text(struct json_check *c)
{
	static int (*const steps[])(struct json_check *) = {
		[EXPECT_VALUE] = check_value,
		[EXPECT_FIRST_ITEM] = check_first_item,
		[EXPECT_FIRST_KEY] = check_first_key,
		[EXPECT_KEY] = check_key,
		[EXPECT_SEPARATOR] = check_separator,
	};
	int r = 0;

	_Static_assert(ARRAY_SIZE(steps) == EXPECT__END, "a step each");
	while (c->depth > 0 || c->expect != EXPECT_SEPARATOR) {
		json_check_skip_space(c);
		r = steps[c->expect](c);
		if (r < 0)
			return r;
	}
	json_check_skip_space(c);
	return c->p == c->end
		? 0
		: json_check_refuse(c, "something after the value");
}

static int check_all(const char *text, size_t len, size_t max_values,
	struct json_fault *ret_fault)
{
	struct json_check c = {
		.values_left = max_values,
		.start = (const uint8_t *)text,
		.p = (const uint8_t *)text,
		.end = (const uint8_t *)text + len,
	};
	int r = 0;

	assert(text || len == 0);
	if (len > UINT32_MAX)
		r = json_check_refuse(&c, "a text too long");
	else
		r = check_text(&c);
	free(c.keys);
	if (r == -EBADMSG && ret_fault)
		*ret_fault = (struct json_fault){
			.reason = c.reason,
			.offset = (size_t)(c.p - c.start),
		};
	return r;
}

int json_check(const char *text, size_t len, struct json_fault *ret_fault)
{
	return check_all(text, len, SIZE_MAX, ret_fault);
}

int json_check_call(const char *text, size_t len, struct json_fault *ret_fault)
{
	return check_all(text, len, JSON_MAX_VALUES_OF_CALL, ret_fault);
}
