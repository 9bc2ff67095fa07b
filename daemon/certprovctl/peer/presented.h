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
	NOTE_NONE,         /* it is where it belongs */
	NOTE_UNDECODABLE,  /* not a certificate */
	NOTE_REPEATED,     /* sent before */
	NOTE_OUT_OF_ORDER, /* RFC 5246 7.4.2: each certifies the one before */
	NOTE_ANCHOR,       /* the anchor, which need not be sent */
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
 * Decodes what was sent and notes how it matches the path: fingerprints in hex,
 * leaf first. An empty path is replaced by the issuers that follow the leaf by
 * name. 0 or -ENOMEM.
 */
int presented_new(const struct chain *chain, const char *const *path,
	size_t path_count, struct presented *ret);

/* The index of the certificate with this fingerprint; count if it was not sent.
 * */
size_t presented_find(const struct presented *p, const char *sha256);
/* Does any of them have a note? */
bool presented_has_notes(const struct presented *p);
/* For a person; "" for NOTE_NONE. */
const char *presented_note_text(enum presented_note note);

#endif
