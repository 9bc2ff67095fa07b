/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes what can be seen of a handshake: what the server chose, asked for and
 * ended it with. Decides nothing.
 */
#ifndef CERTPROV_FETCH_TLS_WATCH_H
#define CERTPROV_FETCH_TLS_WATCH_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/provisioning/fetch-client.h"

/* The first bytes of a record: its type, version and length. */
#define TLS_HEAD_BYTES 5
#define TLS_NO_ALERT (-1)

struct tls_client;

/* What was seen of a handshake, whoever ended it. A connection may outlive the
 * exchange that made it, so both hold it. */
struct tls_seen {
	unsigned holders;
	bool requested; /* the server asked for a client certificate */
	enum fetch_client client;  /* and what it got */
	bool authenticated;        /* the server was verified, and is trusted */
	struct tls_client *teller; /* of who we are (tls-client.h), or NULL */
	bool may_tell;             /* this server */
	bool answered;             /* a ServerHello came */
	int version;               /* that it chose, OpenSSL's number */
	uint16_t cipher;           /* that it chose, as on the wire */
	const char *suite;         /* name of it, or NULL; lives forever */
	bool head_came;            /* something came back at all */
	uint8_t head[TLS_HEAD_BYTES]; /* and began so */
	int alert;                    /* the server's last, or TLS_NO_ALERT */
	unsigned long error;          /* OpenSSL's first, or 0 */
};

/* Once in a process. 0 or -EIO. */
int tls_watch_prepare(void);
/* Watch the connections of this context. In place of *seen: what it is noted
 * in, held by the context as well. 0, -ENOMEM, -EIO. */
int tls_watch(SSL_CTX *context, struct tls_seen **seen);
void tls_seen_release(struct tls_seen *seen); /* NULL is fine */
/* What was seen of this connection's handshake, to be released; NULL: nothing
 * was. */
struct tls_seen *tls_seen_of(const SSL *connection);

/* What came back began like a record of TLS. */
bool tls_is_record(const struct tls_seen *seen);
#endif
