/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this candidate become trusted? The rules of provisioning and upload, in
 * order; the first that applies decides. Pure; the daemon and
 * `certprovctl check` share it.
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

/* How many are accepted from unauthenticated sources, so that those that are
 * authenticated, uploaded or pinned always find room: of one subject, not
 * counting expired ones, and in all. The last quarter of the list is never
 * theirs. */
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
	/* An issuer that is accepted later could change it: refused by the
	 * chain rule, or because nothing trusted has signed it. */
	bool may_wait;
	struct certificate *certificate; /* when the bytes are one */
	char *reason;
	char *remedy;
};
void judgement_done(struct judgement *j);
DEFINE_CLEANUP_EMBEDDED(struct judgement, judgement_done);

/*
 * Returns 0 and the judgement: ACCEPTED, ALREADY_TRUSTED, or why not.
 * It is never PENDING: the caller decides whether to wait for an issuer.
 * Otherwise -ENOMEM or -EIO, and *ret is untouched.
 *
 * Distrust comes before anything that could accept it. Authorities and servers
 * that are trusted already are a success. Bootstrap= does not apply to an
 * upload, but the chain rule always does.
 *
 * An intermediate that can now be accepted in its own right is ACCEPTED again,
 * as a server. Otherwise it is ALREADY_TRUSTED while its chain is trusted.
 */
int judge_candidate(const struct judge_context *context,
	const struct candidate *candidate, struct judgement *ret);

/*
 * The verdict about an element, given what was found wrong with it and whether
 * it is of type base64: on a firmware that does not know base64 the text does
 * not matter. VERDICT__END: nothing is wrong.
 */
enum verdict judge_element(
	const struct firmware *firmware, bool base64, enum verdict found);

/* Put the rule of the firmware that decided into the facts; they borrow
 * since. */
void judge_put_rule(
	struct facts *facts, enum rule_id id, char since[RULE_TEXT_SIZE]);

#endif
