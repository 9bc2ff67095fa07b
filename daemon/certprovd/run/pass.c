/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/pass.h"

#define PASS_BIT(source) (1U << (source))

static enum run_source pass_source_of(enum provisioning_source source)
{
	return (enum run_source)(RUN_FROM_REDIRECTION + source);
}

/* Without the word redirection in the order, a setting server that answered is
 * not followed by servers that strangers named. */
static bool pass_proceeds_after_server(const struct pass_facts *f)
{
	for (size_t i = 0; i < f->order.count; i++)
		if (f->order.steps[i].source == PROVISIONING_REDIRECTION)
			return f->order.steps[i].proceed;
	return false;
}

static void pass_fill_server(const struct pass_facts *f, struct pass_step *ret)
{
	*ret = (struct pass_step){
		.source = f->server_is_setting ? RUN_FROM_SETTING
					       : RUN_FROM_CONFIGURATION,
		.server = f->server,
		.proceed = pass_proceeds_after_server(f),
	};
}

/* What was learnt about redirection saves asking the service. */
static bool pass_fill(const struct pass_facts *f,
	const struct provisioning_step *step, struct pass_step *ret)
{
	const char *learnt = f->learnt->urls[step->source];

	*ret = (struct pass_step){
		.source = pass_source_of(step->source),
		.server = {.url = learnt},
		.proceed = step->proceed,
	};
	if (learnt || step->source != PROVISIONING_REDIRECTION)
		return learnt;
	ret->service = true;
	ret->server = (struct job_server){
		.url = f->redirection, .trusted = true, .authenticated = true};
	return f->redirection;
}

/* The one at this place, from 0; false when there is none. Of places without a
 * URL the url is NULL. */
static bool pass_at(
	const struct pass_facts *f, size_t place, struct pass_step *ret)
{
	const struct provisioning_step *step = NULL;

	if (place == 0) {
		pass_fill_server(f, ret);
		return true;
	}
	if (place > f->order.count)
		return false;
	step = &f->order.steps[place - 1];
	if (!pass_fill(f, step, ret) ||
		(step->source == PROVISIONING_REDIRECTION && f->server.url))
		ret->server.url = NULL;
	return true;
}

bool pass_next(
	const struct pass *p, const struct pass_facts *f, struct pass_step *ret)
{
	struct pass_step step = {.source = RUN_SOURCE__END};

	for (size_t i = 0; pass_at(f, i, &step); i++) {
		if (!step.server.url || (p->asked & PASS_BIT(step.source)))
			continue;
		*ret = step;
		return true;
	}
	return false;
}

void pass_take(struct pass *p, const struct pass_step *step)
{
	p->active = true;
	p->asked |= PASS_BIT(step->source);
	p->now = *step;
	p->now.server.url = NULL;
}

bool pass_step_ends(struct pass *p, bool fetched)
{
	bool succeeded = fetched && !p->now.service;

	p->succeeded = p->succeeded || succeeded;
	return !succeeded || p->now.proceed;
}

bool pass_reaches(const struct pass_facts *f, enum run_source stopped,
	enum run_source source)
{
	struct pass_step step = {.source = RUN_SOURCE__END};

	for (size_t i = 0; pass_at(f, i, &step); i++) {
		if (!step.server.url)
			continue;
		if (step.source == source)
			return true;
		if (step.source == stopped)
			return false;
	}
	return false;
}
