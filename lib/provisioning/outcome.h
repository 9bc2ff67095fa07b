/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a run's report: what was found where, and what became of it.
 * The type Outcome of io.certprov.admin. Decides nothing.
 */
#ifndef CERTPROV_OUTCOME_H
#define CERTPROV_OUTCOME_H

#include <cjson/cJSON.h>

#include "lib/base/macros.h"
#include "lib/phone/settings.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

enum outcome_kind {
	OUTCOME_DOCUMENT,
	OUTCOME_CERTIFICATE,
	OUTCOME_SETTING,
	OUTCOME_PEER,
	OUTCOME_OMITTED, /* last line of a report: what is left out of it */
	OUTCOME__END
};
const char *outcome_kind_name(enum outcome_kind kind);

/* Warnings of one outcome; there are fewer kinds of them. */
#define OUTCOME_MAX_WARNINGS 32

/* Owns its texts. Zeroed is empty. URLs in it are redacted already. */
struct outcome {
	enum outcome_kind kind;
	char *document; /* URL of the document it was in, or NULL */
	int64_t line;   /* of the element; 0: none */
	char *url;      /* of a download */
	char *sha256;   /* fingerprint of a certificate */
	char *subject;
	char *name;   /* of a setting */
	char *value;  /* of a setting: what was offered, and what was there */
	char *former; /* before, if that changed; both fit to be shown */
	bool accepted;
	/* What became of it. A setting has its own results, except for one
	 * that could not be stored: SETTING_RESULT__END and a verdict. */
	enum verdict verdict;
	enum setting_result setting;
	char *reason; /* one sentence */
	char *remedy;
	struct warning_words *warnings;
	size_t warning_count;
};
void outcome_done(struct outcome *o);
DEFINE_CLEANUP_EMBEDDED(struct outcome, outcome_done);
/* The identifier of the result, for messages and reports; lives forever. */
const char *outcome_result_name(const struct outcome *o);
/* 0, -ENOMEM, or -ENOSPC past OUTCOME_MAX_WARNINGS. */
int outcome_add_warning(
	struct outcome *o, enum warning w, const struct facts *facts);

/* A warning (struct warning_words) as all interfaces of the daemon have it. */
extern const struct json_table outcome_warning_table;
/* As the interface has it; NULL when out of memory. The caller frees. */
cJSON *outcome_encode(const struct outcome *o);

#endif
