/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/text.h"

#define COMPLAINT_MAX_BYTES 2048

static const char *const codes[STYLE__END] = {
	[STYLE_GOOD] = "\033[32m",
	[STYLE_BAD] = "\033[31m",
	[STYLE_WARNING] = "\033[33m",
	[STYLE_STRONG] = "\033[1m",
};

static size_t screen_bounded(unsigned long width)
{
	if (width < SCREEN_MIN_WIDTH)
		return SCREEN_MIN_WIDTH;
	return width > SCREEN_MAX_WIDTH ? SCREEN_MAX_WIDTH : (size_t)width;
}

/* 0 if the environment does not say. */
static size_t screen_width_of_environment(void)
{
	const char *text = getenv("COLUMNS");
	char *end = NULL;
	unsigned long width = 0;

	if (!text || *text < '0' || *text > '9')
		return 0;
	width = strtoul(text, &end, 10);
	return *end || width == 0 ? 0 : screen_bounded(width);
}

static size_t screen_width_of_terminal(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return SCREEN_USUAL_WIDTH;
	return screen_bounded(size.ws_col);
}

static bool screen_is_set(const char *variable)
{
	const char *text = getenv(variable);

	return text && *text;
}

void screen_init(struct screen *s, FILE *out, FILE *err)
{
	const char *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;
	bool terminal = isatty(fileno(out)) == 1;

	*s = (struct screen){.out = out, .err = err};
	s->width = screen_width_of_environment();
	if (s->width == 0 && terminal)
		s->width = screen_width_of_terminal(fileno(out));
	s->colour = terminal && !dumb && !screen_is_set("NO_COLOR");
	s->live = !dumb && isatty(fileno(err)) == 1;
}

void screen_put(
	const struct screen *s, enum style style, const char *text, size_t len)
{
	bool coloured = s->colour && codes[style];

	if (coloured)
		(void)fputs(codes[style], s->out);
	(void)fwrite(text, 1, len, s->out);
	if (coloured)
		(void)fputs("\033[0m", s->out);
}

static void screen_complain_line(
	const struct screen *s, const char *prefix, const char *text)
{
	CLEANUP(free) char *clean = NULL;

	if (text_escape(text, strlen(text), COMPLAINT_MAX_BYTES, &clean) < 0)
		clean = NULL;
	(void)fprintf(s->err, "%s%s\n", prefix,
		clean ? clean : "(not enough memory for the message)");
}

void screen_complain(
	const struct screen *s, const char *cause, const char *remedy)
{
	/* Keeps the order where both go to the same place. */
	(void)fflush(s->out);
	screen_complain_line(s, "certprovctl: ", cause);
	if (remedy)
		screen_complain_line(s, "  ", remedy);
}

void screen_complainf(
	const struct screen *s, const char *remedy, const char *format, ...)
{
	char cause[COMPLAINT_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(cause, sizeof(cause), format, arguments);
	va_end(arguments);
	screen_complain(s, cause, remedy);
}
