/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of methods of io.certprov.trust, and the handlers that have no file
 * of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/io.certprov.trust.varlink.h"
#include "daemon/certprovd/api/reply-certificate.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "daemon/certprovd/sys/stream.h"
#include "lib/base/hex.h"
#include "lib/phone/firmware-json.h"

/* --- ListCertificates --- */

enum list_choice {
	LIST_AUTHORITIES,
	LIST_SERVERS,
	LIST_UNKNOWN,
	LIST_ANCHORS,
	LIST_ALL,
};

static const char *const list_names[] = {
	[LIST_AUTHORITIES] = "authorities",
	[LIST_SERVERS] = "servers",
	[LIST_UNKNOWN] = "unknown",
	[LIST_ANCHORS] = "anchors",
	[LIST_ALL] = NULL,
};

struct list_parameters {
	int list; /* enum list_choice */
	bool with_der;
};

static const struct json_field list_fields[] = {
	JSON_FIELD(struct list_parameters, list, JSON_CHOICE,
		.choices = list_names),
	JSON_FIELD_NAMED(
		"withDer", struct list_parameters, with_der, JSON_BOOL),
};
static const struct json_table list_parameters =
	JSON_TABLE(struct list_parameters, list_fields);

/* The fingerprints at the time of the call. Each certificate is described when
 * its turn comes; one that is gone by then is left out. */
struct trust_api_listing {
	const struct api *api;
	unsigned flags;
	uint8_t (*sha256)[SHA256_BYTES];
	size_t count;
	size_t next;
	bool said;
};

static void trust_api_listing_done(void *userdata)
{
	struct trust_api_listing *l = userdata;

	free(l->sha256);
	free(l);
}

static int trust_api_wrap_certificate(
	const struct api *api, cJSON *certificate, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const struct reply_trust trust =
		reply_trust_of(trust_state_trust(api->state));

	if (certificate)
		json_put_item(&w, "certificate", certificate);
	json_put_fields(
		&w, reply_trust_table.fields, reply_trust_table.count, &trust);
	return json_take(&w, ret);
}

static int trust_api_listing_next(void *userdata, cJSON **ret)
{
	struct trust_api_listing *l = userdata;
	cJSON *certificate = NULL;
	int r = -ENOENT;

	while (r == -ENOENT && l->next < l->count)
		r = reply_certificate(
			l->api, l->sha256[l->next++], l->flags, &certificate);
	if (r == -ENOENT && l->said)
		return 0;
	if (r < 0 && r != -ENOENT)
		return r;
	l->said = true;
	r = trust_api_wrap_certificate(l->api, certificate, ret);
	return r < 0 ? r : 1;
}

static void trust_api_add_one(
	struct trust_api_listing *l, const uint8_t sha256[SHA256_BYTES])
{
	memcpy(l->sha256[l->count++], sha256, SHA256_BYTES);
}

static int trust_api_add_anchors(struct trust_api_listing *l,
	const struct anchors *anchors, unsigned lists)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	int r = 0;

	while (r == 0 && (a = anchors_next(anchors, &cursor)))
		if (a->lists & lists)
			r = anchors_sha256_of(
				anchors, a, l->sha256[l->count++]);
	return r;
}

/* What add_anchors takes into a list of everything. */
static bool trust_api_is_anchor(const struct api *api, const uint8_t *sha256)
{
	return anchors_find(trust_state_trust(api->state)->anchors, sha256) !=
		NULL;
}

/* In the list of everything, each certificate is listed once. */
static int trust_api_add_excepted(struct trust_api_listing *l, bool all)
{
	const struct anchors *in = trust_state_excepted(l->api->state);
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next(in, &cursor))) {
		uint8_t sha256[SHA256_BYTES];
		int r = anchors_sha256_of(in, a, sha256);

		if (r < 0)
			return r;
		if (!all || !trust_api_is_anchor(l->api, sha256))
			trust_api_add_one(l, sha256);
	}
	return 0;
}

static void trust_api_add_unknown(struct trust_api_listing *l, bool all)
{
	const struct unknown_entry *e = NULL;
	size_t cursor = 0;

	while ((e = unknown_next(l->api->unknown, &cursor)))
		if (!all ||
			(!trust_api_is_anchor(l->api, e->sha256) &&
				!trust_state_find_server(
					l->api->state, e->sha256)))
			trust_api_add_one(l, e->sha256);
}

/* A program may trust without asking only what is exported. */
static int trust_api_add_exportable(struct trust_api_listing *l)
{
	CLEANUP(export_set_done) struct export_set set = {0};
	const struct api *api = l->api;
	int r = export_choose(api->export, trust_state_trust(api->state),
		clock_now(api->clock, clock_wall()), &set);

	for (size_t i = 0; r == 0 && i < set.count; i++)
		if (set.rows[i].chosen)
			trust_api_add_one(l, set.rows[i].sha256);
	return r;
}

static int trust_api_add_list(
	struct trust_api_listing *l, enum list_choice list)
{
	static const unsigned lists[] = {
		[LIST_AUTHORITIES] = ANCHOR_AUTHORITY,
		[LIST_SERVERS] = ANCHOR_SERVERS,
		[LIST_UNKNOWN] = 0,
		[LIST_ALL] = ANCHOR_AUTHORITY | ANCHOR_SERVERS,
	};
	bool all = list == LIST_ALL;
	int r = 0;

	if (list == LIST_ANCHORS)
		return trust_api_add_exportable(l);
	r = trust_api_add_anchors(
		l, trust_state_trust(l->api->state)->anchors, lists[list]);
	if (r == 0 && (list == LIST_SERVERS || all))
		r = trust_api_add_excepted(l, all);
	if (r == 0 && (list == LIST_UNKNOWN || all))
		trust_api_add_unknown(l, all);
	return r;
}

static size_t trust_api_most_listed(const struct api *api)
{
	const struct anchors *anchors = trust_state_trust(api->state)->anchors;

	return anchors_count(anchors, ANCHOR_AUTHORITY) +
		trust_state_count_servers(api->state) +
		unknown_count(api->unknown);
}

static int trust_api_listing_new(const struct api *api,
	const struct list_parameters *p, struct trust_api_listing **ret)
{
	struct trust_api_listing *l = calloc(1, sizeof(*l));
	size_t most = trust_api_most_listed(api);
	int r = l ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	l->api = api;
	l->flags = p->with_der ? REPLY_CERTIFICATE_DER : 0;
	l->sha256 = calloc(most + 1, sizeof(*l->sha256));
	r = l->sha256 ? trust_api_add_list(l, (enum list_choice)p->list)
		      : -ENOMEM;
	if (r < 0) {
		trust_api_listing_done(l);
		return r;
	}
	*ret = l;
	return 0;
}

/* For the fingerprint of each that is looked at before the first is told: to
 * say what is exported, those of all. */
static unsigned trust_api_listing_work(
	const struct trust_api_listing *l, enum list_choice list)
{
	size_t looked =
		list == LIST_ANCHORS ? trust_api_most_listed(l->api) : l->count;

	return (unsigned)looked * REPLY_CERTIFICATE_LISTED_WORK;
}

static int trust_api_on_list_certificates(
	struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct list_parameters p = {.list = LIST_ALL};
	struct trust_api_listing *l = NULL;
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = trust_api_listing_new(api, &p, &l);
	if (r != 0)
		return r;
	varlink_request_charge(
		req, trust_api_listing_work(l, (enum list_choice)p.list));
	return stream_start(req,
		&(struct stream_source){
			.next = trust_api_listing_next,
			.done = trust_api_listing_done,
			.userdata = l,
		});
}

/* --- Get --- */

struct get_parameters {
	struct json_sha256 sha256;
	bool with_der;
};

static const struct json_field get_fields[] = {
	JSON_FIELD(
		struct get_parameters, sha256, JSON_SHA256, .required = true),
	JSON_FIELD_NAMED("withDer", struct get_parameters, with_der, JSON_BOOL),
};
static const struct json_table get_parameters =
	JSON_TABLE(struct get_parameters, get_fields);

static int trust_api_on_get(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct get_parameters p = {0};
	char hex[SHA256_HEX_SIZE];
	cJSON *certificate = NULL;
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	varlink_request_charge(req, STREAM_REPLY_WORK);
	r = reply_certificate(api, p.sha256.bytes,
		REPLY_CERTIFICATE_DETAILS |
			(p.with_der ? REPLY_CERTIFICATE_DER : 0U),
		&certificate);
	if (r == -ENOENT) {
		hex_format(p.sha256.bytes, SHA256_BYTES, hex);
		return varlink_error_text(req,
			TRUST_INTERFACE ".NoSuchCertificate", "sha256", hex);
	}
	if (r < 0)
		return r;
	return varlink_reply_member(req, "certificate", certificate);
}

/* --- Snapshot --- */

struct snapshot_reply {
	struct reply_trust trust; /* first */
	int64_t size;
};

static const struct json_field snapshot_fields[] = {
	REPLY_TRUST_FIELDS,
	JSON_FIELD(struct snapshot_reply, size, JSON_INT64, JSON_MUST),
};
static const struct json_table snapshot_reply =
	JSON_TABLE(struct snapshot_reply, snapshot_fields);

/* A duplicate of what belongs to the state goes with the reply. */
static int trust_api_lend_fd(struct varlink_request *req, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? -errno : varlink_request_add_fd(req, copy);
}

static int trust_api_on_snapshot(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	size_t size = 0;
	int fd = -1;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = trust_state_snapshot(api->state, &fd, &size);
	if (r == 0)
		r = trust_api_lend_fd(req, fd);
	if (r != 0)
		return r;
	return varlink_reply_struct(req,
		&(struct snapshot_reply){
			.trust = reply_trust_of(trust_state_trust(api->state)),
			.size = (int64_t)size,
		});
}

/* --- ChangeCounter --- */

static int trust_api_on_change_counter(
	struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	const struct change_counter *changes = trust_state_changes(api->state);
	int r = varlink_request_decode(req, NULL);

	if (r == 0 && !changes)
		return varlink_error_text(req, VARLINK_METHOD_NOT_IMPLEMENTED,
			"method", TRUST_INTERFACE ".ChangeCounter");
	if (r == 0)
		r = trust_api_lend_fd(req, change_counter_fd(changes));
	return r != 0 ? r : varlink_reply(req, NULL);
}

/* --- Rules --- */

struct rules_parameters {
	const char *firmware;
};

static const struct json_field rules_fields[] = {
	JSON_FIELD(struct rules_parameters, firmware, JSON_STRING,
		.max = FIRMWARE_MAX_CHARS),
};
static const struct json_table rules_parameters =
	JSON_TABLE(struct rules_parameters, rules_fields);

static int trust_api_on_rules(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct rules_parameters p = {0};
	struct firmware f = *trust_state_firmware(api->state);
	const char *text = api->phone->firmware;
	cJSON *reply = NULL;
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	if (p.firmware) {
		/* What is not a version is answered as the unknown one. */
		f = (struct firmware){0};
		text = p.firmware;
		(void)firmware_parse(text, &f);
	}
	r = firmware_rules_json(&f, text, &reply);
	return r < 0 ? r : varlink_reply(req, reply);
}

/* --- the interface --- */

static const struct varlink_method methods[] = {
	{.name = "ChangeCounter", .handle = trust_api_on_change_counter},
	{.name = "Counters",
		.handle = trust_counters_on_call,
		.reply = &trust_counters_reply},
	{
		.name = "Explain",
		.handle = trust_verify_on_explain,
		.parameters = &trust_verify_explain_parameters,
	},
	{
		.name = "Get",
		.handle = trust_api_on_get,
		.parameters = &get_parameters,
	},
	{
		.name = "ListCertificates",
		.handle = trust_api_on_list_certificates,
		.parameters = &list_parameters,
		.more = true,
	},
	{
		.name = "ListEndings",
		.handle = trust_endings_on_list,
		.parameters = &trust_endings_parameters,
		.more = true,
	},
	{.name = "Monitor",
		.handle = monitors_on_monitor,
		.reply = &reply_trust_table,
		.more = true},
	{
		.name = "MonitorRejections",
		.handle = monitors_on_monitor_rejections,
		.reply = &monitors_rejection_reply,
		.more = true,
	},
	{
		.name = "ReportRejection",
		.handle = trust_verify_on_report,
		.parameters = &trust_verify_report_parameters,
	},
	{
		.name = "Rules",
		.handle = trust_api_on_rules,
		.parameters = &rules_parameters,
	},
	{.name = "Snapshot",
		.handle = trust_api_on_snapshot,
		.reply = &snapshot_reply},
	{.name = "Status", .handle = status_on_status, .reply = &status_reply},
	{
		.name = "Verify",
		.handle = trust_verify_on_verify,
		.parameters = &trust_verify_verify_parameters,
	},
	{
		.name = "VerifyDigest",
		.handle = trust_verify_on_digest,
		.parameters = &trust_verify_digest_parameters,
	},
};

const struct varlink_interface trust_interface = {
	.name = TRUST_INTERFACE,
	.description = varlink_trust_description,
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};
