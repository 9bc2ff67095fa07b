/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of the phone's certificate when a server asked for one: the
 * fetcher names it, and the words are the daemon's.
 */
#ifndef CERTPROV_FETCH_CLIENT_H
#define CERTPROV_FETCH_CLIENT_H

#include <stdbool.h>

/* Signatures of a run: the fetcher needs one for each handshake in which a
 * server asks. */
#define FETCH_MAX_SIGNATURES 64

enum fetch_client {
	FETCH_CLIENT_NOT_ASKED,
	FETCH_CLIENT_SENT,
	/* Asked for, and none was sent: */
	FETCH_CLIENT_NONE,         /* the job has none */
	FETCH_CLIENT_NOT_VERIFIED, /* servers are not verified */
	FETCH_CLIENT_ORIGIN, /* an unauthenticated document named the server */
	FETCH_CLIENT_LIMIT,  /* FETCH_MAX_SIGNATURES were made */
	FETCH_CLIENT_FAILED, /* the daemon did not sign */
	FETCH_CLIENT__END
};
/* Their identifiers, NULL at the end. */
extern const char *const fetch_client_names[FETCH_CLIENT__END + 1];

/* Why a job has no identity. */
enum fetch_no_identity {
	FETCH_IDENTITY_MISSING,   /* the phone has none */
	FETCH_IDENTITY_KEPT_BACK, /* who named the first URL is not believed */
	FETCH_IDENTITY_ELSEWHERE, /* this is no phone */
	FETCH_IDENTITY__END
};

/* A server asked and was sent none. */
bool fetch_client_withheld(enum fetch_client c);
/* Whether it can be, when the job has an identity or has none. */
bool fetch_client_is_plausible(enum fetch_client c, bool has_identity);

/* Words about one that was not sent; both live forever. */
struct fetch_client_words {
	const char *why;    /* a clause */
	const char *advice; /* ends without a full stop */
};
struct fetch_client_words fetch_client_explain(
	enum fetch_client c, enum fetch_no_identity why);

#endif
