/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"

static int admin_clock_put_back(
	struct api *api, void *userdata, bool *ret_changed)
{
	struct clock_reading now = clock_read();

	(void)userdata;
	if (api->clock->floor == api->clock->build &&
		!api->timekeeping->refused)
		return 0;
	clock_reset(api->clock, &now);
	*ret_changed = true;
	return timekeeping_save(api->timekeeping);
}

/* The record is written before the history. If that fails, undo it: no reset
 * goes without its line in the history. */
static void admin_clock_take_back(struct api *api, const struct clock *before)
{
	int r = 0;

	*api->clock = *before;
	r = timekeeping_save(api->timekeeping);
	if (r < 0)
		log_message(LOG_ERR, "the recorded time stays reset: %s",
			strerror(-r));
}

int admin_clock_on_reset(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	const struct clock before = *api->clock;
	bool changed = false;
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	r = admin_change(api, req,
		&(struct admin_change){
			.make = admin_clock_put_back,
			.event = LOG_ADMIN_CHANGE,
			.what = "reset the clock's floor to the build date",
		},
		&changed);
	if (r < 0 && !changed)
		admin_clock_take_back(api, &before);
	return r < 0 ? r : varlink_reply(req, NULL);
}
