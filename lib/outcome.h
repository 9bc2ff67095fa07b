/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a run's report: what was found where, and what became of it.
 * The type Outcome of io.certprov.admin. Decides nothing.
 */
#ifndef CERTPROV_OUTCOME_H
#define CERTPROV_OUTCOME_H

#include <cjson/cJSON.h>

#include "lib/util.h"

enum outcome_kind {
	OUTCOME_DOCUMENT,
	OUTCOME_CERTIFICATE,
	OUTCOME_SETTING,
	OUTCOME_PEER,
	OUTCOME__END
};

/* Owns its texts. Zeroed is empty. URLs in it are redacted already. */
struct outcome {
	enum outcome_kind kind;
	char *document; /* URL of the document it stood in, or NULL */
	int64_t line;   /* of the element; 0: none */
	char *url;      /* of a download */
	char *sha256;   /* fingerprint of a certificate */
	char *subject;
	char *name; /* of a setting */
	bool accepted;
	char *result; /* kebab-case identifier */
	char *reason; /* one sentence */
	char *remedy;
	char **warnings; /* sentences */
	size_t warning_count;
};
void outcome_done(struct outcome *o);
DEFINE_CLEANUP_EMBEDDED(struct outcome, outcome_done);
int outcome_copy(const struct outcome *o, struct outcome *ret);

/* As the interface says it; NULL when out of memory. The caller frees. */
cJSON *outcome_encode(const struct outcome *o);
/* 0; -EINVAL when it is not an Outcome; -ENOMEM. */
int outcome_decode(const cJSON *json, struct outcome *ret);

#endif
