/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/date.h"

#define READ_CHUNK_BYTES 16384

void free_at_end(void *pointer)
{
	void **object = pointer;

	free(*object);
}

int close_fd(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return -1;
}

void close_fd_at_end(int *fd)
{
	*fd = close_fd(*fd);
}

int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void bytes_done(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){0};
}

int bytes_copy(const void *data, size_t len, struct bytes *ret)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	*ret = (struct bytes){.data = copy, .len = len};
	return 0;
}

int write_full(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int read_full(int fd, void *data, size_t len)
{
	uint8_t *p = data;

	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Make room for one more chunk and the final zero byte. */
static int util_grow(struct bytes *b, size_t *room)
{
	size_t wanted = b->len + READ_CHUNK_BYTES + 1;
	uint8_t *more = NULL;

	if (wanted <= *room)
		return 0;
	wanted = wanted > 2 * *room ? wanted : 2 * *room;
	more = realloc(b->data, wanted);
	if (!more)
		return -ENOMEM;
	b->data = more;
	*room = wanted;
	return 0;
}

int read_all(int fd, size_t max_bytes, struct bytes *ret)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	size_t room = 0;
	ssize_t n = 0;
	int r = 0;

	do {
		r = util_grow(&b, &room);
		if (r < 0)
			return r;
		n = read(fd, b.data + b.len, READ_CHUNK_BYTES);
		if (n < 0 && errno != EINTR)
			return -errno;
		b.len += n > 0 ? (size_t)n : 0;
		if (b.len > max_bytes)
			return -EFBIG;
	} while (n != 0);

	b.data[b.len] = 0;
	*ret = b;
	b = (struct bytes){0};
	return 0;
}

int read_file(const char *path, size_t max_bytes, struct bytes *ret)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return read_all(fd, max_bytes, ret);
}

void hex_format(const uint8_t *data, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[data[i] >> 4];
		ret[2 * i + 1] = digits[data[i] & 15];
	}
	ret[2 * len] = 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_parse(const char *text, uint8_t *ret, size_t len)
{
	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_digit(text[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(hex_digit(text[2 * i]) * 16 +
			hex_digit(text[2 * i + 1]));
	return 0;
}

int format_string(char **ret, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int n = 0;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (n < 0)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int replace_string(char **text, const char *value)
{
	char *copy = NULL;

	if (value) {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(*text);
	*text = copy;
	return 0;
}

bool streq_null(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

void time_format(int64_t seconds, char ret[TIME_TEXT_SIZE])
{
	struct date d = date_of_seconds(seconds);

	(void)snprintf(ret, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		d.year % 10000U, d.month % 100U, d.day % 100U, d.hour % 100U,
		d.minute % 100U, d.second % 100U);
}

/* Digits where the form has them, and all else as it is there. */
static bool util_has_time_form(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; i < strlen(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

static unsigned util_number_at(const char *text, size_t digits)
{
	unsigned n = 0;

	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (unsigned)(text[i] - '0');
	return n;
}

int time_parse(const char *text, int64_t *ret)
{
	struct date d = {0};

	if (!util_has_time_form(text))
		return -EINVAL;
	d = (struct date){
		.year = util_number_at(text, 4),
		.month = util_number_at(text + 5, 2),
		.day = util_number_at(text + 8, 2),
		.hour = util_number_at(text + 11, 2),
		.minute = util_number_at(text + 14, 2),
		.second = util_number_at(text + 17, 2),
	};
	return date_to_seconds(&d, ret) ? 0 : -EINVAL;
}
