/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/commit-batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/identity/webserver-file.h"
#include "daemon/certprovd/trust/roles.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

struct commit_batch {
	struct commit_batch_target target;
	struct decisions decisions;
};

unsigned commit_batch_delay_ms(unsigned commits)
{
	return commits < COMMIT_BATCH_QUICK_COMMITS ? COMMIT_BATCH_MAX_MS
						    : COMMIT_BATCH_SLOW_MS;
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

void commit_batch_clear(struct commit_batch *g)
{
	decisions_done(&g->decisions);
}

struct commit_batch *commit_batch_free(struct commit_batch *g)
{
	if (!g)
		return NULL;
	commit_batch_clear(g);
	free(g);
	return NULL;
}

int commit_batch_add(struct commit_batch *g, struct decision *decision)
{
	return decisions_add(&g->decisions, decision);
}

size_t commit_batch_count(const struct commit_batch *g)
{
	return g->decisions.count;
}

const struct outcome *commit_batch_outcome(
	const struct commit_batch *g, size_t i)
{
	return &g->decisions.items[i].outcome;
}

static bool commit_batch_is_new_certificate(const struct decision *d)
{
	return d->outcome.kind == OUTCOME_CERTIFICATE && decision_is_change(d);
}

/* --- writing --- */

int commit_batch_who(int64_t run, const char *asker, char **ret)
{
	return string_format(ret, "run %lld%s%s", (long long)run,
		asker ? " begun by " : "", asker ? asker : "");
}

static int commit_batch_write_change(const struct commit_batch *g, int64_t now,
	const char *what, const char *sha256, const char *name)
{
	CLEANUP(free) char *who = NULL;
	int r = commit_batch_who(g->target.run, g->target.asker, &who);

	return r < 0 ? r
		     : store_add_change(g->target.store,
			       &(struct store_change){.when = now,
				       .who = who,
				       .what = what,
				       .sha256 = sha256,
				       .name = name,
				       .run = g->target.run});
}

/* The row of the store; borrows. */
static struct store_certificate commit_batch_row_of(
	const struct commit_batch *g, const struct decision *d, int64_t now)
{
	const struct certificate *c = d->certificate;
	struct store_certificate stored = {
		.der = c->der.data,
		.der_len = c->der.len,
		.origin = d->from.variant == CANDIDATE_BASE64
			? "provisioned-base64"
			: "provisioned-url",
		.url = d->from.url,
		.document = d->from.document,
		.line = d->from.line,
		.run = g->target.run,
		.added = now,
		.authenticated = d->from.authenticated,
		.role = roles_of(d->lists),
	};

	memcpy(stored.sha256, c->sha256, SHA256_BYTES);
	return stored;
}

static int commit_batch_write_certificate(
	const struct commit_batch *g, const struct decision *d, int64_t now)
{
	const struct certificate *c = d->certificate;
	const struct store_certificate stored = commit_batch_row_of(g, d, now);
	bool intermediate = stored.role == STORE_ROLE_INTERMEDIATE;
	bool added = false;
	bool removed = false;
	const char *subject = NULL;
	int r = certificate_find_subject(c, &subject);

	if (r == 0)
		r = store_add_certificate(g->target.store, &stored, &added);
	if (r == 0)
		r = store_remove_unknown(g->target.store, c->sha256, &removed);
	if (r == 0 && added)
		r = commit_batch_write_change(g, now,
			intermediate ? "intermediate accepted"
				     : "certificate accepted",
			c->sha256_hex, subject);
	return r;
}

/* Before the setting that names it, and in force with it. */
static int commit_batch_write_key(
	const struct commit_batch *g, const struct decision *d)
{
	const struct settings *now = trust_state_settings(g->target.state);

	return d->identity.len == 0
		? 0
		: webserver_file_write(g->target.state_directory,
			  now->values[SETTING_WEBSERVER_CERT].value,
			  &d->identity);
}

static int commit_batch_write_setting(
	const struct commit_batch *g, const struct decision *d, int64_t now)
{
	const struct setting *setting = setting_get(d->setting);
	const struct store_setting stored = {
		.name = setting->name,
		.value = d->value.value,
		.origin = setting_origin_name(SETTING_FROM_PROVISIONING),
		.permission = d->value.permission,
	};
	bool changed = false;
	bool trust = setting->trust && d->outcome.setting == SETTING_APPLIED;
	int r = commit_batch_write_key(g, d);

	if (r == 0)
		r = store_put_setting(
			g->target.store, &stored, trust, &changed);
	/* In the same transaction: it must not count for another value. */
	if (r == 0 && d->setting == SETTING_SETTING_SERVER)
		r = store_set_fact(g->target.store,
			STORE_SETTING_SERVER_AUTHENTICATED,
			d->from.authenticated);
	if (r == 0 && d->setting == SETTING_HTTP_CLIENT_PASS)
		r = store_set_fact(g->target.store,
			STORE_HTTP_PASSWORD_AUTHENTICATED,
			d->from.authenticated);
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
			.result = outcome_result_name(o),
			.sha256 = o->sha256,
			.json = text,
		});
}

/* A trusted download may be asked for conditionally the next time. */
static int commit_batch_write_validator(
	const struct commit_batch *g, const struct decision *d)
{
	struct store_validator stored = {.value = d->from.validator};
	int r = 0;

	if (!stored.value || !d->outcome.accepted || !d->certificate)
		return 0;
	memcpy(stored.url, d->from.url_sha256, SHA256_BYTES);
	memcpy(stored.sha256, d->certificate->sha256, SHA256_BYTES);
	r = store_put_validator(g->target.store, &stored);
	/* The certificate is an authority, which is not stored. */
	return r == -ENOENT ? 0 : r;
}

/* Whatever became of it: it is still in the files. */
static int commit_batch_write_finding(
	const struct commit_batch *g, const struct decision *d)
{
	const struct outcome *o = &d->outcome;
	struct store_finding f = {.authenticated = d->from.authenticated};

	if (!g->target.source || o->kind != OUTCOME_CERTIFICATE || !o->sha256 ||
		hex_parse(o->sha256, f.sha256, SHA256_BYTES) < 0)
		return 0;
	memcpy(f.source, g->target.source, SHA256_BYTES);
	return store_note_found(g->target.store, &f);
}

static int commit_batch_write_one(
	const struct commit_batch *g, const struct decision *d, int64_t now)
{
	int r = 0;

	if (commit_batch_is_new_certificate(d))
		r = commit_batch_write_certificate(g, d, now);
	else if (decision_is_change(d))
		r = commit_batch_write_setting(g, d, now);
	if (r == 0)
		r = commit_batch_write_validator(g, d);
	if (r == 0)
		r = commit_batch_write_finding(g, d);
	return r < 0 ? r : commit_batch_write_outcome(g, &d->outcome);
}

static int commit_batch_write_rows(const struct commit_batch *g, int64_t now)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->decisions.count; i++)
		r = commit_batch_write_one(g, &g->decisions.items[i], now);
	return r;
}

static bool commit_batch_changes_any(const struct commit_batch *g)
{
	for (size_t i = 0; i < g->decisions.count; i++)
		if (decision_is_change(&g->decisions.items[i]))
			return true;
	return false;
}

/* Where nothing was accepted that was not there, only the report grows: it is
 * flushed with the end of the run. */
static int commit_batch_write(const struct commit_batch *g, int64_t now)
{
	int r = commit_batch_changes_any(g)
		? store_begin(g->target.store)
		: store_begin_lazily(g->target.store);
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

static int commit_batch_follow_certificate(
	struct commit_batch *g, const struct decision *d)
{
	const struct store_certificate stored = commit_batch_row_of(g, d, 0);

	return trust_state_add_server(g->target.state, &stored, d->lists);
}

static int commit_batch_follow_certificates(struct commit_batch *g)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->decisions.count; i++) {
		const struct decision *d = &g->decisions.items[i];

		if (commit_batch_is_new_certificate(d))
			r = commit_batch_follow_certificate(g, d);
	}
	if (r == 0)
		trust_state_added(g->target.state);
	return r;
}

static int commit_batch_follow(struct commit_batch *g)
{
	bool settings = false;
	bool certificates = false;

	for (size_t i = 0; i < g->decisions.count; i++) {
		const struct decision *d = &g->decisions.items[i];

		if (!commit_batch_is_new_certificate(d)) {
			settings = settings || decision_is_change(d);
			continue;
		}
		certificates = true;
		if (g->target.store)
			rejections_withdraw(
				g->target.rejections, d->certificate->sha256);
	}
	if (!g->target.store || (!certificates && !settings))
		return 0;
	return settings ? trust_state_refresh(g->target.state)
			: commit_batch_follow_certificates(g);
}

/* What could not be written was not accepted, whatever was decided. */
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
	o->verdict = verdict;
	o->setting = SETTING_RESULT__END;
	free(TAKE_PTR(o->former));
	free(TAKE_PTR(o->reason));
	free(TAKE_PTR(o->remedy));
	(void)verdict_explain(verdict, &facts, &o->reason, &o->remedy);
}

/* --- what an admin said meanwhile --- */

static void commit_batch_refuse_distrusted(
	struct commit_batch *g, const char *sha256)
{
	for (size_t i = 0; i < g->decisions.count; i++) {
		struct outcome *o = &g->decisions.items[i].outcome;

		if (string_equal(o->sha256, sha256))
			commit_batch_take_back(o, VERDICT_DISTRUSTED, NULL);
	}
}

/* The run judges by the trust it began with; distrust overrides that. */
static int commit_batch_drop_distrusted(struct commit_batch *g)
{
	const struct trust *trust = trust_state_trust(g->target.state);
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->decisions.count; i++) {
		const struct decision *d = &g->decisions.items[i];
		bool distrusted = false;

		if (!commit_batch_is_new_certificate(d))
			continue;
		r = trust_distrusts(trust, &d->certificate->der, d->certificate,
			&distrusted);
		if (r == 0 && distrusted)
			commit_batch_refuse_distrusted(
				g, d->certificate->sha256_hex);
	}
	return r;
}

int commit_batch_commit(struct commit_batch *g, int64_t now)
{
	int r = commit_batch_drop_distrusted(g);

	if (r == 0 && g->target.store)
		r = commit_batch_write(g, now);
	if (r == 0)
		return commit_batch_follow(g);
	commit_batch_fail(g, r);
	return r;
}

void commit_batch_fail(struct commit_batch *g, int error)
{
	for (size_t i = 0; i < g->decisions.count; i++) {
		struct decision *d = &g->decisions.items[i];

		/* What was there before, and what was only read, stays. */
		if (decision_is_change(d))
			commit_batch_take_back(&d->outcome,
				VERDICT_STORE_FAILED, strerror(-error));
	}
}
