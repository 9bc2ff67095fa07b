/* SPDX-License-Identifier: Apache-2.0 */
/* GetKey: the private key itself, for the few who may hold it. */
#include <errno.h>

#include "daemon/certprovd/api/identity-reply.h"
#include "daemon/certprovd/identity/key-groups.h"
#include "lib/identity/identity-export.h"

/* What it costs its user, in the units of turns.h: writing it takes less time
 * than a signature, but it is asked for once. */
#define IDENTITY_KEY_OUT_WORK 10000

struct key_reply {
	int64_t size;
};

static const struct json_field key_fields[] = {
	JSON_FIELD(struct key_reply, size, JSON_INT64, JSON_MUST),
};
const struct json_table identity_key_reply =
	JSON_TABLE(struct key_reply, key_fields);

static bool identity_may_hold(
	const struct varlink_request *req, const struct key_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		if (varlink_request_peer_is_in(req, groups->gids[i]))
			return true;
	return false;
}

static int identity_log_hand_out(
	const struct varlink_request *req, const struct identity *i)
{
	CLEANUP(free) char *who = NULL;
	int r = admin_who(req, &who);

	if (r == 0)
		log_message(LOG_NOTICE,
			"handed out the private key of %s to %s",
			i->chain[0]->sha256_hex, who);
	return r;
}

static int identity_hand_out(
	struct varlink_request *req, const struct identity *i)
{
	struct key_reply reply = {0};
	size_t size = 0;
	int fd = -1;
	int r = identity_log_hand_out(req, i);

	varlink_request_charge(req, IDENTITY_KEY_OUT_WORK);
	if (r == 0)
		r = identity_export_key(i, &fd, &size);
	if (r == 0)
		r = varlink_request_add_fd(req, fd);
	if (r < 0)
		return r;
	reply.size = (int64_t)size;
	return varlink_reply_struct(req, &reply);
}

int identity_on_get_key(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	const struct identity *i = identities_in_force(api->identities);
	struct identity_role asked = {0};
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	if (!identity_may_hold(req, api->key_groups))
		return varlink_error(req, VARLINK_PERMISSION_DENIED, NULL);
	return i ? identity_hand_out(req, i)
		 : identity_refuse_role(req, asked.role);
}
