/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What trust ends with time: server certificates, certificates that are there
 * for an exception, and exceptions. Finds them, and says once that a limit was
 * crossed: DATE_SOON_SECONDS before the end, and the end. Changes no trust.
 */
#ifndef CERTPROVD_ENDINGS_H
#define CERTPROVD_ENDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/certprovd/trust/trust-state.h"

/* Lines in the log that one look makes; what is more is counted. */
#define ENDINGS_MAX_LINES 16

enum ending_kind {
	ENDING_SERVER,    /* a server certificate */
	ENDING_EXCEPTED,  /* a certificate that is there for exceptions alone */
	ENDING_EXCEPTION, /* an exception that ends */
};

/* Borrowed until trust changes. */
struct ending {
	enum ending_kind kind;
	const struct anchor *certificate;  /* NULL: not known any more */
	const struct exception *exception; /* NULL unless ENDING_EXCEPTION */
	int64_t end;
};

bool ending_is_past(int64_t end, int64_t now);
/* Within DATE_SOON_SECONDS, and not past. */
bool ending_is_soon(int64_t end, int64_t now);
/* The end of a certificate, without decoding it: there may be thousands. False
 * when it has none that can be read. */
bool ending_of_certificate(const struct anchor *a, int64_t *ret);

typedef void ending_fn(void *userdata, const struct ending *e);
/* All that have an end, whenever it is. */
void endings_each(const struct trust_state *s, ending_fn *fn, void *userdata);

/*
 * Up to when limits were told. In memory only: a start tells again all that
 * holds, except what was excepted and has expired, which only Status can tell
 * from what was expired when it was excepted. Zeroed: nothing was told.
 */
struct endings_told {
	bool any;
	int64_t until;
};
/*
 * Logs each limit that was crossed since the last call; true when there was
 * one. A clock that is set back by up to a day tells nothing twice; when it is
 * set back further, limits count again from there.
 */
bool endings_tell(
	struct endings_told *t, const struct trust_state *s, int64_t now);

#endif
