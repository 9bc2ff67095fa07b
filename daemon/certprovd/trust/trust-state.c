/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/trust-state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/trust/roles.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/trust/snapshot.h"

struct trust_state {
	struct trust_state_sources sources;
	struct trust *trust;
	struct anchors *excepted; /* stored, but no anchors of the trust */
	struct settings settings;
	struct firmware firmware;
	struct guard guard;
	bool lacks_roles;
	uint64_t revision;
	int snapshot; /* descriptor, or -1 when it is to be made */
	size_t snapshot_size;
	trust_state_changed *changed;
	void *userdata;
};

int trust_state_new(
	const struct trust_state_sources *sources, struct trust_state **ret)
{
	CLEANUP(trust_state_free) struct trust_state *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->sources = *sources;
	s->snapshot = -1;
	r = anchors_new(&s->excepted);
	if (r == 0)
		r = trust_new(&s->trust);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct trust_state *trust_state_free(struct trust_state *s)
{
	if (!s)
		return NULL;
	fd_close(s->snapshot);
	anchors_free(s->excepted);
	trust_free(s->trust);
	settings_done(&s->settings);
	guard_done(&s->guard);
	free(s);
	return NULL;
}

/* What one reading of the store fills. */
struct trust_state_reading {
	struct roles roles;
	struct trust *trust;
	struct anchors *excepted;
	struct settings settings;
	struct guard guard;
	bool lacks_roles;
};

static void trust_state_reading_done(struct trust_state_reading *r)
{
	trust_free(r->trust);
	anchors_free(r->excepted);
	settings_done(&r->settings);
	guard_done(&r->guard);
}
DEFINE_CLEANUP_EMBEDDED(struct trust_state_reading, trust_state_reading_done);

/* "provisioned-url, https://server/phone.xml", and the line in it. */
static int trust_state_note_source(
	struct anchors *to, const struct store_certificate *c)
{
	const struct anchor *a =
		anchors_find_encoding(to, c->sha256, c->der, c->der_len);
	char source[ANCHOR_MAX_SOURCE_BYTES + 2];

	if (!a || !c->origin)
		return 0;
	(void)snprintf(source, sizeof(source), "%s%s%s", c->origin,
		c->document ? ", " : "", c->document ? c->document : "");
	return anchors_set_source(to, a, source, c->document ? c->line : -1);
}

static int trust_state_add_certificate(
	void *userdata, const struct store_certificate *c)
{
	struct trust_state_reading *to = userdata;
	bool excepted = string_equal(c->origin, STORE_ORIGIN_EXCEPTION);
	/* The store gives no row whose digest it has not just made. */
	int r = anchors_add_known(excepted ? to->excepted : to->trust->anchors,
		c->der, c->der_len, c->sha256,
		excepted ? ANCHOR_SERVER : roles_lists(&to->roles, c));

	if (!excepted && c->role == STORE_ROLE_NONE)
		to->lacks_roles = true;
	if (r == 0 && !excepted)
		r = trust_state_note_source(to->trust->anchors, c);
	/* What is not even the skeleton of a certificate trusts nobody. */
	return r == -EINVAL ? 0 : r;
}

static int trust_state_add_distrusted(
	void *userdata, const struct store_distrusted *d)
{
	return trust_add_distrusted(userdata, d->kind, d->sha256);
}

static int trust_state_add_exception(
	void *userdata, const struct store_exception *e)
{
	return trust_add_exception(userdata, e->sha256, e->host, e->expires);
}

static int trust_state_add_setting(
	void *userdata, const struct store_setting *v)
{
	struct setting_value value = {.value = (char *)v->value};
	enum setting_id id = 0;
	int r = 0;

	/* A setting that only another version knows is ignored. */
	if (setting_find(v->name, &id) < 0 ||
		setting_origin_find(v->origin, &value.origin) < 0)
		return 0;
	(void)snprintf(value.permission, sizeof(value.permission), "%s",
		v->permission ? v->permission : "");
	r = settings_restore(userdata, id, &value);
	return r == -EINVAL ? 0 : r;
}

/* What is no text of a guard, of another version perhaps, is none. */
static int trust_state_read_guard(struct store *store, struct guard *ret)
{
	CLEANUP(free) char *text = NULL;
	int r = store_get_last_servers(store, &text);

	if (r == 0)
		r = guard_parse(text, ret);
	return r == -EINVAL || r == -ENOENT ? 0 : r;
}

static int trust_state_read_store(
	struct store *store, struct trust_state_reading *to)
{
	int r = store_each_certificate(store, trust_state_add_certificate, to);

	if (r == 0)
		r = store_each_distrusted(
			store, trust_state_add_distrusted, to->trust);
	if (r == 0)
		r = store_each_exception(
			store, trust_state_add_exception, to->trust);
	if (r == 0)
		r = store_each_setting(
			store, trust_state_add_setting, &to->settings);
	if (r == 0)
		r = trust_state_read_guard(store, &to->guard);
	return r;
}

/* The anchors begin with the authorities: these, which it takes, or those that
 * there were. */
static int trust_state_read_everything(struct trust_state *s,
	struct anchors **authorities, struct trust_state_reading *to)
{
	int r = trust_new(&to->trust);

	roles_init(&to->roles, s->sources.config, s->sources.phone);
	if (r < 0)
		return r;
	to->trust->anchors = anchors_free(to->trust->anchors);
	if (authorities)
		to->trust->anchors = TAKE_PTR(*authorities);
	else
		r = anchors_copy_list(s->trust->anchors, ANCHOR_AUTHORITY,
			&to->trust->anchors);
	if (r == 0)
		r = anchors_new(&to->excepted);
	if (r == 0)
		r = trust_state_read_store(s->sources.store, to);
	return r;
}

static void trust_state_fill_policy(const struct trust_state *s,
	const struct settings *settings, struct policy *policy)
{
	const struct config *config = s->sources.config;

	policy->profile = (enum profile)config->profile;
	policy->sip_strict = config->sip_strict;
	policy->rsa_max_bits = config->rsa_max_bits;
	policy->tls = TLS_OFFER_DEFAULT;
	policy->tls.minimum = (enum tls_minimum)config->tls_minimum;
	/* Both were checked: they fit. */
	if (config->tls_ciphers)
		(void)snprintf(policy->tls.ciphers, sizeof(policy->tls.ciphers),
			"%s", config->tls_ciphers);
	if (config->tls_suites)
		(void)snprintf(policy->tls.suites, sizeof(policy->tls.suites),
			"%s", config->tls_suites);
	settings_fill_policy(settings, &s->firmware, policy);
}

static enum clock_source trust_state_source(const struct clock *c)
{
	return c->synchronised ? CLOCK_SYNCHRONISED : CLOCK_UNSYNCHRONISED;
}

static void trust_state_take_name(struct trust_state *s)
{
	(void)snprintf(s->trust->store, sizeof(s->trust->store), "%s",
		store_id(s->sources.store));
	s->trust->generation = store_generation(s->sources.store);
	s->trust->clock_floor = s->sources.clock->floor;
	s->trust->clock_source = trust_state_source(s->sources.clock);
	s->trust->clock_since = s->sources.clock->source_since;
}

/* The counter comes first: nobody may hear of a change that it does not show.
 */
static void trust_state_tell(struct trust_state *s, enum trust_change change)
{
	s->revision++;
	change_counter_raise(s->sources.changes);
	s->snapshot = fd_close(s->snapshot);
	if (s->changed)
		s->changed(s->userdata, change);
}

static void trust_state_read_firmware(struct trust_state *s)
{
	const char *text = s->sources.phone->firmware;

	/* A missing or unreadable version is the unknown one, which is
	 * restrictive. */
	s->firmware = (struct firmware){0};
	if (text)
		(void)firmware_parse(text, &s->firmware);
}

static int trust_state_refresh_with(
	struct trust_state *s, struct anchors **authorities)
{
	CLEANUP(trust_state_reading_done) struct trust_state_reading new = {0};
	int r = trust_state_read_everything(s, authorities, &new);

	if (r < 0)
		return r;
	trust_adopt_decoded(new.trust, s->trust);
	SWAP(s->trust, new.trust);
	SWAP(s->excepted, new.excepted);
	SWAP(s->settings, new.settings);
	SWAP(s->guard, new.guard);
	s->lacks_roles = new.lacks_roles;
	trust_state_read_firmware(s);
	trust_state_fill_policy(s, &s->settings, &s->trust->policy);
	trust_state_take_name(s);
	trust_state_tell(s, TRUST_CHANGED);
	return 0;
}

int trust_state_refresh(struct trust_state *s)
{
	return trust_state_refresh_with(s, NULL);
}

int trust_state_preview(struct trust_state *s, struct trust **ret)
{
	CLEANUP(trust_state_reading_done) struct trust_state_reading new = {0};
	int r = trust_state_read_everything(s, NULL, &new);

	if (r < 0)
		return r;
	trust_state_fill_policy(s, &new.settings, &new.trust->policy);
	*ret = TAKE_PTR(new.trust);
	return 0;
}

bool trust_state_lacks_roles(const struct trust_state *s)
{
	return s->lacks_roles;
}

const struct guard *trust_state_guard(const struct trust_state *s)
{
	return &s->guard;
}

void trust_state_take_guard(struct trust_state *s, struct guard *g)
{
	SWAP(s->guard, *g);
}

int trust_state_load(struct trust_state *s, struct authorities_report *ret)
{
	CLEANUP(anchors_free) struct anchors *authorities = NULL;
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	int r = anchors_new(&authorities);
	int refreshed = 0;

	if (r < 0)
		return r;
	r = authorities_load(
		s->sources.config->authorities, authorities, &report);
	refreshed = trust_state_refresh_with(s, r == 0 ? &authorities : NULL);
	if (refreshed < 0)
		return refreshed;
	if (r == 0 && ret) {
		*ret = report;
		report = (struct authorities_report){0};
	}
	return r;
}

void trust_state_release_memory(struct trust_state *s)
{
	anchors_forget_digests(s->trust->anchors);
}

int trust_state_add_server(struct trust_state *s,
	const struct store_certificate *c, unsigned lists)
{
	int r = anchors_add_known(
		s->trust->anchors, c->der, c->der_len, c->sha256, lists);

	s->revision++;
	if (r == 0)
		r = trust_state_note_source(s->trust->anchors, c);
	if (r == 0)
		(void)anchors_remove(s->excepted, c->sha256, ANCHOR_SERVER);
	return r;
}

void trust_state_added(struct trust_state *s)
{
	trust_state_take_name(s);
	trust_state_tell(s, TRUST_GROWS);
}

void trust_state_all_added(struct trust_state *s)
{
	if (s->changed)
		s->changed(s->userdata, TRUST_GREW);
}

void trust_state_expired(struct trust_state *s)
{
	trust_state_take_name(s);
	trust_state_tell(s, TRUST_CHANGED);
}

void trust_state_clock_moved(struct trust_state *s)
{
	const struct clock *clock = s->sources.clock;

	if (s->trust->clock_floor == clock->floor &&
		s->trust->clock_source == trust_state_source(clock) &&
		s->trust->clock_since == clock->source_since)
		return;
	trust_state_expired(s);
}

void trust_state_on_change(
	struct trust_state *s, trust_state_changed *changed, void *userdata)
{
	s->changed = changed;
	s->userdata = userdata;
}

const struct trust *trust_state_trust(const struct trust_state *s)
{
	return s->trust;
}

const struct anchors *trust_state_excepted(const struct trust_state *s)
{
	return s->excepted;
}

size_t trust_state_count_servers(const struct trust_state *s)
{
	return anchors_count(s->trust->anchors, ANCHOR_SERVERS) +
		anchors_count(s->excepted, ANCHOR_SERVER);
}

const struct anchor *trust_state_find_server(
	const struct trust_state *s, const uint8_t sha256[SHA256_BYTES])
{
	const struct anchor *a = anchors_find(s->trust->anchors, sha256);

	return a && (a->lists & ANCHOR_SERVERS)
		? a
		: anchors_find(s->excepted, sha256);
}

uint64_t trust_state_revision(const struct trust_state *s)
{
	return s->revision;
}

const struct settings *trust_state_settings(const struct trust_state *s)
{
	return &s->settings;
}

const struct firmware *trust_state_firmware(const struct trust_state *s)
{
	return &s->firmware;
}

/* The same file, opened once more for reading only. Without /proc the first
 * descriptor is used: the seals already prevent changes. */
static int trust_state_open_for_reading(int fd)
{
	char path[32];
	int again = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return fd;
	fd_close(fd);
	return again;
}

static int trust_state_make_snapshot(struct trust_state *s)
{
	CLEANUP(bytes_done) struct bytes bytes = {0};
	int fd = -1;
	int r = snapshot_encode(s->trust, &bytes);

	if (r == 0)
		r = snapshot_seal(&bytes, &fd);
	if (r < 0)
		return r;
	s->snapshot = trust_state_open_for_reading(fd);
	s->snapshot_size = bytes.len;
	return 0;
}

int trust_state_snapshot(struct trust_state *s, int *ret_fd, size_t *ret_size)
{
	int r = s->snapshot < 0 ? trust_state_make_snapshot(s) : 0;

	if (r < 0)
		return r;
	*ret_fd = s->snapshot;
	*ret_size = s->snapshot_size;
	return 0;
}

const struct change_counter *trust_state_changes(const struct trust_state *s)
{
	return s->sources.changes;
}
