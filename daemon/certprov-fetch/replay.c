/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/replay.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	void *tree; /* by url and max_bytes */
	struct replay_exchange **list;
	size_t count;
	size_t bytes;
};

void replay_exchange_done(struct replay_exchange *e)
{
	free(e->url);
	for (size_t i = 0; i < e->chain_count; i++)
		bytes_done(&e->chain[i]);
	free(e->chain);
	free(e->location);
	free(e->validator);
	bytes_done(&e->body);
	*e = (struct replay_exchange){0};
}

int replay_new(struct replay **ret)
{
	CLEANUP(replay_free) struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->list =
		calloc(REPLAY_MAX_EXCHANGES, sizeof(struct replay_exchange *));
	if (!r->list)
		return -ENOMEM;
	*ret = TAKE_PTR(r);
	return 0;
}

static int replay_compare(const void *left, const void *right)
{
	const struct replay_exchange *a = left;
	const struct replay_exchange *b = right;
	int c = strcmp(a->url, b->url);

	return c
		? c
		: (a->max_bytes > b->max_bytes) - (a->max_bytes < b->max_bytes);
}

struct replay *replay_free(struct replay *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->count; i++) {
		(void)tdelete(r->list[i], &r->tree, replay_compare);
		replay_exchange_done(r->list[i]);
		free(r->list[i]);
	}
	free(r->list);
	free(r);
	return NULL;
}

size_t replay_room(const struct replay *r)
{
	return r->count < REPLAY_MAX_EXCHANGES ? REPLAY_MAX_BYTES - r->bytes
					       : 0;
}

static struct replay_exchange *replay_look_up(
	const struct replay *r, const struct replay_exchange *key)
{
	struct replay_exchange **found = tfind(key, &r->tree, replay_compare);

	return found ? *found : NULL;
}

const struct replay_exchange *replay_find(
	const struct replay *r, const char *url, uint64_t max_bytes)
{
	const struct replay_exchange key = {
		.url = (char *)url, .max_bytes = max_bytes};

	return replay_look_up(r, &key);
}

static int replay_insert(struct replay *r, struct replay_exchange *e)
{
	struct replay_exchange *made = malloc(sizeof(*made));

	if (!made)
		return -ENOMEM;
	*made = *e;
	if (!tsearch(made, &r->tree, replay_compare)) {
		free(made);
		return -ENOMEM;
	}
	r->list[r->count++] = made;
	r->bytes += e->body.len;
	*e = (struct replay_exchange){0};
	return 0;
}

int replay_keep(struct replay *r, struct replay_exchange *e)
{
	struct replay_exchange *earlier = replay_look_up(r, e);
	int error = 0;

	if (e->body.len > REPLAY_MAX_BYTES - r->bytes)
		; /* no room */
	else if (earlier) {
		r->bytes += e->body.len;
		r->bytes -= earlier->body.len;
		SWAP(*earlier, *e);
	} else if (r->count < REPLAY_MAX_EXCHANGES) {
		error = replay_insert(r, e);
	}
	replay_exchange_done(e);
	return error;
}
