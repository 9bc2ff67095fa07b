/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certprovd.conf and its drop-ins: read into one struct, by one table that
 * the man page is checked against. Unknown keys are collected as warnings,
 * wrong values as errors, both with file and line. Never logs; reads nothing
 * but these files.
 */
#ifndef CERTPROVD_CONFIG_H
#define CERTPROVD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/certprovd/config/config-lists.h"
#include "lib/base/macros.h"

/* Longer lines are refused: inih would cut them. */
#define CONFIG_MAX_LINE 198
#define CONFIG_MAX_FILES 64
/* Further problems are counted, not kept. */
#define CONFIG_MAX_PROBLEMS 64

/* Zeroed is empty; filled by config_load. Durations are seconds. In the
 * order of the sections: there is one of it, padding does not matter. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct config {
	/* [phone] */
	char *firmware;
	char *firmware_file;
	char *phone_type;
	char *mac; /* 12 upper-case hex digits */
	char *mac_interface;

	/* [trust] */
	unsigned profile; /* enum profile */
	char *authorities;
	bool sip_strict;
	unsigned rsa_max_bits;

	/* [tls] */
	unsigned tls_minimum; /* enum tls_minimum */
	char *tls_ciphers;    /* as tls-lists.h checks them */
	char *tls_suites;

	/* [identity] */
	char *sha1_certificate;
	char *sha1_key; /* NULL: in the file of the certificate */
	char *sha2_certificate;
	char *sha2_key;
	char *device_authorities;
	struct config_names hand_out_key_to; /* groups */

	/* [provisioning] */
	char *url;
	char *redirection;
	char *proxy;
	uint64_t refresh_interval; /* 0: never */
	bool at_start;
	bool withdraw_missing;
	bool allow_local;
	bool mac_in_user_agent;
	unsigned documents;
	unsigned depth;
	uint64_t document_bytes;
	unsigned certificates;
	uint64_t time_limit;
	unsigned parallel;
	unsigned per_host;
	unsigned retries;

	/* [fetch] */
	char *fetch_socket;
	char *fetch_user;

	/* [store] */
	char *state_directory;
	char *runtime_directory;
	unsigned servers;
	unsigned unknown;
	unsigned distrusted;

	/* [server] */
	unsigned connections;
	unsigned connections_per_uid;
	unsigned connections_of_root;
	unsigned connections_for_admin;
	uint64_t message_bytes;
	unsigned work_per_second;
	unsigned work_at_once;
	unsigned rejections_per_minute;
	uint64_t inline_document_bytes;

	/* [export] */
	struct config_names reload_units;
	struct config_names restart_units;

	/* [bootstrap] */
	unsigned bootstrap; /* enum bootstrap */
	struct config_pins pins;
};
void config_done(struct config *c);
DEFINE_CLEANUP_EMBEDDED(struct config, config_done);

/* One thing wrong in a file. */
struct config_problem {
	char *file;
	int line; /* 0: the file as a whole */
	char *text;
};

/* What there is to say about the files. Zeroed is empty. */
struct config_report {
	struct config_problem warnings[CONFIG_MAX_PROBLEMS];
	size_t warning_count; /* may exceed what is kept */
	struct config_problem errors[CONFIG_MAX_PROBLEMS];
	size_t error_count;
};
void config_report_done(struct config_report *r);
DEFINE_CLEANUP_EMBEDDED(struct config_report, config_report_done);

/*
 * Read path and then path.d's *.conf files in order of their names; later
 * values replace earlier ones, lists grow. A missing file is an empty one.
 * Returns 0; -EINVAL when the report has errors; another negative errno.
 * *ret is untouched on failure, the report is filled in any case.
 */
int config_load(
	const char *path, struct config *ret, struct config_report *report);

/* What to notify when the exported files change, one unit a line: the
 * systemctl(1) command, a blank, the unit. */
void config_print_units(const struct config *c, FILE *out);

/* The table, one key a line: section, key, default, what is allowed, what it
 * is for; with tabs between. */
void config_print_keys(FILE *out);

#endif
