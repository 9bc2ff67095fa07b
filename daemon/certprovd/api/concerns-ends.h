/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Status says of certificates and exceptions that end: which, and the
 * facts of the sentences about them. Changes nothing.
 */
#ifndef CERTPROVD_CONCERNS_ENDS_H
#define CERTPROVD_CONCERNS_ENDS_H

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/trust/endings.h"
#include "lib/base/date.h"
#include "lib/verdict/verdict.h"

/* What one sentence, or one concern, lists before it counts the rest. */
#define CONCERNS_MAX_LISTED 5

#define TELLING_TEXTS 4

/* What a row has to say, and who owns the texts. */
struct telling {
	struct facts facts;
	char *texts[TELLING_TEXTS];
	char date[DATE_TEXT_SIZE];
	char made[DATE_TEXT_SIZE];
	char apart[DATE_SPAN_SIZE];
	int64_t since;
};

/* Some of what ends, the first of them by name; borrowed. */
struct ends {
	struct ending first[CONCERNS_MAX_LISTED];
	int64_t made[CONCERNS_MAX_LISTED]; /* an exception; 0: not asked */
	size_t count;
};

struct concerns_ends {
	const struct api *api;
	int64_t now;
	/* What has ended, and what will within ENDINGS_FIRST_STEP_DAYS. Server
	 * certificates include those of exceptions (ENDING_EXCEPTED). */
	struct ends expired[ENDING__END];
	struct ends soon[ENDING__END];
	int64_t next; /* the first end that is still to come; 0: none */
	/* exceptions that hold, of certificates that have expired, which they
	 * were not made for */
	struct ends excepted;
	bool excepted_past; /* some certificate of an exception has expired */
};

/* All of that, of this time: 0 or a negative errno. */
int concerns_ends_gather(
	const struct api *api, int64_t now, struct concerns_ends *ret);

/* How many are in all of them. */
size_t concerns_ends_total(const struct ends ends[ENDING__END]);

/* Does an exception pass that its certificate has ended, though it was not made
 * for that? */
bool concerns_ends_is_new(
	const struct store_exception *e, int64_t end, int64_t now);

/* One by its name, or, past those, the number of the others: 1; 0 when there
 * are no more; or a negative errno. */
int concerns_ends_tell(const struct concerns_ends *s, const struct ends *all,
	size_t index, struct telling *t);

#endif
