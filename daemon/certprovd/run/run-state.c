/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/run-state.h"

#include <stdlib.h>

#include "lib/base/string.h"
#include "lib/net/url.h"

void run_set_reason(struct run *r, const char *reason)
{
	if (!r->summary.reason && reason)
		(void)string_replace(&r->summary.reason, reason);
}

/* Without memory the status says less. */
void run_note(char **place, const char *url, const char *identifier)
{
	CLEANUP(free) char *shown = NULL;

	if (*place || (url && url_redact(url, &shown) < 0))
		return;
	(void)string_format(
		place, "%s: %s", shown ? shown : "the document", identifier);
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
