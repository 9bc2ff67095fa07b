/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/commit-batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/trust/roles.h"
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

struct group {
	struct group_target target;
	struct certificate_row *certificates;
	size_t certificate_count;
	struct setting_row *settings;
	size_t setting_count;
	struct validator_row *validators;
	size_t validator_count;
	struct outcome *outcomes;
	size_t outcome_count;
};

unsigned group_delay_ms(unsigned commits)
{
	return commits < GROUP_QUICK_COMMITS ? GROUP_MAX_MS : GROUP_SLOW_MS;
}

int group_new(const struct group_target *target, struct group **ret)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->target = *target;
	*ret = g;
	return 0;
}

static void certificate_row_done(struct certificate_row *row)
{
	certificate_free(row->certificate);
	free(row->url);
	free(row->document);
}
DEFINE_CLEANUP_EMBEDDED(struct certificate_row, certificate_row_done);

static void setting_row_done(struct setting_row *row)
{
	free(row->value);
	free(row->permission);
}
DEFINE_CLEANUP_EMBEDDED(struct setting_row, setting_row_done);

static void empty(struct group *g)
{
	for (size_t i = 0; i < g->certificate_count; i++)
		certificate_row_done(&g->certificates[i]);
	for (size_t i = 0; i < g->setting_count; i++)
		setting_row_done(&g->settings[i]);
	for (size_t i = 0; i < g->validator_count; i++)
		free(g->validators[i].value);
	for (size_t i = 0; i < g->outcome_count; i++)
		outcome_done(&g->outcomes[i]);
	free(g->certificates);
	free(g->settings);
	free(g->validators);
	free(g->outcomes);
	*g = (struct group){.target = g->target};
}

struct group *group_free(struct group *g)
{
	if (!g)
		return NULL;
	empty(g);
	free(g);
	return NULL;
}

/* Room for one more at the end of an array; the commit bounds its length. */
static int make_room(void **array, size_t count, size_t size)
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

int group_add_certificate(struct group *g, const struct certificate *c,
	unsigned lists, const struct offer *offer)
{
	CLEANUP(certificate_row_done)
	struct certificate_row row = {.lists = lists,
		.variant = offer->variant,
		.line = offer->line,
		.authenticated = offer->authenticated};
	int r = replace_string(&row.url, offer->url);

	if (r == 0)
		r = replace_string(&row.document, offer->document);
	if (r == 0)
		r = make_room((void **)&g->certificates, g->certificate_count,
			sizeof(row));
	if (r < 0)
		return r;
	row.certificate = certificate_ref((struct certificate *)c);
	g->certificates[g->certificate_count++] = TAKE_OBJECT(row);
	return 0;
}

int group_add_setting(struct group *g, enum setting_id id,
	const struct setting_value *value, bool authenticated)
{
	CLEANUP(setting_row_done)
	struct setting_row row = {.id = id, .authenticated = authenticated};
	int r = replace_string(&row.value, value->value);

	if (r == 0)
		r = replace_string(&row.permission, value->permission);
	if (r == 0)
		r = make_room(
			(void **)&g->settings, g->setting_count, sizeof(row));
	if (r < 0)
		return r;
	g->settings[g->setting_count++] = TAKE_OBJECT(row);
	return 0;
}

int group_add_validator(struct group *g, const char *url_sha256,
	const char *validator, const char *sha256)
{
	struct validator_row row = {0};
	int r = hex_parse(url_sha256, row.stored.url, SHA256_BYTES);

	if (r == 0)
		r = hex_parse(sha256, row.stored.sha256, SHA256_BYTES);
	if (r == 0)
		r = make_room((void **)&g->validators, g->validator_count,
			sizeof(row));
	if (r == 0)
		r = replace_string(&row.value, validator);
	if (r < 0)
		return r;
	g->validators[g->validator_count++] = row;
	return 0;
}

int group_add_outcome(struct group *g, const struct outcome *outcome)
{
	int r = make_room(
		(void **)&g->outcomes, g->outcome_count, sizeof(*g->outcomes));

	if (r == 0)
		r = outcome_copy(outcome, &g->outcomes[g->outcome_count]);
	if (r == 0)
		g->outcome_count++;
	return r;
}

size_t group_outcomes(const struct group *g)
{
	return g->outcome_count;
}

bool group_is_empty(const struct group *g)
{
	return g->outcome_count + g->certificate_count + g->setting_count +
		g->validator_count ==
		0;
}

/* --- writing --- */

static int write_change(const struct group *g, int64_t now, const char *what,
	const char *sha256, const char *name)
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

static int write_certificate(
	const struct group *g, const struct certificate_row *row, int64_t now)
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
		r = write_change(g, now,
			intermediate ? "intermediate accepted"
				     : "certificate accepted",
			c->sha256_hex, c->subject);
	return r;
}

static int write_setting(
	const struct group *g, const struct setting_row *row, int64_t now)
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
		r = write_change(
			g, now, "setting changed", NULL, setting->name);
	return r;
}

static int write_outcome(const struct group *g, const struct outcome *o)
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

static int write_validator(const struct group *g, const struct validator_row *v)
{
	struct store_validator stored = v->stored;
	int r = 0;

	stored.value = v->value;
	r = store_put_validator(g->target.store, &stored);
	/* The certificate is an authority: nothing of it is stored. */
	return r == -ENOENT ? 0 : r;
}

static int write_rows(const struct group *g, int64_t now)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->certificate_count; i++)
		r = write_certificate(g, &g->certificates[i], now);
	for (size_t i = 0; r == 0 && i < g->setting_count; i++)
		r = write_setting(g, &g->settings[i], now);
	for (size_t i = 0; r == 0 && i < g->validator_count; i++)
		r = write_validator(g, &g->validators[i]);
	for (size_t i = 0; r == 0 && i < g->outcome_count; i++)
		r = write_outcome(g, &g->outcomes[i]);
	return r;
}

static int write_group(const struct group *g, int64_t now)
{
	int r = store_begin(g->target.store);
	int written = 0;

	if (r < 0)
		return r;
	written = write_rows(g, now);
	if (written < 0) {
		store_rollback(g->target.store);
		return written;
	}
	return store_commit(g->target.store);
}

/* --- what follows --- */

static int follow(struct group *g, bool *ret_changed)
{
	int r = 0;

	*ret_changed = g->certificate_count > 0 || g->setting_count > 0;
	if (!g->target.store || !*ret_changed)
		return 0;
	for (size_t i = 0; i < g->certificate_count; i++)
		rejections_withdraw(g->target.rejections,
			g->certificates[i].certificate->sha256);
	if (g->setting_count > 0)
		return state_refresh(g->target.state);
	for (size_t i = 0; r == 0 && i < g->certificate_count; i++) {
		const struct certificate_row *row = &g->certificates[i];
		const struct bytes *der = &row->certificate->der;

		r = state_add_server(
			g->target.state, der->data, der->len, row->lists);
	}
	if (r == 0)
		state_added(g->target.state);
	return r;
}

/* What could not be written was not accepted, whatever was judged. */
static void take_back(
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
	(void)replace_string(&o->result, verdict_name(verdict));
	free(o->reason);
	free(o->remedy);
	o->reason = NULL;
	o->remedy = NULL;
	(void)verdict_explain(verdict, &facts, &o->reason, &o->remedy);
}

/* --- what an admin said meanwhile --- */

static void refuse_distrusted(struct group *g, const struct certificate *c)
{
	for (size_t i = 0; i < g->outcome_count; i++)
		if (streq_null(g->outcomes[i].sha256, c->sha256_hex))
			take_back(&g->outcomes[i], VERDICT_DISTRUSTED, NULL);
}

/* The run judges by the trust it began with; distrust wins over that. */
static int drop_distrusted(struct group *g)
{
	const struct trust *trust = state_trust(g->target.state);
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < g->certificate_count; i++) {
		struct certificate_row *row = &g->certificates[i];
		struct distrust d = {.reason = DISTRUST_NOT};

		/* What failed once keeps the rest: it fails the commit. */
		if (r == 0)
			r = trust_find_distrust(trust, row->certificate, &d);
		if (d.reason != DISTRUST_NOT) {
			refuse_distrusted(g, row->certificate);
			certificate_row_done(row);
		} else {
			g->certificates[kept++] = *row;
		}
	}
	g->certificate_count = kept;
	return r;
}

int group_commit(struct group *g, int64_t now, group_teller *tell,
	void *userdata, bool *ret_changed)
{
	bool changed = false;
	int r = drop_distrusted(g);

	if (r == 0 && g->target.store)
		r = write_group(g, now);
	if (r < 0) {
		group_fail(g, r, tell, userdata);
		return r;
	}
	r = follow(g, &changed);
	for (size_t i = 0; i < g->outcome_count; i++)
		tell(userdata, &g->outcomes[i]);
	empty(g);
	*ret_changed = changed;
	return r;
}

/* What was there before, and what was only read, is not taken back. */
static bool was_to_be_written(const struct outcome *o)
{
	return strcmp(o->result, verdict_name(VERDICT_ACCEPTED)) == 0 ||
		strcmp(o->result, setting_result_get(SETTING_APPLIED)->name) ==
		0;
}

void group_fail(struct group *g, int error, group_teller *tell, void *userdata)
{
	for (size_t i = 0; i < g->outcome_count; i++) {
		if (was_to_be_written(&g->outcomes[i]))
			take_back(&g->outcomes[i], VERDICT_STORE_FAILED,
				strerror(-error));
		tell(userdata, &g->outcomes[i]);
	}
	empty(g);
}
