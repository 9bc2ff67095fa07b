/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/last-server.h"

#include <stdlib.h>

#include "lib/base/string.h"

int last_server_write(
	struct store *store, const struct trust_state *state, struct guard *g)
{
	const struct guard *before = trust_state_guard(state);
	CLEANUP(free) char *old = NULL;
	CLEANUP(free) char *new = NULL;
	int64_t when = g->when;
	int r = guard_format(before, &old);

	g->when = before->when;
	if (r == 0)
		r = guard_format(g, &new);
	if (r < 0 || string_equal(old, new))
		return r;
	g->when = when;
	free(TAKE_PTR(new));
	r = guard_format(g, &new);
	return r < 0 ? r : store_set_last_servers(store, new);
}

/* The same servers, as of now; borrows. */
static struct guard last_server_now(const struct guard *g, int64_t now)
{
	struct guard at = *g;

	at.when = now > g->when ? now : g->when;
	return at;
}

/* As of then, so that the end of a certificate hides nothing; and as of now,
 * so that nothing hides behind one that has ended since. */
int last_server_check(
	struct trust_state *state, int64_t now, struct guard_answer *ret)
{
	const struct guard *g = trust_state_guard(state);
	const struct trust *before = trust_state_trust(state);
	const struct guard present = last_server_now(g, now);
	CLEANUP(trust_free) struct trust *after = NULL;
	int r = 0;

	if (g->count == 0)
		return 0;
	r = trust_state_preview(state, &after);
	if (r == 0)
		r = guard_compare(g, before, after, ret);
	return r < 0 || ret->locked_out
		? r
		: guard_compare(&present, before, after, ret);
}

int last_server_judge(const struct trust_state *state, struct guard_answer *ret)
{
	return guard_judge(
		trust_state_guard(state), trust_state_trust(state), ret);
}

void last_server_note_used(
	const struct trust_state *state, int64_t now, struct anchors_used *used)
{
	const struct guard present =
		last_server_now(trust_state_guard(state), now);
	struct guard_path path = {.count = 0};
	int r = guard_find_path(&present, trust_state_trust(state), &path);

	/* What has ended meanwhile is in use no less. */
	if (r == 0 && path.count == 0)
		r = guard_find_path(trust_state_guard(state),
			trust_state_trust(state), &path);
	for (size_t i = 0; r == 0 && i < path.count; i++)
		anchors_used_note(used, path.sha256[i]);
}
