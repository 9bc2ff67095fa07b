/* SPDX-License-Identifier: Apache-2.0 */
/* web-password: a line for the file of users of the certificates page. */
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/certprovctl/commands/commands.h"
#include "lib/base/utf8.h"
#include "lib/users/password.h"
#include "lib/users/user-line.h"

/* A line end and a zero byte behind the longest password. */
#define LINE_SIZE (PASSWORD_MAX_BYTES + 2)

/* --- the terminal --- */

static volatile sig_atomic_t web_password_signal;

static void web_password_on_signal(int number)
{
	web_password_signal = number;
}

static const int web_password_signals[] = {
	SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};

/* What a terminal was before it stopped showing what is typed. */
struct web_password_terminal {
	struct termios modes;
	struct sigaction actions[ARRAY_SIZE(web_password_signals)];
	sigset_t mask;
};

/* Whoever ends the program finds the terminal as it was. Signals arrive only
 * in web_password_read_byte(): none is lost between a look and the next read.
 */
static int web_password_hide(struct web_password_terminal *t)
{
	struct sigaction caught = {.sa_handler = web_password_on_signal};
	struct termios hidden = {0};
	sigset_t awaited;

	if (tcgetattr(STDIN_FILENO, &t->modes) < 0)
		return -errno;
	(void)sigemptyset(&awaited);
	for (size_t i = 0; i < ARRAY_SIZE(web_password_signals); i++)
		(void)sigaddset(&awaited, web_password_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &awaited, &t->mask);
	for (size_t i = 0; i < ARRAY_SIZE(web_password_signals); i++)
		(void)sigaction(
			web_password_signals[i], &caught, &t->actions[i]);
	hidden = t->modes;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0 ? -errno : 0;
}

static void web_password_show(const struct web_password_terminal *t)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &t->modes);
	for (size_t i = 0; i < ARRAY_SIZE(web_password_signals); i++)
		(void)sigaction(web_password_signals[i], &t->actions[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &t->mask, NULL);
	if (web_password_signal)
		(void)raise(web_password_signal);
}

/* --- reading --- */

/* Of a terminal that is hidden, or NULL. How many there were, 1 or 0 at the
 * end of the input; -EINTR by a signal. */
static ssize_t web_password_read_byte(
	const struct web_password_terminal *t, char *ret)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t n = 0;

	if (t && ppoll(&in, 1, NULL, &t->mask) < 0)
		return -errno;
	n = read(STDIN_FILENO, ret, 1);
	return n < 0 ? -errno : n;
}

/* A line without its end; of one that is longer than any password, so much
 * that this can be seen. Not by stdio, which would keep a copy. 0, -ENODATA at
 * the end of the input, or another negative errno. */
static int web_password_read_line(
	const struct web_password_terminal *t, char ret[LINE_SIZE])
{
	size_t len = 0;
	char c = 0;

	for (;;) {
		ssize_t n = web_password_read_byte(t, &c);

		if (n < 0)
			return (int)n;
		if (n == 0 && len == 0)
			return -ENODATA;
		if (n == 0 || c == '\n')
			break;
		if (len < LINE_SIZE - 1)
			ret[len++] = c;
	}
	ret[len] = '\0';
	return strlen(ret) == len ? 0 : -EILSEQ;
}

static int web_password_ask(const struct session *s,
	const struct web_password_terminal *t, const char *prompt,
	char ret[LINE_SIZE])
{
	int r = 0;

	(void)fputs(prompt, s->screen.err);
	(void)fflush(s->screen.err);
	r = web_password_read_line(t, ret);
	(void)fputc('\n', s->screen.err);
	return r;
}

/* Twice, as nobody sees what he types; -EINVAL: not the same. */
static int web_password_ask_twice(const struct session *s, char ret[LINE_SIZE])
{
	struct web_password_terminal terminal = {0};
	char again[LINE_SIZE] = "";
	int r = web_password_hide(&terminal);

	if (r == 0)
		r = web_password_ask(s, &terminal, "Password: ", ret);
	if (r == 0)
		r = web_password_ask(s, &terminal, "Again: ", again);
	web_password_show(&terminal);
	if (r == 0 && strcmp(ret, again) != 0)
		r = -EINVAL;
	OPENSSL_cleanse(again, sizeof(again));
	return r;
}

/* --- the command --- */

static enum exit_status web_password_complain(
	const struct session *s, const char *cause, const char *remedy)
{
	screen_complain(&s->screen, cause, remedy);
	return EXIT_TROUBLE;
}

/* What a browser can send as it is. */
static bool web_password_is_text(const char *password)
{
	const char *p = password;

	while (*p) {
		uint32_t c = 0;
		size_t len = utf8_next(p, strlen(p), &c);

		if (len == 0 || !utf8_is_printable(c))
			return false;
		p += len;
	}
	return true;
}

static enum exit_status web_password_read(
	const struct session *s, char ret[LINE_SIZE])
{
	int r = isatty(STDIN_FILENO) ? web_password_ask_twice(s, ret)
				     : web_password_read_line(NULL, ret);

	if (r == -EINVAL)
		return web_password_complain(
			s, "the passwords are not the same", "Try it again.");
	if (r < 0 && r != -ENODATA && r != -EILSEQ)
		return session_trouble(s, "the password", r);
	if (r == -EILSEQ || (r == 0 && !web_password_is_text(ret)))
		return web_password_complain(s,
			"the password has characters that cannot be typed on "
			"the page",
			NULL);
	if (r == -ENODATA || strlen(ret) < PASSWORD_MIN_BYTES ||
		strlen(ret) > PASSWORD_MAX_BYTES)
		return web_password_complain(s, "a password has 8 to 256 bytes",
			"Several words that nobody else would put together "
			"are easy to keep in mind.");
	return EXIT_COMPLETE;
}

static enum exit_status web_password_print(const struct session *s,
	const char *name, enum access_role role, const char *password)
{
	CLEANUP(free) char *hash = NULL;
	int r = password_hash(password, &hash);

	if (r < 0)
		return session_trouble(s, "the hash of the password", r);
	/* All of it can stand in a JSON string as it is. */
	(void)fprintf(s->screen.out,
		session_json(s) ? "{\"line\":\"%s:%s:%s\"}\n" : "%s:%s:%s\n",
		name, user_role_name(role), hash);
	return EXIT_COMPLETE;
}

static enum exit_status command_web_password(struct session *s)
{
	const char *name = session_word(s, 0);
	const char *role_name = s->arguments.value[OPTION_ROLE];
	enum access_role role = ACCESS_LOOK;
	char password[LINE_SIZE] = "";
	enum exit_status status = EXIT_COMPLETE;

	if (!user_name_is(name))
		return session_wrong_use(s,
			"a name is 1 to 64 letters, digits and . _ @ -, not "
			"\"%s\"",
			name);
	if (!role_name || user_role_find(role_name, &role) < 0)
		return session_wrong_use(s, "--role takes look or change");
	status = web_password_read(s, password);
	if (!status)
		status = web_password_print(s, name, role, password);
	OPENSSL_cleanse(password, sizeof(password));
	return status;
}

const struct verb web_password_verbs[] = {
	{235, "web-password", "USER", 1, 1, TAKES(ROLE), command_web_password,
		"make a line for the file of users of the certificates page"},
	{0},
};
