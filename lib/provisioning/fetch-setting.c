/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a setting that a fetcher offered, whenever it is decided. */
#include <errno.h>

#include "lib/base/string.h"
#include "lib/phone/settings-explain.h"
#include "lib/provisioning/fetch-identity.h"
#include "lib/provisioning/fetch-session.h"

/* The value of an applied one is to be made durable. */
static int fetch_keep_value(const struct fetch_session *s, struct decision *d)
{
	const struct setting_value *value =
		&s->config.settings->values[d->setting];

	d->value = *value;
	d->value.value = NULL;
	return string_replace(&d->value.value, value->value);
}

/* Takes the words. */
static int fetch_fill_setting(const struct fetch_setting *f,
	enum setting_result result, struct setting_words *words,
	struct outcome *o)
{
	*o = (struct outcome){
		.kind = OUTCOME_SETTING,
		.line = f->line,
		.accepted = setting_result_get(result)->good,
		.setting = result,
	};
	SWAP(o->value, words->value);
	SWAP(o->former, words->former);
	SWAP(o->reason, words->reason);
	SWAP(o->remedy, words->remedy);
	if (string_replace(&o->document, f->document) < 0 ||
		string_replace(&o->name, f->name) < 0)
		return -ENOMEM;
	return 0;
}

/* The refusal of a certificate says more than that its value is invalid. */
static int fetch_fill_certificate(struct fetch_session *s,
	const struct fetch_setting *f, struct identity_setting *own,
	struct decision *d)
{
	CLEANUP(free) char *stays = NULL;
	int r = 0;

	if (d->outcome.setting != SETTING_INVALID)
		return fetch_identity_fill(own, f, s->config.judge.now, d);
	r = settings_explain_certificate(
		settings_effective(s->config.settings,
			&s->config.judge.trust->policy.firmware,
			SETTING_WEBSERVER_CERT),
		&stays);
	return r < 0 ? r : fetch_identity_refuse(own, f, stays, &d->outcome);
}

int fetch_tell_setting(struct fetch_session *s, const struct fetch_setting *f,
	const struct fetch_setting_told *told)
{
	const struct guard_answer *guard = told->guard;
	CLEANUP(settings_words_done) struct setting_words words = {0};
	CLEANUP(decision_done)
	struct decision d = {
		.setting = told->id, .from.authenticated = f->authenticated};
	int r = settings_explain(
		&(struct setting_event){
			.id = told->id,
			.name = f->name,
			.result = told->result,
			.value = f->value,
			.former = told->former,
			.permission = f->permission,
			.action = f->action,
			.index = f->index,
			.misplaced = f->misplaced,
			.settings = s->config.settings,
			.firmware = &s->config.judge.trust->policy.firmware,
			.server = guard ? guard->host : NULL,
			.because = guard ? guard->reason : NULL,
		},
		&words);

	if (r == 0)
		r = fetch_fill_setting(f, told->result, &words, &d.outcome);
	if (r == 0 && setting_result_is_change(told->result))
		r = fetch_keep_value(s, &d);
	if (r == 0 && told->id == SETTING_WEBSERVER_CERT)
		r = fetch_fill_certificate(s, f, told->own, &d);
	return r < 0 ? r : fetch_tell(s, &d);
}
