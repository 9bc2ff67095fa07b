/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/anchor-place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/base/text.h"

struct anchor_origin {
	unsigned references;
	char document[]; /* as it was given, one byte more than is shown */
};

int anchor_origin_new(const char *document, struct anchor_origin **ret)
{
	size_t len = strnlen(document, ANCHOR_MAX_SOURCE_BYTES + 1);
	struct anchor_origin *o = malloc(sizeof(*o) + len + 1);

	if (!o)
		return -ENOMEM;
	o->references = 1;
	memcpy(o->document, document, len);
	o->document[len] = 0;
	*ret = o;
	return 0;
}

struct anchor_origin *anchor_origin_ref(struct anchor_origin *o)
{
	if (o)
		o->references++;
	return o;
}

struct anchor_origin *anchor_origin_free(struct anchor_origin *o)
{
	if (o && --o->references == 0)
		free(o);
	return NULL;
}

bool anchor_origin_is_of(const struct anchor_origin *o, const char *document)
{
	return o &&
		strncmp(o->document, document, ANCHOR_MAX_SOURCE_BYTES + 1) ==
		0;
}

void anchor_place_set(
	struct anchor_place *p, struct anchor_origin *origin, int64_t line)
{
	struct anchor_origin *before = p->origin;

	*p = (struct anchor_place){anchor_origin_ref(origin), line};
	(void)anchor_origin_free(before);
}

int anchor_place_text(const struct anchor_place *p, char **ret)
{
	CLEANUP(free) char *document = NULL;
	const char *from = p->origin ? p->origin->document : NULL;
	int r = 0;

	*ret = NULL;
	if (!from)
		return 0;
	r = text_escape(from, strlen(from), ANCHOR_MAX_SOURCE_BYTES, &document);
	if (r < 0 || p->line < 0) {
		*ret = TAKE_PTR(document);
		return r;
	}
	return string_format(ret, "%s:%lld", document, (long long)p->line);
}
