/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange with one server: libcurl told what it may do, and what it
 * said turned into a result. Part of download.[ch]; follows no redirect and
 * retries nothing by itself.
 */
#ifndef CERTPROV_FETCH_TRANSFER_H
#define CERTPROV_FETCH_TRANSFER_H

#include <curl/curl.h>

#include "daemon/certprov-fetch/download-request.h"
#include "daemon/certprov-fetch/replay.h"
#include "lib/base/macros.h"
#include "lib/net/url.h"

#define TRANSFER_STATUS_OK 200
#define TRANSFER_MAX_REALM_CHARS 64
#define TRANSFER_IGNORED_SIZE 1024

/* Whether it can be tried again may depend on the same error's cause. */
struct transfer_end {
	bool transient;
	bool redirect; /* t->location says where to */
	bool look;     /* another handshake can tell why: transfer_look() */
};

struct transfer {
	const struct download_policy *policy;
	const struct download_request *request;
	struct transfer *next; /* in the downloader's list */
	CURL *easy;            /* NULL between exchanges */
	struct curl_slist *headers;
	struct url url; /* of this hop */
	char *url_text; /* canonical, with userinfo */
	char *host;     /* as the peer's certificate names it */
	unsigned hops;
	unsigned tries;
	int64_t not_before_ms; /* when waiting between tries */
	struct tls_check tls;
	struct sockaddr_storage *own; /* the phone's addresses */
	size_t own_count;
	bool exempt; /* a local address is fine here */
	bool address_refused;
	bool authenticated; /* all hops so far, this one included once its
			       headers are there */
	bool body_delivered;
	size_t header_bytes;
	size_t ignored_bytes;
	char *location;
	char *validator;
	char *retry_after; /* as it came, or NULL; likewise date */
	char *date;
	bool encoded;
	char *realm; /* that a server or proxy asks a user for, or NULL */
	char ignored[TRANSFER_IGNORED_SIZE]; /* how an error's body begins */
	bool looked;  /* this is, or there was, a look at what is offered */
	bool looking; /* it is: nothing is requested */
	struct transfer_end before; /* how the exchange ended that led to it */
	bool over; /* result is what we made of it, not libcurl's error */
	struct download_result result;
	/* For the next job, as far as it has come; lost: it does not fit. */
	struct replay_exchange kept;
	size_t kept_room;
	bool kept_lost;
};

struct transfer *transfer_free(struct transfer *t); /* NULL is fine */
DEFINE_CLEANUP(struct transfer, transfer_free);

/*
 * Set up an exchange with t->url; fresh: on a connection of its own. 0 and
 * t->easy ready to be started; 0 and t->easy NULL with the result decided:
 * refused without a connection. -ENOMEM, -EIO.
 */
int transfer_begin(struct transfer *t, bool fresh);
/* The next exchange is a look, once for each request: a handshake with this
 * server that offers everything and requests nothing. False when there was
 * one. */
bool transfer_look(struct transfer *t);
/* libcurl is done with it: fill in the result, drop the handle. */
struct transfer_end transfer_end(struct transfer *t, CURLcode code);
/* What the server said last; 0: nothing. */
long transfer_status(const struct transfer *t);
/* --- transfer-replay.c; keeping does nothing without a replay --- */

void transfer_forget_kept(struct transfer *t);
/* 0; -ENOMEM; -EIO. */
int transfer_keep_peer(struct transfer *t, const SSL *connection);
int transfer_keep_body(struct transfer *t, const void *data, size_t len);
/* An exchange that ended, for the next job; redirect: it goes on at
 * t->location. 0 or -ENOMEM. */
int transfer_keep(struct transfer *t, bool redirect);

enum transfer_replayed {
	TRANSFER_NOT_KEPT,   /* t->easy is to be started */
	TRANSFER_REPLAYED,   /* the result is there, t->easy is NULL */
	TRANSFER_REDIRECTED, /* likewise, and t->location says where to */
};
/* What an earlier job got in place of the exchange that transfer_begin() has
 * set up. */
enum transfer_replayed transfer_replay(struct transfer *t);

/* The result, said by us. */
void transfer_refuse(
	struct transfer *t, enum verdict verdict, const char *detail);

#endif
