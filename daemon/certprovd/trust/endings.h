/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends with time: the phone's own certificates, server certificates,
 * authorities that are in use, certificates that are there for an exception,
 * and exceptions. Finds them, says once at each of a few steps before the end,
 * and at the end, and knows when the next step is. Changes no trust.
 */
#ifndef CERTPROVD_ENDINGS_H
#define CERTPROVD_ENDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/certprovd/trust/anchors-used.h"
#include "daemon/certprovd/trust/trust-state.h"

/* The first of the steps before an end: from then on Status tells it. */
#define ENDINGS_FIRST_STEP_DAYS 28
/* Lines in the log that one look makes; what is more is counted. */
#define ENDINGS_MAX_LINES 16
/* And of a day of running, for a clock that is set back and forth. */
#define ENDINGS_MAX_LINES_A_DAY 64
/* What may be asked for ahead of an end: a hundred years. */
#define ENDINGS_MAX_DAYS 36500
/* Of the phone's own chain. */
#define ENDINGS_MAX_OWN 8

enum ending_kind {
	ENDING_DEVICE,    /* the phone's own, or a CA of its chain */
	ENDING_SERVER,    /* a server certificate */
	ENDING_AUTHORITY, /* an authority that is in use (anchors-used.h) */
	ENDING_EXCEPTED,  /* a certificate that is there for exceptions alone */
	ENDING_EXCEPTION, /* an exception that ends */
	ENDING__END
};
/* "device", "server", "authority", "excepted", "exception". */
const char *ending_kind_name(enum ending_kind kind);

/* Borrowed until trust or the phone's own certificate changes. */
struct ending {
	enum ending_kind kind;
	const struct anchor *certificate;  /* NULL: not known any more */
	const struct anchors *in;          /* its set; NULL of an exception */
	const struct certificate *own;     /* of ENDING_DEVICE instead */
	const struct exception *exception; /* NULL unless ENDING_EXCEPTION */
	int64_t end;
};

bool ending_is_past(int64_t end, int64_t now);
/* A step is reached, and it is not past: what lists mark and Status counts. */
bool ending_is_soon(int64_t end, int64_t now);
/* How many days before the end the step is that was reached last: 28, 7, 3, 1;
 * 0: none yet, or it is past. */
int64_t ending_step(int64_t end, int64_t now);
/* The end of a certificate, without decoding it: there may be thousands. False
 * when it has none that can be read. */
bool ending_of_certificate(const struct anchor *a, int64_t *ret);
/* The certificate; NULL when it is not known any more, or cannot be read. 0,
 * -ENOMEM or -EIO. */
int ending_decode(const struct ending *e, const struct certificate **ret);

/* Where they are; borrowed. */
struct endings_sources {
	const struct trust_state *state;
	const struct anchors_used *used; /* NULL: no authority counts */
	/* The phone's own chain that is in force, leaf first, at most
	 * ENDINGS_MAX_OWN: how many. NULL: it has none. */
	size_t (*own)(void *userdata, const struct certificate **ret);
	void *userdata;
};

typedef void ending_fn(void *userdata, const struct ending *e);
/* All that have an end, whenever it is. */
void endings_each(
	const struct endings_sources *sources, ending_fn *fn, void *userdata);
/* When the next step or end is crossed; INT64_MAX: never. */
int64_t endings_next(const struct endings_sources *sources, int64_t now);

/*
 * Up to when steps were told. The caller keeps until over a restart, so that a
 * start says nothing twice. Zeroed: nothing was told, and the first look tells
 * all that holds, except what was excepted and has expired, which only Status
 * can tell from what was expired when it was excepted.
 */
struct endings_told {
	bool any;
	int64_t until;
	/* Lines of the day of running that began at this second of it. */
	int64_t day;
	unsigned lines;
};
struct endings_look {
	size_t crossed; /* steps and ends that were reached since the last */
	bool keep;      /* until has to be kept, or something may be repeated */
};
/*
 * Logs what was reached since the last call, of each certificate the last step;
 * boot is the time since the machine was started. A clock that is set back by
 * up to a day tells nothing twice; when it is set back further, steps count
 * again from there.
 */
struct endings_look endings_tell(struct endings_told *t,
	const struct endings_sources *sources, int64_t now, int64_t boot);

#endif
