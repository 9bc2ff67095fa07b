/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware versions and what they change: the rules of firmware-rules.h, and
 * the only code that compares versions. Never reads files and never guesses a
 * version.
 */
#ifndef CERTPROV_FIRMWARE_H
#define CERTPROV_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIRMWARE_MIN_COMPONENTS 3
#define FIRMWARE_MAX_COMPONENTS 5
#define FIRMWARE_COMPONENT_MAX 99999
/* Versions are of one branch if their first three numbers are equal. */
#define FIRMWARE_BRANCH_COMPONENTS 3
/* A version as text, with its zero byte. */
#define FIRMWARE_TEXT_SIZE ((size_t)6 * FIRMWARE_MAX_COMPONENTS)
/* A longer text is refused unread. */
#define FIRMWARE_MAX_CHARS 256

/* A value. Zeroed (no components) is the unknown version. */
struct firmware {
	uint32_t part[FIRMWARE_MAX_COMPONENTS];
	size_t count;
};

/*
 * "10.1.33.33", "08.9.3.80" or "snomD785-SIP 10.1.33.33": three to five
 * numbers, alone or behind the first word TYPE-SIP. Surrounding white
 * space is ignored, and so are the words that phones send after a version with
 * TYPE-SIP ("snom320-SIP 7.3.30 1.1.3-u": boot loader, MAC). Everything else is
 * -EINVAL, and *ret is untouched: guessing would turn garbage into permissions.
 */
int firmware_parse(const char *text, struct firmware *ret);

/* "8.9.3.80"; the empty string for the unknown version. */
void firmware_format(const struct firmware *f, char ret[FIRMWARE_TEXT_SIZE]);

bool firmware_is_known(const struct firmware *f);
/* Missing components count as zero: 8.2.30 is 8.2.30.0. */
bool firmware_equal(const struct firmware *a, const struct firmware *b);

enum rule_id {
#define RULE_ROW(id, ...) id,
#include "lib/phone/firmware-rules.h"
#undef RULE_ROW
	RULE__END,
};

#define RULE_BRANCHES_MAX 2
/* Thresholds as text: "8.7.5.52, 8.9.3.41". */
#define RULE_TEXT_SIZE (RULE_BRANCHES_MAX * (FIRMWARE_TEXT_SIZE + 2))

/* One row. since and until are thresholds in ascending order, one for each
 * branch, and empty where the rule always held or never ends. A version between
 * two branches has not reached the lower one's threshold. */
struct rule {
	const char *name;
	const char *effect;
	struct firmware since[RULE_BRANCHES_MAX];
	struct firmware until[RULE_BRANCHES_MAX];
	bool when_unknown;
	const char *source;
};

/* Never NULL; lives forever. */
const struct rule *rule_get(enum rule_id id);
/* By name; 0 or -ENOENT, *ret untouched. */
int rule_find(const char *name, enum rule_id *ret);
/* A row's since or until as text in ret; NULL when there is none. */
const char *rule_format(const struct firmware thresholds[RULE_BRANCHES_MAX],
	char ret[RULE_TEXT_SIZE]);

/* The one question: does this rule hold for this version? */
bool firmware_has(const struct firmware *f, enum rule_id id);

#endif
