/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/commit-batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/trust/roles.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

struct certificate_row {
	struct certificate *certificate;
	unsigned lists; /* as it was judged */
	enum candidate_variant variant;
	char *url;
	char *document;
	int64_t line;
	bool authenticated;
};

struct setting_row {
	enum setting_id id;
	char *value;
	char *permission;
	bool authenticated;
};

struct validator_row {
	struct store_validator stored;
	char *value;
};

struct commit_batch {
	struct commit_batch_target target;
	struct certificate_row *certificates;
	size_t certificate_count;
	struct setting_row *settings;
	size_t setting_count;
	struct validator_row *validators;
	size_t validator_count;
	struct outcome *outcomes;
	size_t outcome_count;
};

unsigned commit_batch_delay_ms(unsigned commits)
{
	return commits < GROUP_QUICK_COMMITS ? GROUP_MAX_MS : GROUP_SLOW_MS;
}

int commit_batch_new(
	const struct commit_batch_target *target, struct commit_batch **ret)
{
	struct commit_batch *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->target = *target;
	*ret = g;
	return 0;
}

static void commit_batch_certificate_row_done(struct certificate_row *row)
{
	certificate_free(row->certificate);
	free(row->url);
	free(row->document);
}
DEFINE_CLEANUP_EMBEDDED(
	struct certificate_row, commit_batch_certificate_row_done);

static void commit_batch_setting_row_done(struct setting_row *row)
{
	free(row->value);
	free(row->permission);
}
DEFINE_CLEANUP_EMBEDDED(struct setting_row, commit_batch_setting_row_done);

static void commit_batch_empty(struct commit_batch *g)
{
	for (size_t i = 0; i < g->certificate_count; i++)
		commit_batch_certificate_row_done(&g->certificates[i]);
	for (size_t i = 0; i < g->setting_count; i++)
		commit_batch_setting_row_done(&g->settings[i]);
	for (size_t i = 0; i < g->validator_count; i++)
		free(g->validators[i].value);
	for (size_t i = 0; i < g->outcome_count; i++)
		outcome_done(&g->outcomes[i]);
	free(g->certificates);
	free(g->settings);
	free(g->validators);
	free(g->outcomes);
	*g = (struct commit_batch){.target = g->target};
}

struct commit_batch *commit_batch_free(struct commit_batch *g)
{
	if (!g)
		return NULL;
	commit_batch_empty(g);
	free(g);
	return NULL;
}

/* Room for one more at the end of an array; the commit bounds its length. */
static int commit_batch_make_room(void **array, size_t count, size_t size)
{
	void *more = NULL;

	if (count % GROUP_MAX_OFFERS != 0)
		return 0;
	more = reallocarray(*array, count + GROUP_MAX_OFFERS, size);
	if (!more)
		return -ENOMEM;
	*array = more;
	return 0;
}

int commit_batch_add_certificate(struct commit_batch *g,
	const struct certificate *c, unsigned lists, const struct offer *offer)
{
	CLEANUP(commit_batch_certificate_row_done)
	struct certificate_row row = {.lists = lists,
		.variant = offer->variant,
		.line = offer->line,
		.authenticated = offer->authenticated};
	int r = string_replace(&row.url, offer->url);

	if (r == 0)
		r = string_replace(&row.document, offer->document);
	if (r == 0)
		r = commit_batch_make_room((void **)&g->certificates,
			g->certificate_count, sizeof(row));
	if (r < 0)
		return r;
	row.certificate = certificate_ref((struct certificate *)c);
	g->certificates[g->certificate_count++] = TAKE_OBJECT(row);
	return 0;
}

int commit_batch_add_setting(struct commit_batch *g, enum setting_id id,
	const struct setting_value *value, bool authenticated)
{
	CLEANUP(commit_batch_setting_row_done)
	struct setting_row row = {.id = id, .authenticated = authenticated};
	int r = string_replace(&row.value, value->value);

	if (r == 0)
		r = string_replace(&row.permission, value->permission);
	if (r == 0)
		r = commit_batch_make_room(
			(void **)&g->settings, g->setting_count, sizeof(row));
	if (r < 0)
		return r;
	g->settings[g->setting_count++] = TAKE_OBJECT(row);
	return 0;
}

int commit_batch_add_validator(struct commit_batch *g, const char *url_sha256,
	const char *validator, const char *sha256)
{
	struct validator_row row = {0};
	int r = hex_parse(url_sha256, row.stored.url, SHA256_BYTES);

	if (r == 0)
		r = hex_parse(sha256, row.stored.sha256, SHA256_BYTES);
	if (r == 0)
		r = commit_batch_make_room((void **)&g->validators,
			g->validator_count, sizeof(row));
	if (r == 0)
		r = string_replace(&row.value, validator);
	if (r < 0)
		return r;
	g->validators[g->validator_count++] = row;
	return 0;
}

int commit_batch_add_outcome(
	struct commit_batch *g, const struct outcome *outcome)
{
	int r = commit_batch_make_room(
		(void **)&g->outcomes, g->outcome_count, sizeof(*g->outcomes));

	if (r == 0)
		r = outcome_copy(outcome, &g->outcomes[g->outcome_count]);
	if (r == 0)
		g->outcome_count++;
	return r;
}

size_t commit_batch_outcomes(const struct commit_batch *g)
{
	return g->outcome_count;
}

bool commit_batch_is_empty(const struct commit_batch *g)
{
	return g->outcome_count + g->certificate_count + g->setting_count +
		g->validator_count ==
		0;
}

/* --- writing --- */

static int commit_batch_write_change(const struct commit_batch *g, int64_t now,
	const char *what, const char *sha256, const char *name)
{
	char who[48];

	(void)snprintf(who, sizeof(who), "run %lld", (long long)g->target.run);
	return store_add_change(g->target.store,
		&(struct store_change){.when = now,
			.who = who,
			.what = what,
			.sha256 = sha256,
			.name = name,
			.run = g->target.run});
}

static int commit_batch_write_certificate(const struct commit_batch *g,
	const struct certificate_row *row, int64_t now)
{
	const struct certificate *c = row->certificate;
	struct store_certificate stored = {
		.der = c->der.data,
		.der_len = c->der.len,
		.origin = row->variant == CANDIDATE_BASE64
			? "provisioned-base64"
			: "provisioned-url",
		.url = row->url,
		.document = row->document,
		.line = row->line,
		.run = g->target.run,
		.added = now,
		.authenticated = row->authenticated,
		.role = roles_of(row->lists),
	};
	bool intermediate = stored.role == STORE_ROLE_INTERMEDIATE;
	bool added = false;
	bool removed = false;
	int r = 0;

	memcpy(stored.sha256, c->sha256, SHA256_BYTES);
	r = store_add_certificate(g->target.store, &stored, &added);
	if (r == 0)
		r = store_remove_unknown(g->target.store, c->sha256, &removed);
	if (r == 0 && added)
		r = commit_batch_write_change(g, now,
			intermediate ? "intermediate accepted"
				     : "certificate accepted",
			c->sha256_hex, c->subject);
	return r;
}

static int commit_batch_write_setting(const struct commit_batch *g,
	const struct setting_row *row, int64_t now)
{
	const struct setting *setting = setting_get(row->id);
	struct store_setting stored = {
		.name = setting->name,
		.value = row->value,
		.origin = setting_origin_name(SETTING_FROM_PROVISIONING),
		.permission = row->permission,
	};
	bool changed = false;
	int r = store_put_setting(
		g->target.store, &stored, setting->trust, &changed);

	/* With the value: after a crash, one must not speak for another. */
	if (r == 0 && row->id == SETTING_SETTING_SERVER)
		r = store_set_fact(g->target.store,
			STORE_SETTING_SERVER_AUTHENTICATED, row->authenticated);
	if (r == 0 && changed)
		r = commit_batch_write_change(
			g, now, "setting changed", NULL, setting->name);
	return r;
}

static int commit_batch_write_outcome(
	const struct commit_batch *g, const struct outcome *o)
{
	CLEANUP(json_free) cJSON *json = outcome_encode(o);
	CLEANUP(free) char *text = NULL;

	if (json)
		text = cJSON_PrintUnformatted(json);
	if (!text)
		return -ENOMEM;
	return store_run_outcome(g->target.store, g->target.run,
		&(struct store_line){
			.kind = outcome_kind_name(o->kind),
			.result = o->result ? o->result : "",
			.sha256 = o->sha256,
			.json = text,
		});
}

static int commit_batch_write_validator(
	const struct commit_batch *g, const struct validator_row *v)
{
	struct store_validator stored = v->stored;
	int r = 0;

	stored.value = v->value;
	r = store_put_validator(g->target.store, &stored);
	/* The certificate is an authority: nothing of it is stored. */
	return r == -ENOENT ? 0 : r;
}

static int commit_batch_write_rows(const struct commit_batch *g, int64_t now)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->certificate_count; i++)
		r = commit_batch_write_certificate(g, &g->certificates[i], now);
	for (size_t i = 0; r == 0 && i < g->setting_count; i++)
		r = commit_batch_write_setting(g, &g->settings[i], now);
	for (size_t i = 0; r == 0 && i < g->validator_count; i++)
		r = commit_batch_write_validator(g, &g->validators[i]);
	for (size_t i = 0; r == 0 && i < g->outcome_count; i++)
		r = commit_batch_write_outcome(g, &g->outcomes[i]);
	return r;
}

static int commit_batch_write_group(const struct commit_batch *g, int64_t now)
{
	int r = store_begin(g->target.store);
	int written = 0;

	if (r < 0)
		return r;
	written = commit_batch_write_rows(g, now);
	if (written < 0) {
		store_rollback(g->target.store);
		return written;
	}
	return store_commit(g->target.store);
}

/* --- what follows --- */

static int commit_batch_follow(struct commit_batch *g, bool *ret_changed)
{
	int r = 0;

	*ret_changed = g->certificate_count > 0 || g->setting_count > 0;
	if (!g->target.store || !*ret_changed)
		return 0;
	for (size_t i = 0; i < g->certificate_count; i++)
		rejections_withdraw(g->target.rejections,
			g->certificates[i].certificate->sha256);
	if (g->setting_count > 0)
		return trust_state_refresh(g->target.state);
	for (size_t i = 0; r == 0 && i < g->certificate_count; i++) {
		const struct certificate_row *row = &g->certificates[i];
		const struct bytes *der = &row->certificate->der;

		r = trust_state_add_server(
			g->target.state, der->data, der->len, row->lists);
	}
	if (r == 0)
		trust_state_added(g->target.state);
	return r;
}

/* What could not be written was not accepted, whatever was judged. */
static void commit_batch_take_back(
	struct outcome *o, enum verdict verdict, const char *detail)
{
	struct facts facts = {
		.subject = o->subject,
		.sha256 = o->sha256,
		.url = o->url,
		.detail = detail,
	};

	if (!o->accepted)
		return;
	o->accepted = false;
	(void)string_replace(&o->result, verdict_name(verdict));
	free(o->reason);
	free(o->remedy);
	o->reason = NULL;
	o->remedy = NULL;
	(void)verdict_explain(verdict, &facts, &o->reason, &o->remedy);
}

/* --- what an admin said meanwhile --- */

static void commit_batch_refuse_distrusted(
	struct commit_batch *g, const struct certificate *c)
{
	for (size_t i = 0; i < g->outcome_count; i++)
		if (string_equal(g->outcomes[i].sha256, c->sha256_hex))
			commit_batch_take_back(
				&g->outcomes[i], VERDICT_DISTRUSTED, NULL);
}

/* The run judges by the trust it began with; distrust wins over that. */
static int commit_batch_drop_distrusted(struct commit_batch *g)
{
	const struct trust *trust = trust_state_trust(g->target.state);
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < g->certificate_count; i++) {
		struct certificate_row *row = &g->certificates[i];
		struct distrust d = {.reason = DISTRUST_NOT};

		/* What failed once keeps the rest: it fails the commit. */
		if (r == 0)
			r = trust_find_distrust(trust, row->certificate, &d);
		if (d.reason != DISTRUST_NOT) {
			commit_batch_refuse_distrusted(g, row->certificate);
			commit_batch_certificate_row_done(row);
		} else {
			g->certificates[kept++] = *row;
		}
	}
	g->certificate_count = kept;
	return r;
}

int commit_batch_commit(struct commit_batch *g, int64_t now, group_teller *tell,
	void *userdata, bool *ret_changed)
{
	bool changed = false;
	int r = commit_batch_drop_distrusted(g);

	if (r == 0 && g->target.store)
		r = commit_batch_write_group(g, now);
	if (r < 0) {
		commit_batch_fail(g, r, tell, userdata);
		return r;
	}
	r = commit_batch_follow(g, &changed);
	for (size_t i = 0; i < g->outcome_count; i++)
		tell(userdata, &g->outcomes[i]);
	commit_batch_empty(g);
	*ret_changed = changed;
	return r;
}

/* What was there before, and what was only read, is not taken back. */
static bool commit_batch_was_to_be_written(const struct outcome *o)
{
	return strcmp(o->result, verdict_name(VERDICT_ACCEPTED)) == 0 ||
		strcmp(o->result, setting_result_get(SETTING_APPLIED)->name) ==
		0;
}

void commit_batch_fail(
	struct commit_batch *g, int error, group_teller *tell, void *userdata)
{
	for (size_t i = 0; i < g->outcome_count; i++) {
		if (commit_batch_was_to_be_written(&g->outcomes[i]))
			commit_batch_take_back(&g->outcomes[i],
				VERDICT_STORE_FAILED, strerror(-error));
		tell(userdata, &g->outcomes[i]);
	}
	commit_batch_empty(g);
}
