/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What certprov-web says: lines on standard error, which the journal keeps. A
 * stranger cannot fill it: beyond WEB_LOG_AT_ONCE lines, and one more each
 * WEB_LOG_SECONDS_A_LINE, they are counted, and the count is said with the next
 * one. What users bring about has a budget of its own, so that strangers do not
 * silence it; what only the owner of this machine does is always said.
 */
#ifndef CERTPROV_WEB_LOG_H
#define CERTPROV_WEB_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "lib/base/macros.h"

#define WEB_LOG_AT_ONCE 30
#define WEB_LOG_SECONDS_A_LINE 10
/* Of one line; what strangers sent is escaped. */
#define WEB_LOG_MAX_BYTES 512

/* Zeroed is full. */
struct web_log_budget {
	int64_t level_ms;
	int64_t at_ms;
	unsigned long lost;
	bool used;
};

/* One line, without its end; the level is one of syslog.h. */
void web_log(int level, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same within another budget. */
void web_log_within(struct web_log_budget *b, int level, const char *format,
	...) PRINTF_LIKE(3, 4);
/* The same of what only the owner of this machine brings about. */
void web_log_own(int level, const char *format, ...) PRINTF_LIKE(2, 3);
/* Whether one more line may be said at this time, and then how many were not
 * since the last. The first word on it is web_log's. */
bool web_log_may_say(
	struct web_log_budget *b, int64_t now_ms, unsigned long *ret_lost);

#endif
