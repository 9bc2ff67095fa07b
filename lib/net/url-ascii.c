/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url-ascii.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/utf8.h"

#define LABEL_MAX 63

/* Parameters of RFC 3492 section 5. */
enum {
	PUNY_BASE = 36,
	PUNY_TMIN = 1,
	PUNY_TMAX = 26,
	PUNY_SKEW = 38,
	PUNY_DAMP = 700,
	PUNY_BIAS = 72,
	PUNY_N = 128,
};

/* Lower-case letters and letters without case that have one form only: what is
 * beyond them is left to tools that know all of Unicode. */
static const struct plain_letters {
	uint32_t first;
	uint32_t last;
} plain[] = {
	{0x00DF, 0x00F6},
	{0x00F8, 0x00FF},
	{0x03AC, 0x03CE},
	{0x0430, 0x045F},
	{0x05D0, 0x05EA},
	{0x0621, 0x063A},
	{0x0641, 0x064A},
	{0x3041, 0x3096},
	{0x30A1, 0x30FA},
	{0x4E00, 0x9FFF},
	{0xAC00, 0xD7A3},
};

static bool url_ascii_is_plain(uint32_t c)
{
	/* Latin Extended-A: the odd ones of each pair, or the even ones. */
	if (c >= 0x0100 && c <= 0x0137)
		return c % 2 == 1 && c != 0x0131;
	if ((c >= 0x013A && c <= 0x0148) || (c >= 0x017A && c <= 0x017E))
		return c % 2 == 0;
	if (c >= 0x014A && c <= 0x0177)
		return c % 2 == 1;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (c >= plain[i].first && c <= plain[i].last)
			return true;
	return false;
}

/* --- punycode --- */

static unsigned url_ascii_adapt(unsigned delta, unsigned count, bool first)
{
	unsigned k = 0;

	delta = first ? delta / PUNY_DAMP : delta / 2;
	delta += delta / count;
	while (delta > (PUNY_BASE - PUNY_TMIN) * PUNY_TMAX / 2) {
		delta /= PUNY_BASE - PUNY_TMIN;
		k += PUNY_BASE;
	}
	return k + (PUNY_BASE - PUNY_TMIN + 1) * delta / (delta + PUNY_SKEW);
}

struct puny {
	char *out;
	size_t len;
	size_t room;
};

static int url_ascii_put(struct puny *p, char c)
{
	if (p->len + 1 >= p->room)
		return -E2BIG;
	p->out[p->len++] = c;
	p->out[p->len] = 0;
	return 0;
}

/* One number in digits of varying weight. */
static int url_ascii_put_number(struct puny *p, unsigned number, unsigned bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	int r = 0;

	for (unsigned k = PUNY_BASE; r == 0; k += PUNY_BASE) {
		unsigned t = k <= bias          ? PUNY_TMIN
			: k >= bias + PUNY_TMAX ? PUNY_TMAX
						: k - bias;

		if (number < t)
			return url_ascii_put(p, digits[number]);
		r = url_ascii_put(
			p, digits[t + (number - t) % (PUNY_BASE - t)]);
		number = (number - t) / (PUNY_BASE - t);
	}
	return r;
}

static uint32_t url_ascii_next_of(
	const uint32_t *label, size_t count, uint32_t from)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		if (label[i] >= from && label[i] < next)
			next = label[i];
	return next;
}

/* A label is short, so nothing overflows: 63 characters of 21 bits. */
static int url_ascii_put_rest(
	struct puny *p, const uint32_t *label, size_t count, size_t basic)
{
	unsigned bias = PUNY_BIAS;
	unsigned delta = 0;
	uint32_t n = PUNY_N;
	int r = 0;

	for (size_t done = basic; r == 0 && done < count; n++, delta++) {
		uint32_t next = url_ascii_next_of(label, count, n);

		delta += (unsigned)(next - n) * (unsigned)(done + 1);
		n = next;
		for (size_t i = 0; r == 0 && i < count; i++) {
			delta += label[i] < n;
			if (label[i] != n)
				continue;
			r = url_ascii_put_number(p, delta, bias);
			bias = url_ascii_adapt(
				delta, (unsigned)done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return r;
}

static int url_ascii_put_label(
	struct puny *p, const uint32_t *label, size_t count)
{
	size_t start = p->len;
	size_t basic = 0;
	int r = 0;

	for (size_t i = 0; i < count; i++)
		basic += label[i] < PUNY_N;
	for (const char *c = "xn--"; basic < count && r == 0 && *c; c++)
		r = url_ascii_put(p, *c);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (label[i] < PUNY_N)
			r = url_ascii_put(p, (char)label[i]);
	if (r == 0 && basic > 0 && basic < count)
		r = url_ascii_put(p, '-');
	if (r == 0)
		r = url_ascii_put_rest(p, label, count, basic);
	return r == 0 && p->len - start > LABEL_MAX ? -E2BIG : r;
}

/* ASCII in lower case, other letters only when they are plain. */
static int url_ascii_fold(uint32_t *c)
{
	if (*c >= 'A' && *c <= 'Z')
		*c += 'a' - 'A';
	if (*c >= PUNY_N)
		return url_ascii_is_plain(*c) ? 0 : -EINVAL;
	return *c < 0x80 && strchr("-_", (int)*c) ? 0
		: (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9')
		? 0
		: -EINVAL;
}

/* Up to a full stop or the end, where *host is left; not an empty one. */
static int url_ascii_take_label(
	const char **host, uint32_t label[LABEL_MAX], size_t *ret_count)
{
	size_t count = 0;

	while (**host && **host != '.') {
		uint32_t c = 0;
		size_t n = utf8_next(*host, strlen(*host), &c);
		int r = n > 0 ? url_ascii_fold(&c) : -EINVAL;

		if (r == 0 && count == LABEL_MAX)
			r = -E2BIG;
		if (r < 0)
			return r;
		label[count++] = c;
		*host += n;
	}
	*ret_count = count;
	return count > 0 ? 0 : -EINVAL;
}

int url_ascii_host(const char *host, char *ret, size_t size)
{
	struct puny p = {.out = ret, .room = size};
	uint32_t label[LABEL_MAX];
	size_t count = 0;
	int r = 0;

	ret[0] = 0;
	for (; r == 0; host += *host == '.') {
		r = url_ascii_take_label(&host, label, &count);
		if (r == 0)
			r = url_ascii_put_label(&p, label, count);
		if (r < 0 || *host == 0)
			return r;
		r = url_ascii_put(&p, '.');
	}
	return r;
}
