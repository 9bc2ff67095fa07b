/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/download.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "daemon/certprov-fetch/transfer.h"
#include "daemon/certprov-fetch/wiped-memory.h"
#include "lib/base/string.h"

/* Doubling stops here, so that shifting is always defined. */
#define MAX_DOUBLINGS 6
#define THOUSAND 1000
#define MILLION 1000000

struct downloader {
	const struct download_policy *policy;
	int watch_fd;
	CURLM *multi;
	struct transfer *first; /* in the order they were added */
	struct transfer **last;
	size_t count;
	bool fresh; /* no connection is used twice */
};

int download_prepare(void)
{
	/* libcurl would keep a file open for it, and write secrets there. */
	(void)unsetenv("SSLKEYLOGFILE");
	if (tls_prepare() < 0 ||
		curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiped_memory_new,
			wiped_memory_free, wiped_memory_resize,
			wiped_memory_text,
			wiped_memory_new_cleared) != CURLE_OK)
		return -EIO;
	return 0;
}

int downloader_new(const struct download_policy *policy, int watch_fd,
	struct downloader **ret)
{
	CLEANUP(downloader_free) struct downloader *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->policy = policy;
	d->watch_fd = watch_fd;
	d->last = &d->first;
	d->multi = curl_multi_init();
	if (!d->multi ||
		curl_multi_setopt(d->multi, CURLMOPT_PIPELINING,
			CURLPIPE_NOTHING) != CURLM_OK)
		return -ENOMEM;
	*ret = TAKE_PTR(d);
	return 0;
}

struct downloader *downloader_free(struct downloader *d)
{
	if (!d)
		return NULL;
	while (d->first) {
		struct transfer *t = d->first;

		d->first = t->next;
		if (t->easy)
			(void)curl_multi_remove_handle(d->multi, t->easy);
		(void)transfer_free(t);
	}
	(void)curl_multi_cleanup(d->multi);
	free(d);
	return NULL;
}

void downloader_forget(struct downloader *d)
{
	d->fresh = true;
}

size_t downloader_active(const struct downloader *d)
{
	return d->count;
}

int downloader_add(struct downloader *d, const struct download_request *request)
{
	CLEANUP(transfer_free) struct transfer *t = calloc(1, sizeof(*t));
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->policy = d->policy;
	t->request = request;
	t->authenticated = true;
	r = url_parse(request->url, &t->url);
	if (r < 0)
		return r;
	*d->last = t;
	d->last = &t->next;
	d->count++;
	t = NULL;
	return 0;
}

static void download_unlink_transfer(struct downloader *d, struct transfer *t)
{
	struct transfer **at = &d->first;

	while (*at && *at != t)
		at = &(*at)->next;
	assert(*at);
	*at = t->next;
	if (d->last == &t->next)
		d->last = at;
	t->next = NULL;
	d->count--;
}

static void download_finish(struct downloader *d, struct transfer *t)
{
	const struct download_request *request = t->request;

	download_unlink_transfer(d, t);
	request->done(request->userdata, &t->result);
	(void)transfer_free(t);
}

/* --- retries and redirects --- */

static int64_t download_now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / MILLION;
}

unsigned download_backoff_ms(
	unsigned first_ms, unsigned tries_made, uint32_t random)
{
	unsigned doublings = tries_made > 0 ? tries_made - 1 : 0;
	uint64_t middle = first_ms;

	if (doublings > MAX_DOUBLINGS)
		doublings = MAX_DOUBLINGS;
	middle <<= doublings;
	return (unsigned)(middle / 2 + middle * random / UINT32_MAX);
}

static void download_wait_before_retry(struct transfer *t)
{
	uint32_t random = UINT32_MAX / 2;
	int64_t wait_ms = 0;

	/* Without random numbers there is no jitter. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) !=
		(ssize_t)sizeof(random))
		random = UINT32_MAX / 2;
	wait_ms = download_backoff_ms(t->policy->retry_ms, t->tries, random);
	if (wait_ms < t->result.retry_after * THOUSAND)
		wait_ms = t->result.retry_after * THOUSAND;
	t->result.retry_after = 0;
	t->not_before_ms = download_now_ms() + wait_ms;
}

/* From the beginning, if that is still possible and allowed. */
static bool download_retry(struct transfer *t)
{
	struct url again = {0};

	if (t->tries >= t->policy->tries ||
		(t->body_delivered && !t->request->restart) ||
		url_parse(t->request->url, &again) < 0)
		return false;
	if (t->body_delivered)
		t->request->restart(t->request->userdata);
	url_done(&t->url);
	t->url = again;
	t->hops = 0;
	t->body_delivered = false;
	t->authenticated = true;
	download_wait_before_retry(t);
	return true;
}

/* Credentials are kept for the same origin, and only for it. */
static int download_carry_userinfo(const struct url *from, struct url *to)
{
	if (to->userinfo || !url_same_origin(from, to))
		return 0;
	return string_replace(&to->userinfo, from->userinfo);
}

static bool download_redirect(struct transfer *t)
{
	CLEANUP(url_done) struct url target = {0};
	int r = url_resolve(&t->url, t->location, &target);

	t->over = false;
	if (t->hops >= DOWNLOAD_MAX_REDIRECTS)
		transfer_refuse(
			t, VERDICT_REDIRECT_REFUSED, "more than five in a row");
	else if (r < 0)
		transfer_refuse(t, VERDICT_REDIRECT_REFUSED,
			"not to an http or https URL");
	else if (t->url.https && !target.https)
		transfer_refuse(
			t, VERDICT_REDIRECT_REFUSED, "from https to http");
	else if (download_carry_userinfo(&t->url, &target) < 0)
		transfer_refuse(t, VERDICT_REDIRECT_REFUSED, "out of memory");
	if (t->over)
		return false;
	url_done(&t->url);
	t->url = target;
	target = (struct url){0};
	t->hops++;
	t->not_before_ms = 0;
	return true;
}

static void download_conclude(
	struct downloader *d, struct transfer *t, CURLcode code)
{
	struct transfer_end end = {0};

	(void)curl_multi_remove_handle(d->multi, t->easy);
	end = transfer_end(t, code);
	/* It must be kept before the url is that of the redirect. */
	if (end.redirect && transfer_keep(t, true) == 0 && download_redirect(t))
		return;
	if (end.look && transfer_look(t))
		return;
	if (end.transient && download_retry(t))
		return;
	if (!end.redirect && transfer_keep(t, false) < 0)
		t->result.error = -ENOMEM;
	download_finish(d, t);
}

/* --- the loop --- */

static bool download_same_host(
	const struct transfer *a, const struct transfer *b)
{
	return a->url.port == b->url.port &&
		strcmp(a->url.host, b->url.host) == 0;
}

static bool download_may_start(
	const struct downloader *d, const struct transfer *t)
{
	unsigned running = 0;
	unsigned at_host = 0;

	if (t->easy || download_now_ms() < t->not_before_ms)
		return false;
	for (const struct transfer *i = d->first; i; i = i->next) {
		if (!i->easy)
			continue;
		running++;
		at_host += download_same_host(i, t);
	}
	return running < d->policy->parallel && at_host < d->policy->per_host;
}

/* Up to the first exchange that no earlier job made; t->easy NULL: all of it
 * was, or is refused. */
static int download_begin(const struct downloader *d, struct transfer *t)
{
	enum transfer_replayed how = TRANSFER_REDIRECTED;
	int r = 0;

	while (r == 0 && how == TRANSFER_REDIRECTED) {
		r = transfer_begin(t, d->fresh);
		how = r == 0 && t->easy ? transfer_replay(t)
					: TRANSFER_REPLAYED;
		if (how == TRANSFER_REDIRECTED && !download_redirect(t))
			how = TRANSFER_REPLAYED;
	}
	return r;
}

static int download_start(struct downloader *d, struct transfer *t)
{
	int r = 0;

	/* Redirects and looks do not count as tries. */
	if (t->hops == 0 && !t->looking)
		t->tries++;
	r = download_begin(d, t);
	if (r < 0)
		return r;
	if (!t->easy)
		download_finish(d, t);
	else if (curl_multi_add_handle(d->multi, t->easy) != CURLM_OK)
		return -ENOMEM;
	return 0;
}

static int download_start_what_may(struct downloader *d)
{
	struct transfer *next = NULL;
	bool asked = !d->policy->before_tls;
	int r = 0;

	for (struct transfer *t = d->first; t && r == 0; t = next) {
		next = t->next;
		if (!download_may_start(d, t))
			continue;
		if (!asked && t->url.https && !t->looking) {
			r = d->policy->before_tls(d->policy->userdata);
			asked = true;
		}
		if (r == 0)
			r = download_start(d, t);
	}
	return r;
}

/* Whether anything had. */
static bool download_conclude_what_ended(struct downloader *d)
{
	struct CURLMsg *message = NULL;
	bool ended = false;
	int left = 0;

	while ((message = curl_multi_info_read(d->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		ended = true;
		(void)curl_easy_getinfo(
			message->easy_handle, CURLINFO_PRIVATE, &t);
		download_conclude(d, t, code);
	}
	return ended;
}

/* Until the first of those that wait may go on, at most timeout_ms. */
static int download_next_wakeup(const struct downloader *d, int timeout_ms)
{
	int64_t now = download_now_ms();
	int64_t until = now + timeout_ms;

	for (const struct transfer *t = d->first; t; t = t->next)
		if (!t->easy && t->not_before_ms > now &&
			t->not_before_ms < until)
			until = t->not_before_ms;
	return (int)(until - now);
}

static int download_watched(const struct curl_waitfd *watch)
{
	return watch->revents ? -ECONNRESET : 0;
}

/* Whether anything ended. What takes its place is asked for before the caller
 * works on what ended: that takes as long as some round trips. */
static int download_turn(struct downloader *d, bool *ret_ended)
{
	int running = 0;
	int r = 0;

	if (curl_multi_perform(d->multi, &running) != CURLM_OK)
		return -EIO;
	*ret_ended = download_conclude_what_ended(d);
	if (!*ret_ended)
		return 0;
	r = download_start_what_may(d);
	if (r == 0 && curl_multi_perform(d->multi, &running) != CURLM_OK)
		r = -EIO;
	return r;
}

int downloader_step(struct downloader *d, int timeout_ms)
{
	struct curl_waitfd watch = {
		.fd = d->watch_fd,
		.events = CURL_WAIT_POLLIN,
	};
	bool ended = false;
	int r = download_start_what_may(d);

	if (r < 0 || d->count == 0)
		return r;
	r = download_turn(d, &ended);
	/* What has ended makes room: waiting for the others would waste it. */
	if (r < 0 || ended)
		return r;
	if (curl_multi_poll(d->multi, &watch, d->watch_fd < 0 ? 0 : 1,
		    download_next_wakeup(d, timeout_ms), NULL) != CURLM_OK)
		return -EIO;
	r = download_watched(&watch);
	return r < 0 ? r : download_turn(d, &ended);
}
