/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers that a run rejected, and what would help against each. A fetcher
 * hands over the chain; why it is rejected, in words, is found out here once
 * more, so that no remedy comes from a fetcher. One verification for each call
 * of ReportPeer, of which there are few.
 */
#ifndef CERTPROV_FETCH_PEERS_H
#define CERTPROV_FETCH_PEERS_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/fetch-messages.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"

struct fetch_peers;

/* 0 or -ENOMEM. */
int fetch_peers_new(struct fetch_peers **ret);
struct fetch_peers *fetch_peers_free(struct fetch_peers *p); /* NULL is fine */
DEFINE_CLEANUP(struct fetch_peers, fetch_peers_free);

/* One of them. Borrowed until the next is added. */
struct fetch_peer_words {
	uint8_t url_sha256[SHA256_BYTES]; /* of the download that led there */
	char *reason; /* NULL: as the verdict alone has it */
	char *remedy; /* of the verdict about the peer, or NULL */
	char *later;  /* what counts from the next run on, or NULL */
	char *issuer; /* subject that is missing, or NULL */
	char *host;   /* that was asked, or NULL */
};

struct fetch_peers_question {
	const struct trust *trust; /* with what this run accepted */
	const struct fetch_peer *peer;
	const char *asked; /* URL, redacted */
	int64_t now;
	bool unrecorded; /* it is in no list of unknown certificates */
};

/* Judge it again and keep the words; the oldest are dropped past
 * FETCH_MAX_PEERS. 0, -ENOMEM, -EIO. */
int fetch_peers_add(struct fetch_peers *p,
	const struct fetch_peers_question *question,
	const uint8_t url_sha256[SHA256_BYTES],
	const struct fetch_peer_words **ret);
/* What a download of this URL met last; NULL: nothing is known. */
const struct fetch_peer_words *fetch_peers_find(
	const struct fetch_peers *p, const uint8_t url_sha256[SHA256_BYTES]);
/* A certificate of this subject has been accepted. 1 and the host (borrowed, or
 * NULL) when a server was rejected for want of one: from now on its remedy says
 * that it came too late. 0 when none was; -ENOMEM. */
int fetch_peers_came(struct fetch_peers *p, const struct firmware *firmware,
	const char *subject, const char **ret_host);

#endif
