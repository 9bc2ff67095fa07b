/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every file needs: ownership by scope, full reads and writes, byte
 * strings, hex, sizes. The only place that uses GNU extensions.
 */
#ifndef CERTPROV_UTIL_H
#define CERTPROV_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The compiler checks the arguments against the format, as printf's. */
#define PRINTF_LIKE(index, first) __attribute__((format(printf, index, first)))

/*
 * An owning local: CLEANUP(thing_free) struct thing *t = NULL;
 * DEFINE_CLEANUP makes thing_free usable so. The embedded form is for
 * objects that live in the frame: CLEANUP(thing_done) struct thing t;
 */
#define CLEANUP(function) __attribute__((cleanup(function##_at_end)))
/* NOLINTBEGIN(bugprone-macro-parentheses) a type takes none */
#define DEFINE_CLEANUP(type, function)                                         \
	static inline void function##_at_end(type **object)                    \
	{                                                                      \
		if (*object)                                                   \
			(void)function(*object);                               \
	}                                                                      \
	_Static_assert(1, "semicolon")
#define DEFINE_CLEANUP_EMBEDDED(type, function)                                \
	static inline void function##_at_end(type *object)                     \
	{                                                                      \
		(void)function(object);                                        \
	}                                                                      \
	_Static_assert(1, "semicolon")
/* NOLINTEND(bugprone-macro-parentheses) */

/* Hand over what a pointer owns and leave NULL behind. */
#define TAKE_PTR(pointer)                                                      \
	__extension__({                                                        \
		__typeof__(pointer) *take_from_ = &(pointer);                  \
		__typeof__(pointer) taken_ = *take_from_;                      \
		*take_from_ = NULL;                                            \
		taken_;                                                        \
	})

/* The same for an object in the frame: leaves the zeroed object behind. */
#define TAKE_OBJECT(object)                                                    \
	__extension__({                                                        \
		__typeof__(object) taken_ = (object);                          \
		__builtin_memset(&(object), 0, sizeof(object));                \
		taken_;                                                        \
	})

/* Exchange two objects of one type. */
#define SWAP(a, b)                                                             \
	do {                                                                   \
		__typeof__(a) swap_ = (a);                                     \
		(a) = (b);                                                     \
		(b) = swap_;                                                   \
	} while (0)

/* CLEANUP(free) for what malloc and its kin returned. */
void free_at_end(void *pointer);

/* CLEANUP(close_fd) int fd = -1; returns -1, keeps errno, ignores -1. */
int close_fd(int fd);
void close_fd_at_end(int *fd);
/* Hand over a descriptor and leave -1 behind. */
int take_fd(int *fd);

/* A byte string that owns its memory. Zeroed is empty. */
struct bytes {
	uint8_t *data;
	size_t len;
};
/* Frees the memory and leaves the empty byte string. */
void bytes_done(struct bytes *b);
DEFINE_CLEANUP_EMBEDDED(struct bytes, bytes_done);
/* Copy; *ret is untouched on failure. Returns 0 or -ENOMEM. */
int bytes_copy(const void *data, size_t len, struct bytes *ret);

/* Write or read all of it, whatever the number of calls. Returns 0 or a
 * negative errno; reading past the end is -ENODATA. */
int write_full(int fd, const void *data, size_t len);
int read_full(int fd, void *data, size_t len);
/* Read to end of file. -EFBIG past max_bytes. A zero byte that is not
 * counted follows the data, so that text can be used as a string. */
int read_all(int fd, size_t max_bytes, struct bytes *ret);
int read_file(const char *path, size_t max_bytes, struct bytes *ret);

/* Lower-case hex; ret has room for 2 * len + 1 characters. */
void hex_format(const uint8_t *data, size_t len, char *ret);
/* Exactly len bytes of hex in either case, nothing else: 0 or -EINVAL. */
int hex_parse(const char *text, uint8_t *ret, size_t len);

#define SHA256_BYTES 32
#define SHA256_HEX_SIZE (2 * SHA256_BYTES + 1)

/* printf into new memory the caller frees. Returns 0 or -ENOMEM. */
int format_string(char **ret, const char *format, ...) PRINTF_LIKE(2, 3);
/* Replace *text by a copy of value (NULL for none); 0 or -ENOMEM. */
int replace_string(char **text, const char *value);

/* A and B are equal; NULL equals only NULL. */
bool streq_null(const char *a, const char *b);

/* RFC 3339 UTC with seconds, "2026-05-01T00:00:00Z"; seconds since the epoch.
 * Formatting cannot fail for years 0 to 9999 (others: clamped to these). */
#define TIME_TEXT_SIZE 21
void time_format(int64_t seconds, char ret[TIME_TEXT_SIZE]);
int time_parse(const char *text, int64_t *ret);

#endif
