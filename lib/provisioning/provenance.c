/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/provenance.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"

/* Replaces a borrowed text by a copy. */
static bool provenance_own(const char **text)
{
	char *copy = NULL;
	int r = string_replace(&copy, *text);

	*text = copy;
	return r == 0;
}

int provenance_copy(const struct provenance *from, struct provenance *ret)
{
	CLEANUP(provenance_done) struct provenance p = *from;
	bool owned = provenance_own(&p.document);

	/* All of them, so that none borrowed is freed. */
	owned = provenance_own(&p.url) && owned;
	owned = provenance_own(&p.sha256) && owned;
	owned = provenance_own(&p.validator) && owned;
	if (!owned)
		return -ENOMEM;
	*ret = TAKE_OBJECT(p);
	return 0;
}

void provenance_done(struct provenance *p)
{
	free((char *)p->document);
	free((char *)p->url);
	free((char *)p->sha256);
	free((char *)p->validator);
	*p = (struct provenance){0};
}
