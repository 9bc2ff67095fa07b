/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/decision.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/identity/identity-write.h"

void decision_done(struct decision *d)
{
	outcome_done(&d->outcome);
	provenance_done(&d->from);
	certificate_free(d->certificate);
	settings_free_value(d->setting, d->value.value);
	identity_text_done(&d->identity);
	*d = (struct decision){0};
}

bool decision_is_change(const struct decision *d)
{
	if (d->outcome.kind == OUTCOME_SETTING)
		return setting_result_is_change(d->outcome.setting);
	return d->outcome.kind == OUTCOME_CERTIFICATE &&
		d->outcome.verdict == VERDICT_ACCEPTED;
}

void decisions_done(struct decisions *l)
{
	for (size_t i = 0; i < l->count; i++)
		decision_done(&l->items[i]);
	free(l->items);
	*l = (struct decisions){0};
}

int decisions_add(struct decisions *l, struct decision *d)
{
	/* Full only when count is zero or a power of two. */
	if ((l->count & (l->count - 1)) == 0) {
		void *more = reallocarray(l->items, l->count ? 2 * l->count : 1,
			sizeof(*l->items));

		if (!more)
			return -ENOMEM;
		l->items = more;
	}
	l->items[l->count++] = TAKE_OBJECT(*d);
	return 0;
}
