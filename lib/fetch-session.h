/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a fetch session, for lib/fetch-calls.c (the table) and
 * lib/fetch-handlers.c (what a call does) alone.
 */
#ifndef CERTPROV_FETCH_SESSION_H
#define CERTPROV_FETCH_SESSION_H

#include "lib/duplicates.h"
#include "lib/fetch-calls.h"

struct fetch_session {
	struct fetch_session_config config;
	struct candidates *candidates;
	struct duplicates *duplicates;
	const struct fetch_job *job; /* the owner's, once it was asked for */
	const char **validators;     /* its keys, sorted */
	enum fetch_phase phase;
	bool violated;
	int failure;
	bool ended;
	unsigned processed; /* documents that were read */
	unsigned counts[16];
};

/* How a handler came out, when nothing failed. */
enum handled {
	HANDLED,
	HANDLED_NOT_NOW,   /* the row allows it, these parameters do not */
	HANDLED_PARAMETER, /* *ret_field is wrong */
	HANDLED_LIMIT,     /* *ret_field and *ret_maximum */
};

struct handling {
	struct fetch_reply *reply;
	const char *field;
	unsigned maximum;
};

/* enum handled, or a negative errno. */
typedef int fetch_handler(
	struct fetch_session *s, const cJSON *parameters, struct handling *h);

fetch_handler fetch_on_get_job;
fetch_handler fetch_on_report_document;
fetch_handler fetch_on_offer_certificate;
fetch_handler fetch_on_report_element;
fetch_handler fetch_on_offer_setting;
fetch_handler fetch_on_report_peer;
fetch_handler fetch_on_progress;
fetch_handler fetch_on_finish;

/* The candidates' callbacks, with the session as userdata. */
extern const struct candidates_owner fetch_candidates_owner;

#endif
