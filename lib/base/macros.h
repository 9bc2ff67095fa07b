/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C17 lacks: ownership by scope, and a few conveniences. The only place
 * that uses GNU extensions.
 */
#ifndef CERTPROV_MACROS_H
#define CERTPROV_MACROS_H

#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The compiler checks the arguments against the format, as printf's. */
#define PRINTF_LIKE(index, first) __attribute__((format(printf, index, first)))

/* A large buffer that is written before it is read, and not zeroed before that
 * as others are (-ftrivial-auto-var-init). */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

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

/* Take what a pointer owns and leave NULL. */
#define TAKE_PTR(pointer)                                                      \
	__extension__({                                                        \
		__typeof__(pointer) *take_from_ = &(pointer);                  \
		__typeof__(pointer) taken_ = *take_from_;                      \
		*take_from_ = NULL;                                            \
		taken_;                                                        \
	})

/* The same for an object in the frame, which becomes zeroed. */
#define TAKE_OBJECT(object)                                                    \
	__extension__({                                                        \
		__typeof__(object) taken_ = (object);                          \
		__builtin_memset(&(object), 0, sizeof(object));                \
		taken_;                                                        \
	})

/* CLEANUP(free) for what malloc and its kin returned. Inlined, it makes gcc's
 * analyzer see what is not initialised where there is no such thing. */
static __attribute__((noinline, unused)) void free_at_end(void *pointer)
{
	void **object = pointer;

	free(*object);
}

/* Exchange two objects of one type. */
#define SWAP(a, b)                                                             \
	do {                                                                   \
		__typeof__(a) swap_ = (a);                                     \
		(a) = (b);                                                     \
		(b) = swap_;                                                   \
	} while (0)

#endif
