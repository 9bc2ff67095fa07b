/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware versions and what they change: one table of rules, and the only
 * code that compares versions. An unknown version gets each rule's
 * restrictive answer. Never reads files and never guesses a version.
 */
#ifndef CERTPROV_FIRMWARE_H
#define CERTPROV_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIRMWARE_MIN_COMPONENTS 3
#define FIRMWARE_MAX_COMPONENTS 5
#define FIRMWARE_COMPONENT_MAX 99999
/* A version as text, with its zero byte. */
#define FIRMWARE_TEXT_SIZE ((size_t)6 * FIRMWARE_MAX_COMPONENTS)
/* All that is looked at of what a phone says of itself. */
#define FIRMWARE_MAX_CHARS 256

/* A value. Zeroed (no components) is the unknown version. */
struct firmware {
	uint32_t part[FIRMWARE_MAX_COMPONENTS];
	size_t count;
};

/*
 * "10.1.33.33", "08.9.3.80" or "snomD785-SIP 10.1.33.33": three to five
 * numbers, alone or behind the first word TYPE-SIP. White space around is
 * ignored. Behind a version with TYPE-SIP more words may follow, as phones
 * send them ("snom320-SIP 7.3.30 1.1.3-u", boot loader and MAC); they are
 * ignored. Everything else is -EINVAL, and *ret is untouched: a reader that
 * guesses would turn garbage into permissions.
 */
int firmware_parse(const char *text, struct firmware *ret);

/* "8.9.3.80"; the empty string for the unknown version. */
void firmware_format(const struct firmware *f, char ret[FIRMWARE_TEXT_SIZE]);

bool firmware_is_known(const struct firmware *f);
/* Missing components count as zero: 8.2.30 is 8.2.30.0. */
bool firmware_equal(const struct firmware *a, const struct firmware *b);

enum rule_id {
	RULE_BASE64_VARIANT,
	RULE_PROVISIONED_CHAIN_REQUIRED,
	RULE_UPLOAD_CHAIN_REQUIRED,
	RULE_VERIFICATION_SETTING,
	RULE_VERIFICATION_FORCED,
	RULE_NAME_CHECK_SETTING,
	RULE_NAME_CHECK_DEFAULT_ON,
	RULE_NAME_FLAGS_SETTING,
	RULE_NAME_FLAGS_NO_WILDCARDS,
	RULE_SIP_NAME_RULE,
	RULE_DEVICE_CERT_TYPE_SETTING,
	RULE_SHA2_DEVICE_CA,
	RULE__END,
};

#define RULE_BRANCHES_MAX 2
/* Thresholds as text: "8.7.5.52, 8.9.3.41". */
#define RULE_TEXT_SIZE (RULE_BRANCHES_MAX * (FIRMWARE_TEXT_SIZE + 2))

/*
 * One row. since is where a rule begins to hold and until where it ends,
 * each per branch in ascending order, empty where there is no such end.
 */
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
