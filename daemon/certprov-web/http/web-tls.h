/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS with the phone's own certificate for its web server. The key is in
 * certprovd, which signs each handshake by call. It is asked for the
 * certificate at each new connection, so that a new one is served from then
 * on. The calls block; what bounds them stands below, and how many handshakes
 * there are is for http-turns.h. Judges nobody.
 */
#ifndef CERTPROV_WEB_TLS_H
#define CERTPROV_WEB_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"

/* How long certprovd may take to say which certificate, and to sign; to sign,
 * when it was late with the other, as much as is left. */
#define WEB_TLS_ASK_MS 500
#define WEB_TLS_SIGN_MS 1000
/* Once it was late it is not asked again for the first of these, and twice as
 * long each time, until it does both in time: flash that is slow for once is
 * soon forgotten, and a daemon that hangs stops everything else here, in the
 * long run, for one second of six. */
#define WEB_TLS_PAUSE_MS 500
#define WEB_TLS_MAX_PAUSE_MS 5000
/* How often certprovd is asked for the certificate: at once, and then a second.
 * In between, the last one is served. */
#define WEB_TLS_ASKS_AT_ONCE 100
#define WEB_TLS_ASKS_A_SECOND 50

struct web_tls;

/* Of a connection; zeroed but for whom to tell. */
struct web_tls_handshake {
	/* certprovd was asked to sign it: who resumes a session needs that
	 * not. */
	bool is_signed;
	/* It is done. */
	void (*done)(void *userdata);
	void *userdata;
};

/* Calls nobody yet; socket is certprovd's for identities, and borrowed. 0 or a
 * negative errno. */
int web_tls_new(const char *socket, struct web_tls **ret);
/* After all connections, and what libevent has of them, are gone. */
struct web_tls *web_tls_free(struct web_tls *t);
DEFINE_CLEANUP(struct web_tls, web_tls_free);

/*
 * For one more connection, with the certificate of now; NULL when there is
 * none, or no memory: then the connection has to be closed. What is wrong is
 * logged once, until it is another thing. When the daemon cannot be asked, the
 * last certificate goes on: sessions can be resumed without it. The handshake
 * lives as long as the connection.
 */
SSL *web_tls_accept(struct web_tls *t, struct web_tls_handshake *handshake);
/* Milliseconds for which it is useless to accept: there is no certificate, and
 * the daemon is not asked for one as it was late. 0: there is one, or it is. */
int web_tls_pause(const struct web_tls *t);

#endif
