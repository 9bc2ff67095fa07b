/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer presented, certificate by certificate: which of them the path
 * needs, and what a server's administrator would want to know about the
 * others. Judges nothing.
 */
#ifndef CERTPROVCTL_PRESENTED_H
#define CERTPROVCTL_PRESENTED_H

#include "daemon/certprovctl/peer/chain.h"
#include "lib/base/macros.h"
#include "lib/x509/certificate.h"

enum presented_note {
	NOTE_NONE,         /* it stands where it belongs */
	NOTE_UNDECODABLE,  /* no certificate */
	NOTE_REPEATED,     /* sent before */
	NOTE_OUT_OF_ORDER, /* RFC 5246 7.4.2: each certifies the one before */
	NOTE_ANCHOR,       /* the anchor itself: whoever trusts it has it */
	NOTE_SUPERFLUOUS,  /* nothing in the path needs it */
};

struct presented {
	size_t count;
	/* NULL where it does not decode. */
	struct certificate *certificates[CHAIN_MAX_CERTIFICATES];
	enum presented_note notes[CHAIN_MAX_CERTIFICATES];
};
void presented_done(struct presented *p);
DEFINE_CLEANUP_EMBEDDED(struct presented, presented_done);

/*
 * Decode what was sent and note how it goes with the path: fingerprints in
 * hex, leaf first; with none, with the line of issuers that begins at the
 * leaf. 0 or -ENOMEM.
 */
int presented_new(const struct chain *chain, const char *const *path,
	size_t path_count, struct presented *ret);

/* The index of the one with this fingerprint; count when it was not sent. */
size_t presented_find(const struct presented *p, const char *sha256);
/* Is there a note at any? */
bool presented_has_notes(const struct presented *p);
/* For a person; "" for NOTE_NONE. */
const char *presented_note_text(enum presented_note note);

#endif
