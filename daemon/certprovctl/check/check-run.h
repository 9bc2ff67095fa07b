/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One document without certprovd: a fetcher of our own reads it, and the code
 * that judges in the daemon (lib/provisioning) judges what it finds, as each of
 * several firmware versions would. One fetcher has all versions as jobs, one
 * after the other, so that it asks a server for each URL once. Nothing is kept.
 *
 * A run never waits: its owner polls check_run_fd() and calls check_run_step().
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
	bool offline;     /* fetch nothing */
	struct fetch_limits limits;
};

/* What is checked: a document, or a URL when there is one, and the phones it is
 * for. Borrowed. */
struct check_subject {
	const char *name; /* how the document is called in outcomes */
	const char *url;
	int document_fd; /* read from its beginning; -1 with a url */
	const char *mac;
	const char *phone_type;
	const struct firmware *versions;
	size_t version_count;
};

struct check_result {
	bool finished;            /* the fetcher came to its end */
	enum fetch_result result; /* what it said then */
	char *trouble;            /* why it did not, a sentence */
};
void check_result_done(struct check_result *r);
DEFINE_CLEANUP_EMBEDDED(struct check_result, check_result_done);

/* A negative errno ends the version. */
struct check_listener {
	/* As it is decided, by the version with this index; may be taken. own:
	 * it is of the document that is checked, not of a linked one. */
	int (*outcome)(void *userdata, size_t version, bool own,
		struct outcome *outcome);
	/* The version is done with. */
	int (*ended)(void *userdata, size_t version,
		const struct check_result *result);
};

struct check_run;
/* Starts with the first version. All is borrowed for as long as it runs. 0;
 * -EINVAL: not a url; another negative errno. */
int check_run_new(const struct check_plan *plan,
	const struct check_subject *subject,
	const struct check_listener *listener, void *userdata,
	struct check_run **ret);
/* Ends the fetcher; NULL is fine. */
struct check_run *check_run_free(struct check_run *r);
DEFINE_CLEANUP(struct check_run, check_run_free);

/* All versions are done with. */
bool check_run_is_over(const struct check_run *r);
/* What is to be waited for: poll's events of this descriptor, until then. */
int check_run_fd(const struct check_run *r);
short check_run_events(const struct check_run *r);
int64_t check_run_deadline(const struct check_run *r);
/* Whatever can be done without waiting. 0, or a negative errno when it cannot
 * go on: it is over then. */
int check_run_step(struct check_run *r);

#endif
