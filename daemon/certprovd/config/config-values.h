/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the text of a configuration value becomes a number, a path, a choice.
 * Each kind of value knows what it allows and can say so. Opens no file.
 */
#ifndef CERTPROVD_CONFIG_VALUES_H
#define CERTPROVD_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_value;

/* A row of the table of keys. */
struct config_key {
	const char *section;
	const char *key;
	const struct config_value *value;
	size_t offset; /* into struct config */
	const char
		*preset; /* as it would be written in the file; NULL: unset */
	uint64_t min;    /* of numbers, sizes and durations */
	uint64_t max;
	const char *doc;
	const char *const *choices; /* of choices; ends with NULL */
};

/* A kind of value. */
struct config_value {
	/* 0; -EINVAL when not allowed; -ENOMEM. The field is untouched on
	 * failure; what it owned before is freed on success. */
	int (*parse)(
		const struct config_key *key, const char *text, void *field);
	/* What is allowed, in new memory; 0 or -ENOMEM. */
	int (*allowed)(const struct config_key *key, char **ret);
	void (*done)(void *field); /* NULL: owns nothing */
	const char *allowed_text;  /* instead of allowed */
	/* What is wrong with a text that parse refused, a clause in new memory;
	 * 0, or -ENOMEM. NULL: the above says it all. */
	int (*fault)(const char *text, char **ret);
	int grows;   /* a further line adds to it */
	bool secret; /* a wrong one is not repeated */
};

extern const struct config_value config_text;       /* char * */
extern const struct config_value config_path;       /* char *, absolute */
extern const struct config_value config_credential; /* char * */
extern const struct config_value config_url;        /* char * */
extern const struct config_value config_proxy;      /* char * */
extern const struct config_value config_mac;        /* char * */
extern const struct config_value config_interface;  /* char * */
extern const struct config_value config_user;       /* char * */
extern const struct config_value config_boolean;    /* bool */
extern const struct config_value config_number;     /* unsigned */
extern const struct config_value config_size;       /* uint64_t, bytes */
extern const struct config_value config_duration;   /* uint64_t, seconds */
extern const struct config_value config_choice;     /* unsigned: index */
extern const struct config_value config_ciphers;    /* char *, never NULL */
extern const struct config_value config_suites;     /* char *, never NULL */
extern const struct config_value config_pins;       /* struct config_pins */
extern const struct config_value config_units;      /* struct config_names */
extern const struct config_value config_groups;     /* struct config_names */

/* The table of keys, in config-keys.c. */
extern const struct config_key config_keys[];
extern const size_t config_key_count;
/* What a key allows, in new memory. Returns 0 or -ENOMEM. */
int config_value_allowed(const struct config_key *key, char **ret);

#endif
