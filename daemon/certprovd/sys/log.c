/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"

/* MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, CERTPROV_EVENT,
 * CERTPROV_FINGERPRINT */
#define OWN_FIELDS 6

struct log_event_row {
	int priority;
	const char *id;
	const char *name;
};

/* The ids are made once, at random, and never change. */
static const struct log_event_row rows[LOG__END] = {
	[LOG_STARTED] = {LOG_NOTICE, "ed5274e8eac24463ac9e16a1afbff530",
		"started"},
	[LOG_STOPPED] = {LOG_NOTICE, "a85d7d3596e94c27ada4b620ada62a97",
		"stopped"},
	[LOG_RUN_STARTED] = {LOG_INFO, "edb2bb66b17a40639d3a04570603715c",
		"run-started"},
	[LOG_RUN_FINISHED] = {LOG_NOTICE, "481c6df6ddc74246a4bb6a944b217a20",
		"run-finished"},
	[LOG_RUN_FAILED] = {LOG_WARNING, "80f8bf4f266642a8abbb38e5dc07fa0f",
		"run-failed"},
	[LOG_CERTIFICATE_ACCEPTED] = {LOG_NOTICE,
		"e3c7cf28742841f7b842bdf03d7d2011", "certificate-accepted"},
	[LOG_CERTIFICATE_REFUSED] = {LOG_WARNING,
		"9e8baa70607f4ad4a66dfdbfb65ab0f5", "certificate-refused"},
	[LOG_CERTIFICATE_REMOVED] = {LOG_NOTICE,
		"792d4153b97945e48aa3fc8be73c1706", "certificate-removed"},
	[LOG_CERTIFICATE_QUARANTINED] = {LOG_ERR,
		"3cf06b55e3084fc49523f01b27e88d2a", "certificate-quarantined"},
	[LOG_DOCUMENT_FAILED] = {LOG_WARNING,
		"48e3f14e609b46b8893b3ae93bcdcc6e", "document-failed"},
	[LOG_PEER_REJECTED] = {LOG_WARNING, "d737ccc5cfd54974b0fe9cdd969aa5a8",
		"peer-rejected"},
	[LOG_DISTRUSTED] = {LOG_NOTICE, "fa5ec02a2559430ba915028d43afecaf",
		"distrusted"},
	[LOG_ADMIN_CHANGE] = {LOG_NOTICE, "d6e16f9a231e48438acb543f8cf01d8c",
		"admin-change"},
	[LOG_FETCHER_LOST] = {LOG_ERR, "01fe8c73f3194d64b4e1418d6cb74840",
		"fetcher-lost"},
	[LOG_FETCHER_MISBEHAVED] = {LOG_ERR, "b6f7cddbb9ab46ba94f4843afe21af53",
		"fetcher-misbehaved"},
	[LOG_STORE_DAMAGED] = {LOG_CRIT, "b2d4de341e8943e995f08f52e1896c12",
		"store-damaged"},
	[LOG_STORE_RESTORED] = {LOG_CRIT, "e88a7c5a4d754640b88a70ec0d07959d",
		"store-restored"},
	[LOG_STORE_EMPTY] = {LOG_CRIT, "3f8043ab16f8410da5c55289da9beed7",
		"store-empty"},
	[LOG_STORE_STEPPED_BACK] = {LOG_CRIT,
		"434355b3cdcad3fe9368025e5d035c09", "store-stepped-back"},
	[LOG_STORE_READ_ONLY] = {LOG_WARNING,
		"dcaa6f5a4e864c52bd3b6f8749f8bf48", "store-read-only"},
	[LOG_STORE_REFUSED] = {LOG_ERR, "eb27ac65e2584ce3aa3ab897ddc570cb",
		"store-refused"},
	[LOG_STORE_FAILED] = {LOG_ERR, "6dc88248b7064483ad42342af171b7fa",
		"store-failed"},
	[LOG_AUTHORITIES_FAILED] = {LOG_ERR, "2a7ea258605b492d8b6b794cd8f43274",
		"authorities-failed"},
	[LOG_AUTHORITIES_INCOMPLETE] = {LOG_ERR,
		"40c6d302190445b092c6f0170cc22d8f", "authorities-incomplete"},
	[LOG_AUTHORITIES_SECRET] = {LOG_WARNING,
		"b69b78c34728432e8eb15d67fcaabc6a", "authorities-secret"},
	[LOG_AUTHORITIES_CHANGED] = {LOG_NOTICE,
		"5b1f3c77d8e64a0e9f0a7c2d41b6e893", "authorities-changed"},
	[LOG_EXPORTED] = {LOG_INFO, "61c003e4ad7c021f2baad76c61aabaf9",
		"exported"},
	[LOG_EXPORT_FAILED] = {LOG_ERR, "298fc213f4b3f2921c28b82212e9ca85",
		"export-failed"},
	[LOG_FIRMWARE_UNKNOWN] = {LOG_WARNING,
		"417e8152246d470faab92cf4faa6f919", "firmware-unknown"},
	[LOG_FIRMWARE_CHANGED] = {LOG_NOTICE,
		"c0a94e2b6d1f4f58b3e7a51d90c8f264", "firmware-changed"},
	[LOG_CLOCK_NOT_TRUSTED] = {LOG_WARNING,
		"8dc60610076d4a3cb2c2786ed1554de6", "clock-not-trusted"},
	[LOG_CLOCK_SET] = {LOG_NOTICE, "b4032ed0d0fc43519e7d52053fd5f153",
		"clock-set"},
	[LOG_CLOCK_FLOOR_LOWERED] = {LOG_WARNING,
		"074400f4d1ff47d3892b79df2f3bb8ba", "clock-floor-lowered"},
	[LOG_CLOCK_RECORD_REFUSED] = {LOG_WARNING,
		"ca1f6bed9c8e4f4f9ece8dbccd25a2d1", "clock-record-refused"},
	[LOG_EXPIRES_SOON] = {LOG_WARNING, "f4e1ffed1667468096c0e0bb6aa8c9b5",
		"expires-soon"},
	[LOG_EXPIRED] = {LOG_WARNING, "93ef7651c2dc4090b59ceb64b405896e",
		"expired"},
	[LOG_WOULD_LOCK_OUT] = {LOG_WARNING, "1b4593e4b253427aad6ef14145701c88",
		"would-lock-out"},
	[LOG_LOCKED_OUT] = {LOG_CRIT, "46ffb24f30aa4b399347cef3e143f6dc",
		"locked-out"},
	[LOG_CONFIG_WARNING] = {LOG_WARNING, "0a4c2b2d15344bb893395a1f19469e63",
		"config-warning"},
	[LOG_CONFIG_REFUSED] = {LOG_ERR, "74950f3a02dd4d1093138e93cfecbd6d",
		"config-refused"},
};

/* One log a process: where it goes, and how much of it. */
static log_sender *journal;
static int max_priority = LOG_INFO;

const char *log_event_name(enum log_event event)
{
	assert(event < LOG__END);
	return rows[event].name;
}

const char *log_event_id(enum log_event event)
{
	assert(event < LOG__END);
	return rows[event].id;
}

const char *log_number(char text[24], int64_t n)
{
	(void)snprintf(text, 24, "%" PRId64, n);
	return text;
}

void log_set_sender(log_sender *sender)
{
	journal = sender;
}

void log_set_level(int priority)
{
	max_priority = priority;
}

void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device = 0;
	uintmax_t inode = 0;
	struct stat st;

	/* Programs inherit the variable even when their standard error is
	 * something else, so compare it with the file itself. */
	journal = NULL;
	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return;
	/* NOLINTNEXTLINE(cert-err34-c): a wrong number matches no file */
	if (sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
		device == st.st_dev && inode == st.st_ino)
		journal = sd_journal_sendv;
}

/*
 * Whatever is logged may be made of what strangers named: it must not forge a
 * line, move a cursor or turn the writing round, nor tell a secret of a URL.
 * In new memory; NULL when there is none.
 */
static char *log_clean(const char *text)
{
	CLEANUP(free) char *redacted = NULL;
	char *ret = NULL;

	if (url_redact(text, &redacted) < 0 ||
		text_escape(redacted, strlen(redacted), LOG_MAX_TEXT, &ret) < 0)
		return NULL;
	return ret;
}

/* One journal entry being made. */
struct log_entry {
	struct iovec iov[LOG_MAX_FIELDS + OWN_FIELDS];
	char *texts[LOG_MAX_FIELDS + OWN_FIELDS];
	int count;
};

static void log_entry_done(struct log_entry *e)
{
	for (int i = 0; i < e->count; i++)
		free(e->texts[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct log_entry, log_entry_done);

/* A field for which there is no memory is left out; the message is not. */
static void log_entry_add(
	struct log_entry *e, const char *name, const char *value)
{
	CLEANUP(free) char *shown = value ? log_clean(value) : NULL;
	char *text = NULL;

	assert(e->count < LOG_MAX_FIELDS + OWN_FIELDS);

	if (!shown || string_format(&text, "%s=%s", name, shown) < 0)
		return;
	e->texts[e->count] = text;
	e->iov[e->count] =
		(struct iovec){.iov_base = text, .iov_len = strlen(text)};
	e->count++;
}

static int log_to_journal(const struct log_event_row *row, int priority,
	const struct log_field *fields, const char *message)
{
	CLEANUP(log_entry_done) struct log_entry e = {0};
	char number[] = {(char)('0' + priority), 0};

	log_entry_add(&e, "MESSAGE", message);
	log_entry_add(&e, "PRIORITY", number);
	log_entry_add(&e, "SYSLOG_IDENTIFIER", "certprovd");
	log_entry_add(&e, "MESSAGE_ID", row ? row->id : NULL);
	log_entry_add(&e, "CERTPROV_EVENT", row ? row->name : NULL);
	for (int i = 0; fields && fields[i].name; i++) {
		assert(i < LOG_MAX_FIELDS);
		log_entry_add(&e, fields[i].name, fields[i].value);
		/* The catalog fills in names of letters only. */
		if (strcmp(fields[i].name, "CERTPROV_SHA256") == 0)
			log_entry_add(
				&e, "CERTPROV_FINGERPRINT", fields[i].value);
	}
	return journal(e.iov, e.count);
}

static void log_emit(const struct log_event_row *row, int priority,
	const struct log_field *fields, const char *message)
{
	int saved = errno;

	if (priority > max_priority)
		return;
	if (!message)
		message = "(there is not enough memory to say it)";
	/* One write a line, so that lines of several processes stay whole. */
	if (!journal || log_to_journal(row, priority, fields, message) < 0)
		(void)dprintf(STDERR_FILENO, "<%d>certprovd: %s\n", priority,
			message);
	errno = saved;
}

PRINTF_LIKE(1, 0)
static char *log_format_message(const char *format, va_list arguments)
{
	char raw[LOG_MAX_TEXT];

	(void)vsnprintf(raw, sizeof(raw), format, arguments);
	return log_clean(raw);
}

void log_event(enum log_event event, const struct log_field *fields,
	const char *format, ...)
{
	CLEANUP(free) char *message = NULL;
	va_list arguments;

	assert(event < LOG__END);

	va_start(arguments, format);
	message = log_format_message(format, arguments);
	va_end(arguments);
	log_emit(&rows[event], rows[event].priority, fields, message);
}

void log_message(int priority, const char *format, ...)
{
	CLEANUP(free) char *message = NULL;
	va_list arguments;

	assert(priority >= LOG_EMERG && priority <= LOG_DEBUG);

	va_start(arguments, format);
	message = log_format_message(format, arguments);
	va_end(arguments);
	log_emit(NULL, priority, NULL, message);
}
