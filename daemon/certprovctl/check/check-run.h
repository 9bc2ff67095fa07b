/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run without certprovd: a fetcher of our own reads the document, and the
 * code that judges in the daemon (lib/provisioning) judges what it finds, as
 * one firmware version would. Nothing is kept.
 */
#ifndef CERTPROVCTL_CHECK_RUN_H
#define CERTPROVCTL_CHECK_RUN_H

#include "lib/base/macros.h"
#include "lib/phone/firmware.h"
#include "lib/provisioning/fetch-calls.h"
#include "lib/provisioning/outcome.h"
#include "lib/trust/anchors.h"

/* What all runs of a check have in common; all borrowed. */
struct check_plan {
	const char *fetcher;               /* path of the program */
	const struct anchors *authorities; /* of the firmware */
	int64_t now;
	bool follow;      /* linked documents, too */
	bool allow_local; /* fetch from this machine */
	const char *mac;
	const char *phone_type;
	struct fetch_limits limits;
};

/* What is checked: a document, or a URL when there is one. Borrowed. */
struct check_subject {
	const char *name; /* how the document is called in outcomes */
	const char *url;
	int document_fd; /* read from its beginning; -1 with a url */
};

struct check_result {
	bool finished;            /* the fetcher came to its end */
	enum fetch_result result; /* what it said then */
	char *trouble;            /* why it did not, a sentence */
};
void check_result_done(struct check_result *r);
DEFINE_CLEANUP_EMBEDDED(struct check_result, check_result_done);

/* An outcome as it is decided, which may be taken; a negative errno ends the
 * run. */
typedef int check_outcome(void *userdata, struct outcome *outcome);

/*
 * Returns 0 and how it ended, which may be before its end; a negative errno
 * when it could not be tried. -EINVAL: not a url.
 */
int check_run(const struct check_plan *plan,
	const struct check_subject *subject, const struct firmware *firmware,
	check_outcome *tell, void *userdata, struct check_result *ret);

#endif
