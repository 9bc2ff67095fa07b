/* SPDX-License-Identifier: Apache-2.0 */
/* FactoryReset: the phone as it was at its first start. */
#include <errno.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "daemon/certprovd/identity/identities.h"

static int admin_reset_store(struct api *api, void *userdata, bool *ret_changed)
{
	int r = store_reset(api->store);

	(void)userdata;
	*ret_changed = r == 0;
	return r;
}

/* What a power cut may have left to do is known by the fact. */
int admin_reset_finish(const struct config *config, struct store *store)
{
	int64_t unfinished = 0;
	int r = store_get_fact(store, STORE_RESET_UNFINISHED, &unfinished);

	if (r < 0 || !unfinished)
		return r;
	r = identities_drop_webserver_cert(config);
	if (r == 0)
		r = store_reset_done(store);
	if (r == 0)
		r = store_begin(store);
	if (r < 0)
		return r;
	r = store_set_fact(store, STORE_RESET_UNFINISHED, 0);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	return store_commit(store);
}

/* The reset itself is done: the next start would make up for this. */
static void admin_reset_say_unfinished(int error)
{
	if (error < 0)
		log_message(LOG_ERR,
			"after the factory reset, not all files could be "
			"removed: %s; the next start removes them",
			strerror(-error));
}

int admin_reset_on_call(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	provision_stop_run(api->provision);
	r = admin_change(api, req,
		&(struct admin_change){
			.make = admin_reset_store,
			.event = LOG_ADMIN_CHANGE,
			.what = "reset the phone to the state of the factory",
		},
		NULL);
	if (r < 0)
		return r;
	unknown_clear(api->unknown);
	admin_reset_say_unfinished(admin_reset_finish(api->config, api->store));
	r = identities_reload(api->identities, api->config,
		trust_state_firmware(api->state),
		trust_state_settings(api->state));
	provision_begin_anew(api->provision);
	return r < 0 ? r : admin_reply_generation(req, api);
}
