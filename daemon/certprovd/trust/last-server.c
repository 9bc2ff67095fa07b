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

int last_server_check(struct trust_state *state, struct guard_answer *ret)
{
	const struct guard *g = trust_state_guard(state);
	CLEANUP(trust_free) struct trust *after = NULL;
	int r = 0;

	if (g->count == 0)
		return 0;
	r = trust_state_preview(state, &after);
	return r < 0 ? r
		     : guard_compare(g, trust_state_trust(state), after, ret);
}

int last_server_judge(const struct trust_state *state, struct guard_answer *ret)
{
	return guard_judge(
		trust_state_guard(state), trust_state_trust(state), ret);
}

void last_server_note_used(
	const struct trust_state *state, struct anchors_used *used)
{
	struct guard_path path = {.count = 0};
	int r = guard_find_path(
		trust_state_guard(state), trust_state_trust(state), &path);

	for (size_t i = 0; r == 0 && i < path.count; i++)
		anchors_used_note(used, path.sha256[i]);
}
