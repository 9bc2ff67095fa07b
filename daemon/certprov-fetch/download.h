/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents and certificates over HTTP and HTTPS, several at a time: who may
 * be connected to, redirects, retries, conditional requests and limits.
 * download.c and transfer*.c are the only users of libcurl. Nothing here
 * looks into a body or decides about a certificate.
 *
 * Everything runs inside downloader_step(), in the caller's thread.
 */
#ifndef CERTPROV_FETCH_DOWNLOAD_H
#define CERTPROV_FETCH_DOWNLOAD_H

#include "daemon/certprov-fetch/download-request.h"
#include "lib/base/macros.h"

struct downloader;

/* Once in a process, before the sandbox. 0 or -EIO. */
int download_prepare(void);

/* The policy must outlive the downloader. watch_fd: its end of file or
 * anything to read on it ends downloader_step; -1: none. */
int downloader_new(const struct download_policy *policy, int watch_fd,
	struct downloader **ret);
/* What still runs is dropped without a done call. */
struct downloader *downloader_free(struct downloader *d); /* NULL is fine */
DEFINE_CLEANUP(struct downloader, downloader_free);

/* Queue a request: it starts when its turn and its host allow. */
int downloader_add(
	struct downloader *d, const struct download_request *request);
/* A peer that was verified before may be distrusted now: from now on every
 * exchange makes a new connection. What runs already goes on. */
void downloader_forget(struct downloader *d);
/* Requests that are not done. */
size_t downloader_active(const struct downloader *d);

/*
 * Work until something happened, at most so long. 0; -ECONNRESET when the
 * watched descriptor spoke; another negative errno.
 */
int downloader_step(struct downloader *d, int timeout_ms);

/* How long to wait before try 2, 3, ...: doubling, jittered by half up and
 * down. Pure. */
unsigned download_backoff_ms(
	unsigned first_ms, unsigned tries_made, uint32_t random);

#endif
