/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in the scratch directory: short forms of what every test of it
 * does, and a record of its events.
 */
#ifndef CERTPROV_TESTS_STORE_FIXTURE_H
#define CERTPROV_TESTS_STORE_FIXTURE_H

#include "daemon/certprovd/store/store.h"
#include "lib/base/sha256-size.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

#define NOW INT64_C(1790000000)
/* They flush for real, and a disk may be slow and shared. */
#define STORE_TIMEOUT_SECONDS 60

extern struct store *store; /* the one under test, or NULL */
extern unsigned events[STORE_WRITE_FAILED + 1]; /* how often each came */
extern char event_sha256[SHA256_HEX_SIZE];      /* of the last that had one */

void store_setup(void); /* scratch directory and an open store */
void store_teardown(void);

int open_store_with(struct store_options options);
int open_store(void);
void close_store(void);
void reopen_store(void);
/* Close it, whole, and remove its WAL, as another program that opens it would:
 * then nothing continues the backup. */
void lose_wal(void);

/* The bytes "certificate N ..." stand for a DER encoding. */
struct store_certificate certificate(unsigned n);
/* In a transaction of its own. */
void add_certificate(unsigned n);
bool has_certificate(unsigned n);
unsigned count(enum store_table table);

struct store_distrusted distrust(unsigned n);
void add_distrusted(unsigned n);
void lift_distrusted(unsigned n);
bool is_distrusted(unsigned n);

/* What follows a run now and then. */
void backup(void);
void zero_scratch_file(const char *name);
/* For a child: commit certificate and distrust 7, close nothing. */
int commit_and_die(void);

/* Run a function in a process of its own: its return value, 0 to 100. */
int in_child(int (*function)(void));

#endif
