/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/identity/identity-check.h"
#include "lib/identity/identity-write.h"

/* No value of a setting. */
#define REFUSED "-"

int fetch_identity_take(struct fetch_setting *f, enum setting_id id,
	struct identity_setting *ret)
{
	/* The message is the caller's, and what it says is in *f alone. */
	char *text = (char *)f->value;
	int r = 0;

	*ret = (struct identity_setting){.refusal.verdict = VERDICT__END};
	if (id != SETTING_WEBSERVER_CERT)
		return 0;
	r = identity_setting_read(text, ret);
	if (text)
		explicit_bzero(text, strlen(text));
	f->value = r == 0 && ret->value ? ret->value : REFUSED;
	return r;
}

/* The line of the document, or that of the element. */
static int64_t fetch_identity_line(
	const struct identity_setting *own, const struct fetch_setting *f)
{
	int64_t line = own->refusal.line;

	return line > 0 && f->text_line > 0 ? f->text_line + line - 1 : f->line;
}

int fetch_identity_refuse(const struct identity_setting *own,
	const struct fetch_setting *f, const char *stays, struct outcome *o)
{
	CLEANUP(free) char *why = NULL;
	char line[24] = "";
	struct facts facts = {
		.detail = own->refusal.detail,
		.convert = own->refusal.convert,
	};
	int r = 0;

	o->setting = SETTING_RESULT__END;
	o->verdict = own->refusal.verdict;
	o->line = fetch_identity_line(own, f);
	if (own->refusal.line > 0 && f->text_line > 0) {
		(void)snprintf(line, sizeof(line), "%" PRId64, o->line);
		facts.line = line;
	}
	free(TAKE_PTR(o->value));
	free(TAKE_PTR(o->reason));
	free(TAKE_PTR(o->remedy));
	r = verdict_explain(o->verdict, &facts, &why, &o->remedy);
	return r < 0 ? r
		     : string_format(&o->reason, "%s stays %s. %s", f->name,
			       stays, why);
}

static int fetch_identity_warn(const struct identity *i,
	const struct fetch_setting *f, int64_t now, struct outcome *o)
{
	static const enum warning dates[] = {
		WARNING_EXPIRED, WARNING_NOT_YET_VALID, WARNING_EXPIRES_SOON};
	const struct certificate *leaf = i->chain[0];
	const struct identity_phone phone = {.now = now};
	unsigned warnings = identity_check(i, &phone);
	char date[DATE_TEXT_SIZE];
	const struct facts facts = {
		.subject = certificate_subject(leaf), .date = date};
	int r = f->authenticated
		? 0
		: outcome_add_warning(o, WARNING_KEY_UNAUTHENTICATED, NULL);

	for (size_t n = 0; r == 0 && n < ARRAY_SIZE(dates); n++) {
		if (!(warnings & WARNING_BIT(dates[n])))
			continue;
		date_format(dates[n] == WARNING_NOT_YET_VALID ? leaf->not_before
							      : leaf->not_after,
			date);
		r = outcome_add_warning(o, dates[n], &facts);
	}
	return r;
}

int fetch_identity_fill(struct identity_setting *own,
	const struct fetch_setting *f, int64_t now, struct decision *d)
{
	const struct certificate *leaf =
		own->identity.count > 0 ? own->identity.chain[0] : NULL;
	struct outcome *o = &d->outcome;
	int r = 0;

	if (!leaf)
		return 0;
	r = string_replace(&o->sha256, leaf->sha256_hex);
	if (r == 0)
		r = string_replace(&o->subject, certificate_subject(leaf));
	if (r == 0 && o->accepted)
		r = fetch_identity_warn(&own->identity, f, now, o);
	if (r == 0 && o->setting == SETTING_APPLIED)
		d->identity = TAKE_OBJECT(own->pem);
	return r;
}
