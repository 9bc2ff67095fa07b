/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a download failed, where the verdict leaves several causes, and what
 * helps against each. The fetcher names one; the words are the daemon's, since
 * what it is told to do must not come from a fetcher.
 */
#ifndef CERTPROV_FETCH_CAUSES_H
#define CERTPROV_FETCH_CAUSES_H

#include "lib/verdict/verdict.h"

enum fetch_cause {
	FETCH_CAUSE_NONE,
	/* connection-failed */
	FETCH_CAUSE_NAME_UNKNOWN,
	FETCH_CAUSE_REFUSED,
	FETCH_CAUSE_UNREACHABLE,
	FETCH_CAUSE_CLOSED,
	FETCH_CAUSE_NOT_HTTP,
	FETCH_CAUSE_PROXY, /* it, not the server */
	/* timeout */
	FETCH_CAUSE_NAME_SLOW,
	FETCH_CAUSE_CONNECT_SLOW,
	FETCH_CAUSE_HANDSHAKE_SLOW,
	FETCH_CAUSE_ANSWER_SLOW,
	FETCH_CAUSE_BODY_SLOW,
	/* authentication-required */
	FETCH_CAUSE_NO_USER,
	FETCH_CAUSE_USER_REFUSED,
	FETCH_CAUSE_SET_USER_REFUSED, /* that of http_client_user */
	FETCH_CAUSE_USER_WITHHELD,    /* it is not for this server */
	FETCH_CAUSE_USER_NOT_CARRIED, /* a redirect led to another server */
	FETCH_CAUSE_SCHEME,
	FETCH_CAUSE_PROXY_USER,
	FETCH_CAUSE_PROXY_BETWEEN, /* and none is configured */
	/* handshake-failed */
	FETCH_CAUSE_NAME_NOT_SERVED,
	FETCH_CAUSE_WEAK_PARAMETERS,
	FETCH_CAUSE_MAY_WANT_CLIENT, /* it asked for a certificate */
	FETCH_CAUSE__END
};

/* Their identifiers, NULL at the end. */
extern const char *const fetch_cause_names[FETCH_CAUSE__END + 1];
/* The verdict that it is a cause of. */
enum verdict fetch_cause_verdict(enum fetch_cause cause);
/* What helps, one or two sentences that end without a full stop; of a cause,
 * or of an HTTP status (0: none came). NULL when nothing is known. Lives
 * forever. */
const char *fetch_cause_advice(
	enum fetch_cause cause, enum verdict verdict, long status);

#endif
