/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a run's report: what was found where, and what became of it.
 * The type Outcome of io.certprov.admin. Decides nothing.
 */
#ifndef CERTPROV_OUTCOME_H
#define CERTPROV_OUTCOME_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"

enum outcome_kind {
	OUTCOME_DOCUMENT,
	OUTCOME_CERTIFICATE,
	OUTCOME_SETTING,
	OUTCOME_PEER,
	OUTCOME_OMITTED, /* a report's last line: what it had no room for */
	OUTCOME__END
};
const char *outcome_kind_name(enum outcome_kind kind);
int outcome_kind_find(const char *name, enum outcome_kind *ret); /* -ENOENT */

/* Warnings of one outcome; there are fewer kinds of them. */
#define OUTCOME_MAX_WARNINGS 32
/* A line past it is no line: JSON numbers are exact up to here. */
#define OUTCOME_MAX_LINE 9007199254740991.0

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
/* Copies the sentence. 0, -ENOMEM, or -ENOSPC past OUTCOME_MAX_WARNINGS. */
int outcome_add_warning(struct outcome *o, const char *sentence);

/* As the interface says it; NULL when out of memory. The caller frees. */
cJSON *outcome_encode(const struct outcome *o);
/* 0; -EINVAL when it is not an Outcome (a member too many included);
 * -ENOMEM. */
int outcome_decode(const cJSON *json, struct outcome *ret);

#endif
