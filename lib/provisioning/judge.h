/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this candidate become trusted? The rules of provisioning and upload in
 * their one order; the first that applies is the outcome. Pure; the daemon
 * and `certprovctl check` share it.
 */
#ifndef CERTPROV_JUDGE_H
#define CERTPROV_JUDGE_H

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/provenance.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/certificate.h"

/* What may be taken from where anybody on the way could have changed it, so
 * that what is authenticated, uploaded or pinned always finds room: of one
 * subject, not counting expired ones; and in all, but never the last quarter
 * of the list. */
#define JUDGE_MAX_UNAUTHENTICATED_OF_SUBJECT 8
#define JUDGE_MAX_UNAUTHENTICATED 256

/* What an unauthenticated source may do (Bootstrap=). */
enum bootstrap {
	BOOTSTRAP_OPEN,
	BOOTSTRAP_UNTIL_AUTHENTICATED,
	BOOTSTRAP_PINNED,
};

struct bootstrap_policy {
	enum bootstrap mode;
	bool was_authenticated; /* one complete authenticated run happened */
	const uint8_t (*pins)[SHA256_BYTES]; /* Sha256=; borrowed */
	size_t pin_count;
};

/* A certificate that is offered: bytes as they came, not parsed and not
 * judged. DER is expected. */
struct candidate {
	struct bytes der;
	struct provenance from;
};

struct judge_context {
	const struct trust *trust; /* including what this run accepted */
	const struct bootstrap_policy *bootstrap;
	size_t servers_max; /* store-full past it */
	int64_t now;
};

/* Zeroed is empty. */
struct judgement {
	enum verdict verdict;
	unsigned warnings; /* bits of enum warning */
	/*
	 * What an accepted one becomes, of enum anchor_list: a server when it
	 * is accepted in its own right, an intermediate when acceptance rests
	 * on who signed it; and whether it is authenticated. 0 otherwise.
	 */
	unsigned lists;
	/* An issuer accepted later could turn it into a yes: refused by the
	 * chain rule, or for want of a signature by what is trusted. */
	bool may_wait;
	struct certificate *certificate; /* when the bytes are one */
	char *reason;
	char *remedy;
};
void judgement_done(struct judgement *j);
DEFINE_CLEANUP_EMBEDDED(struct judgement, judgement_done);

/*
 * Returns 0 and the judgement: ACCEPTED, ALREADY_TRUSTED, or why not.
 * PENDING never comes from here: who asks decides whether to wait for an
 * issuer. -ENOMEM or -EIO, *ret untouched, otherwise.
 *
 * Distrusted stands before anything that could say yes; already-trusted
 * covers authorities and server certificates, both a success. An upload is
 * the admin's own act: Bootstrap= does not bind it, the chain rule always
 * does.
 *
 * An intermediate that would now be accepted in its own right is ACCEPTED
 * again, as a server; offered again for who signed it, or by who may add
 * nothing, it is ALREADY_TRUSTED as long as its chain leads somewhere.
 */
int judge_candidate(const struct judge_context *context,
	const struct candidate *candidate, struct judgement *ret);

/*
 * What an element is, given what was found wrong with it and whether it is of
 * type base64: a firmware that does not know base64 says so before anybody
 * looks at the text. VERDICT__END found means nothing wrong, and is returned
 * when that holds.
 */
enum verdict judge_element(
	const struct firmware *firmware, bool base64, enum verdict found);

/* Put the rule of the firmware that decided into the facts; they borrow
 * since. */
void judge_put_rule(
	struct facts *facts, enum rule_id id, char since[RULE_TEXT_SIZE]);

#endif
