/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the phone settings that certprov acts on: which firmware has
 * them, their defaults and their values. The rows are in settings-rows.h.
 * Knows no values that were set.
 */
#ifndef CERTPROV_SETTINGS_TABLE_H
#define CERTPROV_SETTINGS_TABLE_H

#include <stdbool.h>

#include "lib/phone/firmware.h"

enum setting_id {
#define SETTING_ROW(id, ...) id,
#include "lib/phone/settings-rows.h"
#undef SETTING_ROW
	SETTING__END,
};

/* How one setting stands on one firmware. */
enum setting_presence {
	SETTING_PRESENT,
	SETTING_ABSENT,  /* this firmware does not know it */
	SETTING_IGNORED, /* it is known and has no effect any more */
};

#define SETTING_MAX_VALUES 4
#define SETTING_MAX_CHARS 2048
/* Of http_client_user and of http_client_pass. */
#define SETTING_MAX_USER_CHARS 255
/* White space around a value, which does not count. */
#define SETTING_BLANKS " \t\r\n"

struct setting {
	const char *name;
	const char *doc;
	const char *source;     /* the document that says so */
	bool trust;             /* verdicts depend on it: a new generation */
	bool secret;            /* whatever its value is, it is never shown */
	bool always;            /* exists on every firmware, or only where */
	enum rule_id exists_by; /* this rule holds */
	const char *fallback;   /* the default ... */
	bool fallback_varies;   /* ... unless this rule holds: then this */
	enum rule_id fallback_rule;
	const char *fallback_by_rule;
	/* A value is one of these, or what check accepts, or a number up to
	 * max. check returns 0 or -EINVAL and never sees an empty value. */
	const char *values[SETTING_MAX_VALUES];
	int (*check)(const char *value);
	unsigned max;
	const char *syntax;  /* the values in words */
	const char *example; /* a value that is not the default */
};

/* Never NULL; lives forever. */
const struct setting *setting_get(enum setting_id id);
/* By name; 0 or -ENOENT, *ret untouched. */
int setting_find(const char *name, enum setting_id *ret);
enum setting_presence setting_presence(
	enum setting_id id, const struct firmware *f);
/* The default on this firmware; lives forever. */
const char *setting_default(enum setting_id id, const struct firmware *f);
/* 0; -EINVAL for a value that the setting cannot have; -ENOMEM. */
int setting_check(enum setting_id id, const char *value);
/* What is wrong with a value that setting_check() refuses or that is longer
 * than SETTING_MAX_CHARS, in words: "it is greater than 31". 0 or -ENOMEM. */
int setting_fault(enum setting_id id, const char *value, char **ret);
/* The number that a checked value is. */
unsigned setting_number(const char *value);

/* Which firmware has it: "8.2.30, ignored from 10.0"; empty when all have. */
#define SETTING_FIRMWARE_SIZE (2 * RULE_TEXT_SIZE + 32)
const char *setting_firmware_text(
	enum setting_id id, char ret[SETTING_FIRMWARE_SIZE]);
/* Its defaults: "off, on from 10.0"; "none" when it is empty. */
#define SETTING_DEFAULT_SIZE (2 * RULE_TEXT_SIZE + 128)
const char *setting_default_text(
	enum setting_id id, char ret[SETTING_DEFAULT_SIZE]);

/* This value must not be shown: a password, or a setting_server with
 * userinfo. */
bool setting_is_secret(enum setting_id id, const char *value);

#endif
