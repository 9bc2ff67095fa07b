/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/identity/identity-write.h"

#define BLANKS " \t\r\n"

void identity_setting_done(struct identity_setting *s)
{
	free(s->value);
	identity_done(&s->identity);
	identity_text_done(&s->pem);
	*s = (struct identity_setting){0};
}

int identity_setting_value(const struct identity *i, char **ret)
{
	CLEANUP(free) char *value = NULL;
	int r = 0;

	for (size_t n = 0; r == 0 && n < i->count; n++) {
		CLEANUP(free) char *longer = NULL;

		r = string_format(&longer, "%s%s%s", value ? value : "",
			value ? " " : "", i->chain[n]->sha256_hex);
		SWAP(value, longer);
	}
	if (r == 0)
		*ret = TAKE_PTR(value);
	return r;
}

static int identity_setting_make(const char *text, struct identity_setting *s)
{
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	int r = identity_pem_read(text, strlen(text), &pem, &s->refusal);

	if (r < 0 || s->refusal.verdict != VERDICT__END)
		return r;
	r = identity_make(&pem, IDENTITY_CUSTOM, &s->identity, &s->refusal);
	if (r < 0 || s->refusal.verdict != VERDICT__END)
		return r;
	r = identity_write(&s->identity, &s->pem);
	return r < 0 ? r : identity_setting_value(&s->identity, &s->value);
}

int identity_setting_read(const char *text, struct identity_setting *ret)
{
	CLEANUP(identity_setting_done)
	struct identity_setting s = {.refusal.verdict = VERDICT__END};
	bool empty = !text || !text[strspn(text, BLANKS)];
	int r = empty ? string_replace(&s.value, "")
		      : identity_setting_make(text, &s);

	if (r == 0)
		*ret = TAKE_OBJECT(s);
	return r;
}
