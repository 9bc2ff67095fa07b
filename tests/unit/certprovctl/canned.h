/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certprovd whose answers are known: sockets in a directory of their own,
 * a thread that answers each call with what the test wrote. Ends with the
 * fixture.
 */
#ifndef CERTPROV_TESTS_CANNED_H
#define CERTPROV_TESTS_CANNED_H

#include <stdbool.h>
#include <stddef.h>

#define CANNED_MAX_REPLIES 8
#define CANNED_MAX_ROWS 8

/* What one method answers: messages, one after the other; nothing may come
 * after them. Members that are missing are added (contract_complete), others
 * that the interface does not have fail the test. Of several rows of a method
 * each is for one call, and the last for all that follow. */
struct canned {
	const char *method; /* with its interface */
	const char *replies[CANNED_MAX_REPLIES];
	bool breaks; /* the connection ends after these */
	bool wrong;  /* sent as they are, whatever the interface says */
};

void canned_setup(void); /* and paper_setup */
void canned_teardown(void);

/* Begin to answer; the table stays the caller's. The environment names the
 * sockets from now on. */
void canned_serve(const struct canned *table, size_t count);
/* The directory of the sockets. */
const char *canned_dir(void);
/* The last call, as it came; lives until the next. */
const char *canned_last_call(void);
/* This is part of it. */
void canned_called(const char *part);
size_t canned_calls(void);
/* The bytes of the descriptor that came with the last call, as text; NULL
 * when there was none. */
const char *canned_last_document(void);

#define CANNED(...)                                                            \
	do {                                                                   \
		static const struct canned table_[] = {__VA_ARGS__};           \
		canned_serve(table_, sizeof(table_) / sizeof(table_[0]));      \
	} while (0)

#endif
