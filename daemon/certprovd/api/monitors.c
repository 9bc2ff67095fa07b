/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callers of Monitor and MonitorRejections, and what waits to be sent to
 * slow readers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-certificate.h"
#include "daemon/certprovd/api/reply-trust.h"

/* Rejections held for a slow reader; the oldest goes first. */
#define MAX_HELD 32

/* The latest rejection of one certificate that was not sent to a listener yet.
 */
struct monitors_held {
	uint8_t sha256[SHA256_BYTES];
	cJSON *reply;
};

/* One caller of Monitor or MonitorRejections. There are no more than requests
 * in flight, which the server limits. */
struct monitors_one {
	struct monitors_one *next;
	const struct api *api;
	struct varlink_request *req;
	bool of_rejections;
	bool behind; /* a change of trust was not sent to it yet */
	bool gone;
	struct monitors_held held[MAX_HELD];
	size_t held_count;
};

struct monitors {
	struct monitors_one *first;
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

static void monitors_drop_held(struct monitors_one *one, size_t index)
{
	json_free(one->held[index].reply);
	one->held_count--;
	memmove(&one->held[index], &one->held[index + 1],
		(one->held_count - index) * sizeof(one->held[0]));
}

static void monitors_monitor_free(struct monitors_one *one)
{
	while (one->held_count > 0)
		monitors_drop_held(one, one->held_count - 1);
	(void)varlink_request_release(one->req);
	free(one);
}

/* Free those whose caller has gone, or all. */
static void monitors_sweep(struct monitors *m, bool all)
{
	struct monitors_one **at = &m->first;

	while (*at) {
		struct monitors_one *one = *at;

		if (!all && !one->gone) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		monitors_monitor_free(one);
	}
}

struct monitors *monitors_free(struct monitors *m)
{
	if (!m)
		return NULL;
	monitors_sweep(m, true);
	free(m);
	return NULL;
}

/* --- changes of trust --- */

static int monitors_send_trust(
	struct varlink_request *req, const struct trust *trust)
{
	const struct reply_trust reply = reply_trust_of(trust);

	return varlink_reply_struct_continues(req, &reply);
}

/* A slow reader gets only the latest state, once it has read. */
static void monitors_tell_one(
	struct monitors_one *one, const struct trust *trust)
{
	one->behind = varlink_request_backlogged(one->req);
	if (!one->behind && monitors_send_trust(one->req, trust) < 0)
		one->gone = true;
}

void monitors_tell(struct monitors *m, const struct trust *trust)
{
	m->telling = true;
	for (struct monitors_one *one = m->first; one; one = one->next)
		if (!one->gone && !one->of_rejections)
			monitors_tell_one(one, trust);
	m->telling = false;
	monitors_sweep(m, false);
}

/* --- rejections --- */

struct rejection_reply {
	const cJSON *certificate;
	const char *host;
	const char *purpose;
	const char *result;
	const char *reason;
};

static const struct json_field rejection_fields[] = {
	JSON_FIELD(struct rejection_reply, certificate, JSON_OBJECT),
	JSON_FIELD(struct rejection_reply, host, JSON_STRING),
	JSON_FIELD(struct rejection_reply, purpose, JSON_STRING),
	JSON_FIELD(struct rejection_reply, result, JSON_STRING),
	JSON_FIELD(struct rejection_reply, reason, JSON_STRING),
};
const struct json_table monitors_rejection_reply =
	JSON_TABLE(struct rejection_reply, rejection_fields);

static int monitors_write_rejection(const struct api *api,
	const struct rejection *rejection, const struct unknown_entry *entry,
	cJSON **ret)
{
	CLEANUP(json_free) cJSON *certificate = NULL;
	int r = reply_certificate(api, entry->sha256, 0, &certificate);

	if (r < 0)
		return r;
	return json_fields_encode(rejection_fields,
		ARRAY_SIZE(rejection_fields),
		&(struct rejection_reply){
			.certificate = certificate,
			.host = rejection->host,
			.purpose = rejection->purpose,
			.result = rejection->result,
			.reason = rejection->reason,
		},
		ret);
}

/* Only one for each certificate: a newer one replaces an older one. */
static void monitors_hold(struct monitors_one *one,
	const uint8_t sha256[SHA256_BYTES], cJSON *reply)
{
	for (size_t i = 0; i < one->held_count; i++)
		if (memcmp(one->held[i].sha256, sha256, SHA256_BYTES) == 0) {
			monitors_drop_held(one, i);
			break;
		}
	if (one->held_count == MAX_HELD)
		monitors_drop_held(one, 0);
	memcpy(one->held[one->held_count].sha256, sha256, SHA256_BYTES);
	one->held[one->held_count++].reply = reply;
}

static void monitors_let_go(struct monitors_one *one)
{
	while (!one->gone && one->held_count > 0 &&
		!varlink_request_backlogged(one->req)) {
		cJSON *reply = TAKE_PTR(one->held[0].reply);

		monitors_drop_held(one, 0);
		if (varlink_reply_continues(one->req, reply) < 0)
			one->gone = true;
	}
}

void monitors_reject(struct monitors *m, const struct rejection *rejection,
	const struct unknown_entry *entry)
{
	m->telling = true;
	for (struct monitors_one *one = m->first; one; one = one->next) {
		cJSON *reply = NULL;

		if (one->gone || !one->of_rejections)
			continue;
		if (monitors_write_rejection(
			    one->api, rejection, entry, &reply) < 0)
			continue;
		monitors_hold(one, entry->sha256, reply);
		monitors_let_go(one);
	}
	m->telling = false;
	monitors_sweep(m, false);
}

/* --- the calls --- */

static void monitors_on_gone(struct varlink_request *req, void *userdata)
{
	struct monitors_one *one = userdata;

	(void)req;
	one->gone = true;
	if (!one->api->monitors->telling)
		monitors_sweep(one->api->monitors, false);
}

static void monitors_on_drained(struct varlink_request *req, void *userdata)
{
	struct monitors_one *one = userdata;

	(void)req;
	if (one->behind && !one->gone)
		monitors_tell_one(one, trust_state_trust(one->api->state));
	monitors_let_go(one);
}

static int monitors_add_monitor(
	struct varlink_request *req, const struct api *api, bool of_rejections)
{
	struct monitors_one *one = calloc(1, sizeof(*one));

	if (!one)
		return -ENOMEM;
	*one = (struct monitors_one){
		.next = api->monitors->first,
		.api = api,
		.req = req,
		.of_rejections = of_rejections,
	};
	api->monitors->first = one;
	varlink_request_keep(req,
		&(struct varlink_watch){
			.gone = monitors_on_gone,
			.drained = monitors_on_drained,
			.userdata = one,
		});
	return 0;
}

int monitors_on_monitor(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = monitors_send_trust(req, trust_state_trust(api->state));
	return r != 0 ? r : monitors_add_monitor(req, api, false);
}

int monitors_on_monitor_rejections(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	int r = varlink_request_decode(req, NULL);

	/* The first reply says that all rejections are sent from now on. */
	if (r == 0)
		r = varlink_reply_continues(req, NULL);
	return r != 0 ? r : monitors_add_monitor(req, api, true);
}
