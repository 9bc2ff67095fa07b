/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator reads: one line an event, with fields and a message id in
 * the journal when standard error goes there, with a priority on standard
 * error when not. The only file that logs. Never decides what is worth saying.
 * Messages and fields leave here without credentials, values of queries, and
 * characters that do not show themselves, whoever made them.
 */
#ifndef CERTPROVD_LOG_H
#define CERTPROVD_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <syslog.h>

#include "lib/base/macros.h"

/* Longer messages and values are cut. */
#define LOG_MAX_TEXT 2048
/* Of one event. */
#define LOG_MAX_FIELDS 12

/* Each has a message id here and a text in systemd/certprov.catalog. */
enum log_event {
	LOG_STARTED,
	LOG_STOPPED,
	LOG_RUN_STARTED,
	LOG_RUN_FINISHED,
	LOG_RUN_FAILED,
	LOG_CERTIFICATE_ACCEPTED,
	LOG_CERTIFICATE_REFUSED,
	LOG_CERTIFICATE_REMOVED,
	LOG_CERTIFICATE_QUARANTINED,
	LOG_DOCUMENT_FAILED,
	LOG_PEER_REJECTED,
	LOG_DISTRUSTED,
	LOG_ADMIN_CHANGE,
	LOG_FETCHER_LOST,
	LOG_FETCHER_MISBEHAVED,
	LOG_STORE_DAMAGED,
	LOG_STORE_RESTORED,
	LOG_STORE_EMPTY,
	LOG_STORE_STEPPED_BACK,
	LOG_STORE_READ_ONLY,
	LOG_STORE_REFUSED,
	LOG_STORE_FAILED,
	LOG_AUTHORITIES_FAILED,
	LOG_AUTHORITIES_INCOMPLETE,
	LOG_AUTHORITIES_SECRET,
	LOG_AUTHORITIES_CHANGED,
	LOG_EXPORTED,
	LOG_EXPORT_FAILED,
	LOG_FIRMWARE_UNKNOWN,
	LOG_FIRMWARE_CHANGED,
	LOG_CLOCK_NOT_TRUSTED,
	LOG_CLOCK_SET,
	LOG_CLOCK_FLOOR_LOWERED,
	LOG_CLOCK_RECORD_REFUSED,
	LOG_EXPIRES_SOON,
	LOG_EXPIRED,
	LOG_WOULD_LOCK_OUT,
	LOG_LOCKED_OUT,
	LOG_CONFIG_WARNING,
	LOG_CONFIG_REFUSED,
	LOG__END
};

/* A journal field; it is left out when it has no value. */
struct log_field {
	const char *name;
	const char *value;
};
#define LOG_FIELD_URL(v) ((struct log_field){"CERTPROV_URL", (v)})
#define LOG_FIELD_DOCUMENT(v) ((struct log_field){"CERTPROV_DOCUMENT", (v)})
#define LOG_FIELD_LINE(v) ((struct log_field){"CERTPROV_LINE", (v)})
#define LOG_FIELD_SHA256(v) ((struct log_field){"CERTPROV_SHA256", (v)})
#define LOG_FIELD_SUBJECT(v) ((struct log_field){"CERTPROV_SUBJECT", (v)})
#define LOG_FIELD_RESULT(v) ((struct log_field){"CERTPROV_RESULT", (v)})
#define LOG_FIELD_HOST(v) ((struct log_field){"CERTPROV_HOST", (v)})
#define LOG_FIELD_RUN(v) ((struct log_field){"CERTPROV_RUN", (v)})
#define LOG_FIELD_WHO(v) ((struct log_field){"CERTPROV_WHO", (v)})
#define LOG_FIELD_NAME(v) ((struct log_field){"CERTPROV_NAME", (v)})
#define LOG_FIELD_EXPIRES(v) ((struct log_field){"CERTPROV_EXPIRES", (v)})
#define LOG_FIELD_DAYS(v) ((struct log_field){"CERTPROV_DAYS", (v)})
#define LOG_FIELD_FILE(v) ((struct log_field){"CERTPROV_FILE", (v)})
/* A number as a field's value; lives as long as the enclosing block. */
#define LOG_NUMBER(n) (log_number((char[24]){0}, (int64_t)(n)))
const char *log_number(char text[24], int64_t n);

/* The fields of one event, any number up to LOG_MAX_FIELDS, or none. */
#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {NULL, NULL}})
#define LOG_NO_FIELDS NULL

/* Say what happened: LOG_FIELDS(...) and a printf text of one line. */
void log_event(enum log_event event, const struct log_field *fields,
	const char *format, ...) PRINTF_LIKE(3, 4);
/* A message without an id: a priority of syslog(3) and a text. */
void log_message(int priority, const char *format, ...) PRINTF_LIKE(2, 3);

/* Find out whether standard error is the journal. Before the first event;
 * without it everything goes to standard error. */
void log_open(void);
/* Messages less urgent than this syslog priority are dropped (LOG_INFO). */
void log_set_level(int priority);

/* For the check against the catalog, and for tests. */
const char *log_event_name(enum log_event event);
const char *log_event_id(enum log_event event); /* 32 hex digits */
typedef int log_sender(const struct iovec *iov, int count);
/* Send journal entries here instead; NULL: to standard error. */
void log_set_sender(log_sender *sender);

#endif
