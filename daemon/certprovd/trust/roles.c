/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/provisioning/judge.h"
#include "lib/x509/certificate.h"

void roles_init(
	struct roles *r, const struct config *config, const struct phone *phone)
{
	*r = (struct roles){.config = config};
	if (phone->firmware)
		(void)firmware_parse(phone->firmware, &r->firmware);
}

enum store_role roles_of(unsigned lists)
{
	return lists & (unsigned)ANCHOR_INTERMEDIATE ? STORE_ROLE_INTERMEDIATE
						     : STORE_ROLE_ANCHOR;
}

/* --- what was accepted before there were roles --- */

static bool roles_is_pinned(const struct config *config, const uint8_t *sha256)
{
	for (size_t i = 0; i < config->pins.count; i++)
		if (memcmp(config->pins.sha256[i], sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

/* Self-signed, so it was not accepted for its issuer. */
static bool roles_signs_itself(const struct store_certificate *c)
{
	CLEANUP(certificate_free) struct certificate *decoded = NULL;
	enum verdict why = VERDICT_MALFORMED;

	if (certificate_decode(c->der, c->der_len, &decoded, &why) < 0 ||
		!decoded)
		return false;
	return decoded->self_signed &&
		certificate_is_signed_by(decoded, decoded);
}

static enum store_role roles_judge_again(
	const struct roles *r, const struct store_certificate *c)
{
	enum bootstrap mode = (enum bootstrap)r->config->bootstrap;

	if (!firmware_has(&r->firmware, RULE_PROVISIONED_CHAIN_REQUIRED) &&
		(mode != BOOTSTRAP_PINNED ||
			roles_is_pinned(r->config, c->sha256)))
		return STORE_ROLE_ANCHOR;
	return roles_signs_itself(c) ? STORE_ROLE_ANCHOR
				     : STORE_ROLE_INTERMEDIATE;
}

static enum store_role roles_role_of(
	const struct roles *r, const struct store_certificate *c)
{
	return c->role == STORE_ROLE_NONE ? roles_judge_again(r, c) : c->role;
}

unsigned roles_lists(const struct roles *r, const struct store_certificate *c)
{
	unsigned lists = roles_role_of(r, c) == STORE_ROLE_ANCHOR
		? ANCHOR_SERVER
		: ANCHOR_INTERMEDIATE;

	if (c->authenticated ||
		string_equal(c->origin, STORE_ORIGIN_UPLOADED) ||
		roles_is_pinned(r->config, c->sha256))
		lists |= (unsigned)ANCHOR_AUTHENTICATED;
	return lists;
}

/* --- writing it down --- */

struct settling {
	const struct roles *roles;
	struct settled_row {
		uint8_t sha256[SHA256_BYTES];
		enum store_role role;
	} * rows;
	size_t count;
};

/* The store must not be written while it is read. */
static int roles_take_unsettled(
	void *userdata, const struct store_certificate *c)
{
	struct settling *s = userdata;
	struct settled_row *more = NULL;

	more = realloc(s->rows, (s->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->rows = more;
	memcpy(more[s->count].sha256, c->sha256, SHA256_BYTES);
	more[s->count++].role = roles_judge_again(s->roles, c);
	return 0;
}

static int roles_write_rows(struct store *store, const struct settling *s,
	struct roles_settled *ret)
{
	int r = store_begin(store);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < s->count; i++) {
		r = store_set_role(store, s->rows[i].sha256, s->rows[i].role);
		if (s->rows[i].role == STORE_ROLE_ANCHOR)
			ret->anchors++;
		else
			ret->intermediates++;
	}
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	return store_commit(store);
}

int roles_settle(
	const struct roles *r, struct store *store, struct roles_settled *ret)
{
	struct roles_settled settled = {0};
	struct settling s = {.roles = r};
	int error = store_each_without_role(store, roles_take_unsettled, &s);

	if (error == 0 && s.count > 0)
		error = roles_write_rows(store, &s, &settled);
	free(s.rows);
	if (error == 0)
		*ret = settled;
	return error;
}
