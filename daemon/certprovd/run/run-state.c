/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/run-state.h"

#include "lib/base/string.h"

void run_set_reason(struct run *r, const char *reason)
{
	if (!r->summary.reason && reason)
		(void)string_replace(&r->summary.reason, reason);
}

void run_end(struct run *r, const char *reason)
{
	run_set_reason(r, reason);
	(void)sd_event_source_set_enabled(r->ending, SD_EVENT_ONESHOT);
}

int64_t run_now(const struct run *r)
{
	return clock_now(r->context.clock, clock_wall());
}
