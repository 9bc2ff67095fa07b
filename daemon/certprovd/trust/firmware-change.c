/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/firmware-change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/provisioning/judge.h"

/* Who made a change that no caller asked for. */
#define WHO "certprovd"

/* --- what is judged --- */

struct firmware_change_row {
	uint8_t sha256[SHA256_BYTES];
	struct candidate candidate; /* its DER is owned */
	bool passes;
	enum verdict verdict; /* of one that does not */
	bool marked;          /* before */
	char *subject;        /* when it was decoded */
};

struct firmware_change_rows {
	struct firmware_change_row *items;
	size_t count;
	size_t room;
};

static void firmware_change_rows_done(struct firmware_change_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		bytes_done(&rows->items[i].candidate.der);
		free(rows->items[i].subject);
	}
	free(rows->items);
}
DEFINE_CLEANUP_EMBEDDED(struct firmware_change_rows, firmware_change_rows_done);

static enum candidate_variant firmware_change_variant(const char *origin)
{
	if (string_equal(origin, STORE_ORIGIN_UPLOADED))
		return CANDIDATE_UPLOAD;
	return string_equal(origin, STORE_ORIGIN_BASE64) ? CANDIDATE_BASE64
							 : CANDIDATE_URL;
}

static int firmware_change_make_room(struct firmware_change_rows *rows)
{
	size_t room = rows->room ? 2 * rows->room : 16;
	void *more = NULL;

	if (rows->count < rows->room)
		return 0;
	more = reallocarray(rows->items, room, sizeof(*rows->items));
	if (!more)
		return -ENOMEM;
	rows->items = more;
	rows->room = room;
	return 0;
}

/* What is there for an exception alone was never accepted. */
static int firmware_change_take(
	void *userdata, const struct store_certificate *c)
{
	struct firmware_change_rows *rows = userdata;
	struct firmware_change_row *row = NULL;
	int r = firmware_change_make_room(rows);

	if (r < 0 || string_equal(c->origin, STORE_ORIGIN_EXCEPTION))
		return r;
	row = &rows->items[rows->count];
	*row = (struct firmware_change_row){
		.candidate.from.variant = firmware_change_variant(c->origin),
		.candidate.from.authenticated = c->authenticated,
		.marked = c->refused != NULL,
		.verdict = VERDICT__END,
	};
	memcpy(row->sha256, c->sha256, SHA256_BYTES);
	r = bytes_copy(c->der, c->der_len, &row->candidate.der);
	if (r == 0)
		rows->count++;
	return r;
}

/* --- by whom --- */

/* The firmware's authorities, what is distrusted, and the rules: as if nothing
 * had been provisioned. */
static int firmware_change_make_trust(
	const struct trust *now, struct trust **ret)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	int r = trust_new(&t);

	if (r == 0) {
		t->anchors = anchors_free(t->anchors);
		r = anchors_copy_list(
			now->anchors, ANCHOR_AUTHORITY, &t->anchors);
	}
	for (size_t i = 0; r == 0 && i < now->distrusted_count; i++)
		r = trust_add_distrusted(
			t, now->distrusted[i].kind, now->distrusted[i].sha256);
	if (r < 0)
		return r;
	t->policy = now->policy;
	t->clock_floor = now->clock_floor;
	*ret = TAKE_PTR(t);
	return 0;
}

/* True when it passes now. */
static int firmware_change_judge(struct trust *t, int64_t now,
	struct firmware_change_row *row, bool *ret)
{
	CLEANUP(judgement_done) struct judgement j = {0};
	const struct bootstrap_policy open = {.mode = BOOTSTRAP_OPEN};
	const struct judge_context context = {
		.trust = t,
		.bootstrap = &open,
		.servers_max = ANCHORS_MAX,
		.now = now,
	};
	int r = judge_candidate(&context, &row->candidate, &j);

	if (r < 0)
		return r;
	row->verdict = j.verdict;
	*ret = verdict_is_positive(j.verdict);
	if (j.certificate && !row->subject)
		r = string_replace(
			&row->subject, certificate_subject(j.certificate));
	if (r == 0 && *ret && j.lists)
		r = anchors_add(t->anchors, row->candidate.der.data,
			row->candidate.der.len, j.lists);
	return r;
}

/* An issuer may be stored behind what it issued. */
static int firmware_change_judge_all(
	struct trust *t, int64_t now, struct firmware_change_rows *rows)
{
	bool more = true;

	for (int pass = 0; more && pass < FIRMWARE_CHANGE_MAX_PASSES; pass++) {
		more = false;
		for (size_t i = 0; i < rows->count; i++) {
			struct firmware_change_row *row = &rows->items[i];
			int r = 0;

			if (row->passes)
				continue;
			r = firmware_change_judge(t, now, row, &row->passes);
			if (r < 0)
				return r;
			more = more || row->passes;
		}
	}
	return 0;
}

/* Not what ends with time, what an admin distrusts, or what is full. */
static bool firmware_change_is_refused(const struct firmware_change_row *row)
{
	return !row->passes && row->verdict != VERDICT_EXPIRED &&
		row->verdict != VERDICT_DISTRUSTED &&
		row->verdict != VERDICT_STORE_FULL &&
		row->verdict != VERDICT_UNAUTHENTICATED_FULL;
}

/* --- writing --- */

static int firmware_change_add_line(struct store *store, int64_t now,
	const struct firmware_change *c, const struct firmware_change_row *row)
{
	CLEANUP(free) char *what = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = string_format(&what,
		"firmware %s would refuse %.*s, which stays: %s", c->present,
		STORE_MAX_CHANGE_TEXT / 2,
		row->subject ? row->subject : "a certificate",
		verdict_name(row->verdict));

	hex_format(row->sha256, SHA256_BYTES, hex);
	return r < 0 ? r
		     : store_add_change(store,
			       &(struct store_change){.when = now,
				       .who = WHO,
				       .what = what,
				       .sha256 = hex});
}

static int firmware_change_mark(struct store *store, int64_t now,
	struct firmware_change *c, const struct firmware_change_rows *rows)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rows->count; i++) {
		const struct firmware_change_row *row = &rows->items[i];
		bool refused = firmware_change_is_refused(row);

		c->refused += refused;
		if (refused || row->marked)
			r = store_set_refused(store, row->sha256,
				refused ? verdict_name(row->verdict) : NULL);
		if (refused && !row->marked &&
			c->news++ < FIRMWARE_CHANGE_MAX_LINES && r == 0)
			r = firmware_change_add_line(store, now, c, row);
	}
	return r;
}

static int firmware_change_count(
	struct store *store, int64_t now, const struct firmware_change *c)
{
	CLEANUP(free) char *what = NULL;
	int r = string_format(&what,
		"the firmware changed from %s to %s: of %zu server "
		"certificates it would refuse %zu",
		c->former, c->present, c->judged, c->refused);

	return r < 0 ? r
		     : store_add_change(store,
			       &(struct store_change){
				       .when = now, .who = WHO, .what = what});
}

static int firmware_change_write(struct store *store, int64_t now,
	struct firmware_change *c, const struct firmware_change_rows *rows)
{
	int r = firmware_change_mark(store, now, c, rows);

	if (r == 0 && c->changed)
		r = firmware_change_count(store, now, c);
	return r < 0 ? r : store_set_firmware(store, c->present);
}

static int firmware_change_commit(struct store *store, int64_t now,
	struct firmware_change *c, const struct firmware_change_rows *rows)
{
	int r = store_begin(store);

	if (r < 0)
		return r;
	r = firmware_change_write(store, now, c, rows);
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}

/* --- all of it --- */

static int firmware_change_judge_stored(struct store *store,
	const struct trust_state *state, int64_t now, struct firmware_change *c)
{
	CLEANUP(firmware_change_rows_done)
	struct firmware_change_rows rows = {0};
	CLEANUP(trust_free) struct trust *t = NULL;
	int r = firmware_change_make_trust(trust_state_trust(state), &t);

	if (r == 0)
		r = store_each_certificate(store, firmware_change_take, &rows);
	if (r == 0)
		r = firmware_change_judge_all(t, now, &rows);
	c->judged = rows.count;
	return r < 0 ? r : firmware_change_commit(store, now, c, &rows);
}

int firmware_change_settle(struct store *store, const struct trust_state *state,
	int64_t now, struct firmware_change *ret)
{
	CLEANUP(free) char *former = NULL;
	struct firmware_change c = {.changed = false};
	unsigned marked = 0;
	int r = 0;

	if (!firmware_is_known(trust_state_firmware(state))) {
		*ret = c;
		return 0;
	}
	firmware_format(trust_state_firmware(state), c.present);
	r = store_get_firmware(store, &former);
	if (r == 0)
		r = store_count(store, STORE_REFUSED_CERTIFICATES, &marked);
	if (r < 0)
		return r;
	c.changed = former && strcmp(former, c.present) != 0;
	(void)snprintf(c.former, sizeof(c.former), "%s", former ? former : "");
	if (!former || c.changed || marked > 0)
		r = firmware_change_judge_stored(store, state, now, &c);
	if (r == 0)
		*ret = c;
	return r;
}
