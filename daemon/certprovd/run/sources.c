/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/sources.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"
#include "lib/phone/settings-table.h"

void sources_done(struct sources *s)
{
	for (size_t i = 0; i < PROVISIONING_SOURCE__END; i++)
		free(s->urls[i]);
	*s = (struct sources){.changes = 0};
}

static bool sources_has_budget(struct sources *s, int64_t now_ms)
{
	if (s->changes == 0 || now_ms - s->since_ms >= SOURCES_SPAN_MS) {
		s->changes = 0;
		s->since_ms = now_ms;
	}
	return s->changes < SOURCES_MAX_CHANGES;
}

int sources_offer(struct sources *s, enum provisioning_source source,
	const char *url, int64_t now_ms, bool *ret_changed)
{
	const char *offered = *url ? url : NULL;
	int r = offered ? setting_check(SETTING_SETTING_SERVER, offered) : 0;

	if (r < 0)
		return r;
	*ret_changed = !string_equal(s->urls[source], offered);
	if (!*ret_changed)
		return 0;
	if (!sources_has_budget(s, now_ms))
		return -EDQUOT;
	r = string_replace(&s->urls[source], offered);
	if (r == 0)
		s->changes++;
	return r;
}
