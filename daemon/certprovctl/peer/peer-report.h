/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that talks to a peer reports to the one that started it: how
 * far it got, and the chain. The peer may have taken over that process, so a
 * report is trusted no more than the peer itself.
 */
#ifndef CERTPROVCTL_PEER_REPORT_H
#define CERTPROVCTL_PEER_REPORT_H

#include <stdint.h>

#include "daemon/certprovctl/peer/chain.h"
#include "daemon/certprovctl/peer/connection.h"
#include "lib/base/macros.h"

/* "TLSv1.3", "TLS_AES_256_GCM_SHA384" */
#define PEER_NAME_SIZE 64
/* The longest chain, and everything else in a report. */
#define PEER_REPORT_MAX_BYTES (CHAIN_MAX_BYTES + (size_t)16 * 1024)

/* Where it ended. */
enum peer_stage {
	PEER_CONFINING,
	PEER_STARTTLS,
	PEER_PREPARING, /* TLS, before the first byte of it */
	PEER_SHAKING_HANDS,
	PEER_TAKING_CHAIN,
	PEER_STAGE__END,
};

/* Zeroed is empty. */
struct peer_report {
	enum peer_stage stage;
	int error;                    /* 0 or a negative errno */
	uint64_t tls_error;           /* of OpenSSL; 0: it says nothing */
	char version[PEER_NAME_SIZE]; /* of TLS */
	char cipher[PEER_NAME_SIZE];
	char answer[CONNECTION_LINE_SIZE]; /* to STARTTLS, when it was refused
					    */
	struct chain chain;
};
void peer_report_done(struct peer_report *r);
DEFINE_CLEANUP_EMBEDDED(struct peer_report, peer_report_done);

/* 0 or a negative errno. */
int peer_report_write(int fd, const struct peer_report *r);
/* 0; -EBADMSG for anything that peer_report_write() does not write; -E2BIG for
 * a chain past its limits; -ENOMEM. */
int peer_report_decode(
	const uint8_t *data, size_t len, struct peer_report *ret);

#endif
