/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of a run that would end trust in a server that the phone is
 * provisioned from: held back, and tried again when everything was read,
 * because a certificate of the same run may be what they need.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/provisioning/fetch-session.h"
#include "lib/x509/names.h"

/* --- the servers --- */

static int fetch_guard_add_server(
	struct fetch_session *s, const struct fetch_guarded *g)
{
	char name[HOST_NAME_SIZE];
	struct host host;

	if (host_parse(g->host, &host) < 0)
		return -EINVAL;
	host_format(&host, name);
	return guard_add(&s->servers, name, g->chain.items, g->chain.count);
}

int fetch_on_report_server(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_guarded_done) struct fetch_guarded g = {.host = NULL};
	int r = fetch_guarded_decode(parameters, &g, &h->field);

	if (r < 0)
		return fetch_undecoded(r);
	/* Dates are judged by the time of the run. */
	s->servers.when = s->config.judge.now;
	r = fetch_guard_add_server(s, &g);
	return r == -EINVAL ? fetch_wrong(h, "host") : r;
}

/* --- a setting --- */

/*
 * A setting that can turn verification off is worth as much as an anchor. With
 * pins, an unauthenticated source may not change it either.
 */
static bool fetch_may_change_trust(
	const struct bootstrap_policy *policy, bool authenticated)
{
	switch (policy->mode) {
	case BOOTSTRAP_OPEN:
		return true;
	case BOOTSTRAP_UNTIL_AUTHENTICATED:
		return authenticated || !policy->was_authenticated;
	case BOOTSTRAP_PINNED:
		return authenticated;
	}
	return false;
}

static const struct firmware *fetch_guard_firmware(
	const struct fetch_session *s)
{
	return &s->config.judge.trust->policy.firmware;
}

/* What the run trusts now, with these settings; borrows. */
static struct trust fetch_guard_trust(
	const struct fetch_session *s, const struct settings *settings)
{
	struct trust t = *candidates_trust(s->candidates);

	settings_fill_policy(settings, fetch_guard_firmware(s), &t.policy);
	return t;
}

/* The last good servers, but for those that this run has met anew. */
static int fetch_guard_compare_last(const struct fetch_session *s,
	const struct trust *before, const struct trust *after,
	struct guard_answer *ret)
{
	CLEANUP(guard_done) struct guard others = {.count = 0};
	int r = s->config.guard
		? guard_copy_but(s->config.guard, &s->servers, &others)
		: 0;

	return r < 0 ? r : guard_compare(&others, before, after, ret);
}

static int fetch_guard_compare(const struct fetch_session *s,
	const struct settings *before, struct guard_answer *ret)
{
	const struct trust was = fetch_guard_trust(s, before);
	const struct trust is = fetch_guard_trust(s, s->config.settings);
	int r = guard_compare(&s->servers, &was, &is, ret);

	return r < 0 || ret->locked_out
		? r
		: fetch_guard_compare_last(s, &was, &is, ret);
}

/* A change of a setting that verdicts depend on. */
static bool fetch_guard_concerns(
	const struct fetch_setting *f, enum setting_result result)
{
	enum setting_id id = SETTING__END;

	return result == SETTING_APPLIED && setting_find(f->name, &id) == 0 &&
		setting_get(id)->trust;
}

int fetch_guard_offer(struct fetch_session *s, const struct fetch_setting *f,
	enum setting_result *ret, struct guard_answer *ret_answer)
{
	CLEANUP(settings_done) struct settings before = {0};
	const struct setting_offer offer = {
		.name = f->name,
		.value = f->value,
		.permission = f->permission,
		.action = f->action,
		.indexed = f->index >= 0,
		.misplaced = f->misplaced != NULL,
		.may_trust = fetch_may_change_trust(
			s->config.judge.bootstrap, f->authenticated),
	};
	int r = settings_copy(s->config.settings, &before);

	if (r == 0)
		r = settings_offer(s->config.settings, fetch_guard_firmware(s),
			&offer, ret);
	if (r < 0 || !fetch_guard_concerns(f, *ret))
		return r;
	r = fetch_guard_compare(s, &before, ret_answer);
	if (r == 0 && !ret_answer->locked_out)
		return 0;
	SWAP(*s->config.settings, before);
	*ret = SETTING_WOULD_LOCK_OUT;
	return r;
}

/* --- held --- */

static void fetch_held_done(struct fetch_held *h)
{
	free(h->name);
	free(h->value);
	free(h->permission);
	free(h->action);
	free(h->document);
	guard_answer_done(&h->answer);
	*h = (struct fetch_held){.held = false};
}
DEFINE_CLEANUP_EMBEDDED(struct fetch_held, fetch_held_done);

void fetch_guard_done(struct fetch_session *s)
{
	for (size_t i = 0; i < SETTING__END; i++)
		fetch_held_done(&s->held[i]);
	guard_done(&s->servers);
}

int fetch_guard_hold(struct fetch_session *s, enum setting_id id,
	const struct fetch_setting *f, struct guard_answer *answer)
{
	CLEANUP(fetch_held_done)
	struct fetch_held h = {
		.held = true,
		.line = f->line,
		.index = f->index,
		.authenticated = f->authenticated,
	};

	if (string_replace(&h.name, f->name) < 0 ||
		string_replace(&h.value, f->value) < 0 ||
		string_replace(&h.permission, f->permission) < 0 ||
		string_replace(&h.action, f->action) < 0 ||
		string_replace(&h.document, f->document) < 0)
		return -ENOMEM;
	SWAP(h.answer, *answer);
	SWAP(s->held[id], h);
	return 0;
}

static struct fetch_setting fetch_held_setting(const struct fetch_held *h)
{
	return (struct fetch_setting){
		.name = h->name,
		.index = h->index,
		.value = h->value,
		.permission = h->permission,
		.action = h->action,
		.document = h->document,
		.line = h->line,
		.authenticated = h->authenticated,
	};
}

/* As it was judged. */
static int fetch_held_refuse(
	struct fetch_session *s, enum setting_id id, const struct fetch_held *h)
{
	const struct fetch_setting f = fetch_held_setting(h);

	return fetch_tell_setting(s, &f,
		&(struct fetch_setting_told){
			.id = id,
			.result = SETTING_WOULD_LOCK_OUT,
			.guard = &h->answer,
		});
}

/* Judge it by what is known now. */
static int fetch_held_decide(
	struct fetch_session *s, enum setting_id id, const struct fetch_held *h)
{
	const struct fetch_setting f = fetch_held_setting(h);
	CLEANUP(guard_answer_done)
	struct guard_answer answer = {.locked_out = false};
	CLEANUP(free) char *former = NULL;
	struct fetch_setting_told told = {.id = id, .guard = &answer};
	int r = string_replace(&former, s->config.settings->values[id].value);

	if (r == 0)
		r = fetch_guard_offer(s, &f, &told.result, &answer);
	told.former = former;
	return r < 0 ? r : fetch_tell_setting(s, &f, &told);
}

int fetch_guard_supersede(struct fetch_session *s, enum setting_id id)
{
	CLEANUP(fetch_held_done)
	struct fetch_held h = TAKE_OBJECT(s->held[id]);

	return h.held ? fetch_held_refuse(s, id, &h) : 0;
}

int fetch_guard_settle(struct fetch_session *s)
{
	int r = 0;

	for (enum setting_id id = 0; r == 0 && id < SETTING__END; id++) {
		CLEANUP(fetch_held_done)
		struct fetch_held h = TAKE_OBJECT(s->held[id]);

		if (h.held)
			r = fetch_held_decide(s, id, &h);
	}
	return r;
}

int fetch_guard_give_up(struct fetch_session *s)
{
	int r = 0;

	for (enum setting_id id = 0; r == 0 && id < SETTING__END; id++)
		r = fetch_guard_supersede(s, id);
	return r;
}
