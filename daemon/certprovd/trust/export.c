/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/trust/export-files.h"
#include "daemon/certprovd/trust/export-record.h"
#include "daemon/certprovd/trust/export-set.h"
#include "lib/base/string.h"
#include "lib/trust/authorities.h"

#define SECONDS ((uint64_t)1000000)

struct export
{
	struct export_sources sources;
	struct export_files files;
	char digest[SHA256_HEX_SIZE]; /* of the trust, or empty */
	uint64_t digest_of;           /* that revision of it */
	struct export_set set;        /* as last chosen */
	bool on_disk;                 /* and the files are of it */
	bool empty;                   /* nothing was chosen */
	int error;                    /* of the last attempt; 0: it went well */
	uint64_t delay;               /* before the next attempt, in seconds */
	sd_event_source *retry;
};

/* --- nothing to export --- */

/* The former export is read like a file of authorities. */
static int export_load_former(const struct export *e, struct anchors *ret)
{
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	CLEANUP(free) char *path = NULL;
	int r = string_format(&path, "%s/" EXPORT_LINK "/" EXPORT_BUNDLE,
		e->sources.directory);

	return r < 0 ? r : authorities_load(path, ret, &report);
}

static int export_add_former(const struct anchors *former,
	const struct anchor *a, struct anchors *to)
{
	const struct bytes der = anchor_der(a);
	const struct anchor *now = NULL;
	uint8_t sha256[SHA256_BYTES];
	int r = anchors_sha256_of(former, a, sha256);

	if (r < 0)
		return r;
	now = anchors_find_encoding(to, sha256, der.data, der.len);
	return now && !anchor_begins_trust(now)
		? 0
		: anchors_add_known(
			  to, der.data, der.len, sha256, ANCHOR_SERVER);
}

/* Whether a certificate in it would not be chosen again even if it were still
 * trusted and never expired: then it is distrusted in any form, or only an
 * intermediate. */
static int export_any_unfit(
	const struct export *e, const struct anchors *former, bool *ret)
{
	CLEANUP(export_set_done) struct export_set s = {0};
	CLEANUP(anchors_free) struct anchors *all = NULL;
	struct trust again = *trust_state_trust(e->sources.state);
	const struct anchor *a = NULL;
	size_t cursor = 0;
	int r = anchors_copy(again.anchors, &all);

	while (r == 0 && (a = anchors_next(former, &cursor)))
		r = export_add_former(former, a, all);
	again.anchors = all;
	if (r == 0)
		r = export_set_choose(
			&again, INT64_MIN, &(struct export_set){0}, &s);
	*ret = false;
	for (size_t i = 0; r == 0 && i < s.count; i++)
		if (!s.rows[i].chosen && anchors_find(former, s.rows[i].sha256))
			*ret = true;
	return r;
}

/*
 * The trust may be lost only for the moment, and empty files would stop every
 * reader, so the former ones stay. But if something in them is distrusted, the
 * link is removed, and a program that cannot read the files trusts nobody.
 */
static int export_keep_or_withdraw(struct export *e)
{
	CLEANUP(anchors_free) struct anchors *former = NULL;
	bool unfit = false;
	int r = 0;

	if (e->files.current == 0)
		return 0;
	r = anchors_new(&former);
	if (r == 0)
		r = export_load_former(e, former);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = export_any_unfit(e, former, &unfit);
	if (r < 0 || !unfit)
		return r;
	return export_files_withdraw(&e->files);
}

static int export_nothing(struct export *e)
{
	int r = export_keep_or_withdraw(e);

	if (r < 0 || e->empty)
		return r;
	e->empty = true;
	log_event(LOG_EXPORT_FAILED, LOG_NO_FIELDS,
		"no CA certificate is trusted for every host: %s",
		e->files.current ? "the files exported before stay"
				 : "there are no files to read");
	return 0;
}

/* --- an attempt --- */

static int export_write_set(struct export *e, const struct export_set *s)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	int r = export_set_text(s, &text);

	if (r < 0 || export_files_hold(&e->files, &text))
		return r;
	r = export_files_replace(&e->files, &text);
	if (r < 0)
		return r;
	log_event(LOG_EXPORTED,
		LOG_FIELDS(LOG_FIELD_FILE(e->sources.directory)),
		"exported %zu CA certificates as %s/" EXPORT_LINK ".%s",
		s->chosen, e->sources.directory, LOG_NUMBER(e->files.current));
	return 0;
}

static bool export_is_on_disk(
	const struct export *e, const struct export_set *s)
{
	return e->on_disk && export_files_stand(&e->files) &&
		memcmp(e->set.digest, s->digest, SHA256_BYTES) == 0;
}

/* Keep what is known of the certificates, but not the anchors, which live only
 * as long as the trust does. */
static void export_remember(
	struct export *e, struct export_set *s, bool on_disk)
{
	SWAP(e->set, *s);
	e->on_disk = on_disk;
	for (size_t i = 0; i < e->set.count; i++)
		e->set.rows[i].anchor = NULL;
}

static int export_make(struct export *e, int64_t now)
{
	CLEANUP(export_set_done) struct export_set s = {0};
	const struct trust *trust = trust_state_trust(e->sources.state);
	int r = export_set_choose(trust, now, &e->set, &s);

	if (r < 0)
		return r;
	if (s.chosen == 0) {
		r = export_nothing(e);
		export_remember(e, &s, false);
		return r;
	}
	e->empty = false;
	if (!export_is_on_disk(e, &s))
		r = export_write_set(e, &s);
	if (r == 0 && e->digest[0] &&
		!export_record_holds(&e->files, e->digest, now))
		export_record_write(&e->files, e->digest, &s, now);
	export_remember(e, &s, r == 0);
	return r;
}

/* Time alone, which passes every hour, does not change it. Without it there is
 * no record, and the export is made. */
static void export_find_digest(struct export *e)
{
	uint64_t revision = trust_state_revision(e->sources.state);

	if (e->digest[0] && e->digest_of == revision)
		return;
	e->digest_of = revision;
	if (export_record_digest(
		    trust_state_trust(e->sources.state), e->digest) < 0)
		e->digest[0] = 0;
}

static int export_attempt(struct export *e)
{
	int64_t now = clock_now(e->sources.clock, clock_wall());
	int r = 0;

	if (e->files.fd < 0)
		r = export_files_open(e->sources.directory, &e->files);
	if (r < 0)
		return r;
	export_find_digest(e);
	/* Nothing was chosen yet: this is a start. */
	if (e->set.count == 0 && e->digest[0] &&
		export_record_holds(&e->files, e->digest, now)) {
		e->empty = false;
		return 0;
	}
	return export_make(e, now);
}

/* --- failures --- */

static void export_try_again_later(struct export *e)
{
	e->delay = e->delay ? 2 * e->delay : EXPORT_RETRY_SECONDS;
	if (e->delay > EXPORT_RETRY_MOST_SECONDS)
		e->delay = EXPORT_RETRY_MOST_SECONDS;
	(void)sd_event_source_set_time_relative(e->retry, e->delay * SECONDS);
	(void)sd_event_source_set_enabled(e->retry, SD_EVENT_ONESHOT);
}

static void export_say_failure(const struct export *e, int error)
{
	if (error == e->error)
		return;
	log_event(LOG_EXPORT_FAILED,
		LOG_FIELDS(LOG_FIELD_FILE(e->sources.directory)),
		"cannot export the trusted CA certificates to %s: %s; %s",
		e->sources.directory, strerror(-error),
		e->files.current ? "the files exported before stay"
				 : "there are no files to read");
}

void export_update(struct export *e)
{
	int r = 0;

	if (!e)
		return;
	r = export_attempt(e);
	if (r < 0) {
		export_say_failure(e, r);
		export_try_again_later(e);
	} else {
		(void)sd_event_source_set_enabled(e->retry, SD_EVENT_OFF);
		e->delay = 0;
	}
	e->error = r;
}

static int export_on_retry(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	export_update(userdata);
	return 0;
}

int export_choose(const struct export *e, const struct trust *trust,
	int64_t now, struct export_set *ret)
{
	static const struct export_set nothing;

	return export_set_choose(trust, now, e ? &e->set : &nothing, ret);
}

bool export_failed(const struct export *e)
{
	return e && e->error < 0;
}

bool export_is_empty(const struct export *e)
{
	return e && e->empty;
}

/* --- life --- */

int export_new(const struct export_sources *sources, struct export **ret)
{
	CLEANUP(export_free) struct export *e = calloc(1, sizeof(*e));
	int r = 0;

	if (!e)
		return -ENOMEM;
	e->sources = *sources;
	e->files = EXPORT_FILES_NULL;
	r = sd_event_add_time_relative(sources->event, &e->retry,
		CLOCK_MONOTONIC, 0, 0, export_on_retry, e);
	if (r >= 0)
		r = sd_event_source_set_enabled(e->retry, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(e);
	return 0;
}

struct export *export_free(struct export *e)
{
	if (!e)
		return NULL;
	(void)sd_event_source_disable_unref(e->retry);
	export_set_done(&e->set);
	export_files_done(&e->files);
	free(e);
	return NULL;
}
