/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TLS server presents, so that certprovd can be asked about the chain. A
 * process without rights makes a handshake that believes everything. Nothing is
 * sent over the connection afterwards.
 */
#ifndef CERTPROVCTL_PEER_H
#define CERTPROVCTL_PEER_H

#include "daemon/certprovctl/peer/chain.h"
#include "daemon/certprovctl/peer/peer-report.h"
#include "daemon/certprovctl/peer/starttls.h"
#include "lib/base/macros.h"
#include "lib/x509/names.h"

#define PEER_PORT_SIZE 6

/* Where to connect to. */
struct peer_target {
	char host[HOST_TEXT_MAX_CHARS + 1]; /* without brackets */
	char port[PEER_PORT_SIZE];          /* empty: none was given */
};

/* "pbx.example.com", "pbx:5061", "192.0.2.1:5061", "2001:db8::1",
 * "[2001:db8::1]:5061". 0 or -EINVAL. */
int peer_target_parse(const char *text, struct peer_target *ret);

struct peer {
	struct chain chain;
	char address[CONNECTION_ADDRESS_SIZE];
	char version[PEER_NAME_SIZE]; /* of TLS */
	char cipher[PEER_NAME_SIZE];
	bool finished; /* the handshake was completed */
};
void peer_done(struct peer *p);
DEFINE_CLEANUP_EMBEDDED(struct peer, peer_done);

/*
 * Connects until deadline_ms (as of lib/varlink-client), asks for TLS if
 * starttls is not NULL, and takes what the peer presents to a client that asks
 * for name. EXIT_TROUBLE after reporting why it failed. A handshake that fails
 * after the chain has arrived is reported, but is no failure.
 */
enum exit_status peer_ask(const struct session *s,
	const struct peer_target *target, const struct starttls *starttls,
	const char *name, int64_t deadline_ms, struct peer *ret);

#endif
