/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovd/api-internal.h"
#include "daemon/certprovd/describe.h"

/* One caller of Monitor. There are no more than requests in flight, which
 * the server limits. */
struct monitor {
	struct monitor *next;
	const struct daemon *d;
	struct varlink_request *req;
	bool behind; /* it has yet to hear of a change */
	bool gone;
};

struct monitors {
	struct monitor *first;
	bool telling;
};

int monitors_new(struct monitors **ret)
{
	struct monitors *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*ret = m;
	return 0;
}

/* Let go of those whose caller has gone; or of all. */
static void sweep(struct monitors *m, bool all)
{
	struct monitor **at = &m->first;

	while (*at) {
		struct monitor *one = *at;

		if (!all && !one->gone) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		(void)varlink_request_release(one->req);
		free(one);
	}
}

struct monitors *monitors_free(struct monitors *m)
{
	if (!m)
		return NULL;
	sweep(m, true);
	free(m);
	return NULL;
}

static int send_trust(struct varlink_request *req, const struct trust *trust)
{
	CLEANUP(json_done) struct json_writer w = {0};

	describe_trust(&w, trust);
	return varlink_reply_writer_continues(req, &w);
}

/* One that reads slowly hears of what came last, once it has read. */
static void tell(struct monitor *one, const struct trust *trust)
{
	one->behind = varlink_request_backlogged(one->req);
	if (!one->behind && send_trust(one->req, trust) < 0)
		one->gone = true;
}

void monitors_tell(struct monitors *m, const struct trust *trust)
{
	m->telling = true;
	for (struct monitor *one = m->first; one; one = one->next)
		if (!one->gone)
			tell(one, trust);
	m->telling = false;
	sweep(m, false);
}

static void on_gone(struct varlink_request *req, void *userdata)
{
	struct monitor *one = userdata;

	(void)req;
	one->gone = true;
	if (!one->d->monitors->telling)
		sweep(one->d->monitors, false);
}

static void on_drained(struct varlink_request *req, void *userdata)
{
	struct monitor *one = userdata;

	(void)req;
	if (one->behind && !one->gone)
		tell(one, state_trust(one->d->state));
}

int on_monitor(struct varlink_request *req, void *userdata)
{
	const struct daemon *d = userdata;
	struct monitor *one = NULL;
	int r = varlink_request_decode(req, NULL, 0, NULL);

	if (r == 0)
		r = send_trust(req, state_trust(d->state));
	if (r != 0)
		return r;
	one = calloc(1, sizeof(*one));
	if (!one)
		return -ENOMEM;
	*one = (struct monitor){
		.next = d->monitors->first,
		.d = d,
		.req = req,
	};
	d->monitors->first = one;
	varlink_request_keep(req,
		&(struct varlink_watch){
			.gone = on_gone,
			.drained = on_drained,
			.userdata = one,
		});
	return 0;
}
