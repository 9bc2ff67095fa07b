/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an element should have been written: what a fetcher says of it, and the
 * facts that sentences are made of. What is meant is one of a few names, so
 * that no fetcher can put words of its own into a remedy.
 */
#ifndef CERTPROV_MARKUP_H
#define CERTPROV_MARKUP_H

#include "lib/base/macros.h"
#include "lib/verdict/verdict.h"

/* Of the two texts below; longer ones are cut. */
#define MARKUP_MAX_BYTES 96

/* NULL where it does not apply. Borrowed. */
struct markup {
	const char *wrong;  /* as it is written: "<cert>", "href=\"...\"" */
	const char *parent; /* what it must not stand in: "<tbook>" */
	const char *meant;  /* name of an enum markup_meant */
};

enum markup_meant {
	MARKUP_CERTIFICATE,
	MARKUP_CERTIFICATES,
	MARKUP_FILE,
	MARKUP_SETTING_FILES,
	MARKUP_PHONE_SETTINGS,
	MARKUP_URL,
	MARKUP_TYPE,
	MARKUP_TEXT,
	MARKUP__END
};
const char *markup_meant_name(enum markup_meant meant);
/* What to write, for a sentence; NULL for a name that is none of these. */
const char *markup_words(const char *meant);

/* The texts made fit for reports. Zeroed is empty. */
struct markup_facts {
	char *wrong;
	char *parent;
};
void markup_facts_done(struct markup_facts *f);
DEFINE_CLEANUP_EMBEDDED(struct markup_facts, markup_facts_done);
/* Fill in the members of *facts that speak of markup; they borrow from *texts,
 * which was zeroed. 0 or -ENOMEM. */
int markup_put_facts(enum verdict verdict, const struct markup *m,
	struct markup_facts *texts, struct facts *facts);

#endif
