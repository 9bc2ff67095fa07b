/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is downloaded, under which rules, and with which result: the types that
 * download.h and transfer.h share.
 */
#ifndef CERTPROV_FETCH_DOWNLOAD_REQUEST_H
#define CERTPROV_FETCH_DOWNLOAD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/certprov-fetch/tls.h"
#include "lib/provisioning/fetch-causes.h"
#include "lib/verdict/verdict.h"

#define DOWNLOAD_MAX_REDIRECTS 5
/* All header lines of an exchange together. */
#define DOWNLOAD_MAX_HEADER_BYTES ((size_t)64 * 1024)
/* Of the body of an error or a redirect. */
#define DOWNLOAD_MAX_IGNORED_BYTES ((size_t)64 * 1024)
#define DOWNLOAD_MAX_VALIDATOR_CHARS 256
/* A server that asks for a longer wait is not tried again in this run. */
#define DOWNLOAD_MAX_RETRY_AFTER_SECONDS 10
#define DOWNLOAD_DETAIL_SIZE 256

struct http_users;
struct replay;

struct download_policy {
	const char *user_agent;
	const char *proxy;        /* http://[user:password@]host:port, or NULL:
				     the environment's are never used */
	bool allow_local;         /* connect to the phone itself, too */
	const char *local_origin; /* a url whose origin may be local, or NULL */
	unsigned parallel;
	unsigned per_host;
	unsigned tries;    /* of one request, transient errors only */
	unsigned retry_ms; /* before the second try; doubled for the next */
	long connect_ms;   /* to establish a connection */
	long idle_seconds; /* without nearly any data */
	long total_ms;     /* one exchange */
	const struct tls_verifier *tls;
	/* For URLs without userinfo; NULL: none. */
	const struct http_users *users;
	struct tls_client *client; /* who the phone is, or NULL */
	struct replay *replay;     /* of earlier jobs, and for later; or NULL */
	/* Ahead of exchanges over https, in downloader_step(): may call
	 * downloader_forget(). A negative errno ends the step. NULL: nothing
	 * is asked. */
	int (*before_tls)(void *userdata);
	void *userdata;
};

struct download_result {
	enum verdict verdict; /* PROCESSED when the body came whole */
	enum fetch_cause cause;
	char detail[DOWNLOAD_DETAIL_SIZE];
	int error; /* negative errno of the body call back, or 0 */
	long status;
	int64_t retry_after; /* seconds; 0: the server does not say */
	uint64_t bytes;
	bool authenticated;       /* https with a trusted peer, on every hop */
	enum fetch_client client; /* what the server got who asked for it */
	bool not_modified;     /* nothing came: what the validator says holds */
	const char *validator; /* for the next run, or NULL */
	const char *url;       /* asked at last, behind redirects; with
				  userinfo */
	/* A peer that was refused; NULL: none was. */
	const struct tls_check *peer;
};

/* Borrowed until done was called. */
struct download_request {
	const char *url;       /* canonical (url.h), with userinfo */
	bool authenticated;    /* so was what named the url */
	const char *validator; /* of an earlier run, or NULL */
	uint64_t max_bytes;
	/* The body as it comes; url is where from (NULL before the first
	 * byte never happens), with what is known of the peer so far. A
	 * negative errno ends the request. */
	int (*body)(void *userdata, const struct download_result *so_far,
		const void *data, size_t len);
	/* Forget the body, it comes again; NULL: it is not repeatable, so
	 * nothing is retried once a byte was delivered. */
	void (*restart)(void *userdata);
	/* Once for each request; all of result ends with the call. */
	void (*done)(void *userdata, const struct download_result *result);
	void *userdata;
};

#endif
