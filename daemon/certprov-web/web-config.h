/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certprov-web.conf: read into one struct, by one table that the man page is
 * checked against. An unknown key is a warning, a wrong value an error, both
 * with file and line. Never logs.
 */
#ifndef CERTPROV_WEB_CONFIG_H
#define CERTPROV_WEB_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/macros.h"

/* Longer lines are refused: inih would cut them. */
#define WEB_CONFIG_MAX_LINE 198
/* Further problems are counted, not kept. */
#define WEB_CONFIG_MAX_PROBLEMS 16

/* Zeroed is empty. Durations are seconds; a text that is not set is NULL. */
struct web_config {
	char *users;
	char *listen;
	char *user_header;
	char *front_end_user;
	uint64_t hsts;
	char *trust_socket;
	char *admin_socket;
	char *identity_socket;
	uint64_t session_idle;
	uint64_t session_end;
};
void web_config_done(struct web_config *c);
DEFINE_CLEANUP_EMBEDDED(struct web_config, web_config_done);

/* What there is to say about the file, a line each. Zeroed is empty. */
struct web_config_report {
	char *warnings[WEB_CONFIG_MAX_PROBLEMS];
	size_t warning_count; /* may exceed what is kept */
	char *errors[WEB_CONFIG_MAX_PROBLEMS];
	size_t error_count;
};
void web_config_report_done(struct web_config_report *r);
DEFINE_CLEANUP_EMBEDDED(struct web_config_report, web_config_report_done);

/*
 * A missing file is an empty one. 0; -EINVAL when the report has errors;
 * another negative errno. *ret is untouched on failure, the report is filled
 * in any case.
 */
int web_config_load(const char *file, struct web_config *ret,
	struct web_config_report *report);

/* The table, one key a line: section, key, default, what is allowed, what it
 * is for; with tabs between. */
void web_config_print_keys(FILE *out);

#endif
