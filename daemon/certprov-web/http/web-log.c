/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"

#define A_LINE_MS ((int64_t)WEB_LOG_SECONDS_A_LINE * 1000)

bool web_log_may_say(
	struct web_log_budget *b, int64_t now_ms, unsigned long *ret_lost)
{
	int64_t full = WEB_LOG_AT_ONCE * A_LINE_MS;

	b->level_ms = b->used ? b->level_ms + (now_ms - b->at_ms) : full;
	b->used = true;
	b->at_ms = now_ms;
	if (b->level_ms > full)
		b->level_ms = full;
	if (b->level_ms < A_LINE_MS) {
		b->lost++;
		return false;
	}
	b->level_ms -= A_LINE_MS;
	*ret_lost = b->lost;
	b->lost = 0;
	return true;
}

static int64_t web_log_now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The journal reads the level from a prefix (sd-daemon(3)); people do not. */
static void web_log_line(int level, const char *text)
{
	if (getenv("JOURNAL_STREAM"))
		(void)fprintf(stderr, "<%d>%s\n", level, text);
	else
		(void)fprintf(stderr, "certprov-web: %s\n", text);
}

static void web_log_text(int level, const char *format, va_list arguments)
	PRINTF_LIKE(2, 0);

static void web_log_text(int level, const char *format, va_list arguments)
{
	char text[WEB_LOG_MAX_BYTES];
	char *escaped = NULL;

	(void)vsnprintf(text, sizeof(text), format, arguments);
	if (text_escape(text, strlen(text), sizeof(text), &escaped) == 0)
		web_log_line(level, escaped);
	free(escaped);
}

static void web_log_text_within(struct web_log_budget *b, int level,
	const char *format, va_list arguments) PRINTF_LIKE(3, 0);

static void web_log_text_within(struct web_log_budget *b, int level,
	const char *format, va_list arguments)
{
	unsigned long lost = 0;

	if (!web_log_may_say(b, web_log_now_ms(), &lost))
		return;
	if (lost > 0)
		(void)fprintf(stderr, "%s%lu lines were not logged\n",
			getenv("JOURNAL_STREAM") ? "<4>" : "certprov-web: ",
			lost);
	web_log_text(level, format, arguments);
}

void web_log(int level, const char *format, ...)
{
	static struct web_log_budget budget;
	va_list arguments;

	va_start(arguments, format);
	web_log_text_within(&budget, level, format, arguments);
	va_end(arguments);
}

void web_log_within(
	struct web_log_budget *b, int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	web_log_text_within(b, level, format, arguments);
	va_end(arguments);
}

void web_log_own(int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	web_log_text(level, format, arguments);
	va_end(arguments);
}
