/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of the phone settings and where they came from. Decides whether a
 * value from a document is taken. Never stores anything and never acts on a
 * value.
 *
 * Each setting changes whom this phone trusts, or stops or redirects its
 * provisioning, which amounts to the same: all of them need an authenticated
 * source wherever Bootstrap= asks for one.
 *
 * perm= of a document says what the user of the phone may do. Whoever sets a
 * value here is an administrator, who is more than that user: what they set is
 * never overwritten, whatever the permission, and they may overrule a value
 * that is read only, if they say so.
 */
#ifndef CERTPROV_SETTINGS_H
#define CERTPROV_SETTINGS_H

#include <stdbool.h>

#include "lib/base/macros.h"
#include "lib/phone/backoff.h"
#include "lib/phone/policy.h"
#include "lib/phone/settings-permission.h"
#include "lib/phone/settings-table.h"

#define SETTING_PERMISSION_SIZE 8

enum setting_origin {
	SETTING_FROM_DEFAULT,
	SETTING_FROM_PROVISIONING,
	SETTING_FROM_ADMIN,
	SETTING_ORIGIN__END,
};
const char *setting_origin_name(enum setting_origin origin);
int setting_origin_find(const char *name, enum setting_origin *ret);

/* NULL: never set. Empty: set to empty, which means the default. */
struct setting_value {
	char *value;
	enum setting_origin origin;
	char permission[SETTING_PERMISSION_SIZE]; /* perm=, as it is written */
};
/* Nothing of a secret stays in memory. NULL is ignored. */
void settings_free_value(enum setting_id id, char *value);

/* All values. Zeroed: nothing is set. */
struct settings {
	struct setting_value values[SETTING__END];
};
void settings_done(struct settings *s);
DEFINE_CLEANUP_EMBEDDED(struct settings, settings_done);
/* *ret is untouched on failure. 0 or -ENOMEM. */
int settings_copy(const struct settings *s, struct settings *ret);

enum setting_result {
	SETTING_APPLIED,
	SETTING_UNCHANGED,
	SETTING_PERMITTED, /* the same value, with another permission */
	SETTING_UNKNOWN,
	SETTING_NOT_ACTED_ON, /* one of the vendor's, for TLS */
	SETTING_MISPLACED,
	SETTING_NOT_ON_FIRMWARE,
	SETTING_FORCED,
	SETTING_INDEXED,
	SETTING_INVALID,
	SETTING_ADMIN_SET,
	SETTING_LOCKED, /* an administrator has to overrule it */
	SETTING_UNAUTHENTICATED,
	SETTING_OTHERS, /* how many there were that are not used */
	/* Not by settings_offer: the lock-out guard of lib/provisioning. */
	SETTING_WOULD_LOCK_OUT,
	SETTING_RESULT__END,
};
struct setting_result_info {
	const char *name;     /* kebab-case, stays */
	const char *sentence; /* template, as in lib/verdict */
	const char *remedy;   /* template; NULL when there is nothing to do */
	bool good;            /* the setting has the value now */
};
/* In settings-explain.c, which fills the templates in. */
const struct setting_result_info *setting_result_get(enum setting_result r);
/* It has to be stored. */
bool setting_result_is_change(enum setting_result r);

/* One setting of a document. permission and action may be NULL. */
struct setting_offer {
	const char *name;
	const char *value; /* NULL: an empty element */
	const char *permission;
	const char *action;
	bool indexed;   /* it has an idx attribute */
	bool misplaced; /* it stands where no settings are read */
	bool may_trust; /* its source may change these settings */
};

/*
 * A value from provisioning. The first that applies is the result: unknown
 * or not acted on, misplaced, indexed (none of these settings is), not on this
 * firmware or forced by it, invalid, unchanged, unauthenticated source, set by
 * the administrator, applied. White space around the value is ignored; an empty
 * element is an empty value, which means the default. What the administrator
 * set is never overwritten, whatever the permission: on a phone "RW" lets
 * provisioning overwrite the user, but an administrator is not the user, and a
 * compromised fetcher must not undo their work. "!" differs from "RW" only
 * there, and so not at all. action="remove" is a normal set, as the vendor says
 * of settings that are not on its list for it, and none of these is
 * (RULE_REMOVE_ACTION). 0 or -ENOMEM; only what setting_result_is_change()
 * says changes anything.
 */
int settings_offer(struct settings *s, const struct firmware *f,
	const struct setting_offer *offer, enum setting_result *ret);

/* A value from the administrator; NULL: back to the default, and provisioning
 * may set it again. SETTING_APPLIED, _UNCHANGED, _NOT_ON_FIRMWARE, _FORCED,
 * _INVALID. 0 or -ENOMEM. */
int settings_set(struct settings *s, const struct firmware *f,
	enum setting_id id, const char *value, enum setting_result *ret);

/* Provisioning gave it a value that is read only: settings_set() is an
 * administrator's overruling it. */
bool settings_is_read_only(const struct settings *s, enum setting_id id);

/* A value from the store: only its syntax is checked, because it may date from
 * another firmware. 0, -EINVAL, -ENOMEM. */
int settings_restore(struct settings *s, enum setting_id id,
	const struct setting_value *stored);

/* What applies now: the value, or the default if it is unset or empty, or this
 * firmware does not use the setting. Borrowed from s, or lives forever. */
const char *settings_effective(
	const struct settings *s, const struct firmware *f, enum setting_id id);

/* --- in the caller's terms --- */

const char *settings_verification_name(enum verification v);
enum verification settings_verification(
	const struct settings *s, const struct firmware *f);
/* Peers are verified at all: on or forced. */
bool settings_verifies(const struct settings *s, const struct firmware *f);
/* ... and their names as well. */
bool settings_checks_names(const struct settings *s, const struct firmware *f);
/* Of a setting whose values are numbers. */
unsigned settings_number(
	const struct settings *s, const struct firmware *f, enum setting_id id);

/* All of the above at once; profile and sip_strict, which are no phone
 * settings, stay as they are in *policy. */
void settings_fill_policy(const struct settings *s, const struct firmware *f,
	struct policy *policy);

/* update_policy is never_update: nothing is downloaded. If a file says so, runs
 * still read the files, which could lift it; */
bool settings_forbid_downloads(
	const struct settings *s, const struct firmware *f);
/* if an administrator says so, no run starts by itself, and none fetches. */
bool settings_forbid_runs(const struct settings *s, const struct firmware *f);
struct backoff settings_back_off(
	const struct settings *s, const struct firmware *f);

#endif
