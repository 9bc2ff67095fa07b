/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/verdict-messages.h"

#include <errno.h>
#include <string.h>

#include "lib/trust/trust.h"

/* One of them; text.data NULL: empty. */
struct verdict_messages_entry {
	struct verdict_message message;
	uint64_t used; /* when, counted in finds and puts */
};

struct verdict_messages {
	struct verdict_messages_entry entries[VERDICT_MESSAGES_MAX];
	uint64_t uses;
	/* The trust that all of them were answered under. */
	uint64_t generation;
	char store[STORE_ID_SIZE];
};

int verdict_messages_new(struct verdict_messages **ret)
{
	struct verdict_messages *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*ret = m;
	return 0;
}

static void verdict_messages_drop(struct verdict_messages_entry *e)
{
	bytes_done(&e->message.text);
	bytes_done(&e->message.reply);
	*e = (struct verdict_messages_entry){.used = 0};
}

void verdict_messages_forget(struct verdict_messages *m)
{
	for (size_t i = 0; i < VERDICT_MESSAGES_MAX; i++)
		verdict_messages_drop(&m->entries[i]);
}

void verdict_messages_end(
	struct verdict_messages *m, const uint8_t key[SHA256_BYTES])
{
	for (size_t i = 0; i < VERDICT_MESSAGES_MAX; i++)
		if (memcmp(m->entries[i].message.key, key, SHA256_BYTES) == 0)
			verdict_messages_drop(&m->entries[i]);
}

struct verdict_messages *verdict_messages_free(struct verdict_messages *m)
{
	if (!m)
		return NULL;
	verdict_messages_forget(m);
	free(m);
	return NULL;
}

/* What was put under another trust is not told any more. */
static void verdict_messages_follow(
	struct verdict_messages *m, const struct trust *trust)
{
	if (m->generation == trust->generation &&
		strcmp(m->store, trust->store) == 0)
		return;
	verdict_messages_forget(m);
	m->generation = trust->generation;
	memcpy(m->store, trust->store, sizeof(m->store));
}

static struct verdict_messages_entry *verdict_messages_look(
	struct verdict_messages *m, const void *text, size_t len)
{
	for (size_t i = 0; i < VERDICT_MESSAGES_MAX; i++) {
		struct verdict_messages_entry *e = &m->entries[i];

		if (e->message.text.data && e->message.text.len == len &&
			memcmp(e->message.text.data, text, len) == 0)
			return e;
	}
	return NULL;
}

const struct verdict_message *verdict_messages_find(struct verdict_messages *m,
	const struct trust *trust, const void *text, size_t len)
{
	struct verdict_messages_entry *e = NULL;

	verdict_messages_follow(m, trust);
	if (len > VERDICT_MESSAGES_MAX_BYTES)
		return NULL;
	e = verdict_messages_look(m, text, len);
	if (!e)
		return NULL;
	e->used = ++m->uses;
	return &e->message;
}

/* An empty one, else the least recently used. */
static struct verdict_messages_entry *verdict_messages_place(
	struct verdict_messages *m)
{
	struct verdict_messages_entry *best = &m->entries[0];

	for (size_t i = 1; i < VERDICT_MESSAGES_MAX; i++)
		if (m->entries[i].used < best->used)
			best = &m->entries[i];
	return best;
}

int verdict_messages_put(struct verdict_messages *m, const struct trust *trust,
	const struct verdict_message *message)
{
	struct verdict_messages_entry *place = NULL;
	int r = 0;

	verdict_messages_follow(m, trust);
	if (message->text.len > VERDICT_MESSAGES_MAX_BYTES ||
		message->reply.len > VERDICT_MESSAGES_MAX_BYTES)
		return 0;
	place = verdict_messages_look(m, message->text.data, message->text.len);
	if (!place)
		place = verdict_messages_place(m);
	verdict_messages_drop(place);
	r = bytes_copy(
		message->text.data, message->text.len, &place->message.text);
	if (r == 0)
		r = bytes_copy(message->reply.data, message->reply.len,
			&place->message.reply);
	if (r < 0) {
		verdict_messages_drop(place);
		return r;
	}
	memcpy(place->message.key, message->key, SHA256_BYTES);
	place->used = ++m->uses;
	return 0;
}
