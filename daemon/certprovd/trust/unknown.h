/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates rejected on a connection, by the chain rule or on upload:
 * one entry a leaf, bounded in number and bytes, the least recently seen goes
 * first. Lives in memory; the owner writes it out, seldom, because a stranger
 * must not be able to wear out the flash. Decides nothing.
 */
#ifndef CERTPROV_UNKNOWN_H
#define CERTPROV_UNKNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/x509/chain-limits.h"

struct bytes;

/* Of all entries: chains, texts, and what goes with each. */
#define UNKNOWN_MAX_BYTES ((size_t)1024 * 1024)
#define UNKNOWN_ENTRY_BYTES 256
/* A longer host, result, purpose or reporter is not kept. */
#define UNKNOWN_MAX_TEXT_BYTES 256
/* Different values kept of each; the count goes on. */
#define UNKNOWN_MAX_HOSTS 8
#define UNKNOWN_MAX_RESULTS 8
#define UNKNOWN_MAX_PURPOSES 5
#define UNKNOWN_MAX_REPORTERS 8

/* A short list of different texts. */
struct unknown_texts {
	char **texts;
	size_t count;
};

struct unknown_entry {
	uint8_t sha256[SHA256_BYTES]; /* of the leaf */
	struct bytes *chain;          /* DER, leaf first */
	size_t chain_count;
	struct unknown_texts hosts;
	struct unknown_texts results;
	struct unknown_texts purposes;
	struct unknown_texts reporters; /* "fetcher" or "uid:N" */
	int64_t first_seen;
	int64_t last_seen;
	uint64_t seen;
	bool stored;  /* the owner has written the chain */
	bool unsaved; /* changed since the owner wrote it */
};
/* What it takes of UNKNOWN_MAX_BYTES. */
size_t unknown_entry_bytes(const struct unknown_entry *e);

/* Add a copy unless it is there; past max it is left out. 0 or -ENOMEM. */
int unknown_texts_add(struct unknown_texts *s, const char *text, size_t max);

/* One rejection. All borrowed; host, purpose and reason may be NULL. */
struct rejection {
	const struct bytes *chain;
	size_t chain_count;
	const char *host;
	const char *purpose;
	const char *result;
	const char *reason; /* the sentence, for listeners; not kept */
	const char *reporter;
	int64_t when;
	/* From a provisioning run: repeating it changes nothing, so that the
	 * same files leave everything as it was. */
	bool by_run;
	bool logged; /* the journal has it already, in other words */
};

struct unknown;

int unknown_new(size_t max_entries, struct unknown **ret);
struct unknown *unknown_free(struct unknown *u); /* NULL is fine */
DEFINE_CLEANUP(struct unknown, unknown_free);

/*
 * Take a rejection in: a new entry, or one more sight of a known one. 0, and
 * *ret_entry (may be a NULL pointer) borrowed until the next change;
 * -EINVAL for an empty chain; -E2BIG past the limits of a chain; -EIO; -ENOMEM.
 */
int unknown_add(struct unknown *u, const struct rejection *r,
	const struct unknown_entry **ret_entry);
/* Whether it would be a sight of an entry that is there, which pushes out no
 * other. No entry matches an invalid chain. */
bool unknown_knows(const struct unknown *u, const struct rejection *r);
/* Put back an entry that was stored, as such: takes what it owns, leaves it
 * empty. 0; -EINVAL when it is there already or is no entry: no chain, or a
 * fingerprint that is not its first certificate's; -EIO; -ENOMEM. */
int unknown_restore(struct unknown *u, struct unknown_entry *entry);
void unknown_entry_done(struct unknown_entry *e);
DEFINE_CLEANUP_EMBEDDED(struct unknown_entry, unknown_entry_done);

/* Remove all. */
void unknown_clear(struct unknown *u);
bool unknown_remove(struct unknown *u, const uint8_t sha256[SHA256_BYTES]);
const struct unknown_entry *unknown_find(
	const struct unknown *u, const uint8_t sha256[SHA256_BYTES]);
/* The most recently seen first; *cursor starts at 0, NULL ends. */
const struct unknown_entry *unknown_next(
	const struct unknown *u, size_t *cursor);
size_t unknown_count(const struct unknown *u);

/* Called whenever an entry has to be written, with the entry in place. */
typedef void unknown_unsaved_fn(void *userdata);
void unknown_on_unsaved(
	struct unknown *u, unknown_unsaved_fn *unsaved, void *userdata);

/* Grows with every change. */
uint64_t unknown_version(const struct unknown *u);
/* This one is now written as it is. */
void unknown_saved(struct unknown *u, const uint8_t sha256[SHA256_BYTES]);

#endif
