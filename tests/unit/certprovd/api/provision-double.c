/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the place of daemon/certprovd/run/provision.c for one object, the
 * stand-in; the linker (--wrap) brings every call here first, and those for
 * others go on to where they were meant to go.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"
#include "tests/unit/certprovd/api/api-fixture.h"

struct provision_double provisioning;
static char stand_in;
static char watch;

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */

int __real_provision_start(struct provision *p,
	const struct run_request *request, const struct run_watcher *watcher,
	void *userdata, struct run_watch **ret_watch, int64_t *ret_id);
int __wrap_provision_start(struct provision *p,
	const struct run_request *request, const struct run_watcher *watcher,
	void *userdata, struct run_watch **ret_watch, int64_t *ret_id);
struct run_watch *__real_run_unwatch(struct run_watch *w);
struct run_watch *__wrap_run_unwatch(struct run_watch *w);
int __real_provision_cancel(struct provision *p, int64_t id);
int __wrap_provision_cancel(struct provision *p, int64_t id);
const struct run_summary *__real_provision_current(const struct provision *p);
const struct run_summary *__wrap_provision_current(const struct provision *p);
int64_t __real_provision_next(const struct provision *p);
uint64_t __real_provision_finished(
	const struct provision *p, enum run_result result);
uint64_t __wrap_provision_finished(
	const struct provision *p, enum run_result result);
int64_t __wrap_provision_next(const struct provision *p);

bool __real_provision_find_source(
	const struct provision *p, enum run_source *ret, const char **ret_url);
bool __wrap_provision_find_source(
	const struct provision *p, enum run_source *ret, const char **ret_url);
int __real_provision_offer(struct provision *p, enum provisioning_source source,
	const char *url, bool *ret_changed);
int __wrap_provision_offer(struct provision *p, enum provisioning_source source,
	const char *url, bool *ret_changed);
const char *__real_provision_loop(
	const struct provision *p, int64_t *ret_since);
const char *__wrap_provision_loop(
	const struct provision *p, int64_t *ret_since);

struct provision *provision_stand_in(void)
{
	return (struct provision *)(void *)&stand_in;
}

static bool is_stand_in(const struct provision *p)
{
	return (const void *)p == &stand_in;
}

void provisioning_reset(void)
{
	free(provisioning.url);
	free(provisioning.document);
	free(provisioning.firmware);
	provisioning = (struct provision_double){.document_fd = -1};
}

int __wrap_provision_start(struct provision *p,
	const struct run_request *request, const struct run_watcher *watcher,
	void *userdata, struct run_watch **ret_watch, int64_t *ret_id)
{
	if (!is_stand_in(p))
		return __real_provision_start(
			p, request, watcher, userdata, ret_watch, ret_id);
	provisioning.starts++;
	ck_assert_int_eq(string_replace(&provisioning.url, request->url), 0);
	ck_assert_int_eq(
		string_replace(&provisioning.document, request->document), 0);
	ck_assert_int_eq(
		string_replace(&provisioning.firmware, request->firmware), 0);
	provisioning.document_fd = request->document_fd;
	provisioning.dry_run = request->dry_run;
	*ret_id = provisioning.id;
	if (provisioning.result < 0)
		return provisioning.result;
	provisioning.watcher = watcher;
	provisioning.userdata = userdata;
	*ret_watch = (struct run_watch *)(void *)&watch;
	return 0;
}

struct run_watch *__wrap_run_unwatch(struct run_watch *w)
{
	if ((const void *)w != &watch)
		return __real_run_unwatch(w);
	provisioning.unwatched++;
	provisioning.watcher = NULL;
	return NULL;
}

int __wrap_provision_cancel(struct provision *p, int64_t id)
{
	if (!is_stand_in(p))
		return __real_provision_cancel(p, id);
	if (!provisioning.busy || provisioning.current.id != id)
		return -ENOENT;
	provisioning.cancelled = id;
	return 0;
}

const struct run_summary *__wrap_provision_current(const struct provision *p)
{
	if (!is_stand_in(p))
		return __real_provision_current(p);
	return provisioning.busy ? &provisioning.current : NULL;
}

int64_t __wrap_provision_next(const struct provision *p)
{
	return is_stand_in(p) ? provisioning.next : __real_provision_next(p);
}

uint64_t __wrap_provision_finished(
	const struct provision *p, enum run_result result)
{
	return is_stand_in(p) ? provisioning.finished[result]
			      : __real_provision_finished(p, result);
}

/* As the real one, but for what was learnt. */
bool __wrap_provision_find_source(
	const struct provision *p, enum run_source *ret, const char **ret_url)
{
	const char *setting = NULL;

	if (!is_stand_in(p))
		return __real_provision_find_source(p, ret, ret_url);
	setting = trust_state_settings(the_api.state)
			  ->values[SETTING_SETTING_SERVER]
			  .value;
	*ret = RUN_FROM_SETTING;
	*ret_url = setting;
	if (setting && *setting)
		return true;
	*ret = RUN_FROM_CONFIGURATION;
	*ret_url = the_config.url;
	if (the_config.url)
		return true;
	*ret = provisioning.source;
	*ret_url = provisioning.learnt;
	return provisioning.learnt;
}

int __wrap_provision_offer(struct provision *p, enum provisioning_source source,
	const char *url, bool *ret_changed)
{
	if (!is_stand_in(p))
		return __real_provision_offer(p, source, url, ret_changed);
	*ret_changed = true;
	provisioning.offered = source;
	ck_assert_int_eq(string_replace(&provisioning.url, url), 0);
	return provisioning.result;
}

const char *__wrap_provision_loop(const struct provision *p, int64_t *ret_since)
{
	if (!is_stand_in(p))
		return __real_provision_loop(p, ret_since);
	*ret_since = PKI_NOW;
	return provisioning.loop;
}

/* NOLINTEND(readability-identifier-naming) */
