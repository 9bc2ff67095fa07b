/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/session.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define MESSAGE_MAX_BYTES 1024

enum exit_status session_wrong_use(
	const struct session *s, const char *format, ...)
{
	char message[MESSAGE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	screen_complain(&s->screen, message,
		"See \"certprovctl help\" for the commands, and "
		"\"certprovctl COMMAND --help\" for their options.");
	return EXIT_WRONG_USE;
}

enum exit_status session_trouble(
	const struct session *s, const char *what, int error)
{
	screen_complainf(&s->screen, NULL, "%s: %s", what, strerror(-error));
	return EXIT_TROUBLE;
}

enum exit_status session_printed(const struct session *s, int r)
{
	if (r == -ENOSPC) {
		screen_complain(&s->screen,
			"there are more rows than fit into a table",
			"Print all of them with --json.");
		return EXIT_TROUBLE;
	}
	return r < 0 ? session_trouble(s, "printing", r) : EXIT_COMPLETE;
}

const char *session_word(const struct session *s, size_t index)
{
	return index + 1 < s->arguments.word_count
		? s->arguments.words[index + 1]
		: NULL;
}
