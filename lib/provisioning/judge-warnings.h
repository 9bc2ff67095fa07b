/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said beside the acceptance of a certificate: that it will not help,
 * or not for long. Refuses nothing. Parts of judge.c and candidates.c.
 */
#ifndef CERTPROV_JUDGE_WARNINGS_H
#define CERTPROV_JUDGE_WARNINGS_H

#include "lib/base/date.h"
#include "lib/base/macros.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/certificate.h"

/* Bits of enum warning for a certificate that is accepted or trusted already.
 * 0 and *ret; -ENOMEM or -EIO. */
int judge_warnings_find(const struct trust *trust, const struct certificate *c,
	int64_t now, unsigned *ret);

/* The facts of one warning's sentence; they borrow from the certificate. */
struct judge_warning_facts {
	struct facts facts;
	char date[DATE_TEXT_SIZE];
	char *text;
};
void judge_warning_facts_done(struct judge_warning_facts *f);
DEFINE_CLEANUP_EMBEDDED(struct judge_warning_facts, judge_warning_facts_done);
/* Any certificate or NULL. 0 or -ENOMEM. */
int judge_warning_facts_fill(enum warning w, const struct certificate *c,
	struct judge_warning_facts *ret);

#endif
